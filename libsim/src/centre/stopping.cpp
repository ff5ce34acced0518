#include "centresim/centre/stopping.hpp"

#include "centresim/core/error.hpp"
#include "centresim/experiment/replicate.hpp"
#include "centresim/schema/node.hpp"
#include "centresim/schema/units.hpp"
#include "kpi_search.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace centresim::centre {
namespace {

using experiment::KpiSeries;
using experiment::Scale;

core::Issue fault(const std::string& kpi, const std::string& value, const std::string& rule) {
  return {"", 0, "precision of " + schema::shortened(kpi), value, rule};
}

// The precision in the unit of the figure; nothing where its own unit does not fit.
std::optional<experiment::Precision> in_unit_of(const KpiSeries& series, const StoppingGoal& goal) {
  experiment::Precision precision = goal.precision;
  if (precision.scale == Scale::relative || goal.unit.empty() || goal.unit == series.info.unit) return precision;
  const double from = schema::ticks_per(goal.unit), to = schema::ticks_per(series.info.unit);
  if (from <= 0 || to <= 0) return std::nullopt;
  precision.within *= from / to;
  return precision;
}

std::vector<experiment::Goal> goals_of(std::span<const KpiSeries> series, std::span<const StoppingGoal> goals) {
  std::vector<core::Issue> issues;
  std::vector<experiment::Goal> found;
  for (const StoppingGoal& goal : goals) {
    const auto [figure, lacks, rule] = find_series(series, goal.kpi);
    if (figure == nullptr) {
      issues.push_back(fault(goal.kpi, "", rule));
      continue;
    }
    const auto precision = in_unit_of(*figure, goal);
    if (precision && !(precision->within > 0 && std::isfinite(precision->within)))
      issues.push_back(fault(goal.kpi, goal.unit, "is out of range in " + figure->info.unit));
    else if (precision)
      found.push_back({figure->values, *precision});
    else
      issues.push_back(fault(goal.kpi, goal.unit, "is no unit of that figure, which is in " + figure->info.unit));
  }
  if (!issues.empty()) throw core::InputError(std::move(issues));
  return found;
}

} // namespace

StoppingGoal parse_goal(const std::string& kpi, const std::string& within) {
  StoppingGoal goal{kpi, {0, Scale::absolute}, {}};
  const char *begin = within.data(), *end = begin + within.size();
  while (begin != end && *begin == ' ') ++begin;
  const auto [rest, error] = std::from_chars(begin, end, goal.precision.within);
  std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  while (unit.ends_with(' ')) unit.remove_suffix(1);
  const auto refuse = [&](const char* rule) { throw core::InputError({fault(kpi, schema::shortened(within), rule)}); };
  if (kpi.empty()) refuse("names no figure");
  if (error != std::errc{}) refuse("must be a share of the mean (\"2 %\") or a number in a unit (\"12 h\")");
  if (!(goal.precision.within > 0) || !std::isfinite(goal.precision.within)) refuse("must be above 0");
  if (unit == "%") {
    goal.precision = {goal.precision.within / 100, Scale::relative};
    if (goal.precision.within >= 1) refuse("must be below 100 %");
  } else {
    goal.unit = unit;
  }
  return goal;
}

std::optional<std::int64_t> enough_replications(std::span<const KpiSeries> series, std::span<const StoppingGoal> goals,
                                                std::int64_t at_least) {
  return experiment::enough_replications(goals_of(series, goals), at_least);
}

std::int64_t foresee_replications(std::span<const KpiSeries> series, std::span<const StoppingGoal> goals,
                                  std::int64_t most) {
  std::int64_t needed = 0;
  for (const experiment::Goal& goal : goals_of(series, goals)) {
    const auto foreseen = experiment::replications_needed(experiment::estimate(goal.values), goal.precision);
    needed = std::max(needed, foreseen.refusal.empty() ? foreseen.in_all : most);
  }
  return std::min(needed, most);
}

} // namespace centresim::centre
