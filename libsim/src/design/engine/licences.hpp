// Licence tokens: taken with the cores, at the licence server, or tried for and missed.
#pragma once
#include "state.hpp"

namespace centresim::design {

// The tokens of a list for a job with so many cores, by how they are acquired.
inline std::uint32_t Engine::State::token_set(std::uint32_t uses, std::int64_t cores) {
  if (uses == 0) return 0;
  if (set_of_uses_[uses] != kNone) return set_of_uses_[uses];
  const auto [at, fresh] = token_index_.try_emplace({uses, cores}, static_cast<std::uint32_t>(token_sets_.size()));
  if (!fresh) return at->second;
  TokenSet set;
  for (std::size_t i = 0; i < model_.uses[uses].size(); i++) {
    const std::uint32_t f = model_.uses[uses][i];
    const Acquire how = model_.features[f].acquire;
    auto& needs = how == Acquire::reserved ? set.reserved : how == Acquire::queue ? set.queued : set.requeued;
    const std::int64_t n = model_.use_names[uses][i].of(cores);
    if (n > 0) needs.push_back({f, n});
  }
  for (const TokenNeed& n : set.reserved) sets_of_feature_[n.feature].push_back(at->second);
  set.lacks = !tokens_free(set.reserved);
  token_sets_.push_back(std::move(set));
  const bool by_cores =
      std::ranges::any_of(model_.use_names[uses], [](const TokenUse& u) { return u.threads_per_extra > 0; });
  if (!by_cores) set_of_uses_[uses] = at->second;
  return at->second;
}

// Tokens taken (less than 0) or given back.
inline void Engine::State::move_tokens(std::uint32_t feature, std::int64_t tokens) {
  book_feature(feature);
  features_[feature].free += tokens;
  if (tokens > 0) tokens_freed(feature);
  for (const std::uint32_t s : sets_of_feature_[feature]) {
    TokenSet& set = token_sets_[s];
    const bool lacks = !tokens_free(set.reserved);
    if (lacks == set.lacks) continue;
    set.lacks = lacks;
    if (set.queued_jobs > 0) count_lacking(lacks ? set.queued_jobs : -set.queued_jobs);
  }
}

inline void Engine::State::take_tokens(const std::vector<TokenNeed>& needs) {
  for (const TokenNeed& n : needs) {
    move_tokens(n.feature, -n.tokens);
    if (within(now, now + 1) > 0) seen_.features[n.feature].checkouts++;
  }
}

inline void Engine::State::return_tokens(const std::vector<TokenNeed>& needs, Tick checkout) {
  for (const TokenNeed& n : needs) {
    FeatureState& f = features_[n.feature];
    const Tick at = token_return(n.feature, checkout, now);
    if (at > now) {
      f.returns[at] += n.tokens;
      schedule_returns(n.feature);
      continue;
    }
    move_tokens(n.feature, n.tokens);
  }
}

inline void Engine::State::schedule_returns(std::uint32_t feature) {
  const auto& returns = features_[feature].returns;
  const std::uint32_t slot = first_feature_ + feature;
  set_event(slot, returns.empty() ? core::kNever : returns.begin()->first, kCompletion);
}

inline void Engine::State::tokens_back(std::uint32_t feature) {
  FeatureState& f = features_[feature];
  while (!f.returns.empty() && f.returns.begin()->first <= now) {
    move_tokens(feature, f.returns.begin()->second);
    f.returns.erase(f.returns.begin());
  }
  schedule_returns(feature);
}

// Whatever the job has checked out by now.
inline void Engine::State::return_all(LiveJob& job) {
  const TokenSet& set = token_sets_[job.token_set];
  if (set.none()) return;
  return_tokens(set.reserved, job.reserved_at);
  if (job.has_requeued) return_tokens(set.requeued, job.checkout);
  if (job.has_queued) return_tokens(set.queued, job.checkout);
  job.has_requeued = job.has_queued = false;
}

// The licence server: first come, first served; who does not get all of a bundle holds up those who want a part of it.
inline void Engine::State::serve_check_outs() {
  if (check_outs_.empty()) return;
  blocked_features_.assign(features_.size(), 0);
  for (auto at = check_outs_.begin(); !check_outs_.at_end(at);) {
    const std::uint32_t id = check_outs_.at(at).job;
    LiveJob& job = jobs_[id];
    const auto& needs = token_sets_[job.token_set].queued;
    const bool held_up = std::ranges::any_of(needs, [&](const TokenNeed& n) { return blocked_features_[n.feature]; });
    if (held_up || !tokens_free(needs)) {
      for (const TokenNeed& n : needs) blocked_features_[n.feature] = 1;
      at = check_outs_.after(at);
      continue;
    }
    at = check_outs_.erase(at);
    count_lacking(-1);
    take_tokens(needs);
    job.has_queued = true;
    if (within(now, now + 1) > 0) {
      for (const TokenNeed& n : needs) {
        FeatureSums& f = seen_.features[n.feature];
        f.waited += now > job.joined;
        f.wait += now - job.joined;
      }
    }
    job.checkout = now;
    begin_run(id);
  }
}

// Fail and requeue: the tool has come up on its cores and asks for its licences.
inline void Engine::State::try_check_out(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  const TokenSet& set = token_sets_[job.token_set];
  if (tokens_free(set.requeued)) {
    take_tokens(set.requeued);
    job.has_requeued = true;
    job.checkout = now;
    if (set.queued.empty()) return begin_run(id);
    return join_check_outs(id);
  }
  Tick first = 0, most = 0;
  for (const TokenNeed& n : set.requeued) {
    first = std::max(first, model_.features[n.feature].back_off);
    most = std::max(most, model_.features[n.feature].back_off_max);
    if (features_[n.feature].free < n.tokens && within(now, now + 1) > 0) seen_.features[n.feature].denials++;
  }
  Tick hold = std::min(first, most);
  for (std::int32_t i = 0; i < job.denials && hold < most; i++) hold = std::min(2 * hold, most);
  job.denials++;
  leave_cores(id);
  if (job.done == 0) job.used = 0;
  count_lacking(+1);
  job.phase = Phase::held;
  take_slot(id);
  set_event(job.slot, now + hold, kArrival);
}

// ---- users outside the scheduler: think, take a token where one is free, hold it
// -------------------------------------

inline void Engine::State::schedule_user(std::uint32_t user, const core::Law& law) {
  UserState& u = users_[user];
  const FeatureTable& table = model_.features[u.feature];
  const auto purpose = u.holds ? core::Purpose::licence_hold : core::Purpose::licence_think;
  const std::uint32_t draw = u.draws >> 1; // think and hold take turns
  const double uniform =
      core::uniform_at(key_, core::mix(table.identity, user - table.first_user), purpose, draw >> 1, draw & 1);
  u.draws++;
  const std::uint32_t slot = first_user_ + user;
  const Tick at = now + std::max<Tick>(1, law.ticks(uniform));
  set_event(slot, at, u.holds ? kCompletion : kArrival);
}

inline void Engine::State::user_event(std::uint32_t user) {
  UserState& u = users_[user];
  const FeatureTable& table = model_.features[u.feature];
  FeatureState& f = features_[u.feature];
  FeatureSums& sums = seen_.features[u.feature];
  const bool seen = within(now, now + 1) > 0;
  book_feature(u.feature);
  if (u.holds) {
    u.holds = false;
    f.outside--;
    move_tokens(u.feature, +1);
  } else {
    sums.outside_tries += seen;
    if (f.free > 0) {
      u.holds = true;
      f.outside++;
      move_tokens(u.feature, -1);
    } else {
      u.draws++; // of the hold that is not to be
      sums.outside_denials += seen;
      const std::int64_t day = now / core::kTicksPerDay;
      if (seen && u.blocked_day != day) sums.users_blocked++;
      u.blocked_day = day;
    }
  }
  schedule_user(user, u.holds ? table.hold : table.think);
}

} // namespace centresim::design
