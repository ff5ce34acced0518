// The event loop: what happens at a tick, and the ends of the warm-up and of report periods.
#pragma once
#include "state.hpp"

namespace centresim::fab {

inline constexpr std::int64_t kMaxEventsAtOneTick = 10'000'000;

inline Tick Engine::State::next() const {
  if (!touched_.empty()) return now;
  const std::uint64_t top = tree_.top();
  const Tick event = top == core::WinnerTree::kEmpty ? core::kNever : core::event_tick(top);
  return std::min(event, boundary_);
}

inline void Engine::State::apply(Tick tick) {
  if (tick < now) throw std::logic_error("a fab cannot go back in time");
  now = tick;
  // Windows are half-open: what happens at the boundary belongs to the next one.
  while (boundary_ <= now) pass_boundary();
  std::int64_t left = kMaxEventsAtOneTick;
  for (std::uint64_t top = tree_.top(); top != core::WinnerTree::kEmpty && core::event_tick(top) <= now;
       top = tree_.top()) {
    handle(top);
    if (--left == 0) throw core::ModelError("events repeat without end at one tick");
  }
}

// The next events are seldom near: what they need is on its way into the caches while choices are made.
inline void Engine::State::fetch_next() const {
  for (const std::uint64_t key : tree_.soon()) {
    const std::uint32_t slot = core::event_slot(key);
    if (slot < rare_slot_) {
      __builtin_prefetch(&tools_[slot]);
      __builtin_prefetch(&tools_[slot].job);
    } else if (slot >= first_travel_ && slot - first_travel_ < travelling_.size()) {
      __builtin_prefetch(&lots_[travelling_[slot - first_travel_]]);
    }
  }
  const std::uint32_t slot = core::event_slot(tree_.top());
  if (slot < rare_slot_) {
    const Job& job = tools_[slot].job[0];
    if (job.first_lot == kNone) return;
    __builtin_prefetch(&lots_[job.first_lot]);
    __builtin_prefetch(&model_.steps[job.step]);
    __builtin_prefetch(&model_.steps[job.step] + 1);
    __builtin_prefetch(&seen_.steps[job.step]);
  } else if (slot >= first_travel_ && slot - first_travel_ < travelling_.size()) {
    const std::uint32_t step = lots_[travelling_[slot - first_travel_]].step;
    __builtin_prefetch(&model_.steps[step]);
    const std::uint32_t g = model_.steps[step].group;
    __builtin_prefetch(&groups_[g]);
    __builtin_prefetch(&model_.groups[g]);
  }
}

inline void Engine::State::dispatch(Tick tick) {
  now = tick;
  fetch_next();
  if (touched_.size() > 1) {
    if (model_.counts_windows) // those whose gates have been shut the longest first
      std::ranges::sort(touched_, {}, [&](std::uint32_t g) { return std::pair(groups_[g].gated_since, g); });
    else
      std::ranges::sort(touched_);
  }
  dispatching_.swap(touched_); // groups touched by these starts wait for the next round
  for (const std::uint32_t g : dispatching_) {
    groups_[g].touched = false;
    dispatch_group(g);
  }
  dispatching_.clear();
}

inline void Engine::State::handle(std::uint64_t key) {
  const std::uint32_t slot = core::event_slot(key);
  seen_.counts.events++;
  if (slot < rare_slot_) {
    job_done(slot);
  } else if (slot >= first_travel_) {
    tree_.set(slot, core::WinnerTree::kEmpty);
    free_travel_.push_back(slot - first_travel_);
    join_queue(travelling_[slot - first_travel_]);
  } else if (slot == rare_slot_) {
    handle_rare();
    show_rare();
  } else if (slot < listed_slot_) {
    release_from(slot - first_stream_);
  } else if (slot == listed_slot_) {
    release_listed();
  } else { // the oldest lot of a batch has waited its longest
    tree_.set(slot, core::WinnerTree::kEmpty);
    touch(timer_group_[slot - first_timer_]);
  }
}

inline void Engine::State::handle_rare() {
  const std::uint64_t key = rare_.top();
  const std::uint32_t slot = core::event_slot(key);
  if (slot >= first_end_) {
    rare_.set(slot, core::WinnerTree::kEmpty);
    end_maintenance(slot - first_end_);
    return;
  }
  const auto [tool, kind] = rare_owner_[slot];
  if (slot >= first_due_)
    maintenance_due(tool, kind);
  else if (core::event_class(key) == kCapacity)
    repaired(tool, kind);
  else
    fail(tool, kind);
}

inline void Engine::State::schedule_stream(std::uint32_t stream, Tick at) {
  const Stream& s = model_.streams[stream];
  const bool more = (s.count < 0 || stream_count_[stream] < s.count) && at < model_.horizon;
  stream_next_[stream] = more ? at : core::kNever;
  const std::uint32_t slot = first_stream_ + stream;
  tree_.set(slot, more ? core::event_key(at, kArrival, slot) : core::WinnerTree::kEmpty);
  if (!more && s.count != 0) {
    planned_[s.product]--;
    // Batches and minimum runs that waited for more lots of the product may go now.
    for (std::uint32_t g = 0; g < groups_.size(); g++)
      if (!groups_[g].queue.empty()) touch(g);
  }
}

inline void Engine::State::release_from(std::uint32_t stream) {
  const Stream& s = model_.streams[stream];
  for (std::int64_t i = 0; i < s.lots; i++) {
    const auto count = static_cast<std::uint64_t>(stream_count_[stream] * s.lots + i);
    const std::uint64_t identity = core::mix(s.identity, count);
    std::uint32_t wafers = static_cast<std::uint32_t>(s.wafers.is_constant() ? s.wafers.value(0.5) : 0);
    if (wafers == 0)
      wafers = static_cast<std::uint32_t>(
          std::max(1.0, s.wafers.value(core::uniform_at(key_, identity, core::Purpose::lot_size, 0, 0))));
    const std::uint32_t id =
        new_lot(s.flow, wafers, identity, (std::uint64_t{stream} << 32) | (count & 0xffffffffu), s.priority);
    LiveLot& lot = lots_[id];
    lot.hot = s.hot;
    if (s.has_due) {
      const RouteTable& r = model_.routes[s.route];
      lot.due = now + (s.due_factor > 0 ? std::llround(s.due_factor * (r.rpt_a + r.rpt_b * wafers)) : s.due);
    }
    seen_.counts.lots_released++;
    seen_.flows[s.flow].released++;
    enter(id);
  }
  stream_count_[stream]++;
  const Tick gap = s.every.ticks(s.every.is_constant() ? 0.5 : stream_draws_[stream].next());
  const Tick scaled = model_.load_factor == 1 ? gap : std::llround(static_cast<double>(gap) / model_.load_factor);
  schedule_stream(stream, now + std::max<Tick>(1, scaled)); // time goes on, however small the law's values
}

inline void Engine::State::release_listed() {
  const ListedLot& l = model_.lots[listed_next_];
  const std::uint32_t id =
      new_lot(l.flow, l.wafers, l.identity, (std::uint64_t{0xffffffffu} << 32) | listed_next_, l.priority);
  lots_[id].hot = l.hot;
  if (l.has_due) lots_[id].due = l.due;
  seen_.counts.lots_released++;
  seen_.flows[l.flow].released++;
  planned_[l.product]--;
  listed_left_[l.product]--;
  enter(id);
  listed_next_++;
  while (listed_next_ < model_.lots.size() && model_.lots[listed_next_].step != kNone) listed_next_++;
  const bool more = listed_next_ < model_.lots.size() && model_.lots[listed_next_].release < model_.horizon;
  tree_.set(listed_slot_, more ? core::event_key(model_.lots[listed_next_].release, kArrival, listed_slot_)
                               : core::WinnerTree::kEmpty);
}

// The end of the warm-up forgets what was counted; the end of a period reports the sums since then.
inline void Engine::State::pass_boundary() {
  const Tick actual = now;
  now = boundary_;
  account_all();
  integrate_wip();
  if (report_at_ == now) {
    report_period();
    report_at_ += model_.report_every;
  }
  if (reset_at_ == now) {
    seen_.groups.assign(seen_.groups.size(), {});
    seen_.flows.assign(seen_.flows.size(), {});
    seen_.steps.assign(seen_.steps.size(), {});
    seen_.windows.assign(seen_.windows.size(), {});
    seen_.finished.clear();
    seen_.wip_integral = 0;
    seen_.window_start = now;
    reset_at_ = core::kNever;
  }
  if (close_at_ == now) close_window();
  boundary_ = std::min({reset_at_, report_at_, close_at_});
  now = actual;
}

inline void Engine::State::report_period() {
  PeriodReport report{now, seen_.flows, seen_.groups, std::vector<Tick>(seen_.flows.size())};
  add_stays(report.flows, report.groups);
  for (const FinishedLot& lot : seen_.finished) report.cycle_time[lot.flow] += lot.cycle_time;
  seen_.periods.push_back(std::move(report));
}

inline bool Engine::State::run(core::Pulse& pulse) {
  constexpr std::int64_t kBeat = 16384, kMaxRounds = 1'000'000;
  std::int64_t beat_at = kBeat;
  const Tick drain_limit = model_.horizon + 365 * core::kTicksPerDay;
  for (;;) {
    const Tick tick = next();
    if (tick >= model_.horizon) {
      if (!model_.drain || wip_ == 0) break;
      if (tick == core::kNever || tick > drain_limit) stuck();
    }
    std::int64_t rounds = 0;
    do {
      apply(tick);
      dispatch(tick);
      if (++rounds > kMaxRounds) throw core::ModelError("events repeat without end at one tick");
    } while (next() == tick);
    watch();
    if (seen_.counts.events >= beat_at) {
      beat_at = seen_.counts.events + kBeat;
      if (!pulse.beat(std::min(1.0, static_cast<double>(now) / static_cast<double>(model_.horizon)))) return false;
    }
  }
  return true;
}

inline void Engine::State::stuck() const {
  std::string text =
      "the line does not run empty: a year after the horizon " + std::to_string(wip_) + " lots are left:";
  std::size_t named = 0;
  for (const LiveLot& lot : lots_) {
    if (lot.place == LotPlace::nowhere) continue;
    if (++named > 5) {
      text += " ...";
      break;
    }
    text += (named > 1 ? ", " : " ") + lot_name(lot.origin) + " at step '" + model_.step_names[lot.step] +
            "' (tool group '" + model_.groups[model_.steps[lot.step].group].name + "')";
  }
  throw core::ModelError(text);
}

inline void Engine::State::flooded() const {
  std::size_t worst = 0;
  for (std::size_t g = 0; g < groups_.size(); g++)
    if (groups_[g].queue.size() > groups_[worst].queue.size()) worst = g;
  throw core::ModelError("the line floods: more than " + std::to_string(model_.max_wip) + " lots in process, " +
                         std::to_string(groups_[worst].queue.size()) + " of them wait for tool group '" +
                         model_.groups[worst].name + "'");
}

} // namespace centresim::fab
