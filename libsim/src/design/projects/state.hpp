// All state of the people, projects and shuttles of one replication. The member functions are grouped by topic in the
// headers beside this one; they form one translation unit.
#pragma once
#include "live.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "centresim/design/floor_engine.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace centresim::design {

// What the projects ask of the farm.
struct FarmOrder {
  bool end = false; // a session, now
  bool watched = false;
  std::uint64_t tag = 0;
  Submission job;
};

class ProjectState {
 public:
  ProjectState(const Model& model, std::uint64_t seed, std::uint64_t replication, const FloorOptions& options);
  [[nodiscard]] Tick next() const;
  // What happens at `tick`, after what the farm reports of it. Orders are appended.
  void apply(Tick tick, const JobFacts& facts, std::vector<FarmOrder>& orders, FloorFacts& told);
  void dispatch(Tick tick, std::vector<FarmOrder>& orders);
  void post(Tick tick, const FloorCommand& command, std::vector<FarmOrder>& orders, FloorFacts& told);
  [[nodiscard]] ProjectObservations finish(Tick tick);
  [[nodiscard]] bool all_ended() const { return active_.empty(); }
  [[nodiscard]] std::string unfinished() const; // names, for messages
  [[nodiscard]] std::int64_t events() const { return events_handled_; }

 private:
  // events.hpp
  void add_event(Tick at, EventKind kind, std::uint32_t a, std::int64_t b = 0) {
    if (at <= core::kMaxTick) events_.insert({at, kind, a, b});
  }
  void drop_event(Tick at, EventKind kind, std::uint32_t a, std::int64_t b = 0) { events_.erase({at, kind, a, b}); }
  void handle(const ProjectEvent& e);
  [[nodiscard]] bool is_stuck(const LiveProject& p) const;
  void hear(const JobFact& fact);
  void settle_all(); // tasks that have become done at this tick
  [[nodiscard]] double draw(std::uint64_t owner, core::Purpose purpose, std::uint64_t a, std::uint64_t b = 0,
                            unsigned half = 0) const {
    return core::uniform_at(key_, owner, purpose, static_cast<std::uint32_t>(core::mix(a, b)), half);
  }
  [[nodiscard]] bool in_window() const { return now_ >= model_.warmup && now_ < model_.horizon; }
  [[nodiscard]] Tick within(Tick from, Tick to) const {
    return std::max<Tick>(0, std::min(to, model_.horizon) - std::max(from, model_.warmup));
  }
  // tasks.hpp
  [[nodiscard]] const ProjectTable& table(const LiveProject& p) const { return model_.projects[p.table]; }
  [[nodiscard]] const TaskTable& table(const LiveProject& p, std::uint32_t task) const {
    const ProjectTable& t = table(p);
    return task < t.tasks.size() ? t.tasks[task] : t.fix;
  }
  [[nodiscard]] Bill empty_bill(std::uint32_t table) const;
  void begin_project(std::uint32_t table);
  void release(LiveProject& p, std::uint32_t task, std::uint32_t by);
  void make_ready(LiveProject& p, std::uint32_t task, Tick work);
  void finish_task(LiveProject& p, std::uint32_t task) { done_.emplace_back(p.id, task); }
  void complete(LiveProject& p, std::uint32_t task);
  void release_next(LiveProject& p, std::uint32_t task);
  void end_project(LiveProject& p, std::uint32_t last_run);
  void submit(LiveProject& p, std::uint32_t task);
  struct JobOf {
    std::uint32_t project = kNobody, task = kNobody, engineer = kNobody; // engineer: of a session
    Tick run = 0, request = 0;
    std::int64_t memory = 0, peak = 0;
  };
  [[nodiscard]] std::uint64_t new_tag(const JobOf& job);
  void post_job(LiveProject& p, std::uint32_t task, const JobOf& job);
  void again(LiveProject& p, std::uint32_t task);
  void job_ended(const JobFact& fact);
  void outside_done(LiveProject& p, std::uint32_t task);
  void work_done(LiveProject& p, std::uint32_t task);
  void account_run(LiveProject& p, std::uint32_t task);
  // gates.hpp
  void try_gate(LiveProject& p, std::uint32_t task);
  void go_back(LiveProject& p, std::uint32_t gate, const LoopTable& loop);
  void run_cycles(LiveProject& p, std::uint32_t task, double cycles);
  void make_bugs(LiveProject& p);
  void add_bug(LiveProject& p, double from);
  void find_bug(LiveProject& p, const Bug& bug, std::uint32_t by);
  void bug_mended(LiveProject& p, std::uint32_t task);
  void try_silicon(LiveProject& p, std::uint32_t task);
  // people.hpp
  void begin_half_day(std::uint32_t calendar);
  void end_half_day(std::uint32_t calendar);
  void end_overtime(std::uint32_t team);
  void take_over(const Engineer& e, LiveTask& t);
  void leave_to_others(const Engineer& e, LiveTask& t) const;
  void take_task(std::uint32_t engineer, LiveProject& p, std::uint32_t task);
  void start_work(std::uint32_t engineer);
  void stop_work(std::uint32_t engineer);
  void leave_task(std::uint32_t engineer);
  void free_hands(LiveProject& p, std::uint32_t task);
  void give(std::uint32_t engineer, std::uint32_t project);
  void send_home(std::uint32_t engineer);
  void set_doing(std::uint32_t engineer, Doing doing);
  void book(Engineer& e);
  void settle(LiveTask& t);
  void schedule_work(LiveProject& p, std::uint32_t task);
  void engineer_leaves(std::uint32_t engineer);
  void newcomer(std::uint32_t engineer);
  [[nodiscard]] double productivity(const Engineer& e, std::uint32_t skill) const;
  void count_machines(LiveProject& p, int change);
  [[nodiscard]] bool is_present(Engineer& e) const;
  void plan_leaving(std::uint32_t engineer);
  [[nodiscard]] double remaining(const LiveProject& p) const; // ticks until it is ready for the shuttle
  [[nodiscard]] double slack(const LiveProject& p) const;
  [[nodiscard]] bool is_late(const LiveProject& p) const;
  void end_idle_overtime(LiveProject& p);
  // staffing.hpp
  void rank_engineers();
  [[nodiscard]] std::vector<std::pair<std::uint32_t, std::uint32_t>> work_for(const LiveProject& p,
                                                                              std::vector<std::uint32_t> who) const;
  [[nodiscard]] std::int64_t wanted(const LiveProject& p, std::uint32_t skill) const;
  void take_work(LiveProject& p);
  void assign(std::uint32_t calendar);
  void assign_to(LiveProject& p, std::vector<std::uint32_t>& free);
  void call_free();
  // shuttles.hpp
  [[nodiscard]] Tick planned(std::uint32_t shuttle, std::int64_t run) const {
    const Tick first = model_.shuttles[shuttle].first, every = model_.shuttles[shuttle].every;
    return run > (core::kMaxTick - first) / every ? core::kNever : first + run * every;
  }
  [[nodiscard]] bool is_ready(const LiveProject& p) const;
  void ask_ready(LiveProject& p);
  void resume_shuttle(LiveProject& p, std::uint32_t by);
  void book_seat(LiveProject& p);
  void cut_off(std::uint32_t shuttle, std::int64_t run);
  void tape_out(LiveProject& p, std::uint32_t shuttle, std::int64_t number);
  [[nodiscard]] bool is_outside(std::uint32_t shuttle) const {
    return shuttle < options_.fab_outside.size() && options_.fab_outside[shuttle] != 0;
  }
  void provider_fails(std::uint32_t provider);
  static void lose_seat(LiveProject& p);
  // path.hpp
  void walk_back(LiveProject& p, std::uint32_t last_run);
  void keep_trace(const LiveProject& p);
  [[nodiscard]] Tick off_hours(std::uint32_t skill, Tick from, Tick to) const;
  void check_books() const;
  void check_project(const LiveProject& p, std::size_t crew, std::uint32_t jobs) const;
  void check_bills() const;
  void check_often() {
#ifdef CENTRESIM_CHECKED
    constexpr std::int64_t kAll = 20'000, kEvery = 4096; // long runs: now and then
    if (++unchecked_ <= kAll ? live_.size() < 64 || unchecked_ % 64 == 0 : unchecked_ % kEvery == 0) check_books();
#endif
  }

