// Two-level factorial designs, whole and in fractions of least aberration (G. E. P. Box, J. S. Hunter, W. G. Hunter,
// Statistics for Experimenters, 2nd ed., ch. 5 and 6; D. C. Montgomery, Design and Analysis of Experiments, 8th ed.,
// ch. 6 and 8, table 8.14; aberration: A. Fries, W. G. Hunter, "Minimum aberration 2^(k-p) designs", Technometrics 22
// (1980), 601-608).
#pragma once
#include "centresim/experiment/estimate.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace centresim::experiment {

inline constexpr std::size_t kMostFactors = 11;

// A main effect (one bit), an interaction (several), or the mean (none): bit i is factor i.
using FactorSet = std::uint32_t;

// "A", "BDK": factors are A to L, without I, which is the mean.
[[nodiscard]] std::string effect_name(FactorSet set);

struct FactorialDesign {
  std::size_t factors = 1;
  std::size_t basic = 1;             // the first factors, of which every combination is run: 2^basic runs
  std::vector<FactorSet> generators; // of the other factors: the set of basic factors whose product their level is

  [[nodiscard]] std::size_t runs() const { return std::size_t{1} << basic; }
  [[nodiscard]] int level(std::size_t run, std::size_t factor) const; // -1 or 1; the first factor changes fastest
};

// The full design where runs = 2^factors, else the fraction of that size with the fewest short words, as published.
// Throws std::invalid_argument where there are not from 1 to kMostFactors factors, or there is no such fraction, and
// says which there are: for k factors 2^4 = 16 runs, for instance, where k is from 5 to 11.
[[nodiscard]] FactorialDesign factorial_design(std::size_t factors, std::size_t runs);

// The sets whose product is 1 in every run: whoever differs by one of them cannot be told apart. In the order of sizes,
// then of names; empty for a full design.
[[nodiscard]] std::vector<FactorSet> defining_words(const FactorialDesign& design);

// The size of the shortest word: 3, main effects are mixed with interactions of two factors; 4, these with one another;
// 5, neither. 0 for a full design.
[[nodiscard]] std::size_t resolution(const FactorialDesign& design);

// Effects of up to `order` factors, in sets that cannot be told apart: each set, and the sets, in the order of sizes
// and names. What is mixed with the mean is left out.
[[nodiscard]] std::vector<std::vector<FactorSet>> alias_sets(const FactorialDesign& design, std::size_t order = 2);

struct FactorialEffect {
  std::vector<FactorSet> aliases; // of which it is the sum
  Estimate effect;                // mean output where their product is 1 less where it is -1
};

// All alias sets with their effects. Outputs: one row a run, in it one value a replication. An effect is estimated in
// each replication, which may have random numbers in common, with Student's interval over replications; one replication
// has none. A replication with a missing value (NaN) is left out. Throws std::invalid_argument where the number of rows
// is not that of runs, or they differ in length.
[[nodiscard]] std::vector<FactorialEffect>
factorial_effects(const FactorialDesign& design, std::span<const std::vector<double>> outputs, std::size_t order = 2);

} // namespace centresim::experiment
