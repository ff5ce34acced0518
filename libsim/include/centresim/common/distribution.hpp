// A probability law as an input value: written "exponential(50 min)", "uniform(7.5 min, 2.5 min)" or "45 min".
#pragma once
#include "centresim/core/law.hpp"
#include "centresim/schema/scalar.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace centresim::common {

// What the parameters are: spans of time (ticks), or plain numbers (wafers of a lot).
enum class Dimension { time, number };

struct Distribution {
  core::LawKind kind = core::LawKind::constant;
  Dimension dimension = Dimension::time;
  std::vector<double> parameters{0.0}; // in the order of the written form; ticks where the dimension is time
  std::vector<double> weights;         // of empirical and discrete laws, beside the values in `parameters`

  static Distribution constant(double value, Dimension dimension = Dimension::number);
  // The law as the engines draw from it. The distribution must have passed check_distribution (schema reading does).
  [[nodiscard]] core::Law compile() const;
  [[nodiscard]] double mean() const; // ticks or number; of a normal law after it is cut off at 0
  bool operator==(const Distribution&) const = default;
};

// The rule that the parameters break, or an empty text: half width <= mean, low <= mode <= high, a coefficient of
// variation above 0, whole phases, weights not negative with a sum above 0, nothing negative, infinite or beyond 139
// years.
[[nodiscard]] std::string check_distribution(const Distribution& distribution);

// Reads the written form. Plain numbers are in `rules.unit` (times; "s" where nothing is said). Gives the broken rule,
// or an empty text.
[[nodiscard]] std::string parse_distribution(std::string_view text, const schema::Rules& rules, Distribution& out);
// The written form, which reads back equal: "45 min", "uniform(7.5 min, 2.5 min)", "discrete(5, 25; 0.2, 0.8)".
[[nodiscard]] std::string to_text(const Distribution& distribution);

// The name of a law as it is written, e.g. "lognormal".
[[nodiscard]] std::string_view law_name(core::LawKind kind);

} // namespace centresim::common

namespace centresim::schema {

// A number, a text, or a table {law = "uniform", mean = "7.5 min", half_width = "2.5 min"}. The range of a field is
// that of the mean. A relative change scales a law of time; only constants can be added to.
template <> struct Scalar<common::Distribution> {
  static constexpr Kind kind = Kind::law;
  [[nodiscard]] static std::string read(const Node& node, const Rules& rules, common::Distribution& out);
  [[nodiscard]] static Node write(const common::Distribution& value, const Rules& rules);
  [[nodiscard]] static std::string change(common::Distribution& value, const Change& change, const Rules& rules);
};

} // namespace centresim::schema
