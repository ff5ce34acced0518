// Runs many scenarios with the same replications and seed.
#pragma once
#include "centresim/centre/run.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace centresim::centre {

struct PointFailure {
  std::int64_t point = 0;
  std::string reason;
  bool model = false; // ModelError, else InputError
};
struct PointsJob {
  std::int64_t points = 0;
  // Called once a point, on any thread, never two at a time. `scenario`: nothing where the point needs no run.
  std::function<std::optional<Scenario>(std::int64_t point)> scenario;
  std::function<void(std::int64_t point, Result&& result)> done; // all replications are there
  // Asked before a point begins, if there is one: no further point begins where it says no, those begun are finished.
  std::function<bool()> more;
  // Told of a point that cannot be finished, if there is one; never at the same time as the others.
  std::function<void(std::int64_t point, const PointFailure& failure)> failed;
};
struct PointsDone {
  std::int64_t run = 0, skipped = 0;
  bool interrupted = false;           // points that had not finished are lost, the others are not
  std::vector<PointFailure> failures; // by point; the other points are run all the same
};

// Points one after another with all threads on the replications of one, or where these are few, as many points at a
// time as there are threads. The results do not depend on it. The monitor counts replications of all points. Throws
// what `scenario` and `done` throw (a full disk), and InputError for options out of range.
[[nodiscard]] PointsDone run_points(const PointsJob& job, const RunOptions& options);

} // namespace centresim::centre
