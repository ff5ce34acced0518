// Breakdowns, maintenance, stops from outside.
#pragma once
#include "state.hpp"

namespace centresim::fab {

// Draw number `count` of one tool and one kind of outage (or its set-ups); counts on.
inline core::Tick Engine::State::sequence_draw(const core::Law& law, std::uint64_t kind, std::uint32_t tool_in_group,
                                               core::Purpose purpose, std::uint32_t& count) const {
  const std::uint32_t i = count++;
  if (law.is_constant()) return law.ticks(0.5);
  return law.ticks(core::uniform_at(key_, core::mix(kind, tool_in_group), purpose, i >> 1, i & 1));
}

inline void Engine::State::schedule_failure(std::uint32_t id, std::uint32_t kind, bool first) {
  const GroupTable& group = model_.groups[tools_[id].group];
  const BreakdownKind& b = group.breakdowns[kind];
  ToolCare& care = care_[id];
  const Tick after = sequence_draw(first ? b.first : b.mttf, b.identity, id - group.first_tool,
                                   core::Purpose::time_to_failure, care.failures[kind]);
  const std::uint32_t slot = care.failure_slot + kind;
  if (b.busy_clock) { // runs while the tool works
    care.busy_left[kind] = after;
    rare_.set(slot, care.busy_since == core::kNever
                        ? core::WinnerTree::kEmpty
                        : core::event_key(std::min(now + after, core::kMaxTick), kFailure, slot));
  } else {
    rare_.set(slot, core::event_key(std::min(now + after, core::kMaxTick), kFailure, slot));
  }
}

inline void Engine::State::run_busy_clocks(std::uint32_t id) {
  const GroupTable& group = model_.groups[tools_[id].group];
  ToolCare& care = care_[id];
  if (!group.busy_clocks || care.busy_since != core::kNever) return;
  care.busy_since = now;
  bool any = false;
  for (std::uint32_t k = 0; k < group.breakdowns.size(); k++) {
    if (!group.breakdowns[k].busy_clock || std::ranges::find(care.active, k) != care.active.end()) continue;
    const std::uint32_t slot = care.failure_slot + k;
    rare_.set(slot, core::event_key(std::min(now + care.busy_left[k], core::kMaxTick), kFailure, slot));
    any = true;
  }
  if (any) show_rare();
}

inline void Engine::State::stop_busy_clocks(std::uint32_t id) {
  const GroupTable& group = model_.groups[tools_[id].group];
  ToolCare& care = care_[id];
  if (!group.busy_clocks || care.busy_since == core::kNever) return;
  bool any = false;
  for (std::uint32_t k = 0; k < group.breakdowns.size(); k++) {
    if (!group.breakdowns[k].busy_clock || std::ranges::find(care.active, k) != care.active.end()) continue;
    care.busy_left[k] -= now - care.busy_since;
    rare_.set(care.failure_slot + k, core::WinnerTree::kEmpty);
    any = true;
  }
  care.busy_since = core::kNever;
  if (any) show_rare();
}

inline void Engine::State::fail(std::uint32_t id, std::uint32_t kind) {
  ToolCare& care = care_[id];
  seen_.counts.breakdowns++;
  rare_.set(care.failure_slot + kind, core::WinnerTree::kEmpty);
  if (tools_[id].maintenance >= 0)
    care.deferred.push_back(kind); // repaired after the maintenance
  else
    begin_repair(id, kind);
}

inline void Engine::State::begin_repair(std::uint32_t id, std::uint32_t kind) {
  const GroupTable& group = model_.groups[tools_[id].group];
  ToolCare& care = care_[id];
  const BreakdownKind& b = group.breakdowns[kind];
  const Tick time =
      sequence_draw(b.mttr, b.identity, id - group.first_tool, core::Purpose::time_to_repair, care.repairs[kind]);
  go_down(id);
  care.active.push_back(kind);
  const std::uint32_t slot = care.failure_slot + kind;
  rare_.set(slot, core::event_key(std::min(now + time, core::kMaxTick), kCapacity, slot));
}

inline void Engine::State::repaired(std::uint32_t id, std::uint32_t kind) {
  ToolCare& care = care_[id];
  std::erase(care.active, kind);
  schedule_failure(id, kind, false); // the next time to failure starts at the end of the repair
  come_up(id);
}

inline void Engine::State::go_down(std::uint32_t id) {
  Tool& tool = tools_[id];
  account(id);
  if (tool.outages++ > 0) return;
  if (tool.maintenance < 0) count_down(tool.group);
  tool.paused = now;
  if (tool.jobs > 0) stop_busy_clocks(id);
  schedule_job(id);
  tool_changed(id);
}

// The last outage is over: the jobs go on where they were.
inline void Engine::State::come_up(std::uint32_t id) {
  Tool& tool = tools_[id];
  account(id);
  if (--tool.outages > 0) return;
  if (tool.maintenance < 0) count_up(tool.group);
  const Tick paused = tool.paused, length = now - paused;
  const auto shift = [&](Tick& t) {
    if (t > paused) t += length;
  };
  for (std::uint8_t j = 0; j < tool.jobs; j++)
    for (Tick* t : {&tool.job[j].setup_end, &tool.job[j].load_end, &tool.job[j].process_start, &tool.job[j].process_end,
                    &tool.job[j].end})
      shift(*t);
  shift(tool.first_free);
  shift(tool.second_free);
  if (tool.jobs > 0) run_busy_clocks(id);
  schedule_job(id);
  tool_changed(id);
}

inline void Engine::State::maintenance_due(std::uint32_t id, std::uint32_t kind) {
  const MaintenanceKind& m = model_.groups[tools_[id].group].maintenance[kind];
  ToolCare& care = care_[id];
  if (m.every > 0) { // start to start on a fixed calendar
    care.next_due[kind] += m.every;
    const std::uint32_t slot = care.due_slot + kind;
    rare_.set(slot, core::event_key(std::min(care.next_due[kind], core::kMaxTick), kFailure, slot));
  }
  // The same kind that waits or runs already is not done twice.
  if (tools_[id].maintenance == static_cast<std::int32_t>(kind) ||
      std::ranges::find(care.pending, kind) != care.pending.end())
    return;
  care.pending.push_back(kind);
  tools_[id].pm_waits = true;
  if (m.every > 0) tool_changed(id); // a counter calls from the end of a job, which looks by itself
}

inline void Engine::State::start_maintenance(std::uint32_t id) {
  Tool& tool = tools_[id];
  ToolCare& care = care_[id];
  const GroupTable& group = model_.groups[tool.group];
  account(id);
  const std::uint32_t kind = care.pending.front();
  care.pending.erase(care.pending.begin());
  tool.pm_waits = !care.pending.empty();
  tool.maintenance = static_cast<std::int32_t>(kind);
  count_down(tool.group);
  seen_.counts.maintenances++;
  const MaintenanceKind& m = group.maintenance[kind];
  if (m.every == 0) {
    look_at_counters(id);
    care.wafers[kind] = m.carry_over ? care.wafers[kind] - care.threshold[kind] : 0;
    care.threshold[kind] = m.every_wafers;
    look_at_counters(id); // at the new one
  }
  const Tick time =
      sequence_draw(m.duration, m.identity, id - group.first_tool, core::Purpose::maintenance, care.maintenances[kind]);
  rare_.set(first_end_ + id, core::event_key(std::min(now + time, core::kMaxTick), kCompletion, first_end_ + id));
  show_rare();
}

inline void Engine::State::end_maintenance(std::uint32_t id) {
  Tool& tool = tools_[id];
  ToolCare& care = care_[id];
  account(id);
  tool.maintenance = -1;
  if (tool.outages == 0) count_up(tool.group);
  while (!care.deferred.empty()) { // failures of the time of maintenance go before the next maintenance
    const std::uint32_t kind = care.deferred.front();
    care.deferred.erase(care.deferred.begin());
    begin_repair(id, kind);
  }
  tool_changed(id);
}

inline void Engine::State::stop_tool(std::uint32_t id, StopRule rule) {
  Tool& tool = tools_[id];
  if (tool.stopped) return;
  tool.stopped = true;
  go_down(id);
  if (rule != StopRule::resume) abort_jobs(id, rule);
}

// The jobs on the tool are lost: their lots start the step again, or are scrapped.
inline void Engine::State::abort_jobs(std::uint32_t id, StopRule rule) {
  Tool& tool = tools_[id];
  for (std::uint8_t j = 0; j < tool.jobs; j++)
    for (std::uint32_t l = tool.job[j].first_lot, next = kNone; l != kNone; l = next) {
      next = lots_[l].next_in_batch;
      lots_[l].next_in_batch = kNone;
      if (rule == StopRule::scrap) {
        scrap_lot(l);
      } else {
        lots_[l].restarts++;
        join_queue(l);
      }
    }
  tool.jobs = 0;
  tool.first_free = tool.second_free = now;
  schedule_job(id);
}

inline void Engine::State::post(Tick tick, const Command& command) {
  if (tick < now) throw std::logic_error("a fab cannot go back in time");
  if (command.kind != Command::Kind::release_lot &&
      (command.first_tool > model_.tools || command.tools > model_.tools - command.first_tool))
    throw std::invalid_argument("a command names tools that the fab does not have");
  now = tick;
  switch (command.kind) {
  case Command::Kind::stop_tools:
    for (std::uint32_t t = 0; t < command.tools; t++) stop_tool(command.first_tool + t, command.rule);
    break;
  case Command::Kind::start_tools:
    for (std::uint32_t t = command.first_tool; t < command.first_tool + command.tools; t++)
      if (tools_[t].stopped) {
        tools_[t].stopped = false;
        come_up(t);
      }
    break;
  case Command::Kind::release_lot: {
    if (command.flow >= model_.flows.size() || command.wafers == 0)
      throw std::invalid_argument("a command releases a lot that the fab does not know");
    const std::uint64_t ordered = static_cast<std::uint64_t>(seen_.counts.lots_released) & 0xffffffffu;
    const std::uint32_t id = new_lot(command.flow, command.wafers, command.identity,
                                     (std::uint64_t{0xfffffffeu} << 32) | ordered, command.priority);
    if (command.due) lots_[id].due = *command.due;
    seen_.counts.lots_released++;
    seen_.flows[command.flow].released++;
    enter(id);
  }
  }
}

} // namespace centresim::fab
