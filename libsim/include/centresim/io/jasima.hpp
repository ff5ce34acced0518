// Reads shop models in the text format of jasima, the Java simulator for manufacturing and logistics (T. Hildebrandt
// and others): job-shop instances, and the MIMAC wafer fabs (Fowler, Robinson: Measurement and Improvement of
// Manufacturing Capacity, 1995) that jasima carries.
#pragma once
#include "centresim/centre/scenario.hpp"

#include <filesystem>

namespace centresim::io {

// Reads one file; times are minutes. A route becomes a route and a product of the same name; a job becomes a lot of one
// wafer, so that batches count lots. Tools rank by arrival and start a batch as soon as one is free, as jasima does
// where nothing else is said. What the model cannot express is an error, or a sentence in the `description` of the
// scenario; docs/how-to/jasima.md lists both. A file with jobs alone ends when they must be done: the horizon is the
// last release and all the work, one job after the other, and a minute. With streams of jobs: 730 d, the first 365 d as
// warm-up. Throws InputError with all faults (the path of an issue names the part of the file), IoError where it cannot
// be read.
[[nodiscard]] centre::Scenario read_jasima(const std::filesystem::path& path);

} // namespace centresim::io
