// The rules a tree must keep to become a file: docs/formats/results.md.
#include "centresim/core/text.hpp"
#include "centresim/io/hdf5.hpp"
#include "scope.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>
#include <string_view>

namespace centresim::io {
namespace {

using experiment::Attribute;
using experiment::Group;
using experiment::Tree;
using experiment::Variable;

[[noreturn]] void refuse(const std::string& path, const std::string& object, const std::string& rule) {
  throw std::invalid_argument("results, /" + path + (object.empty() ? "" : " " + object) + ": " + rule);
}

// Strings end at their first NUL in the file; what follows would be lost without a word.
void check_text(const std::string& path, const std::string& object, const std::string& text) {
  if (text.find('\0') != std::string::npos) refuse(path, object, "a text holds a NUL character");
  if (!core::is_utf8(text)) refuse(path, object, "a text is not UTF-8");
}

void check_name(const std::string& path, const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name == "." || name == ".." || name.front() == '_')
    refuse(path, name, "is no name for a part of a file (empty, with a slash, or with a leading underscore)");
  check_text(path, name, name);
}

// xarray turns numbers with these units into dates and durations, with a warning.
void check_unit(const std::string& path, const Variable& variable) {
  constexpr std::string_view kDecoded[] = {"days",         "hours",        "minutes",    "seconds",
                                           "milliseconds", "microseconds", "nanoseconds"};
  if (std::find(std::begin(kDecoded), std::end(kDecoded), variable.unit) != std::end(kDecoded) ||
      variable.unit.find(" since ") != std::string::npos)
    refuse(path, variable.name, "the unit '" + variable.unit + "' would be decoded to dates; use the short form");
  check_text(path, variable.name, variable.unit);
  check_text(path, variable.name, variable.long_name);
}

void check_variable(const Tree& tree, const std::string& path, const Variable& variable) {
  std::size_t count = 1;
  for (const std::string& name : variable.dimensions) {
    const auto dimension = find_dimension(tree, path, name);
    if (!dimension) refuse(path, variable.name, "has the dimension '" + name + "', which nobody has declared");
    if (dimension->length != 0 && count > std::numeric_limits<std::size_t>::max() / dimension->length)
      refuse(path, variable.name, "has more values than memory can hold");
    count *= dimension->length;
  }
  const std::size_t values = std::visit([](const auto& v) { return v.size(); }, variable.values);
  if (values != count)
    refuse(path, variable.name,
           "has " + std::to_string(values) + " values where its dimensions ask for " + std::to_string(count));
  if (const auto* texts = std::get_if<std::vector<std::string>>(&variable.values))
    for (const std::string& text : *texts) check_text(path, variable.name, text);
  check_unit(path, variable);
}

void check_dimensions(const Tree& tree, const std::string& path, const Group& group) {
  std::set<std::string> names;
  for (const auto& [name, length] : group.dimensions) {
    check_name(path, name);
    if (!names.insert(name).second) refuse(path, name, "the dimension is declared twice");
    if (path.empty()) continue;
    const auto above = find_dimension(tree, parent_path(path), name);
    if (above && above->length != length) refuse(path, name, "the dimension has another length in a parent group");
  }
}

void check_group(const Tree& tree, const std::string& path, const Group& group) {
  check_dimensions(tree, path, group);
  std::set<std::string> names;
  for (const Variable& variable : group.variables) {
    check_name(path, variable.name);
    if (!names.insert(variable.name).second) refuse(path, variable.name, "the variable is there twice");
    const bool of_a_dimension = std::any_of(group.dimensions.begin(), group.dimensions.end(),
                                            [&](const auto& d) { return d.first == variable.name; });
    if (of_a_dimension && variable.dimensions != std::vector{variable.name})
      refuse(path, variable.name, "has the name of a dimension but is not its coordinate");
    if (tree.contains(path.empty() ? variable.name : path + "/" + variable.name))
      refuse(path, variable.name, "a group has this name too");
    check_variable(tree, path, variable);
  }
  std::set<std::string> attributes;
  for (const auto& [name, value] : group.attributes) {
    check_name(path, name);
    if (!attributes.insert(name).second) refuse(path, name, "the attribute is there twice");
    if (const auto* text = std::get_if<std::string>(&value)) check_text(path, name, *text);
  }
}

// What readers of results rely on: the key figures with their types and shapes, and what the run can be repeated from.
void check_kpi_table(const Group& root) {
  const auto find = [&](const std::string& name) -> const Variable& {
    const auto found = std::ranges::find(root.variables, name, &Variable::name);
    if (found == root.variables.end()) refuse("", name, "is missing from the KPI table");
    return *found;
  };
  const auto check = [&]<class T>(std::initializer_list<const char*> names, const char* type, const T&) {
    for (const char* name : names) {
      const Variable& variable = find(name);
      const bool whole = std::string_view(name) == "values";
      if (!std::holds_alternative<std::vector<T>>(variable.values)) refuse("", name, std::string("must hold ") + type);
      if (variable.dimensions !=
          (whole ? std::vector<std::string>{"kpi", "replication"} : std::vector<std::string>{"kpi"}))
        refuse("", name, std::string("must have the dimension") + (whole ? "s kpi, replication" : " kpi"));
    }
  };
  check({"kpi", "kpi_name", "unit_of", "meaning", "better"}, "texts", std::string());
  check({"mean", "low", "high", "sd", "estimate_share", "values"}, "doubles", 0.0);
  check({"n"}, "64-bit integers", std::int64_t{0});
  for (const std::string& better : std::get<std::vector<std::string>>(find("better").values))
    if (better != "higher" && better != "lower" && better != "neither")
      refuse("", "better", "must be higher, lower or neither, not '" + better.substr(0, 60) + "'");
}

void check_attributes(const Group& root) {
  const auto check = [&]<class T>(std::initializer_list<const char*> names, const char* type, bool needed, const T&) {
    for (const std::string name : names) {
      const auto found = std::ranges::find(root.attributes, name, [](const auto& a) { return a.first; });
      if (found == root.attributes.end()) {
        if (needed) refuse("", name, "the attribute is missing");
      } else if (!std::holds_alternative<T>(found->second)) {
        refuse("", name, std::string("the attribute must be ") + type);
      }
    }
  };
  check({"seed", "replications"}, "an integer", true, std::int64_t{0});
  check({"scenario_json"}, "a text", true, std::string());
  check({"title", "scenario", "producer", "scenario_hash", "model_version", "digest"}, "a text", false, std::string());
}

} // namespace

const char* file_type_name(FileKind kind) {
  return kind == FileKind::results ? "centresim-results" : "centresim-sweep-results";
}

void check_tree(const Tree& tree, FileKind kind) {
  const auto root = tree.find("");
  if (root == tree.end()) refuse("", "", "has no root group");
  for (const auto& [path, group] : tree) {
    for (std::size_t from = 0; !path.empty() && from <= path.size();) {
      const auto slash = std::min(path.find('/', from), path.size());
      check_name(path, path.substr(from, slash - from));
      from = slash + 1;
    }
    if (!path.empty() && !tree.contains(parent_path(path))) refuse(path, "", "its parent group is missing");
    check_group(tree, path, group);
  }
  if (kind != FileKind::results) return;
  check_kpi_table(root->second);
  check_attributes(root->second);
}

} // namespace centresim::io
