// Datasets on their way to the sites where jobs read them, and what the sites keep.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline bool Engine::State::has_data(std::uint32_t site, std::uint32_t dataset) const {
  return model_.datasets[dataset].site == site || sites_[site].copies[dataset].here;
}

// Ticks of a transfer that has the link for itself.
inline Tick Engine::State::length_of(std::uint32_t dataset, std::uint32_t link) const {
  const double ticks = static_cast<double>(model_.datasets[dataset].size) / model_.links[link].bandwidth;
  return std::max<Tick>(1, std::llround(std::min(ticks, static_cast<double>(core::kMaxTick))));
}

// The job goes to its site: to the queue, or first of all it waits for its data.
inline void Engine::State::arrive(LiveJob& job) {
  if (job.s.reading == 0) return enqueue(job);
  const std::uint32_t dataset = model_.readings[job.s.reading].dataset;
  if (dataset == kNone || model_.datasets[dataset].site == job.site) return enqueue(job);
  SiteState::Copy& copy = site_of(job).copies[dataset];
  copy.users++;
  copy.last_use = job.seq;
  if (copy.here) return enqueue(job);
  enter(job, Phase::staging);
  count_work(job, +1);
  const auto [at, fresh] = transfers_.try_emplace({dataset, job.site});
  at->second.jobs.push_back(job.id);
  if (!fresh) return;
  const std::uint32_t link = model_.link_between(model_.datasets[dataset].site, job.site);
  at->second.link = link;
  LinkState& l = links_[link];
  if (model_.links[link].rtt == 0) return join_transfers(link, at->first);
  l.coming.emplace_back(now + model_.links[link].rtt, at->first);
  set_event(link_slot(link, kComing), l.coming.front().first, kArrival);
}

// A round trip after it was asked for.
inline void Engine::State::begin_transfers(std::uint32_t link) {
  LinkState& l = links_[link];
  while (!l.coming.empty() && l.coming.front().first <= now) {
    const TransferKey key = l.coming.front().second;
    l.coming.pop_front();
    join_transfers(link, key);
  }
  set_event(link_slot(link, kComing), l.coming.empty() ? core::kNever : l.coming.front().first, kArrival);
}

inline void Engine::State::join_transfers(std::uint32_t link, const TransferKey& key) {
  LinkState& l = links_[link];
  const Wide end = l.clock.value(now) + (Wide{length_of(key.first, link)} << VirtualClock::kBits);
  l.moving.insert({end, key});
  share_link(link);
}

// The transfers of a link share it evenly; where it is down, they wait.
inline void Engine::State::share_link(std::uint32_t link) {
  LinkState& l = links_[link];
  const auto n = static_cast<std::int64_t>(l.moving.size());
  l.clock.set_rate(now, n == 0 || !l.up ? 0 : VirtualClock::kFull / n);
  set_event(link_slot(link, kMoving), n == 0 ? core::kNever : l.clock.when(l.moving.begin()->first), kTransferEnd);
}

inline void Engine::State::end_transfers(std::uint32_t link) {
  LinkState& l = links_[link];
  std::vector<std::uint32_t> arrived;
  while (!l.moving.empty() && l.moving.begin()->first <= l.clock.value(now)) {
    const auto [dataset, site] = l.moving.begin()->second;
    l.moving.erase(l.moving.begin());
    const auto found = transfers_.find({dataset, site});
    arrived.insert(arrived.end(), found->second.jobs.begin(), found->second.jobs.end());
    transfers_.erase(found);
    keep_copy(sites_[site], dataset);
    if (in_window()) {
      const DatasetTable& d = model_.datasets[dataset];
      seen_.links[link].transferred += d.size;
      seen_.sites[d.site].sent += d.size;
    }
  }
  share_link(link);
  std::ranges::sort(arrived, {}, [&](std::uint32_t id) { return jobs_[id].seq; });
  for (const std::uint32_t id : arrived) {
    if (in_window()) seen_.farm.staged++, seen_.farm.staging += now - jobs_[id].s.submit;
    count_work(jobs_[id], -1);
    come_back(jobs_[id]);
  }
}

// What was used least recently makes room, but nothing that a job still needs, and nothing in vain.
inline void Engine::State::keep_copy(SiteState& site, std::uint32_t dataset) {
  const std::int64_t room = model_.sites[site.number].cache, size = model_.datasets[dataset].size;
  std::vector<std::uint32_t> old; // that may go
  std::int64_t needed = 0;        // by those that may not
  for (std::uint32_t d = 0; d < site.copies.size(); d++) {
    if (!site.copies[d].here) continue;
    if (site.copies[d].users == 0)
      old.push_back(d);
    else
      needed += model_.datasets[d].size;
  }
  if (needed + size > room) return;
  std::ranges::sort(old, {}, [&](std::uint32_t d) { return std::pair(site.copies[d].last_use, d); });
  for (const std::uint32_t d : old) {
    if (site.cached + size <= room) break;
    site.copies[d].here = false;
    site.cached -= model_.datasets[d].size;
  }
  site.copies[dataset].here = true;
  site.cached += size;
}

// A job that read a copy has ended for good.
inline void Engine::State::leave_copy(const LiveJob& job) {
  if (job.s.reading == 0) return;
  const std::uint32_t dataset = model_.readings[job.s.reading].dataset;
  if (dataset == kNone || model_.datasets[dataset].site == job.site) return;
  site_of(job).copies[dataset].users--;
}

} // namespace centresim::design
