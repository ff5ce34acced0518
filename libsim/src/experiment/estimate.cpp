#include "centresim/experiment/estimate.hpp"

#include <boost/math/distributions/students_t.hpp>

#include <cmath>

namespace centresim::experiment {

double student_t_95(std::int64_t degrees_of_freedom) {
  return boost::math::quantile(boost::math::students_t(static_cast<double>(degrees_of_freedom)), 0.975);
}

Estimate estimate(std::span<const double> values) {
  Estimate result;
  double sum = 0;
  for (const double x : values) {
    if (std::isnan(x)) continue;
    sum += x;
    ++result.n;
  }
  if (result.n == 0) return result;
  const double n = static_cast<double>(result.n);
  result.mean = sum / n;
  if (result.n == 1) return result;
  double squares = 0;
  for (const double x : values)
    if (!std::isnan(x)) squares += (x - result.mean) * (x - result.mean);
  result.sd = std::sqrt(squares / (n - 1));
  const double half_width = student_t_95(result.n - 1) * result.sd / std::sqrt(n);
  result.low = result.mean - half_width;
  result.high = result.mean + half_width;
  return result;
}

} // namespace centresim::experiment
