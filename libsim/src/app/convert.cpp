// Models and records of other programs, turned into scenarios and job traces.
#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/fitted_jobs.hpp"
#include "centresim/io/jasima.hpp"
#include "centresim/io/job_accounting.hpp"
#include "centresim/io/job_trace.hpp"
#include "centresim/io/smt2020.hpp"
#include "centresim/io/swf.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/tables.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "signals.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace centresim::app {
namespace {

void save(const centre::Scenario& scenario, const std::string& output) {
  if (output.empty()) {
    answer(schema::write_toml(centre::to_node(scenario)));
  } else {
    centre::save_scenario(scenario, output);
    message("wrote " + output);
  }
}

[[noreturn]] void missing(const char* option, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, option, "", rule}});
}

} // namespace

void convert_smt2020(const std::string& folder, const std::string& output) {
  if (!output.empty()) io::check_writable(output);
  save(io::read_smt2020(folder), output);
}

void convert_jasima(const std::string& file, const std::string& output) {
  if (!output.empty()) io::check_writable(output);
  const centre::Scenario scenario = io::read_jasima(file);
  message(scenario.description); // what could not be taken over as it is
  save(scenario, output);
}

void convert_trace(const std::string& format, const std::string& file, std::int64_t processors,
                   const std::string& policy, const std::string& output) {
  if (processors == 0) missing("--processors", "is missing: how many processors does the farm have?");
  if (!output.empty()) io::check_writable(output);
  const auto kind = format == "swf" ? design::TraceFormat::swf : design::TraceFormat::csv;
  save(io::read_job_trace(file, kind, processors, policy), output);
}

void convert_accounting(const std::string& format, const std::string& file, const std::string& output) {
  if (output.empty()) missing("--output", "is missing: the job trace to write (.csv)");
  std::error_code error;
  if (std::filesystem::equivalent(output, file, error))
    throw core::InputError(
        {core::Issue{"", 0, "--output", output, "holds the records themselves: write to another file"}});
  io::check_writable(output);
  const StopSignals signals;
  const auto stop = [&] { return signals.stop(); };
  const io::Accounting done =
      format == "sacct" ? io::convert_sacct(file, output, stop) : io::convert_lsf(file, output, stop);
  message(
      fmt::format("{} jobs from {} on; left out: {} that never ran, {} that had not ended, {} records of other things",
                  done.jobs, done.start, done.never_started, done.unfinished, done.other));
  if (done.priority_divisor != 1)
    message(fmt::format("priorities are divided by {} to stay within +-1e6", done.priority_divisor));
  message("wrote " + output);
}

void convert_fitted(const FitCommand& command) {
  if (command.processors == 0) missing("--processors", "is missing: how many processors does the farm have?");
  const std::filesystem::path output = command.output;
  if (!output.empty() && output.extension() != ".toml" && output.extension() != ".json")
    throw core::InputError({core::Issue{"", 0, "--output", command.output, "a scenario file ends in .toml or .json"}});
  if (!output.empty()) io::check_writable(output);
  const io::FittedJobs fitted =
      io::fit_job_trace(command.format, command.file, command.processors, command.policy, command.start);
  for (const std::string& line : io::fit_report(fitted)) message(core::printable(line));
  if (output.empty()) {
    answer(io::fitted_toml(fitted));
  } else {
    io::save_fitted(fitted, output);
    message("wrote " + command.output);
  }
}

void jobs(const JobsCommand& command) {
  const ScenarioCommand& of = command.scenario;
  if (of.output.empty()) missing("--output", "is missing: the table to write (.csv or .swf)");
  const centre::Scenario scenario = find_scenario(of.scenario, of.settings);
  keep_inputs(of.output, of.scenario, scenario);
  io::check_writable(of.output);
  const StopSignals signals;
  const std::int64_t count =
      io::write_jobs(scenario, static_cast<std::uint64_t>(command.seed),
                     static_cast<std::uint64_t>(command.replication), of.output, [&] { return signals.stop(); });
  message(fmt::format("wrote {} jobs to {}", count, of.output));
}

} // namespace centresim::app
