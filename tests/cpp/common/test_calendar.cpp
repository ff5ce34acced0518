#include "catch.hpp"
#include "centresim/common/calendar.hpp"
#include "centresim/core/time.hpp"
#include "centresim/schema/file.hpp"
#include "schema/faults.hpp"

#include <chrono>
#include <fmt/format.h>
#include <set>

using namespace centresim::common;
using centresim::core::kMaxTick;
using centresim::core::kNever;
using centresim::core::Tick;
using centresim::schema::Duration;
using centresim::schema::Errors;
using centresim::schema::parse_toml;

namespace {

constexpr Tick kMinute = centresim::core::kTicksPerMinute, kHour = 60 * kMinute, kDay = 24 * kHour, kWeek = 7 * kDay;
using enum Weekday;
const std::vector<Weekday> kAllWeek{mon, tue, wed, thu, fri, sat, sun};

std::int64_t day(const char* date) {
  const auto number = day_number(date);
  REQUIRE(number.has_value());
  return *number;
}

// Monday to Friday, 8:00 to 12:00 and 13:00 to 17:00 in Vietnam: from 1:00 and from 6:00 UTC.
Calendar office() {
  Calendar c;
  c.name = "office";
  c.utc_offset = {7 * kHour};
  c.holidays = {"01-01", "04-30", "05-01", "09-02"};
  return c;
}
Calendar night() { // 22:00 to 2:00 UTC
  Calendar c;
  c.name = "night";
  c.half_days = {{22 * kHour}};
  return c;
}
Calendar round_the_clock() {
  Calendar c;
  c.name = "round the clock";
  c.workdays = kAllWeek;
  c.half_days = {{0}, {12 * kHour}};
  c.length = {12 * kHour};
  return c;
}

} // namespace

TEST_CASE("Days are numbered from 1970", "[common][calendar]") {
  CHECK(day_number("1970-01-01") == 0);
  CHECK(day_number("1969-12-31") == -1);
  CHECK(day_number("2000-01-01") == 10957); // 30 years with 7 leap days
  CHECK(day("2027-01-04") - day("2026-01-04") == 365);
  CHECK(day("2028-03-01") - day("2028-02-28") == 2);
  for (const char* no_date : {"2027-02-29", "2100-02-29", "2027-13-01", "2027-00-01", "2027-01-32", "27-01-04", "",
                              "2027-1-4", "2027-01-04 ", "2027/01/04", "+027-01-04", "2027-01--4"}) {
    INFO(no_date);
    CHECK(!day_number(no_date));
  }
  CHECK(weekday_of(0) == thu);
  CHECK(weekday_of(-3) == mon);
  CHECK(weekday_of(-4) == sun);
  CHECK(weekday_of(day("2027-01-04")) == mon);
  CHECK(weekday_of(day("2027-09-02")) == thu);
}

TEST_CASE("An office east of Greenwich works by its own clock", "[common][calendar]") {
  const WorkCalendar c(office(), day("2027-01-04")); // a Monday
  CHECK(c.length() == 4 * kHour);
  CHECK(c.share() == 40.0 / 168.0);
  CHECK(c.next_start(0) == kHour);
  CHECK(c.next_start(kHour) == kHour);
  CHECK(c.next_start(kHour + 1) == 6 * kHour);
  CHECK(c.next_start(6 * kHour + 1) == kDay + kHour);
  CHECK(c.next_start(4 * kDay + 6 * kHour + 1) == kWeek + kHour); // after Friday noon comes Monday
  CHECK(c.begun_at(kHour - 1) == -1);
  CHECK(c.begun_at(kHour) == kHour);
  CHECK(c.begun_at(5 * kHour - 1) == kHour);
  CHECK(c.begun_at(5 * kHour) == -1);
  CHECK(c.begun_at(6 * kHour) == 6 * kHour);
  CHECK(c.working(0, kHour) == 0);
  CHECK(c.working(0, 2 * kHour) == kHour);
  CHECK(c.working(0, 10 * kHour) == 8 * kHour);
  CHECK(c.working(2 * kHour + 1, 7 * kHour) == 4 * kHour - 1);
  CHECK(c.working(3 * kHour, 3 * kHour) == 0);
  CHECK(c.working(3 * kHour, 3 * kHour + kWeek) == 40 * kHour);
  // 3 h of Monday morning, 4 h of the afternoon, the first hour of Tuesday
  CHECK(c.add_working(2 * kHour, 8 * kHour) == kDay + 2 * kHour);
  CHECK(c.add_working(0, 4 * kHour) == 5 * kHour); // the end of the half-day, not the start of the next
  CHECK(c.add_working(0, 4 * kHour + 1) == 6 * kHour + 1);
  CHECK(c.add_working(0, 40 * kHour) == 4 * kDay + 10 * kHour);
  CHECK(c.add_working(5 * kHour, 1) == 6 * kHour + 1);
}

