// Who goes next: ranks, eligibility, batches, the order of tools.
#pragma once
#include "state.hpp"

#include "centresim/core/platform.hpp"

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
  if (rank == Rank::queue_time_ratio) return queue_time_ratio(lot);
  if (rank == Rank::queue_time_due)
    return lot.due_here == core::kNever ? std::numeric_limits<double>::infinity() : static_cast<double>(lot.due_here);
  if (step.last) return 0; // least work at the next queue
  const GroupState& next = groups_[model_.steps[w.step + 1].group];
  if (next.up_tools == 0) return std::numeric_limits<double>::infinity();
  return static_cast<double>(next.queued_work) / next.up_tools;
}

// Whether a goes before b on this tool: the rank list in order, then the order of release.
inline bool Engine::State::ranks_before(const GroupTable& table, const Waiting& a, const Waiting& b,
                                        std::uint32_t tool) const {
  if (table.turns)
    if (const bool engineering = is_engineering(table, a.lot); engineering != is_engineering(table, b.lot))
      return engineering == engineering_first(table, groups_[tools_[tool].group]);
  std::size_t fixed = 0;
  for (std::size_t i = 0; i < table.ranks; i++) {
    const Rank rank = table.rank[i];
    if (!fixed_at_arrival(rank)) {
      const double x = rank_value(rank, a, tool), y = rank_value(rank, b, tool);
      if (x != y) return x < y;
    } else {
      if (a.key[fixed] != b.key[fixed]) return a.key[fixed] < b.key[fixed];
      fixed++;
    }
  }
  return a.serial < b.serial;
}

inline bool Engine::State::engineering_first(const GroupTable& table, const GroupState& group) const {
  const TurnsTable& turn = table.turn;
  if (turn.both_windows > 0) return now % turn.both_windows >= turn.production_window;
  return group.campaign > 0 || group.engineering >= turn.campaign;
}

// A job starts, and its lots still count as waiting: a campaign may begin with it, or go on.
inline void Engine::State::take_turn(const GroupTable& table, GroupState& group, std::uint32_t engineering_lots) {
  if (table.turn.both_windows > 0) return;
  if (group.campaign == 0 && group.engineering >= table.turn.campaign) group.campaign = table.turn.campaign;
  group.campaign -= std::min(group.campaign, engineering_lots);
}

// A minimum run that is not over keeps other set-ups out while a lot for the present one waits or can still come.
inline bool Engine::State::holds_minimum_run(std::uint32_t id) const {
  const Tool& tool = tools_[id];
  if (tool.run_left == 0 || tool.setup == kNone) return false;
  return for_this_setup_waits(id) || run_can_go_on(id);
}

CENTRESIM_INLINE std::size_t Engine::State::select(const GroupTable& table, const Queue& queue, std::uint32_t id,
                                                   bool hold) const {
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
inline std::uint32_t Engine::State::leave_queue(std::uint32_t g, std::size_t i) {
  GroupState& group = groups_[g];
  const GroupTable& table = model_.groups[g];
  const std::uint32_t lot = group.queue[i].lot;
  if (table.gates) leave_line(g, group.queue[i]);
  group.queue.erase(i);
  if (model_.tracks_work) {
    count_work(lots_[lot], false);
    open_gates(g);
  }
  if (table.turns && is_engineering(table, lot)) group.engineering--;
  return lot;
}

inline void Engine::State::start_lot(std::uint32_t tool, std::size_t i) {
  const std::uint32_t g = tools_[tool].group;
  const GroupTable& table = model_.groups[g];
  if (table.turns) take_turn(table, groups_[g], is_engineering(table, groups_[g].queue[i].lot) ? 1 : 0);
  start_job(tool, leave_queue(g, i));
}

// Starts the best lot or batch on a ready tool. False: nothing may start there now.
inline bool Engine::State::serve(std::uint32_t id) {
  const std::uint32_t g = tools_[id].group;
  const GroupTable& table = model_.groups[g];
  GroupState& group = groups_[g];
  if (group.queue.empty()) return false;
  if (table.batching) return serve_batch(id);
  const std::size_t i =
      table.gates ? select_open(id) : select(table, group.queue, id, table.minimum_run && holds_minimum_run(id));
  if (i == kNobody) return false;
  start_lot(id, i);
  return true;
}

inline void Engine::State::dispatch_group(std::uint32_t g) {
  GroupState& group = groups_[g];
  const GroupTable& table = model_.groups[g];
  if (table.expires) remove_expired(g);
  // A tool held for a hot lot takes it first.
  if (group.held_tool != kNone && lots_[group.reserved_for].place == LotPlace::waiting &&
      lots_[group.reserved_for].step == group.reserved_step) {
    const std::uint32_t lot = group.reserved_for, tool = group.held_tool;
    for (std::size_t i = 0; i < group.queue.size(); i++)
      if (group.queue[i].lot == lot) {
        if (table.gates && is_gated(group.queue[i]))
          cancel_reservation(g); // others need the tool to open the gate
        else
          start_lot(tool, i);
        break;
      }
  }
  if (!group.arrived.empty()) {
    std::ranges::sort(group.arrived, {}, [&](std::uint32_t l) { return lots_[l].serial; });
    for (const std::uint32_t lot : group.arrived)
      if (lots_[lot].place == LotPlace::waiting && model_.steps[lots_[lot].step].group == g) serve_by_wake_time(g, lot);
    group.arrived.clear();
  }
  if (!table.picky) { // every tool may take the best lot
    while (!group.queue.empty() && group.first_ready != kNone) (void)serve(group.first_ready);
    return;
  }
  group.look_until = core::kNever;
  if (!table.gates || any_open(g)) {
    wake_order_.clear(); // ready tools, longest ready first
    for (std::uint32_t t = group.first_ready; t != kNone; t = tools_[t].next_ready) wake_order_.emplace_back(0, t);
    serve_in_order(group);
  }
  if (table.gates) note_gated(g);
  if (table.timer != kNone) set_timer(g);
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

} // namespace centresim::fab
