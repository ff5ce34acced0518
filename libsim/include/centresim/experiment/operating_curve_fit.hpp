// The operating curve, cycle time over load, from runs at a few loads: c_0 + sum over k of c_k x^k / (1 - x)^p, fitted
// by weighted least squares (F. Yang, B. E. Ankenman, B. L. Nelson, "Efficient generation of cycle time-throughput
// curves through simulation and metamodeling", Naval Research Logistics 54 (2007), 78-93; intervals: F. E.
// Satterthwaite, "An approximate distribution of estimates of variance components", Biometrics Bulletin 2 (1946),
// 110-114; misfit: S. Johansen, "The Welch-James approximation to the distribution of the residual sum of squares in a
// weighted linear regression", Biometrika 67 (1980), 85-92).
#pragma once
#include "centresim/experiment/estimate.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace centresim::experiment {

struct LoadPoint {
  double load = 0; // throughput over capacity, from 0 to below 1
  Estimate cycle_time;
};

struct CurveForm {
  std::size_t terms = 2; // behind c_0
  // p: 1 for single queues and, near capacity, for lines whose bottleneck stays the same; nothing: estimated, between
  // 0.2 and 4, which takes one load more, and more replications than all else.
  std::optional<double> exponent = 1.0;
};

struct OperatingCurve {
  std::vector<double> coefficients; // c_0, c_1, ...: c_0 is the cycle time without load
  double exponent = 1;              // p
  bool exponent_estimated = false;
  // Of points as far from the curve as these by chance alone: where it is small (below 0.01, say), the form does not
  // fit the line and no interval tells the truth. NaN where the curve has as many parameters as points.
  double misfit_p_value = std::numeric_limits<double>::quiet_NaN();
  // What intervals are made of: how each parameter (the exponent last) follows the mean of each point, row by row a
  // parameter; variances of those means; their degrees of freedom; and the variance of one replication at load x,
  // exp(spread_level) / (1 - x)^spread_slope, fitted to those observed.
  std::vector<double> influence, variances;
  std::vector<std::int64_t> freedom;
  double spread_level = 0, spread_slope = 0;
};

// Points are weighted by n over the variance that the spread over all loads gives a replication: single observed ones
// would be weights too noisy for honest intervals (10 replications a load: 92 for 95 %). Intervals use those observed.
// Points are taken as independent: give every load a seed of its own. Throws
// std::invalid_argument, naming the load, where one is not in [0, 1), has fewer than two values or no spread, and where
// there are no terms, the exponent is not above 0, or the loads do not determine the curve.
[[nodiscard]] OperatingCurve fit_operating_curve(std::span<const LoadPoint> points, const CurveForm& form = {});

// With its 95 % interval.
struct CurveValue {
  double value = 0, low = 0, high = 0;
};

// The expected cycle time at a load. Throws std::invalid_argument where the load is not in [0, 1).
[[nodiscard]] CurveValue expected_cycle_time(const OperatingCurve& curve, double load);

// What the mean of so many new replications at a load will be: a wider interval, with their own spread. Throws also
// where there is none.
[[nodiscard]] CurveValue predicted_cycle_time(const OperatingCurve& curve, double load, std::int64_t replications);

} // namespace centresim::experiment
