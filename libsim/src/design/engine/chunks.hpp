// An array that grows without moving what it holds.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace centresim::design {

template <class T, unsigned Bits = 10> class Chunks {
 public:
  [[nodiscard]] T& operator[](std::size_t i) { return chunks_[i >> Bits][i & kMask]; }
  [[nodiscard]] const T& operator[](std::size_t i) const { return chunks_[i >> Bits][i & kMask]; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void emplace_back() {
    if (size_ == chunks_.size() << Bits) chunks_.push_back(std::make_unique<T[]>(std::size_t{1} << Bits));
    size_++;
  }

 private:
  static constexpr std::size_t kMask = (std::size_t{1} << Bits) - 1;
  std::vector<std::unique_ptr<T[]>> chunks_;
  std::size_t size_ = 0;
};

} // namespace centresim::design
