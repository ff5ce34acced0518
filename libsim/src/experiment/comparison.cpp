#include "centresim/experiment/comparison.hpp"

#include "student_t.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace centresim::experiment {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The replications that have both.
struct Pairs {
  std::vector<double> first, second, difference;
};

Pairs pairs_of(std::span<const double> first, std::span<const double> second) {
  if (first.size() != second.size())
    throw std::invalid_argument(fmt::format("comparison: {} and {} replications", first.size(), second.size()));
  Pairs pairs;
  for (std::size_t i = 0; i < first.size(); i++) {
    if (std::isnan(first[i]) || std::isnan(second[i])) continue;
    pairs.first.push_back(first[i]);
    pairs.second.push_back(second[i]);
    pairs.difference.push_back(first[i] - second[i]);
  }
  return pairs;
}

double correlation_of(const Pairs& pairs, const Estimate& first, const Estimate& second) {
  if (!(first.sd > 0) || !(second.sd > 0)) return kNaN;
  double sum = 0;
  for (std::size_t i = 0; i < pairs.first.size(); i++)
    sum += (pairs.first[i] - first.mean) / first.sd * ((pairs.second[i] - second.mean) / second.sd);
  return std::clamp(sum / static_cast<double>(first.n - 1), -1.0, 1.0);
}

void check(std::span<const std::vector<double>> systems) {
  if (systems.size() < 2) throw std::invalid_argument("comparison: needs at least two systems");
  for (std::size_t i = 1; i < systems.size(); i++)
    if (systems[i].size() != systems[0].size())
      throw std::invalid_argument(fmt::format("comparison: system {} has {} replications, system 0 has {}", i,
                                              systems[i].size(), systems[0].size()));
}

// What takes all the differences together.
std::vector<Comparison> adjusted(std::vector<Comparison> family) {
  const double m = static_cast<double>(family.size());
  std::vector<double> p_values;
  for (Comparison& c : family) {
    const Estimate& d = c.pair.difference;
    if (d.n >= 2) {
      const double half = student_t_point(0.025 / m, d.n - 1) * d.sd / std::sqrt(static_cast<double>(d.n));
      c.low = d.mean - half;
      c.high = d.mean + half;
      c.p_bonferroni = std::min(1.0, m * c.pair.p_value);
    }
    p_values.push_back(c.pair.p_value);
  }
  const std::vector<double> holm = holm_adjusted(p_values);
  for (std::size_t i = 0; i < family.size(); i++) family[i].p_holm = holm[i];
  return family;
}

} // namespace

PairedDifference paired_difference(std::span<const double> first, std::span<const double> second) {
  const Pairs pairs = pairs_of(first, second);
  PairedDifference result;
  Estimate& d = result.difference = estimate(pairs.difference);
  if (d.n < 2) return result;
  const Estimate one = estimate(pairs.first), two = estimate(pairs.second);
  const double error = d.sd / std::sqrt(static_cast<double>(d.n));
  result.p_value = d.mean == 0 ? 1 : student_t_p_value(d.mean / error, d.n - 1); // error 0: infinite, p value 0
  result.correlation = correlation_of(pairs, one, two);
  result.variance_reduction = (one.sd * one.sd + two.sd * two.sd) / (d.sd * d.sd);
  return result;
}

std::vector<Comparison> compare_all_pairs(std::span<const std::vector<double>> systems) {
  check(systems);
  std::vector<Comparison> family;
  for (std::size_t i = 0; i < systems.size(); i++)
    for (std::size_t j = i + 1; j < systems.size(); j++)
      family.push_back({i, j, paired_difference(systems[i], systems[j])});
  return adjusted(std::move(family));
}

std::vector<Comparison> compare_with_standard(std::span<const std::vector<double>> systems, std::size_t standard) {
  check(systems);
  if (standard >= systems.size())
    throw std::invalid_argument(fmt::format("comparison: there is no system {} of {}", standard, systems.size()));
  std::vector<Comparison> family;
  for (std::size_t i = 0; i < systems.size(); i++)
    if (i != standard) family.push_back({i, standard, paired_difference(systems[i], systems[standard])});
  return adjusted(std::move(family));
}

std::vector<double> holm_adjusted(std::span<const double> p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); i++)
    if (!std::isnan(p_values[i])) order.push_back(i);
  std::ranges::sort(order, {}, [&](std::size_t i) { return p_values[i]; });
  std::vector<double> result(p_values.size(), kNaN);
  double at_least = 0;
  for (std::size_t j = 0; j < order.size(); j++) {
    const double p = static_cast<double>(p_values.size() - j) * p_values[order[j]];
    result[order[j]] = at_least = std::max(at_least, std::min(1.0, p));
  }
  return result;
}

} // namespace centresim::experiment
