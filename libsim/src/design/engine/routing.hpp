// To which site a job goes, by what is waiting there and what it would cost.
#pragma once
#include "state.hpp"

#include <tuple>

namespace centresim::design {

// What waits at a site and for its tokens: what is left of the requests of queued and staged jobs.
inline void Engine::State::count_work(const LiveJob& job, int sign) {
  const Tick left = std::max<Tick>(1, job.s.request - job.used);
  site_of(job).queued_work += Wide{sign * job.all_cores()} * left;
  for (const TokenNeed& n : token_sets_[job.token_set].reserved)
    features_[n.feature].queued_work += Wide{sign * n.tokens} * left;
}

// A job takes cores (+1), with an estimated end, or leaves them (-1).
inline void Engine::State::book_running(const LiveJob& job, int sign) {
  if (keep_releases_) {
    if (sign > 0)
      releases_.insert({job.estimated_end, job.id});
    else
      releases_.remove({job.estimated_end, job.id});
  }
  if (!several_sites_) return;
  SiteState& site = site_of(job);
  site.running_ends += Wide{sign * job.all_cores()} * job.estimated_end;
  site.running_cores += sign * job.all_cores();
  for (const TokenNeed& n : token_sets_[job.token_set].reserved) {
    features_[n.feature].running_ends += Wide{sign * n.tokens} * job.estimated_end;
    features_[n.feature].running_tokens += sign * n.tokens;
  }
}

inline bool Engine::State::starts_at_once(const LiveJob& job, std::uint32_t site) {
  if (sites_[site].queued > 0 || !reserved_free(token_sets_[token_set(job.s.tokens, job.all_cores(), site)]))
    return false;
  std::vector<std::uint32_t> taken;
  const Demand demand = job.demand();
  while (taken.size() < static_cast<std::size_t>(job.s.ranks)) {
    const Fit fit = policy_.fit == Fit::max_jobs ? Fit::first : policy_.fit;
    const std::uint32_t node = nodes_.find(site, demand, fit, job.s.tokens != 0, no_caps_);
    if (node == kNone) break;
    nodes_.take(node, demand);
    taken.push_back(node);
  }
  for (const std::uint32_t node : taken) nodes_.give(node, demand);
  return taken.size() == static_cast<std::size_t>(job.s.ranks);
}

// Ticks: the work ahead of it over what there is of the scarcest of cores and tokens.
inline double Engine::State::estimated_wait(const LiveJob& job, std::uint32_t site) {
  if (starts_at_once(job, site)) return 0;
  const auto ahead = [&](Wide queued, Wide ends, std::int64_t running, std::int64_t all) {
    const Wide work = queued + ends - Wide{running} * now;
    return work <= 0 ? 0.0 : static_cast<double>(work) / static_cast<double>(all);
  };
  const SiteState& s = sites_[site];
  double wait = ahead(s.queued_work, s.running_ends, s.running_cores, model_.sites[site].cores);
  for (const TokenNeed& n : token_sets_[token_set(job.s.tokens, job.all_cores(), site)].reserved) {
    const FeatureState& f = features_[n.feature];
    wait = std::max(wait, ahead(f.queued_work, f.running_ends, f.running_tokens, model_.features[n.feature].tokens));
  }
  return wait;
}

inline double Engine::State::cost_at(const LiveJob& job, std::uint32_t site) const {
  double least = std::numeric_limits<double>::infinity();
  for (const NodeClassTable& k : model_.classes)
    if (k.site == site && k.cores >= job.s.cores && k.memory >= job.s.memory && k.scratch >= job.s.scratch)
      least = std::min(least, k.cost / k.speed);
  const double hours = static_cast<double>(job.s.request) / static_cast<double>(core::kTicksPerHour);
  const std::uint32_t dataset = model_.readings[job.s.reading].dataset;
  double egress = 0;
  if (dataset != kNone && !has_data(site, dataset)) {
    const DatasetTable& d = model_.datasets[dataset];
    egress = model_.sites[d.site].egress_cost * static_cast<double>(d.size) / 1e6;
  }
  return hours * static_cast<double>(job.all_cores()) * least + egress;
}

// Ticks until the data of the job would be there.
inline double Engine::State::staging_time(const LiveJob& job, std::uint32_t site) const {
  const std::uint32_t dataset = model_.readings[job.s.reading].dataset;
  if (dataset == kNone || has_data(site, dataset)) return 0;
  const std::uint32_t link = model_.link_between(model_.datasets[dataset].site, site);
  const auto others = static_cast<double>(links_[link].coming.size() + links_[link].moving.size());
  return static_cast<double>(model_.links[link].rtt) + static_cast<double>(length_of(dataset, link)) * (others + 1);
}

// The site of a new job where there are several; kNone: there is none where it could ever run.
inline std::uint32_t Engine::State::route(const LiveJob& job) {
  const std::uint32_t home = job.s.home, dataset = model_.readings[job.s.reading].dataset;
  const auto eligible = [&](std::uint32_t site) {
    if (dataset != kNone && model_.datasets[dataset].site != site &&
        model_.link_between(model_.datasets[dataset].site, site) == kNone)
      return false;
    return can_ever_run(job.s, site, token_sets_[token_set(job.s.tokens, job.all_cores(), site)]);
  };
  const bool at_home = eligible(home);
  if (policy_.routing == Routing::home) return at_home ? home : kNone;
  std::vector<std::uint32_t> open; // home first, then by name: the order of ties
  if (at_home) open.push_back(home);
  for (std::uint32_t s = 0; s < sites_.size(); s++)
    if (s != home && eligible(s)) open.push_back(s);
  if (open.empty()) return kNone;
  using Score = std::pair<double, double>;
  const auto least = [&](auto score) { return *std::ranges::min_element(open, {}, score); };
  const auto wait = [&](std::uint32_t s) { return estimated_wait(job, s); };
  const auto by_wait = [&](std::uint32_t s) { return Score{wait(s) + staging_time(job, s), 0}; };
  const auto by_cost = [&](std::uint32_t s) { return Score{cost_at(job, s), by_wait(s).first}; };
  switch (policy_.routing) {
  case Routing::local_first: {
    const auto at_once = std::ranges::find_if(open, [&](std::uint32_t s) { return starts_at_once(job, s); });
    if (at_once != open.end()) return *at_once;
    return at_home ? home : least(by_wait);
  }
  case Routing::data: {
    const auto has = [&](std::uint32_t s) { return dataset != kNone && has_data(s, dataset); };
    if (at_home && has(home)) return home;
    const auto holds = std::ranges::find_if(
        open, [&](std::uint32_t s) { return dataset != kNone && model_.datasets[dataset].site == s; });
    if (holds != open.end()) return *holds;
    if (const auto copy = std::ranges::find_if(open, has); copy != open.end()) return *copy;
    return at_home ? home : least(by_wait);
  }
  case Routing::cheapest:
    return least(by_cost);
  case Routing::burst: {
    if (at_home && wait(home) <= static_cast<double>(policy_.burst_wait.ticks)) return home;
    std::erase_if(open, [&](std::uint32_t s) {
      return s == home || (at_home && policy_.burst_cost && cost_at(job, s) > *policy_.burst_cost);
    });
    return open.empty() ? home : least(by_cost);
  }
  default:
    return least(by_wait);
  }
}

} // namespace centresim::design
