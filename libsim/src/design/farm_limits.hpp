// What a farm can ever hold: places for ranks on the empty farm, tokens that a project may use. And how things named in
// lists are found and missed.
#pragma once
#include "centresim/design/values.hpp"
#include "centresim/schema/suggest.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::design {

template <class T> [[nodiscard]] const T* find_named(const std::vector<T>& items, const std::string& name) {
  const auto found = std::ranges::find(items, name, &T::name);
  return found == items.end() ? nullptr : &*found;
}

// "; did you mean 'x'?", or nothing.
template <class T> [[nodiscard]] std::string near_named(const std::vector<T>& items, const std::string& name) {
  std::vector<std::string_view> known;
  for (const T& item : items) known.push_back(item.name);
  return schema::did_you_mean(name, known);
}

class FarmLimits {
 public:
  explicit FarmLimits(const Floor& floor) : floor_(floor) {}
  // Whether tokens of the feature may be used at a site.
  [[nodiscard]] static bool usable(const Feature& feature, const std::string& site);
  // The most tokens that a project may use anywhere where its jobs may run.
  [[nodiscard]] std::int64_t pool(const Feature& feature, const std::string& project, const std::string& home) const;
  // Whether the ranks fit the empty farm; memory and scratch of one, GB.
  [[nodiscard]] bool fits(std::int64_t cores, std::int64_t ranks, double memory, double scratch,
                          const std::string& home) const;

 private:
  [[nodiscard]] bool may_go(const std::string& home, const std::string& site) const;

  const Floor& floor_;
};

} // namespace centresim::design
