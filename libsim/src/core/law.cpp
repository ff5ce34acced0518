#include "centresim/core/law.hpp"

#include "law_table.hpp"
#include "vector_paths.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace centresim::core {
namespace {

using detail::LawTable;

CENTRESIM_INLINE double gamma_value(double mean, const LawTable& table, double u) {
  const double place = (math::detail::normal_quantile_body(u) - detail::kGammaFirstNode) * detail::kGammaNodesPerUnit;
  const double inside = std::clamp(place, 0.0, static_cast<double>(detail::kGammaNodes - 2));
  const auto i = static_cast<std::size_t>(inside);
  const double s = place - static_cast<double>(i);
  const double t0 = table.x[i], t1 = table.x[i + 1], d0 = table.y[i], d1 = table.y[i + 1], rise = t1 - t0;
  using math::detail::fused; // the cubic through both ends with their slopes
  const double t = fused(s, fused(s, fused(s, d0 + d1 - 2 * rise, 3 * rise - 2 * d0 - d1), d0), t0);
  return mean * math::detail::exp_body(t);
}

CENTRESIM_INLINE double normal_value(double mean, double sd, const LawTable& table, double u) {
  using math::detail::fused;
  // Above the median from the upper tail, where 1 - u keeps its digits.
  const double z = u < 0.5 ? math::detail::normal_quantile_body(fused(table.p[1], u, table.p[0]))
                           : -math::detail::normal_quantile_body(table.p[1] * (1 - u));
  return fused(sd, z, mean);
}

CENTRESIM_INLINE double triangular_value(const LawTable& table, double u) {
  const double width = table.p[3];
  return u < table.p[2] ? table.p[0] + std::sqrt(u * (width * table.p[4]))
                        : table.p[1] - std::sqrt((1 - u) * (width * table.p[5]));
}

double step_value(const LawTable& table, double u) {
  const auto at = std::lower_bound(table.x.begin(), table.x.end(), u);
  return at == table.x.end() ? table.y.back() : table.y[static_cast<std::size_t>(at - table.x.begin())];
}

CENTRESIM_INLINE double value_body(LawKind kind, double a, double b, const LawTable& table, double u) {
  using namespace math::detail;
  switch (kind) {
  case LawKind::triangular:
    return triangular_value(table, u);
  case LawKind::lognormal:
    return a * exp_body(fused(b, normal_quantile_body(u), -table.p[0]));
  case LawKind::gamma:
  case LawKind::erlang:
    return gamma_value(a, table, u);
  case LawKind::weibull:
    return a * exp_body(b * log_body(-log_body(1 - u)));
  case LawKind::normal:
    return normal_value(a, b, table, u);
  case LawKind::integers:
    return a + std::min(std::floor(b * u), b - 1);
  default:
    return step_value(table, u);
  }
}

CENTRESIM_TARGET_FMA double value_fma(LawKind kind, double a, double b, const LawTable& table, double u) {
  return value_body(kind, a, b, table, u);
}
double value_portable(LawKind kind, double a, double b, const LawTable& table, double u) {
  return value_body(kind, a, b, table, u);
}

[[noreturn]] void refuse(const std::string& why) { throw std::invalid_argument("law: " + why); }

void check_numbers(LawKind kind, std::span<const double> parameters, std::span<const double> weights) {
  const bool listed = kind == LawKind::empirical || kind == LawKind::discrete;
  const std::size_t wanted = kind == LawKind::constant || kind == LawKind::exponential ? 1
                             : kind == LawKind::triangular                             ? 3
                                                                                       : 2;
  if (listed ? parameters.empty() : parameters.size() != wanted) refuse("wrong number of parameters");
  if (weights.size() != (listed ? parameters.size() : 0)) refuse("wrong number of weights");
  for (const double x : parameters)
    if (!std::isfinite(x)) refuse("a parameter is not finite");
  double total = 0;
  for (const double w : weights) {
    if (!std::isfinite(w) || w < 0) refuse("a weight is negative or not finite");
    total += w;
  }
  if (listed && !(total > 0 && std::isfinite(total))) refuse("the weights have no sum above 0");
}

std::shared_ptr<LawTable> table_of(double mean, double variance) {
  auto table = std::make_shared<LawTable>();
  table->mean = mean;
  table->variance = variance;
  return table;
}

std::shared_ptr<const LawTable> normal_table(double mean, double sd) {
  const double at = mean / sd, below = math::normal_tail(at), above = 1 - below;
  const double density = math::exp(-0.5 * at * at) * 0.39894228040143267794, hazard = density / above;
  auto table = table_of(mean + sd * hazard, sd * sd * (1 - at * hazard - hazard * hazard));
  table->p[0] = below;
  table->p[1] = above;
  return table;
}

std::shared_ptr<const LawTable> triangular_table(double low, double mode, double high) {
  auto table = table_of((low + mode + high) / 3, ((mode - low) * (mode - low) + (high - mode) * (high - low)) / 18);
  const double values[] = {low, high, (mode - low) / (high - low), high - low, mode - low, high - mode};
  std::copy(std::begin(values), std::end(values), table->p);
  return table;
}

} // namespace

