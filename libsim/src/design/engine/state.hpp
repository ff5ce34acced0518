// All state of one replication of a floor. The member functions are grouped by topic in the headers beside this one;
// they form one translation unit so that the event loop inlines them.
#pragma once
#include "chunks.hpp"
#include "nodes.hpp"
#include "sorted_blocks.hpp"
#include "sources.hpp"
#include "virtual_clock.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "centresim/core/winner_tree.hpp"
#include "centresim/design/engine.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <unordered_map>

namespace centresim::design {

// Order of events of one tick, by class.
enum EventClass : unsigned { kCompletion = 1, kFailure = 2, kCapacity = 3, kArrival = 5 };

enum class Phase : std::uint8_t {
  nowhere,
  staging, // waits for its data
  queued,
  held,    // denied a licence: comes back to the queue later
  trying,  // on its cores, before its check-out
  waiting, // on its cores, in the queue of the licence server
  running,
  suspended, // in the memory of its node
  writing,   // a checkpoint, on its cores, to make room
  placed,    // has been given its cores, which others still free
};

// Two lines of the processor's cache with what every start and end looks at, then the rest: the jobs on the farm are
// too many for the near caches.
struct alignas(64) LiveJob {
  Tick started = 0; // took its cores (this time), or was suspended
  Tick begun = 0;   // its work began or went on: after the check-out; later, where it was disturbed
  Tick length = 0;  // run time on the node where it is
  Tick first_start = -1;
  std::uint32_t node = kNone, slot = kNone, token_set = 0;
  std::uint32_t first_rank = kNone; // ranks > 1: where they are, in ranks_
  std::int32_t starts = 0;
  Phase phase = Phase::nowhere;
  bool from_checkpoint = false;
  bool has_requeued = false; // their tokens are checked out
  bool had_licence = false;  // suspended: its run had begun
  bool keeps_tokens = false; // suspended
  std::int16_t steps = 0;    // queued features whose tokens are checked out
  Submission s;

  Tick done = 0;    // of its run time, kept at `begun`
  Tick used = 0;    // time on cores in earlier stays that counts towards its request
  Tick restart = 0; // time to start from a checkpoint, from `begun` on
  Tick last_start = -1, estimated_end = 0;
  std::uint64_t seq = 0; // in the order of submission
  std::int64_t key = 0;  // of the queue order, where it is fixed at submission
  std::uint32_t group = 0;
  std::uint32_t site = 0;                         // where it was routed to
  std::uint32_t clock = kNone;                    // shared storage: by which its work goes on
  Tick began = 0;                                 // as `begun`, but by the clock on the wall
  std::uint32_t handover = kNone;                 // writing: who waits for its cores
  Tick ran = 0;                                   // time on cores since its last start, before it was suspended
  Tick reserved_at = 0, checkout = 0, joined = 0; // tokens taken at the start; later; joined the licence server's queue
  std::int64_t lost = 0;                          // core-ticks of work lost to preemption
  std::int32_t preempted = 0, retries = 0, denials = 0;
  [[nodiscard]] Demand demand() const { return {s.cores, s.memory, s.scratch}; }
  [[nodiscard]] std::int64_t all_cores() const { return std::int64_t{s.cores} * s.ranks; }
};

// A waiting job as the scheduler scans it.
struct Queued {
  std::int64_t key = 0;
  std::uint64_t seq = 0;
  std::int64_t memory = 0;
  Tick estimate = 0; // what is left of the requested run time
  std::uint32_t job = 0, token_set = 0;
  std::int32_t cores = 1, ranks = 1;
  auto operator<=>(const Queued& o) const { return std::pair(key, seq) <=> std::pair(o.key, o.seq); }
  bool operator==(const Queued& o) const { return seq == o.seq; }
};
using Queue = SortedBlocks<Queued>;

// Cores, ranks, memory up to the next power of two, tokens; or priority and account.
using Shape = std::array<std::int64_t, 3>;
struct ShapeHash {
  std::size_t operator()(const Shape& s) const {
    std::uint64_t h = 0;
    for (const std::int64_t x : s) h = (h ^ static_cast<std::uint64_t>(x)) * 0x9e3779b97f4a7c15u, h ^= h >> 32;
    return h;
  }
};

// Jobs of one site and shape, priority or account: within it the order does not change with time.
struct QueueGroup {
  Queue queue;
  std::int32_t priority = 0;
  std::uint32_t account = kNone;
  bool filled = false; // dynamic orders: among filled_groups_
  bool listed = false; // shape: the head is known not to fit, and listed with what it lacks
};

// Tokens that a job takes, by how it acquires them.
struct TokenSet {
  std::vector<TokenNeed> reserved, queued, requeued;
  std::int64_t queued_jobs = 0; // that wait with it in the queue
  bool lacks = false;           // a token of `reserved` is not free
  std::uint32_t site = 0;
  bool allowed = true;         // there
  Tick delay = 0;              // round trips to licence servers elsewhere
  std::int32_t links_down = 0; // of them, those that `reserved` needs
  [[nodiscard]] bool none() const { return reserved.empty() && queued.empty() && requeued.empty(); }
};

// A time at which a running job is expected to free what it holds.
struct Release {
  Tick at = 0;
  std::uint32_t job = 0;
  auto operator<=>(const Release&) const = default;
};

// A job in an order of its own: waiting check-outs by (time, seq), suspended jobs by (-priority, seq).
struct Ordered {
  std::int64_t key = 0;
  std::uint64_t seq = 0;
  std::uint32_t job = 0;
  auto operator<=>(const Ordered&) const = default;
};

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
  std::uint32_t head = kNone;
  Tick at = 0; // when the checkpoints are written
  std::int32_t writing = 0;
  std::vector<std::pair<std::uint32_t, Tick>> safe;    // progress of those who write that earlier checkpoints keep
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
  std::map<std::int32_t, std::size_t> queued_priority;    // jobs in the queue, where suspended ones ask for it
  std::vector<std::uint32_t> new_jobs;                    // queued since the last pass
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

class Engine::State {
 public:
  State(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options);
  [[nodiscard]] Tick next() const;
  void apply(Tick tick);
  void dispatch(Tick tick);
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] Observations finish(Tick tick);

