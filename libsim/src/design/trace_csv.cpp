// Job tables: the columns of a job, one row per job, in order of submission.
#include "trace_parser.hpp"
#include "trace_row.hpp"

#include "centresim/design/describe.hpp"
#include "centresim/schema/suggest.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace centresim::design::detail {

namespace {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
using TextMap = std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>;

constexpr std::uint32_t kMostTokenLists = 100'000;

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// Digits only, at most 15.
bool plain_whole(std::string_view text, std::int64_t& value) {
  if (text.empty() || text.size() > 15) return false;
  std::int64_t sum = 0;
  for (const char c : text) {
    if (!is_digit(c)) return false;
    sum = sum * 10 + (c - '0');
  }
  value = sum;
  return true;
}

// "12" or "12.345": seconds without rounding.
bool plain_seconds(std::string_view text, Tick& ticks) {
  const std::size_t point = std::min(text.find('.'), text.size());
  std::int64_t whole = 0, part = 0;
  if (point > 10 || !plain_whole(text.substr(0, point), whole)) return false;
  if (point < text.size()) {
    const std::string_view digits = text.substr(point + 1);
    if (digits.size() > 3 || !plain_whole(digits, part)) return false;
    for (std::size_t i = digits.size(); i < 3; ++i) part *= 10;
  }
  const Tick sum = whole * core::kTicksPerSecond + part;
  if (sum > core::kMaxTick) return false;
  ticks = sum;
  return true;
}

// Names in text, numbered.
class TextNames {
 public:
  explicit TextNames(FirstSeen<std::string> names) : names_(names) {}
  // The rule that is broken, or nothing; `changed`: not the names of the first pass.
  std::string find(std::string_view text, const schema::Rules& rules, std::uint32_t& number, bool& changed) {
    if (text == last_) {
      number = last_number_;
      return {};
    }
    if (const auto known = map_.find(text); known != map_.end()) {
      number = known->second;
    } else {
      schema::Node node(text);
      node.cell = true;
      std::string name;
      if (std::string rule = schema::Scalar<std::string>::read(node, rules, name); !rule.empty()) return rule;
      if (names_.next() > kMostNames) return "is one of more than " + std::to_string(kMostNames) + " different ones";
      if (!names_.add(name, number)) changed = true;
      map_.emplace(std::move(name), number);
    }
    last_ = text;
    last_number_ = number;
    return {};
  }

 private:
  FirstSeen<std::string> names_;
  TextMap map_;
  std::string last_;
  std::uint32_t last_number_ = 0; // of the empty name
};

class CsvParser final : public TraceParser {
 public:
  CsvParser(const Trace& trace, NameLists names, TraceFaults& faults)
      : first_pass_(names.first_pass()), faults_(faults), kind_(trace.kind.empty() ? Job{}.kind : trace.kind),
        numbered_(first_pass_ || names.known().numbered),
        lines_(trace.file, first_pass_ ? LineReader::Digest::sha256 : LineReader::Digest::none),
        users_(names.of(&TraceNames::users)), projects_(names.of(&TraceNames::projects)),
        steps_(names.of(&TraceNames::steps)), kinds_(names.of(&TraceNames::kinds)),
        tokens_(names.of(&TraceNames::tokens)) {}

  bool next(TraceJob& job) override;
  [[nodiscard]] std::int64_t line() const override { return line_; }
  [[nodiscard]] std::int64_t skipped() const override { return 0; }
  [[nodiscard]] std::string sha256() const override { return lines_.sha256(); }
  void finish(TraceInfo& info) override { info.names.numbered = numbered_; }

 private:
  using Read = std::string (CsvParser::*)(std::string_view, TraceJob&);
  struct Column {
    std::string name;
    Read read = nullptr; // null: an unknown one
    schema::Rules rules;
    bool required = false;
  };

  bool read_row();
  bool read_header();
  void drain();
  static Read reader_of(std::string_view column);
  bool read_job(TraceJob& job);

