// Units at the border: texts such as "45 min" or "80 %" into numbers and back.
#pragma once
#include "centresim/core/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::schema {

enum class UnitKind { time, share };

struct Unit {
  std::string_view name;
  UnitKind kind;
  double factor; // to ticks, or to a share of 1
  std::string_view doc;
};

// ms, s, min, h, d, wk, y (365 d), and 1, %: the short names first, then the words accepted for them.
[[nodiscard]] const std::vector<Unit>& units();
[[nodiscard]] const Unit* find_unit(std::string_view name);

// Reads "2.5 h", "45 min", "-3", "80 %" as a multiple of `unit` (a plain number is one already). On failure nothing,
// and `rule` says what is wrong. `unit` empty or unknown here: only plain numbers, or numbers followed by that very
// unit.
[[nodiscard]] std::optional<double> parse_quantity(std::string_view text, std::string_view unit, std::string& rule);

// Ticks per unit of time; 0 if `unit` is no unit of time.
[[nodiscard]] double ticks_per(std::string_view unit);
// `value` times `per_unit` ticks; whole where only the last bits of the product say otherwise (17.47 h is 62 892 000).
[[nodiscard]] double to_ticks(double value, double per_unit);
// Reads a span of time in ticks, not rounded. Plain numbers are in `unit`.
[[nodiscard]] std::optional<double> parse_ticks(std::string_view text, std::string_view unit, std::string& rule);

// The readable form that reads back exactly: "45 min", "7.5 min", "2 d"; never weeks or years.
[[nodiscard]] std::string format_duration(core::Tick ticks);
[[nodiscard]] std::string format_ticks(double ticks); // of the mean of a law, say, which need not be whole

} // namespace centresim::schema
