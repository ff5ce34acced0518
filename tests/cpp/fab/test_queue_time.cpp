// Queue-time windows: the time from the end of one step to the start of a later one.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

constexpr auto limit = [](Step s, std::string to, double m) {
  s.queue_time_to = std::move(to);
  s.queue_time_limit = minutes(m);
  return s;
};

// W7: windows are measured.
TEST_CASE("chained windows are measured from the end of a step to the start of a job, before its setup and load",
          "[fab]") {
  Fab f = fab(
      {group("E"), group("F"), group("G")},
      {limit(step("a", "E", 10), "b", 60), limit(with_setup(step("b", "F", 10), "X"), "c", 60), step("c", "G", 10)});
  f.tool_groups[1].load = minutes(5);
  f.setup_times = {{"", "X", fixed(20)}};
  add_product(f, "B", {step("block", "F", 195)});
  f.lots = {lot("L"), lot("blocker", 0, 0, "B")};
  // F is taken until 200 (load 5). L: a ends at 10, b starts at 200: 190 min, 130 over the limit. b: setup 200-220,
  // load 220-225, process 225-235; c starts at once: the second window lasted 0.
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"L a E1 0 0 10", "blocker block F1 0 0 200", "L b F1 10 200 235", "L c G1 235 235 245"});
  REQUIRE(r.model.windows.size() == 2);
  const WindowSums first{1, 1, 1, 1, 0, ticks(130), 0}, second{1, 0, 0, 0, 0, 0, ticks(60)};
  CHECK(r.seen.windows[0] == first);
  CHECK(r.seen.windows[1] == second);
}

TEST_CASE("violations are counted by more than 0, 1, 2 and 4 hours, a wait of the limit is none", "[fab]") {
  Fab f =
      fab({group("E", 9), group("F", 9)}, {limit(step("a", "E", 10), "c", 60), step("b", "F", 0), step("c", "G", 10)});
  f.tool_groups.push_back(group("G"));
  f.routes[0].steps[1].time = fixed(50); // a step inside the window counts as time
  add_product(f, "B", {step("block", "G", 1)});
  f.lots = {lot("L")};
  struct Case {
    double block_until;
    WindowSums sums;
  };
  const auto over = [](double m) {
    WindowSums w{1, m > 0, m > 60, m > 120, m > 240, 0, 0};
    (m > 0 ? w.excess : w.slack) = ticks(std::abs(m));
    return w;
  };
  // a ends at 10, b at 60; the window is over at 70.
  for (const Case& c : {Case{40, over(-10)}, Case{70, over(0)}, Case{71, over(1)}, Case{130, over(60)},
                        Case{131, over(61)}, Case{191, over(121)}, Case{310, over(240)}, Case{311, over(241)}}) {
    INFO(c.block_until);
    f.lots.resize(1);
    f.lots.push_back(lot("blocker", 0, 0, "B"));
    f.routes[1].steps[0].time = fixed(c.block_until);
    CHECK(run(f).seen.windows[0] == c.sums);
  }
}

TEST_CASE("a window counts in the period in which its last step ends", "[fab]") {
  Fab f = fab({group("E"), group("F")}, {limit(step("a", "E", 10), "b", 5), step("b", "F", 10)});
  f.lots = {lot("early"), lot("late", 10)}; // b ends at 20 and 30
  CHECK(run(f, span(100, 20)).seen.windows[0].closed == 2);
  CHECK(run(f, span(100, 21)).seen.windows[0].closed == 1);
}

TEST_CASE("a lot in process at the start has no window open, a rework opens it anew", "[fab]") {
  Fab f = fab({group("E"), group("F"), group("G")},
              {limit(step("a", "E", 10), "c", 30), step("b", "F", 15), step("c", "G", 10)});
  f.routes[0].steps[1].rework_to = "a";
  f.routes[0].steps[1].rework = 0.5;
  f.lots = {waiting_at(lot("wip"), "c")};
  CHECK(run(f).seen.windows[0].closed == 0);

  // A lot that is sent back once: the window of the second pass counts, 15 of 30 min, and only that.
  std::string once;
  for (int k = 0; once.empty(); k++) {
    const std::string name = fmt::format("L{}", k);
    const auto u = [&](std::uint32_t pass) { return step_draw(listed_lot(name), "b", core::Purpose::rework, pass); };
    if (u(0) < 0.5 && u(1) >= 0.5) once = name;
  }
  f.lots = {lot(once)};
  const Run r = run(f);
  CHECK(r.seen.counts.reworks == 1);
  CHECK(r.seen.windows[0] == WindowSums{1, 0, 0, 0, 0, 0, ticks(15)});
}

} // namespace
} // namespace centresim::fab
