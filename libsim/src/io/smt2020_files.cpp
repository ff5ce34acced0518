// Which files make up the model: fixed names, or what options.def says; and the periods of the run.
#include "smt2020_model.hpp"

#include "centresim/core/error.hpp"
#include "centresim/schema/suggest.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <set>

namespace centresim::io::smt2020 {
namespace {

constexpr const char* kOptions = "options.def";
constexpr const char* kDefaultStart = "01/01/18 00:00:00";

bool is_utf16(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  char mark[2] = {};
  return file.read(mark, 2) && std::string_view(mark, 2) == "\xff\xfe";
}

std::vector<std::string> words_of(const RawLine& line) { // the cells behind the key, split at blanks
  std::vector<std::string> words;
  for (std::size_t i = 1; i < line.cells.size(); i++) {
    std::string_view cell = line.cells[i];
    while (!cell.empty()) {
      const std::size_t end = std::min(cell.find(' '), cell.size());
      if (end > 0) words.emplace_back(cell.substr(0, end));
      cell.remove_prefix(std::min(end + 1, cell.size()));
    }
  }
  return words;
}

struct Option {
  int line = 0;
  std::vector<std::string> words;
};
using Options = std::map<std::string, std::vector<Option>, std::less<>>;

class OptionReader {
 public:
  OptionReader(const std::filesystem::path& file, schema::Errors& errors) : file_(file.string()), errors_(errors) {}

  Files read(const std::vector<RawLine>& lines) {
    collect(lines);
    Files files;
    files.dialect = Dialect::official;
    fixed("SEQ_ADDS_SETUP_DELAYS", "N");
    fixed("USE_CALENDARS", "Y");
    fixed("COMMENT_CHARACTER", ""); // ~ itself has been taken for a comment
    read_start(files);
    files.stations = one_file("STATION_FILES");
    files.setups = one_file("SETUP_FILES");
    files.setup_groups = one_file("SETUPGROUP_FILES");
    files.products = one_file("PRODUCT_FILES");
    files.breakdowns = one_file("DOWNCAL_FILES");
    files.maintenance = one_file("PMCAL_FILES");
    files.attachments = one_file("ATTACH_FILES");
    files.transport = one_file("FROMTO_FILES");
    files.periods = one_file("PERIOD_FILE");
    files.orders = active("ORDER_FILES");
    if (files.orders.empty()) issue(0, "ORDER_FILES", "", "names no active file");
    return files;
  }

 private:
  void issue(int line, std::string key, std::string value, std::string rule) {
    errors_.add_issue({file_, line, std::move(key), std::move(value), std::move(rule)});
  }

  void collect(const std::vector<RawLine>& lines) {
    const std::vector<std::string_view> known = {
        "SIM_START",        "SEQ_ADDS_SETUP_DELAYS", "USE_CALENDARS", "STATION_FILES",    "SETUP_FILES",
        "SETUPGROUP_FILES", "PRODUCT_FILES",         "DOWNCAL_FILES", "PMCAL_FILES",      "ATTACH_FILES",
        "FROMTO_FILES",     "PERIOD_FILE",           "ORDER_FILES",   "COMMENT_CHARACTER"};
    std::string key;
    for (const RawLine& line : lines) {
      if (!line.cells.front().empty()) {
        key = line.cells.front() == "USE_CALENDARS(Y/N)" ? "USE_CALENDARS" : line.cells.front();
        if (std::ranges::find(known, key) == known.end())
          issue(line.number, key, "", "unknown option" + schema::did_you_mean(key, known));
      } else if (key.empty()) {
        issue(line.number, "", "", "there is no option above that this line could continue");
      }
      options_[key].push_back({line.number, words_of(line)});
    }
  }

  // The entries of a setting, which has one value; lines with a comment alone count for nothing.
  std::vector<Option> setting(const char* key) {
    const auto found = options_.find(key);
    if (found == options_.end()) return {};
    std::vector<Option> given = found->second;
    if (given.size() > 1) std::erase_if(given, [](const Option& o) { return o.words.empty(); });
    if (given.size() > 1) issue(given[1].line, key, given[1].words.front(), "is given twice");
    return given;
  }

  void fixed(const char* key, const std::string& only) {
    const std::vector<std::string> words = only.empty() ? std::vector<std::string>{} : std::vector{only};
    for (const Option& o : setting(key))
      if (o.words != words)
        issue(o.line, key, o.words.empty() ? "" : o.words.front(),
              "only " + (only.empty() ? "~" : only) + " is supported");
  }

  void read_start(Files& files) {
    files.start = *parse_date(kDefaultStart);
    for (const Option& o : setting("SIM_START")) {
      std::string text;
      for (const std::string& w : o.words) text += (text.empty() ? "" : " ") + w;
      const auto at = parse_date(text);
      if (!at)
        issue(o.line, "SIM_START", text, "must be a date MM/DD/YY HH:MM:SS");
      else if (*at % kMillisecondsPerDay != 0)
        issue(o.line, "SIM_START", text, "must be at midnight");
      else
        files.start = *at;
    }
  }

