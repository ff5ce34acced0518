// Whether an interval says what it promises: many small experiments against an exact mean.
#include "catch.hpp"
#include "small_line.hpp"

#include "centresim/experiment/estimate.hpp"
#include "centresim/fab/engine.hpp"

#include <cmath>
#include <vector>

using namespace small_line;

namespace {

// Mean wait of the first n customers of M/M/1 that begins empty: E[W_i] = sum over k < i of E[S_k+] / k (F. Spitzer,
// Trans. Amer. Math. Soc. 82, 1956), S_k the sum of k services less that of k intervals. Service takes 1 on average.
double mean_wait_from_empty(int n, double load) {
  const double p = load / (1 + load), q = 1 / (1 + load); // the next phase to end is one of the intervals; of services
  double wait = 0, sum = 0;
  for (int k = 1; k < n; k++) {
    double probability = std::pow(p, k), positive = 0; // j services have ended with the last interval
    for (int j = 0; j < k; j++) {
      positive += probability * (k - j);
      probability *= q * (k + j) / (j + 1);
    }
    wait += positive / k;
    sum += wait;
  }
  return sum / n;
}

} // namespace

TEST_CASE("95 % intervals of cycle times cover the true mean in 95 % of experiments", "[fab]") {
  constexpr int kExperiments = 2000, kReplications = 8, kLots = 100;
  fab::Fab f;
  f.tool_groups = {group("tool")};
  f.routes = {{"r", {step("s", "tool", "exponential(1 h)")}}};
  f.products = {{"p", "r", ""}};
  fab::Release r;
  r.product = "p";
  r.every = law("exponential(4 h)");
  r.count = kLots;
  f.releases = {r};
  const fab::Simulation simulation(f, {365 * core::kTicksPerDay, 0, 0, true});
  const double mean = 1 + mean_wait_from_empty(kLots, 0.25); // hours
  int covered = 0;
  double all = 0, squares = 0; // of the middles of the intervals
  for (std::uint64_t experiment = 0; experiment < kExperiments; experiment++) {
    std::vector<double> values;
    for (std::uint64_t replication = 0; replication < kReplications; replication++) {
      core::NoPulse pulse;
      const auto seen = simulation.run(experiment, replication, pulse);
      double sum = 0;
      for (const fab::FinishedLot& lot : seen->finished) sum += static_cast<double>(lot.cycle_time);
      values.push_back(sum / static_cast<double>(core::kTicksPerHour) / static_cast<double>(seen->finished.size()));
    }
    const experiment::Estimate e = experiment::estimate(values);
    covered += e.low <= mean && mean <= e.high;
    all += e.mean;
    squares += e.mean * e.mean;
  }
  const double found = all / kExperiments, error = std::sqrt((squares / kExperiments - found * found) / kExperiments);
  CAPTURE(covered, mean, found, error);
  CHECK(std::abs(found - mean) < 4 * error);
  CHECK(covered >= 0.93 * kExperiments);
  CHECK(covered <= 0.97 * kExperiments);
}
