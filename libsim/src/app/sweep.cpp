// Plans of many points: plan, run, status, collect.
#include "centresim/centre/sweep.hpp"
#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/hdf5.hpp"
#include "centresim/io/plan.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "scenarios.hpp"
#include "signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace centresim::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, option, value, rule}});
}

// A plain name is a built-in scenario; everything else is a file, named relative to that of the sweep.
std::string base_name(const centre::Sweep& sweep, const fs::path& file) {
  const std::string& name = sweep.scenario;
  for (const BuiltIn& known : built_in_scenarios())
    if (known.name == name) return name;
  std::error_code error;
  const fs::path beside = file.parent_path() / name;
  const bool plain = name.find('/') == std::string::npos && fs::path(name).extension().empty();
  if (!plain || fs::exists(beside, error)) return beside.string();
  if (fs::exists(name, error)) // of the working directory, which must not change what a file means
    refuse("", name, "is neither a built-in scenario nor a file beside that of the sweep");
  return name;
}

centre::Scenario base_of(const centre::Sweep& sweep, const SweepCommand& command) {
  try {
    return find_scenario(base_name(sweep, command.file), command.settings);
  } catch (const core::InputError& error) {
    std::vector<core::Issue> issues = error.issues();
    for (core::Issue& issue : issues)
      if (issue.file.empty() && issue.path.empty()) {
        issue.file = command.file;
        issue.line = sweep.scenario_where.line;
        issue.path = "scenario";
      }
    throw core::InputError(std::move(issues));
  }
}

std::string counted(std::size_t n) { return fmt::format("{} point{}", n, n == 1 ? "" : "s"); }

std::string results_name(const std::string& output) {
  std::string ending = fs::path(output).extension().string();
  std::ranges::transform(ending, ending.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (ending == ".toml" || ending == ".json" || ending == ".csv")
    refuse("--output", output, "takes the results, an HDF5 file (.h5)");
  return output;
}

// Of all points or not at all, unless the user takes a part.
void write_collected(const io::Plan& plan, const std::string& output, bool partial, const StopSignals& signals) {
  const io::Collected collected = io::collect(plan, [&] { return signals.stop(); });
  const std::size_t missing = plan.points.size() - collected.points.size();
  if (collected.points.empty()) refuse("", plan.folder.string(), "no point is finished: centresim run does them");
  if (missing > 0 && !partial)
    refuse("", plan.folder.string(),
           fmt::format("{} of {} not finished: centresim run does them, --partial leaves them out", missing,
                       counted(plan.points.size())));
  io::write_tree(collected.tree, output, io::FileKind::sweep);
  message("wrote " + output + (missing > 0 ? " without " + counted(missing) : ""));
}

} // namespace

void plan(const SweepCommand& command) {
  if (command.output.empty()) refuse("--output", "", "is missing: the folder of the plan");
  const centre::Sweep sweep = centre::load_sweep(command.file);
  const centre::Scenario base = base_of(sweep, command);
  const StopSignals signals;
  const io::PlanOutcome done = io::write_plan(base, sweep, command.output, [&] { return signals.stop(); });
  const std::string points = counted(done.plan.points.size());
  switch (done.how) {
  case io::Planned::fresh:
    message(fmt::format("planned {} in {}", points, command.output));
    break;
  case io::Planned::same:
    message(fmt::format("{} holds this plan already: {}", command.output, points));
    break;
  case io::Planned::extended:
    message(fmt::format("extended {} by {}: {} now", command.output, counted(done.added), points));
    break;
  }
}

int run_plan(const RunCommand& command) {
  constexpr const char* kTaken[] = {"--threads", "--task", "--of", "--output", "--no-progress", "--quiet"};
  for (const std::string& option : command.given)
    if (std::ranges::find(kTaken, option) == std::end(kTaken))
      refuse(option, "", "is for one scenario: " + command.scenario + " is a plan, which has its own");
  if (command.task > command.of)
    refuse("--task", std::to_string(command.task), fmt::format("must be from 1 to {} (--of)", command.of));
  if (command.of > 1 && !command.output.empty())
    refuse("--output", command.output,
           "is for all points, this is one task of " + std::to_string(command.of) +
               ": when all tasks are done, centresim collect");
  const io::Plan plan = io::open_plan(command.scenario);
  if (!command.output.empty()) io::check_writable(results_name(command.output));
  const StopSignals signals;
  signals.hold(); // what is finished is on the disk
  centre::PointsDone done;
  {
    ProgressBar bar(!command.no_progress && !command.quiet);
    io::PlanRun how{command.task, command.of, command.threads, {}, [](const std::string& text) { message(text); }};
    how.monitor = [&](const core::Progress& progress) {
      bar.show(progress);
      return signals.caught() != 0 ? core::Control::stop : core::Control::go;
    };
    done = io::run_plan(plan, how);
  }
  for (const centre::PointFailure& failure : done.failures) {
    const io::PlanPoint& point = plan.points[static_cast<std::size_t>(failure.point)];
    message(
        fmt::format("centresim: point {} ({}): {}", failure.point, centre::point_text(point.values), failure.reason));
  }
  if (done.interrupted) {
    message(fmt::format("centresim: interrupted: {} finished now, {} before; run again to go on",
                        counted(static_cast<std::size_t>(done.run)), done.skipped));
    return kSignalled + signals.caught();
  }
  if (!command.quiet)
    message(fmt::format("{} finished now, {} before", counted(static_cast<std::size_t>(done.run)), done.skipped));
  if (!done.failures.empty()) {
    message("centresim: " + counted(done.failures.size()) + " cannot be finished");
    if (!command.output.empty())
      message("centresim: " + command.output + " is not written: centresim collect " + command.scenario + " -o " +
              command.output + " --partial leaves these points out");
    return std::ranges::any_of(done.failures, &centre::PointFailure::model) ? kModel : kInput;
  }
  if (!command.output.empty()) write_collected(plan, command.output, false, signals);
  return kDone;
}

void status(const std::string& folder, bool every_point) {
  const io::Plan plan = io::open_plan(folder);
  const StopSignals signals;
  std::string text, rows, why;
  std::size_t finished = 0, broken = 0;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    if (signals.stop()) throw core::Interrupted();
    const bool done = io::point_result(plan, plan.points[i], why).has_value();
    finished += done ? 1 : 0;
    broken += why.empty() ? 0 : 1;
    const std::string state = done ? "finished" : why.empty() ? "to do" : "to do again: the file there " + why;
    if (every_point || !why.empty())
      rows += core::printable(fmt::format("point {}  {}  {}  {}", i, plan.points[i].hash.substr(0, 12),
                                          centre::point_text(plan.points[i].values), state)) +
              "\n";
  }
  text =
      fmt::format("{}: {} with {} replications and seed {}\n{} of {} finished", core::printable(folder),
                  core::printable(plan.scenario), plan.replications, plan.seed, finished, counted(plan.points.size()));
  if (broken > 0) text += fmt::format(", {} with a file that is no result of this plan", broken);
  answer(text + "\n" + rows);
}

void collect(const std::string& folder, const std::string& output, bool partial) {
  if (output.empty()) refuse("--output", "", "is missing: the file to write (.h5)");
  const io::Plan plan = io::open_plan(folder);
  io::check_writable(results_name(output));
  const StopSignals signals;
  write_collected(plan, output, partial, signals);
}

bool names_a_plan(const std::string& scenario) {
  for (const BuiltIn& known : built_in_scenarios())
    if (known.name == scenario) return false; // a folder of that name must not change what a command means
  return scenario.find('\0') == std::string::npos && io::is_plan(scenario);
}

} // namespace centresim::app
