#include "job_accounting_table.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/text.hpp"
#include "centresim/core/time.hpp"
#include "centresim/design/token_use.hpp"
#include "centresim/io/atomic_file.hpp"
#include "text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <tuple>

namespace centresim::io::detail {

namespace {

constexpr std::int64_t kTold = 100;             // faults
constexpr std::int64_t kMostCores = 10'000'000; // of a rank
constexpr std::int64_t kMostRanks = 100'000;    // of a job
constexpr std::int64_t kMostPriority = 1'000'000;
constexpr double kKibPerGb = 1024.0 * 1024.0;
constexpr double kMostKib = 1e9 * kKibPerGb;
constexpr std::int64_t kLongest = core::kMaxTick / core::kTicksPerSecond; // s

auto order_of(const AccountedJob& job) { return std::tie(job.submit, job.id, job.part, job.part_mark, job.line); }

} // namespace

std::uint32_t TextPool::number_of(std::string_view text) {
  if (const auto known = map_.find(text); known != map_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(texts_.size());
  texts_.push_back(&map_.emplace(text, number).first->first);
  return number;
}

void AccountingTable::fault(std::int64_t line, std::string_view column, std::string_view value, std::string rule) {
  last_line_ = line;
  if (faults_++ >= kTold) return;
  const std::string shown = schema::shortened(core::printable(value.substr(0, 200)));
  errors_.add_issue({file_, static_cast<int>(std::min<std::int64_t>(line, std::numeric_limits<int>::max())),
                     std::string(column), shown.empty() ? shown : '"' + shown + '"', std::move(rule)});
}

bool AccountingTable::shape(AccountedJob& job, std::int64_t slots, std::int64_t nodes, std::int64_t line) {
  nodes = std::max<std::int64_t>(nodes, 1);
  const bool even = slots % nodes == 0;
  const std::int64_t ranks = even ? nodes : slots, cores = even ? slots / nodes : 1;
  if (slots < 1 || cores > kMostCores || ranks > kMostRanks) {
    fault(line, "", std::to_string(slots), "cores must be from 1 to 10000000 on each of at most 100000 nodes");
    return false;
  }
  job.ranks = static_cast<std::int32_t>(ranks);
  job.cores = static_cast<std::int32_t>(cores);
  return true;
}

bool AccountingTable::within_limits(const AccountedJob& job, std::int64_t line) {
  const std::int64_t before = faults_;
  if (job.submit < 0) fault(line, "", date_text(job.submit), "must not be before 1970");
  if (job.run > kLongest) fault(line, "", std::to_string(job.run) + " s", "run times must be less than 139 years");
  if (job.memory_kib > kMostKib || job.peak_kib > kMostKib) fault(line, "", "", "memory must be at most 1e9 GB");
  return faults_ == before;
}

bool AccountingTable::name(std::string_view text, std::uint32_t& number, std::int64_t line, std::string_view column) {
  if (!core::is_utf8(text) || text.find('\0') != std::string_view::npos) {
    fault(line, column, text, "must be UTF-8 text without a zero character");
    return false;
  }
  number = texts.number_of(text);
  return true;
}

// LSF starts again at 1 some day, and Slurm can list every run of a job that was requeued.
void AccountingTable::number_again() {
  std::unordered_map<std::string, std::int64_t> met;
  std::vector<std::pair<std::int64_t, std::size_t>> by_id;
  by_id.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) by_id.emplace_back(jobs[i].id, i);
  std::ranges::sort(by_id);
  for (std::size_t first = 0; first < by_id.size();) {
    std::size_t end = first + 1;
    while (end < by_id.size() && by_id[end].first == by_id[first].first) ++end;
    if (end - first > 1) { // parts of an array, or the same number again
      met.clear();
      for (std::size_t k = first; k < end; ++k) {
        const AccountedJob& job = jobs[by_id[k].second];
        const std::int64_t times = ++met[job.part_mark + std::to_string(job.part)];
        if (times > 1) again_[by_id[k].second] = times;
      }
    }
    first = end;
  }
}

Accounting AccountingTable::write(const std::filesystem::path& csv, const core::StopQuestion& stop) {
  constexpr std::size_t kJobsBetween = 10'000;
  if (faults_ > kTold)
    errors_.add_issue({file_, static_cast<int>(std::min<std::int64_t>(last_line_, std::numeric_limits<int>::max())), "",
                       "", "and " + std::to_string(faults_ - kTold) + " more faults up to this line"});
  if (jobs.empty() && faults_ == 0) errors_.add_issue({file_, 0, "", "", "holds no job that ran and ended"});
  errors_.throw_if_any();
  std::ranges::sort(jobs, {}, order_of);
  if (jobs.back().submit - jobs.front().submit > kLongest)
    throw core::InputError({{file_, 0, "", "", "its submissions lie more than 139 years apart"}});
  number_again();
  const std::int64_t start = jobs.front().submit;
  told.jobs = static_cast<std::int64_t>(jobs.size());
  told.start = date_text(start);
  std::int64_t most = 0;
  for (const AccountedJob& job : jobs) most = std::max(most, std::abs(job.priority));
  told.priority_divisor = std::max<std::int64_t>(1, (most + kMostPriority - 1) / kMostPriority);

  core::stop_if(stop);
  AtomicFile file(csv);
  std::string out = "name,submit,run,request,cores,ranks,memory,peak_memory,tokens,user,project,step,kind,priority\n";
  const auto cell = [&out](const std::string& text) { (out += ',') += csv_cell(text); };
  const auto memory = [&](double kib) { cell(kib > 0 ? csv_number(kib / kKibPerGb) : std::string()); };
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    if (i % kJobsBetween == 0) core::stop_if(stop);
    const AccountedJob& job = jobs[i];
    out += std::to_string(job.id);
    if (job.part_mark != '\0') (out += job.part_mark) += std::to_string(job.part);
    if (job.part_mark == '[') out += ']';
    if (const auto again = again_.find(i); again != again_.end()) (out += '/') += std::to_string(again->second);
    cell(std::to_string(job.submit - start));
    cell(std::to_string(job.run));
    cell(job.request > 0 && job.request <= kLongest ? std::to_string(job.request) : std::string());
    cell(std::to_string(job.cores));
    cell(std::to_string(job.ranks));
    memory(job.memory_kib);
    memory(job.peak_kib);
    for (const std::uint32_t text : {job.tokens, job.user, job.project, job.step, job.kind}) cell(texts[text]);
    cell(std::to_string(job.priority / told.priority_divisor));
    out += '\n';
    if (out.size() < (std::size_t{1} << 20)) continue;
    file.write(out);
    out.clear();
  }
  file.write(out);
  file.commit();
  return told;
}

