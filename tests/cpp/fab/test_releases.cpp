// Lots: how they come into the line, what they are numbered and called, and how a run ends.
#include "support.hpp"

namespace centresim::fab {
namespace {
using namespace test;

std::vector<double> finish_times(const Run& r) {
  std::vector<double> times;
  for (const FinishedLot& l : r.seen.finished) times.push_back(Run::in_minutes(l.finished));
  return times;
}

TEST_CASE("a periodic stream releases at start + k every, before the horizon only", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 1)});
  f.releases = {release(fixed(30))};
  f.releases[0].start = minutes(10);
  // 10, 40, 70; the one at 100 would be at the horizon.
  Run r = run(f, 100);
  CHECK(r.schedule() == Lines{"A.1 a E1 10 10 11", "A.2 a E1 40 40 41", "A.3 a E1 70 70 71"});
  CHECK(r.seen.counts.lots_released == 3);

  f.releases[0].count = 2;
  CHECK(run(f, 100).starts("a") == std::vector<double>{10, 40});
}

TEST_CASE("a load factor divides release times and intervals, rounded once, and nothing else", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 1)});
  f.releases = {release(fixed(30))};
  f.releases[0].start = minutes(10);
  f.releases[0].due = minutes(1);
  f.lots = {lot("L", 5)};
  f.lots[0].due = minutes(7); // 2 min after its release
  f.load_factor = 3;
  // Stream: 10/3 min = 200 s, then every 10 min. Listed lot: 5/3 min = 100 s.
  const Run r = run(f, 30);
  CHECK(r.starts("a") == std::vector<double>{100.0 / 60, 200.0 / 60, 200.0 / 60 + 10, 200.0 / 60 + 20});
  CHECK(r.seen.finished.size() == 4);
  for (const FinishedLot& l : r.seen.finished) CHECK(l.cycle_time == kMinute); // process times stay
  CHECK(r.seen.flows[0].on_time == 4);                                         // due offsets stay

  f.releases[0].every = fixed(10.0 / 60'000); // 10 ms / 3 = 3.33 ms: 3 ms each, not accumulated in fractions
  f.releases[0].start = {};
  f.lots.clear();
  f.tool_groups[0].tools = 20'000;
  CHECK(run(f, span(0.001)).seen.counts.lots_released == 20); // 0, 3, ..., 57 ms
}

TEST_CASE("several lots a release, with lot sizes of a law drawn per lot", "[fab]") {
  Fab f = fab({group("E", 10)}, {step("a", "E", 1)});
  f.releases = {release(fixed(30))};
  f.releases[0].lots = 3;
  f.releases[0].wafers = {core::LawKind::integers, common::Dimension::number, {1, 10}, {}};
  const Run r = run(f, 60);
  REQUIRE(r.seen.finished.size() == 6);
  CHECK(r.starts("a") == std::vector<double>{0, 0, 0, 30, 30, 30});
  const core::Law sizes = f.releases[0].wafers.compile();
  for (std::uint64_t k = 0; k < 6; k++) {
    const double u = core::uniform_at(core::stream_key(1, 0), stream_lot("A", k), core::Purpose::lot_size, 0, 0);
    CHECK(r.seen.finished[k].wafers == static_cast<std::uint32_t>(sizes.value(u)));
  }

  f.releases[0].wafers = {core::LawKind::discrete, common::Dimension::number, {5, 25}, {0.25, 0.75}};
  const Run many = run(f, span(3000), {});
  std::int64_t small = 0;
  for (const FinishedLot& l : many.seen.finished) {
    CHECK((l.wafers == 5 || l.wafers == 25));
    small += l.wafers == 5;
  }
  CHECK(std::abs(static_cast<double>(small) - 75) < 4 * std::sqrt(300 * 0.25 * 0.75));
}

TEST_CASE("random intervals are the documented sequence of the stream", "[fab]") {
  Fab f = fab({group("E", 50)}, {step("a", "E", 1)});
  f.releases = {release(exponential(30))};
  f.releases[0].name = "mix";
  const core::Law every = f.releases[0].every.compile();
  std::vector<double> expected;
  Tick at = 0;
  for (std::uint32_t i = 0; at < ticks(300); i++) {
    expected.push_back(Run::in_minutes(at));
    at += every.ticks(sequence_draw(core::name_identity("mix"), core::Purpose::release, i));
  }
  CHECK(run(f, span(302)).starts("a") == expected);
}