  template <class T> std::string described(std::string_view cell, T& out) const {
    schema::Node node(cell);
    node.cell = true;
    return schema::Scalar<T>::read(node, now_->rules, out);
  }
  std::string duration(std::string_view cell, Tick& ticks) const {
    if (plain_seconds(cell, ticks)) return {};
    schema::Duration value;
    std::string rule = described(cell, value);
    ticks = value.ticks;
    return rule;
  }
  std::string whole(std::string_view cell, std::int64_t& value) const {
    std::int64_t plain = 0;
    if (!plain_whole(cell, plain) || static_cast<double>(plain) < now_->rules.low.value_or(0) ||
        static_cast<double>(plain) > now_->rules.high.value_or(0))
      return described(cell, value);
    value = plain;
    return {};
  }
  std::string kilobytes(std::string_view cell, std::int64_t& kb) const {
    double gb = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), gb);
    if (error != std::errc{} || end != cell.data() + cell.size() || !schema::check_range(gb, now_->rules).empty()) {
      if (std::string rule = described(cell, gb); !rule.empty()) return rule;
    }
    kb = std::llround(gb * 1e6);
    return {};
  }
  std::string text(std::string_view cell, TextNames& names, std::uint32_t& number) {
    bool changed = false;
    std::string rule = names.find(cell, now_->rules, number, changed);
    if (changed) faults_.changed(line_, "its names (" + now_->name + ") are others");
    return rule;
  }

  std::string read_name(std::string_view cell, TraceJob& job);
  std::string read_submit(std::string_view cell, TraceJob& job) { return duration(cell, job.submit); }
  std::string read_run(std::string_view cell, TraceJob& job) { return duration(cell, job.run); }
  std::string read_request(std::string_view cell, TraceJob& job) {
    std::string rule = duration(cell, job.request);
    job.request = std::max<Tick>(job.request, 1);
    return rule;
  }
  std::string read_cores(std::string_view cell, TraceJob& job) { return whole(cell, job.cores); }
  std::string read_ranks(std::string_view cell, TraceJob& job) { return whole(cell, job.ranks); }
  std::string read_priority(std::string_view cell, TraceJob& job) { return whole(cell, job.priority); }
  std::string read_memory(std::string_view cell, TraceJob& job) { return kilobytes(cell, job.memory_kb); }
  std::string read_peak(std::string_view cell, TraceJob& job) { return kilobytes(cell, job.peak_kb); }
  std::string read_scratch(std::string_view cell, TraceJob& job) { return kilobytes(cell, job.scratch_kb); }
  std::string read_tokens(std::string_view cell, TraceJob& job);
  std::string read_user(std::string_view cell, TraceJob& job) { return text(cell, users_, job.user); }
  std::string read_project(std::string_view cell, TraceJob& job) { return text(cell, projects_, job.project); }
  std::string read_step(std::string_view cell, TraceJob& job) { return text(cell, steps_, job.step); }
  std::string read_kind(std::string_view cell, TraceJob& job) { return text(cell, kinds_, job.kind); }
  std::string read_due(std::string_view cell, TraceJob& job) {
    schema::Duration value;
    std::string rule = described(cell, value);
    job.due = value.ticks;
    return rule;
  }
  std::string read_preemptible(std::string_view cell, TraceJob& job) { return described(cell, job.preemptible); }

  bool first_pass_;
  TraceFaults& faults_;
  std::string kind_;
  bool numbered_;
  LineReader lines_;
  TextNames users_, projects_, steps_, kinds_;
  FirstSeen<std::vector<TokenUse>> tokens_;
  TextMap token_lists_, token_texts_; // as they would be written, and as they were
  SeenNumbers seen_;
  std::vector<Column> columns_;
  RowSplitter row_;
  const Column* now_ = nullptr; // the column of the cell that is read
  std::int64_t line_ = 0, rows_ = 0;
  Tick before_ = 0;
  bool header_read_ = false;
};

