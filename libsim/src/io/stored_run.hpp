// What a result keeps of the run that made it, so that a replication of it can be run or written again.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/experiment/dataset.hpp"

#include <cstdint>

namespace centresim::io::detail {

struct StoredRun {
  centre::Scenario scenario;
  std::uint64_t seed = 0;
};

// Throws InputError where the result has no such replication, std::runtime_error where it is none of centresim.
[[nodiscard]] StoredRun stored_run(const experiment::Tree& tree, std::int64_t replication);

} // namespace centresim::io::detail
