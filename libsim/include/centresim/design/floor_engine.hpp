// The engine of one replication of a whole design floor: its farm, and the people, projects and shuttles that use it,
// on one clock. It can be stepped from outside as the engine of a fab can.
#pragma once
#include "centresim/core/monitor.hpp"
#include "centresim/design/engine.hpp"
#include "centresim/design/model.hpp"
#include "centresim/design/observations.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace centresim::design {

struct FloorOptions {
  bool trace_jobs = false, trace_projects = false;
  std::vector<char> fab_outside{}; // by shuttle: its designs come back by command; empty: none does
};

// What the outside tells a floor.
struct FloorCommand {
  enum class Kind : std::uint8_t { silicon_back } kind = Kind::silicon_back;
  std::uint32_t project = 0; // as in the fact
};

// What a floor reports to the outside.
struct FloorFact {
  enum class Kind : std::uint8_t { taped_out } kind = Kind::taped_out;
  Tick at = 0;
  std::uint32_t project = 0; // number in the order in which projects began
  std::uint32_t table = 0;   // kind of project
  std::uint32_t shuttle = 0;
  std::int32_t spin = 0;
  std::uint64_t identity = 0; // of the project and spin: keys draws
  std::uint64_t carrier = 0;  // of the shuttle and its date
};
using FloorFacts = std::vector<FloorFact>;

class FloorEngine {
 public:
  FloorEngine(const Model& model, std::uint64_t seed, std::uint64_t replication, FloorOptions options = {});
  ~FloorEngine();
  FloorEngine(FloorEngine&&) noexcept;
  FloorEngine& operator=(FloorEngine&&) noexcept;

  // Tick of the next thing to do; core::kNever when there is none.
  [[nodiscard]] Tick next() const;
  // Applies every event of `tick`, which is at most next(). Facts are appended.
  void apply(Tick tick, FloorFacts& facts);
  // Starts what can start at `tick`. Afterwards next() may be `tick` again.
  void dispatch(Tick tick, FloorFacts& facts);
  // Carries out a command at `tick`; call between apply and dispatch of that tick.
  void post(Tick tick, const FloorCommand& command, FloorFacts& facts);
  // Ends the observation at `tick`. Throws std::logic_error if the books do not balance.
  [[nodiscard]] Observations finish(Tick tick);
  // The whole run, to the horizon or, with drain, until all projects have ended. False: `pulse` asked to abandon it.
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] Tick now() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// A chip-design floor as a Model of the experiment room.
class Simulation {
 public:
  using Observations = design::Observations;
  Simulation(const Floor& floor, const Span& span, FloorOptions options = {});
  [[nodiscard]] const Model& model() const { return model_; }
  // One replication; empty: abandoned.
  [[nodiscard]] std::optional<Observations> run(std::uint64_t seed, std::uint64_t replication,
                                                core::Pulse& pulse) const;

 private:
  Model model_;
  FloorOptions options_;
};

} // namespace centresim::design
