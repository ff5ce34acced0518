// Scenarios whose jobs are random streams, with laws fitted to a table of jobs.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/design/fit.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace centresim::io {

struct FittedJobs {
  centre::Scenario scenario;
  design::FittedFloor fit; // streams, profiles and features have gone into the scenario
  std::vector<std::string> notes;
};

// Of a job trace (`format` "swf", "jobs") or of accounting records ("sacct", "lsf"), plain or packed by gzip: a pool of
// `processors`, a policy by name, streams from the first submission to the last. `start`: date and time at time 0 of
// the trace, "2026-03-02" or "2026-03-02T08:00:00"; empty: as the file says (UnixStartTime, in UTC; the clock of the
// records), else a Monday. The horizon begins at 00:00 of that day. Throws InputError with up to 100 faults and
// IoError.
[[nodiscard]] FittedJobs fit_job_trace(const std::string& format, const std::filesystem::path& file,
                                       std::int64_t processors, const std::string& policy, const std::string& start);

// The scenario as TOML, each law with a comment: n, Kolmogorov-Smirnov distance, the next best law.
[[nodiscard]] std::string fitted_toml(const FittedJobs& fitted);
// The same as a file; without comments where its name ends in .json. Whole or not at all; throws IoError.
void save_fitted(const FittedJobs& fitted, const std::filesystem::path& path);

// What to say of it: a line for each law, those that fit badly, and notes.
[[nodiscard]] std::vector<std::string> fit_report(const FittedJobs& fitted);

} // namespace centresim::io
