// Simulated time: signed 64-bit ticks of one millisecond, 0 at the start of the scenario.
#pragma once
#include <cstdint>
#include <limits>

namespace centresim::core {

using Tick = std::int64_t;

inline constexpr Tick kTicksPerSecond = 1000;
inline constexpr Tick kTicksPerMinute = 60 * kTicksPerSecond;
inline constexpr Tick kTicksPerHour = 60 * kTicksPerMinute;
inline constexpr Tick kTicksPerDay = 24 * kTicksPerHour;
// The pending-event set keeps 42 bits of time: 139 years.
inline constexpr Tick kMaxTick = (Tick{1} << 42) - 2;
inline constexpr Tick kNever = std::numeric_limits<Tick>::max();

} // namespace centresim::core
