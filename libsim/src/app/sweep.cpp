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
#include <csignal>
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

std::string name_of(int signal) {
  switch (signal) {
  case 0:
    return "SIGUSR1";
  case SIGINT:
    return "Ctrl-C";
  case SIGTERM:
    return "SIGTERM";
  default:
    return "SIGHUP";
  }
}

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
  constexpr const char* kTaken[] = {"--threads", "--task", "--of", "--retry", "--output", "--no-progress", "--quiet"};
  for (const std::string& option : command.given)
    if (std::ranges::find(kTaken, option) == std::end(kTaken))
      refuse(option, "", "is for one scenario: " + command.scenario + " is a plan, which has its own");
  if (command.task >= command.of)
    refuse("--task", std::to_string(command.task),
           fmt::format("must be from 0 to {}, as --of is {}", command.of - 1, command.of));
  if (command.of > 1 && !command.output.empty())
    refuse("--output", command.output,
           "is for all points, this is one task of " + std::to_string(command.of) +
               ": when all tasks are done, centresim collect");
  const io::Plan plan = io::open_plan(command.scenario);
  if (!command.output.empty()) io::check_writable(results_name(command.output));
  const StopSignals signals;
  signals.hold(); // what is finished is on the disk
  const LastCall last_call;
  centre::PointsDone done;
  {
    ProgressBar bar(!command.no_progress && !command.quiet);
    io::PlanRun how;
    how.task = command.task, how.of = command.of, how.threads = command.threads, how.retry = command.retry;
    how.message = [](const std::string& text) { message(text); };
    how.more = [&] { return !last_call.heard(); };
    how.stopped_by = [&] { return name_of(signals.caught()); };
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
    message(fmt::format("centresim: interrupted by {}: {} finished now, {} before; run again to go on",
                        name_of(signals.caught()), counted(static_cast<std::size_t>(done.run)), done.skipped));
    return signals.caught() == SIGINT ? kSignalled + SIGINT : kToBeResumed;
  }
  if (!command.quiet)
    message(fmt::format("{} finished now, {} before", counted(static_cast<std::size_t>(done.run)), done.skipped));
  if (!done.failures.empty()) {
    message("centresim: " + counted(done.failures.size()) + " cannot be finished; --retry tries them again");
    if (!command.output.empty())
      message("centresim: " + command.output + " is not written: centresim collect " + command.scenario + " -o " +
              command.output + " --partial leaves these points out");
    return std::ranges::any_of(done.failures, &centre::PointFailure::model) ? kModel : kInput;
  }
  try {
    if (!command.output.empty()) write_collected(plan, command.output, false, signals);
  } catch (const core::Interrupted& stopped) {
    message(std::string("centresim: ") + stopped.what());
    return signals.caught() == SIGINT ? kSignalled + SIGINT : kToBeResumed;
  }
  return kDone;
}

void status(const std::string& folder, bool every_point) {
  const io::Plan plan = io::open_plan(folder);
  const StopSignals signals;
  const io::PlanResults results(plan);
  std::string rows, why;
  std::size_t finished = 0, broken = 0, failed = 0;
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    if (signals.stop()) throw core::Interrupted();
    const io::PlanPoint& point = plan.points[i];
    const bool done = results.is_whole(point, why);
    const auto failure = results.failure(point);
    finished += done ? 1 : 0;
    broken += why.empty() ? 0 : 1;
    failed += failure ? 1 : 0;
    const std::string state = done           ? "finished"
                              : failure      ? "cannot be finished: " + failure->reason
                              : !why.empty() ? "to do again: its result " + why
                                             : "to do";
    if (every_point || (!done && (failure || !why.empty())))
      rows += core::printable(fmt::format("point {}  {}  {}  {}", i, point.hash.substr(0, 12),
                                          centre::point_text(point.values), state)) +
              "\n";
  }
  const std::size_t missing = plan.points.size() - finished - failed;
  std::string text =
      fmt::format("{}: {} with {} replications and seed {}\n{} of {} finished", core::printable(folder),
                  core::printable(plan.scenario), plan.replications, plan.seed, finished, counted(plan.points.size()));
  if (failed > 0) text += fmt::format(", {} cannot be finished", failed);
  if (missing > 0) text += fmt::format(", {} to do", missing);
  if (broken > 0) text += fmt::format(", {} with a result that does not count", broken);
  text += "\n";
  if (missing > 0)
    for (const std::string& stop : results.stops()) text += "stopped by a signal: " + core::printable(stop) + "\n";
  for (const std::string& fault : results.faults()) text += core::printable(fault) + "\n";
  answer(text + rows);
}

namespace {

void write_point(const io::Plan& plan, const CollectCommand& command) {
  const auto count = static_cast<std::int64_t>(plan.points.size());
  if (command.point >= count)
    refuse("--point", std::to_string(command.point), fmt::format("must be from 0 to {}", count - 1));
  std::string why;
  const auto result = io::PlanResults(plan).read(plan.points[static_cast<std::size_t>(command.point)], why);
  if (!result)
    refuse("--point", std::to_string(command.point),
           why.empty() ? "is not finished: centresim run does it" : "has a result that does not count: it " + why);
  io::write_tree(*result, command.output);
  message("wrote " + command.output);
}

} // namespace

void collect(const CollectCommand& command) {
  if (command.output.empty()) refuse("--output", "", "is missing: the file to write (.h5)");
  const io::Plan plan = io::open_plan(command.folder);
  io::check_writable(results_name(command.output));
  const StopSignals signals;
  if (command.point >= 0) return write_point(plan, command);
  write_collected(plan, command.output, command.partial, signals);
}

bool names_a_plan(const std::string& scenario) {
  for (const BuiltIn& known : built_in_scenarios())
    if (known.name == scenario) return false; // a folder of that name must not change what a command means
  return scenario.find('\0') == std::string::npos && io::is_plan(scenario);
}

} // namespace centresim::app
