// Wide-area links: whether licence servers can be reached, and what becomes of licences held over a link that is down.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline bool Engine::State::reachable(std::uint32_t feature, std::uint32_t site) const {
  const std::uint32_t link = over_link(feature, site);
  return link == kNone || links_[link].up;
}

inline bool Engine::State::reachable(std::span<const TokenNeed> needs, std::uint32_t site) const {
  return links_.empty() || std::ranges::all_of(needs, [&](const TokenNeed& n) { return reachable(n.feature, site); });
}

// Up and down take turns in one slot; the next one waits for the grace of the link.
inline Tick Engine::State::schedule_link(std::uint32_t link) {
  LinkState& l = links_[link];
  const LinkTable& t = model_.links[link];
  const core::Law& law = l.up ? t.mttf : t.mttr;
  const auto purpose = l.up ? core::Purpose::time_to_failure : core::Purpose::time_to_repair;
  const std::uint32_t draw = l.draws++ >> 1;
  const Tick gap = std::max<Tick>(1, law.ticks(core::uniform_at(key_, t.identity, purpose, draw >> 1, draw & 1)));
  set_event(link_slot(link, kTurn), now + gap, l.up ? kFailure : kCapacity);
  return now + gap;
}

inline void Engine::State::link_event(std::uint32_t link) {
  LinkState& l = links_[link];
  if (!l.up) book_link(link);
  l.down_since = now;
  l.up = !l.up;
  for (std::uint32_t s = 0; s < token_sets_.size(); s++) {
    TokenSet& set = token_sets_[s];
    for (const TokenNeed& n : set.reserved)
      if (over_link(n.feature, set.site) == link) set.links_down += l.up ? -1 : 1;
    update_lack(set);
  }
  for (std::uint32_t f = 0; l.up && f < features_.size(); f++) tokens_freed(f); // worth another look
  for (SiteState& site : sites_) site.settled_until = 0, site.head_is_blocked = false;
  share_link(link);
  const Tick turn = schedule_link(link);
  const Tick grace = now + model_.links[link].grace;
  set_event(link_slot(link, kGrace), !l.up && turn > grace ? grace : core::kNever, kFailure);
}

// The link to the licence server of a feature; kNone: it needs none.
inline std::uint32_t Engine::State::over_link(std::uint32_t feature, std::uint32_t site) const {
  const std::uint32_t server = model_.features[feature].server;
  return server == kNone || server == site ? kNone : model_.link_between(server, site);
}

inline void Engine::State::book_link(std::uint32_t link) {
  LinkState& l = links_[link];
  if (!l.up) seen_.links[link].down += within(l.down_since, now);
  l.down_since = now;
}

// Down for longer than the grace: jobs that hold a token over the link lose it. False: none did.
inline bool Engine::State::lose_licences(std::uint32_t link) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hit; // by submission
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone) continue;
    const LiveJob& j = jobs_[id];
    if (j.phase != Phase::running && j.phase != Phase::waiting && j.phase != Phase::trying) continue;
    bool holds = false;
    tokens_of(j, [&](const TokenNeed& n, Tick) { holds = holds || over_link(n.feature, j.site) == link; });
    if (holds) hit.emplace_back(j.seq, id);
  }
  std::ranges::sort(hit);
  for (const auto& [seq, id] : hit) {
    if (in_window()) seen_.links[link].licences_lost++;
    if (model_.links[link].lost == LicenceLoss::kill)
      restart_later(id, &FarmSums::lost_failure);
    else
      suspend(id, false, {});
  }
  return !hit.empty();
}

} // namespace centresim::design
