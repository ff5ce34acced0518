// Who goes next: ranks; tools held for hot lots.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

// Group E does step a of 10 min for product A; product B goes on to 30 min at M; "block" keeps E busy at the start.
Fab ranked(std::vector<Rank> rank, double block = 10) {
  Fab f = fab({group("E"), group("M", 9)}, {step("a", "E", 10)});
  f.tool_groups[0].rank = std::move(rank);
  add_product(f, "B", {step("a", "E", 10), step("m", "M", 30)});
  add_product(f, "block", {step("block", "E", block)});
  f.lots = {lot("block", 0, 0, "block")};
  return f;
}
void add(Fab& f, std::string name, std::string product, double due) {
  f.lots.push_back(lot(std::move(name), 1, 0, std::move(product)));
  f.lots.back().due = minutes(due);
}
// Names of the lots in the order in which they started step a.
std::string order(const Run& r) {
  std::vector<LotTrace> rows = r.seen.lot_trace;
  std::ranges::sort(rows, {}, [](const LotTrace& t) { return std::pair(t.start, t.lot); });
  std::string names;
  for (const LotTrace& t : rows)
    if (r.model.step_names[t.step] == "a") names += r.seen.lot_names[t.lot];
  return names;
}

TEST_CASE("rank due_date: the earliest first, lots without due date last", "[fab]") {
  Fab f = ranked({Rank::due_date});
  f.lots.push_back(lot("n", 1));
  add(f, "p", "A", 50);
  add(f, "q", "B", 60);
  add(f, "r", "A", -5);
  CHECK(order(run(f)) == "rpqn");
}

TEST_CASE("rank slack: due date less now less remaining work", "[fab]") {
  Fab f = ranked({Rank::slack});
  add(f, "p", "A", 50); // 40 - now
  add(f, "q", "B", 70); // 30 - now
  f.lots.push_back(lot("n", 1));
  CHECK(order(run(f)) == "qpn");
}

TEST_CASE("rank critical_ratio: time to the due date over remaining work, negative when late", "[fab]") {
  Fab f = ranked({Rank::critical_ratio});
  add(f, "p", "A", 40);  // at 10: (40 - 10) / 10 = 3
  add(f, "q", "B", 50);  // (50 - 10) / 40 = 1
  add(f, "r", "A", 0);   // -10 / 10 = -1
  add(f, "s", "B", -70); // -80 / 40 = -2
  f.lots.push_back(lot("n", 1));
  CHECK(order(run(f)) == "srqpn");
}

TEST_CASE("the critical ratio is that of the moment of the decision", "[fab]") {
  // u: (100 - t) / 10 against v: (160 - t) / 40, equal at t = 80.
  for (const auto& [block, expected] : {std::pair{70.0, "vu"}, std::pair{90.0, "uv"}}) {
    Fab f = ranked({Rank::critical_ratio}, block);
    add(f, "u", "A", 100);
    add(f, "v", "B", 160);
    CHECK(order(run(f)) == expected);
  }
}

TEST_CASE("remaining work counts load, unload, wafers and sampling, from this step on", "[fab]") {
  Fab f = ranked({Rank::slack});
  for (ToolGroup& g : f.tool_groups) g.load = g.unload = minutes(1);
  f.routes[1].steps[1].per = ProcessUnit::wafer;
  f.routes[1].steps[1].sampling = 0.5;
  add(f, "p", "A", 200);
  for (const double d : {245.0, 247.0}) {
    Fab g = f;
    add(g, "q", "B", d);
    g.lots.back().wafers = 3;
    // A: 200 - 12 = 188, less now. B: remaining 12 + 0.5 (1 + 3 x 30 + 1) = 58: 245 - 58 = 187 < 188 < 247 - 58 = 189.
    CHECK(order(run(g)) == (d < 246 ? "qp" : "pq"));
  }
}

TEST_CASE("rank shortest_time: the expected time of this step", "[fab]") {
  Fab f = ranked({Rank::shortest_time});
  f.routes[0].steps[0].per = ProcessUnit::wafer;
  f.lots.push_back(lot("p", 1)); // 10
  f.lots.push_back(lot("q", 1));
  f.lots.back().wafers = 3; // 30
  add_product(f, "C", {step("a", "E", uniform(20, 20))});
  f.lots.push_back(lot("r", 1, 0, "C")); // 20 on average
  CHECK(order(run(f)) == "prq");
}