  Tick now = 0;

 private:
  // events.hpp
  // Beyond the longest time that events can have, nothing happens any more.
  void set_event(std::uint32_t slot, Tick at, unsigned event_class) {
    tree_.set(slot, at > core::kMaxTick ? core::WinnerTree::kEmpty : core::event_key(at, event_class, slot));
  }
  void handle(std::uint64_t key);
  void submit_now();
  void submit(const Submission& s);
  void make_clocks();
  [[nodiscard]] bool event_of_link(std::uint32_t link, LinkEvent event);
  void schedule_source(std::uint32_t source);
  void find_next_source();
  void flush_predictions();
  void watch_drain();
  [[noreturn]] void flooded() const;
  [[noreturn]] void stuck() const;
  // jobs.hpp
  [[nodiscard]] std::uint32_t new_job();
  void free_job(std::uint32_t id);
  void take_slot(std::uint32_t id);
  void free_slot(LiveJob& job);
  [[nodiscard]] bool can_ever_run(const Submission& s, std::uint32_t site, const TokenSet& tokens);
  [[nodiscard]] bool place(LiveJob& job, Fit fit, const std::vector<NodeCap>& caps);
  void unplace(LiveJob& job);
  void hold_memory(LiveJob& job, int sign);
  template <class Use> void for_each_rank(const LiveJob& job, Use use) const {
    if (job.first_rank == kNone)
      use(job.node);
    else
      for (std::int32_t r = 0; r < job.s.ranks; r++) use(ranks_[job.first_rank + static_cast<std::uint32_t>(r)]);
  }
  void start(std::uint32_t id);
  void occupy(std::uint32_t id);
  void join_check_outs(std::uint32_t id);
  void leave_check_outs(std::uint32_t id);
  void begin_run(std::uint32_t id, bool checked_out = true);
  void schedule_job(std::uint32_t id);
  void job_event(std::uint32_t id);
  void end_job(std::uint32_t id, JobState state);
  void leave_cores(std::uint32_t id);
  void retry_memory(std::uint32_t id);
  void come_back(std::uint32_t id);
  void restart_later(std::uint32_t id, Wide FarmSums::* lost);
  [[nodiscard]] Tick progress(const LiveJob& job) const;
  [[nodiscard]] Tick checkpointed(const LiveJob& job) const;
  [[nodiscard]] Tick stay_of(const LiveJob& job, Tick work) const;
  [[nodiscard]] Tick memory_limit_at(const LiveJob& job) const;
  // queue.hpp
  void enqueue(std::uint32_t id);
  void dequeue(std::uint32_t id);
  [[nodiscard]] std::int64_t order_key(const LiveJob& job) const;
  [[nodiscard]] Tick predicted(const LiveJob& job) const;
  [[nodiscard]] static Shape shape_of(const LiveJob& job);
  [[nodiscard]] SiteState& site_of(const LiveJob& job) { return sites_[job.site]; }
  [[nodiscard]] const SiteState& site_of(const LiveJob& job) const { return sites_[job.site]; }
  [[nodiscard]] std::uint32_t group_of(const LiveJob& job);
  [[nodiscard]] Queued entry(const LiveJob& job, std::uint32_t id) const {
    return {job.key, job.seq,       job.s.memory, std::max<Tick>(1, job.s.request - job.used),
            id,      job.token_set, job.s.cores,  job.s.ranks};
  }
  [[nodiscard]] double dynamic_value(const QueueGroup& g, std::uint32_t job) const;
  void left_queue(const LiveJob& job);
  class Walk;
  // pass.hpp
  [[nodiscard]] bool go_on(std::int64_t work);
  void pass();
  void pass_at(SiteState& site);
  [[nodiscard]] bool fits_now(const Queued& q) const;
  [[nodiscard]] bool try_start(const Queued& q, const std::vector<NodeCap>& caps);
  [[nodiscard]] bool start_in_order();
  void pass_in_order();
  void pass_skipping();
  void pass_shapes();
  void pass_changing_shapes();
  void list_blocked(std::uint32_t group);
  void forget_blocked(std::uint32_t group);
  void gather_shapes();
  [[nodiscard]] Fit choose_fit();
  [[nodiscard]] std::int64_t starts_with(Fit fit);
  // easy.hpp
  struct Shadow;
  void easy(const Queued& head, bool same_head);
  [[nodiscard]] bool only_at_the_end(const std::vector<std::uint32_t>& jobs) const;
  template <class Consider> void scan_queue(std::int64_t depth, Consider consider);
  void find_shadow(const Queued& head, Shadow& shadow);
  void release_into(const LiveJob& job, Tick at, Shadow& shadow);
  void overlay(std::uint32_t node, const Demand& d);
  [[nodiscard]] bool place_in_shadow(const LiveJob& head, Shadow& shadow);
  // conservative.hpp
  void conservative();
  [[nodiscard]] bool start_on(const Queued& q, const std::vector<std::uint32_t>& nodes);
  class Profile;
  // preempt.hpp
  void resume_suspended();
  [[nodiscard]] bool preempt_for(const Queued& head);
  [[nodiscard]] bool may_make_room(const LiveJob& job) const;
  void find_borrowers(const LiveJob& head, std::vector<std::uint32_t>& victims) const;
  void find_victims(const LiveJob& head, std::vector<std::uint32_t>& victims) const;
  class Room;
  [[nodiscard]] std::vector<std::uint32_t> choose_victims(const LiveJob& head, Handover& plan);
  template <class Use> void tokens_of(const LiveJob& job, Use use) const;
  void suspend(std::uint32_t id, bool keep_tokens, const std::optional<Duration>& limit);
  void resume(std::uint32_t id);
  void leave_suspension(std::uint32_t id, Wide FarmSums::* lost);
  void hand_over(std::uint32_t head, const std::vector<std::uint32_t>& victims, Handover plan);
  void begin_writing(std::uint32_t id, std::uint32_t handover, Tick at);
  void checkpoint_written(std::uint32_t id);
  void checkpoint_lost(std::uint32_t id);
  void finish_handover(std::uint32_t index);
  void adopt(LiveJob& job, const std::vector<std::uint32_t>& nodes);
  void book_suspension(const LiveJob& job);
  // licences.hpp
  [[nodiscard]] std::uint32_t token_set(std::uint32_t uses, std::int64_t cores, std::uint32_t site);
  [[nodiscard]] bool reserved_free(const TokenSet& set) const {
    return set.links_down == 0 && tokens_free(set.reserved);
  }
  [[nodiscard]] bool tokens_free(std::span<const TokenNeed> needs) const {
    for (const TokenNeed& n : needs)
      if (features_[n.feature].free < n.tokens) return false;
    return true;
  }
  void move_tokens(std::uint32_t feature, std::int64_t tokens, std::uint32_t share);
  void update_lack(TokenSet& set);
  void take_tokens(std::span<const TokenNeed> needs);
  void return_token(const TokenNeed& need, Tick checkout);
  void walk_check_outs();
  void check_out(LiveJob& job, std::span<const TokenNeed> needs);
  [[nodiscard]] bool break_deadlocks();
  void hold_back(std::uint32_t id, const std::vector<TokenNeed>& needs);
  // When a token comes back that a job checks in at `end`.
  [[nodiscard]] Tick token_return(std::uint32_t feature, Tick checkout, Tick end) const {
    const FeatureTable& f = model_.features[feature];
    return std::max(end, checkout + f.minimum_hold) + f.linger;
  }
  void return_all(LiveJob& job);
  void tokens_back(std::uint32_t feature);
  void tokens_freed(std::uint32_t feature) {
    for (SiteState& site : sites_) {
      site.freed = true;
      site.freed_features.push_back(feature);
    }
  }
  void schedule_returns(std::uint32_t feature);
  void serve_check_outs();
  void try_check_out(std::uint32_t id);
  void user_event(std::uint32_t user);
  void schedule_user(std::uint32_t user, const core::Law& law);
  void count_wanted(const LiveJob& job, int change);
  // links.hpp
  [[nodiscard]] bool reachable(std::uint32_t feature, std::uint32_t site) const;
  [[nodiscard]] bool reachable(std::span<const TokenNeed> needs, std::uint32_t site) const;
  [[nodiscard]] std::uint32_t over_link(std::uint32_t feature, std::uint32_t site) const;
  Tick schedule_link(std::uint32_t link);
  void link_event(std::uint32_t link);
  bool lose_licences(std::uint32_t link);
  void book_link(std::uint32_t link);
  [[nodiscard]] std::uint32_t link_slot(std::uint32_t link, LinkEvent event) const {
    return first_link_ + kLinkEvents * link + event;
  }
  // staging.hpp
  [[nodiscard]] bool has_data(std::uint32_t site, std::uint32_t dataset) const;
  [[nodiscard]] Tick length_of(std::uint32_t dataset, std::uint32_t link) const;
  void arrive(std::uint32_t id);
  void begin_transfers(std::uint32_t link);
  void join_transfers(std::uint32_t link, const TransferKey& key);
  void share_link(std::uint32_t link);
  void end_transfers(std::uint32_t link);
  void keep_copy(SiteState& site, std::uint32_t dataset);
  void leave_copy(const LiveJob& job);
  // storage.hpp
  void join_storage(std::uint32_t id);
  void leave_storage(std::uint32_t id);
  [[nodiscard]] Tick elapsed(const LiveJob& job) const;
  void set_target(std::uint32_t id, Tick work);
  void set_rates(SiteState& site);
  void schedule_clock(std::uint32_t index);
  void clock_event(std::uint32_t index);
  void book_storage(SiteState& site);
  // power.hpp
  [[nodiscard]] Tick come_to_node(std::uint32_t node);
  void leave_node(std::uint32_t node);
  void switch_off(std::uint32_t node, Tick at);
  void book_power();
  // outages.hpp
  void node_fails(std::uint32_t node);
  void node_event(std::uint32_t index);
  void close_node(std::uint32_t node);
  void open_node(std::uint32_t node);
  void drain_event(std::uint32_t drain);
  void schedule_node(std::uint32_t index, bool failure);
  // account.hpp
  [[nodiscard]] Tick within(Tick from, Tick to) const {
    return std::max<Tick>(0, std::min(to, window_end_) - std::max(from, window_start_));
  }
  void book_stay(LiveJob& job);
  void trace_starts(const LiveJob& job);
  void book_end(const LiveJob& job, JobState state);
  void book_down();
  [[nodiscard]] double usage_now(std::uint32_t account) const;
  void book_feature(std::uint32_t f);
  void book_queue();
  void count_queue(const LiveJob& job, int change);
  // routing.hpp
  void count_work(const LiveJob& job, int sign);
  void count_running(std::uint32_t id, int sign);
  [[nodiscard]] std::uint32_t route(const LiveJob& job);
  [[nodiscard]] bool starts_at_once(const LiveJob& job, std::uint32_t site);
  [[nodiscard]] double estimated_wait(const LiveJob& job, std::uint32_t site);
  [[nodiscard]] double cost_at(const LiveJob& job, std::uint32_t site) const;
  [[nodiscard]] double staging_time(const LiveJob& job, std::uint32_t site) const;
  void count_lacking(std::int64_t change);
  void charge_job(const LiveJob& job, int sign);
  void charge(std::uint32_t account, double rate_change);
  [[nodiscard]] double fairshare(std::uint32_t account) const;
  // books.hpp
  void check_books() const;
  void check_shares() const;
  void check_sites() const;
  void check_often();

