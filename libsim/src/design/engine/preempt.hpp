// Preemption: running jobs make room for a more important one at the head of the queue.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline bool Engine::State::may_make_room(const LiveJob& j) const {
  const Preemption& p = policy_.preemption;
  const bool on_cores = j.phase == Phase::running || j.phase == Phase::waiting || j.phase == Phase::trying;
  return on_cores && j.s.preemptible && j.ran + now - j.started >= p.min_run.ticks && j.preempted < p.max_preempt;
}

// Jobs that use on loan what belongs to the share of the head, the youngest first.
inline void Engine::State::find_borrowers(const LiveJob& head, std::vector<std::uint32_t>& victims) const {
  std::vector<TokenNeed> needs = token_sets_[head.token_set].reserved;
  std::ranges::sort(needs, {}, &TokenNeed::feature);
  for (const TokenNeed& need : needs) {
    const FeatureState& f = features_[need.feature];
    const auto& shares = model_.features[need.feature].shares;
    if (shares.empty() || f.free >= need.tokens || f.used_by[need.share] + need.tokens > shares[need.share]) continue;
    const auto held = [&](std::uint32_t id) { // of this feature
      TokenNeed found{need.feature, 0, 0};
      tokens_of(jobs_[id], [&](const TokenNeed& n, Tick) {
        if (n.feature == need.feature) found = n;
      });
      return found;
    };
    std::vector<std::int64_t> used = f.used_by;
    for (const std::uint32_t id : victims) used[held(id).share] -= held(id).tokens;
    std::vector<std::uint32_t> able;
    for (const std::uint32_t id : slot_job_)
      if (id != kNone && may_make_room(jobs_[id]) && held(id).tokens > 0) able.push_back(id);
    std::ranges::sort(able, std::greater<>(),
                      [&](std::uint32_t id) { return std::pair(jobs_[id].last_start, jobs_[id].seq); });
    for (const std::uint32_t id : able) {
      const TokenNeed h = held(id);
      if (used[h.share] <= shares[h.share] || std::ranges::find(victims, id) != victims.end()) continue;
      used[h.share] -= h.tokens;
      victims.push_back(id);
    }
  }
}

// Jobs that may have to make room, in the order in which they are asked: least important first, latest start first.
inline void Engine::State::find_victims(const LiveJob& head, std::vector<std::uint32_t>& victims) const {
  const std::size_t borrowers = victims.size();
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone || jobs_[id].s.priority >= head.s.priority || jobs_[id].site != head.site) continue;
    if (!may_make_room(jobs_[id]) || std::ranges::find(victims, id) != victims.end()) continue;
    victims.push_back(id);
  }
  std::ranges::sort(
      victims.begin() + static_cast<std::ptrdiff_t>(borrowers), victims.end(), [&](std::uint32_t a, std::uint32_t b) {
        const LiveJob &x = jobs_[a], &y = jobs_[b];
        return std::tuple(x.s.priority, -x.last_start, y.seq) < std::tuple(y.s.priority, -y.last_start, x.seq);
      });
}

// Calls use(need, check-out time) for every token that the job has checked out.
template <class Use> void Engine::State::tokens_of(const LiveJob& job, Use use) const {
  const TokenSet& set = token_sets_[job.token_set];
  for (const TokenNeed& n : set.reserved) use(n, job.reserved_at);
  if (job.has_requeued)
    for (const TokenNeed& n : set.requeued) use(n, job.checkout);
  for (std::size_t i = 0; i < static_cast<std::size_t>(job.steps); i++)
    use(set.queued[i], stepwise_ ? step_times_.at(job.seq)[i] : job.checkout);
}

// What is free once some of the running jobs have made room.
class Engine::State::Room {
 public:
  explicit Room(const State& state)
      : state_(state), nodes_(state.nodes_), back_(state.features_.size()),
        suspend_(state.policy_.preemption.kind == PreemptionKind::suspend) {
    const Preemption& p = state.policy_.preemption;
    when_ = state.now + (p.kind == PreemptionKind::checkpoint_on_demand ? p.write.ticks : 0);
  }

