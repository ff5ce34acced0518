// Setups: when they are needed, how long they take, and minimum runs.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

// One tool; products X, Y, Z need a setup of their name, product N none. 10 min each.
Fab setups() {
  Fab f = fab({group("E")}, {step("n", "E", 10)});
  f.products.clear();
  f.routes.clear();
  for (const char* name : {"X", "Y", "Z"}) add_product(f, name, {with_setup(step("a", "E", 10), name)});
  add_product(f, "N", {step("a", "E", 10)});
  return f;
}

// W9: a lot without setup leaves the setup of the tool as it is.
TEST_CASE("a setup is made when the setup of the tool differs, a step without setup keeps it", "[fab]") {
  Fab f = setups();
  f.setup_times = {{"", "X", fixed(5)}, {"", "Y", fixed(7)}};
  f.lots = {lot("1", 0, 0, "X"), lot("2", 0, 0, "X"), lot("3", 0, 0, "N"), lot("4", 0, 0, "X"), lot("5", 0, 0, "Y")};
  const Run r = run(f, 100);
  CHECK(r.schedule() == Lines{"1 a E1 0 0 15", "2 a E1 0 15 25", "3 a E1 0 25 35", "4 a E1 0 35 45", "5 a E1 0 45 62"});
  CHECK(r.group("E").setups == 2); // the first one included: tools start without setup
  CHECK(r.state("E", ToolState::setup) == 12);
}

TEST_CASE("a setup that is always made costs time each time and is a change only when it differs", "[fab]") {
  Fab f = setups();
  f.routes[0].steps[0].setup_when = SetupWhen::always;
  f.routes[0].steps[0].setup_time = fixed(5);
  f.lots = {lot("1", 0, 0, "X"), lot("2", 0, 0, "X")};
  const Run r = run(f, 100);
  CHECK(r.schedule() == Lines{"1 a E1 0 0 15", "2 a E1 0 15 30"});
  CHECK(r.group("E").setups == 1);
}

TEST_CASE("the time is that of the step, else from the setup before, else from any, else 0", "[fab]") {
  Fab f = setups();
  f.setup_times = {{"", "X", fixed(5)}, {"Y", "X", fixed(3)}, {"X", "Y", fixed(7)}, {"", "Z", fixed(11)}};
  add_product(f, "W", {with_setup(step("a", "E", 10), "Z")});
  f.routes.back().steps[0].setup_time = fixed(1);
  f.lots = {lot("1", 0, 0, "X"), lot("2", 0, 0, "Y"), lot("3", 0, 0, "X"), lot("4", 0, 0, "Z"),
            lot("5", 0, 0, "X"), lot("6", 0, 0, "W"), lot("7", 0, 0, "Y")};
  // none->X 5, X->Y 7, Y->X 3, any->Z 11, any->X 5, own time 1 although any->Z is 11, Z->Y is not listed: 0
  CHECK(run(f).starts("a") == std::vector<double>{0, 15, 32, 45, 66, 81, 92});
  CHECK(run(f).schedule().back() == "7 a E1 0 92 102");
}

TEST_CASE("setup times are drawn tool by tool in the order of the setups", "[fab]") {
  Fab f = setups();
  f.setup_times = {{"", "X", uniform(20, 10)}, {"", "Y", uniform(20, 10)}};
  f.lots = {lot("1", 0, 0, "X"), lot("2", 0, 0, "Y"), lot("3", 0, 0, "X")};
  const core::Law time = uniform(20, 10).compile();
  const auto owner = core::mix(core::name_identity("E"), 0);
  Tick at = 0;
  std::vector<double> expected;
  for (std::uint32_t i = 0; i < 3; i++) {
    expected.push_back(Run::in_minutes(at));
    at += time.ticks(sequence_draw(owner, core::Purpose::setup, i)) + ticks(10);
  }
  CHECK(run(f).starts("a") == expected);
}

// W11: priority before setup time where the list says so.
TEST_CASE("the rank setup_time prefers lots that need no setup, after priority", "[fab]") {
  Fab f = setups();
  f.tool_groups[0].rank = {Rank::priority, Rank::setup_time, Rank::fifo};
  f.setup_times = {{"", "X", fixed(5)}, {"", "Y", fixed(7)}, {"", "Z", fixed(3)}};
  f.lots = {lot("x1", 0, 0, "X"), lot("y1", 1, 0, "Y"),  lot("x2", 2, 0, "X"),
            lot("z1", 3, 0, "Z"), lot("hot", 4, 1, "Y"), lot("n", 5, 0, "N")};
  // At 15 the hot lot goes, setup and all: until 32. Now Y is set up: y1 and n need none and y1 was first; then x2 (5)
  // against z1 (3).
  CHECK(run(f).schedule() == Lines{"x1 a E1 0 0 15", "hot a E1 4 15 32", "y1 a E1 1 32 42", "n a E1 5 42 52",
                                   "z1 a E1 3 52 65", "x2 a E1 2 65 80"});
}

