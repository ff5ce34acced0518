#include "centresim/core/digest.hpp"

#include "digest_blocks.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace centresim::core {

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  if (bytes.empty()) return *this; // their address may be null
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size(), filled = length_ % 64;
  length_ += left;
  if (filled > 0) {
    const std::size_t taken = std::min(left, 64 - filled);
    std::memcpy(pending_.data() + filled, data, taken);
    if (filled + taken < 64) return *this;
    detail::sha256_blocks(state_, pending_.data(), 1);
    data += taken, left -= taken;
  }
  detail::sha256_blocks(state_, data, left / 64);
  data += left / 64 * 64, left %= 64;
  if (left > 0) std::memcpy(pending_.data(), data, left);
  return *this;
}

Sha256& Sha256::update(std::string_view text) { return update(std::as_bytes(std::span(text))); }

Sha256& Sha256::add(std::uint64_t number) {
  std::array<std::byte, 8> bytes; // NOLINT: filled below
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(number >> 8 * i & 0xff);
  return update(bytes);
}

Sha256& Sha256::add_all(std::span<const std::int64_t> numbers) {
  if constexpr (std::endian::native == std::endian::little) return update(std::as_bytes(numbers));
  for (const std::int64_t number : numbers) add(number);
  return *this;
}

Sha256& Sha256::add_text(std::string_view text) { return add(static_cast<std::uint64_t>(text.size())).update(text); }

std::array<std::uint8_t, 32> Sha256::bytes() const {
  Sha256 end = *this;
  const std::uint64_t length = 8 * length_;
  std::array<std::byte, 72> padding{std::byte{0x80}};
  const std::size_t zeros = 64 - (length_ + 8) % 64; // the 0x80 included: 1 to 64 bytes
  for (std::size_t i = 0; i < 8; ++i) padding[zeros + i] = static_cast<std::byte>(length >> (56 - 8 * i) & 0xff);
  end.update(std::span(padding).first(zeros + 8));
  std::array<std::uint8_t, 32> result; // NOLINT: filled below
  for (std::size_t i = 0; i < 32; ++i) result[i] = static_cast<std::uint8_t>(end.state_[i / 4] >> (24 - 8 * (i % 4)));
  return result;
}

std::string Sha256::hex() const {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes()) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

} // namespace centresim::core
