// What a user says about a wafer fab. Plain values; described for files, Python and docs in fab/describe.hpp.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/schema/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace centresim::fab {

using common::Distribution;
using schema::Duration;

enum class FailureClock { calendar, busy };
enum class Stagger { by_count, by_name, none };
enum class ProcessUnit { lot, wafer, batch };
enum class SetupWhen { need, always };
enum class BatchMix { route_step, family_step };
enum class BatchChoice { rank, fullest, most_urgent };
enum class QueueTimeAction { record, scrap, rework, hold };
enum class ToolChoice { longest_idle, least_setup_time };
enum class NextJob { at_once, just_in_time };
enum class Rank : std::uint8_t {
  priority,
  setup_time,
  fifo,
  due_date,
  critical_ratio,
  slack,
  shortest_time,
  least_work_next,
  queue_time_ratio,
  queue_time_due,
};

struct Breakdown {
  std::string name = "breakdown";
  Distribution mttf, mttr; // a bare duration is the mean of an exponential law
  FailureClock clock = FailureClock::calendar;
  std::optional<Distribution> first; // time to the first failure, else as mttf
  bool operator==(const Breakdown&) const = default;
};

struct Maintenance {
  std::string name = "maintenance";
  std::optional<Duration> every;            // calendar, start to start
  std::optional<std::int64_t> every_wafers; // counter
  Distribution duration;
  std::optional<Duration> first; // of the last tool of the group; tool k of N: k/N of it. Default: every
  std::optional<std::int64_t> first_wafers;
  bool carry_over = true; // counter: keep the wafers above the threshold
  bool operator==(const Maintenance&) const = default;
};

struct MinimumRun {
  std::string setup;
  std::int64_t lots = 1;
  bool operator==(const MinimumRun&) const = default;
};

// Who goes first where production and engineering lots share tools: by turns of time, or in campaigns.
struct EngineeringRule {
  std::vector<std::string> kinds{"engineering"};                 // lot kinds; all others are production
  std::optional<Duration> production_window, engineering_window; // by turns, production first from time 0
  std::optional<std::int64_t> campaign;                          // lots that wait when they begin to go first
  bool operator==(const EngineeringRule&) const = default;
};

struct ToolGroup {
  std::string name;
  std::int64_t tools = 1;
  std::string area, location;
  bool cascading = false; // two positions in series, two jobs at most
  NextJob next_job = NextJob::at_once;
  Duration load, unload;
  std::vector<Rank> rank{Rank::priority, Rank::fifo};
  ToolChoice tool_choice = ToolChoice::longest_idle;
  std::optional<BatchMix> batch_mix; // set: a batch group
  std::optional<double> batch_fill;  // smallest batch as a share of the largest, in place of batch_min
  BatchChoice batch_choice = BatchChoice::rank;
  std::optional<Duration> batch_look_ahead; // waits for a known arrival within it, where that saves waiting
  std::vector<MinimumRun> minimum_runs;     // set: a change of setup waits for the minimum run
  bool hot_lot_reservation = false;
  std::optional<EngineeringRule> engineering;
  std::optional<std::int64_t> queue_time_front, queue_time_lots; // lots with open windows that hold back others
  Stagger stagger = Stagger::by_count;
  std::vector<Breakdown> breakdowns;
  std::vector<Maintenance> maintenance;
  bool operator==(const ToolGroup&) const = default;
};

struct Step {
  std::string name, tool_group;
  Distribution time;
  ProcessUnit per = ProcessUnit::lot;
  std::optional<Duration> interval;                 // cascading: per unit in the first position
  std::optional<std::int64_t> batch_min, batch_max; // wafers
  std::optional<Duration> batch_wait;               // start with fewer wafers after this wait of the oldest lot
  std::string setup;
  SetupWhen setup_when = SetupWhen::need;
  std::optional<Distribution> setup_time;
  double sampling = 1;
  std::string rework_to;
  double rework = 0;
  std::string dedicates; // a later step of the same group that must use the tool of this step
  std::string queue_time_to;
  std::optional<Duration> queue_time_limit;
  std::optional<double> queue_time_gate; // starts only while the wait predicted is below this share of the limit
  QueueTimeAction queue_time_action = QueueTimeAction::record;
  std::string queue_time_rework_to;
  std::optional<Distribution> queue_time_hold;
  std::optional<double> flow_factor; // of this step, as measured: for Rank::queue_time_due
  std::string description;
  bool operator==(const Step&) const = default;
};

struct Route {
  std::string name;
  std::vector<Step> steps;
  bool operator==(const Route&) const = default;
};

struct Product {
  std::string name, route;
  std::string family; // default: the name
  bool operator==(const Product&) const = default;
};

// A stream of lot releases.
struct Release {
  std::string product;
  std::string name; // default: the product, or product.kind where a kind is given
  Distribution every;
  Distribution wafers = Distribution::constant(25); // a lot-size law: constant, discrete or integers
  std::string kind = "regular";
  std::int64_t priority = 0; // larger is more urgent
  Duration start;
  std::optional<std::int64_t> count; // at most so many releases
  std::int64_t lots = 1;             // per release
  std::optional<Duration> due;       // after the release
  std::optional<double> due_factor;  // or so many raw process times after the release
  bool hot = false;                  // reserves the next tool where the groups allow it
  bool operator==(const Release&) const = default;
};

// A lot named one by one: released at a time, or in process at the start, waiting for `step`.
struct Lot {
  std::string name, product;
  std::int64_t wafers = 25;
  std::string kind = "regular";
  std::int64_t priority = 0;
  Duration release;
  std::optional<Duration> due; // from time 0; may be negative for a lot that is late at the start
  std::string step;
  bool hot = false;
  bool operator==(const Lot&) const = default;
};

struct SetupTime {
  std::string from, to; // from empty: any other setup
  Distribution time;
  bool operator==(const SetupTime&) const = default;
};

struct Transport {
  std::string from, to;
  Distribution time;
  bool operator==(const Transport&) const = default;
};

struct Fab {
  std::vector<ToolGroup> tool_groups;
  std::vector<Route> routes;
  std::vector<Product> products;
  std::vector<Release> releases;
  std::vector<Lot> lots;
  std::vector<SetupTime> setup_times;
  std::vector<Transport> transport;
  double load_factor = 1;         // divides release times and intervals
  std::int64_t max_wip = 200'000; // more lots in process: the run ends with an error
  bool operator==(const Fab&) const = default;
};

} // namespace centresim::fab
