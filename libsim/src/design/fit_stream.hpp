// What is gathered about the jobs of one stream, and the laws that follow.
#pragma once
#include "centresim/design/fit.hpp"
#include "fit_arrivals.hpp"
#include "fit_groups.hpp"
#include "fit_sample.hpp"

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace centresim::design::detail {

// The most usual of values: the streams know one project, one priority.
template <class T> class Usual {
 public:
  void add(T value) {
    if (last_ == nullptr || value != last_value_) {
      if (times_.size() >= kMost && !times_.contains(value)) return;
      last_ = &times_[value];
      last_value_ = value;
    }
    ++*last_;
  }
  // Nothing unless `share` of `all` have it.
  [[nodiscard]] std::optional<T> value(double share, double all) const {
    std::optional<T> best;
    std::int64_t most = 0;
    for (const auto& [value, times] : times_)
      if (times > most || (times == most && best && value < *best)) best = value, most = times;
    return best && static_cast<double>(most) >= share * all ? best : std::nullopt;
  }

 private:
  static constexpr std::size_t kMost = 100'000;
  std::unordered_map<T, std::int64_t> times_;
  T last_value_{};
  std::int64_t* last_ = nullptr;
};

class StreamData {
 public:
  StreamData(std::string name, bool whole_seconds);
  StreamData(const StreamData&) = delete;
  StreamData& operator=(const StreamData&) = delete;

  // The second look at the trace: everything but the gaps. `shift`: from Monday 00:00 of the first week to time 0.
  void add(const TraceJob& job, Tick shift);
  void end_second_look(Tick from, Tick to); // the span of the trace, from that Monday
  // The third look: gaps, in the clock of the profile.
  void add_gap(const TraceJob& job, Tick shift);
  void end_third_look();

  [[nodiscard]] const std::vector<double>& profile() const { return profile_; }
  // Laws go to `floor.laws`, what the stream is to `floor.streams` and `floor.told`. `day`: from that Monday to 00:00
  // of the first day, which is time 0 of the scenario.
  void finish(FittedFloor& floor, Tick day, Tick run_resolution) const;
  // Of nine in ten jobs, as numbers in the names of the trace.
  [[nodiscard]] std::optional<std::uint32_t> project() const { return project_.value(kMostly, jobs_); }
  [[nodiscard]] std::optional<std::uint32_t> step() const { return step_.value(kMostly, jobs_); }

 private:
  static constexpr double kMostly = 0.9;
  class Laws;
  void set_span(JobStream& stream, Tick day) const;
  void tell(FittedFloor& floor, const JobStream& stream, Tick day) const;

  std::string name_;
  Batches batches_, again_;
  HourCounts hours_;
  std::vector<double> profile_;
  std::optional<ProfileClock> clock_;
  Tick from_ = 0, to_ = 0;      // the span of the trace
  Tick first_ = -1, last_ = -1; // arrivals, from Monday 00:00
  Tick before_ = -1;            // arrival
  Sample sizes_, gaps_, run_, cores_, peak_, ratio_, request_;
  std::unordered_set<std::uint32_t> users_;
  Usual<std::uint32_t> project_, step_;
  Usual<std::int64_t> priority_, scratch_, due_;
  double jobs_ = 0, work_ = 0, preemptible_ = 0;
};

} // namespace centresim::design::detail
