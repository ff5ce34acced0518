// Breakdowns: their clocks, what they stop, and how they meet maintenance.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

Breakdown after(double first, double repair, double then = 1e6, std::string name = "breakdown",
                FailureClock clock = FailureClock::calendar) {
  Breakdown b = breakdown(then, repair, clock);
  b.first = fixed(first);
  b.name = std::move(name);
  return b;
}

Fab failing(std::vector<Breakdown> breakdowns, double process = 20) {
  Fab f = fab({group("E")}, {step("a", "E", process)});
  f.tool_groups[0].breakdowns = std::move(breakdowns);
  f.lots = {lot("L")};
  return f;
}

// W5: an idle tool fails too.
TEST_CASE("the calendar clock runs whether the tool works or not, the next time starts at the end of the repair",
          "[fab]") {
  Fab f = failing({breakdown(100, 10)});
  f.lots = {lot("L", 95), lot("M", 215)};
  const Run r = run(f, 340);
  // Down 100-110, 210-220, 320-330. L: 95-100 and 110-125. M comes while the tool is down.
  CHECK(r.schedule() == Lines{"L a E1 95 95 125", "M a E1 215 220 240"});
  CHECK(r.states("E1") == Lines{"idle 0 95", "process 95 100", "down 100 110", "process 110 125", "idle 125 210",
                                "down 210 220", "process 220 240", "idle 240 320", "down 320 330", "idle 330 340"});
  CHECK(r.seen.counts.breakdowns == 3);
}

TEST_CASE("the busy clock runs only while the tool works", "[fab]") {
  Fab f = failing({breakdown(15, 7, FailureClock::busy)}, 10);
  f.lots = {lot("L"), lot("M", 100), lot("N", 200)};
  // Works 0-10 and 100-105: down 105-112, then 112-117. N: 200-210, together 15 at its very end: it has ended; the
  // failure comes with the next work.
  f.lots.push_back(lot("O", 300));
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"L a E1 0 0 10", "M a E1 100 100 117", "N a E1 200 200 210", "O a E1 300 300 317"});
  CHECK(r.state("E", ToolState::down) == 14);
}

TEST_CASE("the busy clock counts setup, load and unload, and stands still in other breakdowns", "[fab]") {
  Fab f = failing({breakdown(15, 7, FailureClock::busy), after(4, 100, 1e6, "other")}, 10);
  f.tool_groups[0].load = minutes(3);
  f.tool_groups[0].unload = minutes(3);
  // Works 0-4, down until 104, works 104-115: 15 min of work: down 115-122, works 122-123. Load 3 + process 10 +
  // unload 3.
  CHECK(run(f).schedule() == Lines{"L a E1 0 0 123"});
}

TEST_CASE("times to failure and to repair are the documented sequences of the tool and the kind", "[fab]") {
  Breakdown b;
  b.name = "pump";
  b.mttf = exponential(100);
  b.mttr = exponential(10);
  Fab f = failing({b});
  f.tool_groups[0].tools = 2;
  f.lots.clear();
  const Run r = run(f, 5000);
  for (std::uint32_t tool = 0; tool < 2; tool++) {
    const auto owner = core::mix(core::mix(core::name_identity("E"), core::name_identity("pump")), tool);
    Lines expected;
    Tick t = 0;
    for (std::uint32_t i = 0; t < ticks(5000); i++) {
      const Tick fails = t + b.mttf.compile().ticks(sequence_draw(owner, core::Purpose::time_to_failure, i));
      t = fails + b.mttr.compile().ticks(sequence_draw(owner, core::Purpose::time_to_repair, i));
      if (t < ticks(5000))
        expected.push_back(fmt::format("down {:g} {:g}", Run::in_minutes(fails), Run::in_minutes(t)));
    }
    Lines down;
    for (const std::string& line : r.states("E" + std::to_string(tool + 1)))
      if (line.starts_with("down")) down.push_back(line);
    REQUIRE(expected.size() > 20);
    CHECK(down.size() >= expected.size());
    down.resize(expected.size());
    CHECK(down == expected);
  }
}

