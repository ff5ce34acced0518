#include "fit_functions.hpp"

#include "centresim/core/math.hpp"

#include <cmath>
#include <limits>

namespace centresim::design::detail {

namespace {

constexpr int kMostTerms = 100'000;
constexpr double kEnough = std::numeric_limits<double>::epsilon();

// x^a e^-x / Gamma(a)
double front(double a, double x) { return std::exp(a * std::log(x) - x - core::math::log_gamma(a)); }

double series(double a, double x) { // P, for x < a + 1
  double term = 1 / a, sum = term;
  for (int n = 1; n < kMostTerms && std::abs(term) > kEnough * sum; ++n) sum += term *= x / (a + n);
  return front(a, x) * sum;
}

double fraction(double a, double x) { // Q, for x >= a + 1 (Lentz)
  constexpr double kTiny = 1e-300;
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / b, h = d;
  for (int n = 1; n < kMostTerms; ++n) {
    const double an = -n * (n - a);
    b += 2;
    d = an * d + b;
    d = 1 / (std::abs(d) < kTiny ? kTiny : d);
    c = b + an / c;
    c = std::abs(c) < kTiny ? kTiny : c;
    const double step = d * c;
    h *= step;
    if (std::abs(step - 1) < kEnough) break;
  }
  return front(a, x) * h;
}

// Where the sums get long the law is nearly normal in the cube root (Wilson and Hilferty).
bool nearly_normal(double a) { return a > 1e6; }
double normal_place(double a, double x) { return 3 * std::sqrt(a) * (std::cbrt(x / a) - 1 + 1 / (9 * a)); }

} // namespace

double digamma(double x) {
  double low = 0;
  for (; x < 10; x += 1) low -= 1 / x;
  const double r = 1 / (x * x);
  return low + std::log(x) - 0.5 / x - r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r / 132))));
}

double trigamma(double x) {
  double low = 0;
  for (; x < 10; x += 1) low += 1 / (x * x);
  const double r = 1 / (x * x);
  return low + 1 / x + 0.5 * r + r / x * (1.0 / 6 - r * (1.0 / 30 - r * (1.0 / 42 - r / 30)));
}

double gamma_p(double a, double x) {
  if (x <= 0) return 0;
  if (nearly_normal(a)) return normal_cdf(normal_place(a, x));
  return x < a + 1 ? series(a, x) : 1 - fraction(a, x);
}

double gamma_q(double a, double x) {
  if (x <= 0) return 1;
  if (nearly_normal(a)) return normal_cdf(-normal_place(a, x));
  return x < a + 1 ? 1 - series(a, x) : fraction(a, x);
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z * 0.70710678118654752440); }

double chi_square_one_percent(double degrees) {
  const double v = 2 / (9 * degrees), cube = 1 - v + 2.3263478740408411 * std::sqrt(v);
  return degrees * cube * cube * cube;
}

} // namespace centresim::design::detail
