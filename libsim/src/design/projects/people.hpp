// Engineers: given to projects half-day by half-day, working, waiting, leaving.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline constexpr std::uint64_t kRemembered = 10; // half-days: projects of this time cost attention

// ---- accounts -------------------------------------------------------------------------------------------------------

inline void ProjectState::book(Engineer& e) {
  const Tick time = within(e.since, now_);
  if (time > 0 && e.doing != Doing::away) {
    TeamSums& sums = seen_.teams[e.team];
    sums.present += time;
    if (e.overtime) sums.overtime += time;
    switch (e.doing) {
    case Doing::free:
      sums.free += time;
      break;
    case Doing::idle:
      (live_[e.project].machines > 0 ? sums.machine : sums.idle) += time;
      break;
    case Doing::waiting_for_licence:
      sums.licence += time;
      break;
    default:
      sums.working += time;
      sums.done += static_cast<Tick>(Wide{e.rate} * time / kWorkUnit);
    }
  }
  e.since = now_;
}

inline void ProjectState::set_doing(std::uint32_t engineer, Doing doing) {
  Engineer& e = engineers_[engineer];
  book(e);
  e.doing = doing;
}

// Who waits for machines is told apart from who is idle.
inline void ProjectState::count_machines(LiveProject& p, int change) {
  if (p.machines == 0 || (p.machines == 1 && change < 0))
    for (const std::uint32_t e : p.crew) book(engineers_[e]);
  p.machines = change > 0 ? p.machines + 1 : p.machines - 1;
}

// ---- work -----------------------------------------------------------------------------------------------------------

inline double ProjectState::productivity(const Engineer& e, std::uint32_t skill) const {
  const TeamTable& team = model_.teams[e.team];
  double factor = team.remote;
  if (team.learning > 0) {
    const double time = static_cast<double>(now_ - e.joined) / static_cast<double>(team.learning);
    factor *= 1 - (1 - team.novice) * core::math::exp(-time);
  }
  const auto others = std::ranges::count_if(e.recent, [&](const auto& r) { return r.first != e.project; });
  factor *= 1 - model_.staffing.switching_loss * static_cast<double>(others);
  return std::max(model_.staffing.least_productivity, factor) * team.level[skill];
}

// What has been done of a task up to now.
inline void ProjectState::settle(LiveTask& t) {
  const Tick time = now_ - t.settled;
  if (t.active > 0)
    t.worked += time;
  else if (t.hands > 0)
    t.licence += time;
  t.work -= t.rate * time;
  t.settled = now_;
}

inline void ProjectState::schedule_work(LiveProject& p, std::uint32_t task) {
  LiveTask& t = p.tasks[task];
  if (t.due >= 0) drop_event(t.due, kWorkDone, p.id, task);
  t.due = -1;
  if (t.rate <= 0) return;
  t.due = now_ + std::max<Tick>(0, (t.work + t.rate - 1) / t.rate);
  add_event(t.due, kWorkDone, p.id, task);
}

inline std::uint32_t ProjectState::find_task(const Engineer& e, const LiveProject& p) const {
  for (const std::uint32_t task : p.ready) {
    const TaskTable& k = table(p, task);
    if (p.tasks[task].hands < k.people && model_.teams[e.team].level[k.skill] > 0) return task;
  }
  return kNobody;
}

// Idle engineers of a project take what is ready, each the first that it can do.
inline void ProjectState::take_work(LiveProject& p) {
  if (p.ready.empty()) return;
  std::ranges::sort(p.crew);
  for (const std::uint32_t id : p.crew) {
    if (engineers_[id].doing != Doing::idle) continue;
    if (const std::uint32_t task = find_task(engineers_[id], p); task != kNobody) take_task(id, p, task);
  }
}

inline void ProjectState::take_task(std::uint32_t engineer, LiveProject& p, std::uint32_t task) {
  Engineer& e = engineers_[engineer];
  LiveTask& t = p.tasks[task];
  const TaskTable& k = table(p, task);
  settle(t);
  t.hands++;
  e.task = task;
  const std::uint32_t site = model_.teams[e.team].site;
  if (t.last_site != kNobody && site != kNobody && site != t.last_site) {
    t.work += model_.staffing.handover.ticks * kWorkUnit;
    if (in_window()) seen_.teams[e.team].handovers++;
  }
  if (site != kNobody) t.last_site = site;
  if (k.session == 0) return start_work(engineer);
  set_doing(engineer, Doing::waiting_for_licence);
  FarmOrder order;
  order.watched = true;
  order.tag = new_tag({p.id, task, engineer, 0, 0, 0, 0});
  e.session = static_cast<std::int64_t>(order.tag);
  Submission& s = order.job;
  s.submit = now_;
  s.run = s.request = 2 * core::kTicksPerDay; // it is ended with the half-day at the latest
  s.flow = table(p).session_kind;
  s.tokens = k.session;
  s.priority = table(p).priority + k.priority;
  s.account = table(p).account;
  s.owner = table(p).owner;
  s.home = table(p).home;
  s.preemptible = false;
  orders_->push_back(order);
}

