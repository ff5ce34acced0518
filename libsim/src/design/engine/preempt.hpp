// Preemption: running jobs make room for a more important one at the head of the queue.
#pragma once
#include "state.hpp"

namespace centresim::design {

// Jobs that may have to make room, in the order in which they are asked: least important first, latest start first.
inline void Engine::State::find_victims(const LiveJob& head, std::vector<std::uint32_t>& victims) const {
  const Preemption& p = policy_.preemption;
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone) continue;
    const LiveJob& j = jobs_[id];
    const bool on_cores = j.phase == Phase::running || j.phase == Phase::waiting || j.phase == Phase::trying;
    if (!on_cores || !j.s.preemptible || j.s.priority >= head.s.priority) continue;
    if (j.ran + now - j.started < p.min_run.ticks || j.preempted >= p.max_preempt) continue;
    victims.push_back(id);
  }
  std::ranges::sort(victims, [&](std::uint32_t a, std::uint32_t b) {
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
  if (job.has_queued)
    for (const TokenNeed& n : set.queued) use(n, job.checkout);
}

// Whether the head fits once the victims have made room, `tokens` counted or not. `plan`: the nodes that it then gets.
inline bool Engine::State::fits_without(const LiveJob& head, const std::vector<std::uint32_t>& victims, bool tokens,
                                        Handover* plan) const {
  const Preemption& p = policy_.preemption;
  const bool suspend = p.kind == PreemptionKind::suspend;
  const Tick when = now + (p.kind == PreemptionKind::checkpoint_on_demand ? p.write.ticks : 0);
  Nodes nodes = nodes_;
  std::vector<std::int64_t> back(features_.size());
  for (const std::uint32_t id : victims) {
    const LiveJob& v = jobs_[id];
    Demand freed = v.demand();
    if (suspend) freed.memory = freed.scratch = 0;
    for_each_rank(v, [&](std::uint32_t node) { nodes.give(node, freed); });
    if (suspend && p.keep_tokens) continue;
    tokens_of(v, [&](const TokenNeed& n, Tick checkout) {
      if (token_return(n.feature, checkout, when) <= when) back[n.feature] += n.tokens;
    });
  }
  if (tokens)
    for (const TokenNeed& n : token_sets_[head.token_set].reserved)
      if (features_[n.feature].free + back[n.feature] < n.tokens) return false;
  for (std::int32_t r = 0; r < head.s.ranks; r++) {
    const std::uint32_t node = nodes.find(head.demand(), policy_.fit, head.s.tokens != 0, no_caps_);
    if (node == kNone) return false;
    nodes.take(node, head.demand());
    if (plan != nullptr) plan->nodes.push_back(node);
  }
  return true;
}

// True: the head has started, or will as soon as checkpoints are written.
inline bool Engine::State::preempt_for(const Queued& q) {
  const LiveJob& head = jobs_[q.job];
  const bool driven = policy_.preemption.licence_driven;
  std::vector<std::uint32_t> all, chosen;
  find_victims(head, all);
  if (all.empty()) return false;
  bool fits = fits_without(head, chosen, driven, nullptr);
  for (std::size_t i = 0; i < all.size() && !fits; i++) {
    chosen.push_back(all[i]);
    fits = fits_without(head, chosen, driven, nullptr);
  }
  if (!fits || chosen.empty()) return false;
  for (std::size_t i = 0; i < chosen.size();) {
    std::vector<std::uint32_t> fewer = chosen;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (fits_without(head, fewer, driven, nullptr))
      chosen = std::move(fewer);
    else
      i++;
  }
  // Blind to licences, the choice may not help a head that lacks tokens, too: then nobody makes room in vain.
  Handover plan;
  plan.head = q.job;
  if (chosen.empty() || !fits_without(head, chosen, true, &plan)) return false;
  for (const std::uint32_t id : chosen) {
    jobs_[id].preempted++;
    if (within(now, now + 1) > 0) seen_.farm.preemptions++;
  }
  if (policy_.preemption.kind == PreemptionKind::checkpoint_on_demand) {
    hand_over(q.job, chosen, std::move(plan));
    return true;
  }
  for (const std::uint32_t id : chosen) {
    if (policy_.preemption.kind == PreemptionKind::suspend)
      suspend(id);
    else
      restart_later(id, &FarmSums::lost_preemption);
  }
  return try_start(q, no_caps_);
}

// ---- suspended in memory
// ---------------------------------------------------------------------------------------------

inline void Engine::State::suspend(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  const Tick reached = progress(job);
  book_stay(job);
  if (!usage_.empty()) charge_job(job, -1);
  if (job.phase == Phase::waiting) check_outs_.remove({job.joined, job.seq, id});
  job.had_licence = job.phase == Phase::running;
  if (!policy_.preemption.keep_tokens) return_all(job);
  for_each_rank(job, [&](std::uint32_t node) {
    nodes_.give(node, {job.s.cores, 0, 0});
    freed_nodes_.push_back(node);
  });
  freed_ = true;
  if (keep_releases_) releases_.remove({job.estimated_end, id});
  job.used += now - job.started;
  job.ran += now - job.started;
  job.started = now; // of the suspension
  job.done = reached;
  job.phase = Phase::suspended;
  suspended_.insert({-std::int64_t{job.s.priority}, job.seq, id});
  const auto& limit = policy_.preemption.migrate_after;
  set_event(job.slot, limit ? now + limit->ticks : core::kNever, kFailure);
}

// Before anything else in a pass: most important first, where nobody more important waits.
inline void Engine::State::resume_suspended() {
  for (auto at = suspended_.begin(); !suspended_.at_end(at);) {
    const std::uint32_t id = suspended_.at(at).job;
    const LiveJob& job = jobs_[id];
    const bool yields = !queued_priority_.empty() && queued_priority_.rbegin()->first > job.s.priority;
    const TokenSet& set = token_sets_[job.token_set];
    bool fits = !yields;
    if (fits && !policy_.preemption.keep_tokens)
      fits = tokens_free(set.reserved) && (!job.had_licence || (tokens_free(set.requeued) && tokens_free(set.queued)));
    if (fits) {
      std::map<std::uint32_t, std::int64_t> cores; // several ranks may share a node
      for_each_rank(job, [&](std::uint32_t node) { cores[node] += job.s.cores; });
      for (const auto& [node, n] : cores) fits = fits && nodes_.open(node) && nodes_.free(node).cores >= n;
    }
    if (!fits) {
      at = suspended_.after(at);
      continue;
    }
    at = suspended_.erase(at);
    resume(id);
  }
}

inline void Engine::State::resume(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  for_each_rank(job, [&](std::uint32_t node) { nodes_.take(node, {job.s.cores, 0, 0}); });
  book_suspension(job);
  job.started = now;
  job.estimated_end = now + std::max<Tick>(0, job.s.request - job.used);
  if (keep_releases_) releases_.insert({job.estimated_end, id});
  if (!usage_.empty()) charge_job(job, +1);
  const TokenSet& set = token_sets_[job.token_set];
  if (!policy_.preemption.keep_tokens) {
    take_tokens(set.reserved);
    job.reserved_at = now;
    if (job.had_licence) {
      take_tokens(set.requeued);
      take_tokens(set.queued);
      job.has_requeued = job.has_queued = true;
      job.checkout = now;
    }
  }
  job.from_checkpoint = false;
  if (job.had_licence) return begin_run(id);
  if (set.requeued.empty() || job.has_requeued) return join_check_outs(id);
  job.phase = Phase::trying;
  schedule_job(id);
}

// Suspended for too long, or its node is gone: what it had done is lost.
inline void Engine::State::leave_suspension(std::uint32_t id, Wide FarmSums::* lost) {
  LiveJob& job = jobs_[id];
  const Wide work = Wide{job.all_cores()} * job.done;
  if (within(now, now + 1) > 0) seen_.farm.*lost += work;
  if (lost == &FarmSums::lost_preemption) job.lost += static_cast<std::int64_t>(work);
  book_suspension(job);
  suspended_.remove({-std::int64_t{job.s.priority}, job.seq, id});
  if (policy_.preemption.keep_tokens) return_all(job);
  for_each_rank(job, [&](std::uint32_t node) { nodes_.take(node, {job.s.cores, 0, 0}); }); // as unplace gives all
  unplace(job);
  tree_.set(job.slot, core::WinnerTree::kEmpty);
  free_slot(job);
  job.done = job.used = 0;
  come_back(id);
}

// ---- checkpoints on demand
// -------------------------------------------------------------------------------------------

// The victims write; what the head needs beyond theirs is kept for it until they have done.
inline void Engine::State::hand_over(std::uint32_t head_id, const std::vector<std::uint32_t>& victims, Handover plan) {
  LiveJob& head = jobs_[head_id];
  plan.at = now + policy_.preemption.write.ticks;
  plan.writing = static_cast<std::int32_t>(victims.size());
  std::map<std::uint32_t, Demand> nodes; // what the victims free less what the head needs
  std::map<std::uint32_t, std::int64_t> tokens;
  const auto count = [&](std::uint32_t node, const Demand& d, int sign) {
    Demand& sum = nodes.try_emplace(node, Demand{0, 0, 0}).first->second;
    sum.cores += sign * d.cores, sum.memory += sign * d.memory, sum.scratch += sign * d.scratch;
  };
  for (const std::uint32_t node : plan.nodes) count(node, head.demand(), -1);
  for (const TokenNeed& n : token_sets_[head.token_set].reserved) tokens[n.feature] -= n.tokens;
  for (const std::uint32_t id : victims) {
    const LiveJob& v = jobs_[id];
    for_each_rank(v, [&](std::uint32_t node) { count(node, v.demand(), +1); });
    tokens_of(v, [&](const TokenNeed& n, Tick checkout) {
      const Tick back = token_return(n.feature, checkout, plan.at);
      if (back <= plan.at)
        tokens[n.feature] += n.tokens;
      else
        plan.later.emplace_back(back, n);
    });
    plan.safe.emplace_back(id, checkpointed(v));
    begin_writing(id, static_cast<std::uint32_t>(handovers_.size()), plan.at);
  }
  for (const auto& [node, d] : nodes) {
    const auto part = [&](int sign) {
      return Demand{std::max<std::int64_t>(0, sign * d.cores), std::max<std::int64_t>(0, sign * d.memory),
                    std::max<std::int64_t>(0, sign * d.scratch)};
    };
    plan.extra.emplace_back(node, part(-1));
    plan.surplus.emplace_back(node, part(+1));
    nodes_.take(node, part(-1));
  }
  for (const auto& [feature, n] : tokens) {
    if (n > 0) plan.surplus_tokens.push_back({feature, n});
    if (n >= 0) continue;
    plan.extra_tokens.push_back({feature, -n});
    book_feature(feature);
    features_[feature].free += n;
  }
  dequeue(head_id);
  head.phase = Phase::placed;
  handovers_.push_back(std::move(plan));
}

inline void Engine::State::begin_writing(std::uint32_t id, std::uint32_t handover, Tick at) {
  LiveJob& v = jobs_[id];
  v.done = progress(v);
  v.from_checkpoint = v.done > 0;
  v.used = v.done > 0 ? v.used + now - v.started : 0;
  if (v.phase == Phase::waiting) check_outs_.remove({v.joined, v.seq, id});
  if (v.phase != Phase::running) v.begun = now; // had no licence until now
  if (keep_releases_) releases_.remove({v.estimated_end, id});
  v.phase = Phase::writing;
  v.handover = handover;
  set_event(v.slot, at, kCompletion);
}

inline void Engine::State::checkpoint_written(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  const std::uint32_t index = job.handover;
  job.handover = kNone;
  leave_cores(id);
  enqueue(id);
  if (--handovers_[index].writing == 0) finish_handover(index);
}

// Its node fails before it has written: it goes back to an earlier checkpoint.
inline void Engine::State::checkpoint_lost(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  const std::uint32_t index = job.handover;
  job.handover = kNone;
  const auto& safe = handovers_[index].safe;
  const Tick kept = std::ranges::find(safe, id, [](const auto& s) { return s.first; })->second;
  if (within(now, now + 1) > 0) seen_.farm.lost_failure += Wide{job.all_cores()} * (job.done - kept);
  leave_cores(id);
  job.done = kept;
  job.from_checkpoint = kept > 0;
  if (kept == 0) job.used = 0;
  come_back(id);
  if (--handovers_[index].writing == 0) finish_handover(index);
}

// All have made room: the head starts where it was promised, or waits again where a node has failed meanwhile.
inline void Engine::State::finish_handover(std::uint32_t index) {
  Handover plan = std::move(handovers_[index]);
  handovers_[index] = {};
  while (!handovers_.empty() && handovers_.back().head == kNone) handovers_.pop_back();
  for (const auto& [node, d] : plan.extra) nodes_.give(node, d);
  for (const TokenNeed& n : plan.extra_tokens) {
    book_feature(n.feature);
    features_[n.feature].free += n.tokens;
    tokens_freed(n.feature);
  }
  freed_ = true;
  LiveJob& head = jobs_[plan.head];
  std::vector<std::uint32_t> taken;
  bool fits = tokens_free(token_sets_[head.token_set].reserved);
  for (const std::uint32_t node : plan.nodes) {
    fits = fits && nodes_.holds(node, head.demand());
    if (!fits) break;
    nodes_.take(node, head.demand());
    taken.push_back(node);
  }
  if (!fits) {
    for (const std::uint32_t node : taken) nodes_.give(node, head.demand());
    return enqueue(plan.head);
  }
  adopt(head, plan.nodes);
  start(plan.head);
}

} // namespace centresim::design
