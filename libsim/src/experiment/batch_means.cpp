#include "centresim/experiment/batch_means.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace centresim::experiment {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kAlike = 1.6448536; // what a standard normal exceeds in one of 20

std::vector<double> means_of_batches(std::span<const double> values, std::size_t size) {
  std::vector<double> means;
  for (; !values.empty(); values = values.subspan(size)) {
    double sum = 0;
    for (const double x : values.first(size)) sum += x;
    means.push_back(sum / static_cast<double>(size));
  }
  return means;
}

void look_at_neighbours(std::span<const double> means, BatchMeans& result) {
  const double mean = result.estimate.mean, k = static_cast<double>(means.size());
  double squares = 0, products = 0, steps = 0;
  for (std::size_t i = 0; i < means.size(); i++) {
    squares += (means[i] - mean) * (means[i] - mean);
    if (i == 0) continue;
    products += (means[i] - mean) * (means[i - 1] - mean);
    steps += (means[i] - means[i - 1]) * (means[i] - means[i - 1]);
  }
  result.lag_1 = products / squares; // NaN, as the other, where all are equal
  result.von_neumann = (1 - steps / (2 * squares)) / std::sqrt((k - 2) / (k * k - 1));
}

} // namespace

BatchMeans batch_means(std::span<const double> run, std::int64_t batches) {
  if (batches < kFewestBatchMeans || batches > kMostBatchMeans)
    throw std::invalid_argument(
        fmt::format("batch means: {} batches are not between {} and {}", batches, kFewestBatchMeans, kMostBatchMeans));
  std::vector<double> values;
  std::ranges::copy_if(run, std::back_inserter(values), [](double x) { return !std::isnan(x); });
  BatchMeans result;
  const auto n = static_cast<std::int64_t>(values.size());
  if (n < batches) {
    result.refusal = fmt::format("{} observations are fewer than {} batches", n, batches);
    return result;
  }
  result.batch_size = n / batches;
  result.left_out = n % batches;
  const auto means = means_of_batches(std::span(values).subspan(static_cast<std::size_t>(result.left_out)),
                                      static_cast<std::size_t>(result.batch_size));
  result.estimate = estimate(means);
  look_at_neighbours(means, result);
  if (result.von_neumann > kAlike) {
    result.refusal = fmt::format("batches of {} observations are alike in sequence: lag-1 correlation {:.2f}; the run "
                                 "must be longer",
                                 result.batch_size, result.lag_1);
    result.estimate.low = result.estimate.high = kNaN;
  }
  return result;
}

} // namespace centresim::experiment
