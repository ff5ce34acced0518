// What the twin says, as tables for people and programs: rows with named cells, in the units of reports (hours of a
// visit, days of a lot). Infinite values stay infinite.
#pragma once
#include "centresim/fab/twin.hpp"
#include "centresim/schema/node.hpp"

namespace centresim::fab {

// Arrays of tables with the same keys in the same order; no rows: an empty array.
[[nodiscard]] schema::Node group_table(const Twin& twin); // the first to be full first
[[nodiscard]] schema::Node product_table(const Twin& twin);
// The largest gain of cycle time first; where that is not defined, the largest gain of starts.
[[nodiscard]] std::vector<TwinSensitivity> largest_first(std::vector<TwinSensitivity> rows);
[[nodiscard]] schema::Node sensitivity_table(const Twin& twin); // in that order
[[nodiscard]] schema::Node need_table(const std::vector<TwinNeed>& needs);

} // namespace centresim::fab
