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
void Engine::apply(Tick tick) { state_->apply(tick); }
void Engine::dispatch(Tick tick) { state_->dispatch(tick); }
Observations Engine::finish(Tick tick) { return state_->finish(tick); }
bool Engine::run(core::Pulse& pulse) { return state_->run(pulse); }

Simulation::Simulation(const Floor& floor, const Span& span, EngineOptions options)
    : model_(compile(floor, span)), options_(options) {}

std::optional<Observations> Simulation::run(std::uint64_t seed, std::uint64_t replication, core::Pulse& pulse) const {
  Engine engine(model_, seed, replication, options_);
  if (!engine.run(pulse)) return std::nullopt;
  return engine.finish(model_.drain ? std::max(model_.horizon, engine.now()) : model_.horizon);
}

} // namespace centresim::design
