// The mean of one long run and how well it is known: non-overlapping batch means (B. Schmeiser, "Batch size effects in
// the analysis of simulation output", Operations Research 30 (1982), 556-568), with a look at whether the batches are
// independent (J. von Neumann, "Distribution of the ratio of the mean square successive difference to the variance",
// Annals of Mathematical Statistics 12 (1941), 367-395; G. S. Fishman, "Grouping observations in digital simulation",
// Management Science 24 (1978), 510-521).
#pragma once
#include "centresim/experiment/estimate.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace centresim::experiment {

inline constexpr std::int64_t kFewestBatchMeans = 20, kMostBatchMeans = 30;

struct BatchMeans {
  Estimate estimate;           // n and sd of the batches; no interval where there is a refusal
  std::int64_t batch_size = 0; // observations
  std::int64_t left_out = 0;   // from the beginning, where the run is no multiple of the batches
  double lag_1 = std::numeric_limits<double>::quiet_NaN(); // correlation of neighbouring batches; NaN: all are equal
  // 1 - half of von Neumann's ratio in its standard deviations: standard normal where batches are independent.
  double von_neumann = std::numeric_limits<double>::quiet_NaN();
  std::string refusal; // why there is no interval
};

// Of a run without its warm-up, observations in order; NaNs are skipped. Refused with fewer observations than batches,
// or where von Neumann's ratio says with 95 % that neighbouring batches are alike: the interval would be too narrow,
// the run must be longer. Of independent batches it refuses one run in 20. With 20 batches it sees correlations from
// about 0.35 on; 0.2 mostly passes, and leaves about 88 of the 95 %. Throws std::invalid_argument where `batches` is
// not from 20 to 30.
[[nodiscard]] BatchMeans batch_means(std::span<const double> run, std::int64_t batches = kFewestBatchMeans);

} // namespace centresim::experiment
