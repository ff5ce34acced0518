// What happens at a tick.
#pragma once
#include "gates.hpp"
#include "path.hpp"
#include "people.hpp"
#include "shuttles.hpp"
#include "staffing.hpp"
#include "state.hpp"
#include "tasks.hpp"

namespace centresim::design {

inline ProjectState::ProjectState(const Model& model, std::uint64_t seed, std::uint64_t replication,
                                  const FloorOptions& options)
    : model_(model.projects), key_(core::stream_key(seed, replication)), options_(options),
      begun_(model_.projects.size()), begins_(model_.calendars.size()), runs_(model_.shuttles.size()),
      closed_(model_.providers.size()) {
  seen_.projects.resize(model_.projects.size());
  seen_.teams.resize(model_.teams.size());
  seen_.shuttles.resize(model_.shuttles.size());
  for (std::uint32_t p = 0; p < model_.projects.size(); p++) {
    seen_.projects[p].bill = empty_bill(p);
    if (model_.projects[p].start < model_.horizon) add_event(model_.projects[p].start, kProjectBegins, p);
  }
  engineers_.resize(model_.engineers);
  for (std::uint32_t t = 0; t < model_.teams.size(); t++)
    for (std::uint32_t n = 0; n < model_.teams[t].engineers; n++) {
      const std::uint32_t id = model_.teams[t].first + n;
      engineers_[id].team = t;
      engineers_[id].joined = -model_.teams[t].experience;
      plan_leaving(id);
    }
  rank_engineers();
  for (std::uint32_t c = 0; c < model_.calendars.size(); c++)
    add_event(model_.calendars[c].next_start(0), kHalfDayBegins, c);
  for (std::uint32_t p = 0; p < model_.providers.size(); p++) {
    const ProviderTable& k = model_.providers[p];
    if (k.fails) add_event(k.mttf.ticks(draw(k.identity, core::Purpose::provider_failure, 0)), kProviderFails, p);
  }
}

inline Tick ProjectState::next() const {
  if (touched_ || !wake_.empty()) return now_;
  return events_.empty() ? core::kNever : events_.begin()->at;
}

inline void ProjectState::apply(Tick tick, const JobFacts& facts, std::vector<FarmOrder>& orders, FloorFacts& told) {
  constexpr std::int64_t kMostAtOneTick = 10'000'000;
  if (tick < now_) throw std::logic_error("a floor cannot go back in time");
  now_ = tick;
  orders_ = &orders;
  told_ = &told;
  free_tags_.insert(free_tags_.end(), ended_sessions_.begin(), ended_sessions_.end());
  ended_sessions_.clear();
  for (const JobFact& fact : facts) {
    hear(fact);
    settle_all();
  }
  for (std::int64_t left = kMostAtOneTick; !events_.empty() && events_.begin()->at <= now_; left--) {
    if (left == 0) throw core::ModelError("events of projects repeat without end at one tick");
    const ProjectEvent e = *events_.begin();
    events_.erase(events_.begin());
    events_handled_++;
    handle(e);
    settle_all();
    check_often();
  }
}

inline void ProjectState::hear(const JobFact& fact) {
  const JobOf& job = jobs_[fact.tag];
  if (fact.kind == JobFact::Kind::ended) {
    events_handled_++;
    if (job.engineer == kNobody) return job_ended(fact);
    throw core::ModelError("an engineer can never get the licences of task '" +
                           table(live_[job.project], job.task).name + "' of project '" +
                           table(live_[job.project]).name + "'");
  }
  if (job.engineer == kNobody) return; // a session that is over
  if (fact.kind == JobFact::Kind::started)
    start_work(job.engineer);
  else
    stop_work(job.engineer);
}

inline void ProjectState::handle(const ProjectEvent& e) {
  const auto task = static_cast<std::uint32_t>(e.b);
  switch (e.kind) {
  case kWorkDone: {
    LiveProject& p = live_[e.a];
    p.tasks[task].due = -1;
    settle(p.tasks[task]);
    free_hands(p, task);
    return work_done(p, task);
  }
  case kOutsideDone:
    live_[e.a].tasks[task].due = -1;
    return outside_done(live_[e.a], task);
  case kEngineerLeaves:
    return engineer_leaves(e.a);
  case kProviderFails:
    return provider_fails(e.a);
  case kHalfDayEnds:
    return end_half_day(e.a);
  case kOvertimeEnds:
    return end_overtime(e.a);
  case kNewcomer:
    return newcomer(e.a);
  case kHalfDayBegins:
    return begin_half_day(e.a);
  case kCutOff:
    return cut_off(e.a, e.b);
  case kProjectBegins:
    return begin_project(e.a);
  case kAgain:
    return again(live_[e.a], task);
  }
}

// In the order in which they became done; one may release others that take no time.
inline void ProjectState::settle_all() {
  while (!done_.empty()) {
    const auto [project, task] = done_.front();
    done_.pop_front();
    LiveProject& p = live_[project];
    if (p.ended < 0) complete(p, task);
  }
}

inline void ProjectState::dispatch(Tick tick, std::vector<FarmOrder>& orders) {
  now_ = tick;
  orders_ = &orders;
  touched_ = false;
  for (std::uint32_t c = 0; c < begins_.size(); c++)
    if (std::exchange(begins_[c], 0)) assign(c);
  const std::set<std::uint32_t> wake = std::exchange(wake_, {});
  for (const std::uint32_t p : wake) {
    take_work(live_[p]);
    end_idle_overtime(live_[p]);
  }
  if (!wake.empty()) call_free();
  wake_.clear(); // whom they left has been asked
  check_often();
}

inline void ProjectState::post(Tick tick, const FloorCommand& command, std::vector<FarmOrder>& orders,
                               FloorFacts& told) {
  now_ = tick;
  orders_ = &orders;
  told_ = &told;
  LiveProject& p = live_.at(command.project);
  const std::uint32_t task = table(p).shuttle;
  if (p.ended >= 0 || task == kNobody || p.tasks[task].state != TaskState::outside)
    throw std::logic_error("silicon comes back to a project that has none on its way");
  outside_done(p, task);
  settle_all();
}

inline std::string ProjectState::unfinished() const {
  std::string names;
  for (std::size_t i = 0; i < active_.size() && i < 5; i++)
    names += (i > 0 ? ", '" : "'") + table(*active_[i]).name + "/" + std::to_string(active_[i]->number) + "'";
  return names + (active_.size() > 5 ? ", ..." : "");
}

// Nothing goes on but gates that wait for regression cycles, which nobody runs.
inline bool ProjectState::is_stuck(const LiveProject& p) const {
  if (p.gates.empty() || p.open_bugs > 0) return false;
  for (std::uint32_t task = 0; task < table(p).tasks.size(); task++) {
    const TaskState state = p.tasks[task].state;
    const bool waits = std::ranges::find(p.gates, task) != p.gates.end();
    const bool idles = table(p, task).every > 0 && table(p, task).cycles <= 0;
    if (p.tasks[task].jobs > 0 && table(p, task).cycles > 0) return false; // the last batch
    if (state != TaskState::waiting && state != TaskState::done && !waits && !idles) return false;
  }
  return true;
}

inline ProjectObservations ProjectState::finish(Tick tick) {
  now_ = tick;
  for (Engineer& e : engineers_) book(e);
  check_books();
  seen_.in_progress = static_cast<std::int64_t>(active_.size());
  for (const LiveProject* p : active_) {
    seen_.stalled += p->stalled || is_stuck(*p);
    const Tick due = table(*p).due == core::kNever ? core::kNever : p->started + table(*p).due;
    if (table(*p).shuttle != kNobody && !p->due_counted && due >= model_.warmup && due < std::min(tick, model_.horizon))
      seen_.projects[p->table].with_due_date++; // overdue
  }
  if (options_.trace_projects)
    for (const LiveProject& p : live_) keep_trace(p);
  return std::move(seen_);
}

} // namespace centresim::design
