// One key figure by its label or its name. Private to the room.
#pragma once
#include "centresim/centre/select.hpp"
#include "centresim/experiment/kpi.hpp"

#include <span>
#include <string>

namespace centresim::centre {

struct FoundSeries {
  const experiment::KpiSeries* series = nullptr; // null: `rule` says why
  Lacks lacks = Lacks::nothing;
  std::string rule;
};

// `wanted`: a name, a label, or a name with some labels ("fab.cycle_time[product=A]"). With labels the row that has
// just these, else the one that has them among others; a name alone likewise.
[[nodiscard]] FoundSeries find_series(std::span<const experiment::KpiSeries> series, const std::string& wanted,
                                      const experiment::Labels& labels = {});

} // namespace centresim::centre
