#include "centresim/core/platform.hpp"

namespace centresim::core::detail {

#if defined(CENTRESIM_X86)
const bool kHasFma = __builtin_cpu_supports("fma") != 0;
const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
#else
const bool kHasFma = false;
const bool kHasAvx2 = false;
#endif

} // namespace centresim::core::detail
