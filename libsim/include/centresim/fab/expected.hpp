// Expected times of a route from its values alone: no queueing, no setups, no breakdowns. All times in ticks.
// Plain sums in a fixed order (no linear algebra library), because due dates that follow from them enter a run.
#pragma once
#include "centresim/fab/values.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace centresim::fab {

// A time that grows linearly with the number of wafers of the lot.
struct LinearTime {
  double fixed = 0;     // ticks
  double per_wafer = 0; // ticks per wafer
  [[nodiscard]] double at(double wafers) const { return fixed + per_wafer * wafers; }
  bool operator==(const LinearTime&) const = default;
};

// Bounds of what a law can give, ticks or number; infinite where there is no largest value.
[[nodiscard]] double smallest(const Distribution& law);
[[nodiscard]] double largest(const Distribution& law);

// Time between two units (wafers, or lots where the step is per lot) on a cascading tool that never runs dry: the
// interval, or the rest of the process time where that is longer. Ticks; 0 for a step without interval.
[[nodiscard]] double cascade_interval(const Step& step);

// Load + process + unload of a lot alone on its tool; a batch counts once. Setup left out. Ticks.
[[nodiscard]] LinearTime expected_step_time(const ToolGroup& group, const Step& step);
[[nodiscard]] double expected_step_time(const ToolGroup& group, const Step& step, double wafers);

// Fewest wafers that start as a batch of this step: its batch_min, or batch_fill of the largest batch.
[[nodiscard]] std::int64_t smallest_batch(const ToolGroup& group, const Step& step);

// Expected number of times each step is performed by one lot: sampling and rework, loops within loops included.
[[nodiscard]] std::vector<double> expected_visits(const Route& route);

// Expected transport before each step, given that it is performed. Ticks.
[[nodiscard]] std::vector<double> expected_transport(const Fab& fab, const Route& route);

// Raw process time: the expected cycle time of a lot alone in the fab, transport included (the base of the x-factor).
[[nodiscard]] LinearTime raw_process_time(const Fab& fab, const Route& route);
[[nodiscard]] double raw_process_time(const Fab& fab, const Route& route, double wafers);
[[nodiscard]] double raw_process_time(const Fab& fab, const Product& product, double wafers);

// Expected work from and including each step to the end of the route, one entry more than steps (the last is 0):
// sampling counts; transport, setup and rework do not (the remaining work of critical ratio and slack). Ticks.
[[nodiscard]] std::vector<LinearTime> remaining_work(const Fab& fab, const Route& route);
[[nodiscard]] std::vector<double> remaining_work(const Fab& fab, const Route& route, double wafers);

// The element of that name, or nullptr.
[[nodiscard]] const ToolGroup* find_tool_group(const Fab& fab, std::string_view name);
[[nodiscard]] const Route* find_route(const Fab& fab, std::string_view name);

} // namespace centresim::fab
