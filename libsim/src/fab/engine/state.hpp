// All state of one replication. The member functions are grouped by topic in the headers beside this one; they form one
// translation unit so that the event loop inlines them.
#pragma once
#include "queue.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "centresim/core/winner_tree.hpp"
#include "centresim/fab/engine.hpp"

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>

namespace centresim::fab {

// Order of events of one tick, by class (the period class needs no event: a boundary is looked for before each tick).
enum EventClass : unsigned { kCompletion = 1, kFailure = 2, kCapacity = 3, kDeadline = 4, kArrival = 5 };

struct Job {
  Tick start = 0, setup_end = 0, load_end = 0, process_start = 0, process_end = 0, end = 0;
  std::uint32_t first_lot = kNone, lots = 0, wafers = 0, step = 0; // step: that of the first lot
};

// One cache line for itself, one for each job, one for what only cascading tools need.
struct alignas(64) Tool {
  Tick booked = 0;               // states are accounted up to here
  Tick paused = 0;               // since when it is down
  std::int64_t wafers_left = -1; // until a counter of maintenance is to be looked at; less than 0: there is none
  std::uint32_t group = 0, setup = kNone, run_left = 0;
  std::uint32_t next_ready = kNone, previous_ready = kNone;
  std::uint32_t setups_drawn = 0;
  std::int32_t maintenance = -1; // kind that runs
  std::uint16_t outages = 0;     // breakdowns and stops that hold it down
  std::uint8_t jobs = 0;
  bool ready = false, held = false, stopped = false, pm_waits = false;
  std::array<Job, 2> job;               // job[0] ends first
  Tick first_free = 0, second_free = 0; // cascading: when positions 1 and 2 become free
};

// What only outages touch.
struct ToolCare {
  std::vector<std::uint32_t> pending, deferred, active; // kinds: maintenance that waits; failures that wait; repairs
  std::vector<std::int64_t> wafers, threshold;          // by maintenance kind, up to the last look
  std::int64_t looked = 0;                              // Tool::wafers_left then
  std::vector<std::uint32_t> failures, repairs, maintenances; // draws taken, by kind
  std::vector<Tick> busy_left, next_due;                      // by breakdown kind; by maintenance kind
  std::uint32_t failure_slot = 0, due_slot = 0;               // first slots in the tree of rare events
  Tick busy_since = core::kNever;
};

enum class LotPlace : std::uint8_t { nowhere, travelling, waiting, processing, on_hold };

// What every step needs lies in its first cache line.
struct alignas(64) LiveLot {
  Tick arrived = 0, due = core::kNever, last_done = 0;
  std::uint64_t identity = 0;
  std::uint32_t serial = 0, step = 0, wafers = 0, next_in_batch = kNone, window = kNone, location = 0;
  std::int32_t priority = 0;
  std::uint16_t restarts = 0;
  LotPlace place = LotPlace::nowhere;
  bool hot : 1 = false, reworked : 1 = false, counted : 1 = false; // counted: State::count_lot
  std::uint64_t origin = 0;                                        // (stream, count), the canonical order of lots
  Tick released = 0, window_opened = 0, window_wait = -1;
  std::uint32_t flow = 0, counted_gate = kNone; // counted_gate: the gated window of State::count_lot
  bool initial = false;
  Tick due_here = core::kNever;                   // by Rank::queue_time_due
  Tick gated_since = core::kNever, taken_out = 0; // held back by a gate; last violation that it was taken out for
  Tick held = 0;                                  // since last_done: in queues that it was taken out of, and on hold
  std::uint32_t line = kNone, next_in_line = kNone, previous_in_line = kNone; // GateLine, by arrival
};

struct alignas(64) GroupState {
  Queue queue;
  std::uint32_t first_ready = kNone, last_ready = kNone;
  std::uint32_t reserved_for = kNone, reserved_step = kNone, held_tool = kNone;
  bool touched = false;
  std::uint32_t up_tools = 0;
  // Expected ticks: of the lots that wait; of those of them that wait in front of gates; of lots within gated windows.
  std::int64_t queued_work = 0, gated_work = 0, coming_work = 0;
  std::uint32_t front = 0, upstream = 0;       // lots with open windows: here; still to come
  std::uint32_t engineering = 0, campaign = 0; // lots that wait; lots left of a campaign
  Tick look_until = core::kNever;              // a batch of this key waits for a lot that arrives then
  std::uint32_t look_key = 0;
  Tick gated_since = core::kNever;    // lots wait that may not begin their windows
  std::vector<std::uint32_t> arrived; // lots of this tick, where the choice of tool depends on them
};

// Lots of one size that wait in front of one window: a gate holds all of them back, or none, so that it is asked once
// for all. Those that may go whatever gates say are a line of their own.
struct GateLine {
  std::uint32_t window = kNone, wafers = 0;  // kNone: no gate
  std::uint32_t first = kNone, last = kNone; // by arrival
  std::uint32_t first_unseen = kNone;        // from here on not yet seen held back
  std::uint64_t asked = 0;                   // State::counted_ when the gate was asked
  bool open = true, refused = false;         // refused: scratch of batch forming
  Queue queue;                               // the same lots as in the queue of the group
};

// Of a group where windows with gates begin.
struct GateLines {
  std::vector<GateLine> all;
  std::vector<std::uint32_t> busy; // those where lots wait
};

class Engine::State {
 public:
  State(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options);

