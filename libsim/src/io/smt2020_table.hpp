// One tab-separated file of a model: header, rows, and cells read by the name of their column.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/core/time.hpp"
#include "centresim/schema/errors.hpp"

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::io::smt2020 {

enum class Dialect { text, official }; // official: a cell that begins with ~ starts a comment

// Where an element of the model was written.
struct Place {
  const std::string* file = nullptr; // owned by the table, which outlives the reading
  int line = 0;
};

// Lines of a file split at tabs, cells trimmed, comments and blank lines left out.
struct RawLine {
  int number = 0;
  std::vector<std::string> cells;
};
// Nothing if the file is not text; the reason is in `errors` then. Throws IoError where it cannot be read.
[[nodiscard]] std::optional<std::vector<RawLine>> read_lines(const std::filesystem::path& path, Dialect dialect,
                                                             schema::Errors& errors);

class Row;

class Table {
 public:
  // `known`: columns with a meaning or known to be comments; a leading '!' marks a column that the file must have.
  Table(std::string file, std::vector<RawLine> lines, std::initializer_list<const char*> known, schema::Errors& errors);

  [[nodiscard]] std::size_t size() const { return rows_.size(); }
  [[nodiscard]] Row row(std::size_t index) const;
  [[nodiscard]] const std::string& file() const { return file_; }
  [[nodiscard]] bool lacks_columns() const { return lacks_columns_; } // told in the errors

 private:
  friend class Row;
  void read_header(const RawLine& header, std::initializer_list<const char*> known);
  void refuse_unknown(std::initializer_list<const char*> known);

  std::string file_;
  std::vector<std::string> columns_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<RawLine> rows_;
  schema::Errors* errors_;
  bool lacks_columns_ = false;
};

// Access to the cells of one row. What cannot be understood is added to the errors; the answer is then empty.
class Row {
 public:
  Row(const Table& table, std::size_t index) : table_(&table), line_(&table.rows_[index]) {}

  [[nodiscard]] Place place() const { return {&table_->file_, line_->number}; }
  [[nodiscard]] std::string_view text(std::string_view column) const; // empty: blank, or there is no such column
  [[nodiscard]] bool blank(std::string_view column) const { return text(column).empty(); }
  [[nodiscard]] std::string need(std::string_view column) const; // must not be blank

  // One of `words` by its position; blank answers nothing.
  [[nodiscard]] std::optional<std::size_t> keyword(std::string_view column,
                                                   std::initializer_list<const char*> words) const;
  [[nodiscard]] bool yes(std::string_view column) const; // yes, no or blank

  [[nodiscard]] std::optional<double> number(std::string_view column) const;      // at least 0
  [[nodiscard]] std::optional<std::int64_t> count(std::string_view column) const; // whole, at least 1; "10.0" is 10
  [[nodiscard]] std::optional<double> percent(std::string_view column) const;     // more than 0, at most 100
  [[nodiscard]] std::optional<core::Tick> duration(std::string_view value, std::string_view unit) const;
  // constant, exponential (mean) or uniform (mean, half-width). `law` blank: constant where `plain`, else refused.
  [[nodiscard]] std::optional<common::Distribution> law(std::string_view law, std::string_view value,
                                                        std::string_view half_width, std::string_view unit,
                                                        bool plain = false) const;
  // MM/DD/YY HH:MM:SS in the years 2000 to 2099: milliseconds since 1970.
  [[nodiscard]] std::optional<std::int64_t> date(std::string_view column) const;

  void fail(std::string_view column, std::string_view rule) const;

 private:
  [[nodiscard]] std::optional<double> ticks_per_unit(std::string_view unit) const;
  [[nodiscard]] std::optional<core::Tick> ticks(std::string_view column, double per_unit) const;

  const Table* table_;
  const RawLine* line_;
};

// A number in full: no blanks, signs, infinities; nothing where the text is not one.
[[nodiscard]] std::optional<double> parse_number(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text);

inline constexpr std::int64_t kMillisecondsPerDay = 86'400'000;

} // namespace centresim::io::smt2020
