#include "fit_sample.hpp"

#include <algorithm>
#include <cmath>

namespace centresim::design::detail {

namespace {
double edge(std::size_t index) { return std::exp2((static_cast<double>(index) - 1) / Sample::kPerOctave); }
} // namespace

// Class 0 is the value 0, class 1 begins at 1.
std::size_t Sample::class_of(std::int64_t value) {
  if (value < 1) return 0;
  return 1 + static_cast<std::size_t>(std::log2(static_cast<double>(value)) * kPerOctave);
}

void Sample::add_to_class(std::int64_t value, std::int64_t times) {
  const std::size_t at = class_of(value);
  if (at >= classes_.size()) classes_.resize(at + 1);
  classes_[at].n += times;
  classes_[at].sum += static_cast<double>(value) * static_cast<double>(times);
}

void Sample::give_up_exactness() {
  std::vector<std::pair<std::int64_t, std::int64_t>> sorted(values_.begin(), values_.end());
  std::ranges::sort(sorted); // sums in one order, whatever the order of the table
  classes_.resize(1);
  for (const auto& [value, times] : sorted) add_to_class(value, times);
  values_.clear();
  last_times_ = nullptr;
}

void Sample::add(std::int64_t value, std::int64_t times) {
  value = std::max<std::int64_t>(value, 0);
  count_ += times;
  sum_ += static_cast<double>(value) * static_cast<double>(times);
  if (value > largest_) {
    largest_ = value;
    times_largest_ = 0;
  }
  if (value == largest_) times_largest_ += times;
  if (!exact()) return add_to_class(value, times);
  if (last_times_ == nullptr || value != last_) {
    last_ = value;
    last_times_ = &values_[value];
  }
  *last_times_ += times;
  if (values_.size() > kMostExact) give_up_exactness();
}

std::vector<Point> Sample::points(double scale, double resolution) const {
  std::vector<Point> points;
  if (exact()) {
    std::vector<std::pair<std::int64_t, std::int64_t>> sorted(values_.begin(), values_.end());
    std::ranges::sort(sorted);
    const double half = 0.5 * resolution;
    for (const auto& [value, times] : sorted) {
      const auto x = static_cast<double>(value);
      points.push_back({std::max(0.0, x - half) * scale, x * scale, (x + half) * scale, static_cast<double>(times)});
    }
    return points;
  }
  const auto most = static_cast<double>(largest_);
  for (std::size_t i = 0; i < classes_.size(); ++i) {
    Class c = classes_[i];
    if (i + 1 == classes_.size()) { // the largest is told apart
      c.n -= times_largest_;
      c.sum -= most * static_cast<double>(times_largest_);
    }
    if (c.n <= 0) continue;
    const auto n = static_cast<double>(c.n);
    double low = i == 0 ? 0 : std::ceil(edge(i)) - 0.5, high = i == 0 ? 0 : std::ceil(edge(i + 1)) - 0.5;
    if (i > 0 && resolution > 1) { // to the middle between the multiples inside and outside
      low = (std::ceil(low / resolution) - 0.5) * resolution;
      high = (std::floor(high / resolution) + 0.5) * resolution;
    }
    points.push_back({low * scale, c.sum / n * scale, std::min(high, most) * scale, n});
  }
  points.push_back({most * scale, most * scale, most * scale, static_cast<double>(times_largest_)});
  return points;
}

} // namespace centresim::design::detail
