// Reading the command line. The only file that sees CLI11.
#include "centresim/app/main.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/version.hpp"
#include "centresim/schema/suggest.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "signals.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <new>
#include <sstream>
#include <string_view>

namespace centresim::app {
namespace {

using Action = std::function<int()>;

constexpr const char* kScenarioHelp = "a file (.toml, .json, or a result .h5) or the name of a built-in scenario";
constexpr std::int64_t kMostTasks = 1'000'000;
constexpr const char* kSetHelp = "PATH=VALUE: change a value, e.g. fab.tool_groups.litho.tools=+1; may be repeated";

// CLI11's own reading of numbers takes "1e3", and what is too large for the largest number there is.
CLI::Validator whole_number(std::int64_t low, std::int64_t high) {
  const auto rule = [low, high](const std::string& text) -> std::string {
    std::int64_t value = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end.ec == std::errc{} && end.ptr == text.data() + text.size() && value >= low && value <= high) return {};
    return "'" + text + "' is no whole number from " + std::to_string(low) + " to " + std::to_string(high);
  };
  return {rule, "N"};
}

// An empty name is most often a variable of a script that nobody set.
CLI::Validator not_empty() {
  return {[](const std::string& text) { return text.empty() ? std::string("names no file") : std::string(); }, ""};
}

// CLI11 says only that a command is missing where the user has mistyped one.
void check_command(const CLI::App& app, const std::vector<std::string>& args) {
  if (args.empty() || args[0].empty() || args[0][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), args[0]) != names.end()) return;
  throw core::InputError({core::Issue{"", 0, "", args[0],
                                      "is no command" + schema::did_you_mean(args[0], {names.begin(), names.end()}) +
                                          " (centresim --help lists them)"}});
}

// Every option takes exactly one value and may be given again.
CLI::Option* repeated(CLI::App& command, const char* name, std::vector<std::string>& values, const char* help) {
  return command.add_option(name, values, help)->allow_extra_args(false);
}

void add_scenario(CLI::App& command, std::string& scenario, std::vector<std::string>& settings) {
  command.add_option("scenario", scenario, kScenarioHelp)->required();
  repeated(command, "--set", settings, kSetHelp);
}

void add_run(CLI::App& parent, RunCommand& run, Action& action) {
  CLI::App& command = *parent.add_subcommand("run", "Run a scenario and print what it says, or the points of a plan");
  add_scenario(command, run.scenario, run.settings);
  const auto span = [&](const char* option, const char* path, const char* help) {
    command.add_option_function<std::string>(
        option,
        [&run, option, path](const std::string& value) {
          // A value with a sign would be a change; here it is meant as it stands.
          const bool is_change = !value.empty() && std::string_view("+-*").find(value[0]) != std::string_view::npos;
          run.spans.push_back({option, path, (is_change ? "=" : "") + value});
        },
        help);
  };
  span("--horizon", "horizon", "simulated time, warm-up included: \"1095 d\"; a bare number is in days");
  span("--warmup", "warmup", "time from the start that the results leave out: \"365 d\"");
  command
      .add_option("--replications", run.replications,
                  "independent replications; with --precision the most, 1000 unless it is given")
      ->capture_default_str()
      ->check(whole_number(1, 10'000'000));
  repeated(command, "--precision", run.precision,
           "KPI=WITHIN: replications until the mean is that precise: \"fab.cycle_time=2 %\", a share of the mean, or "
           "\"fab.wip=3\", in its unit; may be repeated");
  command.add_option("--seed", run.seed, "same seed, same results")
      ->capture_default_str()
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  command
      .add_option("--threads", run.threads,
                  "0: OMP_NUM_THREADS, else all processors at hand; at most 4 a processor, or 8, are made")
      ->capture_default_str()
      ->check(whole_number(0, 1024));
  command.add_option("-o,--output", run.output, "write the results to this HDF5 file")->check(not_empty());
  command.add_option("--summary", run.summary, "write a summary in JSON to this file; -: standard output")
      ->check(not_empty());
  repeated(command, "--trace", run.trace,
           "lots, lots=FILE.csv, tools, jobs or tasks: record every step, state, job or task; may be repeated")
      ->delimiter(',');
  command.add_option("--jobs", run.jobs, "write what became of every job of the compute farm to this CSV file")
      ->check(not_empty());
  command
      .add_option("--swf", run.swf,
                  "write the jobs of the first replication and their schedule to this file, in the Standard Workload "
                  "Format")
      ->check(not_empty());
  command.add_flag("--no-progress", run.no_progress, "no progress bar");
  command.add_flag("-q,--quiet", run.quiet, "print nothing but errors");
  command.add_option("--task", run.task, "a plan: do the share of this task, from 0 to that of --of less 1")
      ->check(whole_number(0, kMostTasks - 1));
  command.add_option("--of", run.of, "a plan: so many tasks share its points")->check(whole_number(1, kMostTasks));
  command.add_flag("--retry", run.retry, "a plan: also the points that a run before could not finish");
  command.callback([&run, &command, &action] {
    for (const CLI::Option* option : command.get_options())
      if (option->count() > 0 && !option->get_lnames().empty())
        run.given.push_back("--" + option->get_lnames().front());
    action = [&run] { return app::run(run); };
  });
}

