// What a result says, for people (a table), for programs (JSON) and for spreadsheets (CSV).
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <filesystem>
#include <string>

namespace centresim::io {

// One object of format "centresim-summary/1": docs/formats/results.md. Missing numbers are null. Ends with a newline.
// All three throw std::runtime_error where the tree is no result.
[[nodiscard]] std::string summary_json(const experiment::Tree& tree);

// One line per KPI: name, unit, mean, low, high, sd, n, better, estimate_share, then the labels. Missing: empty.
[[nodiscard]] std::string summary_csv(const experiment::Tree& tree);

// The main KPIs with their 95 % intervals for all lots and for each product and kind, the busiest tool groups, and what
// limits the line. `every_row`: all KPIs instead of the main ones.
[[nodiscard]] std::string summary_table(const experiment::Tree& tree, bool every_row = false);

// The lot trace of the tree (group fab/trace/lots) as CSV: lot, step, tool, arrive, start, end (seconds, exact),
// replication. Only the header where no step was traced. Whole or not at all; throws IoError.
void write_lot_trace(const experiment::Tree& tree, const std::filesystem::path& path);

} // namespace centresim::io