// 2027 begins on a Friday: 52 weeks and a Friday are 261 days from Monday to Friday. Of the holidays 01-01 and 04-30
// are Fridays, 09-02 is a Thursday and 05-01 a Saturday: 258 days of 8 h.
TEST_CASE("A year has its working days less the holidays", "[common][calendar]") {
  const WorkCalendar c(office(), day("2027-01-01"));
  CHECK(c.working(0, 365 * kDay) == 258 * 8 * kHour);
  CHECK(c.next_start(0) == 3 * kDay + kHour);
  // the Thursday before 04-30 (day 119 of the year from 0) and the Monday after 05-01
  CHECK(c.next_start(118 * kDay + 6 * kHour + 1) == 122 * kDay + kHour);
  Calendar with_tet = office(); // one of them on a Sunday, one the same day again
  with_tet.holidays.insert(with_tet.holidays.end(), {"2027-02-05", "2027-02-07", "2027-09-02", "2028-02-01"});
  CHECK(WorkCalendar(with_tet, day("2027-01-01")).working(0, 365 * kDay) == 257 * 8 * kHour);
  // 2028 begins on a Saturday and has 366 days: 260 days from Monday to Friday; 05-01 is a Monday, 04-30 a Sunday,
  // 01-01 and 09-02 are Saturdays
  CHECK(c.working(365 * kDay, 731 * kDay) == 259 * 8 * kHour);
}

TEST_CASE("February 29 is a holiday where there is one", "[common][calendar]") {
  Calendar c = office();
  c.utc_offset = {0};
  c.holidays = {"02-29"};
  const WorkCalendar leap(c, day("2028-02-28")); // Monday; the 29th is a Tuesday
  CHECK(leap.next_start(13 * kHour + 1) == 2 * kDay + 8 * kHour);
  CHECK(leap.working(0, kWeek) == 32 * kHour);
  CHECK(leap.working(kWeek, 2 * kWeek) == 40 * kHour);
  CHECK(WorkCalendar(c, day("2027-02-28")).next_start(13 * kHour) == kDay + 8 * kHour); // Sunday, then March 1
  CHECK(WorkCalendar(c, day("2100-02-26")).working(0, kWeek) == 40 * kHour);            // no leap year
}

TEST_CASE("A half-day belongs to the day on which it begins", "[common][calendar]") {
  Calendar c = night();
  c.holidays = {"2027-01-05"};
  const WorkCalendar w(c, day("2027-01-04"));
  CHECK(w.begun_at(0) == -1); // nobody began on Sunday
  CHECK(w.begun_at(23 * kHour) == 22 * kHour);
  CHECK(w.begun_at(kDay + 2 * kHour - 1) == 22 * kHour); // Monday's goes on into the holiday
  CHECK(w.begun_at(kDay + 2 * kHour) == -1);
  CHECK(w.next_start(22 * kHour + 1) == 2 * kDay + 22 * kHour); // on the holiday none begins
  CHECK(w.working(2 * kDay, 2 * kDay + 22 * kHour) == 0);
  CHECK(w.begun_at(5 * kDay + kHour) == 4 * kDay + 22 * kHour); // Friday's ends on Saturday
  CHECK(w.working(0, kWeek) == 16 * kHour);
}

