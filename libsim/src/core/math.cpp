#include "centresim/core/math.hpp"

namespace centresim::core::math {
namespace {

constexpr double kHalfLog2Pi = 0.91893853320467274178;

// 1/(12 x) - 1/(360 x^3) + ...: what Stirling's formula lacks of log gamma. x >= 15: the next term is below 3e-18.
double stirling_series(double x) {
  const double inverse = 1 / x, square = inverse * inverse;
  constexpr double kTerms[] = {-691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12};
  return inverse * detail::horner(kTerms, square);
}

} // namespace

namespace detail {
CENTRESIM_TARGET_FMA double log_fma(double x) { return log_body(x); }
double log_portable(double x) { return log_body(x); }
} // namespace detail

namespace {
CENTRESIM_TARGET_FMA double exp_fma(double x) { return detail::exp_body(x); }
double exp_portable(double x) { return detail::exp_body(x); }
CENTRESIM_TARGET_FMA double normal_quantile_fma(double u) { return detail::normal_quantile_body(u); }
double normal_quantile_portable(double u) { return detail::normal_quantile_body(u); }
} // namespace

double exp(double x) { return core::detail::kHasFma ? exp_fma(x) : exp_portable(x); }

double normal_quantile(double u) {
  return core::detail::kHasFma ? normal_quantile_fma(u) : normal_quantile_portable(u);
}

double log_1p(double x) { return x < 0.4 ? detail::twice_artanh_body(x / (2 + x), 0) : log(1 + x); }

double normal_tail(double z) {
  const double density = exp(-0.5 * z * z - kHalfLog2Pi);
  if (z < 3) { // 1/2 - density (z + z^3/3 + z^5/15 + ...)
    double sum = 0, term = z;
    for (int n = 1; n < 100; ++n) {
      sum += term;
      term *= z * z / (2 * n + 1);
    }
    return 0.5 - density * sum;
  }
  double fraction = z; // z + 1/(z + 2/(z + 3/(...)))
  for (int n = 200; n > 0; --n) fraction = z + n / fraction;
  return density / fraction;
}

double stirling_remainder(double x) {
  if (x >= 15) return stirling_series(x);
  return log_gamma(x) - ((x - 0.5) * log(x) - x + kHalfLog2Pi);
}

double log_gamma(double x) {
  double product = 1; // gamma(x) = gamma(x + n) / (x (x + 1) ... (x + n - 1))
  while (x < 15) {
    product *= x;
    x += 1;
  }
  return ((x - 0.5) * log(x) - x + kHalfLog2Pi) + stirling_series(x) - log(product);
}

} // namespace centresim::core::math
