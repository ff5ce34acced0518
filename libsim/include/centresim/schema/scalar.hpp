// How single values are read, checked, written and changed. Other rooms specialise Scalar for their own value types.
#pragma once
#include "centresim/schema/node.hpp"
#include "centresim/schema/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace centresim::schema {

enum class Kind { boolean, integer, number, text, duration, law, choice, record };

// What a description says about a value beside its type.
struct Rules {
  std::string unit;                // of plain numbers; "s" for times where nothing is said
  std::optional<double> low, high; // in `unit`
  bool low_open = false;           // more than `low`, not at least
  bool bare_exponential = false;   // laws: a bare duration is the mean of an exponential law
  bool number_law = false;         // laws of plain numbers, not of time
  bool nonempty = false;           // lists and texts
  std::string pattern;             // of texts, as a regular expression of ECMA-262: for JSON Schema alone
  // "at least 1", "from 1 to 100", "more than 0", or empty.
  [[nodiscard]] std::string range_text() const;
};

// A relative change of an override: "+1", "-5 min", "*1.1", "+10 %".
struct Change {
  char operation = '+'; // '+' adds `amount` (signed), '*' multiplies by `factor`
  std::string amount;   // in the unit of the field, or with its own
  double factor = 1;
};
// Nothing if the text is not a relative change.
[[nodiscard]] std::optional<Change> parse_change(std::string_view text);

// Specialised per value type:
//   static constexpr Kind kind;
//   static std::string read(const Node&, const Rules&, T& out);       the rule that is broken, empty if all is well
//   static Node write(const T&, const Rules&);                        what read() turns into an equal value
//   static std::string change(T&, const Change&, const Rules&);       optional; checks the range as read() does
template <class T> struct Scalar;

template <> struct Scalar<bool> {
  static constexpr Kind kind = Kind::boolean;
  [[nodiscard]] static std::string read(const Node& node, const Rules& rules, bool& out);
  [[nodiscard]] static Node write(bool value, const Rules&) { return value; }
};
template <> struct Scalar<std::int64_t> {
  static constexpr Kind kind = Kind::integer;
  [[nodiscard]] static std::string read(const Node& node, const Rules& rules, std::int64_t& out);
  [[nodiscard]] static Node write(std::int64_t value, const Rules&) { return value; }
  // The result is rounded to the nearest whole number.
  [[nodiscard]] static std::string change(std::int64_t& value, const Change& change, const Rules& rules);
};
template <> struct Scalar<double> {
  static constexpr Kind kind = Kind::number;
  [[nodiscard]] static std::string read(const Node& node, const Rules& rules, double& out);
  [[nodiscard]] static Node write(double value, const Rules&) { return value; }
  [[nodiscard]] static std::string change(double& value, const Change& change, const Rules& rules);
};
template <> struct Scalar<std::string> {
  static constexpr Kind kind = Kind::text;
  [[nodiscard]] static std::string read(const Node& node, const Rules& rules, std::string& out);
  [[nodiscard]] static Node write(const std::string& value, const Rules&) { return value; }
};
// Not negative unless the range allows it; at most 139 years (core::kMaxTick); rounded to the nearest tick.
template <> struct Scalar<Duration> {
  static constexpr Kind kind = Kind::duration;
  [[nodiscard]] static std::string read(const Node& node, const Rules& rules, Duration& out);
  [[nodiscard]] static Node write(Duration value, const Rules&);
  [[nodiscard]] static std::string change(Duration& value, const Change& change, const Rules& rules);
};

// Helpers for specialisations.
[[nodiscard]] std::string check_range(double value, const Rules& rules); // value in the unit of the rules
[[nodiscard]] std::string time_unit(const Rules& rules);                 // the unit, "s" where nothing is said

} // namespace centresim::schema
