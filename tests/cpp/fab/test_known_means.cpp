// What is known of a fab before it runs: counts against runs, means against closed forms, and what is not known.
#include "catch.hpp"
#include "small_line.hpp"

#include "centresim/experiment/control_variates.hpp"
#include "centresim/fab/engine.hpp"
#include "centresim/fab/known_means.hpp"
#include "centresim/fab/results.hpp"

#include <algorithm>
#include <cmath>

using namespace small_line;
using experiment::Control;

namespace {

constexpr core::Tick kDay = core::kTicksPerDay;

fab::Release release(const std::string& every, const std::string& kind = "regular") {
  fab::Release r;
  r.product = "p";
  r.name = kind;
  r.kind = kind;
  r.every = law(every);
  return r;
}

fab::Fab queue(const std::string& every = "exponential(10 min)") {
  fab::Fab f;
  f.tool_groups = {group("tool")};
  f.routes = {{"r", {step("s", "tool", "exponential(8 min)")}}};
  f.products = {{"p", "r", ""}};
  f.releases = {release(every)};
  return f;
}

fab::Lot listed(const std::string& name, core::Tick release = 0, const std::string& at = "") {
  fab::Lot lot;
  lot.name = name;
  lot.product = "p";
  lot.release = Duration{release};
  lot.step = at;
  return lot;
}

fab::KnownMean of(const fab::Fab& f, const std::string& kpi, const std::string& label, core::Tick from = 10 * kDay,
                  core::Tick to = 20 * kDay) {
  for (const fab::KnownMean& k : fab::known_means(f, from, to))
    if (k.kpi == kpi && (k.labels.empty() ? label.empty() : k.labels.front().second == label)) return k;
  throw std::logic_error(kpi + " is not among the known means");
}

std::string reason(const fab::Fab& f, const std::string& kpi, const std::string& label) {
  const fab::KnownMean k = of(f, kpi, label);
  CHECK(std::isnan(k.mean) == !k.reason.empty());
  CHECK_FALSE((k.first_choice && !k.reason.empty()));
  return k.reason;
}

std::int64_t released(const fab::Fab& f, core::Tick from, core::Tick to) {
  core::NoPulse pulse;
  const auto seen = fab::Simulation(f, {to, from, 0, false}).run(1, 0, pulse);
  return seen->flows.at(0).released;
}

// Every figure that is known, and does not vary by chance alone, checked over replications.
int check_all(const fab::Fab& f, core::Tick from, core::Tick to, std::uint64_t replications) {
  const fab::Simulation simulation(f, {to, from, 0, false});
  std::vector<fab::Observations> all;
  for (std::uint64_t r = 0; r < replications; r++) {
    core::NoPulse pulse;
    all.push_back(*simulation.run(7, r, pulse));
  }
  const auto series = fab::kpis(simulation.model(), all);
  int checked = 0;
  for (const fab::KnownMean& k : fab::known_means(f, from, to)) {
    if (!k.reason.empty()) continue;
    for (const auto& s : series) {
      if (s.info.name != k.kpi || s.labels != k.labels) continue;
      const auto check = experiment::check_control({experiment::kpi_label(s.info, s.labels), s.values, k.mean});
      INFO(experiment::kpi_label(s.info, s.labels) << ": " << check.standard_errors << " standard errors");
      if (std::ranges::count(s.values, s.values[0]) == std::ssize(s.values))
        CHECK(s.values[0] == Approx(k.mean));
      else
        CHECK(check.refusal.empty());
      checked++;
    }
  }
  return checked;
}

} // namespace

TEST_CASE("Of M/M/1 the load and the starts are known, the load first", "[fab]") {
  const auto known = fab::known_means(queue(), 10 * kDay, 20 * kDay);
  REQUIRE(known.size() >= 2);
  CHECK(known[0].kpi == "fab.utilisation");
  CHECK(known[0].labels == experiment::Labels{{"tool_group", "tool"}});
  CHECK(known[0].mean == Approx(0.8));
  CHECK(known[0].first_choice);
  CHECK(std::ranges::count_if(known, &fab::KnownMean::first_choice) == 2);
  const fab::KnownMean starts = of(queue(), "fab.starts", "");
  CHECK(starts.mean == Approx(144));
  CHECK(starts.first_choice);
  CHECK(of(queue(), "fab.visits", "tool").mean == Approx(144));
  CHECK(of(queue(), "fab.idle_share", "tool").mean == Approx(0.2));
}

