// Reading single things out of a tree of labelled arrays. Private to the room.
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

namespace centresim::io {

[[nodiscard]] inline const experiment::Group* find_group(const experiment::Tree& tree, const std::string& path) {
  const auto found = tree.find(path);
  return found == tree.end() ? nullptr : &found->second;
}

template <class T> [[nodiscard]] const T* find_attribute(const experiment::Group* group, std::string_view name) {
  if (group == nullptr) return nullptr;
  for (const auto& [own, value] : group->attributes)
    if (own == name) return std::get_if<T>(&value);
  return nullptr;
}

[[nodiscard]] inline std::string text_attribute(const experiment::Group* group, std::string_view name) {
  const auto* text = find_attribute<std::string>(group, name);
  return text ? *text : std::string();
}

// NaN where there is no such number.
[[nodiscard]] inline double number_attribute(const experiment::Group* group, std::string_view name) {
  if (const auto* real = find_attribute<double>(group, name)) return *real;
  if (const auto* integer = find_attribute<std::int64_t>(group, name)) return static_cast<double>(*integer);
  return std::numeric_limits<double>::quiet_NaN();
}

// The values of a variable; throws where it is missing or of another type.
template <class T> [[nodiscard]] const std::vector<T>& column(const experiment::Group& group, std::string_view name) {
  for (const experiment::Variable& variable : group.variables)
    if (variable.name == name)
      if (const auto* values = std::get_if<std::vector<T>>(&variable.values)) return *values;
  throw std::runtime_error("not a result of centresim: no variable '" + std::string(name) + "' of the right type");
}

} // namespace centresim::io
