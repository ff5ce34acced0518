// From the description of a sweep to its points and their scenarios.
#include "centresim/centre/sweep.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/fab/capacity.hpp"
#include "centresim/schema/units.hpp"

#include <boost/random/sobol.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

namespace centresim::centre {

using schema::Errors;
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

// Points 0 .. n-1 of the sequence, each coordinate shifted by the same random bits (Cranley and Patterson's idea on
// digits): any 2^k points from a multiple of 2^k on keep one in each of 2^k strata.
std::vector<std::vector<double>> sobol(core::StreamKey key, const std::vector<SweepRange>& ranges, std::size_t n) {
  boost::random::sobol engine(ranges.size()); // leaves out point 0, the origin
  std::vector<std::vector<double>> columns(ranges.size(), std::vector<double>(n));
  std::vector<std::uint64_t> shift(ranges.size());
  for (std::size_t j = 0; j < ranges.size(); ++j)
    shift[j] = static_cast<std::uint64_t>(core::uniform_at(key, core::mix(core::name_identity(ranges[j].path), 2),
                                                           core::Purpose::sampling, 0, 0) *
                                          0x1p53)
               << 11;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < ranges.size(); ++j) {
      const std::uint64_t word = (i == 0 ? 0 : engine()) ^ shift[j];
      columns[j][i] = (static_cast<double>(word >> 12) + 0.5) * 0x1p-52;
    }
  return columns;
}

// The value at the share u of a range.
Node value_at(const SweepRange& range, double u) {
  if (range.time) {
    const double ticks =
        range.log ? range.low * std::pow(range.high / range.low, u) : range.low + u * (range.high - range.low);
    const auto whole = static_cast<core::Tick>(std::llround(ticks));
    return Node((whole < 0 ? "=" : "") + schema::format_duration(whole)); // with a sign it would be a change
  }
  double low = range.low, high = range.high;
  if (range.whole) low = std::ceil(low), high = std::floor(high) + 1; // each whole number has an interval of length 1
  const double x = range.log ? low * std::pow(high / low, u) : low + u * (high - low);
  if (range.whole) return Node(static_cast<std::int64_t>(std::min(std::floor(x), high - 1)));
  return Node(std::clamp(x, low, high));
}

std::vector<Overrides> drawn(const SweepDraw& draw) {
  const auto n = static_cast<std::size_t>(draw.points);
  const core::StreamKey key = design_key(draw.seed);
  std::vector<std::vector<double>> columns;
  if (draw.kind == DrawKind::sobol)
    columns = sobol(key, draw.ranges, n);
  else
    for (const SweepRange& range : draw.ranges) columns.push_back(stratified(key, range.path, n));
  std::vector<Overrides> points(n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < draw.ranges.size(); ++j) {
      Node value = value_at(draw.ranges[j], columns[j][i]);
      value.where = draw.ranges[j].where;
      points[i].emplace_back(draw.ranges[j].path, std::move(value));
    }
  return points;
}

std::vector<Overrides> product(const std::vector<SweepAxis>& grid) {
  std::vector<Overrides> points(1);
  for (const SweepAxis& axis : grid) {
    std::vector<Overrides> longer;
    longer.reserve(points.size() * axis.values.size());
    for (const Overrides& point : points)
      for (const Node& value : axis.values) {
        longer.push_back(point);
        longer.back().emplace_back(axis.path, value);
      }
    points = std::move(longer);
  }
  return points;
}

// Makes and checks the scenarios of points.
class Resolver {
 public:
  explicit Resolver(const Scenario& base) : points_(base), node_(to_node(base)) {}

  // Paths that lead nowhere and changes that are not possible, each told once, however many values and points have it.
  void check_values(const std::vector<Overrides>& points, const core::StopQuestion& stop) {
    std::set<std::string> told;
    std::map<std::string, std::vector<Node>> seen;
    for (const Overrides& point : points) {
      core::stop_if(stop);
      for (std::size_t i = 0; i < point.size(); ++i) {
        const auto& [path, value] = point[i];
        std::vector<Node>& known = seen[path];
        if (known.size() >= kValuesTried || std::ranges::find(known, value) != known.end()) continue;
        known.push_back(value);
        Errors ignored, faults;
        Node node = node_;
        for (std::size_t j = 0; j < i; ++j) schema::set_path<Scenario>(node, point[j].first, point[j].second, ignored);
        schema::set_path<Scenario>(node, path, value, faults);
        if (!ignored.empty()) continue;
        for (core::Issue issue : faults.issues()) {
          if (!told.insert(issue.path + "\n" + issue.rule).second) continue;
          place(issue, value);
          errors_.add_issue(std::move(issue));
        }
      }
    }
    errors_.throw_if_any();
  }

