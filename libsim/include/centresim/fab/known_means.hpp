// Key figures of a fab whose expected value is known without simulating: what control variates are made of.
// docs/theory/randomness-and-statistics.md says on which grounds, and where they end.
#pragma once
#include "centresim/experiment/kpi.hpp"
#include "centresim/fab/values.hpp"

#include <limits>
#include <string>
#include <vector>

namespace centresim::fab {

struct KnownMean {
  std::string kpi; // of kpi_registry()
  experiment::Labels labels;
  double mean = std::numeric_limits<double>::quiet_NaN(); // in the unit of the figure
  std::string reason;                                     // why it is not known; empty: it is
  // Whether to use it where nobody says which: the few that move cycle times most, best first.
  bool first_choice = false;
};

// Known are, in steady state:
// - fab.starts: releases in the window, counted exactly for constant intervals, their rate for exponential ones (a
//   Poisson stream) and for others once the stream has run for ten intervals (renewal theorem);
// - fab.visits: the traffic equations of the twin;
// - fab.utilisation: work that the twin expects, of groups that neither batch nor cascade nor change setups, whatever
//   the order of the lots;
// - fab.down_share: alternating renewals; of busy clocks where the utilisation is known;
// - fab.availability, fab.idle_share: what these leave, of groups without maintenance (calendars do not average out at
//   the ends of a window).
// First choices are utilisation and down_share of the groups where the twin has most lots waiting, and fab.starts: in
// second place, or in first where no group has 0.41 of all that wait (the share w at which (1 + w)^2 / 2, the part of
// the variance that utilisation explains for exponential times, exceeds 1, that of the starts).
// The window is in ticks. The fab must have passed check(). The same order whatever was simulated: controls chosen by
// what they explain would make intervals too narrow.
[[nodiscard]] std::vector<KnownMean> known_means(const Fab& fab, core::Tick window_start, core::Tick window_end);

} // namespace centresim::fab
