// Offered load in closed form: how much of the farm and of each feature the streams ask for, without simulating.
#pragma once
#include "centresim/design/values.hpp"

#include <string>
#include <vector>

namespace centresim::design {

struct OfferedLoad {
  std::string what;    // "cores", or the name of a feature
  double capacity = 0; // cores or tokens
  double offered = 0;  // mean number in use if nothing had to wait
  [[nodiscard]] double share() const { return offered / capacity; }
};

// Cores first, then the features by name. Streams alone: listed jobs and traces end. Run times are taken before run_max
// cuts them, at speed 1, so that with run_max the figures are upper bounds. Users outside the scheduler are left out.
// Mean over the time to the horizon: a stream counts from its start to its end.
[[nodiscard]] std::vector<OfferedLoad> offered_load(const Floor& floor, core::Tick horizon);

} // namespace centresim::design
