// What the engine knows of features, links and sites.
#pragma once
#include "live_job.hpp"
#include "virtual_clock.hpp"

#include <deque>
#include <map>
#include <set>
#include <unordered_map>

namespace centresim::design {

struct FeatureState {
  std::int64_t free = 0, outside = 0; // tokens
  double classes_per_token = 0;       // of shares of the pool
  std::int64_t wanted = 0;            // jobs in queues that need it
  // Tokens held on to by a minimum hold or linger, by when they come back and to which share.
  std::map<std::pair<Tick, std::uint32_t>, std::int64_t> returns;
  std::vector<std::int64_t> used_by;      // lent: by share
  Wide queued_work = 0, running_ends = 0; // token-ticks, as SiteState's, over all sites
  std::int64_t running_tokens = 0;
  Tick booked = 0, hour_end = 0;
  std::uint32_t hour = 0;
};

using TransferKey = std::pair<std::uint32_t, std::uint32_t>; // dataset, to site

struct Transfer {
  std::uint32_t link = kNone;
  std::vector<std::uint32_t> jobs; // that wait for it
};

struct LinkState {
  bool up = true;
  std::uint32_t draws = 0;
  Tick down_since = 0;
  std::deque<std::pair<Tick, TransferKey>> coming; // transfers in their first round trip
  VirtualClock clock;
  std::set<std::pair<Wide, TransferKey>> moving; // by their end
};
// Events of a link: it fails or is repaired; its grace is over; a transfer begins; a transfer ends.
enum LinkEvent : std::uint32_t { kTurn, kGrace, kComing, kMoving, kLinkEvents };

struct NodePower {
  std::int32_t ranks = 0; // on it
  bool on = false;
  Tick on_since = 0, ready_at = 0, idle_since = 0;
};

struct UserState {
  std::uint32_t feature = 0, draws = 0;
  bool holds = false;
  std::int64_t blocked_day = -1;
};

// Cores that a more important job gets as soon as those on them have written their checkpoints.
struct Handover {
  std::uint32_t head = kNone;                          // kNone: nobody, those who write free their cores for all
  Tick at = 0;                                         // when the checkpoints are written
  std::int32_t writing = 0;                            // 0: a place that is not in use
  std::vector<std::pair<std::uint32_t, Tick>> safe;    // those who write: progress that earlier checkpoints keep
  std::vector<std::uint32_t> nodes;                    // of the ranks of the head
  std::vector<std::pair<std::uint32_t, Demand>> extra; // kept for it until then, beside what is freed
  std::vector<TokenNeed> extra_tokens;
  // What backfill may count on: freed at that time and not needed by the head; tokens that come back later.
  std::vector<std::pair<std::uint32_t, Demand>> surplus;
  std::vector<TokenNeed> surplus_tokens;
  std::vector<std::pair<Tick, TokenNeed>> later;
};

struct NodeBlocked {
  std::int64_t cores = 0, memory = 0;
  std::uint32_t group = 0;
};
struct ShapeHead {
  std::int64_t key;
  std::uint64_t seq;
  std::uint32_t group;
  auto operator<=>(const ShapeHead&) const = default;
};
// conservative_keep: a planned start.
struct Plan {
  Tick start = 0;
  std::vector<std::uint32_t> nodes; // of the ranks
};

// What the scheduler of one site knows and remembers from pass to pass.
struct SiteState {
  std::uint32_t number = 0;
  std::size_t queued = 0;
  std::vector<std::uint32_t> filled_groups; // with jobs, and some that had; where the order changes with time
  Fit fit = Fit::best;                      // of this pass
  SortedBlocks<Ordered, 32> suspended;
  std::map<std::int32_t, std::size_t> queued_priority; // jobs in the queue, where suspended ones ask for it
  std::vector<std::uint32_t> new_jobs;                 // queued since the last pass
  std::uint32_t alone = kNone; // the only new job, still beside the queue: nobody goes before it and nothing was freed
  std::vector<std::uint32_t> freed_nodes, freed_features; // since the last pass, for shapes
  bool freed = true;                                      // anything, since the last pass
  std::vector<ShapeHead> shape_heads;                     // of a pass
  std::vector<NodeBlocked> node_blocked;                  // shapes whose head waits for a node
  std::vector<std::vector<ShapeHead>> token_blocked;      // by feature: heaps of shapes whose head waits for tokens
  std::vector<std::uint32_t> shape_aside;                 // of a pass
  std::uint64_t blocked_head = 0;                         // seq of the head that did not fit
  bool head_is_blocked = false;
  Tick settled_until = 0;                // EASY: until then only new jobs can start, if nothing is freed
  std::map<std::uint64_t, Plan> planned; // conservative_keep: by seq
  // Core-ticks: what is left of the requests of queued jobs; estimated ends of running ones, and their cores.
  Wide queued_work = 0, running_ends = 0;
  std::int64_t running_cores = 0;
  // By dataset: whether a copy is here; jobs that need it and have not ended; the last of them.
  struct Copy {
    bool here = false;
    std::int64_t users = 0;
    std::uint64_t last_use = 0;
  };
  std::vector<Copy> copies;
  std::int64_t cached = 0; // kB
  std::int64_t asked = 0;  // kB/s, of the shared storage
  Tick storage_booked = 0;
  std::vector<std::uint32_t> clocks; // of its storage, one for every io_share
};

// Work on shared storage, for all jobs of a site that spend the same share of their time there.
struct StorageClock {
  double share = 0;
  VirtualClock clock;
  std::set<std::pair<Wide, std::uint32_t>> due;          // jobs by when they are to be looked at
  std::unordered_map<std::uint32_t, Wide> began, target; // by job
};

} // namespace centresim::design
