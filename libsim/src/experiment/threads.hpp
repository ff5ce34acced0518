// How many processors this process may use. The files of the system are read below `root`, so that tests can write
// them.
#pragma once
#include <filesystem>

namespace centresim::experiment::detail {

// Processors granted by the quota of the control group (version 1 or 2) and its parents, rounded up; 0: no quota.
[[nodiscard]] int quota_threads(const std::filesystem::path& root);
// Processors in the affinity mask of this process, at least 1.
[[nodiscard]] int affinity_threads();
// What the two leave to this process, at least 1.
[[nodiscard]] int processors();
// The first number of an environment variable such as "4" or "4,2"; 0 where it is unset or makes no sense.
[[nodiscard]] int threads_from_environment(const char* name);

} // namespace centresim::experiment::detail
