// From the description of a sweep to its points and their scenarios.
#include "centresim/centre/sweep.hpp"

#include "centresim/core/error.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/fab/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace centresim::centre {

using schema::Errors;
using schema::Node;

namespace {

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

bool is_unchanged(const Node& value) { return value.text() != nullptr && *value.text() == kUnchanged; }

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
        if (is_unchanged(value)) continue;
        std::vector<Node>& known = seen[path];
        if (known.size() >= kValuesTried || std::ranges::find(known, value) != known.end()) continue;
        known.push_back(value);
        Errors ignored, faults;
        Node node = node_;
        for (std::size_t j = 0; j < i; ++j)
          if (!is_unchanged(point[j].second))
            schema::set_path<Scenario>(node, point[j].first, point[j].second, ignored);
        schema::set_path<Scenario>(node, path, value, faults);
        for (core::Issue issue : faults.issues()) {
          if (!told.insert(issue.path + "\n" + issue.rule).second) continue;
          place(issue, value);
          errors_.add_issue(std::move(issue));
        }
      }
    }
    errors_.throw_if_any();
    check_paths(points, stop);
    errors_.throw_if_any();
  }

  void use(std::int64_t number, const Overrides& values, const UsePoint& use_point, const TellPoint& overloaded) {
    try {
      const Scenario scenario = points_.make(values);
      Errors faults;
      if (scenario.fab) fab::check_capacity(*scenario.fab, scenario.horizon.ticks, "fab", faults);
      if (overloaded && !faults.empty()) {
        overloaded(number, faults.issues().front().path + ": " + faults.issues().front().rule);
        faults = {};
        if (distinct_) check_distinct(number, scenario, faults);
        faults.throw_if_any();
        return;
      }
      if (distinct_) check_distinct(number, scenario, faults);
      faults.throw_if_any();
      if (told_.empty()) use_point(number, values, scenario);
    } catch (const core::InputError& error) {
      for (const core::Issue& issue : error.issues()) tell(number, values, issue);
    }
  }

  // Points of a factorial are all different: where two values of a path mean the same, it would have no effect.
  void must_differ() { distinct_ = true; }

  void finish() {
    for (Told& told : told_) {
      if (told.again > 0) told.issue.rule += fmt::format(" (and at {} more points)", told.again);
      errors_.add_issue(std::move(told.issue));
    }
    errors_.throw_if_any();
  }

 private:
  // Two paths that reach the same field: the later one wins, and what the table says of the other was never run.
  void check_paths(const std::vector<Overrides>& points, const core::StopQuestion& stop) {
    if (points.empty()) return;
    for (std::size_t j = 1; j < points.front().size(); ++j)
      for (std::size_t i = 0; i < j; ++i) {
        const std::string &one = points.front()[i].first, &other = points.front()[j].first;
        if (!may_meet(one, other)) continue;
        std::set<std::string> tried;
        for (const Overrides& point : points) {
          core::stop_if(stop);
          const auto &first = point[i], &second = point[j];
          if (is_unchanged(first.second) || is_unchanged(second.second)) continue;
          if (!tried.insert(schema::canonical_json(first.second) + "\n" + schema::canonical_json(second.second)).second)
            continue;
          if (tried.size() > kPairsTried) break;
          if (in_order(first, second) == in_order(second, first)) continue;
          core::Issue issue{"", 0, other, "",
                            "reaches what '" + schema::shortened(one) + "' sets as well: values would be lost"};
          place(issue, second.second);
          errors_.add_issue(std::move(issue));
          break;
        }
      }
  }

  // False: they surely do not.
  static bool may_meet(const std::string& one, const std::string& other) {
    const auto a = schema::parse_path(one), b = schema::parse_path(other);
    if (!a || !b) return false;
    for (std::size_t i = 0; i < std::min(a->size(), b->size()); ++i) {
      const schema::PathPart &p = (*a)[i], &q = (*b)[i];
      if (p == q || (p.index >= 0) != (q.index >= 0)) continue; // an element by its number, and by its name
      if (p.index >= 0 || (p.has_wildcard() && q.has_wildcard() ? false : !p.matches(q.name) && !q.matches(p.name)))
        return false;
    }
    return true;
  }

  [[nodiscard]] Node in_order(const std::pair<std::string, Node>& one,
                              const std::pair<std::string, Node>& other) const {
    Node node = node_;
    Errors ignored;
    schema::set_path<Scenario>(node, one.first, one.second, ignored);
    schema::set_path<Scenario>(node, other.first, other.second, ignored);
    return ignored.empty() ? node : Node();
  }

  static constexpr std::size_t kPairsTried = 64; // of different values of two paths that may meet

  void check_distinct(std::int64_t number, const Scenario& scenario, Errors& faults) {
    const auto [known, fresh] = hashes_.try_emplace(scenario_hash(scenario), number);
    if (!fresh) faults.add("", "", fmt::format("is the same scenario as point {}", known->second));
  }

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
  bool distinct_ = false;
  std::map<std::string, std::int64_t> hashes_;
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
  Overrides changes;
  for (const auto& change : values)
    if (!is_unchanged(change.second)) changes.push_back(change);
  Scenario scenario = with(base_, changes);
  pin_trace(scenario);
  return scenario;
}

std::vector<Overrides> sweep_points(const Sweep& sweep) {
  if (sweep.design) return design_points(*sweep.design);
  return sweep.listed.empty() ? product(sweep.grid) : sweep.listed;
}

std::string point_text(const Overrides& values) {
  std::string text;
  for (const auto& [path, value] : values) {
    if (is_unchanged(value)) continue;
    const std::string shown = value.text() != nullptr ? schema::shortened(*value.text()) : value.shown();
    text += (text.empty() ? "" : ", ") + schema::shortened(path) + " = " + shown;
  }
  if (text.empty() && !values.empty()) return "as the base";
  return text;
}

void resolve_points(const Scenario& base, const Sweep& sweep, const UsePoint& use, const core::StopQuestion& stop,
                    const TellPoint& overloaded) {
  const std::vector<Overrides> points = sweep_points(sweep);
  Resolver resolver(base);
  resolver.check_values(points, stop);
  if (sweep.design && sweep.design->kind == DesignKind::factorial) resolver.must_differ();
  for (std::size_t i = 0; i < points.size(); ++i) {
    core::stop_if(stop);
    resolver.use(static_cast<std::int64_t>(i), points[i], use, overloaded);
  }
  resolver.finish();
}

} // namespace centresim::centre
