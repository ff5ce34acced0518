// The commands that run nothing: they look at scenarios and results.
#include "centresim/centre/run.hpp"
#include "centresim/core/digest.hpp"
#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"
#include "centresim/core/version.hpp"
#include "centresim/fab/capacity.hpp"
#include "centresim/fab/results.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/diff.hpp"
#include "centresim/io/gantt.hpp"
#include "centresim/io/hdf5.hpp"
#include "centresim/io/smt2020.hpp"
#include "centresim/io/summary.hpp"
#include "centresim/schema/tables.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "scenarios.hpp"
#include "signals.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace centresim::app {
namespace {

namespace fs = std::filesystem;

std::string text_of(const experiment::Group& group, std::string_view name) {
  for (const auto& [own, value] : group.attributes)
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr && own == name) return *text;
  return {};
}

// One file that cannot be read must not hide the others.
std::string title_of(const fs::path& path) {
  try {
    const schema::Node node = schema::load(path); // without its tables: only the title is wanted
    const schema::Node* title = node.find("title");
    return title != nullptr && title->text() != nullptr ? *title->text() : "";
  } catch (const core::InputError& error) {
    return "(cannot be read: " + core::to_string(error.issues().front()) + ")";
  } catch (const core::IoError& error) {
    return std::string("(cannot be read: ") + error.what() + ")";
  }
}

std::string attribute_text(const experiment::Attribute& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    return text->size() <= 100 ? *text : fmt::format("({} bytes)", text->size());
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return std::to_string(*integer);
  return fmt::format("{:.6g}", std::get<double>(value));
}

std::string variable_line(const experiment::Variable& variable) {
  std::string dimensions;
  for (const std::string& name : variable.dimensions) dimensions += (dimensions.empty() ? "" : ", ") + name;
  return fmt::format("{}({}){}{}", variable.name, dimensions, variable.unit.empty() ? "" : " [" + variable.unit + "]",
                     variable.long_name.empty() ? "" : ": " + variable.long_name);
}

} // namespace

void show(const ScenarioCommand& command) {
  const centre::Scenario scenario = find_scenario(command.scenario, command.settings);
  if (command.output.empty())
    answer(schema::write_toml(centre::to_node(scenario)));
  else
    centre::save_scenario(scenario, command.output);
}

void print_schema() { answer(schema::write_json(schema::json_schema<centre::Scenario>()) + "\n"); }

void list() {
  const std::vector<BuiltIn> scenarios = built_in_scenarios();
  if (scenarios.empty())
    throw core::IoError(data_folder().empty() ? "CENTRESIM_DATA" : data_folder().string(), "",
                        "no built-in scenarios were found there");
  std::string text;
  for (const BuiltIn& entry : scenarios) {
    text += fmt::format("{:<16}{}\n", core::printable(entry.name), core::printable(title_of(entry.path)));
  }
  answer(text);
}

void summary(const std::string& file, const std::string& format, bool every_row) {
  const experiment::Tree tree = io::read_tree(file);
  if (format == "json")
    answer(io::summary_json(tree));
  else if (format == "csv")
    answer(core::printable(io::summary_csv(tree), core::Lines::many));
  else
    answer(core::printable(io::summary_table(tree, every_row), core::Lines::many));
}

namespace {

// A result, or the table of a sweep.
experiment::Tree read_either(const std::string& file, bool& is_sweep) {
  is_sweep = false;
  try {
    return io::read_tree(file);
  } catch (const core::IoError&) {
    try {
      is_sweep = true;
      return io::read_tree(file, io::FileKind::sweep);
    } catch (const core::IoError&) {
    }
    is_sweep = false;
    throw;
  }
}

// Of the points with the digests of their results, in the order of the plan.
std::string sweep_digest(const experiment::Tree& tree) {
  core::Sha256 hash;
  for (const char* name : {"hash", "digest"})
    for (const experiment::Variable& v : tree.at("").variables)
      if (const auto* texts = std::get_if<std::vector<std::string>>(&v.values); texts != nullptr && v.name == name)
        for (const std::string& text : *texts) hash.add_text(text);
  return hash.hex();
}

} // namespace

