// The set of pending events: every thing that can have one pending event owns a slot; a tournament over the slots
// gives the earliest. Schedule, re-key and cancel are one walk from leaf to root without a branch to mispredict.
#pragma once
#include "centresim/core/time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>

namespace centresim::core {

// An event as one integer that sorts by tick, then class, then slot: 42 | 3 | 19 bits.
inline constexpr unsigned kEventSlotBits = 19, kEventClassBits = 3;
inline constexpr std::uint32_t kMaxEventSlots = std::uint32_t{1} << kEventSlotBits;

// `tick` within [0, kMaxTick], `event_class` below 8, `slot` below kMaxEventSlots (not checked).
[[nodiscard]] constexpr std::uint64_t event_key(Tick tick, unsigned event_class, std::uint32_t slot) {
  return static_cast<std::uint64_t>(tick) << (kEventSlotBits + kEventClassBits) |
         static_cast<std::uint64_t>(event_class) << kEventSlotBits | slot;
}
[[nodiscard]] constexpr Tick event_tick(std::uint64_t key) {
  return static_cast<Tick>(key >> (kEventSlotBits + kEventClassBits));
}
[[nodiscard]] constexpr unsigned event_class(std::uint64_t key) {
  return static_cast<unsigned>(key >> kEventSlotBits) & ((1u << kEventClassBits) - 1);
}
[[nodiscard]] constexpr std::uint32_t event_slot(std::uint64_t key) {
  return static_cast<std::uint32_t>(key) & (kMaxEventSlots - 1);
}

class WinnerTree {
 public:
  static constexpr std::uint64_t kEmpty = std::numeric_limits<std::uint64_t>::max();

  explicit WinnerTree(std::size_t slots)
      : size_(std::bit_ceil(slots < 2 ? std::size_t{2} : slots)), nodes_(make(size_)) {}

  // The key of a slot, kEmpty for none: schedules, re-keys or cancels. `slot` is below slots() (not checked).
  void set(std::size_t slot, std::uint64_t key) {
    std::uint64_t* const nodes = nodes_.get();
    std::size_t place = size_ + slot;
    if (key < nodes[place]) { // it walks only as far as it is the first
      for (; place > 0 && key < nodes[place]; place >>= 1) nodes[place] = key;
      return;
    }
    nodes[place] = key;
    while (place > 1) {
      const std::uint64_t other = nodes[place ^ 1];
      key = other < key ? other : key;
      place >>= 1;
      nodes[place] = key;
    }
  }

  [[nodiscard]] std::uint64_t top() const { return nodes_[1]; } // the least key, kEmpty where nothing is pending
  // Where to look for the next key after top(): it is one of these three times in four. kEmpty where there is none.
  [[nodiscard]] std::array<std::uint64_t, 2> soon() const {
    const std::uint64_t* const nodes = nodes_.get();
    const std::size_t half = nodes[2] < nodes[3] ? 2 : 3;
    return {nodes[half ^ 1], size_ > 2 ? std::max(nodes[2 * half], nodes[2 * half + 1]) : kEmpty};
  }
  [[nodiscard]] std::uint64_t at(std::size_t slot) const { return nodes_[size_ + slot]; }
  [[nodiscard]] std::size_t slots() const { return size_; }

  // Makes room for at least so many slots; what is pending stays.
  void grow(std::size_t slots) {
    if (slots <= size_) return;
    const std::size_t size = std::bit_ceil(slots);
    Nodes nodes = make(size);
    for (std::size_t i = 0; i < size_; ++i) nodes[size + i] = nodes_[size_ + i];
    for (std::size_t place = size - 1; place > 0; --place) {
      const std::uint64_t left = nodes[2 * place], right = nodes[2 * place + 1];
      nodes[place] = right < left ? right : left;
    }
    nodes_ = std::move(nodes);
    size_ = size;
  }

 private:
  struct Release {
    void operator()(std::uint64_t* nodes) const { ::operator delete(nodes, std::align_val_t{64}); }
  };
  using Nodes = std::unique_ptr<std::uint64_t[], Release>;

  // Node p holds the smaller key of nodes 2p and 2p + 1; the leaf of slot i is node size + i. Aligned, so that the last
  // three levels above a leaf share a cache line with their siblings.
  static Nodes make(std::size_t size) {
    auto* nodes = static_cast<std::uint64_t*>(::operator new(2 * size * sizeof(std::uint64_t), std::align_val_t{64}));
    for (std::size_t i = 0; i < 2 * size; ++i) nodes[i] = kEmpty;
    return Nodes(nodes);
  }

  std::size_t size_;
  Nodes nodes_;
};

} // namespace centresim::core
