#include "centresim/schema/units.hpp"

#include "centresim/schema/node.hpp"

#include <charconv>
#include <cmath>

namespace centresim::schema {

namespace {

constexpr double kMs = 1, kSecond = 1000, kMinute = 60 * kSecond, kHour = 60 * kMinute, kDay = 24 * kHour;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_month(std::string_view unit) { return unit == "month" || unit == "months" || unit == "mo" || unit == "mon"; }

} // namespace

const std::vector<Unit>& units() {
  static const std::vector<Unit> list = {
      {"ms", UnitKind::time, kMs, "millisecond"},
      {"s", UnitKind::time, kSecond, "second"},
      {"min", UnitKind::time, kMinute, "minute"},
      {"h", UnitKind::time, kHour, "hour"},
      {"d", UnitKind::time, kDay, "day"},
      {"wk", UnitKind::time, 7 * kDay, "week"},
      {"y", UnitKind::time, 365 * kDay, "year of 365 days"},
      {"1", UnitKind::share, 1, "share of one"},
      {"%", UnitKind::share, 0.01, "percent"},
      {"sec", UnitKind::time, kSecond, "second"},
      {"second", UnitKind::time, kSecond, "second"},
      {"seconds", UnitKind::time, kSecond, "second"},
      {"minute", UnitKind::time, kMinute, "minute"},
      {"minutes", UnitKind::time, kMinute, "minute"},
      {"hr", UnitKind::time, kHour, "hour"},
      {"hour", UnitKind::time, kHour, "hour"},
      {"hours", UnitKind::time, kHour, "hour"},
      {"day", UnitKind::time, kDay, "day"},
      {"days", UnitKind::time, kDay, "day"},
      {"week", UnitKind::time, 7 * kDay, "week"},
      {"weeks", UnitKind::time, 7 * kDay, "week"},
      {"year", UnitKind::time, 365 * kDay, "year of 365 days"},
      {"years", UnitKind::time, 365 * kDay, "year of 365 days"},
  };
  return list;
}

const Unit* find_unit(std::string_view name) {
  for (const Unit& unit : units()) {
    if (unit.name == name) return &unit;
  }
  return nullptr;
}

double ticks_per(std::string_view unit) {
  const Unit* found = find_unit(unit);
  return found != nullptr && found->kind == UnitKind::time ? found->factor : 0;
}

namespace {

// Splits "2.5 h" into 2.5 and "h".
bool split(std::string_view text, double& value, std::string_view& unit, std::string& rule) {
  text = trim(text);
  if (text.empty()) {
    rule = "must not be empty";
    return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    rule = "is too large or too small a number";
    return false;
  }
  if (error != std::errc{}) {
    rule = "must start with a number";
    return false;
  }
  if (!std::isfinite(value)) {
    rule = "must be a finite number";
    return false;
  }
  unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  return true;
}

std::string unknown_unit(std::string_view unit, std::string_view wanted, UnitKind kind) {
  if (kind == UnitKind::share) return "must be a share of 1 or end in %";
  if (is_month(unit)) return "months have no fixed length: use d, wk or y (365 d)";
  if (unit == "m") return "unknown unit 'm': write min for minutes";
  if (unit == "H" || unit == "S" || unit == "D") return "unknown unit: units are written in small letters (h, s, d)";
  const std::string shown = shortened(unit, 20);
  return "unknown unit '" + shown + "': use ms, s, min, h, d, wk or y (plain numbers are in " + std::string(wanted) +
         ")";
}

} // namespace

std::optional<double> parse_quantity(std::string_view text, std::string_view unit, std::string& rule) {
  double value = 0;
  std::string_view given;
  if (!split(text, value, given, rule)) return std::nullopt;
  if (given.empty() || given == unit) return value;
  const Unit* target = find_unit(unit.empty() ? "1" : unit);
  if (target == nullptr) {
    rule = "must be a number in " + std::string(unit);
    return std::nullopt;
  }
  const Unit* source = find_unit(given);
  if (source == nullptr || source->kind != target->kind) {
    rule = unit.empty() ? "must be a number without unit" : unknown_unit(given, unit, target->kind);
    return std::nullopt;
  }
  // 80 % must be the double nearest to 0.8, so divide where the factor is not exact.
  if (source->name == "%") return target->name == "%" ? value : value / 100;
  if (target->name == "%") return value * 100;
  return source->factor >= target->factor ? value * (source->factor / target->factor)
                                          : value / (target->factor / source->factor);
}

std::optional<double> parse_ticks(std::string_view text, std::string_view unit, std::string& rule) {
  double value = 0;
  std::string_view given;
  if (!split(text, value, given, rule)) return std::nullopt;
  if (given.empty()) given = unit;
  const double factor = ticks_per(given);
  if (factor <= 0) {
    rule = unknown_unit(given, unit, UnitKind::time);
    return std::nullopt;
  }
  return to_ticks(value, factor);
}

double to_ticks(double value, double per_unit) {
  const double ticks = value * per_unit, whole = std::round(ticks);
  return std::abs(ticks - whole) <= 4e-16 * std::abs(whole) ? whole : ticks;
}

std::string format_duration(core::Tick ticks) {
  if (ticks == 0) return "0 s";
  // With at most two decimals, in the largest unit of which there is one or more.
  static constexpr struct {
    core::Tick ticks;
    const char* name;
  } scale[] = {{core::kTicksPerDay, "d"}, {core::kTicksPerHour, "h"}, {core::kTicksPerMinute, "min"}, {1000, "s"}};
  const bool negative = ticks < 0;
  const auto size = negative ? 0 - static_cast<std::uint64_t>(ticks) : static_cast<std::uint64_t>(ticks);
  if (size < (std::uint64_t{1} << 50)) {
    for (const auto& unit : scale) {
      const auto length = static_cast<std::uint64_t>(unit.ticks);
      if (size < length || size * 100 % length != 0) continue;
      const std::uint64_t hundredths = size * 100 / length;
      std::string text = (negative ? "-" : "") + std::to_string(hundredths / 100);
      if (const auto rest = hundredths % 100; rest != 0) {
        text += '.' + std::to_string(rest / 10);
        if (rest % 10 != 0) text += std::to_string(rest % 10);
      }
      return text + ' ' + unit.name;
    }
  }
  return std::to_string(ticks) + " ms";
}

std::string format_ticks(double ticks) {
  if (std::abs(ticks) < 0x1p52 && ticks == std::floor(ticks)) {
    // A decimal fraction of hours need not read back as the whole number it stands for: nobody rounds it here.
    std::string text = format_duration(static_cast<core::Tick>(ticks)), rule;
    if (parse_ticks(text, "ms", rule) == ticks) return text;
  }
  return shortest(ticks) + " ms";
}

} // namespace centresim::schema