  // The names behind "file"; "none" and comments switch an entry off.
  std::vector<std::string> active(const char* key) {
    std::vector<std::string> names;
    const auto found = options_.find(key);
    if (found == options_.end()) return names;
    for (const Option& o : found->second) {
      if (o.words.empty() || o.words.front() == "none" || o.words.front().starts_with('~')) continue;
      if (o.words.front() == "file" && o.words.size() == 1) continue; // its name is commented out
      if (o.words.front() != "file" || o.words.size() != 2) {
        issue(o.line, key, o.words.front(), "must be: file NAME, or none");
      } else if (o.words[1].find_first_of("/\\") != std::string::npos || o.words[1] == "..") {
        issue(o.line, key, o.words[1], "must be the name of a file in this folder");
      } else if (std::ranges::find(names, o.words[1]) != names.end()) {
        issue(o.line, key, o.words[1], "is named twice");
      } else {
        names.push_back(o.words[1]);
      }
    }
    return names;
  }

  std::optional<std::string> one_file(const char* key) {
    const auto names = active(key);
    const auto found = options_.find(key);
    if (names.size() == 1) return names.front();
    issue(found == options_.end() ? 0 : found->second.front().line, key, "",
          names.empty() ? "names no active file" : "names more than one active file");
    return std::nullopt;
  }

  std::string file_;
  schema::Errors& errors_;
  Options options_;
};

} // namespace

Files Reader::find_files() {
  std::error_code code;
  if (!std::filesystem::is_directory(dir_, code))
    throw core::IoError(dir_.string(), "",
                        std::filesystem::exists(dir_, code) ? "is not a folder" : "there is no such folder");
  if (std::filesystem::exists(dir_ / kOptions, code)) return read_options();
  Files files;
  files.start = *parse_date(kDefaultStart);
  const bool list = std::filesystem::exists(dir_ / "tool.txt.1l", code),
             plain = std::filesystem::exists(dir_ / "tool.txt", code);
  if (list && plain)
    errors_.add_issue({(dir_ / "tool.txt").string(), 0, "", "", "there is a tool.txt.1l too: keep one of the two"});
  files.stations = plain && !list ? "tool.txt" : "tool.txt.1l";
  files.setups = "setup.txt";
  files.setup_groups = "setupgrp.txt";
  files.products = "part.txt";
  files.breakdowns = "downcal.txt";
  files.maintenance = "pmcal.txt";
  files.attachments = "attach.txt";
  files.transport = "fromto.txt";
  if (std::filesystem::exists(dir_ / "period.txt", code)) files.periods = "period.txt";
  if (is_utf16(dir_ / *files.stations)) files.dialect = Dialect::official; // its comments, without its options
  files.orders = {"order.txt", "WIP.txt"};
  return files;
}

Files Reader::read_options() {
  const std::filesystem::path path = dir_ / kOptions;
  opened_.emplace_back(kOptions);
  const auto lines = read_lines(path, Dialect::official, errors_);
  if (!lines) {
    incomplete_ = true;
    return {};
  }
  const std::size_t before = errors_.size();
  Files files = OptionReader(path, errors_).read(*lines);
  if (errors_.size() > before) incomplete_ = true;
  return files;
}

// The first periods, up to the reset, are the warm-up; the later ones are reported.
void Reader::read_periods(const Files& files) {
  const Table* table = open(files.periods, files, {"!PERIOD", "!PERIODSTART", "!REPORT", "!RESET"});
  if (!table) return;
  std::vector<core::Tick> starts;
  std::optional<std::size_t> reset;
  std::set<std::string> names;
  for (std::size_t i = 0; i < table->size(); i++) {
    const Row row = table->row(i);
    const std::string name = row.need("PERIOD");
    if (!name.empty() && !names.insert(name).second) row.fail("PERIOD", "there is a period of that name already");
    if (row.blank("PERIODSTART")) row.fail("PERIODSTART", "is missing");
    (void)row.yes("REPORT");
    if (row.yes("RESET")) {
      if (reset) row.fail("RESET", "only one period, the warm-up, can end with a reset");
      reset = i;
    }
    const auto start = since_start(row, "PERIODSTART", files);
    if (!start) return;
    if (i == 0 && *start != 0) row.fail("PERIODSTART", "the first period must start with the simulation");
    if (i > 0 && *start <= starts.back()) row.fail("PERIODSTART", "periods must follow each other in time");
    starts.push_back(*start);
  }
  if (starts.size() < 2) {
    errors_.add_issue({table->file(), 1, "PERIOD", "",
                       "must name two periods or more: the last one ends after as long "
                       "as the one before"});
    return;
  }
  const core::Tick length = starts.back() - starts[starts.size() - 2];
  model_.horizon = starts.back() + length;
  if (reset && *reset + 1 == starts.size()) {
    table->row(*reset).fail("RESET", "the last period cannot end with a reset: nothing would be left to report");
    return;
  }
  const std::size_t first = reset ? *reset + 1 : 0;
  model_.warmup = starts[first];
  // Reporting periods are of one length; calendar years may differ by their leap day.
  core::Tick shortest = length, longest = length;
  for (std::size_t i = first; i + 1 < starts.size(); i++) {
    shortest = std::min(shortest, starts[i + 1] - starts[i]);
    longest = std::max(longest, starts[i + 1] - starts[i]);
  }
  if (longest - shortest > core::kTicksPerDay)
    table->row(first).fail("PERIODSTART", "the periods after the warm-up must be of one length");
  if (starts.size() - first > 1) model_.report_every = shortest;
}

} // namespace centresim::io::smt2020
