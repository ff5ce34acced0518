// What a line does about queue times: ranks (QTCR, QTS), gates in front of windows, what becomes of lots that break
// them.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

Step limit(Step s, std::string to, double m) {
  s.queue_time_to = std::move(to);
  s.queue_time_limit = minutes(m);
  return s;
}

// A lot in process at the start has no window open: all of these start with their first step.
Fab two_steps(double limit_minutes, double first = 10, double second = 10) {
  return fab({group("E", 9), group("F")}, {limit(step("a", "E", first), "b", limit_minutes), step("b", "F", second)});
}

TEST_CASE("QTCR: less time left for the work left first, the most broken before, no window last", "[fab]") {
  // c is the second step of a window of 100 (A) or 60 minutes (B); D has none.
  Fab f = fab({group("E", 9), group("F")}, {limit(step("a", "E", 10), "c", 100), step("c", "F", 20)});
  add_product(f, "B", {limit(step("a", "E", 10), "c", 60), step("c", "F", 5)});
  add_product(f, "D", {step("a", "E", 10), step("c", "F", 5)});
  add_product(f, "X", {step("c", "F", 30)});
  f.tool_groups[1].rank = {Rank::queue_time_ratio, Rank::fifo};
  f.lots = {lot("block", 0, 0, "X"), lot("D1", 0, 0, "D"), lot("A1"), lot("B1", 0, 0, "B")};
  // At 30: A has (110 - 30) / 20 = 4 left, B (70 - 30) / 5 = 8.
  CHECK(run(f).starts("c") == std::vector<double>{0, 30, 50, 55});
  CHECK(run(f).schedule()[4] == "A1 c F1 10 30 50");
  // At 200 both are broken: A by 90 x 20, B by 130 x 5: A first again. With 5 min of work for A, B.
  f.routes[3].steps[0].time = fixed(200);
  CHECK(run(f).schedule()[4] == "A1 c F1 10 200 220");
  f.routes[0].steps[1].time = fixed(5);
  CHECK(run(f).schedule()[4] == "B1 c F1 10 200 205");
  CHECK(run(f).schedule()[6] == "D1 c F1 10 210 215");
}

TEST_CASE("QTCR counts the work up to the end of the window, sampled", "[fab]") {
  Fab f =
      fab({group("E", 9), group("F"), group("G", 9)}, {limit(step("a", "E", 10), "d", 100), step("b", "F", 10),
                                                       step("c", "G", 30), step("d", "G", 20), step("e", "G", 1000)});
  f.routes[0].steps[2].sampling = 0.5;
  add_product(f, "B", {limit(step("a", "E", 10), "b", 60), step("b", "F", 17)});
  add_product(f, "X", {step("b", "F", 30)});
  f.tool_groups[1].rank = {Rank::queue_time_ratio};
  f.lots = {lot("block", 0, 0, "X"), lot("B1", 0, 0, "B"), lot("A1")};
  // At 30: A (110 - 30) / (10 + 15 + 20) = 1.78, B (70 - 30) / 17 = 2.35.
  CHECK(run(f).schedule()[3] == "A1 b F1 10 30 40");
  f.routes[1].steps[1].time = fixed(23); // 1.74
  CHECK(run(f).schedule()[3] == "B1 b F1 10 30 53");
}