inline void ProjectState::start_work(std::uint32_t engineer) {
  Engineer& e = engineers_[engineer];
  LiveProject& p = live_[e.project];
  LiveTask& t = p.tasks[e.task];
  settle(t);
  set_doing(engineer, Doing::working);
  e.rate = std::max<std::int64_t>(1, std::llround(productivity(e, table(p, e.task).skill) * kWorkUnit));
  t.rate += e.rate;
  t.active++;
  schedule_work(p, e.task);
}

// The licence is lost: the engineer waits for another one.
inline void ProjectState::stop_work(std::uint32_t engineer) {
  Engineer& e = engineers_[engineer];
  if (e.doing != Doing::working) return;
  LiveProject& p = live_[e.project];
  LiveTask& t = p.tasks[e.task];
  settle(t);
  t.rate -= e.rate;
  t.active--;
  set_doing(engineer, Doing::waiting_for_licence);
  e.rate = 0;
  schedule_work(p, e.task);
}

inline void ProjectState::leave_task(std::uint32_t engineer) {
  Engineer& e = engineers_[engineer];
  if (e.task == kNobody) return;
  stop_work(engineer);
  LiveProject& p = live_[e.project];
  LiveTask& t = p.tasks[e.task];
  settle(t);
  t.hands--;
  wake_.insert(p.id);
  if (e.session >= 0) {
    FarmOrder order;
    order.end = true;
    order.tag = static_cast<std::uint64_t>(e.session);
    orders_->push_back(order);
    jobs_[order.tag].engineer = kNobody;
    ended_sessions_.push_back(order.tag);
    e.session = -1;
  }
  e.task = kNobody;
  set_doing(engineer, Doing::idle);
}

// All who work at a task that is done.
inline void ProjectState::free_hands(LiveProject& p, std::uint32_t task) {
  for (const std::uint32_t id : std::vector(p.crew))
    if (engineers_[id].task == task) leave_task(id);
}

// ---- half-days ------------------------------------------------------------------------------------------------------

// To a project, or to none.
inline void ProjectState::give(std::uint32_t engineer, std::uint32_t project) {
  Engineer& e = engineers_[engineer];
  leave_task(engineer);
  book(e);
  if (e.project != kNobody) std::erase(live_[e.project].crew, engineer);
  e.project = project;
  if (project == kNobody) {
    if (e.doing != Doing::away) e.doing = Doing::free;
    return;
  }
  e.doing = Doing::idle;
  e.last_project = project;
  const auto known = std::ranges::find(e.recent, project, [](const auto& r) { return r.first; });
  if (known == e.recent.end())
    e.recent.emplace_back(project, e.half_days);
  else
    known->second = e.half_days;
  live_[project].crew.push_back(engineer);
  wake_.insert(project);
}

inline void ProjectState::send_home(std::uint32_t engineer) {
  give(engineer, kNobody);
  set_doing(engineer, Doing::away);
  engineers_[engineer].overtime = false;
}

// Whole half-days, as even as can be: k of n are there up to any time.
inline bool ProjectState::is_present(Engineer& e) const {
  const double presence = model_.teams[e.team].presence;
  const double before = std::floor(static_cast<double>(e.half_days) * presence + 1e-9);
  e.half_days++;
  return std::floor(static_cast<double>(e.half_days) * presence + 1e-9) > before;
}

inline void ProjectState::begin_half_day(std::uint32_t calendar) {
  for (std::uint32_t id = 0; id < engineers_.size(); id++) {
    Engineer& e = engineers_[id];
    if (model_.teams[e.team].calendar != calendar || e.gone) continue;
    if (is_present(e)) set_doing(id, Doing::free);
    std::erase_if(e.recent, [&](const auto& r) { return r.second + kRemembered <= e.half_days; });
  }
  begins_[calendar] = 1;
  touched_ = true;
  add_event(now_ + model_.calendars[calendar].length(), kHalfDayEnds, calendar);
}

inline void ProjectState::end_half_day(std::uint32_t calendar) {
  const Tick next = model_.calendars[calendar].next_start(now_);
  std::vector<char> stays(model_.teams.size());
  for (std::uint32_t id = 0; id < engineers_.size(); id++) {
    Engineer& e = engineers_[id];
    const TeamTable& team = model_.teams[e.team];
    if (team.calendar != calendar || e.doing == Doing::away) continue;
    const bool late =
        team.overtime > 0 && next - now_ > team.overtime && e.project != kNobody && slack(live_[e.project]) < 0;
    if (!late) {
      send_home(id);
      continue;
    }
    book(e);
    e.overtime = true;
    stays[e.team] = 1;
  }
  for (std::uint32_t t = 0; t < stays.size(); t++)
    if (stays[t]) add_event(now_ + model_.teams[t].overtime, kOvertimeEnds, t);
  add_event(next, kHalfDayBegins, calendar);
}

