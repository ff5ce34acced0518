// Streams: known answers of Philox, the layout of draws, equal bits on every path.
#include "../../../libsim/src/core/vector_paths.hpp"
#include "catch.hpp"
#include "centresim/core/random.hpp"
#include "centresim/core/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

using namespace centresim::core;

TEST_CASE("Philox gives the known answers of its authors", "[core]") {
  using Words = std::array<std::uint32_t, 4>; // Random123 1.14, kat_vectors, philox4x32 10
  CHECK(detail::philox10<std::uint32_t>({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  constexpr std::uint32_t all = 0xffffffff;
  CHECK(detail::philox10<std::uint32_t>({all, all, all, all}, {all, all}) ==
        Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(detail::philox10<std::uint32_t>({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
  CHECK(detail::philox10<std::uint64_t>({0, 0, 0, 0}, {0, 0}) ==
        std::array<std::uint64_t, 4>{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b});
}

TEST_CASE("A draw is a half of the block that its owner, purpose and number name", "[core]") {
  const StreamKey key{0xa4093822, 0x299f31d0};
  const std::uint64_t owner = 0x0370734413198a2e; // upper half is word 3 of the counter, lower half word 2
  const auto purpose = static_cast<Purpose>(0x85a308d3);
  const auto expected = [](std::uint64_t word) { return std::ldexp(static_cast<double>(word >> 12) + 0.5, -52); };
  CHECK(uniform_at(key, owner, purpose, 0x243f6a88, 0) == expected(0x94fdccebd16cfe09));
  CHECK(uniform_at(key, owner, purpose, 0x243f6a88, 1) == expected(0x24126ea15001e420));
}

TEST_CASE("Uniform numbers stay inside (0, 1) and on a symmetric grid", "[core]") {
  CHECK(detail::unit_interval(0) == 0x1p-53);
  CHECK(detail::unit_interval(~std::uint64_t{0}) == 1 - 0x1p-53);
  CHECK(1 - detail::unit_interval(0) == detail::unit_interval(~std::uint64_t{0}));
}

TEST_CASE("Single, batched and vector draws are the same bits", "[core]") {
  const StreamKey key = stream_key(11, 3);
  for (const std::uint64_t owner : {std::uint64_t{0}, name_identity("litho"), ~std::uint64_t{0}}) {
    for (const std::uint32_t first : {0u, 8u, 12345u, 0xfffffff0u}) {
      std::array<double, kSequenceBatch> plain{}, chosen{}, vector{};
      detail::fill_uniforms_plain(key, owner, Purpose::process, first, plain.data());
      fill_uniforms(key, owner, Purpose::process, first, chosen);
      CHECK(plain == chosen);
      for (unsigned i = 0; i < kSequenceBatch; ++i)
        CHECK(plain[i] == uniform_at(key, owner, Purpose::process, first + i / 2, i & 1));
#if defined(CENTRESIM_X86)
      if (detail::kHasAvx2) {
        detail::fill_uniforms_avx2(key, owner, Purpose::process, first, vector.data());
        CHECK(plain == vector);
      }
#endif
    }
  }
  UniformSequence sequence(key, 77, Purpose::release);
  for (unsigned i = 0; i < 100; ++i) CHECK(sequence.next() == uniform_at(key, 77, Purpose::release, i / 2, i & 1));

  std::vector<std::uint32_t> blocks(37);
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = static_cast<std::uint32_t>(mix(5, i));
  std::vector<double> draws(blocks.size());
  uniforms_at(key, 9, Purpose::process, blocks, draws);
  for (std::size_t i = 0; i < blocks.size(); ++i) CHECK(draws[i] == uniform_at(key, 9, Purpose::process, blocks[i], 0));
}

TEST_CASE("Streams of different keys, owners and purposes differ and are uniform", "[core]") {
  std::set<double> seen;
  const auto first = [&](std::uint64_t seed, std::uint64_t replication, std::uint64_t owner, Purpose purpose) {
    seen.insert(uniform_at(stream_key(seed, replication), owner, purpose, 0, 0));
  };
  first(1, 0, 5, Purpose::process), first(0, 1, 5, Purpose::process), first(1, 1, 5, Purpose::process);
  first(1, 0, std::uint64_t{5} << 32, Purpose::process), first(1, 0, 5, Purpose::setup);
  CHECK(seen.size() == 5);

  constexpr int n = 1 << 16, cells = 256;
  std::vector<int> count(cells);
  double product = 0, last = 0.5;
  UniformSequence sequence(stream_key(2, 0), 1, Purpose::test);
  for (int i = 0; i < n; ++i) {
    const double u = sequence.next();
    ++count[static_cast<std::size_t>(u * cells)];
    product += (u - 0.5) * (last - 0.5);
    last = u;
  }
  double chi_square = 0;
  for (const int c : count) chi_square += (c - n / cells) * (c - n / cells) / static_cast<double>(n / cells);
  CHECK(std::abs(chi_square - (cells - 1)) < 4 * std::sqrt(2.0 * (cells - 1)));
  CHECK(std::abs(product * 12 / n) < 4 / std::sqrt(n)); // correlation of neighbours
}

TEST_CASE("Identities of names are fixed numbers that tell names apart", "[core]") {
  CHECK(name_identity("litho") == name_identity("litho"));
  CHECK(name_identity("litho") != name_identity("Litho"));
  CHECK(name_identity("") != name_identity(std::string(1, '\0')));
  // Pinned: these enter every draw, so a change would change every result.
  CHECK(name_identity("litho") == 0xc0bd3f56f23a4702u);
  CHECK(stream_key(1, 2) == StreamKey{0x1533d3ee, 0x56d28a29});
  const std::vector<std::string> names{"b", "a", "b", "c"};
  const auto identities = name_identities(names);
  CHECK(identities[0] == identities[2]);
  CHECK(std::set<std::uint64_t>(identities.begin(), identities.end()).size() == 3);
  for (std::size_t i = 0; i < names.size(); ++i) CHECK(identities[i] == name_identity(names[i]));
}
