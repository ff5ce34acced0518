// Results with control variates: the key figures of a run, sharpened by those whose expected value is known.
#pragma once
#include "centresim/experiment/control_variates.hpp"
#include "centresim/experiment/dataset.hpp"
#include "centresim/experiment/kpi.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace centresim::centre {

struct NamedControl {
  std::string kpi;            // as it is labelled: "fab.utilisation[tool_group=litho]"
  std::optional<double> mean; // its expected value, where the fab's own is not to be used
};

struct ControlOptions {
  // Names ("fab.cycle_time": every row) or labels ("fab.cycle_time[product=A, kind=regular]"); empty: cycle time,
  // x-factor, throughput, work in process, tardiness and on-time share of the line, and cycle times of its products.
  std::vector<std::string> kpis;
  // Empty: of the first choices of fab::known_means() that pass their check one for each ten replications, at most
  // four; for a figure of a tool group those of that group come first. What they explain has no say in it.
  std::vector<NamedControl> controls;
};

struct ControlledKpi {
  experiment::KpiRow row;
  experiment::Controlled estimate;   // the plain one in both places where there is a note
  std::vector<std::string> controls; // that were used
  std::string note;                  // why the figure could not be adjusted
};

struct CheckedControl {
  std::string kpi, unit;
  double expected = 0;
  experiment::ControlCheck check;
};

struct ControlReport {
  std::vector<ControlledKpi> kpis;
  std::vector<CheckedControl> controls; // all that were looked at, also those refused
  std::int64_t replications = 0;
};

// `result`: the tree of a run with its scenario, in memory or from a file. Throws InputError, with all faults, where
// there is no fab, a key figure is unknown, or a named control is: without a known mean, refused by its check,
// determined by those before it, or one too many for the replications; std::runtime_error where the tree is no result.
[[nodiscard]] ControlReport control_variates(const experiment::Tree& result, const ControlOptions& options = {});

} // namespace centresim::centre
