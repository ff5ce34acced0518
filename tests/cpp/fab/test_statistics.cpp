// What is counted: states of tools, windows of time, lots, steps.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

// W13: time is booked as it passes, not at dispatch.
TEST_CASE("a job that runs at the end counts only as far as it came", "[fab]") {
  Fab f = fab({group("E", 2)}, {step("a", "E", 100)});
  f.tool_groups[0].load = minutes(2);
  f.lots = {lot("L", 5)};
  const Run r = run(f, 30);
  CHECK(r.state("E", ToolState::load) == 2);
  CHECK(r.state("E", ToolState::process) == 23);
  CHECK(r.state("E", ToolState::idle) == 35);
  CHECK(r.group("E").jobs == 1);
}

TEST_CASE("the warm-up is forgotten: states are cut at its end, counts begin anew", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.releases = {release(fixed(20))};
  f.lots = {lot("waits", 2)};
  // E: A.1 0-10, waits 10-20, A.2 20-30, A.3 40-50, A.4 60-70, ... Warm-up until 25.
  const Run r = run(f, span(65, 25));
  CHECK(r.seen.window_start == ticks(25));
  CHECK(r.seen.window_end == ticks(65));
  CHECK(r.state("E", ToolState::process) == 5 + 10 + 5);
  CHECK(r.state("E", ToolState::idle) == 10 + 10);
  CHECK(r.seen.flows[0].released == 2); // 40, 60
  CHECK(r.seen.flows[0].finished == 2); // 30, 50
  REQUIRE(r.seen.finished.size() == 2);
  CHECK(r.seen.finished[0].finished == ticks(30));
  CHECK(r.seen.finished[0].cycle_time == ticks(10)); // whole, also of a lot released before
  CHECK(r.seen.flows[0].residence == ticks(5 + 10 + 5));
  CHECK(r.seen.wip_integral == ticks(5 + 10 + 5));
  CHECK(r.group("E").jobs == 2);
  CHECK(r.seen.steps[0].visits == 2);
  CHECK(r.seen.counts.lots_released == 5); // counts are of the whole run
  CHECK(r.seen.counts.lots_finished == 4);
}

TEST_CASE("windows are half-open: what happens at a boundary belongs to the next", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("L"), lot("M", 20)}; // L ends at 10, M is released at 20 and ends at 30
  CHECK(run(f, span(100, 10)).seen.flows[0].finished == 2);
  CHECK(run(f, span(100, 10)).seen.flows[0].released == 1);
  CHECK(run(f, span(100, 20)).seen.flows[0].released == 1);
  CHECK(run(f, span(100, 21)).seen.flows[0].released == 0);
  CHECK(run(f, span(30)).seen.flows[0].finished == 1); // the horizon is a boundary too
}

TEST_CASE("reports are made at the ends of periods, cumulative since the warm-up", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.releases = {release(fixed(20))};
  const Run r = run(f, span(100, 25, 25));
  REQUIRE(r.seen.periods.size() == 3); // 50, 75, 100
  std::vector<double> ends, working, residence;
  std::vector<std::int64_t> finished, released;
  for (const PeriodReport& p : r.seen.periods) {
    ends.push_back(Run::in_minutes(p.end));
    released.push_back(p.flows[0].released);
    finished.push_back(p.flows[0].finished);
    residence.push_back(Run::in_minutes(p.flows[0].residence));
    working.push_back(Run::in_minutes(p.groups[0].state[static_cast<std::size_t>(ToolState::process)]));
    CHECK(p.cycle_time[0] == ticks(10) * p.flows[0].finished);
    Tick all = 0;
    for (const Tick t : p.groups[0].state) all += t;
    CHECK(all == p.end - ticks(25));
  }
  CHECK(ends == std::vector<double>{50, 75, 100});
  CHECK(released == std::vector<std::int64_t>{1, 2, 3}); // 40; 60; 80
  CHECK(finished == std::vector<std::int64_t>{1, 3, 4}); // 30; 50 and 70; 90
  CHECK(working == std::vector<double>{15, 25, 35});     // 25-30, 40-50; 60-70; 80-90
  CHECK(residence == working);
}