TEST_CASE("rank least_work_next: expected work waiting at the next group over its tools that are up", "[fab]") {
  Fab f = fab({group("E"), group("M"), group("N", 2)}, {step("a", "E", 10), step("m", "M", 10)});
  f.tool_groups[0].rank = {Rank::least_work_next, Rank::fifo};
  add_product(f, "B", {step("a", "E", 10), step("n", "N", 10)});
  add_product(f, "C", {step("a", "E", 10)});
  add_product(f, "block", {step("block", "E", 8)});
  add_product(f, "M", {step("m", "M", 200)});
  add_product(f, "N", {step("n", "N", 200)});
  add_product(f, "n", {step("n", "N", 10)});
  f.lots = {lot("block", 0, 0, "block"), lot("p", 1, 0, "A"),        lot("q", 1, 0, "B"),       lot("r", 1, 0, "C"),
            lot("long m", 0, 9, "M"),    waiting_at(lot("m1"), "m"), waiting_at(lot("m2"), "m")};
  for (const char* name : {"n1", "n2", "n3"}) f.lots.push_back(lot(name, 7, 0, "n"));
  f.lots.push_back(lot("long n1", 6, 0, "N"));
  // M and N are busy for long. At 8: m1 and m2 wait for M: 20. n1, n2 and n3 wait for the two tools of N: 15. For C
  // there is no next group: 0.
  Fab two = f;
  two.lots.push_back(lot("long n2", 6, 0, "N"));
  CHECK(order(run(two)) == "rqp");
  // With one tool of N in maintenance, from 4 on: 30.
  f.tool_groups[2].maintenance = {calendar_pm(10'000, 8, 500)};
  CHECK(order(run(f)) == "rpq");
}

TEST_CASE("ranks decide in the order of the list", "[fab]") {
  Fab f = ranked({Rank::shortest_time, Rank::due_date});
  add(f, "p", "A", 90);
  add(f, "q", "B", 80);
  f.routes[1].steps[0].time = fixed(11);
  add(f, "r", "A", 70);
  CHECK(order(run(f)) == "rpq");
}

// ---- reservations ----

// Hot lots of product A do P for 20 min, then Q for 10; R does Q only.
Fab reserving(std::int64_t tools_of_q = 1) {
  Fab f = fab({group("P"), group("Q", tools_of_q)}, {step("p", "P", 20), step("q", "Q", 10)});
  for (ToolGroup& g : f.tool_groups) g.hot_lot_reservation = true;
  add_product(f, "R", {step("q", "Q", 10)});
  f.lots = {lot("H")};
  f.lots[0].hot = true;
  return f;
}

// W12: reservation.
TEST_CASE("a hot lot that starts has a ready tool of its next step held until it comes", "[fab]") {
  Fab f = reserving();
  f.tool_groups[0].location = f.tool_groups[1].location = "fab";
  f.transport = {{"fab", "fab", fixed(3)}};
  f.lots.push_back(lot("r", 5, 99, "R")); // more urgent by rank
  CHECK(run(f).schedule() == Lines{"H p P1 0 0 20", "H q Q1 23 23 33", "r q Q1 5 33 43"});

  SECTION("other lots reserve nothing") {
    f.lots[0].hot = false;
    CHECK(run(f).schedule() == Lines{"H p P1 0 0 20", "r q Q1 5 5 15", "H q Q1 23 23 33"});
  }
  SECTION("nor where one of the groups does not allow it") {
    for (std::size_t g = 0; g < 2; g++) {
      Fab without = f;
      without.tool_groups[g].hot_lot_reservation = false;
      CHECK(run(without).schedule()[1] == "r q Q1 5 5 15");
    }
  }
}

TEST_CASE("where no tool is ready the next that becomes free is held", "[fab]") {
  Fab f = reserving();
  f.lots[0].release = minutes(5);
  f.lots.push_back(lot("r1", 0, 0, "R"));
  f.lots.push_back(lot("r2", 2, 0, "R"));
  // Q is free at 10 and held for H, who comes at 25.
  CHECK(run(f).schedule() == Lines{"r1 q Q1 0 0 10", "H p P1 5 5 25", "H q Q1 25 25 35", "r2 q Q1 2 35 45"});
}

TEST_CASE("a hold moves on when its tool goes into maintenance or breaks down", "[fab]") {
  Fab f = reserving(2);
  f.tool_groups[1].maintenance = {calendar_pm(1000, 20, 100)}; // Q1 10-110, Q2 from 20
  f.lots.push_back(lot("r", 12, 0, "R"));
  // Q1 is held from 0. At 10 it is due: Q2 is held, and r waits. At 20 Q2 is due as H arrives: nothing is held; H goes
  // first when Q1 is back.
  CHECK(run(f).schedule() == Lines{"H p P1 0 0 20", "H q Q1 20 110 120", "r q Q1 12 120 130"});

  f.tool_groups[1].maintenance.clear();
  f.tool_groups[1].tools = 1;
  f.tool_groups[1].breakdowns = {breakdown(1e5, 5)};
  f.tool_groups[1].breakdowns[0].first = fixed(10);
  CHECK(run(f).schedule() == Lines{"H p P1 0 0 20", "H q Q1 20 20 30", "r q Q1 12 30 40"}); // held again from 15
}

TEST_CASE("a hold is given up when the next step is not the one it was for", "[fab]") {
  Fab f = reserving();
  f.tool_groups.push_back(group("Z"));
  f.routes[0].steps.push_back(step("z", "Z", 1));
  f.routes[0].steps[1].sampling = 1e-12;
  f.lots.push_back(lot("r", 5, 0, "R"));
  CHECK(run(f).schedule() == Lines{"H p P1 0 0 20", "H z Z1 20 20 21", "r q Q1 5 20 30"});

  f.routes[0].steps[1].sampling = 1; // rework of P: likewise, and reserved anew by the second pass
  f.routes[0].steps.insert(f.routes[0].steps.begin(), step("o", "Z", 7));
  f.routes[0].steps[1].rework_to = "o";
  f.routes[0].steps[1].rework = 0.5;
  for (int k = 0;; k++) {
    f.lots[0].name = fmt::format("H{}", k);
    const auto u = [&](std::uint32_t pass) {
      return step_draw(listed_lot(f.lots[0].name), "p", core::Purpose::rework, pass);
    };
    if (u(0) < 0.5 && u(1) >= 0.5) break;
  }
  const std::string h = f.lots[0].name;
  f.lots.back().release = minutes(8);
  // o 0-7, p 7-27 with Q held; sent back at 27: r goes 27-37. o 27-34, p 34-54; Q is held from 37 on.
  f.lots.push_back(lot("r2", 36, 0, "R"));
  CHECK(run(f).schedule() == Lines{h + " o Z1 0 0 7", h + " p P1 7 7 27", h + " o Z1 27 27 34", "r q Q1 8 27 37",
                                   h + " p P1 34 34 54", h + " q Q1 54 54 64", h + " z Z1 64 64 65",
                                   "r2 q Q1 36 64 74"});
}

TEST_CASE("one reservation a group: a second hot lot takes its turn by rank", "[fab]") {
  Fab f = reserving(2);
  f.tool_groups[0].tools = 2;
  f.lots.push_back(lot("I"));
  f.lots[1].hot = true;
  f.lots.push_back(lot("r1", 5, 0, "R"));
  f.lots.push_back(lot("r2", 6, 0, "R"));
  // Q1 is held for H; r1 takes Q2 5-15, r2 Q2 15-25. I comes at 20 and takes Q2 at 25.
  CHECK(run(f).schedule() == Lines{"H p P1 0 0 20", "I p P2 0 0 20", "r1 q Q2 5 5 15", "r2 q Q2 6 15 25",
                                   "H q Q1 20 20 30", "I q Q2 20 25 35"});
}

TEST_CASE("a hot lot whose next step is in the same group has another tool held", "[fab]") {
  Fab f = fab({group("P", 2)}, {step("p", "P", 20), step("q", "P", 10)});
  f.tool_groups[0].hot_lot_reservation = true;
  add_product(f, "R", {step("r", "P", 30)});
  f.lots = {lot("H"), lot("r1", 5, 0, "R"), lot("r2", 6, 0, "R")};
  f.lots[0].hot = true;
  // H starts on P1; P2 is ready and held. At 20 both are free: H takes P2, r1 takes P1.
  CHECK(run(f).schedule() == Lines{"H p P1 0 0 20", "H q P2 20 20 30", "r1 r P1 5 20 50", "r2 r P2 6 30 60"});
}

} // namespace
} // namespace centresim::fab