  [[nodiscard]] Tick next() const;
  void apply(Tick tick);
  void dispatch(Tick tick);
  void post(Tick tick, const Command& command);
  [[nodiscard]] Observations finish(Tick tick);
  void watch() const {
    if (wip_ > model_.max_wip) flooded();
  }
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] std::optional<LotView> explain(const std::string& lot, Tick at) const;

  Tick now = 0;
  Facts* facts = nullptr;

 private:
  // setup.hpp
  void plan_slots();
  void start_outage_clocks();
  void place_initial_lots();
  // events.hpp
  void handle(std::uint64_t key);
  void fetch_next() const;
  void handle_rare();
  void show_rare() {
    const std::uint64_t top = rare_.top();
    tree_.set(rare_slot_, top == core::WinnerTree::kEmpty
                              ? top
                              : core::event_key(core::event_tick(top), core::event_class(top), rare_slot_));
  }
  void release_from(std::uint32_t stream);
  void release_listed();
  void schedule_stream(std::uint32_t stream, Tick at);
  void pass_boundary();
  void report_period();
  void close_window();
  void integrate_wip();
  void add_stays(std::vector<FlowSums>& flows, std::vector<GroupSums>& groups) const;
  // lots.hpp
  std::uint32_t new_lot(std::uint32_t flow, std::uint32_t wafers, std::uint64_t identity, std::uint64_t origin,
                        std::int32_t priority);
  void enter(std::uint32_t lot);
  void join_queue(std::uint32_t lot);
  void end_step(std::uint32_t lot, const Job& job, std::uint32_t tool);
  void move_on(std::uint32_t lot, std::uint32_t step);
  void travel(std::uint32_t lot);
  void keep_away(std::uint32_t lot, Tick time, LotPlace place);
  void finish_lot(std::uint32_t lot);
  void scrap_lot(std::uint32_t lot);
  void forget(std::uint32_t lot);
  void record_step(LiveLot& lot, const Job& job, std::uint32_t tool);
  // windows.hpp
  void book_window(const LiveLot& lot);
  [[nodiscard]] double remaining_work(std::uint32_t step, std::uint32_t wafers) const {
    return model_.steps[step].remaining_a + model_.steps[step].remaining_b * wafers;
  }
  [[nodiscard]] double queue_time_ratio(const LiveLot& lot) const;
  [[nodiscard]] Tick queue_time_due(const LiveLot& lot) const;
  [[nodiscard]] double sampled_time(std::uint32_t step, std::uint32_t wafers) const { // expected, ticks
    const StepTable& s = model_.steps[step];
    return s.sampling * (s.expected_a + s.expected_b * wafers);
  }
  [[nodiscard]] Tick expires_at(const Waiting& w) const;
  void remove_expired(std::uint32_t group);
  void act_on(std::uint32_t lot);
  void tell_broken(const LiveLot& lot) const;
  // gates.hpp
  [[nodiscard]] bool is_full(std::uint32_t group) const;
  // `batch`: lots, by their places in the queue, that would begin the window together with these.
  [[nodiscard]] bool is_shut(std::uint32_t window, std::uint32_t wafers, const Queue& queue,
                             std::span<const std::uint32_t> batch = {}) const;
  [[nodiscard]] bool waits_too_long(const Window& window, std::uint32_t wafers, const Queue& queue,
                                    std::span<const std::uint32_t> batch) const;
  [[nodiscard]] std::uint32_t gated_window(const LiveLot& lot) const;
  [[nodiscard]] bool is_gated(const Waiting& w) const {
    const LiveLot& lot = lots_[w.lot];
    const std::uint32_t window = gated_window(lot);
    return window != kNone && is_shut(window, lot.wafers, groups_[model_.steps[w.step].group].queue);
  }
  void join_line(std::uint32_t group, const Waiting& w);
  void leave_line(std::uint32_t group, const Waiting& w);
  [[nodiscard]] bool is_open(const Queue& queue, GateLine& line) const;
  [[nodiscard]] bool any_open(std::uint32_t group);
  [[nodiscard]] std::size_t select_open(std::uint32_t tool);
  void count_lot(std::uint32_t lot, bool in);
  [[nodiscard]] bool is_gate(std::uint32_t window) const {
    return window != kNone && model_.windows[window].gate < std::numeric_limits<double>::infinity();
  }
  // In front of a gate by the wait predicted. A lot that must keep the limit of the window before passes it.
  [[nodiscard]] bool waits_at_gate(const LiveLot& lot) const {
    const StepTable& step = model_.steps[lot.step];
    return is_gate(step.opens) && (step.closes == kNone || lot.window != step.closes);
  }
  void count_work(const LiveLot& lot, bool in) {
    GroupState& group = groups_[model_.steps[lot.step].group];
    const Tick work = in ? expected_work(lot.step, lot.wafers) : -expected_work(lot.step, lot.wafers);
    counted_++;
    group.queued_work += work;
    if (waits_at_gate(lot)) group.gated_work += work;
  }
  void count_at(const LiveLot& lot, std::uint32_t step, bool here, bool in);
  void open_gates(std::uint32_t group);
  void note_gated(std::uint32_t group);
  // lots.hpp
  [[nodiscard]] std::uint32_t pass(const LiveLot& lot, std::uint32_t id, std::uint32_t step) const;
  [[nodiscard]] double draw(const LiveLot& lot, std::uint32_t id, std::uint32_t step, core::Purpose purpose) const {
    const std::uint32_t block =
        model_.steps[step].block + (lot.reworked ? pass(lot, id, step) : 0) + (std::uint32_t{lot.restarts} << 16);
    return core::uniform_at(key_, lot.identity, purpose, block, 0);
  }
  [[nodiscard]] std::uint32_t next_performed(std::uint32_t lot, std::uint32_t step);
  [[nodiscard]] bool batch_can_grow(std::uint32_t group, std::uint32_t key, std::uint32_t room) const;
  [[nodiscard]] bool run_can_go_on(std::uint32_t tool) const;
  [[nodiscard]] bool for_this_setup_waits(std::uint32_t tool) const;
  [[nodiscard]] bool for_this_setup_comes(std::uint32_t tool, std::span<const char> open) const;
  [[nodiscard]] const RouteTable& route_of(const LiveLot& lot) const {
    return model_.routes[model_.products[model_.flows[lot.flow].product].route];
  }
  // tools.hpp
  void start_job(std::uint32_t tool, std::uint32_t lot);
  void set_up(Tool& tool, std::uint32_t id, const StepTable& step, Job& job);
  void time_job(Tool& tool, const StepTable& step, std::uint32_t leader, std::uint32_t leader_step, Job& job);
  void job_done(std::uint32_t tool);
  void count_wafers(std::uint32_t tool, std::uint32_t wafers);
  void look_at_counters(std::uint32_t tool);
  void schedule_job(std::uint32_t tool);
  [[nodiscard]] bool takes_another(std::uint32_t tool) const;
  [[nodiscard]] Tick calls_at(std::uint32_t tool) const;
  void tool_changed(std::uint32_t tool);
  void push_ready(std::uint32_t tool);
  void remove_ready(std::uint32_t tool);
  void reserve(std::uint32_t lot, std::uint32_t step);
  void cancel_reservation(std::uint32_t group);
  void try_hold(std::uint32_t group);
  void release_hold(std::uint32_t tool);
  // outages.hpp
  void fail(std::uint32_t tool, std::uint32_t kind);
  void begin_repair(std::uint32_t tool, std::uint32_t kind);
  void repaired(std::uint32_t tool, std::uint32_t kind);
  void go_down(std::uint32_t tool);
  void come_up(std::uint32_t tool);
  void schedule_failure(std::uint32_t tool, std::uint32_t kind, bool first);
  void maintenance_due(std::uint32_t tool, std::uint32_t kind);
  void start_maintenance(std::uint32_t tool);
  void end_maintenance(std::uint32_t tool);
  void run_busy_clocks(std::uint32_t tool);
  void stop_busy_clocks(std::uint32_t tool);
  void count_down(std::uint32_t group) {
    groups_[group].up_tools--;
    counted_++;
  }
  void count_up(std::uint32_t group) {
    groups_[group].up_tools++;
    counted_++;
    if (model_.tracks_work) open_gates(group); // the work ahead takes less time
  }
  void stop_tool(std::uint32_t tool, StopRule rule);
  void abort_jobs(std::uint32_t tool, StopRule rule);
  [[nodiscard]] core::Tick sequence_draw(const core::Law& law, std::uint64_t kind, std::uint32_t tool_in_group,
                                         core::Purpose purpose, std::uint32_t& count) const;
  // account.hpp
  void account(std::uint32_t tool) {
    if (tools_[tool].booked != now) account_until_now(tool);
  }
  void account_until_now(std::uint32_t tool);
  void book_job(const Job& job, std::uint32_t group, Tick from);
  void account_all();
  void book(std::uint32_t tool, ToolState state, Tick from, Tick to);
  // dispatch.hpp
  void dispatch_group(std::uint32_t group);
  void serve_in_order(const GroupState& group);
  [[nodiscard]] bool serve(std::uint32_t tool);
  // `hold`: a minimum run keeps other set-ups out.
  [[nodiscard]] std::size_t select(const GroupTable& table, const Queue& queue, std::uint32_t tool, bool hold) const;
  [[nodiscard]] bool serve_batch(std::uint32_t tool);
  [[nodiscard]] bool form_batch(const GroupState& group, std::size_t opener);
  [[nodiscard]] bool batch_may_start(std::uint32_t group, bool waited);
  [[nodiscard]] bool better_batch(const GroupTable& table, const GroupState& group) const;
  [[nodiscard]] Tick next_arrival(std::uint32_t group, std::uint32_t key, std::uint32_t room, Tick horizon) const;
  [[nodiscard]] std::int64_t priority_of(const GroupState& group, std::span<const std::uint32_t> batch) const;
  [[nodiscard]] bool is_engineering(const GroupTable& table, std::uint32_t lot) const {
    return table.turn.flows[lots_[lot].flow] != 0;
  }
  [[nodiscard]] bool engineering_first(const GroupTable& table, const GroupState& group) const;
  static void take_turn(const GroupTable& table, GroupState& group, std::uint32_t engineering_lots);
  void order_batch_candidates(const GroupTable& table, const GroupState& state, std::uint32_t tool);
  std::uint32_t leave_queue(std::uint32_t group, std::size_t i);
  // Tool time that a lot asks for, ticks; of a batch its share of a full one.
  [[nodiscard]] std::int64_t expected_work(std::uint32_t step, std::uint32_t wafers) const {
    const StepTable& s = model_.steps[step];
    const double alone = s.expected_a + s.expected_b * wafers;
    constexpr double kMost = 0x1p34; // sums over all lots fit 64 bits
    return std::llround(std::min(kMost, s.per == ProcessUnit::batch ? alone * wafers / s.batch_max : alone));
  }
  void start_batch(std::uint32_t tool, std::uint32_t group);
  void start_lot(std::uint32_t tool, std::size_t i);
  void set_timer(std::uint32_t group);
  [[nodiscard]] bool holds_minimum_run(std::uint32_t tool) const;
  [[nodiscard]] double rank_value(Rank rank, const Waiting& w, std::uint32_t tool) const;
  [[nodiscard]] bool ranks_before(const GroupTable& table, const Waiting& a, const Waiting& b,
                                  std::uint32_t tool) const;
  [[nodiscard]] double setup_rank_time(std::uint32_t current, std::uint32_t step) const;
  [[nodiscard]] double wake_time(std::uint32_t current, std::uint32_t step) const;
  void serve_by_wake_time(std::uint32_t group, std::uint32_t lot);
  void touch(std::uint32_t group) {
    GroupState& g = groups_[group];
    if (!g.touched) g.touched = true, touched_.push_back(group);
  }

