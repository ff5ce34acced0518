// Changing values inside a scenario by path.
#pragma once
#include "centresim/schema/errors.hpp"
#include "centresim/schema/type_info.hpp"

namespace centresim::schema {

// Sets what `path` addresses in `root` (described by `type`). Elements of lists are addressed by name or [index]; `*`
// stands for any run of characters in a name. On numbers, durations and laws a text that starts with + - or * is a
// relative change ("+1", "-5 min", "*1.1", "+10 %"), "=-5 min" is absolute; whole numbers are rounded to the nearest.
// A missing optional field starts from its default. Adds an issue when nothing matches or the change is not possible.
void set_path(Node& root, const TypeInfo& type, std::string_view path, const Node& value, Errors& errors);

} // namespace centresim::schema
