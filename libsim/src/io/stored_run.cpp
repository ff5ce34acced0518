#include "stored_run.hpp"

#include "centresim/core/error.hpp"
#include "centresim/schema/node.hpp"
#include "tree_access.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace centresim::io::detail {

StoredRun stored_run(const experiment::Tree& tree, std::int64_t replication) {
  const experiment::Group* root = find_group(tree, "");
  const std::string json = text_attribute(root, "scenario_json");
  const auto* seed = find_attribute<std::int64_t>(root, "seed");
  const auto* replications = find_attribute<std::int64_t>(root, "replications");
  if (json.empty() || seed == nullptr || replications == nullptr)
    throw std::runtime_error("not a result of centresim: no scenario or no seed");
  if (replication < 0 || replication >= *replications)
    throw core::InputError({core::Issue{"", 0, "replication", std::to_string(replication),
                                        fmt::format("must be from 0 to {}", *replications - 1)}});
  return {centre::read_scenario(schema::parse_json(json, "scenario_json")), static_cast<std::uint64_t>(*seed)};
}

} // namespace centresim::io::detail
