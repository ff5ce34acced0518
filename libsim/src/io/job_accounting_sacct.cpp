// Slurm: the output of sacct -P. Columns as in its manual (sacct(1), Slurm 15.08 to 24.11).
#include "centresim/design/trace_lines.hpp"
#include "centresim/schema/suggest.hpp"
#include "job_accounting_slurm.hpp"
#include "job_accounting_table.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace centresim::io {

namespace {

using design::LineReader;
using namespace detail::slurm;
using detail::AccountedJob;

bool unknown_time(std::string_view text) { return text.empty() || text == "Unknown" || text == "None"; }
bool no_limit(std::string_view text) {
  return text.empty() || text == "UNLIMITED" || text == "Partition_Limit" || text == "INVALID";
}

class SacctReader {
 public:
  explicit SacctReader(const std::string& path) : table_(path), lines_(path) {}

  Accounting convert(const std::filesystem::path& csv, const core::StopQuestion& stop) {
    if (header())
      while (row()) record();
    return table_.write(csv, stop);
  }

 private:
  bool header();
  bool row();
  void record();
  void step(std::string_view id);
  [[nodiscard]] bool has(Column c) const { return where_[c] >= 0; }
  // The cell, empty where there is no such column.
  [[nodiscard]] std::string_view cell(Column c) const {
    return has(c) ? cells_[static_cast<std::size_t>(where_[c])] : std::string_view();
  }
  void fault(Column c, std::string rule) { table_.fault(lines_.number(), kColumns[c], cell(c), std::move(rule)); }

  bool read_id(AccountedJob& job);
  bool read_times(AccountedJob& job, bool& ran);
  bool read_date(Column c, std::int64_t& seconds);
  bool read_limit(AccountedJob& job);
  bool read_shape(AccountedJob& job);
  bool read_memory(AccountedJob& job);
  bool read_tokens(AccountedJob& job);
  bool read_names(AccountedJob& job);
  std::optional<Ending> read_state();

