// Why a lot is where it is at a moment: what the engine knows of it, in names, read without changing anything.
#pragma once
#include "centresim/core/monitor.hpp"
#include "centresim/core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::fab {

using core::Tick;
struct Model;

enum class Whereabouts : std::uint8_t { not_released, travelling, waiting, processing, on_hold, finished };
[[nodiscard]] std::string_view to_string(Whereabouts place);

// Why a tool has not taken a lot that waits for its group. A tool may have several reasons.
enum class Obstacle : std::uint8_t {
  down,            // a breakdown, or a stop from outside
  maintenance,     // under maintenance
  maintenance_due, // takes nothing before a maintenance that is due
  busy,            // as many jobs on it as it takes
  held,            // held for a hot lot that is to come
  dedicated,       // the lot must go on the tool of an earlier step
  minimum_run,     // keeps to its setup while the minimum run is not over
  gate,            // its queue-time window would not be kept, as things stand
  batch,           // the batch is below its minimum and can still grow
  behind,          // other lots that may go on it rank before
  none             // takes it when the group chooses next
};
[[nodiscard]] std::string_view to_string(Obstacle obstacle);

struct ToolReason {
  Obstacle kind = Obstacle::none;
  Tick until = core::kNever; // end of it as things stand; kNever: not known. batch: the oldest has waited its longest
  std::string lot;           // busy: first lot of the job that ends first; held: the hot lot; behind: who is first
  std::string tool;          // dedicated: the only tool that may take the lot; gate: the tool group that is full
  std::string setup;         // minimum_run: the setup that it keeps to
  std::int64_t lots = 0;     // busy: lots of that job; minimum_run: lots left of the run; gate: lots there
                             // with open windows (0: by the wait predicted); behind: lots that rank before
  std::int64_t wafers = 0, needed = 0; // batch: wafers that would go together, and the fewest that start
  bool operator==(const ToolReason&) const = default;
};

struct ToolView {
  std::string tool;
  std::vector<ToolReason> reasons; // in the order of Obstacle
};

struct LotView {
  Whereabouts place = Whereabouts::not_released;
  std::string step;                                // "route/step": where it goes, waits, is processed; the last one
  std::string tool_group;                          // of that step
  Tick since = core::kNever, until = core::kNever; // of that place, as things stand; kNever: not known
  std::string tool, activity;                      // processing: where, and the state of that job there
  std::int64_t lots = 0;                           // processing: in the same job; waiting: in the queue
  std::string setup;                               // waiting: the setup that the step needs
  std::vector<ToolView> tools;                     // waiting: every tool of the group
};

// Runs a replication again up to `at` (all that happens at that instant included; a run that does not drain ends before
// the horizon) and looks at one lot by its name in the lot trace. Nothing: `pulse` asked to abandon it. Throws
// InputError: no lot can have that name, or two have it, or `at` is not within the run.
[[nodiscard]] std::optional<LotView> explain(const Model& model, std::uint64_t seed, std::uint64_t replication,
                                             const std::string& lot, Tick at, core::Pulse& pulse);

} // namespace centresim::fab
