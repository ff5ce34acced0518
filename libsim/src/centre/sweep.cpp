#include "centresim/centre/sweep.hpp"

#include "centresim/core/error.hpp"
#include "centresim/experiment/factorial.hpp"
#include "centresim/schema/suggest.hpp"
#include "centresim/schema/units.hpp"
#include "sweep_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace centresim::centre {

using schema::Errors;
using schema::Node;
using schema::Trail;

namespace {

constexpr const char* kDesigns[] = {"grid", "point", "design"};

// Reads one description into a Sweep; every fault goes to `errors`.
class SweepReader {
 public:
  SweepReader(Sweep& out, Errors& errors) : out_(out), errors_(errors) {}

  void read(const Node& root) {
    read_head(root);
    const Node *grid = root.find("grid"), *point = root.find("point"), *design = root.find("design");
    const auto given = std::count_if(std::begin(kDesigns), std::end(kDesigns),
                                     [&](const char* name) { return root.find(name) != nullptr; });
    if (given != 1)
      errors_.add_near(root, Trail(),
                       given == 0 ? "needs one of [grid], [[point]] and [design]: which values to vary"
                                  : "takes only one of [grid], [[point]] and [design]");
    if (grid != nullptr) read_grid(*grid);
    if (point != nullptr) read_listed(*point);
    if (design != nullptr) read_design(*design);
  }

 private:
  void read_head(const Node& root) {
    Node head = Node::empty_table();
    head.where = root.where;
    std::vector<std::string_view> names(std::begin(kDesigns), std::end(kDesigns));
    for (const schema::FieldInfo& field : schema::describe<SweepHead>()) names.push_back(field.name);
    for (const schema::Member& member : *root.table()) {
      if (std::ranges::find(names, member.key) == names.end())
        errors_.add_at(member.value, member.key, "is no part of a sweep" + schema::did_you_mean(member.key, names));
      else if (std::ranges::find(kDesigns, std::string_view(member.key)) == std::end(kDesigns))
        head.table()->push_back(member);
    }
    const auto read = schema::read<SweepHead>(head, errors_);
    out_.scenario = read.scenario;
    if (const Node* scenario = root.find("scenario")) out_.scenario_where = scenario->where;
    out_.replications = read.replications;
    out_.seed = read.seed;
  }

  // Whether the key can be a path; unlike the scenario this needs no more than its text.
  bool good_path(const std::string& key, const Node& at, const Trail& trail) {
    std::string rule;
    if (!schema::parse_path(key, &rule)) {
      errors_.add_at(at, Trail(trail, key), "is no path: " + rule);
      return false;
    }
    return true;
  }

  // One path under two spellings (a name with and without quotes) would be set twice: the first value is never run.
  bool first_spelling(const std::string& key, const Node& at, const Trail& trail) {
    auto parts = *schema::parse_path(key);
    for (schema::PathPart& part : parts)
      if (part.name.find('*') == std::string::npos) part.quoted = false; // quotes keep a star from standing for names
    const auto known = std::ranges::find(spellings_, parts, &std::pair<Parts, std::string>::first);
    if (known == spellings_.end()) {
      spellings_.emplace_back(std::move(parts), key);
      return true;
    }
    errors_.add_at(at, Trail(trail, key), "is the same path as '" + schema::shortened(known->second) + "'");
    return false;
  }

  bool full_table(const Node& node, const Trail& trail, const char* needs) {
    if (node.table() == nullptr)
      errors_.add_at(node, trail, std::string("must be a table of ") + needs);
    else if (node.table()->empty())
      errors_.add_at(node, trail, std::string("is empty: it takes ") + needs);
    else
      return true;
    return false;
  }

  void count(double points, const Node& at, const Trail& trail) {
    if (points > static_cast<double>(kMostPoints))
      errors_.add_at(at, trail, fmt::format("makes {:.6g} points: at most {} are possible", points, kMostPoints));
  }

  void read_grid(const Node& grid) {
    const Trail trail(std::string_view("grid"));
    if (!full_table(grid, trail, "\"path\" = [values]")) return;
    double points = 1;
    for (const auto& [path, values] : *grid.table()) {
      const Trail here(trail, path);
      out_.paths.push_back(path);
      if (values.table() != nullptr)
        errors_.add_at(values, here, "is a table, not a list of values: a path with dots stands in quotes");
      if (values.table() != nullptr || !good_path(path, values, trail) || !first_spelling(path, values, trail))
        continue;
      const auto* items = values.array();
      if (items == nullptr || items->empty()) {
        errors_.add_at(values, here, items == nullptr ? "must be a list of values" : "is an empty list");
        continue;
      }
      for (std::size_t i = 1; i < items->size(); ++i)
        if (std::find(items->begin(), items->begin() + static_cast<std::ptrdiff_t>(i), (*items)[i]) !=
            items->begin() + static_cast<std::ptrdiff_t>(i))
          errors_.add_at((*items)[i], Trail(here, i), "stands in the list twice");
      points *= static_cast<double>(items->size());
      out_.grid.push_back({path, *items});
    }
    count(points, grid, trail);
  }

