// The engine stepped from outside: commands and facts, as the centre uses them.
#include "support.hpp"

#include <functional>
#include <optional>
#include <stdexcept>

namespace centresim::fab {
namespace {
using namespace test;

// A toy site: what it does at given times, and what it does when a lot finishes or breaks its queue time.
class Site {
 public:
  std::vector<std::pair<double, Command>> plan; // by time
  std::function<std::optional<Command>(const Fact&)> answer;
  std::vector<Fact> facts;

  Run run(const Fab& f, const Span& s) {
    const Model model = compile(f, s);
    Engine engine(model, 1, 0, kTraced);
    std::size_t planned = 0;
    for (;;) {
      const Tick own = planned < plan.size() ? ticks(plan[planned].first) : core::kNever;
      const Tick tick = std::min(engine.next(), own);
      if (tick >= s.horizon) break;
      // One tick: apply, deliver commands until all are quiet, dispatch; again while there is more.
      do {
        Facts fresh;
        engine.apply(tick, fresh);
        for (; planned < plan.size() && ticks(plan[planned].first) == tick; planned++)
          engine.post(tick, plan[planned].second, fresh);
        react(engine, tick, fresh);
        Facts started;
        engine.dispatch(tick, started);
        react(engine, tick, started);
      } while (engine.next() == tick);
    }
    return {model, engine.finish(s.horizon)};
  }

