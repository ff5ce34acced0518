// Job traces as scenarios, and what became of every job.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/experiment/dataset.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace centresim::io {

// A scenario that replays a trace (SWF, or the CSV table of jobs; also packed by gzip) on one pool of processors, to
// the last job. The trace stays where it is: the scenario names it by its path and SHA-256. `policy`: see
// design::presets(). Jobs run as long as the trace says, beyond their request too. Throws InputError with up to 100
// faults and IoError.
[[nodiscard]] centre::Scenario read_job_trace(const std::filesystem::path& trace, design::TraceFormat format,
                                              std::int64_t processors, const std::string& policy);

// One pool of so many processors without limits of memory, under a policy by name. Throws InputError.
[[nodiscard]] design::Floor pool_of(std::int64_t processors, const std::string& policy);
// Adds a fault for every kind of job that asks for more processors than there are. `file`: as it is told.
void check_processors(const design::TraceInfo& info, std::int64_t processors, const std::string& file,
                      schema::Errors& errors);

// The job trace of a result (group design/trace/jobs) as CSV: job, submit, start, end, state, first_start, starts,
// source, replication; times in seconds, exact, empty where there is none; one row per job in the order of the input.
// Whole or not at all; throws IoError.
void write_job_table(const experiment::Tree& tree, const std::filesystem::path& path);

} // namespace centresim::io
