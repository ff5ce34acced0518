// Results with control variates.
#include "centresim/centre/control_variates.hpp"
#include "register.hpp"
#include "tree.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

namespace py = pybind11;

namespace centresim::python {

namespace {

using Rows = py::typing::List<py::typing::Dict<py::str, py::object>>;
using Named = std::vector<std::pair<std::string, std::optional<double>>>;

double half_width(const experiment::Estimate& e) { return (e.high - e.low) / 2; }

Rows kpi_rows(const std::vector<centre::ControlledKpi>& kpis) {
  Rows rows;
  for (const centre::ControlledKpi& k : kpis) {
    py::dict labels, row;
    for (const auto& [key, value] : k.row.labels) labels[py::str(key)] = value;
    row["kpi"] = k.row.info.name;
    row["labels"] = labels;
    row["mean"] = k.estimate.plain.mean;
    row["half_width"] = half_width(k.estimate.plain);
    row["adjusted_mean"] = k.estimate.adjusted.mean;
    row["adjusted_half_width"] = half_width(k.estimate.adjusted);
    row["variance_reduction"] = k.estimate.variance_reduction;
    row["loss_factor"] = k.estimate.loss_factor;
    row["unit"] = k.row.info.unit;
    row["controls"] = k.controls;
    row["note"] = k.note;
    rows.append(row);
  }
  return rows;
}

Rows control_rows(const std::vector<centre::CheckedControl>& controls) {
  Rows rows;
  for (const centre::CheckedControl& c : controls) {
    py::dict row;
    row["control"] = c.kpi;
    row["expected"] = c.expected;
    row["mean"] = c.check.observed.mean;
    row["half_width"] = half_width(c.check.observed);
    row["standard_errors"] = c.check.standard_errors;
    row["unit"] = c.unit;
    row["refused"] = c.check.refusal;
    rows.append(row);
  }
  return rows;
}

py::typing::Tuple<Rows, Rows> control_variates(const SharedTree& tree, const std::vector<std::string>& kpis,
                                               const Named& controls) {
  centre::ControlOptions options;
  options.kpis = kpis;
  for (const auto& [kpi, mean] : controls) options.controls.push_back({kpi, mean});
  centre::ControlReport report;
  {
    const py::gil_scoped_release nogil;
    report = centre::control_variates(*tree.tree, options);
  }
  return py::make_tuple(kpi_rows(report.kpis), control_rows(report.controls));
}

} // namespace

void register_control_variates(py::module_& m) {
  m.def("control_variates", &control_variates, py::arg("tree"), py::arg("kpis"), py::arg("controls"),
        "Key figures adjusted by those whose mean is known, and what was found of these.");
}

} // namespace centresim::python
