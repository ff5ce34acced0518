// All state of one replication of a floor. The member functions are grouped by topic in the headers beside this one;
// they form one translation unit so that the event loop inlines them.
#pragma once
#include "chunks.hpp"
#include "live_job.hpp"
#include "site_state.hpp"
#include "sources.hpp"

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
enum EventClass : unsigned { kCompletion = 1, kTransferEnd = 2, kFailure = 3, kCapacity = 4, kArrival = 5 };

class Engine::State {
 public:
  State(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options);
  [[nodiscard]] Tick next() const;
  void apply(Tick tick);
  void dispatch(Tick tick);
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] Observations finish(Tick tick);
  [[nodiscard]] bool drained() const { return seen_.counts.ended == seen_.counts.submitted; }
  void post(Tick tick, const Submission& s, std::uint64_t tag, bool watched);
  JobState end(Tick tick, std::uint64_t tag);
  void hand_facts(JobFacts& facts);

  Tick now = 0;

 private:
  // events.hpp
  // Beyond the longest time that events can have, nothing happens any more.
  void set_event(std::uint32_t slot, Tick at, unsigned event_class) {
    const std::uint64_t key = at > core::kMaxTick ? core::WinnerTree::kEmpty : core::event_key(at, event_class, slot);
    tree_.set(slot, key);
  }
  void handle(std::uint64_t key);
  void submit_now();
  void submit(const Submission& s) {
    LiveJob& job = new_job();
    job.renew(s, seq_++);
    admit(job);
  }
  void admit(LiveJob& job);
  void make_clocks();
  [[nodiscard]] bool event_of_link(std::uint32_t link, LinkEvent event);
  void schedule_source(std::uint32_t source);
  void find_next_source();
  void flush_predictions();
  void watch_drain();
  [[noreturn]] void flooded() const;
  [[noreturn]] void stuck() const;
  // jobs.hpp
  [[nodiscard]] LiveJob& new_job();
  void free_job(LiveJob& job);
  // Into the near caches, where it is not yet.
  void fetch(std::uint32_t id) const {
    const auto* line = reinterpret_cast<const char*>(&jobs_[id]);
    for (std::size_t i = 0; i < sizeof(LiveJob); i += 64) __builtin_prefetch(line + i);
  }
  void take_slot(LiveJob& job);
  [[gnu::cold]] void add_slot();
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
  void start(LiveJob& job);
  void occupy(LiveJob& job);
  void join_check_outs(LiveJob& job);
  void leave_check_outs(const LiveJob& job);
  void begin_run(LiveJob& job, bool goes_on = false);
  void schedule_job(const LiveJob& job);
  void job_event(std::uint32_t id);
  void other_event(LiveJob& job);
  void end_job(LiveJob& job, JobState state);
  void leave_cores(LiveJob& job);
  void retry_memory(LiveJob& job);
  void come_back(LiveJob& job);
  void take_back();
  void restart_later(std::uint32_t id, Wide FarmSums::* lost);
  [[nodiscard]] Tick progress(const LiveJob& job) const;
  [[nodiscard]] Tick checkpointed(const LiveJob& job) const;
  [[nodiscard]] Tick stay_of(const LiveJob& job, Tick work) const;
  [[nodiscard]] Tick memory_limit_at(const LiveJob& job) const;
  // queue.hpp
  void enqueue(LiveJob& job);
  void line_up(const LiveJob& job);
  void dequeue(std::uint32_t id);
  [[nodiscard]] std::int64_t order_key(const LiveJob& job) const;
  [[nodiscard]] Tick predicted(const LiveJob& job) const;
  [[nodiscard]] static Shape shape_of(const LiveJob& job);
  [[nodiscard]] SiteState& site_of(const LiveJob& job) { return sites_[job.site]; }
  [[nodiscard]] const SiteState& site_of(const LiveJob& job) const { return sites_[job.site]; }
  [[nodiscard]] std::uint32_t group_of(const LiveJob& job);
  [[nodiscard, gnu::cold]] std::uint32_t find_group(const Shape& key, const LiveJob& job);
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
  [[nodiscard]] bool start_alone();
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
  struct Late;
  template <class Consider> void scan_queue(std::int64_t depth, const Late& late, Consider consider);
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
  void leave_memory(LiveJob& job);
  void hand_over(std::uint32_t head, const std::vector<std::uint32_t>& victims, Handover plan);
  void begin_writing(std::uint32_t id, std::uint32_t handover, Tick at);
  void give_back(const Handover& plan);
  void balance(Handover& plan);
  void checkpoint_written(std::uint32_t id);
  void leave_handover(LiveJob& job);
  void checkpoint_lost(std::uint32_t id);
  void finish_handover(std::uint32_t index);
  void adopt(LiveJob& job, const std::vector<std::uint32_t>& nodes);
  void book_suspension(const LiveJob& job);
  // posted.hpp
  // All changes of a phase but the first and the last.
  void enter(LiveJob& job, Phase phase) {
    if (job.report != Report::none) [[unlikely]]
      tell_phase(job, phase);
    job.phase = phase;
  }
  [[gnu::cold]] void tell_phase(LiveJob& job, Phase next);
  [[gnu::cold]] void tell_end(LiveJob& job, JobState state);
  [[nodiscard]] Tick lack_clock(const LiveJob& job, Phase phase) const;
  void check_posted(Tick tick, const Submission& s) const;
  void withdraw(LiveJob& job);
  void leave_line(const LiveJob& job);
  void leave_transfer(const LiveJob& job);
  void stop_writing(LiveJob& job);
  void leave_promise(const LiveJob& head);
  // licences.hpp
  [[nodiscard]] std::uint32_t token_set(std::uint32_t uses, std::int64_t cores, std::uint32_t site);
  [[nodiscard]] std::uint32_t find_token_set(std::uint32_t uses, std::int64_t cores, std::uint32_t site);
  [[nodiscard]] bool reserved_free(const TokenSet& set) const {
    return set.links_down == 0 && tokens_free(set.reserved);
  }
  [[nodiscard]] bool tokens_free(std::span<const TokenNeed> needs) const {
    for (const TokenNeed& n : needs)
      if (features_[n.feature].free < n.tokens) return false;
    return true;
  }
  void move_tokens(std::uint32_t feature, std::int64_t tokens, std::uint32_t share);
  void head_waits_longer(std::uint32_t feature);
  void update_lack(TokenSet& set);
  void take_tokens(std::span<const TokenNeed> needs);
  void return_token(const TokenNeed& need, Tick checkout);
  void return_later(const TokenNeed& need, Tick at);
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
  void serve_check_outs() {
    if (!check_outs_.empty()) serve_waiting();
  }
  void serve_waiting();
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
  void arrive(LiveJob& job);
  void begin_transfers(std::uint32_t link);
  void join_transfers(std::uint32_t link, const TransferKey& key);
  void share_link(std::uint32_t link);
  void end_transfers(std::uint32_t link);
  void keep_copy(SiteState& site, std::uint32_t dataset);
  void leave_copy(const LiveJob& job);
  // storage.hpp
  void join_storage(LiveJob& job);
  void leave_storage(LiveJob& job);
  [[nodiscard]] Tick elapsed(const LiveJob& job) const;
  void set_target(std::uint32_t id, Tick work);
  void book_delay(const LiveJob& job);
  void set_rates(SiteState& site);
  void schedule_clock(std::uint32_t index);
  void clock_event(std::uint32_t index);
  void book_storage(SiteState& site);
  // power.hpp
  [[nodiscard]] Tick come_to_node(std::uint32_t node);
  void leave_node(std::uint32_t node);
  void switch_off(std::uint32_t node);
  void book_power();
  // outages.hpp
  void node_fails(std::uint32_t node);
  void node_event(std::uint32_t index);
  void close_node(std::uint32_t node);
  void open_node(std::uint32_t node);
  void drain_event(std::uint32_t drain);
  void schedule_node(std::uint32_t index, bool failure);
  // account.hpp
  [[nodiscard]] bool in_window() const { return now >= window_start_ && now < window_end_; }
  [[nodiscard]] Tick within(Tick from, Tick to) const {
    return std::max<Tick>(0, std::min(to, window_end_) - std::max(from, window_start_));
  }
  void book_stay(LiveJob& job);
  void trace_starts(const LiveJob& job);
  void book_end(LiveJob& job, JobState state);
  void book_down();
  [[nodiscard]] double usage_now(std::uint32_t account) const;
  void book_feature(std::uint32_t f) {
    if (features_[f].booked != now) book_feature_until_now(f);
  }
  void book_feature_until_now(std::uint32_t f);
  void book_queue();
  void count_queue(const LiveJob& job, int change);
  // routing.hpp
  void count_work(const LiveJob& job, int sign);
  void count_running(const LiveJob& job, int sign) {
    if (keep_releases_ || several_sites_) book_running(job, sign);
  }
  void book_running(const LiveJob& job, int sign);
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
  std::uint64_t fetched_ = 0; // the event whose job is on its way into the near caches
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
  bool several_sites_ = false;
  SiteState* site_ = nullptr;            // whose pass goes on, or was the last
  SiteState* in_pass_ = nullptr;         // whose pass goes on
  std::vector<std::uint32_t> returning_; // to the queue, at the end of this round
  bool dynamic_ = false;                 // the order changes with time
  bool try_alone_ = false;               // what starts now depends on no plan and on nobody who makes room
  SortedBlocks<Release> releases_;       // of the running jobs of all sites, where backfill needs them
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

  std::unordered_map<std::uint64_t, std::uint32_t> posted_; // jobs by tag, until they end
  std::vector<std::pair<std::uint64_t, JobFact>> facts_;    // not yet handed on, each with the seq of its job

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
    Tick since = 0;
    bool cut_off = false;
  } drain_;                   // after the horizon: jobs that have ended, since which event and when no other has
  std::optional<Tick> every_; // progress between checkpoints
  std::vector<Handover> handovers_;
  std::vector<char> blocked_features_;
  const std::vector<NodeCap> no_caps_;
};

} // namespace centresim::design
