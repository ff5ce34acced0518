// Job traces: files too large to keep in memory, looked through once before a run and read again while it runs.
#pragma once
#include "centresim/core/time.hpp"
#include "centresim/design/token_use.hpp"
#include "centresim/design/values.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::schema {
class Errors;
}

namespace centresim::design {

using core::Tick;

// The names that a trace uses, numbered in the order of their first appearance. Number 0 is the empty name.
struct TraceNames {
  std::vector<std::string> users{""}, projects{""}, steps{""}, kinds{""};
  std::vector<std::vector<TokenUse>> tokens{{}}; // different lists of tokens; 0: none
  bool numbered = true;                          // every job is named by a whole number
};

// One job of a trace.
struct TraceJob {
  std::int64_t number =
      0; // the job number of the file; of tables with other names (TraceNames::numbered) the row, from 1
  Tick submit = 0, run = 0, request = 0;   // run and request: 1 tick or more
  std::int64_t cores = 1, ranks = 1;       // cores per rank
  std::int64_t memory_kb = 0, peak_kb = 0; // per rank; 1 GB is 1e6 kB; where one is unknown it is as the other
  std::int64_t scratch_kb = 0;             // per rank
  std::int64_t priority = 0;
  Tick due = core::kNever;
  std::uint32_t user = 0, project = 0, step = 0, kind = 0, tokens = 0; // indices into TraceNames
  bool preemptible = true;
};

// What a first pass over the file found.
struct TraceInfo {
  std::int64_t jobs = 0;    // that a reader will give
  std::int64_t skipped = 0; // SWF: records of jobs that never ran
  Tick first_submit = 0, last_submit = 0;
  std::string sha256;          // of the file as it lies on the disk
  std::int64_t processors = 0; // SWF: of the machine, as the header says (MaxProcs, else MaxNodes); 0: it does not
  std::int64_t unix_start = 0; // SWF: seconds since 1970 at time 0 (UnixStartTime of the header); 0: it does not say
  TraceNames names;
  // The different demands on a node and their first line, so that whoever knows the farm can refuse what fits nowhere.
  struct Demand {
    std::int64_t cores = 1, ranks = 1, memory_kb = 0, scratch_kb = 0;
    std::uint32_t tokens = 0;
    std::int64_t line = 0, number = 0; // of the first job with it
  };
  // For every (ranks, tokens) those that no other exceeds in all respects, by line. Of a file made to have very many
  // only the first kMostDemands.
  static constexpr std::size_t kMostDemands = 10'000;
  std::vector<Demand> largest;
};

// Looks through the whole file: every record is understood or refused with file:line. At most 100 faults are added, a
// last one says how many more there are. A file without jobs and one with another digest than `trace.sha256` are
// faults. Names that end in .gz, and files that begin like a gzip file, are unpacked. Throws IoError where the file
// cannot be read: not there, no regular file, no permission, a gzip file that ends early or is damaged.
//
// SWF (18 fields): jobs whose run time (field 4) is 0 or less never ran and are skipped; processors are the requested
// ones (8), where unknown the allocated ones (5), as cores of one rank or, with `gang`, as ranks of one core; the
// request is field 9, where unknown the run time; memory is field 10, its peak field 7, kB per processor. Names are
// "user 12" (12), project "group 3" (13), step "executable 7" (14), and without `kind` of the trace "queue 1" (15).
// CSV: columns are named like the members of Job (name, submit and run must be there) and read like them; submissions
// in order. An empty cell is not given.
[[nodiscard]] TraceInfo scan_trace(const Trace& trace, schema::Errors& errors);

// Reads a trace that has been scanned, job by job, in memory that does not grow with the file.
class TraceReader {
 public:
  // `names`: of the scan; must outlive the reader. Throws IoError.
  TraceReader(const Trace& trace, const TraceNames& names);
  ~TraceReader();
  TraceReader(TraceReader&&) noexcept;
  TraceReader& operator=(TraceReader&&) noexcept;
  // False at the end. Jobs come in the order of the file, which is that of their submission. Throws InputError where
  // the file is no longer what was scanned.
  [[nodiscard]] bool next(TraceJob& job);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

} // namespace centresim::design
