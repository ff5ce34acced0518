// The engine of one replication of a chip-design floor: it owns all state and can be stepped from outside (order inside
// a tick: apply every event, then dispatch; see docs/architecture.md).
#pragma once
#include "centresim/core/monitor.hpp"
#include "centresim/design/model.hpp"
#include "centresim/design/observations.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace centresim::design {

struct EngineOptions {
  bool trace_jobs = false;
};

class Engine {
 public:
  Engine(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  // Tick of the next thing to do; core::kNever when there is none.
  [[nodiscard]] Tick next() const;
  // Applies every event of `tick`, which is at most next().
  void apply(Tick tick);
  // Starts what can start at `tick`. Afterwards next() may be `tick` again.
  void dispatch(Tick tick);
  // Ends the observation. Throws std::logic_error if the books do not balance.
  [[nodiscard]] Observations finish(Tick tick);

  // The whole run: to the horizon, or until every job has ended (Model::drain). False: `pulse` asked to abandon it.
  // Throws core::ModelError when the model cannot go on.
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] Tick now() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

// A chip-design floor as a Model of the experiment room.
class Simulation {
 public:
  using Observations = design::Observations;
  Simulation(const Floor& floor, const Span& span, EngineOptions options = {});
  [[nodiscard]] const Model& model() const { return model_; }
  // One replication; empty: abandoned.
  [[nodiscard]] std::optional<Observations> run(std::uint64_t seed, std::uint64_t replication,
                                                core::Pulse& pulse) const;

 private:
  Model model_;
  EngineOptions options_;
};

} // namespace centresim::design
