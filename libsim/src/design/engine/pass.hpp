// One scheduling pass: what can start now, starts.
#pragma once
#include "queue.hpp"

namespace centresim::design {

// Starts a waiting job within the caps, if it fits. The caller takes it out of the queue's structure.
inline bool Engine::State::try_start(const Queued& q, const std::vector<NodeCap>& caps) {
  LiveJob& job = jobs_[q.job];
  if (!reserved_free(token_sets_[q.token_set]) || !place(job, site_->fit, caps)) return false;
  left_queue(job);
  start(job);
  return true;
}

// A cheap look that may say yes too often, never no too often.
inline bool Engine::State::fits_now(const Queued& q) const {
  return std::int64_t{q.cores} * q.ranks <= nodes_.free_cores(site_->number) && reserved_free(token_sets_[q.token_set]);
}

// False: the run was abandoned, and what the pass has left undone no longer matters.
inline bool Engine::State::go_on(std::int64_t work) {
  constexpr std::int64_t kBeat = 1'000'000; // milliseconds to tens of them
  work_ += work;
  if (work_ < kBeat || pulse_ == nullptr) return true;
  work_ = 0;
  const double done = static_cast<double>(now) / static_cast<double>(model_.horizon);
  abandoned_ = abandoned_ || !pulse_->beat(std::min(1.0, done));
  return !abandoned_;
}

// One pass of every site, in the order of their names.
inline void Engine::State::pass() {
  touched_ = false;
  for (SiteState& site : sites_) pass_at(site);
  in_pass_ = nullptr;
  for (const SiteState& site : sites_) touched_ = touched_ || site.freed; // by a site that came later
  if (!returning_.empty()) take_back();                                   // there is one more round
}

inline void Engine::State::pass_at(SiteState& site) {
  site_ = in_pass_ = &site;
  if (!site.suspended.empty()) resume_suspended();
  if (site.alone != kNone && start_alone()) return;
  if (site.queued > 0) {
    site_->fit = policy_.fit == Fit::max_jobs ? choose_fit() : policy_.fit;
    if (policy_.blocking == Blocking::shape)
      dynamic_ ? pass_changing_shapes() : pass_shapes();
    else if (policy_.blocking == Blocking::skip)
      pass_skipping();
    else
      pass_in_order();
  }
  site.new_jobs.clear();
  site.freed_nodes.clear();
  site.freed_features.clear();
  site.freed = false;
}

// Most jobs that find nobody before them start at once: that takes no queue. True: that was all.
inline bool Engine::State::start_alone() {
  LiveJob& job = jobs_[std::exchange(site_->alone, kNone)];
  site_->fit = policy_.fit;
  if (!site_->freed && reserved_free(token_sets_[job.token_set]) && place(job, site_->fit, no_caps_)) {
    start(job);
    site_->head_is_blocked = false;
    return true;
  }
  line_up(job);
  return false;
}

// In order, up to the first job that does not fit, which may make others give way. True: jobs wait.
inline bool Engine::State::start_in_order() {
  for (;;) {
    Walk walk(*this);
    while (!walk.done() && try_start(walk.job(), no_caps_)) {
      walk.erase();
      if (!walk.done()) fetch(walk.job().job); // its turn comes soon
    }
    if (walk.done()) return false;
    if (policy_.preemption.kind == PreemptionKind::none) return true;
    const Queued head = walk.job();
    if (!preempt_for(head)) return true;
    // The head has left the queue for a promise of cores, or it has started and is still listed.
    if (jobs_[head.job].phase != Phase::placed) groups_[jobs_[head.job].group].queue.remove(head);
  }
}

// Starts in order; then what may pass the head.
inline void Engine::State::pass_in_order() {
  const bool preempting = policy_.preemption.kind != PreemptionKind::none;
  const bool planned = policy_.backfill == Backfill::conservative || policy_.backfill == Backfill::conservative_keep;
  if (planned && !preempting) return conservative();
  // Where nothing was freed, the head that did not fit still does not.
  const bool same_head =
      !site_->freed && site_->head_is_blocked && !preempting && Walk(*this).job().seq == site_->blocked_head;
  if (same_head && policy_.backfill == Backfill::none) return;
  site_->head_is_blocked = same_head || start_in_order();
  if (!site_->head_is_blocked) return;
  const Queued head = Walk(*this).job();
  site_->blocked_head = head.seq;
  if (planned) return conservative();
  if (policy_.backfill == Backfill::easy) easy(head, same_head);
}

inline void Engine::State::pass_skipping() {
  const bool preempting = policy_.preemption.kind != PreemptionKind::none;
  if (!preempting && !site_->freed && !dynamic_ &&
      site_->new_jobs.size() <= site_->queued / 4) { // only what came since can start
    std::vector<Queued> coming;
    for (const std::uint32_t id : site_->new_jobs) coming.push_back(entry(jobs_[id], id));
    std::ranges::sort(coming);
    for (const Queued& q : coming)
      if (fits_now(q) && try_start(q, no_caps_)) groups_[jobs_[q.job].group].queue.remove(q);
    return;
  }
  for (;;) {
    Walk walk(*this);
    while (!walk.done() && go_on(1)) {
      const Queued q = walk.job();
      if (fits_now(q) && try_start(q, no_caps_))
        walk.erase();
      else
        walk.next();
    }
    if (!preempting || site_->queued == 0) return;
    const Queued head = Walk(*this).job(); // the first of those left
    if (!preempt_for(head)) return;
    if (jobs_[head.job].phase != Phase::placed) groups_[jobs_[head.job].group].queue.remove(head);
  }
}

// ---- first come, first served within each shape ---------------------------------------------------------------------

// The head of the shape does not fit: remember what it lacks, so that only a change of that is a reason to look again.
inline void Engine::State::list_blocked(std::uint32_t group) {
  QueueGroup& g = groups_[group];
  const Queued& head = g.queue.front();
  g.listed = true;
  for (const TokenNeed& n : token_sets_[head.token_set].reserved)
    if (features_[n.feature].free < n.tokens || !reachable(n.feature, site_->number)) {
      auto& heap = site_->token_blocked[n.feature];
      heap.push_back({head.key, head.seq, group});
      std::ranges::push_heap(heap, std::greater<>());
      return;
    }
  site_->node_blocked.push_back({head.cores, head.memory, group});
}

inline void Engine::State::forget_blocked(std::uint32_t group) {
  groups_[group].listed = false;
  for (auto& heap : site_->token_blocked)
    if (std::erase_if(heap, [&](const ShapeHead& h) { return h.group == group; }) > 0)
      std::ranges::make_heap(heap, std::greater<>());
  std::erase_if(site_->node_blocked, [&](const NodeBlocked& b) { return b.group == group; });
}

// Shapes whose head a freed node may hold, and those with new jobs at their head.
inline void Engine::State::gather_shapes() {
  SiteState& site = *site_;
  site.shape_heads.clear();
  const auto look_at = [&](std::uint32_t group) {
    const Queued& q = groups_[group].queue.front();
    site.shape_heads.push_back({q.key, q.seq, group});
  };
  if (!site.freed_nodes.empty() && !site.node_blocked.empty()) {
    const bool many = site.freed_nodes.size() > 8;
    std::size_t kept = 0;
    for (const NodeBlocked& b : site.node_blocked) {
      bool hope = many;
      for (std::size_t i = 0; i < site.freed_nodes.size() && !hope; i++) {
        const Demand& f = nodes_.free(site.freed_nodes[i]);
        hope = f.cores >= b.cores && f.memory >= b.memory;
      }
      if (hope)
        groups_[b.group].listed = false, look_at(b.group);
      else
        site.node_blocked[kept++] = b;
    }
    site.node_blocked.resize(kept);
  }
  for (const std::uint32_t id : site.new_jobs) {
    const std::uint32_t group = jobs_[id].group;
    const Queued& q = groups_[group].queue.front();
    if (q.job != id) continue;                        // behind a head that is looked at already, or does not fit
    if (groups_[group].listed) forget_blocked(group); // before one: requeued, or shorter
    std::erase_if(site.shape_heads, [&](const ShapeHead& h) { return h.group == group; });
    look_at(group);
  }
  if (site.shape_heads.size() > 1) std::ranges::make_heap(site.shape_heads, std::greater<>());
}

// Whichever head comes first of those that may fit now: it starts, or is listed with what it lacks.
inline void Engine::State::pass_shapes() {
  SiteState& site = *site_;
  gather_shapes();
  site.shape_aside.clear();
  for (;;) {
    std::vector<ShapeHead>* source = site.shape_heads.empty() ? nullptr : &site.shape_heads;
    for (const std::uint32_t f : site.freed_features)
      if (auto& heap = site.token_blocked[f]; features_[f].free > 0 && !heap.empty())
        if (source == nullptr || source->front() > heap.front()) source = &heap;
    if (source == nullptr) break;
    std::ranges::pop_heap(*source, std::greater<>());
    const std::uint32_t group = source->back().group;
    source->pop_back();
    Queue& queue = groups_[group].queue;
    if (!try_start(queue.front(), no_caps_)) {
      site.shape_aside.push_back(group); // not to be met again in this pass
      continue;
    }
    groups_[group].listed = false;
    queue.pop_front();
    if (queue.empty()) continue;
    const Queued& next = queue.front();
    fetch(next.job); // its turn comes soon
    if (reserved_free(token_sets_[next.token_set])) {
      site.shape_heads.push_back({next.key, next.seq, group});
      std::ranges::push_heap(site.shape_heads, std::greater<>());
    } else {
      list_blocked(group);
    }
  }
  for (const std::uint32_t group : site.shape_aside) list_blocked(group);
}

// The same where the order changes with time: every waiting job is looked at.
inline void Engine::State::pass_changing_shapes() {
  std::set<Shape> blocked;
  Walk walk(*this);
  while (!walk.done() && go_on(1)) {
    const Queued q = walk.job();
    const auto shape = shape_of(jobs_[q.job]);
    if (!blocked.contains(shape) && try_start(q, no_caps_)) {
      walk.erase();
      continue;
    }
    blocked.insert(shape);
    walk.next();
  }
}

// ---- max-jobs
// --------------------------------------------------------------------------------------------------------

// How many jobs the pass would start with this rule, on a copy of what is free.
inline std::int64_t Engine::State::starts_with(Fit fit) {
  Nodes nodes = nodes_;
  std::vector<std::int64_t> tokens;
  for (const FeatureState& f : features_) tokens.push_back(f.free);
  std::int64_t started = 0;
  for (Walk walk(*this); !walk.done(); walk.next()) {
    const Queued& q = walk.job();
    const auto& needs = token_sets_[q.token_set].reserved;
    bool fits = token_sets_[q.token_set].links_down == 0 &&
                std::ranges::all_of(needs, [&](const TokenNeed& n) { return tokens[n.feature] >= n.tokens; });
    const Demand demand = jobs_[q.job].demand();
    std::vector<std::uint32_t> taken;
    for (std::int32_t r = 0; r < q.ranks && fits; r++) {
      const std::uint32_t node = nodes.find(site_->number, demand, fit, jobs_[q.job].s.tokens != 0, no_caps_);
      fits = node != kNone;
      if (fits) nodes.take(node, demand), taken.push_back(node);
    }
    if (fits) {
      for (const TokenNeed& n : needs) tokens[n.feature] -= n.tokens;
      started++;
      continue;
    }
    for (const std::uint32_t node : taken) nodes.give(node, demand);
    if (policy_.blocking == Blocking::head) break;
  }
  return started;
}

inline Fit Engine::State::choose_fit() {
  Fit best = Fit::first;
  std::int64_t most = -1;
  for (const Fit fit : {Fit::first, Fit::best, Fit::worst, Fit::mix})
    if (const std::int64_t n = starts_with(fit); n > most) most = n, best = fit;
  return best;
}

} // namespace centresim::design
