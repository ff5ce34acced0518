// The way of a lot along its route: order of a step, sampling, transport, rework, dedication.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

TEST_CASE("a step is transport, queue, setup, load, process, unload, in this order", "[fab]") {
  Fab f = fab({group("E"), group("M")}, {with_setup(step("a", "E", 10), "X"), step("b", "M", 5)});
  f.tool_groups[0].load = minutes(1);
  f.tool_groups[0].unload = minutes(2);
  f.tool_groups[0].location = "here";
  f.tool_groups[1].location = "there";
  f.setup_times = {{"", "X", fixed(4)}};
  f.transport = {{"here", "there", fixed(3)}};
  f.lots = {lot("L"), lot("N")};
  // L: setup 0-4, load 4-5, process 5-15, unload 15-17, on the way 17-20 without a tool.
  // N: the tool is free at 17 and set up: load 17-18, process 18-28, unload 28-30, on the way 30-33.
  const Run r = run(f, 50);
  CHECK(r.schedule() == Lines{"L a E1 0 0 17", "N a E1 0 17 30", "L b M1 20 20 25", "N b M1 33 33 38"});
  CHECK(r.states("E1") == Lines{"setup 0 4", "load 4 5", "process 5 15", "unload 15 17", "load 17 18", "process 18 28",
                                "unload 28 30", "idle 30 50"});
}

TEST_CASE("steps without time are passed in one instant, and what is freed at t is used at t", "[fab]") {
  Fab f = fab({group("E"), group("M")}, {step("a", "E", 0), step("b", "M", 0), step("c", "E", 10)});
  f.lots = {lot("L"), lot("N")};
  // All steps a and b at time 0. L was there first: its step c takes the tool; N's follows at 10.
  const Run r = run(f);
  CHECK(r.starts("a") == std::vector<double>{0, 0});
  CHECK(r.starts("b") == std::vector<double>{0, 0});
  CHECK(r.starts("c") == std::vector<double>{0, 10});
}

// Sampling and rework of lots alone in a wide line, replayed from the documented draws.
TEST_CASE("sampling is drawn on leaving the step before, rework at the end of performed steps only, again and again",
          "[fab]") { // W10: no draw when skipped, and not once a life
  Fab f = fab({group("E", 100), group("M", 100)}, {step("a", "E", 7), step("b", "M", 11), step("c", "E", 13)});
  f.tool_groups[0].location = "line";
  f.tool_groups[1].location = "lab";
  f.transport = {{"line", "lab", fixed(5)}, {"lab", "line", fixed(3)}, {"line", "line", fixed(1)}};
  Step& measure = f.routes[0].steps[1];
  measure.sampling = 0.6;
  measure.rework_to = "a";
  measure.rework = 0.7;
  Lines expected;
  int most_passes = 0;
  for (int k = 0; k < 40; k++) {
    const std::string name = fmt::format("L{:02}", k);
    f.lots.push_back(lot(name, 100.0 * k));
    const auto id = listed_lot(name);
    double t = 100.0 * k;
    bool from_lab = false; // the last performed step was in the lab; at first: nowhere
    for (std::uint32_t pass = 0;; pass++) {
      const double came = t + (pass == 0 ? 0 : from_lab ? 3 : 1);
      expected.push_back(fmt::format("{} a {:g} {:g}", name, came, came + 7));
      t = came + 7;
      from_lab = false;
      if (step_draw(id, "b", core::Purpose::sampling, pass) < 0.6) {
        expected.push_back(fmt::format("{} b {:g} {:g}", name, t + 5, t + 5 + 11));
        t += 5 + 11;
        from_lab = true;
        most_passes = std::max(most_passes, static_cast<int>(pass));
        if (step_draw(id, "b", core::Purpose::rework, pass) < 0.7) continue;
      }
      t += from_lab ? 3 : 1;
      expected.push_back(fmt::format("{} c {:g} {:g}", name, t, t + 13));
      break;
    }
  }
  REQUIRE(most_passes >= 3);
  const Run r = run(f, span(20'000));
  Lines seen;
  for (const LotTrace& t : r.seen.lot_trace)
    seen.push_back(fmt::format("{} {} {:g} {:g}", r.seen.lot_names[t.lot], r.model.step_names[t.step],
                               Run::in_minutes(t.arrive), Run::in_minutes(t.end)));
  std::ranges::sort(expected);
  std::ranges::sort(seen);
  CHECK(seen == expected);
  CHECK(r.seen.counts.lots_finished == 40);
}

TEST_CASE("a lot whose last steps are skipped is done", "[fab]") {
  Fab f = fab({group("E", 10)}, {step("a", "E", 7), step("b", "E", 5)});
  f.routes[0].steps[1].sampling = 1e-12;
  f.lots = {lot("L")};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"L a E1 0 0 7"});
  CHECK(r.seen.counts.lots_finished == 1);
  CHECK(r.seen.counts.lot_steps == 1); // performed steps count
}

