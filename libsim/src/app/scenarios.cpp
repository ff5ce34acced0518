#include "scenarios.hpp"

#include "centresim/core/error.hpp"
#include "centresim/io/hdf5.hpp"
#include "centresim/schema/suggest.hpp"
#include "centresim/schema/tables.hpp"

#include <sys/auxv.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace centresim::app {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& path, const std::string& value, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, path, value, rule}});
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return !path.empty() && fs::is_directory(path, error);
}

// A plain name is first that of a built-in scenario: a folder of that name must not change what a command means.
fs::path file_of(const std::string& name) {
  fs::path path(name);
  std::error_code error;
  const bool plain = name.find('/') == std::string::npos;
  if (!plain || path.extension() == ".toml" || path.extension() == ".json" || path.extension() == ".h5") return path;
  const std::vector<BuiltIn> known = built_in_scenarios();
  std::vector<std::string_view> names;
  std::string list;
  for (const BuiltIn& scenario : known) {
    if (scenario.name == name) return scenario.path;
    names.push_back(scenario.name);
    list += (list.empty() ? "" : ", ") + scenario.name;
  }
  if (fs::exists(path, error)) return path;
  refuse("", name,
         "is neither a file nor a built-in scenario" + schema::did_you_mean(name, names) +
             (list.empty() ? "; no built-in scenarios were found (CENTRESIM_DATA names their folder)"
                           : " (there are: " + list + ")"));
}

centre::Scenario from_result(const fs::path& path) {
  const experiment::Tree tree = io::read_tree(path);
  for (const auto& [name, value] : tree.at("").attributes)
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && name == "scenario_json")
      return centre::read_scenario(schema::parse_json(*text, path.string() + " (scenario_json)"));
  throw core::IoError(path.string(), "", "holds no scenario (no attribute 'scenario_json')");
}

centre::Scenario load(const std::string& name) {
  const fs::path path = file_of(name);
  return path.extension() == ".h5" ? from_result(path) : centre::load_scenario(path);
}

// The sign of the assignment is the first one outside of quotes: names may hold one.
std::size_t assignment(const std::string& setting) {
  char quote = 0;
  for (std::size_t i = 0; i < setting.size(); ++i) {
    const char c = setting[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '=') {
      return i;
    }
  }
  return std::string::npos;
}

// An option has no lines to speak of.
void come_from(schema::Node& node, const std::shared_ptr<const std::string>& option) {
  node.where = {option, 0};
  if (auto* members = node.table())
    for (schema::Member& member : *members) come_from(member.value, option);
  if (auto* items = node.array())
    for (schema::Node& item : *items) come_from(item, option);
}

// What reads as a JSON value is one (3, true, "x", [1, 2]); everything else is text (45 min, +1).
schema::Node value_of(const Setting& setting) {
  schema::Node node;
  try {
    node = schema::parse_json(setting.value, setting.option);
  } catch (const core::InputError&) {
    node = schema::Node(setting.value);
  }
  come_from(node, std::make_shared<const std::string>(setting.option));
  return node;
}

} // namespace

// Where this program lies; where /proc is not mounted, as it was called.
fs::path program_path() {
  std::error_code error;
  fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) return program;
  const auto called = getauxval(AT_EXECFN);
  if (called == 0) return {};
  // The kernel hands the address over as a number. NOLINTNEXTLINE(performance-no-int-to-ptr)
  return fs::absolute(reinterpret_cast<const char*>(called), error).lexically_normal();
}

fs::path data_folder() {
  if (const char* set = std::getenv("CENTRESIM_DATA"); set != nullptr && *set != '\0') return set;
  const fs::path program = program_path();
  const fs::path beside = program.empty() ? program : program.parent_path().parent_path() / "share/centresim/data";
  for (const fs::path& folder : {beside, fs::path(CENTRESIM_INSTALLED_DATA), fs::path(CENTRESIM_SOURCE_DATA)})
    if (is_folder(folder)) return folder;
  return {};
}

std::vector<BuiltIn> built_in_scenarios() {
  std::vector<BuiltIn> found;
  std::error_code error;
  for (fs::directory_iterator at(data_folder(), error), end; !error && at != end; at.increment(error))
    if (at->path().extension() == ".toml") found.push_back({at->path().stem().string(), at->path()});
  std::sort(found.begin(), found.end(), [](const BuiltIn& a, const BuiltIn& b) { return a.name < b.name; });
  return found;
}

void keep_inputs(const std::string& output, const std::string& scenario_file, const centre::Scenario& scenario) {
  std::error_code error;
  if (std::filesystem::equivalent(output, scenario_file, error))
    refuse("", output, "is the scenario itself: write the results to another file");
  if (scenario.design && scenario.design->trace &&
      std::filesystem::equivalent(output, scenario.design->trace->file, error))
    refuse("", output, "is the trace that the scenario names: write to another file");
}

centre::Scenario find_scenario(const std::string& name, const std::vector<std::string>& settings,
                               const std::vector<Setting>& more) {
  centre::Overrides overrides;
  for (const std::string& setting : settings) {
    const std::size_t sign = assignment(setting);
    if (sign == std::string::npos || sign == 0) refuse("--set", schema::shortened(setting), "must be PATH=VALUE");
    overrides.emplace_back(setting.substr(0, sign), value_of({"--set", "", setting.substr(sign + 1)}));
  }
  for (const Setting& setting : more) overrides.emplace_back(setting.path, value_of(setting));
  centre::Scenario scenario = load(name);
  return overrides.empty() ? scenario : centre::with(scenario, overrides);
}

core::InputError with_lines(const core::InputError& error, const std::string& name) {
  std::vector<core::Issue> issues = error.issues();
  try {
    const fs::path path = file_of(name);
    if (path.extension() == ".h5") return error;
    const schema::TypeInfo& type = schema::type_info<centre::Scenario>();
    schema::Node root = schema::load(path);
    schema::Errors ignored;
    schema::expand_tables(root, type, ignored);
    const schema::Errors places(root, type);
    for (core::Issue& issue : issues) {
      if (!issue.file.empty() || (!issue.path.starts_with("fab.") && !issue.path.starts_with("design."))) continue;
      const schema::Where where = places.locate(issue.path);
      if (!where.file || where.line < 1) continue;
      issue.file = *where.file;
      issue.line = where.line;
    }
  } catch (const std::runtime_error&) {
    return error; // the file went away: the faults are as good without their lines
  }
  return core::InputError(std::move(issues));
}

} // namespace centresim::app
