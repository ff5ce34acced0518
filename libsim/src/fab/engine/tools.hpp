// Jobs on tools: start, set-up, phases, end; ready tools; reservations for hot lots.
#pragma once
#include "state.hpp"

namespace centresim::fab {

// Starts the lots chained from `first` (next_in_batch), all out of the queue by now; the chain begins with the lot
// ranked first.
inline void Engine::State::start_job(std::uint32_t id, std::uint32_t first) {
  Tool& tool = tools_[id];
  account(id);
  GroupSums& sums = seen_.groups[tool.group];
  Job& job = tool.job[tool.jobs];
  job = Job{};
  job.start = now;
  job.first_lot = first;
  job.step = lots_[first].step;
  std::uint32_t leader = first; // draws for a batch are those of its first lot in canonical order
  for (std::uint32_t l = first; l != kNone; l = lots_[l].next_in_batch) {
    LiveLot& lot = lots_[l];
    const StepTable& step = model_.steps[lot.step];
    const bool passes_gate = starts_at_gate(lot.step);
    if (passes_gate) count_lot(l, false);
    lot.place = LotPlace::processing;
    if (passes_gate) count_lot(l, true);
    if (lot.origin < lots_[leader].origin) leader = l;
    job.lots++;
    job.wafers += lot.wafers;
    const Tick queued = now - lot.arrived;
    sums.queued += queued;
    sums.waiting += now - std::max(lot.arrived, seen_.window_start);
    sums.queued_max = std::max(sums.queued_max, queued);
    if (step.closes != kNone && lot.window == step.closes) {
      lot.window_wait = now - lot.window_opened;
      tell_broken(lot);
    }
    if (step.dedicates != kNone) dedicated_[std::size_t{l} * model_.dedications + step.dedicates] = id;
    if (lot.hot && groups_[tool.group].reserved_for == l) cancel_reservation(tool.group);
  }
  sums.visits += job.lots;
  sums.jobs++;
  sums.wafers += job.wafers;
  const std::uint32_t leader_step = lots_[leader].step;
  const StepTable& step = model_.steps[leader_step];
  set_up(tool, id, step, job);
  time_job(tool, step, leader, leader_step, job);
  tool.jobs++;
  schedule_job(id);
  if (tool.jobs == 1) run_busy_clocks(id);
  if (tool.ready) {
    remove_ready(id);
    if (takes_another(id)) push_ready(id); // to the tail
  }
  for (std::uint32_t l = first; l != kNone; l = lots_[l].next_in_batch) // this tool is no longer ready
    if (lots_[l].hot) reserve(l, lots_[l].step);
}

inline void Engine::State::set_up(Tool& tool, std::uint32_t id, const StepTable& step, Job& job) {
  job.setup_end = now;
  if (step.setup == kNone) { // leaves the set-up of the tool as it is
    if (tool.run_left > 0) tool.run_left--;
    return;
  }
  const bool change = step.setup != tool.setup;
  const GroupTable& group = model_.groups[tool.group];
  if (change || step.setup_always) {
    const std::uint32_t law = step.setup_law != kNone ? step.setup_law : model_.setup_time_law(tool.setup, step.setup);
    if (law != kNone)
      job.setup_end += sequence_draw(model_.laws[law], group.identity, id - group.first_tool, core::Purpose::setup,
                                     tool.setups_drawn);
  }
  if (change) {
    tool.setup = step.setup;
    seen_.groups[tool.group].setups++;
    if (group.minimum_run)
      tool.run_left = model_.minimum_run[std::size_t{tool.group} * model_.setup_names.size() + step.setup];
  }
  if (tool.run_left > 0) tool.run_left--; // the lot that changes the set-up counts as the first of the run
}

inline void Engine::State::time_job(Tool& tool, const StepTable& step, std::uint32_t leader, std::uint32_t leader_step,
                                    Job& job) {
  const GroupTable& group = model_.groups[tool.group];
  const Tick time = step.time.is_constant()
                        ? step.time.ticks(0.5)
                        : step.time.ticks(draw(lots_[leader], leader, leader_step, core::Purpose::process));
  const Tick units = step.per == ProcessUnit::wafer ? job.wafers : 1;
  job.load_end = job.setup_end + group.load;
  if (!group.cascading) {
    job.process_start = job.load_end;
    job.process_end = job.load_end + units * time;
  } else {
    // Two positions in series: a unit spends `interval` in the first and the rest in the second, and blocks the first
    // while the second is occupied. After the first unit the others follow at a fixed distance.
    const Tick interval = std::min(step.interval, time), rest = time - interval;
    job.process_start = std::max(job.load_end, tool.first_free);
    const Tick moved = std::max(job.process_start + interval, tool.second_free);
    tool.first_free = moved + (units - 1) * std::max(interval, rest);
    tool.second_free = tool.first_free + rest;
    job.process_end = tool.second_free;
  }
  job.end = job.process_end + group.unload;
}

// The end of the job, or before it the call for the next one.
inline void Engine::State::schedule_job(std::uint32_t id) {
  const Tool& tool = tools_[id];
  if (tool.jobs == 0 || tool.outages > 0) return tree_.set(id, core::WinnerTree::kEmpty);
  Tick at = tool.job[0].end;
  if (tool.jobs == 1 && model_.groups[tool.group].just_in_time && calls_at(id) > now) at = std::min(at, calls_at(id));
  tree_.set(id, core::event_key(std::min(at, core::kMaxTick), kCompletion, id));
}

inline Tick Engine::State::calls_at(std::uint32_t id) const {
  return tools_[id].first_free - model_.groups[tools_[id].group].call_ahead;
}

// Whether it has room for another job, and the time has come.
inline bool Engine::State::takes_another(std::uint32_t id) const {
  const Tool& tool = tools_[id];
  const GroupTable& group = model_.groups[tool.group];
  if (tool.jobs >= (group.cascading ? 2 : 1)) return false;
  return tool.jobs == 0 || !group.just_in_time || calls_at(id) <= now;
}

inline void Engine::State::job_done(std::uint32_t id) {
  Tool& tool = tools_[id];
  if (tool.job[0].end > now) { // it calls for its next job
    schedule_job(id);
    return tool_changed(id);
  }
  account(id);
  const Job job = tool.job[0];
  tool.jobs--;
  if (tool.jobs > 0)
    tool.job[0] = tool.job[1];
  else
    stop_busy_clocks(id);
  if (tool.ready && model_.groups[tool.group].just_in_time) remove_ready(id); // it comes back among the empty ones
  schedule_job(id);
  for (std::uint32_t l = job.first_lot, next = kNone; l != kNone; l = next) {
    next = lots_[l].next_in_batch;
    lots_[l].next_in_batch = kNone;
    end_step(l, job, id);
  }
  if (tool.wafers_left >= 0) count_wafers(id, job.wafers);
  tool_changed(id);
}

// A look at the counters is due when the first of them is; what they are due for may wait on.
inline void Engine::State::count_wafers(std::uint32_t id, std::uint32_t wafers) {
  Tool& tool = tools_[id];
  tool.wafers_left -= wafers;
  if (tool.wafers_left > 0) return;
  const ToolCare& care = care_[id];
  look_at_counters(id);
  for (std::uint32_t k = 0; k < care.threshold.size(); k++)
    if (care.threshold[k] > 0 && care.wafers[k] >= care.threshold[k]) maintenance_due(id, k);
}

inline void Engine::State::look_at_counters(std::uint32_t id) {
  Tool& tool = tools_[id];
  ToolCare& care = care_[id];
  const std::int64_t since = care.looked - tool.wafers_left;
  std::int64_t left = core::kNever;
  for (std::uint32_t k = 0; k < care.threshold.size(); k++) {
    if (care.threshold[k] == 0) continue; // by the calendar
    care.wafers[k] += since;
    left = std::min(left, std::max<std::int64_t>(0, care.threshold[k] - care.wafers[k]));
  }
  care.looked = tool.wafers_left = left == core::kNever ? -1 : left;
}

// What a change of a tool may allow: maintenance that waited, the next lot.
inline void Engine::State::tool_changed(std::uint32_t id) {
  Tool& tool = tools_[id];
  if (tool.pm_waits && tool.maintenance < 0 && tool.outages == 0 && tool.jobs == 0) start_maintenance(id);
  const bool available = tool.outages == 0 && tool.maintenance < 0 && !tool.pm_waits && takes_another(id);
  if (!available) {
    if (tool.held) release_hold(id);
    if (tool.ready) remove_ready(id);
    return;
  }
  if (tool.held) return;
  if (!tool.ready) {
    push_ready(id);
    if (groups_[tool.group].reserved_for != kNone) try_hold(tool.group);
  }
  if (!groups_[tool.group].queue.empty()) touch(tool.group);
}

// To the tail, or in front of the empty tools where those that call go first.
inline void Engine::State::push_ready(std::uint32_t id) {
  Tool& tool = tools_[id];
  GroupState& group = groups_[tool.group];
  tool.ready = true;
  tool.previous_ready = group.last_ready;
  if (tool.jobs > 0 && model_.groups[tool.group].just_in_time)
    while (tool.previous_ready != kNone && tools_[tool.previous_ready].jobs == 0)
      tool.previous_ready = tools_[tool.previous_ready].previous_ready;
  std::uint32_t& before = tool.previous_ready == kNone ? group.first_ready : tools_[tool.previous_ready].next_ready;
  tool.next_ready = before;
  before = id;
  (tool.next_ready == kNone ? group.last_ready : tools_[tool.next_ready].previous_ready) = id;
}

inline void Engine::State::remove_ready(std::uint32_t id) {
  Tool& tool = tools_[id];
  GroupState& group = groups_[tool.group];
  tool.ready = false;
  if (tool.previous_ready != kNone)
    tools_[tool.previous_ready].next_ready = tool.next_ready;
  else
    group.first_ready = tool.next_ready;
  if (tool.next_ready != kNone)
    tools_[tool.next_ready].previous_ready = tool.previous_ready;
  else
    group.last_ready = tool.previous_ready;
}

// A hot lot that starts keeps one tool of its next step free, where both groups allow it.
inline void Engine::State::reserve(std::uint32_t id, std::uint32_t step) {
  const StepTable& here = model_.steps[step];
  if (here.last || !model_.groups[here.group].reservation) return;
  const std::uint32_t next = model_.steps[step + 1].group;
  const GroupTable& table = model_.groups[next];
  GroupState& group = groups_[next];
  if (!table.reservation || table.batching || group.reserved_for != kNone) return;
  group.reserved_for = id;
  group.reserved_step = step + 1;
  try_hold(next);
}

// Holds the first ready tool that may take the hot lot.
inline void Engine::State::try_hold(std::uint32_t g) {
  GroupState& group = groups_[g];
  if (group.held_tool != kNone) return;
  const StepTable& step = model_.steps[group.reserved_step];
  const std::uint32_t only = step.dedicated == kNone
                                 ? kNone
                                 : dedicated_[std::size_t{group.reserved_for} * model_.dedications + step.dedicated];
  for (std::uint32_t t = group.first_ready; t != kNone; t = tools_[t].next_ready) {
    if (only != kNone && only != t) continue;
    remove_ready(t);
    tools_[t].held = true;
    group.held_tool = t;
    if (lots_[group.reserved_for].place == LotPlace::waiting) touch(g);
    return;
  }
}

inline void Engine::State::release_hold(std::uint32_t id) { // the tool went down: hold the next one
  Tool& tool = tools_[id];
  tool.held = false;
  groups_[tool.group].held_tool = kNone;
  try_hold(tool.group);
}

inline void Engine::State::cancel_reservation(std::uint32_t g) {
  GroupState& group = groups_[g];
  group.reserved_for = group.reserved_step = kNone;
  if (group.held_tool == kNone) return;
  const std::uint32_t id = group.held_tool;
  group.held_tool = kNone;
  tools_[id].held = false;
  tool_changed(id);
}

} // namespace centresim::fab
