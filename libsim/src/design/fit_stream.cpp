#include "fit_stream.hpp"

#include "fit_laws.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

namespace centresim::design::detail {

namespace {

constexpr double kRatioUnit = 1e-6;                    // ratios are kept as whole millionths
constexpr std::int64_t kMostRatio = 1'000'000'000'000; // a million
constexpr double kKbPerGb = 1e6;
constexpr std::size_t kListed = 32; // different values that are listed one by one
constexpr double kIdle = 10;        // mean gaps without an arrival: the stream has not begun, or is over
constexpr double kInfinite = std::numeric_limits<double>::infinity();

std::int64_t ratio(double over, double under) {
  return std::llround(std::min(over / under / kRatioUnit, static_cast<double>(kMostRatio)));
}

// Values above 0, and how many there are.
std::vector<Point> above_zero(std::vector<Point> points) {
  std::erase_if(points, [](const Point& p) { return !(p.value > 0); });
  return points;
}

double count(std::span<const Point> points) {
  double n = 0;
  for (const Point& p : points) n += p.n;
  return n;
}

double mean_of(std::span<const Point> points) {
  double sum = 0;
  for (const Point& p : points) sum += p.n * p.value;
  return sum / count(points);
}

// Many at the largest value, few a little below it: a limit that longer ones were cut at.
double cut_at_largest(std::span<const Point> points) {
  const Point& last = points.back();
  double near = 0;
  for (auto p = points.rbegin() + 1; p != points.rend() && p->value >= 0.9 * last.value; ++p) near += p->n;
  return last.n >= 5 && last.n >= 0.25 * near && points.size() >= 10 ? last.n : 0;
}

} // namespace

// The laws of one stream.
class StreamData::Laws {
 public:
  Laws(FittedFloor& floor, const std::string& stream) : floor_(floor), stream_(stream) {}

  enum class Use { gap, run, other };

  // A positive quantity: constant, a list of few values, one of the laws, or classes where none fits. 1 where nothing
  // is known.
  Distribution positive(const char* quantity, Dimension dimension, std::vector<Point> points, Use use) {
    const std::size_t all = points.size();
    points = above_zero(std::move(points));
    if (points.empty()) return Distribution::constant(1, dimension);
    FittedLaw& told = begin(quantity, points);
    if (points.size() < all) told.note = "zeros left out";
    if (points.size() == 1) return one(told, dimension, points);
    const bool few =
        points.size() <= kListed && static_cast<double>(told.n) >= 5.0 * static_cast<double>(points.size());
    if (use != Use::gap && few) return values(told, listed(dimension, points, false), points);
    const Observed seen{points, use == Use::run ? cut_at_largest(points) : 0, use == Use::gap};
    const std::vector<LawFit> fits = fit_laws(dimension, seen);
    const bool bad = fits.empty() || fits[0].ks > FittedFloor::kBadly;
    if (seen.cut > 0) told.note = fmt::format("{} of them cut at the largest", seen.cut);
    if (bad && told.n >= kEnoughForClasses) {
      if (!fits.empty()) next(told, fits[0], kInfinite);
      told.badly = true;
      return values(told, classes_of(dimension, points), points);
    }
    if (fits.empty()) return one(told, dimension, points);
    told.law = fits[0].law;
    told.ks = fits[0].ks;
    told.badly = bad;
    told.law_mean = cut_mean(told.law, use == Use::run ? points.back().value : kInfinite);
    if (fits.size() > 1) next(told, fits[1], fits[1].aic - fits[0].aic);
    return told.law;
  }

  // A whole number: constant, a list, or classes with the same mean.
  Distribution whole(const char* quantity, const std::vector<Point>& points) {
    FittedLaw& told = begin(quantity, points);
    if (points.size() == 1) return one(told, Dimension::number, points);
    const bool few = points.size() <= 2 * kListed;
    return values(told, few ? listed(Dimension::number, points, true) : whole_classes_of(points), points);
  }

 private:
  static constexpr std::int64_t kEnoughForClasses = 30;

  FittedLaw& begin(const char* quantity, std::span<const Point> points) {
    FittedLaw& told = floor_.laws.emplace_back();
    told.stream = stream_;
    told.quantity = quantity;
    told.n = std::llround(count(points));
    told.observed_mean = mean_of(points);
    return told;
  }
  static Distribution one(FittedLaw& told, Dimension dimension, std::span<const Point> points) {
    const double mean = mean_of(points);
    told.law = Distribution::constant(dimension == Dimension::time ? std::round(mean) : rounded(mean), dimension);
    told.law_mean = told.law.parameters[0];
    return told.law;
  }
  static Distribution values(FittedLaw& told, Distribution law, std::span<const Point> points) {
    told.law = std::move(law);
    told.ks = ks_of_values(told.law, points);
    told.law_mean = cut_mean(told.law, kInfinite);
    return told.law;
  }
  static void next(FittedLaw& told, const LawFit& fit, double aic) {
    told.next = fit.law;
    told.next_ks = fit.ks;
    told.next_aic = aic;
  }

