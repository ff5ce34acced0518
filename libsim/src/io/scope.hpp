// Which dimensions a group of a tree can use: its own and those of its parents.
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace centresim::io {

struct FoundDimension {
  std::string group; // path of the group that owns it
  std::size_t length;
};

[[nodiscard]] inline std::string parent_path(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// The nearest dimension of that name, from the group upwards.
[[nodiscard]] inline std::optional<FoundDimension> find_dimension(const experiment::Tree& tree, std::string path,
                                                                  const std::string& name) {
  for (;;) {
    if (const auto group = tree.find(path); group != tree.end())
      for (const auto& [own, length] : group->second.dimensions)
        if (own == name) return FoundDimension{path, length};
    if (path.empty()) return std::nullopt;
    path = parent_path(path);
  }
}

} // namespace centresim::io
