// What the compiler and the processor offer to the hot paths.
#pragma once

#if defined(__GNUC__) || defined(__clang__)
#define CENTRESIM_INLINE [[gnu::always_inline]] inline
#else
#define CENTRESIM_INLINE inline
#endif

// Set where every processor the code is built for has a fused multiply-add: the maths is then inlined. Elsewhere it is
// called through code chosen at run time; the bits are the same.
#if defined(__FMA__) || defined(__aarch64__)
#define CENTRESIM_FMA_BUILTIN 1
#endif

// Set where vector paths exist that are chosen at run time.
#if (defined(__x86_64__) || defined(__amd64__)) && (defined(__GNUC__) || defined(__clang__))
#define CENTRESIM_X86 1
#endif

// Functions compiled for processors that have more than the build assumes; called only where detail::kHas... is true.
#if defined(CENTRESIM_X86)
#define CENTRESIM_TARGET_FMA [[gnu::target("fma")]]
#define CENTRESIM_TARGET_AVX2 [[gnu::target("avx2,fma")]]
#else
#define CENTRESIM_TARGET_FMA
#define CENTRESIM_TARGET_AVX2
#endif

namespace centresim::core::detail {

// False until the program's start-up has looked at the processor, which only costs speed.
extern const bool kHasFma;  // fused multiply-add
extern const bool kHasAvx2; // 256-bit integers and doubles, and fused multiply-add

} // namespace centresim::core::detail
