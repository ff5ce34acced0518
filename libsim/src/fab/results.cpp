#include "centresim/fab/results.hpp"

#include <cmath>

namespace centresim::fab {
namespace {

using experiment::add_coordinate;
using experiment::add_scalar;
using experiment::add_table;
using experiment::Group;
using experiment::Tree;
using Ints = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

constexpr const char* kReplication = "replication";

Texts flow_names(const Model& model) {
  Texts names;
  for (const Flow& f : model.flows) names.push_back(model.products[f.product].name + "/" + f.kind);
  return names;
}

Texts step_names(const Model& model) {
  Texts names;
  for (const RouteTable& r : model.routes)
    for (std::uint32_t s = r.first; s < r.first + r.steps; s++) names.push_back(r.name + "/" + model.step_names[s]);
  return names;
}

Texts tool_names(const Model& model) {
  Texts names;
  for (const GroupTable& g : model.groups)
    for (std::uint32_t t = 1; t <= g.tools; t++) names.push_back(g.name + "#" + std::to_string(t));
  return names;
}

Texts state_names() { return {"down", "maintenance", "setup", "process", "load", "unload", "idle"}; }

Group counts_group(std::span<const Observations> all) {
  Group g;
  g.dimensions.emplace_back(kReplication, all.size());
  const auto count = [&](const char* name, const char* meaning, std::int64_t Counts::* at) {
    add_scalar(g, all, name, "1", meaning, [at](const Observations& o) { return o.counts.*at; });
  };
  count("events", "events handled", &Counts::events);
  count("lot_steps", "steps performed", &Counts::lot_steps);
  count("lots_initial", "lots in process at the start", &Counts::lots_initial);
  count("lots_released", "lots released", &Counts::lots_released);
  count("lots_finished", "lots finished", &Counts::lots_finished);
  count("lots_in_process", "lots in process at the end", &Counts::lots_in_process);
  count("lots_scrapped", "lots scrapped", &Counts::lots_scrapped);
  count("reworks", "lots sent back for rework", &Counts::reworks);
  count("breakdowns", "breakdowns of tools", &Counts::breakdowns);
  count("maintenances", "preventive maintenances begun", &Counts::maintenances);
  add_scalar(g, all, "window_start", "ms", "start of the observed window: the end of the warm-up",
             [](const Observations& o) { return o.window_start; });
  add_scalar(g, all, "window_end", "ms", "end of the observed window",
             [](const Observations& o) { return o.window_end; });
  add_scalar(g, all, "wip_integral", "ms", "lots in process, integrated over the window",
             [](const Observations& o) { return o.wip_integral; });
  return g;
}

Group tool_groups(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts names, areas;
  Ints tools;
  for (const GroupTable& t : model.groups) {
    names.push_back(t.name);
    areas.push_back(t.area);
    tools.push_back(t.tools);
  }
  const std::size_t n = names.size();
  add_coordinate(g, "tool_group", std::move(names), "tool group");
  add_coordinate(g, "tool_state", state_names(), "what a tool does");
  g.variables.push_back({"area", {"tool_group"}, std::move(areas), "", "area of the tool group"});
  g.variables.push_back({"tools", {"tool_group"}, std::move(tools), "1", "number of tools"});
  Ints states;
  for (const Observations& o : all)
    for (const GroupSums& s : o.groups) states.insert(states.end(), s.state.begin(), s.state.end());
  g.variables.push_back({"state_time",
                         {kReplication, "tool_group", "tool_state"},
                         std::move(states),
                         "ms",
                         "time of the tools in each state, summed over tools"});
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t GroupSums::* at) {
    add_table(g, all, n, "tool_group", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.groups[i].*at; });
  };
  add("visits", "1", "lots started", &GroupSums::visits);
  add("jobs", "1", "jobs (lots or batches) started", &GroupSums::jobs);
  add("wafers", "1", "wafers started", &GroupSums::wafers);
  add("setups", "1", "changes of setup", &GroupSums::setups);
  add("queue_time", "ms", "time from arrival to start, summed over the lots started", &GroupSums::queued);
  add("queue_time_max", "ms", "longest time from arrival to start", &GroupSums::queued_max);
  add("waiting_time", "ms", "time that lots waited within the window, those that wait still included",
      &GroupSums::waiting);
  return g;
}

void flow_sums(Group& g, std::span<const Observations> all, std::size_t n) {
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t FlowSums::* at) {
    add_table(g, all, n, "flow", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.flows[i].*at; });
  };
  add("released", "1", "lots released", &FlowSums::released);
  add("out", "1", "lots that left the line within the window", &FlowSums::out);
  add("out_wafers", "1", "wafers of these lots", &FlowSums::out_wafers);
  add("finished", "1", "lots finished, those in process at the start left out", &FlowSums::finished);
  add("finished_wafers", "1", "wafers of the lots finished", &FlowSums::finished_wafers);
  add("with_due_date", "1", "lots finished that have a due date", &FlowSums::with_due_date);
  add("on_time", "1", "lots finished by their due date", &FlowSums::on_time);
  add("scrapped", "1", "lots scrapped", &FlowSums::scrapped);
  add("residence", "ms", "time in process within the window, summed over lots", &FlowSums::residence);
  add("wafer_residence", "ms", "the same, summed over wafers", &FlowSums::wafer_residence);
  add("tardiness", "ms", "delay past the due date, summed over the lots finished", &FlowSums::tardiness);
}

