// What the points of a design answer about a key figure: which paths matter, and how much.
#pragma once
#include "centresim/centre/sweep.hpp"
#include "centresim/experiment/factorial.hpp"
#include "centresim/experiment/sensitivity.hpp"

#include <span>
#include <vector>

namespace centresim::centre {

// Outputs: one row a point of the design, in its order, in it one value a replication; NaN where there is none. All
// throw InputError where the design is of another kind, and std::invalid_argument where rows are not as many as points.

// One a path: the change of the output when it goes from one end of its range to the other.
[[nodiscard]] std::vector<experiment::ElementaryEffect>
elementary_effects(const SweepDesign& design, std::span<const std::vector<double>> outputs);

// One a path: its share in the variance of the output, when all are anywhere in their ranges.
[[nodiscard]] experiment::SobolIndices
sobol_indices(const SweepDesign& design, std::span<const std::vector<double>> outputs, std::int64_t resamples = 1000);

// The change of the output from the first value of a path to the second, and those of combinations of paths.
[[nodiscard]] std::vector<experiment::FactorialEffect>
factorial_effects(const SweepDesign& design, std::span<const std::vector<double>> outputs, std::size_t order = 2);

} // namespace centresim::centre
