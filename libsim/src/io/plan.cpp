#include "centresim/io/plan.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/replicate.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/hash.hpp"
#include "centresim/schema/node.hpp"
#include "plan_records.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace centresim::io {

namespace fs = std::filesystem;
using schema::Errors;
using schema::Node;
using schema::Trail;

namespace {

bool is_hash(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

// Reads the index; a file that a program has made is refused at its first fault.
class IndexReader {
 public:
  explicit IndexReader(const Node& root) : root_(root) {}

  Plan read() {
    const Node* format = root_.find("format");
    if (format == nullptr || !(*format == Node(kPlanFormat)))
      fail("format", std::string("must be \"") + kPlanFormat + "\": this release reads no other format");
    Plan plan;
    plan.scenario = text("scenario");
    plan.base = text("base"); // becomes the name of a file: nothing but a hash may stand there
    if (!is_hash(plan.base)) fail("base", "must be a hash of 64 hexadecimal digits");
    plan.replications = whole("replications", 1, experiment::kMaxReplications);
    plan.seed = whole("seed", 0, std::numeric_limits<std::int64_t>::max());
    for (const Node& path : list(root_.find("paths"), "paths")) {
      if (path.text() == nullptr) fail("paths", "must hold texts");
      plan.paths.push_back(*path.text());
    }
    if (const Node* design = root_.find("design")) plan.design = read_design(*design);
    for (const Node& point : list(root_.find("points"), "points")) plan.points.push_back(read_point(point, plan));
    if (plan.points.empty()) fail("points", "is empty");
    return plan;
  }

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& rule) const {
    throw core::InputError({core::Issue{root_.where.file ? *root_.where.file : "", 0, path, "", rule}});
  }

  const Node::Array& list(const Node* node, const char* name) const {
    if (node == nullptr || node->array() == nullptr) fail(name, "must be a list");
    return *node->array();
  }

  std::string text(const char* name) const {
    const Node* node = root_.find(name);
    if (node == nullptr || node->text() == nullptr) fail(name, "must be a text");
    return *node->text();
  }

  std::int64_t whole(const char* name, std::int64_t low, std::int64_t high) const {
    const Node* node = root_.find(name);
    const auto* value = node != nullptr ? node->integer() : nullptr;
    if (value == nullptr || *value < low || *value > high) fail(name, "must be a whole number in its range");
    return *value;
  }

  Node read_design(const Node& design) const {
    Node sweep = Node::empty_table();
    sweep.set("design", design);
    try {
      static_cast<void>(centre::read_sweep(sweep));
    } catch (const core::InputError& error) {
      fail(error.issues().front().path, error.issues().front().rule);
    }
    return design;
  }

  // A hash becomes the name of a file: nothing else may stand there.
  PlanPoint read_point(const Node& node, const Plan& plan) const {
    const Node* hash = node.find("hash");
    if (hash == nullptr || hash->text() == nullptr || !is_hash(*hash->text()))
      fail("points", "a point has no hash of 64 hexadecimal digits");
    PlanPoint point{*hash->text(), {}};
    const auto& values = list(node.find("values"), "points.values");
    if (values.size() != plan.paths.size()) fail("points", "a point must have a value for every path");
    for (std::size_t i = 0; i < values.size(); ++i) point.values.emplace_back(plan.paths[i], values[i]);
    return point;
  }

  const Node& root_;
};

} // namespace

fs::path Plan::base_file() const { return folder / kBaseFolder / (base + ".json"); }

std::vector<std::size_t> Plan::different() const {
  std::vector<std::size_t> first;
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (seen.insert(points[i].hash).second) first.push_back(i);
  return first;
}

bool is_plan(const fs::path& folder) {
  std::error_code error;
  return fs::is_directory(folder, error) && fs::is_regular_file(folder / kIndexFile, error);
}

Plan open_plan(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error) && !fs::exists(folder / kIndexFile, error))
    throw core::IoError(folder.string(), "", std::string("holds no plan: it has no ") + kIndexFile);
  Plan plan = IndexReader(schema::load_json(folder / kIndexFile)).read();
  plan.folder = folder;
  return plan;
}

namespace {

centre::Scenario planned_base(const Plan& plan) {
  const fs::path file = plan.base_file();
  centre::Scenario base = centre::load_scenario(file);
  if (schema::hash(centre::to_node(base, schema::Detail::all)) != plan.base)
    throw core::InputError({core::Issue{file.string(), 0, "", "",
                                        "is not the scenario that was planned: the name is its hash; plan again"}});
  return base;
}

} // namespace

PlanScenarios::PlanScenarios(const Plan& plan) : points_(planned_base(plan)) {}

centre::Scenario PlanScenarios::make(const PlanPoint& point) {
  centre::Scenario scenario = points_.make(point.values);
  if (centre::scenario_hash(scenario) != point.hash)
    throw core::InputError({core::Issue{"", 0, centre::point_text(point.values), "", kOtherScenario}});
  return scenario;
}

} // namespace centresim::io