  void read_listed(const Node& list) {
    const Trail trail(std::string_view("point"));
    if (list.array() == nullptr || list.array()->empty())
      return errors_.add_at(list, trail, "must be a list of tables: [[point]]");
    count(static_cast<double>(list.array()->size()), list, trail);
    for (std::size_t i = 0; i < list.array()->size(); ++i) {
      const Node& point = (*list.array())[i];
      const Trail here(trail, i);
      if (point.table() == nullptr) {
        errors_.add_at(point, here, "must be a table of \"path\" = value");
        continue;
      }
      for (const auto& [path, value] : *point.table())
        if (std::ranges::find(out_.paths, path) == out_.paths.end() && good_path(path, value, here) &&
            first_spelling(path, value, here))
          out_.paths.push_back(path);
    }
    if (out_.paths.empty() && errors_.empty())
      return errors_.add_at(list.array()->front(), Trail(trail, std::size_t{0}),
                            "gives no \"path\" = value, nor do others");
    std::map<std::string, std::size_t> known; // by their values
    for (std::size_t i = 0; i < list.array()->size(); ++i) {
      const Node& point = (*list.array())[i];
      const auto [at, fresh] = known.try_emplace(key_of(point, i), i);
      if (!fresh) errors_.add_at(point, Trail(trail, i), fmt::format("is the same as point[{}]", at->second));
      Overrides& values = out_.listed.emplace_back();
      for (const std::string& path : out_.paths)
        if (const Node* value = point.find(path)) {
          values.emplace_back(path, *value);
        } else { // as the base has it
          values.emplace_back(path, kUnchanged);
          values.back().second.where = point.where;
        }
    }
  }

  // NaN is no JSON, and told when its path is tried.
  static std::string key_of(const Node& point, std::size_t i) {
    try {
      return schema::canonical_json(point);
    } catch (const core::InputError&) {
      return std::to_string(i);
    }
  }

  void read_design(const Node& node) {
    const Trail trail(std::string_view("design"));
    if (!full_table(node, trail, "kind and ranges")) return;
    Node plain = Node::empty_table();
    plain.where = node.where;
    for (const schema::Member& member : *node.table())
      if (member.key != "ranges") plain.table()->push_back(member);
    const std::size_t before = errors_.size();
    const auto head = schema::read<DesignHead>(plain, errors_, "design");
    const bool good = errors_.size() == before;
    SweepDesign design{head.kind, head.points, head.runs, head.trajectories, head.levels, head.samples,
                       head.seed, {},          {}};
    if (good) check_numbers(plain, trail, head.kind);
    const bool factorial = head.kind == DesignKind::factorial;
    const char* needs = factorial ? "\"path\" = [value, other value]" : "\"path\" = [low, high]";
    const Node* ranges = node.find("ranges");
    if (ranges == nullptr)
      errors_.add_near(node, Trail(trail, "ranges"), std::string("is missing: ") + needs);
    else if (full_table(*ranges, Trail(trail, "ranges"), needs) && (good || is_kind(node.find("kind"))))
      read_ranges(*ranges, Trail(trail, "ranges"), design);
    if (errors_.size() == before) check_size(node, trail, design);
    out_.design = std::move(design);
  }

  // Without it nobody knows what the ranges should be.
  static bool is_kind(const Node* node) {
    return node != nullptr && std::ranges::any_of(schema::Choices<DesignKind>::list,
                                                  [&](const auto& choice) { return *node == Node(choice.name); });
  }

  // A number that its kind of design does not have would be set for nothing; one that it must have is missing.
  void check_numbers(const Node& plain, const Trail& trail, DesignKind kind) {
    using Names = std::vector<std::string_view>;
    static const std::map<DesignKind, Names> known = {{DesignKind::latin_hypercube, {"points", "seed"}},
                                                      {DesignKind::sobol, {"points", "seed"}},
                                                      {DesignKind::factorial, {"runs"}},
                                                      {DesignKind::morris, {"trajectories", "levels", "seed"}},
                                                      {DesignKind::saltelli, {"samples", "seed"}}};
    const Names& names = known.at(kind);
    std::string all;
    for (const std::string_view name : names) all += (all.empty() ? "" : ", ") + std::string(name);
    for (const schema::Member& member : *plain.table())
      if (member.key != "kind" && std::ranges::find(names, member.key) == names.end())
        errors_.add_at(member.value, Trail(trail, member.key), "is no number of this kind, which takes " + all);
    const std::string_view first = names.front();
    if ((first == "points" || first == "samples") && plain.find(first) == nullptr)
      errors_.add_near(plain, Trail(trail, first), "is missing: how many");
  }

