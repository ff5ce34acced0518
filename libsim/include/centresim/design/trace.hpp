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
};

// One job of a trace.
struct TraceJob {
  std::int64_t number = 0; // the job number of the file; of tables with other names the row, from 1
  Tick submit = 0, run = 0, request = 0;
  std::int64_t cores = 1, ranks = 1;       // cores per rank
  std::int64_t memory_kb = 0, peak_kb = 0; // per rank; 1 GB is 1e6 kB
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
  std::string sha256;
  TraceNames names;
  // The different demands on a node and their first line, so that whoever knows the farm can refuse what fits nowhere.
  struct Demand {
    std::int64_t cores = 1, ranks = 1, memory_kb = 0, scratch_kb = 0;
    std::uint32_t tokens = 0;
    std::int64_t line = 0, number = 0; // of the first job with it
  };
  std::vector<Demand> largest; // for every (ranks, tokens) those not smaller in all respects than another; few
};

// Looks through the whole file: every record is understood or refused with file:line. At most 100 faults are added, a
// last one says how many more there are. Throws IoError where the file cannot be read.
[[nodiscard]] TraceInfo scan_trace(const Trace& trace, schema::Errors& errors);

// Reads a trace that has been scanned, job by job, in memory that does not grow with the file.
class TraceReader {
 public:
  // `names`: of the scan. Throws IoError.
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