TEST_CASE("several breakdowns overlap, the tool is up when all are repaired", "[fab]") {
  Fab f = failing({after(10, 20, 1e6, "a"), after(15, 30, 1e6, "b")}, 40);
  // a: 10-30, b: 15-45. The job did 10 of its 40 min.
  const Run r = run(f, 100);
  CHECK(r.schedule() == Lines{"L a E1 0 0 75"});
  CHECK(r.state("E", ToolState::down) == 35);
  CHECK(r.seen.counts.breakdowns == 2);
}

TEST_CASE("a job pauses in the phase it is in", "[fab]") {
  Fab f = failing({after(2, 10)});
  f.tool_groups[0].load = minutes(5);
  f.tool_groups[0].unload = minutes(5);
  CHECK(run(f, 50).states("E1") ==
        Lines{"load 0 2", "down 2 12", "load 12 15", "process 15 35", "unload 35 40", "idle 40 50"});
}

TEST_CASE("a job that ends when its tool fails has ended, what is repaired at t is usable at t", "[fab]") {
  Fab f = failing({after(20, 10)});
  f.lots = {lot("L"), lot("M"), lot("N", 30)};
  CHECK(run(f).schedule() == Lines{"L a E1 0 0 20", "M a E1 0 30 50", "N a E1 30 50 70"});
}

// Overlap with maintenance: known-wrong are failures lost in maintenance, and both at once.
TEST_CASE("a failure during maintenance is repaired after it, and the clock goes on from the end of the repair",
          "[fab]") {
  Fab f = failing({after(55, 10, 25)});
  f.tool_groups[0].maintenance = {calendar_pm(1000, 50, 10)};
  f.lots.clear();
  CHECK(run(f, 120).states("E1") ==
        Lines{"idle 0 50", "pm 50 60", "down 60 70", "idle 70 95", "down 95 105", "idle 105 120"});
}

TEST_CASE("a deferred failure goes before the next maintenance that waits", "[fab]") {
  Fab f = failing({after(55, 10)});
  f.tool_groups[0].maintenance = {calendar_pm(1000, 50, 10, "a"), calendar_pm(1000, 52, 7, "b")};
  f.lots.clear();
  CHECK(run(f, 100).states("E1") == Lines{"idle 0 50", "pm 50 60", "down 60 70", "pm 70 77", "idle 77 100"});
}

TEST_CASE("maintenance that falls due during a repair waits until repair and resumed job are done", "[fab]") {
  Fab f = failing({after(10, 10)}, 40);
  f.tool_groups[0].maintenance = {calendar_pm(1000, 15, 5)};
  f.lots.push_back(lot("M"));
  const Run r = run(f, 120);
  CHECK(r.schedule() == Lines{"L a E1 0 0 50", "M a E1 0 55 95"});
  CHECK(r.states("E1") ==
        Lines{"process 0 10", "down 10 20", "process 20 50", "pm 50 55", "process 55 95", "idle 95 120"});
}

TEST_CASE("failure before maintenance where both come at one tick", "[fab]") {
  Fab f = failing({after(50, 10)});
  f.tool_groups[0].maintenance = {calendar_pm(1000, 50, 5)};
  f.lots.clear();
  CHECK(run(f, 80).states("E1") == Lines{"idle 0 50", "down 50 60", "pm 60 65", "idle 65 80"});
}

TEST_CASE("every tool of a group fails by its own clock", "[fab]") {
  Fab f = failing({});
  Breakdown b;
  b.mttf = exponential(900);
  b.mttr = exponential(100);
  f.tool_groups[0].breakdowns = {b};
  f.tool_groups[0].tools = 50;
  f.lots.clear();
  const Run r = run(f, span(100'000), {});
  // Availability 0.9: 50 x 100 cycles of 1000 min. Standard deviation of the share about 0.1 sqrt(2 x 0.81 / 5000).
  CHECK(std::abs(r.state("E", ToolState::down) / (50 * 100'000.0) - 0.1) < 4 * 0.0018);
}

} // namespace
} // namespace centresim::fab
