// JSON Schema (draft 2020-12) of a described type.
#pragma once
#include "centresim/schema/type_info.hpp"

namespace centresim::schema {

[[nodiscard]] Node json_schema(const TypeInfo& type);

} // namespace centresim::schema
