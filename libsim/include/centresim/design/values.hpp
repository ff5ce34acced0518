// What a user says about the compute farm and the licences of a chip-design floor, and the floor as a whole. Plain
// values; described for files, Python and docs in design/describe.hpp.
#pragma once
#include "centresim/common/calendar.hpp"
#include "centresim/common/distribution.hpp"
#include "centresim/design/flow_values.hpp"
#include "centresim/design/project_values.hpp"
#include "centresim/design/token_use.hpp"
#include "centresim/schema/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace centresim::design {

using common::Distribution;
using schema::Duration;

enum class Order {
  fcfs,
  sjf_request,
  sjf_exact,
  sjf_predicted,
  ljf,
  priority,
  fairshare,
  due_date,
  least_slack,
};
enum class Blocking { head, skip, shape };
enum class Fit { first, best, worst, mix, licence, max_jobs };
enum class Backfill { none, easy, conservative, conservative_keep };
enum class Predictor { last, average_two, exponential };
enum class PreemptionKind { none, kill, suspend, checkpoint, checkpoint_on_demand };
enum class Acquire { reserved, queue, requeue };
enum class MemoryLimit { none, enforced };
enum class TraceFormat { swf, csv };
enum class Routing { home, local_first, least_wait, cheapest, data, burst };
enum class CheckOut { bundle, stepwise };
enum class LicenceLoss { kill, suspend };

// A place with nodes and a scheduler of its own.
struct Site {
  std::string name;
  std::optional<double> storage; // GB/s that its shared storage delivers
  std::optional<double> cache;   // GB kept of datasets of other sites
  double egress_cost = 0;        // per GB of its datasets that is sent elsewhere
  bool operator==(const Site&) const = default;
};

// A wide-area connection of two sites.
struct Link {
  std::string name;
  std::vector<std::string> sites; // two
  double bandwidth = 1;           // Gbit/s, both directions together
  Duration rtt;
  std::optional<Distribution> mttf, mttr;     // up and down by turns
  Duration grace{10 * core::kTicksPerMinute}; // until licences held over it are lost
  LicenceLoss lost = LicenceLoss::kill;       // what becomes of their jobs
  bool operator==(const Link&) const = default;
};

// What jobs read, and where it lies.
struct Dataset {
  std::string name;
  std::string site;
  double size = 1; // GB
  bool operator==(const Dataset&) const = default;
};

// Identical nodes of the farm.
struct NodeClass {
  std::string name;
  std::string site;
  std::int64_t nodes = 1;
  std::int64_t cores = 1;                // per node
  std::optional<double> memory;          // GB per node; none: as much as anybody asks for
  std::optional<double> scratch;         // GB per node
  double speed = 1;                      // run times are divided by it
  std::optional<Distribution> mttf;      // time to failure of a node
  std::optional<Distribution> mttr;      // time to repair
  double idle_power = 0, busy_power = 0; // W per node, with no and with all cores in use
  double cost = 0;                       // per core-hour
  Duration boot;                         // of a node that is off
  std::optional<Duration> off_after;     // without a job on it; none: always on
  bool rented = false;                   // paid for while it is on, used or not
  bool operator==(const NodeClass&) const = default;
};

// Nodes out of service by plan: running jobs end first, no new ones start.
struct Drain {
  std::string name;
  std::string node_class;
  Duration start, duration;
  std::optional<Duration> every;
  std::optional<std::int64_t> nodes; // of the class, the last ones; none: all
  bool operator==(const Drain&) const = default;
};

// Tokens of a feature that are a project's own, or a site's, or a project's at a site.
struct Partition {
  std::string project; // empty: any
  std::int64_t tokens = 1;
  std::string site{}; // empty: any
  bool operator==(const Partition&) const = default;
};

// A licence feature: a pool of tokens.
struct Feature {
  std::string name;
  std::string vendor;
  std::int64_t tokens = 1;
  Acquire acquire = Acquire::reserved;
  Duration minimum_hold, linger;
  Duration first_try{30 * core::kTicksPerSecond}; // acquire = requeue: from the start of the job to its check-out
  Duration back_off{60 * core::kTicksPerSecond}, back_off_max{30 * core::kTicksPerMinute}; // acquire = requeue
  std::int64_t users = 0;                                                                  // outside the scheduler
  std::optional<Distribution> think, hold;                                                 // of each of them
  double cost = 0;                                                                         // per token-year
  std::vector<Partition> partitions; // what is left is everybody else's
  bool lend = false;                 // partitions are shares of one pool
  std::string server;                // site of the licence server
  std::vector<std::string> sites;    // where tokens may be used; empty: everywhere
  bool operator==(const Feature&) const = default;
};

