// Events of a Gantt chart on their way into the file. Private to the room.
#pragma once
#include "centresim/core/error.hpp"
#include "centresim/experiment/dataset.hpp"
#include "centresim/io/atomic_file.hpp"
#include "text.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

namespace centresim::io::detail {

// Ticks are milliseconds, the format counts microseconds: three digits more, whatever the size.
inline std::string microseconds(std::int64_t ticks) { return ticks == 0 ? "0" : std::to_string(ticks) + "000"; }

// Rows of a trace, which may be damaged: "the job trace is damaged: job 7 ends before it starts".
struct TraceRows {
  const char *trace, *row;
  [[noreturn]] void damaged(std::size_t at, const std::string& fault) const {
    throw core::InputError(
        {core::Issue{"", 0, "", "", fmt::format("the {} trace is damaged: {} {} {}", trace, row, at, fault)}});
  }
  [[nodiscard]] const std::string& text(const std::vector<std::string>& texts, std::int64_t i, std::size_t at,
                                        const char* what) const {
    if (i < 0 || static_cast<std::size_t>(i) >= texts.size())
      damaged(at, fmt::format("names {} {}, which is not there", what, i));
    return texts[static_cast<std::size_t>(i)];
  }
};

// One a line, in blocks.
class Events {
 public:
  Events(const std::filesystem::path& path, const core::StopQuestion& stop) : file_(path), stop_(stop) {
    core::stop_if(stop_);
    text_ = "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[";
  }

  void name(const char* what, std::size_t process, std::size_t thread, const std::string& name, std::size_t place) {
    next();
    fmt::format_to(out(), R"({{"ph":"M","name":"{}_name","pid":{},"tid":{},"args":{{"name":{}}}}})", what, process,
                   thread, json_text(name));
    next();
    fmt::format_to(out(), R"({{"ph":"M","name":"{}_sort_index","pid":{},"tid":{},"args":{{"sort_index":{}}}}})", what,
                   process, thread, place);
  }
  // A complete event; `arguments`: the members of an object.
  void slice(const char* category, std::size_t process, std::size_t thread, const std::string& quoted_name,
             std::int64_t from, std::int64_t to, const std::string& arguments = {}) {
    next();
    fmt::format_to(out(), R"({{"ph":"X","cat":"{}","name":{},"pid":{},"tid":{},"ts":{},"dur":{}{}}})", category,
                   quoted_name, process, thread, microseconds(from), microseconds(to - from),
                   arguments.empty() ? "" : ",\"args\":{" + arguments + "}");
  }
  // An asynchronous event: those of one name and process share a row, however they overlap.
  void overlapping(const char* category, std::size_t process, std::size_t id, const std::string& quoted_name,
                   std::int64_t from, std::int64_t to, const std::string& arguments) {
    for (const bool begins : {true, false}) {
      next();
      fmt::format_to(out(), R"({{"ph":"{}","cat":"{}","id":{},"name":{},"pid":{},"tid":0,"ts":{}{}}})",
                     begins ? "b" : "e", category, id, quoted_name, process, microseconds(begins ? from : to),
                     begins ? ",\"args\":{" + arguments + "}" : "");
    }
  }
  void end(const std::string& other_data) {
    text_ += "\n],\"otherData\":{" + other_data + "}}\n";
    file_.write(text_);
    file_.commit();
  }

 private:
  std::back_insert_iterator<std::string> out() { return std::back_inserter(text_); }
  void next() {
    if (text_.size() > kBlock) {
      core::stop_if(stop_);
      file_.write(text_);
      text_.clear();
    }
    text_ += first_ ? "\n" : ",\n";
    first_ = false;
  }

  static constexpr std::size_t kBlock = std::size_t{1} << 20;
  AtomicFile file_;
  const core::StopQuestion& stop_;
  std::string text_;
  bool first_ = true;
};

// The jobs of a compute farm (design/trace/jobs) in processes of their own behind `processes` others: one a site. How
// many there are then.
std::size_t write_farm_jobs(const experiment::Group& trace, std::int64_t replication, std::size_t processes,
                            Events& events);
// The tasks of projects (design/trace/tasks), likewise: a process a project.
std::size_t write_project_tasks(const experiment::Group& trace, std::int64_t replication, std::size_t processes,
                                Events& events);

} // namespace centresim::io::detail
