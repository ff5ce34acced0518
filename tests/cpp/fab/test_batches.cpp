// Batches: which lots share one, when it starts, what it takes.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

// A furnace for 2 to 4 wafers, 20 min; lots of one wafer.
Fab furnace(std::int64_t batch_min = 2, std::int64_t batch_max = 4) {
  Fab f = fab({group("F")}, {batch_step(step("a", "F", 20), batch_min, batch_max)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  return f;
}

// W2: not only full batches.
TEST_CASE("a batch starts at its minimum, and below it when no more can come", "[fab]") {
  Fab f = furnace();
  f.lots = {lot("L1"), lot("L2", 5), lot("L3", 6)};
  // L1 alone is too little while others are to come; at 5 two are enough; L3 is alone for ever: it goes when it can.
  CHECK(run(f).schedule() == Lines{"L1 a F1 0 5 25", "L2 a F1 5 5 25", "L3 a F1 6 25 45"});
}

TEST_CASE("a batch takes no more than its maximum, in rank order, and skips a lot that does not fit", "[fab]") {
  Fab f = furnace();
  f.lots = {lot("blocker1"), lot("blocker2"), lot("L1", 1), lot("L2", 2), lot("L3", 3), lot("L4", 4), lot("hot", 5, 1)};
  // At 20: hot, L1, L2, L3; L4 is left.
  CHECK(run(f).schedule() == Lines{"blocker1 a F1 0 0 20", "blocker2 a F1 0 0 20", "L1 a F1 1 20 40", "L2 a F1 2 20 40",
                                   "L3 a F1 3 20 40", "hot a F1 5 20 40", "L4 a F1 4 40 60"});
  f.lots = {lot("blocker1"), lot("blocker2"), lot("L1", 1), lot("L2", 2), lot("L3", 3)};
  f.lots[2].wafers = 3;
  f.lots[3].wafers = 2;
  // At 20: 3 wafers, 2 do not fit, 1 does.
  CHECK(run(f).schedule() ==
        Lines{"blocker1 a F1 0 0 20", "blocker2 a F1 0 0 20", "L1 a F1 1 20 40", "L3 a F1 3 20 40", "L2 a F1 2 40 60"});
}

TEST_CASE("hot lots are not exempt from the minimum", "[fab]") {
  Fab f = furnace();
  f.lots = {lot("hot", 0, 9), lot("L1", 30), lot("L2", 100)};
  CHECK(run(f).schedule() == Lines{"hot a F1 0 30 50", "L1 a F1 30 30 50", "L2 a F1 100 100 120"});
}

// W3: no mixing; and not only the key of the first lot is tried.
TEST_CASE("lots of different routes do not share a batch, where one key cannot start the next is tried", "[fab]") {
  Fab f = furnace();
  add_product(f, "B", {batch_step(step("a", "F", 30), 2, 4)});
  f.lots = {lot("A1"), lot("B1", 10, 0, "B"), lot("B2", 20, 0, "B"), lot("A2", 100)};
  CHECK(run(f).schedule() == Lines{"B1 a F1 10 20 50", "B2 a F1 20 20 50", "A1 a F1 0 100 120", "A2 a F1 100 100 120"});
}

TEST_CASE("two steps of one route are two keys of their own sizes", "[fab]") {
  Fab f = furnace();
  f.routes[0].steps.push_back(batch_step(step("b", "F", 10), 3, 3));
  f.lots = {lot("L1"), lot("L2"), lot("L3", 5)};
  // L1 and L2 share a 0-20. At 20 step b would need three, and L3 can still come: L3 does a alone, as no more can
  // come for a. At 40 all three are there for b.
  CHECK(run(f).schedule() == Lines{"L1 a F1 0 0 20", "L2 a F1 0 0 20", "L3 a F1 5 20 40", "L1 b F1 20 40 50",
                                   "L2 b F1 20 40 50", "L3 b F1 40 40 50"});
}

TEST_CASE("families share batches at steps of one name, if the group mixes so", "[fab]") {
  Fab f = furnace();
  f.products[0].family = "logic";
  add_product(f, "E", {batch_step(step("a", "F", 20), 2, 4)}, "logic");
  add_product(f, "O", {batch_step(step("a", "F", 20), 2, 4)}, "other");
  f.lots = {lot("A1"), lot("O1", 3, 0, "O"), lot("E1", 10, 0, "E"), lot("O2", 50, 0, "O")};
  // By route: nobody can come for A1, nor for E1.
  CHECK(run(f).schedule() == Lines{"A1 a F1 0 0 20", "E1 a F1 10 20 40", "O1 a F1 3 50 70", "O2 a F1 50 50 70"});
  f.tool_groups[0].batch_mix = BatchMix::family_step;
  CHECK(run(f).schedule() == Lines{"A1 a F1 0 10 30", "E1 a F1 10 10 30", "O1 a F1 3 50 70", "O2 a F1 50 50 70"});
}

TEST_CASE("a lot upstream, or on its way, can still come, releases of the stream as well", "[fab]") {
  Fab f = furnace();
  f.routes[0].steps.insert(f.routes[0].steps.begin(), step("clean", "W", 40));
  f.tool_groups.push_back(group("W"));
  f.tool_groups[0].location = f.tool_groups[1].location = "fab";
  f.transport = {{"fab", "fab", fixed(5)}};
  f.lots = {waiting_at(lot("wip"), "a"), lot("L1")};
  // wip waits for L1: clean 0-40, on the way until 45. Then nobody else can come.
  CHECK(run(f).schedule() == Lines{"L1 clean W1 0 0 40", "wip a F1 0 45 65", "L1 a F1 45 45 65"});

  f.lots.resize(1);
  CHECK(run(f).schedule() == Lines{"wip a F1 0 0 20"}); // nobody to wait for

  f.releases = {release(fixed(70))};
  f.releases[0].start = minutes(60);
  f.releases[0].count = 2; // 60 and 130
  // wip waits for A.1: clean 60-100, on the way until 105. A.2 (130): clean 130-170; from its release on no more come.
  CHECK(run(f).schedule() == Lines{"A.1 clean W1 60 60 100", "wip a F1 0 105 125", "A.1 a F1 105 105 125",
                                   "A.2 clean W1 130 130 170", "A.2 a F1 175 175 195"});
}

TEST_CASE("a batch that waits for a stream goes when the stream has ended", "[fab]") {
  Fab f = furnace(4, 4);
  f.releases = {release(fixed(10))};
  f.releases[0].count = 3;
  CHECK(run(f).starts("a") == std::vector<double>{20, 20, 20}); // with the last release
  f.releases[0].count = {};
  // Without a limit the horizon ends it: the last release is at 10, and at 20 there is none.
  CHECK(run(f, span(20, 0, 0, true)).starts("a") == std::vector<double>{10, 10});
}

TEST_CASE("after the maximum wait of its oldest lot a batch starts with what is there", "[fab]") {
  Fab f = furnace(4, 4);
  f.routes[0].steps[0].batch_wait = minutes(30);
  f.lots = {lot("L1"), lot("L2", 10), lot("L3", 40), lot("L4", 75), lot("late", 500)};
  // L1 has waited 30 min at 30: L1 and L2 go. L3 (40) finds the tool busy until 50 and waits until 70: alone. L4 (75)
  // has waited 30 min at 105, when the tool is free.
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"L1 a F1 0 30 50", "L2 a F1 10 30 50", "L3 a F1 40 70 90", "L4 a F1 75 105 125",
                              "late a F1 500 500 520"});
}

