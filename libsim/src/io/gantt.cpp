#include "centresim/io/gantt.hpp"

#include "centresim/core/version.hpp"
#include "gantt_events.hpp"
#include "gantt_rows.hpp"
#include "tree_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace centresim::io {
namespace {

using detail::Events;
using detail::GanttRows;
using detail::Lanes;
using experiment::Group;

[[noreturn]] void refuse(const std::string& path, const std::string& value, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, path, value, rule}});
}

// Names of tools as processes and threads, numbered from 1; threads for jobs that overlap come behind all tools.
class Tools {
 public:
  Tools(const std::vector<std::string>& names, Events& events) : names_(names), events_(events), lanes_(names.size()) {
    std::string group;
    for (std::size_t t = 0; t < names.size(); ++t) {
      const std::string own = names[t].substr(0, names[t].rfind('#'));
      if (t == 0 || own != group) {
        group = own;
        ++processes_;
        events.name("process", processes_, 0, group, processes_);
      }
      process_.push_back(processes_);
      events.name("thread", processes_, t + 1, names[t], t * kLanesSorted);
    }
    threads_ = names.size();
  }
  [[nodiscard]] std::size_t processes() const { return processes_; }
  [[nodiscard]] std::size_t process(std::size_t tool) const { return process_[tool]; }

  // The thread for a job: slices of one thread may lie inside each other, but not overlap otherwise.
  [[nodiscard]] std::size_t thread_for(std::size_t tool, std::int64_t start, std::int64_t end) {
    const std::size_t lane = lanes_[tool].take(start, end);
    if (lane == 0) return tool + 1;
    std::vector<std::size_t>& own = lanes_[tool].threads;
    if (own.size() < lane) {
      own.push_back(++threads_);
      events_.name("thread", process_[tool], threads_, fmt::format("{} ({})", names_[tool], lane + 1),
                   tool * kLanesSorted + std::min(lane, kLanesSorted - 1));
    }
    return own[lane - 1];
  }

 private:
  static constexpr std::size_t kLanesSorted = 16;
  const std::vector<std::string>& names_;
  Events& events_;
  std::vector<Lanes> lanes_;
  std::vector<std::size_t> process_;
  std::size_t processes_ = 0, threads_ = 0;
};

std::vector<std::string> quoted(const std::vector<std::string>& names) {
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (const std::string& name : names) texts.push_back(json_text(name));
  return texts;
}

// Jobs of the lot trace: the lots of a batch make one slice.
void write_jobs(const Group& trace, std::int64_t replication, Tools& tools, Events& events) {
  const GanttRows rows(trace, "lot trace", "event", {"start", "end", "lot", "step"});
  const std::vector<std::string>& lots = column<std::string>(trace, "lot_name");
  const std::vector<std::string> steps = quoted(column<std::string>(trace, "step_name"));
  const std::vector<std::int64_t>&lot = rows.number("lot", lots.size()), &step = rows.number("step", steps.size());
  rows.each_job(replication, [&](std::size_t tool, std::int64_t start, std::int64_t end,
                                 const std::vector<std::size_t>& members) {
    const std::string& first = lots[static_cast<std::size_t>(lot[members[0]])];
    const std::string name = members.size() == 1 ? first : fmt::format("{} + {}", first, members.size() - 1);
    std::string arguments = "\"step\":" + steps[static_cast<std::size_t>(step[members[0]])];
    if (members.size() > 1) {
      arguments += ",\"lots\":[";
      for (const std::size_t row : members)
        arguments += (row == members[0] ? "" : ",") + json_text(lots[static_cast<std::size_t>(lot[row])]);
      arguments += ']';
    }
    const std::size_t thread = tools.thread_for(tool, start, end);
    events.slice("job", tools.process(tool), thread, json_text(name), start, end, arguments);
  });
}

// States of the tool trace. The engine cuts them where a job starts or ends, so that they lie within jobs.
void write_states(const Group& trace, std::int64_t replication, const Tools& tools, Events& events) {
  const GanttRows rows(trace, "tool trace", "stay", {"from", "to", "state"});
  const std::vector<std::string>& names = column<std::string>(trace, "tool_state");
  const std::vector<std::string> states = quoted(names);
  const std::vector<std::int64_t>& state = rows.number("state", names.size());
  rows.each(replication, [&](std::size_t row, std::size_t tool, std::int64_t from, std::int64_t to) {
    const auto which = static_cast<std::size_t>(state[row]);
    if (names[which] != "idle") events.slice("state", tools.process(tool), tool + 1, states[which], from, to);
  });
}

void check_replication(const Group* root, std::int64_t replication) {
  const auto* replications = find_attribute<std::int64_t>(root, "replications");
  if (replications == nullptr) throw std::runtime_error("not a result of centresim: no number of replications");
  if (replication < 0 || replication >= *replications)
    refuse("replication", std::to_string(replication), fmt::format("must be from 0 to {}", *replications - 1));
}

} // namespace

void write_gantt(const experiment::Tree& tree, const std::filesystem::path& path, std::int64_t replication,
                 const core::StopQuestion& stop) {
  const Group *root = find_group(tree, ""), *lots = find_group(tree, "fab/trace/lots"),
              *stays = find_group(tree, "fab/trace/tools"), *farm = find_group(tree, "design/trace/jobs"),
              *tasks = find_group(tree, "design/trace/tasks");
  check_replication(root, replication);
  if (lots == nullptr && stays == nullptr && farm == nullptr && tasks == nullptr)
    refuse("", "",
           "the result holds no trace of lots, tools, jobs or tasks: run it with trace = [\"lots\", \"tools\"], "
           "[\"jobs\"] or [\"tasks\"]");

  if (lots != nullptr && stays != nullptr &&
      column<std::string>(*lots, "tool_name") != column<std::string>(*stays, "tool_name"))
    refuse("", "", "the traces are damaged: they name different tools");

  Events events(path, stop);
  const std::vector<std::string> none;
  const Group* fab = lots != nullptr ? lots : stays;
  Tools tools(fab != nullptr ? column<std::string>(*fab, "tool_name") : none, events);
  // Jobs first: of two slices that begin together the outer one must come first.
  if (lots != nullptr) write_jobs(*lots, replication, tools, events);
  if (stays != nullptr) write_states(*stays, replication, tools, events);
  std::size_t processes = tools.processes();
  if (farm != nullptr) processes = detail::write_farm_jobs(*farm, replication, processes, events);
  if (tasks != nullptr) detail::write_project_tasks(*tasks, replication, processes, events);
  events.end(fmt::format(
      R"("scenario":{},"replication":{},"digest":{},"producer":{})", json_text(text_attribute(root, "scenario")),
      replication, json_text(text_attribute(root, "digest")), json_text(std::string("centresim ") + core::version())));
}

} // namespace centresim::io
