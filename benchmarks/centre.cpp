// Projects over their farm, and two rooms on one clock, on the built-in scenarios.
#include "centresim/centre/run.hpp"
#include "harness.hpp"

#include <cmath>
#include <stdexcept>

namespace bench {
namespace {

using namespace centresim;

centre::Scenario built_in(const char* name) {
  centre::Scenario s = centre::load_scenario(std::string(CENTRESIM_BENCH_DATA "/") + name + ".toml");
  s.warmup = {};
  s.horizon = {core::kTicksPerDay * (quick() ? 100 : 5 * 365)};
  return s;
}

std::int64_t sum(const experiment::Tree& tree, const char* group, std::string_view name) {
  for (const experiment::Variable& v : tree.at(group).variables)
    if (v.name == name) {
      std::int64_t all = 0;
      for (const std::int64_t x : std::get<std::vector<std::int64_t>>(v.values)) all += x;
      return all;
    }
  throw std::runtime_error("the result has no " + std::string(name));
}

// Seconds of one replication; what it did.
template <class Work> Sample run(const centre::Scenario& scenario, Work work) {
  centre::RunOptions options;
  options.threads = 1;
  const double began = cpu_seconds();
  const centre::Result result = centre::run(scenario, options);
  const double seconds = cpu_seconds() - began, done = work(result.tree);
  return {seconds, done, done};
}

// A job of design-floor against one of eda-farm, the farm of the same centre with random jobs in place of projects.
Outcome design_floor(int repetitions) {
  const centre::Scenario floor = built_in("design-floor"), farm = built_in("eda-farm");
  const auto started = [](const experiment::Tree& t) { return static_cast<double>(sum(t, "design/kinds", "started")); };
  return compare({[&] { return run(floor, started); }, 1e4, HUGE_VAL},
                 {[&] { return run(farm, started); }, 1e4, HUGE_VAL}, repetitions);
}

// hcmc-core against the sum of its two rooms alone.
Outcome hcmc_core(int repetitions) {
  const centre::Scenario joined = built_in("hcmc-core");
  centre::Scenario fab = joined, design = joined;
  for (centre::Scenario* alone : {&fab, &design}) alone->connections.clear(), alone->provenance.clear();
  fab.design.reset(), design.fab.reset();
  const auto one = [](const experiment::Tree&) { return 1.0; };
  Outcome outcome = compare({[&] { return run(joined, one); }, 1, 1},
                            {[&] {
                               const Sample a = run(fab, one), b = run(design, one);
                               return Sample{a.seconds + b.seconds, 1, 1};
                             },
                             1, 1},
                            repetitions);
  outcome.figure *= 1e-9, outcome.yardstick *= 1e-9;
  return outcome;
}

} // namespace

std::vector<Benchmark> centre_benchmarks() {
  return {{"design_floor", "design-floor, five years: a job, against one of eda-farm, the farm alone?", "ns/job", 0.33,
           design_floor},
          {"hcmc_core", "hcmc-core, five years: both rooms on one clock, against the sum of the two alone?", "s", 0.87,
           hcmc_core}};
}

} // namespace bench
