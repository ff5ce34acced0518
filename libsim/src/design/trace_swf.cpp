// Standard Workload Format, version 2 (Parallel Workloads Archive; Chapin et al., JSSPP 1999).
#include "trace_parser.hpp"

#include "centresim/schema/node.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

namespace centresim::design::detail {

namespace {

constexpr std::size_t kFields = 18;
// Positions of the fields that matter, from 0.
enum : std::size_t {
  job_number = 0,
  submit_time = 1,
  run_time = 3,
  allocated = 4,
  used_memory = 6,
  processors = 7,
  requested_time = 8,
  requested_memory = 9,
  user = 11,
  group = 12,
  executable = 13,
  queue = 14,
};
constexpr std::array<const char*, kFields> kNames = {"job number",
                                                     "submit time",
                                                     "wait time",
                                                     "run time",
                                                     "allocated processors",
                                                     "average CPU time",
                                                     "used memory",
                                                     "requested processors",
                                                     "requested time",
                                                     "requested memory",
                                                     "status",
                                                     "user",
                                                     "group",
                                                     "executable",
                                                     "queue",
                                                     "partition",
                                                     "preceding job",
                                                     "think time"};

// Numbers in thousandths: seconds become ticks. What is larger than any limit stays that large.
constexpr std::int64_t kHuge = std::int64_t{4'000'000'000'000'000'000};
struct Numbers {
  std::array<std::int64_t, kFields> thousandths; // NOLINT: filled before use
  std::array<const char*, kFields + 1> at;       // NOLINT: where the fields begin
  std::uint32_t broken = 0;                      // bits: not whole
  std::uint32_t tiny = 0;                        // bits: above 0, but rounded to 0
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

// What the fast path does not know: signs, exponents, many digits. Null if it is no number.
const char* parse_rare(const char* p, const char* end, std::int64_t& thousandths, bool& broken, bool& tiny) {
  const char* stop = p;
  while (stop < end && !is_blank(*stop)) ++stop;
  const char* first = p < stop && *p == '+' && p + 1 < stop && p[1] != '-' ? p + 1 : p;
  double value = 0;
  const auto [last, error] = std::from_chars(first, stop, value);
  if (error != std::errc{} || last != stop || !std::isfinite(value)) return nullptr;
  const double scaled = std::round(value * 1000);
  thousandths = std::abs(scaled) < 4e18 ? static_cast<std::int64_t>(scaled) : scaled > 0 ? kHuge : -kHuge;
  broken = value != std::floor(value);
  tiny = value > 0 && thousandths == 0;
  return stop;
}

// Up to eight digits at once. Their number, or 8 if there may be more. Eight bytes can be read behind every line.
inline std::size_t parse_digits(const char* p, std::uint64_t& value) {
  if constexpr (std::endian::native == std::endian::little) {
    std::uint64_t text = 0;
    std::memcpy(&text, p, 8);
    const std::uint64_t others = ((text + 0x4646464646464646U) | (text - 0x3030303030303030U)) & 0x8080808080808080U;
    if (others == 0) return 8;
    const auto count = static_cast<std::size_t>(std::countr_zero(others)) / 8;
    if (count == 0) return 0;
    text <<= 64 - 8 * count; // as if zeros stood in front
    text = (text & 0x0F0F0F0F0F0F0F0FU) * 2561 >> 8;
    text = (text & 0x00FF00FF00FF00FFU) * 6553601 >> 16;
    value = (text & 0x0000FFFF0000FFFFU) * 42949672960001 >> 32;
    return count;
  } else {
    std::size_t count = 0;
    for (value = 0; count < 8 && is_digit(p[count]); ++count)
      value = value * 10 + static_cast<std::uint64_t>(p[count] - '0');
    return count;
  }
}

// Reads the number at `p`; returns its end, or null if it is none.
const char* parse_decimal(const char* p, const char* end, std::int64_t& thousandths, bool& broken, bool& tiny) {
  const char* const start = p;
  const bool negative = p < end && *p == '-';
  p += negative ? 1 : 0;
  const char* const digits = p;
  std::uint64_t value = 0;
  while (p < end && is_digit(*p)) value = value * 10 + static_cast<std::uint64_t>(*p++ - '0');
  const auto count = p - digits;
  if (count == 0 || count > 15) return parse_rare(start, end, thousandths, broken, tiny);
  value *= 1000;
  if (p < end && *p == '.') {
    std::uint64_t unit = 100;
    bool nonzero = false;
    const char* const point = p++;
    for (; p < end && is_digit(*p); ++p) {
      const auto digit = static_cast<std::uint64_t>(*p - '0');
      nonzero = nonzero || digit != 0;
      value += digit * unit;
      if (p - point == 4 && digit >= 5) ++value; // half a tick and more
      unit /= 10;
    }
    broken = nonzero;
    tiny = nonzero && value == 0 && !negative;
  }
  if (p < end && !is_blank(*p)) return parse_rare(start, end, thousandths, broken, tiny);
  thousandths = negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
  return p;
}

class SwfParser final : public TraceParser {
 public:
  SwfParser(const Trace& trace, NameLists names, TraceFaults& faults)
      : gang_(trace.gang), one_kind_(!trace.kind.empty()), first_pass_(names.first_pass()), faults_(faults),
        lines_(trace.file, first_pass_ ? LineReader::Digest::sha256 : LineReader::Digest::none),
        users_("user ", names.of(&TraceNames::users)), groups_("group ", names.of(&TraceNames::projects)),
        executables_("executable ", names.of(&TraceNames::steps)), kinds_(names.of(&TraceNames::kinds)),
        queues_("queue ", names.of(&TraceNames::kinds)) {
    std::uint32_t number = 0;
    if (one_kind_ && !kinds_.add(trace.kind, number)) faults_.changed(0, "it names other kinds of jobs");
  }

