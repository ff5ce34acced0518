// Seats on shuttles: booked, caught, missed.
#pragma once
#include "state.hpp"

namespace centresim::design {

// Nothing is left to do before the chip may go, or is done again.
inline bool ProjectState::is_ready(const LiveProject& p) const {
  const std::uint32_t shuttle = table(p).shuttle;
  return shuttle != kNobody && p.tasks[shuttle].state == TaskState::ready && p.open_bugs == 0 &&
         std::ranges::all_of(table(p).before_shuttle,
                             [&](std::uint32_t b) { return p.tasks[b].state == TaskState::done; });
}

// Ready again, by the end of the run `by`: a bug is mended, or work before the shuttle has been done once more.
inline void ProjectState::resume_shuttle(LiveProject& p, std::uint32_t by) {
  if (p.ready_since >= 0 || !is_ready(p)) return;
  TaskRun& waits = p.runs[p.tasks[table(p).shuttle].run]; // for this, from now on
  waits.by = by;
  waits.released = now_;
  ask_ready(p);
}

inline void ProjectState::ask_ready(LiveProject& p) {
  if (!is_ready(p)) return;
  p.ready_since = now_;
  const ProjectTable& of = table(p);
  if (!p.due_counted && in_window() && of.due != core::kNever) {
    seen_.projects[p.table].with_due_date++;
    seen_.projects[p.table].on_time += now_ - p.started <= of.due;
  }
  p.due_counted = true; // the first time, within the window or not
  if (p.shuttle == kNobody) book_seat(p);
}

// The first seat whose planned cut-off leaves time for what is still to be done, and the slack.
inline void ProjectState::book_seat(LiveProject& p) {
  constexpr std::int64_t kMostRuns = 100'000; // looked at
  const ProjectTable& of = table(p);
  const auto rest = static_cast<Tick>(std::min(remaining(p), 1e12));
  const bool ready = is_ready(p);
  const Tick from = ready ? now_ : now_ + rest + of.booking_slack;
  Tick best = core::kNever;
  std::int64_t best_run = -1;
  for (const std::uint32_t s : of.shuttles) {
    const ShuttleTable& k = model_.shuttles[s];
    if (k.provider != kNobody && closed_[k.provider]) continue;
    const Tick least = std::max(from, now_ + k.booking);
    std::int64_t run = least <= k.first ? 0 : (least - k.first + k.every - 1) / k.every;
    for (std::int64_t n = 0; n < kMostRuns; n++, run++) {
      const Tick at = planned(s, run);
      if (at >= best) break; // another one is as early
      const auto found = runs_[s].find(run);
      if (found != runs_[s].end() &&
          (found->second.closed || static_cast<std::int64_t>(found->second.booked.size()) >= k.seats))
        continue;
      best = at;
      best_run = run;
      p.shuttle = s;
      break;
    }
  }
  p.stalled = best == core::kNever;
  if (p.stalled) {
    p.shuttle = kNobody;
    return;
  }
  p.shuttle_run = best_run;
  const ShuttleTable& k = model_.shuttles[p.shuttle];
  const auto [at, first] = runs_[p.shuttle].try_emplace(best_run);
  Run& run = at->second;
  if (first) { // somebody waits for its cut-off from now on
    const Tick slip = k.slip.ticks(draw(k.identity, core::Purpose::shuttle_slip, static_cast<std::uint64_t>(best_run)));
    add_event(std::max(now_, best + slip), kCutOff, p.shuttle, best_run);
  }
  run.booked.push_back(p.id);
  if (in_window()) seen_.projects[p.table].booked++, seen_.shuttles[p.shuttle].booked++;
}

inline void ProjectState::lose_seat(LiveProject& p) {
  p.shuttle = kNobody;
  p.shuttle_run = -1;
}

inline void ProjectState::cut_off(std::uint32_t shuttle, std::int64_t number) {
  const ShuttleTable& k = model_.shuttles[shuttle];
  Run& run = runs_[shuttle][number];
  run.closed = true;
  const std::vector<std::uint32_t> booked = std::exchange(run.booked, {});
  const auto draws = static_cast<std::uint64_t>(number);
  const bool called_off = k.cancel > 0 && draw(k.identity, core::Purpose::shuttle_cancel, draws) < k.cancel;
  ShuttleSums& of_shuttle = seen_.shuttles[shuttle];
  const bool counts = in_window();
  if (counts && !booked.empty()) of_shuttle.runs++, of_shuttle.called_off += called_off;
  for (const std::uint32_t id : booked) {
    LiveProject& p = live_[id];
    ProjectSums& sums = seen_.projects[p.table];
    lose_seat(p);
    if (called_off) {
      if (counts) sums.called_off++;
      book_seat(p);
    } else if (is_ready(p)) {
      if (counts) {
        sums.caught++, of_shuttle.caught++, sums.slack += now_ - p.ready_since;
        sums.bill.seats[shuttle]++, p.bill.seats[shuttle]++;
      }
      tape_out(p, shuttle, number);
    } else {
      if (counts) sums.missed++, of_shuttle.missed++, sums.bill.fees[shuttle]++, p.bill.fees[shuttle]++;
      book_seat(p);
    }
  }
}

inline void ProjectState::tape_out(LiveProject& p, std::uint32_t shuttle, std::int64_t number) {
  const ProjectTable& of = table(p);
  const ShuttleTable& k = model_.shuttles[shuttle];
  LiveTask& t = p.tasks[of.shuttle];
  ProjectSums& sums = seen_.projects[p.table];
  if (in_window()) {
    sums.tape_outs++;
    sums.bugs_left += static_cast<std::int64_t>(p.bugs.size());
    if (p.taped_out < 0) sums.first_tape_outs++, sums.to_tape_out += now_ - p.started;
  }
  if (p.taped_out < 0) p.taped_out = now_;
  p.tape_outs++;
  p.chip_fails = std::ranges::any_of(p.bugs, &Bug::fatal);
  p.left_at = now_;
  p.carrier = shuttle;
  t.state = TaskState::outside;
  const auto spin = static_cast<std::uint64_t>(p.spin);
  told_->push_back({FloorFact::Kind::taped_out, now_, p.id, p.table, shuttle, p.spin, core::mix(p.identity, spin),
                    core::mix(k.identity, static_cast<std::uint64_t>(number))});
  t.due = core::kNever;
  if (is_outside(shuttle)) return;
  t.due = now_ + k.fab_time.ticks(draw(p.identity, core::Purpose::shuttle_fab, spin));
  add_event(t.due, kOutsideDone, p.id, of.shuttle);
}

// Seats at shuttles of a provider that closes down are gone; designs on their way are lost, or late.
inline void ProjectState::provider_fails(std::uint32_t provider) {
  closed_[provider] = 1;
  const ProviderTable& k = model_.providers[provider];
  const auto its = [&](std::uint32_t shuttle) {
    return shuttle != kNobody && model_.shuttles[shuttle].provider == provider;
  };
  for (std::uint32_t s = 0; s < model_.shuttles.size(); s++)
    if (its(s))
      for (auto& [number, run] : runs_[s]) run.booked.clear();
  for (LiveProject* live : std::vector(active_)) {
    LiveProject& p = *live;
    const ProjectTable& of = table(p);
    if (of.shuttle == kNobody) continue;
    LiveTask& t = p.tasks[of.shuttle];
    const bool in_fab = t.state == TaskState::outside && its(p.carrier) && !is_outside(p.carrier);
    if (in_fab) {
      drop_event(t.due, kOutsideDone, p.id, of.shuttle);
      const double u = draw(p.identity, core::Purpose::provider_delay, static_cast<std::uint64_t>(p.spin));
      if (k.designs == ProviderLoss::late) {
        t.due += k.delay.ticks(u);
        add_event(t.due, kOutsideDone, p.id, of.shuttle);
        continue;
      }
      t.state = TaskState::ready;
      p.ready_since = is_ready(p) ? now_ : -1;
    } else if (!its(p.shuttle)) {
      continue;
    }
    lose_seat(p);
    const std::vector<LoopTable>& loops = of.tasks[of.shuttle].loops;
    if (!loops.empty() && is_ready(p)) { // for the rules of another one
      go_back(p, of.shuttle, loops.front());
      if (of.tasks[of.shuttle].book_after == kNobody) continue;
    }
    book_seat(p);
  }
}

} // namespace centresim::design
