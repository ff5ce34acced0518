// The points of a design: numbers from 0 to 1, one a path, then the values that they stand for.
#include "centresim/centre/sweep.hpp"

#include "centresim/core/random.hpp"
#include "centresim/experiment/factorial.hpp"
#include "centresim/experiment/sensitivity.hpp"
#include "centresim/schema/units.hpp"

#include <boost/random/sobol.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace centresim::centre {

using experiment::Point;
using schema::Node;

namespace {

// The key of a replication that no run has: the points share no draw with what happens in the model.
core::StreamKey design_key(std::int64_t seed) {
  return core::stream_key(static_cast<std::uint64_t>(seed), std::numeric_limits<std::uint64_t>::max());
}

// One column of a Latin hypercube: each of n strata once, in random order, at a random place within it.
std::vector<double> stratified(core::StreamKey key, const std::string& path, std::size_t n) {
  const std::uint64_t owner = core::name_identity(path);
  core::UniformSequence order(key, core::mix(owner, 0), core::Purpose::sampling);
  core::UniformSequence place(key, core::mix(owner, 1), core::Purpose::sampling);
  std::vector<std::pair<double, std::size_t>> strata(n);
  for (std::size_t i = 0; i < n; ++i) strata[i] = {order.next(), i};
  std::sort(strata.begin(), strata.end());
  std::vector<double> column(n);
  for (std::size_t i = 0; i < n; ++i)
    column[i] = (static_cast<double>(strata[i].second) + place.next()) / static_cast<double>(n);
  return column;
}

// A dimension of a sequence is known by its path, so that others do not change it; the second sample has its own.
constexpr std::uint64_t kFirstSample = 2, kSecondSample = 3;

// Points 0 .. n-1 of the sequence, each coordinate shifted by the same random bits (Cranley and Patterson's idea on
// digits): any 2^k points from a multiple of 2^k on keep one in each of 2^k strata.
std::vector<Point> sobol(core::StreamKey key, const std::vector<std::uint64_t>& dimensions, std::size_t n) {
  boost::random::sobol engine(dimensions.size()); // leaves out point 0, the origin
  std::vector<std::uint64_t> shift;
  for (const std::uint64_t dimension : dimensions)
    shift.push_back(static_cast<std::uint64_t>(core::uniform_at(key, dimension, core::Purpose::sampling, 0, 0) * 0x1p53)
                    << 11);
  std::vector<Point> points(n, Point(dimensions.size()));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < dimensions.size(); ++j) {
      const std::uint64_t word = (i == 0 ? 0 : engine()) ^ shift[j];
      points[i][j] = (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
    }
  return points;
}

std::vector<Point> latin_hypercube(const SweepDesign& design) {
  std::vector<Point> points(static_cast<std::size_t>(design.points), Point(design.ranges.size()));
  for (std::size_t j = 0; j < design.ranges.size(); ++j) {
    const std::vector<double> column = stratified(design_key(design.seed), design.ranges[j].path, points.size());
    for (std::size_t i = 0; i < points.size(); ++i) points[i][j] = column[i];
  }
  return points;
}

std::vector<std::uint64_t> dimensions(const SweepDesign& design, std::uint64_t sample) {
  std::vector<std::uint64_t> identities;
  for (const SweepRange& range : design.ranges)
    identities.push_back(core::mix(core::name_identity(range.path), sample));
  return identities;
}

// Both samples from one sequence of twice as many dimensions, as Saltelli and others (2010) do.
std::vector<Point> saltelli(const SweepDesign& design) {
  std::vector<std::uint64_t> both = dimensions(design, kFirstSample);
  const std::vector<std::uint64_t> second = dimensions(design, kSecondSample);
  both.insert(both.end(), second.begin(), second.end());
  std::vector<Point> a, b;
  const auto k = static_cast<std::ptrdiff_t>(design.ranges.size());
  for (const Point& point : sobol(design_key(design.seed), both, static_cast<std::size_t>(design.samples))) {
    a.emplace_back(point.begin(), point.begin() + k);
    b.emplace_back(point.begin() + k, point.end());
  }
  return experiment::sobol_points(a, b);
}

std::vector<Point> unit_points(const SweepDesign& design) {
  switch (design.kind) {
  case DesignKind::latin_hypercube:
    return latin_hypercube(design);
  case DesignKind::sobol:
    return sobol(design_key(design.seed), dimensions(design, kFirstSample), static_cast<std::size_t>(design.points));
  case DesignKind::morris:
    return experiment::morris_points({design.ranges.size(), static_cast<std::size_t>(design.trajectories),
                                      design.levels, static_cast<std::uint64_t>(design.seed)});
  case DesignKind::saltelli:
    return saltelli(design);
  case DesignKind::factorial:
    break;
  }
  throw std::logic_error("a factorial design has values, not ranges");
}

// The ends of the numbers that stand for a range: each whole number has an interval of length 1.
std::pair<double, double> ends(const SweepRange& range) {
  if (!range.whole || range.time) return {range.low, range.high};
  return {std::ceil(range.low), std::floor(range.high) + 1};
}

std::vector<Overrides> factorial_points(const SweepDesign& design) {
  const auto runs = static_cast<std::size_t>(design.runs);
  const experiment::FactorialDesign plan = experiment::factorial_design(design.factors.size(), runs);
  std::vector<Overrides> points(runs);
  for (std::size_t run = 0; run < runs; ++run)
    for (std::size_t j = 0; j < design.factors.size(); ++j)
      points[run].emplace_back(design.factors[j].path, design.factors[j].values[plan.level(run, j) < 0 ? 0 : 1]);
  return points;
}

} // namespace

Node value_at(const SweepRange& range, double share) {
  const auto [low, high] = ends(range);
  const double x = range.log ? low * std::pow(high / low, share) : low + share * (high - low);
  if (range.time) {
    const auto whole = static_cast<core::Tick>(std::llround(x));
    return Node((whole < 0 ? "=" : "") + schema::format_duration(whole)); // with a sign it would be a change
  }
  if (range.whole) return Node(static_cast<std::int64_t>(std::min(std::floor(x), high - 1)));
  return Node(std::clamp(x, low, high));
}

std::vector<Overrides> design_points(const SweepDesign& design) {
  if (design.kind == DesignKind::factorial) return factorial_points(design);
  std::vector<Overrides> points;
  for (const Point& shares : unit_points(design)) {
    Overrides& point = points.emplace_back();
    for (std::size_t j = 0; j < design.ranges.size(); ++j) {
      Node value = value_at(design.ranges[j], shares[j]);
      value.where = design.ranges[j].where;
      point.emplace_back(design.ranges[j].path, std::move(value));
    }
  }
  return points;
}

double share_of_range(const SweepRange& range, const Node& value) {
  double x = std::numeric_limits<double>::quiet_NaN();
  if (const std::string* text = value.text(); text != nullptr && range.time) {
    std::string rule;
    x = schema::parse_ticks(std::string_view(*text).substr(text->starts_with('=') ? 1 : 0), "", rule).value_or(x);
  } else if (const auto number = value.number()) {
    x = *number;
  }
  auto [low, high] = ends(range);
  if (range.whole && !range.time) high -= 1; // the last whole number
  return range.log ? std::log(x / low) / std::log(high / low) : (x - low) / (high - low);
}

} // namespace centresim::centre
