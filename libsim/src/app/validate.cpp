// Checking a scenario, with what can be said of it without simulating.
#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"
#include "centresim/design/capacity.hpp"
#include "centresim/design/model.hpp"
#include "centresim/fab/capacity.hpp"
#include "centresim/schema/errors.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "scenarios.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace centresim::app {
namespace {

std::string counted(std::size_t n, const char* noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string size_line(const fab::Fab& fab, core::Tick horizon) {
  std::size_t tools = 0, steps = 0;
  for (const fab::ToolGroup& group : fab.tool_groups) tools += static_cast<std::size_t>(group.tools);
  for (const fab::Route& route : fab.routes) steps += route.steps.size();
  return fmt::format("  {} with {}, {} with {}, {}, {:.4g} lots a day\n", counted(fab.tool_groups.size(), "tool group"),
                     counted(tools, "tool"), counted(fab.routes.size(), "route"), counted(steps, "step"),
                     counted(fab.products.size(), "product"), fab::lots_per_day(fab, horizon));
}

std::string load_line(const fab::Fab& fab, core::Tick horizon) {
  std::vector<fab::GroupLoad> loads = fab::static_load(fab, horizon);
  std::sort(loads.begin(), loads.end(), [](const fab::GroupLoad& a, const fab::GroupLoad& b) {
    return std::pair(-a.load_of_available(), a.tool_group) < std::pair(-b.load_of_available(), b.tool_group);
  });
  std::string text = "  highest expected load of available time, setups left out: ";
  for (std::size_t i = 0; i < std::min<std::size_t>(3, loads.size()); ++i) {
    const fab::GroupLoad& l = loads[i];
    text +=
        fmt::format("{}{} {:.1f} %", i == 0 ? "" : ", ", core::printable(l.tool_group), 100 * l.load_of_available());
    if (l.load > l.load_low) text += fmt::format(" (with full batches {:.1f} %)", 100 * l.load_low / l.available());
  }
  return text + "\n";
}

std::string floor_lines(const design::Floor& floor, core::Tick horizon) {
  std::int64_t nodes = 0, cores = 0;
  for (const design::NodeClass& c : floor.node_classes) nodes += c.nodes, cores += c.nodes * c.cores;
  std::string text =
      fmt::format("  {} with {}, {}, {}, {}{}\n", counted(static_cast<std::size_t>(nodes), "node"),
                  counted(static_cast<std::size_t>(cores), "core"), counted(floor.features.size(), "licence feature"),
                  counted(floor.streams.size(), "job stream"), counted(floor.jobs.size(), "listed job"),
                  floor.trace ? ", the jobs of " + core::printable(floor.trace->file) : "");
  if (!floor.projects.empty()) {
    std::size_t engineers = 0;
    for (const design::Team& t : floor.teams) engineers += static_cast<std::size_t>(t.engineers);
    text += fmt::format("  {} in {}, {} of projects, {}\n", counted(engineers, "engineer"),
                        counted(floor.teams.size(), "team"), counted(floor.projects.size(), "kind"),
                        counted(floor.shuttles.size(), "shuttle"));
  }
  if (floor.streams.empty()) return text;
  std::vector<design::OfferedLoad> loads = design::offered_load(floor, horizon);
  std::ranges::sort(
      loads, [](const auto& a, const auto& b) { return std::pair(b.share(), a.what) < std::pair(a.share(), b.what); });
  text += "  highest offered load: ";
  for (std::size_t i = 0; i < std::min<std::size_t>(3, loads.size()); ++i)
    text += fmt::format("{}{} {:.1f} %", i == 0 ? "" : ", ", core::printable(loads[i].what), 100 * loads[i].share());
  if (loads[0].share() >= 1) text += ": more than there is, so that the queue grows as long as jobs arrive";
  return text + "\n";
}

} // namespace

void validate(const ScenarioCommand& command) {
  const centre::Scenario scenario = find_scenario(command.scenario, command.settings);
  std::string text = core::printable(command.scenario) + " is valid\n";
  schema::Errors errors;
  if (scenario.fab) fab::check_capacity(*scenario.fab, scenario.horizon.ticks, "fab", errors);
  try {
    errors.throw_if_any();
    if (scenario.design) design::check_trace(*scenario.design);
  } catch (const core::InputError& error) {
    throw with_lines(error, command.scenario);
  }
  if (scenario.fab)
    text += size_line(*scenario.fab, scenario.horizon.ticks) + load_line(*scenario.fab, scenario.horizon.ticks);
  if (scenario.design) text += floor_lines(*scenario.design, scenario.horizon.ticks);
  answer(text);
}

} // namespace centresim::app
