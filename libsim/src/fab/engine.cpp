// The fab engine, one translation unit: its inner functions are inlined into the event loop.
#include "centresim/fab/engine.hpp"

#include "engine/account.hpp"
#include "engine/batches.hpp"
#include "engine/dispatch.hpp"
#include "engine/events.hpp"
#include "engine/explain.hpp"
#include "engine/gates.hpp"
#include "engine/lots.hpp"
#include "engine/outages.hpp"
#include "engine/setup.hpp"
#include "engine/state.hpp"
#include "engine/tools.hpp"
#include "engine/windows.hpp"

namespace centresim::fab {

namespace {
// Facts go to the caller of the moment only.
class Listening {
 public:
  Listening(Facts*& slot, Facts& facts) : slot_(slot) { slot_ = &facts; }
  ~Listening() { slot_ = nullptr; }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

 private:
  Facts*& slot_;
};
} // namespace

Engine::Engine(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options)
    : state_(std::make_unique<State>(model, seed, replication, options)) {}
Engine::~Engine() = default;
Engine::Engine(Engine&&) noexcept = default;
Engine& Engine::operator=(Engine&&) noexcept = default;

Tick Engine::next() const { return state_->next(); }
Tick Engine::now() const { return state_->now; }
void Engine::apply(Tick tick, Facts& facts) {
  const Listening listening(state_->facts, facts);
  state_->apply(tick);
}
void Engine::dispatch(Tick tick, Facts& facts) {
  const Listening listening(state_->facts, facts);
  state_->dispatch(tick);
}
void Engine::post(Tick tick, const Command& command, Facts& facts) {
  const Listening listening(state_->facts, facts);
  state_->post(tick, command);
}
void Engine::watch() const { state_->watch(); }
Observations Engine::finish(Tick tick) { return state_->finish(tick); }
std::optional<LotView> Engine::explain(const std::string& lot, Tick at) const { return state_->explain(lot, at); }
bool Engine::run(core::Pulse& pulse) { return state_->run(pulse); }

Simulation::Simulation(const Fab& fab, const Span& span, EngineOptions options)
    : model_(compile(fab, span)), options_(options) {}

std::optional<Observations> Simulation::run(std::uint64_t seed, std::uint64_t replication, core::Pulse& pulse) const {
  Engine engine(model_, seed, replication, options_);
  if (!engine.run(pulse)) return std::nullopt;
  return engine.finish(model_.drain ? std::max(model_.horizon, engine.now()) : model_.horizon);
}

} // namespace centresim::fab