Law::Law(LawKind kind, double a, double b, std::shared_ptr<const detail::LawTable> table)
    : kind_(kind), a_(a), b_(b), table_(std::move(table)) {
  if (kind == LawKind::constant) constant_ = detail::round_to_tick(a);
}

Law Law::make(LawKind kind, std::span<const double> parameters, std::span<const double> weights) {
  check_numbers(kind, parameters, weights);
  const double a = parameters[0], b = parameters.size() > 1 ? parameters[1] : 0;
  const auto constant = [](double value) { return Law(LawKind::constant, value, 0); };
  switch (kind) {
  case LawKind::constant:
    return constant(a);
  case LawKind::uniform:
    if (b < 0) refuse("the half width is negative");
    return b == 0 ? constant(a) : Law(kind, a - b, 2 * b);
  case LawKind::integers:
    if (a != std::floor(a) || b != std::floor(b) || a > b) refuse("low and high are not whole numbers in order");
    return a == b ? constant(a)
                  : Law(kind, a, b - a + 1, table_of(0.5 * (a + b), ((b - a + 1) * (b - a + 1) - 1) / 12));
  case LawKind::triangular: {
    const double high = parameters[2];
    if (!(a <= b && b <= high)) refuse("low, mode and high are not in order");
    return a == high ? constant(a) : Law(kind, a, 0, triangular_table(a, b, high));
  }
  case LawKind::empirical:
  case LawKind::discrete: {
    auto table = detail::make_step_table(parameters, weights);
    return table->y.size() == 1 ? constant(table->y[0]) : Law(kind, 0, 0, std::move(table));
  }
  default:
    break;
  }
  if (a < 0 || b < 0) refuse("a mean or a spread is negative");
  if (kind == LawKind::exponential) return a == 0 ? constant(0) : Law(kind, a, 0);
  if (kind == LawKind::normal) return b == 0 ? constant(a) : Law(kind, a, b, normal_table(a, b));
  if (kind == LawKind::erlang) {
    if (b < 1 || b != std::floor(b) || b > 1e6) refuse("the number of phases is not a whole number from 1 to 1000000");
    return a == 0 ? constant(0) : Law(kind, a, 0, detail::make_gamma_table(a, b));
  }
  if (a == 0 || b == 0) return constant(a);
  if (b < 1e-6 || b > 100) refuse("the coefficient of variation is not between 0.000001 and 100");
  if (kind == LawKind::gamma) return Law(kind, a, 0, detail::make_gamma_table(a, 1 / (b * b)));
  if (kind == LawKind::lognormal) {
    const double log_variance = math::log_1p(b * b);
    auto table = table_of(a, a * b * (a * b));
    table->p[0] = 0.5 * log_variance;
    return Law(kind, a, std::sqrt(log_variance), std::move(table));
  }
  const double shape = detail::weibull_shape(b);
  return Law(kind, a * math::exp(-math::log_gamma(1 + 1 / shape)), 1 / shape, table_of(a, a * b * (a * b)));
}

double Law::value_by_table(double u) const {
  return detail::kHasFma ? value_fma(kind_, a_, b_, *table_, u) : value_portable(kind_, a_, b_, *table_, u);
}

void Law::ticks(std::span<const double> u, std::span<Tick> out) const {
  std::size_t i = 0;
#if defined(CENTRESIM_X86)
  if (detail::kHasAvx2) {
    const std::size_t fours = u.size() & ~std::size_t{3};
    if (kind_ == LawKind::uniform) detail::uniform_ticks_avx2(a_, b_, u.data(), out.data(), i = fours);
    if (kind_ == LawKind::exponential) detail::exponential_ticks_avx2(a_, u.data(), out.data(), i = fours);
  }
#endif
  for (; i < u.size(); ++i) out[i] = ticks(u[i]);
}

double Law::mean() const {
  switch (kind_) {
  case LawKind::constant:
  case LawKind::exponential:
    return a_;
  case LawKind::uniform:
    return a_ + 0.5 * b_;
  default:
    return table_->mean;
  }
}

double Law::variance() const {
  switch (kind_) {
  case LawKind::constant:
    return 0;
  case LawKind::exponential:
    return a_ * a_;
  case LawKind::uniform:
    return b_ * b_ / 12;
  default:
    return table_->variance;
  }
}

void TickSequence::refill() {
  std::array<double, kSequenceBatch> u; // NOLINT: filled at once
  fill_uniforms(key_, owner_, purpose_, next_block_, u);
  law_->ticks(u, buffer_);
  next_block_ += kSequenceBatch / 2;
  position_ = 0;
}

} // namespace centresim::core
