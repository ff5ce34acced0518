// What one replication of a fab observed: integers only, so that sums and digests are exact.
#pragma once
#include "centresim/core/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace centresim::fab {

using core::Tick;

// What a tool does at an instant. With two jobs on a cascading tool the first of this order that applies counts.
enum class ToolState : std::uint8_t { down, maintenance, setup, process, load, unload, idle };
inline constexpr std::size_t kToolStates = 7;

// Sums over the tools of a group and the observed window.
struct GroupSums {
  std::array<Tick, kToolStates> state{}; // tool-ticks
  std::int64_t visits = 0;               // lots whose step here started
  std::int64_t jobs = 0;                 // lots or batches started
  std::int64_t wafers = 0;               // of the lots started
  std::int64_t setups = 0;               // changes of setup
  Tick queued = 0;                       // lot-ticks from arrival to start of the lots started
  Tick queued_max = 0;
  Tick waiting = 0; // lot-ticks that lots waited within the window, those that wait still included
  bool operator==(const GroupSums&) const = default;
};

// Sums over the lots of one product and kind. Lots in process at the start are left out of `finished` and what is
// summed over it. With end = "drain", lots that finish after the horizon count there, and nowhere else.
struct FlowSums {
  std::int64_t released = 0, out = 0, out_wafers = 0; // entered and left the line within the window
  std::int64_t finished = 0, finished_wafers = 0, with_due_date = 0, on_time = 0, scrapped = 0;
  Tick residence = 0; // lot-ticks in process within the window, lots of the start included
  Tick wafer_residence = 0;
  Tick tardiness = 0; // of the lots finished that have a due date
  bool operator==(const FlowSums&) const = default;
};

// Sums over the visits of one route step.
struct StepSums {
  std::int64_t visits = 0; // performed steps that ended
  Tick queued = 0;         // lot-ticks between arrival and start
  Tick total = 0;          // lot-ticks between the end of the previous performed step and the end of this one
  bool operator==(const StepSums&) const = default;
};

// One queue-time window (constraint between two steps of a route), windows completed within the period.
struct WindowSums {
  std::int64_t closed = 0, broken = 0, broken_1h = 0, broken_2h = 0, broken_4h = 0;
  Tick excess = 0, slack = 0; // sums of max(0, wait - limit) and max(0, limit - wait)
  bool operator==(const WindowSums&) const = default;
};

// A lot that finished within the window, or after it with end = "drain"; lots in process at the start are left out.
struct FinishedLot {
  std::uint32_t flow = 0;
  std::uint32_t wafers = 0;
  Tick finished = 0;
  Tick cycle_time = 0;
  bool operator==(const FinishedLot&) const = default;
};

struct Counts {
  std::int64_t events = 0, lot_steps = 0, lots_released = 0, lots_initial = 0, lots_finished = 0, lots_in_process = 0,
               lots_scrapped = 0, reworks = 0, breakdowns = 0, maintenances = 0;
  bool operator==(const Counts&) const = default;
};

// Sums since the last reset, read at the end of a report period.
struct PeriodReport {
  Tick end = 0;
  std::vector<FlowSums> flows;
  std::vector<GroupSums> groups;
  std::vector<Tick> cycle_time; // sum over the lots finished since the reset, per flow
  bool operator==(const PeriodReport&) const = default;
};

struct LotTrace { // one performed step of one lot
  std::uint32_t lot = 0, step = 0, tool = 0;
  Tick arrive = 0, start = 0, end = 0;
  Tick held = 0; // between the step before and `arrive`: in queues that it was taken out of, and on hold
  bool operator==(const LotTrace&) const = default;
};
struct ToolTrace { // one stay of a tool in a state
  std::uint32_t tool = 0;
  ToolState state = ToolState::idle;
  Tick from = 0, to = 0;
  bool operator==(const ToolTrace&) const = default;
};

struct Observations {
  Tick window_start = 0, window_end = 0; // end of the warm-up, horizon
  Counts counts;                         // of the whole run, warm-up included
  Tick wip_integral = 0;                 // lot-ticks in the window, integrated from the changes of the WIP
  std::vector<GroupSums> groups;
  std::vector<FlowSums> flows;
  std::vector<StepSums> steps;
  std::vector<WindowSums> windows;
  std::vector<FinishedLot> finished;
  std::vector<PeriodReport> periods;
  std::vector<LotTrace> lot_trace;
  std::vector<std::string> lot_names; // of lot_trace, by lot number
  std::vector<ToolTrace> tool_trace;
  bool operator==(const Observations&) const = default;
};

} // namespace centresim::fab
