// Preventive maintenance: when it falls due, and how it waits for jobs.
#include "support.hpp"

#include <set>

namespace centresim::fab {
namespace {
using namespace test;

Lines pms(const Run& r, const std::string& tool) {
  Lines lines;
  for (const std::string& line : r.states(tool))
    if (line.starts_with("pm")) lines.push_back(line);
  return lines;
}

// W4: staggered.
TEST_CASE("tool k of N is due at first k / N, then start to start", "[fab]") {
  Fab f = fab({group("E", 4)}, {step("a", "E", 1)});
  f.tool_groups[0].maintenance = {calendar_pm(100, 80, 10)};
  const Run r = run(f, 225);
  CHECK(pms(r, "E1") == Lines{"pm 20 30", "pm 120 130", "pm 220 225"});
  CHECK(pms(r, "E2") == Lines{"pm 40 50", "pm 140 150"});
  CHECK(pms(r, "E3") == Lines{"pm 60 70", "pm 160 170"});
  CHECK(pms(r, "E4") == Lines{"pm 80 90", "pm 180 190"});

  SECTION("without stagger all are due at once") {
    f.tool_groups[0].stagger = Stagger::none;
    for (const char* tool : {"E1", "E2", "E3", "E4"}) CHECK(pms(run(f, 170), tool) == Lines{"pm 80 90"});
  }
  SECTION("by name the shares do not depend on the number of tools") {
    f.tool_groups[0].stagger = Stagger::by_name;
    const Run four = run(f, 170);
    f.tool_groups[0].tools = 5;
    const Run five = run(f, 170);
    std::set<Lines> different;
    for (const char* tool : {"E1", "E2", "E3", "E4"}) {
      CHECK(pms(four, tool) == pms(five, tool));
      CHECK_FALSE(pms(four, tool).empty());
      different.insert(pms(four, tool));
    }
    CHECK(different.size() == 4);
  }
  SECTION("by default the first is one interval away") {
    f.tool_groups[0].maintenance[0].first = {};
    CHECK(pms(run(f, 225), "E2") == Lines{"pm 50 60", "pm 150 160"});
  }
}

// W5, W6: on an idle tool as well, and a running job is not interrupted.
TEST_CASE("due maintenance lets the running job finish, starts no other, and does not move the calendar", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 30)});
  f.tool_groups[0].maintenance = {calendar_pm(100, 25, 10)};
  f.lots = {lot("L"), lot("M", 5), lot("N", 124)};
  const Run r = run(f, 250);
  CHECK(r.schedule() == Lines{"L a E1 0 0 30", "M a E1 5 40 70", "N a E1 124 124 154"});
  CHECK(pms(r, "E1") == Lines{"pm 30 40", "pm 154 164", "pm 225 235"});
}

TEST_CASE("maintenance that falls due as a job ends goes before the next job", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 30)});
  f.tool_groups[0].maintenance = {calendar_pm(1000, 30, 10)};
  f.lots = {lot("L"), lot("M")};
  CHECK(run(f).schedule() == Lines{"L a E1 0 0 30", "M a E1 0 40 70"});
}

TEST_CASE("on a cascading tool maintenance waits for both jobs", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 60)});
  f.tool_groups[0].cascading = true;
  f.routes[0].steps[0].interval = minutes(30);
  f.tool_groups[0].maintenance = {calendar_pm(1000, 40, 10)};
  f.lots = {lot("L"), lot("M"), lot("N")};
  // L 0-60, M 30-90; N may not start at 60.
  CHECK(run(f).schedule() == Lines{"L a E1 0 0 60", "M a E1 0 0 90", "N a E1 0 100 160"});
}

TEST_CASE("a counter is due after so many wafers, and keeps what it counted beyond", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.tool_groups[0].maintenance = {counter_pm(10, 5)};
  for (int k = 0; k < 9; k++) f.lots.push_back(lot(fmt::format("L{}", k)));
  for (Lot& l : f.lots) l.wafers = 4;
  // 4, 8, 12: due, 2 kept; 6, 10: due, 0 kept; 4, 8, 12: due.
  CHECK(pms(run(f), "E1") == Lines{"pm 30 35", "pm 55 60", "pm 90 95"});
  f.tool_groups[0].maintenance[0].carry_over = false; // 4, 8, 12; 4, 8, 12; 4, 8, 12
  CHECK(pms(run(f), "E1") == Lines{"pm 30 35", "pm 65 70", "pm 100 105"});
}