TEST_CASE("What runs at time 0 began before it", "[common][calendar]") {
  // 22:00 of Monday, January 4, five hours behind UTC is 3:00 UTC of the 5th: time 0 of the 5th is 19:00
  Calendar c = night();
  c.utc_offset = {-5 * kHour};
  CHECK(WorkCalendar(c, day("2027-01-05")).next_start(0) == 3 * kHour);
  // 12 h behind, time 0 is noon of Monday: 22:00 is in 10 h. 1 h ahead, it is 1:00 of Tuesday: Monday's began 3 h ago
  c.utc_offset = {-12 * kHour};
  CHECK(WorkCalendar(c, day("2027-01-05")).next_start(0) == 10 * kHour);
  c.utc_offset = {kHour};
  const WorkCalendar w(c, day("2027-01-05"));
  CHECK(w.begun_at(0) == -3 * kHour);
  CHECK(w.begun_at(kHour - 1) == -3 * kHour);
  CHECK(w.begun_at(kHour) == -1);
  CHECK(w.working(0, kDay - 3 * kHour) == kHour);
  CHECK(w.working(-3 * kHour, 0) == 3 * kHour);
  // behind by 14 h, and long: at time 0 it is 10:00 of Monday; Sunday's half-day has begun at 11:00, 23 h ago
  Calendar longest = round_the_clock();
  longest.half_days = {{11 * kHour}};
  longest.length = {24 * kHour};
  longest.utc_offset = {-14 * kHour};
  CHECK(WorkCalendar(longest, day("2027-01-05")).begun_at(0) == -23 * kHour);
}

TEST_CASE("Work may be continuous", "[common][calendar]") {
  const WorkCalendar c(round_the_clock(), day("2027-01-04"));
  CHECK(c.share() == 1.0);
  CHECK(c.working(0, kMaxTick) == kMaxTick);
  CHECK(c.begun_at(12 * kHour - 1) == 0);
  CHECK(c.begun_at(12 * kHour) == 12 * kHour);
  CHECK(c.add_working(5, 100 * kDay) == 100 * kDay + 5);
  CHECK(c.next_start(kMaxTick) == kNever); // time ends in the morning
}