bool TokenList::add(std::string_view feature, std::int64_t tokens) {
  while (!feature.empty() && (feature.front() == ' ' || feature.front() == '\t')) feature.remove_prefix(1);
  while (!feature.empty() && (feature.back() == ' ' || feature.back() == '\t')) feature.remove_suffix(1);
  if (feature.empty() || feature.find_first_of(":;") != std::string_view::npos || tokens > kMost) return false;
  if (tokens <= 0) return true;
  const auto known = std::ranges::find(list_, feature, &std::pair<std::string, std::int64_t>::first);
  if (known == list_.end()) {
    list_.emplace_back(feature, tokens);
    return true;
  }
  known->second += tokens;
  return known->second <= kMost;
}

std::string TokenList::text() const {
  std::string text;
  for (const auto& [feature, tokens] : list_)
    (text += text.empty() ? "" : ";") += to_text(design::TokenUse{feature, tokens, 0});
  return text;
}

std::string date_text(std::int64_t seconds) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

bool parse_date(std::string_view text, std::int64_t& seconds) {
  using namespace std::chrono;
  // YYYY-MM-DDThh:mm:ss
  static constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (kForm[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != kForm[i]) return false;
  const auto number = [text](std::size_t at, std::size_t size) {
    int value = 0;
    for (const char c : text.substr(at, size)) value = value * 10 + (c - '0');
    return value;
  };
  const year_month_day date(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                            day(static_cast<unsigned>(number(8, 2))));
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return false;
  seconds = sys_days(date).time_since_epoch().count() * std::int64_t{86400} + hour * 3600 + minute * 60 + second;
  return true;
}

bool parse_count(std::string_view text, std::int64_t& value) {
  if (text.empty() || text.size() > 18) return false;
  std::int64_t sum = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    sum = sum * 10 + (c - '0');
  }
  value = sum;
  return true;
}

bool parse_decimal(std::string_view text, double& value) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return false;
  value = number;
  return true;
}

} // namespace centresim::io::detail
