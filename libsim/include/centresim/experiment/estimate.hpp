// What replications say about an expected value.
#pragma once
#include <cstdint>
#include <limits>
#include <span>

namespace centresim::experiment {

// NaN where something is missing: one value has no interval, none has no mean.
struct Estimate {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN(); // 95 % confidence interval
  double high = std::numeric_limits<double>::quiet_NaN();
  double sd = std::numeric_limits<double>::quiet_NaN(); // of the values, not of the mean
  std::int64_t n = 0;                                   // values that entered
};

// The mean of independent, identically distributed values (one per replication) with its 95 % Student t interval.
// NaNs are skipped.
[[nodiscard]] Estimate estimate(std::span<const double> values);

// The two-sided 95 % point of Student's t law with so many degrees of freedom (at least 1).
[[nodiscard]] double student_t_95(std::int64_t degrees_of_freedom);

} // namespace centresim::experiment
