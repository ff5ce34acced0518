// Jobs that share the storage of their site: beyond what it delivers, they slow down, each by the share of its time
// that it spends there. One clock for every such share and site; a job ends when the clock has gone as far as its work.
#pragma once
#include "state.hpp"

namespace centresim::design {

// The work of a job begins: from now on it asks for its part of the storage.
inline void Engine::State::join_storage(LiveJob& job) {
  if (job.s.reading == 0) return;
  const Reading& r = model_.readings[job.s.reading];
  if ((r.io == 0 && r.io_share == 0) || model_.sites[job.site].storage == 0) return;
  SiteState& site = site_of(job);
  auto found = std::ranges::find(site.clocks, r.io_share, [&](std::uint32_t c) { return clocks_[c].share; });
  job.clock = *found;
  book_storage(site);
  site.asked += r.io;
  set_rates(site);
  clocks_[job.clock].began[job.id] = clocks_[job.clock].clock.value(now);
}

// It leaves; `begun` moves to where it would lie if the work so far had been undisturbed.
inline void Engine::State::leave_storage(LiveJob& job) {
  if (job.clock == kNone) return;
  SiteState& site = site_of(job);
  const Tick work = elapsed(job);
  book_delay(job);
  StorageClock& c = clocks_[job.clock];
  c.due.erase({c.target[job.id], job.id});
  c.target.erase(job.id);
  c.began.erase(job.id);
  job.clock = kNone;
  job.begun = now - work;
  book_storage(site);
  site.asked -= model_.readings[job.s.reading].io;
  set_rates(site);
}

// Of the time for which it waited for the storage, the part in the window: as it lies evenly over the stay.
inline void Engine::State::book_delay(const LiveJob& job) {
  if (job.clock == kNone || now == job.began) return;
  const Wide delay = now - job.began - elapsed(job);
  seen_.farm.storage_delay += Wide{job.all_cores()} * (delay * within(job.began, now) / (now - job.began));
}

// How far the work of a job has come since it began, restart and booting included.
inline Tick Engine::State::elapsed(const LiveJob& job) const {
  if (job.clock == kNone) return now - job.begun;
  const StorageClock& c = clocks_[job.clock];
  return static_cast<Tick>((c.clock.value(now) - c.began.at(job.id)) >> VirtualClock::kBits);
}

// It is to be looked at when so much of its work is done.
inline void Engine::State::set_target(std::uint32_t id, Tick work) {
  StorageClock& c = clocks_[jobs_[id].clock];
  if (const auto old = c.target.find(id); old != c.target.end()) c.due.erase({old->second, id});
  const Wide at = c.began.at(id) + (Wide{work} << VirtualClock::kBits);
  c.target[id] = at;
  c.due.insert({at, id});
  schedule_clock(jobs_[id].clock);
}

inline void Engine::State::schedule_clock(std::uint32_t index) {
  const StorageClock& c = clocks_[index];
  set_event(first_clock_ + index, c.due.empty() ? core::kNever : c.clock.when(c.due.begin()->first), kCompletion);
}

inline void Engine::State::set_rates(SiteState& site) {
  const auto delivers = static_cast<double>(model_.sites[site.number].storage);
  const double crowding = std::max(1.0, static_cast<double>(site.asked) / delivers);
  for (const std::uint32_t c : site.clocks) {
    const double rate = 1 / ((1 - clocks_[c].share) + clocks_[c].share * crowding);
    clocks_[c].clock.set_rate(now, std::llround(rate * static_cast<double>(VirtualClock::kFull)));
    schedule_clock(c);
  }
}

inline void Engine::State::clock_event(std::uint32_t index) {
  StorageClock& c = clocks_[index];
  while (!c.due.empty() && c.due.begin()->first <= c.clock.value(now)) {
    const std::uint32_t id = c.due.begin()->second;
    job_event(id);
  }
  schedule_clock(index);
}

inline void Engine::State::book_storage(SiteState& site) {
  seen_.sites[site.number].asked += Wide{site.asked} * within(site.storage_booked, now);
  site.storage_booked = now;
}

} // namespace centresim::design
