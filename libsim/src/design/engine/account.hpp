// What is observed: stays on cores, tokens by hour of the week, jobs at their end; and the use that fairshare
// remembers.
#pragma once
#include "state.hpp"

#include "centresim/core/math.hpp"

namespace centresim::design {

// A stay on cores ends now: what it took of the farm within the window.
inline void Engine::State::book_stay(LiveJob& job) {
  const Tick stay = within(job.started, now);
  if (stay <= 0) return;
  const std::int64_t cores = job.all_cores();
  if (several_sites_) seen_.sites[job.site].used += Wide{cores} * stay;
  for_each_rank(job, [&](std::uint32_t n) { seen_.class_used[nodes_.class_index(n)] += Wide{job.s.cores} * stay; });
  if (job.s.memory > 0) seen_.farm.memory += Wide{job.s.memory} * job.s.ranks * stay;
  if (job.phase != Phase::running && job.phase != Phase::writing)
    seen_.farm.burned += Wide{cores} * stay;
  else if (job.began > job.started)
    seen_.farm.burned += Wide{cores} * within(job.started, job.began);
}

inline void Engine::State::book_suspension(const LiveJob& job) {
  seen_.farm.suspended_memory += Wide{job.s.memory} * job.s.ranks * within(job.started, now);
}

inline void Engine::State::book_queue() {
  if (queue_booked_ == now) return;
  const Tick waited = within(queue_booked_, now);
  if (waited > 0) {
    seen_.farm.queued += Wide{static_cast<std::int64_t>(queued_)} * waited;
    if (several_sites_)
      for (const SiteState& s : sites_)
        seen_.sites[s.number].queued += Wide{static_cast<std::int64_t>(s.queued)} * waited;
  }
  queue_booked_ = now;
}

inline void Engine::State::count_queue(const LiveJob& job, int change) {
  book_queue();
  queued_ = change > 0 ? queued_ + 1 : queued_ - 1;
  std::size_t& here = site_of(job).queued;
  here = change > 0 ? here + 1 : here - 1;
  if (several_sites_) count_work(job, change);
}

inline void Engine::State::count_wanted(const LiveJob& job, int change) {
  if (job.token_set == 0) return;
  TokenSet& set = token_sets_[job.token_set];
  for (const TokenNeed& n : set.reserved) {
    if (features_[n.feature].free <= 0) book_feature(n.feature);
    features_[n.feature].wanted += change;
  }
  set.queued_jobs += change;
  if (set.lacks) count_lacking(change);
}

// Jobs that wait for a licence: in the queue for want of a token, held back after a denial, at the licence server.
inline void Engine::State::count_lacking(std::int64_t change) {
  const Tick span = within(lacking_booked_, now);
  if (span > 0) seen_.farm.lacking += Wide{lacking_} * span;
  lacking_booked_ = now;
  lacking_ += change;
}

inline void Engine::State::book_down() {
  const Tick span = within(down_booked_, now);
  if (span > 0)
    for (std::size_t c = 0; c < down_cores_.size(); c++) {
      seen_.class_down[c] += Wide{down_cores_[c]} * span;
      seen_.farm.down += Wide{down_cores_[c]} * span;
    }
  down_booked_ = now;
}

// Tokens of a feature up to now. Called before anything about it changes.
inline void Engine::State::book_feature_until_now(std::uint32_t feature) {
  FeatureState& f = features_[feature];
  const Tick from = std::max(f.booked, window_start_), to = std::min(now, window_end_);
  f.booked = now;
  if (from >= to) return;
  FeatureSums& sums = seen_.features[feature];
  const std::int64_t total = model_.features[feature].tokens, taken = total - f.free;
  if (f.outside > 0) sums.outside += Wide{f.outside} * (to - from);
  for (std::size_t s = 0; s < f.used_by.size(); s++) { // where it is lent
    sums.by_share[s] += Wide{f.used_by[s]} * (to - from);
    sums.on_loan += Wide{std::max<std::int64_t>(0, f.used_by[s] - model_.features[feature].shares[s])} * (to - from);
  }
  if (f.free <= 0) {
    sums.exhausted += to - from;
    sums.wanting += Wide{f.wanted} * (to - from);
  }
  const auto share = static_cast<std::size_t>(static_cast<double>(taken) * f.classes_per_token + 1e-9);
  for (Tick at = from; at < to;) { // hour by hour
    if (at >= f.hour_end || f.hour_end - at > core::kTicksPerHour) {
      const Tick of_week = (at + model_.week_offset) % (7 * core::kTicksPerDay);
      f.hour = static_cast<std::uint32_t>(of_week / core::kTicksPerHour);
      f.hour_end = at + core::kTicksPerHour - of_week % core::kTicksPerHour;
    }
    const Tick end = std::min(to, f.hour_end);
    sums.by_hour[f.hour] += taken * (end - at);
    sums.share_by_hour[f.hour * kShareClasses + share] += end - at;
    at = end;
  }
}

inline void Engine::State::trace_starts(const LiveJob& job) {
  JobTrace& t = seen_.jobs[job.seq];
  t.first_start = job.first_start;
  t.start = job.first_start < 0 ? -1 : job.last_start;
  t.starts = job.starts;
  t.lost = job.lost;
  t.site = job.site;
}

// A job has ended for good. It counts where it ends within the window, or after it while the farm runs empty; of one
// that was withdrawn nothing else is known that would compare with others.
inline void Engine::State::book_end(LiveJob& job, JobState state) {
  if (job.report != Report::none) tell_end(job, state);
  seen_.counts.ended++;
  seen_.last_end = std::max(seen_.last_end, now);
  if (options_.trace_jobs) {
    trace_starts(job);
    seen_.jobs[job.seq].end = now;
    seen_.jobs[job.seq].state = state;
  }
  if (state != JobState::rejected) leave_copy(job);
  if (now < window_start_) return;
  FlowSums& sums = seen_.flows[job.s.flow];
  sums.ended[static_cast<std::size_t>(state)]++;
  if (job.first_start < 0 || state == JobState::withdrawn) return;
  const Tick wait = job.first_start - job.s.submit, turnaround = now - job.s.submit;
  const Tick run = std::max<Tick>(1, state == JobState::completed ? job.length : job.used + now - job.started);
  sums.started++;
  sums.wait += wait;
  sums.wait_max = std::max(sums.wait_max, wait);
  sums.waits.add(wait);
  sums.turnaround += turnaround;
  sums.run += run;
  sums.restarts += job.starts - 1;
  const auto scaled = [&](Tick time, Tick by) {
    // Neither is negative, and llround is a call, as is the conversion of what does not fit 64 bits.
    // NOLINTNEXTLINE(bugprone-incorrect-roundings)
    const double units = static_cast<double>(time) / static_cast<double>(by) * kSlowdownUnit + 0.5;
    return units < 0x1p62 ? Wide{static_cast<std::int64_t>(units)} : static_cast<Wide>(units);
  };
  sums.slowdown += scaled(turnaround, run);
  sums.bounded_slowdown += std::max(scaled(1, 1), scaled(turnaround, std::max(run, kShortestRun)));
  if (job.s.due != core::kNever) {
    sums.with_due_date++;
    sums.on_time += state == JobState::completed && now <= job.s.due;
  }
  sums.completed += state == JobState::completed && now < window_end_;
  if (several_sites_) {
    SiteSums& site = seen_.sites[job.site];
    site.started++;
    site.wait += wait;
    site.completed += state == JobState::completed && now < window_end_;
  }
  if (state == JobState::completed) { // of its work what fell into the window, as `used` counts it
    Tick seen = within(job.began, now);
    if (job.begun != job.began) // disturbed: what was done in the window lies evenly over the stay
      seen = static_cast<Tick>(Wide{now - job.begun} * seen / (now - job.began));
    const Tick work = std::min(job.length - job.done, seen) + std::min(job.done, within(job.first_start, job.began));
    seen_.farm.useful += Wide{job.all_cores()} * work;
  }
  if (state == JobState::walltime && now <= window_end_)
    seen_.farm.lost_walltime += Wide{job.all_cores()} * progress(job);
}

// ---- fairshare: use decays with its half-life and is charged while a job runs
// -----------------------------------------

inline void Engine::State::charge_job(const LiveJob& job, int sign) {
  if (job.s.account == kNone || !model_.accounts[job.s.account].charged) return;
  const Fairshare& f = policy_.fairshare;
  double rate =
      f.core * static_cast<double>(job.all_cores()) + f.memory * static_cast<double>(job.s.memory) * job.s.ranks / 1e6;
  const TokenSet& set = token_sets_[job.token_set];
  for (const auto* needs : {&set.reserved, &set.queued, &set.requeued})
    for (const TokenNeed& n : *needs) rate += f.token * static_cast<double>(n.tokens);
  for (std::uint32_t a = job.s.account;; a = model_.accounts[a].parent) {
    charge(a == kNone ? static_cast<std::uint32_t>(usage_.size() - 1) : a, sign * rate);
    if (a == kNone) break;
  }
}

// U(t) = U(t0) q + r (H / ln 2) (1 - q), q = 2^(-(t - t0) / H).
inline double Engine::State::usage_now(std::uint32_t account) const {
  const Usage& u = usage_[account];
  constexpr double kLn2 = 0.693147180559945309;
  const double scale = static_cast<double>(policy_.fairshare.half_life.ticks) / kLn2;
  const double q = core::math::exp(-static_cast<double>(now - u.at) / scale);
  return u.value * q + u.rate * scale * (1 - q);
}

inline void Engine::State::charge(std::uint32_t account, double rate_change) {
  Usage& u = usage_[account];
  u.value = usage_now(account);
  u.at = now;
  u.rate += rate_change;
}

// 2^(-E/S): E the share of all use, S the share that was promised.
inline double Engine::State::fairshare(std::uint32_t account) const {
  if (account == kNone) return 1;
  const double all = usage_now(static_cast<std::uint32_t>(usage_.size() - 1));
  if (all <= 0) return 1;
  return core::math::exp(-0.693147180559945309 * (usage_now(account) / all) / model_.accounts[account].share);
}

} // namespace centresim::design
