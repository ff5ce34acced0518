// Gates in front of queue-time windows: what they ask for, who is held back.
#pragma once
#include "dispatch.hpp"
#include "state.hpp"

namespace centresim::fab {

// So many lots with open windows are here, or here and on their way, that no other may begin one.
inline bool Engine::State::is_full(std::uint32_t g) const {
  const GroupTable& table = model_.groups[g];
  const GroupState& group = groups_[g];
  return (table.front_limit != kNone && group.front >= table.front_limit) ||
         (table.lots_limit != kNone && group.front + group.upstream >= table.lots_limit);
}

// The wait predicted, from the work that waits, lots in front of gates left out, and the work that lots within windows
// bring, per tool that is up; the lot's own steps on the way included, its last one not. No term is negative.
inline bool Engine::State::waits_too_long(const Window& w, std::uint32_t wafers, const Queue& queue,
                                          std::span<const std::uint32_t> batch) const {
  double wait = 0;
  for (std::uint32_t s = w.from + 1; s <= w.to && wait <= w.gate; s++) {
    const GroupState& group = groups_[model_.steps[s].group];
    if (group.up_tools == 0) return true;
    Tick work = group.queued_work - group.gated_work + group.coming_work;
    for (const std::uint32_t i : batch) work += expected_work(s, lots_[queue[i].lot].wafers);
    wait += static_cast<double>(work) / group.up_tools;
    if (s < w.to) wait += sampled_time(s, wafers);
  }
  return wait > w.gate;
}

inline bool Engine::State::is_shut(std::uint32_t window, std::uint32_t wafers, const Queue& queue,
                                   std::span<const std::uint32_t> batch) const {
  const Window& w = model_.windows[window];
  return std::ranges::any_of(w.limited, [&](std::uint32_t g) { return is_full(g); }) ||
         (is_gate(window) && waits_too_long(w, wafers, queue, batch));
}

// The window that a waiting lot may have to wait for. One that must keep the limit of the window before goes on.
inline std::uint32_t Engine::State::gated_window(const LiveLot& lot) const {
  const StepTable& step = model_.steps[lot.step];
  if (step.opens == kNone || (step.closes != kNone && lot.window == step.closes)) return kNone;
  return is_gate(step.opens) || !model_.windows[step.opens].limited.empty() ? step.opens : kNone;
}

// What holds for one lot of a line holds for all of it.
inline bool Engine::State::is_open(const Queue& queue, GateLine& line) const {
  if (line.window != kNone && line.asked != counted_) {
    line.asked = counted_;
    line.open = !is_shut(line.window, line.wafers, queue);
  }
  return line.open;
}

inline bool Engine::State::any_open(std::uint32_t g) {
  GateLines& lines = gates_[g];
  return std::ranges::any_of(lines.busy, [&](std::uint32_t l) { return is_open(groups_[g].queue, lines.all[l]); });
}

inline void Engine::State::join_line(std::uint32_t g, const Waiting& w) {
  GateLines& lines = gates_[g];
  LiveLot& lot = lots_[w.lot];
  const std::uint32_t window = gated_window(lot), wafers = is_gate(window) ? lot.wafers : 0;
  lot.line = 0;
  while (lot.line < lines.all.size() && (lines.all[lot.line].window != window || lines.all[lot.line].wafers != wafers))
    lot.line++;
  if (lot.line == lines.all.size()) {
    lines.all.emplace_back();
    lines.all.back().window = window;
    lines.all.back().wafers = wafers;
  }
  GateLine& line = lines.all[lot.line];
  if (line.queue.empty()) lines.busy.push_back(lot.line);
  line.queue.insert(w, model_.groups[g].static_ranks);
  lot.gated_since = core::kNever;
  lot.next_in_line = kNone;
  lot.previous_in_line = line.last;
  (line.last == kNone ? line.first : lots_[line.last].next_in_line) = w.lot;
  line.last = w.lot;
  if (line.first_unseen == kNone) line.first_unseen = w.lot;
}

inline void Engine::State::leave_line(std::uint32_t g, const Waiting& w) {
  GateLines& lines = gates_[g];
  const LiveLot& lot = lots_[w.lot];
  GateLine& line = lines.all[lot.line];
  line.queue.erase(line.queue.place(w, model_.groups[g].static_ranks));
  if (line.queue.empty()) std::erase(lines.busy, lot.line);
  if (line.first_unseen == w.lot) line.first_unseen = lot.next_in_line;
  (lot.previous_in_line == kNone ? line.first : lots_[lot.previous_in_line].next_in_line) = lot.next_in_line;
  (lot.next_in_line == kNone ? line.last : lots_[lot.next_in_line].previous_in_line) = lot.previous_in_line;
}

// The best lot for a tool of those that no gate holds back.
inline std::size_t Engine::State::select_open(std::uint32_t id) {
  const std::uint32_t g = tools_[id].group;
  const GroupTable& table = model_.groups[g];
  const bool hold = table.minimum_run && holds_minimum_run(id);
  const Waiting* best = nullptr;
  for (const std::uint32_t l : gates_[g].busy) {
    GateLine& line = gates_[g].all[l];
    if (!is_open(groups_[g].queue, line)) continue;
    const std::size_t i = select(table, line.queue, id, hold);
    if (i != kNobody && (best == nullptr || ranks_before(table, line.queue[i], *best, id))) best = &line.queue[i];
  }
  return best == nullptr ? kNobody : groups_[g].queue.place(*best, table.static_ranks);
}

// Enters a lot into the counts of the groups that its window leads to, or takes it out; the same place, step and window
// both times.
inline void Engine::State::count_lot(std::uint32_t id, bool in) {
  LiveLot& lot = lots_[id];
  if (lot.counted == in) return;
  lot.counted = in;
  const bool here = lot.place == LotPlace::waiting || lot.place == LotPlace::processing;
  if (lot.window != kNone)
    for (std::uint32_t s = lot.step; s <= model_.windows[lot.window].to; s++) count_at(lot, s, here, in);
  if (in) { // a lot that is on the step in front of a gate has passed it
    const std::uint32_t opens = model_.steps[lot.step].opens;
    lot.counted_gate = lot.place == LotPlace::processing && is_gate(opens) ? opens : lot.window;
  }
  if (!is_gate(lot.counted_gate)) return;
  for (std::uint32_t s = here ? lot.step + 1 : lot.step; s <= model_.windows[lot.counted_gate].to; s++) {
    const std::uint32_t g = model_.steps[s].group;
    const Tick work = expected_work(s, lot.wafers);
    groups_[g].coming_work += in ? work : -work;
    counted_++;
    if (!in) open_gates(g);
  }
}

// Once in each group, where it is first met.
inline void Engine::State::count_at(const LiveLot& lot, std::uint32_t step, bool here, bool in) {
  const std::uint32_t g = model_.steps[step].group;
  for (std::uint32_t s = lot.step; s < step; s++)
    if (model_.steps[s].group == g) return;
  const bool was_full = is_full(g);
  std::uint32_t& count = here && step == lot.step ? groups_[g].front : groups_[g].upstream;
  in ? count++ : count--;
  counted_++;
  if (was_full && !is_full(g)) open_gates(g);
}

inline void Engine::State::open_gates(std::uint32_t g) {
  for (const std::uint32_t first : model_.groups[g].gate_groups)
    if (groups_[first].gated_since != core::kNever) touch(first);
}

// Since when lots are held back here: groups choose in that order when gates open. Lots of a line are first seen held
// back in the order in which they came.
inline void Engine::State::note_gated(std::uint32_t g) {
  GroupState& group = groups_[g];
  GateLines& lines = gates_[g];
  group.gated_since = core::kNever;
  for (const std::uint32_t l : lines.busy) {
    GateLine& line = lines.all[l];
    if (is_open(group.queue, line)) continue;
    for (std::uint32_t id = line.first_unseen; id != kNone; id = lots_[id].next_in_line) lots_[id].gated_since = now;
    line.first_unseen = kNone;
    group.gated_since = std::min(group.gated_since, lots_[line.first].gated_since);
  }
}

} // namespace centresim::fab