TEST_CASE("Where no group has most of the waiting, starts come first", "[fab]") {
  fab::Fab f = queue();
  for (const char* name : {"second", "third"}) {
    f.tool_groups.push_back(group(name));
    f.routes[0].steps.push_back(step(name, name, "exponential(8 min)"));
  }
  CHECK(fab::known_means(f, 10 * kDay, 20 * kDay).front().kpi == "fab.starts");
}

TEST_CASE("Releases at constant intervals are counted as the run counts them", "[fab]") {
  for (const double factor : {1.0, 0.7, 1.3})
    for (const double start : {0.0, 15000.0})
      for (const core::Tick from : {core::Tick{0}, 10 * kDay, 10 * kDay + 1}) {
        fab::Fab f = queue("47 min");
        f.load_factor = factor;
        f.releases[0].start = minutes(start);
        f.releases[0].lots = 3;
        const core::Tick to = 20 * kDay;
        CAPTURE(factor, start, from);
        const double lots =
            of(f, "fab.starts", "", from, to).mean * static_cast<double>(to - from) / static_cast<double>(kDay);
        CHECK(lots == Approx(static_cast<double>(released(f, from, to))));
        f.releases[0].count = 400;
        const double some =
            of(f, "fab.starts", "", from, to).mean * static_cast<double>(to - from) / static_cast<double>(kDay);
        CHECK(some == Approx(static_cast<double>(released(f, from, to))));
      }
}

TEST_CASE("A Poisson stream that begins within the window releases one lot more", "[fab]") {
  fab::Fab f = queue();
  f.releases[0].start = minutes(15 * 1440);
  CHECK(of(f, "fab.starts", "").mean == Approx(0.5 * 144 + 0.1));
  CHECK(reason(f, "fab.utilisation", "tool").find("begin within the window") != std::string::npos);
  f.releases[0].start = minutes(25 * 1440);
  CHECK(of(f, "fab.starts", "").mean == 0);
}

TEST_CASE("What is not known says why", "[fab]") {
  using Change = std::function<void(fab::Fab&)>;
  const auto why = [](const Change& change, const char* kpi = "fab.utilisation", const char* label = "tool") {
    fab::Fab f = queue();
    change(f);
    return reason(f, kpi, label);
  };
  const Change plenty = [](fab::Fab& f) { f.releases[0].count = 3500, f.releases[0].start = minutes(3 * 1440); };
  CHECK(why(plenty).empty());
  CHECK(why(plenty, "fab.starts", "").empty());
  fab::Fab many = queue();
  plenty(many);
  CHECK(of(many, "fab.utilisation", "tool").mean == Approx(0.8));
  fab::Breakdown breakdown;
  breakdown.mttf = mean_law("30 h");
  breakdown.mttr = mean_law("1 h");
  CHECK(why([](fab::Fab&) {}).empty());
  CHECK(why([](fab::Fab& f) { f.tool_groups[0].batch_mix = fab::BatchMix::route_step; }).find("batches") !=
        std::string::npos);
  CHECK(why([](fab::Fab& f) { f.tool_groups[0].cascading = true; }).find("cascading") != std::string::npos);
  CHECK(why([](fab::Fab& f) {
          f.routes[0].steps.push_back(step("t", "tool", "1 min"));
          f.routes[0].steps[0].setup = "a";
          f.routes[0].steps[1].setup = "b";
          f.setup_times = {{"", "a", law("1 s")}, {"", "b", law("1 s")}};
        }).find("setups") != std::string::npos);
  CHECK(why([](fab::Fab& f) { f.releases[0].count = 5; }).find("end after") != std::string::npos);
  CHECK(why([](fab::Fab& f) { f.releases[0].count = 5; }, "fab.starts", "").find("end after") != std::string::npos);
  CHECK(why([](fab::Fab& f) { f.releases[0].every = law("gamma(2 d, 0.5)"); }, "fab.starts", "").find("settled") !=
        std::string::npos);
  CHECK(why([](fab::Fab& f) { f.releases[0].every = law("gamma(1 d, 0.5)"); }, "fab.starts", "").empty());
  CHECK(why([](fab::Fab& f) { f.lots = {listed("l")}; }).find("one by one (l)") != std::string::npos);
  CHECK(why([](fab::Fab& f) { f.lots = {listed("l", 0, "s")}; }).empty());
  CHECK(why([](fab::Fab& f) { f.load_factor = 1.3; }).find("is full") != std::string::npos);
  for (const auto action : {fab::QueueTimeAction::scrap, fab::QueueTimeAction::rework}) {
    const Change broken = [=](fab::Fab& f) { f.routes[0].steps[0].queue_time_action = action; };
    CHECK(why(broken).find("queue time from s") != std::string::npos);
    CHECK(why(broken, "fab.starts", "").empty());
  }
  const Change maintained = [](fab::Fab& f) {
    fab::Maintenance m;
    m.every = Duration{kDay};
    m.duration = law("1 h");
    f.tool_groups[0].maintenance = {m};
  };
  CHECK(why(maintained).empty());
  CHECK(why(maintained, "fab.idle_share").find("maintenance") != std::string::npos);
  const Change busy = [&](fab::Fab& f) {
    f.tool_groups[0].breakdowns = {breakdown};
    f.tool_groups[0].breakdowns[0].clock = fab::FailureClock::busy;
  };
  CHECK(why(busy, "fab.down_share").empty());
  CHECK(why([&](fab::Fab& f) { busy(f), f.tool_groups[0].cascading = true; }, "fab.down_share").find("cascading") !=
        std::string::npos);
  CHECK(why([&](fab::Fab& f) { f.tool_groups[0].breakdowns = {breakdown}, f.tool_groups[0].cascading = true; },
            "fab.down_share")
            .empty());
}

