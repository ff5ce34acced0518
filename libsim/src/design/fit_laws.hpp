// Laws by maximum likelihood, and how far they are from what was seen.
#pragma once
#include "centresim/common/distribution.hpp"
#include "fit_sample.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace centresim::design::detail {

using common::Dimension;
using common::Distribution;

// Observations above 0, in ascending order. The last `cut` of them are those at the largest value: all that is known of
// them is that they are not smaller.
struct Observed {
  std::span<const Point> points;
  double cut = 0;
  bool keep_mean = false; // only laws with the mean of what was seen: a rate is known better than the shape of gaps
};

struct LawFit {
  Distribution law;
  double log_likelihood = 0, aic = 0;
  double ks = 0; // Kolmogorov-Smirnov distance
};

// The law of this kind (exponential, lognormal, gamma, weibull, uniform) with the largest likelihood; nothing where it
// has none that a distribution can hold. At least two different values.
[[nodiscard]] std::optional<LawFit> fit_law(core::LawKind kind, Dimension dimension, const Observed& seen);
// All of them, the smallest AIC first.
[[nodiscard]] std::vector<LawFit> fit_laws(Dimension dimension, const Observed& seen);

// Classes of equal probability, 1 % each and finer by tens in the upper tail, with the means of what was seen in them;
// where no more values were seen than that, these.
[[nodiscard]] Distribution classes_of(Dimension dimension, std::span<const Point> points);
// The same in whole numbers (a discrete law), with the same mean.
[[nodiscard]] Distribution whole_classes_of(std::span<const Point> points);
// The values that were seen, each as often as it was.
[[nodiscard]] Distribution listed(Dimension dimension, std::span<const Point> points, bool whole);

// Distance of a law of values (empirical, discrete) from what was seen.
[[nodiscard]] double ks_of_values(const Distribution& law, std::span<const Point> points);
// Mean of a law whose values above `cut` are set to it.
[[nodiscard]] double cut_mean(const Distribution& law, double cut);

// To so many significant digits: more would promise what a fit cannot know.
[[nodiscard]] double rounded(double value, int digits = 6);

} // namespace centresim::design::detail
