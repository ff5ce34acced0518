// Where the time went: back from the end of a project along what each task waited for.
#pragma once
#include "state.hpp"

namespace centresim::design {

// A task has ended: its time, from release to end, by cause.
inline void ProjectState::account_run(LiveProject& p, std::uint32_t task) {
  const TaskTable& k = table(p, task);
  LiveTask& t = p.tasks[task];
  TaskRun& run = p.runs[t.run];
  run.ended = now_;
  Tick left = now_ - run.released;
  const auto take = [&](Cause cause, Tick time) {
    time = std::clamp<Tick>(time, 0, left);
    run.spent[static_cast<std::size_t>(cause)] += time;
    left -= time;
  };
  switch (k.type) {
  case TaskType::human:
  case TaskType::mixed:
    take(Cause::engineering, t.worked);
    take(Cause::licences, t.licence);
    if (k.type == TaskType::mixed) {
      take(Cause::licences, t.machine[static_cast<std::size_t>(Cause::licences)]);
      take(Cause::cores, t.machine[static_cast<std::size_t>(Cause::cores)]);
      take(Cause::machines, t.on_machines - t.machine[static_cast<std::size_t>(Cause::licences)] -
                                t.machine[static_cast<std::size_t>(Cause::cores)]);
    }
    // Nights and weekends go to what the hours between them went to.
    if (const Tick off = std::min(left, off_hours(k.skill, run.released, now_)), hours = now_ - run.released - off;
        hours > 0)
      take(Cause::off_hours, static_cast<Tick>(Wide{off} * (hours - (left - off)) / hours));
    return take(Cause::people, left);
  case TaskType::compute:
    if (k.every > 0) return take(Cause::verification, left);
    take(Cause::licences, t.machine[static_cast<std::size_t>(Cause::licences)]);
    take(Cause::cores, t.machine[static_cast<std::size_t>(Cause::cores)]);
    return take(Cause::machines, left);
  case TaskType::gate:
  case TaskType::blocks:
  case TaskType::silicon:
    return take(Cause::verification, left);
  case TaskType::external:
    return take(Cause::external, left);
  case TaskType::shuttle:
    take(Cause::fab, t.state == TaskState::outside ? now_ - p.left_at : 0);
    return take(Cause::shuttle, left);
  }
}

// Time within which the engineers of a skill do not work.
inline Tick ProjectState::off_hours(std::uint32_t skill, Tick from, Tick to) const {
  Tick least = to - from;
  for (const TeamTable& team : model_.teams)
    if (skill < team.level.size() && team.level[skill] > 0)
      least = std::min(least, to - from - model_.calendars[team.calendar].working(from, to));
  return least;
}

inline void ProjectState::walk_back(LiveProject& p, std::uint32_t last_run) {
  std::vector<std::uint32_t> path;
  std::array<Tick, kCauses> spent{}, redone{};
  Tick until = p.ended; // what is after it on the way is accounted for
  for (std::uint32_t r = last_run; r != kNobody; r = p.runs[r].by) {
    const TaskRun& run = p.runs[r];
    path.push_back(r);
    const Tick whole = until - run.released;
    std::array<Tick, kCauses>& its = run.again > 0 ? redone : spent;
    if (run.again > 0) spent[static_cast<std::size_t>(Cause::rework)] += whole;
    if (run.ended == until)
      for (std::size_t c = 0; c < kCauses; c++) its[c] += run.spent[c];
    else // it had not ended: bugs are found while regressions go on
      its[static_cast<std::size_t>(Cause::verification)] += whole;
    until = run.released;
  }
  Tick sum = 0, again = 0;
  for (std::size_t c = 0; c < kCauses; c++) sum += spent[c], again += redone[c];
  if (sum != p.ended - p.started || again != spent[static_cast<std::size_t>(Cause::rework)])
    throw std::logic_error("the critical path of a project does not add up");
  for (std::size_t c = 0; c < kCauses && in_window(); c++) {
    seen_.projects[p.table].path[c] += spent[c];
    seen_.projects[p.table].redone[c] += redone[c];
  }
  std::ranges::reverse(path);
  p.path = std::move(path);
}

inline void ProjectState::keep_trace(const LiveProject& p) {
  seen_.traces.push_back({p.table, static_cast<std::uint32_t>(p.number), p.started, p.taped_out, p.ended, p.tape_outs,
                          p.works, p.bill, p.runs, p.path});
}

} // namespace centresim::design
