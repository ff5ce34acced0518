// When the jobs of a stream come: batches, the profile of the week, gaps in the clock of the profile.
#pragma once
#include "centresim/design/fit.hpp"
#include "fit_sample.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

namespace centresim::design::detail {

inline constexpr std::size_t kHours = 168;

// Jobs in the order of submission into batches. Jobs of one instant are one batch; where all times of a trace are whole
// seconds, the jobs of one user within one second are, and the batches of one second are spread evenly over it.
class Batches {
 public:
  using Out = std::function<void(Tick at, std::int64_t jobs)>;
  Batches(bool whole_seconds, Out out) : whole_seconds_(whole_seconds), out_(std::move(out)) {}
  void add(Tick submit, std::uint32_t user);
  void finish() { flush(); }

 private:
  void flush();

  bool whole_seconds_;
  Out out_;
  Tick now_ = -1;
  std::vector<std::int64_t> sizes_;                        // of the batches of now_
  std::unordered_map<std::uint32_t, std::size_t> of_user_; // whole_seconds_: index into sizes_
};

// Arrivals by hour of the week.
class HourCounts {
 public:
  void add(Tick at); // from Monday 00:00 of the first week, in order
  void finish();
  struct Cell {
    double sum = 0, squares = 0; // of arrivals in one hour
  };
  std::array<Cell, kHours> cells;
  std::int64_t count = 0;

 private:
  Tick hour_ = -1;
  std::int64_t in_hour_ = 0;
};

// 168 or 24 rates of mean 1, or none where the arrivals do not say that the hours differ. [from, to): the span of the
// trace, in ticks from Monday 00:00 of its first week. Chi-square tests at 1 %, the counts taken to vary as much more
// than those of a Poisson process as the same hours of different weeks do: of the hours of the week against those of
// the day (from 14 days and 5 arrivals an hour of the week on), of the hours of the day against none (from 3 days and 5
// arrivals an hour of the day on).
[[nodiscard]] std::vector<double> profile_of(const HourCounts& counts, Tick from, Tick to);

// Hours of mean rate between Monday 00:00 of the first week and a tick, as the engine counts them.
class ProfileClock {
 public:
  explicit ProfileClock(const std::vector<double>& rates); // none: a plain clock
  [[nodiscard]] double hours(Tick at) const;

 private:
  std::vector<double> until_;
};

} // namespace centresim::design::detail
