// The life of a job on the farm: placed, started, ended, killed, submitted again.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline LiveJob& Engine::State::new_job() {
  if (free_jobs_.empty()) {
    const auto id = static_cast<std::uint32_t>(jobs_.size());
    jobs_.emplace_back();
    jobs_[id].id = id;
    return jobs_[id];
  }
  const std::uint32_t id = free_jobs_.back();
  free_jobs_.pop_back();
  return jobs_[id];
}

inline void Engine::State::free_job(LiveJob& job) {
  job.phase = Phase::nowhere;
  free_jobs_.push_back(job.id);
}

inline void Engine::State::take_slot(LiveJob& job) {
  if (free_slots_.empty()) add_slot();
  job.slot = free_slots_.back();
  free_slots_.pop_back();
  slot_job_[job.slot - first_job_slot_] = job.id;
}

inline void Engine::State::add_slot() {
  const auto slot = static_cast<std::uint32_t>(first_job_slot_ + slot_job_.size());
  if (slot >= core::kMaxEventSlots)
    throw core::ModelError("more than " + std::to_string(core::kMaxEventSlots - first_job_slot_) +
                           " jobs run at the same time");
  slot_job_.push_back(kNone);
  free_slots_.push_back(slot);
  tree_.grow(slot + 1);
}

inline void Engine::State::free_slot(LiveJob& job) {
  tree_.set(job.slot, core::WinnerTree::kEmpty);
  slot_job_[job.slot - first_job_slot_] = kNone;
  free_slots_.push_back(job.slot);
  job.slot = kNone;
}

// A gang or a single rank on nodes that have been taken for it already.
inline void Engine::State::adopt(LiveJob& job, const std::vector<std::uint32_t>& nodes) {
  job.node = nodes.front();
  if (job.s.ranks == 1) return;
  auto& spare = free_ranks_[job.s.ranks];
  if (spare.empty()) {
    job.first_rank = static_cast<std::uint32_t>(ranks_.size());
    ranks_.resize(ranks_.size() + static_cast<std::size_t>(job.s.ranks), kNone);
  } else {
    job.first_rank = spare.back();
    spare.pop_back();
  }
  std::ranges::copy(nodes, ranks_.begin() + job.first_rank);
}

// Whether it could start on the empty site with everything up.
inline bool Engine::State::can_ever_run(const Submission& s, std::uint32_t site, const TokenSet& tokens) {
  if (!tokens.allowed) return false;
  if (s.ranks > 1) return places(model_, site, s.cores, s.memory, s.scratch) >= s.ranks;
  return std::ranges::any_of(model_.classes, [&](const NodeClassTable& k) {
    return k.site == site && k.cores >= s.cores && k.memory >= s.memory && k.scratch >= s.scratch;
  });
}

// Takes the nodes of all ranks, one rank after another, or none.
inline bool Engine::State::place(LiveJob& job, Fit fit, const std::vector<NodeCap>& caps) {
  const bool tokens = job.s.tokens != 0;
  const Demand demand = job.demand();
  if (job.s.ranks == 1) {
    job.node = nodes_.find(job.site, demand, fit, tokens, caps);
    if (job.node == kNone) return false;
    nodes_.take(job.node, demand);
    return true;
  }
  if (job.all_cores() > nodes_.free_cores(job.site)) return false;
  std::vector<NodeCap> left = caps;
  std::vector<std::uint32_t> found;
  for (std::int32_t r = 0; r < job.s.ranks; r++) {
    const std::uint32_t node = nodes_.find(job.site, demand, fit, tokens, left);
    if (node == kNone) {
      for (const std::uint32_t n : found) nodes_.give(n, demand);
      return false;
    }
    nodes_.take(node, demand);
    found.push_back(node);
    for (NodeCap& c : left)
      if (c.node == node)
        c.free.cores -= demand.cores, c.free.memory -= demand.memory, c.free.scratch -= demand.scratch;
  }
  adopt(job, found);
  return true;
}

inline void Engine::State::unplace(LiveJob& job) {
  const Demand demand = job.demand();
  for_each_rank(job, [&](std::uint32_t node) {
    nodes_.give(node, demand);
    if (!power_.empty()) leave_node(node);
    site_of(job).freed_nodes.push_back(node);
  });
  if (job.first_rank != kNone) {
    free_ranks_[job.s.ranks].push_back(job.first_rank);
    job.first_rank = kNone;
  }
  job.node = kNone;
  site_of(job).freed = true;
}

// The job has its nodes and is in no queue: what it does first depends on how its licences are acquired.
inline void Engine::State::start(LiveJob& job) {
  take_tokens(token_sets_[job.token_set].reserved);
  occupy(job);
}