TEST_CASE("lots: cycle time, on time, tardiness, residence, work in process by hand", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("L"), lot("M"), lot("N", 5)};
  f.lots[0].due = minutes(10); // finishing on the due date is on time
  f.lots[1].due = minutes(13);
  f.lots[1].wafers = 3;
  const Run r = run(f, 27);
  // L 0-10, M 10-20, N from 20. In process: 2 over 0-5, 3 over 5-10, 2 over 10-20, 1 over 20-27.
  CHECK(r.seen.wip_integral == ticks(10 + 15 + 20 + 7));
  const FlowSums& s = r.seen.flows[0];
  CHECK(s.residence == r.seen.wip_integral);
  CHECK(s.wafer_residence == ticks(10 + 3 * 20 + 22));
  CHECK(s.released == 3);
  CHECK(s.finished == 2);
  CHECK(s.finished_wafers == 4);
  CHECK(s.on_time == 1);
  CHECK(s.tardiness == ticks(7));
}

TEST_CASE("groups: visits, jobs, wafers, time in the queue and its longest", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("L"), lot("M"), lot("N", 5)};
  const Run r = run(f);
  const GroupSums& s = r.group("E");
  CHECK(s.visits == 3);
  CHECK(s.jobs == 3);
  CHECK(s.wafers == 3);
  CHECK(s.queued == ticks(0 + 10 + 15));
  CHECK(s.queued_max == ticks(15));
}

TEST_CASE("steps: time from the end of the last performed step to the end of this one", "[fab]") {
  Fab f = fab({group("E"), group("M")}, {step("a", "E", 10), step("b", "M", 25), step("c", "E", 1)});
  f.tool_groups[0].location = f.tool_groups[1].location = "x";
  f.transport = {{"x", "x", fixed(2)}};
  f.lots = {lot("L"), lot("M")};
  // L: a 0-10, b 12-37, c 39-40. M: a 10-20, b from 22: 37-62, c 64-65.
  const Run r = run(f);
  CHECK(r.seen.steps[0] == StepSums{2, ticks(0 + 10), ticks(10 + 20)});
  CHECK(r.seen.steps[1] == StepSums{2, ticks(0 + 15), ticks(27 + 42)});
  CHECK(r.seen.steps[2] == StepSums{2, 0, ticks(3 + 3)});
  CHECK(r.seen.counts.lot_steps == 6);
}

TEST_CASE("the states of every group add up to tools times the window", "[fab]") {
  Fab f = fab({group("E", 3), group("M", 2)}, {step("a", "E", exponential(20)), step("b", "M", exponential(15))});
  Breakdown b;
  b.mttf = exponential(100);
  b.mttr = exponential(20);
  for (ToolGroup& g : f.tool_groups) {
    g.breakdowns = {b};
    g.maintenance = {calendar_pm(500, 300, 40), counter_pm(7, 11, "count")};
    g.load = g.unload = minutes(1);
  }
  f.releases = {release(exponential(11))};
  const Run r = run(f, span(10'000, 1'000), {});
  for (std::size_t g = 0; g < 2; g++) {
    Tick all = 0;
    for (const Tick t : r.seen.groups[g].state) all += t;
    CHECK(all == ticks(9'000) * (g == 0 ? 3 : 2));
    for (const Tick t : r.seen.groups[g].state) CHECK(t >= 0);
  }
  Tick residence = 0;
  for (const FlowSums& s : r.seen.flows) residence += s.residence;
  CHECK(residence == r.seen.wip_integral); // Little's law along the path
  const Counts& c = r.seen.counts;
  CHECK(c.lots_initial + c.lots_released == c.lots_finished + c.lots_in_process + c.lots_scrapped);
}

TEST_CASE("groups: the time that lots wait is cut by the window, those that wait still included", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("L"), lot("M"), lot("N", 5)};
  const Run r = run(f, span(15, 8));
  CHECK(r.group("E").waiting == ticks(2 + 7)); // M until 10, N from 8 to the end
  CHECK(r.group("E").queued == ticks(10));     // M, who started in the window
}

} // namespace
} // namespace centresim::fab
