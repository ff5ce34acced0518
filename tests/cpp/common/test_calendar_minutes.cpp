// Random calendars against a model that looks at every minute and counts the days of the year on its fingers.
#include "catch.hpp"
#include "centresim/common/calendar.hpp"
#include "centresim/core/time.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <random>
#include <set>

using namespace centresim::common;
using centresim::core::Tick;

namespace {

constexpr Tick kMinute = centresim::core::kTicksPerMinute, kDay = centresim::core::kTicksPerDay;
constexpr std::int64_t kMinutesOfDay = 1440;
constexpr int kDays = 900, kBefore = 3; // days of the model, and how many of them lie before time 0
constexpr Tick kSpan = (kDays - kBefore - 2) * kDay;
constexpr Tick kNone = -1;

struct Date {
  int year, month, day, weekday; // 0: Monday
  [[nodiscard]] std::string text() const { return fmt::format("{:04}-{:02}-{:02}", year, month, day); }
};

// From 1999 to 2105, one day after the other. 1999-01-01 was a Friday.
const std::vector<Date>& all_dates() {
  static const std::vector<Date> list = [] {
    std::vector<Date> dates;
    for (Date d{1999, 1, 1, 4}; d.year < 2106; d.weekday = (d.weekday + 1) % 7) {
      dates.push_back(d);
      const bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);
      const int days = d.month == 2                                                    ? (leap ? 29 : 28)
                       : d.month == 4 || d.month == 6 || d.month == 9 || d.month == 11 ? 30
                                                                                       : 31;
      if (++d.day > days) d.day = 1, d.month++;
      if (d.month > 12) d.month = 1, d.year++;
    }
    return dates;
  }();
  return list;
}

class Minutes {
 public:
  Minutes(const Calendar& c, std::size_t start) : begun_(kDays * kMinutesOfDay, kNone), worked_(begun_.size() + 1) {
    const std::set<std::string> holidays(c.holidays.begin(), c.holidays.end());
    std::set<int> workdays;
    for (const Weekday day : c.workdays) workdays.insert(static_cast<int>(day));
    for (int day = -kBefore; day < kDays - kBefore; day++) {
      const Date& date = all_dates()[static_cast<std::size_t>(static_cast<int>(start) + day)];
      const std::string text = date.text();
      if (!workdays.contains(date.weekday) || holidays.contains(text) || holidays.contains(text.substr(5))) continue;
      for (const auto half_day : c.half_days) work(day * kDay - c.utc_offset.ticks + half_day.ticks, c.length.ticks);
    }
    for (std::size_t i = 0; i < begun_.size(); i++) worked_[i + 1] = worked_[i] + (begun_[i] == kNone ? 0 : kMinute);
  }

  [[nodiscard]] Tick begun_at(Tick at) const { return begun_[index(at)]; }
  [[nodiscard]] Tick next_start(Tick at) const {
    std::size_t i = index(at + kMinute - 1);
    while (begun_[i] != time(i)) i++;
    return time(i);
  }
  [[nodiscard]] Tick working(Tick from, Tick to) const { return until(to) - until(from); }
  // -1 where the model ends before the work does.
  [[nodiscard]] Tick add_working(Tick from, Tick work) const {
    const Tick wanted = until(from) + work;
    const auto found = std::lower_bound(worked_.begin(), worked_.end(), wanted);
    if (found == worked_.end()) return -1;
    return time(static_cast<std::size_t>(found - worked_.begin())) - (*found - wanted);
  }
  // At the ends of half-days and anywhere.
  [[nodiscard]] Tick some_time(std::mt19937_64& random) const {
    const Tick anywhere = static_cast<Tick>(random() % static_cast<std::uint64_t>(kSpan));
    if (random() % 3 == 0) return anywhere;
    std::size_t i = index(anywhere);
    while (i + 1 < begun_.size() && begun_[i] == begun_[i + 1]) i++;
    return std::clamp<Tick>(time(i + 1) + static_cast<Tick>(random() % 3) - 1, 0, kSpan);
  }

 private:
  static Tick time(std::size_t index) { return static_cast<Tick>(index) * kMinute - kBefore * kDay; }
  static std::size_t index(Tick at) { return static_cast<std::size_t>((at + kBefore * kDay) / kMinute); }
  void work(Tick start, Tick length) {
    for (Tick at = start; at < start + length; at += kMinute)
      if (at >= -kBefore * kDay && index(at) < begun_.size()) begun_[index(at)] = start;
  }
  [[nodiscard]] Tick until(Tick at) const {
    const std::size_t i = index(at);
    return worked_[i] + (begun_[i] == kNone ? 0 : at - time(i));
  }

  std::vector<Tick> begun_, worked_; // by minute
};

