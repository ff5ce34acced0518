// The published fab model SMT2020 HVLM over a short horizon, against closed forms of its groups.
#include "catch.hpp"
#include "shared_data.hpp"

#include "centresim/fab/capacity.hpp"
#include "centresim/fab/engine.hpp"
#include "centresim/io/smt2020.hpp"

#include <cmath>
#include <map>

namespace centresim::centre {
namespace {

using core::kTicksPerDay;

struct Deviation { // in points of a percent
  double sum = 0, absolute = 0, worst = 0;
  int n = 0;
  void add(double seen, double expected) {
    const double d = 100 * (seen - expected);
    sum += d;
    absolute += std::abs(d);
    worst = std::max(worst, std::abs(d));
    n++;
  }
  [[nodiscard]] double bias() const { return sum / n; }
  [[nodiscard]] double mean() const { return absolute / n; }
};

TEST_CASE("HVLM, 120 days: lots and time are conserved, groups are as busy as their closed forms", "[hvlm]") {
  const auto dir = shared_data("data/smt2020/HVLM");
  if (!dir) return;
  const Scenario scenario = io::read_smt2020(*dir);
  const fab::Fab& values = *scenario.fab;
  const fab::Simulation simulation(values, {120 * kTicksPerDay, 30 * kTicksPerDay, 0, false});
  const fab::Model& model = simulation.model();
  core::NoPulse pulse;
  const auto seen = simulation.run(1, 0, pulse);
  REQUIRE(seen);
  const fab::Counts& c = seen->counts;
  const auto window = static_cast<double>(seen->window_end - seen->window_start);
  const double days = window / kTicksPerDay;
  CHECK(c.lots_initial == 2255);
  CHECK(c.lots_released == Approx(57.198 * 120).margin(6)); // periodic streams
  CHECK(c.lots_initial + c.lots_released == c.lots_finished + c.lots_in_process + c.lots_scrapped);
  CHECK(c.lots_in_process < 2700);
  CHECK(c.lots_in_process > 1900);
  CHECK(static_cast<double>(c.lot_steps) / 120 == Approx(23'764).epsilon(0.01));

  std::map<std::string, fab::GroupLoad> load;
  for (const fab::GroupLoad& l : fab::static_load(values)) load.emplace(l.tool_group, l);
  std::vector<double> work(model.groups.size()); // of the visits that there were, at their expected times
  for (std::size_t i = 0; i < model.steps.size(); i++) {
    const fab::StepTable& step = model.steps[i];
    work[step.group] += static_cast<double>(seen->steps[i].visits) * (step.expected_a + 25 * step.expected_b);
  }
  Deviation busy, done, down, pm;
  for (std::size_t g = 0; g < model.groups.size(); g++) {
    const fab::GroupTable& table = model.groups[g];
    const auto share = [&](fab::ToolState s) {
      return static_cast<double>(seen->groups[g].state[static_cast<std::size_t>(s)]) / (window * table.tools);
    };
    double all = 0;
    for (std::size_t s = 0; s < fab::kToolStates; s++) all += share(static_cast<fab::ToolState>(s));
    CHECK(all == Approx(1));
    const fab::GroupLoad& expected = load.at(table.name);
    if (table.breakdowns.empty()) continue; // the delay
    if (table.tools >= 5) {
      down.add(share(fab::ToolState::down), expected.down_share);
      pm.add(share(fab::ToolState::maintenance), expected.pm_share);
    }
    if (table.batching || table.cascading) continue;
    const double used = share(fab::ToolState::load) + share(fab::ToolState::process) + share(fab::ToolState::unload);
    busy.add(used, expected.load);
    done.add(used, work[g] / (window * table.tools));
  }
  CAPTURE(busy.bias(), busy.mean(), busy.worst, done.bias(), done.mean(), done.worst, down.bias(), down.mean(),
          down.worst, pm.bias(), pm.mean(), pm.worst);
  CHECK(busy.n == 50);
  CHECK(std::abs(busy.bias()) < 1.2); // the work in process swings by some percent of the lots of 90 days
  CHECK(busy.mean() < 1.5);
  CHECK(std::abs(done.bias()) < 0.02);
  CHECK(done.mean() < 0.05);
  CHECK(std::abs(down.bias()) < 0.15);
  CHECK(down.mean() < 0.6);
  CHECK(std::abs(pm.bias()) < 0.15);
  CHECK(pm.mean() < 0.4);

  std::int64_t closed = 0, broken = 0; // 66 windows
  for (const fab::WindowSums& w : seen->windows) closed += w.closed, broken += w.broken;
  CHECK(seen->windows.size() == 66);
  CHECK(static_cast<double>(closed) / days == Approx(1888).epsilon(0.02));
  CHECK(static_cast<double>(broken) / static_cast<double>(closed) > 0.03);
  CHECK(static_cast<double>(broken) / static_cast<double>(closed) < 0.25);

  // Batches lie a little above their minimum of three to five lots; minimum runs average more than 7 lots.
  const auto sums = [&](const std::string& name) -> const fab::GroupSums& {
    for (std::size_t g = 0; g < model.groups.size(); g++)
      if (model.groups[g].name == name) return seen->groups[g];
    FAIL("no group " << name);
    return seen->groups[0];
  };
  for (const auto& [name, lots] : std::map<std::string, double>{
           {"Diffusion_FE_125", 3.09}, {"Diffusion_FE_127", 4.21}, {"Diffusion_FE_94", 4.45}}) {
    INFO(name);
    const fab::GroupSums& s = sums(name);
    CHECK(static_cast<double>(s.visits) / static_cast<double>(s.jobs) == Approx(lots).epsilon(0.07));
  }
  for (const char* name : {"Implant_128", "Implant_132", "Implant_91"}) {
    INFO(name);
    const double lots = static_cast<double>(sums(name).visits) / static_cast<double>(sums(name).setups);
    CHECK(lots > 7);
    CHECK(lots < 22);
  }
}

} // namespace
} // namespace centresim::centre
