// LSF: JOB_FINISH records of lsb.acct, laid out as in the LSF 10.1 reference (lsb.acct(5)) with what real records show
// to differ: the run limit stands before options3, host names of the usage by host have no quotes, and a 0 for "no
// asked hosts" may be glued to the number of execution hosts.
#include "job_accounting_lsf.hpp"

#include "centresim/design/trace_lines.hpp"
#include "centresim/schema/suggest.hpp"
#include "job_accounting_table.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace centresim::io {

namespace {

using namespace detail::lsf;
using design::LineReader;
using detail::AccountedJob;

constexpr std::size_t kLongestRecord = std::size_t{4} << 20; // of thousands of hosts

struct Field {
  char type; // 's' a text in quotes, 'd' a whole number, 'f' a number
  const char* name;
};
constexpr Field kBeforeHosts[] = {{'s', "version"},  {'d', "event time"},    {'d', "jobId"},      {'d', "userId"},
                                  {'d', "options"},  {'d', "numProcessors"}, {'d', "submitTime"}, {'d', "beginTime"},
                                  {'d', "termTime"}, {'d', "startTime"},     {'s', "userName"},   {'s', "queue"},
                                  {'s', "resReq"},   {'s', "dependCond"},    {'s', "preExecCmd"}, {'s', "fromHost"},
                                  {'s', "cwd"},      {'s', "inFile"},        {'s', "outFile"},    {'s', "errFile"},
                                  {'s', "jobFile"}};
enum : std::size_t { event_time = 1, id = 2, submit = 6, start = 9, user = 10, queue = 11, resreq = 12 };
constexpr Field kBehindHosts[] = {
    {'d', "jStatus"},    {'f', "hostFactor"},       {'s', "jobName"},    {'s', "command"},   {'f', "ru_utime"},
    {'f', "ru_stime"},   {'f', "ru_maxrss"},        {'f', "ru_ixrss"},   {'f', "ru_ismrss"}, {'f', "ru_idrss"},
    {'f', "ru_isrss"},   {'f', "ru_minflt"},        {'f', "ru_majflt"},  {'f', "ru_nswap"},  {'f', "ru_inblock"},
    {'f', "ru_oublock"}, {'f', "ru_ioch"},          {'f', "ru_msgsnd"},  {'f', "ru_msgrcv"}, {'f', "ru_nsignals"},
    {'f', "ru_nvcsw"},   {'f', "ru_nivcsw"},        {'f', "ru_exutime"}, {'s', "mailUser"},  {'s', "projectName"},
    {'d', "exitStatus"}, {'d', "maxNumProcessors"}, {'s', "loginShell"}, {'s', "timeEvent"}, {'d', "idx"},
    {'d', "maxRMem"},    {'d', "maxRSwap"}};
enum : std::size_t { job_name = 2, command = 3, project = 24, index = 29, max_memory = 30 };
// Of later versions, up to the number of pairs of the submission extension.
constexpr Field kLater[] = {
    {'s', "inFileSpool"},       {'s', "commandSpool"},      {'s', "rsvId"},          {'s', "sla"},
    {'d', "exceptMask"},        {'s', "additionalInfo"},    {'d', "exitInfo"},       {'s', "warningAction"},
    {'d', "warningTimePeriod"}, {'s', "chargedSAAP"},       {'s', "licenseProject"}, {'s', "app"},
    {'s', "postExecCmd"},       {'d', "runtimeEstimation"}, {'s', "jobGroupName"},   {'s', "requeueEvalues"},
    {'d', "options2"},          {'s', "resizeNotifyCmd"},   {'d', "lastResizeTime"}, {'s', "rsvId"},
    {'s', "jobDescription"},    {'d', "submitEXT"}};
constexpr Field kBehindRequirement[] = {
    {'s', "srcCluster"}, {'d', "srcJobId"},      {'s', "dstCluster"},         {'d', "dstJobId"}, {'d', "forwardTime"},
    {'s', "flow_id"},    {'d', "acJobWaitTime"}, {'d', "totalProvisionTime"}, {'s', "outdir"},   {'d', "runTime"}};
constexpr std::string_view kOtherRecords[] = {"EVENT_ADRSV_FINISH", "JOB_RESIZE", "JOB_SWITCH", "JOB_MOVE"};

bool whole(std::string_view text, std::int64_t& value) {
  const bool negative = text.starts_with('-');
  if (!detail::parse_count(text.substr(negative ? 1 : 0), value)) return false;
  if (negative) value = -value;
  return true;
}

bool fits(const Token& token, char type) {
  std::int64_t number = 0;
  double real = 0;
  if (type == 's') return token.quoted;
  return !token.quoted && (whole(token.text, number) || (type == 'f' && detail::parse_decimal(token.text, real)));
}

class LsfReader {
 public:
  explicit LsfReader(const std::string& path) : table_(path), lines_(path, LineReader::Digest::none, kLongestRecord) {}

