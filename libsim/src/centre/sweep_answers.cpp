#include "centresim/centre/sweep_answers.hpp"

#include "centresim/core/error.hpp"

#include <stdexcept>
#include <string>

namespace centresim::centre {
namespace {

void need(const SweepDesign& design, DesignKind kind, std::span<const std::vector<double>> outputs, const char* rule) {
  if (design.kind != kind) throw core::InputError({core::Issue{"", 0, "design", "", rule}});
  if (static_cast<std::int64_t>(outputs.size()) != design.size())
    throw std::invalid_argument("outputs are not as many as the points of the design");
}

} // namespace

std::vector<experiment::ElementaryEffect> elementary_effects(const SweepDesign& design,
                                                             std::span<const std::vector<double>> outputs) {
  need(design, DesignKind::morris, outputs, "elementary effects need a design of kind \"morris\"");
  std::vector<experiment::Point> points;
  for (const Overrides& values : design_points(design)) {
    experiment::Point& point = points.emplace_back();
    for (std::size_t j = 0; j < design.ranges.size(); ++j)
      point.push_back(share_of_range(design.ranges[j], values[j].second));
  }
  return experiment::morris_effects(points, outputs);
}

experiment::SobolIndices sobol_indices(const SweepDesign& design, std::span<const std::vector<double>> outputs,
                                       std::int64_t resamples) {
  need(design, DesignKind::saltelli, outputs, "Sobol' indices need a design of kind \"saltelli\"");
  return experiment::sobol_indices(outputs, {design.ranges.size(), resamples, static_cast<std::uint64_t>(design.seed)});
}

std::vector<experiment::FactorialEffect>
factorial_effects(const SweepDesign& design, std::span<const std::vector<double>> outputs, std::size_t order) {
  need(design, DesignKind::factorial, outputs, "effects need a design of kind \"factorial\"");
  const auto runs = static_cast<std::size_t>(design.runs);
  return experiment::factorial_effects(experiment::factorial_design(design.factors.size(), runs), outputs, order);
}

} // namespace centresim::centre
