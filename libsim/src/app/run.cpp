#include "centresim/centre/run.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/links.hpp"
#include "centresim/core/text.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/hdf5.hpp"
#include "centresim/io/job_trace.hpp"
#include "centresim/io/summary.hpp"
#include "centresim/io/swf.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "scenarios.hpp"
#include "signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

namespace centresim::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& option, const std::string& value, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, option, value, rule}});
}

struct Traces {
  bool lots = false, tools = false, jobs = false, tasks = false;
  std::string lots_file;
};

Traces traces_of(const RunCommand& command) {
  Traces traces;
  for (const std::string& item : command.trace) {
    if (item == "tools") {
      traces.tools = true;
    } else if (item == "jobs") {
      traces.jobs = true;
    } else if (item == "tasks") {
      traces.tasks = true;
    } else if (item == "lots" || item.starts_with("lots=")) {
      traces.lots = true;
      if (item == "lots=") refuse("--trace", item, "names no file after the =");
      if (item.size() > 5) traces.lots_file = item.substr(5);
    } else {
      refuse("--trace", item, "must be lots, lots=FILE.csv, tools, jobs or tasks");
    }
  }
  for (const auto& [asked, name] :
       {std::pair(traces.tools, "tools"), std::pair(traces.jobs, "jobs"), std::pair(traces.tasks, "tasks")})
    if (asked && command.output.empty()) refuse("--trace", name, "needs a result file: -o FILE.h5");
  traces.jobs = traces.jobs || !command.jobs.empty() || !command.swf.empty();
  if (traces.lots && traces.lots_file.empty()) {
    if (command.output.empty()) refuse("--trace", "lots", "needs a result file (-o FILE.h5) or lots=FILE.csv");
    traces.lots_file = fs::path(command.output).replace_extension(".lots.csv").string();
  }
  return traces;
}

// A name with the ending of an input is a slip, and costs the input.
void check_ending(const RunCommand& command) {
  std::string ending = fs::path(command.output).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (ending == ".toml" || ending == ".json" || ending == ".csv")
    refuse("--output", command.output,
           "takes the results, an HDF5 file (.h5); --summary writes JSON, centresim summary --format csv prints CSV, "
           "and centresim show -o writes a scenario");
}

// Everything that can fail about the files is found before the run, not after it.
void check_files(const RunCommand& command, const centre::Scenario& scenario, const Traces& traces) {
  std::error_code error;
  // First of all: a pipe would be waited for.
  if (!command.output.empty() && fs::exists(command.output, error) && !fs::is_regular_file(command.output, error))
    throw core::IoError(command.output, "",
                        fs::is_directory(command.output, error) ? "is a folder, not a file" : "is not a regular file");
  std::set<std::string> names;
  for (const std::string& file : {command.output, command.summary, traces.lots_file, command.jobs, command.swf}) {
    if (file.empty() || file == "-") continue;
    keep_inputs(file, command.scenario, scenario);
    if (!names.insert(fs::weakly_canonical(core::behind_links(file), error).string()).second)
      refuse("", file, "is named for two different outputs");
    io::check_writable(file);
  }
  check_ending(command);
}

constexpr std::int64_t kMostReplications = 1000; // to become precise, unless the user says otherwise

// The last "=" parts figure and precision: labels of figures hold others.
std::vector<centre::StoppingGoal> goals_of(const RunCommand& command) {
  std::vector<centre::StoppingGoal> goals;
  for (const std::string& item : command.precision) {
    const std::size_t at = item.rfind('=');
    if (at == item.npos || item.find(']', at) != item.npos) refuse("--precision", item, "must be KPI=WITHIN");
    goals.push_back(centre::parse_goal(item.substr(0, at), item.substr(at + 1)));
  }
  return goals;
}

