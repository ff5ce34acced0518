// Replications of any model, in parallel: the only place with threads.
#pragma once
#include "centresim/core/monitor.hpp"

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace centresim::experiment {

// Something that can be run with a seed. One object serves all threads at the same time. No observations: the run was
// abandoned because the pulse said so.
template <class M>
concept Model = requires(const M& model, std::uint64_t seed, std::uint64_t replication, core::Pulse& pulse) {
  typename M::Observations;
  { model.run(seed, replication, pulse) } -> std::same_as<std::optional<typename M::Observations>>;
};

// How many threads to use. `asked` where positive, else OMP_NUM_THREADS, else SLURM_CPUS_PER_TASK, else the processors
// this process may use, limited by the processor quota of its control group. At least 1, at most kMaxThreads.
[[nodiscard]] int choose_threads(int asked);
inline constexpr int kMaxThreads = 1024;

struct Effort {
  double cpu_s = 0;  // thread CPU time within the model, all replications
  double wall_s = 0; // from start to end
  int threads = 0;   // that took part
};

// Runs body(i, pulse) for i in [0, n), next index first come first served, on choose_threads(threads) threads, but no
// more than four a processor at hand (eight where that is fewer). A body that returns false was abandoned. The monitor
// is called on the calling thread only, at most every 50 ms, also while that thread works on a body or waits for the
// others, and once at the end. Where it answers `stop`, or where anything throws, no body is begun any more and every
// pulse says stop. Rethrows the exception of the monitor, else that of the lowest index. Throws std::invalid_argument
// where n is below 1 or above kMaxReplications.
Effort run_in_parallel(std::int64_t n, int threads, const core::Monitor& monitor,
                       const std::function<bool(std::int64_t, core::Pulse&)>& body);
inline constexpr std::int64_t kMaxReplications = 10'000'000;

template <Model M> struct Replications {
  std::vector<typename M::Observations> finished; // of the first ones, the longest prefix without a gap
  bool interrupted = false;                       // fewer than asked for
  double cpu_s = 0, wall_s = 0;
  int threads = 0;
};

// n replications of a model, from number `first` on. The observations do not depend on the number of threads.
template <Model M> [[nodiscard]] Replications<M> replicate(const M& model, std::int64_t n, std::uint64_t seed,
                                                           int threads, const core::Monitor& monitor,
                                                           std::int64_t first = 0) {
  std::vector<std::optional<typename M::Observations>> slots;
  if (n > 0 && n <= kMaxReplications) slots.resize(static_cast<std::size_t>(n));
  const Effort effort = run_in_parallel(n, threads, monitor, [&](std::int64_t i, core::Pulse& pulse) {
    auto& slot = slots[static_cast<std::size_t>(i)];
    slot = model.run(seed, static_cast<std::uint64_t>(first + i), pulse);
    return slot.has_value();
  });
  Replications<M> result{{}, false, effort.cpu_s, effort.wall_s, effort.threads};
  for (auto& slot : slots) {
    if (!slot) {
      result.interrupted = true;
      break;
    }
    result.finished.push_back(std::move(*slot));
    slot.reset();
  }
  return result;
}

} // namespace centresim::experiment
