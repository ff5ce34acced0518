// Errors, the thread pool, how this module was built.
#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "register.hpp"

#include <pybind11/stl.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <map>
#include <omp.h>
#include <string>
#include <system_error>

namespace py = pybind11;

namespace centresim::python {

namespace {

// The exception classes live in Python, where a reader of the package looks for them.
py::object errors(const char* name) { return py::module_::import("centresim._errors").attr(name); }

void raise(const py::object& error) { PyErr_SetObject(py::type::of(error).ptr(), error.ptr()); }

// Messages quote names of files and what was found in them, which may be no UTF-8: shown as \xfe then.
py::object text(const std::string& bytes) {
  const auto size = static_cast<Py_ssize_t>(bytes.size());
  auto text = py::reinterpret_steal<py::object>(PyUnicode_DecodeUTF8(bytes.data(), size, "backslashreplace"));
  if (!text) throw py::error_already_set();
  return text;
}

// The name of a file as Python has it: os.fsdecode.
py::object file_name(const std::string& bytes) {
  const auto size = static_cast<Py_ssize_t>(bytes.size());
  auto name = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefaultAndSize(bytes.data(), size));
  if (!name) throw py::error_already_set();
  return name;
}

// The number of the system's error that a reason ends with, 0 where the reason is our own. The library keeps the words
// only; both come from the same table.
int error_number(const std::string& reason) {
  constexpr int kLast = 133; // of Linux
  for (int number = 1; number <= kLast; ++number)
    if (reason.ends_with(std::generic_category().message(number))) return number;
  if (reason.ends_with("does not exist")) return ENOENT; // the folder of a file to be written
  return reason == "is a folder, not a file" ? EISDIR : 0;
}

void translate(std::exception_ptr pointer) {
  try {
    if (pointer) std::rethrow_exception(pointer);
  } catch (const core::InputError& e) {
    py::list issues;
    const py::object issue = errors("Issue");
    for (const core::Issue& i : e.issues())
      issues.append(issue(file_name(i.file), i.line, text(i.path), text(i.value), text(i.rule)));
    raise(errors("InputError")(text(e.what()), issues));
  } catch (const core::IoError& e) {
    raise(errors("io_error")(text(e.what()), file_name(e.file()), text(e.object()), text(e.reason()),
                             error_number(e.reason())));
  } catch (const core::ModelError& e) {
    raise(errors("ModelError")(text(e.what())));
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
