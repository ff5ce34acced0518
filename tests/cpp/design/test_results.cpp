// Key figures and arrays of a floor: from observations written by hand, and against sums over the jobs of a run.
#include "project_support.hpp"

#include "centresim/design/results.hpp"

#include <map>
#include <set>

namespace centresim::design {
namespace {
using namespace test;
using core::kTicksPerDay;
using core::kTicksPerHour;

std::map<std::string, double> figures(const Model& model, const Observations& o) {
  std::map<std::string, double> all;
  for (const auto& k : kpis(model, std::span(&o, 1))) all[experiment::kpi_label(k.info, k.labels)] = k.values.at(0);
  return all;
}
template <class T> const std::vector<T>& values(const experiment::Tree& tree, const char* group, const char* name) {
  for (const experiment::Variable& v : tree.at(group).variables)
    if (v.name == name) return std::get<std::vector<T>>(v.values);
  FAIL("no " << group << "/" << name);
  throw std::logic_error(name);
}
std::int64_t total(const std::vector<std::int64_t>& v) { return std::accumulate(v.begin(), v.end(), std::int64_t{0}); }

// ---- by hand --------------------------------------------------------------------------------------------------------

// Two classes of nodes, two features, two kinds of jobs.
Model model() {
  Floor f;
  f.node_classes = {node_class("a", 2, 8), node_class("b", 1, 4)};
  f.node_classes[0].memory = 100;
  f.node_classes[1].memory = 50;
  f.node_classes[0].idle_power = 100;
  f.node_classes[0].busy_power = 300;
  f.node_classes[0].cost = 0.5;
  f.node_classes[1].cost = 2;
  f.features = {feature("dc", 4, Acquire::queue), feature("vcs", 10)};
  f.features[1].users = 1;
  f.features[1].think = f.features[1].hold = exponential(1);
  f.features[1].cost = 3650;
  f.waiting_cost = 100;
  f.jobs = {job("x", 0, 1), job("y", 0, 1)};
  f.jobs[1].kind = "other";
  return run(f, span(10)).model;
}

Observations observed() {
  Observations o;
  o.window_start = 2 * kTicksPerDay;
  o.window_end = 12 * kTicksPerDay; // 10 d; 200 core-days
  o.class_used = {Wide{80} * kTicksPerDay, Wide{20} * kTicksPerDay};
  o.class_down = {Wide{16} * kTicksPerDay, 0};
  FarmSums& f = o.farm;
  f.used = Wide{100} * kTicksPerDay;
  f.down = Wide{16} * kTicksPerDay;
  f.memory = Wide{500} * 1'000'000 * kTicksPerDay; // GB-days of 2500
  f.useful = Wide{75} * kTicksPerDay;
  f.lost_preemption = Wide{10} * kTicksPerHour;
  f.lost_memory = Wide{20} * kTicksPerHour;
  f.lost_failure = Wide{30} * kTicksPerHour;
  f.lost_walltime = Wide{40} * kTicksPerHour;
  f.burned = Wide{50} * kTicksPerHour;
  f.queued = Wide{70} * kTicksPerDay;
  f.lacking = Wide{36} * kTicksPerHour;
  f.preemptions = 15;
  f.out_of_memory = 5;
  o.flows.resize(2);
  o.sites.resize(1);
  FlowSums& x = o.flows[0];
  x.submitted = 120;
  x.ended = {60, 10, 20, 10};
  x.completed = 50;
  x.started = 80;
  x.wait = 160 * kTicksPerHour;
  x.turnaround = 400 * kTicksPerHour;
  x.slowdown = static_cast<Wide>(240 * kSlowdownUnit);
  x.bounded_slowdown = static_cast<Wide>(200 * kSlowdownUnit);
  x.with_due_date = 8;
  x.on_time = 6;
  x.restarts = 4;
  for (int i = 0; i < 80; i++) x.waits.add(i < 60 ? 0 : 10 * kTicksPerHour);
  o.flows[1].submitted = 30;
  o.flows[1].ended[0] = o.flows[1].completed = o.flows[1].started = 20;
  o.flows[1].waits.add(0);
  o.features.resize(2);
  for (FeatureSums& s : o.features) {
    s.by_hour.assign(kHoursOfWeek, 0);
    s.share_by_hour.assign(kHoursOfWeek * kShareClasses, 0);
  }
  FeatureSums& dc = o.features[0];
  dc.checkouts = 50;
  dc.waited = 10;
  dc.wait = 25 * kTicksPerHour;
  FeatureSums& v = o.features[1];
  v.used = Wide{60} * kTicksPerDay;
  v.outside = Wide{5} * kTicksPerDay;
  v.wanting = Wide{48} * kTicksPerHour;
  v.exhausted = Wide{1} * kTicksPerDay;
  v.checkouts = 40;
  v.denials = 30;
  v.outside_tries = 20;
  v.outside_denials = 5;
  v.users_blocked = 4;
  v.share_by_hour[3 * kShareClasses + 10] = 90;
  v.share_by_hour[4 * kShareClasses + 20] = 6;
  v.share_by_hour[5 * kShareClasses + 40] = 4;
  return o;
}

TEST_CASE("Every key figure of jobs, by hand", "[design][results]") {
  auto k = figures(model(), observed());
  const std::string x = "[kind=regular]", y = "[kind=other]";
  // flows are in byte order of their kinds: other, regular
  CHECK(k.at("design.wait" + y) == Approx(2));
  CHECK(k.at("design.wait_p50" + y) == 0);
  CHECK(k.at("design.wait_p95" + y) == Approx(10).epsilon(0.01));
  CHECK(k.at("design.wait_p99" + y) == Approx(10).epsilon(0.01));
  CHECK(k.at("design.turnaround" + y) == Approx(5));
  CHECK(k.at("design.slowdown" + y) == Approx(3));
  CHECK(k.at("design.bounded_slowdown" + y) == Approx(2.5));
  CHECK(k.at("design.submitted" + y) == Approx(12));
  CHECK(k.at("design.throughput" + y) == Approx(5));
  CHECK(k.at("design.completed_share" + y) == Approx(0.6));
  CHECK(k.at("design.walltime_share" + y) == Approx(0.1));
  CHECK(k.at("design.rejected_share" + y) == Approx(0.2));
  CHECK(k.at("design.failed_share" + y) == Approx(0.1));
  CHECK(k.at("design.restarts" + y) == Approx(0.05));
  CHECK(k.at("design.on_time" + y) == Approx(0.75));
  CHECK(std::isnan(k.at("design.on_time" + x))); // nobody has a due date
  CHECK(k.at("design.submitted") == Approx(15)); // all kinds
  CHECK(k.at("design.throughput") == Approx(7));
  CHECK(k.at("design.wait") == Approx(1.6));
  CHECK(k.at("design.completed_share") == Approx(80.0 / 120));
}

TEST_CASE("Every key figure of the farm, by hand", "[design][results]") {
  auto k = figures(model(), observed());
  CHECK(k.at("design.utilisation") == Approx(0.5));
  CHECK(k.at("design.effective_utilisation") == Approx(0.75));
  CHECK(k.at("design.availability") == Approx(1 - 16.0 / 200));
  CHECK(k.at("design.memory_utilisation") == Approx(500.0 / 2500));
  CHECK(k.at("design.queue_length") == Approx(7));
  CHECK(k.at("design.lost_preemption") == Approx(1));
  CHECK(k.at("design.lost_memory") == Approx(2));
  CHECK(k.at("design.lost_failure") == Approx(3));
  CHECK(k.at("design.lost_walltime") == Approx(4));
  CHECK(k.at("design.burned") == Approx(5));
  CHECK(k.at("design.preemptions") == Approx(1.5));
  CHECK(k.at("design.out_of_memory") == Approx(0.5));
  // class a: 18 node-days up at 100 W, 80 core-days more at (300 - 100) / 8 W; kWh a day
  CHECK(k.at("design.energy") == Approx((18 * 100 + 80 * 25) * 24.0 / 1000 / 10));
  CHECK(k.at("design.compute_cost") == Approx((80 * 0.5 + 20 * 2) * 24 / 10));
  // 48 h of jobs that waited without a core, 50 core-h of those on theirs at the mean price of (16 x 0.5 + 4 x 2) / 20
  CHECK(k.at("design.licence_wait_cost") == Approx((36 * 100 + 50 * 0.8) / 10));
}

TEST_CASE("Every key figure of licences, by hand", "[design][results]") {
  auto k = figures(model(), observed());
  const auto of = [&](const char* name, const char* feature) {
    return k.at(fmt::format("design.{}[feature={}]", name, feature));
  };
  CHECK(of("licence_utilisation", "vcs") == Approx(0.6));
  CHECK(of("licence_utilisation_p95", "vcs") == Approx(0.5));
  CHECK(of("licence_exhausted", "vcs") == Approx(0.1));
  CHECK(of("licence_waiting", "vcs") == Approx(0.2));
  CHECK(of("checkouts", "vcs") == Approx(4));
  CHECK(of("denials", "vcs") == Approx(3));
  CHECK(of("cost_per_token_hour", "vcs") == Approx(3650.0 * 10 * 10 / 365 / (60 * 24)));
  CHECK(of("outside_use", "vcs") == Approx(0.5));
  CHECK(of("outside_denied", "vcs") == Approx(0.25));
  CHECK(of("users_blocked", "vcs") == Approx(0.4));
  CHECK(of("checkout_wait", "dc") == Approx(0.5));
  CHECK(of("checkout_waits", "dc") == Approx(0.2));
  CHECK(of("licence_utilisation", "dc") == 0);
  CHECK_FALSE(k.contains("design.checkout_wait[feature=vcs]")); // jobs do not queue for it in their tools
  CHECK_FALSE(k.contains("design.outside_use[feature=dc]"));
}

// Two sites with a link, a dataset, limited storage and rented nodes; a feature that is lent and taken step by step.
Model model_of_sites() {
  Floor f;
  f.sites = {{"a", 1, {}, 0.5}, {"b", {}, {}, 0}};
  f.links = {{"ab", {"a", "b"}, 1, {}, {}, {}, {}, LicenceLoss::kill}};
  f.datasets = {{"d", "a", 1}};
  f.node_classes = {node_class("na", 1, 10), node_class("nb", 1, 4)};
  f.node_classes[0].site = "a";
  f.node_classes[1].site = "b";
  f.node_classes[1].cost = 2;
  f.node_classes[1].off_after = seconds(1);
  f.node_classes[1].rented = true;
  f.features = {feature("f", 10, Acquire::queue)};
  f.features[0].partitions = {{"p", 4, ""}};
  f.features[0].lend = true;
  f.policy.check_out = CheckOut::stepwise;
  f.jobs = {job("x", 0, 1)};
  f.jobs[0].site = "a";
  return run(f, span(10)).model;
}

Observations observed_sites() {
  Observations o;
  o.window_end = 10 * kTicksPerDay;
  o.class_used.resize(2);
  o.class_down.resize(2);
  o.class_on = {0, Wide{20} * kTicksPerDay};
  o.flows.resize(1);
  o.farm.boots = 30;
  o.farm.reclaims = 40;
  o.farm.moved = 25;
  o.farm.staged = 4;
  o.farm.staging = 2 * kTicksPerHour;
  o.farm.storage_delay = Wide{60} * kTicksPerHour;
  o.sites.resize(2);
  o.sites[0] = {Wide{50} * kTicksPerDay, Wide{30} * kTicksPerDay,        60,       40, 20,
                80 * kTicksPerHour,      Wide{2'500'000} * kTicksPerDay, 8'000'000};
  o.sites[1].submitted = 40;
  o.links = {{2 * kTicksPerDay, 8'000'000, 5}};
  o.features.resize(1);
  o.features[0].by_hour.assign(kHoursOfWeek, 0);
  o.features[0].share_by_hour.assign(kHoursOfWeek * kShareClasses, 0);
  o.features[0].on_loan = Wide{15} * kTicksPerDay;
  o.features[0].by_share = {Wide{70} * kTicksPerDay, Wide{20} * kTicksPerDay};
  o.features[0].deadlocks = 50;
  return o;
}

TEST_CASE("Every key figure of sites, by hand", "[design][results]") {
  auto k = figures(model_of_sites(), observed_sites());
  CHECK(k.at("design.utilisation[site=a]") == Approx(0.5)); // 50 of 100 core-days
  CHECK(k.at("design.queue_length[site=a]") == Approx(3));
  CHECK(k.at("design.throughput[site=a]") == Approx(2));
  CHECK(k.at("design.wait[site=a]") == Approx(2));
  CHECK(k.at("design.storage_load[site=a]") == Approx(0.25)); // 1 GB/s
  CHECK(k.at("design.storage_delay") == Approx(6));
  CHECK(k.at("design.moved_share") == Approx(0.25));
  CHECK(k.at("design.staging_time") == Approx(0.5));
  CHECK(k.at("design.egress_cost") == Approx(0.4)); // 8 GB in 10 d
  CHECK(k.at("design.link_down[link=ab]") == Approx(0.2));
  CHECK(k.at("design.licences_lost[link=ab]") == Approx(0.5));
  CHECK(k.at("design.transferred[link=ab]") == Approx(0.8));
  CHECK(k.at("design.boots") == Approx(3));
  CHECK(k.at("design.rented_cost") == Approx(96)); // 20 core-days of 24 h at 2, in 10 d
  CHECK(k.at("design.compute_cost") == Approx(96));
  CHECK(k.at("design.reclaims") == Approx(4));
  CHECK(k.at("design.licence_on_loan[feature=f]") == Approx(1.5));
  CHECK(k.at("design.share_use[feature=f, share=p]") == Approx(2));
  CHECK(k.at("design.share_use[feature=f, share=others]") == Approx(7));
  CHECK(k.at("design.deadlocks[feature=f]") == Approx(5));
}

TEST_CASE("Every key figure is in the registry, once, and comes out", "[design][results]") {
  std::set<std::string> names, seen;
  for (const experiment::KpiInfo& info : kpi_registry()) {
    CHECK(names.insert(info.name).second);
    CHECK_FALSE(info.unit.empty());
    CHECK_FALSE(info.meaning.empty());
  }
  const Observations o = observed();
  Model m = model();
  m.posted = true;
  for (const auto& k : kpis(m, std::span(&o, 1))) seen.insert(k.info.name);
  const Observations s = observed_sites();
  for (const auto& k : kpis(model_of_sites(), std::span(&s, 1))) seen.insert(k.info.name);
  Floor f = projects({human("work", 10), task("mpw", TaskType::shuttle, {"work"})});
  f.shuttles = {shuttle("s", 10, 10)};
  const Observations p = run_floor(f, horizon(30));
  for (const auto& k : kpis(compile(f, horizon(30)), std::span(&p, 1))) seen.insert(k.info.name);
  CHECK(seen == names);
}

TEST_CASE("Quantiles of waits are within one percent", "[design][results]") {
  WaitHistogram h;
  CHECK(std::isnan(h.quantile(0.5)));
  std::vector<double> all;
  double x = 1;
  for (int i = 0; i < 3000; i++, x *= 1.009) {
    h.add(static_cast<Tick>(x));
    all.push_back(std::floor(x));
  }
  for (const double p : {0.0, 0.1, 0.5, 0.95, 0.99, 1.0}) {
    const double exact = all[static_cast<std::size_t>(p * 2999)];
    CHECK(h.quantile(p) == Approx(exact).epsilon(0.01));
  }
  h.add(core::kNever);
  h.add(-5); // counts as 0
  CHECK(h.counts()[0] == 1);
  for (std::size_t i = 1; i < h.counts().size(); i++) CHECK(WaitHistogram::low(i) > WaitHistogram::low(i - 1));
}

// ---- against the jobs of a run --------------------------------------------------------------------------------------

Floor busy() {
  Floor f;
  f.node_classes = {node_class("a", 3, 8), node_class("b", 2, 4)};
  f.node_classes[0].memory = f.node_classes[1].memory = 64;
  f.features = {feature("f", 9)};
  f.streams = {stream("s", exponential(80), exponential(600)), stream("t", exponential(90), exponential(300))};
  f.streams[0].cores = {core::LawKind::integers, common::Dimension::number, {1, 3}, {}};
  f.streams[0].tokens = {{"f", 1, 0}};
  f.streams[1].memory = number(8);
  f.streams[1].due = seconds(900);
  f.policy.blocking = Blocking::skip;
  return f;
}

TEST_CASE("Sums over jobs agree with the table of jobs", "[design][results]") {
  for (const bool drain : {false, true}) {
    INFO("drain " << drain);
    const Run r = run(busy(), span(200'000, 50'000, drain));
    const Tick from = r.seen.window_start, to = r.seen.window_end;
    for (std::uint32_t flow = 0; flow < 2; flow++) {
      FlowSums sum;
      for (const JobTrace& t : r.seen.jobs) {
        if (t.source != 2 + flow) continue;
        sum.submitted += t.submit >= from && t.submit < to;
        if (t.end < from || (!drain && t.end >= to)) continue;
        sum.ended[0]++;
        sum.completed += t.end < to;
        sum.wait += t.start - t.submit;
        sum.wait_max = std::max(sum.wait_max, t.start - t.submit);
        sum.turnaround += t.end - t.submit;
        sum.run += t.end - t.start;
        sum.on_time += flow == 1 && t.end - t.submit <= ticks(900);
      }
      const FlowSums& seen = r.seen.flows[flow];
      CHECK(seen.submitted == sum.submitted);
      CHECK(seen.ended == sum.ended);
      CHECK(seen.started == sum.ended[0]);
      CHECK(seen.completed == sum.completed);
      CHECK(seen.wait == sum.wait);
      CHECK(seen.wait_max == sum.wait_max);
      CHECK(seen.turnaround == sum.turnaround);
      CHECK(seen.run == sum.run);
      CHECK(seen.on_time == sum.on_time);
      CHECK(sum.completed > 100);
      CHECK((drain ? sum.completed < sum.ended[0] : sum.completed == sum.ended[0]));
    }
  }
}

TEST_CASE("Integrals over time agree with the table of jobs", "[design][results]") {
  Floor f = busy(); // one core and one token a job, so that the table says it all
  f.streams[0].cores = number(1);
  f.streams[1].memory = number(0);
  f.streams[1].tokens = {};
  for (const bool drain : {false, true}) {
    INFO("drain " << drain);
    const Run r = run(f, span(200'000, 50'000, drain));
    const Tick from = r.seen.window_start, to = r.seen.window_end;
    const auto within = [&](Tick a, Tick b) { return std::max<Tick>(0, std::min(b, to) - std::max(a, from)); };
    Tick used = 0, tokens = 0, queued = 0, useful = 0;
    for (const JobTrace& t : r.seen.jobs) {
      const Tick start = t.start < 0 ? to : t.start, end = t.end < 0 ? to : t.end;
      queued += within(t.submit, start);
      used += within(start, end);
      tokens += t.source == 2 ? within(start, end) : 0;
      useful += t.end < 0 ? 0 : within(start, end);
    }
    CHECK(r.seen.farm.used == used);
    CHECK(r.seen.farm.queued == queued);
    CHECK(r.seen.farm.useful == useful);
    CHECK(r.seen.features[0].used == tokens);
    CHECK(queued > 0);
    auto k = figures(r.model, r.seen);
    CHECK(k.at("design.utilisation") == Approx(static_cast<double>(used) / (32.0 * 150e6)));
    CHECK(k.at("design.queue_length") == Approx(static_cast<double>(queued) / 150e6));
  }
}

TEST_CASE("Rates end at the horizon, however long the farm takes to run empty", "[design][results]") {
  Floor f = pool(1);
  for (int i = 0; i < 100; i++) f.jobs.push_back(job(std::to_string(i), 0, 3600));
  const Run r = run(f, span(10 * 3600.0, 0, true));
  CHECK(r.seen.flows[0].ended[0] == 100);
  CHECK(r.seen.flows[0].completed == 9); // the tenth ends at the boundary, in the next window
  auto k = figures(r.model, r.seen);
  CHECK(k.at("design.throughput") == Approx(9 * 2.4));
  CHECK(k.at("design.submitted") == Approx(240));
  CHECK(k.at("design.utilisation") == Approx(1));
  CHECK(k.at("design.effective_utilisation") == Approx(1));
  CHECK(k.at("design.wait") == Approx(49.5)); // of all of them
  CHECK(r.seen.last_end == ticks(360'000));
}

TEST_CASE("Arrays of a result fit together", "[design][results]") {
  Span s = span(14 * 86400.0, 3 * 86400.0);
  s.week_offset = 2 * kTicksPerDay + 30 * core::kTicksPerMinute;
  const Run r = run(busy(), s);
  const std::vector<Observations> two{r.seen, run(busy(), s, 1, 1).seen};
  experiment::Tree tree;
  add_results(tree, r.model, two);
  for (const auto& [path, group] : tree) { // every variable has the size that its dimensions say
    std::map<std::string, std::size_t> sizes{{"replication", 2}};
    for (const auto& [name, n] : group.dimensions) sizes[name] = n;
    for (const experiment::Variable& v : group.variables) {
      INFO(path << "/" << v.name);
      std::size_t n = 1;
      for (const std::string& d : v.dimensions) n *= sizes.at(d);
      CHECK(std::visit([](const auto& x) { return x.size(); }, v.values) == n);
      CHECK_FALSE(v.long_name.empty());
    }
  }
  const auto& flows = two[0].flows;
  CHECK(total(values<std::int64_t>(tree, "design/waits", "jobs")) ==
        flows[0].started + flows[1].started + two[1].flows[0].started + two[1].flows[1].started);
  CHECK(values<std::int64_t>(tree, "design/kinds", "completed").at(1) == flows[1].completed);
  CHECK(total(values<std::int64_t>(tree, "design/features", "share_by_hour")) == 2 * 11 * kTicksPerDay);
  CHECK(Wide{total(values<std::int64_t>(tree, "design/features", "used_by_hour"))} ==
        two[0].features[0].used + two[1].features[0].used);
  const auto& seconds_used = values<std::int64_t>(tree, "design/features", "used");
  CHECK(seconds_used.at(0) == static_cast<std::int64_t>(two[0].features[0].used / 1000));
  CHECK(values<std::int64_t>(tree, "design/trace/jobs", "submit").size() == two[0].jobs.size() + two[1].jobs.size());
}

TEST_CASE("Tokens by hour of the week", "[design][results]") {
  Floor f = pool(4);
  f.features = {feature("f", 4)};
  f.jobs = {job("a", 1800, 7200, 1, {{"f", 3, 0}})};
  Span s = span(4 * 86400.0);
  s.week_offset = 5 * kTicksPerDay + 22 * kTicksPerHour; // Saturday 22:00
  const FeatureSums sums = run(f, s).seen.features[0];
  const std::size_t ten = 5 * 24 + 22;
  std::vector<std::int64_t> expected(kHoursOfWeek);
  expected[ten] = 3 * 1800'000;
  expected[ten + 1] = 3 * 3600'000;
  expected[ten + 2] = 3 * 1800'000; // Sunday 0:00 to 0:30
  CHECK(sums.by_hour == expected);
  CHECK(sums.share_by_hour[ten * kShareClasses] == 1800'000);
  CHECK(sums.share_by_hour[ten * kShareClasses + 30] == 1800'000); // 3 of 4
  CHECK(total(sums.share_by_hour) == 4 * kTicksPerDay);
}

TEST_CASE("Sums too large for the file are cut, not wrapped round", "[design][results]") {
  Observations o = observed();
  o.farm.used = Wide{1} << 100;
  o.flows[0].slowdown = Wide{1} << 90;
  experiment::Tree tree;
  add_results(tree, model(), std::span(&o, 1));
  CHECK(values<std::int64_t>(tree, "design", "used").at(0) == std::numeric_limits<std::int64_t>::max());
  CHECK(values<std::int64_t>(tree, "design/kinds", "slowdown_sum").at(0) == std::numeric_limits<std::int64_t>::max());
}

} // namespace
} // namespace centresim::design
