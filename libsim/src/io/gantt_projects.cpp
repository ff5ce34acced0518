#include "gantt_events.hpp"
#include "tree_access.hpp"

#include <map>
#include <stdexcept>
#include <utility>

namespace centresim::io::detail {
namespace {

using experiment::Group;
using Integers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

constexpr TraceRows kRows{"task", "row"};

struct Tasks {
  explicit Tasks(const Group& trace) : trace_(trace) {
    for (const Integers* other : {&project, &number, &task, &again, &released, &ended, &on_path})
      if (other->size() != of.size()) throw std::runtime_error("the columns of the task trace differ in length");
    if (spent.size() != of.size() * causes.size())
      throw std::runtime_error("the columns of the task trace differ in length");
  }
  [[nodiscard]] std::string spent_text(std::size_t row) const {
    std::string text;
    for (std::size_t c = 0; c < causes.size(); ++c)
      if (const std::int64_t ms = spent[row * causes.size() + c]; ms > 0)
        text += fmt::format("{}{}:{}", text.empty() ? "" : ",", json_text(causes[c]), ms);
    return text;
  }

 private:
  [[nodiscard]] const Integers& numbers(const char* name) const { return column<std::int64_t>(trace_, name); }
  const Group& trace_;

 public:
  const Integers &of = numbers("replication_index"), &project = numbers("project"), &number = numbers("number"),
                 &task = numbers("task"), &again = numbers("again"), &released = numbers("released"),
                 &ended = numbers("ended"), &on_path = numbers("on_path"), &spent = numbers("spent");
  const Texts &projects = column<std::string>(trace_, "project_name"),
              &tasks = column<std::string>(trace_, "task_name"), &causes = column<std::string>(trace_, "cause");
};

} // namespace

// A process for each project, in the order in which they began; a row for each of its tasks, laid out by the viewer.
std::size_t write_project_tasks(const Group& trace, std::int64_t replication, std::size_t processes, Events& events) {
  const Tasks t(trace);
  std::map<std::pair<std::int64_t, std::int64_t>, std::size_t> process_of;
  for (std::size_t i = 0; i < t.of.size(); ++i) {
    if (t.of[i] != replication) continue;
    const std::string& kind = kRows.text(t.projects, t.project[i], i, "project");
    const auto [at, is_new] = process_of.try_emplace({t.project[i], t.number[i]}, processes + process_of.size() + 1);
    if (is_new) events.name("process", at->second, 0, fmt::format("{} {}", kind, t.number[i]), at->second);
    if (t.ended[i] < 0) continue; // not to its end
    if (t.released[i] < 0 || t.ended[i] < t.released[i]) kRows.damaged(i, "ends before it starts");
    events.overlapping("task", at->second, i, json_text(kRows.text(t.tasks, t.task[i], i, "task")), t.released[i],
                       t.ended[i],
                       fmt::format(R"("again":{},"on_path":{},"spent_ms":{{{}}})", t.again[i],
                                   t.on_path[i] != 0 ? "true" : "false", t.spent_text(i)));
  }
  return processes + process_of.size();
}

} // namespace centresim::io::detail
