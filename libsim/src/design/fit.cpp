#include "centresim/design/fit.hpp"

#include "centresim/core/error.hpp"
#include "fit_groups.hpp"
#include "fit_stream.hpp"
#include "fit_tokens.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <memory>

namespace centresim::design {

namespace {

using detail::JobCounts;
using detail::StreamData;
using detail::StreamKeys;

constexpr std::int64_t kMostTokens = 1'000'000; // of a feature

class Fitter {
 public:
  Fitter(const Trace& trace, const TraceInfo& info, const FitClock& clock)
      : trace_(trace), info_(info), shift_(clock.week_offset + clock.offset), day_(clock.week_offset) {}

  FittedFloor fit() {
    for_each([&](const TraceJob& job) { counts_.add(job); });
    if (counts_.jobs == 0) throw core::InputError({core::Issue{trace_.file, 0, "", "", "holds no jobs"}});
    keys_ = detail::streams_of(counts_, info_.names);
    for (const StreamKeys::Stream& s : keys_.streams)
      data_.push_back(std::make_unique<StreamData>(s.name, counts_.whole_second_submits));
    detail::TokenPeaks tokens(info_.names, counts_.first, counts_.last);
    for_each([&](const TraceJob& job) {
      data_[keys_.of(job)]->add(job, shift_);
      tokens.add(job);
    });
    // The span ends with the second of the last submission, as that of a replayed trace.
    const Tick to = counts_.last + shift_ + core::kTicksPerSecond;
    for (const auto& data : data_) data->end_second_look(counts_.first + shift_, to);
    for_each([&](const TraceJob& job) { data_[keys_.of(job)]->add_gap(job, shift_); });
    for (const auto& data : data_) data->end_third_look();
    made_.horizon = to - day_;
    for (std::size_t i = 0; i < data_.size(); ++i) add_stream(i);
    for (const auto& [name, most] : tokens.peaks()) {
      Feature feature;
      feature.name = name;
      feature.tokens = std::min(most, kMostTokens);
      made_.features.push_back(std::move(feature));
    }
    add_notes();
    return std::move(made_);
  }

 private:
  template <class F> void for_each(F&& see) const {
    TraceReader reader(trace_, info_.names);
    for (TraceJob job; reader.next(job);) see(job);
  }

  void add_stream(std::size_t i) {
    const StreamKeys::Stream& key = keys_.streams[i];
    const StreamData& data = *data_[i];
    data.finish(made_, day_, counts_.run_resolution);
    JobStream& stream = made_.streams.back();
    stream.kind = key.kind == key.name ? "" : key.kind;
    stream.tokens = info_.names.tokens[key.tokens];
    if (const auto project = data.project()) stream.project = info_.names.projects[*project];
    if (const auto step = data.step()) stream.step = info_.names.steps[*step];
    if (data.profile().empty()) return;
    stream.profile = key.name;
    made_.profiles.push_back({key.name, data.profile()});
  }

  void add_notes() {
    double work = 0, fitted = 0;
    for (const FittedStream& s : made_.told) {
      work += s.core_hours;
      fitted += s.fitted_core_hours;
      const double part = s.fitted_core_hours / s.core_hours;
      if (std::abs(part - 1) > 0.1 && s.core_hours > 0.01 * counts_.work / static_cast<double>(core::kTicksPerHour))
        made_.notes.push_back(fmt::format("stream {}: {:.3g} core-hours expected, {:.3g} in the trace", s.stream,
                                          s.fitted_core_hours, s.core_hours));
    }
    if (made_.told.size() > 1 && std::abs(fitted / work - 1) > 0.1)
      made_.notes.push_back(fmt::format("all streams: {:.3g} core-hours expected, {:.3g} in the trace", fitted, work));
    if (!made_.notes.empty())
      made_.notes.push_back("why: run times and cores are drawn independently of one another, and a law has a tail of "
                            "its own; \"*0.9\" on the run of a stream takes 10 % away");
    if (keys_.other_tokens > 0)
      made_.notes.push_back(fmt::format("{} jobs have other tokens than their stream", keys_.other_tokens));
    if (!made_.features.empty())
      made_.notes.push_back("features have the tokens that would be used at one time if no job waited: write in how "
                            "many there are");
  }

  const Trace& trace_;
  const TraceInfo& info_;
  Tick shift_, day_; // from Monday 00:00 of the first week to time 0 of the trace, and to time 0 of the scenario
  JobCounts counts_;
  StreamKeys keys_;
  std::vector<std::unique_ptr<StreamData>> data_;
  FittedFloor made_;
};

} // namespace

FittedFloor fit_jobs(const Trace& trace, const TraceInfo& info, const FitClock& clock) {
  return Fitter(trace, info, clock).fit();
}

} // namespace centresim::design
