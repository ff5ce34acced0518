// Plans of many points in a folder: docs/formats/sweep.md.
//
//   FOLDER/plan.json             the index, written last
//   FOLDER/base/HASH.json        the scenario that the points change, canonical JSON
//   FOLDER/results/*.rec         results of points, and why some have none; every process appends to a file of its own
//   FOLDER/job.sh, log/          for Slurm
#pragma once
#include "centresim/centre/run_points.hpp"
#include "centresim/centre/sweep.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace centresim::io {

inline constexpr const char* kPlanFormat = "centresim-plan/1";

struct PlanPoint {
  std::string hash; // of its scenario; points with the same one share their result
  centre::Overrides values;
};
struct Plan {
  std::filesystem::path folder;
  std::string scenario; // name of the base
  std::string base;     // SHA-256 of its file
  std::int64_t replications = 0, seed = 0;
  std::vector<std::string> paths;
  schema::Node design; // as centre::design_node() writes it; null: points without one
  std::vector<PlanPoint> points;
  [[nodiscard]] std::filesystem::path base_file() const;
  [[nodiscard]] std::vector<std::size_t> different() const; // the first point of every hash, in order
};

enum class Planned { fresh, same, extended };
struct PlanOutcome {
  Plan plan;
  Planned how = Planned::fresh;
  std::size_t added = 0; // points with a new scenario
};

// Writes the plan of a sweep, whole or not at all. A folder that holds a plan with the same replications and seed, all
// of whose points are in this one as well, is extended: points are added, results stay. Throws InputError (faults of
// points, another plan in the folder), IoError, and
// Interrupted where `stop` says so.
[[nodiscard]] PlanOutcome write_plan(const centre::Scenario& base, const centre::Sweep& sweep,
                                     const std::filesystem::path& folder, const core::StopQuestion& stop = {});

[[nodiscard]] bool is_plan(const std::filesystem::path& folder); // a folder with an index
// Reads the index. Throws InputError where it is none, IoError where it cannot be read.
[[nodiscard]] Plan open_plan(const std::filesystem::path& folder);
// The scenarios of the points of a plan.
class PlanScenarios {
 public:
  explicit PlanScenarios(const Plan& plan); // throws InputError and IoError where the base is not what was planned
  // Throws InputError where it comes out otherwise than planned: a trace has changed, or another release plans it so.
  [[nodiscard]] centre::Scenario make(const PlanPoint& point);

 private:
  centre::PointScenarios points_;
};

// What the folder holds of the points. Only results of this plan and of the models of this release count.
class PlanResults {
 public:
  explicit PlanResults(const Plan& plan);
  ~PlanResults();
  PlanResults(PlanResults&&) noexcept;
  PlanResults& operator=(PlanResults&&) noexcept;
  void refresh();                                       // looks at what has come since; throws IoError
  [[nodiscard]] bool has(const PlanPoint& point) const; // a result, whether whole or not
  // A result that is whole. Else nothing, and `why` says what is wrong with those that are there; empty: there is none.
  [[nodiscard]] std::optional<experiment::Tree> read(const PlanPoint& point, std::string& why) const;
  [[nodiscard]] bool is_whole(const PlanPoint& point, std::string& why) const;
  // Why it cannot be finished, as a run found; nothing: no run found that.
  [[nodiscard]] std::optional<centre::PointFailure> failure(const PlanPoint& point) const;
  [[nodiscard]] std::vector<std::string> faults() const; // of the files: a line each
  [[nodiscard]] std::vector<std::string> stops() const;  // runs that a signal ended before they were through

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

// A record of the result of a point, or of why its model cannot go on: bytes that a worker anywhere can make and a plan
// keeps. `hash`: what the scenario must come out as. Nothing: the monitor has stopped it. Throws what is no fault of
// the model: InputError for options, or a scenario that comes out otherwise here, and IoError.
[[nodiscard]] std::optional<std::string> work_point(centre::PointScenarios& scenarios, const std::string& hash,
                                                    const centre::Overrides& values, const centre::RunOptions& options);
struct PointRecord {
  std::optional<experiment::Tree> result;
  std::optional<centre::PointFailure> failure; // one of the two
};
// Throws std::runtime_error for what is no record of that point, seed, replications and release.
[[nodiscard]] PointRecord read_point_record(const std::string& bytes, const std::string& hash, std::int64_t seed,
                                            std::int64_t replications);

// Keeps records in the folder of a plan, in a file of its own.
class PlanWriter {
 public:
  PlanWriter(const Plan& plan, const std::string& name); // name: begins that of the file
  ~PlanWriter();
  void add(const std::string& record); // throws IoError
  void close();                        // waits for the disk; throws IoError

 private:
  struct File;
  std::unique_ptr<File> file_;
};

struct PlanRun {
  // This process takes points task, task + of, task + 2 of, ... of those with different hashes.
  std::int64_t task = 0, of = 1;
  int threads = 0;
  bool retry = false; // also what a run before found that cannot be finished
  core::Monitor monitor;
  std::function<bool()> more;                      // asked before a point begins, if there is one; no: stop there
  std::function<std::string()> stopped_by;         // for the mark that an interrupted run leaves
  std::function<void(const std::string&)> message; // results that are there but are done anew; never two at a time
};
// Runs the points that are not finished; every result is on its way to the disk when it is ready. Points that a run
// before could not finish are failures again without being run, unless `retry`. Throws InputError and IoError.
[[nodiscard]] centre::PointsDone run_plan(const Plan& plan, const PlanRun& how);

// Under this name, no path of a scenario, the number of a point goes into the table like one of its values: where some
// points are missing, the others keep their numbers.
inline constexpr const char* kPointNumber = "point";

// Gathers the key figures of points into one table with the dimensions scenario, kpi and replication.
class SweepTable {
 public:
  // `design`: null where the points have none.
  SweepTable(std::string scenario, std::int64_t replications, std::int64_t seed, std::vector<std::string> paths,
             schema::Node design = {});
  ~SweepTable();
  SweepTable(SweepTable&&) noexcept;
  SweepTable& operator=(SweepTable&&) noexcept;
  void add(const centre::Overrides& values, const experiment::Tree& result);
  [[nodiscard]] experiment::Tree finish();

 private:
  struct Rows;
  std::unique_ptr<Rows> rows_;
};

struct Collected {
  experiment::Tree tree;           // write_tree(tree, file, FileKind::sweep)
  std::vector<std::size_t> points; // of the plan that are in it
};
// Of all points that are finished.
[[nodiscard]] Collected collect(const Plan& plan, const core::StopQuestion& stop = {});

} // namespace centresim::io
