#include "centresim/experiment/sensitivity.hpp"

#include "centresim/core/random.hpp"
#include "centresim/core/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

namespace centresim::experiment {
namespace {

void refuse_unless(bool right, const char* rule) {
  if (!right) throw std::invalid_argument(fmt::format("elementary effects: {}", rule));
}

// A whole number from 0 to n - 1.
std::size_t whole(double u, std::size_t n) {
  return std::min(n - 1, static_cast<std::size_t>(u * static_cast<double>(n)));
}

void add_trajectory(std::vector<Point>& points, core::UniformSequence& draws, const MorrisOptions& options) {
  const auto half = static_cast<std::size_t>(options.levels) / 2;
  const auto level = [&](std::size_t i) { return static_cast<double>(i) / static_cast<double>(options.levels - 1); };
  Point point, other_end;
  for (std::size_t i = 0; i < options.factors; i++) {
    const std::size_t low = whole(draws.next(), half);
    const bool up = draws.next() < 0.5;
    point.push_back(level(up ? low : low + half));
    other_end.push_back(level(up ? low + half : low));
  }
  std::vector<std::size_t> order(options.factors);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = options.factors; i-- > 1;) std::swap(order[i], order[whole(draws.next(), i + 1)]);
  points.push_back(point);
  for (const std::size_t i : order) {
    point[i] = other_end[i];
    points.push_back(point);
  }
}

// The factor that moves to this point from the one before.
std::size_t moved_factor(std::span<const Point> points, std::size_t at) {
  const Point &from = points[at - 1], &to = points[at];
  std::size_t moved = from.size();
  for (std::size_t i = 0; i < from.size(); i++) {
    if (from[i] == to[i]) continue;
    if (moved != from.size())
      throw std::invalid_argument(fmt::format("elementary effects: point {} moves more than one factor", at));
    moved = i;
  }
  if (moved == from.size())
    throw std::invalid_argument(fmt::format("elementary effects: point {} moves no factor", at));
  return moved;
}

struct Steps {
  std::vector<double> effects, magnitudes;
  core::Moments noise; // variances of the mean effect of a step
};

void add_step(Steps& steps, std::span<const double> from, std::span<const double> to, double distance) {
  const double effect = (estimate(to).mean - estimate(from).mean) / distance;
  steps.effects.push_back(effect); // NaN where an end is missing: no estimate counts it
  steps.magnitudes.push_back(std::abs(effect));
  core::Moments replications;
  for (std::size_t r = 0; r < std::min(from.size(), to.size()); r++)
    if (const double one = (to[r] - from[r]) / distance; !std::isnan(one)) replications.add(one);
  if (replications.count() > 1) steps.noise.add(replications.variance() / static_cast<double>(replications.count()));
}

} // namespace

std::vector<Point> morris_points(const MorrisOptions& options) {
  refuse_unless(options.factors > 0, "needs at least one factor");
  refuse_unless(options.trajectories > 0, "needs at least one trajectory");
  refuse_unless(options.levels >= 2 && options.levels % 2 == 0, "needs an even number of levels");
  std::vector<Point> points;
  for (std::size_t t = 0; t < options.trajectories; t++) {
    core::UniformSequence draws(core::stream_key(options.seed, t), 0, core::Purpose::screening_design);
    add_trajectory(points, draws, options);
  }
  return points;
}

std::vector<ElementaryEffect> morris_effects(std::span<const Point> points,
                                             std::span<const std::vector<double>> outputs) {
  refuse_unless(!points.empty() && !points[0].empty(), "there is no point");
  refuse_unless(points.size() == outputs.size(), "needs one row of outputs a point");
  const std::size_t factors = points[0].size();
  refuse_unless(std::ranges::all_of(points, [&](const Point& p) { return p.size() == factors; }),
                "points have different numbers of factors");
  refuse_unless(points.size() % (factors + 1) == 0, "the points are no whole number of trajectories");
  std::vector<Steps> steps(factors);
  for (std::size_t begin = 0; begin < points.size(); begin += factors + 1) {
    std::vector<bool> moved(factors);
    for (std::size_t at = begin + 1; at <= begin + factors; at++) {
      const std::size_t i = moved_factor(points, at);
      refuse_unless(!moved[i], "a trajectory moves a factor twice");
      moved[i] = true;
      add_step(steps[i], outputs[at - 1], outputs[at], points[at][i] - points[at - 1][i]);
    }
  }
  std::vector<ElementaryEffect> effects;
  for (const Steps& s : steps)
    effects.push_back({estimate(s.effects), estimate(s.magnitudes), std::sqrt(s.noise.mean())});
  return effects;
}

} // namespace centresim::experiment
