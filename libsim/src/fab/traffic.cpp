#include "traffic.hpp"

#include "centresim/fab/expected.hpp"

#include <algorithm>
#include <limits>

namespace centresim::fab {

double release_rate(const Release& r, double load_factor) {
  const double every = r.every.mean() / load_factor;
  return every > 0 ? static_cast<double>(r.lots) / every : 0;
}

double last_release(const Release& r, double load_factor) {
  if (!r.count) return std::numeric_limits<double>::infinity();
  return (static_cast<double>(r.start.ticks) + static_cast<double>(*r.count) * r.every.mean()) / load_factor;
}

double share_of(const Release& r, const Fab& fab, core::Tick horizon) {
  if (horizon == std::numeric_limits<core::Tick>::max()) return 1;
  const double end = static_cast<double>(horizon), start = static_cast<double>(r.start.ticks) / fab.load_factor;
  if (start >= end) return 0;
  return r.count ? (std::min(end, last_release(r, fab.load_factor)) - start) / end : 1;
}

std::vector<Traffic> traffic(const Fab& fab, const std::function<double(const Release&)>& share) {
  std::vector<Traffic> flows;
  for (const Release& r : fab.releases) {
    const auto product = std::ranges::find(fab.products, r.product, &Product::name);
    const double part = share(r);
    if (product == fab.products.end() || part <= 0) continue;
    flows.push_back({&*product, &r, part * release_rate(r, fab.load_factor), r.wafers.mean(), largest(r.wafers)});
  }
  return flows;
}

Need need_of(const ToolGroup& g, const Step& s) {
  Need n;
  const LinearTime alone = expected_step_time(g, s);
  n.fixed = alone.fixed;
  n.wafer = alone.per_wafer;
  n.overhead = static_cast<double>(g.load.ticks + g.unload.ticks);
  n.per_wafer = s.per == ProcessUnit::wafer;
  n.batch = s.per == ProcessUnit::batch;
  n.cascades = g.cascading && s.interval;
  if (n.cascades) {
    n.first = static_cast<double>(s.interval->ticks);
    n.second = s.time.mean() - n.first;
  }
  if (n.batch) {
    n.batch_max = static_cast<double>(s.batch_max.value_or(1));
    n.batch_min = static_cast<double>(smallest_batch(g, s));
    n.bounded = s.batch_wait.has_value();
    n.wait = n.bounded ? static_cast<double>(s.batch_wait->ticks) : 0;
  }
  return n;
}

double Need::low(double wafers) const {
  if (batch) return fixed * std::min(1.0, wafers / batch_max);
  if (!cascades) return alone(wafers);
  // Neither position works twice at once, and no more than two lots are on the tool.
  const double units = per_wafer ? wafers : 1;
  return std::max({units * first, units * second, alone(wafers) / 2});
}

} // namespace centresim::fab
