// The published fab model SMT2020 HVLM through the reader and the engine.
#include "catch.hpp"
#include "shared_data.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/io/smt2020.hpp"

#include <algorithm>
#include <cmath>
#include <random>

using namespace centresim;

namespace {

// Every table in another order; routes stay, their order is the process.
fab::Fab shuffled(fab::Fab f) {
  std::mt19937 order(20);
  const auto shuffle = [&](auto& rows) { std::ranges::shuffle(rows, order); };
  for (fab::ToolGroup& g : f.tool_groups) {
    shuffle(g.breakdowns);
    shuffle(g.maintenance);
    shuffle(g.minimum_runs);
  }
  shuffle(f.tool_groups);
  shuffle(f.routes);
  shuffle(f.products);
  shuffle(f.releases);
  shuffle(f.lots);
  shuffle(f.setup_times);
  shuffle(f.transport);
  return f;
}

double mean_of(const centre::Result& result, const std::string& product, const std::string& kind) {
  for (const experiment::KpiRow& row : experiment::read_kpis(result.tree.at("")))
    if (row.info.name == "fab.cycle_time" && row.labels == experiment::Labels{{"product", product}, {"kind", kind}})
      return row.estimate.mean;
  return std::nan("");
}

} // namespace

TEST_CASE("HVLM gives the same digest whatever the order of its rows and the threads", "[hvlm]") {
  const auto dir = shared_data("data/smt2020/HVLM");
  if (!dir) return;
  centre::Scenario scenario = io::read_smt2020(*dir);
  scenario.horizon = {15 * core::kTicksPerDay};
  scenario.warmup = {5 * core::kTicksPerDay};
  centre::RunOptions options;
  options.replications = 2;
  options.threads = 1;
  const std::string digest = centre::digest(centre::run(scenario, options));
  options.threads = 2;
  CHECK(centre::digest(centre::run(scenario, options)) == digest);
  scenario.fab = shuffled(*scenario.fab);
  CHECK(centre::digest(centre::run(scenario, options)) == digest);
  options.seed = 2;
  CHECK(centre::digest(centre::run(scenario, options)) != digest);
}

// Mean cycle times of AutoSched AP in days, published beside the data set. The bound is that of a first version; the
// start from the published work in process makes 100 days of warm-up enough for it.
TEST_CASE("HVLM keeps within a tenth of the published cycle times", "[hvlm]") {
  const auto dir = shared_data("data/smt2020/HVLM");
  if (!dir) return;
  centre::Scenario scenario = io::read_smt2020(*dir);
  scenario.horizon = {250 * core::kTicksPerDay};
  scenario.warmup = {100 * core::kTicksPerDay};
  const centre::Result result = centre::run(scenario, {});
  CHECK(mean_of(result, "part_3", "PRL") == Approx(51.21).epsilon(0.1));
  CHECK(mean_of(result, "part_4", "PRL") == Approx(28.38).epsilon(0.1));
  CHECK(mean_of(result, "part_3", "PHL") == Approx(31.73).epsilon(0.1));
  CHECK(mean_of(result, "part_4", "PHL") == Approx(18.46).epsilon(0.1));
}
