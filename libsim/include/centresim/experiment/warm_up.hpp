// How much of the beginning of a series to leave out: MSER-5 (K. P. White, "An effective truncation heuristic for bias
// reduction in simulation output", Simulation 69 (1997), 323-334; K. P. White, M. J. Cobb, S. C. Spratt, "A comparison
// of five steady-state truncation heuristics for simulation", WSC 2000).
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace centresim::experiment {

inline constexpr std::int64_t kMserBatch = 5;

struct WarmUp {
  std::int64_t truncation = 0; // observations to leave out; to be used only without a refusal
  std::string refusal;         // why it cannot be told
  // The curve whose minimum it is, over the observations left out: the squared standard error that the mean of the rest
  // would have, were the batches independent. Up to half of the batches.
  std::vector<std::int64_t> left_out;
  std::vector<double> statistic;
};

// The series is best the average over replications, see average_series(): in a single run chance hides the drift.
// Z_1 .. Z_n are the means of its batches of 5; a rest of fewer is not looked at. Left out are the d <= n/2 batches for
// which sum over i > d of (Z_i - mean)^2 / (n - d)^2, the mean that of the Z_i with i > d, is smallest, the fewest
// where several are. Missing values (NaN) are skipped, and batches without any do not count. Refused: fewer than 10
// batches, or the minimum at n/2: the series still drifts, or is too short to tell. Throws std::invalid_argument where
// a value is infinite. It finds a drift that stands out of the noise. The slow rise of a queue that starts empty does
// not at once: for waits in M/M/1 of load 0.8, averaged over 10 replications of 1,000 jobs, truncation leaves the bias
// of 3 % as it is.
[[nodiscard]] WarmUp mser5(std::span<const double> series);

// The mean over replications of each observation, as far as the shortest series goes; missing values are skipped.
[[nodiscard]] std::vector<double> average_series(std::span<const std::vector<double>> replications);

} // namespace centresim::experiment
