// SHA-256 (FIPS 180-4) of a stream of bytes and integers.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace centresim::core {

class Sha256 {
 public:
  Sha256& update(std::span<const std::byte> bytes);
  Sha256& update(std::string_view text); // its bytes only; see add_text for text among other things

  Sha256& add(std::uint64_t number); // eight bytes, the least first
  Sha256& add(std::int64_t number) { return add(static_cast<std::uint64_t>(number)); }
  Sha256& add_all(std::span<const std::int64_t> numbers);
  Sha256& add_text(std::string_view text); // its length, then its bytes: "ab", "c" and "a", "bc" differ

  // The digest of what was added so far; more may be added afterwards.
  [[nodiscard]] std::array<std::uint8_t, 32> bytes() const;
  [[nodiscard]] std::string hex() const;

 private:
  std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> pending_{};
  std::uint64_t length_ = 0; // bytes so far
};

} // namespace centresim::core
