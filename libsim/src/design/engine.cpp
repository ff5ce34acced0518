// The engine of the floor, one translation unit: its inner functions are inlined into the event loop.
#include "centresim/design/engine.hpp"

#include "engine/account.hpp"
#include "engine/books.hpp"
#include "engine/conservative.hpp"
#include "engine/easy.hpp"
#include "engine/events.hpp"
#include "engine/jobs.hpp"
#include "engine/licences.hpp"
#include "engine/links.hpp"
#include "engine/outages.hpp"
#include "engine/pass.hpp"
#include "engine/posted.hpp"
#include "engine/power.hpp"
#include "engine/preempt.hpp"
#include "engine/queue.hpp"
#include "engine/routing.hpp"
#include "engine/staging.hpp"
#include "engine/state.hpp"
#include "engine/storage.hpp"

namespace centresim::design {

Engine::Engine(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options)
    : state_(std::make_unique<State>(model, seed, replication, options)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Tick Engine::next() const { return state_->next(); }
Tick Engine::now() const { return state_->now; }
bool Engine::drained() const { return state_->drained(); }
void Engine::apply(Tick tick, JobFacts& facts) {
  state_->apply(tick);
  state_->hand_facts(facts);
}
void Engine::dispatch(Tick tick, JobFacts& facts) {
  state_->dispatch(tick);
  state_->hand_facts(facts);
}
void Engine::post(Tick tick, const Submission& job, std::uint64_t tag, bool watched) {
  state_->post(tick, job, tag, watched);
}
JobState Engine::end(Tick tick, std::uint64_t tag) { return state_->end(tick, tag); }
Observations Engine::finish(Tick tick) { return state_->finish(tick); }
bool Engine::run(core::Pulse& pulse) { return state_->run(pulse); }

} // namespace centresim::design
