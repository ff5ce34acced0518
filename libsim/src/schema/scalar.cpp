#include "centresim/schema/scalar.hpp"

#include "centresim/core/text.hpp"
#include "centresim/schema/units.hpp"

#include <charconv>
#include <cmath>

namespace centresim::schema {

namespace {

constexpr double kExact = 9007199254740992.0; // 2^53: whole numbers a double keeps apart

std::string plain(double value) {
  if (value == std::floor(value) && std::abs(value) < 1e12) return std::to_string(static_cast<std::int64_t>(value));
  std::string text = shortest(value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string with_unit(double value, const Rules& rules) {
  return rules.unit.empty() || rules.unit == "1" ? plain(value) : plain(value) + ' ' + rules.unit;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// A whole number, or false.
bool whole(double value, std::int64_t& out) {
  if (!(std::abs(value) <= kExact) || value != std::floor(value)) return false;
  out = static_cast<std::int64_t>(value);
  return true;
}

} // namespace

std::string Rules::range_text() const {
  const bool lowest = low && *low > -1e299;
  if (lowest && high && !low_open) return "from " + plain(*low) + " to " + with_unit(*high, *this);
  std::string text;
  if (lowest) text = (low_open ? "more than " : "at least ") + with_unit(*low, *this);
  if (high) text += (lowest ? " and at most " : "at most ") + with_unit(*high, *this);
  return text;
}

std::string check_range(double value, const Rules& rules) {
  if (!std::isfinite(value)) return "must be a finite number";
  const bool below = rules.low && (rules.low_open ? value <= *rules.low : value < *rules.low);
  if (below || (rules.high && value > *rules.high)) return "must be " + rules.range_text();
  return {};
}

std::string time_unit(const Rules& rules) { return rules.unit.empty() ? "s" : rules.unit; }

std::optional<Change> parse_change(std::string_view text) {
  text = trimmed(text);
  if (text.empty()) return std::nullopt;
  const char sign = text.front();
  if (sign != '+' && sign != '-' && sign != '*') return std::nullopt;
  std::string_view rest = trimmed(text.substr(1));
  const bool percent = rest.ends_with('%');
  if (percent) rest = trimmed(rest.substr(0, rest.size() - 1));
  double number = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  if (error != std::errc{} || rest.front() == '-' || !std::isfinite(number)) return std::nullopt;
  const bool bare = end == rest.data() + rest.size();
  if (percent || sign == '*') {
    if (!bare) return std::nullopt;
    if (sign == '*') return Change{'*', {}, percent ? number / 100 : number};
    return Change{'*', {}, sign == '+' ? 1 + number / 100 : 1 - number / 100};
  }
  return Change{'+', (sign == '-' ? "-" : "") + std::string(rest), 1};
}

std::string Scalar<bool>::read(const Node& node, const Rules&, bool& out) {
  if (const auto* value = node.boolean()) {
    out = *value;
    return {};
  }
  if (const auto* text = node.text(); text != nullptr && node.cell && (*text == "true" || *text == "false")) {
    out = *text == "true";
    return {};
  }
  return "must be true or false";
}

std::string Scalar<std::int64_t>::read(const Node& node, const Rules& rules, std::int64_t& out) {
  const char* const rule = "must be a whole number";
  std::int64_t value = 0;
  if (const auto* i = node.integer()) {
    value = *i;
  } else if (const auto* r = node.real()) {
    if (!std::isfinite(*r)) return "must be a finite number";
    if (!whole(*r, value)) return rule;
  } else if (const auto* text = node.text(); text != nullptr && node.cell) {
    const auto digits = trimmed(*text);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
      double number = 0;
      const auto [stop, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
      if (fault != std::errc{} || stop != digits.data() + digits.size() || !whole(number, value)) return rule;
    }
  } else {
    return rule;
  }
  if (auto range = check_range(static_cast<double>(value), rules); !range.empty()) return range;
  out = value;
  return {};
}

std::string Scalar<std::int64_t>::change(std::int64_t& value, const Change& change, const Rules& rules) {
  double changed = static_cast<double>(value);
  std::string rule = Scalar<double>::change(changed, change, rules);
  if (!rule.empty()) return rule;
  return whole(std::round(changed), value) ? std::string() : "is too large a number";
}

std::string Scalar<double>::read(const Node& node, const Rules& rules, double& out) {
  double value = 0;
  if (const auto number = node.number()) {
    value = *number;
  } else if (const auto* text = node.text(); text != nullptr && (node.cell || !rules.unit.empty())) {
    std::string rule;
    const auto parsed = parse_quantity(*text, rules.unit, rule);
    if (!parsed) return rule;
    value = *parsed;
  } else {
    return "must be a number";
  }
  if (auto range = check_range(value, rules); !range.empty()) return range;
  out = value;
  return {};
}

std::string Scalar<double>::change(double& value, const Change& change, const Rules& rules) {
  double changed = value * change.factor;
  if (change.operation == '+') {
    std::string rule;
    const auto amount = parse_quantity(change.amount, rules.unit, rule);
    if (!amount) return rule;
    changed = value + *amount;
  }
  if (auto range = check_range(changed, rules); !range.empty()) return range + " (it would be " + plain(changed) + ")";
  value = changed;
  return {};
}

namespace {

// What reads as a number, a date or a truth value is text only in quotes.
std::string must_be_text(const Node& node) {
  const bool single = node.array() == nullptr && node.table() == nullptr && !node.is_null();
  return single ? "must be a text: put it in quotes, \"" + node.shown() + "\"" : "must be a text";
}

} // namespace

std::string Scalar<std::string>::read(const Node& node, const Rules& rules, std::string& out) {
  const auto* text = node.text();
  if (text == nullptr) return must_be_text(node);
  if (rules.nonempty && text->empty()) return "must not be empty";
  // No file could hold the one or the other: better said now than after the run.
  if (text->find('\0') != std::string::npos) return "must not hold a zero character";
  if (!core::is_utf8(*text)) return "must be UTF-8 text";
  if (rules.nonempty) { // names stand in tables, paths and plots
    for (const char c : *text) {
      if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) return "must not hold control characters";
    }
  }
  out = *text;
  return {};
}

namespace {

std::string check_duration(double ticks, const Rules& rules, Duration& out) {
  if (!std::isfinite(ticks)) return "must be a finite number";
  if (!rules.low && ticks < 0) return "must not be negative";
  if (std::abs(ticks) > static_cast<double>(core::kMaxTick)) return "must be less than 139 years";
  const std::string unit = time_unit(rules);
  Rules in_unit = rules;
  in_unit.unit = unit;
  const double rounded = std::round(ticks);
  if (auto range = check_range(rounded / ticks_per(unit), in_unit); !range.empty()) return range;
  out.ticks = static_cast<core::Tick>(rounded);
  return {};
}

} // namespace

std::string Scalar<Duration>::read(const Node& node, const Rules& rules, Duration& out) {
  const std::string unit = time_unit(rules);
  if (const auto number = node.number()) return check_duration(*number * ticks_per(unit), rules, out);
  const auto* text = node.text();
  if (text == nullptr) return "must be a duration such as \"45 min\", or a number in " + unit;
  std::string rule;
  const auto ticks = parse_ticks(*text, unit, rule);
  return ticks ? check_duration(*ticks, rules, out) : rule;
}

Node Scalar<Duration>::write(Duration value, const Rules&) { return format_duration(value.ticks); }

std::string Scalar<Duration>::change(Duration& value, const Change& change, const Rules& rules) {
  double ticks = static_cast<double>(value.ticks) * change.factor;
  if (change.operation == '+') {
    std::string rule;
    const auto amount = parse_ticks(change.amount, time_unit(rules), rule);
    if (!amount) return rule;
    ticks = static_cast<double>(value.ticks) + *amount;
  }
  std::string rule = check_duration(ticks, rules, value);
  if (!rule.empty()) rule += " (it would be " + format_ticks(ticks) + ")";
  return rule;
}

} // namespace centresim::schema
