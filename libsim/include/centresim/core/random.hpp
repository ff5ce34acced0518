// Random numbers as a function, not a state: a draw depends on the seed, the replication, whose it is, what it is for
// and its number, and on nothing that ran before. Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers:
// as easy as 1, 2, 3", SC 2011.
#pragma once
#include "centresim/core/platform.hpp"
#include "centresim/core/purpose.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::core {

// The key of all streams of one replication.
struct StreamKey {
  std::uint32_t k0 = 0, k1 = 0;
  bool operator==(const StreamKey&) const = default;
};

// A well-mixed 64-bit function of two numbers; for a given `a` different `b` give different results.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const auto scramble = [](std::uint64_t z) { // the finaliser of SplitMix64
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  };
  return scramble(scramble(a + 0x9e3779b97f4a7c15u) ^ (b * 0xd6e8feb86659fd93u + 0x2545f4914f6cdd1du));
}

[[nodiscard]] constexpr StreamKey stream_key(std::uint64_t seed, std::uint64_t replication) {
  const std::uint64_t word = mix(seed, replication);
  return {static_cast<std::uint32_t>(word), static_cast<std::uint32_t>(word >> 32)};
}

// A 64-bit identity of a name, the same on every machine and in every version.
[[nodiscard]] std::uint64_t name_identity(std::string_view name);

// The identities of different names, made different by a fixed rule where two hashes agree. The result does not depend
// on the order of the names. Equal names get equal identities.
[[nodiscard]] std::vector<std::uint64_t> name_identities(std::span<const std::string> names);

namespace detail {

template <class Word> struct PhiloxWord;
template <> struct PhiloxWord<std::uint32_t> {
  using Wide = std::uint64_t;
  static constexpr std::uint32_t kMul0 = 0xd2511f53u, kMul1 = 0xcd9e8d57u, kAdd0 = 0x9e3779b9u, kAdd1 = 0xbb67ae85u;
};
template <> struct PhiloxWord<std::uint64_t> { // checks the rounds against NumPy; not used in results
  __extension__ using Wide = unsigned __int128;
  static constexpr std::uint64_t kMul0 = 0xd2e7470ee14c6c93u, kMul1 = 0xca5a826395121157u, kAdd0 = 0x9e3779b97f4a7c15u,
                                 kAdd1 = 0xbb67ae8584caa73bu;
};

template <class Word>
CENTRESIM_INLINE constexpr std::array<Word, 4> philox10(std::array<Word, 4> counter, std::array<Word, 2> key) {
  using Constants = PhiloxWord<Word>;
  using Wide = typename Constants::Wide;
  constexpr int bits = 8 * sizeof(Word);
  for (int round = 0; round < 10; ++round) {
    const Wide a = static_cast<Wide>(Constants::kMul0) * counter[0];
    const Wide b = static_cast<Wide>(Constants::kMul1) * counter[2];
    counter = {static_cast<Word>(static_cast<Word>(b >> bits) ^ counter[1] ^ key[0]), static_cast<Word>(b),
               static_cast<Word>(static_cast<Word>(a >> bits) ^ counter[3] ^ key[1]), static_cast<Word>(a)};
    key[0] = static_cast<Word>(key[0] + Constants::kAdd0);
    key[1] = static_cast<Word>(key[1] + Constants::kAdd1);
  }
  return counter;
}

CENTRESIM_INLINE constexpr std::array<std::uint32_t, 4> counter_of(std::uint64_t owner, Purpose purpose,
                                                                   std::uint32_t block) {
  return {block, static_cast<std::uint32_t>(purpose), static_cast<std::uint32_t>(owner),
          static_cast<std::uint32_t>(owner >> 32)};
}

// ((word >> 12) + 0.5) 2^-52, exact: the integer goes into the fraction of a double in [1, 2).
CENTRESIM_INLINE constexpr double unit_interval(std::uint64_t word) {
  return std::bit_cast<double>((word >> 12) | 0x3ff0000000000000u) - (1.0 - 0x1p-53);
}

} // namespace detail

// One draw in (0, 1): half 0 or 1 of a block. Symmetric: 1 - u lies on the same grid.
[[nodiscard]] CENTRESIM_INLINE double uniform_at(StreamKey key, std::uint64_t owner, Purpose purpose,
                                                 std::uint32_t block, unsigned half) {
  const auto words = detail::philox10<std::uint32_t>(detail::counter_of(owner, purpose, block), {key.k0, key.k1});
  const unsigned low = 2 * (half & 1u);
  return detail::unit_interval(static_cast<std::uint64_t>(words[low + 1]) << 32 | words[low]);
}

// Half 0 of each of the blocks, by vector instructions where the processor has them. `out` has as many places.
void uniforms_at(StreamKey key, std::uint64_t owner, Purpose purpose, std::span<const std::uint32_t> blocks,
                 std::span<double> out);

// How many draws of a sequence are made at once.
inline constexpr std::size_t kSequenceBatch = 16;

// Draws 0..15 counted from half 0 of `first_block`: draw i is half i & 1 of block first_block + (i >> 1).
void fill_uniforms(StreamKey key, std::uint64_t owner, Purpose purpose, std::uint32_t first_block,
                   std::span<double, kSequenceBatch> out);

// The draws of one owner for one purpose, in order: draw i is half i & 1 of block i >> 1.
class UniformSequence {
 public:
  UniformSequence(StreamKey key, std::uint64_t owner, Purpose purpose) : owner_(owner), key_(key), purpose_(purpose) {}

  double next() {
    if (position_ == kSequenceBatch) refill();
    return buffer_[position_++];
  }

 private:
  void refill();

  alignas(32) std::array<double, kSequenceBatch> buffer_{};
  std::uint64_t owner_;
  StreamKey key_;
  Purpose purpose_;
  std::uint32_t next_block_ = 0;
  std::uint32_t position_ = kSequenceBatch;
};

} // namespace centresim::core
