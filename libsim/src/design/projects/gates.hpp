// Gates, bugs and the first silicon: where work goes back.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline void ProjectState::try_gate(LiveProject& p, std::uint32_t task) {
  const TaskTable& k = table(p, task);
  LiveTask& t = p.tasks[task];
  if (p.cycles < k.after_cycles) {
    t.state = TaskState::outside;
    if (std::ranges::find(p.gates, task) == p.gates.end()) p.gates.push_back(task);
    return;
  }
  const std::int32_t i = t.tries++;
  ProjectSums& sums = seen_.projects[p.table];
  if (in_window()) sums.tries++;
  double fail = 1 - k.pass;
  for (std::int32_t n = 0; n < i; n++) fail *= k.improvement;
  const auto times = static_cast<std::uint64_t>(i);
  const bool passed = draw(p.identity, core::Purpose::gate, k.identity, times) < 1 - fail;
  const bool waived = !passed && i + 1 >= k.max_tries;
  if (waived && in_window()) sums.waived++;
  if (passed || waived || k.loops.empty()) return finish_task(p, task);
  const double u = draw(p.identity, core::Purpose::gate, k.identity, times, 1);
  const auto loop = std::ranges::find_if(k.loops, [&](const LoopTable& l) { return u < l.until; });
  go_back(p, task, loop == k.loops.end() ? k.loops.back() : *loop);
}

// Everything from where work goes back to, down to the gate, is stale.
inline void ProjectState::go_back(LiveProject& p, std::uint32_t gate, const LoopTable& loop) {
  account_run(p, gate);
  const ProjectTable& of = table(p);
  const std::uint32_t by = p.tasks[gate].run;
  p.tasks[gate].state = TaskState::done;
  p.left--;
  std::vector<std::uint32_t> stale;
  for (const std::uint32_t task : loop.again) {
    LiveTask& t = p.tasks[task];
    if (t.state != TaskState::done) continue; // on its way
    t.state = TaskState::waiting;
    t.again++;
    t.factor = of.tasks[gate].rework;
    p.left++;
    stale.push_back(task);
  }
  if (of.shuttle != kNobody && !is_ready(p)) p.ready_since = -1;
  for (std::uint32_t task = 0; task < of.tasks.size(); task++) { // what comes again and again until one of them is done
    const TaskTable& k = of.tasks[task];
    if (k.every == 0 || p.tasks[task].state != TaskState::done) continue;
    if (std::ranges::find(stale, k.until) != stale.end()) release(p, task, by);
  }
  for (const std::uint32_t task : stale) {
    if (p.tasks[task].state != TaskState::waiting) continue;
    const auto is_done = [&](std::uint32_t b) { return p.tasks[b].state == TaskState::done; };
    if (std::ranges::all_of(of.tasks[task].before, is_done)) release(p, task, by);
  }
}

// ---- bugs: Poisson in number, each found after an exponential number of regression cycles
// -------------------------------------------------------------

inline void ProjectState::make_bugs(LiveProject& p) {
  const ProjectTable& of = table(p);
  double sum = 0; // a Poisson number is what a process of rate 1 brings until then
  for (std::uint64_t i = 0; of.bugs > 0; i++) {
    sum += -core::math::log(1 - draw(p.identity, core::Purpose::bug_count, i));
    if (sum > of.bugs) break;
    add_bug(p, 0);
  }
}

inline void ProjectState::add_bug(LiveProject& p, double from) {
  const ProjectTable& of = table(p);
  Bug bug;
  bug.number = p.bugs_made++;
  const double cycles = -core::math::log(1 - draw(p.identity, core::Purpose::bug_found, bug.number)) / of.rate;
  bug.found_at = of.rate > 0 ? from + cycles : std::numeric_limits<double>::infinity();
  bug.fatal = draw(p.identity, core::Purpose::bug_fatal, bug.number) < of.fatality;
  const auto place = std::ranges::find_if(p.bugs, [&](const Bug& b) { return b.found_at < bug.found_at; });
  p.bugs.insert(place, bug);
}

// Jobs of a task have run so many regression cycles more.
inline void ProjectState::run_cycles(LiveProject& p, std::uint32_t task, double cycles) {
  p.cycles += cycles;
  while (!p.bugs.empty() && p.bugs.back().found_at <= p.cycles) {
    const Bug bug = p.bugs.back();
    p.bugs.pop_back();
    find_bug(p, bug, p.tasks[task].run);
  }
  for (const std::uint32_t gate : std::vector(p.gates)) {
    if (p.cycles < table(p, gate).after_cycles) continue;
    std::erase(p.gates, gate);
    try_gate(p, gate);
  }
}

inline void ProjectState::find_bug(LiveProject& p, const Bug& bug, std::uint32_t by) {
  if (in_window()) seen_.projects[p.table].bugs_found++;
  p.open_bugs++;
  p.ready_since = -1;
  const auto task = static_cast<std::uint32_t>(p.tasks.size());
  p.tasks.emplace_back();
  p.tasks.back().number = bug.number;
  p.tasks.back().run = static_cast<std::uint32_t>(p.runs.size());
  p.runs.push_back({static_cast<std::uint32_t>(table(p).tasks.size()), by, p.spin, now_, -1, {}});
  const double u = draw(p.identity, core::Purpose::task_effort, table(p).fix.identity, bug.number);
  make_ready(p, task, scaled(table(p).fix.effort, u, 1));
}

inline void ProjectState::bug_mended(LiveProject& p, std::uint32_t task) {
  const ProjectTable& of = table(p);
  p.open_bugs--;
  const double u = draw(p.identity, core::Purpose::bug_introduced, p.tasks[task].number);
  if (u < of.introduced) add_bug(p, p.cycles);
  if (p.open_bugs > 0) return;
  if (p.left == 0) return end_project(p, p.tasks[task].run);
  resume_shuttle(p, p.tasks[task].run);
}

// ---- silicon --------------------------------------------------------------------------------------------------------

inline void ProjectState::try_silicon(LiveProject& p, std::uint32_t task) {
  const TaskTable& k = table(p, task);
  ProjectSums& sums = seen_.projects[p.table];
  const std::int32_t spin = ++p.spin;
  const bool works = !p.chip_fails;
  if (in_window() && spin == 1) {
    sums.first_silicon++;
    sums.first_silicon_works += works;
  }
  if (works) {
    p.works = true;
    if (in_window()) {
      sums.working++;
      sums.spins += spin;
      sums.to_silicon += now_ - p.started;
    }
    return finish_task(p, task);
  }
  std::vector<Bug> shown;
  std::erase_if(p.bugs, [&](const Bug& b) {
    const double u = draw(p.identity, core::Purpose::bug_in_silicon, b.number, static_cast<std::uint64_t>(spin));
    if (u >= table(p).found_in_silicon) return false;
    shown.push_back(b);
    return true;
  });
  if (spin >= k.max_tries || k.loops.empty()) {
    if (in_window()) sums.given_up++;
    return finish_task(p, task);
  }
  for (const Bug& b : shown) find_bug(p, b, p.tasks[task].run);
  const double u = draw(p.identity, core::Purpose::gate, k.identity, static_cast<std::uint64_t>(spin));
  const auto loop = std::ranges::find_if(k.loops, [&](const LoopTable& l) { return u < l.until; });
  go_back(p, task, loop == k.loops.end() ? k.loops.back() : *loop);
}

} // namespace centresim::design
