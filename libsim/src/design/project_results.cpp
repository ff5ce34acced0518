#include "project_results.hpp"

#include "project_money.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

namespace centresim::design {
namespace {

using experiment::add_coordinate;
using experiment::add_scalar;
using experiment::add_table;
using experiment::Group;
using Ints = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

constexpr const char* kReplication = "replication";

template <class T> Texts names_of(const std::vector<T>& items) {
  Texts names;
  for (const T& item : items) names.push_back(item.name);
  return names;
}

Texts causes() {
  Texts names;
  for (std::size_t c = 0; c < kCauses; c++) names.emplace_back(cause_name(static_cast<Cause>(c)));
  return names;
}

Group projects(const Model& model, std::span<const Observations> all) {
  Group g;
  add_coordinate(g, "project", names_of(model.projects.projects), "kind of project");
  add_coordinate(g, "cause", causes(), "what time went into");
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t ProjectSums::* at) {
    add_table(g, all, model.projects.projects.size(), "project", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.projects.projects[i].*at; });
  };
  add("begun", "1", "projects begun", &ProjectSums::begun);
  add("finished", "1", "projects ended", &ProjectSums::finished);
  add("given_up", "1", "of these, without a chip that works", &ProjectSums::given_up);
  add("tape_outs", "1", "tape-outs", &ProjectSums::tape_outs);
  add("first_tape_outs", "1", "first tape-outs of projects", &ProjectSums::first_tape_outs);
  add("working", "1", "projects whose chip works", &ProjectSums::working);
  add("first_silicon", "1", "first chips that came back", &ProjectSums::first_silicon);
  add("first_silicon_works", "1", "of these, that work", &ProjectSums::first_silicon_works);
  add("spins", "1", "chips made by projects whose chip works", &ProjectSums::spins);
  add("to_tape_out", "ms", "from start to first tape-out, summed", &ProjectSums::to_tape_out);
  add("to_silicon", "ms", "from start to a chip that works, summed", &ProjectSums::to_silicon);
  add("to_end", "ms", "from start to end, summed", &ProjectSums::to_end);
  add("with_due_date", "1", "projects with a due date that were ready to tape out, or are overdue at the end",
      &ProjectSums::with_due_date);
  add("on_time", "1", "of these, ready in time", &ProjectSums::on_time);
  add("gate_tries", "1", "tries of gates", &ProjectSums::tries);
  add("gates_waived", "1", "gates waived", &ProjectSums::waived);
  add("bugs_found", "1", "bugs found", &ProjectSums::bugs_found);
  add("bugs_left", "1", "bugs left at tape-outs", &ProjectSums::bugs_left);
  add("batches_skipped", "1", "batches of regressions skipped", &ProjectSums::batches_skipped);
  add("failed_jobs", "1", "jobs that ended without a result", &ProjectSums::failed_jobs);
  add("seats_booked", "1", "seats booked", &ProjectSums::booked);
  add("seats_caught", "1", "seats used", &ProjectSums::caught);
  add("seats_missed", "1", "seats missed", &ProjectSums::missed);
  add("called_off", "1", "seats of shuttles that were called off", &ProjectSums::called_off);
  add("slack", "ms", "from ready to the cut-off, summed over seats used", &ProjectSums::slack);
  const auto by_cause = [&](const char* name, const char* meaning, std::array<core::Tick, kCauses> ProjectSums::* at) {
    Ints values;
    for (const Observations& o : all)
      for (const ProjectSums& s : o.projects.projects) values.insert(values.end(), (s.*at).begin(), (s.*at).end());
    g.variables.push_back({name, {kReplication, "project", "cause"}, std::move(values), "ms", meaning});
  };
  by_cause("critical_path", "from start to end of the projects that ended, by what it went into", &ProjectSums::path);
  by_cause("redone", "what its part rework went into", &ProjectSums::redone);
  add_scalar(g, all, "in_progress", "1", "projects in progress at the end",
             [](const Observations& o) { return o.projects.in_progress; });
  add_scalar(g, all, "stalled", "1", "of these, that nothing can ever move",
             [](const Observations& o) { return o.projects.stalled; });
  return g;
}

