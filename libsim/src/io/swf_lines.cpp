#include "swf_lines.hpp"

#include "centresim/core/text.hpp"
#include "centresim/core/version.hpp"
#include "job_accounting_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace centresim::io::detail {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 20;

// kB per processor; 0 is not known, as in the archive.
std::int64_t per_processor(std::int64_t kb_of_rank, std::int64_t cores) {
  return kb_of_rank > 0 ? std::max<std::int64_t>(1, (kb_of_rank + cores / 2) / cores) : -1;
}

std::string in_one_line(const std::string& text) { return core::printable(text); }

} // namespace

void append_seconds(std::string& text, std::int64_t ticks) {
  if (ticks < 0) {
    text += "-1";
    return;
  }
  fmt::format_to(std::back_inserter(text), "{}", ticks / core::kTicksPerSecond);
  if (const std::int64_t rest = ticks % core::kTicksPerSecond; rest != 0)
    fmt::format_to(std::back_inserter(text), ".{:03}", rest);
}

SwfWriter::SwfWriter(const std::filesystem::path& path, const centre::Scenario& scenario, const design::Model& model,
                     std::int64_t jobs, const char* note)
    : file_(path) {
  const auto line = [&](const char* label, const std::string& value) {
    fmt::format_to(std::back_inserter(text_), "; {}: {}\n", label, value);
  };
  line("Version", "2.2");
  line("Computer", in_one_line(scenario.name.empty() ? "farm" : scenario.name));
  line("Information", std::string("written by centresim ") + core::version());
  if (jobs >= 0) line("MaxJobs", std::to_string(jobs));
  if (jobs >= 0) line("MaxRecords", std::to_string(jobs));
  if (std::int64_t start = 0; parse_date(scenario.start + "T00:00:00", start) && start > 0) {
    line("UnixStartTime", std::to_string(start));
    line("TimeZoneString", "UTC");
  }
  line("MaxNodes", std::to_string(model.nodes));
  line("MaxProcs", std::to_string(model.cores));
  line("Queues", std::to_string(model.flows.size()));
  for (std::size_t i = 0; i < model.flows.size(); ++i)
    line("Queue", std::to_string(i + 1) + " " + in_one_line(model.flows[i]));
  line("Note", note);
}

void SwfWriter::add(std::int64_t number, const design::Submission& job, const Outcome& outcome) {
  const auto field = [this](std::int64_t value) { fmt::format_to(std::back_inserter(text_), " {}", value); };
  const auto time = [this](std::int64_t ticks) {
    text_ += ' ';
    append_seconds(text_, ticks);
  };
  const std::int64_t processors = std::int64_t{job.cores} * job.ranks;
  fmt::format_to(std::back_inserter(text_), "{}", number);
  time(job.submit);
  time(outcome.wait);
  time(outcome.run);
  field(processors);
  field(-1);
  field(per_processor(job.peak, job.cores));
  field(processors);
  time(job.request);
  field(per_processor(job.memory, job.cores));
  field(outcome.status);
  field(std::int64_t{job.owner} + 1);
  field(job.account == design::kNone ? -1 : std::int64_t{job.account} + 1);
  field(-1);
  field(std::int64_t{job.flow} + 1);
  text_ += " -1 -1 -1\n";
  if (text_.size() < kBlock) return;
  file_.write(text_);
  text_.clear();
}

void SwfWriter::commit() {
  file_.write(text_);
  text_.clear();
  file_.commit();
}

} // namespace centresim::io::detail
