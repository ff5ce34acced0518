#include "law_forms.hpp"

#include "centresim/schema/suggest.hpp"
#include "centresim/schema/units.hpp"

#include <optional>

namespace centresim::common {

using core::LawKind;
using schema::Node;
using schema::Rules;

namespace {

constexpr LawParameter kValue[] = {{"value", true}};
constexpr LawParameter kMean[] = {{"mean", true}};
constexpr LawParameter kMeanHalfWidth[] = {{"mean", true}, {"half_width", true}};
constexpr LawParameter kLowModeHigh[] = {{"low", true}, {"mode", true}, {"high", true}};
constexpr LawParameter kMeanCv[] = {{"mean", true}, {"cv", false}};
constexpr LawParameter kMeanPhases[] = {{"mean", true}, {"k", false}};
constexpr LawParameter kMeanSd[] = {{"mean", true}, {"sd", true}};
constexpr LawParameter kLowHigh[] = {{"low", true}, {"high", true}};

constexpr LawForm kForms[] = {
    {LawKind::constant, "constant", kValue},      {LawKind::uniform, "uniform", kMeanHalfWidth},
    {LawKind::exponential, "exponential", kMean}, {LawKind::triangular, "triangular", kLowModeHigh},
    {LawKind::lognormal, "lognormal", kMeanCv},   {LawKind::gamma, "gamma", kMeanCv},
    {LawKind::weibull, "weibull", kMeanCv},       {LawKind::erlang, "erlang", kMeanPhases},
    {LawKind::normal, "normal", kMeanSd},         {LawKind::empirical, "empirical", {}, true},
    {LawKind::discrete, "discrete", {}, true},    {LawKind::integers, "integers", kLowHigh},
};

constexpr std::size_t kMostValues = 1'000'000;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

const LawForm* find_form(std::string_view name, std::string& rule) {
  std::vector<std::string_view> names;
  for (const LawForm& form : kForms) {
    if (form.name == name) return &form;
    names.push_back(form.name);
  }
  rule = "unknown law '" + schema::shortened(name, 30) + "'" + schema::did_you_mean(name, names);
  return nullptr;
}

// One number of a law: a quantity in the unit of the field, or a plain number.
std::optional<double> read_number(std::string_view text, bool quantity, const Rules& rules, std::string& rule) {
  return quantity && !rules.number_law ? schema::parse_ticks(text, schema::time_unit(rules), rule)
                                       : schema::parse_quantity(text, "", rule);
}

// "a, b, c" into numbers; gives the broken rule.
std::string read_numbers(std::string_view text, const LawForm& form, bool weights, const Rules& rules,
                         std::vector<double>& out) {
  while (true) {
    const auto comma = text.find(',');
    const bool known = out.size() < form.parameters.size();
    const bool quantity = form.listed ? !weights : !known || form.parameters[out.size()].quantity;
    std::string rule;
    const auto number = read_number(text.substr(0, comma), quantity, rules, rule);
    if (!number) {
      const std::string which = known ? std::string(form.parameters[out.size()].name) : weights ? "weight" : "value";
      return std::string(form.name) + ": " + which + " " + rule;
    }
    out.push_back(*number);
    if (out.size() > kMostValues) return "has too many values";
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

} // namespace

std::span<const LawForm> law_forms() { return kForms; }

const LawForm& form_of(LawKind kind) {
  for (const LawForm& form : kForms) {
    if (form.kind == kind) return form;
  }
  return kForms[0];
}

std::string written_form(const LawForm& form) {
  std::string text(form.name);
  text += '(';
  for (std::size_t i = 0; i < form.parameters.size(); ++i) {
    text += (i > 0 ? ", " : "") + std::string(form.parameters[i].name);
  }
  return text + (form.listed ? "value, ...; weight, ...)" : ")");
}

std::string parse_distribution(std::string_view text, const Rules& rules, Distribution& out) {
  text = trim(text);
  out = {};
  out.dimension = rules.number_law ? Dimension::number : Dimension::time;
  const auto open = text.find('(');
  if (open == std::string_view::npos) {
    std::string rule;
    const bool starts_as_number = !text.empty() && std::string_view("0123456789.+-").find(text[0]) != text.npos;
    if (!starts_as_number && !text.empty()) {
      if (const LawForm* form = find_form(text, rule)) return "must be written " + written_form(*form);
      return rule.find(';') != std::string::npos ? rule : "must be a duration or a law such as \"exponential(30 min)\"";
    }
    const auto number = read_number(text, true, rules, rule);
    if (!number) return rule;
    out.kind = rules.bare_exponential ? LawKind::exponential : LawKind::constant;
    out.parameters = {*number};
    return check_distribution(out);
  }
  if (text.back() != ')') return "must end with )";
  std::string rule;
  const LawForm* form = find_form(trim(text.substr(0, open)), rule);
  if (form == nullptr) return rule;
  out.kind = form->kind;
  out.parameters.clear();
  std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  if (trim(inside).empty()) return "must be written " + written_form(*form);
  const auto semicolon = inside.find(';');
  rule = read_numbers(inside.substr(0, semicolon), *form, false, rules, out.parameters);
  if (rule.empty() && semicolon != std::string_view::npos) {
    rule = read_numbers(inside.substr(semicolon + 1), *form, true, rules, out.weights);
  }
  return rule.empty() ? check_distribution(out) : rule;
}

namespace {

// A number of the table form: a plain number in the unit of the field, or a text with its own.
std::string read_entry(const Node& node, bool quantity, const Rules& rules, double& out) {
  if (const auto number = node.number()) {
    out = quantity && !rules.number_law ? schema::to_ticks(*number, schema::ticks_per(schema::time_unit(rules)))
                                        : *number;
    return {};
  }
  if (node.text() == nullptr) return "must be a number";
  std::string rule;
  const auto number = read_number(*node.text(), quantity, rules, rule);
  if (number) out = *number;
  return rule;
}

std::string read_list(const Node& table, std::string_view key, bool quantity, const Rules& rules,
                      std::vector<double>& out) {
  const Node* list = table.find(key);
  if (list == nullptr || list->array() == nullptr) return std::string(key) + " must be a list of numbers";
  for (const Node& item : *list->array()) {
    out.push_back(0);
    if (std::string rule = read_entry(item, quantity, rules, out.back()); !rule.empty()) {
      return std::string(key) + ": " + rule;
    }
  }
  return {};
}

std::string unknown_entry(const Node& node, const LawForm& form) {
  for (const schema::Member& member : *node.table()) {
    bool known = member.key == "law" || (form.listed && (member.key == "values" || member.key == "weights"));
    for (const LawParameter& parameter : form.parameters) known = known || member.key == parameter.name;
    if (!known) return "unknown key '" + schema::shortened(member.key, 30) + "' in a law written " + written_form(form);
  }
  return {};
}

} // namespace

std::string read_law_table(const Node& node, const Rules& rules, Distribution& out) {
  out = {};
  out.dimension = rules.number_law ? Dimension::number : Dimension::time;
  const Node* law = node.find("law");
  if (law == nullptr || law->text() == nullptr) return "a law as a table names it: law = \"uniform\"";
  std::string rule;
  const LawForm* form = find_form(*law->text(), rule);
  if (form == nullptr) return rule;
  if (rule = unknown_entry(node, *form); !rule.empty()) return rule;
  out.kind = form->kind;
  out.parameters.clear();
  if (form->listed) {
    rule = read_list(node, "values", true, rules, out.parameters);
    if (rule.empty()) rule = read_list(node, "weights", false, rules, out.weights);
  }
  for (const LawParameter& parameter : form->parameters) {
    const Node* entry = node.find(parameter.name);
    if (entry == nullptr) return std::string(parameter.name) + " is missing: " + written_form(*form);
    double value = 0;
    rule = read_entry(*entry, parameter.quantity, rules, value);
    if (!rule.empty()) return std::string(parameter.name) + " " + rule;
    out.parameters.push_back(value);
  }
  return rule.empty() ? check_distribution(out) : rule;
}

void scale(Distribution& distribution, double factor) {
  const LawForm& form = form_of(distribution.kind);
  for (std::size_t i = 0; i < distribution.parameters.size(); ++i) {
    if (form.listed || form.parameters[i].quantity) distribution.parameters[i] *= factor;
  }
}

} // namespace centresim::common
