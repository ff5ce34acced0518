// A jasima file as it stands, part by part, before it becomes a fab.
#pragma once
#include "centresim/centre/scenario.hpp"
#include "centresim/common/distribution.hpp"
#include "centresim/schema/errors.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace centresim::io::jasima {

inline constexpr const char* kDefaultSetup = "DEF_SETUP"; // of every machine at the start, of operations that name none

struct Operation {
  std::size_t group = 0; // position in Shop::groups
  std::string setup = kDefaultSetup;
  core::Tick time = 0;
  std::string family; // empty: never batched
  std::int64_t most_lots = 1;
};

struct Route {
  int line = 0, times_line = 0; // 0: not there
  std::vector<Operation> operations;
};

struct Group {
  int line = 0; // of its block; 0: the file says nothing of it
  std::string name;
  std::int64_t machines = 1;
  int available_line = 0;
  std::vector<core::Tick> available; // when each machine comes; empty: all from the start
  int setup_line = 0;
  std::vector<std::string> states;
  std::vector<std::vector<core::Tick>> times; // from row, to column
};

struct Job {
  int line = 0;
  std::size_t route = 0;
  core::Tick release = 0, due = 0;
  double weight = 1;
  std::string name; // as the file gives it, until name_jobs
};

struct Source { // jobs_dynamic
  int line = 0;
  std::size_t route = 0;
  common::Distribution every;
  double due_factor = 1, weight = 1;
  std::optional<std::int64_t> count;
};

struct Shop {
  std::vector<Group> groups;
  std::vector<Route> routes;
  std::vector<Job> jobs;
  std::vector<Source> sources;
  bool renamed = false; // name_jobs put numbers before the names of the file
  bool whole = false;   // the file was read to its end and every count fits
};

struct Line {
  int number = 0;
  std::string text; // without comment and outer blanks, not empty
  std::vector<std::string> words;
};

// jasima_lines.cpp. Everything behind a # is a comment, unless a backslash stands before it.
[[nodiscard]] std::vector<Line> split_lines(std::string_view text);

// Numbers of the file, in full; nothing where the text is not one. `rule` then says why.
struct Number {
  std::optional<double> value;
  const char* rule = "";
};
[[nodiscard]] Number parse_value(std::string_view text);                            // finite
[[nodiscard]] Number parse_count(std::string_view text, double least, double most); // whole
[[nodiscard]] Number parse_minutes(std::string_view text, bool may_be_negative, core::Tick& ticks);
// A stream such as dblExp(12.5): name and parameters, or nothing.
[[nodiscard]] std::optional<std::pair<std::string, std::vector<double>>> parse_stream(std::string_view text);

// jasima_parse.cpp
[[nodiscard]] Shop parse(const std::vector<Line>& lines, const std::string& file, schema::Errors& errors);

// jasima_work.cpp. The products of the fab stand in the order of the routes.
void name_jobs(Shop& shop); // names that sort as the jobs stand in the file
void add_jobs(const Shop& shop, fab::Fab& fab, std::vector<std::string>& notes);
// By its end all jobs are done, whatever the order: until then something is processed, or a release is awaited.
void set_horizon(const Shop& shop, centre::Scenario& s);

// jasima_build.cpp. The shop must be whole; what it cannot become is added to `errors`.
[[nodiscard]] centre::Scenario build(const Shop& shop, const std::string& file, schema::Errors& errors);

} // namespace centresim::io::jasima
