#include "engine/sources.hpp"

#include "centresim/core/error.hpp"
#include "centresim/design/trace.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace centresim::design {
namespace {

class ListedJobs final : public Source {
 public:
  explicit ListedJobs(const Model& model) : model_(model) {}
  bool next(Submission& job) override {
    if (at_ == model_.jobs.size()) return false;
    job = model_.jobs[at_++];
    return true;
  }

 private:
  const Model& model_;
  std::size_t at_ = 0;
};

class TracedJobs final : public Source {
 public:
  explicit TracedJobs(const TraceTable& table) : table_(table), reader_(table.trace, table.info->names) {}
  bool next(Submission& job) override {
    TraceJob t;
    if (!reader_.next(t)) return false;
    job = {};
    job.source = 1;
    job.submit = t.submit;
    job.run = std::max<Tick>(1, t.run);
    job.request = std::max<Tick>(1, t.request);
    job.due = t.due;
    job.memory = t.memory_kb;
    job.peak = std::max(t.peak_kb, std::int64_t{0});
    job.scratch = t.scratch_kb;
    job.number = t.number;
    job.cores = static_cast<std::int32_t>(t.cores);
    job.ranks = static_cast<std::int32_t>(t.ranks);
    job.priority = static_cast<std::int32_t>(t.priority);
    job.flow = table_.flow[t.kind];
    job.owner = owner_of(t.user, t.step);
    job.account = table_.account_of_project[t.project];
    if (job.account == kNone) job.account = table_.account_of_user[t.user];
    job.tokens = table_.tokens[table_.project_class[t.project]][t.tokens];
    job.preemptible = t.preemptible;
    job.home = table_.home;
    return true;
  }

 private:
  // Users and steps are many, pairs of them that occur are few.
  std::uint32_t owner_of(std::uint32_t user, std::uint32_t step) {
    const std::uint64_t pair = std::uint64_t{user} << 32 | step;
    return owners_.try_emplace(pair, table_.first_owner + static_cast<std::uint32_t>(owners_.size())).first->second;
  }

  const TraceTable& table_;
  std::unordered_map<std::uint64_t, std::uint32_t> owners_;
  TraceReader reader_;
};

// Arrivals of a stream: gaps by the law, stretched by the profile (inversion of the integrated rate); every job draws
// by its own identity.
class StreamedJobs final : public Source {
 public:
  StreamedJobs(const Model& model, const StreamTable& stream, core::StreamKey key)
      : model_(model), s_(stream), key_(key), gaps_(key, stream.identity, core::Purpose::job_arrival),
        counts_(key, stream.identity, core::Purpose::job_count), arrival_(stream.start) {
    if (s_.profile != kNone) clock_ = mean_hours(s_.start);
    advance();
  }

  bool next(Submission& job) override {
    while (left_ == 0) {
      if (arrival_ >= s_.until) return false;
      begin_arrival();
    }
    left_--;
    fill(job);
    if (left_ == 0) advance();
    return true;
  }

 private:
  void begin_arrival() {
    const double n = s_.jobs.is_constant() ? s_.jobs.value(0.5) : s_.jobs.value(counts_.next());
    left_ = whole(n, 0, static_cast<double>(model_.max_queue) + 1); // more would end the run all the same
    at_ = arrival_;
    if (left_ == 0) advance();
  }

  void advance() {
    const double gap = static_cast<double>(s_.every.ticks(s_.every.is_constant() ? 0.5 : gaps_.next()));
    if (s_.profile == kNone) {
      arrival_ +=
          std::max<Tick>(1, std::llround(std::min(gap / model_.load_factor, static_cast<double>(core::kMaxTick))));
      return;
    }
    clock_ += gap / model_.load_factor / static_cast<double>(core::kTicksPerHour);
    arrival_ = std::max(arrival_ + 1, tick_of(clock_));
  }

