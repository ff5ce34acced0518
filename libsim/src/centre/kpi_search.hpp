// One key figure by its label or its name. Private to the room.
#pragma once
#include "centresim/experiment/kpi.hpp"

#include <span>
#include <string>

namespace centresim::centre {

// `wanted`: a label ("fab.cycle_time[product=A]"), or a name where one row has it; with `labels` the row of that name
// with just these labels, else the one that has them among others. Null: `rule` says why.
[[nodiscard]] const experiment::KpiSeries* find_series(std::span<const experiment::KpiSeries> series,
                                                       const std::string& wanted, std::string& rule,
                                                       const experiment::Labels& labels = {});

} // namespace centresim::centre
