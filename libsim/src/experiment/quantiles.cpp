#include "centresim/experiment/quantiles.hpp"

#include "centresim/core/statistics.hpp"
#include "centresim/experiment/estimate.hpp"

#include <boost/math/distributions/binomial.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>

namespace centresim::experiment {
namespace {

constexpr double kTail = 0.025;     // may be missed on either side
constexpr double kBeyondNeeded = 5; // observations beyond the quantile in each replication

void check(double p) {
  if (!(p > 0 && p < 1)) throw std::invalid_argument(fmt::format("quantile: {} is not between 0 and 1", p));
}

std::vector<double> sorted(std::span<const double> values) {
  std::vector<double> present;
  std::ranges::copy_if(values, std::back_inserter(present), [](double x) { return !std::isnan(x); });
  std::ranges::sort(present);
  return present;
}

// The smallest k in [0, n] of which `right` holds; it does from there on.
template <class Right> std::int64_t first_of(std::int64_t n, const Right& right) {
  std::int64_t low = 0, high = n;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (right(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

} // namespace

std::int64_t values_for_quantile(double p) {
  check(p);
  return static_cast<std::int64_t>(std::ceil(std::log(kTail) / std::log(std::max(p, 1 - p))));
}

QuantileEstimate quantile_of_replications(std::span<const double> values, double p) {
  const std::int64_t needed = values_for_quantile(p);
  const std::vector<double> x = sorted(values);
  QuantileEstimate result;
  result.value = core::quantile_sorted(std::span(x), p);
  result.n = static_cast<std::int64_t>(x.size());
  if (result.n < needed) {
    result.refusal = fmt::format("{} values: an interval for p = {} takes at least {}", result.n, p, needed);
    return result;
  }
  // B values are below the quantile: it lies between those of ranks l and u (from 1) where l <= B < u.
  const boost::math::binomial below(static_cast<double>(result.n), p);
  const auto at_most = [&](std::int64_t k) { return boost::math::cdf(below, static_cast<double>(k)); };
  const std::int64_t l = first_of(result.n, [&](std::int64_t k) { return at_most(k) > kTail; });
  const std::int64_t u = 1 + first_of(result.n, [&](std::int64_t k) { return at_most(k) >= 1 - kTail; });
  result.low = x[static_cast<std::size_t>(l - 1)];
  result.high = x[static_cast<std::size_t>(u - 1)];
  return result;
}

QuantileEstimate quantile_of_samples(std::span<const std::vector<double>> replications, double p) {
  check(p);
  std::vector<double> all, sizes, quantiles;
  for (const std::vector<double>& replication : replications) {
    const std::vector<double> x = sorted(replication);
    if (x.empty()) continue;
    all.insert(all.end(), x.begin(), x.end());
    sizes.push_back(static_cast<double>(x.size()));
    quantiles.push_back(core::quantile_sorted(std::span(x), p));
  }
  QuantileEstimate result;
  result.value = core::quantile_in_place(std::span(all), p);
  result.n = static_cast<std::int64_t>(all.size());
  if (sizes.size() < 2) {
    result.refusal = "needs at least two replications with observations";
    return result;
  }
  const double fewest = std::ranges::min(sizes), needed = std::ceil(kBeyondNeeded / std::min(p, 1 - p) - 1e-6);
  if (fewest < needed) {
    result.refusal = fmt::format("a replication has {} observations: its own quantile for p = {} takes at least {}",
                                 fewest, p, needed);
    return result;
  }
  const double sections = static_cast<double>(sizes.size()), average = static_cast<double>(all.size()) / sections;
  double squares = 0;
  for (std::size_t j = 0; j < sizes.size(); j++)
    squares += std::pow(sizes[j] / average * (quantiles[j] - result.value), 2);
  const double half =
      student_t_95(static_cast<std::int64_t>(sizes.size()) - 1) * std::sqrt(squares / (sections - 1) / sections);
  result.low = result.value - half;
  result.high = result.value + half;
  return result;
}

} // namespace centresim::experiment