  void use(std::int64_t number, const Overrides& values, const UsePoint& use_point) {
    try {
      const Scenario scenario = points_.make(values);
      Errors faults;
      if (scenario.fab) fab::check_capacity(*scenario.fab, scenario.horizon.ticks, "fab", faults);
      faults.throw_if_any();
      if (told_.empty()) use_point(number, values, scenario);
    } catch (const core::InputError& error) {
      for (const core::Issue& issue : error.issues()) tell(number, values, issue);
    }
  }

  void finish() {
    for (Told& told : told_) {
      if (told.again > 0) told.issue.rule += fmt::format(" (and at {} more points)", told.again);
      errors_.add_issue(std::move(told.issue));
    }
    errors_.throw_if_any();
  }

 private:
  static constexpr std::size_t kValuesTried = 100; // of one path; the others are checked as parts of points

  struct Told {
    core::Issue issue;
    std::int64_t last = 0; // point that it was met at
    std::size_t again = 0; // other points with the same fault
  };

  // A fault of a point, at the line of the value that it is about, else of the first value. A rule that a path breaks
  // with one value after another is told of the first one.
  void tell(std::int64_t number, const Overrides& values, core::Issue issue) {
    const auto [known, fresh] = seen_.try_emplace(issue.path + "\n" + issue.rule, told_.size());
    if (!fresh) {
      Told& first = told_[known->second];
      if (first.last != number) ++first.again;
      first.last = number;
      return;
    }
    const std::string path = issue.path, name = fmt::format("point {} ({})", number, point_text(values));
    const auto about = std::ranges::find_if(values, [&](const auto& value) { return path.starts_with(value.first); });
    issue.path = path.empty() ? name : name + ": " + path;
    issue.file.clear();
    issue.line = 0;
    if (!values.empty()) place(issue, (about == values.end() ? values.front() : *about).second);
    told_.push_back({std::move(issue), number});
  }

  static void place(core::Issue& issue, const Node& value) {
    if (!issue.file.empty() || !value.where.file) return;
    issue.file = *value.where.file;
    issue.line = value.where.line;
  }

  PointScenarios points_;
  Node node_;
  Errors errors_;
  std::vector<Told> told_;
  std::map<std::string, std::size_t> seen_;
};

} // namespace

// What the file of a trace holds is a part of the point: its name alone would let it change in between.
void PointScenarios::pin_trace(Scenario& scenario) {
  if (!scenario.design || !scenario.design->trace) return;
  design::Trace& trace = *scenario.design->trace;
  trace.file = std::filesystem::absolute(trace.file).lexically_normal().string();
  if (!trace.sha256.empty()) return;
  std::string& known = traces_[trace.file];
  if (known.empty()) {
    Errors faults;
    known = design::scan_trace(trace, faults).sha256;
    faults.throw_if_any();
  }
  trace.sha256 = known;
}

Scenario PointScenarios::make(const Overrides& values) {
  Scenario scenario = with(base_, values);
  pin_trace(scenario);
  return scenario;
}

std::vector<Overrides> sweep_points(const Sweep& sweep) {
  if (sweep.draw) return drawn(*sweep.draw);
  return sweep.listed.empty() ? product(sweep.grid) : sweep.listed;
}

std::string point_text(const Overrides& values) {
  std::string text;
  for (const auto& [path, value] : values) {
    const std::string shown = value.text() != nullptr ? schema::shortened(*value.text()) : value.shown();
    text += (text.empty() ? "" : ", ") + schema::shortened(path) + " = " + shown;
  }
  return text;
}

void resolve_points(const Scenario& base, const Sweep& sweep, const UsePoint& use, const core::StopQuestion& stop) {
  const std::vector<Overrides> points = sweep_points(sweep);
  Resolver resolver(base);
  resolver.check_values(points, stop);
  for (std::size_t i = 0; i < points.size(); ++i) {
    core::stop_if(stop);
    resolver.use(static_cast<std::int64_t>(i), points[i], use);
  }
  resolver.finish();
}

} // namespace centresim::centre
