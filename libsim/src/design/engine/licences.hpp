// Licence tokens: taken with the cores, at the licence server, or tried for and missed.
#pragma once
#include "state.hpp"

namespace centresim::design {

// The tokens of a list for a job with so many cores, by how they are acquired.
inline std::uint32_t Engine::State::token_set(std::uint32_t uses, std::int64_t cores, std::uint32_t site) {
  if (uses == 0) return 0;
  const std::uint32_t list = uses * static_cast<std::uint32_t>(sites_.size()) + site;
  return set_of_uses_[list] != kNone ? set_of_uses_[list] : find_token_set(uses, cores, site);
}

inline std::uint32_t Engine::State::find_token_set(std::uint32_t uses, std::int64_t cores, std::uint32_t site) {
  const std::uint32_t list = uses * static_cast<std::uint32_t>(sites_.size()) + site;
  const auto [at, fresh] = token_index_.try_emplace({list, cores}, static_cast<std::uint32_t>(token_sets_.size()));
  if (!fresh) return at->second;
  TokenSet set;
  set.site = site;
  for (std::size_t i = 0; i < model_.use_names[uses].size(); i++) {
    const auto [f, share] = model_.uses[list][i];
    if (f == kNone) {
      set.allowed = false;
      continue;
    }
    const Acquire how = model_.features[f].acquire;
    auto& needs = how == Acquire::reserved ? set.reserved : how == Acquire::queue ? set.queued : set.requeued;
    const std::int64_t n = model_.use_names[uses][i].of(cores);
    if (n <= 0) continue;
    needs.push_back({f, n, share});
    set.allowed = set.allowed && n <= model_.features[f].tokens;
    if (const std::uint32_t link = over_link(f, site); link != kNone) {
      set.delay += model_.links[link].rtt;
      set.links_down += how == Acquire::reserved && !links_[link].up;
    }
  }
  for (const TokenNeed& n : set.reserved) sets_of_feature_[n.feature].push_back(at->second);
  set.lacks = !reserved_free(set);
  set.lacks_since = now;
  token_sets_.push_back(std::move(set));
  const bool by_cores =
      std::ranges::any_of(model_.use_names[uses], [](const TokenUse& u) { return u.threads_per_extra > 0; });
  if (!by_cores) set_of_uses_[list] = at->second;
  return at->second;
}

// Tokens taken (less than 0) or given back, by a share of the pool where it is lent.
inline void Engine::State::move_tokens(std::uint32_t feature, std::int64_t tokens, std::uint32_t share) {
  book_feature(feature);
  FeatureState& f = features_[feature];
  f.free += tokens;
  if (!f.used_by.empty()) f.used_by[share] -= tokens;
  if (tokens > 0)
    tokens_freed(feature);
  else if (keep_releases_)
    head_waits_longer(feature);
  for (const std::uint32_t s : sets_of_feature_[feature]) // who lacks none lacks none after a return either
    if (TokenSet& set = token_sets_[s]; set.lacks == (tokens > 0)) update_lack(set);
}

// Tokens that others take may move the shadow time of a head away: who was passed over may fit then.
inline void Engine::State::head_waits_longer(std::uint32_t feature) {
  if (model_.features[feature].acquire != Acquire::reserved) return;
  for (SiteState& site : sites_)
    if (&site != in_pass_) site.settled_until = 0;
}

inline void Engine::State::update_lack(TokenSet& set) {
  const bool lacks = !reserved_free(set);
  if (lacks == set.lacks) return;
  set.lacks = lacks;
  if (lacks)
    set.lacks_since = now;
  else
    set.lacked += now - set.lacks_since;
  if (set.queued_jobs > 0) count_lacking(lacks ? set.queued_jobs : -set.queued_jobs);
}

inline void Engine::State::take_tokens(std::span<const TokenNeed> needs) {
  for (const TokenNeed& n : needs) {
    move_tokens(n.feature, -n.tokens, n.share);
    if (in_window()) seen_.features[n.feature].checkouts++;
  }
}

inline void Engine::State::return_token(const TokenNeed& n, Tick checkout) {
  const Tick at = token_return(n.feature, checkout, now);
  if (at <= now)
    move_tokens(n.feature, n.tokens, n.share);
  else
    return_later(n, at);
}

inline void Engine::State::return_later(const TokenNeed& n, Tick at) {
  features_[n.feature].returns[{at, n.share}] += n.tokens;
  schedule_returns(n.feature);
}

inline void Engine::State::schedule_returns(std::uint32_t feature) {
  const auto& returns = features_[feature].returns;
  const std::uint32_t slot = first_feature_ + feature;
  set_event(slot, returns.empty() ? core::kNever : returns.begin()->first.first, kCompletion);
}

inline void Engine::State::tokens_back(std::uint32_t feature) {
  FeatureState& f = features_[feature];
  while (!f.returns.empty() && f.returns.begin()->first.first <= now) {
    const auto [when, tokens] = *f.returns.begin();
    move_tokens(feature, tokens, when.second);
    f.returns.erase(f.returns.begin());
  }
  schedule_returns(feature);
}

// Whatever the job has checked out by now.
inline void Engine::State::return_all(LiveJob& job) {
  const TokenSet& set = token_sets_[job.token_set];
  if (set.none()) return;
  tokens_of(job, [&](const TokenNeed& n, Tick checkout) { return_token(n, checkout); });
  if (job.steps > 0 && stepwise_) step_times_.erase(job.seq);
  job.has_requeued = false;
  job.steps = 0;
}

// The licence server: first come, first served; who does not get all of a bundle, or his next step, holds up those who
// want a part of it.
inline void Engine::State::serve_waiting() {
  do walk_check_outs();
  while (stepwise_ && break_deadlocks());
}

inline void Engine::State::walk_check_outs() {
  blocked_features_.assign(features_.size(), 0);
  for (auto at = check_outs_.begin(); !check_outs_.at_end(at);) {
    const std::uint32_t id = check_outs_.at(at).job;
    LiveJob& job = jobs_[id];
    const std::span<const TokenNeed> all = token_sets_[job.token_set].queued;
    const auto needs = stepwise_ ? all.subspan(static_cast<std::size_t>(job.steps), 1) : all;
    if (!reachable(needs, job.site)) { // holds up nobody
      at = check_outs_.after(at);
      continue;
    }
    const bool held_up = std::ranges::any_of(needs, [&](const TokenNeed& n) { return blocked_features_[n.feature]; });
    if (held_up || !tokens_free(needs)) {
      for (const TokenNeed& n : needs) blocked_features_[n.feature] = 1;
      at = check_outs_.after(at);
      continue;
    }
    at = check_outs_.erase(at);
    check_out(job, needs);
    if (static_cast<std::size_t>(job.steps) == all.size()) {
      count_lacking(-1);
      begin_run(job);
      continue;
    }
    const Ordered next{now, job.seq, id}; // in the queue of its next feature
    const Ordered behind = check_outs_.at_end(at) ? next : std::min(next, check_outs_.at(at));
    job.joined = now;
    check_outs_.insert(next);
    at = check_outs_.lower_bound(behind);
  }
}

inline void Engine::State::check_out(LiveJob& job, std::span<const TokenNeed> needs) {
  take_tokens(needs);
  job.steps += static_cast<std::int16_t>(needs.size());
  if (stepwise_) step_times_[job.seq].push_back(now);
  if (in_window()) {
    for (const TokenNeed& n : needs) {
      FeatureSums& f = seen_.features[n.feature];
      f.waited += now > job.joined;
      f.wait += now - job.joined;
    }
  }
  job.checkout = now;
}

// Jobs that keep tokens while they wait for others can wait for one another for ever. Whoever does not wait will give
// back what he holds; whoever could go on then, too; those who are left never can (Coffman, Elphick and Shoshani,
// Computing Surveys 3(2), 1971). The youngest is denied. True: somebody was.
inline bool Engine::State::break_deadlocks() {
  std::vector<std::uint32_t> stuck;
  std::vector<std::int64_t> free;
  for (std::size_t f = 0; f < features_.size(); f++) free.push_back(model_.features[f].tokens);
  const auto held = [&](const LiveJob& job, int sign) {
    for (const TokenNeed& n : std::span(token_sets_[job.token_set].queued).first(static_cast<std::size_t>(job.steps)))
      free[n.feature] += sign * n.tokens;
  };
  bool keeps = false;
  for (auto at = check_outs_.begin(); !check_outs_.at_end(at); at = check_outs_.after(at)) {
    stuck.push_back(check_outs_.at(at).job);
    held(jobs_[stuck.back()], -1);
    keeps = keeps || jobs_[stuck.back()].steps > 0;
  }
  if (!keeps) return false;
  const auto reduce = [&] {
    const auto goes_on = [&](std::uint32_t id) { // looked at in the order of the server
      const LiveJob& job = jobs_[id];
      const TokenNeed& next = token_sets_[job.token_set].queued[static_cast<std::size_t>(job.steps)];
      if (blocked_features_[next.feature] || free[next.feature] < next.tokens) {
        if (reachable(next.feature, job.site)) blocked_features_[next.feature] = 1;
        return false;
      }
      held(job, +1);
      return true;
    };
    do blocked_features_.assign(features_.size(), 0);
    while (std::erase_if(stuck, goes_on) > 0);
  };
  bool broken = false;
  for (reduce(); !stuck.empty(); reduce()) {
    const auto youngest = std::ranges::max_element(stuck, {}, [&](std::uint32_t id) { // of those who keep tokens
      const LiveJob& job = jobs_[id];
      return std::tuple(job.steps > 0, job.last_start, job.seq);
    });
    const std::uint32_t id = *youngest;
    stuck.erase(youngest);
    held(jobs_[id], +1);
    const auto& needs = token_sets_[jobs_[id].token_set].queued;
    if (in_window()) seen_.features[needs[static_cast<std::size_t>(jobs_[id].steps)].feature].deadlocks++;
    hold_back(id, needs);
    broken = touched_ = true;
  }
  return broken;
}

// Fail and requeue: the tool has come up on its cores and asks for its licences.
inline void Engine::State::try_check_out(std::uint32_t id) {
  LiveJob& job = jobs_[id];
  const TokenSet& set = token_sets_[job.token_set];
  if (reachable(set.requeued, job.site) && tokens_free(set.requeued)) {
    take_tokens(set.requeued);
    job.has_requeued = true;
    job.checkout = now;
    if (set.queued.empty()) return begin_run(job);
    return join_check_outs(job);
  }
  for (const TokenNeed& n : set.requeued)
    if ((features_[n.feature].free < n.tokens || !reachable(n.feature, job.site)) && in_window())
      seen_.features[n.feature].denials++;
  hold_back(id, set.requeued);
}

// Denied: it leaves its cores and comes back to the queue later, the later the oftener it was.
inline void Engine::State::hold_back(std::uint32_t id, const std::vector<TokenNeed>& needs) {
  LiveJob& job = jobs_[id];
  Tick first = 0, most = 0;
  for (const TokenNeed& n : needs) {
    first = std::max(first, model_.features[n.feature].back_off);
    most = std::max(most, model_.features[n.feature].back_off_max);
  }
  Tick hold = std::min(first, most);
  for (std::int32_t i = 0; i < job.denials && hold < most; i++) hold = std::min(2 * hold, most);
  job.denials++;
  leave_cores(job);
  if (job.done == 0) job.used = 0;
  count_lacking(+1);
  enter(job, Phase::held);
  take_slot(job);
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
  const bool seen = in_window();
  book_feature(u.feature);
  if (u.holds) {
    u.holds = false;
    f.outside--;
    move_tokens(u.feature, +1, 0);
  } else {
    sums.outside_tries += seen;
    if (f.free > 0) {
      u.holds = true;
      f.outside++;
      move_tokens(u.feature, -1, 0);
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
