// Labelled arrays in memory, shaped like a netCDF-4 file: what results are made of before and after they are a file.
#pragma once
#include <cstdint>
#include <map>
#include <span>
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

// A dimension with its coordinate.
inline void add_coordinate(Group& group, const std::string& dimension, std::vector<std::string> names,
                           const std::string& meaning) {
  group.dimensions.emplace_back(dimension, names.size());
  group.variables.push_back({dimension, {dimension}, std::move(names), "", meaning});
}

// One integer per replication: `read(observations)`.
template <class Seen, class Read> void add_scalar(Group& group, std::span<const Seen> all, const std::string& name,
                                                  const std::string& unit, const std::string& meaning,
                                                  const Read& read) {
  std::vector<std::int64_t> values;
  for (const Seen& o : all) values.push_back(read(o));
  group.variables.push_back({name, {"replication"}, std::move(values), unit, meaning});
}

// One integer per replication, and per element of `dimension`: `read(observations, element)`.
template <class Seen, class Read>
void add_table(Group& group, std::span<const Seen> all, std::size_t elements, const std::string& dimension,
               const std::string& name, const std::string& unit, const std::string& meaning, const Read& read) {
  std::vector<std::int64_t> values;
  values.reserve(all.size() * elements);
  for (const Seen& o : all)
    for (std::size_t i = 0; i < elements; i++) values.push_back(read(o, i));
  group.variables.push_back({name, {"replication", dimension}, std::move(values), unit, meaning});
}

// Keys are paths: "" the root, "fab", "fab/tool_groups", "run". Parents of a path exist.
using Tree = std::map<std::string, Group>;

} // namespace centresim::experiment