CsvParser::Read CsvParser::reader_of(std::string_view column) {
  static constexpr struct {
    std::string_view name;
    Read read;
  } kReaders[] = {
      {"name", &CsvParser::read_name},
      {"submit", &CsvParser::read_submit},
      {"run", &CsvParser::read_run},
      {"cores", &CsvParser::read_cores},
      {"ranks", &CsvParser::read_ranks},
      {"memory", &CsvParser::read_memory},
      {"peak_memory", &CsvParser::read_peak},
      {"scratch", &CsvParser::read_scratch},
      {"tokens", &CsvParser::read_tokens},
      {"request", &CsvParser::read_request},
      {"user", &CsvParser::read_user},
      {"project", &CsvParser::read_project},
      {"step", &CsvParser::read_step},
      {"kind", &CsvParser::read_kind},
      {"priority", &CsvParser::read_priority},
      {"due", &CsvParser::read_due},
      {"preemptible", &CsvParser::read_preemptible},
  };
  for (const auto& r : kReaders)
    if (r.name == column) return r.read;
  return nullptr;
}

std::string CsvParser::read_name(std::string_view cell, TraceJob& job) {
  std::int64_t number = 0;
  const bool is_number = plain_whole(cell, number);
  if (is_number && (numbered_ || first_pass_)) {
    job.number = number;
    return !first_pass_ || seen_.add(number) ? std::string() : "is the name of an earlier job";
  }
  if (!is_number) {
    if (numbered_ && !first_pass_) faults_.changed(line_, "its names are others");
    numbered_ = false;
    std::string name;
    const bool plain = std::ranges::all_of(cell, [](char c) { return c >= ' ' && c <= '~'; });
    if (std::string rule = plain ? "" : described(cell, name); !rule.empty()) return rule;
  }
  job.number = rows_;
  return {};
}

std::string CsvParser::read_tokens(std::string_view cell, TraceJob& job) {
  if (const auto known = token_texts_.find(cell); known != token_texts_.end()) {
    job.tokens = known->second;
    return {};
  }
  schema::Node node(cell);
  node.cell = true;
  std::vector<TokenUse> uses;
  std::string written;
  const schema::Node list = schema::detail::cell_list(node);
  for (const schema::Node& item : *list.array()) {
    TokenUse use;
    if (std::string rule = schema::Scalar<TokenUse>::read(item, now_->rules, use); !rule.empty()) return rule;
    if (!schema::Scalar<std::string>::read(use.feature, now_->rules, use.feature).empty())
      return "must be UTF-8 text without a zero character";
    if (std::ranges::any_of(uses, [&](const TokenUse& u) { return u.feature == use.feature; }))
      return "names the feature " + use.feature + " twice";
    written += to_text(use) + ';';
    uses.push_back(std::move(use));
  }
  if (token_texts_.size() >= kMostTokenLists)
    return "is one of more than " + std::to_string(kMostTokenLists) + " different ones";
  const auto [known, is_new] = token_lists_.try_emplace(std::move(written), 0);
  if (is_new && !tokens_.add(uses, known->second)) faults_.changed(line_, "its tokens are others");
  token_texts_.emplace(cell, known->second);
  job.tokens = known->second;
  return {};
}

// The next row that is not empty, quotes and all; false at the end.
bool CsvParser::read_row() {
  std::string_view line;
  while (true) {
    const auto found = lines_.next(line);
    if (found == LineReader::Found::end) return false;
    line_ = lines_.number();
    std::string rule;
    if (found == LineReader::Found::too_long) {
      rule = "is longer than " + std::to_string(LineReader::kLongest) + " bytes";
    } else {
      bool whole = row_.start(line);
      while (!whole && row_.size() <= LineReader::kLongest && lines_.next(line) == LineReader::Found::line)
        whole = row_.add(line);
      rule = whole ? row_.fault : "a closing quote is missing";
    }
    if (!rule.empty())
      faults_.add(line_, "", "", std::move(rule));
    else if (!row_.empty_row())
      return true;
  }
}