inline void ProjectState::end_overtime(std::uint32_t team) {
  const TeamTable& t = model_.teams[team];
  for (std::uint32_t id = t.first; id < t.first + t.engineers; id++)
    if (engineers_[id].overtime) send_home(id);
}

// ---- who works for whom ---------------------------------------------------------------------------------------------

inline double ProjectState::remaining(const LiveProject& p) const {
  const ProjectTable& of = table(p);
  double most = 0;
  for (std::uint32_t task = 0; task < of.tasks.size(); task++)
    if (p.tasks[task].state != TaskState::done && of.tasks[task].every == 0)
      most = std::max(most, of.tasks[task].to_ready);
  return most;
}

inline double ProjectState::slack(const LiveProject& p) const {
  const ProjectTable& of = table(p);
  if (of.due == core::kNever) return 1e18;
  return static_cast<double>(p.started + of.due - now_) - remaining(p);
}

// Engineers of a skill for whom the project has work: ready, or when its jobs end.
inline std::int64_t ProjectState::wanted(const LiveProject& p, std::uint32_t skill) const {
  std::int64_t places = 0;
  for (const std::uint32_t task : p.ready) {
    const TaskTable& k = table(p, task);
    if (k.skill == skill) places += std::int64_t{k.people} - p.tasks[task].hands;
  }
  const ProjectTable& of = table(p);
  for (std::uint32_t task = 0; task < of.tasks.size() && p.machines > 0; task++)
    places += of.tasks[task].type == TaskType::mixed && of.tasks[task].skill == skill && p.tasks[task].jobs > 0;
  return places;
}

// Engineers whose half-day begins: by the priority of the projects, then least slack, then age.
inline void ProjectState::assign(std::uint32_t calendar) {
  std::vector<std::uint32_t> free;
  for (std::uint32_t id = 0; id < engineers_.size(); id++)
    if (engineers_[id].doing == Doing::free && model_.teams[engineers_[id].team].calendar == calendar)
      free.push_back(id);
  std::vector<std::tuple<std::int32_t, double, std::uint32_t>> order;
  for (const LiveProject* p : active_) order.emplace_back(-table(*p).priority, slack(*p), p->id);
  std::ranges::sort(order);
  for (const auto& [priority, slack, id] : order) {
    if (free.empty()) return;
    LiveProject& p = live_[id];
    for (std::uint32_t skill = 0; skill < model_.skills.size(); skill++) {
      std::int64_t places = wanted(p, skill);
      for (const bool same : {true, false})
        for (auto e = free.begin(); e != free.end() && places > 0;) {
          const bool fits =
              model_.teams[engineers_[*e].team].level[skill] > 0 && (!same || engineers_[*e].last_project == id);
          if (!fits) {
            ++e;
            continue;
          }
          give(*e, id);
          e = free.erase(e);
          places--;
        }
    }
  }
}

// At once: who has no work takes what is ready, of whichever project.
inline void ProjectState::call_free() {
  if (!model_.staffing.at_once) return;
  std::vector<std::tuple<std::int32_t, double, std::uint32_t>> order;
  for (const LiveProject* p : active_)
    if (!p->ready.empty()) order.emplace_back(-table(*p).priority, slack(*p), p->id);
  std::ranges::sort(order);
  for (const auto& [priority, slack, project] : order) {
    LiveProject& p = live_[project];
    for (std::uint32_t id = 0; id < engineers_.size(); id++) {
      const Engineer& e = engineers_[id];
      if (e.doing != Doing::free && (e.doing != Doing::idle || e.project == project)) continue;
      const std::uint32_t task = find_task(e, p);
      if (task == kNobody) continue;
      give(id, project);
      take_task(id, p, task);
    }
  }
}

// ---- coming and going -----------------------------------------------------------------------------------------------

inline void ProjectState::engineer_leaves(std::uint32_t engineer) {
  Engineer& e = engineers_[engineer];
  const TeamTable& team = model_.teams[e.team];
  if (e.doing != Doing::away) send_home(engineer);
  e.gone = true;
  if (in_window()) seen_.teams[e.team].left++;
  const double u = draw(core::mix(team.identity, engineer - team.first), core::Purpose::engineer_replacement, e.stays);
  add_event(now_ + team.replacement.ticks(u), kNewcomer, engineer);
}

inline void ProjectState::newcomer(std::uint32_t engineer) {
  Engineer& e = engineers_[engineer];
  e.gone = false;
  e.joined = now_;
  e.stays++;
  e.last_project = kNobody;
  e.recent.clear();
  if (in_window()) seen_.teams[e.team].joined++;
  plan_leaving(engineer);
}

inline void ProjectState::plan_leaving(std::uint32_t engineer) {
  const Engineer& e = engineers_[engineer];
  const TeamTable& team = model_.teams[e.team];
  if (!team.leaves) return;
  const double u = draw(core::mix(team.identity, engineer - team.first), core::Purpose::engineer_stay, e.stays);
  add_event(now_ + std::max<Tick>(1, team.stay.ticks(u)), kEngineerLeaves, engineer);
}

} // namespace centresim::design
