#include "centresim/io/swf.hpp"

#include "centresim/core/error.hpp"
#include "centresim/design/jobs.hpp"
#include "stored_run.hpp"
#include "swf_lines.hpp"
#include "text.hpp"
#include "tree_access.hpp"

#include <fmt/format.h>

#include <iterator>
#include <stdexcept>
#include <unordered_map>

namespace centresim::io {
namespace {

using design::JobSource;
using design::Submission;
using experiment::Group;
using Integers = std::vector<std::int64_t>;

[[noreturn]] void refuse(const std::string& path, const std::string& value, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, path, value, rule}});
}

design::Model model_of(const centre::Scenario& scenario) {
  if (!scenario.design) refuse("design", "", "the scenario has no compute farm, and so no jobs");
  return design::compile(*scenario.design, {scenario.horizon.ticks, scenario.warmup.ticks,
                                            scenario.end == centre::End::drain, centre::week_offset(scenario)});
}

// The rows of one replication by where their jobs come from, in the order in which these are made.
class Rows {
 public:
  Rows(const Group& trace, std::int64_t replication)
      : number_(column<std::int64_t>(trace, "number")), submit_(column<std::int64_t>(trace, "submit")),
        start_(column<std::int64_t>(trace, "start")), end_(column<std::int64_t>(trace, "end")),
        state_(column<std::int64_t>(trace, "state")) {
    const Integers &source = column<std::int64_t>(trace, "source"),
                   &of = column<std::int64_t>(trace, "replication_index");
    for (const Integers* other : {&source, &submit_, &start_, &end_, &state_, &of})
      if (other->size() != number_.size()) throw std::runtime_error("the columns of the job trace differ in length");
    for (std::size_t i = 0; i < number_.size(); ++i) {
      if (of[i] != replication || source[i] < 0) continue;
      const auto from = static_cast<std::size_t>(source[i]);
      if (from >= rows_.size()) rows_.resize(from + 1), next_.resize(from + 1);
      if (from == 0)
        listed_[number_[i]] = i;
      else
        rows_[from].push_back(i);
      ++count_;
    }
  }
  [[nodiscard]] std::int64_t count() const { return count_; }

  // What became of a job; false where it was never submitted.
  [[nodiscard]] bool find(const Submission& job, detail::SwfWriter::Outcome& outcome) {
    std::size_t row = number_.size();
    if (job.source == 0) {
      if (const auto known = listed_.find(job.number); known != listed_.end()) row = known->second;
    } else if (job.source < rows_.size() && next_[job.source] < rows_[job.source].size()) {
      row = rows_[job.source][next_[job.source]++];
    }
    if (row == number_.size()) return false;
    if (number_[row] != job.number || submit_[row] != job.submit)
      throw std::runtime_error("the job trace is not that of its scenario");
    outcome = {};
    if (end_[row] < 0) return true;
    if (start_[row] >= 0) {
      outcome.wait = start_[row] - job.submit;
      outcome.run = end_[row] - start_[row];
    }
    outcome.status = state_[row] == kCompleted ? 1 : start_[row] < 0 ? 5 : 0;
    return true;
  }

 private:
  static constexpr std::int64_t kCompleted = 0;
  const Integers &number_, &submit_, &start_, &end_, &state_;
  std::unordered_map<std::int64_t, std::size_t> listed_;
  std::vector<std::vector<std::size_t>> rows_;
  std::vector<std::size_t> next_;
  std::int64_t count_ = 0;
};

