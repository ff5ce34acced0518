// The closed-form twin of a fab: load, limits and cycle times in steady state, in milliseconds, without simulating.
// Loads follow from traffic equations; waits from a decomposition into GI/G/m queues whose arrival streams are linked
// by their squared coefficients of variation (W. Whitt, "The queueing network analyzer", Bell System Technical Journal
// 62 (1983), 2779-2815) with effective process times (W. J. Hopp, M. L. Spearman, Factory Physics, 3rd ed., ch. 8-9).
// Exact for product-form networks and single M/M/m and M/G/1 queues, else an approximation: docs/theory/capacity.md.
#pragma once
#include "centresim/fab/values.hpp"

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace centresim::fab {

// One tool group. Shares are of the total time of its tools; times are in ticks and of one visit of a lot.
struct TwinGroup {
  std::string tool_group, area;
  std::int64_t tools = 0;
  double visits_per_day = 0; // performed steps, sampling and rework included
  // What takes the tools' time, each beside the ones before it; the rest is idle. Negative `idle`: too few tools.
  double process = 0;        // of first passes, batches full, cascading lots at the interval
  double load_unload = 0;    // likewise; cascading tools load beside processing
  double setup = 0;          // estimate, see `setups`; cascading: what setups add to the time that a tool works
  double rework = 0;         // all that the passes after the first take
  double batching_loss = 0;  // batches that are not full
  double cascading_loss = 0; // lots that do not follow at the interval
  double breakdown = 0, maintenance = 0;
  double idle = 0;
  double utilisation = 0;           // setup, load, process and unload over all time
  double utilisation_available = 0; // over the time that is neither breakdown nor maintenance
  // Share of its capacity that is used: at 1 the queue grows without end. Batches of the size to expect.
  double load = 0;
  double max_starts = 0; // lots a day of this mix at which the group is full: batches full, setups as now
  double batch = 1;      // lots of a job
  double setups = 0;     // setups a visit, estimated
  double arrival_scv = 0;
  double service_time = 0, service_scv = 0; // effective, of a job: outages included
  double forming = 0;                       // wait for partners of a batch
  double queue = 0;                         // other wait for a tool; infinite where load >= 1
  double on_tool = 0;                       // setup, load, process, unload and the breakdowns meanwhile
  double waiting = 0;                       // lots that wait, mean
  double cycle_time_share = 0; // of that of all lots: visits x (forming + queue + on_tool); NaN where infinite
};

// Lots of one product and kind. Times in ticks.
struct TwinProduct {
  std::string product, kind;
  double starts_per_day = 0;
  double raw_process_time = 0;
  double queue = 0, forming = 0, on_tool = 0, transport = 0;
  double cycle_time = 0; // their sum
  double x_factor = 0;
};

// What one more tool of a group buys.
struct TwinSensitivity {
  std::string tool_group;
  std::int64_t tools = 0;
  double max_starts = 0, max_starts_gain = 0;   // lots a day of the whole line
  double cycle_time = 0, cycle_time_change = 0; // mean over all lots, ticks; NaN where it is infinite before and after
};

// Tools of a group for a start rate.
struct TwinNeed {
  std::string tool_group, area;
  std::int64_t tools = 0;
  double need = 0; // not rounded
  std::int64_t needed = 0;
  std::int64_t missing = 0;   // of those that are there; negative: to spare
  bool one_of_a_kind = false; // one tool is enough, so that nothing stands in for it
  double load = 0;            // with `needed` tools
};

class TwinNetwork;
struct StationState;

class Twin {
 public:
  // `starts`: times the releases of the fab. Streams that start after `horizon` are left out, those that end earlier
  // count for their share of it; lots named one by one do not count. The fab must have passed check(). Throws
  // InputError where no stream releases anything.
  explicit Twin(const Fab& fab, core::Tick horizon = std::numeric_limits<core::Tick>::max(), double starts = 1);
  [[nodiscard]] Twin with_starts(double starts) const; // the same fab, > 0 times its releases

  [[nodiscard]] const std::vector<TwinGroup>& groups() const { return groups_; } // in the order of the fab
  [[nodiscard]] const std::vector<TwinProduct>& products() const { return products_; }
  [[nodiscard]] double starts_per_day() const { return starts_per_day_; } // lots
  [[nodiscard]] double max_starts() const;                                // lots a day of this mix: of the first group
  // Groups by max_starts, the bottleneck first.
  [[nodiscard]] std::vector<std::size_t> ranking() const;
  [[nodiscard]] double cycle_time() const { return cycle_time_; } // mean over all lots, ticks

  [[nodiscard]] std::vector<TwinSensitivity> sensitivity() const;
  // Smallest numbers of tools that keep every group's load at or below `target`, in (0, 1], at `starts_per_day` lots
  // of this mix. Throws InputError for other numbers, and where maintenance and breakdowns leave no time.
  [[nodiscard]] std::vector<TwinNeed> needs(double starts_per_day, double target) const;

 private:
  Twin(std::shared_ptr<const TwinNetwork> network, double starts);
  void solve();
  void add_group(std::size_t station, const std::vector<double>& lots);

  std::shared_ptr<const TwinNetwork> network_;
  std::shared_ptr<const std::vector<StationState>> states_; // of the tool groups
  double starts_ = 1, starts_per_day_ = 0, cycle_time_ = 0;
  std::vector<TwinGroup> groups_;
  std::vector<TwinProduct> products_;
};

} // namespace centresim::fab
