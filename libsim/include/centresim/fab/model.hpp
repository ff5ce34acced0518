// A fab compiled for the engine: flat tables and indices in canonical order (names in byte order, steps by position).
#pragma once
#include "centresim/core/law.hpp"
#include "centresim/core/time.hpp"
#include "centresim/fab/values.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace centresim::fab {

using core::Tick;

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};
inline constexpr std::size_t kMaxRanks = 10; // as many as there are criteria

struct BreakdownKind {
  core::Law mttf, mttr, first;
  bool busy_clock = false;
  std::uint64_t identity = 0; // of (group, name)
};

struct MaintenanceKind {
  core::Law duration;
  Tick every = 0;                                  // 0: by wafers
  std::int64_t every_wafers = 0, first_wafers = 0; // of the last tool of the group
  Tick first = 0;
  bool carry_over = true;
  std::uint64_t identity = 0;
};

// Who may bring a lot for one kind of batch.
struct BatchSources {
  std::vector<std::uint32_t> streams, products;
};

// Who goes first where production and engineering lots take turns.
struct TurnsTable {
  std::vector<char> flows;                      // by flow: engineering
  Tick production_window = 0, both_windows = 0; // by turns; else campaigns of
  std::uint32_t campaign = 0;                   // lots
};

// What every step needs lies in its first cache line.
struct alignas(64) GroupTable {
  std::uint32_t first_tool = 0, tools = 0;
  Tick load = 0, unload = 0;
  Tick call_ahead = 0; // just_in_time: before the first position becomes free
  bool cascading = false, batching = false, minimum_run = false, reservation = false, has_setups = false,
       has_dedication = false, wake_by_setup = false, busy_clocks = false, just_in_time = false;
  bool picky = false;                         // not every lot may start on every ready tool at any time
  bool all_static = true, setup_only = false; // setup_only: setup_time is the only rank not fixed at arrival
  std::uint8_t ranks_before_setup = 0;        // with setup_only
  std::uint8_t static_ranks = 0;              // how many of `rank` are fixed at arrival
  std::uint8_t ranks = 0;                     // entries of `rank` in use; setup_time is left out where it is always 0
  std::array<Rank, kMaxRanks> rank{};
  std::uint32_t batch_keys = 0, timer = kNone; // timers are numbered over the groups that need one
  std::uint32_t location = 0;                  // 0: none
  bool gates = false, expires = false, turns = false, ranks_by_queue_time_due = false;
  BatchChoice batch_choice = BatchChoice::rank;
  Tick batch_look_ahead = 0;
  std::uint32_t front_limit = kNone, lots_limit = kNone; // of lots with open windows
  std::vector<std::uint32_t> gate_groups;                // where windows begin that this group may hold back
  TurnsTable turn;
  std::string name, area;
  std::vector<BatchSources> batch_sources;             // batching groups: of products with a step here, by batch key
  std::vector<std::vector<std::uint32_t>> setup_steps; // minimum-run groups: steps here that name a set-up, by route
  std::uint64_t identity = 0;
  Stagger stagger = Stagger::by_count;
  std::vector<BreakdownKind> breakdowns;
  std::vector<MaintenanceKind> maintenance;
};

// A cache line for the way of lots, one for jobs, one for what few steps need.
struct alignas(64) StepTable {
  std::uint32_t group = 0, location = 0; // that of the group
  std::uint32_t setup = kNone;
  std::uint32_t block = 0; // counter block of the draws of this step
  std::uint32_t batch_key = 0;
  std::uint32_t dedicates = kNone; // dedication number that starting this step sets
  std::uint32_t dedicated = kNone; // dedication number that binds this step to a tool
  std::uint32_t opens = kNone;     // queue-time window opened at the end of this step
  std::uint32_t closes = kNone;    // window that a start of this step ends
  bool setup_always = false, last = false;
  ProcessUnit per = ProcessUnit::lot;
  double sampling = 1, rework = 0;
  std::uint32_t rework_to = kNone;
  std::uint32_t setup_law = kNone; // own set-up time, index into Model::laws
  core::Law time;
  Tick interval = 0;
  std::uint32_t rework_loop = kNone;
  std::uint32_t batch_min = 0, batch_max = 0;
  double flow_factor = 1;
  Tick batch_wait = core::kNever;
  double expected_a = 0, expected_b = 0;   // expected step time of n wafers: a + b n, ticks
  double remaining_a = 0, remaining_b = 0; // expected work from and including this step
};