template <class F> Action answering(F act) {
  return [act] {
    act();
    return kDone;
  };
}

struct Options {
  RunCommand run;
  ScenarioCommand scenario;
  JobsCommand jobs;
  CapacityCommand capacity;
  SweepCommand sweep;
  CollectCommand collect;
  std::string kind, folder, file, other, output, format = "table", policy = "fcfs", start;
  std::int64_t processors = 0, replication = 0;
  bool every_row = false, fit = false;
};

void convert_any(const Options& o) {
  if (o.fit && (o.kind == "smt2020" || o.kind == "jasima"))
    throw core::InputError({core::Issue{"", 0, "--fit", o.kind, "is for jobs: swf, jobs, sacct or lsf"}});
  if (!o.start.empty() && !o.fit)
    throw core::InputError({core::Issue{"", 0, "--start", o.start, "needs --fit: a trace has its own clock"}});
  if (o.fit) return convert_fitted({o.kind, o.folder, o.processors, o.policy, o.start, o.scenario.output});
  if (o.kind == "smt2020") return convert_smt2020(o.folder, o.scenario.output);
  if (o.kind == "jasima") return convert_jasima(o.folder, o.scenario.output);
  if (o.kind == "sacct" || o.kind == "lsf") return convert_accounting(o.kind, o.folder, o.scenario.output);
  convert_trace(o.kind, o.folder, o.processors, o.policy, o.scenario.output);
}

void add_scenario_commands(CLI::App& parent, Options& o, Action& action) {
  CLI::App& validate = *parent.add_subcommand("validate", "Check a scenario, its capacity included");
  add_scenario(validate, o.scenario.scenario, o.scenario.settings);
  validate.callback([&] { action = answering([&] { app::validate(o.scenario); }); });

  CLI::App& show = *parent.add_subcommand("show", "Print a scenario as TOML, changes applied");
  add_scenario(show, o.scenario.scenario, o.scenario.settings);
  show.add_option("-o,--output", o.scenario.output, "write it to this file, large lists as tables beside it")
      ->check(not_empty());
  show.callback([&] { action = answering([&] { app::show(o.scenario); }); });

  CLI::App& convert = *parent.add_subcommand("convert", "Turn a model of another format into a scenario");
  convert
      .add_option(
          "format", o.kind,
          "smt2020, jasima: a fab model; swf, jobs: a job trace; sacct, lsf: accounting records, into a job trace")
      ->required()
      ->check(CLI::IsMember({"smt2020", "jasima", "swf", "jobs", "sacct", "lsf"}));
  convert.add_option("source", o.folder, "the folder (smt2020) or file")->required();
  convert
      .add_option("-o,--output", o.scenario.output,
                  "scenario file (.toml or .json), else standard output; sacct, lsf: the job trace (.csv)")
      ->check(not_empty());
  convert.add_option("--processors", o.processors, "swf, jobs: processors of the farm")
      ->check(whole_number(1, 10'000'000));
  convert.add_option("--policy", o.policy, "swf, jobs: fcfs, easy, conservative, sjf, ...")->capture_default_str();
  convert.add_flag("--fit", o.fit,
                   "swf, jobs, sacct, lsf: jobs as random streams, with laws fitted to the file, instead of a trace");
  convert
      .add_option("--start", o.start,
                  "with --fit: date and time at time 0 of the file, 2026-03-02T08:00:00; default: as it says")
      ->check(not_empty());
  convert.callback([&] { action = answering([&] { convert_any(o); }); });

  CLI::App& jobs = *parent.add_subcommand("jobs", "Write the jobs that a scenario submits, without simulating them");
  add_scenario(jobs, o.jobs.scenario.scenario, o.jobs.scenario.settings);
  jobs.add_option("-o,--output", o.jobs.scenario.output, "table of jobs (.csv) or Standard Workload Format (.swf)")
      ->check(not_empty());
  jobs.add_option("--seed", o.jobs.seed, "of the run whose jobs they are")
      ->capture_default_str()
      ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  jobs.add_option("--replication", o.jobs.replication, "of that run, from 0")
      ->capture_default_str()
      ->check(whole_number(0, 9'999'999));
  jobs.callback([&] { action = answering([&] { app::jobs(o.jobs); }); });

  parent.add_subcommand("list", "List the built-in scenarios")->callback([&] { action = answering(list); });
  parent.add_subcommand("schema", "Print the JSON Schema of scenario files")->callback([&] {
    action = answering(print_schema);
  });
}