TEST_CASE("QTS: the limit is spread over the steps of the window by their measured flow factors", "[fab]") {
  // Within the window of A: b (10, flow factor 3), c (20, flow factor 2), d (10, flow factor 1.5).
  // TT = 30 + 40 + 0.5 x 10 = 75. Due at b: 10 + 150 x 30/75 - 10 = 60; at c: 10 + 150 x 70/75 - 20 = 130.
  Fab f = fab({group("E", 9), group("F"), group("G", 9), group("H", 9)},
              {limit(step("a", "E", 10), "d", 150), step("b", "F", 10), step("c", "G", 20), step("d", "H", 10)});
  f.routes[0].steps[1].flow_factor = 3;
  f.routes[0].steps[2].flow_factor = 2;
  f.routes[0].steps[3].flow_factor = 1.5;
  // B: due at the end of its window, 10 + limit.
  const auto with_limit = [&](double m) {
    Fab g = f;
    add_product(g, "B", {limit(step("a", "E", 10), "b", m), step("b", "F", 5)});
    add_product(g, "X", {step("b", "F", 30)});
    g.tool_groups[1].rank = {Rank::queue_time_due};
    g.lots = {lot("block", 0, 0, "X"), lot("A1"), lot("B1", 0, 0, "B")};
    return run(g).schedule()[3];
  };
  CHECK(with_limit(49) == "B1 b F1 10 30 35"); // due 59 before 60
  CHECK(with_limit(51) == "A1 b F1 10 30 40"); // due 61
  f.routes[0].steps[1].flow_factor.reset();    // 1: TT = 55, due at b 10 + 150 x 10/55 - 10 = 27.3
  CHECK(with_limit(18) == "A1 b F1 10 30 40");
  CHECK(with_limit(17) == "B1 b F1 10 30 35");
}

TEST_CASE("stopping: lots wait in front of a window while its tool group is full", "[fab]") {
  Fab f = two_steps(1000, 10, 50);
  f.lots = {lot("L1"), lot("L2", 1), lot("L3", 12), lot("L4", 13)};
  // Two with open windows at F from 11 on: L3 waits until L1 leaves F at 60, L4 until L2 does at 110. L3 is back at
  // 70, while L2 is on F: full again.
  f.tool_groups[1].queue_time_front = 2;
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"L1 a E1 0 0 10", "L2 a E2 1 1 11", "L1 b F1 10 10 60", "L2 b F1 11 60 110",
                              "L3 a E3 12 60 70", "L4 a E4 13 60 70", "L3 b F1 70 110 160", "L4 b F1 70 160 210"});
  f.tool_groups[1].queue_time_front = 3;
  CHECK(run(f).starts("a") == std::vector<double>{0, 1, 12, 13}); // windows open at the end of a: no more than two yet
}

TEST_CASE("stopping: lots that are still to come count where all lots do, once each", "[fab]") {
  // The window leads over G twice and ends at F.
  Fab f = fab({group("E", 9), group("F"), group("G", 9)},
              {limit(step("a", "E", 10), "d", 1000), step("b", "G", 30), step("c", "G", 30), step("d", "F", 10)});
  f.lots = {lot("L1"), lot("L2", 20)};
  f.tool_groups[1].queue_time_front = 1;
  // L1 is at F from 70 to 80 only.
  CHECK(run(f).starts("a") == std::vector<double>{0, 20});
  f.tool_groups[1].queue_time_lots = 1; // on its way from 10 on, and there until 80
  CHECK(run(f).starts("a") == std::vector<double>{0, 80});
  f.tool_groups[1].queue_time_lots.reset();
  f.tool_groups[1].queue_time_front.reset();
  f.tool_groups[2].queue_time_lots = 2; // L1 counts once at G, not twice
  CHECK(run(f).starts("a") == std::vector<double>{0, 20});
  f.tool_groups[2].queue_time_lots = 1; // it leaves G for good at 70
  CHECK(run(f).starts("a") == std::vector<double>{0, 70});
}

