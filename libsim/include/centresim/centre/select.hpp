// Which of several scenarios is best by one key figure, with as few replications as that takes: the procedures of
// experiment/selection.hpp at work.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/core/monitor.hpp"
#include "centresim/experiment/kpi.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace centresim::centre {

// A key figure, by name and labels: the row with just these labels, else the one that has them among others. The name
// may be a label itself ("fab.cycle_time[product=A]").
struct FigureName {
  std::string kpi;
  experiment::Labels labels;
};

// What of a figure a scenario has not.
enum class Lacks { nothing, name, labels };

// One figure in each of some replications.
struct FigureValues {
  experiment::KpiInfo info;
  std::string label;
  std::vector<double> values; // of the replications from the first one on, without a gap
  std::string failure;        // why the next one has none: the model cannot go on, there is no such figure or value
  Lacks lacks = Lacks::nothing;
};

// Replications first .. first + count - 1 of a scenario; fewer values without a failure: stopped. Throws InputError for
// what cannot be run.
[[nodiscard]] FigureValues run_figure(const Scenario& scenario, const FigureName& figure, std::int64_t first,
                                      std::int64_t count, std::uint64_t seed, int threads,
                                      const core::Monitor& monitor = {});

enum class SelectionMethod { kim_nelson, ocba };

// Replications of one of the systems that a selection wants.
struct SelectionWork {
  std::size_t system = 0;
  std::int64_t first = 0, count = 0;
  std::uint64_t seed = 1;
};
// Does it all, anywhere, and gives an answer for each, in order.
using SelectionWorkers = std::function<std::vector<FigureValues>(const std::vector<SelectionWork>&)>;

struct SelectOptions {
  FigureName figure;
  SelectionMethod method = SelectionMethod::kim_nelson;
  std::optional<experiment::Better> better;   // nothing: as the figure has it
  std::int64_t first = 10;                    // replications of every system before any is dropped
  double indifference = 0, confidence = 0.95; // Kim and Nelson; in the unit of the figure
  std::int64_t at_most = 10'000;              // Kim and Nelson: replications of any system
  std::int64_t budget = 0;                    // OCBA: replications of all systems together
  std::uint64_t seed = 1;
  int threads = 0; // with workers: how many replications they do at a time
  core::Monitor monitor;
  SelectionWorkers workers; // nothing: the threads of this process
  // Where others were left out before: the number of each system among all, for its seed; and one alone may be left.
  std::vector<std::size_t> numbers;
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

inline constexpr std::size_t kMostSystems = 5000; // every pair of them has a variance

// Kim and Nelson: all systems have the seed, and so common random numbers. OCBA, which takes them for independent:
// system i has seed + i. The answer depends on neither threads nor how many replications were run ahead. A system whose
// model cannot go on in a replication that is wanted is left out, and what the others gave goes into the procedure
// anew; so is one whose figure is another than that of the first. A single one that is left is the best. Throws
// InputError: fewer than two systems or more than kMostSystems, options out of range, a scenario that cannot be run, no
// such figure, one that has no better direction.
[[nodiscard]] Selection select_best(const std::vector<Scenario>& systems, const SelectOptions& options);

} // namespace centresim::centre
