// Special functions that fitting laws needs.
#pragma once

namespace centresim::design::detail {

[[nodiscard]] double digamma(double x);  // x > 0
[[nodiscard]] double trigamma(double x); // x > 0
// The regularised incomplete gamma functions, P + Q = 1. a > 0, x >= 0.
[[nodiscard]] double gamma_p(double a, double x);
[[nodiscard]] double gamma_q(double a, double x);
[[nodiscard]] double normal_cdf(double z);
// The value that a chi-square variate exceeds with probability 1 % (Wilson and Hilferty, PNAS 17, 1931; within 1 % from
// 3 degrees of freedom on).
[[nodiscard]] double chi_square_one_percent(double degrees);

} // namespace centresim::design::detail
