#include "centresim/common/calendar.hpp"

#include "centresim/schema/path.hpp"
#include "centresim/schema/units.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <numeric>
#include <set>

namespace centresim::common {

using core::kMaxTick;
using core::kTicksPerDay;
using core::Tick;

namespace {

constexpr Tick kLargestOffset = 14 * core::kTicksPerHour;
constexpr std::int64_t kDaysOfWord = 64;

std::chrono::year_month_day date_of(std::int64_t day) {
  return std::chrono::sys_days(std::chrono::days(static_cast<std::chrono::days::rep>(day)));
}
std::int64_t new_year(int year) {
  const std::chrono::year_month_day first{std::chrono::year(year), std::chrono::January, std::chrono::day(1)};
  return std::chrono::sys_days(first).time_since_epoch().count();
}

// Which days of a calendar are worked.
class WorkingDays {
 public:
  explicit WorkingDays(const std::vector<Weekday>& workdays) {
    for (const Weekday day : workdays) week_[static_cast<std::size_t>(day)] = true;
  }
  // False where the text is no date.
  bool add_holiday(const std::string& holiday) {
    const bool every_year = holiday.size() == 5;
    const auto day = day_number(every_year ? "2000-" + holiday : holiday); // a leap year has every date
    if (!day) return false;
    if (every_year)
      off_every_year_[slot(date_of(*day))] = true;
    else
      off_once_.insert(*day);
    return true;
  }
  [[nodiscard]] bool works(std::int64_t day) const {
    return week_[static_cast<std::size_t>(weekday_of(day))] && !off_every_year_[slot(date_of(day))] &&
           !off_once_.contains(day);
  }
  [[nodiscard]] std::int64_t in_week() const { return std::count(week_.begin(), week_.end(), true); }

  // A year in which nobody works. Those that no holiday names are one of 14 kinds, by their first weekday and leap or
  // not; 28 years in a row have all of them.
  [[nodiscard]] std::optional<int> idle_year() const {
    std::set<int> years;
    for (int year = 2000; year < 2028; year++) years.insert(year);
    for (const std::int64_t day : off_once_) years.insert(static_cast<int>(date_of(day).year()));
    for (const int year : years) {
      std::int64_t day = new_year(year);
      while (day < new_year(year + 1) && !works(day)) day++;
      if (day == new_year(year + 1)) return year;
    }
    return std::nullopt;
  }

 private:
  static std::size_t slot(std::chrono::year_month_day date) {
    return 31 * (static_cast<unsigned>(date.month()) - 1) + static_cast<unsigned>(date.day()) - 1;
  }

  std::array<bool, 7> week_{};
  std::array<bool, std::size_t{12} * 31> off_every_year_{};
  std::set<std::int64_t> off_once_;
};

class CalendarCheck {
 public:
  CalendarCheck(const Calendar& calendar, const std::string& path, schema::Errors& errors)
      : calendar_(calendar), path_(path), errors_(errors) {}

  void all() {
    if (calendar_.name.empty()) add("name", "", "must not be empty");
    const Tick offset = calendar_.utc_offset.ticks;
    if (offset < -kLargestOffset || offset > kLargestOffset)
      add("utc_offset", shown(offset), "must be from -14 to 14 h");
    else if (offset % core::kTicksPerMinute != 0)
      add("utc_offset", shown(offset), "must be whole minutes");
    half_days();
    days();
  }

 private:
  static std::string shown(Tick ticks) { return schema::format_duration(ticks); }
  void add(const char* field, const std::string& value, const std::string& rule) {
    errors_.add(path_ + "." + field, value, rule);
  }
  void add(const char* list, std::size_t index, const std::string& value, const std::string& rule) {
    errors_.add(schema::index_path(path_ + "." + list, index), value, rule);
  }

  void half_days() {
    const Tick length = calendar_.length.ticks;
    bool sound = length > 0 && length <= kTicksPerDay;
    if (!sound) add("length", shown(length), "must be more than 0 h and at most 24 h");
    if (calendar_.half_days.empty()) add("half_days", "", "a calendar needs at least one half-day");
    for (std::size_t i = 0; i < calendar_.half_days.size(); i++) {
      const Tick start = calendar_.half_days[i].ticks;
      const bool of_day = start >= 0 && start < kTicksPerDay;
      if (!of_day)
        add("half_days", i, shown(start), "must be a time of day: at least 0 h and less than 24 h");
      else if (start % core::kTicksPerMinute != 0)
        add("half_days", i, shown(start), "must be whole minutes");
      sound = sound && of_day;
    }
    if (sound) overlaps(length);
  }
  // Of a half-day and the next one; that of the last is the first of the next day.
  void overlaps(Tick length) {
    const auto& starts = calendar_.half_days;
    std::vector<std::size_t> order(starts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return std::tie(starts[a], a) < std::tie(starts[b], b); });
    for (std::size_t i = 0; i < order.size(); i++) {
      const bool last = i + 1 == order.size();
      const Tick start = starts[order[i]].ticks;
      const Tick next = last ? starts[order[0]].ticks + kTicksPerDay : starts[order[i + 1]].ticks;
      if (start + length > next)
        add("half_days", order[i], shown(start),
            "half-days must not overlap: one takes " + shown(length) + ", and the next begins after " +
                shown(next - start));
    }
  }

