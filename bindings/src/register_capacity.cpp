// The closed-form twin of a fab.
#include "casters.hpp"
#include "centresim/centre/scenario.hpp"
#include "centresim/core/error.hpp"
#include "centresim/fab/twin_tables.hpp"
#include "described.hpp"
#include "register.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

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

Rows rows_of(const schema::Node& table) { return Rows(from_node(table)); }

} // namespace

void register_capacity(py::module_& m) {
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