Group teams(const Model& model, std::span<const Observations> all) {
  Group g;
  add_coordinate(g, "team", names_of(model.projects.teams), "team");
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t TeamSums::* at) {
    add_table(g, all, model.projects.teams.size(), "team", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.projects.teams[i].*at; });
  };
  add("present", "ms", "engineer time of presence", &TeamSums::present);
  add("working", "ms", "engineer time at work", &TeamSums::working);
  add("overtime", "ms", "engineer time of presence after the day", &TeamSums::overtime);
  add("waiting_for_licences", "ms", "engineer time waiting for a licence", &TeamSums::licence);
  add("waiting_for_machines", "ms", "engineer time without work while jobs of the project wait or run",
      &TeamSums::machine);
  add("idle", "ms", "engineer time on a project without work", &TeamSums::idle);
  add("free", "ms", "engineer time without a project", &TeamSums::free);
  add("done", "ms", "work done, as time of an engineer of productivity 1", &TeamSums::done);
  add("left", "1", "engineers who left", &TeamSums::left);
  add("joined", "1", "newcomers", &TeamSums::joined);
  add("handovers", "1", "tasks taken over from another site", &TeamSums::handovers);
  return g;
}

Group shuttles(const Model& model, std::span<const Observations> all) {
  Group g;
  add_coordinate(g, "shuttle", names_of(model.projects.shuttles), "shuttle");
  const auto add = [&](const char* name, const char* meaning, std::int64_t ShuttleSums::* at) {
    add_table(g, all, model.projects.shuttles.size(), "shuttle", name, "1", meaning,
              [at](const Observations& o, std::size_t i) { return o.projects.shuttles[i].*at; });
  };
  add("cut_offs", "cut-offs with a seat booked", &ShuttleSums::runs);
  add("booked", "seats booked", &ShuttleSums::booked);
  add("caught", "seats used", &ShuttleSums::caught);
  add("missed", "seats missed", &ShuttleSums::missed);
  add("called_off", "cut-offs called off", &ShuttleSums::called_off);
  return g;
}

// Every execution of every task, for Gantt charts.
Group project_trace(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts tasks; // names of all, each once
  for (const ProjectTable& p : model.projects.projects) {
    for (const TaskTable& t : p.tasks) tasks.push_back(t.name);
    tasks.emplace_back("bug");
  }
  std::ranges::sort(tasks);
  tasks.erase(std::unique(tasks.begin(), tasks.end()), tasks.end());
  Ints replication, project, number, task, again, released, ended, on_path, spent;
  for (std::size_t r = 0; r < all.size(); r++)
    for (const ProjectTrace& p : all[r].projects.traces) {
      const ProjectTable& table = model.projects.projects[p.table];
      std::vector<char> path(p.runs.size());
      for (const std::uint32_t run : p.path) path[run] = 1;
      for (std::size_t i = 0; i < p.runs.size(); i++) {
        const TaskRun& run = p.runs[i];
        const std::string name = run.task < table.tasks.size() ? table.tasks[run.task].name : "bug";
        replication.push_back(static_cast<std::int64_t>(r));
        project.push_back(p.table);
        number.push_back(p.number);
        task.push_back(std::ranges::lower_bound(tasks, name) - tasks.begin());
        again.push_back(run.again);
        released.push_back(run.released);
        ended.push_back(run.ended);
        on_path.push_back(path[i]);
        spent.insert(spent.end(), run.spent.begin(), run.spent.end());
      }
    }
  g.dimensions.emplace_back("task_run", number.size());
  add_coordinate(g, "task_name", std::move(tasks), "task");
  add_coordinate(g, "cause", causes(), "what time went into");
  add_coordinate(g, "project_name", names_of(model.projects.projects), "kind of project");
  const auto add = [&](const char* name, const char* unit, const char* meaning, Ints values) {
    g.variables.push_back({name, {"task_run"}, std::move(values), unit, meaning});
  };
  add("replication_index", "1", "replication, from 0", std::move(replication));
  add("project", "1", "index into project_name", std::move(project));
  add("number", "1", "number of the project among its kind, from 0", std::move(number));
  add("task", "1", "index into task_name", std::move(task));
  add("again", "1", "how often it had been done before", std::move(again));
  add("released", "ms", "when it could begin", std::move(released));
  add("ended", "ms", "when it was done; -1: not within the run", std::move(ended));
  add("on_path", "1", "1: on the critical path of a project that ended", std::move(on_path));
  g.variables.push_back(
      {"spent", {"task_run", "cause"}, std::move(spent), "ms", "from released to ended, by what it went into"});
  return g;
}

