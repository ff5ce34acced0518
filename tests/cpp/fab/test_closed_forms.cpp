// Long runs against closed forms of queueing theory: 20 replications of fixed seeds, |z| < 4. Means in minutes.
#include "support.hpp"

#include <cmath>
#include <functional>

namespace centresim::fab {
namespace {
using namespace test;

using Measure = std::function<double(const Observations&)>;

struct Expected {
  double mean;
  Measure measure;
};

// Whether the means of 20 replications agree with what is expected.
void check_means(const Fab& f, const Span& s, const std::vector<Expected>& all) {
  for (const Fault& fault : find_faults(f)) FAIL(fault.rule);
  const Simulation simulation(f, s);
  core::NoPulse pulse;
  std::vector<std::vector<double>> values(all.size());
  for (std::uint64_t r = 0; r < 20; r++) {
    const auto seen = simulation.run(2026, r, pulse);
    for (std::size_t i = 0; i < all.size(); i++) values[i].push_back(all[i].measure(*seen));
  }
  for (std::size_t i = 0; i < all.size(); i++) {
    const auto n = static_cast<double>(values[i].size());
    const double mean = std::accumulate(values[i].begin(), values[i].end(), 0.0) / n;
    double squares = 0;
    for (const double v : values[i]) squares += (v - mean) * (v - mean);
    const double error = std::sqrt(squares / (n - 1) / n);
    const double z = (mean - all[i].mean) / error;
    INFO("expected " << all[i].mean << ", mean " << mean << " +- " << error << ", z = " << z);
    CHECK(std::abs(z) < 4);
    CHECK(error < 0.05 * all[i].mean); // or the test says nothing
  }
}
void check_mean(const Fab& f, const Span& s, double expected, const Measure& measure) {
  check_means(f, s, {{expected, measure}});
}

double cycle_time(const Observations& o) {
  double sum = 0;
  for (const FinishedLot& l : o.finished) sum += Run::in_minutes(l.cycle_time);
  return sum / static_cast<double>(o.finished.size());
}
double queue_time(const StepSums& s) { return Run::in_minutes(s.queued) / static_cast<double>(s.visits); }

// One group, Poisson arrivals.
Fab queue(double rate, std::int64_t tools, Distribution time) {
  Fab f = fab({group("E", tools)}, {step("a", "E", std::move(time))});
  f.releases = {release(exponential(1 / rate))};
  return f;
}
const Span kLong = span(110'000, 10'000);

TEST_CASE("M/M/1: W = 1 / (mu - lambda)", "[fab][oracle]") {
  // and work in process by Little's law
  const auto in_process = [](const Observations& o) {
    return static_cast<double>(o.wip_integral) / static_cast<double>(o.window_end - o.window_start);
  };
  check_means(queue(0.9, 1, exponential(1)), kLong, {{10, cycle_time}, {9, in_process}});
}

TEST_CASE("M/M/5: Erlang's C", "[fab][oracle]") {
  check_mean(queue(4.5, 5, exponential(1)), span(33'000, 3'000), 2.524986, cycle_time);
}

TEST_CASE("M/D/1: half the wait of M/M/1", "[fab][oracle]") {
  check_mean(queue(0.9, 1, fixed(1)), kLong, 4.5 + 1, cycle_time);
}

TEST_CASE("M/G/1 with breakdowns of the busy clock: completion times", "[fab][oracle]") {
  // E[C] = 1 / A = 1.05, E[C^2] = 2 / A^2 + 200 / 200 = 3.205; W = 0.8 E[C^2] / (2 (1 - 0.84)) + 1.05
  Fab f = queue(0.8, 1, exponential(1));
  Breakdown b;
  b.mttf = exponential(200);
  b.mttr = exponential(10);
  b.clock = FailureClock::busy;
  f.tool_groups[0].breakdowns = {b};
  check_mean(f, span(220'000, 20'000), 9.0625, cycle_time);
}

TEST_CASE("M/G/1 with breakdowns of the calendar clock", "[fab][oracle]") {
  // Wq = (lambda E[C^2] + xi (A - rho) E[R^2]) / 2 / (1 - lambda E[C])
  Fab f = queue(0.8, 1, exponential(1));
  Breakdown b;
  b.mttf = exponential(200);
  b.mttr = exponential(10);
  f.tool_groups[0].breakdowns = {b};
  const double up = 200.0 / 210, wait = (0.8 * 3.205 + (up - 0.8) * 200 / 200) / 2 / (1 - 0.84);
  const auto down = [](const Observations& o) {
    return static_cast<double>(o.groups[0].state[0]) / static_cast<double>(o.window_end - o.window_start);
  };
  check_means(f, span(220'000, 20'000), {{wait + 1.05, cycle_time}, {10.0 / 210, down}});
}

TEST_CASE("non-preemptive priorities: Cobham", "[fab][oracle]") {
  Fab f = queue(0.3, 1, exponential(1));
  f.releases[0].priority = 1;
  add_product(f, "B", {step("a", "E", exponential(1))});
  f.releases.push_back(release(exponential(1 / 0.6), "B"));
  const double w0 = 0.9; // sum of lambda E[S^2] / 2
  check_means(f, kLong,
              {{w0 / 0.7, [](const Observations& o) { return queue_time(o.steps[0]); }},
               {w0 / (0.7 * 0.1), [](const Observations& o) { return queue_time(o.steps[1]); }}});
}

TEST_CASE("full-batch server M/M^4/1", "[fab][oracle]") {
  Fab f = fab({group("F")}, {batch_step(step("a", "F", exponential(1)), 4, 4)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.releases = {release(exponential(1 / 3.2))};
  double sigma = 0.5;
  for (int i = 0; i < 200; i++) sigma = std::pow(3.2 / (3.2 + 1 - sigma), 4);
  const double expected = 3 / (2 * 3.2) + sigma / (1 - sigma) + 1;
  CHECK(expected == Approx(3.7361).epsilon(1e-4));
  check_mean(f, span(33'000, 3'000), expected, cycle_time);
}

TEST_CASE("forming a batch of k takes (k - 1) / (2 lambda) on average", "[fab][oracle]") {
  Fab f = fab({group("F", 12)}, {batch_step(step("a", "F", 5), 5, 5)});
  f.tool_groups[0].batch_mix = BatchMix::route_step;
  f.releases = {release(exponential(0.5))};
  check_mean(f, span(11'000, 1'000), 4 * 0.5 / 2, [](const Observations& o) { return queue_time(o.steps[0]); });
}

TEST_CASE("rework with probability p: geometric visits, product form", "[fab][oracle]") {
  Fab f = fab({group("D"), group("E")}, {step("d", "D", 0), step("a", "E", exponential(1))});
  f.routes[0].steps[1].rework_to = "d";
  f.routes[0].steps[1].rework = 0.1;
  f.releases = {release(exponential(1 / 0.8))};
  const auto visits = [](const Observations& o) {
    return static_cast<double>(o.steps[1].visits) / static_cast<double>(o.flows[0].finished);
  };
  check_means(f, span(55'000, 5'000), {{10, cycle_time}, {1 / 0.9, visits}}); // 9 a pass
}

TEST_CASE("sampling: a share of the lots, and a lighter load", "[fab][oracle]") {
  Fab f = fab({group("D"), group("E")}, {step("d", "D", 0), step("a", "E", exponential(1))});
  f.routes[0].steps[1].sampling = 0.4;
  f.releases = {release(exponential(0.5))};
  const auto visits = [](const Observations& o) {
    return static_cast<double>(o.steps[1].visits) / static_cast<double>(o.steps[0].visits);
  };
  check_means(f, span(22'000, 2'000),
              {{0.4, visits}, {0.8 / (1 - 0.8), [](const Observations& o) { return queue_time(o.steps[1]); }}});
}

TEST_CASE("re-entrant line of exponential stations: product form", "[fab][oracle]") {
  const auto e1 = exponential(0.27), e2 = exponential(0.35), e3 = exponential(1.2);
  Fab f = fab({group("E"), group("F"), group("G", 2)}, {step("1", "E", e1), step("2", "F", e2), step("3", "G", e3),
                                                        step("4", "E", e1), step("5", "F", e2), step("6", "E", e1)});
  f.releases = {release(exponential(1))};
  for (ToolGroup& g : f.tool_groups) g.location = "x";
  f.transport = {{"x", "x", uniform(2, 1)}};
  // Loads 0.81, 0.7, 0.6 (of two); sum of the stations, and five ways of 2 min.
  const double expected = 3 * 0.27 / (1 - 0.81) + 2 * 0.35 / (1 - 0.7) + 1.2 / (1 - 0.36) + 5 * 2;
  check_mean(f, span(55'000, 5'000), expected, cycle_time);
}

TEST_CASE("M/M/1: the tail of the wait, measured by a queue-time window", "[fab][oracle]") {
  // In hours: P(W > t) = 0.8 exp(-0.2 t); limit 5 h.
  Fab f = fab({group("D"), group("E")}, {step("d", "D", 0), step("a", "E", exponential(60))});
  f.routes[0].steps[0].queue_time_to = "a";
  f.routes[0].steps[0].queue_time_limit = minutes(300);
  f.releases = {release(exponential(75))};
  const Span s = span(60 * 55'000, 60 * 5'000);
  const auto share = [](std::int64_t WindowSums::* broken) {
    return [broken](const Observations& o) {
      return static_cast<double>(o.windows[0].*broken) / static_cast<double>(o.windows[0].closed);
    };
  };
  const auto excess = [](const Observations& o) {
    return Run::in_minutes(o.windows[0].excess) / static_cast<double>(o.windows[0].closed);
  };
  // The mean excess over the limit, of all lots, is the integral of the tail: 5 h times it.
  check_means(f, s,
              {{0.8 * std::exp(-1.0), share(&WindowSums::broken)},
               {0.8 * std::exp(-1.2), share(&WindowSums::broken_1h)},
               {0.8 * std::exp(-1.4), share(&WindowSums::broken_2h)},
               {0.8 * std::exp(-1.8), share(&WindowSums::broken_4h)},
               {0.8 * std::exp(-1.0) * 300, excess}});
}

TEST_CASE("a saturated cascading tool passes a wafer every max(c, p - c)", "[fab][oracle]") {
  for (const double c : {0.75, 0.3}) {
    Fab f = fab({group("E")}, {step("a", "E", 1)});
    f.tool_groups[0].cascading = true;
    f.routes[0].steps[0].per = ProcessUnit::wafer;
    f.routes[0].steps[0].interval = minutes(c);
    f.releases = {release(fixed(1), "A", 5)};
    const Run r = run(f, 5'000);
    const double interval = std::max(c, 1 - c), lots = static_cast<double>(r.seen.counts.lots_finished);
    CHECK(std::abs(lots - 5'000 / (5 * interval)) < 2);
  }
}

} // namespace
} // namespace centresim::fab