TEST_CASE("A length need not be whole minutes", "[common][calendar]") {
  Calendar c = night();
  c.length = {90'001};
  const WorkCalendar w(c, day("2027-01-04"));
  CHECK(w.begun_at(22 * kHour + 90'000) == 22 * kHour);
  CHECK(w.begun_at(22 * kHour + 90'001) == -1);
  CHECK(w.working(0, kWeek) == 5 * 90'001);
  CHECK(w.add_working(0, 90'002) == kDay + 22 * kHour + 1);
  CHECK(w.share() == Approx(5 * 90'001 / 604'800'000.0));
}

// 139 years from a Monday are 7271 weeks and 6.3 days: 7272 times Monday to Friday.
TEST_CASE("Time ends where the pending events end", "[common][calendar]") {
  Calendar c = office();
  c.utc_offset = {0};
  c.holidays.clear();
  const WorkCalendar w(c, day("2027-01-04"));
  const Tick total = 7272 * 40 * kHour;
  CHECK(w.working(0, kMaxTick) == total);
  CHECK(w.add_working(0, total) == 7271 * kWeek + 4 * kDay + 17 * kHour);
  CHECK(w.add_working(0, total + 1) == kNever);
  CHECK(w.add_working(kWeek, kNever) == kNever);
  CHECK(w.next_start(kNever) == kNever);
  CHECK(w.add_working(kMaxTick, 1) == kNever);
  CHECK(w.next_start(7271 * kWeek + 4 * kDay + 13 * kHour) == 7271 * kWeek + 4 * kDay + 13 * kHour);
  CHECK(w.next_start(7271 * kWeek + 4 * kDay + 13 * kHour + 1) == kNever);
  CHECK(w.next_start(kMaxTick) == kNever);
  CHECK(w.working(0, kNever) == total);
  // the last half-day runs beyond the end, and that part of it is not to be had: 139 years end at 7:35:11.102
  Calendar late = round_the_clock();
  late.half_days = {{kMaxTick % kDay - kMaxTick % kMinute - 4 * kHour}};
  const WorkCalendar l(late, day("2027-01-04"));
  const Tick last = kMaxTick - kMaxTick % kMinute - 4 * kHour;
  CHECK(l.next_start(last) == last);
  CHECK(l.begun_at(kMaxTick) == last);
  CHECK(l.working(last, kNever) == 4 * kHour + 11'102);
  CHECK(l.add_working(last, 4 * kHour) == last + 4 * kHour);
  CHECK(l.add_working(last, 4 * kHour + 11'102) == kMaxTick);
  CHECK(l.add_working(last, 4 * kHour + 11'103) == kNever);
}

// Nobody should compile these; if somebody does, nobody waits for ever.
TEST_CASE("A calendar without work says never", "[common][calendar]") {
  Calendar idle = office(), closed = office(), empty = office(), blink = office();
  idle.workdays.clear();
  for (int month = 1; month <= 12; month++)
    for (int date = 1; date <= 31; date++) closed.holidays.push_back(fmt::format("{:02}-{:02}", month, date));
  empty.half_days.clear();
  blink.length = {0};
  for (const Calendar& c : {idle, closed, empty}) {
    const WorkCalendar w(c, day("2027-01-04"));
    CHECK(w.next_start(0) == kNever);
    CHECK(w.begun_at(kDay) == -1);
    CHECK(w.working(0, kMaxTick) == 0);
    CHECK(w.add_working(0, 1) == kNever);
  }
  CHECK(WorkCalendar(blink, day("2027-01-04")).add_working(0, 1) == kNever);
}

// ---- rules ---------------------------------------------------------------------------------------------------------
namespace {

std::vector<std::string> faults(const Calendar& c) {
  return faults_of([&] {
    Errors errors;
    check_calendar(c, "calendars.c", errors);
    errors.throw_if_any();
  });
}
template <class Change> std::vector<std::string> faults_after(Change change) {
  Calendar c = office();
  change(c);
  return faults(c);
}
using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("Sound calendars have no faults", "[common][calendar]") {
  for (const Calendar& c : {office(), night(), round_the_clock()}) CHECK(faults(c).empty());
  CHECK(faults_after([](Calendar& c) { c.half_days = {{13 * kHour}, {9 * kHour}}; }).empty()); // in any order
  CHECK(faults_after([](Calendar& c) { c.half_days = {{22 * kHour}, {2 * kHour}}; }).empty());
  CHECK(faults_after([](Calendar& c) { c.utc_offset = {-14 * kHour}; }).empty());
  CHECK(faults_after([](Calendar& c) { c.holidays = {"02-29", "2028-02-29", "2028-02-29"}; }).empty());
  CHECK(faults_after([](Calendar& c) { c.half_days = {{5 * kHour}}, c.length = {kDay}; }).empty());
}

TEST_CASE("Calendars that make no sense say why", "[common][calendar]") {
  CHECK(faults_after([](Calendar& c) { c.name.clear(); }) == Texts{"calendars.c.name: must not be empty"});
  CHECK(faults_after([](Calendar& c) { c.workdays.clear(); }) ==
        Texts{"calendars.c.workdays: a calendar needs at least one workday"});
  CHECK(faults_after([](Calendar& c) { c.half_days.clear(); }) ==
        Texts{"calendars.c.half_days: a calendar needs at least one half-day"});
  for (const auto& [ticks, text] : {std::pair<Tick, const char*>{0, "0 s"}, {-1, "-1 ms"}, {kDay + 1, "86400001 ms"}})
    CHECK(faults_after([&](Calendar& c) { c.length = {ticks}; }) ==
          Texts{fmt::format("calendars.c.length: {}: must be more than 0 h and at most 24 h", text)});
  for (const auto& [hours, text] : {std::pair{15, "15 h"}, {-15, "-15 h"}})
    CHECK(faults_after([&](Calendar& c) { c.utc_offset = {hours * kHour}; }) ==
          Texts{fmt::format("calendars.c.utc_offset: {}: must be from -14 to 14 h", text)});
  CHECK(faults_after([](Calendar& c) { c.utc_offset = {-1}; }) ==
        Texts{"calendars.c.utc_offset: -1 ms: must be whole minutes"});
  CHECK(faults_after([](Calendar& c) { c.half_days[1] = {kDay}; }) ==
        Texts{"calendars.c.half_days[1]: 1 d: must be a time of day: at least 0 h and less than 24 h"});
  CHECK(faults_after([](Calendar& c) { c.half_days[0] = {8 * kHour + 1000}; }) ==
        Texts{"calendars.c.half_days[0]: 28801 s: must be whole minutes"});
  CHECK(faults_after([](Calendar& c) { c.workdays[2] = static_cast<Weekday>(7); }) ==
        Texts{"calendars.c.workdays[2]: is no day of the week"});
  for (const char* holiday : {"02-30", "13-01", "00-01", "1-1", "2027-02-29", "2027-06-31", "tomorrow", "", "01/01"})
    CHECK(faults_after([&](Calendar& c) { c.holidays[3] = holiday; }) ==
          Texts{fmt::format("calendars.c.holidays[3]: {}must be a date: MM-DD for every year, YYYY-MM-DD for once",
                            *holiday == 0 ? "" : std::string(holiday) + ": ")});
}

TEST_CASE("Half-days do not overlap", "[common][calendar]") {
  CHECK(faults_after([](Calendar& c) { c.half_days = {{13 * kHour}, {8 * kHour}, {10 * kHour}}; }) ==
        Texts{"calendars.c.half_days[1]: 8 h: half-days must not overlap: one takes 4 h, and the next begins after 2 h",
              "calendars.c.half_days[2]: 10 h: half-days must not overlap: one takes 4 h, and the next begins after "
              "3 h"});
  CHECK(faults_after([](Calendar& c) { c.half_days = {{kHour}, {22 * kHour}}; }) == // the first of the next day
        Texts{"calendars.c.half_days[1]: 22 h: half-days must not overlap: one takes 4 h, and the next begins after "
              "3 h"});
  CHECK(faults_after([](Calendar& c) { c.half_days = {{8 * kHour}, {8 * kHour}}; }).size() == 1);
  Calendar tight = round_the_clock();
  tight.length.ticks++;
  CHECK(faults(tight).size() == 2);
}

TEST_CASE("Every year has a working day", "[common][calendar]") {
  // Only Mondays, and none of the dates on which they fall in a year that begins on a Monday: 01-01, 01-08, ...
  Calendar mondays = office();
  mondays.workdays = {mon};
  mondays.holidays.clear();
  for (std::int64_t d = day("2018-01-01"); d < day("2019-01-01"); d += 7) {
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(static_cast<int>(d)))};
    mondays.holidays.push_back(
        fmt::format("{:02}-{:02}", static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day())));
  }
  CHECK(mondays.holidays.size() == 53);
  CHECK(faults(mondays) == // of the years looked at, the first that begins so
        Texts{"calendars.c.holidays: leave no working day in 2001: there must be one in every year"});
  mondays.holidays.pop_back(); // 12-31, the other one of 2001
  CHECK(faults(mondays).empty());
  mondays.holidays.push_back("2046-12-31"); // begins on a Monday too, and lies after the years that stand for all
  CHECK(faults(mondays) ==
        Texts{"calendars.c.holidays: leave no working day in 2046: there must be one in every year"});
  Calendar closed = office();
  for (int month = 1; month <= 12; month++)
    for (int date = 1; date <= 31; date++) {
      const std::string text = fmt::format("{:02}-{:02}", month, date);
      if (day_number("2000-" + text) && text != "02-29") closed.holidays.push_back(text);
    }
  CHECK(faults(closed).size() == 1); // one day in four years is not enough
}

// ---- files ---------------------------------------------------------------------------------------------------------
namespace {

struct Centre {
  std::vector<Calendar> calendars;
  bool operator==(const Centre&) const = default;
};

} // namespace

template <> struct centresim::schema::Desc<Centre> {
  static constexpr const char* name = "Centre";
  static constexpr const char* doc = "Who has calendars.";
  static auto fields() { return std::make_tuple(field("calendars", &Centre::calendars, "Calendars.").optional()); }
};

namespace {

// As a scenario is read: rules of single values first, then those among them, one fault for each place.
Centre read_centre(const std::string& text) {
  const centresim::schema::Node node = parse_toml(text, "c.toml");
  Errors errors(node, centresim::schema::type_info<Centre>());
  Centre centre = centresim::schema::read<Centre>(node, errors);
  std::set<std::string> told;
  for (const auto& issue : errors.issues()) told.insert(issue.path);
  Errors more(node, centresim::schema::type_info<Centre>());
  for (const Calendar& c : centre.calendars) check_calendar(c, "calendars." + c.name, more);
  for (const auto& issue : more.issues())
    if (!told.contains(issue.path)) errors.add_issue(issue);
  errors.throw_if_any();
  return centre;
}

constexpr const char* kCalendars = R"(
[[calendars]]
name = "hanoi"
utc_offset = 7
holidays = ["01-01", "04-30", "05-01", "09-02"]

[[calendars]]
name = "austin"
utc_offset = "-6 h"
workdays = ["sun", "mon"]
half_days = [7.5, "13 h 15"]
length = "225 min"
holidays = [2027-07-04]
)";

} // namespace

TEST_CASE("Calendars are read from TOML and written back equal", "[common][calendar]") {
  std::string text = kCalendars;
  text.replace(text.find("13 h 15"), 7, "13.25 h");
  const Centre centre = read_centre(text);
  REQUIRE(centre.calendars.size() == 2);
  Calendar hanoi = office();
  hanoi.name = "hanoi";
  CHECK(centre.calendars[0] == hanoi);
  const Calendar austin{"austin",        {-6 * kHour},  {sun, mon}, {{7 * kHour + 30 * kMinute}, {795 * kMinute}},
                        {225 * kMinute}, {"2027-07-04"}};
  CHECK(centre.calendars[1] == austin);
  for (const auto detail : {centresim::schema::Detail::given, centresim::schema::Detail::all}) {
    const std::string written = centresim::schema::write_toml(centresim::schema::write(centre, detail));
    INFO(written);
    CHECK(read_centre(written) == centre);
  }
  CHECK(centresim::schema::write_json(centresim::schema::write(night())).find("workdays") == std::string::npos);
}

TEST_CASE("All faults of calendars are told at once", "[common][calendar]") {
  CHECK(faults_of([] { (void)read_centre(kCalendars); }).size() == 1);
  const Texts told = faults_of([] {
    (void)read_centre(R"([[calendars]]
name = "hanoi"
utc_offset = "15 h"
workdays = ["mon", "tues"]
half_days = ["8 h", "11 h", 24]
length = 0
holidays = ["13-01",
  "04-30", 2027-02-28, "02-30"]
hours = 3
[[calendars]]
name = "austin"
workdays = []
half_days = [8, -1]
holidays = ["today", 7]
)");
  });
  CHECK(
      told ==
      Texts{
          "c.toml:3: calendars.hanoi.utc_offset: \"15 h\": must be from -14 to 14 h",
          "c.toml:4: calendars.hanoi.workdays[1]: \"tues\": must be one of mon, tue, wed, thu, fri, sat, sun; did you "
          "mean 'tue'?",
          "c.toml:5: calendars.hanoi.half_days[2]: 1 d: must be a time of day: at least 0 h and less than 24 h",
          "c.toml:6: calendars.hanoi.length: 0: must be more than 0 h and at most 24 h",
          "c.toml:7: calendars.hanoi.holidays[0]: 13-01: must be a date: MM-DD for every year, YYYY-MM-DD for once",
          "c.toml:8: calendars.hanoi.holidays[3]: 02-30: must be a date: MM-DD for every year, YYYY-MM-DD for once",
          "c.toml:9: calendars.hanoi.hours: 3: unknown key",
          "c.toml:12: calendars.austin.workdays: [0 items]: must not be empty",
          "c.toml:13: calendars.austin.half_days[1]: -1: must be from 0 to 24 h",
          "c.toml:14: calendars.austin.holidays[1]: 7: must be a text: put it in quotes, \"7\"",
          "c.toml:14: calendars.austin.holidays[0]: today: must be a date: MM-DD for every year, YYYY-MM-DD for "
          "once"});
}
