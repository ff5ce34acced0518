// The workloads, written by hand.
#pragma once
#include <cstdint>

namespace yardstick {

struct Run {
  double work = 0;   // units of work done
  double result = 0; // for the check
};

// 4096 pending events: take the earliest, put it back an exponential time of mean 4096 later. Result: mean step of the
// clock, 1 in the long run; -1 where the clock went back.
[[nodiscard]] Run hold(std::uint32_t holds);
// Sum of exponential draws of mean 1. Result: their mean.
[[nodiscard]] Run draws(std::uint32_t count);
// M/M/1, load 0.9. Work: arrivals and departures. Result: mean time in system, exactly 10 in the long run.
[[nodiscard]] Run mm1(std::uint32_t customers);
// Re-entrant line: 20 stations of 5 machines, 200 steps, first come first served, exponential service of mean 1,
// Poisson starts at 90 % load, from empty until so many lots are out. Work: releases and finished steps. Result: mean
// cycle time (505.0 in the long run; far less from empty).
[[nodiscard]] Run line(std::uint32_t lots);
// Fab: 100 groups of 10 tools, two products of 500 steps (five permutations of the groups each), transport after every
// step (0.75 to 2.25), breakdowns that pause the step (up 200, repair 10, exponential), critical ratio, queue and busy
// times per group, 88 % of the available capacity, from empty until so many lots are out. Work: finished steps.
// Result: mean cycle time.
[[nodiscard]] Run fab(std::uint32_t lots);

} // namespace yardstick
