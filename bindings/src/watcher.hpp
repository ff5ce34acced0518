// Ctrl-C and callbacks of Python while the library works.
#pragma once
#include "centresim/core/monitor.hpp"

#include <pybind11/pybind11.h>

#include <utility>

namespace centresim::python {

namespace py = pybind11;

// Watches a run from Python: handles Ctrl-C, then asks the callback, which stops the run by returning what is false
// (numpy's False is another object than Python's), None excepted: a callback need not answer.
class Watcher {
 public:
  explicit Watcher(py::object callback) : callback_(std::move(callback)) {}

  core::Control operator()(const core::Progress& progress) {
    const py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) {
      if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) == 0) throw py::error_already_set();
      PyErr_Clear(); // what is done is given back instead
      interrupted_ = true;
      return core::Control::stop;
    }
    if (interrupted_) return core::Control::stop;
    if (callback_.is_none()) return core::Control::go;
    try {
      const py::object answer = callback_(progress.done, progress.total);
      return answer.is_none() || truth(answer) ? core::Control::go : core::Control::stop;
    } catch (py::error_already_set& e) {
      if (!e.matches(PyExc_KeyboardInterrupt)) throw;
      interrupted_ = true; // Ctrl-C while the callback ran
      return core::Control::stop;
    }
  }
  [[nodiscard]] bool interrupted() const { return interrupted_; }

 private:
  static bool truth(const py::object& answer) {
    const int truth = PyObject_IsTrue(answer.ptr());
    if (truth < 0) throw py::error_already_set();
    return truth == 1;
  }

  py::object callback_;
  bool interrupted_ = false;
};

[[noreturn]] inline void raise_keyboard_interrupt() {
  PyErr_SetNone(PyExc_KeyboardInterrupt);
  throw py::error_already_set();
}

// Does the work without the lock of the interpreter. An error behind Ctrl-C is KeyboardInterrupt; one of Python, which
// a callback has raised, is passed on.
template <class Work> auto without_gil(const Watcher& watcher, Work work) {
  try {
    const py::gil_scoped_release nogil;
    return work();
  } catch (const py::error_already_set&) {
    throw;
  } catch (...) {
    if (watcher.interrupted()) raise_keyboard_interrupt();
    throw;
  }
}

} // namespace centresim::python
