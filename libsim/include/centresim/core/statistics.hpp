// Sums and order statistics of observations.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

namespace centresim::core {

// Count, mean and squared deviations of a stream of numbers (Welford 1962; merged after Chan, Golub, LeVeque 1983).
class Moments {
 public:
  void add(double x) {
    ++n_;
    const double delta = x - mean_;
    mean_ += delta / static_cast<double>(n_);
    squares_ += delta * (x - mean_);
  }
  void merge(const Moments& other) {
    if (other.n_ == 0) return;
    if (n_ == 0) {
      *this = other;
      return;
    }
    const double a = static_cast<double>(n_), b = static_cast<double>(other.n_), delta = other.mean_ - mean_;
    n_ += other.n_;
    mean_ += delta * (b / (a + b));
    squares_ += other.squares_ + delta * delta * (a * b / (a + b));
  }
  [[nodiscard]] std::int64_t count() const { return n_; }
  [[nodiscard]] double mean() const { return n_ > 0 ? mean_ : kMissing; } // NaN: no observation
  [[nodiscard]] double variance() const {                                 // NaN: fewer than two
    return n_ > 1 ? squares_ / static_cast<double>(n_ - 1) : kMissing;
  }
  [[nodiscard]] double sd() const { return std::sqrt(variance()); }

 private:
  static constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  std::int64_t n_ = 0;
  double mean_ = 0, squares_ = 0;
};

// The p-quantile, p in [0, 1], with linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the
// default of NumPy and R). Reorders the values. NaN where there are none. Values must not be NaN.
template <class T> [[nodiscard]] double quantile_in_place(std::span<T> values, double p) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double rank = std::clamp(p, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(below);
  std::nth_element(values.begin(), at, values.end());
  const double low = static_cast<double>(*at), share = rank - static_cast<double>(below);
  if (share == 0) return low;
  const double high = static_cast<double>(*std::min_element(at + 1, values.end()));
  return low + share * (high - low);
}

// The same of values in ascending order, which stay as they are.
template <class T> [[nodiscard]] double quantile_sorted(std::span<const T> values, double p) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double rank = std::clamp(p, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const double low = static_cast<double>(values[below]), share = rank - static_cast<double>(below);
  return share == 0 ? low : low + share * (static_cast<double>(values[below + 1]) - low);
}

} // namespace centresim::core
