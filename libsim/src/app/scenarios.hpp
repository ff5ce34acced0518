// Finding the scenario that the user names.
#pragma once
#include "centresim/centre/scenario.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace centresim::app {

// The folder of the built-in scenarios: CENTRESIM_DATA if set, else share/centresim/data beside the program, else where
// it was installed or built. Empty if there is none.
[[nodiscard]] std::filesystem::path data_folder();

struct BuiltIn {
  std::string name;
  std::filesystem::path path;
};
[[nodiscard]] std::vector<BuiltIn> built_in_scenarios(); // by name

// A file (.toml, .json, or a result .h5, which holds the scenario it came from), else the name of a built-in scenario.
// `settings`: "path=value" each, applied in order. Throws InputError and IoError.
[[nodiscard]] centre::Scenario find_scenario(const std::string& name, const std::vector<std::string>& settings);

} // namespace centresim::app
