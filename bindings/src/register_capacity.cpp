// The closed-form twin of a fab.
#include "casters.hpp"
#include "centresim/centre/scenario.hpp"
#include "centresim/core/error.hpp"
#include "centresim/fab/expected.hpp"
#include "centresim/fab/twin_tables.hpp"
#include "described.hpp"
#include "register.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <map>
#include <string>

namespace py = pybind11;

namespace centresim::python {

namespace {

using Rows = py::typing::List<py::typing::Dict<py::str, py::object>>;

constexpr double kDay = static_cast<double>(core::kTicksPerDay);

fab::Twin twin_of(const centre::Scenario& scenario) {
  if (!scenario.fab) throw core::InputError({core::Issue{"", 0, "fab", "", "is missing: capacity is that of a fab"}});
  const py::gil_scoped_release nogil;
  return fab::Twin(*scenario.fab, scenario.horizon.ticks);
}

// In ms, routes in byte order of their names and steps in theirs, as results hold them: a lot of the mean size given
// for its route, alone on its tool, setups left out.
std::vector<double> expected_step_times(const centre::Scenario& scenario, const std::map<std::string, double>& wafers) {
  std::vector<double> times;
  if (!scenario.fab) return times;
  std::map<std::string_view, const fab::Route*> routes;
  for (const fab::Route& route : scenario.fab->routes) routes.emplace(route.name, &route);
  for (const auto& [name, route] : routes) {
    const auto size = wafers.find(route->name);
    for (const fab::Step& step : route->steps)
      times.push_back(fab::expected_step_time(*fab::find_tool_group(*scenario.fab, step.tool_group), step,
                                              size == wafers.end() ? 1 : size->second));
  }
  return times;
}

Rows rows_of(const schema::Node& table) { return Rows(from_node(table)); }

} // namespace

void register_capacity(py::module_& m) {
  m.def("expected_step_times", &expected_step_times, py::arg("scenario"), py::arg("wafers"),
        "Load, process and unload in ms, by route in byte order and step, of lots of so many wafers by route.");
  using fab::Twin;
  py::class_<Twin>(m, "Twin", "Load, limits and cycle times of a fab in closed form.", py::is_final())
      .def(py::init(&twin_of), py::arg("scenario"))
      .def_property_readonly("starts_per_day", &Twin::starts_per_day, "Lots a day.")
      .def_property_readonly("max_starts", &Twin::max_starts, "Lots a day at which the first group is full.")
      .def_property_readonly(
          "cycle_time", [](const Twin& t) { return t.cycle_time() / kDay; }, "Mean of all lots, days.")
      .def(
          "groups", [](const Twin& t) { return rows_of(fab::group_table(t)); }, "A row for each tool group.")
      .def(
          "products", [](const Twin& t) { return rows_of(fab::product_table(t)); }, "A row for each product and kind.")
      .def(
          "sensitivity", [](const Twin& t) { return rows_of(fab::sensitivity_table(t)); }, "What one more tool buys.")
      .def(
          "needs",
          [](const Twin& t, double start_rate, double target) {
            return rows_of(fab::need_table(t.needs(start_rate, target)));
          },
          py::arg("start_rate"), py::arg("target"), "Tools needed at so many lots a day.");
}

} // namespace centresim::python
