// Production and engineering lots that share tools: turns by time, campaigns; and choices of batches.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

Lot engineering(std::string name, double release = 0) {
  Lot l = lot(std::move(name), release);
  l.kind = "engineering";
  return l;
}

std::string order(const Run& r) { // of starts, without the blocker
  std::string names;
  for (const std::string& line : r.schedule())
    if (const std::string name = line.substr(0, line.find(' ')); name != "block") names += name + " ";
  return names;
}

Fab shared_tool() {
  Fab f = fab({group("F")}, {step("a", "F", 10)});
  f.tool_groups[0].engineering = EngineeringRule{};
  f.tool_groups[0].rank = {Rank::priority, Rank::fifo};
  return f;
}

TEST_CASE("by turns of time production goes first, then engineering, from time 0", "[fab]") {
  Fab f = shared_tool();
  f.tool_groups[0].engineering->production_window = minutes(25);
  f.tool_groups[0].engineering->engineering_window = minutes(10);
  f.lots = {engineering("E1"), engineering("E2"), engineering("E3"), lot("P1"), lot("P2"), lot("P3"), lot("P4")};
  // Starts at 0, 10, 20 production; 30 engineering; 40, 50 production (phase 5, 15); 60 production (25)? none left.
  CHECK(order(run(f)) == "P1 P2 P3 E1 P4 E2 E3 ");
  f.lots[1].priority = 99; // no priority of a lot outweighs the turn
  CHECK(order(run(f)) == "P1 P2 P3 E2 P4 E1 E3 ");
}

TEST_CASE("in campaigns as many engineering lots go first as waited for it", "[fab]") {
  Fab f = shared_tool();
  f.tool_groups[0].engineering->campaign = 3;
  f.lots = {lot("P1"),
            lot("P2"),
            lot("P3"),
            lot("P4"),
            lot("P5"),
            engineering("E1", 1),
            engineering("E2", 2),
            engineering("E3", 15),
            engineering("E4", 16),
            engineering("E5", 21)};
  // At 10 two wait: production. At 20 four wait: E1, E2, E3; then production; E4 and E5 are below three.
  CHECK(order(run(f)) == "P1 P2 E1 E2 E3 P3 P4 P5 E4 E5 ");
  f.tool_groups[0].engineering->campaign = 2; // at 10: E1, E2; at 30 three wait: two of them; P2; ...
  CHECK(order(run(f)) == "P1 E1 E2 E3 E4 P2 P3 P4 P5 E5 ");
}

