// Takes a jasima file apart: one method for each of its parts, in their order.
#pragma once
#include "jasima_model.hpp"

#include <array>

namespace centresim::io::jasima {

inline constexpr double kMostLots = 1e6;

// jasima does not mind the case of some words.
[[nodiscard]] bool is_word(const std::string& text, std::string_view word);
[[nodiscard]] bool starts_jobs(const Line& line); // jobs or jobs_dynamic

class Parser {
 public:
  Parser(const std::vector<Line>& lines, std::string file, schema::Errors& errors)
      : lines_(lines), file_(std::move(file)), errors_(errors) {}

  Shop run();

 private:
  void issue(int line, std::string path, const std::string& value, std::string rule);
  // The next line, or nothing where the file ends before `what`: then no part behind it can be judged.
  const Line* next(const std::string& what);
  [[nodiscard]] const Line* peek() const { return at_ < lines_.size() ? &lines_[at_] : nullptr; }
  std::optional<double> read_count(const char* what, double least, double most);
  // Groups are numbered from 1, or go by words that number them in the order in which they come up.
  std::optional<std::size_t> group_of(const std::string& word, int line, const std::string& path);
  bool read_operations(std::size_t count);
  bool read_times(std::size_t count);
  void read_time(const std::string& word, Operation& op, int line, const std::string& path);
  void read_groups();
  std::size_t find_group(const Line& line);
  void read_name(Group& g, const std::string& path);
  void read_machines(Group& g, const std::string& path);
  // Times at which the machines become available.
  void read_release_dates(Group& g, const std::string& path);
  void read_setups(Group& g, const std::string& path, int keyword_line);
  void read_setup_row(Group& g, const Line& row, const std::string& path);
  void read_section();
  std::size_t route_of(const std::string& word, int line, const std::string& path);
  double weight_of(const std::optional<double>& value, int line, const std::string& path, const std::string& text);
  void read_jobs();
  void read_job(const Line& line, const std::string& path);
  // A keyword on a line of its own and its value on the next one. Nothing where the section breaks off.
  const Line* read_field(const char* keyword);
  void read_source(int section_line);
  std::optional<double> constant_of(const Line& line, const char* path);
  void read_arrivals(const Line& line, Source& s);

  static constexpr std::array<std::string_view, 4> kGroupWords{"machineName", "numInGroup", "setup",
                                                               "machineReleaseDates"};
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
  const std::vector<Line>& lines_;
  std::string file_;
  schema::Errors& errors_;
  std::size_t at_ = 0;
  std::map<std::string, std::size_t, std::less<>> words_; // groups that go by a word
  bool numbered_ = false;
  core::Tick last_release_ = 0; // in this section of jobs
  Shop shop_;
};

} // namespace centresim::io::jasima
