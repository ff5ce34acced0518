// One call that runs a scenario: replications in parallel, folded into a tree of labelled arrays.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/centre/stopping.hpp"
#include "centresim/core/monitor.hpp"
#include "centresim/experiment/dataset.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace centresim::centre {

struct RunOptions {
  std::int64_t replications = 1;
  std::uint64_t seed = 1;
  int threads = 0; // 0: OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, else what the process may use
  bool trace_lots = false;
  bool trace_tools = false;
  bool trace_jobs = false;
  bool trace_tasks = false; // of projects
  core::Monitor monitor;    // may be empty
  // Where there are any, the result is that of the shortest prefix of the replications at which all are met, whatever
  // was run at once; `replications` are the most. Attribute `precise` in group `run` tells whether they were enough.
  std::vector<StoppingGoal> until;
  std::int64_t at_least = experiment::kFewestToStop; // replications before any is looked at
};

// The result of a run. Root group: the KPI table (dimension `kpi`) and attributes; groups `fab/...`: observations with
// a leading dimension `replication`; group `run`: what differs from run to run (threads, seconds, host, interrupted).
struct Result {
  experiment::Tree tree;
};

// Throws InputError (the model is wrong or provably cannot keep up) and ModelError. A monitor that answers `stop` ends
// the run with the longest prefix of finished replications, without traces (attribute `interrupted` in group `run`).
[[nodiscard]] Result run(const Scenario& scenario, const RunOptions& options);

// SHA-256 over the integer observations of the result and the model version, in hexadecimal. Doubles take no part.
[[nodiscard]] std::string digest(const Result& result);

// How many replications the result rests on.
[[nodiscard]] std::int64_t finished_replications(const Result& result);
// Whether its monitor stopped it before it was through.
[[nodiscard]] bool was_interrupted(const Result& result);
// Whether it met its goals, if it had any.
[[nodiscard]] bool is_precise(const Result& result);

// What this release computes for the rooms of a scenario: attribute `model_version` of its results.
[[nodiscard]] std::string model_version(const Scenario& scenario);
// Whether this release computes that, for whichever rooms.
[[nodiscard]] bool is_current_model(std::string_view version);

} // namespace centresim::centre
