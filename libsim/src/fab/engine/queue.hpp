// The lots that wait for a tool group, sorted by the part of their rank that is fixed at arrival.
#pragma once
#include "centresim/fab/model.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace centresim::fab {

inline constexpr std::size_t kStaticRanks = 5;

struct Waiting {
  std::array<std::int64_t, kStaticRanks> key{}; // smaller first
  std::uint32_t lot = 0, serial = 0, step = 0, setup = kNone;
  std::uint32_t dedicated = kNone; // the only tool that may take it
  std::uint32_t batch_key = 0;
};

class Queue {
 public:
  [[nodiscard]] bool empty() const { return head_ == items_.size(); }
  [[nodiscard]] std::size_t size() const { return items_.size() - head_; }
  [[nodiscard]] const Waiting& operator[](std::size_t i) const { return items_[head_ + i]; }

  void insert(const Waiting& w, std::size_t ranks) {
    std::size_t i = items_.size();
    while (i > head_ && before(w, items_[i - 1], ranks)) i--; // most lots join at the end
    items_.insert(items_.begin() + static_cast<std::ptrdiff_t>(i), w);
  }
  // Where one that waits here stands.
  [[nodiscard]] std::size_t place(const Waiting& w, std::size_t ranks) const {
    const auto first = items_.begin() + static_cast<std::ptrdiff_t>(head_);
    return static_cast<std::size_t>(
        std::lower_bound(first, items_.end(), w,
                         [&](const Waiting& a, const Waiting& b) { return before(a, b, ranks); }) -
        first);
  }
  // Whichever side is shorter closes the gap.
  void erase(std::size_t i) {
    const auto first = items_.begin() + static_cast<std::ptrdiff_t>(head_), at = first + static_cast<std::ptrdiff_t>(i);
    if (i > size() / 2) {
      items_.erase(at);
      return;
    }
    std::move_backward(first, at, at + 1);
    if (++head_ == items_.size()) {
      items_.clear();
      head_ = 0;
    } else if (head_ >= 64 && head_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

 private:
  static bool before(const Waiting& a, const Waiting& b, std::size_t ranks) {
    for (std::size_t k = 0; k < ranks; k++)
      if (a.key[k] != b.key[k]) return a.key[k] < b.key[k];
    return a.serial < b.serial;
  }
  std::vector<Waiting> items_;
  std::size_t head_ = 0;
};

} // namespace centresim::fab
