// Quantiles and how well they are known (W. J. Conover, Practical Nonparametric Statistics, 3rd ed., ch. 3.2;
// S. Asmussen, P. W. Glynn, Stochastic Simulation, 2007, ch. III.5; M. K. Nakayama, "Confidence intervals for quantiles
// using sectioning when applying variance-reduction techniques", ACM TOMACS 24 (2014), article 19).
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace centresim::experiment {

// NaN where something is missing.
struct QuantileEstimate {
  double value = std::numeric_limits<double>::quiet_NaN(); // type 7, as core::quantile_sorted()
  double low = std::numeric_limits<double>::quiet_NaN();   // 95 % confidence interval
  double high = std::numeric_limits<double>::quiet_NaN();
  std::int64_t n = 0;  // values that entered
  std::string refusal; // why there is no interval
};

// The p-quantile of the law that independent values (one per replication) come from. The interval lies between two of
// the values, with ranks from the binomial law: it covers with at least 95 %, and misses with at most 2.5 % on either
// side, whatever the law. NaNs are skipped. Refused with fewer than values_for_quantile(p) values. Throws
// std::invalid_argument where p is not between 0 and 1.
[[nodiscard]] QuantileEstimate quantile_of_replications(std::span<const double> values, double p);

// The fewest values with such an interval: 6 for the median, 72 for p = 0.95. Throws as above.
[[nodiscard]] std::int64_t values_for_quantile(double p);

// The p-quantile of what many observations in each replication come from, such as the cycle times of its lots, which
// may depend on each other. Sectioning: the quantile of all observations, with Student's interval from the squared
// distances of the quantiles of single replications from it, each weighted by its number of observations over the
// average squared: what is far off in a replication of few lots moves the whole little. NaNs are skipped, and
// replications without observations. Good where every replication is a fair sample: refused with fewer than two, or
// where one has fewer than 5 observations to be expected beyond the quantile (100 in all for p = 0.95), whose own
// quantile would be biased. Where whole replications differ, the 95 % of a high quantile become fewer: 92 for p = 0.95
// of normal observations with a quarter of their variance between replications. Throws as above.
[[nodiscard]] QuantileEstimate quantile_of_samples(std::span<const std::vector<double>> replications, double p);

} // namespace centresim::experiment