void add_result_commands(CLI::App& parent, Options& o, Action& action) {
  CLI::App& summary = *parent.add_subcommand("summary", "Print what a result says");
  summary.add_option("file", o.file, "result file (.h5)")->required();
  summary.add_option("--format", o.format, "table, json or csv")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json", "csv"}));
  summary.add_flag("--all", o.every_row, "table: every KPI, also those of all tool groups");
  summary.callback([&] { action = answering([&] { app::summary(o.file, o.format, o.every_row); }); });

  CLI::App& digest = *parent.add_subcommand("digest", "Print the SHA-256 of a result: equal for equal results");
  digest.add_option("file", o.file, "result file (.h5)")->required();
  digest.callback([&] { action = answering([&] { app::digest(o.file); }); });

  CLI::App& diff = *parent.add_subcommand("diff", "Print where two results, or two tables of sweeps, differ");
  diff.add_option("one", o.file, "result or table (.h5)")->required();
  diff.add_option("other", o.other, "another one")->required();
  diff.add_flag("--all", o.every_row, "every difference");
  diff.callback([&] { action = [&] { return app::diff(o.file, o.other, o.every_row); }; });

  CLI::App& gantt = *parent.add_subcommand("gantt", "Write the traces of a result as a Gantt chart for Perfetto");
  gantt.add_option("file", o.file, "result file (.h5) of a run with --trace lots, tools, jobs or tasks")->required();
  gantt.add_option("-o,--output", o.output, "chart to write, in the Chrome trace format (.json)")->check(not_empty());
  gantt.add_option("--replication", o.replication, "which one, from 0")
      ->capture_default_str()
      ->check(whole_number(0, 9'999'999));
  gantt.callback([&] { action = answering([&] { app::gantt(o.file, o.output, o.replication); }); });

  CLI::App& info = *parent.add_subcommand("info", "List everything in a result");
  info.add_option("file", o.file, "result file (.h5)")->required();
  info.callback([&] { action = answering([&] { app::info(o.file); }); });
  parent.add_subcommand("version", "Print the version")->callback([&] {
    action = answering([] { answer(std::string(core::version()) + "\n"); });
  });
  parent.add_subcommand("build-config", "Print how this program was built")->callback([&] {
    action = answering(build_config);
  });
}

void add_sweep_commands(CLI::App& parent, Options& o, Action& action) {
  CLI::App& plan = *parent.add_subcommand("plan", "Write the scenarios of a sweep into a folder, to be run from there");
  plan.add_option("file", o.sweep.file, "description of the sweep (.toml or .json)")->required();
  plan.add_option("-o,--output", o.sweep.output, "folder to write, or a plan to extend")->check(not_empty());
  repeated(plan, "--set", o.sweep.settings, kSetHelp);
  plan.callback([&] { action = answering([&] { app::plan(o.sweep); }); });

  CLI::App& status = *parent.add_subcommand("status", "Print how many points of a plan are finished");
  status.add_option("folder", o.folder, "of the plan")->required();
  status.add_flag("--all", o.every_row, "every point with its values");
  status.callback([&] { action = answering([&] { app::status(o.folder, o.every_row); }); });

  CLI::App& collect = *parent.add_subcommand("collect", "Gather the key figures of all points of a plan in one file");
  collect.add_option("folder", o.collect.folder, "of the plan")->required();
  collect.add_option("-o,--output", o.collect.output, "HDF5 file to write (.h5)")->check(not_empty());
  collect.add_flag("--partial", o.collect.partial, "leave out points that are not finished");
  collect.add_option("--point", o.collect.point, "write the whole result of this point instead, from 0")
      ->check(whole_number(0, kMostTasks));
  collect.callback([&] { action = answering([&] { app::collect(o.collect); }); });
}

