// What traces and a second run say of single lots and tools.
#include "centresim/io/explain.hpp"
#include "centresim/io/gantt.hpp"
#include "register.hpp"
#include "tree.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

namespace py = pybind11;

namespace centresim::python {

namespace {

using Row = py::typing::Dict<py::str, py::object>;

bool interrupted() {
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set(); // KeyboardInterrupt
  return false;
}

py::object tick(core::Tick t) { return t == core::kNever ? py::object(py::none()) : py::cast(t); }

py::dict reason(const std::string& tool, const fab::ToolReason& r) {
  py::dict row;
  row["tool"] = tool;
  row["reason"] = std::string(to_string(r.kind));
  row["until"] = tick(r.until);
  row["lot"] = r.lot;
  row["other_tool"] = r.tool;
  row["setup"] = r.setup;
  row["lots"] = r.lots;
  row["wafers"] = r.wafers;
  row["needed"] = r.needed;
  return row;
}

Row view(const fab::LotView& v) {
  py::list reasons;
  for (const fab::ToolView& tool : v.tools)
    for (const fab::ToolReason& r : tool.reasons) reasons.append(reason(tool.tool, r));
  py::dict row;
  row["place"] = std::string(to_string(v.place));
  row["step"] = v.step;
  row["tool_group"] = v.tool_group;
  row["since"] = tick(v.since);
  row["until"] = tick(v.until);
  row["tool"] = v.tool;
  row["activity"] = v.activity;
  row["lots"] = v.lots;
  row["setup"] = v.setup;
  row["reasons"] = reasons;
  return row;
}

} // namespace

void register_explain(py::module_& m) {
  m.def(
      "explain_lot",
      [](const SharedTree& tree, const std::string& lot, std::int64_t replication, core::Tick at) {
        const auto ask = [&] {
          const py::gil_scoped_release nogil;
          return io::explain_lot(*tree.tree, lot, replication, at, &interrupted);
        };
        return view(ask());
      },
      py::arg("tree"), py::arg("lot"), py::arg("replication"), py::arg("at"), "Where a lot is at a moment, and why.");
  m.def(
      "write_gantt",
      [](const SharedTree& tree, const py::bytes& path, std::int64_t replication) {
        const std::string file = path;
        const py::gil_scoped_release nogil;
        io::write_gantt(*tree.tree, file, replication, &interrupted);
      },
      py::arg("tree"), py::arg("path"), py::arg("replication"), "Write the traces of a result as a Gantt chart.");
}

} // namespace centresim::python