Group flows(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts products, kinds;
  for (const Flow& f : model.flows) {
    products.push_back(model.products[f.product].name);
    kinds.push_back(f.kind);
  }
  add_coordinate(g, "flow", flow_names(model), "product/kind");
  g.variables.push_back({"flow_product", {"flow"}, std::move(products), "", "product"});
  g.variables.push_back({"flow_kind", {"flow"}, std::move(kinds), "", "kind of lot"});
  flow_sums(g, all, model.flows.size());
  return g;
}

Group steps(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts groups;
  for (const StepTable& s : model.steps) groups.push_back(model.groups[s.group].name);
  add_coordinate(g, "route_step", step_names(model), "route/step, in process order");
  g.variables.push_back({"step_tool_group", {"route_step"}, std::move(groups), "", "tool group of the step"});
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t StepSums::* at) {
    add_table(g, all, model.steps.size(), "route_step", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.steps[i].*at; });
  };
  add("visits", "1", "times the step ended", &StepSums::visits);
  add("queue_time", "ms", "time from arrival to start, summed over visits", &StepSums::queued);
  add("total_time", "ms", "time from the end of the previous step to the end of this one, summed", &StepSums::total);
  return g;
}

Group windows(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts names;
  Ints limits;
  for (std::size_t w = 0; w < model.windows.size(); w++) {
    names.push_back(window_name(model, w));
    limits.push_back(model.windows[w].limit);
  }
  add_coordinate(g, "constraint", std::move(names), "queue-time constraint: route/step->step");
  g.variables.push_back({"limit", {"constraint"}, std::move(limits), "ms", "longest wait allowed"});
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t WindowSums::* at) {
    add_table(g, all, model.windows.size(), "constraint", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.windows[i].*at; });
  };
  add("closed", "1", "windows that ended", &WindowSums::closed);
  add("broken", "1", "windows longer than the limit", &WindowSums::broken);
  add("broken_1h", "1", "windows more than 1 h longer", &WindowSums::broken_1h);
  add("broken_2h", "1", "windows more than 2 h longer", &WindowSums::broken_2h);
  add("broken_4h", "1", "windows more than 4 h longer", &WindowSums::broken_4h);
  add("excess", "ms", "time over the limit, summed", &WindowSums::excess);
  add("slack", "ms", "time left to the limit, summed", &WindowSums::slack);
  return g;
}

// One row per lot finished in the window.
Group lots(std::span<const Observations> all) {
  Group g;
  Ints replication, flow, wafers, finished, cycle;
  for (std::size_t r = 0; r < all.size(); r++)
    for (const FinishedLot& lot : all[r].finished) {
      replication.push_back(static_cast<std::int64_t>(r));
      flow.push_back(lot.flow);
      wafers.push_back(lot.wafers);
      finished.push_back(lot.finished);
      cycle.push_back(lot.cycle_time);
    }
  g.dimensions.emplace_back("finished_lot", flow.size());
  const auto add = [&](const char* name, const char* unit, const char* meaning, Ints values) {
    g.variables.push_back({name, {"finished_lot"}, std::move(values), unit, meaning});
  };
  add("replication_index", "1", "replication, from 0", std::move(replication));
  add("flow_index", "1", "index into the coordinate flow of fab/flows", std::move(flow));
  add("wafers", "1", "wafers of the lot", std::move(wafers));
  add("finished", "ms", "when the lot finished", std::move(finished));
  add("cycle_time", "ms", "time from release to the last step", std::move(cycle));
  return g;
}

Group periods(const Model& model, std::span<const Observations> all, std::size_t n) {
  Group g;
  Ints ends;
  for (std::size_t p = 0; p < n; p++) ends.push_back(all[0].periods[p].end);
  g.dimensions.emplace_back("period", n);
  g.variables.push_back(
      {"period_end", {"period"}, std::move(ends), "ms", "end of the period; sums count from the end of the warm-up"});
  add_coordinate(g, "flow", flow_names(model), "product/kind");
  Texts names;
  for (const GroupTable& t : model.groups) names.push_back(t.name);
  add_coordinate(g, "tool_group", std::move(names), "tool group");
  add_coordinate(g, "tool_state", state_names(), "what a tool does");
  Ints released, finished, residence, cycle, states;
  for (const Observations& o : all)
    for (std::size_t p = 0; p < n; p++) {
      for (const FlowSums& f : o.periods[p].flows) {
        released.push_back(f.released);
        finished.push_back(f.finished);
        residence.push_back(f.residence);
      }
      cycle.insert(cycle.end(), o.periods[p].cycle_time.begin(), o.periods[p].cycle_time.end());
      for (const GroupSums& s : o.periods[p].groups) states.insert(states.end(), s.state.begin(), s.state.end());
    }
  const auto add = [&](const char* name, const char* unit, const char* meaning, Ints values) {
    g.variables.push_back({name, {kReplication, "period", "flow"}, std::move(values), unit, meaning});
  };
  add("released", "1", "lots released", std::move(released));
  add("finished", "1", "lots finished", std::move(finished));
  add("residence", "ms", "time in process, summed over lots", std::move(residence));
  add("cycle_time", "ms", "cycle time, summed over the lots finished", std::move(cycle));
  g.variables.push_back({"state_time",
                         {kReplication, "period", "tool_group", "tool_state"},
                         std::move(states),
                         "ms",
                         "time of the tools in each state, summed over tools"});
  return g;
}