CLI::Validator number_above_0(double most, const char* rule) {
  return {[most, rule](const std::string& text) -> std::string {
            double value = 0;
            const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
            const bool whole = end.ec == std::errc{} && end.ptr == text.data() + text.size();
            return whole && value > 0 && value <= most ? std::string() : "'" + text + "' is not " + rule;
          },
          "X"};
}

void add_capacity(CLI::App& parent, CapacityCommand& capacity, Action& action) {
  CLI::App& command = *parent.add_subcommand("capacity", "Print loads, limits and cycle times without simulating");
  add_scenario(command, capacity.scenario, capacity.settings);
  command
      .add_option("--load-factor", capacity.load_factor,
                  "as --set fab.load_factor=: 0.9, or *1.1 of what the scenario says")
      ->check(not_empty());
  command.add_option("--start-rate", capacity.start_rate, "count the tools needed for so many lots a day")
      ->check(number_above_0(1e12, "a number of lots above 0"));
  command.add_option("--target", capacity.target, "load of the tools that are counted, at most")
      ->capture_default_str()
      ->check(number_above_0(1, "a share above 0, at most 1"));
  command.add_option("--format", capacity.format, "table, csv or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "csv", "json"}));
  command.add_option("--table", capacity.table, "which one as csv: groups, products, sensitivity or needs")
      ->capture_default_str()
      ->check(CLI::IsMember({"groups", "products", "sensitivity", "needs"}));
  command.add_flag("--all", capacity.every_row, "every tool group, and the tools that are needed");
  command.callback([&] { action = answering([&] { app::capacity(capacity); }); });
}

int parse_and_run(std::vector<std::string> args) {
  CLI::App app("Simulate a semiconductor research and development centre before it is built.", "centresim");
  app.set_version_flag("--version", core::version());
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  Options options;
  Action action;
  add_run(app, options.run, action);
  add_scenario_commands(app, options, action);
  add_result_commands(app, options, action);
  add_capacity(app, options.capacity, action);
  add_sweep_commands(app, options, action);
  check_command(app, args);
  std::reverse(args.begin(), args.end()); // CLI11 takes them from the back
  try {
    app.parse(std::move(args));
  } catch (const CLI::ParseError& error) {
    std::ostringstream out, err;
    const int status = app.exit(error, out, err);
    if (!out.str().empty()) answer(out.str());
    if (status == 0) return kDone;
    std::string text = err.str();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    message("centresim: " + text);
    return kInput;
  }
  return action();
}

int report(const core::InputError& error) {
  for (const core::Issue& issue : error.issues()) message(core::to_string(issue));
  const std::size_t n = error.issues().size();
  message("centresim: " + std::to_string(n) + (n == 1 ? " error" : " errors") + " in the input");
  return kInput;
}

} // namespace

int main(std::vector<std::string> args) {
  const NoFileSizeSignal large_files_fail;
  try {
    return parse_and_run(std::move(args));
  } catch (const core::InputError& error) {
    return report(error);
  } catch (const core::IoError& error) {
    message(std::string("centresim: ") + error.what());
    return kFileSystem;
  } catch (const core::Interrupted& error) { // Ctrl-C is the usual one; a batch system takes any of them for a kill
    message(std::string("centresim: ") + error.what());
    return kSignalled + SIGINT;
  } catch (const core::ModelError& error) {
    message(std::string("centresim: ") + error.what());
    return kModel;
  } catch (const std::bad_alloc&) {
    message("centresim: not enough memory");
    return kModel;
  } catch (const std::exception& error) {
    message(std::string("centresim: internal error: ") + error.what());
    return kInternal;
  }
}

} // namespace centresim::app