  detail::AccountingTable table_;
  LineReader lines_;
  std::array<int, columns> where_{};
  std::vector<std::string_view> cells_;
  std::size_t width_ = 0;
  bool trailing_ = false; // -p: every line ends in a separator
  std::string last_id_;   // of the job above; its steps follow
  bool last_kept_ = false;
};

bool SacctReader::header() {
  where_.fill(-1);
  if (!row()) {
    table_.fault(1, "", "", "is empty: sacct -P begins with a line of column names");
    return false;
  }
  trailing_ = cells_.size() > 1 && cells_.back().empty();
  if (trailing_) cells_.pop_back();
  width_ = cells_.size();
  std::vector<std::string_view> known(kColumns.begin(), kColumns.end());
  const auto passed_over = columns_passed_over();
  known.insert(known.end(), passed_over.begin(), passed_over.end());
  bool good = true;
  for (std::size_t i = 0; i < width_; ++i) {
    const auto found = std::ranges::find(kColumns, cells_[i]);
    if (found == kColumns.end()) {
      if (std::ranges::find(passed_over, cells_[i]) != passed_over.end()) continue;
      table_.fault(lines_.number(), "", cells_[i], "is no column of sacct" + schema::did_you_mean(cells_[i], known));
      good = false;
    } else if (int& at = where_[static_cast<std::size_t>(found - kColumns.begin())]; at >= 0) {
      table_.fault(lines_.number(), "", cells_[i], "a column is named twice");
      good = false;
    } else {
      at = static_cast<int>(i);
    }
  }
  const auto need = [&](bool there, const char* what) {
    if (!there) table_.fault(lines_.number(), "", "", std::string("lacks ") + what);
    good = good && there;
  };
  if (!good) return false;
  need(has(job_id) || has(job_id_raw), "the column JobID (or JobIDRaw)");
  need(has(submit), "the column Submit");
  need(has(elapsed) || has(elapsed_raw) || (has(start) && has(end)),
       "the column Elapsed (or ElapsedRaw, or Start and End)");
  need(has(alloc_cpus) || has(ncpus) || has(req_cpus) || has(alloc_tres) || has(req_tres),
       "the column AllocCPUS (or NCPUS, ReqCPUS, AllocTRES, ReqTRES)");
  return good;
}

// The next line that is not empty, taken apart.
bool SacctReader::row() {
  std::string_view line;
  while (true) {
    const auto found = lines_.next(line);
    if (found == LineReader::Found::end) return false;
    if (found == LineReader::Found::too_long) {
      table_.fault(lines_.number(), "", "", "is longer than " + std::to_string(LineReader::kLongest) + " bytes");
      continue;
    }
    if (line.empty()) continue;
    cells_.clear();
    while (true) {
      const std::size_t bar = std::min(line.find('|'), line.size());
      cells_.push_back(line.substr(0, bar));
      if (bar == line.size()) break;
      line.remove_prefix(bar + 1);
    }
    if (width_ == 0) return true; // the header
    if (trailing_ && cells_.size() == width_ + 1 && cells_.back().empty()) cells_.pop_back();
    if (cells_.size() == width_) return true;
    table_.fault(lines_.number(), "", "",
                 "has " + std::to_string(cells_.size()) + " cells, the header has " + std::to_string(width_) +
                     " (a | in a job name or comment? leave that column out)");
  }
}

// "123", "123_4", "123+1"; pending parts of an array are "123_[4-9]".
bool SacctReader::read_id(AccountedJob& job) {
  const Column column = has(job_id_raw) ? job_id_raw : job_id;
  const std::string_view text = cell(column);
  const std::size_t mark = text.find_first_of("_+");
  bool good = detail::parse_count(text.substr(0, mark), job.id);
  if (good && mark != std::string_view::npos) {
    job.part_mark = text[mark];
    good = detail::parse_count(text.substr(mark + 1), job.part);
  }
  if (!good) fault(column, "must be a job such as 123, 123_4 or 123+1");
  return good;
}

bool SacctReader::read_date(Column c, std::int64_t& seconds) {
  if (detail::parse_date(cell(c), seconds) || detail::parse_count(cell(c), seconds)) return true;
  fault(c, "must be a time such as 2026-01-31T10:00:00");
  return false;
}

// `ran`: it started and ran for some time.
bool SacctReader::read_times(AccountedJob& job, bool& ran) {
  ran = false;
  if (!read_date(submit, job.submit)) return false;
  if (has(start) && unknown_time(cell(start))) return true;
  if (has(elapsed_raw)) {
    if (cell(elapsed_raw).empty()) return true;
    if (!detail::parse_count(cell(elapsed_raw), job.run)) {
      fault(elapsed_raw, "must be a whole number of seconds");
      return false;
    }
  } else if (has(elapsed)) {
    if (cell(elapsed).empty()) return true;
    if (!parse_span(cell(elapsed), job.run)) {
      fault(elapsed, "must be a span of time such as 1-02:03:04");
      return false;
    }
  } else {
    if (unknown_time(cell(end))) return true;
    std::int64_t first = 0, last = 0;
    if (!read_date(start, first) || !read_date(end, last)) return false;
    if (last < first) {
      fault(end, "is before the start");
      return false;
    }
    job.run = last - first;
  }
  ran = job.run > 0;
  return true;
}

bool SacctReader::read_limit(AccountedJob& job) {
  if (has(timelimit_raw) && !no_limit(cell(timelimit_raw))) {
    std::int64_t minutes = 0;
    if (detail::parse_count(cell(timelimit_raw), minutes)) {
      job.request = std::min<std::int64_t>(minutes, std::int64_t{1} << 40) * 60;
      return true;
    }
    fault(timelimit_raw, "must be a whole number of minutes");
    return false;
  }
  if (no_limit(cell(timelimit)) || parse_span(cell(timelimit), job.request)) return true;
  fault(timelimit, "must be a span of time such as 1-02:03:04, UNLIMITED or Partition_Limit");
  return false;
}

bool SacctReader::read_shape(AccountedJob& job) {
  // The first that is given and not 0; false with a fault.
  const auto first_of = [this](std::initializer_list<Column> list, std::int64_t& value) {
    for (const Column c : list) {
      if (cell(c).empty()) continue;
      const bool is_tres = c == alloc_tres || c == req_tres;
      const std::string_view text = is_tres ? tres(cell(c), "cpu") : cell(c);
      if (is_tres && text.empty()) continue;
      if (!detail::parse_count(text, value)) {
        fault(c, is_tres ? "cpu= must be a whole number" : "must be a whole number");
        return false;
      }
      if (value > 0) return true;
    }
    return true;
  };
  std::int64_t cpus = 0, nodes = 0;
  if (!first_of({alloc_cpus, ncpus, alloc_tres, req_cpus, req_tres}, cpus)) return false;
  if (!first_of({nnodes, alloc_nodes, req_nodes}, nodes)) return false;
  return table_.shape(job, cpus, nodes, lines_.number());
}

bool SacctReader::read_memory(AccountedJob& job) {
  const double ranks = job.ranks, cores = job.cores * ranks;
  std::string_view text = cell(req_mem);
  if (text.empty()) text = tres(cell(req_tres), "mem");
  if (!text.empty()) {
    const char per = text.back(); // until Slurm 21.08: n for nodes, c for cores
    if (per == 'n' || per == 'c') text.remove_suffix(1);
    double kib = 0;
    if (!parse_size(text, Bare::megabytes, kib)) {
      fault(cell(req_mem).empty() ? req_tres : req_mem, "must be an amount of memory such as 4000M, 4Gn or 2Gc");
      return false;
    }
    std::int64_t nodes = job.ranks;
    if (per == 'n' && has(nnodes)) (void)detail::parse_count(cell(nnodes), nodes);
    const double total = per == 'n'   ? kib * static_cast<double>(std::max<std::int64_t>(nodes, 1))
                         : per == 'c' ? kib * cores
                                      : kib;
    job.memory_kib = total / ranks;
  }
  if (cell(max_rss).empty() || parse_size(cell(max_rss), Bare::bytes, job.peak_kib)) return true;
  fault(max_rss, "must be an amount of memory such as 12345K");
  return false;
}

// "vcs:2,dc@server", or license/vcs=2 among the trackable resources.
bool SacctReader::read_tokens(AccountedJob& job) {
  detail::TokenList list;
  const auto add = [&](std::string_view feature, std::string_view count, Column c) {
    std::int64_t tokens = 1;
    if ((count.empty() || detail::parse_count(count, tokens)) && list.add(feature, tokens)) return true;
    fault(c, "must be licences such as vcs:2,dc:1");
    return false;
  };
  if (!cell(licenses).empty() && cell(licenses) != "(null)") {
    for (std::string_view rest = cell(licenses); !rest.empty();) {
      const std::size_t comma = std::min(rest.find_first_of(",;"), rest.size());
      const std::string_view item = rest.substr(0, comma);
      const std::size_t colon = std::min(item.find_first_of(":="), item.size());
      if (!add(item.substr(0, colon), item.substr(std::min(colon + 1, item.size())), licenses)) return false;
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  } else {
    const Column source = cell(req_tres).find("license/") != std::string_view::npos ? req_tres : alloc_tres;
    for (std::string_view rest = cell(source); !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view item = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      if (!item.starts_with("license/")) continue;
      const std::size_t equal = std::min(item.find('='), item.size());
      if (!add(item.substr(8, equal - 8), item.substr(std::min(equal + 1, item.size())), source)) return false;
    }
  }
  return table_.name(list.text(), job.tokens, lines_.number(), kColumns[licenses]);
}

bool SacctReader::read_names(AccountedJob& job) {
  const auto name = [this](Column c, std::uint32_t& number) {
    return table_.name(cell(c), number, lines_.number(), kColumns[c]);
  };
  if (!name(user, job.user) || !name(account, job.project) || !name(job_name, job.step)) return false;
  if (!name(cell(partition).empty() ? qos : partition, job.kind)) return false;
  if (cell(priority).empty() || detail::parse_count(cell(priority), job.priority)) return true;
  fault(priority, "must be a whole number");
  return false;
}

// "CANCELLED by 1000" is CANCELLED.
std::optional<Ending> SacctReader::read_state() {
  const std::string_view text = cell(state).substr(0, cell(state).find_first_of(" +"));
  if (text.empty()) return has(end) && unknown_time(cell(end)) ? Ending::unfinished : Ending::ended;
  for (const State& s : states())
    if (s.name == text) return s.ending;
  std::vector<std::string_view> known;
  for (const State& s : states()) known.push_back(s.name);
  fault(state, "is no state of Slurm's jobs" + schema::did_you_mean(text, known));
  return std::nullopt;
}

void SacctReader::step(std::string_view id) {
  if (id != last_id_) return table_.fault(lines_.number(), "JobID", id, "is a step of a job that is not above it");
  if (!last_kept_ || cell(max_rss).empty()) return;
  double kib = 0;
  if (!parse_size(cell(max_rss), Bare::bytes, kib)) return fault(max_rss, "must be an amount of memory such as 12345K");
  AccountedJob& job = table_.jobs.back();
  job.peak_kib = std::max(job.peak_kib, kib);
  (void)table_.within_limits(job, lines_.number());
}

void SacctReader::record() {
  const std::string_view id = cell(has(job_id) ? job_id : job_id_raw);
  if (const std::size_t dot = id.find('.'); dot != std::string_view::npos) return step(id.substr(0, dot));
  last_id_ = id;
  last_kept_ = false;
  const auto ending = read_state();
  if (!ending) return;
  if (*ending == Ending::unfinished) {
    ++table_.told.unfinished;
    return;
  }
  AccountedJob job;
  bool ran = false;
  if (!read_times(job, ran)) return;
  if (!ran) { // of these the other columns may hold anything
    ++table_.told.never_started;
    return;
  }
  if (!read_id(job) || !read_limit(job) || !read_shape(job) || !read_memory(job) || !read_tokens(job) ||
      !read_names(job) || !table_.within_limits(job, lines_.number()))
    return;
  job.line = lines_.number();
  table_.jobs.push_back(job);
  last_kept_ = true;
}

} // namespace

Accounting convert_sacct(const std::filesystem::path& records, const std::filesystem::path& csv,
                         const core::StopQuestion& stop) {
  return SacctReader(records.string()).convert(csv, stop);
}

} // namespace centresim::io