// W8: the second number of a uniform law is its half-width.
TEST_CASE("process and transport times are uniform over mean +- half-width, one keyed draw a lot and step", "[fab]") {
  Fab f = fab({group("E", 200)}, {step("a", "E", uniform(60, 30)), step("b", "E", uniform(20, 1))});
  f.tool_groups[0].location = "x";
  f.transport = {{"x", "x", uniform(7.5, 2.5)}};
  for (int k = 0; k < 100; k++) f.lots.push_back(lot(fmt::format("L{:03}", k)));
  const Run r = run(f);
  REQUIRE(r.seen.lot_trace.size() == 200);
  std::vector<LotTrace> rows = r.seen.lot_trace;
  std::ranges::sort(rows, {}, [](const LotTrace& t) { return std::pair(t.lot, t.step); });
  const auto drawn = [](const Distribution& d, double u) { return d.compile().ticks(u); };
  double low = 1e9, high = 0;
  for (std::size_t i = 0; i < rows.size(); i += 2) {
    const auto id = listed_lot(r.seen.lot_names[rows[i].lot]);
    const Tick a = rows[i].end - rows[i].start, way = rows[i + 1].arrive - rows[i].end;
    CHECK(a == drawn(uniform(60, 30), step_draw(id, "a", core::Purpose::process)));
    CHECK(way == drawn(uniform(7.5, 2.5), step_draw(id, "b", core::Purpose::transport)));
    CHECK(a == ticks(30) + std::llround(step_draw(id, "a", core::Purpose::process) * static_cast<double>(ticks(60))));
    low = std::min(low, Run::in_minutes(a));
    high = std::max(high, Run::in_minutes(a));
  }
  CHECK(low < 35);
  CHECK(low >= 30);
  CHECK(high > 85);
  CHECK(high <= 90);
}

TEST_CASE("a dedicated step waits for the tool of its lot, and a lot can hold several dedications", "[fab]") {
  Fab f = fab({group("L", 2)}, {step("a", "L", 10), step("b", "L", 10), step("c", "L", 10), step("d", "L", 10)});
  f.routes[0].steps[0].dedicates = "c";
  f.routes[0].steps[1].dedicates = "d";
  add_product(f, "B", {step("other", "L", 15)});
  f.lots = {lot("X"), lot("Y", 5, 0, "B"), lot("Z1", 8, 9, "B"), lot("Z2", 24, 9, "B"), lot("W", 45, 0, "B")};
  // X a: L1 0-10, so c is bound to L1. Y: L2 5-20. Z1 is urgent and takes L1 at 10, so X b waits for L2 at 20 and
  // binds d to L2. Z2 takes L1 25-40. X c (from 30) leaves L2 alone and waits for L1: 40-50. W takes L2 45-60. X d
  // (from 50) leaves L1 alone and waits for L2: 60-70.
  CHECK(run(f).schedule() == Lines{"X a L1 0 0 10", "Y other L2 5 5 20", "Z1 other L1 8 10 25", "X b L2 10 20 30",
                                   "Z2 other L1 24 25 40", "X c L1 30 40 50", "W other L2 45 45 60",
                                   "X d L2 50 60 70"});
}

TEST_CASE("a dedicated lot waits while its tool is down", "[fab]") {
  Fab f = fab({group("L", 2), group("M")}, {step("a", "L", 10), step("b", "M", 15), step("c", "L", 10)});
  f.routes[0].steps[0].dedicates = "c";
  f.tool_groups[0].maintenance = {calendar_pm(1000, 40, 50)}; // L1 20-70, L2 40-90
  f.lots = {lot("X")};
  CHECK(run(f).schedule() == Lines{"X a L1 0 0 10", "X b M1 10 10 25", "X c L1 25 70 80"});
}

TEST_CASE("a lot without dedication, such as one in process at the start, may use any tool", "[fab]") {
  Fab f = fab({group("L", 2)}, {step("a", "L", 10), step("b", "L", 10)});
  f.routes[0].steps[0].dedicates = "b";
  f.lots = {waiting_at(lot("w1"), "b"), waiting_at(lot("w2"), "b")};
  CHECK(run(f).schedule() == Lines{"w1 b L1 0 0 10", "w2 b L2 0 0 10"});
}

} // namespace
} // namespace centresim::fab
