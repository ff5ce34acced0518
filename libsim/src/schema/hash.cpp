#include "centresim/schema/hash.hpp"

#include "centresim/core/digest.hpp"

namespace centresim::schema {

std::string hash(const Node& node) { return core::Sha256().update(canonical_json(node)).hex(); }

} // namespace centresim::schema
