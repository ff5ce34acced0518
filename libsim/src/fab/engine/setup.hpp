// Before the first event: slots, first failures and maintenance, lots in process at the start.
#pragma once
#include "state.hpp"

namespace centresim::fab {

inline Engine::State::State(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options)
    : model_(model), key_(core::stream_key(seed, replication)), options_(options), tools_(model.tools),
      care_(model.tools), groups_(model.groups.size()), gates_(model.counts_windows ? model.groups.size() : 0),
      flow_wip_(model.flows.size()), flow_wafers_(model.flows.size()) {
  seen_.groups.resize(model.groups.size());
  seen_.flows.resize(model.flows.size());
  seen_.steps.resize(model.steps.size());
  seen_.windows.resize(model.windows.size());
  reset_at_ = model.warmup > 0 ? model.warmup : core::kNever;
  if (model.report_every > 0) report_at_ = model.warmup + model.report_every;
  if (model.drain) close_at_ = model.horizon;
  boundary_ = std::min({reset_at_, report_at_, close_at_});
  plan_slots();
  start_outage_clocks();
  place_initial_lots();
  for (std::uint32_t s = 0; s < model_.streams.size(); s++) {
    const Stream& stream = model_.streams[s];
    stream_draws_.emplace_back(key_, stream.identity, core::Purpose::release);
    schedule_stream(s, stream.start);
  }
}

inline void Engine::State::plan_slots() {
  rare_slot_ = model_.tools;
  first_stream_ = rare_slot_ + 1;
  listed_slot_ = first_stream_ + static_cast<std::uint32_t>(model_.streams.size());
  first_timer_ = listed_slot_ + 1;
  first_travel_ = first_timer_ + model_.timers;
  tree_ = core::WinnerTree(first_travel_ + 1); // grows with the lots that travel
  timer_group_.resize(model_.timers);
  for (std::uint32_t g = 0; g < model_.groups.size(); g++) {
    const GroupTable& table = model_.groups[g];
    if (table.timer != kNone) timer_group_[table.timer] = g;
    groups_[g].up_tools = table.tools;
    for (std::uint32_t k = 0; k < table.tools; k++) {
      tools_[table.first_tool + k].group = g;
      push_ready(table.first_tool + k);
    }
  }
  const auto number_section = [&](std::uint32_t& slot, auto kinds, auto first_slot) {
    for (std::uint32_t t = 0; t < model_.tools; t++) {
      first_slot(care_[t]) = slot;
      for (std::uint32_t k = 0; k < kinds(model_.groups[tools_[t].group]); k++, slot++) rare_owner_.emplace_back(t, k);
    }
  };
  std::uint32_t slot = 0; // failures before maintenance due: the order of one tick on one tool
  number_section(
      slot, [](const GroupTable& g) { return g.breakdowns.size(); },
      [](ToolCare& c) -> std::uint32_t& { return c.failure_slot; });
  first_due_ = slot;
  number_section(
      slot, [](const GroupTable& g) { return g.maintenance.size(); },
      [](ToolCare& c) -> std::uint32_t& { return c.due_slot; });
  first_end_ = slot;
  rare_ = core::WinnerTree(first_end_ + model_.tools);
  planned_.assign(model_.products.size(), 0);
  listed_left_.assign(model_.products.size(), 0);
  stream_count_.assign(model_.streams.size(), 0);
  stream_next_.assign(model_.streams.size(), core::kNever);
}

inline void Engine::State::start_outage_clocks() {
  for (std::uint32_t t = 0; t < model_.tools; t++) {
    const GroupTable& group = model_.groups[tools_[t].group];
    ToolCare& care = care_[t];
    const std::size_t breakdowns = group.breakdowns.size(), kinds = group.maintenance.size();
    care.failures.assign(breakdowns, 0);
    care.repairs.assign(breakdowns, 0);
    care.busy_left.assign(breakdowns, 0);
    care.maintenances.assign(kinds, 0);
    care.wafers.assign(kinds, 0);
    care.threshold.assign(kinds, 0);
    care.next_due.assign(kinds, core::kNever);
    care.pending.reserve(kinds);
    care.deferred.reserve(breakdowns);
    care.active.reserve(breakdowns);
    for (std::uint32_t k = 0; k < breakdowns; k++) schedule_failure(t, k, true);
    const std::int64_t number = t - group.first_tool + 1; // 1..N
    for (std::uint32_t k = 0; k < kinds; k++) {
      const MaintenanceKind& m = group.maintenance[k];
      // Staggered over the group, so that the tools are not down together. By name: shares that do not depend on N.
      const auto staggered = [&](std::int64_t whole) -> std::int64_t {
        if (group.stagger == Stagger::none) return whole;
        if (group.stagger == Stagger::by_count) return whole * number / group.tools;
        const double share =
            static_cast<double>(core::mix(m.identity, static_cast<std::uint64_t>(number)) >> 11) * 0x1p-53;
        return static_cast<std::int64_t>(share * static_cast<double>(whole));
      };
      if (m.every > 0) {
        care.next_due[k] = staggered(m.first);
        rare_.set(care.due_slot + k, core::event_key(care.next_due[k], kFailure, care.due_slot + k));
      } else {
        care.threshold[k] = std::max<std::int64_t>(1, staggered(m.first_wafers));
      }
    }
    tools_[t].wafers_left = 0;
    look_at_counters(t);
  }
  show_rare();
}

// Lots in process at the start wait in the queue of their step, without transport, sampling or open windows.
inline void Engine::State::place_initial_lots() {
  for (const Stream& s : model_.streams)
    if (s.count != 0) planned_[s.product]++;
  for (std::size_t i = 0; i < model_.lots.size(); i++) {
    const ListedLot& l = model_.lots[i];
    if (l.step == kNone) {
      if (l.release < model_.horizon) planned_[l.product]++, listed_left_[l.product]++; // they stop at the horizon
      continue;
    }
    const std::uint32_t id = new_lot(l.flow, l.wafers, l.identity, (std::uint64_t{0xffffffffu} << 32) | i, l.priority);
    LiveLot& lot = lots_[id];
    lot.initial = true;
    lot.hot = l.hot;
    if (l.has_due) lot.due = l.due;
    lot.step = l.step;
    seen_.counts.lots_initial++;
    join_queue(id);
  }
  while (listed_next_ < model_.lots.size() && model_.lots[listed_next_].step != kNone) listed_next_++;
  if (listed_next_ < model_.lots.size() && model_.lots[listed_next_].release < model_.horizon)
    tree_.set(listed_slot_, core::event_key(model_.lots[listed_next_].release, kArrival, listed_slot_));
}

} // namespace centresim::fab
