#include "check_context.hpp"

#include "centresim/fab/expected.hpp"
#include "centresim/fab/model.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/path.hpp"
#include "centresim/schema/suggest.hpp"
#include "centresim/schema/units.hpp"

#include <cmath>
#include <fmt/format.h>

namespace centresim::fab {
namespace {

template <class T> void check_names(const std::vector<T>& items, Part part, const char* what, FaultList& faults) {
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < items.size(); i++) {
    if (items[i].name.empty())
      faults.add({part, i, 0, "name", "", fmt::format("a {} needs a name", what)});
    else if (!seen.insert(items[i].name).second)
      faults.add({part, i, 0, "name", items[i].name, fmt::format("there is a {} of that name already", what)});
  }
}

void check_fab(const CheckContext& context) {
  const Fab& fab = context.fab;
  const auto missing = [&](const char* list, const char* rule) {
    context.faults.add({Part::fab, 0, 0, list, "", rule});
  };
  if (fab.tool_groups.empty()) missing("tool_groups", "a fab needs at least one tool group");
  if (fab.routes.empty()) missing("routes", "a fab needs at least one route");
  if (fab.products.empty()) missing("products", "a fab needs at least one product");
  if (!(fab.load_factor > 0) || !std::isfinite(fab.load_factor))
    context.faults.add({Part::fab, 0, 0, "load_factor", number_text(fab.load_factor), "must be more than 0"});
  if (fab.max_wip < 1)
    context.faults.add({Part::fab, 0, 0, "max_wip", std::to_string(fab.max_wip), "must be at least 1 lot"});
  check_names(fab.tool_groups, Part::tool_group, "tool group", context.faults);
  check_names(fab.routes, Part::route, "route", context.faults);
  check_names(fab.products, Part::product, "product", context.faults);
  for (std::size_t i = 0; i < fab.products.size(); i++)
    if (!context.routes.contains(fab.products[i].route))
      context.faults.add({Part::product, i, 0, "route", fab.products[i].route,
                          "there is no route of that name" + suggestion(fab.products[i].route, context.routes)});
}

NameIndex as_index(const std::set<std::string_view>& names) {
  NameIndex index;
  for (const std::string_view n : names) index.emplace(n, 0);
  return index;
}

void check_setup_times(const CheckContext& context) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  const NameIndex known = as_index(context.used_setups);
  const auto& list = context.fab.setup_times;
  for (std::size_t i = 0; i < list.size() && context.faults.open(); i++) {
    const auto add = [&](const char* field, const std::string& value, std::string rule) {
      context.faults.add({Part::setup_time, i, 0, field, value, std::move(rule)});
    };
    if (list[i].to.empty())
      add("to", "", "a setup time needs the setup that it leads to");
    else if (!known.contains(list[i].to))
      add("to", list[i].to, "no step uses that setup" + suggestion(list[i].to, known));
    if (!list[i].from.empty() && !known.contains(list[i].from))
      add("from", list[i].from, "no step uses that setup" + suggestion(list[i].from, known));
    if (!seen.emplace(list[i].from, list[i].to).second)
      add("to", list[i].to, "the time of this change of setup is given already");
  }
}

void check_transport(const CheckContext& context) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  const NameIndex known = as_index(context.locations);
  const auto& list = context.fab.transport;
  for (std::size_t i = 0; i < list.size() && context.faults.open(); i++) {
    const auto place = [&](const char* field, const std::string& name) {
      if (!known.contains(name))
        context.faults.add({Part::transport, i, 0, field, name,
                            "no tool group is at a location of that name" + suggestion(name, known)});
    };
    place("from", list[i].from);
    place("to", list[i].to);
    if (!seen.emplace(list[i].from, list[i].to).second)
      context.faults.add(
          {Part::transport, i, 0, "to", list[i].to, "the time between these locations is given already"});
  }
}

void check_laws(const CheckContext& context) {
  const Fab& f = context.fab;
  for (std::size_t i = 0; i < f.tool_groups.size(); i++) {
    const ToolGroup& g = f.tool_groups[i];
    for (std::size_t k = 0; k < g.breakdowns.size(); k++) {
      context.check_law(g.breakdowns[k].mttf, Part::breakdown, i, k, "mttf");
      context.check_law(g.breakdowns[k].mttr, Part::breakdown, i, k, "mttr");
      context.check_law(g.breakdowns[k].first, Part::breakdown, i, k, "first");
    }
    for (std::size_t k = 0; k < g.maintenance.size(); k++)
      context.check_law(g.maintenance[k].duration, Part::maintenance, i, k, "duration");
  }
  for (std::size_t i = 0; i < f.routes.size(); i++)
    for (std::size_t k = 0; k < f.routes[i].steps.size(); k++) {
      context.check_law(f.routes[i].steps[k].time, Part::step, i, k, "time");
      context.check_law(f.routes[i].steps[k].setup_time, Part::step, i, k, "setup_time");
      context.check_law(f.routes[i].steps[k].queue_time_hold, Part::step, i, k, "queue_time_hold");
    }
  for (std::size_t i = 0; i < f.releases.size(); i++) {
    context.check_law(f.releases[i].every, Part::release, i, 0, "every");
    context.check_law(f.releases[i].wafers, Part::release, i, 0, "wafers");
  }
  for (std::size_t i = 0; i < f.setup_times.size(); i++)
    context.check_law(f.setup_times[i].time, Part::setup_time, i, 0, "time");
  for (std::size_t i = 0; i < f.transport.size(); i++)
    context.check_law(f.transport[i].time, Part::transport, i, 0, "time");
}

