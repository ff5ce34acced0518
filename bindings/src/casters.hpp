// Between Python values and the nodes that input values are read from and written to.
#pragma once
#include "centresim/schema/node.hpp"

#include <pybind11/pybind11.h>

#include <string>

namespace centresim::python {

// None, bool, int, float, str, timedelta, date, numpy scalars; lists, tuples and other sequences; dicts; values of this
// package, which tell their node by the method _node(). Throws TypeError for anything else.
[[nodiscard]] schema::Node to_node(pybind11::handle value);

// The text of a str in UTF-8. Throws ValueError for half a character (a lone surrogate), which no encoding can write;
// TypeError for what is no str.
[[nodiscard]] std::string to_text(pybind11::handle value);

// The node as None, bool, int, float, str, list and dict.
[[nodiscard]] pybind11::object from_node(const schema::Node& node);

} // namespace centresim::python
