// Conservative backfill: every waiting job gets a planned start, in order; those planned for now start. Feitelson and
// Weil, IPPS 1998; Mu'alem and Feitelson 2001.
#pragma once
#include "queue.hpp"

namespace centresim::design {

inline constexpr Tick kOverrunGrace = 1000; // a job past its request is planned to end so much later

// What is free on every node and of every feature, from now on.
class Engine::State::Profile {
 public:
  Profile(const State& state, bool tokens)
      : state_(&state), site_(state.site_->number), first_(state.nodes_.first(site_)), with_tokens_(tokens) {
    for (std::uint32_t n = first_; n < state.nodes_.last(site_); n++) {
      Demand free = state.nodes_.free(n);
      if (!state.nodes_.open(n)) free = {-kUnlimited, 0, 0};
      nodes_.push_back({{state.now, free}});
    }
    for (const FeatureState& f : state.features_) features_.push_back({{state.now, f.free}});
    for (std::uint32_t f = 0; tokens && f < features_.size(); f++)
      for (const auto& [at, n] : state.features_[f].returns) add_tokens(f, at.first, core::kNever, n);
    for (const Handover& h : state.handovers_)
      if (h.writing > 0) promise(h);
    for (auto at = state.releases_.begin(); !state.releases_.at_end(at); at = state.releases_.after(at))
      release(state.jobs_[state.releases_.at(at).job], std::max(state.releases_.at(at).at, state.now + kOverrunGrace));
  }

  // The earliest start of a job, and its nodes by the fit rule.
  Tick earliest(const LiveJob& job, std::vector<std::uint32_t>& nodes) const {
    const Tick length = length_of(job);
    const auto& needs = state_->token_sets_[job.token_set].reserved;
    if (state_->token_sets_[job.token_set].links_down > 0) return core::kNever; // nobody knows until when
    Tick at = state_->now;
    for (;;) {
      if (at == core::kNever) return at;
      Tick later = at;
      if (with_tokens_)
        for (const TokenNeed& n : needs) later = std::max(later, tokens_from(n, at, length));
      if (later == at) later = place(job, at, length, nodes);
      if (later == at) return at;
      at = later;
    }
  }

  // Takes (-1) what a job will hold if it starts at `at`, or gives it back (+1).
  void plan(const LiveJob& job, Tick at, const std::vector<std::uint32_t>& nodes, int sign) {
    const Tick end = at + length_of(job);
    for (const std::uint32_t n : nodes) add_node(n, at, end, job.demand(), sign);
    if (!with_tokens_) return;
    for (const TokenNeed& n : state_->token_sets_[job.token_set].reserved)
      add_tokens(n.feature, at, state_->token_return(n.feature, at, end), sign * n.tokens);
  }

  // How much there is to look through for one job.
  [[nodiscard]] std::int64_t pieces() const {
    std::size_t n = 1;
    for (const NodeTrack& track : nodes_) n += track.size();
    return static_cast<std::int64_t>(n);
  }

  [[nodiscard]] bool negative() const {
    for (std::uint32_t n = 0; n < nodes_.size(); n++) {
      if (!state_->nodes_.open(first_ + n)) continue;
      for (const auto& [at, d] : nodes_[n])
        if (d.cores < 0 || d.memory < 0 || d.scratch < 0) return true;
    }
    for (const auto& track : features_)
      for (const auto& [at, free] : track)
        if (free < 0) return true;
    return false;
  }

 private:
  using NodeTrack = std::vector<std::pair<Tick, Demand>>;
  using TokenTrack = std::vector<std::pair<Tick, std::int64_t>>;

