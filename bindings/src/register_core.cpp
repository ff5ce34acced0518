// Errors, the thread pool, how this module was built.
#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "register.hpp"

#include <pybind11/stl.h>

#include <array>
#include <cstdint>
#include <map>
#include <omp.h>
#include <string>

namespace py = pybind11;

namespace centresim::python {

namespace {

// The exception classes live in Python, where a reader of the package looks for them.
py::object errors(const char* name) { return py::module_::import("centresim._errors").attr(name); }

void raise(const py::object& type, const py::object& error) { PyErr_SetObject(type.ptr(), error.ptr()); }

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const core::InputError& e) {
    py::list issues;
    const py::object issue = errors("Issue");
    for (const core::Issue& i : e.issues()) issues.append(issue(i.file, i.line, i.path, i.value, i.rule));
    const py::object type = errors("InputError");
    raise(type, type(e.what(), issues));
  } catch (const core::IoError& e) {
    const py::object type = errors("IoError");
    raise(type, type(e.what(), e.file(), e.object(), e.reason()));
  } catch (const core::ModelError& e) {
    const py::object type = errors("ModelError");
    raise(type, type(e.what()));
  }
}

std::map<std::string, std::string> build_config() {
  return {{"compiler", CENTRESIM_COMPILER}, {"flags", CENTRESIM_FLAGS}, {"build type", CENTRESIM_BUILD_TYPE},
          {"pybind11", CENTRESIM_PYBIND11}, {"HDF5", CENTRESIM_HDF5},   {"OpenMP", std::to_string(_OPENMP)}};
}

// The rounds behind every draw, for the comparison with NumPy's generator of the same name.
std::array<std::uint64_t, 4> philox4x64(std::array<std::uint64_t, 4> counter, std::array<std::uint64_t, 2> key) {
  return core::detail::philox10<std::uint64_t>(counter, key);
}

} // namespace

void register_core(py::module_& m) {
  m.def("_philox4x64", &philox4x64, py::arg("counter"), py::arg("key"), "One block of Philox4x64-10.");
  py::register_exception_translator(&translate);
  m.def("build_config", &build_config, "How this module was built.");
  m.def(
      "_release_threads", [] { omp_pause_resource_all(omp_pause_hard); }, py::call_guard<py::gil_scoped_release>(),
      "Give the pool of threads back; it comes again by itself.");
}

} // namespace centresim::python
