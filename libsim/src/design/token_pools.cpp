#include "token_pools.hpp"

#include "centresim/core/random.hpp"

namespace centresim::design {
namespace {

std::string pool_name(const std::string& feature, const Partition& p) {
  const std::string project = p.project.empty() ? "" : feature.empty() ? p.project : "/" + p.project;
  return feature + project + (p.site.empty() ? "" : "@" + p.site);
}

} // namespace

void TokenPools::add_features() {
  model_.use_names.emplace_back();
  model_.uses.resize(model_.sites.size());
  for (const Feature* f : by_name(floor_.features)) {
    FeatureTable t;
    t.name = f->name;
    t.vendor = f->vendor;
    t.tokens = f->tokens;
    t.acquire = f->acquire;
    t.minimum_hold = f->minimum_hold.ticks;
    t.linger = f->linger.ticks;
    t.first_try = f->first_try.ticks;
    t.back_off = f->back_off.ticks;
    t.back_off_max = f->back_off_max.ticks;
    t.first_user = model_.users;
    t.users = static_cast<std::uint32_t>(f->users);
    if (t.users > 0) t.think = f->think->compile(), t.hold = f->hold->compile();
    t.cost = f->cost;
    if (!f->server.empty()) t.server = site_number(model_, f->server);
    t.identity = core::mix(core::name_identity("feature"), core::name_identity(f->name));
    model_.users += t.users;
    std::int64_t rest = f->tokens;
    for (const Partition& p : f->partitions) rest -= p.tokens;
    std::vector<Partition> partitions = f->partitions;
    std::ranges::sort(partitions, {}, [](const Partition& p) { return std::tie(p.project, p.site); });
    if (f->lend) {
      t.shares.push_back(rest);
      t.lenders.emplace_back("");
      for (const Partition& p : partitions) {
        partitions_[{f->name, p.project, p.site}] = {static_cast<std::uint32_t>(model_.features.size()),
                                                     static_cast<std::uint32_t>(t.shares.size())};
        t.shares.push_back(p.tokens);
        t.lenders.push_back(pool_name("", p));
      }
      features_[t.name] = static_cast<std::uint32_t>(model_.features.size());
      model_.features.push_back(std::move(t));
      continue;
    }
    FeatureTable own = t;
    own.first_user = own.users = 0;
    t.tokens = rest;
    if (rest > 0 || floor_.trace) { // of a trace nobody knows yet who uses it: without tokens, jobs are rejected
      features_[t.name] = static_cast<std::uint32_t>(model_.features.size());
      model_.features.push_back(std::move(t));
    }
    for (const Partition& p : partitions) {
      own.name = pool_name(f->name, p);
      own.tokens = p.tokens;
      own.identity = core::mix(core::name_identity("feature"), core::name_identity(own.name));
      partitions_[{f->name, p.project, p.site}] = {static_cast<std::uint32_t>(model_.features.size()), 0};
      model_.features.push_back(own);
    }
  }
}

// The pool that a project uses at a site.
PoolUse TokenPools::pool_of(const std::string& feature, const std::string& project, const std::string& site) const {
  const auto& allowed = std::ranges::find(floor_.features, feature, &Feature::name)->sites;
  if (!allowed.empty() && std::ranges::find(allowed, site) == allowed.end()) return {};
  for (const auto& [p, s] :
       {std::pair(project, site), std::pair(project, std::string()), std::pair(std::string(), site)})
    if (p.empty() && s.empty())
      continue;
    else if (const auto own = partitions_.find({feature, p, s}); own != partitions_.end())
      return own->second;
  const auto rest = features_.find(feature);
  return rest == features_.end() ? PoolUse{} : PoolUse{rest->second, 0};
}

std::uint32_t TokenPools::tokens_of(std::vector<TokenUse> uses, const std::string& project) {
  if (floor_.policy.check_out == CheckOut::bundle) std::ranges::sort(uses, {}, &TokenUse::feature);
  std::vector<std::vector<PoolUse>> pools(model_.sites.size());
  TokenList key;
  for (const TokenUse& u : uses)
    for (std::size_t s = 0; s < pools.size(); s++) {
      pools[s].push_back(pool_of(u.feature, project, model_.sites[s].name));
      key.emplace_back(pools[s].back(), u.tokens, u.threads_per_extra);
    }
  const auto [known, fresh] = token_lists_.try_emplace(key, static_cast<std::uint32_t>(model_.use_names.size()));
  if (!fresh) return known->second;
  model_.use_names.push_back(std::move(uses));
  for (auto& at_site : pools) model_.uses.push_back(std::move(at_site));
  return static_cast<std::uint32_t>(model_.use_names.size() - 1);
}

std::int64_t TokenPools::largest(const std::string& feature) const {
  std::int64_t most = 0;
  if (const auto rest = features_.find(feature); rest != features_.end()) most = model_.features[rest->second].tokens;
  for (const auto& [name, pool] : partitions_)
    if (std::get<0>(name) == feature) most = std::max(most, model_.features[pool.feature].tokens);
  return most;
}

std::set<std::string> TokenPools::projects() const {
  std::set<std::string> all;
  for (const auto& [name, pool] : partitions_) all.insert(std::get<1>(name));
  return all;
}

} // namespace centresim::design