  static Tick length_of(const LiveJob& job) { return std::max<Tick>(1, job.s.request - job.used); }
  template <class Track> static std::size_t cut(Track& track, Tick at) { // index of the piece that begins at `at`
    if (at == core::kNever) return track.size();
    auto found = std::ranges::lower_bound(track, at, {}, [](const auto& step) { return step.first; });
    const auto i = static_cast<std::size_t>(found - track.begin());
    if (found == track.end() || found->first != at) track.insert(found, {at, track[i - 1].second});
    return i;
  }
  void add_node(std::uint32_t n, Tick from, Tick to, const Demand& d, int sign) {
    if (n < first_ || n - first_ >= nodes_.size()) return; // at another site
    NodeTrack& track = nodes_[n - first_];
    const std::size_t first = cut(track, from), last = cut(track, to);
    for (std::size_t i = first; i < last; i++) {
      Demand& free = track[i].second;
      free.cores += sign * d.cores, free.memory += sign * d.memory, free.scratch += sign * d.scratch;
    }
  }
  void add_tokens(std::uint32_t f, Tick from, Tick to, std::int64_t tokens) {
    const std::size_t first = cut(features_[f], std::max(from, state_->now)), last = cut(features_[f], to);
    for (std::size_t i = first; i < last; i++) features_[f][i].second += tokens;
  }
  void release(const LiveJob& job, Tick at) {
    state_->for_each_rank(job, [&](std::uint32_t n) { add_node(n, at, core::kNever, job.demand(), +1); });
    if (!with_tokens_) return;
    state_->tokens_of(job, [&](const TokenNeed& n, Tick checkout) {
      add_tokens(n.feature, state_->token_return(n.feature, checkout, at), core::kNever, n.tokens);
    });
  }
  // Cores that a job gets when others have written their checkpoints.
  void promise(const Handover& h) {
    for (const auto& [n, d] : h.surplus) add_node(n, h.at, core::kNever, d, +1);
    if (with_tokens_) {
      for (const TokenNeed& n : h.surplus_tokens) add_tokens(n.feature, h.at, core::kNever, n.tokens);
      for (const auto& [at, n] : h.later) add_tokens(n.feature, at, core::kNever, n.tokens);
    }
    if (h.head == kNone) return;
    const LiveJob& head = state_->jobs_[h.head];
    const Tick end = std::max(h.at + std::max<Tick>(1, head.s.request - head.used), state_->now + kOverrunGrace);
    for (const std::uint32_t n : h.nodes) add_node(n, end, core::kNever, head.demand(), +1);
    if (!with_tokens_) return;
    for (const TokenNeed& n : state_->token_sets_[head.token_set].reserved)
      add_tokens(n.feature, state_->token_return(n.feature, h.at, end), core::kNever, n.tokens);
  }

  // The first time from `at` on at which the condition holds for so long; kNever: there is none.
  template <class Track, class Holds> static Tick first_fit(const Track& track, Tick at, Tick length, Holds holds) {
    auto step = std::ranges::upper_bound(track, at, {}, [](const auto& s) { return s.first; }) - 1;
    Tick from = at;
    for (;; ++step) {
      if (!holds(step->second)) {
        if (step + 1 == track.end()) return core::kNever;
        from = (step + 1)->first;
      } else if (step + 1 == track.end() || (step + 1)->first >= from + length) {
        return from;
      }
    }
  }
  [[nodiscard]] Tick tokens_from(const TokenNeed& n, Tick at, Tick length) const {
    const Tick held = state_->token_return(n.feature, at, at + length) - at;
    return first_fit(features_[n.feature], at, held, [&](std::int64_t free) { return free >= n.tokens; });
  }

