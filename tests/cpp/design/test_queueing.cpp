// Long runs against closed forms of queueing theory, replications of fixed seeds, |z| < 4. A service takes 100 s.
#include "support.hpp"

#include <map>

namespace centresim::design {
namespace {
using namespace test;

constexpr double kService = 100;
constexpr std::int64_t kPlenty = 100'000; // cores that never run out

// Jobs of one core at a load of `load` services.
Floor farm(double load, std::int64_t cores) {
  Floor f = pool(cores);
  f.streams = {stream("s", exponential(kService / load), exponential(kService))};
  return f;
}
// The same on plenty of cores, every job with a token.
Floor licensed(double load, std::int64_t tokens, Acquire acquire) {
  Floor f = farm(load, kPlenty);
  f.policy.kill_at_request = false;
  f.features = {feature("f", tokens, acquire)};
  f.streams[0].tokens = {{"f", 1, 0}};
  return f;
}
// So many jobs a replication.
Span jobs(double count, double load) {
  const double time = count * kService / load;
  return span(time * 1.05, time * 0.05);
}

double share_waiting(const FlowSums& f) { // of jobs that did not start at once
  return 1 - static_cast<double>(f.waits.counts()[0]) / static_cast<double>(f.started);
}
double wait(const FlowSums& f) { // in services
  return Run::in_seconds(f.wait) / static_cast<double>(f.started) / kService;
}
double turnaround(const FlowSums& f) {
  return Run::in_seconds(f.turnaround) / static_cast<double>(f.started) / kService;
}
double exhausted(const Observations& o) { return per_tick(o.features[0].exhausted, o); }

double erlang_b(double a, int n) {
  double b = 1;
  for (int i = 1; i <= n; i++) b = a * b / (i + a * b);
  return b;
}
double erlang_c(double a, int n) {
  const double b = erlang_b(a, n);
  return n * b / (n - a * (1 - b));
}

// ---- licences -------------------------------------------------------------------------------------------------------

struct Engset {
  double exhausted = 0, busy = 0;
};
Engset engset(int users, double alpha, int tokens) {
  double term = 1, sum = 0, busy = 0;
  for (int k = 0; k <= tokens; k++) {
    sum += term;
    busy += k * term;
    if (k < tokens) term *= (users - k) * alpha / (k + 1);
  }
  return {term / sum, busy / sum};
}

TEST_CASE("Engset: users outside the scheduler", "[design][oracle]") {
  const Engset all = engset(40, 0.25, 10), others = engset(39, 0.25, 10);
  CHECK(all.exhausted == Approx(0.1280).margin(5e-5));
  CHECK(all.busy == Approx(7.232).margin(5e-4));
  CHECK(others.exhausted == Approx(0.1172).margin(5e-5));
  Floor f = pool(1);
  f.jobs = {job("x", 0, 1)};
  f.features = {feature("f", 10)};
  f.features[0].users = 40;
  f.features[0].think = exponential(4 * kService);
  f.features[0].hold = exponential(kService);
  check_means(f, span(210'000, 10'000),
              {{all.exhausted, exhausted},
               {all.busy, [](const Observations& o) { return per_tick(o.features[0].outside, o); }},
               {others.exhausted, // an attempt sees the others alone
                [](const Observations& o) {
                  return static_cast<double>(o.features[0].outside_denials) /
                         static_cast<double>(o.features[0].outside_tries);
                }}});
}

// Denied once and held back beyond the horizon: lost. What is lost does not depend on the law of the run times.
TEST_CASE("Erlang's B: jobs that are denied and do not come back", "[design][oracle]") {
  for (const auto& [load, tokens, lost] : {std::tuple{10.0, 12, 0.1197}, {20.0, 25, 0.0502}}) {
    CHECK(erlang_b(load, tokens) == Approx(lost).margin(5e-5));
    for (const auto& law : {exponential(kService), fixed(kService)}) {
      Floor f = licensed(load, tokens, Acquire::requeue);
      f.streams[0].run = law;
      f.features[0].first_try = {};
      f.features[0].back_off = f.features[0].back_off_max = seconds(1e9);
      check_means(f, jobs(20'000, load), {{erlang_b(load, tokens), [](const Observations& o) {
                                             const FeatureSums& x = o.features[0];
                                             return static_cast<double>(x.denials) /
                                                    static_cast<double>(x.denials + x.checkouts);
                                           }}});
    }
  }
}

