// Queue-time windows: ranks by them, gates in front of them, what becomes of lots that break them.
#pragma once
#include "state.hpp"

namespace centresim::fab {

inline void Engine::State::book_window(const LiveLot& lot) {
  WindowSums& w = seen_.windows[lot.window];
  const Tick over = lot.window_wait - model_.windows[lot.window].limit;
  w.closed++;
  w.broken += over > 0;
  w.broken_1h += over > core::kTicksPerHour;
  w.broken_2h += over > 2 * core::kTicksPerHour;
  w.broken_4h += over > 4 * core::kTicksPerHour;
  w.excess += std::max<Tick>(0, over);
  w.slack += std::max<Tick>(0, -over);
}

inline void Engine::State::tell_broken(const LiveLot& lot) const {
  const Tick over = lot.window_wait - model_.windows[lot.window].limit;
  if (facts && over > 0)
    facts->push_back(
        {Fact::Kind::queue_time_broken, now, lot.serial, lot.flow, lot.wafers, lot.released, lot.window, over});
}

// QTCR: time left over work left, of the window; once it is broken the most work left first.
inline double Engine::State::queue_time_ratio(const LiveLot& lot) const {
  if (lot.window == kNone) return std::numeric_limits<double>::infinity();
  const Window& w = model_.windows[lot.window];
  const double after = model_.steps[w.to].last ? 0 : remaining_work(w.to + 1, lot.wafers);
  const double work = std::max(1.0, remaining_work(lot.step, lot.wafers) - after);
  const auto left = static_cast<double>(lot.window_opened + w.limit - now);
  return left >= 0 ? left / work : left * work;
}

// QTS: the limit is spread over the steps up to the end of the window, by the times they take as measured.
inline Tick Engine::State::queue_time_due(const LiveLot& lot) const {
  if (lot.window == kNone) return core::kNever;
  const Window& w = model_.windows[lot.window];
  if (lot.step >= w.to) return lot.window_opened + w.limit;
  double total = 0, done = 0;
  for (std::uint32_t s = w.from + 1; s < w.to; s++) {
    total += model_.steps[s].flow_factor * sampled_time(s, lot.wafers);
    if (s == lot.step) done = total;
  }
  total += (model_.steps[w.to].flow_factor - 1) * sampled_time(w.to, lot.wafers);
  const double share = total > 0 ? done / total : 0;
  return lot.window_opened + std::llround(static_cast<double>(w.limit) * share - sampled_time(lot.step, lot.wafers));
}

// So many lots with open windows are here, or here and on their way, that no other may begin one.
inline bool Engine::State::is_full(std::uint32_t g) const {
  const GroupTable& table = model_.groups[g];
  const GroupState& group = groups_[g];
  return (table.front_limit != kNone && group.front >= table.front_limit) ||
         (table.lots_limit != kNone && group.front + group.upstream >= table.lots_limit);
}

// From the work that waits, lots in front of gates left out, and the work that lots within windows bring, per tool that
// is up; the lot's own steps on the way included, its last one not.
inline double Engine::State::predicted_wait(const Window& w, std::uint32_t wafers) const {
  double wait = 0;
  for (std::uint32_t s = w.from + 1; s <= w.to; s++) {
    const GroupState& group = groups_[model_.steps[s].group];
    if (group.up_tools == 0) return std::numeric_limits<double>::infinity();
    wait += static_cast<double>(group.queued_work - group.gated_work + group.coming_work) / group.up_tools;
    if (s < w.to) wait += sampled_time(s, wafers);
  }
  return wait;
}

// Whether a waiting lot may not begin its window now. One that must keep the limit of the window before goes on.
inline bool Engine::State::is_gated(const Waiting& waiting) const {
  const StepTable& step = model_.steps[waiting.step];
  if (step.opens == kNone) return false;
  const LiveLot& lot = lots_[waiting.lot];
  if (step.closes != kNone && lot.window == step.closes) return false;
  const Window& w = model_.windows[step.opens];
  if (std::ranges::any_of(w.limited, [&](std::uint32_t g) { return is_full(g); })) return true;
  return w.gate != core::kNever && predicted_wait(w, lot.wafers) > static_cast<double>(w.gate);
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
  // A lot that is on the step in front of a gate has passed it.
  const std::uint32_t opens = model_.steps[lot.step].opens;
  const std::uint32_t window = lot.place == LotPlace::processing && opens != kNone ? opens : lot.window;
  if (window == kNone || model_.windows[window].gate == core::kNever) return;
  for (std::uint32_t s = here ? lot.step + 1 : lot.step; s <= model_.windows[window].to; s++) {
    const std::uint32_t g = model_.steps[s].group;
    const Tick work = expected_work(s, lot.wafers);
    groups_[g].coming_work += in ? work : -work;
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
  if (was_full && !is_full(g)) open_gates(g);
}

inline void Engine::State::open_gates(std::uint32_t g) {
  for (const std::uint32_t first : model_.groups[g].gate_groups)
    if (!groups_[first].queue.empty()) touch(first);
}

// Since when lots are held back here: groups choose in that order when gates open.
inline void Engine::State::note_gated(std::uint32_t g) {
  GroupState& group = groups_[g];
  for (std::size_t i = 0; i < group.queue.size(); i++)
    if (is_gated(group.queue[i])) {
      group.gated_since = std::min(group.gated_since, now);
      return;
    }
  group.gated_since = core::kNever;
}

// When a waiting lot breaks its window, if something then becomes of it.
inline Tick Engine::State::expires_at(const Waiting& waiting) const {
  const StepTable& step = model_.steps[waiting.step];
  const LiveLot& lot = lots_[waiting.lot];
  if (step.closes == kNone || lot.window != step.closes) return core::kNever;
  const Window& w = model_.windows[lot.window];
  return w.action == QueueTimeAction::record ? core::kNever : lot.window_opened + w.limit + 1;
}

inline void Engine::State::remove_expired(std::uint32_t g) {
  GroupState& group = groups_[g];
  std::vector<std::uint32_t> expired;
  for (std::size_t i = 0; i < group.queue.size(); i++)
    if (expires_at(group.queue[i]) <= now) expired.push_back(group.queue[i].lot);
  for (const std::uint32_t id : expired) {
    std::size_t i = 0;
    while (group.queue[i].lot != id) i++;
    leave_queue(g, i);
    act_on(id);
  }
}

// The lot is out of its queue by now.
inline void Engine::State::act_on(std::uint32_t id) {
  LiveLot& lot = lots_[id];
  const Window& w = model_.windows[lot.window];
  const std::uint32_t g = model_.steps[lot.step].group;
  if (model_.counts_windows) count_lot(id, false);
  seen_.groups[g].waiting += now - std::max(lot.arrived, seen_.window_start);
  lot.held += now - lot.arrived;
  lot.window_wait = now - lot.window_opened;
  tell_broken(lot);
  book_window(lot);
  lot.window = kNone;
  if (groups_[g].reserved_for == id) cancel_reservation(g);
  if (w.action == QueueTimeAction::scrap) return scrap_lot(id);
  if (w.action == QueueTimeAction::rework) {
    loop_count_[std::size_t{id} * model_.loops + w.rework_loop]++;
    lot.reworked = true;
    seen_.counts.reworks++;
    return move_on(id, w.rework_to);
  }
  const Tick time = model_.laws[w.hold_law].ticks(draw(lot, id, lot.step, core::Purpose::hold));
  lot.held += time;
  if (time == 0) return join_queue(id);
  lot.arrived = now; // on hold
  keep_away(id, time, LotPlace::on_hold);
}

} // namespace centresim::fab