TEST_CASE("stopping: a lot on its way counts, and a lot that must keep another limit goes on", "[fab]") {
  Fab f = fab({group("E", 9), group("F"), group("G")},
              {limit(step("a", "E", 10), "b", 1000), limit(step("b", "F", 10), "c", 1000), step("c", "G", 100)});
  f.tool_groups[1].location = "here", f.tool_groups[2].location = "there";
  f.transport = {{"here", "there", fixed(40)}};
  f.tool_groups[2].queue_time_lots = 1;
  f.lots = {lot("L1"), lot("L2", 15), waiting_at(lot("V1"), "b")};
  // V1 (no window open) does b from 0, travels to 50 and is at G until 150. L1 comes to b at 10 within the window of a:
  // it goes on. A further lot that starts at b without such a window is held until G is empty.
  f.lots.push_back(waiting_at(lot("V2"), "b"));
  const Run r = run(f);
  const Lines lines = r.schedule();
  CHECK(std::ranges::find(lines, "V1 b F1 0 0 10") != lines.end());
  CHECK(std::ranges::find(lines, "L1 b F1 10 10 20") != lines.end());
  CHECK(std::ranges::find(lines, "L2 b F1 25 25 35") != lines.end());
  // V1 c 50-150, L1 c 150-250, L2 c 250-350.
  CHECK(std::ranges::find(lines, "V2 b F1 0 350 360") != lines.end());
}

TEST_CASE("a gate by the wait predicted: the work ahead per tool that is up, with what has passed the gate", "[fab]") {
  Fab f = fab({group("E", 9), group("F", 2), group("G", 9)},
              {limit(step("a", "E", 10), "c", 100), step("b", "G", 20), step("c", "F", 60)});
  f.routes[0].steps[0].queue_time_gate = 0.499; // 49.9 min
  f.lots = {lot("L1"), lot("L2"), lot("L3"), lot("L4")};
  // Each lot that has passed brings 60/2 to F and 20/9 to G; the way through b takes 20. L1: 20; L2: 20 + 32.2: no.
  // L1 joins F at 30 and starts at once: nothing waits. L2 starts at 30, L3 at 60, L4 at 90.
  CHECK(run(f).starts("a") == std::vector<double>{0, 30, 60, 90});
  f.routes[0].steps[0].queue_time_gate = 0.53; // two: 20 + 32.22 = 52.22 is below 53, three are not
  CHECK(run(f).starts("a") == std::vector<double>{0, 0, 30, 30});
  f.tool_groups[1].breakdowns = {breakdown(5, 1000)}; // both down from 5 on: nothing begins
  CHECK(run(f).starts("a") == std::vector<double>{0, 0});
}

TEST_CASE("gates side by side: the best lot goes whose gate is open", "[fab]") {
  Fab f = fab({group("E"), group("F"), group("G")}, {limit(step("a", "E", 10), "c", 100), step("c", "F", 200)});
  add_product(f, "B", {limit(step("a", "E", 10), "d", 100), step("d", "G", 5)});
  add_product(f, "C", {step("a", "E", 10)});
  f.tool_groups[0].rank = {Rank::priority};
  f.routes[0].steps[0].queue_time_gate = f.routes[1].steps[0].queue_time_gate = 0.5; // 50 min
  f.lots = {lot("A1", 0, 4),      lot("A2", 0, 3),      lot("A3", 35, 5),
            lot("B1", 0, 1, "B"), lot("B2", 0, 2, "B"), lot("C1", 0, 0, "C")};
  // At 10 A1 waits for F, which chooses after E: B2. At 20 nothing waits there: A2. It waits from 30 to 210, and A3 for
  // it, while lots of lower priorities pass.
  CHECK(run(f).starts("a") == std::vector<double>{0, 10, 20, 30, 40, 210});
  CHECK(run(f).schedule()[2] == "B2 a E1 0 10 20");
  const Lines lines = run(f).schedule();
  for (const char* line : {"A2 a E1 0 20 30", "B1 a E1 0 30 40", "C1 a E1 0 40 50", "A3 a E1 35 210 220"})
    CHECK(std::ranges::find(lines, line) != lines.end());
}