  FittedFloor& floor_;
  const std::string& stream_;
};

StreamData::StreamData(std::string name, bool whole_seconds)
    : name_(std::move(name)), batches_(whole_seconds,
                                       [this](Tick at, std::int64_t jobs) {
                                         if (first_ < 0) first_ = at;
                                         last_ = at;
                                         sizes_.add(jobs);
                                         hours_.add(at);
                                       }),
      again_(whole_seconds, [this](Tick at, std::int64_t) {
        if (before_ >= 0)
          gaps_.add(std::max<Tick>(1, std::llround((clock_->hours(at) - clock_->hours(before_)) *
                                                   static_cast<double>(core::kTicksPerHour))));
        before_ = at;
      }) {}

void StreamData::add(const TraceJob& job, Tick shift) {
  batches_.add(job.submit + shift, job.user);
  const std::int64_t cores = job.cores * job.ranks;
  const auto run = static_cast<double>(job.run);
  run_.add(job.run);
  cores_.add(cores);
  peak_.add(job.peak_kb * job.ranks);
  if (job.peak_kb > 0) ratio_.add(ratio(static_cast<double>(job.memory_kb), static_cast<double>(job.peak_kb)));
  request_.add(ratio(static_cast<double>(job.request), run));
  users_.insert(job.user);
  project_.add(job.project);
  step_.add(job.step);
  priority_.add(job.priority);
  scratch_.add(job.scratch_kb * job.ranks);
  due_.add(job.due == core::kNever ? core::kNever : job.due - job.submit);
  preemptible_ += job.preemptible ? 1 : 0;
  jobs_ += 1;
  work_ += static_cast<double>(cores) * run;
}

void StreamData::end_second_look(Tick from, Tick to) {
  batches_.finish();
  hours_.finish();
  from_ = from;
  to_ = to;
  profile_ = profile_of(hours_, from, to);
  clock_.emplace(profile_);
}

void StreamData::add_gap(const TraceJob& job, Tick shift) { again_.add(job.submit + shift, job.user); }
void StreamData::end_third_look() { again_.finish(); }

// A stream that begins long after the trace, or ends long before it, says so.
void StreamData::set_span(JobStream& stream, Tick day) const {
  const double every = stream.every.mean() / static_cast<double>(core::kTicksPerHour);
  const auto duration = [](Tick ticks) { return Duration{std::max<Tick>(ticks, 0)}; };
  stream.start = duration(from_ - day);
  if (sizes_.count() == 1) { // one arrival: at its time, and none more
    stream.start = duration(first_ - day - 1);
    stream.every = Distribution::constant(static_cast<double>(std::max<Tick>(1, first_ - day - stream.start.ticks)),
                                          Dimension::time);
    stream.until = Duration{first_ - day + 1};
    return;
  }
  if (clock_->hours(first_) - clock_->hours(from_) > kIdle * every) stream.start = duration(first_ - day);
  if (clock_->hours(to_) - clock_->hours(last_) > kIdle * every) stream.until = Duration{last_ - day + 1};
}

void StreamData::finish(FittedFloor& floor, Tick day, Tick run_resolution) const {
  JobStream stream;
  stream.name = name_;
  Laws laws(floor, name_);
  if (sizes_.count() > 1) stream.every = laws.positive("every", Dimension::time, gaps_.points(1), Laws::Use::gap);
  stream.jobs = laws.whole("jobs", sizes_.points(1));
  const double resolution = run_resolution > 1 ? static_cast<double>(run_resolution) : 0;
  std::vector<Point> runs = run_.points(1, resolution);
  if (resolution > 0 && runs.front().value == 1) // no time at all: less than half of what can be told
    runs.front() = {0, resolution / 4, resolution / 2, runs.front().n};
  const bool constant = runs.size() == 1;
  stream.run = laws.positive("run", Dimension::time, std::move(runs), Laws::Use::run);
  if (!constant && stream.run.weights.empty()) stream.run_max = Duration{run_.largest()};
  stream.cores = laws.whole("cores", cores_.points(1));
  if (peak_.largest() > 0) {
    stream.memory = laws.positive("memory", Dimension::number, peak_.points(1 / kKbPerGb), Laws::Use::other);
    stream.memory_request =
        laws.positive("memory_request", Dimension::number, ratio_.points(kRatioUnit), Laws::Use::other);
  }
  stream.request = laws.positive("request", Dimension::number, request_.points(kRatioUnit), Laws::Use::other);
  stream.users = std::clamp<std::int64_t>(static_cast<std::int64_t>(users_.size()), 1, 100'000);
  stream.priority = priority_.value(0, jobs_).value_or(0);
  if (const auto scratch = scratch_.value(0, jobs_)) stream.scratch = static_cast<double>(*scratch) / kKbPerGb;
  if (const auto due = due_.value(kMostly, jobs_); due && *due != core::kNever && *due > 0) stream.due = Duration{*due};
  stream.preemptible = preemptible_ >= 0.5 * jobs_;
  set_span(stream, day);
  tell(floor, stream, day);
  floor.streams.push_back(std::move(stream));
}

// What the stream is expected to bring within the span.
void StreamData::tell(FittedFloor& floor, const JobStream& stream, Tick day) const {
  FittedStream told;
  told.stream = name_;
  told.jobs = std::llround(jobs_);
  told.arrivals = sizes_.count();
  told.users = static_cast<std::int64_t>(users_.size());
  constexpr auto hour = static_cast<double>(core::kTicksPerHour);
  told.core_hours = work_ / hour;
  double arrivals = 1;
  if (sizes_.count() > 1) {
    const double begin = clock_->hours(day + stream.start.ticks);
    const double end = clock_->hours(stream.until ? day + stream.until->ticks : to_);
    arrivals = (end - begin) / (stream.every.mean() / hour);
  }
  told.fitted_jobs = arrivals * stream.jobs.compile().mean();
  const double run = cut_mean(stream.run, stream.run_max ? static_cast<double>(stream.run_max->ticks) : kInfinite);
  told.fitted_core_hours = told.fitted_jobs * stream.cores.compile().mean() * run / hour;
  floor.told.push_back(std::move(told));
}

} // namespace centresim::design::detail
