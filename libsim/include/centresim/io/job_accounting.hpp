// Accounting records of batch systems into job traces: the CSV table that a scenario's trace reads.
#pragma once
#include "centresim/core/error.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace centresim::io {

// What a conversion wrote and left out.
struct Accounting {
  std::int64_t jobs = 0;
  std::int64_t never_started = 0; // left out: cancelled or failed before they ran, or ran for no time
  std::int64_t unfinished = 0;    // left out: still running or waiting when the records were taken
  std::int64_t other = 0;         // records of other things (LSF: reservations, resizes)
  // Time 0 of the trace, the submission of its first job, as "2026-01-31T10:00:00": on the clock of Slurm, of LSF and
  // of Slurm with SLURM_TIME_FORMAT=%s in UTC.
  std::string start;
  // Priorities are divided by this to lie within +-1e6, as those of a job must.
  std::int64_t priority_divisor = 1;
};

// Both write `csv` whole or not at all: name, submit, run, request, cores, ranks, memory, peak_memory, tokens, user,
// project, step, kind, priority; by (submit, number of the job), times in seconds. Numbers that occur again are written
// 17/2, 17/3. One job is one rank per node, all of the same size; where its cores do not divide evenly every core is a
// rank. 1 GB of memory is 1024^3 bytes, as these systems count. Files packed by gzip are unpacked. Memory: about 120
// bytes per job. `stop` is asked while the table is written (core::Interrupted). Throw InputError with up to 100 faults
// (file:line), IoError where a file cannot be read or written.

// The output of `sacct -P` (or -p) with its header line. Needed are JobID or JobIDRaw; Submit; Elapsed, ElapsedRaw or
// Start and End; one of AllocCPUS, NCPUS, ReqCPUS, AllocTRES, ReqTRES. Understood besides: State, Timelimit,
// TimelimitRaw, NNodes, AllocNodes, ReqNodes, ReqMem, MaxRSS, Licenses, User, Account, Partition, QOS, JobName,
// Priority. Other columns of sacct are passed over, unknown ones refused. The name of a job is its JobIDRaw where
// given, the step its job name, the kind its partition (else QOS). Job steps only add their peak of memory, which Slurm
// measures per task.
[[nodiscard]] Accounting convert_sacct(const std::filesystem::path& records, const std::filesystem::path& csv,
                                       const core::StopQuestion& stop = {});

// JOB_FINISH records of LSF's lsb.acct, versions 6 to 10. Cores are the execution slots; the run time is that in the
// run state, where logged, else from start to end; the request is the run limit; memory is `mem` of rusage[], per host,
// in MB where no unit is given, and the peak the largest memory of all processes, split evenly; other resources of
// rusage[] that LSF does not know itself are licence tokens. The kind is the queue, the step the job name, else the
// command.
[[nodiscard]] Accounting convert_lsf(const std::filesystem::path& records, const std::filesystem::path& csv,
                                     const core::StopQuestion& stop = {});

} // namespace centresim::io