inline void Engine::State::occupy(LiveJob& job) {
  job.started = job.last_start = now;
  job.ran = 0;
  if (job.first_start < 0) job.first_start = now;
  job.starts++;
  seen_.counts.started++;
  double speed = 1e300; // the slowest rank sets the pace
  for_each_rank(job, [&](std::uint32_t node) { speed = std::min(speed, nodes_.class_of(node).speed); });
  const Tick length = speed == 1 ? job.s.run : std::max<Tick>(1, std::llround(static_cast<double>(job.s.run) / speed));
  if (job.done > 0 && length != job.length) { // from a checkpoint that was written on a node of another speed
    const double share = static_cast<double>(job.done) / static_cast<double>(job.length);
    job.done = std::min<Tick>(length - 1, std::llround(share * static_cast<double>(length)));
  }
  job.length = length;
  if (!power_.empty()) for_each_rank(job, [&](std::uint32_t n) { (void)come_to_node(n); });
  job.reserved_at = job.checkout = job.begun = job.began = now;
  take_slot(job);
  job.estimated_end = now + std::max<Tick>(0, job.s.request - job.used);
  count_running(job, +1);
  if (!usage_.empty()) charge_job(job, +1);
  const TokenSet& tokens = token_sets_[job.token_set];
  if (tokens.requeued.empty() && tokens.queued.empty()) return begin_run(job);
  if (!tokens.requeued.empty()) {
    enter(job, Phase::trying);
    schedule_job(job);
    return;
  }
  join_check_outs(job);
}

inline void Engine::State::join_check_outs(LiveJob& job) {
  enter(job, Phase::waiting);
  job.joined = now;
  check_outs_.insert({now, job.seq, job.id});
  count_lacking(+1);
  schedule_job(job);
}

inline void Engine::State::leave_check_outs(const LiveJob& job) {
  check_outs_.remove({job.joined, job.seq, job.id});
  count_lacking(-1);
}

// `goes_on`: it had begun before it was suspended.
inline void Engine::State::begin_run(LiveJob& job, bool goes_on) {
  enter(job, Phase::running);
  job.begun = now;
  job.began = now;
  join_storage(job);
  if (!goes_on) job.warm_up = job.from_checkpoint ? policy_.preemption.restart.ticks : 0;
  if (!goes_on || !job.keeps_tokens) job.trips = token_sets_[job.token_set].delay;
  job.restart = job.trips + job.warm_up;
  if (!power_.empty()) {
    Tick ready = now; // the last of its nodes
    for_each_rank(job, [&](std::uint32_t n) { ready = std::max(ready, power_[n].ready_at); });
    job.restart += ready - now;
  }
  schedule_job(job);
}

// ---- progress -------------------------------------------------------------------------------------------------------

// Time on the cores for so much work, checkpoints included: one after every so much progress, none at the end.
inline Tick Engine::State::stay_of(const LiveJob& job, Tick work) const {
  const Tick stay = job.restart + work;
  if (!every_ || work <= 0) return stay;
  const Wide writes = Wide{(work - 1) / *every_} * policy_.preemption.write.ticks;
  return writes > core::kMaxTick ? core::kMaxTick + 1 : stay + static_cast<Tick>(writes);
}

inline Tick Engine::State::progress(const LiveJob& job) const {
  if (job.phase != Phase::running) return job.done;
  const Tick elapsed = this->elapsed(job) - job.restart;
  if (elapsed <= 0) return job.done;
  if (!every_) return std::min(job.length, job.done + elapsed);
  const Tick every = *every_, cycle = every + policy_.preemption.write.ticks;
  return std::min(job.length, job.done + elapsed / cycle * every + std::min(elapsed % cycle, every));
}

// What the last checkpoint keeps.
inline Tick Engine::State::checkpointed(const LiveJob& job) const {
  if (!every_) return job.done;
  const Tick elapsed = job.phase == Phase::running ? this->elapsed(job) - job.restart : 0;
  if (elapsed <= 0) return job.done;
  const Tick every = *every_, cycle = every + policy_.preemption.write.ticks;
  return job.done + elapsed / cycle * every;
}

// Progress at which its memory outgrows the request; kNever: not at all.
inline Tick Engine::State::memory_limit_at(const LiveJob& job) const {
  if (policy_.memory.limit == MemoryLimit::none || job.s.peak <= job.s.memory) return core::kNever;
  return std::llround(policy_.memory.ramp * static_cast<double>(job.length) * static_cast<double>(job.s.memory) /
                      static_cast<double>(job.s.peak));
}

inline void Engine::State::schedule_job(const LiveJob& job) {
  const Tick wall = policy_.kill_at_request ? job.started + std::max<Tick>(0, job.s.request - job.used) : core::kNever;
  Tick at = wall;
  unsigned event_class = kFailure;
  if (job.phase == Phase::running) {
    const Tick limit = memory_limit_at(job), work = stay_of(job, job.length - job.done);
    const Tick killed = limit == core::kNever ? limit : stay_of(job, std::max<Tick>(0, limit - job.done));
    if (job.clock != kNone) {
      set_target(job.id, std::min(killed, work));
    } else {
      if (killed != core::kNever) at = std::min(at, job.begun + killed);
      if (job.begun + work <= at) at = job.begun + work, event_class = kCompletion;
    }
  } else if (job.phase == Phase::trying) {
    Tick first = 0;
    for (const TokenNeed& n : token_sets_[job.token_set].requeued)
      first = std::max(first, model_.features[n.feature].first_try);
    if (job.started + first < at) at = job.started + first, event_class = kArrival;
  }
  set_event(job.slot, at, event_class);
}

