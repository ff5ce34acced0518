#include "threads.hpp"

#include "centresim/experiment/replicate.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace centresim::experiment {
namespace detail {
namespace {

namespace fs = std::filesystem;

// Two numbers that a control group keeps in one or two files; quota below 0 ("max", "-1") means none.
double ratio(double quota, double period) { return quota > 0 && period > 0 ? quota / period : 0; }

double quota_of_v2(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period)) return 0;
  return quota == "max" ? 0 : ratio(std::strtod(quota.c_str(), nullptr), period);
}

double quota_of_v1(const fs::path& folder) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us"), period_file(folder / "cpu.cfs_period_us");
  double quota = 0, period = 0;
  if (!(quota_file >> quota) || !(period_file >> period)) return 0;
  return ratio(quota, period);
}

// The least quota on the way from a group up to the root of its hierarchy; 0: none.
template <class Quota> double least_quota(const fs::path& mount, const fs::path& group, Quota quota_of) {
  double least = 0;
  for (fs::path path = group.relative_path();; path = path.parent_path()) {
    if (const double quota = quota_of(mount / path); quota > 0) least = least > 0 ? std::min(least, quota) : quota;
    if (path.empty()) return least;
  }
}

bool names_cpu(std::string_view controllers) {
  for (;;) {
    const std::size_t comma = controllers.find(',');
    if (controllers.substr(0, comma) == "cpu") return true;
    if (comma == std::string_view::npos) return false;
    controllers.remove_prefix(comma + 1);
  }
}

} // namespace

int quota_threads(const fs::path& root) {
  const fs::path mount = root / "sys/fs/cgroup";
  std::ifstream groups(root / "proc/self/cgroup"); // lines "number:controllers:path"
  double least = 0;
  for (std::string line; std::getline(groups, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1), path = line.substr(second + 1);
    double quota = 0;
    if (controllers.empty())
      quota = least_quota(mount, path, quota_of_v2);
    else if (names_cpu(controllers))
      quota =
          std::max(least_quota(mount / controllers, path, quota_of_v1), least_quota(mount / "cpu", path, quota_of_v1));
    if (quota > 0) least = least > 0 ? std::min(least, quota) : quota;
  }
  return static_cast<int>(std::min(std::ceil(least), static_cast<double>(kMaxThreads)));
}

int affinity_threads() {
#if defined(__linux__)
  for (int processors = 1024; processors <= 1024 * 1024; processors *= 4) { // until the mask of the kernel fits
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(processors));
    if (set == nullptr) break;
    const std::size_t size = CPU_ALLOC_SIZE(static_cast<std::size_t>(processors));
    const int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int processors() {
  const int quota = quota_threads("/");
  return quota > 0 ? std::min(quota, affinity_threads()) : affinity_threads();
}

int threads_from_environment(const char* name) {
  const char* text = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing here writes the environment
  if (text == nullptr) return 0;
  std::string_view rest = text;
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return error == std::errc{} && number > 0 ? number : 0;
}

} // namespace detail

int choose_threads(int asked) {
  int threads = asked;
  if (threads <= 0) threads = detail::threads_from_environment("OMP_NUM_THREADS");
  if (threads <= 0) threads = detail::threads_from_environment("SLURM_CPUS_PER_TASK");
  if (threads <= 0) threads = detail::processors();
  return std::clamp(threads, 1, kMaxThreads);
}

} // namespace centresim::experiment