TEST_CASE("a campaign counts the lots of a batch once, and the choice of batches keeps to the turn", "[fab]") {
  Fab f = fab({group("F")}, {batch_step(step("a", "F", 10), 1, 3)});
  add_product(f, "B", {batch_step(step("a", "F", 10), 1, 3)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.tool_groups[0].engineering = EngineeringRule{};
  f.tool_groups[0].engineering->campaign = 2;
  f.tool_groups[0].rank = {Rank::fifo};
  const auto other = [](Lot l) {
    l.product = "B";
    return l;
  };
  f.lots = {lot("block"),        engineering("E1", 1), engineering("E2", 2), engineering("E3", 3),
            other(lot("P1", 4)), other(lot("P2", 4)),  engineering("E4", 15)};
  // At 10 a campaign of two: a batch of three ends it. At 20 one waits, which begins none.
  CHECK(order(run(f)) == "E1 E2 E3 P1 P2 E4 ");
  f.tool_groups[0].batch_choice = BatchChoice::fullest;
  f.lots = {lot("block"),        engineering("E1", 1), engineering("E2", 2),
            other(lot("P1", 4)), other(lot("P2", 4)),  other(lot("P3", 4))};
  CHECK(order(run(f)) == "E1 E2 P1 P2 P3 ");
}

TEST_CASE("kinds say which lots are engineering", "[fab]") {
  Fab f = shared_tool();
  f.tool_groups[0].engineering->kinds = {"ERL", "EHL"};
  f.tool_groups[0].engineering->campaign = 2;
  f.lots = {lot("P1"), lot("P2", 1), engineering("R", 2), engineering("H", 3)};
  f.lots[2].kind = "ERL";
  f.lots[3].kind = "EHL";
  CHECK(order(run(f)) == "P1 R H P2 ");
}

Fab furnace() {
  Fab f = fab({group("F")}, {batch_step(step("a", "F", 20), 1, 4)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  add_product(f, "B", {batch_step(step("a", "F", 20), 1, 6)});
  return f;
}

TEST_CASE("batch_fill: the smallest batch as a share of the largest", "[fab]") {
  Fab f = furnace();
  f.routes[0].steps[0].batch_min.reset();
  f.routes[1].steps[0].batch_min.reset();
  f.lots = {lot("L1"), lot("L2", 5), lot("L3", 10), lot("L4", 12)};
  f.tool_groups[0].batch_fill = 0.75; // 3 of 4
  CHECK(run(f).starts("a") == std::vector<double>{10, 10, 10, 30});
  f.tool_groups[0].batch_fill = 1;
  CHECK(run(f).starts("a") == std::vector<double>{12, 12, 12, 12});
  f.tool_groups[0].batch_fill = 0.01; // at least one
  CHECK(run(f).starts("a") == std::vector<double>{0, 20, 20, 20});
}

TEST_CASE("the fullest batch, or that of the most urgent lot, may go before the one that ranks first", "[fab]") {
  Fab f = furnace();
  f.lots = {lot("block"),         lot("A1", 1),         lot("A2", 2),        lot("B1", 3, 0, "B"),
            lot("B2", 4, 0, "B"), lot("B3", 5, 0, "B"), lot("B4", 6, 5, "B")};
  f.tool_groups[0].rank = {Rank::fifo};
  CHECK(order(run(f)) == "A1 A2 B1 B2 B3 B4 ");
  f.tool_groups[0].batch_choice = BatchChoice::fullest; // 2 of 4 against 4 of 6
  CHECK(order(run(f)) == "B1 B2 B3 B4 A1 A2 ");
  f.lots.push_back(lot("A3", 7)); // 3 of 4
  CHECK(order(run(f)) == "A1 A2 A3 B1 B2 B3 B4 ");
  f.tool_groups[0].batch_choice = BatchChoice::most_urgent;
  CHECK(order(run(f)) == "B1 B2 B3 B4 A1 A2 A3 ");
  f.lots[1].priority = 5; // both: the fuller
  CHECK(order(run(f)) == "A1 A2 A3 B1 B2 B3 B4 ");
}

TEST_CASE("lots at steps of one recipe share a batch, of whatever route and however often they came by", "[fab]") {
  Fab f = furnace();
  f.tool_groups[0].batch_mix = BatchMix::recipe;
  f.routes[0].steps[0].batch_max = 6;
  f.routes[0].steps.push_back(f.routes[0].steps[0]);
  f.routes[0].steps[1].name = "again";
  f.routes[1].steps[0].name = "b";
  f.lots = {waiting_at(lot("A1"), "again"), lot("A2"), lot("B1", 0, 0, "B")};
  CHECK(run(f).starts("again") == std::vector<double>{0, 60}); // recipes are the names of the steps: A2 alone, B1 alone
  for (Route& r : f.routes)
    for (Step& s : r.steps) s.batch_recipe = "oxide";
  CHECK(run(f).starts("again") == std::vector<double>{0, 20}); // all three, then A2 again
  CHECK(run(f).starts("a") == std::vector<double>{0});
  CHECK(run(f).starts("b") == std::vector<double>{0});
  // Whoever can still come counts: a batch of two waits for A2, which is at an earlier step of the same recipe.
  for (Route& r : f.routes)
    for (Step& s : r.steps) s.batch_min = 2, s.batch_wait = minutes(500);
  f.lots = {waiting_at(lot("A1"), "again"), lot("A2", 5)};
  CHECK(run(f).starts("again") == std::vector<double>{5, 25});
}

TEST_CASE("a batch waits for a lot known to arrive where that saves waiting", "[fab]") {
  // One lot waits for the furnace (100 min); another is at the step before until 40.
  Fab f = fab({group("E"), group("F")}, {step("a", "E", 40), batch_step(step("b", "F", 100), 1, 4)});
  f.tool_groups[1].batch_mix = BatchMix::route_step;
  f.lots = {waiting_at(lot("W"), "b"), lot("L")};
  CHECK(run(f).starts("b") == std::vector<double>{0, 100});
  f.tool_groups[1].batch_look_ahead = minutes(60); // 1 x 40 waited, 60 saved
  CHECK(run(f).starts("b") == std::vector<double>{40, 40});
  f.tool_groups[1].batch_look_ahead = minutes(39);
  CHECK(run(f).starts("b") == std::vector<double>{0, 100});
  f.tool_groups[1].batch_look_ahead = minutes(60);
  f.lots.push_back(waiting_at(lot("V"), "b")); // 2 x 40 against 60
  CHECK(run(f).starts("b") == std::vector<double>{0, 0, 100});
  f.lots.pop_back();
  f.tool_groups[1].tools = 2; // another furnace is free for it
  CHECK(run(f).starts("b") == std::vector<double>{0, 40});
}

TEST_CASE("a batch waits for lots on their way, and no longer than they take", "[fab]") {
  Fab f = fab({group("E"), group("F")}, {step("a", "E", 40), batch_step(step("b", "F", 100), 1, 4)});
  f.tool_groups[1].batch_mix = BatchMix::route_step;
  f.tool_groups[0].location = "here", f.tool_groups[1].location = "there";
  f.transport = {{"here", "there", fixed(8)}};
  f.tool_groups[1].batch_look_ahead = minutes(60);
  f.lots = {waiting_at(lot("W", 0), "b"), lot("L")};
  CHECK(run(f).starts("b") == std::vector<double>{48, 48}); // 48 waited against 52
  // L is sent back at the end of a with certainty almost: W gives up when L has not come.
  f.routes[0].steps.insert(f.routes[0].steps.begin(), step("0", "E", 40));
  f.routes[0].steps[1].rework_to = "0";
  f.routes[0].steps[1].rework = 0.999;
  f.lots[1] = waiting_at(lot("L"), "a");
  CHECK(run(f, 200).starts("b") == std::vector<double>{48});
}

} // namespace
} // namespace centresim::fab
