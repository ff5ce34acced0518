// The compiled module behind the package. Users never import it themselves.
#include "register.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace centresim::python;
  m.doc() = "The compiled part of centresim.";
  m.attr("__version__") = CENTRESIM_VERSION;
  register_core(m);
  register_schema(m);
  register_common(m);
  register_experiment(m);
  register_fab(m);
  register_design(m);
  register_centre(m);
  register_jobs(m);
  register_capacity(m);
  register_analysis(m);
  register_answers(m);
  register_control_variates(m);
  register_explain(m);
  register_sweep(m);
  register_app(m);
}
