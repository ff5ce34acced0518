#include "law_table.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace centresim::core::detail {
namespace {

// e^t - 1 - t without cancellation.
double exp_less_linear(double t) {
  if (t > 0.5 || t < -0.5) return math::exp(t) - 1 - t;
  double p = 0;
  for (int n = 18; n >= 3; --n) p = math::detail::fused(p, t / n, 1.0); // 1 + t/3 + t^2/(3 4) + ...
  return 0.5 * t * t * p;
}

// The gamma law by its differential equation. With t = log(x / alpha) and P(x) = Phi(z):
// dt/dz = phi(z) / (x f(x)), f the density, so log(dt/dz) = -z^2/2 + alpha (e^t - 1 - t) - log(alpha)/2 + remainder.
// P(x(z)) - Phi(z) is constant along every solution; started far out in a tail, where both are below 1e-27, it is 0.
class GammaCurve {
 public:
  explicit GammaCurve(double alpha)
      : alpha_(alpha), constant_(math::stirling_remainder(alpha) - 0.5 * math::log(alpha)) {}

  [[nodiscard]] double slope(double z, double t) const {
    return math::exp(-0.5 * z * z + alpha_ * exp_less_linear(t) + constant_);
  }

  // One step of the classical Runge-Kutta method.
  [[nodiscard]] double step(double z, double t, double h) const {
    const double a = slope(z, t), b = slope(z + 0.5 * h, t + 0.5 * h * a), c = slope(z + 0.5 * h, t + 0.5 * h * b),
                 d = slope(z + h, t + h * c);
    return t + h / 6 * (a + 2 * (b + c) + d);
  }

  // t where the first term of the tail's expansion equals Phi(-12); `side` -1 or 1.
  [[nodiscard]] double start(double side) const {
    constexpr double kLogTail = -75.41, kHalfLog2Pi = 0.91893853320467274178;
    const auto too_far = [&](double t) {
      const double log_term = -alpha_ * exp_less_linear(t) - math::log(alpha_) - kHalfLog2Pi - constant_;
      return log_term - (side > 0 ? t : 0) < kLogTail;
    };
    double near = 0, far = side;
    while (!too_far(far)) far *= 2;
    for (int i = 0; i < 100; ++i) {
      const double middle = 0.5 * (near + far);
      (too_far(middle) ? far : near) = middle;
    }
    return far;
  }

 private:
  double alpha_, constant_;
};

} // namespace

std::shared_ptr<const LawTable> make_gamma_table(double mean, double alpha) {
  constexpr int kSubsteps = 8;
  constexpr double kStart = 12, kStep = 1.0 / (kGammaNodesPerUnit * kSubsteps);
  constexpr int kMiddle = static_cast<int>(kGammaNodes / 2);
  auto table = std::make_shared<LawTable>();
  table->mean = mean;
  table->variance = mean * mean / alpha;
  table->x.resize(kGammaNodes);
  table->y.resize(kGammaNodes);
  const GammaCurve curve(alpha);
  for (const double side : {-1.0, 1.0}) { // from each tail to the middle
    double t = curve.start(side);
    const int steps = static_cast<int>(kStart) * kGammaNodesPerUnit * kSubsteps;
    for (int i = 0; i <= steps; ++i) {
      const double z = side * (kStart - i * kStep); // exact: the step is a power of two
      const double node = (z - kGammaFirstNode) * kGammaNodesPerUnit;
      if (i % kSubsteps == 0 && node >= 0 && node < static_cast<double>(kGammaNodes)) {
        const auto at = static_cast<std::size_t>(node);
        if (side < 0 || at != kMiddle) {
          table->x[at] = t;
          table->y[at] = curve.slope(z, t) / kGammaNodesPerUnit;
        }
      }
      t = curve.step(z, t, -side * kStep);
    }
  }
  return table;
}

std::shared_ptr<const LawTable> make_step_table(std::span<const double> values, std::span<const double> weights) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return values[a] != values[b] ? values[a] < values[b] : weights[a] < weights[b];
  });
  auto table = std::make_shared<LawTable>();
  double total = 0;
  for (const std::size_t i : order) {
    if (weights[i] == 0) continue;
    total += weights[i];
    if (!table->y.empty() && table->y.back() == values[i]) {
      table->x.back() = total;
    } else {
      table->x.push_back(total);
      table->y.push_back(values[i]);
    }
  }
  double below = 0;
  for (std::size_t i = 0; i < table->x.size(); ++i) {
    table->x[i] /= total;
    table->mean += (table->x[i] - below) * table->y[i];
    below = table->x[i];
  }
  below = 0;
  for (std::size_t i = 0; i < table->x.size(); ++i) {
    const double off = table->y[i] - table->mean;
    table->variance += (table->x[i] - below) * off * off;
    below = table->x[i];
  }
  return table;
}

double weibull_shape(double cv) {
  // log(1 + cv^2) = log gamma(1 + 2/k) - 2 log gamma(1 + 1/k), which falls with k. For small e = 1/k by the series of
  // log gamma(1 + e) = -0.577 e + zeta(2) e^2/2 - zeta(3) e^3/3 + ..., whose linear parts cancel.
  const auto log_moment_ratio = [](double e) {
    if (e > 0.02) return math::log_gamma(1 + 2 * e) - 2 * math::log_gamma(1 + e);
    constexpr double kZeta[] = {1.6449340668482264, 1.2020569031595943, 1.0823232337111382, 1.0369277551433699,
                                1.0173430619844491, 1.0083492773819228, 1.0040773561979443, 1.0020083928260822};
    double sum = 0, once = -e, twice = -2 * e;
    for (int n = 2; n < 10; ++n) {
      once *= -e;
      twice *= -2 * e;
      sum += kZeta[n - 2] * (twice - 2 * once) / n;
    }
    return sum;
  };
  const double target = math::log_1p(cv * cv);
  double low = 0, high = 1;
  while (log_moment_ratio(high) < target) high *= 2;
  for (int i = 0; i < 80; ++i) {
    const double middle = 0.5 * (low + high);
    (log_moment_ratio(middle) < target ? low : high) = middle;
  }
  return 1 / (0.5 * (low + high));
}

} // namespace centresim::core::detail
