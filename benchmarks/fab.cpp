// Small fabs through the whole engine against hand-written code, and how the engine scales.
#include "centresim/experiment/replicate.hpp"
#include "centresim/fab/engine.hpp"
#include "harness.hpp"
#include "yardstick/models.hpp"

#include <cmath>
#include <stdexcept>

namespace bench {
namespace {

using namespace centresim;
using core::LawKind;

constexpr double kUnit = 60'000; // ticks of one unit of time of the hand-written models

fab::Distribution exponential(double mean) {
  return {LawKind::exponential, common::Dimension::time, {mean * kUnit}, {}};
}

// `stations` stations of `machines` machines, one route of `steps` steps, step k at station k mod stations; exponential
// times of mean 1, starts at 90 % load.
fab::Fab line(int stations, int machines, int steps) {
  fab::Fab line;
  fab::Route route{"route", {}};
  const auto name = [](const char* what, int i) { return what + std::to_string(1'000'000 + i); };
  for (int i = 0; i < stations; ++i) {
    fab::ToolGroup group;
    group.name = name("station", i);
    group.tools = machines;
    group.rank = {fab::Rank::fifo};
    line.tool_groups.push_back(std::move(group));
  }
  for (int k = 0; k < steps; ++k) {
    fab::Step step;
    step.name = name("step", k);
    step.tool_group = name("station", k % stations);
    step.time = exponential(1);
    route.steps.push_back(std::move(step));
  }
  line.routes.push_back(std::move(route));
  line.products.push_back({"product", "route", ""});
  fab::Release release;
  release.product = "product";
  release.every = exponential(steps / (0.9 * stations * machines));
  line.releases.push_back(std::move(release));
  return line;
}

core::Tick units(double count) { return std::llround(count * kUnit); }

// CPU time of one replication; the work and the mean cycle time of the lots finished.
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

Sample timed(yardstick::Run (*model)(std::uint32_t), std::uint32_t size) {
  const double began = cpu_seconds();
  const yardstick::Run result = model(size);
  return {cpu_seconds() - began, result.work, result.result};
}

// Nanoseconds a lot-step of the second line over the first.
Outcome scale(const fab::Fab& small, double small_time, const fab::Fab& large, double large_time, int repetitions) {
  const fab::Simulation one(small, {units(small_time)}), ten(large, {units(large_time)});
  const Side base{[&] { return run(one, 1, false); }, 0, HUGE_VAL},
      grown{[&] { return run(ten, 1, false); }, 0, HUGE_VAL};
  Outcome outcome = compare(grown, base, repetitions);
  outcome.more.emplace_back("growth", outcome.figure / outcome.yardstick);
  return outcome;
}

Outcome two_threads(int repetitions) {
  const fab::Simulation simulation(line(20, 5, 200), {units(4830)});
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

} // namespace

std::vector<Benchmark> fab_benchmarks() {
  return {
      {"mm1_fab", "M/M/1 as a fab scenario through the whole engine, an event?", "ns/event", 0.12,
       [](int n) {
         const fab::Simulation simulation(line(1, 1, 1), {units(500'000 / 0.9)});
         return compare({[&] { return run(simulation, 1, true); }, 8.5, 12},
                        {[] { return timed(yardstick::mm1, 500'000); }, 8.5, 12}, n);
       }},
      {"line_fab", "Re-entrant line of 100 tools and 200 steps through the whole engine, an event?", "ns/event", 0.2,
       [](int n) {
         const fab::Simulation simulation(line(20, 5, 200), {units(4830)}); // about when the hand-written one ends
         return compare({[&] { return run(simulation, 1, true); }, 350, 460},
                        {[] { return timed(yardstick::line, 2000); }, 350, 460}, n);
       }},
      {"threads", "32 replications of the re-entrant line: two threads over one, wall time?", "ratio", 1.8,
       two_threads},
      {"scale_tools",
       "Ten times the tools (and lots) at the same load: time of a lot-step over that of the small line?",
       "ns/lot-step", 0, [](int n) { return scale(line(20, 5, 200), 4830, line(200, 5, 200), 1500, n); }},
      {"scale_route", "Ten times the route length at the same load: time of a lot-step over that of the small line?",
       "ns/lot-step", 0, [](int n) { return scale(line(20, 5, 200), 4830, line(20, 5, 2000), 20000, n); }},
      {"scale_lots", "Ten times the lots through the same line: time of a lot-step over that of the short run?",
       "ns/lot-step", 0, [](int n) { return scale(line(20, 5, 200), 4830, line(20, 5, 200), 48300, n); }},
  };
}

} // namespace bench