TEST_CASE("a gate lets small lots go that are soon at the end of the window", "[fab]") {
  Fab f = fab({group("E"), group("F"), group("G", 9)},
              {limit(step("a", "E", 1), "c", 100), step("b", "G", 2), step("c", "F", 30)});
  f.routes[0].steps[1].per = ProcessUnit::wafer;
  f.routes[0].steps[0].queue_time_gate = 0.6; // 60 min
  f.lots = {lot("Z", 0, 3), lot("L", 0, 2), lot("S", 0, 1), lot("T", 2)};
  f.lots[1].wafers = 25; // 50 min at b; the others 2
  // At 1 Z brings 30 min to F: S goes, L does not. At 2 Z and S bring 60: nobody. At 3 Z is on F: T. At 33 T waits at
  // F, at 63 nobody: L.
  CHECK(run(f).schedule()[1] == "S a E1 0 1 2");
  const Lines lines = run(f).schedule();
  for (const char* line : {"Z a E1 0 0 1", "T a E1 2 3 4", "S c F1 4 33 63", "L a E1 0 63 64"})
    CHECK(std::ranges::find(lines, line) != lines.end());
}

TEST_CASE("a gate shuts when the last tool on the way goes down, whoever asks next", "[fab]") {
  Fab f = fab({group("E"), group("F")}, {limit(step("a", "E", 10), "c", 100), step("c", "F", 5)});
  add_product(f, "X", {step("a", "E", 20)});
  f.tool_groups[1].breakdowns = {breakdown(5, 25)};
  f.routes[0].steps[0].queue_time_gate = 1;
  f.lots = {lot("X1", 0, 1, "X"), lot("A1")};
  // X1 leaves the line at 20, F is down from 5 to 30.
  CHECK(run(f).starts("a") == std::vector<double>{0, 30});
}

TEST_CASE("gates of windows that follow each other: the queue between them counts for the first", "[fab]") {
  Fab f = fab({group("E", 9), group("F"), group("G", 9)},
              {limit(step("a", "E", 1), "b", 60), limit(step("b", "F", 60), "c", 500), step("c", "G", 1)});
  f.routes[0].steps[0].queue_time_gate = f.routes[0].steps[1].queue_time_gate = 0.99;
  for (int i = 0; i < 10; i++) f.lots.push_back(lot(fmt::format("L{}", i)));
  // Each passes when the one before starts at F.
  const Run r = run(f, 2000);
  CHECK(r.seen.windows[0].broken == 0);
  CHECK(r.seen.windows[0].closed == 10);
  CHECK(r.starts("a")[1] == 1);
  CHECK(r.starts("a")[2] == 61);
  CHECK(r.starts("a")[3] == 121);
}

