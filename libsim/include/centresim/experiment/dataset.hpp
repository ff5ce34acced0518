// Labelled arrays in memory, shaped like a netCDF-4 file: what results are made of before and after they are a file.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace centresim::experiment {

using Values = std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::int8_t>,
                            std::vector<float>, std::vector<std::string>>;

struct Variable {
  std::string name;
  std::vector<std::string> dimensions; // row-major, first slowest; none: a scalar with one value
  Values values;
  std::string unit;      // "1" for counts and shares; empty: none is written (names)
  std::string long_name; // the meaning in a few words
  bool operator==(const Variable&) const = default;
};

using Attribute = std::variant<std::string, double, std::int64_t>;

// A variable named like its only dimension is the coordinate of that dimension. A dimension may come from a parent
// group.
struct Group {
  std::vector<std::pair<std::string, std::size_t>> dimensions;
  std::vector<Variable> variables;
  std::vector<std::pair<std::string, Attribute>> attributes;
  bool operator==(const Group&) const = default;
};

// Keys are paths: "" the root, "fab", "fab/tool_groups", "run". Parents of a path exist.
using Tree = std::map<std::string, Group>;

} // namespace centresim::experiment
