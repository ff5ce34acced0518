// The replications of a run, in rounds where it goes on until its means are precise. Private to the room.
#pragma once
#include "simulation.hpp"

#include "centresim/centre/run.hpp"

namespace centresim::centre {

struct Rounds {
  Rooms rooms; // of the replications that the result rests on
  bool interrupted = false, precise = false;
  double cpu_s = 0, wall_s = 0;
  int threads = 0;
};

// Throws ModelError where the model cannot go on in a replication that the result would rest on.
[[nodiscard]] Rounds run_rounds(const Simulation& simulation, const RunOptions& options);

} // namespace centresim::centre
