// The sections of a jasima file, in their order: counts, operations, times, machine groups, jobs.
#include "centresim/schema/suggest.hpp"
#include "jasima_model.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>

namespace centresim::io::jasima {
namespace {

constexpr double kMostGroups = 100'000, kMostMachines = 100'000, kMostStates = 10'000, kMostLots = 1e6;

// jasima does not mind the case of these two words.
bool is_word(const std::string& text, std::string_view word) {
  return std::ranges::equal(
      text, word, {}, [](char c) { return std::tolower(static_cast<unsigned char>(c)); },
      [](char c) { return std::tolower(static_cast<unsigned char>(c)); });
}
bool starts_jobs(const Line& line) { return is_word(line.text, "jobs") || is_word(line.text, "jobs_dynamic"); }

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == at)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

class Parser {
 public:
  Parser(const std::vector<Line>& lines, std::string file, schema::Errors& errors)
      : lines_(lines), file_(std::move(file)), errors_(errors) {}

  Shop run() {
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
    for (std::size_t g = 0; g < shop_.groups.size(); g++)
      if (shop_.groups[g].name.empty()) shop_.groups[g].name = word_of(g);
    return std::move(shop_);
  }

 private:
  void issue(int line, std::string path, const std::string& value, std::string rule) {
    errors_.add_issue({file_, line, std::move(path), value.substr(0, 60), std::move(rule)});
  }
  // The next line, or nothing where the file ends before `what`: then no part behind it can be judged.
  const Line* next(const std::string& what) {
    if (at_ < lines_.size()) return &lines_[at_++];
    issue(lines_.empty() ? 1 : lines_.back().number, what, "", "is missing: the file ends before it");
    shop_.whole = false;
    return nullptr;
  }
  [[nodiscard]] const Line* peek() const { return at_ < lines_.size() ? &lines_[at_] : nullptr; }

  std::optional<double> read_count(const char* what, double least, double most) {
    const Line* line = next(what);
    if (!line) return std::nullopt;
    const Number n = parse_count(line->text, least, most);
    if (!n.value) issue(line->number, what, line->text, n.rule);
    return n.value;
  }

