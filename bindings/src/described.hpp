// Python classes from descriptions: constructor by keyword, read-only properties with docstrings, repr that evaluates
// back, equality, hash, pickling. One template for all input types; no field is named here.
#pragma once
#include "casters.hpp"
#include "centresim/common/distribution.hpp"
#include "centresim/schema/describe.hpp"

#include <pybind11/pybind11.h>

#include <functional>
#include <string>
#include <type_traits>

namespace centresim::python {

namespace detail {

// The texts that need no template.
[[nodiscard]] std::string python_name(const std::string& field); // `from` is a word of Python: from_
[[nodiscard]] std::string class_doc(const schema::TypeInfo& type);
[[nodiscard]] std::string property_doc(const schema::FieldInfo& field);
[[nodiscard]] std::string show(const schema::Node& node, const schema::TypeInfo& type);
// The table that a constructor call describes. Throws TypeError as Python does for wrong positional arguments.
[[nodiscard]] schema::Node arguments(const schema::TypeInfo& type, const pybind11::args& args,
                                     const pybind11::kwargs& kwargs);
// Notes in `_core._described` what is known of the type; repr and the generator of stubs look there.
void remember(pybind11::module_& root, const schema::TypeInfo& type, const std::string& module);

// What a property gives back. Records are views that keep their owner alive: values never change.
template <class M> pybind11::object property(const M& value, pybind11::handle owner) {
  namespace py = pybind11;
  if constexpr (schema::OptionalOf<M>::value) {
    return value.has_value() ? property(*value, owner) : py::none();
  } else if constexpr (schema::ListOf<M>::value) {
    py::tuple items(value.size());
    for (std::size_t i = 0; i < value.size(); ++i) items[i] = property(value[i], owner);
    return items;
  } else if constexpr (schema::Described<M>) {
    return py::cast(&value, py::return_value_policy::reference_internal, owner);
  } else if constexpr (schema::Enumerated<M>) {
    for (const auto& choice : schema::Choices<M>::list)
      if (choice.value == value) return py::str(choice.name);
    return py::none();
  } else if constexpr (schema::Scalar<M>::kind == schema::Kind::text && !std::is_same_v<M, std::string>) {
    return from_node(schema::Scalar<M>::write(value, schema::Rules{})); // "vcs:2"
  } else {
    return py::cast(value);
  }
}

} // namespace detail

// Reads a whole value; rooms add rules of their own beside this template (see register_fab.cpp).
template <class T> [[nodiscard]] T read_value(const schema::Node& node) {
  schema::Errors errors;
  T value = schema::read<T>(node, errors, schema::Desc<T>::name);
  errors.throw_if_any();
  return value;
}

// Declares the class in `m`; `module`: where users find it, e.g. "centresim.fab".
template <schema::Described T>
pybind11::class_<T> declare_described(pybind11::module_& root, pybind11::module_& m, const char* module) {
  pybind11::class_<T> cls(m, schema::Desc<T>::name, detail::class_doc(schema::type_info<T>()).c_str());
  cls.attr("__module__") = module;
  detail::remember(root, schema::type_info<T>(), module);
  return cls;
}

// Gives a declared class its constructor, properties and methods. `read`: from a node to a checked value.
template <schema::Described T>
void define_described(pybind11::class_<T>& cls, std::function<T(const schema::Node&)> read = &read_value<T>) {
  namespace py = pybind11;
  const schema::TypeInfo& type = schema::type_info<T>();
  cls.def(py::init([read, &type](const py::args& args, const py::kwargs& kwargs) {
    if (args.size() == 1 && kwargs.empty() && py::isinstance<T>(args[0])) return args[0].cast<T>();
    return read(detail::arguments(type, args, kwargs));
  }));
  std::size_t index = 0;
  schema::for_each_field<T>([&](const auto& field) {
    const auto member = field.member;
    cls.def_property_readonly(
        detail::python_name(field.name).c_str(),
        [member](py::object self) { return detail::property(self.cast<const T&>().*member, self); },
        detail::property_doc(type.fields[index++]).c_str());
  });
  cls.def("_node", [](const T& self) { return schema::write(self); });
  cls.def(
      "to_dict", [](const T& self) { return from_node(schema::write(self)); },
      "The value as plain dicts, lists, texts and numbers, as a file would say it.");
  cls.def(
      "replace",
      [read, &type](const py::object& self, const py::kwargs& changes) {
        schema::Node node = schema::write(self.cast<const T&>());
        const schema::Node given = detail::arguments(type, py::args(), changes);
        for (const schema::Member& member : *given.table()) node.set(member.key, member.value);
        return py::type::of(self)(py::cast(read(node)));
      },
      "A copy with the given fields changed.");
  cls.def("__repr__", [&type](const T& self) { return detail::show(schema::write(self), type); });
  cls.def("__eq__", [](const T& a, const T& b) { return a == b; }, py::is_operator());
  cls.def("__hash__",
          [](const T& self) { return std::hash<std::string>{}(schema::canonical_json(schema::write(self))); });
  cls.def("__copy__", [](const py::object& self) { return self; });
  cls.def("__deepcopy__", [](const py::object& self, const py::dict&) { return self; }, py::arg("memo"));
  cls.def(py::pickle([](const T& self) { return schema::write_json(schema::write(self), -1); },
                     [read](const std::string& state) { return read(schema::parse_json(state, "pickle")); }));
}

} // namespace centresim::python