  // +1: the job makes room; -1: it stays after all.
  void release(const LiveJob& v, int sign) {
    Demand freed = v.demand();
    if (suspend_) freed.memory = freed.scratch = 0;
    state_.for_each_rank(v,
                         [&](std::uint32_t node) { sign > 0 ? nodes_.give(node, freed) : nodes_.take(node, freed); });
    if (suspend_ && state_.policy_.preemption.keep_tokens) return;
    state_.tokens_of(v, [&](const TokenNeed& n, Tick checkout) {
      if (state_.token_return(n.feature, checkout, when_) <= when_) back_[n.feature] += sign * n.tokens;
    });
  }

  // Whether the head fits, `tokens` counted or not. `found`: the nodes of its ranks.
  [[nodiscard]] bool fits(const LiveJob& head, bool tokens, std::vector<std::uint32_t>* found = nullptr) {
    if (tokens && state_.token_sets_[head.token_set].links_down > 0) return false;
    if (tokens)
      for (const TokenNeed& n : state_.token_sets_[head.token_set].reserved)
        if (state_.features_[n.feature].free + back_[n.feature] < n.tokens) return false;
    std::vector<std::uint32_t> taken;
    while (taken.size() < static_cast<std::size_t>(head.s.ranks)) {
      const std::uint32_t node =
          nodes_.find(head.site, head.demand(), state_.policy_.fit, head.s.tokens != 0, state_.no_caps_);
      if (node == kNone) break;
      nodes_.take(node, head.demand());
      taken.push_back(node);
    }
    for (const std::uint32_t node : taken) nodes_.give(node, head.demand());
    const bool all = taken.size() == static_cast<std::size_t>(head.s.ranks);
    if (all && found != nullptr) *found = std::move(taken);
    return all;
  }

 private:
  const State& state_;
  Nodes nodes_;
  std::vector<std::int64_t> back_; // tokens, by feature
  bool suspend_;
  Tick when_ = 0;
};

// The jobs that make room for the head, and its nodes then; none where that cannot be.
inline std::vector<std::uint32_t> Engine::State::choose_victims(const LiveJob& head, Handover& plan) {
  const bool driven = policy_.preemption.licence_driven;
  std::vector<std::uint32_t> all, chosen;
  if (driven) find_borrowers(head, all);
  const std::vector<std::uint32_t> borrowers = all;
  find_victims(head, all);
  if (all.empty() || !go_on(static_cast<std::int64_t>(all.size() + nodes_.size()))) return {};
  Room room(*this);
  bool fits = room.fits(head, driven);
  for (std::size_t i = 0; i < all.size() && !fits; i++) {
    chosen.push_back(all[i]);
    room.release(jobs_[all[i]], +1);
    fits = room.fits(head, driven);
  }
  if (!fits) return {};
  for (std::size_t i = 0; i < chosen.size();) {
    room.release(jobs_[chosen[i]], -1);
    if (room.fits(head, driven)) {
      chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(i));
      continue;
    }
    room.release(jobs_[chosen[i]], +1);
    i++;
  }
  // Blind to licences, the choice may not help a head that lacks tokens, too: then nobody makes room in vain.
  if (!room.fits(head, true, &plan.nodes)) return {};
  for (const std::uint32_t id : chosen)
    if (std::ranges::find(borrowers, id) != borrowers.end() && in_window()) seen_.farm.reclaims++;
  return chosen;
}