TEST_CASE("Erlang's C: cores, and tokens that the scheduler reserves", "[design][oracle]") {
  CHECK(erlang_c(10, 12) == Approx(0.4494).margin(5e-5));
  CHECK(erlang_c(20, 25) == Approx(0.2091).margin(5e-5));
  const auto queue = [](const Observations& o) { return per_tick(o.farm.queued, o); };
  for (const bool cores : {true, false}) {
    const double p = erlang_c(10, 12), q = erlang_c(20, 25);
    check_means(cores ? farm(10, 12) : licensed(10, 12, Acquire::reserved), jobs(20'000, 10),
                {{p, [](const Observations& o) { return share_waiting(o.flows[0]); }},
                 {p / 2, [](const Observations& o) { return wait(o.flows[0]); }},
                 {p / 2 * 10, queue}});
    check_means(cores ? farm(20, 25) : licensed(20, 25, Acquire::reserved), jobs(40'000, 20),
                {{q, [](const Observations& o) { return share_waiting(o.flows[0]); }},
                 {q / 5, [](const Observations& o) { return wait(o.flows[0]); }},
                 {q / 5 * 20, queue}});
  }
}

TEST_CASE("Waiting jobs that want a token are counted as such", "[design][oracle]") {
  const double p = erlang_c(10, 12);
  check_means(licensed(10, 12, Acquire::reserved), jobs(20'000, 10),
              {{p, exhausted}, // Poisson arrivals see time averages
               {p / 2 * 10, [](const Observations& o) { return per_tick(o.features[0].wanting, o); }},
               {10, [](const Observations& o) { return per_tick(o.features[0].used, o); }}});
}

TEST_CASE("Queue in the tool burns as many cores as Erlang's queue is long", "[design][oracle]") {
  struct Case {
    double load;
    int tokens;
    double burned;
  };
  for (const auto& [load, tokens, burned] : {Case{20, 25, 0.836}, Case{10, 12, 2.247}}) {
    const double p = erlang_c(load, tokens), w = p / (tokens - load);
    CHECK(load * w == Approx(burned).margin(5e-4));
    check_means(licensed(load, tokens, Acquire::queue), jobs(2'000 * load, load),
                {{load * w, [](const Observations& o) { return per_tick(o.farm.burned, o); }},
                 {load * w + load, [](const Observations& o) { return per_tick(o.farm.used, o); }},
                 {p,
                  [](const Observations& o) {
                    return static_cast<double>(o.features[0].waited) / static_cast<double>(o.features[0].checkouts);
                  }},
                 {w, [](const Observations& o) {
                    return Run::in_seconds(o.features[0].wait) / static_cast<double>(o.features[0].checkouts) /
                           kService;
                  }}});
  }
}

TEST_CASE("Fail and requeue lies between the slow limit and Erlang's C", "[design][oracle]") {
  // the slow limit: all tries together as Poisson arrivals, x (1 - B(x, n)) = a
  const auto slow_limit = [](double a, int n) {
    double x = a;
    for (int i = 0; i < 1000; i++) x = a / (1 - erlang_b(x, n));
    return erlang_b(x, n);
  };
  CHECK(slow_limit(10, 12) == Approx(0.2500).margin(5e-5));
  CHECK(slow_limit(20, 25) == Approx(0.0788).margin(5e-5));
  const auto all_busy = [&](double load, int tokens, double back_off) {
    Floor f = licensed(load, tokens, Acquire::requeue);
    f.features[0].first_try = {};
    f.features[0].back_off = f.features[0].back_off_max = seconds(back_off * kService);
    const double warmup = 10 * back_off * kService + 20'000;
    const Means m = measured(f, span(300'000 + warmup, warmup), {exhausted}, 5)[0];
    INFO("back-off " << back_off << ": " << m.mean << " +- " << m.error);
    CHECK(m.mean > slow_limit(load, tokens) - 4 * m.error);
    CHECK(m.mean < erlang_c(load, tokens) + 4 * m.error);
    return m.mean;
  };
  for (const auto& [load, tokens] : {std::pair{10.0, 12}, std::pair{20.0, 25}}) {
    const double slow = all_busy(load, tokens, 50), middle = all_busy(load, tokens, 1),
                 fast = all_busy(load, tokens, 0.02);
    CHECK(slow < middle);
    CHECK(middle < fast);
    CHECK(slow == Approx(slow_limit(load, tokens)).epsilon(0.1));
    CHECK(fast == Approx(erlang_c(load, tokens)).epsilon(0.15));
  }
}

// ---- priorities -----------------------------------------------------------------------------------------------------

Floor two_classes() {
  Floor f = pool(1);
  f.policy.order = Order::priority;
  f.streams = {stream("high", exponential(kService / 0.3), exponential(kService)),
               stream("low", exponential(kService / 0.4), exponential(kService))};
  f.streams[0].priority = 1;
  return f;
}

TEST_CASE("M/M/1 with two classes: preemptive resume", "[design][oracle]") {
  Floor f = two_classes();
  f.policy.preemption.kind = PreemptionKind::suspend;
  check_means(f, jobs(20'000, 0.7),
              {{1.4286, [](const Observations& o) { return turnaround(o.flows[0]); }},
               {4.7619, [](const Observations& o) { return turnaround(o.flows[1]); }}});
}

TEST_CASE("M/M/1 with two classes: nobody is interrupted", "[design][oracle]") {
  // Cobham: W1 = rho / (1 - rho1), W2 = rho / ((1 - rho1) (1 - rho))
  check_means(two_classes(), jobs(20'000, 0.7),
              {{0.7 / 0.7, [](const Observations& o) { return wait(o.flows[0]); }},
               {0.7 / (0.7 * 0.3), [](const Observations& o) { return wait(o.flows[1]); }}});
}

TEST_CASE("Fairshare: two accounts that always want more get what they were promised", "[design][oracle]") {
  Floor f = pool(10);
  f.policy.order = Order::fairshare;
  f.policy.fairshare.half_life = seconds(3600);
  f.accounts = {{"a", "", 2, true}, {"b", "", 1, true}};
  for (const char* account : {"a", "b"}) {
    f.streams.push_back(stream(account, exponential(kService / 11), exponential(kService)));
    f.streams.back().project = account;
  }
  const auto share = [](const Observations& o) {
    return static_cast<double>(o.flows[0].run) / static_cast<double>(o.flows[0].run + o.flows[1].run);
  };
  const Means m = measured(f, span(220'000, 20'000), {share}, 5)[0];
  CHECK(m.mean == Approx(2.0 / 3).margin(0.002)); // whole jobs, a memory of an hour
  CHECK(m.error < 0.001);
}

// ---- arrays, failures -----------------------------------------------------------------------------------------------

TEST_CASE("The makespan of an array is a harmonic sum", "[design][oracle]") {
  Floor f = pool(kPlenty);
  f.streams = {stream("s", fixed(20 * kService), exponential(kService))};
  f.streams[0].jobs = number(100);
  double harmonic = 0;
  for (int i = 1; i <= 100; i++) harmonic += 1.0 / i;
  CHECK(harmonic == Approx(5.1874).margin(5e-5));
  check_means(f, span(400'000, 0, true),
              {{harmonic,
                [](const Observations& o) {
                  std::map<Tick, Tick> makespan;
                  for (const JobTrace& t : o.jobs) makespan[t.submit] = std::max(makespan[t.submit], t.end - t.submit);
                  REQUIRE(o.jobs.size() == 100 * makespan.size());
                  double sum = 0;
                  for (const auto& [submit, time] : makespan) sum += Run::in_seconds(time) / kService;
                  return sum / static_cast<double>(makespan.size());
                }}},
              10, 0.05, {true});
}

// 200 jobs of 10 h on as many nodes, which fail every 10 h and are back at once.
Floor failing() {
  Floor f;
  f.node_classes = {node_class("n", 200, 1)};
  f.node_classes[0].mttf = exponential(36'000);
  f.node_classes[0].mttr = fixed(0.001);
  f.policy.kill_at_request = false;
  for (int i = 0; i < 200; i++) f.jobs.push_back(job(std::to_string(i), 0, 36'000));
  return f;
}
double hours(const Observations& o) {
  return Run::in_seconds(o.flows[0].turnaround) / static_cast<double>(o.flows[0].started) / 3600;
}

TEST_CASE("Restart from nothing after failures", "[design][oracle]") {
  const double expected = (std::exp(1.0) - 1) / 0.1;
  CHECK(expected == Approx(17.183).margin(5e-4));
  check_means(failing(), kUntilEmpty,
              {{expected, hours},
               {expected - 10, [](const Observations& o) { return to_seconds(o.farm.lost_failure) / 200 / 3600; }}},
              20, 0.05);
}

TEST_CASE("Restart from checkpoints after failures", "[design][oracle]") {
  // five pieces of 2 h, a checkpoint of 0.1 h after each but the last: nothing is left to be kept then
  const auto piece = [](double h) { return (std::exp(0.1 * h) - 1) / 0.1; };
  CHECK(5 * piece(2.1) == Approx(11.684).margin(5e-4));
  for (const bool on_demand : {false, true}) { // without anybody who demands
    Floor f = failing();
    f.policy.preemption.kind = on_demand ? PreemptionKind::checkpoint_on_demand : PreemptionKind::checkpoint;
    f.policy.preemption.every = seconds(7200);
    f.policy.preemption.write = seconds(360);
    check_means(f, kUntilEmpty, {{4 * piece(2.1) + piece(2), hours}});
  }
}

TEST_CASE("Availability of nodes that fail", "[design][oracle]") {
  Floor f;
  f.node_classes = {node_class("n", 50, 4)};
  f.node_classes[0].mttf = exponential(900);
  f.node_classes[0].mttr = exponential(100);
  f.jobs = {job("x", 0, 1)};
  check_means(f, span(100'000, 10'000), {{0.1 * 200, [](const Observations& o) { return per_tick(o.farm.down, o); }}});
}

// ---- what streams draw ----------------------------------------------------------------------------------------------

TEST_CASE("Arrivals follow the profile of the week", "[design][oracle]") {
  Floor f = pool(kPlenty);
  f.streams = {stream("s", exponential(30), fixed(1))};
  f.streams[0].profile = "week";
  Profile p{"week", std::vector<double>(168, 0.5)};
  for (std::size_t h = 0; h < 120; h++)
    if (h % 24 >= 8 && h % 24 < 19) p.rates[h] = 3 + 0.1 * static_cast<double>(h % 24);
  f.profiles = {p};
  constexpr int weeks = 6;
  Span s = span(weeks * 7 * 86400.0);
  s.week_offset = 3 * core::kTicksPerDay + 5 * core::kTicksPerHour; // begins on Thursday at 5
  const Run r = run(f, s);
  const double mean = std::accumulate(p.rates.begin(), p.rates.end(), 0.0) / 168;
  std::vector<double> seen(168);
  for (const JobTrace& t : r.seen.jobs)
    seen[static_cast<std::size_t>((t.submit + s.week_offset) / core::kTicksPerHour) % 168]++;
  double chi2 = 0;
  for (std::size_t h = 0; h < 168; h++) {
    const double expected = weeks * 120 * p.rates[h] / mean;
    chi2 += (seen[h] - expected) * (seen[h] - expected) / expected;
  }
  INFO("chi-square " << chi2 << " of 168 hours");
  CHECK(chi2 > 168 - 4 * std::sqrt(2 * 168.0));
  CHECK(chi2 < 168 + 4 * std::sqrt(2 * 168.0));
}

TEST_CASE("Heavy tails: the share of the largest jobs in all work", "[design][oracle]") {
  const double sigma = 1.97, cv = std::sqrt(std::exp(sigma * sigma) - 1);
  Floor f = pool(10'000'000);
  f.streams = {stream("s", fixed(1), law(core::LawKind::lognormal, {1e5, 0}))};
  f.streams[0].run.parameters[1] = cv;
  const auto top = [](double share) {
    return [share](const Observations& o) {
      std::vector<double> work;
      for (const JobTrace& t : o.jobs) work.push_back(static_cast<double>(t.end - t.start));
      std::ranges::sort(work, std::greater{});
      const auto n = static_cast<std::ptrdiff_t>(share * static_cast<double>(work.size()));
      return std::accumulate(work.begin(), work.begin() + n, 0.0) / std::accumulate(work.begin(), work.end(), 0.0);
    };
  };
  check_means(f, span(60'000, 0, true), {{0.361, top(0.01)}, {0.627, top(0.05)}}, 10, 0.01, {true});
}

TEST_CASE("Run times are cut at run_max", "[design][oracle]") {
  Floor f = farm(10, kPlenty);
  f.streams[0].run_max = seconds(1.5 * kService);
  check_means(f, jobs(20'000, 10),
              {{1 - std::exp(-1.5), [](const Observations& o) { return turnaround(o.flows[0]); }}});
  const Run r = run(f, jobs(20'000, 10));
  Tick longest = 0;
  for (const JobTrace& t : r.seen.jobs) longest = std::max(longest, t.end < 0 ? 0 : t.end - t.start);
  CHECK(longest == ticks(1.5 * kService));
}

} // namespace
} // namespace centresim::design
