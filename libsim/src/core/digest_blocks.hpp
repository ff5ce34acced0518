// The compression function of SHA-256 (FIPS 180-4), plain and with the instructions that processors have for it.
#pragma once
#include "centresim/core/platform.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace centresim::core::detail {

// Takes `count` blocks of 64 bytes into the state. Both give the same.
void sha256_plain(std::array<std::uint32_t, 8>& state, const std::uint8_t* blocks, std::size_t count);
#if defined(CENTRESIM_X86)
void sha256_x86(std::array<std::uint32_t, 8>& state, const std::uint8_t* blocks, std::size_t count);
#endif
// Whether this processor has the instructions of sha256_x86.
[[nodiscard]] bool has_sha256_x86();

// The faster of the two.
void sha256_blocks(std::array<std::uint32_t, 8>& state, const std::uint8_t* blocks, std::size_t count);

} // namespace centresim::core::detail
