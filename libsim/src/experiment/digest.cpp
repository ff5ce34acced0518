#include "centresim/core/digest.hpp"

#include "centresim/experiment/kpi.hpp"

#include <algorithm>
#include <string_view>

namespace centresim::experiment {
namespace {

std::vector<std::int64_t> integers_of(const Variable& variable) {
  if (const auto* wide = std::get_if<std::vector<std::int64_t>>(&variable.values)) return *wide;
  const auto& narrow = std::get<std::vector<std::int8_t>>(variable.values);
  return {narrow.begin(), narrow.end()};
}

bool is_integer(const Variable& variable) {
  return std::holds_alternative<std::vector<std::int64_t>>(variable.values) ||
         std::holds_alternative<std::vector<std::int8_t>>(variable.values);
}

// The length of a dimension: of the group itself or of the nearest group above it.
std::uint64_t length_of(const Tree& tree, std::string path, const std::string& dimension) {
  for (;;) {
    if (const auto group = tree.find(path); group != tree.end())
      for (const auto& [name, length] : group->second.dimensions)
        if (name == dimension) return length;
    if (path.empty()) return 0;
    const std::size_t slash = path.rfind('/');
    path.resize(slash == std::string::npos ? 0 : slash);
  }
}

// What differs from run to run, and traces: asking for one must not change the digest of the same sample path.
bool left_out(std::string_view path) {
  if (path == "run" || path.starts_with("run/")) return true;
  return path.ends_with("/trace") || path.find("/trace/") != std::string_view::npos;
}

} // namespace

std::string digest(const Tree& tree, std::string_view model_version) {
  core::Sha256 hash;
  hash.add_text(model_version);
  for (const auto& [path, group] : tree) {
    if (left_out(path)) continue;
    std::vector<const Variable*> variables;
    for (const Variable& variable : group.variables)
      if (is_integer(variable)) variables.push_back(&variable);
    std::sort(variables.begin(), variables.end(), [](const auto* a, const auto* b) { return a->name < b->name; });
    for (const Variable* variable : variables) {
      hash.add_text(path).add_text(variable->name).add(static_cast<std::uint64_t>(variable->dimensions.size()));
      for (const std::string& dimension : variable->dimensions)
        hash.add_text(dimension).add(length_of(tree, path, dimension));
      const std::vector<std::int64_t> values = integers_of(*variable);
      hash.add(static_cast<std::uint64_t>(values.size())).add_all(values);
    }
  }
  return hash.hex();
}

} // namespace centresim::experiment
