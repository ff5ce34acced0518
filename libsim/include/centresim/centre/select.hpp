// Which of several scenarios is best by one key figure, with as few replications as that takes: the procedures of
// experiment/selection.hpp at work.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/core/monitor.hpp"
#include "centresim/experiment/kpi.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace centresim::centre {

enum class SelectionMethod { kim_nelson, ocba };

struct SelectOptions {
  std::string kpi;           // as it is labelled, or a name that one row has
  experiment::Labels labels; // that the row of that name has, perhaps among others
  SelectionMethod method = SelectionMethod::kim_nelson;
  std::optional<experiment::Better> better;   // nothing: as the figure has it
  std::int64_t first = 10;                    // replications of every system before any is dropped
  double indifference = 0, confidence = 0.95; // Kim and Nelson; in the unit of the figure
  std::int64_t at_most = 10'000;              // Kim and Nelson: replications of any system
  std::int64_t budget = 0;                    // OCBA: replications of all systems together
  std::uint64_t seed = 1;
  int threads = 0;
  core::Monitor monitor;
};

struct SystemInSelection {
  std::vector<double> values; // of the replications that were looked at, in their order
  bool in = true;             // not dropped
  std::string failure;        // why it takes no part: its model cannot go on, or it has no such figure
};
struct Selection {
  std::optional<std::size_t> best; // nothing: not decided within what was allowed, or interrupted
  std::vector<SystemInSelection> systems;
  experiment::KpiInfo info;
  std::string label; // of the figure
  experiment::Better better = experiment::Better::lower;
  bool interrupted = false;
};

// Kim and Nelson: all systems have the seed, and so common random numbers. OCBA, which takes them for independent:
// system i has seed + i. The answer depends on neither threads nor how many replications were run ahead. A system whose
// model cannot go on is left out, and what the others gave goes into the procedure anew. Throws InputError: fewer than
// two systems, options out of range, a scenario that cannot be run, no such figure, one that has no better direction.
[[nodiscard]] Selection select_best(const std::vector<Scenario>& systems, const SelectOptions& options);

} // namespace centresim::centre