// To the end, for the digest of the file: nothing in it can be understood.
void CsvParser::drain() {
  std::string_view line;
  while (lines_.next(line) != LineReader::Found::end) {
  }
}

bool CsvParser::read_header() {
  header_read_ = true;
  const std::int64_t before = faults_.count();
  const bool found = read_row();
  if (faults_.count() > before) return false; // what came first was no row: the header is not known
  if (!found) {
    faults_.add(1, "", "", "is empty: the first line names the columns");
    return false;
  }
  std::vector<std::string_view> known;
  for (const auto& field : schema::describe<Job>())
    if (reader_of(field.name) != nullptr) known.push_back(field.name);
  for (const std::string_view cell : row_.cells) {
    Column column{std::string(cell), reader_of(cell), {}, false};
    const auto* field = schema::type_info<Job>().find(cell);
    if (field != nullptr) column.rules = field->rules;
    column.required = cell == "name" || cell == "submit" || cell == "run";
    if (column.read == nullptr)
      faults_.add(line_, "", cell,
                  cell.empty()       ? "a column has no name"
                  : field != nullptr ? "is no column of a table: all its jobs come from trace.site and read no dataset"
                                     : "unknown column" + schema::did_you_mean(cell, known));
    else if (std::ranges::any_of(columns_, [&](const Column& c) { return c.name == cell; }))
      faults_.add(line_, "", cell, "a column is named twice");
    columns_.push_back(std::move(column));
  }
  for (const char* const needed : {"name", "submit", "run"}) {
    if (std::ranges::any_of(columns_, [&](const Column& c) { return c.name == needed; })) continue;
    faults_.add(line_, "", "", std::string("the column '") + needed + "' is missing");
    columns_.clear();
    return false;
  }
  return true;
}

bool CsvParser::read_job(TraceJob& job) {
  job = TraceJob{};
  ++rows_;
  if (row_.cells.size() != columns_.size()) {
    faults_.add(line_, "", "",
                "has " + std::to_string(row_.cells.size()) + " cells, the header has " +
                    std::to_string(columns_.size()));
    return false;
  }
  const std::int64_t before = faults_.count();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    now_ = &columns_[i];
    const std::string_view cell = row_.cells[i];
    if (cell.empty()) {
      if (now_->required) faults_.add(line_, now_->name, "", "is missing");
      continue;
    }
    if (now_->read == nullptr) continue;
    if (std::string rule = (this->*now_->read)(cell, job); !rule.empty())
      faults_.add(line_, now_->name, cell, std::move(rule));
  }
  if (faults_.count() > before) return false;
  if (std::string rule = submit_rule(job.submit, before_); !rule.empty()) {
    faults_.add(line_, "submit", "", std::move(rule));
    return false;
  }
  before_ = job.submit;
  job.run = std::max<Tick>(job.run, 1);
  if (job.request == 0) job.request = job.run;
  if (job.memory_kb == 0) job.memory_kb = job.peak_kb;
  if (job.peak_kb == 0) job.peak_kb = job.memory_kb;
  if (job.kind != 0) return true;
  bool changed = false;
  if (const std::string rule = kinds_.find(kind_, {}, job.kind, changed); !rule.empty())
    faults_.add(line_, "kind", kind_, rule);
  if (changed) faults_.changed(line_, "its kinds of jobs are others");
  return job.kind != 0;
}

bool CsvParser::next(TraceJob& job) {
  if (!header_read_ && !read_header()) drain();
  if (columns_.empty()) return false;
  while (read_row()) {
    if (read_job(job)) return true;
  }
  return false;
}

} // namespace

std::unique_ptr<TraceParser> make_csv_parser(const Trace& trace, NameLists names, TraceFaults& faults) {
  return std::make_unique<CsvParser>(trace, names, faults);
}

} // namespace centresim::design::detail