centre::Result simulate(const RunCommand& command, const centre::Scenario& scenario, const Traces& traces,
                        const StopSignals& signals) {
  ProgressBar bar(!command.no_progress && !command.quiet);
  centre::RunOptions options;
  options.replications = command.replications;
  options.until = goals_of(command);
  const bool said = std::ranges::find(command.given, "--replications") != command.given.end();
  if (!options.until.empty() && !said) options.replications = kMostReplications;
  options.seed = static_cast<std::uint64_t>(command.seed);
  options.threads = command.threads;
  options.trace_lots = traces.lots;
  options.trace_tools = traces.tools;
  options.trace_jobs = traces.jobs;
  options.trace_tasks = traces.tasks;
  options.monitor = [&](const core::Progress& progress) {
    signals.hold(); // a trace has been looked through
    bar.show(progress);
    return signals.caught() != 0 ? core::Control::stop : core::Control::go;
  };
  try {
    return centre::run(scenario, options);
  } catch (const core::InputError& error) {
    throw with_lines(error, command.scenario);
  }
}

// `whole`: all replications are there; else there are no traces, and older files of jobs and lots stay.
void write(const RunCommand& command, const Traces& traces, const centre::Result& result, bool whole) {
  std::vector<std::string> written;
  if (!command.output.empty()) {
    io::write_tree(result.tree, command.output);
    written.push_back(command.output);
  }
  if (!command.summary.empty() && command.summary != "-") {
    io::write_file(command.summary, io::summary_json(result.tree));
    written.push_back(command.summary);
  }
  if (!whole)
    for (const std::string& file : {command.jobs, command.swf, traces.lots_file})
      if (!file.empty()) message("centresim: " + file + " is not written: an interrupted run keeps no traces");
  if (whole && !command.jobs.empty()) {
    io::write_job_table(result.tree, command.jobs);
    written.push_back(command.jobs);
  }
  if (whole && !command.swf.empty()) {
    io::write_swf(result.tree, command.swf);
    written.push_back(command.swf);
  }
  if (whole && !traces.lots_file.empty()) {
    io::write_lot_trace(result.tree, traces.lots_file);
    written.push_back(traces.lots_file);
  }
  if (command.summary == "-")
    answer(io::summary_json(result.tree));
  else if (!command.quiet)
    answer(core::printable(io::summary_table(result.tree), core::Lines::many));
  if (!command.quiet)
    for (const std::string& file : written) message("wrote " + file);
}

} // namespace

int run(const RunCommand& command) {
  if (names_a_plan(command.scenario)) return run_plan(command);
  for (const std::string& option : command.given)
    if (option == "--task" || option == "--of" || option == "--retry")
      refuse(option, "", "is for the folder of a plan: " + command.scenario + " is one scenario");
  const Traces traces = traces_of(command);
  const centre::Scenario scenario = find_scenario(command.scenario, command.settings, command.spans);
  if (traces.jobs && !scenario.design)
    refuse(!command.jobs.empty()  ? "--jobs"
           : !command.swf.empty() ? "--swf"
                                  : "--trace jobs",
           command.jobs.empty() ? command.swf : command.jobs, "the scenario has no compute farm, and so no jobs");
  if ((traces.lots || traces.tools) && !scenario.fab)
    refuse("--trace", traces.lots ? "lots" : "tools", "the scenario has no fab");
  check_files(command, scenario, traces);
  const StopSignals signals;
  const centre::Result result = simulate(command, scenario, traces, signals);
  const std::int64_t finished = centre::finished_replications(result);
  const bool interrupted = centre::was_interrupted(result);
  if (interrupted && finished == 0) {
    message("centresim: interrupted before the first replication had finished: nothing is written");
  } else {
    if (interrupted)
      message(fmt::format("centresim: interrupted: the results rest on the first {}{} replications", finished,
                          command.precision.empty() ? fmt::format(" of {}", command.replications) : ""));
    write(command, traces, result, !interrupted);
    if (!command.precision.empty() && !interrupted && !centre::is_precise(result))
      message(
          fmt::format("centresim: {} replications are all that were allowed: not yet as precise as asked", finished));
  }
  return interrupted ? kSignalled + signals.caught() : kDone;
}

} // namespace centresim::app
