// When people work: half-days of local time on the working days of a calendar.
#pragma once
#include "centresim/core/time.hpp"
#include "centresim/schema/describe.hpp"
#include "centresim/schema/quantity.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace centresim::common {

enum class Weekday : std::uint8_t { mon, tue, wed, thu, fri, sat, sun };

// A day is worked if its weekday is a workday and its local date no holiday. A half-day is the quantum of work; one
// that runs past midnight belongs to the day on which it begins, whatever the next day is.
struct Calendar {
  std::string name;
  schema::Duration utc_offset; // local time less UTC
  std::vector<Weekday> workdays{Weekday::mon, Weekday::tue, Weekday::wed, Weekday::thu, Weekday::fri};
  std::vector<schema::Duration> half_days{{8 * core::kTicksPerHour}, {13 * core::kTicksPerHour}}; // from local midnight
  schema::Duration length{4 * core::kTicksPerHour};                                               // of each half-day
  std::vector<std::string> holidays; // "MM-DD" of every year, "YYYY-MM-DD" once
  bool operator==(const Calendar&) const = default;
};

// Adds every rule that the calendar breaks; `path` is that of the calendar itself. A calendar without faults has a
// working day in every year.
void check_calendar(const Calendar& calendar, const std::string& path, schema::Errors& errors);

// Days from 1970-01-01 to "YYYY-MM-DD"; nothing where that is no day of the (Gregorian) calendar.
[[nodiscard]] std::optional<std::int64_t> day_number(std::string_view date);
[[nodiscard]] Weekday weekday_of(std::int64_t day); // by its number

// A calendar laid over simulated time, whose tick 0 is 00:00 UTC of the start date. Times are from 0 to core::kMaxTick,
// and what would lie beyond is core::kNever. Only a half-day that has begun before time 0 has a negative start; from
// there on the other questions may be asked, too.
class WorkCalendar {
 public:
  // The calendar must have passed check_calendar. `start_day`: the start date as a day_number.
  WorkCalendar(const Calendar& calendar, std::int64_t start_day);

  [[nodiscard]] core::Tick length() const { return length_; } // of a half-day
  // The first start of a half-day at or after `at`.
  [[nodiscard]] core::Tick next_start(core::Tick at) const { return start_of(begun_by(at - 1)); }
  // The start of the half-day that contains `at` (start <= at < start + length), or -1, which is no half-day's start:
  // they begin at whole minutes.
  [[nodiscard]] core::Tick begun_at(core::Tick at) const;
  // Whether the half-day that has begun last at or before `at` is the last of its day.
  [[nodiscard]] bool is_last_of_day(core::Tick at) const {
    return begun_by(at) % static_cast<std::int64_t>(starts_.size()) == 0;
  }
  // Ticks of work in [from, to), where from <= to.
  [[nodiscard]] core::Tick working(core::Tick from, core::Tick to) const { return worked_by(to) - worked_by(from); }
  // The earliest tick t for which working(from, t) is `work`: the end of work that begins at `from` or when people next
  // do.
  [[nodiscard]] core::Tick add_working(core::Tick from, core::Tick work) const;
  // Ticks of work in a week without holidays, as a share of the week.
  [[nodiscard]] double share() const { return share_; }

 private:
  [[nodiscard]] std::int64_t begun_by(core::Tick at) const;       // half-days that begin at or before `at`
  [[nodiscard]] core::Tick start_of(std::int64_t half_day) const; // counted from 0
  [[nodiscard]] core::Tick worked_by(core::Tick at) const;

  // The table begins at local midnight of the day before that of time 0: what runs at time 0 began no earlier.
  core::Tick shift_ = 0; // from there to time 0
  core::Tick length_ = 0;
  double share_ = 0;
  std::vector<core::Tick> starts_;    // within a day, ascending
  std::vector<std::uint64_t> worked_; // a bit for each day
  std::vector<std::int32_t> before_;  // working days before each of these words; at the end all of them
};

} // namespace centresim::common

namespace centresim::schema {

template <> struct Choices<common::Weekday> {
  static constexpr const char* name = "Weekday";
  static constexpr Choice<common::Weekday> list[] = {
      {common::Weekday::mon, "mon", "Monday."},    {common::Weekday::tue, "tue", "Tuesday."},
      {common::Weekday::wed, "wed", "Wednesday."}, {common::Weekday::thu, "thu", "Thursday."},
      {common::Weekday::fri, "fri", "Friday."},    {common::Weekday::sat, "sat", "Saturday."},
      {common::Weekday::sun, "sun", "Sunday."},
  };
};

template <> struct Desc<common::Calendar> {
  static constexpr const char* name = "Calendar";
  static constexpr const char* doc = "When people work.";
  static auto fields() {
    using common::Calendar;
    return std::make_tuple(
        field("name", &Calendar::name, "Name of the calendar."),
        field("utc_offset", &Calendar::utc_offset,
              "Local time less UTC, the same all year; time 0 is 00:00 UTC of the scenario's start.")
            .optional()
            .unit("h")
            .range(-14, 14),
        field("workdays", &Calendar::workdays, "The days of the week on which people work.").optional().nonempty(),
        field("half_days", &Calendar::half_days,
              "Local times of day at which a half-day begins: the quantum of work. They do not overlap.")
            .optional()
            .unit("h")
            .range(0, 24)
            .nonempty(),
        field("length", &Calendar::length,
              "Length of a half-day; one that runs past midnight belongs to the day on which it begins.")
            .optional()
            .unit("h")
            .more_than(0)
            .at_most(24),
        field("holidays", &Calendar::holidays,
              "Local dates on which nobody begins work: MM-DD every year, YYYY-MM-DD once.")
            .optional()
            .pattern("^([0-9]{4}-)?[01][0-9]-[0-3][0-9]$"));
  }
};

} // namespace centresim::schema
