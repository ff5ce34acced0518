#include "fit_arrivals.hpp"

#include "fit_functions.hpp"
#include "fit_laws.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace centresim::design::detail {

namespace {

constexpr Tick kHour = core::kTicksPerHour, kWeek = 7 * core::kTicksPerDay;
constexpr double kEnough = 5; // arrivals expected in a cell

// Hours of [from, to) that fall into each hour of the week.
std::array<double, kHours> exposure(Tick from, Tick to) {
  std::array<double, kHours> hours{};
  const Tick whole_weeks = (to - from) / kWeek;
  hours.fill(static_cast<double>(whole_weeks));
  for (Tick at = from + whole_weeks * kWeek; at < to;) {
    const Tick next = std::min(to, (at / kHour + 1) * kHour);
    hours[static_cast<std::size_t>(at % kWeek / kHour)] += static_cast<double>(next - at) / static_cast<double>(kHour);
    at = next;
  }
  return hours;
}

// How much more counts of the same hour vary from week to week than those of a Poisson process; at least 1.
double dispersion(const HourCounts& counts, const std::array<double, kHours>& hours) {
  double sum = 0, degrees = 0;
  for (std::size_t h = 0; h < kHours; ++h) {
    const HourCounts::Cell& cell = counts.cells[h];
    if (cell.sum <= 0 || hours[h] < 1.5) continue;
    const double mean = cell.sum / hours[h];
    sum += std::max(0.0, cell.squares - cell.sum * mean) / mean;
    degrees += hours[h] - 1;
  }
  return degrees >= 10 ? std::max(1.0, sum / degrees) : 1;
}

// Rates per hour of the day (24) or of the week.
std::vector<double> rates(const HourCounts& counts, const std::array<double, kHours>& hours, std::size_t cells) {
  std::vector<double> sum(cells), time(cells), rate(cells);
  for (std::size_t h = 0; h < kHours; ++h) {
    sum[h % cells] += counts.cells[h].sum;
    time[h % cells] += hours[h];
  }
  for (std::size_t i = 0; i < cells; ++i) rate[i] = time[i] > 0 ? sum[i] / time[i] : 0;
  return rate;
}

// Whether cells (24 or 168) differ from what `expected` rates (of the hours of the week) give.
bool differs(const HourCounts& counts, const std::array<double, kHours>& hours, std::size_t cells,
             const std::vector<double>& expected, double degrees, double spread) {
  std::vector<double> seen(cells), wanted(cells);
  for (std::size_t h = 0; h < kHours; ++h) {
    seen[h % cells] += counts.cells[h].sum;
    wanted[h % cells] += expected[h % expected.size()] * hours[h];
  }
  double sum = 0;
  for (std::size_t i = 0; i < cells; ++i)
    if (wanted[i] > 0) sum += (seen[i] - wanted[i]) * (seen[i] - wanted[i]) / wanted[i];
  return sum / spread > chi_square_one_percent(degrees);
}

} // namespace

void Batches::flush() {
  const auto k = static_cast<Tick>(sizes_.size());
  for (Tick i = 0; i < k; ++i)
    out_(whole_seconds_ ? now_ + core::kTicksPerSecond * (2 * i + 1) / (2 * k) : now_,
         sizes_[static_cast<std::size_t>(i)]);
  sizes_.clear();
  of_user_.clear();
}

void Batches::add(Tick submit, std::uint32_t user) {
  if (submit != now_) {
    flush();
    now_ = submit;
  }
  if (!whole_seconds_) {
    if (sizes_.empty()) sizes_.push_back(0);
    ++sizes_[0];
    return;
  }
  const auto [at, is_new] = of_user_.try_emplace(user, sizes_.size());
  if (is_new) sizes_.push_back(0);
  ++sizes_[at->second];
}

void HourCounts::add(Tick at) {
  if (const Tick hour = at / kHour; hour != hour_) {
    finish();
    hour_ = hour;
  }
  ++in_hour_;
  ++count;
}

void HourCounts::finish() {
  if (in_hour_ > 0) {
    Cell& cell = cells[static_cast<std::size_t>(hour_ % static_cast<Tick>(kHours))];
    cell.sum += static_cast<double>(in_hour_);
    cell.squares += static_cast<double>(in_hour_) * static_cast<double>(in_hour_);
  }
  in_hour_ = 0;
}

std::vector<double> profile_of(const HourCounts& counts, Tick from, Tick to) {
  const auto n = static_cast<double>(counts.count);
  const auto hours = exposure(from, to);
  const bool week = to - from >= 2 * kWeek && n >= kEnough * kHours;
  const bool day = to - from >= 3 * core::kTicksPerDay && n >= kEnough * 24;
  if (!day) return {};
  const double spread = week ? dispersion(counts, hours) : 1;
  const std::vector<double> flat(1, n / (static_cast<double>(to - from) / static_cast<double>(kHour)));
  const std::vector<double> by_day = rates(counts, hours, 24);
  std::vector<double> made;
  if (week && differs(counts, hours, kHours, by_day, kHours - 24, spread))
    made = rates(counts, hours, kHours);
  else if (differs(counts, hours, 24, flat, 23, spread))
    made = by_day;
  const double mean =
      made.empty() ? 1 : std::accumulate(made.begin(), made.end(), 0.0) / static_cast<double>(made.size());
  for (double& rate : made) rate = rounded(rate / mean, 4);
  return made;
}

ProfileClock::ProfileClock(const std::vector<double>& rates) {
  if (rates.empty()) return;
  until_.push_back(0);
  for (std::size_t h = 0; h < kHours; ++h) until_.push_back(until_.back() + rates[h % rates.size()]);
  const double factor = static_cast<double>(kHours) / until_.back();
  for (double& u : until_) u *= factor;
}

double ProfileClock::hours(Tick at) const {
  if (until_.empty()) return static_cast<double>(at) / static_cast<double>(kHour);
  const Tick in_week = at % kWeek;
  const auto hour = static_cast<std::size_t>(in_week / kHour);
  const double part = static_cast<double>(in_week % kHour) / static_cast<double>(kHour);
  const Tick weeks = at / kWeek * static_cast<Tick>(kHours); // in hours
  return static_cast<double>(weeks) + until_[hour] + part * (until_[hour + 1] - until_[hour]);
}

} // namespace centresim::design::detail
