// Key figures from observations made up by hand, every one of the registry, and from small runs.
#include "support.hpp"

#include "centresim/core/statistics.hpp"
#include "centresim/fab/results.hpp"

#include <cmath>
#include <map>
#include <set>

namespace centresim::fab {
namespace {
using namespace test;
using experiment::Labels;

constexpr Tick kHour = core::kTicksPerHour, kDay = core::kTicksPerDay;

// Of the first replication, by label.
std::map<std::string, double> figures(const Model& model, const Observations& seen) {
  std::map<std::string, double> values;
  for (const experiment::KpiSeries& s : kpis(model, std::span(&seen, 1)))
    values[experiment::kpi_label(s.info, s.labels)] = s.values[0];
  return values;
}

// Two tools E, one route of two steps (raw process time of n wafers: 60 min + 2 min n), one window between them.
Model line() {
  Fab f = fab({group("E", 2)}, {step("a", "E", 60), step("b", "E", 2)});
  f.routes[0].steps[1].per = ProcessUnit::wafer;
  f.routes[0].steps[0].queue_time_to = "b";
  f.routes[0].steps[0].queue_time_limit = minutes(60);
  f.lots = {lot("L")};
  return run(f, 10).model;
}

Observations observed(const Model& model) {
  Observations o;
  o.window_start = 2 * kDay;
  o.window_end = 12 * kDay; // 10 d, 20 tool-days
  o.groups.resize(model.groups.size());
  o.flows.resize(model.flows.size());
  o.steps.resize(model.steps.size());
  o.windows.resize(model.windows.size());
  GroupSums& g = o.groups[0];
  const auto days = [&](ToolState s, Tick n) { g.state[static_cast<std::size_t>(s)] = n * kDay; };
  days(ToolState::down, 1);
  days(ToolState::maintenance, 3);
  days(ToolState::setup, 2);
  days(ToolState::process, 6);
  days(ToolState::load, 1);
  days(ToolState::unload, 1);
  days(ToolState::idle, 6);
  g.visits = 40;
  g.jobs = 16;
  g.queued = 120 * kHour;
  g.queued_max = 9 * kHour;
  g.waiting = 480 * kHour;
  FlowSums& f = o.flows[0];
  f.released = 30;
  f.out = 25;
  f.out_wafers = 250;
  f.finished = 5;
  f.with_due_date = 4;
  f.on_time = 3;
  f.residence = 70 * kDay;
  f.wafer_residence = 700 * kDay;
  f.tardiness = 6 * kDay;
  for (const Tick d : {4, 1, 3, 2, 5}) o.finished.push_back({0, 30, 3 * kDay, d * kDay}); // raw process time 2 h
  WindowSums& w = o.windows[0];
  w.closed = 20;
  w.broken = 8;
  w.broken_1h = 5;
  w.broken_2h = 2;
  w.broken_4h = 1;
  w.excess = 40 * kHour;
  w.slack = 10 * kHour;
  return o;
}

TEST_CASE("Every key figure of lots, by hand", "[fab]") {
  const Model model = line();
  auto k = figures(model, observed(model));
  CHECK(k.at("fab.cycle_time") == Approx(3));
  CHECK(k.at("fab.cycle_time_sd") == Approx(std::sqrt(2.5)));
  CHECK(k.at("fab.cycle_time_p50") == Approx(3));
  CHECK(k.at("fab.cycle_time_p5") == Approx(1.2)); // linear between the order statistics
  CHECK(k.at("fab.cycle_time_p95") == Approx(4.8));
  CHECK(k.at("fab.x_factor") == Approx(3 * 12));
  CHECK(k.at("fab.starts") == Approx(3));
  CHECK(k.at("fab.throughput") == Approx(2.5));
  CHECK(k.at("fab.wafers_out") == Approx(25));
  CHECK(k.at("fab.wip") == Approx(7));
  CHECK(k.at("fab.wip_wafers") == Approx(70));
  CHECK(k.at("fab.on_time") == Approx(0.75));
  CHECK(k.at("fab.tardiness") == Approx(1.5));
  CHECK(k.at("fab.throughput[product=A, kind=regular]") == Approx(2.5));
}

TEST_CASE("Every key figure of tool groups, by hand", "[fab]") {
  const Model model = line();
  auto k = figures(model, observed(model));
  const auto of = [&](const std::string& name) { return k.at("fab." + name + "[tool_group=E]"); };
  CHECK(of("down_share") == Approx(0.05));
  CHECK(of("pm_share") == Approx(0.15));
  CHECK(of("setup_share") == Approx(0.1));
  CHECK(of("process_share") == Approx(0.3));
  CHECK(of("load_share") == Approx(0.05));
  CHECK(of("unload_share") == Approx(0.05));
  CHECK(of("idle_share") == Approx(0.3));
  CHECK(of("utilisation") == Approx(0.5));
  CHECK(of("availability") == Approx(0.8));
  CHECK(of("utilisation_available") == Approx(0.5 / 0.8));
  CHECK(of("queue_time") == Approx(3));
  CHECK(of("queue_time_max") == Approx(9));
  CHECK(of("queue_length") == Approx(2));
  CHECK(of("visits") == Approx(4));
  CHECK(of("batch_size") == Approx(2.5));
}

TEST_CASE("Every key figure of queue-time windows, by hand", "[fab]") {
  const Model model = line();
  auto k = figures(model, observed(model));
  for (const std::string labels : {"", "[constraint=A/a->b]"}) {
    CHECK(k.at("fab.queue_time_violations" + labels) == Approx(0.4));
    CHECK(k.at("fab.queue_time_violations_1h" + labels) == Approx(0.25));
    CHECK(k.at("fab.queue_time_violations_2h" + labels) == Approx(0.1));
    CHECK(k.at("fab.queue_time_violations_4h" + labels) == Approx(0.05));
    CHECK(k.at("fab.queue_time_excess" + labels) == Approx(2));
    CHECK(k.at("fab.queue_time_slack" + labels) == Approx(0.5));
  }
}

TEST_CASE("The registry names what is computed, and nothing else", "[fab]") {
  const Model model = line();
  const Observations seen = observed(model);
  std::set<std::string> computed, registered;
  for (const auto& s : kpis(model, std::span(&seen, 1))) computed.insert(s.info.name);
  for (const auto& info : kpi_registry()) registered.insert(info.name);
  CHECK(computed == registered);
}

TEST_CASE("A figure without anything behind it is missing, not nought", "[fab]") {
  const Model model = line();
  Observations seen = observed(model);
  seen.flows[0].with_due_date = seen.flows[0].on_time = 0;
  seen.flows[0].tardiness = 0;
  seen.windows[0] = {};
  seen.groups[0].visits = seen.groups[0].jobs = 0;
  seen.finished.clear();
  auto k = figures(model, seen);
  for (const char* name : {"fab.cycle_time", "fab.cycle_time_p95", "fab.x_factor", "fab.on_time", "fab.tardiness",
                           "fab.queue_time_violations", "fab.queue_time[tool_group=E]", "fab.batch_size[tool_group=E]"})
    CHECK(std::isnan(k.at(name)));
}

TEST_CASE("Lots in process at the start leave the line like others, and have no cycle time", "[fab]") {
  Fab f = fab({group("E")}, {step("a", "E", 10)});
  f.lots = {waiting_at(lot("L"), "a"), waiting_at(lot("M"), "a"), lot("N", 25)};
  const Run r = run(f, 40);
  auto k = figures(r.model, r.seen);
  CHECK(k.at("fab.throughput") == Approx(3 / (40.0 / 1440)));
  CHECK(k.at("fab.cycle_time") == Approx(10.0 / 1440));
  CHECK(k.at("fab.wip") == Approx((10 + 20 + 10) / 40.0));
  CHECK(k.at("fab.queue_length[tool_group=E]") == Approx(10 / 40.0));
}

} // namespace
} // namespace centresim::fab