TEST_CASE("the lots of a batch pass a gate one after the other", "[fab]") {
  Fab f = fab({group("E"), group("F")}, {limit(batch_step(step("a", "E", 1), 1, 6), "b", 60), step("b", "F", 60)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.routes[0].steps[0].queue_time_gate = 0.5;
  for (int i = 0; i < 6; i++) f.lots.push_back(lot(fmt::format("L{}", i)));
  const Run r = run(f, 1000);
  CHECK(r.seen.windows[0].closed == 6);
  CHECK(r.seen.windows[0].broken == 0);
}

TEST_CASE("each batch asks the gate anew", "[fab]") {
  Fab f = fab({group("E"), group("F")}, {limit(batch_step(step("a", "E", 100), 1, 6), "b", 100), step("b", "F", 30)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.routes[0].steps[0].queue_time_gate = 0.65; // two ahead
  for (int i = 0; i < 6; i++) f.lots.push_back(lot(fmt::format("L{}", i)));
  // At 100 three come to F, and two wait when one has started. At 200 only the fourth is there.
  CHECK(run(f).starts("a") == std::vector<double>{0, 0, 0, 100, 200, 200});
}

TEST_CASE("batches behind gates that are open start in the order of ranks", "[fab]") {
  const auto first = [] { return batch_step(step("a", "E", 10), 1, 1); };
  Fab f = fab({group("E"), group("F"), group("G")}, {limit(first(), "c", 100), step("c", "F", 200)});
  add_product(f, "B", {limit(first(), "d", 100), step("d", "G", 5)});
  add_product(f, "C", {first()});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.tool_groups[0].rank = {Rank::priority};
  f.routes[0].steps[0].queue_time_gate = f.routes[1].steps[0].queue_time_gate = 0.5; // 50 min
  f.lots = {lot("A1", 0, 3), lot("A2", 0, 0), lot("C1", 0, 1, "C"), lot("D1", 0, 2, "B")};
  const Lines lines = run(f).schedule(); // at 10 A1 waits for F, which chooses after E
  for (const char* line : {"A1 a E1 0 0 10", "D1 a E1 0 10 20", "C1 a E1 0 20 30", "A2 a E1 0 30 40"})
    CHECK(std::ranges::find(lines, line) != lines.end());
}

TEST_CASE("a lot that is sent back over the start of its window has none open, and holds nobody back", "[fab]") {
  Fab f = fab({group("E", 9), group("F", 9)},
              {limit(step("a", "E", 10), "c", 1000), step("b", "F", 10), step("c", "F", 10)});
  f.routes[0].steps[1].rework_to = "a";
  f.routes[0].steps[1].rework = 0.5;
  for (int i = 0; i < 20; i++) f.lots.push_back(lot(fmt::format("L{}", i)));
  for (const bool by_wait : {false, true}) {
    Fab g = f;
    if (by_wait)
      g.routes[0].steps[0].queue_time_gate = 0.02; // 20 min: its own steps take 15 of them
    else
      g.tool_groups[1].queue_time_lots = 1;
    const Run r = run(g, 5000);
    CHECK(r.seen.counts.lots_finished == 20);
    CHECK(r.seen.counts.reworks > 5);
    CHECK(r.seen.windows[0].closed == 20);
  }
}

TEST_CASE("a hot lot that a gate holds back keeps no tool from those that open it", "[fab]") {
  Fab f = fab({group("P"), group("G"), group("H")},
              {step("p", "P", 5), limit(step("a", "G", 10), "c", 1000), step("b", "H", 30), step("c", "G", 10)});
  f.tool_groups[0].hot_lot_reservation = f.tool_groups[1].hot_lot_reservation = true;
  f.tool_groups[1].queue_time_lots = 1;
  f.lots = {lot("L1"), lot("L2", 6)};
  f.lots[1].hot = true;
  // L1 has its window open from 15 to 55. L2 comes to a at 11, and starts when L1 has done c.
  CHECK(run(f).starts("a") == std::vector<double>{5, 55});
  CHECK(run(f).seen.counts.lots_finished == 2);
}

TEST_CASE("gates open for the group first where lots have been held the longest", "[fab]") {
  Fab f = fab({group("A", 9), group("B", 9), group("F")}, {limit(step("a", "A", 1), "c", 1000), step("c", "F", 60)});
  add_product(f, "Q", {limit(step("b", "B", 1), "c", 1000), step("c", "F", 60)});
  f.routes[0].steps[0].queue_time_gate = f.routes[1].steps[0].queue_time_gate = 0.05; // 50 min: no lot ahead
  for (int i = 0; i < 10; i++) f.lots.push_back(lot(fmt::format("L{}", i), 20 * i));
  f.lots.push_back(lot("Z", 45, 0, "Q"));
  // L0 is at F from 1 to 61, L1 waits there from 21 on. L2 (held since 40) goes at 61, Z (45) at 121, L3 (60) after it.
  const Run r = run(f, 2000);
  CHECK(r.starts("b") == std::vector<double>{121});
}

TEST_CASE("a lot that breaks its window is scrapped as soon as the limit has passed", "[fab]") {
  Fab f = two_steps(30, 10, 50);
  f.routes[0].steps[0].queue_time_action = QueueTimeAction::scrap;
  f.lots = {lot("L1"), lot("L2"), lot("L3", 25)};
  // L1 is on F 10-60; L2 waits from 10: 40 is its limit. L3 (from 35 on, limit 65) starts at 60.
  const Run r = run(f);
  CHECK(r.schedule() ==
        Lines{"L1 a E1 0 0 10", "L2 a E2 0 0 10", "L1 b F1 10 10 60", "L3 a E3 25 25 35", "L3 b F1 35 60 110"});
  CHECK(r.seen.counts.lots_scrapped == 1);
  CHECK(r.seen.flows[0].scrapped == 1);
  CHECK(r.seen.windows[0] == WindowSums{3, 1, 0, 0, 0, 1, ticks(30) + ticks(5)});
  // 1,000 min: L1 10 + 50, L3 10 + 25 + 50, L2 40 min and the first tick after its limit.
  CHECK(r.seen.flows[0].residence == ticks(60 + 85 + 40) + 1);
  CHECK(r.group("F").waiting == ticks(30 + 25) + 1);
  CHECK(r.group("F").queued == ticks(25));
}

TEST_CASE("a wait of just the limit breaks nothing", "[fab]") {
  Fab f = two_steps(50, 10, 50);
  f.routes[0].steps[0].queue_time_action = QueueTimeAction::scrap;
  f.lots = {lot("L1"), lot("L2")};
  CHECK(run(f).seen.counts.lots_scrapped == 0); // L2 waits from 10 to 60
  f.routes[0].steps[0].queue_time_limit = Duration{ticks(50) - 1};
  CHECK(run(f).seen.counts.lots_scrapped == 1);
}

TEST_CASE("a lot that comes too late to the end of its window is found there", "[fab]") {
  Fab f = fab({group("E", 9), group("F"), group("G", 9)},
              {limit(step("a", "E", 10), "c", 30), step("b", "G", 100), step("c", "F", 10)});
  f.routes[0].steps[0].queue_time_action = QueueTimeAction::scrap;
  f.lots = {lot("L1")};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"L1 a E1 0 0 10", "L1 b G1 10 10 110"});
  CHECK(r.seen.flows[0].residence == ticks(110));
  CHECK(r.seen.windows[0].excess == ticks(70));
}

TEST_CASE("a lot that breaks its window goes back, with new draws, and its window opens anew", "[fab]") {
  Fab f = fab({group("E", 9), group("F"), group("P", 9)},
              {step("clean", "P", uniform(10, 5)), limit(step("a", "E", 10), "b", 30), step("b", "F", 50)});
  f.routes[0].steps[1].queue_time_action = QueueTimeAction::rework;
  f.routes[0].steps[1].queue_time_rework_to = "clean";
  add_product(f, "X", {step("b", "F", 60)});
  f.lots = {lot("L1"), lot("block", 0, 0, "X")};
  const auto clean = [](std::uint32_t pass) {
    return uniform(10, 5).compile().ticks(step_draw(listed_lot("L1"), "clean", core::Purpose::process, pass));
  };
  const Run r = run(f);
  std::vector<LotTrace> rows = r.seen.lot_trace;
  std::erase_if(rows, [](const LotTrace& t) { return t.lot != 0; }); // L1 is first by name
  REQUIRE(rows.size() == 5);
  const auto row = [&](std::size_t i) { return rows[i]; };
  // First pass: clean, a, then 30 min at F and a tick.
  const Tick at_f = clean(0) + ticks(10), back = at_f + ticks(30) + 1;
  CHECK(row(0).end == clean(0));
  CHECK(row(2).arrive == back);
  CHECK(row(2).held == ticks(30) + 1); // before it came here
  CHECK(row(2).end == back + clean(1));
  CHECK(clean(1) != clean(0));
  CHECK(r.seen.counts.reworks == 1);
  CHECK(r.seen.windows[0].closed == 2);
  CHECK(r.seen.windows[0].broken == 1);
  CHECK(r.seen.counts.lots_finished == 2);
}

TEST_CASE("a lot that breaks its window is on hold, then waits on without a limit", "[fab]") {
  Fab f = two_steps(30, 10, 50);
  f.routes[0].steps[0].queue_time_action = QueueTimeAction::hold;
  f.routes[0].steps[0].queue_time_hold = fixed(45);
  f.lots = {lot("L1"), lot("L2"), lot("L3", 100)};
  // L1 is on F 10-60. L2 waits 10-40, is on hold 40-85 (and a tick), then F is free.
  const Run r = run(f);
  const LotTrace& last = *std::ranges::find_if(r.seen.lot_trace, [](const LotTrace& t) { return t.held > 0; });
  CHECK(last.arrive == ticks(85) + 1);
  CHECK(last.start == ticks(85) + 1);
  CHECK(last.held == ticks(75) + 1);
  CHECK(r.seen.counts.lots_finished == 3);
  CHECK(r.seen.windows[0] == WindowSums{3, 1, 0, 0, 0, 1, ticks(30) + ticks(30) - (last.end - ticks(110))});
  CHECK(r.group("F").waiting == ticks(30) + 1 + (last.end - ticks(110)));
}

TEST_CASE("rework after a violation starts from where the lot waited", "[fab]") {
  Fab f = two_steps(30, 10, 50);
  f.tool_groups[0].location = "here", f.tool_groups[1].location = "there";
  f.transport = {{"here", "there", fixed(5)}, {"there", "here", fixed(7)}};
  f.routes[0].steps[0].queue_time_action = QueueTimeAction::rework;
  f.routes[0].steps[0].queue_time_rework_to = "a";
  f.lots = {lot("L1"), lot("L2")};
  const Run r = run(f); // L2 is at F from 15 to 40, at E from 47
  const auto back = std::ranges::find_if(r.seen.lot_trace, [](const LotTrace& t) { return t.held > 0; });
  REQUIRE(back != r.seen.lot_trace.end());
  CHECK(back->arrive == ticks(47) + 1);
  CHECK(back->held == ticks(25) + 1);
}

TEST_CASE("broken windows are told when something is done about them", "[fab]") {
  Fab f = two_steps(30, 10, 50);
  f.routes[0].steps[0].queue_time_action = QueueTimeAction::scrap;
  f.lots = {lot("L1"), lot("L2")};
  const Model model = compile(f, span(1000));
  Engine engine(model, 1, 0);
  Facts facts;
  for (Tick t = engine.next(); t < model.horizon; t = engine.next()) {
    engine.apply(t, facts);
    engine.dispatch(t, facts);
  }
  const auto broken = std::ranges::find(facts, Fact::Kind::queue_time_broken, &Fact::kind);
  REQUIRE(broken != facts.end());
  CHECK(broken->at == ticks(40) + 1);
  CHECK(broken->excess == 1);
}

// M/M/1 with lots that are scrapped when their wait reaches the limit (impatient customers, Barrer 1957): the share
// lost is (1 - rho) rho e / (1 - rho^2 e), with e = exp(-mu (1 - rho) limit).
TEST_CASE("the share of lots scrapped at an M/M/1 queue with a limit", "[fab]") {
  Fab f = fab({group("E", 500), group("F")}, {limit(step("a", "E", 1), "b", 10), step("b", "F", exponential(5))});
  f.routes[0].steps[0].queue_time_action = QueueTimeAction::scrap;
  f.releases = {release(exponential(6.25))};
  const double rho = 0.8, e = std::exp(-(1 - rho) / 5 * 10), lost = (1 - rho) * rho * e / (1 - rho * rho * e);
  std::vector<double> shares;
  for (std::uint64_t r = 0; r < 20; r++) {
    const Run x = run(f, span(40'000, 2'000), {}, 3, r);
    shares.push_back(static_cast<double>(x.seen.flows[0].scrapped) / static_cast<double>(x.seen.flows[0].released));
  }
  const double mean = std::accumulate(shares.begin(), shares.end(), 0.0) / 20;
  double square = 0;
  for (const double s : shares) square += (s - mean) * (s - mean);
  CHECK(std::abs(mean - lost) < 4 * std::sqrt(square / 19 / 20));
  CHECK(std::sqrt(square / 19 / 20) < 0.01 * lost * 4);
}

} // namespace
} // namespace centresim::fab
