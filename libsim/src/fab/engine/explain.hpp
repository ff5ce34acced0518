// Why a lot is where it is: read-only questions about the state, asked between ticks.
#pragma once
#include "account.hpp"
#include "dispatch.hpp"
#include "state.hpp"

namespace centresim::fab {

inline std::optional<LotView> Engine::State::explain(const std::string& name, Tick at) const {
  for (std::uint32_t id = 0; id < lots_.size(); id++)
    if (lots_[id].place != LotPlace::nowhere && lot_name(lots_[id].origin) == name) return view(id, at);
  return std::nullopt;
}

inline std::string Engine::State::tool_name(std::uint32_t id) const {
  const GroupTable& group = model_.groups[tools_[id].group];
  return group.name + "#" + std::to_string(id - group.first_tool + 1);
}

// The end of the last outage that holds it down.
inline Tick Engine::State::up_again(std::uint32_t id) const {
  if (tools_[id].stopped) return core::kNever; // whoever stopped it knows
  Tick end = now;
  for (const std::uint32_t kind : care_[id].active)
    end = std::max(end, core::event_tick(rare_.at(care_[id].failure_slot + kind)));
  return end;
}

// When something will be that pauses while the tool is down.
inline Tick Engine::State::put_off(std::uint32_t id, Tick at) const {
  const Tool& tool = tools_[id];
  if (tool.outages == 0 || at <= tool.paused) return at;
  const Tick up = up_again(id);
  return up == core::kNever ? up : at + (up - tool.paused);
}

inline LotView Engine::State::view(std::uint32_t id, Tick at) const {
  const LiveLot& lot = lots_[id];
  const StepTable& step = model_.steps[lot.step];
  LotView seen;
  seen.step = route_of(lot).name + "/" + model_.step_names[lot.step];
  seen.tool_group = model_.groups[step.group].name;
  if (lot.place == LotPlace::travelling || lot.place == LotPlace::on_hold) {
    seen.place = lot.place == LotPlace::on_hold ? Whereabouts::on_hold : Whereabouts::travelling;
    seen.since = lot.place == LotPlace::on_hold ? lot.arrived : lot.last_done;
    for (std::uint32_t i = 0; i < travelling_.size(); i++) // slots that are free have no event
      if (const std::uint64_t key = tree_.at(first_travel_ + i);
          travelling_[i] == id && key != core::WinnerTree::kEmpty)
        seen.until = core::event_tick(key);
  } else if (lot.place == LotPlace::processing) {
    seen.place = Whereabouts::processing;
    view_job(id, at, seen);
  } else {
    seen.place = Whereabouts::waiting;
    view_queue(id, seen);
  }
  return seen;
}

inline void Engine::State::view_job(std::uint32_t id, Tick at, LotView& seen) const {
  static constexpr const char* kActivity[] = {"down", "maintenance", "setup", "process", "load", "unload", "wait"};
  const GroupTable& group = model_.groups[model_.steps[lots_[id].step].group];
  for (std::uint32_t t = group.first_tool; t < group.first_tool + group.tools; t++)
    for (std::uint8_t j = 0; j < tools_[t].jobs; j++)
      for (std::uint32_t l = tools_[t].job[j].first_lot; l != kNone; l = lots_[l].next_in_batch) {
        if (l != id) continue;
        const Job& job = tools_[t].job[j];
        const ToolState state = tools_[t].outages > 0 ? ToolState::down : job_state(job, at).first;
        seen.tool = tool_name(t);
        seen.activity = kActivity[static_cast<std::size_t>(state)];
        seen.since = job.start;
        seen.until = put_off(t, job.end);
        seen.lots = job.lots;
      }
}

inline void Engine::State::view_queue(std::uint32_t id, LotView& seen) const {
  const StepTable& step = model_.steps[lots_[id].step];
  const GroupTable& table = model_.groups[step.group];
  const Queue& queue = groups_[step.group].queue;
  seen.since = lots_[id].arrived;
  seen.lots = static_cast<std::int64_t>(queue.size());
  if (step.setup != kNone) seen.setup = model_.setup_names[step.setup];
  std::size_t place = 0;
  while (place < queue.size() && queue[place].lot != id) place++;
  if (place == queue.size()) throw std::logic_error("a lot waits in no queue");
  for (std::uint32_t t = table.first_tool; t < table.first_tool + table.tools; t++) {
    ToolView& tool = seen.tools.emplace_back();
    tool.tool = tool_name(t);
    add_tool_state(t, id, tool.reasons);
    add_ranking(t, queue[place], tool.reasons);
    if (tool.reasons.empty()) tool.reasons.emplace_back();
  }
}

// What the tool is at.
inline void Engine::State::add_tool_state(std::uint32_t t, std::uint32_t id, std::vector<ToolReason>& reasons) const {
  const Tool& tool = tools_[t];
  const GroupTable& table = model_.groups[tool.group];
  const GroupState& group = groups_[tool.group];
  const auto add = [&](Obstacle kind, Tick until) -> ToolReason& {
    ToolReason& reason = reasons.emplace_back();
    reason.kind = kind;
    reason.until = until;
    return reason;
  };
  if (tool.outages > 0) add(Obstacle::down, up_again(t));
  if (tool.maintenance >= 0) add(Obstacle::maintenance, core::event_tick(rare_.at(first_end_ + t)));
  if (tool.pm_waits) add(Obstacle::maintenance_due, core::kNever);
  if (tool.jobs > 0 && !takes_another(t)) {
    const Job& job = tool.job[0];
    const bool calls = table.cascading && tool.jobs == 1; // before it ends
    ToolReason& busy = add(Obstacle::busy, put_off(t, calls ? calls_at(t) : job.end));
    busy.lot = lot_name(lots_[job.first_lot].origin);
    busy.lots = job.lots;
  }
  if (tool.held && group.reserved_for != id)
    add(Obstacle::held, core::kNever).lot = lot_name(lots_[group.reserved_for].origin);
}

// Whether it may take the lot at all, and what goes before it.
inline void Engine::State::add_ranking(std::uint32_t t, const Waiting& own, std::vector<ToolReason>& reasons) const {
  const Tool& tool = tools_[t];
  const GroupTable& table = model_.groups[tool.group];
  const bool hold = table.minimum_run && holds_minimum_run(t);
  const auto other_setup = [&](const Waiting& w) { return hold && w.setup != kNone && w.setup != tool.setup; };
  const auto bound = [&](const Waiting& w) { return w.dedicated != kNone && w.dedicated != t; };
  if (bound(own)) {
    ToolReason& reason = reasons.emplace_back();
    reason.kind = Obstacle::dedicated;
    reason.tool = tool_name(own.dedicated);
  }
  if (other_setup(own)) {
    ToolReason& reason = reasons.emplace_back();
    reason.kind = Obstacle::minimum_run;
    reason.setup = model_.setup_names[tool.setup];
    reason.lots = tool.run_left;
  }
  if (bound(own) || other_setup(own)) return;
  if (table.gates && is_gated(own)) return add_gate(own, reasons);
  std::vector<const Waiting*> order; // who may go on this tool, first to last
  const Queue& queue = groups_[tool.group].queue;
  for (std::size_t i = 0; i < queue.size(); i++)
    if (!bound(queue[i]) && !other_setup(queue[i]) && !(table.gates && is_gated(queue[i]))) order.push_back(&queue[i]);
  std::ranges::sort(order, [&](const Waiting* a, const Waiting* b) { return ranks_before(table, *a, *b, t); });
  const bool together = table.batching && add_batch(tool.group, own, order, reasons);
  ToolReason behind;
  behind.kind = Obstacle::behind;
  for (const Waiting* w : order) {
    if (w == &own) break;
    if (together && w->batch_key == own.batch_key) continue; // they go along, or fit no more
    if (behind.lots++ == 0) behind.lot = lot_name(lots_[w->lot].origin);
  }
  if (behind.lots > 0) reasons.push_back(behind);
}

inline void Engine::State::add_gate(const Waiting& own, std::vector<ToolReason>& reasons) const {
  ToolReason& reason = reasons.emplace_back();
  reason.kind = Obstacle::gate;
  for (const std::uint32_t g : model_.windows[model_.steps[own.step].opens].limited)
    if (reason.tool.empty() && is_full(g)) {
      reason.tool = model_.groups[g].name;
      reason.lots = groups_[g].front + groups_[g].upstream;
    }
}

// The batch that the best-ranked lot of this kind opens, by the rules of serve_batch. Gives whether `own` is in it.
inline bool Engine::State::add_batch(std::uint32_t g, const Waiting& own, const std::vector<const Waiting*>& order,
                                     std::vector<ToolReason>& reasons) const {
  const StepTable* step = nullptr;
  ToolReason batch;
  batch.kind = Obstacle::batch;
  bool waited = false, together = false;
  for (const Waiting* w : order) {
    if (w->batch_key != own.batch_key) continue;
    if (step == nullptr) step = &model_.steps[w->step];
    const LiveLot& lot = lots_[w->lot];
    if (const Tick wait = model_.steps[w->step].batch_wait; wait != core::kNever) {
      waited |= wait <= now - lot.arrived;
      batch.until = std::min(batch.until, lot.arrived + wait);
    }
    if (batch.wafers + lot.wafers > step->batch_max) continue;
    batch.wafers += lot.wafers;
    together |= w == &own;
  }
  batch.needed = step->batch_min;
  const auto room = static_cast<std::uint32_t>(step->batch_max - batch.wafers);
  if (batch.wafers < batch.needed && !waited && batch_can_grow(g, own.batch_key, room))
    reasons.push_back(batch);
  else if (groups_[g].look_until != core::kNever) { // for a lot known to arrive
    batch.needed = step->batch_max;
    batch.until = groups_[g].look_until;
    reasons.push_back(batch);
  }
  return together;
}

} // namespace centresim::fab