TEST_CASE("listed lots come at their times, ties go by name, not by row", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("late", 50), lot("c", 5), lot("b", 5)};
  CHECK(run(f).schedule() == Lines{"b a E1 5 5 15", "c a E1 5 15 25", "late a E1 50 50 60"});
}

TEST_CASE("initial lots wait for their step without transport or sampling, and stay out of lot statistics", "[fab]") {
  Fab f = fab({group("E"), group("M")}, {step("a", "E", 10), step("b", "M", 5), step("c", "E", 10)});
  f.tool_groups[0].location = f.tool_groups[1].location = "fab";
  f.transport = {{"fab", "fab", fixed(3)}};
  f.routes[0].steps[1].sampling = 1e-9; // the initial lot performs it nevertheless
  f.lots = {waiting_at(lot("wip"), "b"), lot("new")};
  f.lots[0].due = minutes(-100);
  // wip: b from 0 to 5, transport 3, c when the tool is free. new: a 0-10, skips b, transport 3, c.
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"wip b M1 0 0 5", "new a E1 0 0 10", "wip c E1 8 10 20", "new c E1 13 20 30"});
  CHECK(r.seen.counts.lots_initial == 1);
  CHECK(r.seen.counts.lots_released == 1);
  CHECK(r.seen.counts.lots_finished == 2);
  REQUIRE(r.seen.finished.size() == 1); // only the new one
  CHECK(r.seen.finished[0].cycle_time == ticks(30));
  CHECK(r.seen.flows[0].tardiness == 0);
  CHECK(r.seen.flows[0].residence == ticks(20 + 30)); // but it is part of the work in process
}

TEST_CASE("due dates: offset, factor of the raw process time, none", "[fab]") {
  Fab f = fab({group("E", 3)}, {step("a", "E", 20)});
  f.tool_groups[0].load = minutes(1);
  f.tool_groups[0].unload = minutes(1); // raw process time 22 min
  f.releases = {release(fixed(100)), release(fixed(100)), release(fixed(100))};
  f.releases[0].kind = "early";
  f.releases[0].due = minutes(21); // 1 min late each
  f.releases[1].kind = "exact";
  f.releases[1].due_factor = 1; // finishing at the due date is on time
  f.releases[2].kind = "free";
  const Run r = run(f, 300);
  REQUIRE(r.model.flows.size() == 3); // by kind: early, exact, free
  CHECK(r.seen.flows[0].finished == 3);
  CHECK(r.seen.flows[0].on_time == 0);
  CHECK(r.seen.flows[0].tardiness == ticks(3));
  CHECK(r.seen.flows[1].on_time == 3);
  CHECK(r.seen.flows[1].with_due_date == 3);
  CHECK(r.seen.flows[2].finished == 3);
  CHECK(r.seen.flows[2].with_due_date == 0);
  CHECK(r.seen.flows[2].on_time == 0);
}

TEST_CASE("lot kinds are counted apart and larger priorities go first, without interrupting", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("regular1", 0, 10), lot("regular2", 1, 10), lot("hot", 2, 20), lot("super", 3, 30)};
  f.lots[2].kind = "hot";
  f.lots[3].kind = "super";
  const Run r = run(f);
  CHECK(r.schedule() ==
        Lines{"regular1 a E1 0 0 10", "super a E1 3 10 20", "hot a E1 2 20 30", "regular2 a E1 1 30 40"});
  REQUIRE(r.model.flows.size() == 3);
  CHECK(r.model.flows[0].kind == "hot");
  CHECK(r.seen.flows[0].finished == 1);
  CHECK(r.seen.flows[1].finished == 2);
}

TEST_CASE("the order of release is the last tie-break of every rank", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.tool_groups[0].rank = {Rank::shortest_time};
  f.releases = {release(fixed(1000), "A"), release(fixed(1000), "A")};
  f.releases[0].name = "z";
  f.releases[1].name = "b";
  f.lots = {lot("aa"), lot("ab")};
  // At one tick: streams by name before listed lots by name.
  CHECK(run(f, 100).schedule() == Lines{"b.1 a E1 0 0 10", "z.1 a E1 0 10 20", "aa a E1 0 20 30", "ab a E1 0 30 40"});
}

