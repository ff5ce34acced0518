// Small fabs through the whole engine against hand-written code, and how replications share processors.
#include "centresim/experiment/replicate.hpp"
#include "lines.hpp"
#include "yardstick/models.hpp"

#include <algorithm>
#include <stdexcept>

namespace bench {
namespace {

using namespace centresim;

Sample timed(yardstick::Run (*model)(std::uint32_t), std::uint32_t size) {
  const double began = cpu_seconds();
  const yardstick::Run result = model(size);
  return {cpu_seconds() - began, result.work, result.result};
}

Outcome two_threads(int repetitions) {
  const fab::Simulation simulation(describe({}), {units(4830)});
  Outcome outcome;
  std::vector<double> ratios, ones, twos, effort;
  const auto once = [&](int threads, std::vector<double>& wall) {
    const auto result = experiment::replicate(simulation, 32, 1, threads, {});
    if (result.threads != threads) throw std::runtime_error("this machine does not give two threads");
    wall.push_back(result.wall_s);
    return result;
  };
  for (int i = 0; i < repetitions; ++i) {
    const auto one = once(1, ones), two = once(2, twos);
    ratios.push_back(one.wall_s / two.wall_s);
    effort.push_back(one.cpu_s / two.cpu_s);
    outcome.right = outcome.right && one.finished == two.finished;
  }
  outcome.figure = median(ratios);
  outcome.more = {{"wall_one_s", median(ones)}, {"wall_two_s", median(twos)}, {"cpu_one_over_two", median(effort)}};
  return outcome;
}

// Wall time of one thread over that of 1, 2, 4, ... and of all processors, in turns.
Outcome all_threads(int repetitions) {
  const fab::Simulation simulation(describe({}), {units(quick() ? 500 : 4830)});
  const int most = std::clamp(experiment::choose_threads(0), 1, 64);
  std::vector<int> counts;
  for (int n = 1; n < most; n *= 2) counts.push_back(n);
  counts.push_back(most);
  std::vector<std::vector<double>> wall(counts.size());
  Outcome outcome;
  for (int i = 0; i < repetitions; ++i)
    for (std::size_t c = 0; c < counts.size(); ++c)
      wall[c].push_back(experiment::replicate(simulation, std::max(32, 4 * most), 1, counts[c], {}).wall_s);
  outcome.axis = "threads";
  outcome.curves.push_back({"speed-up", {}});
  for (std::size_t c = 0; c < counts.size(); ++c) {
    outcome.curves[0].points.emplace_back(counts[c], median(wall[0]) / median(wall[c]));
    outcome.spread = std::max(outcome.spread, median(wall[c]) / *std::min_element(wall[c].begin(), wall[c].end()));
  }
  outcome.figure = outcome.curves[0].points.back().second;
  outcome.more = {{"threads", most}};
  return outcome;
}

} // namespace

std::vector<Benchmark> fab_benchmarks() {
  return {
      {"mm1_fab", "M/M/1 as a fab scenario through the whole engine, an event?", "ns/event", 0.2,
       [](int n) {
         const fab::Simulation simulation(describe({1, 1, 1, 0}), {units(500'000 / 0.9)});
         return compare({[&] { return run(simulation, 1, true); }, 8.5, 12},
                        {[] { return timed(yardstick::mm1, 500'000); }, 8.5, 12}, n);
       }},
      {"line_fab", "Re-entrant line of 100 tools and 200 steps through the whole engine, an event?", "ns/event", 0.35,
       [](int n) {
         const fab::Simulation simulation(describe({}), {units(4830)}); // about when the hand-written one ends
         return compare({[&] { return run(simulation, 1, true); }, 350, 460},
                        {[] { return timed(yardstick::line, 2000); }, 350, 460}, n);
       }},
      {"threads", "32 replications of the re-entrant line: two threads over one, wall time?", "ratio", 1.9,
       two_threads},
      {"threads_all", "32 replications of the re-entrant line: as many threads as processors over one, wall time?",
       "ratio", 0, all_threads},
  };
}

} // namespace bench
