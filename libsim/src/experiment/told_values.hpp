// Values as procedures are told them, by system and replication, in any order.
#pragma once
#include "centresim/experiment/kpi.hpp"
#include "centresim/experiment/replicate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace centresim::experiment {

using ToldValues = std::vector<std::vector<double>>; // NaN: not told

inline void tell(ToldValues& values, std::size_t system, std::int64_t replication, double value) {
  if (system >= values.size())
    throw std::invalid_argument(fmt::format("selection: there is no system {} of {}", system, values.size()));
  if (replication < 0 || replication >= kMaxReplications)
    throw std::invalid_argument(fmt::format("selection: there is no replication {}", replication));
  if (!std::isfinite(value))
    throw std::invalid_argument(
        fmt::format("selection: system {} has no number in replication {}", system, replication));
  auto& row = values[system];
  const auto at = static_cast<std::size_t>(replication);
  if (row.size() <= at) row.resize(at + 1, std::numeric_limits<double>::quiet_NaN());
  if (!std::isnan(row[at]) && row[at] != value)
    throw std::invalid_argument(
        fmt::format("selection: system {} has {} and {} in replication {}", system, row[at], value, replication));
  row[at] = value;
}

[[nodiscard]] inline bool all_told(const std::vector<double>& row, std::int64_t from, std::int64_t to) {
  if (static_cast<std::int64_t>(row.size()) < to) return false;
  for (std::int64_t i = from; i < to; i++)
    if (std::isnan(row[static_cast<std::size_t>(i)])) return false;
  return true;
}

// 1 where higher is better, -1 where lower is.
[[nodiscard]] inline double sign_of(Better better) {
  if (better == Better::neither) throw std::invalid_argument("selection: higher or lower must be better");
  return better == Better::higher ? 1 : -1;
}

inline void refuse_unless(bool right, std::string_view rule) {
  if (!right) throw std::invalid_argument(fmt::format("selection: {}", rule));
}

} // namespace centresim::experiment
