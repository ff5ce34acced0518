// Gates, shuttles and bugs against closed forms; |z| < 4 over projects of fixed seeds.
#include "project_support.hpp"

namespace centresim::design {
namespace {
using namespace test;

// Many projects of one kind, one after the other.
void repeat(Floor& f, double every_hours, std::int64_t number) {
  f.projects[0].every = hours_law(every_hours);
  f.projects[0].number = number;
}

Sample project_times(const Observations& o) { // hours
  Sample s;
  for (const ProjectTrace& t : o.projects.traces)
    if (t.ended >= 0) s.add(static_cast<double>(t.ended - t.started) / static_cast<double>(kHourTicks));
  return s;
}

// Runs of a task, by project.
Sample runs_of(const Observations& o, std::uint32_t task) {
  Sample s;
  for (const ProjectTrace& t : o.projects.traces) {
    if (t.ended < 0) continue;
    double n = 0;
    for (const TaskRun& r : t.runs) n += r.task == task;
    s.add(n);
  }
  return s;
}

} // namespace

TEST_CASE("tries of a gate: 1/p where nothing is learned, fewer where it is", "[design][projects]") {
  const auto [pass, improvement, tries] = GENERATE(
      table<double, double, double>({{0.63, 1, 1.5873}, {0.63, 0.8, 1.5112}, {0.63, 0.5, 1.4451}, {0.3, 0.7, 2.1943}}));
  double exact = 0, failed = 1; // the sum of (1-p)^i r^(i(i-1)/2)
  for (int i = 0; i < 200; i++) exact += failed, failed *= (1 - pass) * std::pow(improvement, i);
  CHECK(std::abs(exact - tries) < 5e-5);
  Floor f = projects({human("a", 1), gate("g", pass, {"a"}, "a")});
  f.flows[0].tasks[1].improvement = improvement;
  repeat(f, 1, 20'000);
  const Observations o = run_floor(f, horizon(900));
  const Sample s = runs_of(o, 1);
  REQUIRE(s.n == 20'000);
  CHECK(std::abs(s.z(exact)) < 4);
  CHECK(o.projects.projects[0].waived == 0);
}

TEST_CASE("a chain whose gate goes back to its second task", "[design][projects]") {
  // 10, 20, 30 hours, half of the tries pass: 10 + 50 * 2, or 10 + 50 + 0.4 * 50 with less work the second time.
  const auto [rework, mean] = GENERATE(table<double, double>({{1, 110}, {0.4, 80}}));
  Floor f = projects({human("a", 10), human("b", 20, {"a"}), human("c", 30, {"b"}), gate("g", 0.5, {"c"}, "b")});
  f.flows[0].tasks[3].rework = rework;
  repeat(f, 5, 10'000);
  const Sample s = project_times(run_floor(f, horizon(2200)));
  REQUIRE(s.n == 10'000);
  CHECK(std::abs(s.z(mean)) < 4);
}

TEST_CASE("the wait for a shuttle", "[design][projects]") {
  Floor f = projects({outside("work", hours_law(240)), task("tape-out", TaskType::shuttle, {"work"})});
  f.shuttles = {shuttle("mpw", 10, 50)};
  const auto wait = [&](double readiness_hours) { // days from ready to dies in hand
    f.flows[0].tasks[0].time = hours_law(readiness_hours);
    const Observations o = run_floor(f, horizon(100));
    CHECK(o.projects.projects[0].caught == 1);
    return (ended_after(o) - readiness_hours) / 24;
  };
  CHECK(wait(240) == 0); // ready at the cut-off: caught
  const Tick late = days(10).ticks + 1;
  const double waited = wait(static_cast<double>(late) / static_cast<double>(kHourTicks));
  CHECK(std::llround(waited * static_cast<double>(kDayTicks)) == days(50).ticks - 1);
  f.flows[0].tasks[0].time = hours_law(240);

  SECTION("uniform over a period: half a period, on the mean") {
    f.flows[0].tasks[0].time = law(core::LawKind::uniform, {35 * 86400.0, 25 * 86400.0}); // days 10 to 60
    f.projects[0].every = hours_law(50 * 24);
    f.shuttles[0].first = days(10);
    const Observations o = run_floor(f, horizon(30'000));
    Sample s;
    for (const ProjectTrace& t : o.projects.traces)
      if (t.ended >= 0)
        s.add(static_cast<double>(t.runs[1].spent[static_cast<std::size_t>(Cause::shuttle)]) /
              static_cast<double>(kDayTicks));
    REQUIRE(s.n > 550);
    CHECK(std::abs(s.z(25)) < 4);
    CHECK(std::abs(s.variance() - 2500.0 / 12) < 25);
  }
  SECTION("a seat that was booked and missed") {
    f.flows[0].tasks[1].book_after = "plan";
    f.flows[0].tasks.push_back(outside("plan", hours_law(0)));
    f.flows[0].tasks[1].after.push_back("plan");
    f.flows[0].tasks[0].time = law(core::LawKind::uniform, {9.9 * 86400.0, 9.9 * 86400.0});
    repeat(f, 50 * 24, 500); // each is expected ready just in time: half of them are late
    const Observations o = run_floor(f, horizon(30'000));
    const ProjectSums& p = o.projects.projects[0];
    CHECK(p.caught == 500);
    const double missed = static_cast<double>(p.missed) / 500;
    const double exact = 1 - 10.0 / 19.8; // ready after day 10 of 0 to 19.8
    CHECK(std::abs(missed - exact) < 4 * std::sqrt(exact * (1 - exact) / 500));
    CHECK(p.bill.fees[0] == p.missed);
    CHECK(p.bill.seats[0] == p.caught);
  }
  SECTION("seats are few") {
    f.shuttles[0].seats = 1;
    f.projects.push_back(f.projects[0]);
    f.projects[1].name = "q"; // the second one takes the next shuttle
    const Observations o = run_floor(f, horizon(100));
    CHECK(ended_after(o, 0) == 240);
    CHECK(ended_after(o, 1) == 60 * 24);
  }
  SECTION("booked well ahead") {
    f.shuttles[0].first = days(15);
    f.shuttles[0].booking = days(10); // ready on day 10: the one of day 15 is closed for booking
    CHECK(wait(240) == 55);
  }
  SECTION("the fab, a slip and a shuttle called off") {
    f.shuttles[0].fab_time = hours_law(30 * 24);
    f.shuttles[0].slip = hours_law(24);
    CHECK(wait(240) == 31);
  }
}

TEST_CASE("a provider that closes down", "[design][projects]") {
  Floor f = projects({outside("work", hours_law(240)), task("tape-out", TaskType::shuttle, {"work"})});
  f.providers = {{"early", hours_law(20 * 24), ProviderLoss::lost, {}}};
  f.providers[0].mttf = hours_law(20 * 24);
  f.shuttles = {shuttle("a", 10, 20), shuttle("b", 45, 50)};
  f.shuttles[0].provider = "early";
  f.shuttles[0].fab_time = hours_law(60 * 24);
  Observations o = run_floor(f, horizon(200));
  CHECK(ended_after(o) == 45 * 24); // lost on day 20, with the other one on day 45
  CHECK(o.projects.projects[0].tape_outs == 2);
  f.providers[0].designs = ProviderLoss::late;
  f.providers[0].delay = hours_law(24);
  o = run_floor(f, horizon(200));
  CHECK(ended_after(o) == 71 * 24);
  f.providers[0].designs = ProviderLoss::lost;
  f.shuttles.pop_back(); // nobody else
  o = run_floor(f, horizon(200));
  CHECK(o.projects.in_progress == 1);
  CHECK(o.projects.stalled == 1);
}

TEST_CASE("bugs are found by the regression cycles that ran", "[design][projects]") {
  // Found after c cycles: Poisson with mean a (1 - e^(-bc)).
  Task nightly = compute("nightly", 1, {}, 10);
  nightly.every = days(1);
  nightly.until = "work";
  nightly.cycles = 5;
  Floor f = projects({nightly, outside("work", hours_law(10 * 24 - 1))});
  f.node_classes = {node_class("node", 100, 16)};
  f.projects[0].bugs = Bugs{};
  f.projects[0].bugs->density = 40;
  f.projects[0].bugs->rate = 0.002;
  f.projects[0].bugs->skill = "rtl";
  f.projects[0].bugs->fix = hours_law(0.5);
  repeat(f, 24 * 10, 400);
  const Observations o = run_floor(f, horizon(4010));
  Sample found;
  for (const ProjectTrace& t : o.projects.traces) {
    if (t.ended < 0) continue;
    double n = 0;
    for (const TaskRun& r : t.runs) n += r.task == 2;
    found.add(n);
  }
  REQUIRE(found.n == 400);
  const double mean = 40 * (1 - std::exp(-0.002 * 10 * 10 * 5)); // 10 nights of 10 jobs of 5 cycles
  CHECK(std::abs(found.z(mean)) < 4);
  CHECK(std::abs(found.variance() / mean - 1) < 4 * std::sqrt(2.0 / 399));
}

TEST_CASE("spins: success of each in turn", "[design][projects]") {
  // s R = 1.9661, silicon shows 85 % of what is left: 0.140, 0.703, 0.831 of those that failed before; mean 2.166.
  Floor f = projects({task("tape-out", TaskType::shuttle), task("silicon", TaskType::silicon, {"tape-out"})});
  f.shuttles = {shuttle("mpw", 1, 1)};
  f.flows[0].tasks[1].returns = {{"tape-out", 1}};
  f.flows[0].tasks[1].max_tries = 100;
  f.projects[0].bugs = Bugs{};
  f.projects[0].bugs->density = 19.661;
  f.projects[0].bugs->fatality = 0.1;
  f.projects[0].bugs->found_in_silicon = 0.85;
  f.projects[0].bugs->skill = "rtl";
  repeat(f, 1, 20'000);
  const Observations o = run_floor(f, horizon(2000));
  std::vector<double> tried, works;
  Sample spins;
  for (const ProjectTrace& t : o.projects.traces) {
    if (t.ended < 0) continue;
    std::size_t n = 0;
    for (const TaskRun& r : t.runs) n += r.task == 0; // silicon, by name
    spins.add(static_cast<double>(n));
    tried.resize(std::max(tried.size(), n)), works.resize(tried.size());
    for (std::size_t i = 0; i < n; i++) tried[i]++;
    works[n - 1]++;
  }
  REQUIRE(spins.n == 20'000);
  const std::vector<double> exact{0.140, 0.703, 0.831};
  double left = 19.661 * 0.1;
  for (std::size_t i = 0; i < exact.size(); i++) {
    // Works now, given that it did not before: from e^(-left) at each spin.
    const double by = std::exp(-left), before = i == 0 ? 0 : std::exp(-left / 0.15), p = (by - before) / (1 - before);
    CHECK(std::abs(p - exact[i]) < 6e-4);
    CHECK(std::abs(works[i] / tried[i] - p) < 4 * std::sqrt(p * (1 - p) / tried[i]));
    left *= 0.15;
  }
  CHECK(std::abs(spins.z(2.166)) < 4);
  const ProjectSums& p = o.projects.projects[0];
  CHECK(p.first_silicon_works == static_cast<std::int64_t>(works[0]));
}

} // namespace centresim::design
