// The first sections of a jasima file: counts, operations, times, machine groups.
#include "centresim/schema/suggest.hpp"
#include "jasima_parser.hpp"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>

namespace centresim::io::jasima {
namespace {

constexpr double kMostGroups = 100'000, kMostMachines = 100'000, kMostStates = 10'000;

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

} // namespace

bool is_word(const std::string& text, std::string_view word) {
  return std::ranges::equal(
      text, word, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); },
      [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}
bool starts_jobs(const Line& line) { return is_word(line.text, "jobs") || is_word(line.text, "jobs_dynamic"); }

Shop Parser::run() {
  const auto groups = read_count("number of machine groups", 1, kMostGroups);
  const auto routes = read_count("number of routes", 1, kMostLots);
  if (!groups || !routes) return std::move(shop_);
  shop_.groups.resize(static_cast<std::size_t>(*groups));
  shop_.whole = true;
  const auto count = static_cast<std::size_t>(*routes);
  if (read_operations(count) && read_times(count)) {
    read_groups();
    while (shop_.whole && at_ < lines_.size()) read_section();
  }
  std::vector<std::string> names(shop_.groups.size());
  for (const auto& [word, group] : words_)
    if (group < names.size()) names[group] = word;
  for (std::size_t g = 0; g < names.size(); g++)
    if (shop_.groups[g].name.empty()) shop_.groups[g].name = names[g].empty() ? std::to_string(g + 1) : names[g];
  name_jobs(shop_);
  return std::move(shop_);
}

void Parser::issue(int line, std::string path, const std::string& value, std::string rule) {
  errors_.add_issue({file_, line, std::move(path), value.substr(0, 60), std::move(rule)});
}

const Line* Parser::next(const std::string& what) {
  if (at_ < lines_.size()) return &lines_[at_++];
  issue(lines_.empty() ? 1 : lines_.back().number, what, "", "is missing: the file ends before it");
  shop_.whole = false;
  return nullptr;
}

std::optional<double> Parser::read_count(const char* what, double least, double most) {
  const Line* line = next(what);
  if (!line) return std::nullopt;
  const Number n = parse_count(line->text, least, most);
  if (!n.value) issue(line->number, what, line->text, n.rule);
  return n.value;
}

std::optional<std::size_t> Parser::group_of(const std::string& word, int line, const std::string& path) {
  const Number number = parse_count(word, 1, static_cast<double>(shop_.groups.size()));
  if (number.value) {
    if (!numbered_ && !words_.empty()) issue(line, path, word, "machine groups go by numbers or by words, not by both");
    numbered_ = true;
    return static_cast<std::size_t>(*number.value) - 1;
  }
  if (parse_value(word).value || word.empty()) {
    issue(line, path, word, fmt::format("must be the number of a machine group, 1 to {}", shop_.groups.size()));
    return std::nullopt;
  }
  const auto [at, fresh] = words_.emplace(word, words_.size());
  if (fresh && numbered_) issue(line, path, word, "machine groups go by numbers or by words, not by both");
  if (at->second < shop_.groups.size()) return at->second;
  if (fresh) issue(line, path, word, fmt::format("there are only {} machine groups", shop_.groups.size()));
  return std::nullopt;
}

bool Parser::read_operations(std::size_t count) {
  for (std::size_t r = 0; r < count; r++) {
    const Line* line = next(fmt::format("route {}: machine groups", r + 1));
    if (!line) return false;
    Route route;
    route.line = line->number;
    for (const std::string& word : line->words) {
      const std::string path = fmt::format("route {}, operation {}", r + 1, route.operations.size() + 1);
      const auto parts = split(word, ';');
      Operation op;
      op.group = group_of(parts.front(), line->number, path).value_or(0);
      if (parts.size() > 2 || (parts.size() == 2 && parts.back().empty()))
        issue(line->number, path, word, "must be a machine group, or group;setup");
      else if (parts.size() == 2)
        op.setup = parts.back();
      route.operations.push_back(std::move(op));
    }
    shop_.routes.push_back(std::move(route));
  }
  return true;
}

bool Parser::read_times(std::size_t count) {
  for (std::size_t r = 0; r < count; r++) {
    const Line* line = next(fmt::format("route {}: process times", r + 1));
    if (!line) return false;
    Route& route = shop_.routes[r];
    route.times_line = line->number;
    if (line->words.size() != route.operations.size()) {
      issue(line->number, fmt::format("route {}", r + 1), "",
            fmt::format("has {} process times, but line {} names {} operations", line->words.size(), route.line,
                        route.operations.size()));
      continue;
    }
    for (std::size_t k = 0; k < line->words.size(); k++)
      read_time(line->words[k], route.operations[k], line->number, fmt::format("route {}, operation {}", r + 1, k + 1));
  }
  return true;
}

void Parser::read_time(const std::string& word, Operation& op, int line, const std::string& path) {
  const auto parts = split(word, ';');
  if (parts.size() != 1 && parts.size() != 3) {
    issue(line, path, word, "must be minutes, or minutes;family;lots");
    return;
  }
  const Number time = parse_minutes(parts[0], false, op.time);
  if (!time.value) issue(line, path, word, std::string("the process time ") + time.rule);
  if (parts.size() == 1) return;
  if (parts[1].empty()) issue(line, path, word, "the batch family has no name");
  op.family = parts[1];
  const Number lots = parse_count(parts[2], 1, kMostLots);
  if (!lots.value) issue(line, path, word, std::string("the most lots of a batch ") + lots.rule);
  op.most_lots = static_cast<std::int64_t>(lots.value.value_or(1));
}

void Parser::read_groups() {
  std::optional<std::size_t> group;
  while (at_ < lines_.size() && !starts_jobs(lines_[at_])) {
    const Line& line = lines_[at_++];
    const bool keyword = std::ranges::find(kGroupWords, line.text) != kGroupWords.end();
    if (!keyword) {
      group = find_group(line);
      continue;
    }
    if (!group) {
      issue(line.number, line.text, "", "belongs to a machine group: its number must come before");
      group = kNobody;
    }
    const std::string path = *group == kNobody ? line.text : fmt::format("machine group {}", *group + 1);
    Group nobody;
    Group& g = *group == kNobody ? nobody : shop_.groups[*group];
    if (line.text == "machineName")
      read_name(g, path);
    else if (line.text == "numInGroup")
      read_machines(g, path);
    else if (line.text == "setup")
      read_setups(g, path, line.number);
    else
      read_release_dates(g, path);
  }
}

std::size_t Parser::find_group(const Line& line) {
  const Number number = parse_count(line.text, 1, static_cast<double>(shop_.groups.size()));
  const auto word = words_.find(line.text);
  std::size_t g = kNobody;
  if (number.value)
    g = static_cast<std::size_t>(*number.value) - 1;
  else if (word != words_.end() && word->second < shop_.groups.size())
    g = word->second;
  if (g == kNobody) {
    std::vector<std::string_view> known(kGroupWords.begin(), kGroupWords.end());
    known.insert(known.end(), {"jobs", "jobs_dynamic"});
    issue(line.number, "", line.text,
          fmt::format("must be the number of a machine group (1 to {}), machineName, numInGroup, setup, jobs or "
                      "jobs_dynamic{}",
                      shop_.groups.size(), schema::did_you_mean(line.text, known)));
  } else if (shop_.groups[g].line == 0) {
    shop_.groups[g].line = line.number;
  }
  return g;
}

void Parser::read_name(Group& g, const std::string& path) {
  const Line* line = next(path + ", machineName");
  if (!line) return;
  if (!g.name.empty()) issue(line->number, path, line->text, "machineName is given twice");
  g.name = line->text;
}

void Parser::read_machines(Group& g, const std::string& path) {
  const Line* line = next(path + ", numInGroup");
  if (!line) return;
  const Number n = parse_count(line->text, 1, kMostMachines);
  if (!n.value) issue(line->number, path + ", numInGroup", line->text, n.rule);
  g.machines = static_cast<std::int64_t>(n.value.value_or(1));
}

void Parser::read_release_dates(Group& g, const std::string& path) {
  const Line* line = next(path + ", machineReleaseDates");
  if (!line) return;
  if (g.available_line > 0) issue(line->number, path, "machineReleaseDates", "is given twice");
  g.available_line = line->number;
  g.available.clear();
  for (const std::string& word : line->words) {
    const Number n = parse_minutes(word, false, g.available.emplace_back(0));
    if (!n.value) issue(line->number, path + ", machineReleaseDates", word, n.rule);
  }
}

void Parser::read_setups(Group& g, const std::string& path, int keyword_line) {
  if (!g.states.empty()) issue(keyword_line, path, "setup", "its setup times are given twice");
  g.setup_line = keyword_line;
  g.states.clear();
  g.times.clear();
  const Line* line = next(path + ", number of setup states");
  if (!line) return;
  const Number n = parse_count(line->text, 1, kMostStates);
  if (!n.value) issue(line->number, path + ", number of setup states", line->text, n.rule);
  const std::size_t size = static_cast<std::size_t>(n.value.value_or(0));
  for (std::size_t i = 0; i < size; i++) {
    const Line* row = peek();
    if (!row || row->words.size() != size + 1) {
      issue(row ? row->number : lines_.back().number, path + ", setup", row ? row->text : "",
            fmt::format("row {} of {} must hold the state and {} times", i + 1, size, size));
      break;
    }
    at_++;
    read_setup_row(g, *row, path);
  }
  // What is left of a matrix of another size is no second fault.
  while (peek() && peek()->words.size() > 1) {
    if (g.times.size() == size && size > 0)
      issue(peek()->number, path + ", setup", peek()->text,
            fmt::format("is more than the {} rows of setup times that are announced", size));
    for (at_++; peek() && peek()->words.size() > 1; at_++) {
    }
  }
  if (!g.states.empty() && g.states.front() != kDefaultSetup)
    issue(keyword_line, path + ", setup", g.states.front(), fmt::format("the first state must be {}", kDefaultSetup));
}

void Parser::read_setup_row(Group& g, const Line& row, const std::string& path) {
  if (std::ranges::find(g.states, row.words.front()) != g.states.end())
    issue(row.number, path + ", setup", row.words.front(), "the state has a row already");
  g.states.push_back(row.words.front());
  auto& times = g.times.emplace_back();
  for (std::size_t k = 1; k < row.words.size(); k++) {
    core::Tick time = 0;
    const std::string& word = row.words[k];
    const Number n = word == "x" || word == "X" ? Number{0.0} : parse_minutes(word, false, time);
    if (!n.value)
      issue(row.number, fmt::format("{}, setup time {}", path, k), word, std::string(n.rule) + ", or x for none");
    times.push_back(time);
  }
}

Shop parse(const std::vector<Line>& lines, const std::string& file, schema::Errors& errors) {
  return Parser(lines, file, errors).run();
}

} // namespace centresim::io::jasima
