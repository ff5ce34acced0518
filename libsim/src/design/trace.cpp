#include "centresim/design/trace.hpp"

#include "trace_parser.hpp"

#include <algorithm>

namespace centresim::design {

namespace {

using detail::TraceFaults;
using detail::TraceParser;

std::unique_ptr<TraceParser> make_parser(const Trace& trace, detail::NameLists names, TraceFaults& faults) {
  return trace.format == TraceFormat::swf ? detail::make_swf_parser(trace, names, faults)
                                          : detail::make_csv_parser(trace, names, faults);
}

// The largest demands on a node, kept apart by ranks and tokens.
class Demands {
 public:
  void add(const TraceJob& job, std::int64_t line) {
    const std::uint64_t key = static_cast<std::uint64_t>(job.ranks) << 32 | job.tokens;
    if (list_ == nullptr || key != key_) {
      list_ = &lists_[key];
      key_ = key;
    }
    for (std::size_t i = 0; i < list_->size(); ++i) {
      Demand& known = (*list_)[i];
      if (!within(job, known)) continue;
      if (i > 0) std::swap(known, list_->front()); // it will hold for the next ones, too
      return;
    }
    insert(job, line);
  }

  [[nodiscard]] std::vector<TraceInfo::Demand> take() {
    std::vector<TraceInfo::Demand> all;
    for (auto& [key, list] : lists_) all.insert(all.end(), list.begin(), list.end());
    std::ranges::sort(all, {}, &TraceInfo::Demand::line);
    return all;
  }

 private:
  using Demand = TraceInfo::Demand;
  // So that a file made for it cannot make every job be compared with thousands.
  static constexpr std::size_t kMostOfOne = 100;

  static bool within(const TraceJob& job, const Demand& d) {
    return job.cores <= d.cores && job.memory_kb <= d.memory_kb && job.scratch_kb <= d.scratch_kb;
  }
  void insert(const TraceJob& job, std::int64_t line) {
    const Demand made{job.cores, job.ranks, job.memory_kb, job.scratch_kb, job.tokens, line, job.number};
    count_ -= std::erase_if(*list_, [&](const Demand& d) {
      return d.cores <= made.cores && d.memory_kb <= made.memory_kb && d.scratch_kb <= made.scratch_kb;
    });
    if (count_ >= TraceInfo::kMostDemands || list_->size() >= kMostOfOne) return;
    list_->push_back(made);
    ++count_;
  }

  std::unordered_map<std::uint64_t, std::vector<Demand>> lists_;
  std::vector<Demand>* list_ = nullptr; // of key_
  std::uint64_t key_ = 0;
  std::size_t count_ = 0;
};

void check_digest(const Trace& trace, const TraceInfo& info, schema::Errors& errors) {
  std::string wanted = trace.sha256;
  std::ranges::transform(wanted, wanted.begin(),
                         [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (wanted.empty() || wanted == info.sha256) return;
  errors.add_issue({trace.file, 0, "", "",
                    "is another file than the scenario means: its SHA-256 is " + info.sha256 + ", not " +
                        schema::shortened(wanted, 64)});
}

} // namespace

TraceInfo scan_trace(const Trace& trace, schema::Errors& errors) {
  TraceInfo info;
  TraceFaults faults(trace.file, &errors);
  const auto parser = make_parser(trace, detail::NameLists(info.names), faults);
  Demands demands;
  TraceJob job;
  while (parser->next(job)) {
    if (info.jobs++ == 0) info.first_submit = job.submit;
    info.last_submit = job.submit;
    demands.add(job, parser->line());
  }
  info.skipped = parser->skipped();
  info.sha256 = parser->sha256();
  info.largest = demands.take();
  parser->finish(info);
  if (info.jobs == 0 && faults.count() == 0)
    faults.add(0, "", "", info.skipped > 0 ? "holds no job that ever ran" : "holds no jobs");
  faults.tell_rest();
  check_digest(trace, info, errors);
  return info;
}

class TraceReader::Impl {
 public:
  Impl(const Trace& trace, const TraceNames& names)
      : faults_(trace.file, nullptr), parser_(make_parser(trace, detail::NameLists(names), faults_)) {}
  bool next(TraceJob& job) { return parser_->next(job); }

 private:
  TraceFaults faults_;
  std::unique_ptr<TraceParser> parser_;
};

TraceReader::TraceReader(const Trace& trace, const TraceNames& names) : impl_(std::make_unique<Impl>(trace, names)) {}
TraceReader::~TraceReader() = default;
TraceReader::TraceReader(TraceReader&&) noexcept = default;
TraceReader& TraceReader::operator=(TraceReader&&) noexcept = default;

bool TraceReader::next(TraceJob& job) { return impl_->next(job); }

} // namespace centresim::design
