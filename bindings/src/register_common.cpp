// Probability laws as input values.
#include "centresim/common/distribution.hpp"
#include "centresim/core/error.hpp"
#include "described.hpp"
#include "register.hpp"

#include <cctype>
#include <functional>
#include <string>

namespace py = pybind11;

namespace centresim::python {

namespace {

using common::Dimension;
using common::Distribution;
using schema::Duration;

// Whether a number of the written form has a unit: "exponential(30 min)" has, "erlang(30, 3)" has not.
bool has_unit(const std::string& text) {
  const auto open = text.find('(');
  bool number = false; // in or right behind one
  for (std::size_t i = open == std::string::npos ? 0 : open + 1; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool exponent =
        (c == 'e' || c == 'E') && i + 1 < text.size() &&
        (std::isdigit(static_cast<unsigned char>(text[i + 1])) || text[i + 1] == '-' || text[i + 1] == '+');
    if (std::isdigit(c))
      number = true;
    else if (std::isalpha(c) && number && !exponent)
      return true;
    else if (c == ',' || c == ';')
      number = false;
  }
  return false;
}

Distribution parse(const std::string& text) {
  schema::Rules rules;
  rules.number_law = !has_unit(text);
  Distribution distribution;
  const std::string rule = common::parse_distribution(text, rules, distribution);
  if (!rule.empty()) throw core::InputError({core::Issue{{}, 0, "Distribution", schema::Node(text).shown(), rule}});
  return distribution;
}

Distribution read_distribution(const py::str& text) { return parse(to_text(text)); }

// Unlike the shortest form, no field can take this one for something else: a bare time is exponential in some.
std::string full_text(const Distribution& d) {
  std::string text = common::to_text(d);
  return text.find('(') == std::string::npos ? "constant(" + text + ")" : text;
}

py::object mean(const Distribution& d) {
  if (d.dimension == Dimension::number) return py::float_(d.mean());
  return py::cast(Duration{static_cast<core::Tick>(std::llround(d.mean()))});
}

} // namespace

void register_common(py::module_& m) {
  py::class_<Distribution> cls(
      m, "Distribution",
      "Distribution(text)\n--\n\nA probability law: \"exponential(30 min)\", \"uniform(7.5 min, 2.5 min)\", "
      "\"discrete(5, 25; 0.2, 0.8)\".\n\nThe functions centresim.exponential, centresim.uniform, ... "
      "make the same. Numbers without a unit take\nthe unit of the field that the law is given to.");
  cls.attr("__module__") = "centresim";
  cls.def(py::init(&read_distribution), py::arg("text"))
      .def_property_readonly(
          "law", [](const Distribution& d) { return std::string(common::law_name(d.kind)); }, "Name of the law.")
      .def_property_readonly("mean", &mean, "Mean: a Duration, or a number where the law is one of plain numbers.")
      .def("_node", [](const Distribution& d) { return schema::Node(full_text(d)); })
      .def("__str__", &full_text)
      .def("__repr__", [](const Distribution& d) { return "cs.Distribution('" + full_text(d) + "')"; })
      .def(
          "__eq__", [](const Distribution& a, const Distribution& b) { return a == b; }, py::is_operator())
      .def("__hash__", [](const Distribution& d) { return std::hash<std::string>{}(full_text(d)); })
      .def("__copy__", [](const py::object& self) { return self; })
      .def(
          "__deepcopy__", [](const py::object& self, const py::dict&) { return self; }, py::arg("memo"))
      .def(py::pickle([](const Distribution& d) { return full_text(d); }, &parse));
}

} // namespace centresim::python
