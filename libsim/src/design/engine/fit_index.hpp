// Open nodes by free cores, within these by free memory, then number: the order of best fit.
#pragma once
#include "sorted_blocks.hpp"

#include <bit>
#include <cstdint>
#include <vector>

namespace centresim::design {

class FitIndex {
 public:
  // Memory beyond this (4.4 PB) counts as this much, and so does memory without a limit.
  static constexpr std::int64_t kMostMemory = (std::int64_t{1} << 42) - 1;
  static constexpr std::uint32_t kMostNodes = std::uint32_t{1} << 22;
  static constexpr std::int64_t kMostCores = 4096; // of a node; there are better ways to keep larger ones

  explicit FitIndex(std::int64_t most_cores)
      : by_cores_(static_cast<std::size_t>(most_cores + 1)), some_((by_cores_.size() + 63) / 64) {}

  void insert(std::int64_t cores, std::int64_t memory, std::uint32_t node) {
    const auto c = static_cast<std::size_t>(cores);
    by_cores_[c].insert(key(memory, node));
    some_[c / 64] |= std::uint64_t{1} << (c % 64);
  }
  void remove(std::int64_t cores, std::int64_t memory, std::uint32_t node) {
    const auto c = static_cast<std::size_t>(cores);
    by_cores_[c].remove(key(memory, node));
    if (by_cores_[c].empty()) some_[c / 64] &= ~(std::uint64_t{1} << (c % 64));
  }

  // The first node with so many cores and so much memory that `takes` accepts; `none` where there is none.
  template <class Takes>
  [[nodiscard]] std::uint32_t find(std::int64_t cores, std::int64_t memory, Takes takes, std::uint32_t none) const {
    for (std::size_t c = next(static_cast<std::size_t>(cores)); c < by_cores_.size(); c = next(c + 1)) {
      const auto& nodes = by_cores_[c];
      for (auto at = nodes.lower_bound(key(memory, 0)); !nodes.at_end(at); at = nodes.after(at))
        if (const auto node = static_cast<std::uint32_t>(nodes.at(at) & (kMostNodes - 1)); takes(node)) return node;
    }
    return none;
  }

  [[nodiscard]] std::int64_t most_cores() const {
    for (std::size_t w = some_.size(); w-- > 0;)
      if (some_[w] != 0) return static_cast<std::int64_t>(w * 64 + 63) - std::countl_zero(some_[w]);
    return 0;
  }

 private:
  static std::uint64_t key(std::int64_t memory, std::uint32_t node) {
    return static_cast<std::uint64_t>(memory < kMostMemory ? memory : kMostMemory) << 22 | node;
  }
  // The first count from `c` on with nodes.
  [[nodiscard]] std::size_t next(std::size_t c) const {
    std::size_t w = c / 64;
    if (w >= some_.size()) return by_cores_.size();
    std::uint64_t word = some_[w] & (~std::uint64_t{0} << (c % 64));
    while (word == 0) {
      if (++w == some_.size()) return by_cores_.size();
      word = some_[w];
    }
    return w * 64 + static_cast<std::size_t>(std::countr_zero(word));
  }

  std::vector<SortedBlocks<std::uint64_t>> by_cores_;
  std::vector<std::uint64_t> some_; // a bit for every count that has nodes
};

} // namespace centresim::design
