#include "seal.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

#include <unistd.h>

namespace centresim::io {
namespace {

constexpr std::string_view kMark = "centresim-seal-1";
constexpr std::size_t kSealBytes = kMark.size() + 16;
static_assert(std::endian::native == std::endian::little, "checksums are defined over little-endian words");

void read_at(int descriptor, void* into, std::size_t bytes, std::uint64_t offset, const h5::Place& place) {
  auto* next = static_cast<char*>(into);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor, next, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) place.fail("cannot be read: " + std::generic_category().message(errno));
    if (got == 0) place.fail("became shorter while it was read");
    next += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
}

} // namespace

// Every word enters through a rotation and an odd factor, so no change of one word can vanish.
void Checksum::add(const void* data, std::size_t bytes) {
  const auto* from = static_cast<const unsigned char*>(data);
  for (std::size_t i = 0; i < bytes; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, from + i, bytes - i < 8 ? bytes - i : 8);
    value_ = std::rotl(value_ ^ word, 29) * 0x9e3779b97f4a7c15u;
  }
}

std::string make_seal(std::uint64_t length, std::uint64_t checksum) {
  std::string seal(kMark);
  for (const std::uint64_t number : {length, checksum}) {
    char bytes[8];
    std::memcpy(bytes, &number, 8);
    seal.append(bytes, 8);
  }
  return seal;
}

void check_seal(int descriptor, std::uint64_t length, const h5::Place& place) {
  if (length < kSealBytes) return;
  std::string seal(kSealBytes, '\0');
  read_at(descriptor, seal.data(), seal.size(), length - kSealBytes, place);
  if (!seal.starts_with(kMark)) return;
  const std::uint64_t contents = length - kSealBytes;
  Checksum sum;
  std::vector<char> block(std::size_t{1} << 20);
  for (std::uint64_t at = 0; at < contents;) {
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), contents - at));
    read_at(descriptor, block.data(), bytes, at, place);
    sum.add(block.data(), bytes);
    at += bytes;
  }
  if (seal != make_seal(contents, sum.value())) place.fail("is damaged: its contents do not fit its checksum");
}

} // namespace centresim::io