// The pending event of a job: its end, its memory, its wall time, its check-out, the end of its hold.
inline void Engine::State::job_event(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  const bool done = job.phase == Phase::running && elapsed(job) >= stay_of(job, job.length - job.done);
  if (done) return end_job(job, JobState::completed);
  other_event(job);
}

inline void Engine::State::other_event(LiveJob& job) {
  const Tick wall = policy_.kill_at_request ? job.started + std::max<Tick>(0, job.s.request - job.used) : core::kNever;
  switch (job.phase) {
  case Phase::held:
    free_slot(job);
    count_lacking(-1);
    enqueue(job);
    return;
  case Phase::writing:
    return checkpoint_written(job.id);
  case Phase::trying:
    tree_.set(job.slot, core::WinnerTree::kEmpty);
    if (now >= wall) return end_job(job, JobState::walltime);
    tries_.emplace_back(job.seq, job.id);
    return;
  case Phase::waiting:
    return end_job(job, JobState::walltime);
  case Phase::suspended: // for longer than it may be: it starts anew elsewhere
    return leave_suspension(job.id, &FarmSums::lost_preemption);
  default:
    break;
  }
  if (now >= wall) return end_job(job, JobState::walltime);
  retry_memory(job);
}

// ---- the end
// ---------------------------------------------------------------------------------------------------------

// Frees everything that the job holds on the farm.
inline void Engine::State::leave_cores(LiveJob& job) {
  book_stay(job);
  leave_storage(job);
  if (!usage_.empty()) charge_job(job, -1);
  if (job.phase == Phase::waiting) leave_check_outs(job);
  return_all(job);
  unplace(job);
  if (job.phase != Phase::writing) count_running(job, -1);
  free_slot(job);
}

inline void Engine::State::end_job(LiveJob& job, JobState state) {
  if (state == JobState::completed && policy_.order == Order::sjf_predicted)
    ended_now_.emplace_back(job.seq, job.s.owner, job.length);
  leave_cores(job);
  book_end(job, state);
  free_job(job);
}

// The job starts again later, from what its last checkpoint keeps or from nothing.
inline void Engine::State::restart_later(std::uint32_t id, Wide FarmSums::* lost) {
  LiveJob& job = jobs_[id];
  const Tick reached = progress(job);
  const PreemptionKind kind = policy_.preemption.kind;
  const bool on_disk = kind == PreemptionKind::checkpoint || kind == PreemptionKind::checkpoint_on_demand;
  const Tick kept = on_disk ? checkpointed(job) : 0; // what a job had done when it was suspended is in memory alone
  const Wide work = Wide{job.all_cores()} * (reached - kept);
  if (in_window()) seen_.farm.*lost += work;
  if (lost == &FarmSums::lost_preemption) job.lost += static_cast<std::int64_t>(work);
  const Tick stay = now - job.started;
  leave_cores(job);
  job.done = kept;
  job.from_checkpoint = kept > 0;
  job.used = kept > 0 ? job.used + stay : 0;
  come_back(job);
}

// To the queue, as an arrival of the same tick: after its submissions, or after the pass that goes on.
inline void Engine::State::come_back(LiveJob& job) {
  returning_.push_back(job.id);
  touched_ = true;
}

inline void Engine::State::take_back() {
  for (const std::uint32_t id : returning_) enqueue(jobs_[id]);
  returning_.clear();
}

inline void Engine::State::retry_memory(LiveJob& job) {
  const Wide work = Wide{job.all_cores()} * progress(job);
  if (in_window()) seen_.farm.out_of_memory++, seen_.farm.lost_memory += work;
  std::int64_t largest = 0;
  for (const NodeClassTable& k : model_.classes)
    if (k.site == job.site) largest = std::max(largest, k.memory);
  const double wish = std::round(static_cast<double>(job.s.memory) * policy_.memory.retry_factor);
  const auto more = static_cast<std::int64_t>(std::min(wish, static_cast<double>(largest)));
  const bool again = job.retries < policy_.memory.tries;
  leave_cores(job);
  if (!again) {
    book_end(job, JobState::failed);
    free_job(job);
    return;
  }
  job.retries++;
  job.s.memory = std::max(more, job.s.memory);
  job.done = 0;
  job.used = 0;
  job.from_checkpoint = false;
  if (!can_ever_run(job.s, job.site, token_sets_[job.token_set])) {
    book_end(job, JobState::failed);
    free_job(job);
    return;
  }
  come_back(job);
}

} // namespace centresim::design
