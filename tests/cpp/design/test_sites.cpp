// Sites, links, shared storage, nodes that are switched off; what is lent between projects; check-outs step by step.
// The rules stand in docs/theory/sites.md and compute-farm.md; a slow simulator written from them agrees job by job
// (tests/python/farm).
#include "support.hpp"

namespace centresim::design {
namespace {
using namespace test;

const TokenUse kOne{"f", 1, 0};

Floor two_sites(std::int64_t cores_a, std::int64_t cores_b) {
  Floor f;
  f.sites = {{"a", {}, {}, 0}, {"b", {}, {}, 0}};
  f.node_classes = {node_class("na", 1, cores_a), node_class("nb", 1, cores_b)};
  f.node_classes[0].site = "a";
  f.node_classes[1].site = "b";
  f.policy.kill_at_request = false;
  return f;
}
// 1 GB takes 10 s.
Link link(double rtt = 0) { return {"ab", {"a", "b"}, 0.8, seconds(rtt), {}, {}, seconds(600), LicenceLoss::kill}; }
Job at(std::string site, Job j) {
  j.site = std::move(site);
  return j;
}
Job of(std::string project, Job j) {
  j.project = std::move(project);
  return j;
}
std::string site_of(const Run& r, std::string_view name) { return r.model.sites[r.job(name).site].name; }

TEST_CASE("A site of its own for every job, or the one that can start it", "[design][sites]") {
  Floor f = two_sites(1, 2);
  f.jobs = {at("a", job("A", 0, 50)), at("a", job("B", 1, 10)), at("a", job("C", 2, 10)), at("a", job("D", 3, 10))};
  CHECK(run(f).schedule() == Lines{"A 0-50", "B 50-60", "C 60-70", "D 70-80"});
  f.policy.routing = Routing::local_first;
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-50", "B 1-11", "C 2-12", "D 50-60"});
  CHECK(site_of(r, "B") == "b");
  CHECK(site_of(r, "D") == "a"); // neither can start it
  CHECK(r.seen.farm.moved == 2);
  f.policy.routing = Routing::least_wait; // D: 47 s at home, (8 + 9) / 2 there
  CHECK(run(f).schedule() == Lines{"A 0-50", "B 1-11", "C 2-12", "D 11-21"});
}

TEST_CASE("A job waits for its data, others for the same transfer, and a copy is kept", "[design][sites]") {
  Floor f = two_sites(1, 8);
  f.links = {link(2)};
  f.datasets = {{"d", "a", 1}, {"e", "a", 2}};
  f.jobs = {at("b", job("A", 0, 5)), at("b", job("B", 6, 5)), at("b", job("C", 30, 5)), at("b", job("D", 31, 5)),
            at("b", job("E", 100, 5))};
  for (std::size_t i = 0; i < 5; i++) f.jobs[i].data = i == 3 ? "e" : "d";
  const Run all = run(f);
  CHECK(all.schedule() == Lines{"A 12-17", "B 12-17", "C 30-35", "D 53-58", "E 100-105"});
  CHECK(all.seen.links[0].transferred == 3'000'000);
  f.sites[1].cache = 2; // e pushes out d
  CHECK(run(f).schedule() == Lines{"A 12-17", "B 12-17", "C 30-35", "D 53-58", "E 112-117"});
}

TEST_CASE("A transfer that takes longer than any run is told", "[design][sites]") {
  Floor f = two_sites(1, 1);
  f.links = {link(1e9)}; // thirty years for a round trip
  f.links[0].bandwidth = 1e-9;
  f.datasets = {{"d", "a", 1e9}};
  f.jobs = {at("b", job("A", 0, 5))};
  f.jobs[0].data = "d";
  const Simulation simulation(f, kUntilEmpty);
  core::NoPulse pulse;
  std::string told;
  try {
    (void)simulation.run(1, 0, pulse);
  } catch (const core::ModelError& e) {
    told = e.what();
  }
  CHECK(told.find("1 jobs can never end") != std::string::npos);
  CHECK(told.find("1 wait for their data") != std::string::npos);
}

TEST_CASE("Licences over a link: a round trip before work, none while it is down, lost after the grace",
          "[design][sites]") {
  Floor f = two_sites(4, 4);
  f.links = {link(2)};
  f.links[0].mttf = fixed(40);
  f.links[0].mttr = fixed(20);
  f.links[0].grace = seconds(5);
  f.features = {feature("f", 2)};
  f.features[0].server = "a";
  f.jobs = {at("b", job("A", 0, 30, 1, {kOne})), at("b", job("B", 35, 30, 1, {kOne})),
            at("b", job("C", 50, 5, 1, {kOne})), at("a", job("D", 50, 5, 1, {kOne}))};
  Run r = run(f); // B has run 3 s of its work when the link fails at 40 s
  CHECK(r.schedule() == Lines{"A 0-32", "B 60-92", "C 60-67", "D 50-55"});
  CHECK(r.seen.links[0].licences_lost == 1);
  CHECK(to_seconds(r.seen.farm.lost_failure) == 8);
  f.links[0].lost = LicenceLoss::suspend; // 8 s are done by 45 s
  CHECK(run(f).schedule() == Lines{"A 0-32", "B 35-84", "C 60-67", "D 50-55"});
  f.links[0].grace = seconds(20); // repaired at that instant
  CHECK(run(f).schedule() == Lines{"A 0-32", "B 35-67", "C 60-67", "D 50-55"});
  f.features[0].sites = {"a"};
  f.jobs.erase(f.jobs.begin(), f.jobs.begin() + 3);
  CHECK(faults(f).empty());
}

TEST_CASE("Shared storage slows jobs down by the share of time they spend on it", "[design][sites]") {
  Floor f = two_sites(8, 1);
  f.sites[0].storage = 0.1;
  f.jobs = {at("a", job("A", 0, 10)), at("a", job("B", 0, 10)), at("a", job("C", 0, 10))};
  for (Job& j : f.jobs) j.io = 100, j.io_share = 1;
  f.jobs[1].io_share = 0.5;
  f.jobs[2].io = 50;
  const Run r = run(f);
  // rho = 2.5: A at 0.4, B at 1/1.75, C at 0.4. B ends at 17.5 s: A and C have done 7 s; then rho = 1.5.
  // Rates are rounded: up to a tick late.
  CHECK(r.end("B") == Approx(17.5).margin(0.0015));
  CHECK(r.end("A") == Approx(22).margin(0.0015));
  CHECK(r.end("C") == Approx(22).margin(0.0015));
  CHECK(to_seconds(r.seen.farm.storage_delay) == Approx(12 + 7.5 + 12).margin(0.01));
}

TEST_CASE("A node boots when it was off, and is paid for while it is on", "[design][sites]") {
  Floor f = pool(4);
  f.node_classes[0].boot = seconds(30);
  f.node_classes[0].off_after = seconds(60);
  f.node_classes[0].rented = true;
  f.policy.kill_at_request = false;
  f.jobs = {job("A", 0, 10), job("B", 5, 10), job("C", 80, 10), job("D", 200, 10)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-40", "B 5-40", "C 80-90", "D 200-240"});
  CHECK(r.seen.farm.boots == 2);
  CHECK(to_seconds(r.seen.class_on[0]) == 4 * (150 + 100));
}

TEST_CASE("What is on loan goes back to its owner", "[design][licences]") {
  Floor f = pool(9);
  f.features = {feature("f", 3)};
  f.features[0].partitions = {{"p", 2, ""}};
  f.features[0].lend = true;
  f.jobs = {of("q", job("A", 0, 100, 1, {kOne})), of("q", job("B", 1, 100, 1, {kOne})),
            of("q", job("C", 2, 100, 1, {kOne})), of("p", job("D", 10, 50, 1, {kOne}))};
  CHECK(run(f).schedule() == Lines{"A 0-100", "B 1-101", "C 2-102", "D 100-150"}); // nobody makes room
  f.policy.preemption.kind = PreemptionKind::kill;
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-100", "B 1-101", "C 60-160", "D 10-60"}); // the youngest on loan
  CHECK(r.seen.farm.reclaims == 1);
  CHECK(r.seen.farm.preemptions == 1);
  f.jobs[3].tokens = {{"f", 3, 0}}; // more than its share: it waits like everybody
  CHECK(run(f).schedule() == Lines{"A 0-100", "B 1-101", "C 2-102", "D 102-152"});
  f.features[0].lend = false;
  f.jobs[3].tokens = {kOne};
  CHECK(run(f).schedule() == Lines{"A 0-100", "B 100-200", "C 200-300", "D 200-250"});
}

TEST_CASE("Check-outs step by step: a deadlock is found and the youngest is denied", "[design][licences]") {
  Floor f = pool(9);
  f.policy.kill_at_request = false;
  f.policy.check_out = CheckOut::stepwise;
  f.features = {feature("x", 1, Acquire::queue), feature("y", 1, Acquire::queue)};
  for (Feature& x : f.features) x.back_off = seconds(6);
  const TokenUse x{"x", 1, 0}, y{"y", 1, 0};
  f.jobs = {job("Z", 0, 5, 1, {y, x}), job("A", 1, 10, 1, {x, y}), job("B", 2, 10, 1, {y, x})};
  // At 5 s A takes x and waits for y behind B, which takes y: neither can go on.
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"Z 0-5", "A 1-15", "B 11-25"});
  CHECK(r.seen.features[0].deadlocks + r.seen.features[1].deadlocks == 1);
  f.policy.check_out = CheckOut::bundle;
  CHECK(run(f).schedule() == Lines{"Z 0-5", "A 1-15", "B 2-25"});
}

TEST_CASE("EASY looks again when others take the tokens for which the head waits", "[design][sites]") {
  Floor f = pool(5);
  f.policy.kill_at_request = false;
  f.policy.backfill = Backfill::easy;
  f.features = {feature("f", 3)};
  f.features[0].users = 1;
  f.features[0].think = fixed(300); // then it takes the token that is left, and H can no longer have two at 1200 s
  f.features[0].hold = fixed(18'000);
  f.jobs = {job("R1", 0, 6000, 1, {kOne}), job("R2", 0, 1200, 1, {kOne}), job("H", 60, 600, 3, {{"f", 2, 0}}),
            job("C", 120, 3600, 3), job("X", 360, 12'000, 5)};
  const Run r = run(f, span(36'000));
  CHECK(r.start("C") == 300);
  CHECK(r.start("H") == 6000);
}

TEST_CASE("What a later site frees is used at the same instant by an earlier one", "[design][sites]") {
  for (const char* name : {"a", "c"}) { // before and after b
    Floor f = two_sites(1, 1);
    f.sites[0].name = f.node_classes[0].site = name;
    f.features = {feature("f", 1)};
    f.features[0].partitions = {{"p", 1, ""}};
    f.features[0].lend = true;
    f.policy.preemption.kind = PreemptionKind::suspend;
    f.jobs = {of("q", at(name, job("V", 0, 3600, 1, {kOne}))), at(name, job("W", 60, 600)),
              of("p", at("b", job("H", 600, 3600, 1, {kOne})))};
    CHECK(run(f).schedule() == Lines{"V 0-7200", "W 600-1200", "H 600-4200"});
  }
}

TEST_CASE("A round trip that a suspension interrupts is still to be paid", "[design][sites]") {
  Floor f = two_sites(1, 1);
  f.links = {link(600)};
  f.features = {feature("f", 1)};
  f.features[0].server = "a";
  f.policy.preemption.kind = PreemptionKind::suspend;
  f.jobs = {at("b", job("V", 0, 3600, 1, {kOne})), important(at("b", job("H", 60, 60)), 5)};
  f.policy.preemption.keep_tokens = true;
  CHECK(run(f).end("V") == 120 + 540 + 3600);
  f.policy.preemption.keep_tokens = false; // a check-out anew
  CHECK(run(f).end("V") == 120 + 600 + 3600);
}

TEST_CASE("A node that was off costs nothing by failing", "[design][sites]") {
  Floor f = pool(4);
  f.node_classes[0].off_after = seconds(60);
  f.node_classes[0].mttf = fixed(3600);
  f.node_classes[0].mttr = fixed(60);
  f.jobs = {job("A", 0, 10)};
  CHECK(to_seconds(run(f, span(7200)).seen.class_on[0]) == 4 * 70);
}

TEST_CASE("Work on shared storage is split at the edge of the window", "[design][sites]") {
  Floor f = two_sites(2, 1);
  f.sites[0].storage = 0.1;
  f.jobs = {at("a", job("A", 0, 12'600)), at("a", job("B", 0, 12'600))}; // 7 h at half the rate
  for (Job& j : f.jobs) j.io = 100, j.io_share = 1;
  const Observations o = run(f, span(28'800, 14'400)).seen;
  CHECK(to_seconds(o.farm.used) == 2 * 10'800);
  CHECK(to_seconds(o.farm.useful) == Approx(10'800).margin(1));
  CHECK(to_seconds(o.farm.storage_delay) == Approx(10'800).margin(1));
  const Observations half = run(f, span(18'000, 14'400)).seen; // they still run
  CHECK(to_seconds(half.farm.storage_delay) == Approx(3600).margin(1));
}

TEST_CASE("Who ends as data come in needs his own no longer", "[design][sites]") {
  Floor f = two_sites(1, 8);
  f.sites[1].cache = 1.5;
  f.links = {link()};
  f.datasets = {{"d", "a", 1}, {"e", "a", 1}};
  f.jobs = {at("b", job("A", 0, 10)), at("b", job("B", 10, 5)), at("b", job("C", 30, 5))};
  f.jobs[0].data = "d";
  f.jobs[1].data = f.jobs[2].data = "e"; // comes in at 20
  CHECK(run(f).schedule() == Lines{"A 10-20", "B 20-25", "C 30-35"});
  f.jobs[0].run = seconds(11);
  CHECK(run(f).schedule() == Lines{"A 10-21", "B 20-25", "C 40-45"}); // not kept
}

TEST_CASE("A farm that waits for a link to be repaired does run empty", "[design][sites]") {
  Floor f = two_sites(1, 1);
  f.links = {link()};
  f.links[0].mttf = fixed(1);
  f.links[0].mttr = fixed(1.2e7); // more than ten million tries
  f.features = {feature("f", 1, Acquire::requeue)};
  f.features[0].server = "a";
  f.features[0].first_try = {};
  f.features[0].back_off = f.features[0].back_off_max = seconds(1);
  f.jobs = {at("b", job("A", 5, 5, 1, {kOne}))};
  CHECK(run(f).end("A") > 1.2e7);
}

TEST_CASE("A link that often fails does not hide that a farm never runs empty", "[design][sites]") {
  Floor f = two_sites(1, 1);
  f.links = {link()};
  f.links[0].mttf = fixed(1);
  f.links[0].mttr = fixed(2); // down most of the time
  f.node_classes[1].mttf = fixed(4);
  f.node_classes[1].mttr = fixed(1);
  f.jobs = {at("b", job("A", 0, 5))};
  CHECK(model_error(f, span(10, 0, true)).starts_with("the farm does not run empty: 1 jobs"));
}

// ---- closed forms ---------------------------------------------------------------------------------------------------

// Processor sharing: mean time in system = service / (1 - load), whatever the law (Kleinrock II, 4.4).
TEST_CASE("Shared storage is processor sharing", "[design][oracle]") {
  for (const auto& law : {exponential(10), fixed(10)}) {
    Floor f = two_sites(1'000'000, 1);
    f.sites[0].storage = 0.1;
    JobStream s = stream("s", exponential(20), law);
    s.site = "a";
    s.io = 100;
    s.io_share = 1;
    f.streams = {s};
    check_means(f, span(420'000, 20'000), {{20, [](const Observations& o) {
                                              return Run::in_seconds(o.flows[0].turnaround) /
                                                     static_cast<double>(o.flows[0].started);
                                            }}});
  }
}

TEST_CASE("Transfers share a link evenly", "[design][oracle]") {
  Floor f = two_sites(1, 1'000'000);
  f.links = {link()};
  f.sites[1].cache = 0;
  for (int i = 0; i < 400; i++) { // as good as a dataset of its own for every job
    f.datasets.push_back({"d" + std::to_string(i), "a", 1});
    JobStream s = stream("s" + std::to_string(i), exponential(400 * 20), fixed(1));
    s.site = "b";
    s.kind = "s";
    s.data = f.datasets.back().name;
    f.streams.push_back(s);
  }
  // Jobs that meet a transfer of their dataset join it: 0.05 / 400 a second, for 20 s, is 1 in 400.
  check_means(f, span(420'000, 20'000), {{20, [](const Observations& o) {
                                            return Run::in_seconds(o.farm.staging) / static_cast<double>(o.farm.staged);
                                          }}});
}

TEST_CASE("Sites that share tokens are one pool", "[design][oracle]") { // Erlang's C, load 20 on 25: wait 0.0418
  Floor f = two_sites(1'000'000, 1'000'000);
  f.features = {feature("f", 25)};
  f.policy.routing = Routing::home;
  for (const char* site : {"a", "b"}) {
    JobStream s = stream(site, exponential(10), exponential(100)); // each a load of 10
    s.site = site;
    s.kind = "s";
    s.tokens = {kOne};
    f.streams.push_back(s);
  }
  check_means(f, span(4'200'000, 200'000), {{0.0418, [](const Observations& o) { // services
                                               return Run::in_seconds(o.flows[0].wait) /
                                                      static_cast<double>(o.flows[0].started) / 100;
                                             }}});
}

// ---- faults ---------------------------------------------------------------------------------------------------------

TEST_CASE("What can run nowhere where it may go", "[design][check]") {
  Floor f = two_sites(1, 2);
  f.features = {feature("f", 1)};
  f.features[0].sites = {"b"};
  f.jobs = {at("a", job("A", 0, 1)), at("b", job("B", 0, 1)), at("a", job("C", 0, 1))};
  f.jobs[0].cores = f.jobs[1].cores = 2;
  f.jobs[1].tokens = f.jobs[2].tokens = {kOne};
  CHECK(faults(f) ==
        Lines{"design.jobs.A.cores: 1 x 2 cores, 0 GB: does not fit the farm, not even the empty one: it can never run",
              "design.jobs.C.tokens: f: needs 1 tokens of 'f', which has 0: it can never run"});
  f.policy.routing = Routing::local_first;
  CHECK(faults(f).empty());
}

TEST_CASE("Sites, links and what refers to them", "[design][check]") {
  Floor f = two_sites(1, 1);
  f.jobs = {at("a", job("A", 0, 1)), job("B", 0, 1), at("c", job("C", 0, 1))};
  f.links = {link(), link()};
  f.links[1].name = "ba";
  f.links[1].sites = {"b", "a"};
  f.links.push_back(link());
  f.links[2].name = "loop";
  f.links[2].sites = {"a", "a"};
  f.datasets = {{"d", "x", 1}};
  f.jobs[0].data = "e";
  f.sites.push_back({"c/d", {}, {}, 0});
  f.features = {feature("f", 3)};
  f.features[0].server = "c/d";
  f.features[0].partitions = {{"p", 1, ""}, {"p", 1, ""}, {"", 1, ""}};
  f.node_classes[0].boot = seconds(1);
  const auto found = faults(f);
  for (const char* part :
       {"has no nodes", "must not hold", "linked already", "two different sites", "no site of that name", "no dataset",
        "there are several sites", "no link leads from there", "has a partition already", "needs a project or a site",
        "nodes that are always on never boot"}) {
    INFO(part);
    CHECK(std::ranges::any_of(found, [&](const std::string& s) { return s.find(part) != std::string::npos; }));
  }
}

} // namespace
} // namespace centresim::design
