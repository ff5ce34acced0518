#include "centresim/io/plan.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/replicate.hpp"
#include "centresim/io/hdf5.hpp"
#include "centresim/schema/errors.hpp"
#include "plan_index.hpp"
#include "tree_access.hpp"

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
    plan.replications = whole("replications", 1, experiment::kMaxReplications);
    plan.seed = whole("seed", 0, std::numeric_limits<std::int64_t>::max());
    for (const Node& path : list(root_.find("paths"), "paths")) {
      if (path.text() == nullptr) fail("paths", "must hold texts");
      plan.paths.push_back(*path.text());
    }
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

std::string about(const experiment::Group& root, const std::string& hash, const Plan& plan) {
  if (text_attribute(&root, "scenario_hash") != hash) return "is of another scenario";
  const auto* seed = find_attribute<std::int64_t>(&root, "seed");
  if (seed == nullptr || *seed != plan.seed) return fmt::format("was not run with seed {}", plan.seed);
  const auto* done = find_attribute<std::int64_t>(&root, "replications");
  if (done == nullptr || *done != plan.replications)
    return fmt::format("rests on {} replications instead of {}", done == nullptr ? 0 : *done, plan.replications);
  return {};
}

// What this release would call the models behind such a result.
std::string current_model(const experiment::Tree& tree) {
  centre::Scenario rooms;
  if (tree.contains("fab")) rooms.fab.emplace();
  if (tree.contains("design")) rooms.design.emplace();
  return centre::model_version(rooms);
}

} // namespace

fs::path Plan::scenario_file(const PlanPoint& point) const { return folder / kPointsFolder / (point.hash + ".json"); }
fs::path Plan::result_file(const PlanPoint& point) const { return folder / kResultsFolder / (point.hash + ".h5"); }

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

centre::Scenario point_scenario(const Plan& plan, const PlanPoint& point) {
  const fs::path file = plan.scenario_file(point);
  centre::Scenario scenario = centre::load_scenario(file);
  if (centre::scenario_hash(scenario) != point.hash)
    throw core::InputError({core::Issue{file.string(), 0, "", "",
                                        "is not the scenario that was planned: the name is its hash; plan again"}});
  return scenario;
}

std::optional<experiment::Tree> point_result(const Plan& plan, const PlanPoint& point, std::string& why) {
  why.clear();
  const fs::path file = plan.result_file(point);
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (!fs::exists(status)) return std::nullopt;
  if (!fs::is_regular_file(status)) { // a pipe would wait for a writer
    why = kNotRegular;
    return std::nullopt;
  }
  try {
    experiment::Tree tree = read_tree(file);
    const experiment::Group& root = tree.at("");
    why = about(root, point.hash, plan);
    const std::string model = text_attribute(&root, "model_version"), ours = current_model(tree);
    if (why.empty() && model != ours)
      why = "was made by model '" + model.substr(0, 40) + "', this release has '" + ours + "'";
    if (why.empty() && centre::digest({tree}) != text_attribute(&root, "digest")) why = "was changed after its run";
    if (why.empty()) return tree;
  } catch (const core::IoError& broken) {
    why = broken.reason();
  }
  return std::nullopt;
}

} // namespace centresim::io
