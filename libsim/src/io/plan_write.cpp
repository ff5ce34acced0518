// Writing the folder of a plan: first under another name, then renamed.
#include "centresim/core/error.hpp"
#include "centresim/core/links.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/plan.hpp"
#include "plan_index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <unordered_set>

#include <unistd.h>

namespace centresim::io {

namespace fs = std::filesystem;
using schema::Node;

namespace {

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw core::IoError(path.string(), "", "cannot be written: " + error.message());
}

// A folder that goes away again unless it is kept.
class NewFolder {
 public:
  explicit NewFolder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    if (!fs::create_directory(path_, error)) {
      const fs::path parent = path_.parent_path();
      const fs::path path = std::move(path_);
      path_.clear();
      if (!parent.empty() && !fs::exists(parent))
        throw core::IoError(path.string(), "", "the folder " + parent.string() + " does not exist");
      fail(path, error ? error : std::make_error_code(std::errc::file_exists));
    }
  }
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

  void become(const fs::path& target) {
    std::error_code error;
    fs::rename(path_, target, error); // also over an empty folder
    if (error) fail(target, error);
    path_.clear();
  }

 private:
  fs::path path_;
};

Node index_of(const Plan& plan) {
  Node root = Node::empty_table();
  root.set("format", kPlanFormat);
  root.set("scenario", plan.scenario);
  root.set("replications", plan.replications);
  root.set("seed", plan.seed);
  Node::Array paths(plan.paths.begin(), plan.paths.end()), points;
  for (const PlanPoint& point : plan.points) {
    Node::Array values;
    for (const auto& [path, value] : point.values) values.push_back(value);
    Node entry = Node::empty_table();
    entry.set("hash", point.hash);
    entry.set("values", std::move(values));
    points.push_back(std::move(entry));
  }
  root.set("paths", std::move(paths));
  root.set("points", std::move(points));
  return root;
}

// What keeps `plan` from taking the place of `old`; empty: nothing.
std::string conflict(const Plan& old, const Plan& plan) {
  if (old.seed != plan.seed) return fmt::format("with seed {} instead of {}", old.seed, plan.seed);
  if (old.replications != plan.replications)
    return fmt::format("with {} replications instead of {}", old.replications, plan.replications);
  std::unordered_set<std::string_view> hashes;
  for (const PlanPoint& point : plan.points) hashes.insert(point.hash);
  const auto lost =
      std::ranges::count_if(old.points, [&](const PlanPoint& point) { return !hashes.contains(point.hash); });
  if (lost == 0) return {};
  return fmt::format("with {} point{} that this one does not have", lost, lost == 1 ? "" : "s");
}

std::size_t count_new(const Plan& old, const Plan& plan) {
  std::unordered_set<std::string_view> known;
  for (const PlanPoint& point : old.points) known.insert(point.hash);
  std::size_t count = 0;
  for (const std::size_t i : plan.different()) count += known.contains(plan.points[i].hash) ? 0 : 1;
  return count;
}

// Moves the new files into the folder of the old plan: scenarios first, which nobody sees before the index names them.
void move_into(const Plan& from, const fs::path& folder) {
  std::error_code error;
  const auto move = [&](const fs::path& name) {
    fs::rename(from.folder / name, folder / name, error);
    if (error) fail(folder / name, error);
  };
  for (const char* part : {kPointsFolder, kResultsFolder}) {
    fs::create_directory(folder / part, error);
    if (error) fail(folder / part, error);
  }
  for (const std::size_t i : from.different())
    move(fs::path(kPointsFolder) / from.scenario_file(from.points[i]).filename());
  move(kIndexFile);
}

void check_folder(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return;
  if (!fs::is_directory(folder, error)) throw core::IoError(folder.string(), "", "is a file, not a folder");
  if (!is_plan(folder) && !fs::is_empty(folder, error))
    throw core::IoError(folder.string(), "", "holds other things than a plan: choose a new folder");
}

Plan make_plan(const centre::Scenario& base, const centre::Sweep& sweep, const fs::path& folder,
               const core::StopQuestion& stop) {
  Plan plan;
  plan.folder = folder;
  plan.scenario = base.name;
  plan.replications = sweep.replications;
  plan.seed = sweep.seed;
  plan.paths = sweep.paths;
  std::unordered_set<std::string> written;
  centre::resolve_points(base, sweep,
                         [&](std::int64_t, const centre::Overrides& values, const centre::Scenario& scenario) {
                           core::stop_if(stop);
                           plan.points.push_back({centre::scenario_hash(scenario), values});
                           const PlanPoint& point = plan.points.back();
                           if (!written.insert(point.hash).second) return;
                           const Node node = centre::to_node(scenario, schema::Detail::all);
                           write_file(plan.scenario_file(point), schema::canonical_json(node) + "\n");
                         });
  write_file(folder / kIndexFile, schema::write_json(index_of(plan)) + "\n");
  return plan;
}

} // namespace

PlanOutcome write_plan(const centre::Scenario& base, const centre::Sweep& sweep, const fs::path& folder,
                       const core::StopQuestion& stop) {
  if (folder.empty()) throw core::IoError("", "", "the name of the folder to write is empty");
  check_folder(folder);
  fs::path target = folder;
  if (!target.has_filename()) target = target.parent_path(); // sweep/ is sweep
  target = core::behind_links(target);
  NewFolder made(target.string() + ".tmp-" + std::to_string(::getpid()));
  for (const char* part : {kPointsFolder, kResultsFolder}) fs::create_directory(made.path() / part);
  PlanOutcome outcome{make_plan(base, sweep, made.path(), stop)};
  outcome.added = outcome.plan.different().size();
  if (is_plan(folder)) {
    const Plan old = open_plan(folder);
    const std::string fault = conflict(old, outcome.plan);
    if (!fault.empty())
      throw core::InputError(
          {core::Issue{folder.string(), 0, "", "", "holds another plan, " + fault + ": choose a new folder"}});
    outcome.added = count_new(old, outcome.plan);
    outcome.how = index_of(old) == index_of(outcome.plan) ? Planned::same : Planned::extended;
    move_into(outcome.plan, folder);
  } else {
    made.become(target);
  }
  outcome.plan.folder = folder;
  return outcome;
}

} // namespace centresim::io
