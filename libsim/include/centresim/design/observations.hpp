// What one replication of a chip-design floor observed: integers only, so that sums and digests are exact.
#pragma once
#include "centresim/core/time.hpp"
#include "centresim/design/project_observations.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace centresim::design {

using core::Tick;
__extension__ using Wide = __int128; // core- and kB-ticks of years do not fit 64 bits

// How a job ended. Withdrawn: from outside, before or while it waited.
enum class JobState : std::uint8_t { completed, walltime, rejected, failed, withdrawn };
inline constexpr std::size_t kJobStates = 5;

// Waits in classes of 1/64 of a power of two: an integer sketch from which quantiles are read within 1 %.
class WaitHistogram {
 public:
  static constexpr unsigned kBits = 6;
  void add(Tick wait) {
    const std::size_t at = index(wait);
    if (at >= counts_.size()) counts_.resize(at + 1);
    counts_[at]++;
  }
  void merge(const WaitHistogram& other) {
    if (counts_.size() < other.counts_.size()) counts_.resize(other.counts_.size());
    for (std::size_t i = 0; i < other.counts_.size(); i++) counts_[i] += other.counts_[i];
  }
  [[nodiscard]] double quantile(double p) const; // ticks; NaN where nothing was counted
  // The least wait of a class.
  static constexpr std::int64_t low(std::size_t i) {
    constexpr std::size_t unit = std::size_t{1} << kBits;
    return static_cast<std::int64_t>(i < unit ? i : (unit | (i & (unit - 1))) << ((i >> kBits) - 1));
  }
  [[nodiscard]] const std::vector<std::int64_t>& counts() const { return counts_; }
  bool operator==(const WaitHistogram&) const = default;

 private:
  static std::size_t index(Tick wait) {
    const auto w = static_cast<std::uint64_t>(wait < 0 ? 0 : wait);
    if (w < (1u << kBits)) return static_cast<std::size_t>(w);
    const unsigned shift = static_cast<unsigned>(63 - __builtin_clzll(w)) - kBits;
    return (static_cast<std::size_t>(shift + 1) << kBits) +
           static_cast<std::size_t>((w >> shift) & ((1u << kBits) - 1));
  }
  std::vector<std::int64_t> counts_;
};

// Slowdowns are summed in units of 2^-20.
inline constexpr double kSlowdownUnit = 0x1p20;
inline constexpr Tick kShortestRun = 10'000; // of the bounded slowdown: 10 s

// Sums over the jobs of one kind that ended within the window (or after it with end = "drain").
struct FlowSums {
  std::int64_t submitted = 0; // within the window
  std::array<std::int64_t, kJobStates> ended{};
  std::int64_t completed = 0;              // within the window alone
  std::int64_t started = 0;                // of those ended, without those withdrawn: that ran at all
  Tick wait = 0, wait_max = 0;             // from submission to the first start
  Tick turnaround = 0;                     // from submission to the end
  Tick run = 0;                            // of the last start to the end, on its cores
  Wide slowdown = 0, bounded_slowdown = 0; // units of 2^-20
  std::int64_t with_due_date = 0, on_time = 0;
  std::int64_t restarts = 0; // starts after the first
  WaitHistogram waits;
  bool operator==(const FlowSums&) const = default;
};

// Sums over the window, in core-ticks unless said otherwise.
struct FarmSums {
  Wide used = 0;   // cores taken by jobs
  Wide down = 0;   // cores of nodes that are down or drained
  Wide memory = 0; // kB-ticks reserved by jobs
  Wide useful = 0; // of jobs that completed: their last run
  Wide lost_preemption = 0, lost_memory = 0, lost_failure = 0, lost_walltime = 0; // work done for nothing
  Wide burned = 0;           // cores of jobs that wait for a licence on them, failed tries included
  Wide lacking = 0;          // job-ticks for want of a licence: in the queue, held back, at the licence server
  Wide queued = 0;           // job-ticks in the queue
  Wide suspended_memory = 0; // kB-ticks
  std::int64_t preemptions = 0, out_of_memory = 0, node_failures = 0;
  std::int64_t reclaims = 0; // jobs that gave back tokens on loan
  std::int64_t moved = 0;    // jobs submitted that went to another site
  std::int64_t staged = 0;   // jobs that waited for their data
  Tick staging = 0;          // for which they did
  Wide storage_delay = 0;    // time on cores for want of shared storage
  std::int64_t boots = 0;
  bool operator==(const FarmSums&) const = default;
};

inline constexpr std::size_t kHoursOfWeek = 168, kShareClasses = 41;

struct FeatureSums {
  Wide used = 0;      // token-ticks taken, lingering included
  Wide outside = 0;   // of these by users outside the scheduler
  Wide wanting = 0;   // job-ticks that jobs waited for the feature while no token was free
  Wide exhausted = 0; // ticks with no token free
  std::int64_t checkouts = 0, waited = 0, denials = 0; // by jobs
  Tick wait = 0;                                       // mode queue: from the start of the job to its check-out
  std::int64_t deadlocks = 0;                          // broken: a job was denied its next step
  Wide on_loan = 0;                                    // lent: token-ticks beyond the shares of those who used them
  std::vector<Wide> by_share;                          // lent: token-ticks
  std::int64_t outside_tries = 0, outside_denials = 0, users_blocked = 0; // users_blocked: user-days with a denial
  std::vector<std::int64_t> by_hour;                                      // token-ticks by hour of the week
  std::vector<std::int64_t> share_by_hour; // ticks by hour of the week and share of the pool taken, in 1/40
  bool operator==(const FeatureSums&) const = default;
};

// By site, where there are several.
struct SiteSums {
  Wide used = 0, queued = 0;                              // core-ticks; job-ticks in the queue
  std::int64_t submitted = 0, started = 0, completed = 0; // jobs routed there, as FlowSums counts them
  Tick wait = 0;
  Wide asked = 0;        // kB/s-ticks of its shared storage
  std::int64_t sent = 0; // kB of its datasets to other sites
  bool operator==(const SiteSums&) const = default;
};

struct LinkSums {
  Tick down = 0;
  std::int64_t transferred = 0;   // kB
  std::int64_t licences_lost = 0; // jobs that lost a licence
  bool operator==(const LinkSums&) const = default;
};

struct Counts {
  std::int64_t events = 0, submitted = 0, started = 0, ended = 0, in_queue = 0, running = 0, rejected = 0;
  bool operator==(const Counts&) const = default;
};

struct JobTrace {
  std::int64_t number = 0;
  Tick submit = 0, first_start = -1, start = -1, end = -1; // -1: never
  JobState state = JobState::completed;
  std::int32_t starts = 0;
  std::uint32_t source = 0; // Submission::source
  std::int64_t lost = 0;    // core-ticks of work lost to preemption
  std::uint32_t site = 0;
  bool operator==(const JobTrace&) const = default;
};

struct Observations {
  Tick window_start = 0, window_end = 0, last_end = 0;
  Counts counts; // of the whole run
  FarmSums farm;
  // Core-ticks by node class; class_on: of those that are switched off and on.
  std::vector<Wide> class_used, class_down, class_on;
  std::vector<FlowSums> flows;
  std::vector<SiteSums> sites;
  std::vector<LinkSums> links;
  std::vector<FeatureSums> features;
  std::vector<JobTrace> jobs; // in the order of submission, where asked for
  ProjectObservations projects;
  bool operator==(const Observations&) const = default;
};

} // namespace centresim::design
