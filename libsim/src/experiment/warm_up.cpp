#include "centresim/experiment/warm_up.hpp"

#include "centresim/core/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace centresim::experiment {
namespace {

constexpr std::size_t kFewestBatches = 10;

struct Batch {
  std::int64_t begin = 0; // its first observation
  double mean = 0;
};

// NaN where all are missing.
template <class Range, class Value> double mean_of(const Range& range, const Value& value) {
  core::Moments seen;
  for (const auto& element : range)
    if (const double x = value(element); !std::isnan(x)) seen.add(x);
  return seen.mean();
}

std::vector<Batch> batches_of(std::span<const double> series) {
  const auto infinite = std::ranges::find_if(series, [](double x) { return std::isinf(x); });
  if (infinite != series.end())
    throw std::invalid_argument(fmt::format("warm-up: observation {} is infinite", infinite - series.begin()));
  constexpr auto size = static_cast<std::size_t>(kMserBatch);
  std::vector<Batch> batches;
  for (std::size_t i = 0; i + size <= series.size(); i += size) {
    const double mean = mean_of(series.subspan(i, size), [](double x) { return x; });
    if (!std::isnan(mean)) batches.push_back({static_cast<std::int64_t>(i), mean});
  }
  return batches;
}

} // namespace

WarmUp mser5(std::span<const double> series) {
  const std::vector<Batch> batches = batches_of(series);
  WarmUp result;
  if (batches.size() < kFewestBatches) {
    result.refusal = fmt::format("{} batches of {} observations: at least {} are needed", batches.size(), kMserBatch,
                                 kFewestBatches);
    return result;
  }
  const std::size_t most = batches.size() / 2;
  result.left_out.resize(most + 1);
  result.statistic.resize(most + 1);
  double mean = 0, squares = 0, count = 0; // of the batches from d on: from the end one pass serves every d
  for (std::size_t d = batches.size(); d-- > 0;) {
    const double off = batches[d].mean - mean;
    mean += off / ++count;
    squares += off * (batches[d].mean - mean);
    if (d > most) continue;
    result.left_out[d] = batches[d].begin;
    result.statistic[d] = squares / (count * count);
  }
  const auto best = std::ranges::min_element(result.statistic) - result.statistic.begin();
  result.truncation = result.left_out[static_cast<std::size_t>(best)];
  if (static_cast<std::size_t>(best) == most)
    result.refusal = fmt::format("the error is smallest where half of the batches, {} observations, are left out: the "
                                 "series still drifts, or is too short to tell",
                                 result.truncation);
  return result;
}

std::vector<double> average_series(std::span<const std::vector<double>> replications) {
  if (replications.empty()) return {};
  const std::size_t length =
      std::ranges::min(replications, {}, [](const std::vector<double>& series) { return series.size(); }).size();
  std::vector<double> average(length);
  for (std::size_t i = 0; i < length; i++)
    average[i] = mean_of(replications, [i](const std::vector<double>& series) { return series[i]; });
  return average;
}

} // namespace centresim::experiment