  // Hours of mean rate from Monday 00:00 before time 0 to a tick, and back.
  [[nodiscard]] double mean_hours(Tick tick) const {
    const auto& until = model_.profiles[s_.profile].until;
    const Tick at = tick + model_.week_offset, week = 7 * core::kTicksPerDay;
    const Tick weeks = at / week, in_week = at % week;
    const auto hour = static_cast<std::size_t>(in_week / core::kTicksPerHour);
    const double part = static_cast<double>(in_week % core::kTicksPerHour) / static_cast<double>(core::kTicksPerHour);
    return static_cast<double>(weeks) * until.back() + until[hour] + part * (until[hour + 1] - until[hour]);
  }
  [[nodiscard]] Tick tick_of(double mean) const {
    const auto& until = model_.profiles[s_.profile].until;
    const double weeks = std::floor(mean / until.back());
    const double rest = std::max(0.0, mean - weeks * until.back()); // rounding may have left a little less
    const auto above = std::upper_bound(until.begin() + 1, until.end() - 1, rest);
    const auto hour = static_cast<std::size_t>(above - until.begin()) - 1;
    const double rate = until[hour + 1] - until[hour];
    const double part = rate > 0 ? std::min((rest - until[hour]) / rate, 1.0) : 1.0;
    const double hours = weeks * 168 + static_cast<double>(hour) + part;
    const double ticks = hours * static_cast<double>(core::kTicksPerHour) - static_cast<double>(model_.week_offset);
    return ticks < static_cast<double>(core::kMaxTick) ? std::llround(ticks) : core::kMaxTick;
  }

  [[nodiscard]] double draw(const core::Law& law, core::Purpose purpose) const {
    return law.is_constant() ? law.value(0.5) : law.value(core::uniform_at(key_, identity_, purpose, 0, 0));
  }
  static std::int64_t whole(double value, double low, double high) {
    return std::llround(std::clamp(value, low, high));
  }

  void fill(Submission& job) {
    identity_ = core::mix(s_.identity, static_cast<std::uint64_t>(count_));
    job = {};
    job.source = 2 + static_cast<std::uint32_t>(&s_ - model_.streams.data());
    job.submit = at_;
    job.number = count_++;
    const auto longest = static_cast<double>(std::min(s_.run_max, core::kMaxTick));
    job.run = whole(draw(s_.run, core::Purpose::job_run), 1, longest);
    job.request = whole(static_cast<double>(job.run) * draw(s_.request, core::Purpose::job_request), 1,
                        static_cast<double>(core::kMaxTick));
    job.cores = static_cast<std::int32_t>(whole(draw(s_.cores, core::Purpose::job_cores), 1, 1e7));
    job.peak = whole(draw(s_.memory, core::Purpose::job_memory) * 1e6, 0, 1e15);
    job.memory =
        whole(static_cast<double>(job.peak) * draw(s_.memory_request, core::Purpose::job_memory_request), 0, 1e15);
    job.scratch = s_.scratch;
    job.home = s_.home;
    job.reading = s_.reading;
    if (s_.due != core::kNever) job.due = at_ + s_.due;
    job.priority = s_.priority;
    job.flow = s_.flow;
    job.account = s_.account;
    job.tokens = s_.tokens;
    job.preemptible = s_.preemptible;
    job.owner = s_.first_owner;
    if (s_.users > 1)
      job.owner += std::min(
          s_.users - 1,
          static_cast<std::uint32_t>(core::uniform_at(key_, identity_, core::Purpose::job_user, 0, 0) * s_.users));
  }

  const Model& model_;
  const StreamTable& s_;
  core::StreamKey key_;
  core::UniformSequence gaps_, counts_;
  Tick arrival_ = 0, at_ = 0;
  double clock_ = 0;
  std::int64_t left_ = 0, count_ = 0;
  std::uint64_t identity_ = 0;
};

} // namespace

std::vector<std::unique_ptr<Source>> make_sources(const Model& model, core::StreamKey key) {
  std::vector<std::unique_ptr<Source>> sources;
  if (!model.jobs.empty()) sources.push_back(std::make_unique<ListedJobs>(model));
  if (model.trace) sources.push_back(std::make_unique<TracedJobs>(*model.trace));
  for (const StreamTable& s : model.streams) sources.push_back(std::make_unique<StreamedJobs>(model, s, key));
  return sources;
}

} // namespace centresim::design