struct Window {
  std::uint32_t route = 0, from = 0, to = 0; // steps as indices into Model::steps
  Tick limit = 0;
  QueueTimeAction action = QueueTimeAction::record;
  std::uint32_t rework_to = kNone, rework_loop = kNone, hold_law = kNone;
  Tick gate = core::kNever;           // longest wait predicted with which it begins
  std::vector<std::uint32_t> limited; // tool groups on the way that hold lots back
};

struct ReworkLoop {               // numbered within its route
  std::uint32_t from = 0, to = 0; // covered steps, indices into Model::steps, both included
};

struct RouteTable {
  std::string name;
  std::uint32_t first = 0, steps = 0; // [first, first + steps) of Model::steps
  std::vector<ReworkLoop> loops;
  double rpt_a = 0, rpt_b = 0; // raw process time of n wafers: a + b n, ticks
};

struct Flow { // lots of one product and kind are reported together
  std::uint32_t product = 0;
  std::string kind;
};

struct ProductTable {
  std::string name;
  std::uint32_t route = 0;
};

struct Stream {
  std::string name;
  std::uint32_t flow = 0, product = 0, route = 0;
  core::Law every, wafers;
  std::uint32_t smallest_lot = 1; // wafers
  Tick start = 0;
  std::int64_t count = 0; // releases at most; < 0: no limit
  std::int64_t lots = 1;
  std::int32_t priority = 0;
  bool hot = false, has_due = false;
  Tick due = 0;          // offset
  double due_factor = 0; // > 0: due after so many raw process times
  std::uint64_t identity = 0;
};

struct ListedLot {
  std::string name;
  std::uint32_t flow = 0, product = 0, route = 0, wafers = 0;
  std::int32_t priority = 0;
  Tick release = 0, due = 0;
  bool has_due = false, hot = false;
  std::uint32_t step = kNone; // in process at the start, waiting here
  std::uint64_t identity = 0;
};

// Whether what a criterion compares is known when a lot joins the queue.
[[nodiscard]] constexpr bool fixed_at_arrival(Rank rank) {
  switch (rank) {
  case Rank::setup_time:
  case Rank::critical_ratio:
  case Rank::least_work_next:
  case Rank::queue_time_ratio:
  case Rank::queue_time_due: // looked up: few groups rank by it
    return false;
  default:
    return true;
  }
}

struct Model {
  std::vector<GroupTable> groups;
  std::vector<StepTable> steps;
  std::vector<std::string> step_names;
  std::vector<RouteTable> routes;
  std::vector<ProductTable> products;
  std::vector<Flow> flows;
  std::vector<Stream> streams;
  std::vector<ListedLot> lots;                // by (release, name)
  std::vector<std::uint32_t> smallest_listed; // by product: wafers of its smallest lot to be released
  std::vector<Window> windows;
  std::vector<std::string> setup_names;
  std::vector<core::Law> laws;
  // Set-up times: row `from` (setup_names.size(): no setup yet), column `to`; index into laws or kNone.
  std::vector<std::uint32_t> setup_law;
  std::vector<double> setup_mean;           // of the same laws, ticks; 0 where there is none
  std::vector<std::uint32_t> transport_law; // locations squared, location 0: nowhere
  std::uint32_t locations = 1;
  std::vector<std::uint32_t> minimum_run; // groups x setups, lots; empty where no group has one
  std::uint32_t tools = 0, dedications = 0, loops = 0, timers = 0; // dedications, loops: most of any route
  double load_factor = 1;
  std::int64_t max_wip = 0;
  Tick horizon = 0, warmup = 0, report_every = 0; // report_every 0: no periods
  bool drain = false;
  bool tracks_work = false;    // work that waits, by group
  bool counts_windows = false; // lots with open windows and the work they bring, by group
  bool off_line = false;       // lots may be taken out of queues

  [[nodiscard]] std::uint32_t setup_time_law(std::uint32_t from, std::uint32_t to) const {
    const std::size_t n = setup_names.size();
    return setup_law[(from == kNone ? n : from) * n + to];
  }
  [[nodiscard]] double setup_mean_time(std::uint32_t from, std::uint32_t to) const {
    const std::size_t n = setup_names.size();
    return setup_mean[(from == kNone ? n : from) * n + to];
  }
};

// When and how long to run a fab.
struct Span {
  Tick horizon = 0, warmup = 0, report_every = 0;
  bool drain = false;
};

// The name a release stream goes by: its own, else product or product.kind. Names of streams are unique.
[[nodiscard]] std::string release_name(const Release& release);

// `fab` must have passed check(). Throws InputError where the values do not fit the engine's tables.
[[nodiscard]] Model compile(const Fab& fab, const Span& span);

} // namespace centresim::fab
