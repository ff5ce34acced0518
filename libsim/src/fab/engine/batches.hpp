// Batches: which lots go together, which batch starts, for whom it waits.
#pragma once
#include "dispatch.hpp"
#include "state.hpp"

namespace centresim::fab {

inline void Engine::State::order_batch_candidates(const GroupTable& table, const GroupState& group, std::uint32_t id) {
  const bool hold = table.minimum_run && holds_minimum_run(id);
  const std::uint32_t setup = tools_[id].setup;
  candidates_.clear();
  GateLines* gates = table.gates ? &gates_[tools_[id].group] : nullptr;
  const auto opens = [&](std::uint32_t l) { return is_open(group.queue, gates->all[l]); };
  if (gates != nullptr && std::ranges::all_of(gates->busy, opens)) gates = nullptr; // nobody is held back
  const auto add = [&](const Queue& queue) {
    for (std::size_t i = 0; i < queue.size(); i++) {
      const Waiting& w = queue[i];
      if ((w.dedicated == kNone || w.dedicated == id) && !(hold && w.setup != kNone && w.setup != setup))
        candidates_.push_back(
            static_cast<std::uint32_t>(gates == nullptr ? i : group.queue.place(w, table.static_ranks)));
    }
  };
  if (gates == nullptr) {
    add(group.queue);
  } else {
    for (const std::uint32_t l : gates->busy)
      if (opens(l)) add(gates->all[l].queue);
    if (table.all_static) std::ranges::sort(candidates_); // the queue is in rank order
  }
  if (!table.all_static)
    std::ranges::sort(candidates_, [&](std::uint32_t a, std::uint32_t b) {
      return ranks_before(table, group.queue[a], group.queue[b], id);
    });
}

// Walks the lots by rank; each whose key has not been tried opens a batch and takes all that fit. Of the batches that
// may start the one that the group prefers does.
inline bool Engine::State::serve_batch(std::uint32_t id) {
  const std::uint32_t g = tools_[id].group;
  const GroupTable& table = model_.groups[g];
  const GroupState& group = groups_[g];
  order_batch_candidates(table, group, id);
  tried_.assign(table.batch_keys, 0);
  best_batch_.clear();
  for (std::size_t c = 0; c < candidates_.size(); c++) {
    const Waiting& opener = group.queue[candidates_[c]];
    if (tried_[opener.batch_key]) continue;
    tried_[opener.batch_key] = 1;
    // Whose turn it is goes before the choice: candidates stand in that order.
    if (table.turns && !best_batch_.empty() &&
        is_engineering(table, opener.lot) != is_engineering(table, group.queue[best_batch_.front()].lot))
      break;
    const bool waited = form_batch(group, c);
    if (batch_.empty() || !batch_may_start(g, waited)) continue;
    if (best_batch_.empty() || better_batch(table, group)) {
      best_batch_.swap(batch_);
      best_wafers_ = batch_wafers_;
      best_step_ = opener.step;
    }
    if (table.batch_choice == BatchChoice::rank) break;
  }
  if (best_batch_.empty()) return false;
  batch_.swap(best_batch_);
  start_batch(id, g);
  return true;
}

// The batch of the candidate `opener`, in rank order. Gives whether a lot of its kind has waited its longest.
inline bool Engine::State::form_batch(const GroupState& group, std::size_t opener) {
  const Waiting& first = group.queue[candidates_[opener]];
  batch_.clear();
  batch_wafers_ = 0;
  batch_step_ = first.step;
  const std::uint32_t g = model_.steps[first.step].group;
  const bool gates = model_.groups[g].gates;
  if (gates)
    for (const std::uint32_t l : gates_[g].busy) gates_[g].all[l].refused = false;
  bool waited = false;
  for (std::size_t c = opener; c < candidates_.size(); c++) {
    const Waiting& w = group.queue[candidates_[c]];
    if (w.batch_key != first.batch_key) continue;
    const LiveLot& lot = lots_[w.lot];
    waited |= model_.steps[w.step].batch_wait <= now - lot.arrived;
    if (batch_wafers_ + lot.wafers > model_.steps[first.step].batch_max)
      continue; // stays; smaller ones behind it may still come along
    if (gates && !batch_.empty()) {
      // The more lots begin the window together the longer the wait: one size refused is refused to the end.
      GateLine& line = gates_[g].all[lot.line];
      line.refused = line.refused || (line.window != kNone && is_shut(line.window, line.wafers, group.queue, batch_));
      if (line.refused) continue;
    }
    batch_wafers_ += lot.wafers;
    batch_.push_back(candidates_[c]);
  }
  return waited;
}

// It has reached its minimum or cannot grow (nothing that fits is still to come), and no lot is known to arrive for
// which waiting pays; or it has waited its longest.
inline bool Engine::State::batch_may_start(std::uint32_t g, bool waited) {
  const StepTable& step = model_.steps[batch_step_];
  const GroupTable& table = model_.groups[g];
  GroupState& group = groups_[g];
  const std::uint32_t room = step.batch_max - batch_wafers_;
  if (waited) return true;
  if (batch_wafers_ < step.batch_min && batch_can_grow(g, step.batch_key, room)) return false;
  if (table.batch_look_ahead == 0 || room == 0 || group.first_ready != group.last_ready) return true;
  const Tick arrival = next_arrival(g, step.batch_key, room, now + table.batch_look_ahead);
  if (arrival == core::kNever) return true;
  // Next-arrival control: the wait of every lot here against the rest of the job, which the lot that comes would wait.
  const auto delay = static_cast<double>(arrival - now), rest = step.expected_a - delay;
  if (static_cast<double>(batch_.size()) * delay >= rest) return true;
  if (arrival < group.look_until) group.look_until = arrival, group.look_key = step.batch_key;
  return false;
}

// Whether batch_ is preferred to best_batch_; of equal ones that of the better rank is.
inline bool Engine::State::better_batch(const GroupTable& table, const GroupState& group) const {
  if (table.batch_choice == BatchChoice::most_urgent) {
    const std::int64_t urgent = priority_of(group, batch_), best = priority_of(group, best_batch_);
    if (urgent != best) return urgent > best;
  }
  return std::uint64_t{batch_wafers_} * model_.steps[best_step_].batch_max >
         std::uint64_t{best_wafers_} * model_.steps[batch_step_].batch_max;
}

inline std::int64_t Engine::State::priority_of(const GroupState& group, std::span<const std::uint32_t> batch) const {
  std::int64_t highest = std::numeric_limits<std::int64_t>::min();
  for (const std::uint32_t i : batch) highest = std::max(highest, std::int64_t{lots_[group.queue[i].lot].priority});
  return highest;
}

// When the next lot of at most `room` wafers is known to join this kind of batch, at `horizon` at the latest: one that
// travels here, or is at its last step before on a tool that is up.
inline Tick Engine::State::next_arrival(std::uint32_t g, std::uint32_t key, std::uint32_t room, Tick horizon) const {
  const auto fits = [&](const LiveLot& lot, std::uint32_t step) {
    const StepTable& s = model_.steps[step];
    return lot.wafers <= room && s.group == g && s.batch_key == key;
  };
  Tick next = core::kNever;
  for (std::uint32_t i = 0; i < travelling_.size(); i++)
    if (const std::uint64_t event = tree_.at(first_travel_ + i);
        event != core::WinnerTree::kEmpty && fits(lots_[travelling_[i]], lots_[travelling_[i]].step))
      next = std::min(next, core::event_tick(event));
  for (const Tool& tool : tools_) {
    if (tool.outages > 0) continue;
    for (std::uint8_t j = 0; j < tool.jobs; j++)
      for (std::uint32_t l = tool.job[j].first_lot; l != kNone; l = lots_[l].next_in_batch) {
        const StepTable& step = model_.steps[lots_[l].step];
        if (step.last || model_.steps[lots_[l].step + 1].sampling < 1 || !fits(lots_[l], lots_[l].step + 1)) continue;
        const std::uint32_t way =
            model_.transport_law[step.location * model_.locations + model_.steps[lots_[l].step + 1].location];
        const Tick on_way = way == kNone ? 0 : std::llround(model_.laws[way].mean());
        next = std::min(next, tool.job[j].end + on_way);
      }
  }
  return next > now && next <= horizon ? next : core::kNever;
}

inline void Engine::State::start_batch(std::uint32_t id, std::uint32_t g) {
  GroupState& group = groups_[g];
  const GroupTable& table = model_.groups[g];
  std::uint32_t first = kNone, engineering = 0;
  for (std::size_t i = batch_.size(); i-- > 0;) { // chained in rank order
    const std::uint32_t lot = group.queue[batch_[i]].lot;
    if (table.turns && is_engineering(table, lot)) engineering++;
    lots_[lot].next_in_batch = first;
    first = lot;
  }
  if (table.turns) take_turn(table, group, engineering);
  std::ranges::sort(batch_);
  for (std::size_t i = batch_.size(); i-- > 0;) leave_queue(g, batch_[i]);
  start_job(id, first);
}

// Looks at the group again when the next of its waiting lots has waited its longest, or breaks its window.
inline void Engine::State::set_timer(std::uint32_t g) {
  const GroupState& group = groups_[g];
  const bool expires = model_.groups[g].expires;
  Tick next = group.look_until;
  for (std::size_t i = 0; i < group.queue.size(); i++) {
    const Waiting& w = group.queue[i];
    const Tick wait = model_.steps[w.step].batch_wait;
    if (wait != core::kNever && lots_[w.lot].arrived + wait > now) next = std::min(next, lots_[w.lot].arrived + wait);
    if (expires) next = std::min(next, expires_at(w));
  }
  const std::uint32_t slot = first_timer_ + model_.groups[g].timer;
  tree_.set(slot, next >= core::kMaxTick ? core::WinnerTree::kEmpty : core::event_key(next, kDeadline, slot));
}

} // namespace centresim::fab
