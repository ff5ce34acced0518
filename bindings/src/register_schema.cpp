// Values that every input type is made of: spans of time, provenance, nodes.
#include "centresim/schema/provenance.hpp"
#include "centresim/schema/quantity.hpp"
#include "centresim/schema/scalar.hpp"
#include "centresim/schema/units.hpp"
#include "described.hpp"
#include "register.hpp"

#include <pybind11/chrono.h>
#include <pybind11/operators.h>

#include <functional>

namespace py = pybind11;

namespace centresim::python {

namespace {

using schema::Duration;

Duration read_duration(const py::object& value) {
  Duration duration;
  schema::Rules rules;
  rules.low = -1e300; // a due date may be negative
  const schema::Node node = to_node(value);
  const std::string rule = schema::Scalar<Duration>::read(node, rules, duration);
  if (!rule.empty()) throw core::InputError({core::Issue{{}, 0, "Duration", node.shown(), rule}});
  return duration;
}

double in(const Duration& duration, core::Tick unit) {
  return static_cast<double>(duration.ticks) / static_cast<double>(unit);
}

void register_duration(py::module_& m) {
  py::class_<Duration> cls(
      m, "Duration",
      "Duration(value)\n--\n\nA span of time: \"45 min\", \"2.5 h\", \"3 d\", a timedelta, or a number of "
      "seconds.\n\nKept to the millisecond. Units: ms, s, min, h, d, wk, y (365 d).");
  cls.attr("__module__") = "centresim";
  cls.def(py::init(&read_duration), py::arg("value"))
      .def_property_readonly(
          "ticks", [](const Duration& d) { return d.ticks; }, "Whole milliseconds.")
      .def_property_readonly("seconds", [](const Duration& d) { return in(d, core::kTicksPerSecond); })
      .def_property_readonly("minutes", [](const Duration& d) { return in(d, core::kTicksPerMinute); })
      .def_property_readonly("hours", [](const Duration& d) { return in(d, core::kTicksPerHour); })
      .def_property_readonly("days", [](const Duration& d) { return in(d, core::kTicksPerDay); })
      .def(
          "to_timedelta", [](const Duration& d) { return std::chrono::milliseconds(d.ticks); },
          "The same span as a datetime.timedelta.")
      .def("_node", [](const Duration& d) { return schema::Node(schema::format_duration(d.ticks)); })
      .def("__str__", [](const Duration& d) { return schema::format_duration(d.ticks); })
      .def("__repr__", [](const Duration& d) { return "cs.Duration('" + schema::format_duration(d.ticks) + "')"; })
      .def(py::self == py::self)
      .def(py::self < py::self)
      .def(py::self <= py::self)
      .def(py::self > py::self)
      .def(py::self >= py::self)
      .def("__hash__", [](const Duration& d) { return std::hash<core::Tick>{}(d.ticks); })
      .def("__copy__", [](const py::object& self) { return self; })
      .def(
          "__deepcopy__", [](const py::object& self, const py::dict&) { return self; }, py::arg("memo"))
      .def(py::pickle([](const Duration& d) { return d.ticks; }, [](core::Tick ticks) { return Duration{ticks}; }));
}

} // namespace

void register_schema(py::module_& m) {
  py::class_<schema::Node>(m, "_Node", "A value on its way into or out of an input type.");
  register_duration(m);
  auto provenance = declare_described<schema::Provenance>(m, m, "centresim");
  define_described(provenance);
}

} // namespace centresim::python
