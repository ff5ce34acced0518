// Rules of projects by hand: who takes what, rework before a tape-out, due dates, overtime, hand-overs, what can never
// end, and what it all costs.
#include "project_support.hpp"

#include "centresim/design/results.hpp"
#include "centresim/experiment/kpi.hpp"

namespace centresim::design {
namespace {
using namespace test;

Bugs fatal(double density) {
  Bugs b;
  b.density = density;
  b.fatality = 1;
  b.found_in_silicon = 1;
  b.skill = "rtl";
  b.fix = hours_law(1);
  return b;
}

double kpi(const Floor& f, const Span& span, const Observations& o, const std::string& label) {
  for (const experiment::KpiSeries& k : kpis(compile(f, span), std::span(&o, 1)))
    if (experiment::kpi_label(k.info, k.labels) == label) return k.values.at(0);
  FAIL("no key figure " + label);
  return 0;
}

} // namespace

TEST_CASE("nobody idles for whom there is work, whatever the names", "[design][projects]") {
  // Verification and design in parallel, 40 h each: who can do both must leave verification to who can do nothing else.
  const bool first = GENERATE(false, true), at_once = GENERATE(false, true);
  Floor f = projects({human("dvt", 40, {}, "dv"), human("rt", 40)});
  f.calendars = {office()};
  f.staffing.at_once = at_once;
  f.teams = {team(first ? "a" : "z", 1, {"rtl", "dv"}, "office"), team("m", 1, {"dv"}, "office")};
  const Observations o = run_floor(f, horizon(30));
  CHECK(ended_after(o) == 4 * 24 + 17); // Friday evening
  for (const TeamSums& t : o.projects.teams) CHECK(t.working == hours(40).ticks);
}

TEST_CASE("three engineers, three places, one way to fill them", "[design][projects]") {
  Floor f = projects({human("a", 4, {}, "a"), human("b", 4, {}, "b"), human("c", 4, {}, "c")});
  f.staffing.at_once = false;
  f.teams = {team("x", 1, {"a", "b"}), team("y", 1, {"a", "c"}), team("z", 1, {"a"})};
  CHECK(ended_after(run_floor(f, horizon(5))) == 4);
  f.teams = {team("x", 1, {"c", "a"}), team("y", 1, {"b", "c"}), team("z", 1, {"c", "b"})};
  CHECK(ended_after(run_floor(f, horizon(5))) == 4);
  f.teams = {team("x", 1, {"a", "b"}), team("y", 1, {"a", "c"}), team("z", 1, {"a", "d"})}; // x must make room for z
  CHECK(ended_after(run_floor(f, horizon(5))) == 4);
}

TEST_CASE("the better engineer goes first", "[design][projects]") {
  Floor f = projects({human("a", 10)});
  f.teams = {team("junior", 1, {"rtl"}), team("senior", 1, {"rtl"})};
  f.teams[0].skills[0].level = 0.5;
  CHECK(ended_after(run_floor(f, horizon(5))) == 10);
}

TEST_CASE("places that nobody present can take hide no work", "[design][projects]") {
  Floor f = projects({human("a", 4), human("b", 4, {}, "dv")});
  f.flows[0].tasks[0].people = 4;
  f.calendars = {always(), office()};
  f.staffing.at_once = false;
  f.teams = {team("rtl", 1, {"rtl"}, "office"), team("dv", 1, {"dv"})};
  CHECK(ends(run_floor(f, horizon(2)), 1) == std::vector<double>{4}); // the designers come at eight
}

TEST_CASE("the first task gets the best engineer", "[design][projects]") {
  Floor f = projects({human("a", 10), human("b", 10)});
  f.teams = {team("junior", 1, {"rtl"}), team("senior", 1, {"rtl"})};
  f.teams[0].skills[0].level = 0.5;
  const Observations o = run_floor(f, horizon(5));
  CHECK(ends(o, 0) == std::vector<double>{10});
  CHECK(ends(o, 1) == std::vector<double>{16}); // 6 h are done by noon, the rest is the senior's
}

TEST_CASE("two thousand engineers are given to projects in no time", "[design][projects]") {
  Floor f = projects({human("a", 400), human("b", 400, {}, "dv")});
  for (Task& t : f.flows[0].tasks) t.people = 900;
  f.teams = {team("rtl", 1000, {"rtl"}), team("dv", 1000, {"dv"})};
  f.staffing.at_once = GENERATE(false, true);
  for (int i = 0; i < 20; i++) {
    f.projects.push_back(f.projects[0]);
    f.projects.back().name = "q" + std::to_string(i);
  }
  const Observations o = run_floor(f, horizon(15)); // without at_once nine hundred stay for a half-day
  for (const ProjectSums& p : o.projects.projects) CHECK(p.finished == 1);
}

TEST_CASE("no tape-out while the work before it is done again", "[design][projects]") {
  // 24 h, a check of 24 h that fails once: 48 to 72 h again. The cut-off at 60 h is missed, the next one is at 300 h.
  Floor f = projects({human("a", 24), outside("check", hours_law(24), {"a"}), gate("g", 0, {"check"}, "a"),
                      task("mpw", TaskType::shuttle, {"a"})});
  f.flows[0].tasks[2].improvement = 0;
  f.shuttles = {shuttle("s", 2.5, 10)};
  const Observations o = run_floor(f, horizon(30));
  CHECK(ended_after(o) == 300);
  const ProjectSums& p = o.projects.projects[0];
  CHECK(p.tape_outs == 1);
  CHECK(p.caught == 1);
  CHECK(p.missed == 1);
  CHECK(p.slack == hours(300 - 72).ticks);
  core::Tick path = 0;
  for (const core::Tick t : p.path) path += t;
  CHECK(path == hours(300).ticks);
}

TEST_CASE("nor while work far before it is done again", "[design][projects]") {
  // rtl, layout, shuttle; a check beside the layout sends rtl back at 48 h, the layout is kept.
  Floor f = projects({human("rtl", 24), human("layout", 6, {"rtl"}), outside("check", hours_law(24), {"rtl"}),
                      gate("g", 0, {"check"}, "rtl"), task("mpw", TaskType::shuttle, {"layout"})});
  f.flows[0].tasks[3].improvement = 0;
  f.shuttles = {shuttle("s", 2.5, 10)};
  const Observations o = run_floor(f, horizon(30));
  CHECK(ended_after(o) == 300);
  CHECK(o.projects.projects[0].missed == 1);
  CHECK(o.projects.projects[0].slack == hours(300 - 72).ticks);
}

TEST_CASE("due dates count once, in the window in which they are met or missed", "[design][projects]") {
  Floor f =
      projects({human("a", 24), task("mpw", TaskType::shuttle, {"a"}), task("silicon", TaskType::silicon, {"mpw"})});
  f.flows[0].tasks[2].returns = {{"a", 1}};
  f.flows[0].tasks[2].max_tries = 2;
  f.shuttles = {shuttle("s", 5, 5)};
  f.projects[0].bugs = fatal(1000);
  f.projects[0].due = days(10);
  Span span = horizon(60);
  const auto counted = [&] {
    const ProjectSums p = run_floor(f, span).projects.projects[0];
    return std::pair(p.with_due_date, p.on_time);
  };
  CHECK(counted() == std::pair<std::int64_t, std::int64_t>(1, 1));
  span.warmup = days(4).ticks; // it was ready before
  CHECK(counted() == std::pair<std::int64_t, std::int64_t>(0, 0));
  f.flows[0].tasks[0].effort = hours_law(1000); // never ready, and overdue
  span.horizon = days(20).ticks;
  CHECK(counted() == std::pair<std::int64_t, std::int64_t>(1, 0));
  span.warmup = days(11).ticks; // overdue before
  CHECK(counted() == std::pair<std::int64_t, std::int64_t>(0, 0));
  span.warmup = 0, span.horizon = days(10).ticks; // not yet
  CHECK(counted() == std::pair<std::int64_t, std::int64_t>(0, 0));
  f.flows[0].tasks = {f.flows[0].tasks[0]}; // without a tape-out there is nothing to be ready for
  span.horizon = days(20).ticks;
  CHECK(counted() == std::pair<std::int64_t, std::int64_t>(0, 0));
}

TEST_CASE("overtime is worked in the evening, by who is at work, before a late tape-out", "[design][projects]") {
  Floor f = projects({human("a", 8)}, 1);
  f.calendars = {office()};
  f.teams = {team("team", 1, {"rtl"}, "office")};
  f.projects[0].due = hours(1);
  f.teams[0].overtime = hours(0.5);
  Observations o = run_floor(f, horizon(5));
  CHECK(ended_after(o) == 17); // not through lunch
  CHECK(o.projects.teams[0].overtime == 0);
  f.flows[0].tasks[0].effort = hours_law(10);
  f.teams[0].overtime = hours(3);
  o = run_floor(f, horizon(5));
  CHECK(ended_after(o) == 19);
  CHECK(o.projects.teams[0].overtime == hours(2).ticks); // and then home
  f.flows[0].tasks.push_back(outside("packages", hours_law(24), {"a"}));
  o = run_floor(f, horizon(5));
  CHECK(ended_after(o) == 19 + 24);
  CHECK(o.projects.teams[0].overtime == hours(2).ticks); // also where the project goes on

  f = projects({human("a", 2), task("mpw", TaskType::shuttle, {"a"}), human("bring-up", 20, {"mpw"})}, 1);
  f.calendars = {office()};
  f.teams = {team("team", 1, {"rtl"}, "office")};
  f.teams[0].overtime = hours(2);
  f.projects[0].due = days(30);
  f.shuttles = {shuttle("s", 1, 10)};
  f.shuttles[0].fab_time = hours_law(60 * 24);
  o = run_floor(f, horizon(90));
  CHECK(o.projects.projects[0].finished == 1);
  CHECK(o.projects.teams[0].overtime == 0); // it taped out in time
}

TEST_CASE("two sites at one task hand nothing over", "[design][projects]") {
  Floor f = projects({human("a", 80)});
  f.flows[0].tasks[0].people = 2;
  f.staffing.handover = hours(1);
  f.node_classes = {node_class("x", 1, 1), node_class("y", 1, 1)};
  f.node_classes[0].site = "east", f.node_classes[1].site = "west";
  f.sites = {{"east", {}, {}, 0}, {"west", {}, {}, 0}};
  f.projects[0].site = "east";
  f.calendars = {office()};
  f.teams = {team("east", 1, {"rtl"}, "office"), team("west", 1, {"rtl"}, "office")};
  f.teams[0].site = "east", f.teams[1].site = "west";
  Observations o = run_floor(f, horizon(30));
  CHECK(ended_after(o) == 4 * 24 + 17);
  CHECK(o.projects.teams[0].handovers + o.projects.teams[1].handovers == 0);
  // The west stays four hours longer every day: in the morning the east is told what has been done.
  f.calendars.push_back(office("late"));
  f.calendars[1].half_days = {hours(8), hours(13), hours(17)};
  f.teams[1].calendar = "late";
  o = run_floor(f, horizon(30));
  CHECK(o.projects.teams[0].handovers > 0);
}

TEST_CASE("a gate that waits for cycles which nobody runs any more is stalled", "[design][projects]") {
  Task reg = compute("regression", 1);
  reg.every = days(1);
  reg.until = "a";
  reg.cycles = 1;
  Task g = gate("g", 1, {"a"}, "a");
  g.after_cycles = 100;
  Floor f = projects({human("a", 240), reg, g});
  f.node_classes = {node_class("node", 1, 4)};
  Observations o = run_floor(f, horizon(9)); // at work
  CHECK(o.projects.stalled == 0);
  o = run_floor(f, horizon(60));
  CHECK(o.projects.projects[0].finished == 0);
  CHECK(o.projects.stalled == 1);
  f.flows[0].tasks[2].after_cycles = 5;
  o = run_floor(f, horizon(60));
  CHECK(o.projects.projects[0].finished == 1);
  CHECK(o.projects.stalled == 0);
}

TEST_CASE("what a floor costs, to the last unit of money", "[design][projects]") {
  // 73 days, a fifth of a year, from a Monday: 53 working days of 8 h. A late project of 20 h with 2 h of overtime.
  Floor f = projects(
      {human("a", 20), outside("packages", hours_law(24), {"a"}), task("mpw", TaskType::shuttle, {"packages"})});
  f.flows[0].tasks[1].cost = 48;
  f.calendars = {office()};
  f.teams = {team("team", 2, {"rtl"}, "office")};
  f.teams[0].cost = 100;
  f.teams[0].overtime = hours(2), f.teams[0].overtime_cost = 1.5;
  f.projects[0].due = hours(1);
  f.projects[0].area = 3;
  f.node_classes = {node_class("node", 2, 5)};
  f.node_classes[0].cost = 0.1, f.node_classes[0].rented = true;
  f.features = {feature("sim", 7)};
  f.features[0].cost = 1000;
  f.flows[0].tasks[2].book_after = "a"; // booked for day 4, ready then
  f.shuttles = {shuttle("s", 4, 20)};
  f.shuttles[0].price = 10, f.shuttles[0].minimum_area = 4, f.shuttles[0].missed_fee = 0.5;
  const Span span = horizon(73);
  const Observations o = run_floor(f, span);
  // Monday 8 h and 2 h more, Tuesday 8 h and 2 h more.
  CHECK(o.projects.teams[0].overtime == hours(4).ticks);
  const ProjectSums& p = o.projects.projects[0];
  CHECK(p.caught == 1);
  const auto cost = [&](const char* part) { return kpi(f, span, o, std::string("design.cost[part=") + part + "]"); };
  CHECK(cost("people") == Approx(5 * (2 * 53 * 8 * 100 + 4 * 150)));
  CHECK(cost("licences") == Approx(7 * 1000));
  CHECK(cost("compute") == Approx(5 * 73 * 24 * 10 * 0.1));
  CHECK(cost("shuttles") == Approx(5 * (40 + 20 * static_cast<double>(p.missed))));
  CHECK(cost("outside") == Approx(5 * 48));
  const double all = cost("people") + cost("licences") + cost("compute") + cost("shuttles") + cost("outside");
  CHECK(kpi(f, span, o, "design.cost") == Approx(all));
  CHECK(kpi(f, span, o, "design.cost_per_tape_out") == Approx(all / 5));
  // One engineer for these twenty hours is the project's own cost.
  const double seats = 40 + 20 * static_cast<double>(p.missed);
  CHECK(kpi(f, span, o, "design.project_cost[project=p]") == Approx(5 * (16 * 100 + 4 * 150 + seats + 48)));
  REQUIRE(o.projects.traces.size() == 1);
  CHECK(o.projects.traces[0].bill == p.bill);
  CHECK(p.bill.engineers[0] == hours(20).ticks);
}

} // namespace centresim::design
