// Running and gathering the points of a plan.
#include "centresim/core/error.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/hdf5.hpp"
#include "centresim/io/plan.hpp"
#include "plan_index.hpp"

#include <fmt/format.h>

namespace centresim::io {
namespace {

void check(const PlanRun& how) {
  const auto refuse = [](const char* option, std::int64_t value, const std::string& rule) {
    throw core::InputError({core::Issue{"", 0, option, std::to_string(value), rule}});
  };
  if (how.of < 1) refuse("of", how.of, "must be at least 1");
  if (how.task < 1 || how.task > how.of) refuse("task", how.task, fmt::format("must be from 1 to {}", how.of));
}

// What could be overwritten neither by renaming nor by opening (a folder, a pipe) is told before anything runs.
void check_places(const Plan& plan, const std::vector<std::size_t>& points) {
  for (const std::size_t i : points) {
    const std::filesystem::path file = plan.result_file(plan.points[i]);
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
      throw core::IoError(file.string(), "", std::string(kNotRegular) + ": remove it, the result is to stand there");
  }
}

} // namespace

centre::PointsDone run_plan(const Plan& plan, const PlanRun& how) {
  check(how);
  std::vector<std::size_t> mine;
  const std::vector<std::size_t> all = plan.different();
  for (auto i = static_cast<std::size_t>(how.task - 1); i < all.size(); i += static_cast<std::size_t>(how.of))
    mine.push_back(all[i]);
  check_places(plan, mine);
  const auto point = [&](std::int64_t i) -> const PlanPoint& { return plan.points[mine[static_cast<std::size_t>(i)]]; };

  centre::RunOptions options;
  options.replications = plan.replications;
  options.seed = static_cast<std::uint64_t>(plan.seed);
  options.threads = how.threads;
  options.monitor = how.monitor;
  centre::PointsJob job;
  job.points = static_cast<std::int64_t>(mine.size());
  // Asked when the point would begin, not before: another process may have finished it by then.
  job.scenario = [&](std::int64_t i) -> std::optional<centre::Scenario> {
    std::string why;
    if (point_result(plan, point(i), why)) return std::nullopt;
    const std::filesystem::path file = plan.result_file(point(i));
    if (!why.empty() && how.message) how.message(file.string() + ": " + why + ": the point is run again");
    check_writable(file);
    return point_scenario(plan, point(i));
  };
  job.done = [&](std::int64_t i, centre::Result&& result) { write_tree(result.tree, plan.result_file(point(i))); };
  std::error_code error;
  std::filesystem::create_directory(plan.folder / kResultsFolder, error); // where it is missing, check_writable tells
  centre::PointsDone done = centre::run_points(job, options);
  for (centre::PointFailure& failure : done.failures)
    failure.point = static_cast<std::int64_t>(mine[static_cast<std::size_t>(failure.point)]);
  return done;
}

Collected collect(const Plan& plan, const core::StopQuestion& stop) {
  std::vector<std::string> columns{kPointNumber};
  columns.insert(columns.end(), plan.paths.begin(), plan.paths.end());
  SweepTable table(plan.scenario, plan.replications, plan.seed, columns);
  Collected collected;
  std::string why;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    core::stop_if(stop);
    const auto result = point_result(plan, plan.points[i], why);
    if (!result) continue;
    centre::Overrides values{{kPointNumber, static_cast<std::int64_t>(i)}};
    values.insert(values.end(), plan.points[i].values.begin(), plan.points[i].values.end());
    table.add(values, *result);
    collected.points.push_back(i);
  }
  collected.tree = table.finish();
  return collected;
}

} // namespace centresim::io
