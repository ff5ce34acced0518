// The engine of one replication of a fab: it owns all state and can be stepped from outside (order inside a tick: apply
// every event, then dispatch; see docs/architecture.md).
#pragma once
#include "centresim/core/monitor.hpp"
#include "centresim/fab/explain.hpp"
#include "centresim/fab/model.hpp"
#include "centresim/fab/observations.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace centresim::fab {

// What happens to the lots on a tool that is stopped.
enum class StopRule : std::uint8_t { resume, restart, scrap };

// What the outside asks of a fab. Tools and flows are indices of the compiled model.
struct Command {
  enum class Kind : std::uint8_t { stop_tools, start_tools, release_lot } kind = Kind::stop_tools;
  std::uint32_t first_tool = 0, tools = 0; // stop_tools, start_tools
  StopRule rule = StopRule::resume;        // stop_tools
  std::uint32_t flow = 0, wafers = 25;     // release_lot
  std::int32_t priority = 0;
  std::optional<Tick> due;
  std::uint64_t identity = 0; // of the lot: keys its random draws
};

// What a fab reports to the outside.
struct Fact {
  enum class Kind : std::uint8_t { lot_finished, lot_scrapped, queue_time_broken } kind = Kind::lot_finished;
  Tick at = 0;
  std::uint32_t lot = 0, flow = 0, wafers = 0; // lot: number in order of release
  Tick released = 0;
  std::uint32_t window = kNone; // queue_time_broken
  Tick excess = 0;
  std::uint64_t identity = 0; // of the lot: that of the command that released it
};
using Facts = std::vector<Fact>;

struct EngineOptions {
  bool trace_lots = false, trace_tools = false;
};

class Engine {
 public:
  Engine(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  // Tick of the next thing to do; core::kNever when there is none.
  [[nodiscard]] Tick next() const;
  // Applies every event of `tick`, which is at most next(). Facts are appended.
  void apply(Tick tick, Facts& facts);
  // Starts what can start at `tick`. Afterwards next() may be `tick` again.
  void dispatch(Tick tick, Facts& facts);
  // Carries out a command at `tick`; call between apply and dispatch of that tick.
  void post(Tick tick, const Command& command, Facts& facts);
  // Ends the observation at `tick`. Throws std::logic_error if the books do not balance.
  [[nodiscard]] Observations finish(Tick tick);

  // The whole run: to the horizon, or until the line is empty (Model::drain). False: `pulse` asked to abandon it.
  // Throws core::ModelError when the model cannot go on.
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] Tick now() const;
  // Throws core::ModelError where more lots are in process than the fab may hold: for who steps it from outside.
  void watch() const;

  // A lot in process by its name, and why it is where it is at `at`: not before now(), before next(). Nothing: no lot
  // of that name is in process.
  [[nodiscard]] std::optional<LotView> explain(const std::string& lot, Tick at) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

// A fab as a Model of the experiment room.
class Simulation {
 public:
  using Observations = fab::Observations;
  Simulation(const Fab& fab, const Span& span, EngineOptions options = {});
  [[nodiscard]] const Model& model() const { return model_; }
  // One replication; empty: abandoned.
  [[nodiscard]] std::optional<Observations> run(std::uint64_t seed, std::uint64_t replication,
                                                core::Pulse& pulse) const;

 private:
  Model model_;
  EngineOptions options_;
};

} // namespace centresim::fab
