// Results in memory: a tree of labelled arrays, handed to numpy without a copy.
#include "centresim/centre/run.hpp"
#include "centresim/experiment/dataset.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/io/hdf5.hpp"
#include "register.hpp"
#include "tree.hpp"

#include <pybind11/numpy.h>
#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <bit>
#include <cstdint>

namespace py = pybind11;

namespace centresim::python {

namespace {

using experiment::Group;
using experiment::Variable;

const Group& group(const SharedTree& tree, const std::string& path) {
  const auto found = tree.tree->find(path);
  if (found == tree.tree->end()) throw py::key_error("no group " + path);
  return found->second;
}

const Variable& variable(const SharedTree& tree, const std::string& path, const std::string& name) {
  for (const Variable& v : group(tree, path).variables)
    if (v.name == name) return v;
  throw py::key_error("no variable " + name + " in group " + path);
}

// A dimension may come from a parent group.
std::size_t dimension(const SharedTree& tree, std::string path, const std::string& name) {
  while (true) {
    for (const auto& [known, size] : group(tree, path).dimensions)
      if (known == name) return size;
    if (path.empty()) throw py::key_error("no dimension " + name);
    const auto slash = path.rfind('/');
    path = slash == std::string::npos ? "" : path.substr(0, slash);
  }
}

struct VariableView {
  SharedTree tree; // keeps the variable alive
  const Variable* variable = nullptr;
};

// Numbers as a read-only view whose base keeps the tree alive, text as a list.
py::object values(const SharedTree& tree, const Variable& v) {
  return std::visit(
      [&]<class T>(const std::vector<T>& data) -> py::object {
        if constexpr (std::is_same_v<T, std::string>) {
          return py::cast(data);
        } else {
          auto* owner = new std::shared_ptr<const experiment::Tree>(tree.tree);
          const py::capsule base(owner,
                                 [](void* p) { delete static_cast<std::shared_ptr<const experiment::Tree>*>(p); });
          py::array_t<T> array(static_cast<py::ssize_t>(data.size()), data.data(), base);
          array.attr("flags").attr("writeable") = false;
          return array;
        }
      },
      v.values);
}

// NaN equals NaN: a missing value is the same missing value.
bool same(double a, double b) { return a == b || (a != a && b != b); }

template <class T> bool same_values(const std::vector<T>& a, const std::vector<T>& b) {
  if constexpr (std::is_floating_point_v<T>)
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) { return same(x, y); });
  else
    return a == b;
}

bool same_variable(const Variable& a, const Variable& b) {
  return a.name == b.name && a.dimensions == b.dimensions && a.unit == b.unit && a.long_name == b.long_name &&
         std::visit(
             []<class A, class B>(const A& x, const B& y) {
               if constexpr (std::is_same_v<A, B>)
                 return same_values(x, y);
               else
                 return false;
             },
             a.values, b.values);
}

bool same_attributes(const Group& a, const Group& b) {
  return std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                    [](const auto& x, const auto& y) {
                      const auto* dx = std::get_if<double>(&x.second);
                      const auto* dy = std::get_if<double>(&y.second);
                      return x.first == y.first && (dx && dy ? same(*dx, *dy) : x.second == y.second);
                    });
}

// What differs from run to run (threads, seconds, host) takes no part.
bool equal(const SharedTree& a, const SharedTree& b) {
  return std::equal(a.tree->begin(), a.tree->end(), b.tree->begin(), b.tree->end(), [](const auto& x, const auto& y) {
    return x.first == y.first &&
           (x.first == "run" || (x.second.dimensions == y.second.dimensions && same_attributes(x.second, y.second) &&
                                 std::equal(x.second.variables.begin(), x.second.variables.end(),
                                            y.second.variables.begin(), y.second.variables.end(), &same_variable)));
  });
}

py::typing::Dict<py::str, py::object> attributes(const Group& g) {
  py::typing::Dict<py::str, py::object> result;
  for (const auto& [name, value] : g.attributes) result[py::str(name)] = py::cast(value);
  return result;
}

// What io::write_tree adds, so that the tree in memory says the same of itself as its file.
void add_identity(py::dict& result) {
  result["Conventions"] = "CF-1.11";
  result["filetype"] = "centresim-results";
  py::list version;
  version.append(io::kFormatMajor);
  version.append(io::kFormatMinor);
  result["format_version"] = version;
}

// Pickled as plain Python and numpy values.
py::dict get_state(const SharedTree& tree) {
  py::dict groups;
  for (const auto& [path, g] : *tree.tree) {
    py::list variables;
    for (const Variable& v : g.variables)
      variables.append(py::make_tuple(v.name, v.dimensions, v.values.index(), values(tree, v), v.unit, v.long_name));
    groups[py::str(path)] = py::make_tuple(g.dimensions, variables, g.attributes);
  }
  return groups;
}

template <std::size_t I = 0> experiment::Values read_values(std::size_t kind, const py::object& data) {
  if constexpr (I < std::variant_size_v<experiment::Values>) {
    if (kind != I) return read_values<I + 1>(kind, data);
    using Vector = std::variant_alternative_t<I, experiment::Values>;
    using T = typename Vector::value_type;
    if constexpr (std::is_same_v<T, std::string>) {
      return data.cast<Vector>();
    } else {
      const auto array = data.cast<py::array_t<T, py::array::c_style>>();
      return Vector(array.data(), array.data() + array.size());
    }
  } else {
    throw py::value_error("not the state of a result");
  }
}