// The largest lots that come along each route.
void find_largest_lots(CheckContext& context) {
  const auto note = [&](const std::string& product, double wafers, std::string_view whose) {
    const auto found = context.products.find(product);
    if (found == context.products.end()) return;
    auto& largest = context.largest_lot[context.fab.products[found->second].route];
    if (wafers > largest.first) largest = {wafers, whose};
  };
  for (const Release& r : context.fab.releases) note(r.product, largest(r.wafers), r.name.empty() ? r.product : r.name);
  for (const Lot& l : context.fab.lots) note(l.product, static_cast<double>(l.wafers), l.name);
}

void find_window_groups(CheckContext& context) {
  for (const Route& r : context.fab.routes) {
    std::string_view until; // the step at which the window ends
    for (const Step& s : r.steps) {
      if (!until.empty()) context.within_windows.insert(s.tool_group);
      if (s.name == until) until = {};
      if (!s.queue_time_to.empty()) until = s.queue_time_to;
    }
  }
}

} // namespace

std::string suggestion(std::string_view name, const NameIndex& known) {
  std::vector<std::string_view> names;
  for (const auto& entry : known) names.push_back(entry.first);
  return schema::did_you_mean(name, names);
}

std::string span_text(double ticks) { return schema::format_ticks(ticks); }

std::string number_text(double value) { return fmt::format("{:.6g}", value); }

std::vector<Fault> find_faults(const Fab& fab, std::size_t limit) {
  std::vector<Fault> faults;
  FaultList list(faults, limit);
  CheckContext context{
      fab, list, index_names(fab.tool_groups), index_names(fab.routes), index_names(fab.products), {}, {}, {}, {}, {}};
  for (const Route& r : fab.routes)
    for (const Step& s : r.steps)
      if (!s.setup.empty()) context.used_setups.insert(s.setup);
  for (const ToolGroup& g : fab.tool_groups)
    if (!g.location.empty()) context.locations.insert(g.location);
  for (const Release& r : fab.releases) context.kinds.insert(r.kind);
  for (const Lot& l : fab.lots) context.kinds.insert(l.kind);
  find_window_groups(context);
  check_laws(context);
  if (!faults.empty()) return faults; // the other rules ask for their means and bounds
  find_largest_lots(context);
  check_fab(context);
  check_tool_groups(context);
  check_routes(context);
  check_releases(context);
  check_setup_times(context);
  check_transport(context);
  return faults;
}

std::string fault_path(const Fab& fab, const Fault& f, const std::string& path) {
  const auto named = [](const std::string& base, const char* list, const std::string& name, std::size_t index) {
    const std::string all = schema::join_path(base, list);
    return name.empty() ? schema::index_path(all, index) : schema::join_path(all, name);
  };
  const auto group = [&] { return named(path, "tool_groups", fab.tool_groups[f.index].name, f.index); };
  const auto route = [&] { return named(path, "routes", fab.routes[f.index].name, f.index); };
  std::string at = path;
  switch (f.part) {
  case Part::fab:
    break;
  case Part::tool_group:
    at = group();
    break;
  case Part::breakdown:
    at = named(group(), "breakdowns", fab.tool_groups[f.index].breakdowns[f.inner].name, f.inner);
    break;
  case Part::maintenance:
    at = named(group(), "maintenance", fab.tool_groups[f.index].maintenance[f.inner].name, f.inner);
    break;
  case Part::minimum_run:
    at = named(group(), "minimum_runs", fab.tool_groups[f.index].minimum_runs[f.inner].setup, f.inner);
    break;
  case Part::engineering:
    at = schema::join_path(group(), "engineering");
    break;
  case Part::route:
    at = route();
    break;
  case Part::step:
    at = named(route(), "steps", fab.routes[f.index].steps[f.inner].name, f.inner);
    break;
  case Part::product:
    at = named(path, "products", fab.products[f.index].name, f.index);
    break;
  case Part::release:
    at = named(path, "releases", release_name(fab.releases[f.index]), f.index);
    break;
  case Part::lot:
    at = named(path, "lots", fab.lots[f.index].name, f.index);
    break;
  case Part::setup_time:
    at = named(path, "setup_times", {}, f.index);
    break;
  case Part::transport:
    at = named(path, "transport", {}, f.index);
    break;
  }
  return f.field.empty() ? at : schema::join_path(at, f.field);
}

void check(const Fab& fab, const std::string& path, schema::Errors& errors) {
  for (const Fault& f : find_faults(fab)) errors.add(fault_path(fab, f, path), f.value, f.rule);
}

} // namespace centresim::fab
