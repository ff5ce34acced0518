// Time as it passes for those who share a server: it runs at a rate that changes, in units of 2^-32 ticks, exactly.
#pragma once
#include "centresim/core/time.hpp"
#include "centresim/design/observations.hpp"

#include <algorithm>

namespace centresim::design {

class VirtualClock {
 public:
  static constexpr int kBits = 32;
  static constexpr std::int64_t kFull = std::int64_t{1} << kBits; // as fast as the clock on the wall

  // Units since the beginning. `now` is never earlier than the last change.
  [[nodiscard]] Wide value(Tick now) const { return value_ + Wide{rate_} * (now - at_); }
  void set_rate(Tick now, std::int64_t units_per_tick) {
    value_ = value(now);
    at_ = now;
    rate_ = units_per_tick;
  }
  // The first tick at which the value is not less than the target, if the rate stays as it is.
  [[nodiscard]] Tick when(Wide target) const {
    if (target <= value_) return at_;
    if (rate_ == 0) return core::kNever;
    const Wide ticks = (target - value_ + rate_ - 1) / rate_;
    return ticks > core::kMaxTick - at_ ? core::kNever : at_ + static_cast<Tick>(ticks);
  }

 private:
  Wide value_ = 0;
  std::int64_t rate_ = 0;
  Tick at_ = 0;
};

} // namespace centresim::design
