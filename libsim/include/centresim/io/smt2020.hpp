// Reads fab models in the AutoSched text format of the SMT2020 testbed (Kopp, Hassoun, Kalir, Mönch: IEEE Transactions
// on Semiconductor Manufacturing 33(4), 2020, doi 10.1109/TSM.2020.3001933).
#pragma once
#include "centresim/centre/scenario.hpp"

#include <filesystem>

namespace centresim::io {

// Reads the folder `dir`. Two dialects: plain text files (UTF-8, fixed file names), and the official folder with
// options.def (UTF-16 or UTF-8, `~` comments, lists as continuation rows). Columns are found by name; every cell is
// understood or refused. Without a period file: horizon 730 d, warm-up 365 d.
// Throws InputError with all faults (the path of an issue is the column), IoError where a file cannot be read.
[[nodiscard]] centre::Scenario read_smt2020(const std::filesystem::path& dir);

} // namespace centresim::io
