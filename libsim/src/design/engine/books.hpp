// Whether what is free and what is held are all there is: looked at when a run ends, and in a checked build
// (CENTRESIM_CHECKED) after every event and every pass of the first 20,000, later and of large floors now and then.
#pragma once
#include "state.hpp"

namespace centresim::design {

// Cores, memory and tokens that are free and those that jobs hold are all there are.
inline void Engine::State::check_books() const {
  std::vector<Demand> held(nodes_.size(), Demand{0, 0, 0});
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone || jobs_[id].node == kNone) continue;
    const LiveJob& job = jobs_[id];
    const Demand d = job.demand();
    for_each_rank(job, [&](std::uint32_t n) {
      held[n].cores += job.phase == Phase::suspended ? 0 : d.cores;
      held[n].memory += d.memory;
      held[n].scratch += d.scratch;
    });
  }
  for (const Handover& h : handovers_)
    for (const auto& [node, d] : h.extra)
      held[node].cores += d.cores, held[node].memory += d.memory, held[node].scratch += d.scratch;
  for (std::uint32_t n = 0; n < nodes_.size(); n++) {
    const NodeClassTable& k = nodes_.class_of(n);
    const Demand& f = nodes_.free(n);
    if (f.cores + held[n].cores != k.cores || f.memory + held[n].memory != k.memory ||
        f.scratch + held[n].scratch != k.scratch || f.cores < 0 || f.memory < 0 || f.scratch < 0)
      throw std::logic_error("the cores or the memory of a node do not add up");
  }
  std::vector<std::int64_t> tokens;
  for (const FeatureState& f : features_) {
    tokens.push_back(f.free + f.outside);
    for (const auto& [at, n] : f.returns) tokens.back() += n;
  }
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone || jobs_[id].node == kNone) continue;
    if (jobs_[id].phase == Phase::suspended && !jobs_[id].keeps_tokens) continue;
    tokens_of(jobs_[id], [&](const TokenNeed& n, Tick) { tokens[n.feature] += n.tokens; });
  }
  for (const Handover& h : handovers_)
    for (const TokenNeed& n : h.extra_tokens) tokens[n.feature] += n.tokens;
  for (std::uint32_t f = 0; f < features_.size(); f++)
    if (tokens[f] != model_.features[f].tokens || features_[f].free < 0)
      throw std::logic_error("the tokens of a feature do not add up");
  check_shares();
  check_sites();
  if (seen_.counts.in_queue < 0) throw std::logic_error("jobs do not add up");
}

// What the shares of lent features use, with what is still to come back to them, is what is taken.
inline void Engine::State::check_shares() const {
  for (std::uint32_t f = 0; f < features_.size(); f++) {
    if (features_[f].used_by.empty()) continue;
    std::int64_t used = 0;
    for (const std::int64_t n : features_[f].used_by) {
      if (n < 0) throw std::logic_error("the shares of a feature do not add up");
      used += n;
    }
    if (used + features_[f].free != model_.features[f].tokens)
      throw std::logic_error("the shares of a feature do not add up");
  }
}

// Queues, shared storage and copies of datasets against the jobs that make them up.
inline void Engine::State::check_sites() const {
  std::size_t queued = 0;
  for (const SiteState& s : sites_) queued += s.queued;
  bool right = queued == queued_;
  std::vector<std::int64_t> asked(sites_.size()), ranks(power_.size());
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone || jobs_[id].node == kNone) continue;
    if (jobs_[id].clock != kNone) asked[jobs_[id].site] += model_.readings[jobs_[id].s.reading].io;
    if (!power_.empty()) for_each_rank(jobs_[id], [&](std::uint32_t n) { ranks[n]++; });
  }
  for (const SiteState& s : sites_) {
    std::int64_t kept = 0;
    for (std::size_t d = 0; d < s.copies.size(); d++) kept += s.copies[d].here ? model_.datasets[d].size : 0;
    right = right && s.asked == asked[s.number] && kept == s.cached && kept <= model_.sites[s.number].cache;
  }
  for (std::size_t n = 0; n < power_.size(); n++) right = right && power_[n].ranks == ranks[n];
  if (!right) throw std::logic_error("queues, storage or copies do not add up");
}

inline void Engine::State::check_often() {
#ifdef CENTRESIM_CHECKED
  constexpr std::size_t kSmall = 64, kAll = 20'000, kEvery = 4096; // large floors and long runs: now and then
  const bool every = nodes_.size() + slot_job_.size() < kSmall && unchecked_ < kAll;
  if (++unchecked_ % kEvery == 0 || every) check_books();
#endif
}

} // namespace centresim::design
