// What must hold between the values of a fab, beyond what each value says of itself.
#pragma once
#include "centresim/fab/values.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace centresim::schema {
class Errors;
}

namespace centresim::fab {

// The lists of a fab in which a fault can lie.
enum class Part {
  fab,
  tool_group,
  breakdown,   // of a tool group
  maintenance, // of a tool group
  minimum_run, // of a tool group
  engineering, // of a tool group
  route,
  step, // of a route
  product,
  release,
  lot,
  setup_time,
  transport,
};

// One fault: the element by its position in the lists of the fab (`inner` within its tool group or route), the field
// (may be empty), what was found there and the rule it breaks.
struct Fault {
  Part part = Part::fab;
  std::size_t index = 0, inner = 0;
  std::string field, value, rule;
  bool operator==(const Fault&) const = default;
};

// All faults: names that are missing, doubled or lead nowhere; rules that tie fields, steps and tool groups together.
// At most `limit` of them.
[[nodiscard]] std::vector<Fault> find_faults(const Fab& fab, std::size_t limit = 1000);

// Where a fault lies, as a path below `path`: "fab.routes.main.steps.etch.rework_to".
[[nodiscard]] std::string fault_path(const Fab& fab, const Fault& fault, const std::string& path);

// Adds all faults to `errors`.
void check(const Fab& fab, const std::string& path, schema::Errors& errors);

} // namespace centresim::fab
