// Plans of many points in a folder: docs/formats/sweep.md.
//
//   FOLDER/plan.json             the index, written last
//   FOLDER/points/HASH.json      the resolved scenario of a point, canonical JSON
//   FOLDER/results/HASH.h5       its result, once it is finished
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
  std::string hash; // of the scenario; points with the same one share files
  centre::Overrides values;
};
struct Plan {
  std::filesystem::path folder;
  std::string scenario; // name of the base
  std::int64_t replications = 0, seed = 0;
  std::vector<std::string> paths;
  std::vector<PlanPoint> points;
  [[nodiscard]] std::filesystem::path scenario_file(const PlanPoint& point) const;
  [[nodiscard]] std::filesystem::path result_file(const PlanPoint& point) const;
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
// The scenario of a point; throws InputError where its file is not what was planned.
[[nodiscard]] centre::Scenario point_scenario(const Plan& plan, const PlanPoint& point);

// The result of a point, if it is there, whole, and of this plan and this release. Else nothing, and `why` says what is
// wrong with the file; it stays empty where there is none.
[[nodiscard]] std::optional<experiment::Tree> point_result(const Plan& plan, const PlanPoint& point, std::string& why);

struct PlanRun {
  std::int64_t task = 1,
               of = 1; // this process takes points task - 1, task - 1 + of, ... of those with different hashes
  int threads = 0;
  core::Monitor monitor;
  std::function<void(const std::string&)> message; // files that are there but are done anew; never two at a time
};
// Runs the points that are not finished. Every result is written when it is ready, whole or not at all. Throws
// InputError and IoError.
[[nodiscard]] centre::PointsDone run_plan(const Plan& plan, const PlanRun& how);

// Under this name, no path of a scenario, the number of a point goes into the table like one of its values: where some
// points are missing, the others keep their numbers.
inline constexpr const char* kPointNumber = "point";

// Gathers the key figures of points into one table with the dimensions scenario, kpi and replication.
class SweepTable {
 public:
  SweepTable(std::string scenario, std::int64_t replications, std::int64_t seed, std::vector<std::string> paths);
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
