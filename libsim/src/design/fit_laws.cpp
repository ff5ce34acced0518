#include "fit_laws.hpp"

#include "centresim/core/math.hpp"
#include "fit_functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <utility>

namespace centresim::design::detail {

namespace {

using core::LawKind;
using core::math::log_gamma;

constexpr double kHalfLog2Pi = 0.91893853320467274178;

// Sums over what is known exactly (all but the `cut` at the end), and the value at which the others are cut.
struct Sums {
  double n = 0, mean = 0, mean_log = 0, variance_log = 0;
  double cut = 0, at = 0;
};

Sums sums_of(const Observed& seen) {
  Sums s;
  s.cut = seen.cut;
  s.at = seen.points.back().value;
  const auto weight = [&](const Point& p) { return &p == &seen.points.back() ? p.n - seen.cut : p.n; };
  for (const Point& p : seen.points) {
    s.n += weight(p);
    s.mean += weight(p) * p.value;
    s.mean_log += weight(p) * std::log(p.value);
  }
  s.mean /= s.n;
  s.mean_log /= s.n;
  for (const Point& p : seen.points) s.variance_log += weight(p) * std::pow(std::log(p.value) - s.mean_log, 2);
  s.variance_log /= s.n;
  return s;
}

// A law as the fit speaks of it.
struct Candidate {
  double a = 0,
         b = 0; // exponential: mean | lognormal: mu, sigma | gamma, weibull: shape, scale | uniform: low, half width
  double mean = 0, cv = 0; // uniform: mean, half width
  double log_likelihood = 0;
};

Candidate exponential(const Sums& s) {
  const double mean = s.mean + s.cut * s.at / s.n;
  return {mean, 0, mean, 1, -s.n * std::log(mean) - s.n};
}

// The place of the largest value of a function with one summit.
double summit(double low, double high, const std::function<double(double)>& f) {
  constexpr double kGolden = 0.61803398874989484820;
  double x = high - kGolden * (high - low), y = low + kGolden * (high - low), fx = f(x), fy = f(y);
  while (high - low > 1e-9) {
    if (fx < fy) {
      low = x, x = y, fx = fy;
      fy = f(y = low + kGolden * (high - low));
    } else {
      high = y, y = x, fy = fx;
      fx = f(x = high - kGolden * (high - low));
    }
  }
  return 0.5 * (low + high);
}

// The best spread for the mean that was seen.
Candidate lognormal_of_mean(const Sums& s) {
  const double log_mean = std::log(s.mean);
  const auto likelihood = [&](double log_sigma) {
    const double sigma = std::exp(log_sigma), off = s.mean_log - log_mean + 0.5 * sigma * sigma;
    return -s.n * (s.mean_log + log_sigma + kHalfLog2Pi + (s.variance_log + off * off) / (2 * sigma * sigma));
  };
  const double best = summit(-12, 1.6, likelihood), sigma = std::exp(best);
  return {log_mean - 0.5 * sigma * sigma, sigma, s.mean, std::sqrt(std::expm1(sigma * sigma)), likelihood(best)};
}

// For those that are cut their expectations stand in, again and again until nothing changes (EM).
Candidate lognormal(const Sums& s, bool keep_mean) {
  if (keep_mean) return lognormal_of_mean(s);
  double mu = s.mean_log, sigma = std::sqrt(s.variance_log);
  const double all = s.n + s.cut, log_at = s.cut > 0 ? std::log(s.at) : 0;
  for (int round = 0; s.cut > 0 && round < 5000; ++round) {
    const double z = (log_at - mu) / sigma, above = std::max(normal_cdf(-z), 1e-300);
    const double hazard = 0.39894228040143267794 * std::exp(-0.5 * z * z) / above;
    const double first = mu + sigma * hazard, spread = sigma * sigma * std::max(1 - hazard * (hazard - z), 1e-12);
    const double next_mu = (s.n * s.mean_log + s.cut * first) / all;
    const double variance =
        (s.n * (s.variance_log + std::pow(s.mean_log - next_mu, 2)) + s.cut * (spread + std::pow(first - next_mu, 2))) /
        all;
    const double next_sigma = std::sqrt(variance);
    const bool done = std::abs(next_mu - mu) + std::abs(next_sigma - sigma) < 1e-10 * sigma;
    mu = next_mu;
    sigma = next_sigma;
    if (done) break;
  }
  Candidate c{mu, sigma, std::exp(mu + 0.5 * sigma * sigma), std::sqrt(std::expm1(sigma * sigma)), 0};
  const double square = s.variance_log + std::pow(s.mean_log - mu, 2);
  c.log_likelihood = -s.n * (s.mean_log + std::log(sigma) + kHalfLog2Pi + square / (2 * sigma * sigma));
  if (s.cut > 0) c.log_likelihood += s.cut * std::log(std::max(normal_cdf((mu - log_at) / sigma), 1e-300));
  return c;
}

double gamma_likelihood(const Sums& s, double shape, double scale) {
  double sum = s.n * ((shape - 1) * s.mean_log - s.mean / scale - shape * std::log(scale) - log_gamma(shape));
  if (s.cut > 0) sum += s.cut * std::log(std::max(gamma_q(shape, s.at / scale), 1e-300));
  return sum;
}

Candidate gamma(const Sums& s) {
  // log shape - digamma(shape) = log mean - mean log, by Newton's method from Minka's start ("Estimating a gamma
  // distribution", 2002).
  const double gap = std::max(std::log(s.mean) - s.mean_log, 1e-13);
  double shape = (3 - gap + std::sqrt((gap - 3) * (gap - 3) + 24 * gap)) / (12 * gap);
  for (int i = 0; i < 100; ++i) {
    const double step = (std::log(shape) - digamma(shape) - gap) / (1 / shape - trigamma(shape));
    const double next = shape - step > 0 ? shape - step : shape / 2;
    const bool done = std::abs(next - shape) < 1e-13 * shape;
    shape = next;
    if (done) break;
  }
  double scale = s.mean / shape;
  if (s.cut > 0) { // the best scale for each shape, the best shape of these
    const auto best_scale = [&](double log_shape) {
      const double k = std::exp(log_shape), middle = std::log(s.mean / k);
      return std::exp(summit(middle - 1, middle + 6, [&](double t) { return gamma_likelihood(s, k, std::exp(t)); }));
    };
    const double start = std::log(shape);
    const double t =
        summit(start - 3, start + 1, [&](double x) { return gamma_likelihood(s, std::exp(x), best_scale(x)); });
    shape = std::exp(t);
    scale = best_scale(t);
  }
  return {shape, scale, shape * scale, 1 / std::sqrt(shape), gamma_likelihood(s, shape, scale)};
}

// Between the smallest and the largest value; of a few values it would only be where they happen to lie.
std::optional<Candidate> uniform(const Sums& s, const Observed& seen) {
  constexpr double kEnough = 20;
  const double low = seen.points.front().value, half = 0.5 * (s.at - low);
  if (s.cut > 0 || seen.keep_mean || s.n < kEnough || !(half > 0)) return std::nullopt;
  return Candidate{low, half, low + half, half, -s.n * std::log(2 * half)};
}

double weibull_cv(double k) {
  return std::sqrt(std::max(std::exp(log_gamma(1 + 2 / k) - 2 * log_gamma(1 + 1 / k)) - 1, 0.0));
}

// The best shape for the mean that was seen.
Candidate weibull_of_mean(const Sums& s, const Observed& seen) {
  const auto scale = [&](double k) { return s.mean / std::exp(log_gamma(1 + 1 / k)); };
  const auto likelihood = [&](double log_k) {
    const double k = std::exp(log_k), log_scale = std::log(scale(k));
    double powers = 0;
    for (const Point& p : seen.points) powers += p.n * std::exp(k * (std::log(p.value) - log_scale));
    return s.n * (log_k - k * log_scale + (k - 1) * s.mean_log) - powers;
  };
  const double best = summit(std::log(0.1), std::log(100), likelihood), k = std::exp(best);
  return {k, scale(k), s.mean, weibull_cv(k), likelihood(best)};
}

// The shape k is where sum x^k log x / sum x^k - 1/k = mean log of those not cut; the left side grows with k.
Candidate weibull(const Sums& s, const Observed& seen) {
  if (seen.keep_mean) return weibull_of_mean(s, seen);
  std::vector<double> logs;
  for (const Point& p : seen.points) logs.push_back(std::log(p.value / s.at)); // <= 0: no power overflows
  const double mean_log = s.mean_log - std::log(s.at);
  double power = 0;
  const auto excess = [&](double k) {
    double sum = 0, with_log = 0;
    for (std::size_t i = 0; i < logs.size(); ++i) {
      const double x = seen.points[i].n * std::exp(k * logs[i]);
      sum += x;
      with_log += x * logs[i];
    }
    power = sum;
    return with_log / sum - 1 / k - mean_log;
  };
  double low = 1e-3, high = 1;
  while (high < 1e7 && excess(high) < 0) low = high, high *= 2;
  while (low > 1e-9 && excess(low) > 0) high = low, low /= 2;
  for (int i = 0; i < 200 && high - low > 1e-12 * high; ++i) {
    const double middle = std::sqrt(low * high);
    (excess(middle) < 0 ? low : high) = middle;
  }
  const double k = 0.5 * (low + high);
  (void)excess(k);
  const double scale = s.at * std::pow(power / s.n, 1 / k);
  Candidate c{k, scale, scale * std::exp(log_gamma(1 + 1 / k)), weibull_cv(k), 0};
  c.log_likelihood = s.n * (std::log(k) - k * std::log(scale) + (k - 1) * s.mean_log) - s.n;
  return c;
}

double cdf(LawKind kind, const Candidate& c, double x) {
  if (x <= 0) return 0;
  switch (kind) {
  case LawKind::exponential:
    return -std::expm1(-x / c.a);
  case LawKind::lognormal:
    return normal_cdf((std::log(x) - c.a) / c.b);
  case LawKind::gamma:
    return gamma_p(c.a, x / c.b);
  case LawKind::uniform:
    return std::clamp((x - c.a) / (2 * c.b), 0.0, 1.0);
  default:
    return -std::expm1(-std::pow(x / c.b, c.a));
  }
}

double ks_distance(LawKind kind, const Candidate& c, const Observed& seen) {
  double all = 0, below = 0, most = 0;
  for (const Point& p : seen.points) all += p.n;
  for (const Point& p : seen.points) {
    const bool cut = &p == &seen.points.back() && seen.cut > 0;
    const double before = below / all;
    below += p.n;
    most = std::max(most, std::abs(cdf(kind, c, cut ? p.value : p.low) - before));
    if (!cut) most = std::max(most, std::abs(cdf(kind, c, p.high) - below / all));
  }
  return most;
}

} // namespace

double rounded(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*e", digits - 1, value);
  return std::strtod(text, nullptr);
}

std::optional<LawFit> fit_law(LawKind kind, Dimension dimension, const Observed& seen) {
  const Sums s = sums_of(seen);
  if (!(s.n > 0) || !(s.variance_log > 0)) return std::nullopt;
  const std::optional<Candidate> even = kind == LawKind::uniform ? uniform(s, seen) : std::nullopt;
  if (kind == LawKind::uniform && !even) return std::nullopt;
  const Candidate c = even                           ? *even
                      : kind == LawKind::exponential ? exponential(s)
                      : kind == LawKind::lognormal   ? lognormal(s, seen.keep_mean)
                      : kind == LawKind::gamma       ? gamma(s)
                                                     : weibull(s, seen);
  if (!std::isfinite(c.mean) || !std::isfinite(c.cv) || !std::isfinite(c.log_likelihood)) return std::nullopt;
  LawFit fit;
  fit.law = {kind, dimension, {rounded(c.mean)}, {}};
  if (kind != LawKind::exponential) fit.law.parameters.push_back(rounded(c.cv));
  if (!common::check_distribution(fit.law).empty()) return std::nullopt;
  fit.log_likelihood = c.log_likelihood;
  fit.aic = 2 * static_cast<double>(fit.law.parameters.size()) - 2 * c.log_likelihood;
  fit.ks = ks_distance(kind, c, seen);
  return fit;
}

std::vector<LawFit> fit_laws(Dimension dimension, const Observed& seen) {
  std::vector<LawFit> fits;
  for (const LawKind kind :
       {LawKind::exponential, LawKind::lognormal, LawKind::gamma, LawKind::weibull, LawKind::uniform})
    if (std::optional<LawFit> fit = fit_law(kind, dimension, seen)) fits.push_back(std::move(*fit));
  std::ranges::sort(fits, {}, [](const LawFit& f) { return std::pair(f.aic, f.law.kind); });
  return fits;
}

double cut_mean(const Distribution& law, double cut) {
  if (law.kind == LawKind::constant) return std::min(law.parameters[0], cut);
  if (!law.weights.empty()) {
    double sum = 0, weight = 0;
    for (std::size_t i = 0; i < law.weights.size(); ++i) {
      sum += law.weights[i] * std::min(law.parameters[i], cut);
      weight += law.weights[i];
    }
    return sum / weight;
  }
  if (std::isinf(cut)) return law.mean();
  // The quantile function in the middle of 4000 classes, the last of each thousand split again and again: the tail
  // holds most of the mean.
  const core::Law drawn = law.compile();
  double sum = 0, top = 1; // of the probability above what is done
  for (int level = 0; level < 12; ++level) {
    constexpr int kClasses = 4000;
    const double width = 0.999 * top / kClasses;
    for (int i = 0; i < kClasses; ++i) sum += width * std::min(drawn.value(1 - top + (i + 0.5) * width), cut);
    top *= 0.001;
    if (drawn.value(1 - top) >= cut || top < 1e-12) break;
  }
  return sum + top * std::min(drawn.value(1 - 0.5 * top), cut);
}

} // namespace centresim::design::detail