  // `at` with the nodes where the job fits from then on, or a later time that is worth a look.
  Tick place(const LiveJob& job, Tick at, Tick length, std::vector<std::uint32_t>& nodes) const {
    const Demand d = job.demand();
    const auto holds = [&](const Demand& free) {
      return free.cores >= d.cores && free.memory >= d.memory && free.scratch >= d.scratch;
    };
    nodes.clear();
    if (job.s.ranks == 1) {
      Tick first = core::kNever;
      std::vector<std::pair<std::uint32_t, Demand>> able;
      for (std::uint32_t n = 0; n < nodes_.size(); n++) {
        const Tick from = first_fit(nodes_[n], at, length, holds);
        first = std::min(first, from);
        if (from == at) able.emplace_back(first_ + n, least(n, at, at + length));
      }
      if (first == at) nodes.push_back(choose(job, able));
      return first;
    }
    std::vector<Demand> left; // least free of every node within the interval
    Tick next = core::kNever;
    for (std::uint32_t n = 0; n < nodes_.size(); n++) {
      left.push_back(least(n, at, at + length));
      const auto step = std::ranges::upper_bound(nodes_[n], at, {}, [](const auto& s) { return s.first; });
      if (step != nodes_[n].end()) next = std::min(next, step->first);
    }
    for (std::int32_t r = 0; r < job.s.ranks; r++) {
      std::vector<std::pair<std::uint32_t, Demand>> able;
      for (std::uint32_t n = 0; n < left.size(); n++)
        if (holds(left[n])) able.emplace_back(first_ + n, left[n]);
      if (able.empty()) return next;
      const std::uint32_t n = choose(job, able);
      nodes.push_back(n);
      Demand& rest = left[n - first_];
      rest.cores -= d.cores, rest.memory -= d.memory, rest.scratch -= d.scratch;
    }
    return at;
  }
  [[nodiscard]] Demand least(std::uint32_t n, Tick from, Tick to) const {
    auto step = std::ranges::upper_bound(nodes_[n], from, {}, [](const auto& s) { return s.first; }) - 1;
    Demand low = step->second;
    for (++step; step != nodes_[n].end() && step->first < to; ++step) {
      low.cores = std::min(low.cores, step->second.cores);
      low.memory = std::min(low.memory, step->second.memory);
      low.scratch = std::min(low.scratch, step->second.scratch);
    }
    return low;
  }
  [[nodiscard]] std::uint32_t choose(const LiveJob& job,
                                     const std::vector<std::pair<std::uint32_t, Demand>>& able) const {
    const auto* best = &able.front();
    for (const auto& candidate : able)
      if (state_->nodes_.better(candidate.first, candidate.second, best->first, best->second, job.demand(),
                                state_->site_->fit, job.s.tokens != 0))
        best = &candidate;
    return best->first;
  }

  const State* state_;
  std::uint32_t site_, first_; // and its first node
  bool with_tokens_;
  std::vector<NodeTrack> nodes_;
  std::vector<TokenTrack> features_;
};

inline void Engine::State::conservative() {
  const bool keep = policy_.backfill == Backfill::conservative_keep;
  Profile profile(*this, policy_.licence_aware);
  if (keep) {
    std::map<std::uint64_t, std::uint32_t> ids;
    for (Walk walk(*this); !walk.done(); walk.next()) ids[walk.job().seq] = walk.job().job;
    bool broken = false;
    for (const auto& [seq, plan] : site_->planned) {
      profile.plan(jobs_[ids.at(seq)], std::max(plan.start, now), plan.nodes, -1);
      broken = broken || plan.start < now;
    }
    if (broken || profile.negative()) {
      site_->planned.clear();
      profile = Profile(*this, policy_.licence_aware);
    }
  }
  std::int64_t left = policy_.depth ? *policy_.depth + 1 : std::numeric_limits<std::int64_t>::max();
  std::vector<std::uint32_t> nodes;
  for (Walk walk(*this); !walk.done() && left > 0 && go_on(profile.pieces()); left--) {
    const Queued q = walk.job();
    LiveJob& job = jobs_[q.job];
    if (const auto kept = site_->planned.find(q.seq); kept != site_->planned.end()) {
      profile.plan(job, kept->second.start, kept->second.nodes, +1);
      site_->planned.erase(kept);
    }
    const Tick at = profile.earliest(job, nodes);
    if (at != core::kNever) profile.plan(job, at, nodes, -1);
    const bool starts = at == now && reserved_free(token_sets_[q.token_set]) && start_on(q, nodes);
    if (starts) {
      walk.erase();
      continue;
    }
    if (keep && at != core::kNever) site_->planned[q.seq] = {at, nodes};
    walk.next();
  }
}

// Starts a job on nodes that the profile has found for it.
inline bool Engine::State::start_on(const Queued& q, const std::vector<std::uint32_t>& nodes) {
  LiveJob& job = jobs_[q.job];
  std::size_t taken = 0;
  while (taken < nodes.size() && nodes_.holds(nodes[taken], job.demand())) nodes_.take(nodes[taken++], job.demand());
  if (taken < nodes.size()) {
    while (taken > 0) nodes_.give(nodes[--taken], job.demand());
    return false;
  }
  adopt(job, nodes);
  left_queue(job);
  start(job);
  return true;
}

} // namespace centresim::design
