// Scheduling policies by the names under which people know them.
#pragma once
#include "centresim/design/values.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace centresim::design {

struct Preset {
  const char* name;
  const char* doc;
};

// fcfs, fcfs_skip, fcfs_shape, easy, easy_naive, conservative, conservative_keep, sjf, sjf_exact, sjf_predicted, ljf,
// edd, ...
[[nodiscard]] std::span<const Preset> presets();

// Nothing where there is no preset of that name.
[[nodiscard]] std::optional<Policy> preset(std::string_view name);

} // namespace centresim::design