// True: the head has started, or will as soon as checkpoints are written.
inline bool Engine::State::preempt_for(const Queued& q) {
  Handover plan;
  plan.head = q.job;
  const std::vector<std::uint32_t> chosen = choose_victims(jobs_[q.job], plan);
  if (chosen.empty()) return false;
  for (const std::uint32_t id : chosen) {
    jobs_[id].preempted++;
    if (in_window()) seen_.farm.preemptions++;
  }
  if (policy_.preemption.kind == PreemptionKind::checkpoint_on_demand) {
    hand_over(q.job, chosen, std::move(plan));
    return true;
  }
  for (const std::uint32_t id : chosen) {
    if (policy_.preemption.kind == PreemptionKind::suspend)
      suspend(id, policy_.preemption.keep_tokens, policy_.preemption.migrate_after);
    else
      restart_later(id, &FarmSums::lost_preemption);
  }
  return try_start(q, no_caps_);
}

// ---- suspended in memory
// ---------------------------------------------------------------------------------------------

// `limit`: so much later it starts anew elsewhere.
inline void Engine::State::suspend(std::uint32_t id, bool keep_tokens, const std::optional<Duration>& limit) {
  LiveJob& job = jobs_[id];
  const Tick reached = progress(job);
  if (job.phase == Phase::running) {
    const Tick left = std::max<Tick>(0, job.restart - elapsed(job));
    job.warm_up = std::min(job.warm_up, left);
    job.trips = std::min(job.trips, left - job.warm_up);
  }
  book_stay(job);
  leave_storage(job);
  if (!usage_.empty()) charge_job(job, -1);
  if (job.phase == Phase::waiting) leave_check_outs(job);
  job.had_licence = job.phase == Phase::running;
  job.keeps_tokens = keep_tokens;
  if (!keep_tokens) return_all(job);
  for_each_rank(job, [&](std::uint32_t node) {
    nodes_.give(node, {job.s.cores, 0, 0});
    site_of(job).freed_nodes.push_back(node);
  });
  site_of(job).freed = true;
  count_running(job, -1);
  enter(job, Phase::suspended);
  job.used += now - job.started;
  job.ran += now - job.started;
  job.started = now; // of the suspension
  job.done = reached;
  site_of(job).suspended.insert({-std::int64_t{job.s.priority}, job.seq, id});
  set_event(job.slot, limit ? now + limit->ticks : core::kNever, kFailure);
}

// Before anything else in a pass: most important first, where nobody more important waits.
inline void Engine::State::resume_suspended() {
  for (auto at = site_->suspended.begin(); !site_->suspended.at_end(at);) {
    const std::uint32_t id = site_->suspended.at(at).job;
    const LiveJob& job = jobs_[id];
    const bool yields = !site_->queued_priority.empty() && site_->queued_priority.rbegin()->first > job.s.priority;
    const TokenSet& set = token_sets_[job.token_set];
    bool fits = !yields;
    if (fits && !job.keeps_tokens)
      fits = reserved_free(set) &&
             (!job.had_licence || (tokens_free(set.requeued) && tokens_free(set.queued) &&
                                   reachable(set.requeued, job.site) && reachable(set.queued, job.site)));
    if (fits) {
      std::map<std::uint32_t, std::int64_t> cores; // several ranks may share a node
      for_each_rank(job, [&](std::uint32_t node) { cores[node] += job.s.cores; });
      for (const auto& [node, n] : cores) fits = fits && nodes_.open(node) && nodes_.free(node).cores >= n;
    }
    if (!fits) {
      at = site_->suspended.after(at);
      continue;
    }
    at = site_->suspended.erase(at);
    resume(id);
  }
}

inline void Engine::State::resume(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  for_each_rank(job, [&](std::uint32_t node) { nodes_.take(node, {job.s.cores, 0, 0}); });
  book_suspension(job);
  job.started = now;
  job.estimated_end = now + std::max<Tick>(0, job.s.request - job.used);
  count_running(job, +1);
  if (!usage_.empty()) charge_job(job, +1);
  const TokenSet& set = token_sets_[job.token_set];
  if (!job.keeps_tokens) {
    take_tokens(set.reserved);
    job.reserved_at = now;
    if (job.had_licence) {
      take_tokens(set.requeued);
      take_tokens(set.queued);
      job.has_requeued = true;
      job.steps = static_cast<std::int16_t>(set.queued.size());
      if (stepwise_ && job.steps > 0) step_times_[job.seq].assign(set.queued.size(), now);
      job.checkout = now;
    }
  }
  if (job.had_licence) return begin_run(job, true);
  if (set.requeued.empty() || job.has_requeued) return join_check_outs(job);
  enter(job, Phase::trying);
  schedule_job(job);
}

