#include "centresim/fab/twin_tables.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <tuple>

namespace centresim::fab {
namespace {

constexpr double kHour = static_cast<double>(core::kTicksPerHour);
constexpr double kDay = static_cast<double>(core::kTicksPerDay);

using schema::Node;

Node row_of(std::initializer_list<std::pair<const char*, Node>> cells) {
  Node::Table row;
  for (const auto& [key, value] : cells) row.push_back({key, value});
  return Node(std::move(row));
}

Node row_of(const TwinGroup& g) {
  return row_of({{"tool_group", g.tool_group},
                 {"area", g.area},
                 {"tools", g.tools},
                 {"visits_per_day", g.visits_per_day},
                 {"load", g.load},
                 {"max_starts", g.max_starts},
                 {"utilisation", g.utilisation},
                 {"utilisation_available", g.utilisation_available},
                 {"process", g.process},
                 {"load_unload", g.load_unload},
                 {"setup", g.setup},
                 {"rework", g.rework},
                 {"batching_loss", g.batching_loss},
                 {"cascading_loss", g.cascading_loss},
                 {"breakdown", g.breakdown},
                 {"maintenance", g.maintenance},
                 {"idle", g.idle},
                 {"batch_size", g.batch},
                 {"setups_per_visit", g.setups},
                 {"arrival_scv", g.arrival_scv},
                 {"service_scv", g.service_scv},
                 {"service_time", g.service_time / kHour},
                 {"forming_time", g.forming / kHour},
                 {"queue_time", g.queue / kHour},
                 {"time_on_tool", g.on_tool / kHour},
                 {"waiting_lots", g.waiting},
                 {"cycle_time_share", g.cycle_time_share}});
}

Node row_of(const TwinProduct& p) {
  return row_of({{"product", p.product},
                 {"kind", p.kind},
                 {"starts_per_day", p.starts_per_day},
                 {"raw_process_time", p.raw_process_time / kDay},
                 {"queue_time", p.queue / kDay},
                 {"forming_time", p.forming / kDay},
                 {"time_on_tool", p.on_tool / kDay},
                 {"transport_time", p.transport / kDay},
                 {"cycle_time", p.cycle_time / kDay},
                 {"x_factor", p.x_factor}});
}

Node row_of(const TwinSensitivity& s) {
  return row_of({{"tool_group", s.tool_group},
                 {"tools", s.tools},
                 {"max_starts", s.max_starts},
                 {"max_starts_gain", s.max_starts_gain},
                 {"cycle_time", s.cycle_time / kDay},
                 {"cycle_time_change", s.cycle_time_change / kDay}});
}

Node row_of(const TwinNeed& n) {
  return row_of({{"tool_group", n.tool_group},
                 {"area", n.area},
                 {"tools", n.tools},
                 {"need", n.need},
                 {"needed", n.needed},
                 {"missing", n.missing},
                 {"one_of_a_kind", n.one_of_a_kind},
                 {"load", n.load}});
}

template <class List> Node table_of(const List& list) {
  Node::Array rows;
  for (const auto& item : list) rows.push_back(row_of(item));
  return Node(std::move(rows));
}

} // namespace

Node group_table(const Twin& twin) {
  Node::Array rows;
  for (const std::size_t i : twin.ranking()) rows.push_back(row_of(twin.groups()[i]));
  return Node(std::move(rows));
}

Node product_table(const Twin& twin) { return table_of(twin.products()); }

std::vector<TwinSensitivity> largest_first(std::vector<TwinSensitivity> rows) {
  // Where the line is full the gain of cycle time is not defined: what counts then is the gain of starts.
  std::ranges::sort(rows, {}, [](const TwinSensitivity& s) {
    const double change = std::isnan(s.cycle_time_change) ? 0 : s.cycle_time_change;
    return std::tuple(change, -s.max_starts_gain, std::string_view(s.tool_group));
  });
  return rows;
}

Node sensitivity_table(const Twin& twin) { return table_of(largest_first(twin.sensitivity())); }

Node need_table(const std::vector<TwinNeed>& needs) { return table_of(needs); }

} // namespace centresim::fab
