// How the time of a lot-step grows with the size of a fab, one axis at a time, at one load.
#include "lines.hpp"

#include <cstdlib>

namespace bench {
namespace {

using namespace centresim;

struct Grown {
  Line line;
  double time = 0; // simulated
};

constexpr double kSmall = 4830;

// Nanoseconds a lot-step of the grown line; `yardstick` are those of the small one.
Outcome growth(const Grown& base, const Grown& grown, int repetitions) {
  const double share = quick() ? 0.05 : 1;
  const fab::Simulation small(describe(base.line), {units(share * base.time)}),
      large(describe(grown.line), {units(share * grown.time)});
  const auto side = [](const fab::Simulation& simulation) {
    return Side{[&simulation] {
                  const Sample sample = run(simulation, 1, false);
                  return Sample{sample.seconds, sample.work, sample.work};
                },
                1, HUGE_VAL};
  };
  Outcome outcome = compare(side(large), side(small), repetitions);
  outcome.more = {{"growth", outcome.figure / outcome.yardstick}};
  return outcome;
}

Benchmark growth_of(const char* name, const char* question, const Grown& grown, const Grown& base = {{}, kSmall}) {
  return {name, question, "ns/lot-step", 0, [=](int repetitions) { return growth(base, grown, repetitions); }};
}

} // namespace

std::vector<Benchmark> growth_benchmarks() {
  const Grown near{{20, 5, 200, 1}, kSmall}; // 320 lots in process
  return {
      growth_of("scale_tools", "Ten times the tools (and lots): time of a lot-step over that of the small line?",
                {{200, 5, 200, 0}, 1500}),
      growth_of("scale_tools_100", "A hundred times the tools (and lots), ten products?", {{2000, 5, 200, 0}, 1000}),
      growth_of("scale_route", "Ten times the steps of a route (and lots): time of a lot-step over the small line's?",
                {{20, 5, 2000, 0}, 20'000}),
      growth_of("scale_route_100", "A hundred times the steps of a route (and lots)?", {{20, 5, 20'000, 0}, 100'000}),
      growth_of("scale_lots", "Ten times the lots, one after another: time of a lot-step over that of the short run?",
                {{}, 10 * kSmall}),
      growth_of("scale_lots_100", "A hundred times the lots, one after another?", {{}, 100 * kSmall}),
      growth_of("scale_wip", "Ten times the lots in process, in transport: time of a lot-step over that of the line?",
                {{20, 5, 200, 33}, 20'000}, near),
      growth_of("scale_wip_100", "A hundred times the lots in process, in transport?", {{20, 5, 200, 351}, 100'000},
                near),
  };
}

} // namespace bench