TEST_CASE("end = stop ends at the horizon, events at the horizon are not run", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("x"), lot("y"), lot("z", 20)};
  const Run r = run(f, 20); // y would end, and z come, at 20
  CHECK(finish_times(r) == std::vector<double>{10});
  CHECK(r.seen.counts.lots_released == 2);
  CHECK(r.seen.counts.lots_in_process == 1);
  CHECK(r.seen.window_end == ticks(20));
  CHECK(r.state("E", ToolState::process) == 20);
}

TEST_CASE("end = drain stops releases at the horizon and goes on until the line is empty", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.releases = {release(fixed(5))};
  f.lots = {lot("x", 20), lot("y", 25)}; // at and after the horizon: never released
  const Run r = run(f, span(20, 0, 0, true));
  CHECK(finish_times(r) == std::vector<double>{10, 20, 30, 40}); // released 0, 5, 10, 15
  CHECK(r.seen.counts.lots_in_process == 0);
  // Rates, shares and means over time end at the horizon, the lots that ran out count in what is summed over lots.
  CHECK(r.seen.window_end == ticks(20));
  CHECK(r.state("E", ToolState::process) == 20);
  CHECK(r.group("E").visits == 2);
  CHECK(r.seen.flows[0].released == 4);
  CHECK(r.seen.flows[0].out == 1); // the second one leaves at the horizon
  CHECK(r.seen.flows[0].finished == 4);
  CHECK(r.seen.flows[0].residence == ticks(10 + 15 + 10 + 5));
  CHECK(r.seen.wip_integral == ticks(40));

  f.releases.clear();
  f.lots = {lot("x", 30)};
  CHECK(run(f, span(20, 0, 0, true)).seen.counts.lots_released == 0);
}

TEST_CASE("a drain that cannot finish is an error that names the lots that are left, and where", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {lot("x"), lot("y")};
  f.tool_groups[0].breakdowns = {breakdown(5, 600 * 24 * 60.0)}; // repaired after 600 d
  const std::string error = model_error(f, span(100, 0, 0, true));
  CHECK(error.find("2 lots are left: x at step 'a' (tool group 'E'), y at") != std::string::npos);
}

TEST_CASE("lots that wait for each other for ever are such an error", "[fab]") {
  // The furnace waits for a second lot; that lot waits at F for the end of a run of X, which waits for the first.
  Fab f = fab({group("B"), group("F")}, {with_setup(step("1", "F", 10), "Y"), batch_step(step("2", "B", 10), 2, 2),
                                         with_setup(step("3", "F", 10), "X")});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.tool_groups[1].minimum_runs = {{"X", 5}, {"Y", 1}};
  f.lots = {waiting_at(lot("x"), "3"), waiting_at(lot("y"), "2"), lot("z", 1)};
  CHECK(model_error(f, span(100, 0, 0, true)).find("y at step '2'") != std::string::npos);
}

TEST_CASE("a flooded line is an error that names the fullest queue", "[fab]") {
  Fab f = fab({group("E"), group("slow")}, {step("a", "E", 1), step("b", "slow", 100)});
  f.releases = {release(fixed(1))};
  f.max_wip = 50;
  CHECK(model_error(f, span(1000)).find("'slow'") != std::string::npos);
}

TEST_CASE("a run can be abandoned through its pulse", "[fab]") {
  struct Stop final : core::Pulse {
    int beats = 0;
    bool beat(double fraction) override {
      CHECK(fraction >= 0);
      CHECK(fraction <= 1);
      return ++beats < 3;
    }
  } pulse;
  Fab f = fab({group("E")}, {step("a", "E", 0.5)});
  f.releases = {release(fixed(1))};
  const Simulation simulation(f, span(1e6));
  CHECK_FALSE(simulation.run(1, 0, pulse));
  CHECK(pulse.beats == 3);
}

TEST_CASE("sums that would not fit into 64 bits are an error, not a negative figure", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 36'000 * 24 * 60.0)});
  f.lots = {lot("x"), lot("y"), lot("z")};
  for (Lot& l : f.lots) l.wafers = 1'000'000;
  CHECK(model_error(f, span(36'500 * 24 * 60.0)).find("too large to count") != std::string::npos);
  for (Lot& l : f.lots) l.wafers = 100'000;
  CHECK(model_error(f, span(36'500 * 24 * 60.0)).empty());
}

} // namespace
} // namespace centresim::fab