  Accounting convert(const std::filesystem::path& csv, const core::StopQuestion& stop) {
    std::string_view line;
    while (true) {
      const auto found = lines_.next(line);
      if (found == LineReader::Found::end) break;
      if (found == LineReader::Found::too_long)
        table_.fault(lines_.number(), "", "", "is longer than " + std::to_string(kLongestRecord) + " bytes");
      else if (const auto first = line.find_first_not_of(" \t"); first != std::string_view::npos && line[first] != '#')
        record(line);
    }
    return table_.write(csv, stop);
  }

 private:
  void record(std::string_view line);
  void job();
  [[nodiscard]] bool take(std::span<const Field> fields, std::size_t& first);
  [[nodiscard]] bool take_hosts();
  [[nodiscard]] bool take_count(const char* name, std::int64_t& count);
  [[nodiscard]] bool hosts_follow(std::int64_t count) const;
  [[nodiscard]] bool skip(std::span<const Field> fields);
  void take_later();
  void read_requirement(AccountedJob& job);
  void fault(const char* name, std::string_view value, std::string rule) {
    table_.fault(lines_.number(), "field " + std::to_string(at_ + 1) + " (" + name + ")", value, std::move(rule));
  }
  [[nodiscard]] std::int64_t number(std::size_t at) const {
    std::int64_t value = 0;
    (void)whole(tokens_.list()[at].text, value);
    return value;
  }
  [[nodiscard]] std::string_view text(std::size_t at) const { return tokens_.list()[at].text; }