TEST_CASE("Without a stream of releases nothing but the starts is known", "[fab]") {
  fab::Fab f = queue();
  f.releases.clear();
  f.lots = {listed("a"), listed("b", 15 * kDay)};
  const auto known = fab::known_means(f, 10 * kDay, 20 * kDay);
  CHECK(std::ranges::all_of(known, [](const fab::KnownMean& k) { return k.kpi == "fab.starts"; }));
  CHECK(known.front().mean == Approx(0.1));
}

TEST_CASE("Known means hold: order of lots, rework, sampling, lots of several sizes, outages", "[fab]") {
  fab::Fab f = queue();
  f.tool_groups.push_back(group("meter", 2));
  f.tool_groups[0].rank = {fab::Rank::priority, fab::Rank::shortest_time};
  f.tool_groups[0].load = minutes(0.25);
  f.routes[0].steps[0] = step("s", "tool", "gamma(0.16 min, 1.5)");
  f.routes[0].steps[0].per = fab::ProcessUnit::wafer;
  f.routes[0].steps.push_back(step("check", "meter", "lognormal(9 min, 0.8)"));
  f.routes[0].steps.push_back(step("again", "tool", "exponential(1 min)"));
  f.routes[0].steps[1].sampling = 0.6;
  f.routes[0].steps[1].rework_to = "s";
  f.routes[0].steps[1].rework = 0.1;
  f.releases = {release("exponential(15 min)"), release("gamma(40 min, 0.4)", "hot"), release("77 min", "other")};
  f.releases[0].wafers = {core::LawKind::discrete, common::Dimension::number, {5, 25}, {0.5, 0.5}};
  f.releases[1].priority = 10;
  fab::Breakdown calendar, busy;
  calendar.mttf = mean_law("30 h");
  calendar.mttr = law("gamma(1 h, 1.5)");
  busy = calendar;
  busy.clock = fab::FailureClock::busy;
  f.tool_groups[0].breakdowns = {calendar};
  f.tool_groups[1].breakdowns = {busy};
  fab::Maintenance daily;
  daily.every = Duration{kDay};
  daily.duration = law("30 min");
  f.tool_groups[0].maintenance = {daily};
  // Starts of the line, of three kinds with their products; four figures of the tool, five of the meter.
  CHECK(check_all(f, 10 * kDay, 40 * kDay, 150) >= 12);
}