// By the type it has: a cast to the variant would take whole numbers for doubles.
experiment::Attribute read_attribute(py::handle value) {
  if (py::isinstance<py::str>(value)) return value.cast<std::string>();
  if (py::isinstance<py::int_>(value)) return value.cast<std::int64_t>();
  return value.cast<double>();
}

SharedTree set_state(const py::dict& state) {
  experiment::Tree tree;
  for (const auto& [path, item] : state) {
    const auto parts = item.cast<py::tuple>();
    Group g;
    g.dimensions = parts[0].cast<decltype(g.dimensions)>();
    for (const auto& entry : parts[2].cast<py::list>()) {
      const auto attribute = entry.cast<py::tuple>();
      g.attributes.emplace_back(attribute[0].cast<std::string>(), read_attribute(attribute[1]));
    }
    for (const auto& entry : parts[1].cast<py::list>()) {
      const auto v = entry.cast<py::tuple>();
      g.variables.push_back({v[0].cast<std::string>(), v[1].cast<std::vector<std::string>>(),
                             read_values(v[2].cast<std::size_t>(), v[3]), v[4].cast<std::string>(),
                             v[5].cast<std::string>()});
    }
    tree.emplace(path.cast<std::string>(), std::move(g));
  }
  return share(std::move(tree));
}

using experiment::KpiRow;

void register_kpi_row(py::module_& m) {
  py::class_<KpiRow>(m, "KpiRow", "One KPI: its name and labels, mean over replications, 95 % interval.")
      .def_property_readonly("name", [](const KpiRow& r) { return r.info.name; })
      .def_property_readonly("unit", [](const KpiRow& r) { return r.info.unit; })
      .def_property_readonly("meaning", [](const KpiRow& r) { return r.info.meaning; })
      .def_property_readonly("better",
                             [](const KpiRow& r) { return std::string(experiment::to_string(r.info.better)); })
      .def_property_readonly("labels",
                             [](const KpiRow& r) {
                               py::typing::Dict<py::str, py::str> labels;
                               for (const auto& [key, value] : r.labels) labels[py::str(key)] = value;
                               return labels;
                             })
      .def_property_readonly("mean", [](const KpiRow& r) { return r.estimate.mean; })
      .def_property_readonly("low", [](const KpiRow& r) { return r.estimate.low; })
      .def_property_readonly("high", [](const KpiRow& r) { return r.estimate.high; })
      .def_property_readonly("sd", [](const KpiRow& r) { return r.estimate.sd; })
      .def_property_readonly("n", [](const KpiRow& r) { return r.estimate.n; })
      .def_property_readonly("estimate_share", [](const KpiRow& r) { return r.estimate_share; });
}

void register_variable(py::module_& m) {
  py::class_<VariableView>(m, "Variable", "One labelled array of a result.")
      .def_property_readonly("dimensions", [](const VariableView& v) { return v.variable->dimensions; })
      .def_property_readonly("unit", [](const VariableView& v) { return v.variable->unit; })
      .def_property_readonly("long_name", [](const VariableView& v) { return v.variable->long_name; })
      .def_property_readonly("values", [](const VariableView& v) { return values(v.tree, *v.variable); });
}

std::string tree_digest(const SharedTree& tree) { return centre::digest(centre::Result{*tree.tree}); }

} // namespace

void register_experiment(py::module_& m) {
  register_kpi_row(m);
  register_variable(m);
  py::class_<SharedTree>(m, "Tree", "The labelled arrays of a result, group by group.")
      .def_static(
          "open",
          [](const py::bytes& path) {
            const std::string name(path);
            const py::gil_scoped_release nogil;
            return share(io::read_tree(name));
          },
          py::arg("path"), "Read a file of results.")
      .def(
          "save",
          [](const SharedTree& tree, const py::bytes& path) {
            const std::string name(path);
            const py::gil_scoped_release nogil;
            io::write_tree(*tree.tree, name);
          },
          py::arg("path"), "Write a file of results, whole or not at all.")
      .def(
          "paths",
          [](const SharedTree& tree) {
            std::vector<std::string> paths;
            for (const auto& [path, g] : *tree.tree) paths.push_back(path);
            return paths;
          },
          "Paths of the groups; the root is an empty text.")
      .def(
          "variables",
          [](const SharedTree& tree, const std::string& path) {
            std::vector<std::string> names;
            for (const Variable& v : group(tree, path).variables) names.push_back(v.name);
            return names;
          },
          py::arg("path"), "Names of the variables of a group.")
      .def(
          "variable",
          [](const SharedTree& tree, const std::string& path, const std::string& name) {
            return VariableView{tree, &variable(tree, path, name)};
          },
          py::arg("path"), py::arg("name"), "One variable of a group.")
      .def("dimension", &dimension, py::arg("path"), py::arg("name"),
           "Length of a dimension of a group or its parents.")
      .def(
          "attributes",
          [](const SharedTree& tree, const std::string& path) {
            auto result = attributes(group(tree, path));
            if (path.empty()) add_identity(result);
            return result;
          },
          py::arg("path"), "Attributes of a group, as the file has them.")
      .def(
          "kpis", [](const SharedTree& tree) { return experiment::read_kpis(group(tree, "")); }, "The KPI table.")
      .def("digest", &tree_digest, "SHA-256 over the integer observations and the model version.")
      .def("__eq__", &equal, py::is_operator())
      .def("__hash__", [](const SharedTree& tree) { return std::hash<std::string>{}(tree_digest(tree)); })
      .def(py::pickle(&get_state, &set_state));
}

} // namespace centresim::python
