#include "centresim/experiment/sensitivity.hpp"

#include "centresim/core/random.hpp"
#include "centresim/core/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace centresim::experiment {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kTail = 0.025;

void refuse_unless(bool right, const char* rule) {
  if (!right) throw std::invalid_argument(fmt::format("Sobol' indices: {}", rule));
}

// What each row of A, B and the mixtures adds to the sums that the indices are made of.
class Rows {
 public:
  Rows(std::span<const double> means, std::size_t factors) : width_(1 + 2 * factors) {
    const std::size_t n = means.size() / (factors + 2);
    core::Moments centre;
    std::vector<std::size_t> complete;
    for (std::size_t j = 0; j < n; j++) {
      bool all = true;
      for (std::size_t matrix = 0; matrix < factors + 2; matrix++) all = all && !std::isnan(means[matrix * n + j]);
      if (!all) continue;
      complete.push_back(j);
      centre.add(means[j]);
      centre.add(means[n + j]);
    }
    for (const std::size_t j : complete) {
      const double a = means[j] - centre.mean(), b = means[n + j] - centre.mean();
      parts_.push_back((a * a + b * b) / 2);
      for (std::size_t i = 0; i < factors; i++) {
        const double mixed = means[(2 + i) * n + j] - centre.mean();
        parts_.push_back(b * (mixed - a));
        parts_.push_back((a - mixed) * (a - mixed) / 2);
      }
    }
  }

  [[nodiscard]] std::size_t count() const { return parts_.size() / width_; }

  // The sums over the rows that `row(k)`, k = 0 .. count() - 1, chooses.
  template <class Row> std::vector<double> sums(const Row& row) const {
    std::vector<double> sums(width_);
    for (std::size_t k = 0; k < count(); k++) {
      const double* part = &parts_[row(k) * width_];
      for (std::size_t c = 0; c < width_; c++) sums[c] += part[c];
    }
    return sums;
  }

  // About the mean of all rows, also where the sums are of others: the centre is the same.
  [[nodiscard]] double variance(std::span<const double> sums) const { return sums[0] / static_cast<double>(count()); }
  // First order (0) or total (1) index of factor i.
  [[nodiscard]] double index(std::span<const double> sums, std::size_t i, std::size_t total) const {
    return sums[1 + 2 * i + total] / sums[0];
  }

 private:
  std::size_t width_;
  std::vector<double> parts_; // row by row: squares of a and b, then two for each factor
};

// The variance of a point's mean over replications that is its own: squared residuals from the means of points and of
// replications (what all points share in a replication moves no point against another), over the complete points.
double noise_variance(std::span<const std::vector<double>> outputs) {
  std::vector<const std::vector<double>*> complete;
  for (const std::vector<double>& row : outputs)
    if (std::ranges::none_of(row, [](double x) { return std::isnan(x); })) complete.push_back(&row);
  const std::size_t replications = outputs[0].size();
  if (complete.size() < 2 || replications < 2) return kNaN;
  std::vector<core::Moments> of_replication(replications);
  std::vector<double> means;
  core::Moments all;
  for (const std::vector<double>* row : complete) {
    core::Moments of_point;
    for (std::size_t r = 0; r < replications; r++) {
      of_point.add((*row)[r]);
      of_replication[r].add((*row)[r]);
    }
    means.push_back(of_point.mean());
    all.add(of_point.mean());
  }
  double squares = 0;
  for (std::size_t p = 0; p < complete.size(); p++)
    for (std::size_t r = 0; r < replications; r++)
      squares += std::pow((*complete[p])[r] - means[p] - of_replication[r].mean() + all.mean(), 2);
  const double freedom = static_cast<double>((complete.size() - 1) * (replications - 1));
  return squares / freedom / static_cast<double>(replications);
}

// Percentile intervals of all indices from the same samples of rows.
void add_intervals(SobolIndices& result, const Rows& rows, const SobolOptions& options) {
  const std::size_t n = rows.count(), k = options.factors, count = static_cast<std::size_t>(options.resamples);
  std::vector<std::vector<double>> samples(2 * k);
  for (std::size_t s = 0; s < count; s++) {
    core::UniformSequence draws(core::stream_key(options.seed, s), 0, core::Purpose::bootstrap);
    const auto sums = rows.sums(
        [&](std::size_t) { return std::min(n - 1, static_cast<std::size_t>(draws.next() * static_cast<double>(n))); });
    if (!(rows.variance(sums) > 0)) continue;
    for (std::size_t i = 0; i < k; i++)
      for (const std::size_t total : {0u, 1u}) samples[2 * i + total].push_back(rows.index(sums, i, total));
  }
  for (std::size_t i = 0; i < k; i++) {
    SobolIndex& index = result.factors[i];
    index.first_low = core::quantile_in_place(std::span(samples[2 * i]), kTail);
    index.first_high = core::quantile_in_place(std::span(samples[2 * i]), 1 - kTail);
    index.total_low = core::quantile_in_place(std::span(samples[2 * i + 1]), kTail);
    index.total_high = core::quantile_in_place(std::span(samples[2 * i + 1]), 1 - kTail);
  }
}

} // namespace

std::vector<Point> sobol_points(std::span<const Point> a, std::span<const Point> b) {
  refuse_unless(!a.empty() && !a[0].empty(), "there is no point");
  refuse_unless(a.size() == b.size(), "A and B have different numbers of points");
  for (const auto matrix : {a, b})
    refuse_unless(std::ranges::all_of(matrix, [&](const Point& p) { return p.size() == a[0].size(); }),
                  "points have different numbers of factors");
  std::vector<Point> points(a.begin(), a.end());
  points.insert(points.end(), b.begin(), b.end());
  for (std::size_t i = 0; i < a[0].size(); i++)
    for (std::size_t j = 0; j < a.size(); j++) {
      points.push_back(a[j]);
      points.back()[i] = b[j][i];
    }
  return points;
}

SobolIndices sobol_indices(std::span<const std::vector<double>> outputs, const SobolOptions& options) {
  refuse_unless(options.factors > 0, "needs at least one factor");
  refuse_unless(options.resamples >= 0 && options.resamples <= kMostResamples, "resamples must be from 0 to 100000");
  refuse_unless(!outputs.empty() && outputs.size() % (options.factors + 2) == 0,
                "the number of outputs is no multiple of factors + 2");
  refuse_unless(std::ranges::all_of(outputs, [&](const auto& row) { return row.size() == outputs[0].size(); }),
                "points have different numbers of replications");
  std::vector<double> means;
  for (const std::vector<double>& row : outputs) {
    core::Moments seen;
    for (const double x : row)
      if (!std::isnan(x)) seen.add(x);
    means.push_back(seen.mean());
  }
  const Rows rows(means, options.factors);
  SobolIndices result;
  result.rows = static_cast<std::int64_t>(rows.count());
  result.factors.resize(options.factors);
  if (rows.count() == 0) return result;
  const auto sums = rows.sums([](std::size_t k) { return k; });
  result.variance = rows.variance(sums);
  if (!(result.variance > 0)) return result;
  result.noise_share = noise_variance(outputs) / result.variance;
  for (std::size_t i = 0; i < options.factors; i++) {
    result.factors[i].first = rows.index(sums, i, 0);
    result.factors[i].total = rows.index(sums, i, 1);
  }
  if (options.resamples > 0) add_intervals(result, rows, options);
  return result;
}

} // namespace centresim::experiment