TEST_CASE("a counter starts at first k / N wafers for tool k", "[fab]") {
  Fab f = fab({group("E", 2)}, {step("a", "E", 10)});
  f.tool_groups[0].maintenance = {counter_pm(12, 5)};
  f.tool_groups[0].maintenance[0].first_wafers = 8;
  for (int k = 0; k < 20; k++) f.lots.push_back(lot(fmt::format("L{:02}", k)));
  for (Lot& l : f.lots) l.wafers = 4;
  // Tool 1 is first due after 4 wafers, tool 2 after 8; then every 12, three lots.
  const Run r = run(f, 100);
  CHECK(pms(r, "E1") == Lines{"pm 10 15", "pm 45 50", "pm 80 85"});
  CHECK(pms(r, "E2") == Lines{"pm 20 25", "pm 55 60", "pm 90 95"});
}

TEST_CASE("a batch counts all its wafers", "[fab]") {
  Fab f = fab({group("F")}, {batch_step(step("a", "F", 10), 2, 4)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.tool_groups[0].maintenance = {counter_pm(6, 5)};
  for (int k = 0; k < 8; k++) f.lots.push_back(lot(fmt::format("L{}", k)));
  CHECK(pms(run(f), "F1") == Lines{"pm 20 25"});
}

TEST_CASE("the same kind that falls due while it waits or runs is not done twice", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 1)});
  f.tool_groups[0].maintenance = {calendar_pm(20, 20, 50)};
  // 20-70 covers 40 and 60; the next is due at 80.
  CHECK(pms(run(f, 200), "E1") == Lines{"pm 20 70", "pm 80 130", "pm 140 190"});
}

TEST_CASE("kinds that wait are done in the order in which they fell due", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 20)});
  f.tool_groups[0].maintenance = {calendar_pm(1000, 7, 10, "a"), calendar_pm(1000, 5, 30, "b")};
  f.lots = {lot("L")};
  const Run r = run(f, 100);
  CHECK(pms(r, "E1") == Lines{"pm 20 60"});
  CHECK(r.seen.counts.maintenances == 2);
  // Which came first shows where they are apart: a failure due at 21 waits for the end of b (50), not of a (30).
  f.tool_groups[0].breakdowns = {breakdown(1e6, 3)};
  f.tool_groups[0].breakdowns[0].first = fixed(21);
  CHECK(run(f, 100).states("E1") == Lines{"process 0 20", "pm 20 50", "down 50 53", "pm 53 63", "idle 63 100"});
}

TEST_CASE("durations are drawn at the start, tool by tool and kind by kind", "[fab]") {
  Fab f = fab({group("E", 2)}, {step("a", "E", 1)});
  f.tool_groups[0].maintenance = {calendar_pm(100, 100, 0, "clean")};
  f.tool_groups[0].maintenance[0].duration = uniform(20, 10);
  const Run r = run(f, 390);
  for (std::uint32_t tool = 0; tool < 2; tool++) {
    const auto owner = core::mix(core::mix(core::name_identity("E"), core::name_identity("clean")), tool);
    Lines expected;
    for (std::uint32_t i = 0; i < 3; i++) {
      const double from = 50 * (tool + 1) + 100.0 * i;
      const Tick length = uniform(20, 10).compile().ticks(sequence_draw(owner, core::Purpose::maintenance, i));
      expected.push_back(fmt::format("pm {:g} {:g}", from, from + Run::in_minutes(length)));
    }
    Lines seen = pms(r, "E" + std::to_string(tool + 1));
    REQUIRE(seen.size() >= 3);
    seen.resize(3);
    CHECK(seen == expected);
  }
}

} // namespace
} // namespace centresim::fab