TEST_CASE("setup time between priority and a rank that changes with time", "[fab]") { // W11 as well
  Fab f = setups();
  f.tool_groups[0].rank = {Rank::priority, Rank::setup_time, Rank::critical_ratio};
  f.setup_times = {{"", "X", fixed(5)}, {"", "Y", fixed(7)}};
  f.lots = {lot("x1", 0, 0, "X"), lot("y1", 1, 0, "Y"), lot("x2", 2, 0, "X"), lot("x3", 3, 0, "X"),
            lot("hot", 4, 1, "Y")};
  const double due[] = {20, 20, 500, 100, 1000};
  for (std::size_t i = 0; i < f.lots.size(); i++) f.lots[i].due = minutes(due[i]);
  // hot although it needs a setup and is due last; then y1, which needs none; then x3 before x2, which is due later.
  CHECK(run(f).schedule() ==
        Lines{"x1 a E1 0 0 15", "hot a E1 4 15 32", "y1 a E1 1 32 42", "x3 a E1 3 42 57", "x2 a E1 2 57 67"});
}

TEST_CASE("in ranks only the table counts, not the own setup time of a step", "[fab]") {
  Fab f = setups();
  f.tool_groups[0].rank = {Rank::setup_time, Rank::fifo};
  f.routes[1].steps[0].setup_time = fixed(60); // Y: counts 0
  f.lots = {lot("x1", 0, 0, "X"), lot("y1", 1, 0, "Y"), lot("x2", 2, 0, "X")};
  CHECK(run(f).schedule() == Lines{"x1 a E1 0 0 10", "y1 a E1 1 10 80", "x2 a E1 2 80 90"});
}

// ---- minimum runs ----

Fab campaign(std::int64_t x, std::int64_t y) {
  Fab f = setups();
  f.tool_groups[0].minimum_runs = {{"X", x}, {"Y", y}};
  return f;
}

// W1: it holds, also against hot lots and an empty queue, and it is over after so many lots.
TEST_CASE("a minimum run holds the tool, against hot lots too, until it is used up", "[fab]") {
  Fab f = campaign(3, 1);
  f.lots = {lot("x1", 0, 0, "X"), lot("x2", 0, 0, "X"), lot("hot", 5, 9, "Y"), lot("x3", 100, 0, "X"),
            lot("x4", 100, 0, "X")};
  // The changing lot counts: x1, x2. At 20 the tool waits for x3, which can still come. After it the run is over and
  // the hot lot goes before x4.
  CHECK(run(f).schedule() ==
        Lines{"x1 a E1 0 0 10", "x2 a E1 0 10 20", "x3 a E1 100 100 110", "hot a E1 5 110 120", "x4 a E1 100 120 130"});
}

TEST_CASE("a minimum run ends when no lot for it can come any more", "[fab]") {
  Fab f = campaign(3, 1);
  f.lots = {lot("x1", 0, 0, "X"), lot("y1", 5, 0, "Y")};
  CHECK(run(f).schedule() == Lines{"x1 a E1 0 0 10", "y1 a E1 5 10 20"});

  // A lot upstream can come.
  f.tool_groups.push_back(group("W"));
  f.routes[0].steps.insert(f.routes[0].steps.begin(), step("clean", "W", 40));
  f.lots = {waiting_at(lot("x1", 0, 0, "X"), "a"), lot("x2", 0, 0, "X"), lot("y1", 5, 0, "Y")};
  CHECK(run(f).schedule() == Lines{"x1 a E1 0 0 10", "x2 clean W1 0 0 40", "x2 a E1 40 40 50", "y1 a E1 5 50 60"});
}

// The run of Y needs three lots, but each lot that could come for it must first pass here for X: the run gives way, or
// the line would stand still for ever.
TEST_CASE("a minimum run does not wait for lots that the wait keeps away", "[fab]") {
  Fab f = fab({group("M")}, {with_setup(step("a", "M", 10), "X"), with_setup(step("b", "M", 10), "Y")});
  f.tool_groups[0].minimum_runs = {{"X", 1}, {"Y", 3}};
  f.lots = {lot("1", 0), lot("2", 5), lot("3", 25)};
  CHECK(run(f).schedule() == Lines{"1 a M1 0 0 10", "2 a M1 5 10 20", "1 b M1 10 20 30", "2 b M1 20 30 40",
                                   "3 a M1 25 40 50", "3 b M1 50 50 60"});
}

TEST_CASE("the run is counted from the change only, and lots without setup count", "[fab]") {
  // Re-arming at every start would never let y go: after 2 lots of X the run is over although x3, x4 wait.
  Fab f = campaign(2, 2);
  f.lots = {lot("x1", 0, 0, "X"), lot("x2", 0, 0, "X"), lot("y1", 1, 1, "Y"), lot("x3", 0, 0, "X"),
            lot("x4", 0, 0, "X")};
  CHECK(run(f).schedule() == Lines{"x1 a E1 0 0 10", "x2 a E1 0 10 20", "y1 a E1 1 20 30", "x3 a E1 0 30 40",
                                   "x4 a E1 0 40 50"}); // after y1 no other Y can come
  f.lots = {lot("x1", 0, 0, "X"), lot("n1", 1, 1, "N"), lot("x2", 2, 0, "X"), lot("y1", 3, 2, "Y")};
  CHECK(run(f).schedule() == Lines{"x1 a E1 0 0 10", "n1 a E1 1 10 20", "y1 a E1 3 20 30", "x2 a E1 2 30 40"});
}

