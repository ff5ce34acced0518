// Student's law beyond its 95 % point.
#pragma once
#include <boost/math/distributions/students_t.hpp>

#include <cmath>
#include <cstdint>

namespace centresim::experiment {

// What a Student variable exceeds with probability `tail`, in (0, 1/2]; at least one degree of freedom.
[[nodiscard]] inline double student_t_point(double tail, std::int64_t degrees_of_freedom) {
  const boost::math::students_t law(static_cast<double>(degrees_of_freedom));
  return boost::math::quantile(boost::math::complement(law, tail));
}

// The probability that its size exceeds |t|. NaN where t is.
[[nodiscard]] inline double student_t_p_value(double t, std::int64_t degrees_of_freedom) {
  if (std::isnan(t)) return t;
  if (std::isinf(t)) return 0;
  const boost::math::students_t law(static_cast<double>(degrees_of_freedom));
  return 2 * boost::math::cdf(boost::math::complement(law, std::abs(t)));
}

} // namespace centresim::experiment
