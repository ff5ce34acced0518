// The vector forms of hot loops, for processors with 256-bit vectors: the same bits as the plain loops beside them.
#pragma once
#include "centresim/core/random.hpp"
#include "centresim/core/time.hpp"

namespace centresim::core::detail {

// Plain and vector form of fill_uniforms: sixteen draws of eight blocks.
void fill_uniforms_plain(StreamKey key, std::uint64_t owner, Purpose purpose, std::uint32_t first_block, double* out);
void fill_uniforms_avx2(StreamKey key, std::uint64_t owner, Purpose purpose, std::uint32_t first_block, double* out);

// Half 0 of eight blocks.
void uniforms_at_avx2(StreamKey key, std::uint64_t owner, Purpose purpose, const std::uint32_t* blocks, double* out);

// Quantiles in ticks of `count` uniforms, a multiple of 4.
void uniform_ticks_avx2(double low, double width, const double* u, Tick* out, std::size_t count);
void exponential_ticks_avx2(double mean, const double* u, Tick* out, std::size_t count);

} // namespace centresim::core::detail
