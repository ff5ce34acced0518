// Jobs on tools: what a lot takes, cascading tools.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

ToolGroup loaded(std::string name) {
  ToolGroup g = group(std::move(name));
  g.load = g.unload = minutes(1);
  return g;
}

TEST_CASE("per lot, per wafer: load and unload once, one draw a job", "[fab]") {
  Fab f = fab({loaded("E")}, {step("a", "E", uniform(2, 1)), step("b", "E", uniform(2, 1))});
  f.routes[0].steps[0].per = ProcessUnit::wafer;
  f.lots = {lot("L")};
  f.lots[0].wafers = 5;
  const Run r = run(f);
  REQUIRE(r.seen.lot_trace.size() == 2);
  const Tick a = uniform(2, 1).compile().ticks(step_draw(listed_lot("L"), "a", core::Purpose::process));
  const Tick b = uniform(2, 1).compile().ticks(step_draw(listed_lot("L"), "b", core::Purpose::process));
  CHECK(r.seen.lot_trace[0].end == 5 * a + ticks(2));
  CHECK(r.seen.lot_trace[1].end - r.seen.lot_trace[1].start == b + ticks(2));
  CHECK(r.group("E").wafers == 10);
  CHECK(r.group("E").visits == 2);
}

// W12: a cascading tool is not freed early. Vectors of the two-position model.
TEST_CASE("cascading: three jobs offered at once", "[fab]") {
  Fab f = fab({loaded("E")}, {step("a", "E", 1)});
  f.tool_groups[0].cascading = true;
  f.lots = {lot("J1"), lot("J2"), lot("J3")};
  for (Lot& l : f.lots) l.wafers = 3;

  SECTION("per wafer: 3 wafers of 1 min, one every 0.75 min") {
    f.routes[0].steps[0].per = ProcessUnit::wafer;
    f.routes[0].steps[0].interval = minutes(0.75);
    // process 1-3.5, 3.25-5.75, 5.5-8; the third starts when the first has left at 4.5
    const Run r = run(f, 10);
    CHECK(r.schedule() == Lines{"J1 a E1 0 0 4.5", "J2 a E1 0 0 6.75", "J3 a E1 0 4.5 9"});
    CHECK(r.states("E1") == Lines{"load 0 1", "process 1 8", "unload 8 9", "idle 9 10"});
  }
  SECTION("per lot: 60 min, one every 42 min") {
    f.routes[0].steps[0].time = fixed(60);
    f.routes[0].steps[0].interval = minutes(42);
    // process 1-61, 43-103, 85-145
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 62", "J2 a E1 0 0 104", "J3 a E1 0 62 146"});
  }
  SECTION("a lot stays in the first position until the second is free") {
    f.lots.resize(2);
    f.routes[0].steps[0].time = fixed(10);
    f.routes[0].steps[0].interval = minutes(2);
    // J1: first position 1-3, second 3-11. J2 comes into the first at 3, could leave it at 5, leaves it at 11: 11-19.
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 12", "J2 a E1 0 0 20"});
  }
  SECTION("a lone lot of 25 wafers takes p + 24 c") {
    f.lots.resize(1);
    f.lots[0].wafers = 25;
    f.routes[0].steps[0].per = ProcessUnit::wafer;
    f.routes[0].steps[0].time = fixed(0.852);
    f.routes[0].steps[0].interval = minutes(0.639);
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 18.188"}); // 1 + 16.188 + 1
  }
  SECTION("where the second position is slower it sets the pace") {
    f.lots.resize(1);
    f.routes[0].steps[0].per = ProcessUnit::wafer;
    f.routes[0].steps[0].time = fixed(10);
    f.routes[0].steps[0].interval = minutes(2);
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 28"}); // 1 + 26 + 1
  }
}

TEST_CASE("cascading: the next job is taken just in time", "[fab]") {
  Fab f = fab({loaded("E")}, {step("a", "E", 60)});
  f.tool_groups[0].cascading = true;
  f.tool_groups[0].next_job = NextJob::just_in_time;
  f.routes[0].steps[0].interval = minutes(42);
  f.lots = {lot("J1"), lot("J2"), lot("J3")};

  SECTION("loaded as the first position becomes free") { // at 43, 85
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 62", "J2 a E1 0 42 104", "J3 a E1 0 84 146"});
  }
  SECTION("who comes before the call and is more important goes first") {
    f.lots[2] = lot("J3", 30, 1);
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 62", "J3 a E1 30 42 104", "J2 a E1 0 84 146"});
    f.tool_groups[0].next_job = NextJob::at_once; // it has been taken, and waits inside
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 62", "J2 a E1 0 0 104", "J3 a E1 30 62 146"});
  }
  SECTION("set up, too") { // setup 0-15, 42-57; first position free at 58
    f.routes[0].steps[0] = with_setup(f.routes[0].steps[0], "X");
    f.routes[0].steps[0].setup_when = SetupWhen::always;
    f.routes[0].steps[0].setup_time = fixed(15);
    f.lots.resize(2);
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 77", "J2 a E1 0 42 119"});
  }
  SECTION("a tool inside its first job goes before an empty one") {
    f.tool_groups[0].tools = 2;
    f.lots = {lot("J1"), lot("J2", 45)}; // E1 has called at 42
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 62", "J2 a E1 45 45 107"});
    f.lots[1] = lot("J2", 41); // not yet
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 62", "J2 a E2 41 41 103"});
    f.lots[1] = lot("J2", 63); // E1 is the one that became empty last
    CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 62", "J2 a E2 63 63 125"});
  }
  SECTION("a breakdown before the call puts it off") {
    f.tool_groups[0].breakdowns = {breakdown(20, 10)}; // down 20-30, 50-60, ...
    f.lots.resize(2);
    CHECK(run(f).schedule().at(1).starts_with("J2 a E1 0 62 ")); // 42 + 2 x 10
  }
}

