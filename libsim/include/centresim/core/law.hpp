// Probability laws as the engines draw from them: by inversion, one uniform number a variate, so that draws stay
// synchronised between scenarios. Every quantile increases with u.
#pragma once
#include "centresim/core/math.hpp"
#include "centresim/core/random.hpp"
#include "centresim/core/time.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace centresim::core {

enum class LawKind : std::uint8_t {
  constant,    // value
  uniform,     // mean, half width
  exponential, // mean
  triangular,  // low, mode, high
  lognormal,   // mean, coefficient of variation
  gamma,       // mean, coefficient of variation
  weibull,     // mean, coefficient of variation
  erlang,      // mean, number of phases
  normal,      // mean and standard deviation of the law that is cut off at 0
  empirical,   // values; weights
  discrete,    // values; weights
  integers,    // low, high: every whole number between them, both included
};

namespace detail {
struct LawTable;

inline constexpr double kMaxTickValue = static_cast<double>(kMaxTick);

// To the nearest tick, within [0, kMaxTick]. Adding 2^52 leaves the integer in the fraction of the double.
CENTRESIM_INLINE Tick round_to_tick(double value) {
  value = value > 0 ? value : 0;
  value = value < kMaxTickValue ? value : kMaxTickValue;
  return static_cast<Tick>(std::bit_cast<std::uint64_t>(value + math::detail::kTwo52) - math::detail::kBitsOfTwo52);
}
} // namespace detail

class Law {
 public:
  Law() = default; // constant 0

  // Parameters in the order given at LawKind; times in ticks. `weights` belongs to the values of empirical and discrete
  // laws and is empty elsewhere. A law without spread becomes a constant. Throws std::invalid_argument where the
  // parameters make no law (wrong number, not finite, negative spread).
  [[nodiscard]] static Law make(LawKind kind, std::span<const double> parameters, std::span<const double> weights = {});

  // The quantile of u in (0, 1), to the nearest tick; at least 0, at most kMaxTick.
  [[nodiscard]] Tick ticks(double u) const {
    switch (kind_) {
    case LawKind::constant:
      return constant_;
    case LawKind::uniform:
      return detail::round_to_tick(a_ + b_ * u);
    case LawKind::exponential:
      return detail::round_to_tick(a_ * -math::log(1 - u));
    default:
      return detail::round_to_tick(value_by_table(u));
    }
  }

  // The same for many numbers at once. `out` has as many places as `u`.
  void ticks(std::span<const double> u, std::span<Tick> out) const;

  // The quantile of u in (0, 1), not rounded.
  [[nodiscard]] double value(double u) const {
    switch (kind_) {
    case LawKind::constant:
      return a_;
    case LawKind::uniform:
      return a_ + b_ * u;
    case LawKind::exponential:
      return a_ * -math::log(1 - u);
    default:
      return value_by_table(u);
    }
  }

  [[nodiscard]] double mean() const;     // of the law before rounding; of a normal law after it is cut off at 0
  [[nodiscard]] double variance() const; // likewise
  [[nodiscard]] bool is_constant() const { return kind_ == LawKind::constant; }
  [[nodiscard]] LawKind kind() const { return kind_; }

 private:
  Law(LawKind kind, double a, double b, std::shared_ptr<const detail::LawTable> table = nullptr);
  [[nodiscard]] double value_by_table(double u) const;

  LawKind kind_ = LawKind::constant;
  // constant: value, - | uniform: low, width | exponential: mean, - | lognormal: mean, sigma | gamma, erlang: mean, - |
  // weibull: scale, 1/shape | normal: mean, standard deviation | integers: low, how many
  double a_ = 0, b_ = 0;
  Tick constant_ = 0;
  std::shared_ptr<const detail::LawTable> table_; // what else the law needs; shared by its copies
};

// The times of one owner for one purpose, in order, drawn in blocks: `ticks(next uniform)`. The law must outlive it.
class TickSequence {
 public:
  TickSequence(const Law& law, StreamKey key, std::uint64_t owner, Purpose purpose)
      : law_(&law), owner_(owner), key_(key), purpose_(purpose) {}

  Tick next() {
    if (position_ == kSequenceBatch) refill();
    return buffer_[position_++];
  }

 private:
  void refill();

  alignas(32) std::array<Tick, kSequenceBatch> buffer_{};
  const Law* law_;
  std::uint64_t owner_;
  StreamKey key_;
  Purpose purpose_;
  std::uint32_t next_block_ = 0;
  std::uint32_t position_ = kSequenceBatch;
};

} // namespace centresim::core