  // explain.hpp
  [[nodiscard]] LotView view(std::uint32_t lot, Tick at) const;
  void view_job(std::uint32_t lot, Tick at, LotView& seen) const;
  void view_queue(std::uint32_t lot, LotView& seen) const;
  void add_tool_state(std::uint32_t tool, std::uint32_t lot, std::vector<ToolReason>& reasons) const;
  void add_ranking(std::uint32_t tool, const Waiting& own, std::vector<ToolReason>& reasons) const;
  [[nodiscard]] bool add_batch(std::uint32_t group, const Waiting& own, const std::vector<const Waiting*>& order,
                               std::vector<ToolReason>& reasons) const;
  void add_gate(const Waiting& own, std::vector<ToolReason>& reasons) const;
  [[nodiscard]] std::string tool_name(std::uint32_t tool) const;
  [[nodiscard]] Tick up_again(std::uint32_t tool) const;
  [[nodiscard]] Tick put_off(std::uint32_t tool, Tick at) const;

  void check_books(const Observations& o) const;
  void check_counts();
  [[noreturn]] void flooded() const;
  [[noreturn]] void stuck() const;
  [[nodiscard]] std::string lot_name(std::uint64_t origin) const;

  const Model& model_;
  core::StreamKey key_;
  EngineOptions options_;
  core::WinnerTree tree_{1}, rare_{1};
  // Slots of tree_: tools, the rare tree's next, streams, listed lots, batch timers, travelling lots.
  std::uint32_t rare_slot_ = 0, first_stream_ = 0, listed_slot_ = 0, first_timer_ = 0, first_travel_ = 0;
  std::uint32_t first_due_ = 0, first_end_ = 0; // sections of rare_: failures, maintenance due, maintenance ends
  std::vector<std::pair<std::uint32_t, std::uint32_t>> rare_owner_; // tool and kind of the first two sections