  const ProjectModel& model_;
  core::StreamKey key_;
  FloorOptions options_;
  Tick now_ = 0;
  std::set<ProjectEvent> events_;
  std::deque<LiveProject> live_; // never moves
  std::vector<LiveProject*> active_;
  std::vector<std::int64_t> begun_; // by table
  std::vector<Engineer> engineers_;
  std::vector<std::uint32_t> rank_;                          // of engineers, in the order in which they are asked
  std::deque<std::pair<std::uint32_t, std::uint32_t>> done_; // tasks (project, task) that have become done
  std::vector<char> begins_;                                 // calendars whose half-day begins at this tick
  std::set<std::uint32_t> wake_;                             // projects whose idle engineers may find work
  bool touched_ = false;
#ifdef CENTRESIM_CHECKED
  std::int64_t unchecked_ = 0;
#endif
  std::vector<JobOf> jobs_;                               // by tag
  std::vector<std::uint64_t> free_tags_, ended_sessions_; // the latter are free when the farm has ended them
  struct Run {
    std::vector<std::uint32_t> booked; // projects in the order in which they booked
    bool closed = false;
  };
  std::vector<std::map<std::int64_t, Run>> runs_; // by shuttle
  std::vector<char> closed_;                      // providers that are gone
  std::vector<FarmOrder>* orders_ = nullptr;
  FloorFacts* told_ = nullptr;
  std::int64_t events_handled_ = 0;
  ProjectObservations seen_;
};

} // namespace centresim::design
