#include "farm_limits.hpp"

#include <cmath>
#include <map>

namespace centresim::design {
namespace {

// Tokens that a project may use at a site.
std::int64_t pool_at(const Feature& f, const std::string& project, const std::string& site) {
  if (!FarmLimits::usable(f, site)) return 0;
  if (f.lend) return f.tokens;
  std::int64_t rest = f.tokens;
  const auto named = [&](bool by_project, bool by_site) -> const Partition* {
    for (const Partition& p : f.partitions)
      if (p.project == (by_project ? project : "") && p.site == (by_site ? site : "")) return &p;
    return nullptr;
  };
  for (const Partition* p :
       {project.empty() || site.empty() ? nullptr : named(true, true), project.empty() ? nullptr : named(true, false),
        site.empty() ? nullptr : named(false, true)})
    if (p != nullptr) return p->tokens;
  for (const Partition& p : f.partitions) rest -= p.tokens;
  return rest;
}

} // namespace

bool FarmLimits::usable(const Feature& feature, const std::string& site) {
  return feature.sites.empty() || std::ranges::find(feature.sites, site) != feature.sites.end();
}

// Whether jobs of a site may run at another.
bool FarmLimits::may_go(const std::string& home, const std::string& site) const {
  return floor_.policy.routing != Routing::home || home == site;
}

std::int64_t FarmLimits::pool(const Feature& feature, const std::string& project, const std::string& home) const {
  if (floor_.sites.empty()) return pool_at(feature, project, "");
  std::int64_t most = 0;
  for (const Site& s : floor_.sites)
    if (may_go(home, s.name)) most = std::max(most, pool_at(feature, project, s.name));
  return most;
}

bool FarmLimits::fits(std::int64_t cores, std::int64_t ranks, double memory, double scratch,
                      const std::string& home) const {
  if (cores < 1 || ranks < 1) return true;   // told where single values are read
  std::map<std::string_view, double> places; // by site
  for (const NodeClass& c : floor_.node_classes) {
    if (!may_go(home, c.site) || c.cores < cores || c.memory.value_or(1e300) < memory ||
        c.scratch.value_or(1e300) < scratch)
      continue;
    const std::int64_t by_cores = c.cores / cores;
    auto per_node = static_cast<double>(by_cores);
    if (memory > 0 && c.memory) per_node = std::min(per_node, std::floor(*c.memory / memory + 1e-9));
    if (scratch > 0 && c.scratch) per_node = std::min(per_node, std::floor(*c.scratch / scratch + 1e-9));
    places[c.site] += per_node * static_cast<double>(c.nodes);
  }
  return std::ranges::any_of(places, [&](const auto& p) { return p.second >= static_cast<double>(ranks); });
}

} // namespace centresim::design