// Computed anew: what it says is true of the numbers in the file.
void digest(const std::string& file) {
  bool is_sweep = false;
  experiment::Tree tree = read_either(file, is_sweep);
  if (is_sweep) return answer(sweep_digest(tree) + "\n");
  const centre::Result result{std::move(tree)};
  const std::string now = centre::digest(result), stored = text_of(result.tree.at(""), "digest"),
                    model = text_of(result.tree.at(""), "model_version");
  answer(now + "\n");
  if (stored.empty() || stored == now) return;
  if (!centre::is_current_model(model))
    message("centresim: " + core::printable(file) + " is of model " + core::printable(model) +
            ", whose release may have formed digests by another rule: it stored " + core::printable(stored));
  else
    throw core::IoError(file, "", "its numbers were changed after the run: the digest in it is " + stored);
}

int diff(const std::string& one, const std::string& other, bool every_row) {
  constexpr std::size_t kMostRows = 40;
  bool first_is_sweep = false, second_is_sweep = false;
  const experiment::Tree a = read_either(one, first_is_sweep), b = read_either(other, second_is_sweep);
  if (first_is_sweep != second_is_sweep)
    throw core::InputError(
        {core::Issue{"", 0, "", other, "cannot be compared: one is a result, one the table of a sweep"}});
  const std::vector<std::string> lines = io::differences(a, b, one, other);
  if (lines.empty()) {
    answer("they agree outside of /run\n");
    return kDone;
  }
  const std::size_t rows = every_row ? lines.size() : std::min(kMostRows, lines.size());
  std::string text;
  for (std::size_t i = 0; i < rows; ++i) text += core::printable(lines[i]) + "\n";
  if (rows < lines.size()) text += fmt::format("and {} more (--all)\n", lines.size() - rows);
  answer(text);
  return kDiffer;
}

void gantt(const std::string& file, const std::string& output, std::int64_t replication) {
  const auto refuse = [&](const char* rule) { throw core::InputError({core::Issue{"", 0, "--output", output, rule}}); };
  if (output.empty()) refuse("is missing: the chart to write (.json)");
  std::error_code error;
  if (fs::equivalent(output, file, error)) refuse("is the result itself: write to another file");
  io::check_writable(output);
  const StopSignals signals;
  io::write_gantt(io::read_tree(file), output, replication, [&] { return signals.stop(); });
  message("wrote " + output + ": open it at https://ui.perfetto.dev or chrome://tracing");
}

void info(const std::string& file) {
  std::string text;
  for (const auto& [path, group] : io::read_tree(file)) {
    text += "/" + core::printable(path);
    for (const auto& [name, length] : group.dimensions) text += fmt::format("  {}={}", core::printable(name), length);
    text += "\n";
    for (const auto& [name, value] : group.attributes)
      text += "  " + core::printable(name + ": " + attribute_text(value)) + "\n";
    for (const experiment::Variable& variable : group.variables)
      text += "  " + core::printable(variable_line(variable)) + "\n";
  }
  answer(text);
}

void build_config() {
  const fs::path data = data_folder();
  answer(fmt::format("version: {}\nmodel version: {}\nresult format: {}.{}\nscenario format: {}\ncompiler: {}\n"
                     "flags: {}\nbuild type: {}\nHDF5: {}\nbuilt-in scenarios: {}\n",
                     core::version(), fab::kModelVersion, io::kFormatMajor, io::kFormatMinor, centre::kFormat,
                     CENTRESIM_COMPILER, CENTRESIM_FLAGS, CENTRESIM_BUILD_TYPE, CENTRESIM_HDF5,
                     data.empty() ? "not found" : data.string()));
}

} // namespace centresim::app
