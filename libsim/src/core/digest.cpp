#include "centresim/core/digest.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace centresim::core {
namespace {

constexpr std::array<std::uint32_t, 64> kRound = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

} // namespace

void Sha256::compress(const std::uint8_t* block) {
  std::array<std::uint32_t, 64> w; // NOLINT: filled below
  for (std::size_t i = 0; i < 16; ++i)
    w[i] = static_cast<std::uint32_t>(block[4 * i]) << 24 | static_cast<std::uint32_t>(block[4 * i + 1]) << 16 |
           static_cast<std::uint32_t>(block[4 * i + 2]) << 8 | block[4 * i + 3];
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ w[i - 15] >> 3;
    const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state_;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t t1 =
        h + (std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25)) + ((e & f) ^ (~e & g)) + kRound[i] + w[i];
    const std::uint32_t t2 = (std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
  }
  const std::uint32_t more[] = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state_[i] += more[i];
}

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  if (bytes.empty()) return *this; // their address may be null
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  std::size_t left = bytes.size(), filled = length_ % 64;
  length_ += left;
  if (filled > 0) {
    const std::size_t taken = std::min(left, 64 - filled);
    std::memcpy(pending_.data() + filled, data, taken);
    if (filled + taken < 64) return *this;
    compress(pending_.data());
    data += taken, left -= taken;
  }
  for (; left >= 64; data += 64, left -= 64) compress(data);
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
