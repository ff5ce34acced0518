// The formulas behind math.hpp, to be inlined into code for processors with and without fused multiply-add.
#pragma once
#include "centresim/core/platform.hpp"

#include <bit>
#include <cmath>
#include <cstdint>

namespace centresim::core::math::detail {

// The builtin is one instruction where the function it is inlined into may use it, else a call that gives the same
// bits.
CENTRESIM_INLINE double fused(double a, double b, double c) {
#if defined(__GNUC__) || defined(__clang__)
  return __builtin_fma(a, b, c);
#else
  return std::fma(a, b, c);
#endif
}

inline constexpr double kLn2 = 0.69314718055994530942;
// x = 2^e m, m in [0.75, 1.5). The vector path does the same integer steps, so they avoid signed shifts.
inline constexpr std::uint64_t kLogOffset = 0x3fe8000000000000u - (std::uint64_t{1024} << 52);
inline constexpr std::uint64_t kExponentField = 0xfff0000000000000u;
inline constexpr std::uint64_t kBitsOfTwo52 = 0x4330000000000000u;
inline constexpr double kTwo52 = 0x1p52;

// 2 artanh(s) + e ln 2, 2 artanh(s) = 2 s (1 + z/3 + z^2/5 + ...), z = s^2 <= 0.04. Estrin's scheme: the time to the
// next event waits for this.
CENTRESIM_INLINE double twice_artanh_body(double s, double e) {
  const double z = s * s, z2 = z * z, z4 = z2 * z2;
  const double low = fused(fused(1.0 / 9, z, 1.0 / 7), z2, fused(1.0 / 5, z, 1.0 / 3));
  const double high = fused(1.0 / 19, z4, fused(fused(1.0 / 17, z, 1.0 / 15), z2, fused(1.0 / 13, z, 1.0 / 11)));
  return fused(e, kLn2, (2 * s) * fused(fused(high, z4, low), z, 1.0));
}

CENTRESIM_INLINE double log_body(double x) {
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t shifted = bits - kLogOffset; // exponent plus 1024 in the upper 12 bits
  const double e = std::bit_cast<double>((shifted >> 52) | kBitsOfTwo52) - (kTwo52 + 1024);
  const double m = std::bit_cast<double>(bits - (shifted & kExponentField) + (std::uint64_t{1024} << 52));
  return twice_artanh_body((m - 1) / (m + 1), e);
}

// x = k ln 2 + r, |r| <= 0.35; Taylor's series of e^r to r^13; the exponent k is added to the bits.
CENTRESIM_INLINE double exp_body(double x) {
  if (x < -708) return 0;
  if (x > 709.7) return HUGE_VAL;
  constexpr double kShift = 0x1.8p52; // adding it rounds to an integer
  const double shifted = fused(x, 1 / kLn2, kShift), k = shifted - kShift;
  double r = fused(-k, 0x1.62e42fefa39efp-1, x); // ln 2 in two parts
  r = fused(-k, 0x1.abc9e3b39803fp-56, r);
  double p = 1.0 / 6227020800;
  p = fused(p, r, 1.0 / 479001600);
  p = fused(p, r, 1.0 / 39916800);
  p = fused(p, r, 1.0 / 3628800);
  p = fused(p, r, 1.0 / 362880);
  p = fused(p, r, 1.0 / 40320);
  p = fused(p, r, 1.0 / 5040);
  p = fused(p, r, 1.0 / 720);
  p = fused(p, r, 1.0 / 120);
  p = fused(p, r, 1.0 / 24);
  p = fused(p, r, 1.0 / 6);
  p = fused(p, r, 0.5);
  p = fused(p, r, 1.0);
  p = fused(p, r, 1.0);
  const std::uint64_t exponent = std::bit_cast<std::uint64_t>(shifted) << 52; // k modulo 2^12
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(p) + exponent);
}

template <std::size_t N> CENTRESIM_INLINE double horner(const double (&coefficients)[N], double x) {
  double p = coefficients[0];
  for (std::size_t i = 1; i < N; ++i) p = fused(p, x, coefficients[i]);
  return p;
}

CENTRESIM_INLINE double normal_quantile_body(double u) {
  constexpr double kCentreTop[] = {2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
                                   4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
                                   1.3314166789178437745e+2, 3.3871328727963666080e+0};
  constexpr double kCentreBottom[] = {
      5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4,
      5.3941960214247511077e+3, 6.8718700749205790830e+2, 4.2313330701600911252e+1, 1.0};
  constexpr double kMiddleTop[] = {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
                                   1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
                                   4.63033784615654529590e+0, 1.42343711074968357734e+0};
  constexpr double kMiddleBottom[] = {
      1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2, 1.48103976427480074590e-1,
      6.89767334985100004550e-1, 1.67638483018380384940e+0, 2.05319162663775882187e+0, 1.0};
  constexpr double kFarTop[] = {2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
                                2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e+0,
                                5.46378491116411436990e+0, 6.65790464350110377720e+0};
  constexpr double kFarBottom[] = {
      2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5, 7.86869131145613259100e-4,
      1.48753612908506148525e-2,  1.36929880922735805310e-1, 5.99832206555887937690e-1, 1.0};
  const double q = u - 0.5;
  if (q <= 0.425 && q >= -0.425) {
    const double r = fused(-q, q, 0.180625);
    return q * (horner(kCentreTop, r) / horner(kCentreBottom, r));
  }
  const double tail = q < 0 ? u : 1 - u;
  const double r = std::sqrt(-log_body(tail));
  const double z = r <= 5 ? horner(kMiddleTop, r - 1.6) / horner(kMiddleBottom, r - 1.6)
                          : horner(kFarTop, r - 5) / horner(kFarBottom, r - 5);
  return q < 0 ? -z : z;
}

} // namespace centresim::core::math::detail
