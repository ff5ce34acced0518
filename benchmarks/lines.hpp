// Exponential lines of any size, described as a user would describe them.
#pragma once
#include "centresim/fab/engine.hpp"
#include "harness.hpp"

#include <cmath>
#include <cstdint>

namespace bench {

inline constexpr double kUnit = 60'000; // ticks of one unit of time of the hand-written models

struct Line {
  int stations = 20, machines = 5, steps = 200;
  double transport = 0; // mean time between two steps, exponential; 0: none
};

// Steps of mean 1 at stations in turn, starts at 90 % load. A line of more stations than steps has several products, so
// that every station is visited.
[[nodiscard]] centresim::fab::Fab describe(const Line& line);

[[nodiscard]] inline centresim::core::Tick units(double count) { return std::llround(count * kUnit); }

// CPU time of one replication; lot-steps, releases too where asked; the mean cycle time of the lots finished.
[[nodiscard]] Sample run(const centresim::fab::Simulation& simulation, std::uint64_t seed, bool count_releases);

} // namespace bench
