// Jobs written as files that job traces are read from.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/dataset.hpp"

#include <cstdint>
#include <filesystem>

namespace centresim::io {

// What became of the jobs of one replication of a result (run with the trace of jobs) in the Standard Workload Format
// (version 2.2), in the order of submission: fields 1-5, 7-13 and 15, times in seconds with milliseconds where there
// are any, memory in kB per processor. Wait and run time are those of the last start. Jobs that never ran have the run
// time -1. Jobs are numbered anew unless all come from a trace. The jobs are made again from the scenario in the
// result: a trace must still be where it was. Whole or not at all. Throws InputError (no job trace in the result, no
// such replication) and IoError.
void write_swf(const experiment::Tree& tree, const std::filesystem::path& path, std::int64_t replication = 0);

// The jobs that one replication of a scenario submits, without simulating them: as a table of jobs (.csv) or in the
// Standard Workload Format (.swf: run times and requests, no waits), in memory that does not grow with their number.
// Gives how many. Throws InputError (no farm, another ending), IoError and core::Interrupted.
std::int64_t write_jobs(const centre::Scenario& scenario, std::uint64_t seed, std::uint64_t replication,
                        const std::filesystem::path& path, const core::StopQuestion& stop = {});

} // namespace centresim::io
