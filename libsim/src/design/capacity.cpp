#include "centresim/design/capacity.hpp"

#include <algorithm>
#include <map>

namespace centresim::design {

std::vector<OfferedLoad> offered_load(const Floor& floor, core::Tick horizon) {
  OfferedLoad cores{"cores", 0, 0};
  for (const NodeClass& c : floor.node_classes)
    cores.capacity += static_cast<double>(c.nodes) * static_cast<double>(c.cores);
  std::map<std::string, OfferedLoad> features;
  for (const Feature& f : floor.features) features[f.name] = {f.name, static_cast<double>(f.tokens), 0};
  for (const JobStream& s : floor.streams) {
    const core::Tick until = std::min(horizon, s.until ? s.until->ticks : horizon);
    const double active =
        static_cast<double>(std::max<core::Tick>(0, until - s.start.ticks)) / static_cast<double>(horizon);
    // Running at the same time.
    const double jobs = s.jobs.mean() * s.run.mean() / s.every.mean() * floor.load_factor * active;
    cores.offered += jobs * s.cores.mean();
    for (const TokenUse& use : s.tokens)
      if (const auto f = features.find(use.feature); f != features.end())
        f->second.offered += jobs * static_cast<double>(use.of(static_cast<std::int64_t>(s.cores.mean())));
  }
  std::vector<OfferedLoad> all{cores};
  for (auto& [name, load] : features) all.push_back(std::move(load));
  return all;
}

} // namespace centresim::design
