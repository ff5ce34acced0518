// What a fab can do, in closed form.
#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"
#include "centresim/fab/twin_tables.hpp"
#include "commands.hpp"
#include "console.hpp"
#include "scenarios.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace centresim::app {
namespace {

using schema::Node;

constexpr double kHour = static_cast<double>(core::kTicksPerHour);
constexpr double kDay = static_cast<double>(core::kTicksPerDay);
constexpr std::size_t kShownGroups = 12;

std::string number(double value, const char* format = "{:.2f}") {
  if (!std::isfinite(value)) return value > 0 ? "no limit" : "-";
  return fmt::format(fmt::runtime(format), value);
}

std::string percent(double share) { return std::isfinite(share) ? fmt::format("{:.1f}", 100 * share) : "-"; }

std::string lines_of(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); i++) {
      if (i == widths.size()) widths.push_back(0);
      widths[i] = std::max(widths[i], row[i].size());
    }
  std::string text;
  for (const auto& row : rows) {
    std::string line = "  ";
    for (std::size_t i = 0; i < row.size(); i++)
      line += i == 0 ? fmt::format("{:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
    text += line + "\n";
  }
  return text;
}

std::string product_lines(const fab::Twin& twin) {
  std::vector<std::vector<std::string>> rows{
      {"product", "kind", "lots/d", "raw process d", "cycle time d", "x-factor", "in queues d", "for batches d"}};
  for (const fab::TwinProduct& p : twin.products())
    rows.push_back({core::printable(p.product), core::printable(p.kind), number(p.starts_per_day),
                    number(p.raw_process_time / kDay), number(p.cycle_time / kDay), number(p.x_factor),
                    number(p.queue / kDay), number(p.forming / kDay)});
  return lines_of(rows);
}

std::string group_lines(const fab::Twin& twin, bool every_row) {
  std::vector<std::vector<std::string>> rows{{"tool group", "tools", "load %", "full at lots/d", "process %",
                                              "load/unload %", "setup %", "rework %", "part batches %", "alone %",
                                              "down %", "PM %", "queue h", "of cycle time %"}};
  const std::vector<std::size_t> order = twin.ranking();
  const std::size_t n = every_row ? order.size() : std::min(kShownGroups, order.size());
  for (std::size_t k = 0; k < n; k++) {
    const fab::TwinGroup& g = twin.groups()[order[k]];
    rows.push_back({core::printable(g.tool_group), std::to_string(g.tools), percent(g.load), number(g.max_starts),
                    percent(g.process), percent(g.load_unload), percent(g.setup), percent(g.rework),
                    percent(g.batching_loss), percent(g.cascading_loss), percent(g.breakdown), percent(g.maintenance),
                    number((g.queue + g.forming) / kHour), percent(g.cycle_time_share)});
  }
  std::string text = lines_of(rows);
  if (n < order.size()) text += fmt::format("  ({} more tool groups: --all)\n", order.size() - n);
  return text;
}

std::string gain_lines(const fab::Twin& twin) {
  std::vector<fab::TwinSensitivity> gains = fab::largest_first(twin.sensitivity());
  std::erase_if(gains, [](const auto& s) { return !(s.cycle_time_change < 0) && !(s.max_starts_gain > 0); });
  if (gains.empty()) return "  one more tool of one group gains nothing\n";
  std::vector<std::vector<std::string>> rows{{"one more of", "tools then", "cycle time d", "full at lots/d"}};
  for (std::size_t i = 0; i < std::min<std::size_t>(5, gains.size()); i++) {
    const fab::TwinSensitivity& s = gains[i];
    rows.push_back({core::printable(s.tool_group), std::to_string(s.tools),
                    std::isfinite(s.cycle_time_change)
                        ? fmt::format("{:.2f} ({:+.2f})", s.cycle_time / kDay, s.cycle_time_change / kDay)
                        : number(s.cycle_time / kDay),
                    fmt::format("{} ({:+.2f})", number(s.max_starts), s.max_starts_gain)});
  }
  return lines_of(rows);
}

std::string need_lines(const std::vector<fab::TwinNeed>& needs) {
  std::vector<std::vector<std::string>> rows{
      {"tool group", "tools", "need", "rounded up", "missing", "load % then", ""}};
  for (const fab::TwinNeed& n : needs)
    rows.push_back({core::printable(n.tool_group), std::to_string(n.tools), number(n.need), std::to_string(n.needed),
                    n.missing > 0 ? fmt::format("+{}", n.missing) : "", percent(n.load),
                    n.one_of_a_kind ? "one of a kind" : ""});
  return lines_of(rows);
}

