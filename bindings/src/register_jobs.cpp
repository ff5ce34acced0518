// Jobs of the compute farm as files: laws fitted to them, jobs and schedules written.
#include "centresim/centre/scenario.hpp"
#include "centresim/io/fitted_jobs.hpp"
#include "centresim/io/swf.hpp"
#include "register.hpp"
#include "tree.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

namespace py = pybind11;

namespace centresim::python {

namespace {

using Rows = py::typing::List<py::typing::Dict<py::str, py::object>>;

// Means of times are in seconds, others as they are.
double shown(double value, common::Dimension dimension) {
  return dimension == common::Dimension::time ? value / static_cast<double>(core::kTicksPerSecond) : value;
}

py::list laws(const io::FittedJobs& fitted) {
  py::list rows;
  for (const design::FittedLaw& law : fitted.fit.laws) {
    py::dict row;
    row["stream"] = law.stream;
    row["quantity"] = law.quantity;
    row["law"] = std::string(common::law_name(law.law.kind));
    row["parameters"] = to_text(law.law);
    row["n"] = law.n;
    row["ks"] = law.ks;
    row["observed_mean"] = shown(law.observed_mean, law.law.dimension);
    row["law_mean"] = shown(law.law_mean, law.law.dimension);
    row["unit"] = law.law.dimension == common::Dimension::time ? "s" : law.quantity == "memory" ? "GB" : "1";
    row["badly"] = law.badly;
    row["next_law"] = law.next ? py::cast(std::string(common::law_name(law.next->kind))) : py::none();
    row["next_parameters"] = law.next ? py::cast(to_text(*law.next)) : py::none();
    row["next_ks"] = law.next ? py::cast(law.next_ks) : py::none();
    row["next_aic"] = law.next ? py::cast(law.next_aic) : py::none();
    row["note"] = law.note;
    rows.append(row);
  }
  return rows;
}

py::list streams(const io::FittedJobs& fitted) {
  py::list rows;
  for (const design::FittedStream& s : fitted.fit.told) {
    py::dict row;
    row["stream"] = s.stream;
    row["jobs"] = s.jobs;
    row["fitted_jobs"] = s.fitted_jobs;
    row["arrivals"] = s.arrivals;
    row["users"] = s.users;
    row["core_hours"] = s.core_hours;
    row["fitted_core_hours"] = s.fitted_core_hours;
    rows.append(row);
  }
  return rows;
}

} // namespace

void register_jobs(py::module_& m) {
  py::class_<io::FittedJobs>(m, "FittedJobs", "Laws fitted to a table of jobs.")
      .def_property_readonly("scenario", [](const io::FittedJobs& f) { return f.scenario; })
      .def_property_readonly("laws", [](const io::FittedJobs& f) { return Rows(laws(f)); })
      .def_property_readonly("streams", [](const io::FittedJobs& f) { return Rows(streams(f)); })
      .def_property_readonly("notes", [](const io::FittedJobs& f) { return f.notes; })
      .def_property_readonly("report", [](const io::FittedJobs& f) { return io::fit_report(f); })
      .def("to_toml", &io::fitted_toml, "The scenario as a TOML file, a comment to each law.")
      .def(
          "save", [](const io::FittedJobs& f, const py::bytes& path) { io::save_fitted(f, std::string(path)); },
          py::arg("path"), "Write the scenario file.");
  m.def(
      "fit_jobs",
      [](const std::string& format, const py::bytes& path, std::int64_t processors, const std::string& policy,
         const std::string& start) {
        const std::string file = path;
        const py::gil_scoped_release nogil;
        return io::fit_job_trace(format, file, processors, policy, start);
      },
      py::arg("format"), py::arg("path"), py::arg("processors"), py::arg("policy"), py::arg("start"),
      "Fit laws to a table of jobs.");
  m.def(
      "write_swf",
      [](const SharedTree& tree, const py::bytes& path, std::int64_t replication) {
        const std::string file = path;
        const py::gil_scoped_release nogil;
        io::write_swf(*tree.tree, file, replication);
      },
      py::arg("tree"), py::arg("path"), py::arg("replication"), "Write the jobs of a result.");
  m.def(
      "write_jobs",
      [](const centre::Scenario& scenario, std::uint64_t seed, std::uint64_t replication, const py::bytes& path) {
        const std::string file = path;
        const py::gil_scoped_release nogil;
        return io::write_jobs(scenario, seed, replication, file, [] {
          const py::gil_scoped_acquire gil;
          if (PyErr_CheckSignals() != 0) throw py::error_already_set(); // KeyboardInterrupt
          return false;
        });
      },
      py::arg("scenario"), py::arg("seed"), py::arg("replication"), py::arg("path"),
      "Write the jobs that a scenario submits.");
}

} // namespace centresim::python