  void check_size(const Node& node, const Trail& trail, SweepDesign& design) {
    const auto at = [&](const char* name) { return node.find(name) != nullptr ? node.find(name) : &node; };
    if (design.kind == DesignKind::factorial) {
      const std::size_t k = design.factors.size();
      if (k > experiment::kMostFactors)
        return errors_.add_at(*node.find("ranges"), Trail(trail, "ranges"),
                              fmt::format("has {} paths: at most {} are possible", k, experiment::kMostFactors));
      if (design.runs == 0) design.runs = std::int64_t{1} << k;
      try {
        static_cast<void>(experiment::factorial_design(k, static_cast<std::size_t>(design.runs)));
      } catch (const std::invalid_argument& error) {
        errors_.add_at(*at("runs"), Trail(trail, "runs"), error.what());
      }
    }
    if (design.kind == DesignKind::morris && design.levels % 2 != 0)
      errors_.add_at(*at("levels"), Trail(trail, "levels"), "must be even: all levels are then as likely");
    count(static_cast<double>(design.size()), node, trail);
  }

  void read_ranges(const Node& ranges, const Trail& trail, SweepDesign& design) {
    // The two samples of Saltelli are columns of one sequence.
    const std::size_t most = kMostSobolDimensions / (design.kind == DesignKind::saltelli ? 2 : 1);
    if (ranges.table()->size() > most) errors_.add_at(ranges, trail, fmt::format("has more than {} ranges", most));
    for (const auto& [path, node] : *ranges.table()) {
      out_.paths.push_back(path);
      if (!good_path(path, node, trail) || !first_spelling(path, node, trail)) continue;
      if (design.kind == DesignKind::factorial) {
        read_factor(path, node, trail, design);
        continue;
      }
      SweepRange range;
      range.path = path;
      range.where = node.where;
      range.whole = takes_whole_numbers(path);
      std::string rule = read_range(node, range);
      if (rule.empty() && design.kind != DesignKind::sobol && design.kind != DesignKind::latin_hypercube)
        rule = moves(range, design);
      if (!rule.empty()) errors_.add_at(node, Trail(trail, path), rule);
      design.ranges.push_back(std::move(range));
    }
  }

  void read_factor(const std::string& path, const Node& node, const Trail& trail, SweepDesign& design) {
    const auto* items = node.array();
    if (items == nullptr || items->size() != 2)
      errors_.add_at(node, Trail(trail, path), "must be a list of two values");
    else if ((*items)[0] == (*items)[1])
      errors_.add_at(node, Trail(trail, path), "has the same value twice");
    else
      design.factors.push_back({path, *items});
  }

  // A path that stays where it is has no effect that could be told.
  static std::string moves(const SweepRange& range, const SweepDesign& design) {
    const bool whole = range.whole && !range.time;
    if (whole && std::floor(range.high) - std::ceil(range.low) < 1) return "holds only one whole number";
    if (design.kind == DesignKind::morris && design.levels % 2 == 0) {
      const auto steps = static_cast<double>(design.levels - 1), jump = static_cast<double>(design.levels / 2);
      for (double i = 0; i + jump <= steps; ++i)
        if (value_at(range, i / steps) == value_at(range, (i + jump) / steps))
          return "stays where it is in some steps: take fewer levels, or no logarithmic scale";
    }
    if (range.time && range.high - range.low < static_cast<double>(design.levels))
      return "is too narrow: it never moves";
    return {};
  }

  // [low, high], or the same with the word "log" behind it.
  static std::string read_range(const Node& node, SweepRange& range) {
    const auto* items = node.array();
    if (items == nullptr || items->size() < 2 || items->size() > 3)
      return "must be [low, high] or [low, high, \"log\"]";
    if (items->size() == 3) {
      if ((*items)[2].text() == nullptr || *(*items)[2].text() != "log") return "the third word of a range is \"log\"";
      range.log = true;
    }
    const auto low = (*items)[0].number(), high = (*items)[1].number();
    if (low && high) {
      range.low = *low, range.high = *high;
    } else {
      std::string rule;
      for (const auto& [item, end] : {std::pair(&(*items)[0], &range.low), std::pair(&(*items)[1], &range.high)}) {
        const auto ticks = item->text() != nullptr ? schema::parse_ticks(*item->text(), "", rule) : std::nullopt;
        if (!ticks) return "goes from one number to another, or from one span of time to another (\"2 h\")";
        *end = *ticks;
      }
      range.time = true;
    }
    if (!std::isfinite(range.low) || !std::isfinite(range.high)) return "must have finite ends";
    if (!(range.low < range.high)) return "the lower end comes first and is below the upper one";
    if (!std::isfinite(range.high - range.low)) return "is too wide";
    if (range.log && !(range.low > 0)) return "a logarithmic range lies above 0";
    if (range.log && !std::isfinite(range.high / range.low)) return "is too wide";
    if (range.whole && !range.time && std::max(std::abs(range.low), std::abs(range.high)) > 0x1p53)
      return "is of whole numbers: its ends are at most 2^53, above which not all of them can be told apart";
    if (range.whole && !range.time && std::floor(range.high) < std::ceil(range.low)) return "holds no whole number";
    return {};
  }