  bool next(TraceJob& job) override;
  [[nodiscard]] std::int64_t line() const override { return lines_.number(); }
  [[nodiscard]] std::int64_t skipped() const override { return skipped_; }
  [[nodiscard]] std::string sha256() const override { return lines_.sha256(); }
  void finish(TraceInfo& info) override {
    info.processors = processors_ > 0 ? processors_ : nodes_;
    info.unix_start = unix_start_;
  }

 private:
  void header(std::string_view line);
  void fault(std::size_t field, const Numbers& n, std::string rule);
  bool split(std::string_view line, Numbers& n);
  bool split_rare(const char*& p, const char* end, std::size_t field, Numbers& n);
  bool read(const Numbers& n, TraceJob& job);
  bool read_processors(const Numbers& n, TraceJob& job, std::int64_t& count);
  bool read_memory(const Numbers& n, TraceJob& job, std::int64_t count);
  bool whole(std::size_t field, const Numbers& n);
  bool name(std::size_t field, const Numbers& n, NumberedNames& names, std::uint32_t& number);

  bool gang_, one_kind_, first_pass_;
  TraceFaults& faults_;
  LineReader lines_;
  NumberedNames users_, groups_, executables_;
  FirstSeen<std::string> kinds_; // one_kind_: the only one, number 1
  NumberedNames queues_;
  SeenNumbers seen_;
  Tick before_ = 0;
  std::int64_t skipped_ = 0;
  std::int64_t processors_ = 0, nodes_ = 0, unix_start_ = 0;
};

// "; MaxProcs: 240"
void SwfParser::header(std::string_view line) {
  const auto value_of = [line](std::string_view label, std::int64_t& value) {
    const std::size_t at = line.find(label);
    if (at == std::string_view::npos) return;
    std::string_view rest = line.substr(at + label.size());
    while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (error == std::errc{} && number > 0) value = number;
  };
  value_of("MaxProcs:", processors_);
  value_of("MaxNodes:", nodes_);
  value_of("UnixStartTime:", unix_start_);
}

void SwfParser::fault(std::size_t field, const Numbers& n, std::string rule) {
  std::string_view text(n.at[field], static_cast<std::size_t>(n.at[field + 1] - n.at[field]));
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  faults_.add(lines_.number(), "field " + std::to_string(field + 1) + " (" + kNames[field] + ")", text,
              std::move(rule));
}

// Reads all the fields as numbers; true if there are 18 of them.
bool SwfParser::split(std::string_view line, Numbers& n) {
  const char* p = line.data();
  const char* const end = p + line.size();
  std::size_t field = 0;
  for (;; ++field) {
    while (p < end && is_blank(*p)) ++p;
    if (p == end || field == kFields) break;
    n.at[field] = p;
    const bool negative = *p == '-';
    std::uint64_t value = 0;
    const std::size_t digits = parse_digits(p + (negative ? 1 : 0), value);
    const char* const stop = p + (negative ? 1 : 0) + digits;
    if (digits > 0 && digits < 8 && (stop == end || is_blank(*stop))) { // nearly always
      const auto thousandths = static_cast<std::int64_t>(value * 1000);
      n.thousandths[field] = negative ? -thousandths : thousandths;
      p = stop;
    } else if (!split_rare(p, end, field, n)) {
      return false;
    }
  }
  if (field == kFields && p == end) {
    n.at[kFields] = end;
    return true;
  }
  while (p < end) {
    while (p < end && !is_blank(*p)) ++p;
    while (p < end && is_blank(*p)) ++p;
    ++field;
  }
  faults_.add(lines_.number(), "", "", "has " + std::to_string(field) + " fields; a job of SWF has 18");
  return false;
}

bool SwfParser::split_rare(const char*& p, const char* end, std::size_t field, Numbers& n) {
  bool broken = false, tiny = false;
  const char* const stop = parse_decimal(p, end, n.thousandths[field], broken, tiny);
  if (stop == nullptr) {
    while (p < end && !is_blank(*p)) ++p;
    n.at[field + 1] = p;
    fault(field, n, "must be a number");
    return false;
  }
  if (broken) n.broken |= 1U << field;
  if (tiny) n.tiny |= 1U << field;
  p = stop;
  return true;
}

inline bool SwfParser::whole(std::size_t field, const Numbers& n) {
  if (n.broken == 0 || (n.broken >> field & 1) == 0) return true;
  fault(field, n, "must be a whole number");
  return false;
}

bool SwfParser::read_processors(const Numbers& n, TraceJob& job, std::int64_t& count) {
  const std::size_t field = n.thousandths[processors] > 0 ? processors : allocated;
  if (!whole(field, n)) return false;
  count = n.thousandths[field] / 1000;
  if (count <= 0) {
    fault(processors, n, "the processors, requested (field 8) and allocated (field 5), are unknown");
    return false;
  }
  const std::int64_t most = gang_ ? kMostRanks : kMostCores;
  if (count > most) {
    fault(field, n, "must be at most " + std::to_string(most));
    return false;
  }
  job.cores = gang_ ? 1 : count;
  job.ranks = gang_ ? count : 1;
  return true;
}

// kB per processor, of which only one of the two may be known.
bool SwfParser::read_memory(const Numbers& n, TraceJob& job, std::int64_t count) {
  const auto kb = [&](std::size_t field, std::int64_t& out) {
    const std::int64_t each = n.thousandths[field];
    const std::int64_t times = gang_ ? 1 : count;
    out = each > 0 ? (each / 1000) * times + (each % 1000 * times + 500) / 1000 : 0;
    if (each <= 0 || each / 1000 <= kMostKb / times) return true;
    fault(field, n, "must be at most 1e15 kB in all");
    return false;
  };
  if (!kb(requested_memory, job.memory_kb) || !kb(used_memory, job.peak_kb)) return false;
  if (job.memory_kb == 0) job.memory_kb = job.peak_kb;
  if (job.peak_kb == 0) job.peak_kb = job.memory_kb;
  return true;
}

inline bool SwfParser::name(std::size_t field, const Numbers& n, NumberedNames& names, std::uint32_t& number) {
  number = 0;
  if (!whole(field, n)) return false;
  const std::int64_t id = n.thousandths[field] / 1000;
  if (id < 0) return true; // unknown
  switch (names.find(id, number)) {
  case NumberedNames::Outcome::ok:
    return true;
  case NumberedNames::Outcome::changed:
    faults_.changed(lines_.number(), std::string("it names others (") + kNames[field] + ")");
  case NumberedNames::Outcome::too_many:
    break;
  }
  fault(field, n, "is one of more than " + std::to_string(kMostNames) + " different ones");
  return false;
}

// A job that ran; false with a fault.
bool SwfParser::read(const Numbers& n, TraceJob& job) {
  job = TraceJob{};
  if (!whole(job_number, n)) return false;
  job.number = n.thousandths[job_number] / 1000;
  if (job.number < 0 || n.thousandths[job_number] >= kHuge) {
    fault(job_number, n, "must be a whole number, 0 or more");
    return false;
  }
  job.submit = n.thousandths[submit_time];
  if (job.submit < before_ || job.submit > core::kMaxTick) {
    fault(submit_time, n, submit_rule(job.submit, before_));
    return false;
  }
  before_ = job.submit;
  job.run = std::max<Tick>(n.thousandths[run_time], 1);
  const bool asked = n.thousandths[requested_time] > 0 || (n.tiny >> requested_time & 1) != 0;
  job.request = asked ? std::max<Tick>(n.thousandths[requested_time], 1) : job.run;
  for (const std::size_t field : {run_time, requested_time}) {
    if (n.thousandths[field] <= core::kMaxTick) continue;
    fault(field, n, "must be less than 139 years");
    return false;
  }
  std::int64_t count = 0;
  if (!read_processors(n, job, count) || !read_memory(n, job, count)) return false;
  if (!name(user, n, users_, job.user) || !name(group, n, groups_, job.project) ||
      !name(executable, n, executables_, job.step))
    return false;
  job.kind = 1;
  if (!one_kind_ && !name(queue, n, queues_, job.kind)) return false;
  if (!first_pass_ || seen_.add(job.number)) return true;
  fault(job_number, n, "is the number of an earlier job");
  return false;
}

bool SwfParser::next(TraceJob& job) {
  std::string_view line;
  while (true) {
    switch (lines_.next(line)) {
    case LineReader::Found::end:
      return false;
    case LineReader::Found::too_long:
      faults_.add(lines_.number(), "", "", "is longer than " + std::to_string(LineReader::kLongest) + " bytes");
      continue;
    case LineReader::Found::line:
      break;
    }
    std::size_t first = 0;
    while (first < line.size() && is_blank(line[first])) ++first;
    if (first == line.size()) continue;
    if (line[first] == ';') {
      if (first_pass_) header(line);
      continue;
    }
    Numbers n;
    if (!split(line, n)) continue;
    if (n.thousandths[run_time] <= 0 && (n.tiny >> run_time & 1) == 0) {
      ++skipped_;
      continue;
    }
    if (read(n, job)) return true;
  }
}

} // namespace

std::unique_ptr<TraceParser> make_swf_parser(const Trace& trace, NameLists names, TraceFaults& faults) {
  return std::make_unique<SwfParser>(trace, names, faults);
}

} // namespace centresim::design::detail