TEST_CASE("cascading: setup, load and unload of one job run beside the processing of the other", "[fab]") {
  Fab f = fab({loaded("E")}, {with_setup(step("a", "E", 60), "X")});
  f.tool_groups[0].cascading = true;
  f.routes[0].steps[0].interval = minutes(42);
  f.routes[0].steps[0].setup_when = SetupWhen::always;
  f.routes[0].steps[0].setup_time = fixed(10);
  f.lots = {lot("J1"), lot("J2", 20), lot("J3", 25)};
  // J1: setup 0-10, load -11, process 11-71, unload -72. J2 starts at 20: setup -30, load -31, position 1 is free at
  // 53: process 53-113, unload -114. J3 waits for the end of J1 at 72: setup -82, load -83, position 1 free at 95:
  // process 95-155, unload -156. Of two jobs the state first in (setup, process, load, unload, idle) counts.
  const Run r = run(f, 200);
  CHECK(r.schedule() == Lines{"J1 a E1 0 0 72", "J2 a E1 20 20 114", "J3 a E1 25 72 156"});
  CHECK(r.states("E1") == Lines{"setup 0 10", "load 10 11", "process 11 20", "setup 20 30", "process 30 72",
                                "setup 72 82", "process 82 155", "unload 155 156", "idle 156 200"});
}

TEST_CASE("cascading: a job that waits for the first position has no state of its own", "[fab]") {
  // Position 1 is free again at 51 and J2 (from 45) is loaded at 46. While J1 unloads at 61-62 ... J2 processes.
  Fab f = fab({loaded("E")}, {step("a", "E", 60)});
  f.tool_groups[0].cascading = true;
  f.routes[0].steps[0].interval = minutes(50);
  add_product(f, "B", {step("b", "E", 10)});
  f.routes[1].steps[0].interval = minutes(10);
  f.lots = {lot("J1"), lot("J2", 45, 0, "B")};
  // J2: e = max(46, 51) = 51; x = max(51 + 10, 61) = 61: it leaves position 1 at 61 with nothing left: process 51-61,
  // unload 61-62.
  const Run r = run(f, 100);
  CHECK(r.schedule() == Lines{"J1 a E1 0 0 62", "J2 b E1 45 45 62"});
  CHECK(r.states("E1") == Lines{"load 0 1", "process 1 61", "unload 61 62", "idle 62 100"});
}

TEST_CASE("cascading: a breakdown stops both jobs and the positions", "[fab]") {
  Fab f = fab({loaded("E")}, {step("a", "E", 60)});
  f.tool_groups[0].cascading = true;
  f.routes[0].steps[0].interval = minutes(42);
  f.lots = {lot("J1"), lot("J2"), lot("J3")};
  Breakdown b = breakdown(1e5, 100);
  b.first = fixed(50);
  f.tool_groups[0].breakdowns = {b};
  // As above, and all that lies after 50 comes 100 later.
  CHECK(run(f).schedule() == Lines{"J1 a E1 0 0 162", "J2 a E1 0 0 204", "J3 a E1 0 162 246"});
}

TEST_CASE("cascading tools take lots in turn, and a new lot goes to a tool with a free position", "[fab]") {
  Fab f = fab({group("E", 2)}, {step("a", "E", 60)});
  f.tool_groups[0].cascading = true;
  f.routes[0].steps[0].interval = minutes(30);
  f.lots = {lot("J1"), lot("J2", 1), lot("J3", 2), lot("J4", 3), lot("J5", 4)};
  // A tool that starts a job goes to the tail of the ready tools. J5: E1 ends J1 at 60.
  CHECK(run(f).schedule() ==
        Lines{"J1 a E1 0 0 60", "J2 a E2 1 1 61", "J3 a E1 2 2 90", "J4 a E2 3 3 91", "J5 a E1 4 60 120"});
}

TEST_CASE("simultaneous lots spread over free cascading tools, whatever else the group has", "[fab]") {
  Fab f = fab({group("E", 2)}, {step("a", "E", 60), step("b", "E", 60)});
  f.tool_groups[0].cascading = true;
  for (Step& s : f.routes[0].steps) s.interval = minutes(30);
  f.lots = {lot("L1"), lot("L2"), lot("L3")};
  const auto first = [](const Run& r) {
    Lines lines = r.schedule();
    lines.resize(3);
    return lines;
  };
  // A third lot follows on the tool that is ready longest: behind the first one, 30 min later.
  const Lines spread{"L1 a E1 0 0 60", "L2 a E2 0 0 60", "L3 a E1 0 0 90"};
  CHECK(first(run(f)) == spread);
  Fab bound = f;
  bound.routes[0].steps[0].dedicates = "b";
  CHECK(first(run(bound)) == spread);
  Fab woken = f;
  woken.tool_groups[0].tool_choice = ToolChoice::least_setup_time;
  for (Step& s : woken.routes[0].steps) s.setup = "X";
  CHECK(first(run(woken)) == spread);
  Fab campaign = f;
  for (Step& s : campaign.routes[0].steps) s.setup = "X";
  campaign.tool_groups[0].minimum_runs = {{"X", 2}};
  CHECK(first(run(campaign)) == spread);
}

} // namespace
} // namespace centresim::fab
