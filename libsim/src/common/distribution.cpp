#include "centresim/common/distribution.hpp"

#include "centresim/schema/units.hpp"

#include "law_forms.hpp"

#include <algorithm>
#include <cmath>

namespace centresim::common {

using core::LawKind;
using schema::Node;
using schema::Rules;

Distribution Distribution::constant(double value, Dimension dimension) {
  return {LawKind::constant, dimension, {value}, {}};
}

core::Law Distribution::compile() const { return core::Law::make(kind, parameters, weights); }

double Distribution::mean() const {
  switch (kind) {
  case LawKind::triangular:
    return (parameters[0] + parameters[1] + parameters[2]) / 3;
  case LawKind::integers:
    return (parameters[0] + parameters[1]) / 2;
  case LawKind::normal:
  case LawKind::empirical:
  case LawKind::discrete:
    return compile().mean();
  default:
    return parameters[0];
  }
}

std::string_view law_name(LawKind kind) { return form_of(kind).name; }

namespace {

bool is_whole(double value) { return value == std::floor(value); }

// What holds for every number of a law.
std::string check_numbers(const Distribution& d) {
  const LawForm& form = form_of(d.kind);
  if (form.listed ? d.parameters.empty() : d.parameters.size() != form.parameters.size()) {
    return "must be written " + written_form(form);
  }
  if (d.weights.size() != (form.listed ? d.parameters.size() : 0)) return "must have one weight for each value";
  const double largest = d.dimension == Dimension::time ? static_cast<double>(core::kMaxTick) : 1e15;
  for (std::size_t i = 0; i < d.parameters.size(); ++i) {
    const double value = d.parameters[i];
    if (!std::isfinite(value)) return "must be a finite number";
    if (value < 0) return "must not be negative";
    const bool time = d.dimension == Dimension::time && (form.listed || form.parameters[i].quantity);
    if (value > largest) return time ? "must be less than 139 years" : "is too large a number";
  }
  double sum = 0;
  for (const double weight : d.weights) {
    if (!std::isfinite(weight) || weight < 0) return "weights must not be negative";
    sum += weight;
  }
  if (form.listed && !(sum > 0 && std::isfinite(sum))) return "weights must have a sum above 0";
  return {};
}

std::string check_shape(const Distribution& d) {
  const auto& p = d.parameters;
  switch (d.kind) {
  case LawKind::uniform:
    return p[1] > p[0] ? "the half width must not be larger than the mean" : "";
  case LawKind::triangular:
    return p[0] <= p[1] && p[1] <= p[2] ? "" : "low, mode and high must be in this order";
  case LawKind::lognormal:
  case LawKind::gamma:
  case LawKind::weibull:
    if (p[0] <= 0) return "the mean must be more than 0";
    return p[1] >= 1e-6 && p[1] <= 100 ? "" : "the coefficient of variation must be from 0.000001 to 100";
  case LawKind::erlang:
    if (p[0] <= 0) return "the mean must be more than 0";
    return is_whole(p[1]) && p[1] >= 1 && p[1] <= 1e6 ? ""
                                                      : "the number of phases must be a whole number from 1 to 1000000";
  case LawKind::normal:
    return p[0] > 0 && p[1] <= 10 * p[0] ? "" : "the mean must be more than 0 and the sd at most ten times as large";
  case LawKind::integers:
    if (!is_whole(p[0]) || !is_whole(p[1])) return "low and high must be whole numbers";
    return p[0] <= p[1] ? "" : "low must not be above high";
  case LawKind::discrete:
    return std::all_of(p.begin(), p.end(), is_whole) ? "" : "the values must be whole numbers (or use empirical)";
  default:
    return "";
  }
}

} // namespace

std::string check_distribution(const Distribution& d) {
  if (std::string rule = check_numbers(d); !rule.empty()) return rule;
  if (d.dimension == Dimension::time && (d.kind == LawKind::discrete || d.kind == LawKind::integers)) {
    return std::string(law_name(d.kind)) + " is a law of whole numbers, not of time: use empirical";
  }
  return check_shape(d);
}

std::string to_text(const Distribution& d) {
  const LawForm& form = form_of(d.kind);
  const auto shown = [&](double value, bool quantity) {
    if (quantity && d.dimension == Dimension::time) return schema::format_ticks(value);
    std::string text = schema::shortest(value);
    if (text.ends_with(".0")) text.resize(text.size() - 2);
    return text;
  };
  std::string text;
  for (std::size_t i = 0; i < d.parameters.size(); ++i) {
    if (i > 0) text += ", ";
    text += shown(d.parameters[i], form.listed || form.parameters[i].quantity);
  }
  for (std::size_t i = 0; i < d.weights.size(); ++i) text += (i == 0 ? "; " : ", ") + shown(d.weights[i], false);
  return d.kind == LawKind::constant ? text : std::string(form.name) + '(' + text + ')';
}

} // namespace centresim::common