TEST_CASE("two products that alternate set up at every lot under first in first out", "[fab]") {
  Fab f = setups();
  f.setup_times = {{"", "X", fixed(5)}, {"", "Y", fixed(5)}};
  f.releases = {release(fixed(40), "X"), release(fixed(40), "Y")};
  f.releases[1].start = minutes(20);
  const Run r = run(f, 4000);
  CHECK(r.group("E").setups == 200);
  CHECK(r.state("E", ToolState::setup) == 1000);
}

// ---- choice of the tool ----

TEST_CASE("an arriving lot takes the tool that has been free longest", "[fab]") {
  Fab f = fab({group("E", 3)}, {step("a", "E", 10)});
  f.lots = {lot("1"), lot("2", 1), lot("3", 20), lot("4", 21), lot("5", 22)};
  // E3 is free since 0, E1 since 10, E2 since 11.
  CHECK(run(f).schedule() ==
        Lines{"1 a E1 0 0 10", "2 a E2 1 1 11", "3 a E3 20 20 30", "4 a E1 21 21 31", "5 a E2 22 22 32"});
}

TEST_CASE("with the choice least_setup_time it takes the tool with the shortest setup, own times included", "[fab]") {
  Fab f = setups();
  f.tool_groups[0].tools = 3;
  f.tool_groups[0].tool_choice = ToolChoice::least_setup_time;
  for (std::size_t i = 0; i < 2; i++) f.routes[i].steps[0].setup_time = fixed(5); // X, Y; counts here
  f.lots = {lot("1", 0, 0, "X"), lot("2", 1, 0, "Y"), lot("3", 30, 0, "Y"), lot("4", 60, 0, "X"), lot("5", 90, 0, "N")};
  // 1: E1 becomes X. 2: E2 (free as long as E3) becomes Y. 3: E2, though E3 has been free longer. 4: E1. 5 needs no
  // setup anywhere: the longest free, E3.
  CHECK(run(f).schedule() ==
        Lines{"1 a E1 0 0 15", "2 a E2 1 1 16", "3 a E2 30 30 40", "4 a E1 60 60 70", "5 a E3 90 90 100"});
  f.tool_groups[0].tool_choice = ToolChoice::longest_idle;
  CHECK(run(f).schedule()[2] == "3 a E3 30 30 45");
}

TEST_CASE("a setup that is always made takes the time from any setup on a repeat as well", "[fab]") {
  Fab f = setups();
  f.routes[0].steps[0].setup_when = SetupWhen::always;
  f.setup_times = {{"", "X", fixed(5)}};
  f.lots = {lot("1", 0, 0, "X"), lot("2", 0, 0, "X")};
  CHECK(run(f).schedule() == Lines{"1 a E1 0 0 15", "2 a E1 0 15 30"});
}

TEST_CASE("a lot bound to another tool does not keep a minimum run waiting", "[fab]") {
  Fab f = fab({group("E", 2)}, {with_setup(step("a", "E", 10), "Y"), with_setup(step("c", "E", 10), "X")});
  add_product(f, "B", {with_setup(step("a", "E", 10), "X"), with_setup(step("c", "E", 10), "Y")});
  f.routes[0].steps[0].dedicates = f.routes[1].steps[0].dedicates = "c";
  f.tool_groups[0].minimum_runs = {{"X", 5}, {"Y", 5}};
  f.lots = {lot("1"), lot("2", 0, 0, "B")};
  // Each waits for its own tool, which is set up for the other: nothing that either tool may take can come.
  CHECK(run(f).schedule() == Lines{"1 a E1 0 0 10", "2 a E2 0 0 10", "1 c E1 10 10 20", "2 c E2 10 10 20"});
}

TEST_CASE("a minimum run goes on for a lot that first passes a tool whose own run cannot go on", "[fab]") {
  Fab f = setups();
  f.tool_groups.push_back(group("D"));
  f.tool_groups[0].tools = 2;
  f.tool_groups[0].minimum_runs = {{"X", 5}, {"Y", 5}, {"W", 5}};
  add_product(f, "W", {with_setup(step("a", "E", 10), "W")});
  add_product(f, "ZY", {step("p", "D", 60), with_setup(step("a", "E", 10), "Z"), with_setup(step("b", "E", 10), "Y")});
  f.lots = {lot("x", 0, 0, "X"), lot("y", 1, 0, "Y"), lot("zy", 2, 0, "ZY"), lot("w", 20, 0, "W"),
            lot("v", 21, 0, "W")};
  // E1 may leave X at 20 and W at 62, as none of them comes; so zy can pass it, and E2 keeps Y for zy.
  CHECK(run(f).schedule() == Lines{"x a E1 0 0 10", "y a E2 1 1 11", "zy p D1 2 2 62", "w a E1 20 20 30",
                                   "v a E1 21 30 40", "zy a E1 62 62 72", "zy b E2 72 72 82"});
}

} // namespace
} // namespace centresim::fab
