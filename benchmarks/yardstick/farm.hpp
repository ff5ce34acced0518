// A compute farm, written by hand.
#pragma once
#include <cstdint>
#include <vector>

namespace yardstick {

struct FarmJob {
  double submit = 0, run = 0; // s
  std::int32_t cores = 1;
  std::uint32_t pool = 0;
  double memory = 0; // GB
};

inline constexpr std::uint32_t kHosts = 1000, kCoresOfHost = 16, kPools = 8;
inline constexpr double kMemoryOfHost = 256; // GB
inline constexpr std::int32_t kTokens[kPools] = {4000, 3000, 3000, 2000, 2000, 1500, 800, 16000};

// `count` jobs, 30 a second: run times lognormal (median 60 s, sigma 2, cut at 1 s and three days), 95 % on one core
// and the rest on four, memory lognormal (median 2 GB, sigma 0.4), one token of a pool drawn evenly.
[[nodiscard]] std::vector<FarmJob> farm_jobs(std::uint32_t count);

// First come, first served within each pool: the head of a pool's queue needs a token and a host with the cores and the
// memory, one with the fewest free cores among a handful that are looked at. Mean wait, s.
[[nodiscard]] double farm_by_pool(const std::vector<FarmJob>& jobs);

} // namespace yardstick
