#include "lines.hpp"

#include <algorithm>
#include <string>

namespace bench {

using namespace centresim;

namespace {

fab::Distribution exponential(double mean) {
  return {core::LawKind::exponential, common::Dimension::time, {mean * kUnit}, {}};
}

std::string name(const char* what, int i) { return what + std::to_string(1'000'000 + i); }

// Product `index` begins at its own station and goes on in turn.
void add_product(fab::Fab& fab, const Line& line, int index, int products) {
  fab::Route route{name("route", index), {}};
  for (int k = 0; k < line.steps; ++k) {
    fab::Step step;
    step.name = name("step", k);
    step.tool_group = name("station", (index * line.steps + k) % line.stations);
    step.time = exponential(1);
    route.steps.push_back(std::move(step));
  }
  fab.products.push_back({name("product", index), route.name, ""});
  fab.routes.push_back(std::move(route));
  fab::Release release;
  release.product = fab.products.back().name;
  release.every = exponential(line.steps * products / (0.9 * line.stations * line.machines));
  fab.releases.push_back(std::move(release));
}

} // namespace

fab::Fab describe(const Line& line) {
  fab::Fab fab;
  for (int i = 0; i < line.stations; ++i) {
    fab::ToolGroup group;
    group.name = name("station", i);
    group.tools = line.machines;
    group.rank = {fab::Rank::fifo};
    if (line.transport > 0) group.location = "floor";
    fab.tool_groups.push_back(std::move(group));
  }
  if (line.transport > 0) fab.transport.push_back({"floor", "floor", exponential(line.transport)});
  const int products = std::max(1, line.stations / line.steps);
  for (int i = 0; i < products; ++i) add_product(fab, line, i, products);
  return fab;
}

Sample run(const fab::Simulation& simulation, std::uint64_t seed, bool count_releases) {
  core::NoPulse pulse;
  const double began = cpu_seconds();
  const auto observed = simulation.run(seed, 0, pulse);
  const double seconds = cpu_seconds() - began;
  double total = 0;
  for (const auto& lot : observed->finished) total += static_cast<double>(lot.cycle_time);
  const auto& counts = observed->counts;
  return {seconds, static_cast<double>(counts.lot_steps + (count_releases ? counts.lots_released : 0)),
          total / kUnit / static_cast<double>(observed->finished.size())};
}

} // namespace bench
