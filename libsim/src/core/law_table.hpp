// What a law needs beside two numbers.
#pragma once
#include "centresim/core/law.hpp"

#include <vector>

namespace centresim::core::detail {

struct LawTable {
  double mean = 0, variance = 0;
  // triangular: low, high, share below the mode, high - low, mode - low, high - mode
  // lognormal: sigma^2 / 2 | normal: probability below 0, above 0
  double p[6] = {};
  // gamma, erlang: log of quantile / mean and its slope at the nodes | empirical, discrete: cumulated shares, values
  std::vector<double> x, y;
};

// The quantile of a gamma law with shape `alpha` as a function of the normal quantile z: log(quantile / mean) is smooth
// in z for every shape, so that a cubic with exact slopes between nodes is good to about 1e-9.
inline constexpr double kGammaFirstNode = -8.5; // u = 2^-53 lies at z = -8.2
inline constexpr int kGammaNodesPerUnit = 32;
inline constexpr std::size_t kGammaNodes = 17 * kGammaNodesPerUnit + 1;

[[nodiscard]] std::shared_ptr<const LawTable> make_gamma_table(double mean, double alpha);
[[nodiscard]] std::shared_ptr<const LawTable> make_step_table(std::span<const double> values,
                                                              std::span<const double> weights);

// The shape of a Weibull law with this coefficient of variation.
[[nodiscard]] double weibull_shape(double cv);

} // namespace centresim::core::detail
