// Why a lot is where it is: known answers for every place and every reason. Times are minutes.
#include "random_lines.hpp"

#include "centresim/fab/explain.hpp"

#include <optional>
#include <set>

namespace centresim::fab {
namespace {
using namespace test;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

std::string clock(Tick t) { return t == core::kNever ? "?" : fmt::format("{:g}", Run::in_minutes(t)); }

LotView look(const Fab& f, const std::string& lot, double at, const Span& s = span(1000)) {
  for (const Fault& fault : find_faults(f)) FAIL(fault_path(f, fault, "fab") << ": " << fault.rule);
  const Model model = compile(f, s);
  core::NoPulse pulse;
  std::optional<LotView> view = explain(model, 1, 0, lot, ticks(at), pulse);
  REQUIRE(view);
  return *view;
}

std::string in_words(const ToolReason& r) {
  std::string text(to_string(r.kind));
  if (!r.lot.empty()) text += " " + r.lot;
  if (!r.tool.empty()) text += " " + r.tool;
  if (!r.setup.empty()) text += " " + r.setup;
  if (r.lots > 0) text += fmt::format(" x{}", r.lots);
  if (r.needed > 0) text += fmt::format(" {} of {}", r.wafers, r.needed);
  return text + " " + clock(r.until);
}

// "place step since until", then a line a tool for a lot that waits, or the tool and what it does.
Lines told(const LotView& v) {
  Lines lines{fmt::format("{} {} {} {}", to_string(v.place), v.step, clock(v.since), clock(v.until))};
  if (!v.tool.empty()) lines.push_back(fmt::format("{} {} x{}", v.tool, v.activity, v.lots));
  for (const ToolView& tool : v.tools) {
    std::string line = tool.tool + ":";
    for (const ToolReason& r : tool.reasons) line += (&r == tool.reasons.data() ? " " : ", ") + in_words(r);
    lines.push_back(line);
  }
  return lines;
}

std::string refusal(const Fab& f, const std::string& lot, double at, const Span& s = span(1000)) {
  core::NoPulse pulse;
  try {
    (void)explain(compile(f, s), 1, 0, lot, ticks(at), pulse);
  } catch (const core::InputError& e) {
    return e.what();
  }
  return {};
}

Fab line(std::int64_t tools = 1) {
  Fab f = fab({group("E", tools), group("F")}, {step("a", "E", 20), step("b", "F", 5)});
  f.lots = {lot("L"), lot("M"), lot("N")};
  return f;
}

TEST_CASE("a lot behind others sees the busy tool and who goes first", "[fab][explain]") {
  CHECK(told(look(line(), "M", 5)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20"});
  CHECK(told(look(line(), "N", 5)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20, behind M x1 ?"});
  CHECK(look(line(), "N", 5).lots == 2);
  CHECK(look(line(), "N", 5).tool_group == "E");
  // Ranks decide who is first, not the order of arrival.
  Fab f = line();
  f.lots.push_back(lot("P", 3, 9));
  CHECK(told(look(f, "M", 2)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20"});
  CHECK(told(look(f, "M", 3)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20, behind P x1 ?"});
  CHECK(told(look(f, "N", 3)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20, behind P x2 ?"});
  CHECK(told(look(line(2), "N", 5)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20", "E#2: busy M x1 20"});
}

TEST_CASE("all that happens at the moment has happened", "[fab][explain]") {
  CHECK(told(look(line(), "M", 20)) == Lines{"processing A/a 20 40", "E#1 process x1"});
  CHECK(told(look(line(), "L", 20)) == Lines{"processing A/b 20 25", "F#1 process x1"});
  CHECK(told(look(line(), "L", 25)) == Lines{"finished A/b 25 ?"});
  CHECK(told(look(line(), "L", 999)) == Lines{"finished A/b 25 ?"});
}

TEST_CASE("a tool that is down says until when, and the job on it goes on later", "[fab][explain]") {
  Fab f = line();
  f.tool_groups[0].breakdowns = {breakdown(1e6, 30)};
  f.tool_groups[0].breakdowns[0].first = fixed(10); // down 10-40
  CHECK(told(look(f, "M", 15)) == Lines{"waiting A/a 0 ?", "E#1: down 40, busy L x1 50"});
  CHECK(told(look(f, "L", 15)) == Lines{"processing A/a 0 50", "E#1 down x1"});
  CHECK(told(look(f, "L", 9)) == Lines{"processing A/a 0 20", "E#1 process x1"}); // not known yet
  CHECK(told(look(f, "L", 45)) == Lines{"processing A/a 0 50", "E#1 process x1"});
}

TEST_CASE("maintenance that is due lets no lot in, and then runs", "[fab][explain]") {
  Fab f = line();
  f.tool_groups[0].maintenance = {calendar_pm(1000, 10, 20)};
  CHECK(told(look(f, "M", 15)) == Lines{"waiting A/a 0 ?", "E#1: maintenance due ?, busy L x1 20"});
  CHECK(told(look(f, "M", 25)) == Lines{"waiting A/a 0 ?", "E#1: maintenance 40"});
  CHECK(told(look(f, "M", 40)) == Lines{"processing A/a 40 60", "E#1 process x1"});
}

TEST_CASE("the phases of a job", "[fab][explain]") {
  Fab f = line();
  f.tool_groups[0].load = minutes(2);
  f.tool_groups[0].unload = minutes(3);
  f.routes[0].steps[0] = with_setup(f.routes[0].steps[0], "X");
  f.routes[0].steps[0].setup_time = fixed(4);
  const auto activity = [&](double at) { return look(f, "L", at).activity; };
  CHECK(activity(3) == "setup");
  CHECK(activity(4) == "load");
  CHECK(activity(6) == "process");
  CHECK(activity(25) == "process");
  CHECK(activity(26) == "unload");
}

TEST_CASE("a tool held for a hot lot", "[fab][explain]") {
  Fab f = line();
  f.tool_groups[0].hot_lot_reservation = f.tool_groups[1].hot_lot_reservation = true;
  f.lots = {lot("H"), waiting_at(lot("W"), "b")};
  f.lots[0].hot = true;
  CHECK(told(look(f, "W", 10)) == Lines{"waiting A/b 0 ?", "F#1: held H ?"});
  f.lots[0].hot = false;
  CHECK(told(look(f, "W", 4)) == Lines{"processing A/b 0 5", "F#1 process x1"});
}

TEST_CASE("a lot that is dedicated to another tool", "[fab][explain]") {
  Fab f = fab({group("E", 2), group("F")}, {step("a", "E", 20), step("b", "F", 5), step("c", "E", 20)});
  f.routes[0].steps[0].dedicates = "c";
  f.lots = {lot("L"), lot("N"), lot("M", 10)};
  // L and N leave E at 20, M takes E#1 then; L is back at 25.
  CHECK(told(look(f, "L", 27)) == Lines{"waiting A/c 25 ?", "E#1: busy M x1 40", "E#2: dedicated E#1 ?"});
  CHECK(told(look(f, "L", 41)) == Lines{"processing A/c 40 60", "E#1 process x1"});
}

TEST_CASE("a tool keeps to its minimum run", "[fab][explain]") {
  Fab f = fab({group("E"), group("F")}, {step("a", "E", 20), with_setup(step("b", "F", 5), "X")});
  add_product(f, "B", {with_setup(step("b", "F", 5), "Y")});
  f.tool_groups[1].minimum_runs = {{"X", 3}};
  f.lots = {waiting_at(lot("W"), "b"), lot("L"), lot("Y", 1, 0, "B")};
  CHECK(told(look(f, "Y", 3)) == Lines{"waiting B/b 1 ?", "F#1: busy W x1 5, minimum run X x2 ?"});
  CHECK(told(look(f, "Y", 10)) == Lines{"waiting B/b 1 ?", "F#1: minimum run X x2 ?"});
  CHECK(look(f, "Y", 10).setup == "Y");
  CHECK(told(look(f, "Y", 26)) == Lines{"processing B/b 25 30", "F#1 process x1"}); // no lot for X can come
}

TEST_CASE("a batch below its minimum", "[fab][explain]") {
  Fab f = fab({group("E"), group("F")}, {step("a", "E", 20), batch_step(step("b", "F", 5), 3, 4)});
  f.tool_groups[1].batch_mix = BatchMix::route_step;
  f.lots = {waiting_at(lot("V"), "b"), waiting_at(lot("W"), "b"), lot("L")};
  CHECK(told(look(f, "V", 10)) == Lines{"waiting A/b 0 ?", "F#1: batch 2 of 3 ?"});
  CHECK(told(look(f, "W", 10)) == Lines{"waiting A/b 0 ?", "F#1: batch 2 of 3 ?"}); // V goes along, not before
  CHECK(told(look(f, "W", 22)) == Lines{"processing A/b 20 25", "F#1 process x3"});
  f.routes[0].steps[1].batch_wait = minutes(15);
  CHECK(told(look(f, "W", 10)) == Lines{"waiting A/b 0 ?", "F#1: batch 2 of 3 15"});
  CHECK(told(look(f, "W", 15)) == Lines{"processing A/b 15 20", "F#1 process x2"});
}

TEST_CASE("batches of others go before, lots of the same batch go along", "[fab][explain]") {
  Fab f = fab({group("F")}, {batch_step(step("b", "F", 50), 2, 2)});
  add_product(f, "B", {batch_step(step("b", "F", 50), 1, 2)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.lots = {lot("P"), lot("Q"), lot("R", 1), lot("S", 1), lot("T", 1), lot("V", 2, 0, "B")};
  CHECK(told(look(f, "S", 10)) == Lines{"waiting A/b 1 ?", "F#1: busy P x2 50"});
  // T no longer fits with R and S.
  CHECK(told(look(f, "T", 10)) == Lines{"waiting A/b 1 ?", "F#1: busy P x2 50, behind R x2 ?"});
  CHECK(told(look(f, "V", 10)) == Lines{"waiting B/b 2 ?", "F#1: busy P x2 50, behind R x3 ?"});
}

TEST_CASE("a cascading tool is busy with two", "[fab][explain]") {
  Fab f = fab({group("E")}, {step("a", "E", 20)});
  f.tool_groups[0].cascading = true;
  f.routes[0].steps[0].interval = minutes(8);
  f.lots = {lot("L"), lot("M"), lot("N")};
  CHECK(told(look(f, "M", 5)) == Lines{"processing A/a 0 32", "E#1 wait x1"}); // its first position is taken until 8
  CHECK(told(look(f, "M", 9)) == Lines{"processing A/a 0 32", "E#1 process x1"});
  CHECK(told(look(f, "N", 5)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20"});
  f.tool_groups[0].next_job = NextJob::just_in_time; // it takes M at 8
  CHECK(told(look(f, "M", 5)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 8"});
  CHECK(told(look(f, "N", 9)) == Lines{"waiting A/a 0 ?", "E#1: busy L x1 20"});
}

TEST_CASE("a lot on its way, and one that is still to come", "[fab][explain]") {
  Fab f = line();
  f.tool_groups[0].location = "bay";
  f.tool_groups[1].location = "tower";
  f.transport = {{"bay", "tower", fixed(7)}};
  f.lots.push_back(lot("late", 600));
  CHECK(told(look(f, "L", 22)) == Lines{"travelling A/b 20 27"});
  CHECK(told(look(f, "late", 599)) == Lines{"not released  ? 600"});
  CHECK(told(look(f, "late", 600)) == Lines{"processing A/a 600 620", "E#1 process x1"});
}

TEST_CASE("lots of streams, and names that no lot can have", "[fab][explain]") {
  Fab f = line();
  f.lots = {lot("L", 100)};
  f.releases = {release(fixed(30))};
  f.releases[0].count = 3;
  CHECK(told(look(f, "A.2", 35)) == Lines{"processing A/a 30 50", "E#1 process x1"});
  CHECK(told(look(f, "A.3", 35)) == Lines{"not released  ? ?"});
  CHECK(has(refusal(f, "A.4", 35), "no lot goes by that name"));
  CHECK(has(refusal(f, "B.2", 35), "did you mean 'A.2'"));
  for (const char* name : {"A.0", "A.02", "A.", "A", "A.-1", "A.1 ", "A.99999999999999999999", ""})
    CHECK(has(refusal(f, name, 35), "no lot goes by that name"));
  f.lots.push_back(lot("A.2", 100));
  CHECK(has(refusal(f, "A.2", 35), "several lots"));
}

TEST_CASE("moments outside of the run are refused", "[fab][explain]") {
  CHECK(has(refusal(line(), "L", -1), "not within the run"));
  CHECK(has(refusal(line(), "L", 1001), "not within the run"));
  CHECK(refusal(line(), "L", 1000).empty());
  // At the horizon a run that does not drain has ended: what would happen then does not.
  CHECK(told(look(line(), "L", 20, span(20))) == Lines{"processing A/a 0 20", "E#1 unload x1"});
  CHECK(told(look(line(), "L", 22, span(20, 0, 0, true))) == Lines{"processing A/b 20 25", "F#1 process x1"});
}

TEST_CASE("a tool stopped from outside: nobody knows until when", "[fab][explain]") {
  const Model model = compile(line(), span(100));
  Engine engine(model, 1, 0);
  Facts facts;
  engine.apply(0, facts);
  engine.dispatch(0, facts);
  Command stop;
  stop.tools = 1;
  engine.apply(ticks(8), facts);
  engine.post(ticks(8), stop, facts);
  engine.dispatch(ticks(8), facts);
  const auto view = engine.explain("M", ticks(9));
  REQUIRE(view);
  CHECK(told(*view) == Lines{"waiting A/a 0 ?", "E#1: down ?, busy L x1 ?"});
  CHECK_FALSE(engine.explain("nobody", ticks(9)));
}

TEST_CASE("a run that is abandoned tells nothing", "[fab][explain]") {
  struct Stop final : core::Pulse {
    bool beat(double) override { return false; }
  } stop;
  Fab f = line();
  f.releases = {release(fixed(30))};
  CHECK_FALSE(explain(compile(f, span(1e6)), 1, 0, "A.1", ticks(1e6), stop));
}

TEST_CASE("a lot that could be taken at once waits for the choice of its group", "[fab][explain]") {
  const Model model = compile(line(), span(100));
  Engine engine(model, 1, 0);
  Facts facts;
  engine.apply(0, facts);
  CHECK(told(*engine.explain("L", 0)) == Lines{"waiting A/a 0 ?", "E#1: none ?"});
  CHECK(told(*engine.explain("M", 0)) == Lines{"waiting A/a 0 ?", "E#1: behind L x1 ?"});
  engine.dispatch(0, facts);
  CHECK(told(*engine.explain("L", 0)) == Lines{"processing A/a 0 20", "E#1 process x1"});
}

// What is said of a lot against the row of its step in the trace of the whole run: where it was, and that nothing ended
// later than the start on the tool that took it.
void compare(const LotView& view, const LotTrace& row, const Run& whole, Tick at, std::set<Obstacle>& reasons) {
  const bool waits = at < row.start;
  CHECK(view.place == (waits ? Whereabouts::waiting : Whereabouts::processing));
  CHECK(view.since == (waits ? row.arrive : row.start));
  const GroupTable& group = whole.model.groups[whole.model.steps[row.step].group];
  const std::string tool = fmt::format("{}#{}", group.name, row.tool - group.first_tool + 1);
  CHECK(view.tool == (waits ? "" : tool));
  if (!waits) CHECK(view.until <= row.end); // a failure may still come
  REQUIRE(view.tools.size() == (waits ? group.tools : 0));
  for (const ToolView& t : view.tools) {
    CHECK_FALSE(t.reasons.empty());
    for (const ToolReason& r : t.reasons) {
      reasons.insert(r.kind);
      // A group that could choose has chosen. Only that a batch can no longer grow is seen at its next choice.
      if (r.kind == Obstacle::none) CHECK(group.batching);
      const bool lasts = r.kind == Obstacle::down || r.kind == Obstacle::maintenance || r.kind == Obstacle::busy;
      if (lasts) CHECK(r.until != core::kNever);
      if (t.tool != tool) continue;
      CHECK(r.kind != Obstacle::dedicated);
      if (lasts) CHECK(r.until <= row.start);
    }
  }
}

TEST_CASE("on random lines places and reasons agree with the trace, and looking changes nothing", "[fab][explain]") {
  RandomLines lines(20261127);
  std::set<Obstacle> reasons;
  int valid = 0, looks = 0;
  for (int i = 0; valid < 250; i++) { // compilers draw different lines
    REQUIRE(i < 2'000);
    const Fab f = lines.next();
    if (!find_faults(f).empty()) continue;
    valid++;
    INFO("line " << i);
    const Span s = span(2'000, 500, 500);
    const Run whole = run(f, s);
    Engine engine(whole.model, 1, 0, kTraced);
    Facts facts;
    const auto step_to = [&](Tick at) {
      while (engine.next() <= at) {
        const Tick tick = engine.next();
        engine.apply(tick, facts);
        engine.dispatch(tick, facts);
      }
    };
    for (Tick at = ticks(11); at < s.horizon; at += ticks(173)) {
      step_to(at);
      for (const LotTrace& row : whole.seen.lot_trace) {
        if (at < row.arrive || at >= row.end) continue;
        const auto view = engine.explain(whole.seen.lot_names[row.lot], at);
        REQUIRE(view);
        compare(*view, row, whole, at, reasons);
        looks++;
      }
    }
    step_to(s.horizon - 1);
    CHECK(engine.finish(s.horizon) == whole.seen);
  }
  CHECK(looks > 2'000);
  reasons.erase(Obstacle::none);
  CHECK(reasons.size() == 10); // all others occur
}

} // namespace
} // namespace centresim::fab