// A row of the table of jobs. Names of people are numbers: the model knows no others.
class JobTable {
 public:
  JobTable(const design::Floor& floor, const design::Model& model) {
    for (const design::StreamTable& s : model.streams)
      for (const design::JobStream& own : floor.streams)
        if (own.name == s.name) streams_.push_back(&own);
    for (const auto& uses : model.use_names) {
      std::string text;
      for (const design::TokenUse& use : uses) (text += text.empty() ? "" : ";") += to_text(use);
      tokens_.push_back(csv_cell(text));
    }
    for (const std::string& flow : model.flows) kinds_.push_back(csv_cell(flow));
  }
  static constexpr const char* kHeader =
      "name,submit,run,cores,ranks,memory,peak_memory,scratch,tokens,request,user,project,step,kind,priority,due,"
      "preemptible\n";
  void append(std::string& text, std::int64_t number, const Submission& job) const {
    const auto to = std::back_inserter(text);
    const auto seconds = [&](std::int64_t ticks) {
      text += ',';
      detail::append_seconds(text, ticks);
    };
    const auto memory = [&](std::int64_t kb) {
      text += ',';
      if (kb > 0) fmt::format_to(to, "{}.{:06}", kb / 1'000'000, kb % 1'000'000);
    };
    fmt::format_to(to, "{}", number);
    seconds(job.submit);
    seconds(job.run);
    fmt::format_to(to, ",{},{}", job.cores, job.ranks);
    for (const std::int64_t kb : {job.memory, job.peak, job.scratch}) memory(kb);
    (text += ',') += tokens_[job.tokens];
    seconds(job.request);
    const design::JobStream* stream = job.source >= 2 ? streams_.at(job.source - 2) : nullptr;
    fmt::format_to(to, ",user {},{},{},{},{},", job.owner + 1, stream != nullptr ? csv_cell(stream->project) : "",
                   stream != nullptr ? csv_cell(stream->step) : "", kinds_[job.flow], job.priority);
    if (job.due != core::kNever) {
      detail::append_seconds(text, job.due);
      text += " s";
    }
    text += job.preemptible ? ",\n" : ",false\n";
  }

 private:
  std::vector<const design::JobStream*> streams_; // by name, as in the model
  std::vector<std::string> tokens_, kinds_;
};

std::int64_t write_table(const centre::Scenario& scenario, const design::Model& model, JobSource& source,
                         const std::filesystem::path& path, const core::StopQuestion& stop) {
  constexpr std::size_t kBlock = std::size_t{1} << 20;
  AtomicFile file(path);
  const JobTable table(*scenario.design, model);
  std::string text = JobTable::kHeader;
  std::int64_t count = 0;
  for (Submission job; source.next(job);) {
    table.append(text, ++count, job);
    if (text.size() < kBlock) continue;
    core::stop_if(stop);
    file.write(text);
    text.clear();
  }
  file.write(text);
  file.commit();
  return count;
}

} // namespace

void write_swf(const experiment::Tree& tree, const std::filesystem::path& path, std::int64_t replication) {
  const auto [scenario, seed] = detail::stored_run(tree, replication);
  const design::Model model = model_of(scenario);
  const Group* trace = find_group(tree, "design/trace/jobs");
  if (trace == nullptr) refuse("", "", "the result holds no trace of jobs: run it with trace = [\"jobs\"]");

  Rows rows(*trace, replication);
  detail::SwfWriter file(path, scenario, model, rows.count(),
                         "wait and run time are those of the last start; jobs that never ran have -1");
  const bool traced = model.jobs.empty() && model.streams.empty();
  JobSource source(model, seed, static_cast<std::uint64_t>(replication));
  std::int64_t count = 0;
  detail::SwfWriter::Outcome outcome;
  for (Submission job; count < rows.count() && source.next(job);) {
    if (!rows.find(job, outcome)) continue;
    ++count;
    file.add(traced ? job.number : count, job, outcome);
  }
  if (count < rows.count()) throw std::runtime_error("the job trace is not that of its scenario");
  file.commit();
}

std::int64_t write_jobs(const centre::Scenario& scenario, std::uint64_t seed, std::uint64_t replication,
                        const std::filesystem::path& path, const core::StopQuestion& stop) {
  constexpr std::int64_t kJobsBetween = 10'000;
  const design::Model model = model_of(scenario);
  JobSource source(model, seed, replication);
  core::stop_if(stop);
  if (path.extension() == ".csv") return write_table(scenario, model, source, path, stop);
  if (path.extension() != ".swf")
    throw core::InputError({core::Issue{path.string(), 0, "", "", "a table of jobs ends in .csv or .swf"}});
  detail::SwfWriter file(path, scenario, model, -1, "jobs as they are submitted, not simulated: waits are not known");
  std::int64_t count = 0;
  for (Submission job; source.next(job);) {
    file.add(++count, job, {-1, job.run, -1});
    if (count % kJobsBetween == 0) core::stop_if(stop);
  }
  file.commit();
  return count;
}

} // namespace centresim::io
