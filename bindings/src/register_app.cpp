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
      "main",
      [](const std::vector<py::bytes>& args) { // bytes: names of files may be no text
        std::vector<std::string> words(args.begin(), args.end());
        const py::gil_scoped_release nogil;
        return app::main(std::move(words));
      },
      py::arg("args"), "Run the command line and give back its exit status.");
}

} // namespace centresim::python
