// Writing the folder of a plan: first under another name, then renamed.
#include "centresim/core/error.hpp"
#include "centresim/core/links.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/plan.hpp"
#include "centresim/schema/hash.hpp"
#include "plan_index.hpp"
#include "plan_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <unordered_set>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace centresim::io {

namespace fs = std::filesystem;
using schema::Node;

namespace {

constexpr const char* kFolders[] = {kBaseFolder, kResultsFolder, kLogFolder};

[[noreturn]] void fail(const fs::path& path, const std::error_code& error) {
  throw core::IoError(path.string(), "", "cannot be written: " + error.message());
}

// A folder that goes away again unless it is kept.
class NewFolder {
 public:
  // `stem`, or with -1, -2 ... behind it: a process that was killed may have left one of that name. Errors name the
  // `target`, which is what was asked for.
  NewFolder(const fs::path& stem, const fs::path& target) {
    int error = EEXIST;
    for (int attempt = 0; attempt < 1000 && error == EEXIST; ++attempt) {
      path_ = attempt == 0 ? stem : fs::path(stem.string() + "-" + std::to_string(attempt));
      if (::mkdir(path_.c_str(), 0777) == 0) return;
      error = errno;
    }
    const fs::path parent = stem.parent_path();
    path_.clear();
    std::error_code ignored;
    if (!parent.empty() && !fs::exists(parent, ignored))
      throw core::IoError(target.string(), "", "the folder " + parent.string() + " does not exist");
    fail(target, std::error_code(error, std::generic_category()));
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

// Two processes that extend one plan would each take the other's points away: one at a time, from reading the old index
// to renaming the new one, holds the lock of the index.
class IndexLock {
 public:
  explicit IndexLock(const fs::path& folder) {
    const fs::path index = folder / kIndexFile;
    descriptor_ = ::open(index.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK); // some disks lock only what can be written
    if (descriptor_ < 0) descriptor_ = ::open(index.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) fail(index, std::error_code(errno, std::generic_category()));
    // A disk without locks can hold plans all the same.
    const bool busy = ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!busy && is_still(index)) return;
    ::close(descriptor_);
    throw core::IoError(folder.string(), "", "is being planned by another process: plan again when it is done");
  }
  IndexLock(const IndexLock&) = delete;
  IndexLock& operator=(const IndexLock&) = delete;
  ~IndexLock() { ::close(descriptor_); }

 private:
  // False: another process has put a new index in its place since it was opened.
  [[nodiscard]] bool is_still(const fs::path& index) const {
    struct stat ours{}, theirs{};
    return ::fstat(descriptor_, &ours) == 0 && ::stat(index.c_str(), &theirs) == 0 && ours.st_dev == theirs.st_dev &&
           ours.st_ino == theirs.st_ino;
  }
  int descriptor_ = -1;
};

Node index_of(const Plan& plan) {
  Node root = Node::empty_table();
  root.set("format", kPlanFormat);
  root.set("scenario", plan.scenario);
  root.set("base", plan.base);
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
  if (!plan.design.is_null()) root.set("design", plan.design);
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

bool same_contents(const fs::path& one, const fs::path& other) {
  std::error_code error;
  if (!fs::is_regular_file(other, error) || fs::file_size(one, error) != fs::file_size(other, error)) return false;
  std::ifstream a(one, std::ios::binary), b(other, std::ios::binary);
  return a && b && std::equal(std::istreambuf_iterator<char>(a), {}, std::istreambuf_iterator<char>(b), {});
}

// Moves the files that are new or differ into the folder of the old plan: the base first, which nobody sees before the
// index names it.
void move_into(const Plan& from, const fs::path& folder) {
  std::error_code error;
  const auto move = [&](const fs::path& name) {
    if (same_contents(from.folder / name, folder / name)) return;
    fs::rename(from.folder / name, folder / name, error);
    if (error) fail(folder / name, error);
  };
  for (const char* part : kFolders) {
    fs::create_directory(folder / part, error);
    if (error) fail(folder / part, error);
  }
  move(fs::path(kBaseFolder) / from.base_file().filename());
  if (!fs::exists(folder / kJobFile, error) && fs::exists(from.folder / kJobFile, error))
    move(kJobFile); // it is the user's to change
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
  plan.design = centre::design_node(sweep);
  centre::Scenario absolute = base;
  if (absolute.design && absolute.design->trace) { // named from wherever the points are run
    std::string& file = absolute.design->trace->file;
    file = fs::absolute(file).lexically_normal().string();
  }
  const Node node = centre::to_node(absolute, schema::Detail::all);
  plan.base = schema::hash(node);
  const auto use = [&](std::int64_t, const centre::Overrides& values, const centre::Scenario& scenario) {
    plan.points.push_back({centre::scenario_hash(scenario), values});
  };
  centre::resolve_points(absolute, sweep, use, stop);
  write_file(plan.base_file(), schema::canonical_json(node) + "\n");
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
  NewFolder made(target.string() + ".tmp-" + std::to_string(::getpid()), target);
  for (const char* part : kFolders) fs::create_directory(made.path() / part);
  PlanOutcome outcome{make_plan(base, sweep, made.path(), stop)};
  write_job(outcome.plan, fs::absolute(target), made.path() / kJobFile);
  outcome.added = outcome.plan.different().size();
  if (is_plan(folder)) {
    const IndexLock lock(folder);
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
