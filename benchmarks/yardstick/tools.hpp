// The parts of hand-written simulators: a generator, a law, an event set. As fast as we know how, made for one model
// each, with doubles for time and one stream for everything: none of what a product must do beside.
#pragma once
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace yardstick {

// xoshiro256++ (Blackman, Vigna 2019), seeded by SplitMix64.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) {
    for (auto& word : s_) {
      seed += 0x9e3779b97f4a7c15u;
      std::uint64_t z = (seed ^ (seed >> 30)) * 0xbf58476d1ce4e5b9u;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
      word = z ^ (z >> 31);
    }
  }
  std::uint64_t bits() {
    const std::uint64_t result = std::rotl(s_[0] + s_[3], 23) + s_[0], t = s_[1] << 17;
    s_[2] ^= s_[0];
    s_[3] ^= s_[1];
    s_[1] ^= s_[2];
    s_[0] ^= s_[3];
    s_[2] ^= t;
    s_[3] = std::rotl(s_[3], 45);
    return result;
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double exponential(); // mean 1

 private:
  std::array<std::uint64_t, 4> s_{};
};

// The exponential density under a staircase of 256 boxes of equal area (Marsaglia, Tsang 2000). Box 0 is the base with
// the tail beyond kEdge; box i reaches from 0 to edge[i] and lies wholly under the curve up to edge[i + 1].
struct Staircase {
  static constexpr double kEdge = 7.69711747013104972, kArea = 0.0039496598225815571993;
  std::array<double, 257> edge{}, height{};
  Staircase() {
    edge[0] = kArea / std::exp(-kEdge);
    edge[1] = kEdge;
    height[0] = 0;
    height[1] = std::exp(-kEdge);
    for (std::size_t i = 2; i < 257; ++i) {
      height[i] = height[i - 1] + kArea / edge[i - 1];
      edge[i] = i < 256 ? -std::log(height[i]) : 0;
    }
  }
};
inline const Staircase kStaircase;

inline double Generator::exponential() {
  for (;;) {
    const std::uint64_t word = bits();
    const std::size_t box = word & 255;
    const double x = static_cast<double>(word >> 11) * 0x1p-53 * kStaircase.edge[box];
    if (x < kStaircase.edge[box + 1]) [[likely]]
      return x;
    if (box == 0) return Staircase::kEdge - std::log(1 - uniform());
    const double y = kStaircase.height[box] + uniform() * (kStaircase.height[box + 1] - kStaircase.height[box]);
    if (y < std::exp(-x)) return x;
  }
}

// A tournament over slots; a key is 44 bits of time in units of 2^-20 and 20 bits of slot.
class Tournament {
 public:
  explicit Tournament(std::size_t slots) : size_(std::bit_ceil(slots)), node_(2 * size_, ~std::uint64_t{0}) {}
  void put(std::size_t slot, double time) { write(slot, static_cast<std::uint64_t>(time * 0x1p20) << 20 | slot); }
  void clear(std::size_t slot) { write(slot, ~std::uint64_t{0}); }
  [[nodiscard]] double time() const { return static_cast<double>(node_[1] >> 20) * 0x1p-20; }
  [[nodiscard]] std::uint32_t slot() const { return static_cast<std::uint32_t>(node_[1] & 0xfffff); }

 private:
  void write(std::size_t slot, std::uint64_t key) {
    std::uint64_t* const node = node_.data();
    std::size_t at = size_ + slot;
    for (node[at] = key; at > 1; node[at] = key) {
      const std::uint64_t rival = node[at ^ 1];
      key = rival < key ? rival : key;
      at /= 2;
    }
  }
  std::size_t size_;
  std::vector<std::uint64_t> node_;
};

} // namespace yardstick
