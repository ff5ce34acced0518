// Scenarios and how they are run.
#include "centresim/centre/run.hpp"
#include "centresim/centre/scenario.hpp"
#include "centresim/fab/capacity.hpp"
#include "centresim/io/jasima.hpp"
#include "centresim/io/job_trace.hpp"
#include "centresim/io/smt2020.hpp"
#include "described.hpp"
#include "register.hpp"
#include "tree.hpp"
#include "watcher.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace py = pybind11;

namespace centresim::python {

namespace {

using centre::Scenario;

SharedTree run(const Scenario& scenario, std::int64_t replications, std::uint64_t seed, int threads, bool trace_lots,
               bool trace_tools, bool trace_jobs, bool trace_tasks,
               const std::vector<std::pair<std::string, std::string>>& until, const py::object& progress) {
  Watcher watcher(progress);
  centre::RunOptions options;
  options.replications = replications;
  options.seed = seed;
  options.threads = threads;
  options.trace_lots = trace_lots;
  options.trace_tools = trace_tools;
  options.trace_jobs = trace_jobs;
  options.trace_tasks = trace_tasks;
  for (const auto& [kpi, within] : until) options.until.push_back(centre::parse_goal(kpi, within));
  options.monitor = [&watcher](const core::Progress& p) { return watcher(p); };
  centre::Result result = without_gil(watcher, [&] { return centre::run(scenario, options); });
  if (watcher.interrupted() && centre::finished_replications(result) == 0) raise_keyboard_interrupt();
  return share(std::move(result.tree));
}

void validate(const Scenario& scenario) {
  const schema::Node node = centre::to_node(scenario);
  schema::Errors errors(node, schema::type_info<Scenario>());
  centre::check(scenario, errors);
  if (errors.empty() && scenario.fab) fab::check_capacity(*scenario.fab, scenario.horizon.ticks, "fab", errors);
  errors.throw_if_any();
}

// One row per tool group, as plain columns for a table.
py::typing::List<py::typing::Dict<py::str, py::object>> static_load(const Scenario& scenario) {
  py::list rows;
  if (!scenario.fab) return rows;
  for (const fab::GroupLoad& g : fab::static_load(*scenario.fab, scenario.horizon.ticks)) {
    py::dict row;
    row["tool_group"] = g.tool_group;
    row["area"] = g.area;
    row["tools"] = g.tools;
    row["visits_per_day"] = g.visits_per_day;
    row["wafers_per_tool_day"] = g.wafers_per_tool_day;
    row["load"] = g.load;
    row["load_low"] = g.load_low;
    row["load_high"] = g.load_high;
    row["down_share"] = g.down_share;
    row["pm_share"] = g.pm_share;
    row["available"] = g.available();
    row["load_of_available"] = g.load_of_available();
    rows.append(row);
  }
  return rows;
}

// Only what the user wrote as text may be a relative change. A Duration or timedelta below zero is a text with a sign
// as well by the time it is a node: it is marked as absolute.
schema::Node absolute(py::handle value) {
  schema::Node node = to_node(value);
  const std::string* text = node.text();
  const bool is_signed = text != nullptr && !text->empty() && std::string_view("+-*").find(text->front()) != text->npos;
  return is_signed && !py::isinstance<py::str>(value) ? schema::Node("=" + *text) : node;
}

Scenario with(const Scenario& scenario, const py::list& overrides) {
  centre::Overrides changes;
  for (const py::handle item : overrides) {
    const auto pair = item.cast<py::tuple>();
    if (!py::isinstance<py::str>(pair[0])) throw py::type_error("paths must be text");
    changes.emplace_back(to_text(pair[0]), absolute(pair[1]));
  }
  return centre::with(scenario, changes);
}

} // namespace

void register_centre(py::module_& m) {
  auto connection = declare_described<centre::Connection>(m, m, "centresim");
  auto cls = declare_described<Scenario>(m, m, "centresim");
  define_described<centre::Connection>(connection);
  define_described<Scenario>(cls, [](const schema::Node& node) { return centre::read_scenario(node); });
  cls.def("_with", &with, py::arg("overrides"));
  cls.def(
      "to_toml", [](const Scenario& s) { return schema::write_toml(centre::to_node(s)); },
      "The scenario as a TOML file.");
  cls.def(
      "to_json", [](const Scenario& s) { return schema::write_json(centre::to_node(s)); },
      "The scenario as a JSON file.");
  cls.def_property_readonly("hash", &centre::scenario_hash, "SHA-256 of the scenario with all its defaults.");
  m.def("run", &run, py::kw_only(), py::arg("scenario"), py::arg("replications"), py::arg("seed"), py::arg("threads"),
        py::arg("trace_lots"), py::arg("trace_tools"), py::arg("trace_jobs"), py::arg("trace_tasks"), py::arg("until"),
        py::arg("progress"), "Simulate a scenario.");
  m.def("validate", &validate, py::arg("scenario"), "Check that the line can keep up.");
  m.def("static_load", &static_load, py::arg("scenario"), "Load of every tool group in closed form.");
  m.def(
      "load_scenario", [](const py::bytes& path) { return centre::load_scenario(std::string(path)); }, py::arg("path"),
      "Read a scenario file.");
  m.def(
      "save_scenario", [](const Scenario& s, const py::bytes& path) { centre::save_scenario(s, std::string(path)); },
      py::arg("scenario"), py::arg("path"), "Write a scenario file.");
  m.def(
      "scenario_from_json",
      [](const std::string& text) { return centre::read_scenario(schema::parse_json(text, "scenario")); },
      py::arg("text"), "Read a scenario from JSON.");
  m.def(
      "json_schema", [] { return py::typing::Dict<py::str, py::object>(from_node(schema::json_schema<Scenario>())); },
      "JSON Schema of scenario files.");
  m.def(
      "read_job_trace",
      [](const py::bytes& path, const std::string& format, std::int64_t processors, const std::string& policy) {
        const auto kind = format == "swf" ? design::TraceFormat::swf : design::TraceFormat::csv;
        return io::read_job_trace(std::string(path), kind, processors, policy);
      },
      py::arg("path"), py::arg("format"), py::arg("processors"), py::arg("policy"), "A scenario that replays a trace.");
  m.def(
      "read_smt2020", [](const py::bytes& directory) { return io::read_smt2020(std::string(directory)); },
      py::arg("directory"), "Read a data set in the text format of SMT2020.");
  m.def(
      "read_jasima", [](const py::bytes& path) { return io::read_jasima(std::string(path)); }, py::arg("path"),
      "Read a shop model in the text format of jasima.");
}

} // namespace centresim::python
