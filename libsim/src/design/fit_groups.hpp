// Which jobs of a trace make a stream together.
#pragma once
#include "centresim/design/trace.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace centresim::design::detail {

// What a first look at all jobs tells.
class JobCounts {
 public:
  void add(const TraceJob& job);

  struct Group {
    std::uint32_t kind = 0, tokens = 0;
    double jobs = 0, work = 0; // work: core-ticks
  };
  std::unordered_map<std::uint64_t, Group> groups; // by kind and list of tokens
  double jobs = 0, work = 0;
  bool whole_second_submits = true;
  Tick run_resolution = core::kTicksPerMinute; // all run times are multiples of it: a minute, a second or a tick
  Tick first = 0, last = 0;
};

// One stream for each kind of jobs and list of tokens. A kind with less than 1 % of the jobs and less than 1 % of the
// work (cores x run time) goes into the stream "other"; a list of tokens of which as little is true goes with the most
// usual list of its kind.
struct StreamKeys {
  struct Stream {
    std::string name, kind;
    std::uint32_t tokens = 0;
  };
  std::vector<Stream> streams;
  std::unordered_map<std::uint64_t, std::uint32_t> of_group;
  std::int64_t other_tokens = 0; // jobs whose list of tokens is not that of their stream

  [[nodiscard]] std::uint32_t of(const TraceJob& job) const { return of_group.at(key_of(job)); }
  static std::uint64_t key_of(const TraceJob& job) { return std::uint64_t{job.kind} << 32 | job.tokens; }
};

[[nodiscard]] StreamKeys streams_of(const JobCounts& counts, const TraceNames& names);

} // namespace centresim::design::detail