  std::vector<Tool> tools_;
  std::vector<ToolCare> care_;
  std::vector<GroupState> groups_;
  std::vector<GateLines> gates_; // by group; empty where no window has a gate
  std::uint64_t counted_ = 1;    // goes on whenever something changes that gates ask for
  std::vector<LiveLot> lots_;
  std::vector<std::uint32_t> free_lots_;
  std::vector<std::uint32_t> dedicated_;                // lots x dedications: tool or kNone
  std::vector<std::uint16_t> loop_count_;               // lots x loops
  std::vector<std::uint32_t> travelling_, free_travel_; // slot -> lot
  std::vector<std::uint32_t> touched_, dispatching_;
  std::vector<std::uint32_t> timer_group_;

  std::vector<std::int64_t> stream_count_; // releases made
  std::vector<Tick> stream_next_;
  std::vector<core::UniformSequence> stream_draws_;
  std::vector<std::uint32_t> planned_;     // by product: streams that still release, listed lots to come
  std::vector<std::uint32_t> listed_left_; // by product: the latter alone
  std::size_t listed_next_ = 0;
  std::uint32_t serial_ = 0;
  std::int64_t wip_ = 0;
  Tick wip_since_ = 0;
  std::vector<std::int64_t> flow_wip_, flow_wafers_;

  Tick reset_at_ = 0, report_at_ = core::kNever, close_at_ = core::kNever, boundary_ = 0; // boundary_: the earliest
  bool closed_ = false;                  // the window is over, lots run out
  std::vector<GroupSums> closed_groups_; // sums at its end
  std::vector<FlowSums> closed_flows_;
  Tick closed_wip_integral_ = 0;
  double lot_time_ = 0, largest_lot_ = 1; // lot-ticks since the start; wafers
  Observations seen_;
  std::vector<std::uint32_t> candidates_, batch_, best_batch_; // scratch of batch forming
  std::uint32_t batch_wafers_ = 0, best_wafers_ = 0, batch_step_ = 0, best_step_ = 0;
  std::vector<std::uint8_t> tried_;
  std::vector<std::pair<double, std::uint32_t>> wake_order_;
};

} // namespace centresim::fab