Calendar random_calendar(std::mt19937_64& random, std::size_t start) {
  const auto below = [&](std::int64_t n) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n));
  };
  Calendar c;
  c.name = "random";
  c.utc_offset = {(below(2 * 14 * 60 + 1) - 14 * 60) * kMinute};
  c.workdays.clear();
  for (int i = 0, first = static_cast<int>(below(7)); i < 7; i++)
    if (i == 0 || below(3) > 0) c.workdays.push_back(static_cast<Weekday>((first + i) % 7));
  const std::int64_t count = 1 + below(4), length = 1 + below(kMinutesOfDay / count);
  c.length = {length * kMinute};
  c.half_days.clear();
  std::int64_t at = below(kMinutesOfDay), spare = kMinutesOfDay - count * length;
  for (std::int64_t i = 0; i < count; i++) {
    c.half_days.push_back({at % kMinutesOfDay * kMinute});
    const std::int64_t gap = below(spare + 1);
    spare -= gap;
    at += length + gap;
  }
  c.holidays = {"02-29", "12-31", "01-01"};
  for (std::int64_t i = below(120); i > 0; i--) {
    const std::string date = all_dates()[start + static_cast<std::size_t>(below(kDays - kBefore))].text();
    c.holidays.push_back(below(3) == 0 ? date.substr(5) : date);
  }
  return c;
}

void compare(const Calendar& c, std::size_t start, std::mt19937_64& random) {
  centresim::schema::Errors errors;
  check_calendar(c, "c", errors);
  REQUIRE(errors.empty());
  const std::string date = all_dates()[start].text();
  const WorkCalendar quick(c, *day_number(date));
  const Minutes slow(c, start);
  const std::string shown = centresim::schema::write_json(centresim::schema::write(c));
  std::size_t ends = 0;
  for (int i = 0; i < 20'000; i++) {
    const Tick a = i == 0 ? 0 : slow.some_time(random), b = slow.some_time(random);
    const Tick from = std::min(a, b), to = std::max(a, b);
    const Tick work = 1 + static_cast<Tick>(random() % static_cast<std::uint64_t>(i % 2 == 0 ? 3 * kDay : kSpan / 3));
    const Tick end = slow.add_working(from, work);
    ends += end >= 0 ? 1 : 0;
    if (quick.begun_at(from) == slow.begun_at(from) && quick.next_start(from) == slow.next_start(from) &&
        quick.working(from, to) == slow.working(from, to) && (end < 0 || quick.add_working(from, work) == end))
      continue;
    CAPTURE(date, shown, from, to, work);
    REQUIRE(quick.begun_at(from) == slow.begun_at(from));
    REQUIRE(quick.next_start(from) == slow.next_start(from));
    REQUIRE(quick.working(from, to) == slow.working(from, to));
    REQUIRE(quick.add_working(from, work) == end);
  }
  CHECK(ends > 10'000);
}

std::size_t index_of(const std::string& date) {
  const auto& dates = all_dates();
  const auto found = std::ranges::find_if(dates, [&](const Date& d) { return d.text() == date; });
  return static_cast<std::size_t>(found - dates.begin());
}

} // namespace

TEST_CASE("Days have the numbers of a count on the fingers", "[common][calendar]") {
  const auto& dates = all_dates();
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < dates.size(); i++) {
    const auto number = day_number(dates[i].text());
    const bool right = number == 10592 + static_cast<std::int64_t>(i) && // 29 years with 7 leap days
                       static_cast<int>(weekday_of(*number)) == dates[i].weekday;
    wrong += right ? 0 : 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("A calendar agrees with one that looks at every minute", "[common][calendar]") {
  // around February 29, and where there is none: 2000 has one, 2100 has none
  const char* start = GENERATE("1999-12-31", "2027-01-04", "2027-11-15", "2028-02-29", "2099-06-01", "2026-07-18");
  for (std::uint64_t seed = 1; seed <= 3; seed++) {
    std::mt19937_64 random(seed);
    compare(random_calendar(random, index_of(start)), index_of(start), random);
  }
}

TEST_CASE("Offsets at both ends agree with the model of minutes", "[common][calendar]") {
  const auto [offset, half_day, length] = GENERATE(
      table<Tick, Tick, Tick>({{-14, 23, 24}, {14, 23, 24}, {-14, 0, 1}, {14, 0, 1}, {0, 12, 13}, {-1, 0, 24}}));
  Calendar c;
  c.name = "end";
  c.utc_offset = {offset * 60 * kMinute};
  c.half_days = {{half_day * 60 * kMinute}};
  c.length = {length * 60 * kMinute};
  c.holidays = {"2027-01-04", "01-06", "02-29"};
  std::mt19937_64 random(7);
  compare(c, index_of("2027-01-04"), random);
}
