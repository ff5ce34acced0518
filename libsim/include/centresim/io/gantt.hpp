// The traces of a result as a Gantt chart that Perfetto and chrome://tracing show: docs/formats/gantt.md.
#pragma once
#include "centresim/core/error.hpp"
#include "centresim/experiment/dataset.hpp"

#include <cstdint>
#include <filesystem>

namespace centresim::io {

// Writes one replication in the Trace Event Format (JSON object form): a process for each tool group, a thread for each
// tool; complete events for the jobs of the lot trace and for the states of the tool trace (idle left out). A process
// for each site of a compute farm, asynchronous events for its jobs, from the last start to the end; one for each
// project, asynchronous events for its tasks. One trace is enough. Written piece by piece, whole or not at all. Throws
// InputError (no trace, no such replication, rows that cannot be), IoError and core::Interrupted.
void write_gantt(const experiment::Tree& tree, const std::filesystem::path& path, std::int64_t replication = 0,
                 const core::StopQuestion& stop = {});

} // namespace centresim::io
