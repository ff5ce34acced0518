// Finding the scenario that the user names.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/core/error.hpp"

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

// A value that an option of the command line sets.
struct Setting {
  std::string option, path, value;
};

// A plain name is that of a built-in scenario, else, as any other, that of a file (.toml, .json, or a result .h5, which
// holds the scenario it came from). `settings`: "path=value" each, applied in order, then `more`. Throws InputError and
// IoError.
[[nodiscard]] centre::Scenario find_scenario(const std::string& name, const std::vector<std::string>& settings,
                                             const std::vector<Setting>& more = {});

// The same faults, those of parts of the fab with the lines of the file that describe these parts.
[[nodiscard]] core::InputError with_lines(const core::InputError& error, const std::string& name);

} // namespace centresim::app
