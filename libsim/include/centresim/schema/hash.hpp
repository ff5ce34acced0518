// The fingerprint of a value.
#pragma once
#include "centresim/schema/node.hpp"

#include <string>

namespace centresim::schema {

// SHA-256, in hexadecimal, of the canonical JSON: the order of keys does not count.
[[nodiscard]] std::string hash(const Node& node);

} // namespace centresim::schema