// Suspended for too long, or its node is gone: what it had done is lost.
inline void Engine::State::leave_suspension(std::uint32_t id, Wide FarmSums::* lost) {
  LiveJob& job = jobs_[id];
  const Wide work = Wide{job.all_cores()} * job.done;
  if (in_window()) seen_.farm.*lost += work;
  if (lost == &FarmSums::lost_preemption) job.lost += static_cast<std::int64_t>(work);
  leave_memory(job);
  job.done = job.used = 0;
  come_back(job);
}

inline void Engine::State::leave_memory(LiveJob& job) {
  book_suspension(job);
  site_of(job).suspended.remove({-std::int64_t{job.s.priority}, job.seq, job.id});
  if (job.keeps_tokens) return_all(job);
  for_each_rank(job, [&](std::uint32_t node) { nodes_.take(node, {job.s.cores, 0, 0}); }); // as unplace gives all
  unplace(job);
  free_slot(job);
}

// ---- checkpoints on demand
// -------------------------------------------------------------------------------------------

// The victims write; what the head needs beyond theirs is kept for it until they have done.
inline void Engine::State::hand_over(std::uint32_t head_id, const std::vector<std::uint32_t>& victims, Handover plan) {
  LiveJob& head = jobs_[head_id];
  plan.at = now + policy_.preemption.write.ticks;
  plan.writing = static_cast<std::int32_t>(victims.size());
  for (const std::uint32_t id : victims) {
    plan.safe.emplace_back(id, checkpointed(jobs_[id]));
    begin_writing(id, static_cast<std::uint32_t>(handovers_.size()), plan.at);
  }
  balance(plan);
  dequeue(head_id);
  enter(head, Phase::placed);
  handovers_.push_back(std::move(plan));
}

inline void Engine::State::give_back(const Handover& plan) {
  for (const auto& [node, d] : plan.extra) nodes_.give(node, d);
  for (const TokenNeed& n : plan.extra_tokens) move_tokens(n.feature, n.tokens, n.share);
}

// What those who write will free less what the head needs: what is short is kept for it from now on.
inline void Engine::State::balance(Handover& plan) {
  give_back(plan);
  plan.extra.clear(), plan.extra_tokens.clear();
  plan.surplus.clear(), plan.surplus_tokens.clear(), plan.later.clear();
  std::map<std::uint32_t, Demand> nodes;
  std::map<std::uint32_t, std::int64_t> tokens;
  std::map<std::uint32_t, std::uint32_t> share; // of the head
  const auto count = [&](std::uint32_t node, const Demand& d, int sign) {
    Demand& sum = nodes.try_emplace(node, Demand{0, 0, 0}).first->second;
    sum.cores += sign * d.cores, sum.memory += sign * d.memory, sum.scratch += sign * d.scratch;
  };
  if (plan.head != kNone) {
    const LiveJob& head = jobs_[plan.head];
    for (const std::uint32_t node : plan.nodes) count(node, head.demand(), -1);
    for (const TokenNeed& n : token_sets_[head.token_set].reserved) {
      tokens[n.feature] -= n.tokens;
      share[n.feature] = n.share;
    }
  }
  for (const auto& [id, kept] : plan.safe) {
    const LiveJob& v = jobs_[id];
    for_each_rank(v, [&](std::uint32_t node) { count(node, v.demand(), +1); });
    tokens_of(v, [&](const TokenNeed& n, Tick checkout) {
      const Tick back = token_return(n.feature, checkout, plan.at);
      if (back <= plan.at)
        tokens[n.feature] += n.tokens;
      else
        plan.later.emplace_back(back, n);
    });
  }
  for (const auto& [node, d] : nodes) {
    const Demand free = nodes_.free(node); // less than is short only where others have lost their node meanwhile
    const auto kept = [](std::int64_t n, std::int64_t of) { return std::max<std::int64_t>(0, std::min(-n, of)); };
    const auto more = [](std::int64_t n) { return std::max<std::int64_t>(0, n); };
    plan.extra.emplace_back(
        node, Demand{kept(d.cores, free.cores), kept(d.memory, free.memory), kept(d.scratch, free.scratch)});
    plan.surplus.emplace_back(node, Demand{more(d.cores), more(d.memory), more(d.scratch)});
    nodes_.take(node, plan.extra.back().second);
  }
  for (const auto& [feature, n] : tokens) {
    if (n > 0) plan.surplus_tokens.push_back({feature, n, 0});
    const std::int64_t kept = std::min(-n, features_[feature].free); // less where a minimum hold is not over yet
    if (kept <= 0) continue;
    plan.extra_tokens.push_back({feature, kept, share[feature]});
    move_tokens(feature, -kept, share[feature]);
  }
}

