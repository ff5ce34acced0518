// What must not change the result: the order of rows; and what must change it only where it acts: names, strategies,
// more tools (common random numbers).
#include "support.hpp"

#include <cmath>
#include <map>
#include <random>

namespace centresim::fab {
namespace {
using namespace test;

// A line with every mechanism: two products of one family, batches, cascading, setups, a minimum run, dedication,
// sampling, rework, queue-time windows, transport, hot lots, breakdowns, maintenance, lots in process.
Fab everything() {
  Fab f;
  ToolGroup litho = group("litho", 4), etch = group("etch", 3), furnace = group("furnace", 2),
            implant = group("implant"), metro = group("metro", 2);
  litho.rank = {Rank::priority, Rank::setup_time, Rank::critical_ratio};
  litho.tool_choice = ToolChoice::least_setup_time;
  litho.hot_lot_reservation = etch.hot_lot_reservation = true;
  etch.cascading = true;
  etch.rank = {Rank::priority, Rank::least_work_next, Rank::fifo};
  furnace.batch_mix = BatchMix::family_step;
  implant.minimum_runs = {{"arsenic", 3}, {"boron", 4}};
  metro.rank = {Rank::slack};
  for (ToolGroup* g : {&litho, &etch, &furnace, &implant, &metro}) {
    g->load = g->unload = minutes(1);
    g->location = g == &metro ? "lab" : "line";
    Breakdown calendar, busy;
    calendar.name = "hard";
    calendar.mttf = exponential(900);
    calendar.mttr = exponential(30);
    busy = calendar;
    busy.name = "soft";
    busy.clock = FailureClock::busy;
    busy.mttr = exponential(5);
    g->breakdowns = {calendar, busy};
    g->maintenance = {calendar_pm(2000, 1500, 40, "weekly"), counter_pm(900, 25, "clean")};
    f.tool_groups.push_back(*g);
  }
  for (const char* name : {"A", "B"}) {
    const double slow = *name == 'A' ? 1 : 1.3;
    std::vector<Step> s = {with_setup(step("coat", "litho", uniform(20 * slow, 5)), std::string("mask1") + name),
                           step("measure", "metro", exponential(4)),
                           step("etch", "etch", uniform(2, 0.5)),
                           batch_step(step("diffuse", "furnace", exponential(100)), 50, 100),
                           with_setup(step("implant", "implant", uniform(9, 1)), *name == 'A' ? "arsenic" : "boron"),
                           with_setup(step("coat 2", "litho", exponential(20)), std::string("mask2") + name),
                           step("etch 2", "etch", fixed(2))};
    s[0].dedicates = "coat 2";
    s[1].sampling = 0.6;
    s[1].rework_to = "coat";
    s[1].rework = 0.15;
    for (const std::size_t i : {2u, 6u}) {
      s[i].per = ProcessUnit::wafer;
      s[i].interval = minutes(0.5);
    }
    s[2].queue_time_to = "diffuse";
    s[2].queue_time_limit = minutes(120);
    s[3].queue_time_to = "implant";
    s[3].queue_time_limit = minutes(60);
    f.routes.push_back({name, s});
    f.products.push_back({name, name, "family"});
    f.releases.push_back(release(exponential(95), name, 25));
    f.releases.back().due_factor = 2;
  }
  f.releases.push_back(release(exponential(1000), "A", 25));
  f.releases.back().kind = "hot";
  f.releases.back().priority = 10;
  f.releases.back().hot = true;
  f.setup_times = {{"", "mask1A", fixed(5)},      {"", "mask1B", fixed(6)},        {"mask1A", "mask2A", exponential(2)},
                   {"", "mask2B", uniform(4, 1)}, {"arsenic", "boron", fixed(30)}, {"", "arsenic", fixed(20)}};
  f.transport = {{"line", "line", uniform(7.5, 2.5)}, {"line", "lab", fixed(4)}, {"lab", "line", exponential(4)}};
  f.lots = {waiting_at(lot("wip1", 0, 0, "A"), "diffuse"), waiting_at(lot("wip2", 0, 0, "B"), "implant"),
            lot("late", 700, 5, "B"), lot("early", 700, 5, "A")};
  for (Lot& l : f.lots) l.wafers = 25;
  return f;
}

template <class T> void shuffle(std::vector<T>& rows, std::mt19937& random) {
  std::shuffle(rows.begin(), rows.end(), random);
}

TEST_CASE("the order of rows of any table but the routes does not matter", "[fab]") { // also W13: no hidden order
  const Fab f = everything();
  const Span s = span(60'000, 10'000, 10'000);
  const Run r = run(f, s);
  REQUIRE(r.seen.counts.lots_finished > 1000);
  REQUIRE(r.seen.counts.reworks > 50);
  REQUIRE(r.seen.counts.breakdowns > 500);
  REQUIRE(r.seen.counts.maintenances > 400);
  for (const WindowSums& w : r.seen.windows) {
    REQUIRE(w.closed > 300);
    REQUIRE(w.broken > 0);
  }
  std::mt19937 random(5);
  for (int i = 0; i < 5; i++) {
    Fab g = f;
    shuffle(g.tool_groups, random);
    for (ToolGroup& t : g.tool_groups) {
      shuffle(t.breakdowns, random);
      shuffle(t.maintenance, random);
      shuffle(t.minimum_runs, random);
    }
    shuffle(g.routes, random);
    shuffle(g.products, random);
    shuffle(g.releases, random);
    shuffle(g.lots, random);
    shuffle(g.setup_times, random);
    shuffle(g.transport, random);
    CHECK(run(g, s).seen == r.seen); // traces included
  }
}

TEST_CASE("the same seed gives the same run, another seed or replication another", "[fab]") {
  const Fab f = everything();
  const Span s = span(20'000);
  const Observations a = run(f, s, {}, 1, 0).seen;
  CHECK(run(f, s, {}, 1, 0).seen == a);
  CHECK_FALSE(run(f, s, {}, 2, 0).seen == a);
  CHECK_FALSE(run(f, s, {}, 1, 1).seen == a);
  Observations traced = run(f, s, kTraced, 1, 0).seen; // looking on changes nothing
  traced.lot_trace.clear();
  traced.tool_trace.clear();
  traced.lot_names.clear();
  CHECK(traced == a);
}

TEST_CASE("renaming gives other numbers of the same law", "[fab]") {
  const auto mean = [](const std::string& name) {
    Fab f = fab({group(name)}, {step("a", name, exponential(8))});
    f.releases = {release(exponential(10))};
    f.releases[0].name = name;
    Fab g = f;
    std::vector<double> values;
    for (std::uint64_t r = 0; r < 20; r++) {
      const Run one = run(f, span(220'000, 20'000), {}, 1, r);
      values.push_back(Run::in_minutes(one.seen.flows[0].residence) / static_cast<double>(one.seen.flows[0].finished));
    }
    const double m = std::accumulate(values.begin(), values.end(), 0.0) / 20;
    double squares = 0;
    for (const double v : values) squares += (v - m) * (v - m);
    return std::pair(m, squares / 19 / 20); // and its variance
  };
  const auto [x, vx] = mean("first");
  const auto [y, vy] = mean("second");
  CHECK(x != y);
  CHECK(std::abs(x - y) < 4 * std::sqrt(vx + vy));
  CHECK(std::abs(x - 40) < 4 * std::sqrt(vx));
}

// Durations of all visits by (lot, step, how often before).
std::map<std::tuple<std::string, std::string, int>, Tick> durations(const Run& r) {
  std::map<std::tuple<std::string, std::string, int>, Tick> all;
  for (const LotTrace& t : r.seen.lot_trace) {
    std::tuple key(r.seen.lot_names[t.lot], r.model.step_names[t.step], 0);
    while (all.contains(key)) std::get<2>(key)++;
    all[key] = t.end - t.start;
  }
  return all;
}

TEST_CASE("common random numbers: an extra rework shifts no other draw", "[fab]") {
  Fab f = fab({group("E", 3), group("F", 3)},
              {step("a", "E", exponential(20)), step("b", "F", exponential(20)), step("c", "E", exponential(20))});
  f.routes[0].steps[2].sampling = 0.7;
  f.routes[0].steps[1].rework_to = "a";
  f.releases = {release(exponential(20))};
  f.routes[0].steps[1].rework = 0.05;
  const Run few = run(f, 20'000);
  f.routes[0].steps[1].rework = 0.06; // the same lots are sent back, and some more
  const Run more = run(f, 20'000);
  CHECK(few.seen.counts.reworks > 20);
  CHECK(more.seen.counts.reworks > few.seen.counts.reworks);
  const auto x = durations(few), y = durations(more);
  std::size_t common = 0, wrong = 0;
  for (const auto& [key, time] : x) {
    const auto other = y.find(key);
    if (other == y.end()) continue; // still to come at the horizon
    common++;
    wrong += other->second != time;
  }
  CHECK(common > 2500);
  CHECK(wrong == 0);
}

TEST_CASE("common random numbers: one more tool, another rank or a hot lot leave the draws as they are", "[fab]") {
  Fab f = everything();
  for (Route& r : f.routes) // wait for nothing, so that all lots come through in every variant; setups take no time
    for (Step& s : r.steps) {
      if (s.batch_max) {
        s.batch_max = 25; // alone in its batch: the draw is its own
        s.batch_min = 25;
      }
      s.setup.clear();
    }
  for (ToolGroup& g : f.tool_groups) {
    g.minimum_runs.clear();
    g.breakdowns.clear(); // they would stretch the times on the tool
    g.tool_choice = ToolChoice::longest_idle;
    if (g.cascading) {
      g.cascading = false; // so would waiting for a position
      for (Route& r : f.routes)
        for (Step& s : r.steps) s.interval.reset();
    }
  }
  f.tool_groups[2].tools = 8; // furnaces for single lots
  f.setup_times.clear();
  const Span s = span(20'000);
  const auto base = durations(run(f, s));
  std::vector<Fab> variants(3, f);
  variants[0].tool_groups[0].tools++;
  variants[1].tool_groups[0].rank = {Rank::shortest_time};
  variants[2].lots.push_back(lot("one more", 123, 99));
  for (const Fab& g : variants) {
    std::size_t common = 0, wrong = 0;
    for (const auto& [key, time] : durations(run(g, s))) {
      const auto other = base.find(key);
      if (other == base.end()) continue;
      common++;
      wrong += other->second != time;
    }
    CHECK(common > 1500);
    CHECK(wrong == 0);
  }
}

TEST_CASE("common random numbers: breakdowns do not depend on the load", "[fab]") {
  Fab f = everything();
  const auto failures = [](const Fab& g) {
    Fab plain = g; // calendar clocks, without maintenance, which would defer failures
    for (ToolGroup& t : plain.tool_groups) {
      t.breakdowns.resize(1);
      t.maintenance.clear();
    }
    const Run r = run(plain, 20'000);
    Lines down;
    for (const char* tool : {"litho1", "litho4", "metro2", "implant1"})
      for (const std::string& line : r.states(tool))
        if (line.starts_with("down")) down.push_back(line);
    return down;
  };
  const Lines base = failures(f);
  CHECK(base.size() > 50);
  f.load_factor = 0.5;
  CHECK(failures(f) == base);
  f.tool_groups[0].tools++;
  CHECK(failures(f) == base);
}

} // namespace
} // namespace centresim::fab
