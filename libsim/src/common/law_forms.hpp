// How each law is written: its name and its parameters, once for reading and writing.
#pragma once
#include "centresim/common/distribution.hpp"

#include <span>
#include <string>
#include <string_view>

namespace centresim::common {

struct LawParameter {
  std::string_view name;
  bool quantity; // a time (or number) of its own; else a plain number such as a coefficient of variation
};

struct LawForm {
  core::LawKind kind;
  std::string_view name;
  std::span<const LawParameter> parameters;
  bool listed = false; // any number of values, as many weights
};

[[nodiscard]] std::span<const LawForm> law_forms();
[[nodiscard]] const LawForm& form_of(core::LawKind kind);
[[nodiscard]] std::string written_form(const LawForm& form); // "uniform(mean, half_width)"

// Reads {law = "uniform", mean = ..., half_width = ...}; gives the broken rule, or an empty text.
[[nodiscard]] std::string read_law_table(const schema::Node& node, const schema::Rules& rules, Distribution& out);

// Multiplies every value of the law.
void scale(Distribution& distribution, double factor);

} // namespace centresim::common
