// A line of one group with two tools, for tests that run it at many points.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/schema/node.hpp"

#include <string>

namespace centresim::centre {

inline Scenario two_tools(const std::string& horizon, const std::string& warmup) {
  return read_scenario(schema::parse_toml("format = \"centresim/1\"\nname = \"line\"\nhorizon = \"" + horizon +
                                              "\"\nwarmup = \"" + warmup + R"toml("
[[fab.tool_groups]]
name = "g"
tools = 2
[[fab.routes]]
name = "r"
steps = [{ name = "s", tool_group = "g", time = "exponential(50 min)" }]
[[fab.products]]
name = "A"
route = "r"
[[fab.releases]]
product = "A"
every = "exponential(40 min)"
)toml",
                                          "line.toml"));
}

} // namespace centresim::centre
