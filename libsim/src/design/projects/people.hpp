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
    if (e.project != kNobody)
      for (Bill* bill : {&live_[e.project].bill, &seen_.projects[live_[e.project].table].bill}) {
        bill->engineers[e.team] += time;
        if (e.overtime) bill->overtime[e.team] += time;
      }
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

// Work begins, or goes on. A site of which nobody was at it when it was left needs to be told.
inline void ProjectState::take_over(const Engineer& e, LiveTask& t) {
  const std::uint32_t site = model_.teams[e.team].site;
  if (site == kNobody) return;
  const auto its = std::ranges::find(t.sites, site, &std::pair<std::uint32_t, Tick>::first);
  if (t.active == 0 && !t.sites.empty()) {
    Tick left = 0;
    for (const auto& [other, at] : t.sites) left = std::max(left, at);
    if (its == t.sites.end() || its->second < left) {
      t.work += model_.staffing.handover.ticks * kWorkUnit;
      if (in_window()) seen_.teams[e.team].handovers++;
    }
  }
  if (its == t.sites.end()) t.sites.emplace_back(site, now_);
}

inline void ProjectState::leave_to_others(const Engineer& e, LiveTask& t) const {
  for (auto& [site, left] : t.sites)
    if (site == model_.teams[e.team].site) left = now_;
}

inline void ProjectState::take_task(std::uint32_t engineer, LiveProject& p, std::uint32_t task) {
  Engineer& e = engineers_[engineer];
  LiveTask& t = p.tasks[task];
  const TaskTable& k = table(p, task);
  settle(t);
  t.hands++;
  e.task = task;
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
  take_over(e, t);
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
  leave_to_others(e, t);
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
  const bool day_is_over = model_.calendars[calendar].is_last_of_day(now_ - 1);
  std::vector<char> stays(model_.teams.size());
  for (std::uint32_t id = 0; id < engineers_.size(); id++) {
    Engineer& e = engineers_[id];
    const TeamTable& team = model_.teams[e.team];
    if (team.calendar != calendar || e.doing == Doing::away) continue;
    const bool stays_on = team.overtime > 0 && day_is_over && next - now_ > team.overtime && e.task != kNobody &&
                          is_late(live_[e.project]);
    if (!stays_on) {
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

// ---- slack ---------------------------------------------------------------------------------------------

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

// For its next tape-out, the first or that of a respin; for its end where it has none.
inline bool ProjectState::is_late(const LiveProject& p) const {
  const std::uint32_t shuttle = table(p).shuttle;
  const bool gone =
      shuttle != kNobody && p.tasks[shuttle].state != TaskState::waiting && p.tasks[shuttle].state != TaskState::ready;
  return !gone && slack(p) < 0;
}

// Nobody stays for nothing.
inline void ProjectState::end_idle_overtime(LiveProject& p) {
  for (const std::uint32_t id : std::vector(p.crew))
    if (engineers_[id].overtime && engineers_[id].doing == Doing::idle) send_home(id);
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
