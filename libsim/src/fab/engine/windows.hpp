// Queue-time windows: ranks by them, what becomes of lots that break them.
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
  const double after = static_cast<double>(w.limit) * share - sampled_time(lot.step, lot.wafers);
  constexpr auto kFar = static_cast<double>(core::kMaxTick);
  return lot.window_opened + std::llround(std::clamp(after, -kFar, kFar));
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
  lot.taken_out = now;
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
    lot.location = model_.steps[lot.step].location; // it starts from where it waited
    return move_on(id, w.rework_to);
  }
  const Tick time = model_.laws[w.hold_law].ticks(draw(lot, id, lot.step, core::Purpose::hold));
  lot.held += time;
  if (time == 0) return join_queue(id);
  keep_away(id, time, LotPlace::on_hold);
}

} // namespace centresim::fab
