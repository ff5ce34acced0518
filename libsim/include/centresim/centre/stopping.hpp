// When a run has enough replications: the figures that must be precise.
#pragma once
#include "centresim/experiment/kpi.hpp"
#include "centresim/experiment/precision.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace centresim::centre {

struct StoppingGoal {
  std::string kpi;                 // as it is labelled ("fab.cycle_time[product=A]"); a name where one row has it
  experiment::Precision precision; // of its mean
  std::string unit;                // of an absolute one; empty: that of the figure
};

// "2 %": a share of the mean; "12 h", "0.5": in that unit, or in that of the figure. Throws InputError.
[[nodiscard]] StoppingGoal parse_goal(const std::string& kpi, const std::string& within);

// The length of the shortest prefix of the replications at which all goals are met: experiment/precision.hpp. Throws
// InputError, with every goal that is none, where a figure is not there or a unit does not fit it.
[[nodiscard]] std::optional<std::int64_t> enough_replications(std::span<const experiment::KpiSeries> series,
                                                              std::span<const StoppingGoal> goals,
                                                              std::int64_t at_least);

// How many replications it may take in all, foreseen from those at hand; at most `most`.
[[nodiscard]] std::int64_t foresee_replications(std::span<const experiment::KpiSeries> series,
                                                std::span<const StoppingGoal> goals, std::int64_t most);

} // namespace centresim::centre