// A job named one by one.
struct Job {
  std::string name;
  Duration submit;
  Duration run;
  std::int64_t cores = 1; // per rank
  std::int64_t ranks = 1;
  std::optional<double> memory;      // GB per rank, requested
  std::optional<double> peak_memory; // GB per rank, needed; default: as requested
  double scratch = 0;                // GB per rank
  std::vector<TokenUse> tokens;
  std::optional<Duration> request; // of run time; default: the run time
  std::string user, project, step;
  std::string site;            // where it is submitted
  std::string data;            // dataset that it reads
  double io = 0, io_share = 0; // MB/s of shared storage while undisturbed; share of its time spent on it
  std::string kind = "regular";
  std::int64_t priority = 0;   // larger is more important
  std::optional<Duration> due; // from time 0
  bool preemptible = true;
  bool operator==(const Job&) const = default;
};

// Jobs that arrive at random.
struct JobStream {
  std::string name;
  Distribution every;                            // between arrivals, at the rate of the profile's mean
  std::string profile;                           // hour-of-week profile of the rate; empty: constant
  Distribution jobs = Distribution::constant(1); // per arrival
  Duration start;
  std::optional<Duration> until;
  Distribution run;
  std::optional<Duration> run_max; // longer ones are cut there
  Distribution cores = Distribution::constant(1);
  Distribution memory = Distribution::constant(0);         // GB per job: the peak
  Distribution memory_request = Distribution::constant(1); // times the peak
  Distribution request = Distribution::constant(1);        // times the run time
  double scratch = 0;
  std::vector<TokenUse> tokens;
  std::int64_t users = 1;
  std::string project, step;
  std::string site, data;
  double io = 0, io_share = 0;
  std::string kind; // default: the name
  std::int64_t priority = 0;
  std::optional<Duration> due; // after the submission
  bool preemptible = true;
  bool operator==(const JobStream&) const = default;
};

// Rates by hour of the week, relative to one another.
struct Profile {
  std::string name;
  std::vector<double> rates; // 24 (hours of every day) or 168 (from Monday, 00:00)
  bool operator==(const Profile&) const = default;
};

// Jobs of a file that is read while it is simulated.
struct Trace {
  std::string file;
  TraceFormat format = TraceFormat::swf;
  std::string sha256; // of the file; empty: not checked
  bool gang = false;  // every processor a rank of its own
  std::string kind = "trace";
  std::string site{};
  bool operator==(const Trace&) const = default;
};

struct Fairshare {
  Duration half_life{7 * core::kTicksPerDay};
  double core = 1, memory = 0.1, token = 0; // charge per core, GB and token
  bool operator==(const Fairshare&) const = default;
};

struct Account {
  std::string name, parent;
  double share = 1;
  bool charged = true;
  bool operator==(const Account&) const = default;
};

struct Preemption {
  PreemptionKind kind = PreemptionKind::none;
  bool licence_driven = true;
  Duration min_run;
  std::int64_t max_preempt = 10;
  bool keep_tokens = false;              // suspend
  std::optional<Duration> migrate_after; // suspend
  std::optional<Duration> every;         // checkpoints: of progress
  Duration write, restart;
  bool operator==(const Preemption&) const = default;
};

struct Memory {
  MemoryLimit limit = MemoryLimit::enforced;
  double ramp = 0.6; // share of the run time after which the peak is reached
  double retry_factor = 2;
  std::int64_t tries = 3; // retries at most
  bool operator==(const Memory&) const = default;
};

struct Policy {
  Order order = Order::fcfs;
  Blocking blocking = Blocking::head;
  Backfill backfill = Backfill::none;
  bool licence_aware = true;
  std::optional<std::int64_t> depth;
  Fit fit = Fit::best;
  bool kill_at_request = true;
  Predictor predictor = Predictor::exponential;
  double age_weight = 0, class_weight = 1, fairshare_weight = 1;
  Duration age_max{7 * core::kTicksPerDay};
  Routing routing = Routing::home;
  Duration burst_wait;              // routing = burst
  std::optional<double> burst_cost; // per job
  CheckOut check_out = CheckOut::bundle;
  Fairshare fairshare;
  Preemption preemption;
  Memory memory;
  bool operator==(const Policy&) const = default;
};

struct Floor {
  std::vector<Site> sites; // none: one
  std::vector<Link> links;
  std::vector<Dataset> datasets;
  std::vector<NodeClass> node_classes;
  std::vector<Drain> drains;
  std::vector<Feature> features;
  std::vector<Account> accounts;
  std::vector<Profile> profiles;
  std::vector<JobStream> streams;
  std::vector<Job> jobs;
  std::optional<Trace> trace;
  Policy policy;
  std::vector<common::Calendar> calendars;
  std::vector<Team> teams;
  Staffing staffing;
  std::vector<Stage> stages;
  std::vector<Flow> flows;
  std::vector<Project> projects;
  std::vector<Provider> providers;
  std::vector<Shuttle> shuttles;
  double waiting_cost = 0; // of a job that waits for a licence, per hour
  double load_factor = 1;  // divides the times between arrivals
  std::int64_t max_queue = 5'000'000;
  bool operator==(const Floor&) const = default;
};

} // namespace centresim::design
