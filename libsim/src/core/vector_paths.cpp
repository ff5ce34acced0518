#include "vector_paths.hpp"

#include "centresim/core/detail/math_body.hpp"
#include "centresim/core/law.hpp"

#if defined(CENTRESIM_X86)
#include <immintrin.h>

namespace centresim::core::detail {
namespace {

// Four blocks at once: each 64-bit lane holds one word of one block in its lower half; the upper half is not looked at.
struct Lanes {
  __m256i c0, c1, c2, c3;
};

CENTRESIM_TARGET_AVX2 inline __m256i wide(std::uint32_t word) {
  return _mm256_set1_epi64x(static_cast<std::int64_t>(word));
}
CENTRESIM_TARGET_AVX2 inline __m256i bits(std::uint64_t word) {
  return _mm256_set1_epi64x(static_cast<std::int64_t>(word));
}

CENTRESIM_TARGET_AVX2 inline __m256d number(double x) { return _mm256_set1_pd(x); }

CENTRESIM_TARGET_AVX2 inline void philox_round(Lanes& lanes, __m256i mul0, __m256i mul1, __m256i key0, __m256i key1) {
  const __m256i p = _mm256_mul_epu32(mul0, lanes.c0), q = _mm256_mul_epu32(mul1, lanes.c2);
  lanes.c0 = _mm256_xor_si256(_mm256_srli_epi64(q, 32), _mm256_xor_si256(lanes.c1, key0));
  lanes.c2 = _mm256_xor_si256(_mm256_srli_epi64(p, 32), _mm256_xor_si256(lanes.c3, key1));
  lanes.c1 = q;
  lanes.c3 = p;
}

// The rounds for two groups of lanes, interleaved so that the multiplications overlap.
CENTRESIM_TARGET_AVX2 inline void philox10_two(Lanes& first, Lanes& second, StreamKey key) {
  using Constants = PhiloxWord<std::uint32_t>;
  const __m256i mul0 = wide(Constants::kMul0), mul1 = wide(Constants::kMul1);
  const __m256i add0 = wide(Constants::kAdd0), add1 = wide(Constants::kAdd1);
  __m256i key0 = wide(key.k0), key1 = wide(key.k1); // the upper halves are not looked at
  Lanes a = first, b = second;
  for (int round = 0; round < 10; ++round) {
    philox_round(a, mul0, mul1, key0, key1);
    philox_round(b, mul0, mul1, key0, key1);
    key0 = _mm256_add_epi32(key0, add0);
    key1 = _mm256_add_epi32(key1, add1);
  }
  first = a;
  second = b;
}

CENTRESIM_TARGET_AVX2 inline __m256d unit_intervals(__m256i low, __m256i high) {
  const __m256i word = _mm256_or_si256(_mm256_slli_epi64(high, 32), _mm256_and_si256(low, bits(0xffffffffu)));
  const __m256i fraction = _mm256_or_si256(_mm256_srli_epi64(word, 12), bits(0x3ff0000000000000u));
  return _mm256_sub_pd(_mm256_castsi256_pd(fraction), _mm256_set1_pd(1.0 - 0x1p-53));
}

CENTRESIM_TARGET_AVX2 inline Lanes lanes_of(__m256i blocks, std::uint64_t owner, Purpose purpose) {
  return {blocks, wide(static_cast<std::uint32_t>(purpose)), wide(static_cast<std::uint32_t>(owner)),
          wide(static_cast<std::uint32_t>(owner >> 32))};
}

CENTRESIM_TARGET_AVX2 inline void store_interleaved(const Lanes& lanes, double* out) {
  const __m256d half0 = unit_intervals(lanes.c0, lanes.c1), half1 = unit_intervals(lanes.c2, lanes.c3);
  const __m256d even = _mm256_unpacklo_pd(half0, half1), odd = _mm256_unpackhi_pd(half0, half1);
  _mm256_storeu_pd(out, _mm256_permute2f128_pd(even, odd, 0x20));
  _mm256_storeu_pd(out + 4, _mm256_permute2f128_pd(even, odd, 0x31));
}

// round_to_tick of four values.
CENTRESIM_TARGET_AVX2 inline void store_ticks(__m256d value, Tick* out) {
  value = _mm256_max_pd(value, _mm256_setzero_pd());
  value = _mm256_min_pd(value, _mm256_set1_pd(kMaxTickValue));
  const __m256i sum = _mm256_castpd_si256(_mm256_add_pd(value, _mm256_set1_pd(math::detail::kTwo52)));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_sub_epi64(sum, bits(math::detail::kBitsOfTwo52)));
}

// math::detail::log_body of four values.
CENTRESIM_TARGET_AVX2 inline __m256d log_of(__m256d x) {
  using namespace math::detail;
  const __m256i word = _mm256_castpd_si256(x), shifted = _mm256_sub_epi64(word, bits(kLogOffset));
  const __m256d e =
      _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(_mm256_srli_epi64(shifted, 52), bits(kBitsOfTwo52))),
                    _mm256_set1_pd(kTwo52 + 1024));
  const __m256d m = _mm256_castsi256_pd(_mm256_add_epi64(
      _mm256_sub_epi64(word, _mm256_and_si256(shifted, bits(kExponentField))), bits(std::uint64_t{1024} << 52)));
  const __m256d one = _mm256_set1_pd(1);
  const __m256d s = _mm256_div_pd(_mm256_sub_pd(m, one), _mm256_add_pd(m, one)), z = _mm256_mul_pd(s, s);
  const __m256d z2 = _mm256_mul_pd(z, z), z4 = _mm256_mul_pd(z2, z2);
  const __m256d low = _mm256_fmadd_pd(_mm256_fmadd_pd(number(1.0 / 9), z, number(1.0 / 7)), z2,
                                      _mm256_fmadd_pd(number(1.0 / 5), z, number(1.0 / 3)));
  const __m256d middle = _mm256_fmadd_pd(_mm256_fmadd_pd(number(1.0 / 17), z, number(1.0 / 15)), z2,
                                         _mm256_fmadd_pd(number(1.0 / 13), z, number(1.0 / 11)));
  const __m256d p = _mm256_fmadd_pd(_mm256_fmadd_pd(number(1.0 / 19), z4, middle), z4, low);
  const __m256d artanh = _mm256_mul_pd(_mm256_add_pd(s, s), _mm256_fmadd_pd(p, z, one));
  return _mm256_fmadd_pd(e, _mm256_set1_pd(kLn2), artanh);
}

} // namespace

