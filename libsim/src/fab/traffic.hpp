// What releases send along the routes, and the tool time their lots ask for: shared by the bounds of static_load and
// the twin.
#pragma once
#include "centresim/fab/values.hpp"

#include <functional>
#include <vector>

namespace centresim::fab {

// Lots of one stream along its product's route.
struct Traffic {
  const Product* product = nullptr;
  const Release* release = nullptr;
  double lots = 0;       // per tick
  double wafers = 0;     // mean of a lot
  double max_wafers = 0; // of a lot; for how many lots a smallest batch takes
};

// How much of the time until the horizon a stream releases. A stream without end counts whole however late it begins
// (what comes to stay), but 0 where that is after the horizon. Without a horizon: all of it.
[[nodiscard]] double share_of(const Release& release, const Fab& fab, core::Tick horizon);
// Tick of the last release, where the stream has one.
[[nodiscard]] double last_release(const Release& release, double load_factor);
// Lots per tick, until the last release.
[[nodiscard]] double release_rate(const Release& release, double load_factor);
// `share`: how much of the observed time a stream releases, 0 to leave it out.
[[nodiscard]] std::vector<Traffic> traffic(const Fab& fab, const std::function<double(const Release&)>& share);

// Tool time that the lots of a step need: low and high as in GroupLoad. Ticks per lot.
struct Need {
  double fixed = 0, wafer = 0;  // high, of a lot alone: a + b n
  double first = 0, second = 0; // cascading: time in the first and in the second position, per unit
  double overhead = 0;          // load + unload
  bool cascades = false, batch = false;
  double batch_max = 1, batch_min = 1, wait = 0;
  bool bounded = false; // a batch waits no longer than `wait`
  bool per_wafer = false;
  [[nodiscard]] double alone(double wafers) const { return fixed + wafer * wafers; }
  [[nodiscard]] double low(double wafers) const;
};
[[nodiscard]] Need need_of(const ToolGroup& group, const Step& step);

} // namespace centresim::fab