  detail::AccountingTable table_;
  LineReader lines_;
  Tokens tokens_;
  std::size_t at_ = 0; // the next token
  std::vector<std::string_view> hosts_;
  std::int64_t slots_ = 0, nodes_ = 0;
  // Of the later part, where it is there.
  std::int64_t run_limit_ = 0, run_time_ = 0;
  std::string_view requirement_;
};

// Passes over fields of the right types; `first` is where they begin.
bool LsfReader::take(std::span<const Field> fields, std::size_t& first) {
  first = at_;
  for (const Field& field : fields) {
    if (at_ >= tokens_.list().size()) {
      fault(field.name, "", "is missing: the record ends early");
      return false;
    }
    const Token& token = tokens_.list()[at_];
    if (!fits(token, field.type)) {
      fault(field.name, token.text,
            field.type == 's'   ? "must be a text in quotes"
            : field.type == 'd' ? "must be a whole number"
                                : "must be a number");
      return false;
    }
    ++at_;
  }
  return true;
}

// The same where nobody minds.
bool LsfReader::skip(std::span<const Field> fields) {
  for (const Field& field : fields) {
    if (at_ >= tokens_.list().size() || !fits(tokens_.list()[at_], field.type)) return false;
    ++at_;
  }
  return true;
}

bool LsfReader::take_count(const char* name, std::int64_t& count) {
  std::size_t first = 0;
  const Field field{'d', name};
  if (!take({&field, 1}, first)) return false;
  count = number(first);
  if (count >= 0) return true;
  --at_;
  fault(name, text(first), "must not be negative");
  return false;
}

// Names of hosts are in quotes, the numbers around them are not.
bool LsfReader::hosts_follow(std::int64_t count) const {
  const auto& list = tokens_.list();
  if (count > static_cast<std::int64_t>(list.size() - at_)) return false;
  for (std::size_t i = at_; i < at_ + static_cast<std::size_t>(count); ++i)
    if (!list[i].quoted) return false;
  return true;
}

bool LsfReader::take_hosts() {
  std::int64_t asked = 0, used = 0;
  const bool glued = at_ < tokens_.list().size() && text(at_).size() > 1 && text(at_).front() == '0'; // "02"
  if (!take_count("numAskedHosts", asked)) return false;
  if (glued) {
    used = asked;
  } else {
    if (!hosts_follow(asked)) {
      fault("askedHosts", "", "must be the names of " + std::to_string(asked) + " hosts");
      return false;
    }
    at_ += static_cast<std::size_t>(asked);
    if (!take_count("numExHosts", used)) return false;
  }
  if (!hosts_follow(used)) {
    fault("execHosts", "", "must be the names of " + std::to_string(used) + " hosts");
    return false;
  }
  slots_ = 0;
  hosts_.clear();
  for (const std::size_t end = at_ + static_cast<std::size_t>(used); at_ < end; ++at_) {
    std::string_view host = text(at_);
    std::int64_t times = 1; // "16*host1": 16 slots there
    if (const std::size_t star = host.find('*');
        star != std::string_view::npos && detail::parse_count(host.substr(0, star), times)) {
      host.remove_prefix(star + 1);
      if (times > 10'000'000) {
        fault("execHosts", text(at_), "must be at most 10000000 slots");
        return false;
      }
    }
    slots_ += times;
    hosts_.push_back(host);
  }
  std::ranges::sort(hosts_);
  nodes_ = static_cast<std::int64_t>(std::unique(hosts_.begin(), hosts_.end()) - hosts_.begin());
  return true;
}

// Run limit, effective requirement and run time, which old versions do not have.
void LsfReader::take_later() {
  run_limit_ = run_time_ = 0;
  requirement_ = {};
  if (!skip(kLater)) return;
  const std::int64_t pairs = number(at_ - 1);
  if (pairs < 0 || pairs > static_cast<std::int64_t>(tokens_.list().size())) return;
  for (std::int64_t i = 0; i < pairs; ++i) {
    static constexpr Field kPair[] = {{'d', "key"}, {'s', "value"}};
    if (!skip(kPair)) return;
  }
  // Usage by host: a number of hosts, and per host a name and four or five numbers, all without quotes; then the run
  // limit, options3 and the mean memory; then the effective requirement in quotes.
  const std::size_t first = at_;
  while (at_ < tokens_.list().size() && !tokens_.list()[at_].quoted) ++at_;
  if (at_ == tokens_.list().size() || at_ - first < 4 || !fits(tokens_.list()[at_ - 3], 'd')) return;
  run_limit_ = number(at_ - 3);
  requirement_ = text(at_++);
  if (skip(kBehindRequirement)) run_time_ = number(at_ - 1);
}

// Memory and licence tokens.
void LsfReader::read_requirement(AccountedJob& job) {
  const Reserved reserved = parse_rusage(requirement_);
  const double ranks = job.ranks, hosts = static_cast<double>(std::max<std::int64_t>(nodes_, 1));
  const double slots = static_cast<double>(slots_);
  const double times = reserved.memory_per == Reserved::Per::job    ? 1
                       : reserved.memory_per == Reserved::Per::task ? slots
                                                                    : hosts;
  job.memory_kib = reserved.memory_kib * times / ranks;
  detail::TokenList list;
  for (const auto& [feature, count] : reserved.others) // what is no name or no number of tokens is no licence
    if (count <= detail::TokenList::kMost) (void)list.add(feature, static_cast<std::int64_t>(std::ceil(count)));
  (void)table_.name(list.text(), job.tokens, lines_.number(), "resReq");
}

void LsfReader::job() {
  std::size_t before = 0, behind = 0;
  if (!take(kBeforeHosts, before) || !take_hosts() || !take(kBehindHosts, behind)) return;
  take_later();
  AccountedJob job;
  job.id = number(before + id);
  job.submit = number(before + submit);
  if (job.id < 0) return table_.fault(lines_.number(), "jobId", text(before + id), "must not be negative");
  const std::int64_t started = number(before + start), ended = number(before + event_time);
  job.run = run_time_ > 0 ? run_time_ : ended - started;
  if (started <= 0 || job.run <= 0) {
    ++table_.told.never_started;
    return;
  }
  job.request = std::max<std::int64_t>(run_limit_, 0);
  if (const std::int64_t part = number(behind + index); part > 0) {
    job.part = part;
    job.part_mark = '[';
  }
  if (slots_ == 0) slots_ = 1;
  if (!table_.shape(job, slots_, nodes_, lines_.number())) return;
  if (requirement_.find("rusage[") == std::string_view::npos) requirement_ = text(before + resreq);
  read_requirement(job);
  job.peak_kib = static_cast<double>(std::max<std::int64_t>(number(behind + max_memory), 0)) / job.ranks;
  std::string_view step = text(behind + job_name);
  step = step.substr(0, step.find('[')); // of an array: its parts
  if (step.empty()) step = command_name(text(behind + command));
  const auto name = [this](std::string_view text, std::uint32_t& number, const char* field) {
    return table_.name(text, number, lines_.number(), field);
  };
  if (!name(text(before + user), job.user, "userName") || !name(text(before + queue), job.kind, "queue") ||
      !name(text(behind + project), job.project, "projectName") || !name(step, job.step, "jobName") ||
      !table_.within_limits(job, lines_.number()))
    return;
  job.line = lines_.number();
  table_.jobs.push_back(job);
}

void LsfReader::record(std::string_view line) {
  if (std::string rule = tokens_.split(line); !rule.empty())
    return table_.fault(lines_.number(), "", "", std::move(rule));
  const Token& type = tokens_.list().front();
  at_ = 1;
  if (type.quoted && type.text == "JOB_FINISH") return job();
  if (type.quoted && std::ranges::find(kOtherRecords, type.text) != std::end(kOtherRecords)) {
    ++table_.told.other;
    return;
  }
  table_.fault(lines_.number(), "field 1 (event type)", type.text, "must be \"JOB_FINISH\"");
}

} // namespace

Accounting convert_lsf(const std::filesystem::path& records, const std::filesystem::path& csv,
                       const core::StopQuestion& stop) {
  return LsfReader(records.string()).convert(csv, stop);
}

} // namespace centresim::io
