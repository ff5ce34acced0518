// How many replications an answer takes, and when there are enough of them (A. M. Law, Simulation Modeling and
// Analysis, 5th ed., ch. 9.4.1).
#pragma once
#include "centresim/experiment/estimate.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace centresim::experiment {

enum class Scale { absolute, relative };

// How near to its expected value a mean is wanted, with 95 % confidence.
struct Precision {
  double within = 0; // absolute: in the unit of the figure; relative: a share of the expected value, below 1
  Scale scale = Scale::relative;
};

// The half width at which a mean is that precise. Relative: within / (1 + within) of it, because the mean at hand,
// which stands for the expected value, is itself off by up to that half width. Throws std::invalid_argument where
// `within` is not above 0, or relative and not below 1.
[[nodiscard]] double allowed_half_width(const Precision& wanted, double mean);

// False where there is no interval, and of a share of a mean of 0, which may be a rare event that was not seen.
[[nodiscard]] bool is_precise(const Estimate& estimate, const Precision& wanted);

struct ReplicationsNeeded {
  std::int64_t in_all = 0; // 0 with a refusal
  std::int64_t more = 0;   // than entered the estimate; 0: it is precise
  std::string refusal;     // why that cannot be told
};

// Foreseen from an estimate, if mean and spread stay as they are: the smallest n whose half width is allowed, where
// half widths go like t(n - 1) / sqrt(n). The number goes with the square of the spread: foreseen from ten normal
// values it is between 0.3 and 2.1 times the right one, with 95 % probability. Refused: no interval yet, a share of a
// mean of 0, more than kMaxReplications. Throws as allowed_half_width().
[[nodiscard]] ReplicationsNeeded replications_needed(const Estimate& estimate, const Precision& wanted);

// One figure over replications, in their order, and how near it is wanted.
struct Goal {
  std::span<const double> values; // NaN: missing
  Precision precision;
};

inline constexpr std::int64_t kFewestToStop = 10;

// Stopping in sequence: the length of the shortest prefix of the replications at which every figure has at least
// `at_least` values and is precise; nothing: it takes more. Looked at after every replication, so the answer is a
// function of the values alone and not of how many were computed at once: estimate from that prefix, drop the rest.
// Stopping at a good moment costs some of the 95 % confidence: one or two points where values are nearly normal, up to
// seven where they are as skewed as exponential ones and some tens of replications do. Throws std::invalid_argument as
// allowed_half_width(), and where there is no figure, their lengths differ, or `at_least` is below kFewestToStop: with
// fewer a spread that is small by chance stops too early too often.
[[nodiscard]] std::optional<std::int64_t> enough_replications(std::span<const Goal> goals,
                                                              std::int64_t at_least = kFewestToStop);
[[nodiscard]] std::optional<std::int64_t> enough_replications(std::span<const double> values, const Precision& wanted,
                                                              std::int64_t at_least = kFewestToStop);

} // namespace centresim::experiment