Group lot_trace(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts names;
  Ints replication, lot, step, tool, arrive, start, end, held;
  for (std::size_t r = 0; r < all.size(); r++) {
    const auto offset = static_cast<std::int64_t>(names.size());
    names.insert(names.end(), all[r].lot_names.begin(), all[r].lot_names.end());
    for (const LotTrace& t : all[r].lot_trace) {
      replication.push_back(static_cast<std::int64_t>(r));
      lot.push_back(offset + t.lot);
      step.push_back(t.step);
      tool.push_back(t.tool);
      arrive.push_back(t.arrive);
      start.push_back(t.start);
      end.push_back(t.end);
      held.push_back(t.held);
    }
  }
  g.dimensions.emplace_back("event", lot.size());
  add_coordinate(g, "lot_name", std::move(names), "lot, by replication and order of release");
  add_coordinate(g, "step_name", step_names(model), "route/step");
  add_coordinate(g, "tool_name", tool_names(model), "tool group#number");
  const auto add = [&](const char* name, const char* unit, const char* meaning, Ints values) {
    g.variables.push_back({name, {"event"}, std::move(values), unit, meaning});
  };
  add("replication_index", "1", "replication, from 0", std::move(replication));
  add("lot", "1", "index into lot_name", std::move(lot));
  add("step", "1", "index into step_name", std::move(step));
  add("tool", "1", "index into tool_name", std::move(tool));
  add("arrive", "ms", "the lot came into the queue of the step", std::move(arrive));
  add("start", "ms", "the tool began with it", std::move(start));
  add("end", "ms", "the tool had done it", std::move(end));
  add("held", "ms", "before it came: on hold, and in queues that it was taken out of", std::move(held));
  return g;
}

Group tool_trace(const Model& model, std::span<const Observations> all) {
  Group g;
  Ints replication, tool, state, from, to;
  for (std::size_t r = 0; r < all.size(); r++)
    for (const ToolTrace& t : all[r].tool_trace) {
      replication.push_back(static_cast<std::int64_t>(r));
      tool.push_back(t.tool);
      state.push_back(static_cast<std::int64_t>(t.state));
      from.push_back(t.from);
      to.push_back(t.to);
    }
  g.dimensions.emplace_back("stay", tool.size());
  add_coordinate(g, "tool_name", tool_names(model), "tool group#number");
  add_coordinate(g, "tool_state", state_names(), "what a tool does");
  const auto add = [&](const char* name, const char* unit, const char* meaning, Ints values) {
    g.variables.push_back({name, {"stay"}, std::move(values), unit, meaning});
  };
  add("replication_index", "1", "replication, from 0", std::move(replication));
  add("tool", "1", "index into tool_name", std::move(tool));
  add("state", "1", "index into tool_state", std::move(state));
  add("from", "ms", "start of the stay", std::move(from));
  add("to", "ms", "end of the stay", std::move(to));
  return g;
}

} // namespace

void add_results(Tree& tree, const Model& model, std::span<const Observations> all) {
  tree["fab"] = counts_group(all);
  tree["fab/tool_groups"] = tool_groups(model, all);
  tree["fab/flows"] = flows(model, all);
  tree["fab/steps"] = steps(model, all);
  tree["fab/lots"] = lots(all);
  if (!model.windows.empty()) tree["fab/queue_times"] = windows(model, all);
  std::size_t reports = all.empty() ? 0 : all[0].periods.size();
  for (const Observations& o : all) reports = std::min(reports, o.periods.size());
  if (reports > 0) tree["fab/periods"] = periods(model, all, reports);
  bool lots_traced = false, tools_traced = false;
  for (const Observations& o : all) {
    lots_traced |= !o.lot_trace.empty();
    tools_traced |= !o.tool_trace.empty();
  }
  if (lots_traced || tools_traced) tree["fab/trace"] = {};
  if (lots_traced) tree["fab/trace/lots"] = lot_trace(model, all);
  if (tools_traced) tree["fab/trace/tools"] = tool_trace(model, all);
}

} // namespace centresim::fab
