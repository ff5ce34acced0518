// Static capacity: how much of each tool group's time a line needs, without simulating it.
#pragma once
#include "centresim/fab/values.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace centresim::schema {
class Errors;
}

namespace centresim::fab {

// What one route step asks of its tool group.
struct StepLoad {
  std::string product, step;
  double load = 0; // as load_low of its group
};

// Long-run averages of one tool group. Shares are of the total time of its tools, 0 to 1 (more than 1: too few tools).
// Setups are left out: what they take depends on the order of lots.
struct GroupLoad {
  std::string tool_group, area;
  std::int64_t tools = 0;
  double visits_per_day = 0; // performed steps, sampling and rework included
  double wafers_per_tool_day = 0;
  // Load, process and unload. Plain tools: exact. Cascading tools: lots follow each other at the interval (low) or
  // every lot runs alone (high). Batches: all full (low), or the smallest that may start, a lot alone where the wait
  // for more is bounded (high).
  double load_low = 0, load_high = 0;
  // What to expect: load_low, but for batches of the lots that gather while the first waits for a tool, at least the
  // smallest. An estimate, no bound.
  double load = 0;
  double down_share = 0; // breakdowns: MTTR / (MTTF + MTTR) on the calendar, load x MTTR / MTTF where only work counts
  double pm_share = 0;   // maintenance, by calendar and by wafers
  [[nodiscard]] double available() const { return 1 - down_share - pm_share; }
  [[nodiscard]] double load_of_available() const { return load / available(); }
  std::vector<StepLoad> steps; // largest first
};

// One row per tool group, in the order of the fab. The fab must have passed check(). `horizon` (ticks): streams that
// start later are left out, those that end earlier count for their share of it.
[[nodiscard]] std::vector<GroupLoad> static_load(const Fab& fab,
                                                 core::Tick horizon = std::numeric_limits<core::Tick>::max());

// Lots released per day until the horizon by all streams, after the load factor.
[[nodiscard]] double lots_per_day(const Fab& fab, core::Tick horizon = std::numeric_limits<core::Tick>::max());

// Adds an issue for every tool group that provably cannot keep up: even with full batches, lots at the interval and no
// setups it needs all the time that breakdowns and maintenance leave, or more. Only streams that go on until `horizon`
// count; lots named one by one do not.
void check_capacity(const Fab& fab, core::Tick horizon, const std::string& path, schema::Errors& errors);

} // namespace centresim::fab