  // Groups are numbered from 1, or go by words that number them in the order in which they come up.
  std::optional<std::size_t> group_of(const std::string& word, int line, const std::string& path) {
    const Number number = parse_count(word, 1, static_cast<double>(shop_.groups.size()));
    if (number.value) {
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
  [[nodiscard]] std::string word_of(std::size_t group) const {
    for (const auto& [word, at] : words_)
      if (at == group) return word;
    return std::to_string(group + 1);
  }

  bool read_operations(std::size_t count) {
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

  bool read_times(std::size_t count) {
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
        read_time(line->words[k], route.operations[k], line->number,
                  fmt::format("route {}, operation {}", r + 1, k + 1));
    }
    return true;
  }

  void read_time(const std::string& word, Operation& op, int line, const std::string& path) {
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

  // ---- machine groups ----

  void read_groups() {
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
        read_release_dates(path);
    }
  }

  std::size_t find_group(const Line& line) {
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

  void read_name(Group& g, const std::string& path) {
    const Line* line = next(path + ", machineName");
    if (!line) return;
    if (!g.name.empty()) issue(line->number, path, line->text, "machineName is given twice");
    g.name = line->text;
  }

  void read_machines(Group& g, const std::string& path) {
    const Line* line = next(path + ", numInGroup");
    if (!line) return;
    const Number n = parse_count(line->text, 1, kMostMachines);
    if (!n.value) issue(line->number, path + ", numInGroup", line->text, n.rule);
    g.machines = static_cast<std::int64_t>(n.value.value_or(1));
  }

  // Times at which single machines become available: tools are there from the start.
  void read_release_dates(const std::string& path) {
    const Line* line = next(path + ", machineReleaseDates");
    if (!line) return;
    for (const std::string& word : line->words) {
      const Number n = parse_value(word);
      if (n.value && *n.value == 0) continue;
      issue(line->number, path + ", machineReleaseDates", word,
            n.value ? "machines that are not there from the start are not supported: must be 0" : n.rule);
    }
  }

  void read_setups(Group& g, const std::string& path, int keyword_line) {
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

  void read_setup_row(Group& g, const Line& row, const std::string& path) {
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

  // ---- jobs ----

  void read_section() {
    const Line& line = lines_[at_];
    if (!starts_jobs(line)) {
      issue(line.number, "", line.text, "must be jobs or jobs_dynamic, or the end of the file");
      shop_.whole = false;
      return;
    }
    at_++;
    if (is_word(line.text, "jobs"))
      read_jobs();
    else
      read_source(line.number);
  }

  std::size_t route_of(const std::string& word, int line, const std::string& path) {
    const Number n = parse_count(word, 1, static_cast<double>(shop_.routes.size()));
    if (!n.value) issue(line, path, word, fmt::format("must be the number of a route, 1 to {}", shop_.routes.size()));
    return static_cast<std::size_t>(n.value.value_or(1)) - 1;
  }

  double weight_of(const std::optional<double>& value, int line, const std::string& path, const std::string& text) {
    if (value && (*value < 0 || *value > 1e6)) issue(line, path, text, "a weight must be 0 to 1000000");
    return value.value_or(1);
  }

  void read_jobs() {
    const auto count = read_count("number of jobs", 0, 1e7);
    if (!count) {
      shop_.whole = false;
      return;
    }
    last_release_ = 0;
    for (double n = 0; n < *count; n++) {
      const std::string path = fmt::format("job {:.0f}", n + 1);
      if (peek() && starts_jobs(*peek())) {
        issue(peek()->number, path, "", fmt::format("is missing: {:.0f} jobs are announced", *count));
        return;
      }
      const Line* line = next(path);
      if (!line) return;
      if (line->words.size() < 4 || line->words.size() > 5) {
        issue(line->number, path, line->text, "must be: route, release, due date, weight, and a name if wanted");
        continue;
      }
      read_job(*line, path);
    }
  }

  void read_job(const Line& line, const std::string& path) {
    Job job;
    job.line = line.number;
    job.route = route_of(line.words[0], line.number, path + ", route");
    const Number release = parse_minutes(line.words[1], false, job.release);
    if (!release.value) issue(line.number, path + ", release", line.words[1], release.rule);
    const Number due = parse_minutes(line.words[2], true, job.due);
    if (!due.value) issue(line.number, path + ", due date", line.words[2], due.rule);
    const Number weight = parse_value(line.words[3]);
    if (!weight.value) issue(line.number, path + ", weight", line.words[3], weight.rule);
    job.weight = weight_of(weight.value, line.number, path + ", weight", line.words[3]);
    job.name = line.words.size() > 4 ? line.words[4] : fmt::format("job_{}", shop_.jobs.size() + 1);
    if (release.value && job.release < last_release_)
      issue(line.number, path + ", release", line.words[1], "jobs must stand in the order of their release");
    if (release.value) last_release_ = job.release;
    shop_.jobs.push_back(std::move(job));
  }

  // A keyword on a line of its own and its value on the next one. Nothing where the section breaks off.
  const Line* read_field(const char* keyword) {
    const Line* line = next(std::string("jobs_dynamic, ") + keyword);
    if (!line) return nullptr;
    if (!is_word(line->text, keyword)) {
      issue(line->number, "jobs_dynamic", line->text, std::string("must be ") + keyword);
      if (starts_jobs(*line)) at_--;
      while (peek() && !starts_jobs(*peek())) at_++;
      return nullptr;
    }
    return next(std::string("jobs_dynamic, ") + keyword);
  }

  void read_source(int section_line) {
    Source s;
    s.line = section_line;
    const Line* route = read_field("route");
    if (!route) return;
    s.route = route_of(route->text, route->number, "jobs_dynamic, route");
    const Line* arrivals = read_field("arrivals");
    if (!arrivals) return;
    read_arrivals(*arrivals, s);
    const Line* due = read_field("due_dates");
    if (!due) return;
    s.due_factor = constant_of(*due, "jobs_dynamic, due_dates").value_or(1);
    if (s.due_factor < 0) issue(due->number, "jobs_dynamic, due_dates", due->text, "must not be negative");
    const Line* weights = read_field("weights");
    if (!weights) return;
    s.weight = weight_of(constant_of(*weights, "jobs_dynamic, weights"), weights->number, "jobs_dynamic, weights",
                         weights->text);
    if (peek() && is_word(peek()->text, "numJobs")) {
      at_++;
      const Line* line = next("jobs_dynamic, numJobs");
      if (!line) return;
      const Number n = parse_count(line->text, 1, 1e12);
      if (!n.value) issue(line->number, "jobs_dynamic, numJobs", line->text, n.rule);
      s.count = static_cast<std::int64_t>(n.value.value_or(1));
    }
    shop_.sources.push_back(std::move(s));
  }

  std::optional<double> constant_of(const Line& line, const char* path) {
    const auto stream = parse_stream(line.text);
    if (!stream || stream->first != "const" || stream->second.size() != 1) {
      issue(line.number, path, line.text, "must be const(VALUE): values that vary are not supported");
      return std::nullopt;
    }
    return stream->second.front();
  }

  void read_arrivals(const Line& line, Source& s) {
    const auto stream = parse_stream(line.text);
    const auto refuse = [&](const char* rule) { issue(line.number, "jobs_dynamic, arrivals", line.text, rule); };
    s.every = common::Distribution::constant(static_cast<double>(core::kTicksPerDay), common::Dimension::time);
    if (!stream) return refuse("must be a stream: dblExp(MEAN), const(VALUE) or dblUnif(LEAST,MOST), in minutes");
    std::vector<double> p = stream->second;
    for (double& minutes : p) {
      if (minutes < 0) return refuse("must not be negative");
      if (minutes > static_cast<double>(core::kMaxTick / core::kTicksPerMinute))
        return refuse("is too long: at most 139 years");
      minutes *= static_cast<double>(core::kTicksPerMinute);
    }
    const std::string& name = stream->first;
    if (name == "dblExp" && p.size() == 1)
      s.every = {core::LawKind::exponential, common::Dimension::time, {p[0]}, {}};
    else if (name == "const" && p.size() == 1)
      s.every = common::Distribution::constant(p[0], common::Dimension::time);
    else if (name == "dblUnif" && p.size() == 2 && p[0] <= p[1])
      s.every = {core::LawKind::uniform, common::Dimension::time, {(p[0] + p[1]) / 2, (p[1] - p[0]) / 2}, {}};
    else
      return refuse("must be dblExp(MEAN), const(VALUE) or dblUnif(LEAST,MOST), in minutes");
    if (s.every.mean() < 1) refuse("the mean must be at least a millisecond");
  }

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

} // namespace

Shop parse(const std::vector<Line>& lines, const std::string& file, schema::Errors& errors) {
  return Parser(lines, file, errors).run();
}

} // namespace centresim::io::jasima
