// One function per room fills the module; all are called by module.cpp in the order of the rooms.
#pragma once
#include <pybind11/pybind11.h>

namespace centresim::python {

void register_core(pybind11::module_& m);
void register_common(pybind11::module_& m);
void register_schema(pybind11::module_& m);
void register_experiment(pybind11::module_& m);
void register_fab(pybind11::module_& m);
void register_design(pybind11::module_& m);
void register_centre(pybind11::module_& m);
void register_jobs(pybind11::module_& m);
void register_capacity(pybind11::module_& m);
void register_analysis(pybind11::module_& m);
void register_answers(pybind11::module_& m);
void register_control_variates(pybind11::module_& m);
void register_explain(pybind11::module_& m);
void register_sweep(pybind11::module_& m);
void register_app(pybind11::module_& m);

} // namespace centresim::python