  const Model& model_;
  const Policy& policy_;
  core::StreamKey key_;
  EngineOptions options_;
  core::WinnerTree tree_{1};
  std::uint32_t first_feature_ = 0, first_drain_ = 0, first_node_ = 0, first_user_ = 0, first_link_ = 0,
                first_clock_ = 0, first_job_slot_ = 0;

  Nodes nodes_;
  std::vector<std::uint32_t> ranks_; // nodes of the ranks of gangs
  std::map<std::int32_t, std::vector<std::uint32_t>> free_ranks_;
  std::vector<std::unique_ptr<Source>> sources_;
  std::vector<Submission> coming_; // the next of each source
  std::vector<Tick> source_at_;    // its submission; kNever: none in time
  Tick sources_at_ = core::kNever; // the earliest
  Chunks<LiveJob> jobs_;
  std::vector<std::uint32_t> free_jobs_, free_slots_, slot_job_; // slot_job_: by slot - first_job_slot_
  std::uint64_t seq_ = 0;

  std::vector<QueueGroup> groups_;
  std::unordered_map<Shape, std::uint32_t, ShapeHash> group_index_;
  std::array<std::pair<Shape, std::uint32_t>, 512> group_cache_; // of what was looked up last
  std::size_t queued_ = 0;                                       // at all sites
  std::vector<SiteState> sites_;
  SiteState* site_ = nullptr;            // whose pass goes on
  std::vector<std::uint32_t> returning_; // preempted in this pass
  bool in_pass_ = false;
  bool dynamic_ = false;           // the order changes with time
  SortedBlocks<Release> releases_; // of the running jobs of all sites, where backfill needs them
  bool keep_releases_ = false;
  bool touched_ = true;                 // anything happened since the last pass
  std::vector<Demand> overlay_;         // EASY: what is freed until the shadow time, by node
  std::vector<std::uint32_t> overlaid_; // nodes where it is not nothing