TEST_CASE("a maximum wait that ends while the tool is busy counts when it is free", "[fab]") {
  Fab f = furnace(4, 4);
  f.routes[0].steps[0].time = fixed(100);
  f.routes[0].steps[0].batch_wait = minutes(30);
  f.lots = {lot("L1"), lot("L2", 35), lot("L3", 129), lot("late", 500)};
  CHECK(run(f).schedule() ==
        Lines{"L1 a F1 0 30 130", "L2 a F1 35 130 230", "L3 a F1 129 130 230", "late a F1 500 500 600"});
}

TEST_CASE("a batch draws its time once, for the lot released first, and its lots end together", "[fab]") {
  Fab f = furnace(2, 2);
  f.tool_groups[0].load = minutes(2);
  f.tool_groups[0].unload = minutes(3);
  f.routes[0].steps[0].time = uniform(20, 10);
  f.lots = {lot("L1"), lot("L2", 0, 9)}; // L2 is ranked first
  const Run r = run(f);
  const Tick p = uniform(20, 10).compile().ticks(step_draw(listed_lot("L1"), "a", core::Purpose::process));
  REQUIRE(r.seen.lot_trace.size() == 2);
  for (const LotTrace& t : r.seen.lot_trace) CHECK(t.end == p + ticks(5));
  CHECK(r.group("F").jobs == 1);
  CHECK(r.group("F").visits == 2);
  CHECK(r.state("F", ToolState::load) == 2);
  CHECK(r.state("F", ToolState::unload) == 3);
}

TEST_CASE("two furnaces: each takes a batch of its own", "[fab]") {
  Fab f = furnace(2, 2);
  f.tool_groups[0].tools = 2;
  f.lots = {lot("L1"), lot("L2"), lot("L3"), lot("L4"), lot("L5", 10)};
  const Run r = run(f);
  CHECK(r.schedule() ==
        Lines{"L1 a F1 0 0 20", "L2 a F1 0 0 20", "L3 a F2 0 0 20", "L4 a F2 0 0 20", "L5 a F1 10 20 40"});
}

TEST_CASE("a lot that does not fit is no reason to start below the minimum while smaller ones can come", "[fab]") {
  Fab f = furnace(75, 100);
  f.lots = {lot("L1"), lot("L2", 1), lot("L3", 2)};
  f.lots[0].wafers = f.lots[1].wafers = 60;
  f.lots[2].wafers = 20;
  // 60 + 60 is too much, 60 + 20 is not; L2 is alone for ever then.
  CHECK(run(f).schedule() == Lines{"L1 a F1 0 2 22", "L3 a F1 2 2 22", "L2 a F1 1 22 42"});
  f.lots[2].wafers = 60; // nothing that fits is to come
  CHECK(run(f).schedule() == Lines{"L1 a F1 0 0 20", "L2 a F1 1 20 40", "L3 a F1 2 40 60"});
  f.lots = {lot("L1")};
  f.lots[0].wafers = 60;
  f.releases = {release(fixed(30), "A", 60)}; // of lots that do not fit
  f.releases[0].start = minutes(10);
  CHECK(run(f, 25).schedule() == Lines{"L1 a F1 0 0 20"});
  f.releases[0].wafers = {core::LawKind::discrete, common::Dimension::number, {40, 60}, {1, 1e6}}; // some may
  CHECK(run(f, 25).schedule().empty());
}

} // namespace
} // namespace centresim::fab
