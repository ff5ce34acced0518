#include "centresim/experiment/precision.hpp"

#include "centresim/core/statistics.hpp"
#include "centresim/experiment/replicate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <vector>

namespace centresim::experiment {
namespace {

constexpr double kNormal95 = 1.959963; // below every Student point

void check(const Precision& wanted) {
  if (!(wanted.within > 0) || !std::isfinite(wanted.within))
    throw std::invalid_argument(fmt::format("precision: {} is not above 0", wanted.within));
  if (wanted.scale == Scale::relative && wanted.within >= 1)
    throw std::invalid_argument(fmt::format("precision: a share of the mean must be below 1, not {}", wanted.within));
}

double allowed(const Precision& wanted, double mean) {
  if (wanted.scale == Scale::absolute) return wanted.within;
  return wanted.within / (1 + wanted.within) * std::abs(mean);
}

bool is_precise(const core::Moments& seen, const Precision& wanted) {
  const double error = seen.sd() / std::sqrt(static_cast<double>(seen.count())), most = allowed(wanted, seen.mean());
  if (most <= 0) return false;
  if (error * kNormal95 > most) return false; // spares Student's quantile at nearly every replication
  return error * student_t_95(seen.count() - 1) <= most;
}

} // namespace

double allowed_half_width(const Precision& wanted, double mean) {
  check(wanted);
  return allowed(wanted, mean);
}

bool is_precise(const Estimate& estimate, const Precision& wanted) {
  const double most = allowed_half_width(wanted, estimate.mean);
  return most > 0 && (estimate.high - estimate.low) / 2 <= most;
}

ReplicationsNeeded replications_needed(const Estimate& estimate, const Precision& wanted) {
  const double most = allowed_half_width(wanted, estimate.mean), now = (estimate.high - estimate.low) / 2;
  if (estimate.n < 2 || !std::isfinite(now)) return {0, 0, "there is no interval yet: at least two values are needed"};
  if (most > 0 && now <= most) return {estimate.n, 0, ""};
  if (most == 0) return {0, 0, "the mean is 0, and so is any share of it: ask for an absolute precision"};
  const double per_point = now / student_t_95(estimate.n - 1) * std::sqrt(static_cast<double>(estimate.n));
  const auto enough = [&](std::int64_t n) {
    return student_t_95(n - 1) * per_point / std::sqrt(static_cast<double>(n)) <= most;
  };
  if (!enough(kMaxReplications)) return {0, 0, fmt::format("it takes more than {} replications", kMaxReplications)};
  std::int64_t low = estimate.n, high = kMaxReplications; // not enough, enough
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return {high, high - estimate.n, ""};
}

std::optional<std::int64_t> enough_replications(std::span<const Goal> goals, std::int64_t at_least) {
  if (goals.empty()) throw std::invalid_argument("precision: there is no figure");
  if (at_least < kFewestToStop)
    throw std::invalid_argument(
        fmt::format("precision: needs at least {} replications, not {}", kFewestToStop, at_least));
  for (const Goal& goal : goals) {
    check(goal.precision);
    if (goal.values.size() != goals.front().values.size())
      throw std::invalid_argument(
          fmt::format("precision: figures of {} and {} replications", goals.front().values.size(), goal.values.size()));
  }
  std::vector<core::Moments> seen(goals.size());
  for (std::size_t i = 0; i < goals.front().values.size(); i++) {
    bool all = true;
    for (std::size_t g = 0; g < goals.size(); g++) {
      if (!std::isnan(goals[g].values[i])) seen[g].add(goals[g].values[i]);
      all = all && seen[g].count() >= at_least && is_precise(seen[g], goals[g].precision);
    }
    if (all) return static_cast<std::int64_t>(i) + 1;
  }
  return std::nullopt;
}

std::optional<std::int64_t> enough_replications(std::span<const double> values, const Precision& wanted,
                                                std::int64_t at_least) {
  const Goal goal{values, wanted};
  return enough_replications(std::span(&goal, 1), at_least);
}

} // namespace centresim::experiment
