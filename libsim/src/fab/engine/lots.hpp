// The way of a lot: release, queue, end of step, rework, sampling, transport, end.
#pragma once
#include "state.hpp"

namespace centresim::fab {

inline std::string Engine::State::lot_name(std::uint64_t origin) const {
  const auto stream = static_cast<std::uint32_t>(origin >> 32), count = static_cast<std::uint32_t>(origin);
  if (stream == 0xffffffffu) return model_.lots[count].name;
  return (stream == 0xfffffffeu ? "ordered" : model_.streams[stream].name) + "." + std::to_string(count + 1);
}

inline std::uint32_t Engine::State::new_lot(std::uint32_t flow, std::uint32_t wafers, std::uint64_t identity,
                                            std::uint64_t origin, std::int32_t priority) {
  std::uint32_t id;
  if (free_lots_.empty()) {
    id = static_cast<std::uint32_t>(lots_.size());
    lots_.emplace_back();
    dedicated_.resize(lots_.size() * model_.dedications, kNone);
    loop_count_.resize(lots_.size() * model_.loops, 0);
  } else {
    id = free_lots_.back();
    free_lots_.pop_back();
    lots_[id] = LiveLot{};
    std::fill_n(dedicated_.begin() + static_cast<std::ptrdiff_t>(std::size_t{id} * model_.dedications),
                model_.dedications, kNone);
    std::fill_n(loop_count_.begin() + static_cast<std::ptrdiff_t>(std::size_t{id} * model_.loops), model_.loops,
                std::uint16_t{0});
  }
  LiveLot& lot = lots_[id];
  lot.flow = flow;
  lot.wafers = wafers;
  lot.identity = identity;
  lot.origin = origin;
  lot.priority = priority;
  lot.serial = serial_++;
  largest_lot_ = std::max(largest_lot_, static_cast<double>(wafers));
  lot.released = lot.last_done = now;
  if (options_.trace_lots) seen_.lot_names.push_back(lot_name(origin));
  integrate_wip();
  wip_++;
  return id;
}

inline void Engine::State::enter(std::uint32_t id) {
  const std::uint32_t first = route_of(lots_[id]).first;
  lots_[id].step = first;
  move_on(id, first);
}

// How often this lot has come past the step before: reworks whose loop covers it.
inline std::uint32_t Engine::State::pass(const LiveLot& lot, std::uint32_t id, std::uint32_t step) const {
  const RouteTable& route = route_of(lot);
  std::uint32_t count = 0;
  for (std::size_t l = 0; l < route.loops.size(); l++)
    if (route.loops[l].from <= step && step <= route.loops[l].to)
      count += loop_count_[std::size_t{id} * model_.loops + l];
  return count;
}

// The first step from `step` on that sampling does not skip; kNone past the end of the route.
inline std::uint32_t Engine::State::next_performed(std::uint32_t id, std::uint32_t step) {
  for (const LiveLot& lot = lots_[id];; step++) {
    const StepTable& s = model_.steps[step];
    if (s.sampling >= 1 || draw(lot, id, step, core::Purpose::sampling) < s.sampling) return step;
    if (s.last) return kNone;
  }
}

inline void Engine::State::move_on(std::uint32_t id, std::uint32_t step) {
  LiveLot& lot = lots_[id];
  lot.restarts = 0;
  step = step == kNone ? kNone : next_performed(id, step);
  if (lot.hot) { // a reservation holds for the next route step only
    for (GroupState& g : groups_)
      if (g.reserved_for == id && g.reserved_step != step)
        cancel_reservation(static_cast<std::uint32_t>(&g - groups_.data()));
  }
  if (step == kNone) return finish_lot(id);
  lot.step = step;
  travel(id);
}

inline void Engine::State::travel(std::uint32_t id) {
  LiveLot& lot = lots_[id];
  const std::uint32_t law = model_.transport_law[lot.location * model_.locations + model_.steps[lot.step].location];
  const Tick time = law == kNone ? 0 : model_.laws[law].ticks(draw(lot, id, lot.step, core::Purpose::transport));
  if (time == 0) return join_queue(id);
  keep_away(id, time, LotPlace::travelling);
}

// Joins the queue of its step after some time.
inline void Engine::State::keep_away(std::uint32_t id, Tick time, LotPlace where) {
  lots_[id].place = where;
  if (model_.counts_windows) count_lot(id, true);
  std::uint32_t place;
  if (free_travel_.empty()) {
    place = static_cast<std::uint32_t>(travelling_.size());
    travelling_.push_back(id);
    const std::uint32_t slots = first_travel_ + place + 1;
    if (slots >= core::kMaxEventSlots) flooded();
    tree_.grow(slots);
  } else {
    place = free_travel_.back();
    free_travel_.pop_back();
    travelling_[place] = id;
  }
  tree_.set(first_travel_ + place,
            core::event_key(std::min(now + time, core::kMaxTick), kArrival, first_travel_ + place));
}

inline void Engine::State::join_queue(std::uint32_t id) {
  LiveLot& lot = lots_[id];
  const StepTable& step = model_.steps[lot.step];
  const GroupTable& table = model_.groups[step.group];
  GroupState& group = groups_[step.group];
  if (model_.counts_windows) count_lot(id, false); // where it was
  lot.place = LotPlace::waiting;
  lot.arrived = now;
  Waiting w;
  std::size_t n = 0;
  for (std::size_t i = 0; i < table.ranks; i++) {
    switch (table.rank[i]) {
    case Rank::priority:
      w.key[n++] = -std::int64_t{lot.priority};
      break;
    case Rank::fifo:
      w.key[n++] = now;
      break;
    case Rank::due_date:
      w.key[n++] = lot.due;
      break;
    case Rank::slack: // (due - now) - remaining work; now is the same for all
      w.key[n++] =
          lot.due == core::kNever ? lot.due : lot.due - std::llround(step.remaining_a + step.remaining_b * lot.wafers);
      break;
    case Rank::shortest_time:
      w.key[n++] = std::llround(step.expected_a + step.expected_b * lot.wafers);
      break;
    default:
      break; // known at the decision only
    }
  }
  w.lot = id;
  w.serial = lot.serial;
  w.step = lot.step;
  w.setup = step.setup;
  w.batch_key = step.batch_key;
  if (step.dedicated != kNone) w.dedicated = dedicated_[std::size_t{id} * model_.dedications + step.dedicated];
  group.queue.insert(w, table.static_ranks);
  if (model_.tracks_work) count_work(lot, true);
  if (model_.counts_windows) count_lot(id, true);
  if (table.ranks_by_queue_time_due) lot.due_here = queue_time_due(lot);
  if (table.turns && is_engineering(table, id)) group.engineering++;
  if (table.gates) join_line(step.group, w);
  if (table.wake_by_setup) group.arrived.push_back(id);
  touch(step.group);
}

inline void Engine::State::record_step(LiveLot& lot, const Job& job, std::uint32_t tool) {
  StepSums& sums = seen_.steps[lot.step];
  sums.visits++;
  sums.queued += job.start - lot.arrived;
  sums.total += now - lot.last_done;
  seen_.counts.lot_steps++;
  if (options_.trace_lots)
    seen_.lot_trace.push_back({lot.serial, lot.step, tool, lot.arrived, job.start, now, lot.held});
  if (model_.off_line) lot.held = 0;
}

inline void Engine::State::end_step(std::uint32_t id, const Job& job, std::uint32_t tool) {
  LiveLot& lot = lots_[id];
  const StepTable& step = model_.steps[lot.step];
  if (model_.counts_windows) count_lot(id, false);
  record_step(lot, job, tool);
  lot.last_done = now;
  lot.location = step.location;
  if (step.closes != kNone && lot.window == step.closes) { // close before opening: windows may chain
    book_window(lot);
    lot.window = kNone;
  }
  if (step.opens != kNone) {
    lot.window = step.opens;
    lot.window_opened = now;
  }
  if (step.rework > 0 && draw(lot, id, lot.step, core::Purpose::rework) < step.rework) {
    loop_count_[std::size_t{id} * model_.loops + step.rework_loop]++;
    lot.reworked = true;
    seen_.counts.reworks++;
    if (lot.window != kNone && step.rework_to <= model_.windows[lot.window].from) lot.window = kNone; // opens anew
    return move_on(id, step.rework_to);
  }
  move_on(id, step.last ? kNone : lot.step + 1);
}

inline void Engine::State::finish_lot(std::uint32_t id) {
  LiveLot& lot = lots_[id];
  FlowSums& flow = seen_.flows[lot.flow];
  seen_.counts.lots_finished++;
  flow.out++;
  flow.out_wafers += lot.wafers;
  if (!lot.initial) {
    flow.finished++;
    flow.finished_wafers += lot.wafers;
    if (lot.due != core::kNever) {
      flow.with_due_date++;
      if (now <= lot.due)
        flow.on_time++;
      else
        flow.tardiness += now - lot.due;
    }
    seen_.finished.push_back({lot.flow, lot.wafers, now, now - lot.released});
  }
  if (facts)
    facts->push_back(
        {Fact::Kind::lot_finished, now, lot.serial, lot.flow, lot.wafers, lot.released, kNone, 0, lot.identity});
  forget(id);
}

inline void Engine::State::scrap_lot(std::uint32_t id) {
  seen_.counts.lots_scrapped++;
  if (options_.trace_lots) seen_.scrapped_lots.push_back({lots_[id].serial, now});
  LiveLot& lot = lots_[id];
  seen_.flows[lot.flow].scrapped++;
  if (facts)
    facts->push_back(
        {Fact::Kind::lot_scrapped, now, lot.serial, lot.flow, lot.wafers, lot.released, kNone, 0, lot.identity});
  forget(id);
  // Batches and minimum runs that waited for it may go now.
  for (std::uint32_t g = 0; g < groups_.size(); g++)
    if (!groups_[g].queue.empty()) touch(g);
}

inline void Engine::State::forget(std::uint32_t id) {
  LiveLot& lot = lots_[id];
  if (model_.counts_windows) count_lot(id, false);
  const Tick stay = now - std::max(lot.released, seen_.window_start);
  seen_.flows[lot.flow].residence += stay;
  seen_.flows[lot.flow].wafer_residence += stay * lot.wafers;
  integrate_wip();
  wip_--;
  if (lot.hot)
    for (std::uint32_t g = 0; g < groups_.size(); g++)
      if (groups_[g].reserved_for == id) cancel_reservation(g);
  lot.place = LotPlace::nowhere;
  free_lots_.push_back(id);
}

// Whether a lot of at most `room` wafers that does not wait here yet can still come for this batch: one is to be
// released, or on its way at an earlier step.
inline bool Engine::State::batch_can_grow(std::uint32_t group, std::uint32_t key, std::uint32_t room) const {
  const BatchSources& sources = model_.groups[group].batch_sources[key];
  for (const std::uint32_t s : sources.streams)
    if (stream_next_[s] != core::kNever && model_.streams[s].smallest_lot <= room) return true;
  for (const std::uint32_t p : sources.products)
    if (listed_left_[p] > 0 && model_.smallest_listed[p] <= room) return true;
  for (const LiveLot& lot : lots_) {
    if (lot.place == LotPlace::nowhere || lot.wafers > room) continue;
    const StepTable& here = model_.steps[lot.step];
    if (lot.place == LotPlace::waiting && here.group == group && here.batch_key == key) continue; // first this batch
    const RouteTable& route = route_of(lot);
    std::uint32_t first = lot.place == LotPlace::travelling || lot.place == LotPlace::on_hold ? lot.step : lot.step + 1;
    for (const ReworkLoop& loop : route.loops) // a lot that may be sent back can come to a step again
      if (loop.from <= lot.step && lot.step <= loop.to) first = std::min(first, loop.from);
    for (std::uint32_t s = first; s < route.first + route.steps; s++)
      if (model_.steps[s].group == group && model_.steps[s].batch_key == key) return true;
  }
  return false;
}

// Whether a lot waits that needs the set-up of this tool and may go on it.
inline bool Engine::State::for_this_setup_waits(std::uint32_t id) const {
  const Queue& queue = groups_[tools_[id].group].queue;
  for (std::size_t i = 0; i < queue.size(); i++)
    if (queue[i].setup == tools_[id].setup && (queue[i].dedicated == kNone || queue[i].dedicated == id)) return true;
  return false;
}

// Whether such a lot can still come, those that wait left out. A lot that must first pass here with another set-up
// comes only if a tool that is `open`, or set up for it, can take it.
inline bool Engine::State::for_this_setup_comes(std::uint32_t id, std::span<const char> open) const {
  const GroupTable& table = model_.groups[tools_[id].group];
  const auto passes = [&](std::uint32_t setup) {
    for (std::uint32_t t = 0; t < table.tools; t++)
      if (open[t] || tools_[table.first_tool + t].setup == setup) return true;
    return false;
  };
  const auto bound_elsewhere = [&](const StepTable& step, std::size_t lot) {
    if (step.dedicated == kNone) return false;
    const std::uint32_t tool = dedicated_[lot * model_.dedications + step.dedicated];
    return tool != kNone && tool != id;
  };
  constexpr std::size_t kNoLot = ~std::size_t{0};
  const auto comes = [&](const std::vector<std::uint32_t>& steps, std::uint32_t from, std::size_t lot) {
    for (const std::uint32_t s : steps) {
      const StepTable& step = model_.steps[s];
      if (s < from) continue;
      if (lot != kNoLot && lots_[lot].place == LotPlace::waiting && s == lots_[lot].step &&
          step.setup == tools_[id].setup)
        continue; // waits
      if (step.setup == tools_[id].setup && !(lot != kNoLot && bound_elsewhere(step, lot))) return true;
      if (!passes(step.setup)) return false;
    }
    return false;
  };
  for (std::uint32_t p = 0; p < model_.products.size(); p++)
    if (planned_[p] > 0 && comes(table.setup_steps[model_.products[p].route], 0, kNoLot)) return true;
  for (std::size_t l = 0; l < lots_.size(); l++) {
    const LiveLot& lot = lots_[l];
    if (lot.place == LotPlace::nowhere) continue;
    const std::uint32_t route = model_.products[model_.flows[lot.flow].product].route;
    if (comes(table.setup_steps[route], lot.place == LotPlace::processing ? lot.step + 1 : lot.step, l)) return true;
  }
  return false;
}

// Whether the minimum run of this tool can go on. Where all tools of the group keep to a run, lots may wait for each
// other in a circle: tools are looked at in the order of their numbers, and one for which nothing more can come opens
// the way (lots that wait for it are served first, and then it is free).
inline bool Engine::State::run_can_go_on(std::uint32_t id) const {
  const GroupTable& table = model_.groups[tools_[id].group];
  std::vector<char> open(table.tools);
  for (std::uint32_t t = 0; t < table.tools; t++) open[t] = tools_[table.first_tool + t].run_left == 0;
  if (for_this_setup_comes(id, open)) return true;
  for (std::uint32_t t = table.first_tool; t < id; t++)
    if (!open[t - table.first_tool]) open[t - table.first_tool] = !for_this_setup_comes(t, open);
  return for_this_setup_comes(id, open);
}

} // namespace centresim::fab