  void days() {
    for (std::size_t i = 0; i < calendar_.workdays.size(); i++)
      if (static_cast<std::size_t>(calendar_.workdays[i]) > static_cast<std::size_t>(Weekday::sun))
        return add("workdays", i, "", "is no day of the week");
    WorkingDays days(calendar_.workdays);
    for (std::size_t i = 0; i < calendar_.holidays.size(); i++)
      if (!days.add_holiday(calendar_.holidays[i]))
        add("holidays", i, schema::shortened(calendar_.holidays[i]),
            "must be a date: MM-DD for every year, YYYY-MM-DD for once");
    if (calendar_.workdays.empty())
      add("workdays", "", "a calendar needs at least one workday");
    else if (const auto year = days.idle_year())
      add("holidays", "", "leave no working day in " + std::to_string(*year) + ": there must be one in every year");
  }

  const Calendar& calendar_;
  const std::string& path_;
  schema::Errors& errors_;
};

} // namespace

std::optional<std::int64_t> day_number(std::string_view date) {
  if (date.size() != 10 || date[4] != '-' || date[7] != '-') return std::nullopt;
  const auto digits = [&](std::size_t at, std::size_t count, int& out) {
    const char* end = date.data() + at + count;
    return std::all_of(date.data() + at, end, [](char c) { return c >= '0' && c <= '9'; }) &&
           std::from_chars(date.data() + at, end, out).ptr == end;
  };
  int year = 0, month = 0, day = 0;
  if (!digits(0, 4, year) || !digits(5, 2, month) || !digits(8, 2, day)) return std::nullopt;
  const std::chrono::year_month_day found{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
  if (!found.ok()) return std::nullopt;
  return std::chrono::sys_days(found).time_since_epoch().count();
}

Weekday weekday_of(std::int64_t day) {
  const std::int64_t since_monday = (day + 3) % 7; // 1970-01-01 was a Thursday
  return static_cast<Weekday>(since_monday < 0 ? since_monday + 7 : since_monday);
}

void check_calendar(const Calendar& calendar, const std::string& path, schema::Errors& errors) {
  CalendarCheck(calendar, path, errors).all();
}

WorkCalendar::WorkCalendar(const Calendar& calendar, std::int64_t start_day) : length_(calendar.length.ticks) {
  for (const schema::Duration start : calendar.half_days) starts_.push_back(start.ticks);
  std::sort(starts_.begin(), starts_.end());
  WorkingDays days(calendar.workdays);
  for (const std::string& holiday : calendar.holidays) (void)days.add_holiday(holiday);
  share_ = static_cast<double>(days.in_week() * static_cast<Tick>(starts_.size()) * length_) /
           static_cast<double>(7 * kTicksPerDay);

  const Tick offset = calendar.utc_offset.ticks;
  const std::int64_t first = (offset < 0 ? -1 : 0) - 1; // the day before that of time 0; less than a day is between
  shift_ = offset - first * kTicksPerDay;
  const auto count = (kMaxTick + shift_) / kTicksPerDay + 1;
  worked_.assign(static_cast<std::size_t>((count + kDaysOfWord - 1) / kDaysOfWord), 0);
  for (std::int64_t day = 0; day < count; day++)
    if (days.works(start_day + first + day))
      worked_[static_cast<std::size_t>(day / kDaysOfWord)] |= std::uint64_t{1} << (day % kDaysOfWord);
  before_.push_back(0);
  for (const std::uint64_t word : worked_) before_.push_back(before_.back() + std::popcount(word));
}

std::int64_t WorkCalendar::begun_by(Tick at) const {
  const Tick since = std::min(at, kMaxTick) + shift_;
  if (since < 0) return 0;
  const std::int64_t day = since / kTicksPerDay;
  const auto word = static_cast<std::size_t>(day / kDaysOfWord);
  const std::uint64_t bit = std::uint64_t{1} << (day % kDaysOfWord);
  std::int64_t begun = (before_[word] + std::popcount(worked_[word] & (bit - 1))) * std::ssize(starts_);
  if ((worked_[word] & bit) != 0)
    begun += std::upper_bound(starts_.begin(), starts_.end(), since % kTicksPerDay) - starts_.begin();
  return begun;
}

Tick WorkCalendar::start_of(std::int64_t half_day) const {
  if (half_day >= before_.back() * std::ssize(starts_)) return core::kNever;
  const std::int64_t number = half_day / std::ssize(starts_); // of the working day
  const auto after = std::upper_bound(before_.begin(), before_.end(), number);
  const auto word = static_cast<std::size_t>(after - before_.begin()) - 1;
  std::uint64_t bits = worked_[word];
  for (std::int64_t left = number - before_[word]; left > 0; left--) bits &= bits - 1; // the lowest one goes
  const std::int64_t day = static_cast<std::int64_t>(word) * kDaysOfWord + std::countr_zero(bits);
  const Tick start = day * kTicksPerDay + starts_[static_cast<std::size_t>(half_day % std::ssize(starts_))] - shift_;
  return start > kMaxTick ? core::kNever : start;
}

Tick WorkCalendar::begun_at(Tick at) const {
  const std::int64_t begun = begun_by(at);
  if (begun == 0) return -1;
  const Tick start = start_of(begun - 1);
  return at < start + length_ ? start : -1;
}

Tick WorkCalendar::worked_by(Tick at) const {
  at = std::min(at, kMaxTick);
  const std::int64_t begun = begun_by(at);
  return begun == 0 ? 0 : (begun - 1) * length_ + std::min(at - start_of(begun - 1), length_);
}

Tick WorkCalendar::add_working(Tick from, Tick work) const {
  if (work <= 0) return from;
  if (work > kMaxTick) return core::kNever;
  if (length_ <= 0) return core::kNever; // nobody works
  const Tick until = worked_by(from) + work;
  const std::int64_t half_day = (until - 1) / length_; // in which the work ends
  const Tick start = start_of(half_day);
  const Tick end = start == core::kNever ? start : start + until - half_day * length_;
  return end > kMaxTick ? core::kNever : end;
}

} // namespace centresim::common
