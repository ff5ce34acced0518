#include "casters.hpp"

#include "centresim/core/time.hpp"
#include "centresim/schema/units.hpp"

#include <cmath>
#include <cstdint>
#include <string>

namespace py = pybind11;

namespace centresim::python {

namespace {

using schema::Node;

Node integer_node(py::handle value) {
  int overflow = 0;
  const long long number = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
  if (overflow != 0) { // refused later by the rule of its field
    const double real = PyLong_AsDouble(value.ptr());
    if (PyErr_Occurred() == nullptr) return Node(real);
    PyErr_Clear(); // larger than any double
    return Node(overflow < 0 ? -HUGE_VAL : HUGE_VAL);
  }
  if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
  return Node(static_cast<std::int64_t>(number));
}

// A datetime.timedelta, exact to the microsecond.
Node timedelta_node(py::handle value) {
  const auto days = value.attr("days").cast<std::int64_t>();
  const auto seconds = value.attr("seconds").cast<std::int64_t>();
  const auto microseconds = value.attr("microseconds").cast<std::int64_t>();
  const std::int64_t milliseconds = (days * 86'400 + seconds) * core::kTicksPerSecond + microseconds / 1000;
  std::string text = std::to_string(milliseconds);
  if (microseconds % 1000 != 0) text += "." + std::to_string(1000 + microseconds % 1000).substr(1);
  return Node(text + " ms");
}

// A datetime.date (or pandas' like) without a time of day.
bool is_date(py::handle value) {
  return py::hasattr(value, "isoformat") && py::hasattr(value, "year") && !py::hasattr(value, "hour");
}

Node node_of(py::handle value, int depth);

Node mapping_node(py::handle value, int depth) {
  Node node = Node::empty_table();
  const auto items = py::reinterpret_steal<py::object>(PyMapping_Items(value.ptr()));
  if (!items) throw py::error_already_set();
  for (const py::handle item : items) {
    const auto pair = py::reinterpret_borrow<py::tuple>(item);
    if (!py::isinstance<py::str>(pair[0])) throw py::type_error("keys must be text");
    node.set(to_text(pair[0]), node_of(pair[1], depth + 1));
  }
  return node;
}

Node node_of(py::handle value, int depth) {
  if (depth > schema::kMaxDepth) throw py::value_error("nested too deeply");
  if (value.is_none()) return {};
  if (PyBool_Check(value.ptr())) return Node(value.cast<bool>());
  if (PyLong_Check(value.ptr())) return integer_node(value);
  if (PyFloat_Check(value.ptr())) return Node(PyFloat_AsDouble(value.ptr()));
  if (PyUnicode_Check(value.ptr())) return Node(to_text(value));
  if (py::hasattr(value, "_node")) return value.attr("_node")().cast<Node>();
  if (PyDict_Check(value.ptr())) return mapping_node(value, depth);
  if (PyBytes_Check(value.ptr())) throw py::type_error("bytes are no value: decode them first");
  if (py::hasattr(value, "total_seconds")) return timedelta_node(value);
  if (is_date(value)) return Node(to_text(value.attr("isoformat")()));
  if (py::hasattr(value, "dtype") && py::hasattr(value, "item") && value.attr("ndim").cast<int>() == 0)
    return node_of(value.attr("item")(), depth + 1);
  if (PyMapping_Check(value.ptr()) != 0 && py::hasattr(value, "keys")) return mapping_node(value, depth);
  if (PySequence_Check(value.ptr()) != 0) {
    Node node = Node::empty_array();
    for (const py::handle item : value) node.push_back(node_of(item, depth + 1));
    return node;
  }
  if (PyIndex_Check(value.ptr()) != 0) {
    const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
    if (!index) throw py::error_already_set();
    return integer_node(index);
  }
  if (PyNumber_Check(value.ptr()) != 0) {
    const double number = PyFloat_AsDouble(value.ptr());
    if (number == -1 && PyErr_Occurred() != nullptr) throw py::error_already_set();
    return Node(number);
  }
  throw py::type_error("a " + py::type::of(value).attr("__name__").cast<std::string>() + " is no value of a scenario");
}

} // namespace

std::string to_text(py::handle value) {
  Py_ssize_t size = 0;
  if (const char* bytes = PyUnicode_AsUTF8AndSize(value.ptr(), &size)) return {bytes, static_cast<std::size_t>(size)};
  if (PyErr_ExceptionMatches(PyExc_UnicodeEncodeError) == 0) throw py::error_already_set();
  PyErr_Clear();
  const auto shown = py::reinterpret_steal<py::object>(PyObject_ASCII(value.ptr()));
  if (!shown) throw py::error_already_set();
  auto text = shown.cast<std::string>();
  if (text.size() > 60) text = text.substr(0, 60) + "...";
  throw py::value_error(text + " is no valid text: it holds half a character (a lone surrogate)");
}

schema::Node to_node(py::handle value) { return node_of(value, 0); }

py::object from_node(const schema::Node& node) {
  if (const bool* b = node.boolean()) return py::bool_(*b);
  if (const std::int64_t* i = node.integer()) return py::int_(*i);
  if (const double* d = node.real()) return py::float_(*d);
  if (const std::string* s = node.text()) return py::str(*s);
  if (const auto* items = node.array()) {
    py::list list;
    for (const Node& item : *items) list.append(from_node(item));
    return list;
  }
  if (const auto* members = node.table()) {
    py::dict dict;
    for (const schema::Member& member : *members) dict[py::str(member.key)] = from_node(member.value);
    return dict;
  }
  return py::none();
}

} // namespace centresim::python