 private:
  void react(Engine& engine, Tick tick, Facts fresh) {
    while (!fresh.empty()) {
      facts.insert(facts.end(), fresh.begin(), fresh.end());
      Facts more;
      for (const Fact& fact : fresh) {
        CHECK(fact.at == tick);
        if (answer)
          if (const auto command = answer(fact)) engine.post(tick, *command, more);
      }
      fresh = std::move(more);
    }
  }
};

Command stop(std::uint32_t first, std::uint32_t tools, StopRule rule) {
  Command c;
  c.kind = Command::Kind::stop_tools;
  c.first_tool = first;
  c.tools = tools;
  c.rule = rule;
  return c;
}
Command start(std::uint32_t first, std::uint32_t tools) {
  Command c;
  c.kind = Command::Kind::start_tools;
  c.first_tool = first;
  c.tools = tools;
  return c;
}

Fab line(std::int64_t tools = 1) {
  Fab f = fab({group("E", tools), group("F")}, {step("a", "E", 20), step("b", "F", 5)});
  f.lots = {lot("L"), lot("M")};
  return f;
}

TEST_CASE("a power cut with each rule for the lots on the tools", "[fab][stepping]") {
  Site site;
  SECTION("resume: the job goes on where it was") {
    site.plan = {{8, stop(0, 2, StopRule::resume)}, {30, start(0, 2)}};
    const Run r = site.run(line(), span(200));
    CHECK(r.schedule() == Lines{"L a E1 0 0 42", "L b F1 42 42 47", "M a E1 0 42 62", "M b F1 62 62 67"});
    CHECK(r.states("E1") == Lines{"process 0 8", "down 8 30", "process 30 62", "idle 62 200"});
    CHECK(r.states("F1") ==
          Lines{"idle 0 8", "down 8 30", "idle 30 42", "process 42 47", "idle 47 62", "process 62 67", "idle 67 200"});
  }
  SECTION("restart: the lot does the step again") {
    site.plan = {{8, stop(0, 2, StopRule::restart)}, {30, start(0, 2)}};
    const Run r = site.run(line(), span(200));
    // Both wait from 8 on; M came before L came back.
    CHECK(r.seen.counts.lots_scrapped == 0);
    CHECK(r.schedule() == Lines{"M a E1 0 30 50", "L a E1 8 50 70", "M b F1 50 50 55", "L b F1 70 70 75"});
  }
  SECTION("scrap: the lot is lost") {
    site.plan = {{8, stop(0, 2, StopRule::scrap)}, {30, start(0, 2)}};
    const Run r = site.run(line(), span(200));
    CHECK(r.schedule() == Lines{"M a E1 0 30 50", "M b F1 50 50 55"});
    CHECK(r.seen.counts.lots_scrapped == 1);
    CHECK(r.seen.flows[0].scrapped == 1);
    CHECK(r.seen.counts.lots_finished == 1);
    CHECK(r.seen.flows[0].residence == ticks(8 + 55));
  }
}

TEST_CASE("a stop is counted once, and overlaps a breakdown", "[fab][stepping]") {
  Fab f = line();
  f.tool_groups[0].breakdowns = {breakdown(1e6, 30)};
  f.tool_groups[0].breakdowns[0].first = fixed(10); // down 10-40
  Site site;
  site.plan = {
      {5, stop(0, 1, StopRule::resume)}, {6, stop(0, 1, StopRule::resume)}, {20, start(0, 1)}, {21, start(0, 1)}};
  const Run r = site.run(f, span(200));
  CHECK(r.states("E1") == Lines{"process 0 5", "down 5 40", "process 40 75", "idle 75 200"});
}

TEST_CASE("a restarted job draws anew", "[fab][stepping]") {
  Fab f = line();
  f.routes[0].steps[0].time = uniform(20, 10);
  f.lots.resize(1);
  Site site;
  site.plan = {{5, stop(0, 1, StopRule::restart)}, {6, start(0, 1)}};
  const Run r = site.run(f, span(200));
  const Tick first = uniform(20, 10).compile().ticks(step_draw(listed_lot("L"), "a", core::Purpose::process));
  REQUIRE(r.seen.lot_trace.size() == 2);
  CHECK(r.seen.lot_trace[0].start == ticks(6));
  CHECK(r.seen.lot_trace[0].end - ticks(6) != first);
}

TEST_CASE("a stop during maintenance: both end, then the tool is up", "[fab][stepping]") {
  Fab f = line();
  f.lots[0].release = f.lots[1].release = minutes(12);
  f.tool_groups[0].maintenance = {calendar_pm(1000, 10, 20)}; // 10-30
  Site site;
  site.plan = {{15, stop(0, 1, StopRule::resume)}};
  SECTION("power comes back first") {
    site.plan.push_back({25, start(0, 1)});
    CHECK(site.run(f, span(200)).starts("a") == std::vector<double>{30, 50});
  }
  SECTION("power comes back last") {
    site.plan.push_back({40, start(0, 1)});
    CHECK(site.run(f, span(200)).starts("a") == std::vector<double>{40, 60});
  }
}

TEST_CASE("scrapping the last lot that could come lets a batch or a campaign go", "[fab][stepping]") {
  Fab f = fab({group("E"), group("F")}, {step("a", "E", 20), batch_step(step("b", "F", 5), 2, 4)});
  f.tool_groups[1].batch_mix = BatchMix::route_step;
  f.lots = {waiting_at(lot("W"), "b"), lot("L")};
  Site site;
  site.plan = {{8, stop(0, 1, StopRule::scrap)}};
  CHECK(site.run(f, span(200)).schedule() == Lines{"W b F1 0 8 13"});

  Fab g = fab({group("E"), group("F")}, {step("a", "E", 20), with_setup(step("b", "F", 5), "X")});
  add_product(g, "B", {with_setup(step("b", "F", 5), "Y")});
  g.tool_groups[1].minimum_runs = {{"X", 3}};
  g.lots = {waiting_at(lot("W"), "b"), lot("L"), lot("Y", 1, 0, "B")};
  CHECK(site.run(g, span(200)).schedule() == Lines{"W b F1 0 0 5", "Y b F1 1 8 13"});
}

TEST_CASE("when a lot finishes the site releases another (constant work in process)", "[fab][stepping]") {
  Fab f = line();
  Site site;
  std::uint64_t next = 100;
  site.answer = [&](const Fact& fact) -> std::optional<Command> {
    if (fact.kind != Fact::Kind::lot_finished || next == 103) return std::nullopt;
    Command c;
    c.kind = Command::Kind::release_lot;
    c.flow = fact.flow;
    c.wafers = 7;
    c.due = fact.at + ticks(30);
    c.identity = next++;
    return c;
  };
  const Run r = site.run(f, span(300));
  // L: a 0-20, b 20-25. M: a 20-40, b 40-45. A lot of the site at 25: a 40-60; at 45: 60-80; at 65 the third: 80-100.
  CHECK(r.starts("a") == std::vector<double>{0, 20, 40, 60, 80});
  CHECK(r.seen.counts.lots_released == 5);
  CHECK(r.seen.counts.lots_finished == 5);
  REQUIRE(site.facts.size() == 5);
  CHECK(site.facts[0].released == 0);
  CHECK(site.facts[2].at == ticks(65));
  CHECK(site.facts[2].released == ticks(25));
  CHECK(site.facts[2].wafers == 7);
  CHECK(r.seen.flows[0].tardiness == ticks(10 + 10 + 10)); // 40 min each against 30: 25-65, 45-85, 65-105
}

TEST_CASE("a broken queue time is a fact when the job starts", "[fab][stepping]") {
  Fab f = line();
  f.routes[0].steps[0].queue_time_to = "b";
  f.routes[0].steps[0].queue_time_limit = minutes(10);
  f.lots.resize(1);
  Site site;
  site.plan = {{15, stop(1, 1, StopRule::resume)}, {50, start(1, 1)}};
  const Run r = site.run(f, span(200));
  REQUIRE(site.facts.size() == 2);
  CHECK(site.facts[0].kind == Fact::Kind::queue_time_broken);
  CHECK(site.facts[0].at == ticks(50));
  CHECK(site.facts[0].excess == ticks(20)); // waited 20-50
  CHECK(site.facts[0].window == 0);
  CHECK(site.facts[1].kind == Fact::Kind::lot_finished);
  CHECK(r.seen.windows[0].broken == 1);
}

TEST_CASE("commands that make no sense are refused", "[fab][stepping]") {
  const Model model = compile(line(), span(100));
  Engine engine(model, 1, 0);
  Facts facts;
  CHECK_THROWS_AS(engine.post(0, stop(1, 2, StopRule::resume), facts), std::invalid_argument);
  CHECK_THROWS_AS(engine.post(0, stop(~0u, 2, StopRule::resume), facts), std::invalid_argument);
  Command c;
  c.kind = Command::Kind::release_lot;
  c.flow = 1;
  CHECK_THROWS_AS(engine.post(0, c, facts), std::invalid_argument);
  engine.apply(0, facts);
  engine.dispatch(0, facts);
  engine.apply(ticks(20), facts);
  CHECK_THROWS_AS(engine.apply(ticks(10), facts), std::logic_error);
  CHECK_THROWS_AS((void)engine.finish(ticks(10)), std::logic_error);
}

TEST_CASE("stepping, with idle looks in between, gives the same as a run", "[fab][stepping]") {
  Fab f = fab({group("E", 3), group("F", 2)}, {step("a", "E", exponential(25)), step("b", "F", exponential(17))});
  f.routes[0].steps[1].rework_to = "a";
  f.routes[0].steps[1].rework = 0.05;
  f.releases = {release(exponential(10))};
  Breakdown b;
  b.mttf = exponential(300);
  b.mttr = exponential(20);
  f.tool_groups[0].breakdowns = {b};
  f.tool_groups[1].maintenance = {calendar_pm(500, 400, 30)};
  const Span s = span(20'000, 2'000, 3'000);
  const Run whole = run(f, s);
  Site site;
  const Run stepped = site.run(f, s);
  CHECK(stepped.seen == whole.seen);
  CHECK(static_cast<std::int64_t>(site.facts.size()) == whole.seen.counts.lots_finished);
  // Other rooms have events of their own: the fab is asked to apply nothing at all every minute.
  const Model model = compile(f, s);
  Engine engine(model, 1, 0, kTraced);
  Facts facts;
  for (Tick minute = 0; minute < s.horizon; minute += kMinute) {
    while (engine.next() < minute) {
      const Tick tick = engine.next();
      engine.apply(tick, facts);
      engine.dispatch(tick, facts);
    }
    do {
      engine.apply(minute, facts);
      engine.dispatch(minute, facts);
    } while (engine.next() == minute);
  }
  while (engine.next() < s.horizon) {
    const Tick tick = engine.next();
    engine.apply(tick, facts);
    engine.dispatch(tick, facts);
  }
  Observations looked = engine.finish(s.horizon);
  CHECK(looked == whole.seen);
}

} // namespace
} // namespace centresim::fab
