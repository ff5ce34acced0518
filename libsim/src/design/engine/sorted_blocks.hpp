// A sorted sequence in blocks: cheap at both ends and in the middle, and walked like an array.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace centresim::design {

// T is trivially copyable and totally ordered by `<`; no two elements are equal.
template <class T, std::size_t Size = 64> class SortedBlocks {
 public:
  struct Place {
    std::uint32_t block = 0, index = 0; // into the block's items
    bool operator==(const Place&) const = default;
  };

  SortedBlocks() = default;
  SortedBlocks(const SortedBlocks& other) : last_(other.last_), size_(other.size_) {
    for (const auto& block : other.blocks_) blocks_.push_back(std::make_unique<Block>(*block));
  }
  SortedBlocks& operator=(const SortedBlocks&) = delete;
  SortedBlocks(SortedBlocks&&) noexcept = default;
  SortedBlocks& operator=(SortedBlocks&&) noexcept = default;
  ~SortedBlocks() = default;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const T& front() const { return blocks_.front()->items[blocks_.front()->begin]; }
  [[nodiscard]] const T& back() const { return blocks_.back()->items[blocks_.back()->end - 1]; }

  [[nodiscard]] Place begin() const { return {0, blocks_.empty() ? 0 : blocks_.front()->begin}; }
  [[nodiscard]] bool at_end(Place p) const { return p.block >= blocks_.size(); }
  [[nodiscard]] const T& at(Place p) const { return blocks_[p.block]->items[p.index]; }
  [[nodiscard]] Place after(Place p) const {
    if (++p.index < blocks_[p.block]->end) return p;
    p.block++;
    p.index = p.block < blocks_.size() ? blocks_[p.block]->begin : 0;
    return p;
  }
  // The first element from `p` on that `wanted` accepts, among as many as `most`, which is lowered by those passed
  // over.
  template <class Wanted> [[nodiscard]] Place find(Place p, Wanted wanted, std::int64_t& most) const {
    while (p.block < blocks_.size()) {
      const Block& block = *blocks_[p.block];
      const T* const first = block.items.data() + p.index;
      const T* const last = first + std::min(most, static_cast<std::int64_t>(block.end - p.index));
      const T* at = first;
      while (at != last && !wanted(*at)) ++at;
      most -= at - first;
      p.index += static_cast<std::uint32_t>(at - first);
      if (at != last || most == 0) return p;
      p.block++;
      p.index = p.block < blocks_.size() ? blocks_[p.block]->begin : 0;
    }
    return p;
  }
  // The first element that is not less than `x`.
  [[nodiscard]] Place lower_bound(const T& x) const {
    const auto b = static_cast<std::uint32_t>(first_not_less(last_.data(), last_.size(), x) - last_.data());
    if (b == last_.size()) return {b, 0};
    const Block& block = *blocks_[b];
    const T* at = first_not_less(block.items.data() + block.begin, block.end - block.begin, x);
    return {b, static_cast<std::uint32_t>(at - block.items.data())};
  }

  void insert(const T& x) {
    size_++;
    if (blocks_.empty() || last_.back() < x) return append(x);
    const auto b = static_cast<std::size_t>(first_not_less(last_.data(), last_.size(), x) - last_.data());
    Block* block = blocks_[b].get();
    if (block->end - block->begin == Size) {
      split(b);
      return insert_into(last_[b] < x ? b + 1 : b, x);
    }
    insert_into(b, x);
  }

  // The element after the erased one.
  Place erase(Place p) {
    size_--;
    Block& block = *blocks_[p.block];
    T* const items = block.items.data();
    const bool was_last = p.index + 1 == block.end;
    if (p.index - block.begin < block.end - 1 - p.index) {
      std::copy_backward(items + block.begin, items + p.index, items + p.index + 1);
      block.begin++;
      p.index++;
    } else {
      std::copy(items + p.index + 1, items + block.end, items + p.index);
      block.end--;
    }
    if (block.begin == block.end) {
      spare_ = std::move(blocks_[p.block]);
      if (p.block + 1 == blocks_.size()) { // most often the only one
        blocks_.pop_back();
        last_.pop_back();
        return {p.block, 0};
      }
      blocks_.erase(blocks_.begin() + p.block);
      last_.erase(last_.begin() + p.block);
      return {p.block, p.block < blocks_.size() ? blocks_[p.block]->begin : 0};
    }
    if (was_last) {
      last_[p.block] = items[block.end - 1];
      p.block++;
      p.index = p.block < blocks_.size() ? blocks_[p.block]->begin : 0;
    }
    return p;
  }
  void remove(const T& x) { erase(lower_bound(x)); } // which is there
  void pop_front() {
    Block& block = *blocks_.front();
    if (block.end - block.begin == 1) {
      erase(begin());
      return;
    }
    block.begin++;
    size_--;
  }
  void shrink() { spare_.reset(); } // gives back what it keeps for later

 private:
  struct Block {
    std::uint32_t begin = 0, end = 0;
    std::array<T, Size> items;
  };

  // Without a branch on the outcome of a comparison, which nobody can foresee.
  static const T* first_not_less(const T* at, std::size_t n, const T& x) {
    if (n == 0) return at;
    while (n > 1) {
      const std::size_t half = n / 2;
      at += static_cast<std::size_t>(at[half - 1] < x) * half;
      n -= half;
    }
    return at + static_cast<std::size_t>(*at < x);
  }

  std::unique_ptr<Block> new_block() {
    if (!spare_) return std::make_unique<Block>();
    spare_->begin = spare_->end = 0;
    return std::move(spare_);
  }
  void append(const T& x) {
    if (blocks_.empty() || blocks_.back()->end == Size) {
      blocks_.push_back(new_block());
      last_.push_back(x);
    }
    Block& block = *blocks_.back();
    block.items[block.end++] = x;
    last_.back() = x;
  }
  void split(std::size_t b) {
    std::unique_ptr<Block> upper = new_block();
    Block& lower = *blocks_[b];
    const std::uint32_t middle = lower.begin + (lower.end - lower.begin) / 2;
    upper->end = lower.end - middle;
    std::copy(lower.items.data() + middle, lower.items.data() + lower.end, upper->items.data());
    lower.end = middle;
    const auto at = static_cast<std::ptrdiff_t>(b);
    blocks_.insert(blocks_.begin() + at + 1, std::move(upper));
    last_.insert(last_.begin() + at, lower.items[middle - 1]);
  }
  void insert_into(std::size_t b, const T& x) {
    Block& block = *blocks_[b];
    T* const items = block.items.data();
    T* const at = items + (first_not_less(items + block.begin, block.end - block.begin, x) - items);
    const bool left = block.begin > 0 && (block.end == Size || at - (items + block.begin) < items + block.end - at);
    if (left) {
      std::copy(items + block.begin, at, items + block.begin - 1);
      block.begin--;
      *(at - 1) = x;
    } else {
      std::copy_backward(at, items + block.end, items + block.end + 1);
      block.end++;
      *at = x;
    }
    last_[b] = items[block.end - 1];
  }

  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<T> last_; // of each block
  std::unique_ptr<Block> spare_;
  std::size_t size_ = 0;
};

} // namespace centresim::design
