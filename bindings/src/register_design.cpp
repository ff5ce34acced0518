// Input types of the chip-design floor.
#include "centresim/design/check.hpp"
#include "centresim/design/describe.hpp"
#include "centresim/design/values.hpp"
#include "described.hpp"
#include "register.hpp"

#include <tuple>

namespace py = pybind11;

namespace centresim::python {

namespace {

// Beyond what each value says of itself: what must hold between the values of a floor.
design::Floor read_floor(const schema::Node& node) {
  schema::Errors errors;
  design::Floor value = schema::read<design::Floor>(node, errors, "design");
  if (errors.empty()) design::check(value, "design", errors);
  errors.throw_if_any();
  return value;
}

} // namespace

void register_design(py::module_& root) {
  py::module_ m = root.def_submodule("design", "Input types of the chip-design floor.");
  constexpr const char* module = "centresim.design";
  // All classes first, so that each can name the others.
  const auto declare = [&]<class... T>(std::type_identity<T>...) {
    return std::tuple{declare_described<T>(root, m, module)...};
  };
  auto classes = declare(
      std::type_identity<design::Site>(), std::type_identity<design::Link>(), std::type_identity<design::Dataset>(),
      std::type_identity<design::NodeClass>(), std::type_identity<design::Drain>(),
      std::type_identity<design::Partition>(), std::type_identity<design::Feature>(),
      std::type_identity<design::Account>(), std::type_identity<design::Profile>(),
      std::type_identity<design::JobStream>(), std::type_identity<design::Job>(), std::type_identity<design::Trace>(),
      std::type_identity<design::Fairshare>(), std::type_identity<design::Preemption>(),
      std::type_identity<design::Memory>(), std::type_identity<design::Policy>(),
      std::type_identity<common::Calendar>(), std::type_identity<design::Skill>(), std::type_identity<design::Team>(),
      std::type_identity<design::Staffing>(), std::type_identity<design::Stage>(), std::type_identity<design::Return>(),
      std::type_identity<design::Task>(), std::type_identity<design::Flow>(), std::type_identity<design::Block>(),
      std::type_identity<design::Bugs>(), std::type_identity<design::Project>(), std::type_identity<design::Provider>(),
      std::type_identity<design::Shuttle>());
  std::apply([](auto&... cls) { (define_described(cls), ...); }, classes);
  auto whole = declare_described<design::Floor>(root, m, module);
  define_described<design::Floor>(whole, &read_floor);
}

} // namespace centresim::python