namespace centresim::schema {

using common::Dimension;
using common::Distribution;
using core::LawKind;

namespace {

std::string check_mean(const Distribution& d, const Rules& rules) {
  if (!rules.low && !rules.high) return {};
  Rules in_unit = rules;
  double mean = d.mean();
  if (d.dimension == Dimension::time) {
    in_unit.unit = time_unit(rules);
    mean /= ticks_per(in_unit.unit);
  }
  const std::string rule = check_range(mean, in_unit);
  return rule.empty() || d.kind == LawKind::constant ? rule : "the mean " + rule;
}

} // namespace

std::string Scalar<Distribution>::read(const Node& node, const Rules& rules, Distribution& out) {
  Distribution value;
  std::string rule;
  if (const auto number = node.number()) {
    value.dimension = rules.number_law ? Dimension::number : Dimension::time;
    value.kind = rules.bare_exponential ? LawKind::exponential : LawKind::constant;
    value.parameters = {rules.number_law ? *number : to_ticks(*number, ticks_per(time_unit(rules)))};
    rule = check_distribution(value);
  } else if (const auto* text = node.text()) {
    rule = common::parse_distribution(*text, rules, value);
  } else if (node.table() != nullptr) {
    rule = common::read_law_table(node, rules, value);
  } else {
    rule = rules.number_law ? "must be a number or a law such as \"discrete(5, 25; 0.2, 0.8)\""
                            : "must be a duration or a law such as \"uniform(45 min, 5 min)\"";
  }
  if (rule.empty()) rule = check_mean(value, rules);
  if (rule.empty()) out = std::move(value);
  return rule;
}

Node Scalar<Distribution>::write(const Distribution& value, const Rules& rules) {
  if (value.kind == LawKind::constant && value.dimension == Dimension::number) {
    const double number = value.parameters[0];
    if (number == std::floor(number) && std::abs(number) < 1e15) return static_cast<std::int64_t>(number);
    return number;
  }
  const std::string text = common::to_text(value);
  return value.kind == LawKind::constant && rules.bare_exponential ? "constant(" + text + ")" : text;
}

std::string Scalar<Distribution>::change(Distribution& value, const Change& change, const Rules& rules) {
  Distribution changed = value;
  if (change.operation == '+') {
    if (value.kind != LawKind::constant && value.kind != LawKind::exponential) {
      return "only a constant can be added to; use *1.1 or +10 % to scale this law";
    }
    std::string rule;
    const bool time = value.dimension == Dimension::time;
    const auto amount =
        time ? parse_ticks(change.amount, time_unit(rules), rule) : parse_quantity(change.amount, "", rule);
    if (!amount) return rule;
    changed.parameters[0] += *amount;
  } else {
    if (value.kind == LawKind::discrete || value.kind == LawKind::integers)
      return "a law of whole numbers is not scaled";
    common::scale(changed, change.factor);
  }
  std::string rule = check_distribution(changed);
  if (rule.empty()) rule = check_mean(changed, rules);
  if (!rule.empty()) return rule + " (it would be " + common::to_text(changed) + ")";
  value = std::move(changed);
  return {};
}

} // namespace centresim::schema
