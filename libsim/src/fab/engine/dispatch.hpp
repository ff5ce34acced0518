// Who goes next: ranks, eligibility, batches, the order of tools.
#pragma once
#include "state.hpp"

namespace centresim::fab {

inline constexpr std::size_t kNobody = ~std::size_t{0};

// Mean time of the set-up table for the change that `step` would need on a tool set up for `current`. A set-up time of
// the step itself does not count in ranks.
inline double Engine::State::setup_rank_time(std::uint32_t current, std::uint32_t step) const {
  const StepTable& s = model_.steps[step];
  if (s.setup == kNone || (s.setup == current && !s.setup_always)) return 0;
  return model_.setup_mean_time(current, s.setup);
}

// The same for the choice of a tool, where the time of the step counts.
inline double Engine::State::wake_time(std::uint32_t current, std::uint32_t step) const {
  const StepTable& s = model_.steps[step];
  if (s.setup == kNone || (s.setup == current && !s.setup_always)) return 0;
  return s.setup_law != kNone ? model_.laws[s.setup_law].mean() : model_.setup_mean_time(current, s.setup);
}

inline double Engine::State::rank_value(Rank rank, const Waiting& w, std::uint32_t tool) const {
  const LiveLot& lot = lots_[w.lot];
  const StepTable& step = model_.steps[w.step];
  if (rank == Rank::setup_time) return setup_rank_time(tools_[tool].setup, w.step);
  if (rank == Rank::critical_ratio) {
    if (lot.due == core::kNever) return std::numeric_limits<double>::infinity();
    const double work = step.remaining_a + step.remaining_b * lot.wafers;
    return static_cast<double>(lot.due - now) / std::max(1.0, work);
  }
  if (step.last) return 0; // least work at the next queue
  const GroupState& next = groups_[model_.steps[w.step + 1].group];
  if (next.up_tools == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(next.queued_work) / next.up_tools;
}

// Whether a goes before b on this tool: the rank list in order, then the order of release.
inline bool Engine::State::ranks_before(const GroupTable& table, const Waiting& a, const Waiting& b,
                                        std::uint32_t tool) const {
  std::size_t fixed = 0;
  for (std::size_t i = 0; i < table.ranks; i++) {
    const Rank rank = table.rank[i];
    if (rank == Rank::setup_time || rank == Rank::critical_ratio || rank == Rank::least_work_next) {
      const double x = rank_value(rank, a, tool), y = rank_value(rank, b, tool);
      if (x != y) return x < y;
    } else {
      if (a.key[fixed] != b.key[fixed]) return a.key[fixed] < b.key[fixed];
      fixed++;
    }
  }
  return a.serial < b.serial;
}

// A minimum run that is not over keeps other set-ups out while a lot for the present one waits or can still come.
inline bool Engine::State::holds_minimum_run(std::uint32_t id) const {
  const Tool& tool = tools_[id];
  if (tool.run_left == 0 || tool.setup == kNone) return false;
  return for_this_setup_waits(id) || run_can_go_on(id);
}

inline std::size_t Engine::State::select(const GroupTable& table, const GroupState& group, std::uint32_t id) const {
  const Queue& queue = group.queue;
  const bool hold = table.minimum_run && holds_minimum_run(id);
  const std::uint32_t setup = tools_[id].setup;
  const auto eligible = [&](const Waiting& w) {
    return (w.dedicated == kNone || w.dedicated == id) && !(hold && w.setup != kNone && w.setup != setup);
  };
  std::size_t best = kNobody;
  if (table.all_static) { // the queue is in rank order
    if (!table.has_dedication && !hold) return queue.empty() ? kNobody : 0;
    for (std::size_t i = 0; i < queue.size(); i++)
      if (eligible(queue[i])) return i;
    return best;
  }
  if (table.setup_only) { // in rank order but for the set-up times: look no further than lots of equal earlier ranks
    double least = 0;
    for (std::size_t i = 0; i < queue.size(); i++) {
      if (best != kNobody &&
          !std::equal(queue[i].key.begin(), queue[i].key.begin() + table.ranks_before_setup, queue[best].key.begin()))
        break;
      if (!eligible(queue[i])) continue;
      const double time = setup_rank_time(setup, queue[i].step);
      if (best == kNobody || time < least) best = i, least = time;
      if (least == 0) break;
    }
    return best;
  }
  for (std::size_t i = 0; i < queue.size(); i++)
    if (eligible(queue[i]) && (best == kNobody || ranks_before(table, queue[i], queue[best], id))) best = i;
  return best;
}

// Takes a lot out of the queue.
inline std::uint32_t Engine::State::leave_queue(GroupState& group, std::size_t i) {
  const std::uint32_t lot = group.queue[i].lot;
  if (model_.ranks_next_work) group.queued_work -= expected_work(lots_[lot]);
  group.queue.erase(i);
  return lot;
}

// Starts the best lot or batch on a ready tool. False: nothing may start there now.
inline bool Engine::State::serve(std::uint32_t id) {
  const std::uint32_t g = tools_[id].group;
  const GroupTable& table = model_.groups[g];
  GroupState& group = groups_[g];
  if (group.queue.empty()) return false;
  if (table.batching) return serve_batch(id);
  const std::size_t i = select(table, group, id);
  if (i == kNobody) return false;
  start_job(id, leave_queue(group, i));
  return true;
}

inline void Engine::State::dispatch_group(std::uint32_t g) {
  GroupState& group = groups_[g];
  const GroupTable& table = model_.groups[g];
  // A tool held for a hot lot takes it first.
  if (group.held_tool != kNone && lots_[group.reserved_for].place == LotPlace::waiting &&
      lots_[group.reserved_for].step == group.reserved_step) {
    const std::uint32_t lot = group.reserved_for, tool = group.held_tool;
    for (std::size_t i = 0; i < group.queue.size(); i++)
      if (group.queue[i].lot == lot) {
        start_job(tool, leave_queue(group, i));
        break;
      }
  }
  if (!group.arrived.empty()) {
    std::ranges::sort(group.arrived, {}, [&](std::uint32_t l) { return lots_[l].serial; });
    for (const std::uint32_t lot : group.arrived)
      if (lots_[lot].place == LotPlace::waiting) serve_by_wake_time(g, lot);
    group.arrived.clear();
  }
  if (!table.has_dedication && !table.batching && !table.minimum_run) { // every tool may take the best lot
    while (!group.queue.empty() && group.first_ready != kNone) (void)serve(group.first_ready);
    return;
  }
  wake_order_.clear(); // ready tools, longest ready first
  for (std::uint32_t t = group.first_ready; t != kNone; t = tools_[t].next_ready) wake_order_.emplace_back(0, t);
  serve_in_order(group);
  if (table.batch_timer != kNone) set_batch_timer(g);
}

// Gives every tool of wake_order_ work in turn, and again while one that took a lot has room for another (cascading
// tools): no tool takes its second lot before a free one had the choice.
inline void Engine::State::serve_in_order(const GroupState& group) {
  for (bool again = true; again;) {
    again = false;
    for (auto& [unused, t] : wake_order_) {
      if (group.queue.empty()) return;
      if (t == kNone || !tools_[t].ready) continue;
      if (serve(t))
        again |= tools_[t].ready;
      else
        t = kNone; // nothing here is for it
    }
  }
}

// The tools by the set-up time that the arriving lot would need there, then longest ready first.
inline void Engine::State::serve_by_wake_time(std::uint32_t g, std::uint32_t lot) {
  GroupState& group = groups_[g];
  wake_order_.clear();
  for (std::uint32_t t = group.first_ready; t != kNone; t = tools_[t].next_ready) {
    const double time = wake_time(tools_[t].setup, lots_[lot].step);
    const auto place = std::ranges::upper_bound(wake_order_, time, {}, [](const auto& x) { return x.first; });
    wake_order_.emplace(place, time, t);
  }
  serve_in_order(group);
}

inline void Engine::State::order_batch_candidates(const GroupTable& table, const GroupState& group, std::uint32_t id) {
  const bool hold = table.minimum_run && holds_minimum_run(id);
  const std::uint32_t setup = tools_[id].setup;
  candidates_.clear();
  for (std::uint32_t i = 0; i < group.queue.size(); i++) {
    const Waiting& w = group.queue[i];
    if ((w.dedicated == kNone || w.dedicated == id) && !(hold && w.setup != kNone && w.setup != setup))
      candidates_.push_back(i);
  }
  if (!table.all_static)
    std::ranges::sort(candidates_, [&](std::uint32_t a, std::uint32_t b) {
      return ranks_before(table, group.queue[a], group.queue[b], id);
    });
}

// Walks the lots by rank; each whose key has not been tried opens a batch and takes all that fit. The first batch that
// reaches its minimum, has waited its longest, or cannot grow (nothing that fits is still to come), starts.
inline bool Engine::State::serve_batch(std::uint32_t id) {
  const std::uint32_t g = tools_[id].group;
  const GroupTable& table = model_.groups[g];
  const GroupState& group = groups_[g];
  order_batch_candidates(table, group, id);
  tried_.assign(table.batch_keys, 0);
  for (std::size_t c = 0; c < candidates_.size(); c++) {
    const Waiting& opener = group.queue[candidates_[c]];
    if (tried_[opener.batch_key]) continue;
    tried_[opener.batch_key] = 1;
    const StepTable& step = model_.steps[opener.step];
    batch_.clear();
    std::uint32_t wafers = 0;
    bool waited = false;
    for (std::size_t d = c; d < candidates_.size(); d++) {
      const Waiting& w = group.queue[candidates_[d]];
      if (w.batch_key != opener.batch_key) continue;
      const LiveLot& lot = lots_[w.lot];
      waited |= model_.steps[w.step].batch_wait <= now - lot.arrived;
      if (wafers + lot.wafers > step.batch_max) continue; // stays; smaller ones behind it may still come along
      wafers += lot.wafers;
      batch_.push_back(candidates_[d]);
    }
    if (batch_.empty()) continue;
    if (wafers >= step.batch_min || waited || !batch_can_grow(g, opener.batch_key, step.batch_max - wafers)) {
      start_batch(id, g);
      return true;
    }
  }
  return false;
}

inline void Engine::State::start_batch(std::uint32_t id, std::uint32_t g) {
  GroupState& group = groups_[g];
  std::uint32_t first = kNone;
  for (std::size_t i = batch_.size(); i-- > 0;) { // chained in rank order
    const std::uint32_t lot = group.queue[batch_[i]].lot;
    lots_[lot].next_in_batch = first;
    first = lot;
  }
  std::ranges::sort(batch_);
  for (std::size_t i = batch_.size(); i-- > 0;) leave_queue(group, batch_[i]);
  start_job(id, first);
}

// Looks at the group again when the next of its waiting lots has waited its longest.
inline void Engine::State::set_batch_timer(std::uint32_t g) {
  const GroupState& group = groups_[g];
  Tick next = core::kNever;
  for (std::size_t i = 0; i < group.queue.size(); i++) {
    const Waiting& w = group.queue[i];
    const Tick wait = model_.steps[w.step].batch_wait;
    if (wait == core::kNever) continue;
    const Tick at = lots_[w.lot].arrived + wait;
    if (at > now) next = std::min(next, at);
  }
  const std::uint32_t slot = first_timer_ + model_.groups[g].batch_timer;
  tree_.set(slot, next >= core::kMaxTick ? core::WinnerTree::kEmpty : core::event_key(next, kDeadline, slot));
}

} // namespace centresim::fab
