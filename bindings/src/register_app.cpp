// The command line, for the script that pip installs.
#include "centresim/app/main.hpp"
#include "register.hpp"

#include <pybind11/stl.h>

#include <string>
#include <vector>

namespace py = pybind11;

namespace centresim::python {

void register_app(py::module_& m) {
  m.def(
      "main", [](std::vector<std::string> args) { return app::main(std::move(args)); }, py::arg("args"),
      py::call_guard<py::gil_scoped_release>(), "Run the command line and give back its exit status.");
}

} // namespace centresim::python