inline void Engine::State::begin_writing(std::uint32_t id, std::uint32_t handover, Tick at) {
  LiveJob& v = jobs_[id];
  v.done = progress(v);
  v.from_checkpoint = v.done > 0;
  v.used = v.done > 0 ? v.used + now - v.started : 0;
  leave_storage(v);
  if (v.phase == Phase::waiting) leave_check_outs(v);
  if (v.phase != Phase::running) v.began = v.begun = now; // had no licence until now
  count_running(v, -1);
  enter(v, Phase::writing);
  v.handover = handover;
  set_event(v.slot, at, kCompletion);
}

inline void Engine::State::checkpoint_written(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  leave_cores(job);
  come_back(job);
  leave_handover(job);
}

// One of those who write is gone from its cores.
inline void Engine::State::leave_handover(LiveJob& job) {
  const std::uint32_t index = std::exchange(job.handover, kNone);
  Handover& plan = handovers_[index];
  std::erase_if(plan.safe, [&](const auto& s) { return s.first == job.id; });
  if (--plan.writing == 0) finish_handover(index);
}

// Its node fails before it has written: it goes back to an earlier checkpoint.
inline void Engine::State::checkpoint_lost(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  const auto& safe = handovers_[job.handover].safe;
  const Tick kept = std::ranges::find(safe, id, [](const auto& s) { return s.first; })->second;
  if (in_window()) seen_.farm.lost_failure += Wide{job.all_cores()} * (job.done - kept);
  leave_cores(job);
  job.done = kept;
  job.from_checkpoint = kept > 0;
  if (kept == 0) job.used = 0;
  come_back(job);
  leave_handover(job);
}

// All have made room: the head starts where it was promised, or waits again where a node has failed meanwhile.
inline void Engine::State::finish_handover(std::uint32_t index) {
  Handover plan = std::move(handovers_[index]);
  handovers_[index] = {};
  while (!handovers_.empty() && handovers_.back().writing == 0) handovers_.pop_back();
  give_back(plan);
  if (plan.head == kNone) return; // it was withdrawn
  LiveJob& head = jobs_[plan.head];
  site_of(head).freed = true;
  std::vector<std::uint32_t> taken;
  bool fits = reserved_free(token_sets_[head.token_set]);
  for (const std::uint32_t node : plan.nodes) {
    fits = fits && nodes_.holds(node, head.demand());
    if (!fits) break;
    nodes_.take(node, head.demand());
    taken.push_back(node);
  }
  if (!fits) {
    for (const std::uint32_t node : taken) nodes_.give(node, head.demand());
    return come_back(head);
  }
  adopt(head, plan.nodes);
  start(head);
}

} // namespace centresim::design
