// Laws fitted to a table of jobs: the jobs of a trace as random streams. The rules: docs/how-to/simulate-a-farm.md,
// "Laws from your own table".
#pragma once
#include "centresim/design/trace.hpp"
#include "centresim/design/values.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace centresim::design {

// Of one quantity of one stream.
struct FittedLaw {
  std::string stream, quantity; // quantity: the field of JobStream: "every", "jobs", "run", "cores", ...
  Distribution law;
  std::int64_t n = 0;               // observations
  double ks = 0;                    // Kolmogorov-Smirnov distance between the law and the observations
  double observed_mean = 0;         // ticks, GB or a number
  double law_mean = 0;              // of the law, cut at run_max where it is a run time
  std::optional<Distribution> next; // the best of the other laws
  double next_ks = 0, next_aic = 0; // next_aic: how much larger its AIC is (infinite: it has none to compare)
  std::string note;
  // No law fits: the law is a table of classes, and `next` the best law.
  bool badly = false;
};

// What a stream offers against what the trace held.
struct FittedStream {
  std::string stream;
  std::int64_t jobs = 0, arrivals = 0, users = 0;
  double core_hours = 0;        // of the trace
  double fitted_jobs = 0;       // expected of the stream in the span
  double fitted_core_hours = 0; // likewise
};

struct FittedFloor {
  // More than this is said to fit badly.
  static constexpr double kBadly = 0.1;

  std::vector<JobStream> streams;
  std::vector<Profile> profiles;
  std::vector<Feature> features; // with as many tokens as jobs that never wait would have used at one time
  std::vector<FittedLaw> laws;   // by stream, in the order of the fields of JobStream
  std::vector<FittedStream> told;
  std::vector<std::string> notes;
  Tick horizon = 0; // the span of the trace, from 00:00 of the day on which it begins
};

struct FitClock {
  Tick offset = 0;      // from 00:00 of the day on which the trace begins to its time 0
  Tick week_offset = 0; // from Monday 00:00 to 00:00 of that day
};

// Reads the trace three times, in memory that does not grow with it: all values count, those of a quantity with more
// than 16384 different ones in classes 1/256 of a power of two wide. `info`: of scan_trace, without faults. Throws
// IoError, and InputError where the file is no longer what was scanned or holds no jobs.
[[nodiscard]] FittedFloor fit_jobs(const Trace& trace, const TraceInfo& info, const FitClock& clock = {});

} // namespace centresim::design
