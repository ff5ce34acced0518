#include "smt2020_table.hpp"

#include "centresim/schema/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fmt/format.h>

namespace centresim::io::smt2020 {
namespace {

std::string_view bare(const char* column) { return *column == '!' ? column + 1 : column; }

std::optional<int> two_digits(std::string_view s) {
  if (s.size() != 2 || s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9') return std::nullopt;
  return (s[0] - '0') * 10 + (s[1] - '0');
}

// A time span in a unit of the format.
std::optional<double> unit_ticks(std::string_view unit) {
  if (unit == "min") return static_cast<double>(core::kTicksPerMinute);
  if (unit == "hr") return static_cast<double>(core::kTicksPerHour);
  if (unit == "day") return static_cast<double>(core::kTicksPerDay);
  return std::nullopt;
}

} // namespace

Table::Table(std::string file, std::vector<RawLine> lines, std::initializer_list<const char*> known,
             schema::Errors& errors)
    : file_(std::move(file)), errors_(&errors) {
  if (lines.empty()) {
    errors.add_issue({file_, 1, "", "", "is empty: the first line must name the columns"});
    lacks_columns_ = true;
    return;
  }
  read_header(lines.front(), known);
  rows_.assign(std::make_move_iterator(lines.begin() + 1), std::make_move_iterator(lines.end()));
  refuse_unknown(known);
}

void Table::read_header(const RawLine& header, std::initializer_list<const char*> known) {
  columns_ = header.cells;
  for (std::size_t i = 0; i < columns_.size(); i++) {
    if (columns_[i].empty()) continue;
    if (!index_.emplace(columns_[i], i).second)
      errors_->add_issue({file_, header.number, columns_[i], "", "the column is named twice"});
  }
  for (const char* column : known)
    if (*column == '!' && !index_.contains(bare(column))) {
      lacks_columns_ = true;
      errors_->add_issue({file_, header.number, std::string(bare(column)), "", "the column is missing"});
    }
}

// A column without meaning is refused at its first cell with content: nothing is passed over in silence.
void Table::refuse_unknown(std::initializer_list<const char*> known) {
  std::vector<std::string_view> names{"IGNORE", "DESC"}; // remarks, in every file
  for (const char* column : known) names.push_back(bare(column));
  std::vector<bool> understood;
  for (const std::string& c : columns_) understood.push_back(std::ranges::find(names, c) != names.end());
  bool surplus = false;
  for (const RawLine& row : rows_)
    for (std::size_t i = 0; i < row.cells.size(); i++) {
      if (row.cells[i].empty() || (i < understood.size() && understood[i])) continue;
      if (i < understood.size()) {
        const std::string rule = columns_[i].empty() ? "the column has no name"
                                                     : "unknown column" + schema::did_you_mean(columns_[i], names);
        errors_->add_issue({file_, row.number, columns_[i], row.cells[i].substr(0, 60), rule});
        understood[i] = true;
      } else if (!surplus) {
        errors_->add_issue({file_, row.number, "", row.cells[i].substr(0, 60),
                            fmt::format("the line has more cells than the header has columns ({})", columns_.size())});
        surplus = true;
      }
    }
}

Row Table::row(std::size_t index) const { return {*this, index}; }

std::string_view Row::text(std::string_view column) const {
  const auto found = table_->index_.find(column);
  if (found == table_->index_.end() || found->second >= line_->cells.size()) return {};
  return line_->cells[found->second];
}

void Row::fail(std::string_view column, std::string_view rule) const {
  table_->errors_->add_issue(
      {table_->file_, line_->number, std::string(column), std::string(text(column).substr(0, 60)), std::string(rule)});
}

std::string Row::need(std::string_view column) const {
  if (blank(column)) fail(column, "is missing");
  return std::string(text(column));
}

std::optional<std::size_t> Row::keyword(std::string_view column, std::initializer_list<const char*> words) const {
  const std::string_view cell = text(column);
  if (cell.empty()) return std::nullopt;
  std::size_t i = 0;
  std::string all;
  for (const char* word : words) {
    if (cell == word) return i;
    all += (i++ ? ", " : "") + std::string(word);
  }
  fail(column, "must be " + (words.size() > 1 ? "one of " + all : all));
  return std::nullopt;
}

bool Row::yes(std::string_view column) const { return keyword(column, {"no", "yes"}) == 1u; }

std::optional<double> parse_number(std::string_view text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> Row::number(std::string_view column) const {
  if (blank(column)) return std::nullopt;
  const auto value = parse_number(text(column));
  if (!value)
    fail(column, "must be a number");
  else if (*value < 0)
    fail(column, "must not be negative");
  else
    return value;
  return std::nullopt;
}

std::optional<std::int64_t> Row::count(std::string_view column) const {
  if (blank(column)) return std::nullopt;
  const auto value = parse_number(text(column));
  if (!value || *value != std::floor(*value))
    fail(column, "must be a whole number");
  else if (*value < 1)
    fail(column, "must be at least 1");
  else if (*value > 1e12)
    fail(column, "is too large");
  else
    return static_cast<std::int64_t>(*value);
  return std::nullopt;
}

std::optional<double> Row::percent(std::string_view column) const {
  if (blank(column)) return std::nullopt;
  const auto value = parse_number(text(column));
  if (!value)
    fail(column, "must be a number");
  else if (!(*value > 0 && *value <= 100))
    fail(column, "must be more than 0 and at most 100 percent");
  else
    return value;
  return std::nullopt;
}

std::optional<double> Row::ticks_per_unit(std::string_view unit) const {
  if (blank(unit)) {
    fail(unit, "the value needs a unit: min, hr or day");
    return std::nullopt;
  }
  const auto ticks = unit_ticks(text(unit));
  if (!ticks) fail(unit, "unknown unit: must be min, hr or day");
  return ticks;
}

std::optional<core::Tick> Row::ticks(std::string_view column, double per_unit) const {
  const auto value = number(column);
  if (!value) return std::nullopt;
  if (*value * per_unit > static_cast<double>(core::kMaxTick)) {
    fail(column, "is too long: at most 139 years");
    return std::nullopt;
  }
  return std::llround(*value * per_unit);
}

std::optional<core::Tick> Row::duration(std::string_view value, std::string_view unit) const {
  if (blank(value)) {
    if (!blank(unit)) fail(value, "is missing: its unit is given");
    return std::nullopt;
  }
  const auto per_unit = ticks_per_unit(unit);
  return per_unit ? ticks(value, *per_unit) : std::nullopt;
}

std::optional<common::Distribution> Row::law(std::string_view law, std::string_view value, std::string_view half_width,
                                             std::string_view unit, bool plain) const {
  if (blank(value)) {
    for (const std::string_view other : {law, half_width, unit})
      if (!other.empty() && !blank(other)) {
        fail(value, fmt::format("is missing: {} is given", other));
        break;
      }
    return std::nullopt;
  }
  std::optional<std::size_t> kind = 0;
  if (!blank(law))
    kind = keyword(law, {"constant", "exponential", "uniform"});
  else if (!plain) {
    fail(law, "is missing: constant, exponential or uniform");
    kind.reset();
  }
  const auto per_unit = ticks_per_unit(unit);
  const auto mean = per_unit ? ticks(value, *per_unit) : std::nullopt;
  if (!kind || !mean) return std::nullopt;
  if (*kind != 2 && !half_width.empty() && !blank(half_width)) {
    fail(half_width, "only a uniform law has a half-width");
    return std::nullopt;
  }
  common::Distribution d = common::Distribution::constant(static_cast<double>(*mean), common::Dimension::time);
  if (*kind == 1) d.kind = core::LawKind::exponential;
  if (*kind != 2) return d;
  if (half_width.empty() || blank(half_width)) {
    fail(half_width.empty() ? law : half_width, "a uniform law needs its half-width");
    return std::nullopt;
  }
  const auto half = ticks(half_width, *per_unit);
  if (!half) return std::nullopt;
  if (*half > *mean) {
    fail(half_width, "the half-width must not exceed the mean");
    return std::nullopt;
  }
  d.kind = core::LawKind::uniform;
  d.parameters = {static_cast<double>(*mean), static_cast<double>(*half)};
  return d;
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  // MM/DD/YY, then blank and HH:MM:SS or nothing (midnight)
  if (text.size() != 8 && text.size() != 17) return std::nullopt;
  if (text[2] != '/' || text[5] != '/') return std::nullopt;
  const auto month = two_digits(text.substr(0, 2)), day = two_digits(text.substr(3, 2)),
             year = two_digits(text.substr(6, 2));
  if (!month || !day || !year) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(2000 + *year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  std::int64_t at = std::chrono::sys_days(date).time_since_epoch().count() * kMillisecondsPerDay;
  if (text.size() == 8) return at;
  if (text[8] != ' ' || text[11] != ':' || text[14] != ':') return std::nullopt;
  const auto hour = two_digits(text.substr(9, 2)), minute = two_digits(text.substr(12, 2)),
             second = two_digits(text.substr(15, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return at + (*hour * 3600 + *minute * 60 + *second) * 1000;
}

std::optional<std::int64_t> Row::date(std::string_view column) const {
  if (blank(column)) return std::nullopt;
  const auto at = parse_date(text(column));
  if (!at) fail(column, "must be a date MM/DD/YY HH:MM:SS");
  return at;
}

} // namespace centresim::io::smt2020
