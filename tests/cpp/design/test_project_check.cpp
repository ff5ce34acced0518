// Floors with people and projects that cannot be, and what is said of them: before the run, all at once.
#include "project_support.hpp"

namespace centresim::design {
namespace {
using namespace test;

Lines told(const Floor& floor) {
  schema::Errors errors;
  check(floor, "design", errors);
  Lines found;
  for (const core::Issue& i : errors.issues()) found.push_back(i.path + ": " + i.rule);
  return found;
}

Floor good() {
  Floor f = projects({human("a", 1), compute("b", 1, {"a"}), gate("g", 0.5, {"b"}, "a"),
                      task("mpw", TaskType::shuttle, {"g"}), task("silicon", TaskType::silicon, {"mpw"})});
  f.node_classes = {node_class("node", 1, 4)};
  f.shuttles = {shuttle("s", 10, 10)};
  f.flows[0].tasks[4].returns = {{"b", 1}};
  return f;
}

} // namespace

TEST_CASE("what cannot work is told before the run", "[design][projects]") {
  Floor f = good();
  CHECK(told(f).empty());
  std::vector<Task>& tasks = f.flows[0].tasks;
  SECTION("tasks that wait for one another") {
    tasks[0].after = {"b"}; // what comes after the circle is innocent
    CHECK(told(f) ==
          Lines{"design.flows.chip.tasks.a.after: the tasks go round in a circle: 'a' before 'b' before 'a'"});
    f.projects[0].flow = "other"; // a flow that nobody uses is looked at, too
    f.flows.push_back({"other", {human("x", 1)}});
    CHECK(told(f).size() == 1);
    f.flows[0].tasks[0].after = {"a"};
    CHECK(told(f) == Lines{"design.flows.chip.tasks.a.after: the tasks go round in a circle: 'a' before 'a'"});
  }
  SECTION("a task that nobody has the skill for") {
    tasks[0].skill = "rlt";
    CHECK(told(f) ==
          Lines{"design.flows.chip.tasks.a.skill: nobody has this skill: no team names it; did you mean 'rtl'?"});
  }
  SECTION("a gate that is never passed") {
    tasks[2].pass = 0;
    CHECK(told(f) ==
          Lines{"design.flows.chip.tasks.g.pass: it can never be passed: pass is 0, and no try is better than "
                "the last (improvement is 1)"});
    tasks[2].improvement = 0.9;
    CHECK(told(f).empty());
  }
  SECTION("a cut-off before its booking date") {
    f.shuttles[0].booking = days(11);
    CHECK(told(f) == Lines{"design.shuttles.s.first: is before its booking date: seats are booked 11 d ahead"});
  }
  SECTION("a calendar without a working day") {
    f.calendars[0].workdays.clear();
    CHECK(told(f).size() == 1);
    CHECK(told(f)[0].starts_with("design.calendars.always"));
  }
  SECTION("no shuttle of the node, too many threads, no such stage, a return to what comes later") {
    f.projects[0].node = "28 nm";
    tasks[1].threads = 5;
    tasks[1].run.reset();
    tasks[1].stage = "synth";
    tasks[2].returns[0].to = "silicon";
    CHECK(told(f) == Lines{"design.flows.chip.tasks.b.stage: there is no stage of that name",
                           "design.projects.p.node: there is no shuttle for this node: it can never tape out",
                           "design.projects.p.flow: jobs of its task 'b' take 5 cores, which no node of the farm has: "
                           "they can never run",
                           "design.flows.chip.tasks.g.returns: is not before 'g', and cannot be returned to"});
  }
  SECTION("bugs that nobody can mend, a batch without an end, licences that are too few") {
    f.projects[0].bugs = Bugs{};
    f.projects[0].bugs->skill = "dv";
    tasks[1].every = days(1);
    f.features = {feature("sim", 1)};
    tasks[1].tokens = {{"sim", 2, 0}};
    tasks[0].session = {{"gui", 1, 0}};
    tasks[2].after = {"a"};
    CHECK(told(f) ==
          Lines{"design.flows.chip.tasks.a.session: there is no feature of that name",
                "design.flows.chip.tasks.b.until: is missing: the task with which it ends",
                "design.projects.p.bugs.skill: nobody has this skill: no team names it",
                "design.projects.p.flow: its task 'b' needs 2 tokens of 'sim', which has 1: it can never run",
                "design.flows.chip.tasks.silicon.returns: is not before 'silicon', and cannot be returned to"});
  }
  SECTION("silicon without a chip, the same chip again, seats that are booked too late") {
    tasks[4].returns = {{"test", 1}};
    tasks.push_back(human("test", 1, {"mpw"}));
    tasks[4].after = {"test"};
    CHECK(told(f) == Lines{"design.flows.chip.tasks.silicon.returns: is behind the shuttle: the same chip "
                           "would be tried again"});
    tasks[4].returns = {{"b", 1}};
    tasks[3].book_after = "test";
    tasks[4].book_after = "a";
    CHECK(told(f) ==
          Lines{"design.flows.chip.tasks.mpw.book_after: is not before the shuttle: seats would be booked too late",
                "design.flows.chip.tasks.silicon.book_after: is for tasks of type shuttle"});
    tasks[3].book_after = tasks[4].book_after = "";
    tasks[4].after = {"g"};
    CHECK(told(f) == Lines{"design.flows.chip.tasks.silicon.after: must come after a task of type shuttle: without one "
                           "there is no chip to try",
                           "design.flows.chip.tasks.silicon.returns: is behind the shuttle: the same chip "
                           "would be tried again"});
  }
  SECTION("what would never end") {
    tasks[2].after_cycles = 100;
    CHECK(told(f) == Lines{"design.projects.p.flow: gate 'g' waits for regression cycles (after_cycles), which no task "
                           "runs before it: it can never open"});
    tasks.push_back(compute("late", 1, {"g"}));
    tasks.back().cycles = 100;
    CHECK(told(f).size() == 1);
    tasks[1].cycles = 1;
    CHECK(told(f).empty());
    tasks.back().every = days(1);
    tasks.back().until = "late";
    CHECK(told(f) == Lines{"design.flows.chip.tasks.late.until: comes again and again itself: it has no end"});
    f.flows[0].tasks = {tasks.back()};
    f.flows[0].tasks[0].after.clear();
    CHECK(told(f) == Lines{"design.flows.chip.tasks.late.until: comes again and again itself: it has no end",
                           "design.flows.chip.tasks: all come again and again: the flow would never end"});
  }
  SECTION("engineers who leave at once, and hand-overs that take a half-day") {
    f.teams[0].stay = hours_law(12);
    f.teams[0].replacement = hours_law(11);
    CHECK(told(f) == Lines{"design.teams.team.stay: is too short: with the time until they are replaced, engineers "
                           "stay less than a day"});
    f.teams[0].replacement = hours_law(12);
    CHECK(told(f).empty());
    f.staffing.handover = hours(12);
    CHECK(told(f).empty()); // one place
    f.sites = {{"x", {}, {}, 0}, {"y", {}, {}, 0}};
    f.node_classes[0].site = f.projects[0].site = f.teams[0].site = "x";
    f.node_classes.push_back(f.node_classes[0]);
    f.node_classes[1].name = "other", f.node_classes[1].site = "y";
    f.teams.push_back(f.teams[0]);
    f.teams[1].name = "others", f.teams[1].site = "y";
    const auto never_ends = [](const std::string& work) {
      return Lines{"design.staffing.handover: must be less than the work of a half-day (team " + work +
                   "): work that changes its site every half-day would never end"};
    };
    CHECK(told(f) == never_ends("'team', skill 'rtl': 12 h"));
    f.staffing.handover = hours(6); // the others do half as much in that time, or less at a distance
    CHECK(told(f).empty());
    f.teams[1].skills[0].level = 0.5;
    CHECK(told(f) == never_ends("'others', skill 'rtl': 6 h"));
    f.teams[1].skills[0].level = 1;
    f.teams[1].round_trip = f.staffing.round_trip_half;
    CHECK(told(f) == never_ends("'others', skill 'rtl': 6 h"));
    f.staffing.handover = hours(5.9);
    CHECK(told(f).empty());
  }
  SECTION("blocks") {
    f.projects[0].blocks = {{"x", "chip", 1, 0}};
    const Lines lines = told(f); // a chip's flow as a block, twice, and no task of type blocks
    REQUIRE(lines.size() == 3);
    CHECK(lines[0] == "design.projects.p.blocks.x.flow: its task 'mpw' is for the flow of a chip, not of a block");
    CHECK(lines[2] == "design.projects.p.blocks: its flow 'chip' has no task of type blocks: they would never be done");
  }
}

TEST_CASE("tokens of a partition, sites and sessions are asked of the farm as jobs ask", "[design][projects]") {
  Floor f = projects({compute("a", 1), human("b", 1)});
  f.node_classes = {node_class("node", 1, 4)};
  f.features = {feature("sim", 4)};
  f.features[0].partitions = {{"others", 3, ""}};
  f.flows[0].tasks[0].tokens = {{"sim", 2, 0}}; // the pool has 4, but only 1 for this project
  CHECK(told(f) == Lines{"design.projects.p.flow: its task 'a' needs 2 tokens of 'sim', which has 1 for its account: "
                         "it can never run"});
  f.projects[0].account = "others";
  CHECK(told(f).empty());
  f.sites = {{"x", {}, {}, 0}};
  f.node_classes[0].site = "x";
  CHECK(told(f) == Lines{"design.projects.p.site: is missing: there are several sites"});
  f = projects({human("b", 1)});
  f.features = {feature("gui", 1)};
  f.flows[0].tasks[0].session = {{"gui", 1, 0}};
  CHECK(told(f) == Lines{"design.projects.p.flow: sessions of its task 'b' need a farm: there is no node for them"});
}

TEST_CASE("a job that no node can hold ends the run with a message", "[design][projects]") {
  // Known when its memory is drawn: 16 cores are where memory is short.
  Floor f = projects({compute("a", 1)});
  f.node_classes = {node_class("cores", 1, 16), node_class("memory", 1, 4)};
  f.node_classes[0].memory = 8, f.node_classes[1].memory = 64;
  f.flows[0].tasks[0].threads = 16;
  f.flows[0].tasks[0].memory = number(32);
  CHECK(told(f).empty());
  const Model model = compile(f, horizon(5));
  FloorEngine engine(model, 1, 0);
  Free pulse;
  CHECK_THROWS_AS(engine.run(pulse), core::ModelError);
}

} // namespace centresim::design
