// Load a built-in scenario of the installed package, run it, and look at the answer.
#include <centresim/centre/run.hpp>
#include <centresim/centre/scenario.hpp>
#include <centresim/experiment/kpi.hpp>

#include <cmath>
#include <cstdio>

int main() {
  const auto scenario = centresim::centre::load_scenario(SCENARIO);
  const auto result = centresim::centre::run(scenario, {.replications = 4, .seed = 1, .threads = 2});
  for (const auto& row : centresim::experiment::read_kpis(result.tree.at(""))) {
    if (row.info.name == "fab.throughput" && std::isfinite(row.estimate.mean) && row.estimate.mean > 0) {
      std::printf("%s = %g %s\n", row.info.name.c_str(), row.estimate.mean, row.info.unit.c_str());
      return 0;
    }
  }
  std::fputs("no throughput among the KPIs\n", stderr);
  return 1;
}
