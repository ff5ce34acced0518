// What the sub-commands do; the options are read in main.cpp. All throw; main.cpp turns that into exit statuses.
#pragma once
#include "scenarios.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace centresim::app {

// Exit statuses, the same for every command.
inline constexpr int kDone = 0, kInternal = 1, kInput = 2, kFileSystem = 3, kModel = 4, kToBeResumed = 75,
                     kSignalled = 128;
inline constexpr int kDiffer = 1; // of diff, as of its namesake

struct RunCommand {
  std::string scenario;
  std::vector<std::string> settings; // path=value
  std::vector<Setting> spans;        // horizon and warm-up, after the settings
  std::int64_t replications = 8, seed = 1;
  int threads = 0;
  std::string output, summary;        // files; empty: none. summary "-": standard output
  std::string jobs, swf;              // files of the jobs, as a table and as SWF; empty: none
  std::vector<std::string> trace;     // lots, lots=FILE, tools, jobs
  std::vector<std::string> precision; // KPI=WITHIN
  bool no_progress = false, quiet = false;
  std::int64_t task = 0, of = 1;  // of the points of a plan
  bool retry = false;             // its points that a run before could not finish
  std::vector<std::string> given; // options that stand on the command line
};
[[nodiscard]] int run(const RunCommand& command);

struct SweepCommand {
  std::string file, output;
  std::vector<std::string> settings;
};
void plan(const SweepCommand& command);
[[nodiscard]] bool names_a_plan(const std::string& scenario);
[[nodiscard]] int run_plan(const RunCommand& command); // its scenario: the folder
void status(const std::string& folder, bool every_point);
struct CollectCommand {
  std::string folder, output;
  bool partial = false;
  std::int64_t point = -1; // the whole result of this one; -1: the table of all
};
void collect(const CollectCommand& command);

struct ScenarioCommand {
  std::string scenario;
  std::vector<std::string> settings;
  std::string output; // empty: standard output
};
// Refuses to write over the scenario or the trace that it names.
void keep_inputs(const std::string& output, const std::string& scenario_file, const centre::Scenario& scenario);
void validate(const ScenarioCommand& command);
void show(const ScenarioCommand& command);

void convert_smt2020(const std::string& folder, const std::string& output);
void convert_jasima(const std::string& file, const std::string& output);
void convert_trace(const std::string& format, const std::string& file, std::int64_t processors,
                   const std::string& policy, const std::string& output);
void convert_accounting(const std::string& format, const std::string& file, const std::string& output);
struct FitCommand {
  std::string format, file; // swf, jobs, sacct, lsf
  std::int64_t processors = 0;
  std::string policy, start, output; // start: date and time of time 0; empty: as the file says
};
void convert_fitted(const FitCommand& command);
struct JobsCommand {
  ScenarioCommand scenario; // its output: .csv or .swf
  std::int64_t seed = 1, replication = 0;
};
void jobs(const JobsCommand& command);
struct CapacityCommand {
  std::string scenario;
  std::vector<std::string> settings;
  std::string load_factor;                        // empty: as the scenario says
  double start_rate = 0;                          // lots a day for which tools are counted; 0: those of the scenario
  double target = 0.85;                           // load
  std::string format = "table", table = "groups"; // table, csv, json; of csv: groups, products, sensitivity, needs
  bool every_row = false;
};
void capacity(const CapacityCommand& command);
void print_schema();
void list();
void summary(const std::string& file, const std::string& format, bool every_row);
void digest(const std::string& file);
[[nodiscard]] int diff(const std::string& one, const std::string& other, bool every_row);
void gantt(const std::string& file, const std::string& output, std::int64_t replication);
void info(const std::string& file);
void build_config();

} // namespace centresim::app
