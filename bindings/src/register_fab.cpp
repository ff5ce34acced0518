// Input types of the wafer fab.
#include "centresim/fab/check.hpp"
#include "centresim/fab/describe.hpp"
#include "centresim/fab/values.hpp"
#include "described.hpp"
#include "register.hpp"

#include <tuple>

namespace py = pybind11;

namespace centresim::python {

namespace {

// Beyond what each value says of itself: what must hold between the values of a fab.
fab::Fab read_fab(const schema::Node& node) {
  schema::Errors errors;
  fab::Fab value = schema::read<fab::Fab>(node, errors, "fab");
  if (errors.empty()) fab::check(value, "fab", errors);
  errors.throw_if_any();
  return value;
}

} // namespace

void register_fab(py::module_& root) {
  py::module_ m = root.def_submodule("fab", "Input types of the wafer fab.");
  constexpr const char* module = "centresim.fab";
  // All classes first, so that each can name the others.
  const auto declare = [&]<class... T>(std::type_identity<T>...) {
    return std::tuple{declare_described<T>(root, m, module)...};
  };
  auto classes =
      declare(std::type_identity<fab::Breakdown>(), std::type_identity<fab::Maintenance>(),
              std::type_identity<fab::MinimumRun>(), std::type_identity<fab::EngineeringRule>(),
              std::type_identity<fab::ToolGroup>(), std::type_identity<fab::Step>(), std::type_identity<fab::Route>(),
              std::type_identity<fab::Product>(), std::type_identity<fab::Release>(), std::type_identity<fab::Lot>(),
              std::type_identity<fab::SetupTime>(), std::type_identity<fab::Transport>());
  std::apply([](auto&... cls) { (define_described(cls), ...); }, classes);
  auto whole = declare_described<fab::Fab>(root, m, module);
  define_described<fab::Fab>(whole, &read_fab);
}

} // namespace centresim::python