CENTRESIM_TARGET_AVX2 void fill_uniforms_avx2(StreamKey key, std::uint64_t owner, Purpose purpose,
                                              std::uint32_t first_block, double* out) {
  const __m256i first = _mm256_add_epi64(wide(first_block), _mm256_setr_epi64x(0, 1, 2, 3));
  Lanes a = lanes_of(first, owner, purpose), b = lanes_of(_mm256_add_epi64(first, wide(4)), owner, purpose);
  philox10_two(a, b, key);
  store_interleaved(a, out);
  store_interleaved(b, out + 8);
}

CENTRESIM_TARGET_AVX2 void uniforms_at_avx2(StreamKey key, std::uint64_t owner, Purpose purpose,
                                            const std::uint32_t* blocks, double* out) {
  const auto* four = reinterpret_cast<const __m128i*>(blocks);
  Lanes a = lanes_of(_mm256_cvtepu32_epi64(_mm_loadu_si128(four)), owner, purpose);
  Lanes b = lanes_of(_mm256_cvtepu32_epi64(_mm_loadu_si128(four + 1)), owner, purpose);
  philox10_two(a, b, key);
  _mm256_storeu_pd(out, unit_intervals(a.c0, a.c1));
  _mm256_storeu_pd(out + 4, unit_intervals(b.c0, b.c1));
}

CENTRESIM_TARGET_AVX2 void uniform_ticks_avx2(double low, double width, const double* u, Tick* out, std::size_t count) {
  const __m256d from = _mm256_set1_pd(low), by = _mm256_set1_pd(width);
  for (std::size_t i = 0; i < count; i += 4)
    store_ticks(_mm256_add_pd(from, _mm256_mul_pd(by, _mm256_loadu_pd(u + i))), out + i);
}

CENTRESIM_TARGET_AVX2 void exponential_ticks_avx2(double mean, const double* u, Tick* out, std::size_t count) {
  const __m256d minus_mean = _mm256_set1_pd(-mean), one = _mm256_set1_pd(1);
  for (std::size_t i = 0; i < count; i += 4)
    store_ticks(_mm256_mul_pd(minus_mean, log_of(_mm256_sub_pd(one, _mm256_loadu_pd(u + i)))), out + i);
}

} // namespace centresim::core::detail
#endif