  using Parts = std::vector<schema::PathPart>;
  Sweep& out_;
  Errors& errors_;
  std::vector<std::pair<Parts, std::string>> spellings_;
};

} // namespace

bool takes_whole_numbers(std::string_view path) {
  const auto parts = schema::parse_path(path);
  const schema::TypeInfo* type = &schema::type_info<Scenario>();
  for (std::size_t i = 0; parts && i < parts->size(); ++i) {
    const schema::FieldInfo* field = type->find((*parts)[i].name);
    if (field == nullptr) return false;
    if (field->list && i + 1 < parts->size()) ++i; // the element
    if (i + 1 == parts->size()) return field->kind == schema::Kind::integer;
    if (field->nested == nullptr) return false;
    type = &field->nested();
  }
  return false;
}

std::int64_t SweepDesign::size() const {
  const auto k = static_cast<std::int64_t>(paths());
  switch (kind) {
  case DesignKind::factorial:
    return runs;
  case DesignKind::morris:
    return trajectories * (k + 1);
  case DesignKind::saltelli:
    return samples * (k + 2);
  default:
    return points;
  }
}

Node design_node(const Sweep& sweep) {
  if (!sweep.design) return {};
  const SweepDesign& design = *sweep.design;
  Node node = Node::empty_table(), ranges = Node::empty_table();
  for (const auto& choice : schema::Choices<DesignKind>::list)
    if (choice.value == design.kind) node.set("kind", choice.name);
  switch (design.kind) {
  case DesignKind::factorial:
    node.set("runs", design.runs);
    break;
  case DesignKind::morris:
    node.set("trajectories", design.trajectories);
    node.set("levels", design.levels);
    break;
  case DesignKind::saltelli:
    node.set("samples", design.samples);
    break;
  default:
    node.set("points", design.points);
  }
  if (design.kind != DesignKind::factorial) node.set("seed", design.seed);
  for (const SweepAxis& factor : design.factors) ranges.set(factor.path, factor.values);
  for (const SweepRange& range : design.ranges) {
    Node::Array ends;
    for (const double end : {range.low, range.high})
      ends.push_back(range.time ? Node(fmt::format("{} ms", end)) : Node(end));
    if (range.log) ends.push_back("log");
    ranges.set(range.path, std::move(ends));
  }
  node.set("ranges", std::move(ranges));
  return node;
}

std::int64_t Sweep::size() const {
  if (design) return design->size();
  if (!listed.empty()) return static_cast<std::int64_t>(listed.size());
  std::int64_t n = 1;
  for (const SweepAxis& axis : grid) n *= static_cast<std::int64_t>(axis.values.size());
  return n;
}

Sweep read_sweep(const Node& node) {
  Errors errors;
  Sweep sweep;
  if (node.table() == nullptr) {
    errors.add_at(node, "", "must be a table: scenario, replications, seed and the values to vary");
    errors.throw_if_any();
  }
  // A file of another format would only give follow-up faults.
  if (const Node* format = node.find("format"); format != nullptr && !(*format == Node(kSweepFormat)))
    errors.add_at(*format, "format",
                  std::string("must be \"") + kSweepFormat + "\": this release reads no other format");
  errors.throw_if_any();
  SweepReader(sweep, errors).read(node);
  errors.throw_if_any();
  return sweep;
}

Sweep load_sweep(const std::filesystem::path& path) {
  const Node node = schema::load(path);
  if (node.table() == nullptr || node.find("scenario") != nullptr) return read_sweep(node);
  std::vector<core::Issue> issues{{path.string(), 0, "scenario", "", "is missing: the name or file of the scenario"}};
  try {
    static_cast<void>(read_sweep(node));
  } catch (const core::InputError& error) {
    issues.insert(issues.end(), error.issues().begin(), error.issues().end());
  }
  throw core::InputError(std::move(issues));
}

} // namespace centresim::centre