// JSON has no infinities: null.
Node finite(Node table) {
  if (Node::Array* items = table.array())
    for (Node& item : *items) item = finite(std::move(item));
  if (Node::Table* members = table.table())
    for (schema::Member& m : *members) m.value = finite(std::move(m.value));
  const double* real = table.real();
  return real != nullptr && !std::isfinite(*real) ? Node(nullptr) : table;
}

std::string csv_cell(const Node& cell) {
  if (const std::string* text = cell.text()) {
    if (text->find_first_of(",\"\r\n") == std::string::npos) return *text;
    std::string quoted = "\"";
    for (const char c : *text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
  }
  if (const bool* flag = cell.boolean()) return *flag ? "true" : "false";
  if (const std::int64_t* whole = cell.integer()) return std::to_string(*whole);
  const double* real = cell.real();
  if (real == nullptr || std::isnan(*real)) return "";
  return std::isinf(*real) ? "inf" : schema::shortest(*real);
}

std::string csv_of(const Node& table) {
  std::string text;
  for (const Node& row : *table.array()) {
    std::string head, line;
    for (const schema::Member& m : *row.table()) {
      head += (head.empty() ? "" : ",") + m.key;
      line += (&m == row.table()->data() ? "" : ",") + csv_cell(m.value);
    }
    text += (text.empty() ? head + "\n" : "") + line + "\n";
  }
  return text;
}

Node table_named(const fab::Twin& twin, const CapacityCommand& command, double start_rate) {
  if (command.table == "products") return fab::product_table(twin);
  if (command.table == "sensitivity") return fab::sensitivity_table(twin);
  if (command.table == "needs") return fab::need_table(twin.needs(start_rate, command.target));
  return fab::group_table(twin);
}

// Null where no number of tools is enough and nobody has asked for it.
Node needs_of(const fab::Twin& twin, const CapacityCommand& command, double start_rate) {
  try {
    return fab::need_table(twin.needs(start_rate, command.target));
  } catch (const core::InputError&) {
    if (command.start_rate > 0) throw;
    return nullptr;
  }
}

std::string json_of(const fab::Twin& twin, const CapacityCommand& command, double start_rate) {
  Node root = Node::Table{};
  root.set("format", "centresim-capacity/1");
  root.set("starts_per_day", twin.starts_per_day());
  root.set("max_starts", twin.max_starts());
  root.set("cycle_time", twin.cycle_time() / kDay);
  root.set("groups", fab::group_table(twin));
  root.set("products", fab::product_table(twin));
  root.set("sensitivity", fab::sensitivity_table(twin));
  root.set("start_rate", start_rate);
  root.set("target", command.target);
  root.set("needs", needs_of(twin, command, start_rate));
  return schema::write_json(finite(std::move(root)), 1) + "\n";
}

std::string text_of(const fab::Twin& twin, const CapacityCommand& command, double start_rate) {
  const fab::TwinGroup& first = twin.groups()[twin.ranking().front()];
  std::string text =
      fmt::format("{} lots a day; {} is full first, at {} lots a day (closed form, steady state)\n\n",
                  number(twin.starts_per_day()), core::printable(first.tool_group), number(twin.max_starts()));
  text += product_lines(twin) + "\n" + group_lines(twin, command.every_row) + "\n" + gain_lines(twin);
  if (command.start_rate > 0 || command.every_row)
    text += fmt::format("\ntools for {} lots a day at a load of at most {:g} %\n", number(start_rate),
                        100 * command.target) +
            need_lines(twin.needs(start_rate, command.target));
  return text;
}

} // namespace

void capacity(const CapacityCommand& command) {
  std::vector<Setting> more;
  if (!command.load_factor.empty()) more.push_back({"--load-factor", "fab.load_factor", command.load_factor});
  const centre::Scenario scenario = find_scenario(command.scenario, command.settings, more);
  if (!scenario.fab)
    throw core::InputError({core::Issue{"", 0, "fab", command.scenario, "has no fab: capacity is that of a fab"}});
  const fab::Twin twin(*scenario.fab, scenario.horizon.ticks);
  const double start_rate = command.start_rate > 0 ? command.start_rate : twin.starts_per_day();
  if (command.format == "json")
    answer(json_of(twin, command, start_rate));
  else if (command.format == "csv")
    answer(core::printable(csv_of(table_named(twin, command, start_rate)), core::Lines::many));
  else
    answer(text_of(twin, command, start_rate));
}

} // namespace centresim::app