// Every project, and what it cost.
Group traced_projects(const Model& model, std::span<const Observations> all) {
  Ints replication, project, number, started, taped_out, ended, tape_outs, works, engineers;
  std::vector<double> people, shuttles, outside;
  for (std::size_t r = 0; r < all.size(); r++)
    for (const ProjectTrace& p : all[r].projects.traces) {
      const BillMoney money = money_of(model.projects, p.table, p.bill);
      replication.push_back(static_cast<std::int64_t>(r));
      project.push_back(p.table);
      number.push_back(p.number);
      started.push_back(p.started);
      taped_out.push_back(p.taped_out);
      ended.push_back(p.ended);
      tape_outs.push_back(p.tape_outs);
      works.push_back(p.works);
      engineers.push_back(std::accumulate(p.bill.engineers.begin(), p.bill.engineers.end(), std::int64_t{0}));
      people.push_back(money.people);
      shuttles.push_back(money.shuttles);
      outside.push_back(money.outside);
    }
  Group g;
  g.dimensions.emplace_back("project_run", number.size());
  add_coordinate(g, "project_name", names_of(model.projects.projects), "kind of project");
  const auto add = [&](const char* name, const char* unit, const char* meaning, auto values) {
    g.variables.push_back({name, {"project_run"}, std::move(values), unit, meaning});
  };
  add("replication_index", "1", "replication, from 0", std::move(replication));
  add("project", "1", "index into project_name", std::move(project));
  add("number", "1", "number of the project among its kind, from 0", std::move(number));
  add("started", "ms", "start", std::move(started));
  add("taped_out", "ms", "first tape-out; -1: not within the run", std::move(taped_out));
  add("ended", "ms", "end; -1: not within the run", std::move(ended));
  add("tape_outs", "1", "tape-outs", std::move(tape_outs));
  add("works", "1", "1: a chip works", std::move(works));
  add("engineers", "ms", "engineer time given to it within the window", std::move(engineers));
  add("people_cost", "money", "cost of that time", std::move(people));
  add("shuttles_cost", "money", "seats used and missed within the window", std::move(shuttles));
  add("outside_cost", "money", "tasks with a cost done within the window", std::move(outside));
  return g;
}

} // namespace

void add_project_results(experiment::Tree& tree, const Model& model, std::span<const Observations> all) {
  if (model.projects.empty()) return;
  tree["design/projects"] = projects(model, all);
  if (!model.projects.teams.empty()) tree["design/teams"] = teams(model, all);
  if (!model.projects.shuttles.empty()) tree["design/shuttles"] = shuttles(model, all);
  if (std::ranges::none_of(all, [](const Observations& o) { return !o.projects.traces.empty(); })) return;
  tree["design/trace"]; // beside that of jobs
  tree["design/trace/projects"] = traced_projects(model, all);
  tree["design/trace/tasks"] = project_trace(model, all);
}

} // namespace centresim::design