  std::vector<FeatureState> features_;
  std::vector<LinkState> links_;
  std::map<TransferKey, Transfer> transfers_;
  std::vector<StorageClock> clocks_;
  std::vector<NodePower> power_; // empty: all nodes are always on
  bool stepwise_ = false;
  bool suspends_ = false;                                           // jobs may be suspended
  std::unordered_map<std::uint64_t, std::vector<Tick>> step_times_; // stepwise: check-outs of a job, by seq
  std::vector<TokenSet> token_sets_{1};
  std::vector<std::vector<std::uint32_t>> sets_of_feature_;
  std::int64_t lacking_ = 0; // jobs that wait for a licence
  Tick lacking_booked_ = 0;
  std::vector<std::uint32_t> set_of_uses_; // where it does not depend on the cores
  std::vector<char> set_lacks_;            // EASY: tokens of the set are not free
  std::map<std::pair<std::uint32_t, std::int64_t>, std::uint32_t> token_index_;
  SortedBlocks<Ordered, 32> check_outs_;                       // waiting at the licence server
  std::vector<std::pair<std::uint64_t, std::uint32_t>> tries_; // check-outs to try at this tick: (seq, job)
  std::vector<UserState> users_;

  struct Prediction {
    Tick last = -1, before = -1, average = -1;
  };
  std::vector<Prediction> predictions_;                                   // by owner
  std::vector<std::tuple<std::uint64_t, std::uint32_t, Tick>> ended_now_; // (seq, owner, run)

  struct Usage {
    double value = 0, rate = 0;
    Tick at = 0;
  };
  std::vector<Usage> usage_; // accounts, the root last

  struct FailingNode {
    std::uint32_t node = 0, draws = 0;
    bool up = true;
  };
  std::vector<FailingNode> failing_;
  struct DrainState {
    Tick began = 0;
    bool active = false;
  };
  std::vector<DrainState> drains_;
  std::vector<std::int64_t> down_cores_; // by node class
  Tick window_start_ = 0, window_end_ = 0, queue_booked_ = 0, down_booked_ = 0;
  // Passes over long queues take long: they ask for themselves whether they should go on.
  core::Pulse* pulse_ = nullptr;
  std::int64_t work_ = 0; // jobs looked at since it was asked last
  bool abandoned_ = false;
  std::size_t unchecked_ = 0; // checked build
  Observations seen_;
  struct {
    std::int64_t ended = -1, events = 0;
  } drain_;                   // jobs that had ended, and the events until then, after the horizon
  std::optional<Tick> every_; // progress between checkpoints
  std::vector<Handover> handovers_;
  std::vector<char> blocked_features_;
  const std::vector<NodeCap> no_caps_;
};

} // namespace centresim::design
