// Mathematics for results: the same bits with every compiler, library and processor. The functions of the system's
// library differ between versions, so none is called; every product that is added is an explicit fused multiply-add.
#pragma once
#include "centresim/core/detail/math_body.hpp"

namespace centresim::core::math {

namespace detail {
[[nodiscard]] double log_fma(double x);
[[nodiscard]] double log_portable(double x);
} // namespace detail

// Natural logarithm of a normal positive number (not checked); relative error below 2e-15.
[[nodiscard]] inline double log(double x) {
#if defined(CENTRESIM_FMA_BUILTIN)
  return detail::log_body(x);
#else
  return core::detail::kHasFma ? detail::log_fma(x) : detail::log_portable(x);
#endif
}

// e^x; 0 below -708, infinity above 709.7; relative error below 1e-15.
[[nodiscard]] double exp(double x);

// log(1 + x) for x >= 0, accurate near 0.
[[nodiscard]] double log_1p(double x);

// The standard normal quantile of u in (0, 1): Wichura, algorithm AS 241 (PPND16), Applied Statistics 37 (1988).
[[nodiscard]] double normal_quantile(double u);

// The upper tail of the standard normal law, P(Z > z), for z >= 0; relative error below 1e-12.
[[nodiscard]] double normal_tail(double z);

// Logarithm of the gamma function for x > 0 (Stirling's series after a shift); absolute error below 1e-14 (1 +
// |value|).
[[nodiscard]] double log_gamma(double x);

// log gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2): 1/(12 x) - ..., without cancellation for large x.
[[nodiscard]] double stirling_remainder(double x);

} // namespace centresim::core::math
