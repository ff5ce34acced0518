// Which inputs matter. Morris finds those that do not, with few runs (M. D. Morris, "Factorial sampling plans for
// preliminary computational experiments", Technometrics 33 (1991), 161-174; mu*: F. Campolongo, J. Cariboni,
// A. Saltelli, Environmental Modelling & Software 22 (2007), 1509-1518). Sobol' indices divide the variance between the
// rest (A. Saltelli et al., "Variance based sensitivity analysis of model output", Computer Physics Communications 181
// (2010), 259-270; M. J. W. Jansen, "Analysis of variance designs for model output", ibid. 117 (1999), 35-43).
//
// Factors go from 0 to 1; who runs the points says what that means. Outputs: one row a point, in it one value a
// replication, NaN where missing. Points are compared by their mean over replications: common random numbers pay.
#pragma once
#include "centresim/experiment/estimate.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace centresim::experiment {

using Point = std::vector<double>;

struct MorrisOptions {
  std::size_t factors = 1, trajectories = 10;
  std::int64_t levels = 4; // of each factor: even
  std::uint64_t seed = 1;
};

// Trajectories of factors + 1 points, one after the other. Each starts somewhere on the grid of 0, 1/(p - 1), ..., 1
// and moves every factor once, in random order, by p / (2 (p - 1)) up or down: every level is as likely as any other.
// The first trajectories stay the same when there are more. Throws std::invalid_argument where a number is 0, or levels
// are odd.
[[nodiscard]] std::vector<Point> morris_points(const MorrisOptions& options);

// What a factor does to the output when it goes from 0 to 1, judged by steps in different places.
struct ElementaryEffect {
  Estimate effect;    // over trajectories: its mean is mu, its sd sigma, which says: not linear, or not alone
  Estimate magnitude; // of the absolute effects: its mean is mu*
  // The sd that effects would have from replications that differ, were there nothing else: a sigma or mu* of that size
  // says nothing. NaN where no step has two replications.
  double noise = std::numeric_limits<double>::quiet_NaN();
};

// One a factor, with 95 % intervals over trajectories. Steps are taken as the points have them, also off the grid.
// Steps with a missing end are left out. Throws std::invalid_argument where there is no point, points and outputs
// differ in number, points have different numbers of factors, or a trajectory does not move every factor once.
[[nodiscard]] std::vector<ElementaryEffect> morris_effects(std::span<const Point> points,
                                                           std::span<const std::vector<double>> outputs);

// The points to run for two independent samples A and B of N points each: A, B, then for every factor A with that
// column of B: (factors + 2) N. Throws std::invalid_argument where A and B are empty or differ in shape.
[[nodiscard]] std::vector<Point> sobol_points(std::span<const Point> a, std::span<const Point> b);

inline constexpr std::int64_t kMostResamples = 100'000;
struct SobolOptions {
  std::size_t factors = 1;
  std::int64_t resamples = 1000; // of the bootstrap, at most kMostResamples; 0: no intervals
  std::uint64_t seed = 1;        // of the bootstrap
};

// Shares of the variance, with 95 % intervals: percentiles of bootstrap samples of rows, which are a little narrow (of
// 150 rows they cover 93 to 94 %). NaN where nothing varies.
struct SobolIndex {
  double first = std::numeric_limits<double>::quiet_NaN(); // of the factor alone
  double first_low = std::numeric_limits<double>::quiet_NaN(), first_high = std::numeric_limits<double>::quiet_NaN();
  double total = std::numeric_limits<double>::quiet_NaN(); // with all it does together with others
  double total_low = std::numeric_limits<double>::quiet_NaN(), total_high = std::numeric_limits<double>::quiet_NaN();
};

struct SobolIndices {
  std::vector<SobolIndex> factors;
  std::int64_t rows = 0;                                      // of A, B and their mixtures that are complete
  double variance = std::numeric_limits<double>::quiet_NaN(); // of the output
  // The part of that variance that is left of replications that differ, after averaging; what all points share in a
  // replication is no part of it, and equal points share all. It dilutes the indices: where the noise of points is
  // independent, first orders add up to about 1 - noise_share at most, and a factor that does nothing has about
  // noise_share in total. Use more replications where it is not small. NaN with one.
  double noise_share = std::numeric_limits<double>::quiet_NaN();
};

// From the outputs of sobol_points(). First order: mean of (b - mean)(ab_i - a) over the variance of a and b; total:
// mean of (a - ab_i)^2 / 2 over it. Rows of which a point has no value are left out. Throws std::invalid_argument where
// there are no outputs, their number is no multiple of factors + 2, rows differ in length, or resamples are out of
// range.
[[nodiscard]] SobolIndices sobol_indices(std::span<const std::vector<double>> outputs, const SobolOptions& options);

} // namespace centresim::experiment
