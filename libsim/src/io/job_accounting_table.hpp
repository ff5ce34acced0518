// The jobs of accounting records, gathered, put into order and written as a trace.
#pragma once
#include "centresim/io/job_accounting.hpp"
#include "centresim/schema/errors.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace centresim::io::detail {

// Texts that occur again and again, kept once.
class TextPool {
 public:
  [[nodiscard]] std::uint32_t number_of(std::string_view text);
  [[nodiscard]] const std::string& operator[](std::uint32_t number) const { return *texts_[number]; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> map_;
  std::vector<const std::string*> texts_;
};

struct AccountedJob {
  std::int64_t submit = 0, run = 0, request = 0; // s; submit: since 1970; request 0: none
  std::int64_t id = 0, part = 0;                 // part: of an array or of a heterogeneous job
  double memory_kib = 0, peak_kib = 0;           // per rank; 0: unknown
  std::int64_t priority = 0;
  std::int64_t line = 0; // of the record
  std::int32_t cores = 1, ranks = 1;
  std::uint32_t user = 0, project = 0, step = 0, kind = 0, tokens = 0; // in the pool
  char part_mark = '\0';                                               // '_', '+', '[' or none
};

class AccountingTable {
 public:
  TextPool texts;
  std::vector<AccountedJob> jobs;
  Accounting told;

  explicit AccountingTable(std::string file) : file_(std::move(file)) { (void)texts.number_of(""); } // number 0

  // Up to 100 faults are kept.
  void fault(std::int64_t line, std::string_view column, std::string_view value, std::string rule);
  // Fills cores and ranks for `slots` on `nodes`; false with a fault if that is too many or none.
  bool shape(AccountedJob& job, std::int64_t slots, std::int64_t nodes, std::int64_t line);
  // What no job of a trace may exceed; false with a fault.
  bool within_limits(const AccountedJob& job, std::int64_t line);
  // A text for a name; false with a fault if it is no UTF-8 text.
  bool name(std::string_view text, std::uint32_t& number, std::int64_t line, std::string_view column);
  // Throws if there were faults or no jobs; else puts in order and writes.
  Accounting write(const std::filesystem::path& csv, const core::StopQuestion& stop);

 private:
  void number_again();
  std::string file_;
  schema::Errors errors_;
  std::int64_t faults_ = 0, last_line_ = 0;
  std::unordered_map<std::size_t, std::int64_t> again_; // index of a job: its name occurs for the n-th time
};

// The licence tokens of one job; what is named again adds up.
class TokenList {
 public:
  static constexpr std::int64_t kMost = 1'000'000;
  // False if that is no feature, or too many of it.
  [[nodiscard]] bool add(std::string_view feature, std::int64_t tokens);
  [[nodiscard]] std::string text() const; // "vcs:2;dc"

 private:
  std::vector<std::pair<std::string, std::int64_t>> list_;
};

// "2026-01-31T10:00:00" of seconds since 1970, without time zones and leap seconds; and back, or false.
[[nodiscard]] std::string date_text(std::int64_t seconds);
[[nodiscard]] bool parse_date(std::string_view text, std::int64_t& seconds);

// Digits only, at most 18; or false.
[[nodiscard]] bool parse_count(std::string_view text, std::int64_t& value);
// A plain decimal number, or false.
[[nodiscard]] bool parse_decimal(std::string_view text, double& value);

} // namespace centresim::io::detail
