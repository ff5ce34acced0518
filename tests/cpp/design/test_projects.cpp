// Projects against exact schedules: critical path, sum of work, hand-made half-days, gates, licences that engineers
// hold.
#include "project_support.hpp"

namespace centresim::design {
namespace {
using namespace test;

// The longest way through the tasks of a flow, hours: an oracle of its own.
double longest(const std::vector<Task>& tasks, const std::map<std::string, double>& time) {
  std::map<std::string, double> until;
  std::function<double(const std::string&)> end = [&](const std::string& name) -> double {
    if (const auto known = until.find(name); known != until.end()) return known->second;
    double from = 0;
    for (const Task& t : tasks)
      if (t.name == name)
        for (const std::string& before : t.after) from = std::max(from, end(before));
    return until[name] = from + time.at(name);
  };
  double most = 0;
  for (const Task& t : tasks) most = std::max(most, end(t.name));
  return most;
}

} // namespace

TEST_CASE("with people and cores enough a project takes its critical path", "[design][projects]") {
  std::vector<Task> tasks{human("spec", 30.5),
                          human("rtl", 100.25, {"spec"}),
                          human("testbench", 80, {"spec"}),
                          compute("synthesis", 7.75, {"rtl"}, 12),
                          outside("review", hours_law(40), {"testbench"}),
                          human("floorplan", 20.125, {"synthesis", "testbench"}),
                          compute("route", 31.5, {"floorplan"}),
                          task("sign-off", TaskType::blocks, {"route", "review"})};
  tasks.back() = human("sign-off", 4, {"route", "review"});
  std::map<std::string, double> time;
  for (const Task& t : tasks)
    time[t.name] = (t.type == TaskType::compute    ? t.run->mean()
                    : t.type == TaskType::external ? t.time.mean()
                                                   : t.effort.mean()) /
                   static_cast<double>(kHourTicks);
  Floor f = projects(tasks);
  f.node_classes = {node_class("node", 4, 16)};
  const Observations o = run_floor(f, horizon(60));
  CHECK(ended_after(o) == longest(tasks, time));
  CHECK(ended_after(o) == 30.5 + 100.25 + 7.75 + 20.125 + 31.5 + 4);
  const ProjectSums& p = o.projects.projects[0];
  CHECK(p.finished == 1);
  CHECK(p.path[static_cast<std::size_t>(Cause::engineering)] == hours(30.5 + 100.25 + 20.125 + 4).ticks);
  CHECK(p.path[static_cast<std::size_t>(Cause::machines)] == hours(7.75 + 31.5).ticks);
  CHECK(p.bill.task_ends == std::vector<std::int64_t>(8, 1));
}

TEST_CASE("one engineer needs the sum of all work", "[design][projects]") {
  Floor f = projects({human("a", 10), human("b", 20.5, {"a"}), human("c", 7, {"a"}), human("d", 3, {"b", "c"})}, 1);
  f.staffing.at_once = GENERATE(false, true); // all tasks are of one project: its engineer goes on at once
  const Observations o = run_floor(f, horizon(10));
  CHECK(ended_after(o) == 40.5);
  CHECK(o.projects.teams[0].working == hours(40.5).ticks);
  CHECK(o.projects.teams[0].present == days(10).ticks);
}

TEST_CASE("half-days of an office, by hand", "[design][projects]") {
  // Monday 8-12, 13-17 and so on. a takes 5 h: Monday 8-12 and 13-14; b 10 h: 14-17, Tuesday 8-12 and 13-16.
  Floor f = projects({human("a", 5), human("b", 10, {"a"})}, 1);
  f.staffing.at_once = false;
  f.calendars = {office()};
  f.teams[0].calendar = "office";
  Observations o = run_floor(f, horizon(7));
  CHECK(ends(o, 0) == std::vector<double>{14});
  CHECK(ends(o, 1) == std::vector<double>{24 + 16});
  // 10 h of b in 26 h: work 10, nights 16; a: 8 h before the first morning, 1 h of lunch.
  const auto& path = o.projects.projects[0].path;
  CHECK(path[static_cast<std::size_t>(Cause::engineering)] == hours(15).ticks);
  CHECK(path[static_cast<std::size_t>(Cause::off_hours)] == hours(25).ticks);
  CHECK(o.projects.teams[0].present == hours(40).ticks);

  SECTION("a task that becomes ready within a half-day waits for the next one, where nobody of its project is free") {
    // The jobs end on Monday at 8 + 1 + 2.5 = 11:30. Nobody was kept: c begins at 13.
    f.flows[0].tasks = {human("a", 1), compute("run", 2.5, {"a"}), human("c", 1, {"run"}, "dv")};
    f.teams.push_back(team("dv", 1, {"dv"}, "office"));
    f.node_classes = {node_class("node", 1, 4)};
    o = run_floor(f, horizon(7));
    CHECK(ends(o, 1) == std::vector<double>{14});
    f.staffing.at_once = true; // half an hour before noon, half an hour after
    o = run_floor(f, horizon(7));
    CHECK(ends(o, 1) == std::vector<double>{13.5});
  }
  SECTION("two people share a task") {
    f.flows[0].tasks[1].people = 2;
    f.teams[0].engineers = 2; // the second one is free on Monday: there is one task for one
    o = run_floor(f, horizon(7));
    CHECK(ends(o, 1) == std::vector<double>{24 + 8 + 3.5});
  }
  SECTION("overtime for a project that is late") {
    f.projects[0].due = hours(20);
    f.teams[0].overtime = hours(2);
    o = run_floor(f, horizon(7)); // Monday until 19: b has done 5 h; Tuesday 8-12, 13-14
    CHECK(ends(o, 1) == std::vector<double>{24 + 14});
    CHECK(o.projects.teams[0].overtime == hours(2).ticks);
  }
  SECTION("half of the half-days") {
    f.teams[0].presence = 0.5;
    o = run_floor(f, horizon(7)); // afternoons: 4 + 1 h of a until Tuesday 14, b 3 h, Wednesday 4, Thursday 3
    CHECK(ends(o, 0) == std::vector<double>{24 + 14});
    CHECK(ends(o, 1) == std::vector<double>{72 + 16});
  }
}

TEST_CASE("a farm with one core and jobs of one task, by hand", "[design][projects]") {
  Floor f = projects({compute("a", 2, {}, 3), human("b", 1, {"a"})});
  f.node_classes = {node_class("node", 1, 1)};
  const Observations o = run_floor(f, horizon(2));
  CHECK(ended_after(o) == 7);
  const auto& path = o.projects.projects[0].path;
  CHECK(path[static_cast<std::size_t>(Cause::cores)] == hours(4).ticks); // of the job that ended last
  CHECK(path[static_cast<std::size_t>(Cause::machines)] == hours(2).ticks);
}

TEST_CASE("licences: jobs and engineers wait for them", "[design][projects]") {
  Floor f = projects({compute("a", 2, {}, 2), human("b", 3), human("c", 4)});
  f.node_classes = {node_class("node", 1, 16)};
  f.features = {feature("sim", 1), feature("gui", 1)};
  f.policy.blocking = Blocking::skip; // a job without a licence holds up nobody else
  f.flows[0].tasks[0].tokens = {{"sim", 1, 0}};
  f.flows[0].tasks[1].session = f.flows[0].tasks[2].session = {{"gui", 1, 0}};
  const Observations o = run_floor(f, horizon(2));
  CHECK(ends(o, 0) == std::vector<double>{4});
  CHECK(ends(o, 1) == std::vector<double>{3});
  CHECK(ends(o, 2) == std::vector<double>{7});
  CHECK(o.projects.teams[0].licence == hours(3).ticks);
  const auto& path = o.projects.projects[0].path;
  CHECK(path[static_cast<std::size_t>(Cause::licences)] == hours(3).ticks);
  CHECK(path[static_cast<std::size_t>(Cause::engineering)] == hours(4).ticks);
  CHECK(o.features[0].used == Wide{hours(7).ticks}); // gui
}

TEST_CASE("mixed tasks queue for people twice", "[design][projects]") {
  Task m = compute("m", 6, {}, 4);
  m.type = TaskType::mixed;
  m.skill = "rtl";
  m.launch = hours_law(1);
  m.effort = hours_law(2);
  Floor f = projects({m}, 1);
  f.node_classes = {node_class("node", 1, 2)};
  const Observations o = run_floor(f, horizon(2));
  CHECK(ended_after(o) == 1 + 12 + 2);
  CHECK(o.projects.teams[0].machine == hours(12).ticks);
  const auto& path = o.projects.projects[0].path;
  CHECK(path[static_cast<std::size_t>(Cause::cores)] == hours(6).ticks);
  CHECK(path[static_cast<std::size_t>(Cause::machines)] == hours(6).ticks);
}

TEST_CASE("hand-overs, learning and switching", "[design][projects]") {
  // Two sites, twelve hours each: the work follows the sun, and every hand-over costs an hour.
  Floor f = projects({human("a", 22)}, 1);
  f.staffing.at_once = false;
  f.node_classes = {node_class("x", 1, 1), node_class("y", 1, 1)};
  f.node_classes[0].site = "east", f.node_classes[1].site = "west";
  f.sites = {{"east", {}, {}, 0}, {"west", {}, {}, 0}};
  f.projects[0].site = "east";
  common::Calendar day = always("day"), night = always("night");
  day.half_days = {hours(0)}, night.half_days = {hours(12)};
  f.calendars = {day, night};
  f.teams = {team("east", 1, {"rtl"}, "day"), team("west", 1, {"rtl"}, "night")};
  f.teams[0].site = "east", f.teams[1].site = "west";
  CHECK(ended_after(run_floor(f, horizon(5))) == 22);
  f.staffing.handover = hours(1);
  Observations o = run_floor(f, horizon(5)); // 12 done, 1 more: 11 left of 23
  CHECK(ended_after(o) == 23);
  CHECK(o.projects.teams[1].handovers == 1);

  f = projects({human("a", 10)}, 1); // newcomers do half; after one time constant 1 - 0.5/e
  f.teams[0].learning = days(10);
  f.teams[0].novice = 0.5;
  CHECK(ended_after(run_floor(f, horizon(5))) > 18); // settled at the start of work and of half-days
  f.teams[0].experience = days(10);
  CHECK(std::abs(ended_after(run_floor(f, horizon(5))) - 10 / (1 - 0.5 / std::exp(1))) < 0.1);

  f = projects({human("a", 10)}, 1); // a desktop far away
  f.teams[0].round_trip = f.staffing.round_trip_half = Duration{150};
  CHECK(ended_after(run_floor(f, horizon(5))) == 20);
  f.teams[0].round_trip = Duration{50}; // 1 + 1/9
  CHECK(std::abs(ended_after(run_floor(f, horizon(5))) - 100.0 / 9) < 1e-4);
  f.teams[0].round_trip = Duration{1500}; // nobody does less than a fifth
  CHECK(std::abs(ended_after(run_floor(f, horizon(5))) - 50) < 1e-3);

  // Two projects of one engineer: the second begins at 8, with a quarter of attention lost for ten half-days: 3 h of
  // work until noon, 5 more take 20/3 h.
  f = projects({human("a", 8)}, 1);
  f.projects.push_back(f.projects[0]);
  f.projects[1].name = "q";
  f.staffing.switching_loss = 0.25;
  o = run_floor(f, horizon(5));
  CHECK(ended_after(o, 0) == 8);
  CHECK(std::abs(ended_after(o, 1) - (12 + 20.0 / 3)) < 1e-4);
  f.projects[1].start = hours(8 + 10 * 12); // forgotten by then
  CHECK(ended_after(run_floor(f, horizon(10)), 1) == 8);
}

TEST_CASE("blocks: all of them, then the chip", "[design][projects]") {
  Floor f = projects({human("spec", 2), task("blocks", TaskType::blocks, {"spec"}), human("top", 5, {"blocks"})});
  f.flows.push_back({"block", {human("rtl", 10), human("place", 3, {"rtl"})}});
  f.flows[1].tasks[0].effort_exponent = 1;
  f.projects[0].blocks = {{"cpu", "block", 200'000, 0}, {"io", "block", 50'000, 0}};
  Observations o = run_floor(f, horizon(5));
  CHECK(ended_after(o) == 2 + 20 + 3 + 5);

  SECTION("a gate of the chip sends a task of the blocks back") {
    f.flows[0].tasks.push_back(gate("sign-off", 0, {"top"}, "block/place"));
    f.flows[0].tasks.back().improvement = 0; // the second try passes
    f.flows[0].tasks.back().rework = 0.5;
    o = run_floor(f, horizon(5));
    CHECK(ended_after(o) == 30 + 1.5 + 2.5);
    CHECK(o.projects.projects[0].path[static_cast<std::size_t>(Cause::rework)] == hours(4).ticks);
  }
}

} // namespace centresim::design
