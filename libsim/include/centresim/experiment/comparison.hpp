// Differences between systems that were run with common random numbers (A. M. Law, Simulation Modeling and Analysis,
// 5th ed., ch. 10.2 and 10.3; S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal
// of Statistics 6 (1979), 65-70).
#pragma once
#include "centresim/experiment/estimate.hpp"

#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace centresim::experiment {

// NaN where fewer than two replications have both values.
struct PairedDifference {
  Estimate difference; // first less second, over the replications that have both, with its own 95 % interval
  double p_value = std::numeric_limits<double>::quiet_NaN(); // of no difference, two-sided: Student's t for pairs
  // Between the systems, over replications; NaN also where one does not vary.
  double correlation = std::numeric_limits<double>::quiet_NaN();
  // What the correlation gained: so many times the replications would take systems that are run independently. Below 1:
  // it did harm. Infinite where the difference does not vary, NaN where the systems do not either.
  double variance_reduction = std::numeric_limits<double>::quiet_NaN();
};

// Value i of both is of replication i. NaNs: missing. Exact where differences are normal. Throws std::invalid_argument
// where lengths differ.
[[nodiscard]] PairedDifference paired_difference(std::span<const double> first, std::span<const double> second);

// One of several differences that are looked at together.
struct Comparison {
  std::size_t first = 0, second = 0; // numbers of the systems
  PairedDifference pair;
  // Interval that is wide enough for all of them: with 95 % every one covers (Bonferroni; any dependence).
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
  // P values for the whole: whoever rejects below 5 % errs in any of them with at most 5 %. Holm's is never larger.
  double p_bonferroni = std::numeric_limits<double>::quiet_NaN(), p_holm = std::numeric_limits<double>::quiet_NaN();
};

// Every pair of systems, (0, 1), (0, 2), ..., (1, 2), ...: one row of values over replications a system. Throws
// std::invalid_argument where there are fewer than two systems or lengths differ, naming the system.
[[nodiscard]] std::vector<Comparison> compare_all_pairs(std::span<const std::vector<double>> systems);

// Every other system less the standard: `second` is the standard, k - 1 intervals. Throws as compare_all_pairs(), and
// where there is no such system.
[[nodiscard]] std::vector<Comparison> compare_with_standard(std::span<const std::vector<double>> systems,
                                                            std::size_t standard);

// Holm's adjusted p values, in the order given: the j-th smallest of m times m - j + 1, at least those before it, at
// most 1. NaNs stay and count as m.
[[nodiscard]] std::vector<double> holm_adjusted(std::span<const double> p_values);

} // namespace centresim::experiment
