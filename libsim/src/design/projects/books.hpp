// Whether people, seats, money, jobs and bugs add up: looked at when a run ends, and in a checked build after every
// event.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline void ProjectState::check_books() const {
  const auto demand = [](bool right, const char* what) {
    if (!right) throw std::logic_error(std::string(what) + " of the projects do not add up");
  };
  for (const TeamSums& t : seen_.teams)
    demand(t.present == t.working + t.licence + t.machine + t.idle + t.free, "the hours of the engineers");
  check_bills();
  std::vector<std::size_t> crew(live_.size());
  for (const Engineer& e : engineers_) {
    demand((e.project == kNobody) == (e.doing == Doing::away || e.doing == Doing::free), "the engineers");
    if (e.project != kNobody) crew[e.project]++;
  }
  std::vector<std::uint32_t> jobs(live_.size());
  std::set<std::uint64_t> unused(free_tags_.begin(), free_tags_.end());
  unused.insert(ended_sessions_.begin(), ended_sessions_.end());
  for (std::uint64_t tag = 0; tag < jobs_.size(); tag++)
    if (!unused.contains(tag) && jobs_[tag].engineer == kNobody) jobs[jobs_[tag].project]++;
  for (const LiveProject& p : live_) check_project(p, crew[p.id], jobs[p.id]);
  for (std::uint32_t s = 0; s < runs_.size(); s++)
    for (const auto& [number, run] : runs_[s]) {
      demand(static_cast<std::int64_t>(run.booked.size()) <= model_.shuttles[s].seats, "the seats");
      for (const std::uint32_t p : run.booked)
        demand(live_[p].shuttle == s && live_[p].shuttle_run == number, "the seats");
    }
}

// Money: what the projects are paid for, each by itself, is what their kinds are, and what people and shuttles gave.
inline void ProjectState::check_bills() const {
  const auto demand = [](bool right, const std::string& what) {
    if (!right) throw std::logic_error("the bills for " + what + " do not add up");
  };
  const auto add = [](auto& to, const auto& from) {
    for (std::size_t i = 0; i < to.size(); i++) to[i] += from[i];
  };
  const auto add_bill = [&](Bill& to, const Bill& from) {
    add(to.engineers, from.engineers), add(to.overtime, from.overtime), add(to.task_ends, from.task_ends);
    add(to.seats, from.seats), add(to.fees, from.fees);
  };
  std::vector<Bill> kinds;
  for (std::uint32_t p = 0; p < model_.projects.size(); p++) kinds.push_back(empty_bill(p));
  for (const LiveProject& p : live_) add_bill(kinds[p.table], p.bill);
  Bill all{std::vector<Tick>(model_.teams.size()),
           std::vector<Tick>(model_.teams.size()),
           {},
           std::vector<std::int64_t>(model_.shuttles.size()),
           std::vector<std::int64_t>(model_.shuttles.size())};
  for (std::uint32_t p = 0; p < kinds.size(); p++) {
    demand(kinds[p] == seen_.projects[p].bill, "the projects of kind '" + model_.projects[p].name + "'");
    add_bill(all, kinds[p]);
  }
  for (std::size_t t = 0; t < model_.teams.size(); t++)
    demand(all.engineers[t] == seen_.teams[t].present - seen_.teams[t].free &&
               all.overtime[t] == seen_.teams[t].overtime,
           "team '" + model_.teams[t].name + "'");
  for (std::size_t s = 0; s < model_.shuttles.size(); s++)
    demand(all.seats[s] == seen_.shuttles[s].caught && all.fees[s] == seen_.shuttles[s].missed,
           "shuttle '" + model_.shuttles[s].name + "'");
}

inline void ProjectState::check_project(const LiveProject& p, std::size_t crew, std::uint32_t jobs) const {
  const auto demand = [&](bool right, const char* what) {
    if (!right) throw std::logic_error(std::string(what) + " of project '" + table(p).name + "' do not add up");
  };
  demand(p.crew.size() == crew, "the engineers");
  const ProjectTable& of = table(p);
  std::size_t left = 0;
  std::uint32_t open = 0, posted = 0, machines = 0;
  std::vector<std::uint32_t> hands(p.tasks.size()), active(p.tasks.size());
  for (const std::uint32_t id : p.crew) {
    const Engineer& e = engineers_[id];
    if (e.task == kNobody) continue;
    hands[e.task]++;
    active[e.task] += e.doing == Doing::working;
  }
  for (std::uint32_t t = 0; t < p.tasks.size(); t++) {
    const LiveTask& task = p.tasks[t];
    const bool done = task.state == TaskState::done;
    left += t < of.tasks.size() && of.tasks[t].every == 0 && !done;
    open += t >= of.tasks.size() && !done;
    posted += task.jobs;
    machines += task.jobs > 0;
    demand(task.hands == hands[t] && task.active == active[t], "the hands");
  }
  demand(left == p.left, "the tasks");
  demand(open == p.open_bugs, "the bugs");
  demand(posted == jobs && machines == p.machines, "the jobs");
}

} // namespace centresim::design
