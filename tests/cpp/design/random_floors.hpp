// Random small floors on a coarse grid, so that ties abound, with everything that a floor can have.
#pragma once
#include "support.hpp"

#include <random>

namespace centresim::design::test {

class RandomFloor {
 public:
  explicit RandomFloor(std::uint64_t seed) : random_(seed) {}

  Floor make() {
    nodes();
    if (f_.node_classes.size() > 1 && chance(60)) places();
    features();
    jobs();
    streams();
    policy();
    return f_;
  }

 private:
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool chance(int percent) { return whole(1, 100) <= percent; }
  template <class T> T one_of(std::initializer_list<T> list) {
    return list.begin()[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(list.size()) - 1))];
  }
  Duration time(std::int64_t low, std::int64_t high) { return seconds(10.0 * static_cast<double>(whole(low, high))); }

  void nodes() {
    const bool flat = chance(25);
    for (const char* name : {"a", "b", "c"}) {
      if (f_.node_classes.size() >= 1 && (flat || chance(30))) break;
      NodeClass c = node_class(name, flat ? 1 : whole(1, 3), whole(2, 8));
      if (chance(70)) c.memory = static_cast<double>(whole(4, 16));
      if (chance(30)) c.scratch = static_cast<double>(whole(4, 16));
      c.speed = one_of({1.0, 1.0, 2.0, 0.5});
      if (chance(40)) {
        c.mttf = exponential(static_cast<double>(whole(200, 2000)));
        c.mttr = one_of({exponential(50), fixed(20)});
      }
      f_.node_classes.push_back(c);
    }
    while (f_.drains.size() < 2 && chance(40)) {
      Drain d{fmt::format("d{}", f_.drains.size()), f_.node_classes.back().name, time(0, 50), time(1, 20), {}, {}};
      if (chance(50)) d.every = Duration{d.duration.ticks + time(1, 50).ticks};
      if (chance(50)) d.nodes = 1;
      f_.drains.push_back(d);
    }
  }

  // Every class of nodes at a site of its own, all linked.
  void places() {
    for (NodeClass& c : f_.node_classes) {
      Site s{"at " + c.name, {}, {}, 0.1};
      if (chance(40)) s.storage = 0.1;
      if (chance(50)) s.cache = static_cast<double>(whole(0, 3));
      c.site = s.name;
      for (const Site& other : f_.sites) {
        Link l{s.name + other.name, {other.name, s.name}, one_of({0.25, 1.0}), time(0, 1), {}, {}, time(0, 5), {}};
        if (chance(50)) l.mttf = exponential(300), l.mttr = one_of({exponential(60), fixed(50)});
        l.lost = one_of({LicenceLoss::kill, LicenceLoss::suspend});
        f_.links.push_back(l);
      }
      f_.sites.push_back(s);
    }
    for (const char* name : {"x", "y", "z"})
      if (chance(50)) f_.datasets.push_back({name, any_site(), static_cast<double>(whole(1, 3))});
    for (NodeClass& c : f_.node_classes)
      if (chance(30)) c.off_after = time(0, 10), c.boot = time(0, 3), c.rented = chance(50);
    f_.policy.routing = one_of(
        {Routing::home, Routing::local_first, Routing::least_wait, Routing::cheapest, Routing::data, Routing::burst});
    f_.policy.burst_wait = time(0, 5);
  }
  std::string any_site() {
    if (f_.sites.empty()) return "";
    return f_.sites[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(f_.sites.size()) - 1))].name;
  }
  template <class T> void read_something(T& job) {
    job.site = any_site();
    if (f_.sites.empty()) return;
    if (!f_.datasets.empty() && chance(40)) job.data = f_.datasets[0].name;
    if (chance(40)) job.io = 60, job.io_share = one_of({0.0, 0.5, 1.0});
  }

  void features() {
    f_.policy.check_out = chance(30) ? CheckOut::stepwise : CheckOut::bundle;
    const auto n = whole(0, 3);
    for (std::int64_t i = 0; i < n; i++) {
      Feature x = feature(fmt::format("f{}", i), whole(1, 5),
                          one_of({Acquire::reserved, Acquire::reserved, Acquire::queue, Acquire::requeue}));
      if (chance(30)) x.minimum_hold = time(0, 10);
      if (chance(30)) x.linger = time(0, 5);
      x.first_try = time(0, 3);
      x.back_off = time(1, 3);
      x.back_off_max = time(3, 20);
      if (chance(30)) {
        x.users = whole(1, 4);
        x.think = exponential(100);
        x.hold = exponential(30);
      }
      x.server = chance(50) ? any_site() : "";
      if (x.tokens > 1 && chance(50)) {
        x.partitions.push_back({"p", 1, chance(30) ? any_site() : ""});
        x.lend = chance(70);
      }
      f_.features.push_back(x);
    }
  }
  std::vector<TokenUse> tokens(std::int64_t cores) {
    std::vector<TokenUse> uses;
    for (const Feature& x : f_.features) {
      TokenUse use{x.name, whole(1, std::min<std::int64_t>(3, x.tokens)), chance(20) ? whole(1, 4) : 0};
      const std::int64_t least = x.lend || x.partitions.empty() ? x.tokens : 1; // of any partition
      if (chance(40) && use.of(cores) <= least) uses.push_back(use);
    }
    return uses;
  }

  void jobs() {
    const auto n = whole(5, 40);
    for (std::int64_t i = 0; i < n; i++) {
      const NodeClass& c =
          f_.node_classes[static_cast<std::size_t>(whole(0, static_cast<std::int64_t>(f_.node_classes.size()) - 1))];
      Job j = job(std::to_string(i), 0, 0, whole(1, c.cores));
      j.submit = time(0, 60);
      j.run = time(1, 30);
      read_something(j);
      if (f_.policy.routing == Routing::home) j.site = c.site; // where it fits
      if (chance(15)) j.ranks = whole(1, c.nodes);
      if (c.memory && chance(60)) {
        j.memory = static_cast<double>(whole(1, static_cast<std::int64_t>(*c.memory)));
        if (chance(40)) j.peak_memory = *j.memory * one_of({0.5, 1.5, 3.0});
      }
      if (c.scratch && chance(40)) j.scratch = static_cast<double>(whole(1, static_cast<std::int64_t>(*c.scratch)));
      j.tokens = tokens(j.cores * j.ranks);
      if (chance(60)) j.request = Duration{j.run.ticks * whole(1, 6) / 2 + 1};
      j.user = one_of({"ada", "bo"});
      j.project = one_of({"p", "q", "r"});
      j.priority = whole(0, 3);
      if (chance(50)) j.due = Duration{j.submit.ticks + time(1, 100).ticks};
      j.preemptible = chance(80);
      f_.jobs.push_back(j);
    }
  }
  void streams() {
    if (chance(40)) return;
    JobStream s = stream("s", exponential(60), exponential(80));
    s.cores = {core::LawKind::integers, common::Dimension::number, {1, 2}, {}};
    s.jobs = {core::LawKind::integers, common::Dimension::number, {0, 3}, {}};
    s.request = {core::LawKind::uniform, common::Dimension::number, {1.5, 0.6}, {}};
    s.tokens = tokens(1);
    for (const TokenUse& use : s.tokens)
      if (use.threads_per_extra > 0) s.tokens.clear();
    read_something(s);
    s.priority = whole(0, 2);
    s.users = 2;
    s.until = time(10, 40);
    if (chance(50)) {
      f_.profiles = {{"day", std::vector<double>(24, 1)}};
      f_.profiles[0].rates[0] = 3;
      s.profile = "day";
    }
    f_.streams = {s};
  }

  void policy() {
    Policy& p = f_.policy;
    p.order = one_of({Order::fcfs, Order::fcfs, Order::sjf_request, Order::sjf_exact, Order::sjf_predicted, Order::ljf,
                      Order::priority, Order::fairshare, Order::due_date, Order::least_slack});
    if (p.order == Order::fairshare) f_.accounts = {{"p", "", 2, true}, {"q", "", 1, chance(80)}, {"r", "q", 1, true}};
    p.backfill =
        one_of({Backfill::none, Backfill::none, Backfill::easy, Backfill::conservative, Backfill::conservative_keep});
    if (p.backfill == Backfill::none) p.blocking = one_of({Blocking::head, Blocking::skip, Blocking::shape});
    p.licence_aware = chance(70);
    if (chance(30)) p.depth = whole(1, 5);
    p.fit = one_of({Fit::first, Fit::best, Fit::best, Fit::worst, Fit::mix, Fit::licence});
    if (p.backfill == Backfill::none && p.blocking != Blocking::shape && chance(20)) p.fit = Fit::max_jobs;
    p.kill_at_request = chance(50);
    p.age_weight = one_of({0.0, 0.0, 1.5});
    p.age_max = time(10, 100);
    p.fairshare.half_life = time(10, 200);
    if (p.blocking == Blocking::shape || p.backfill == Backfill::conservative_keep || p.fit == Fit::max_jobs) return;
    if (chance(35)) return;
    Preemption& x = p.preemption;
    x.kind = one_of({PreemptionKind::kill, PreemptionKind::suspend, PreemptionKind::suspend, PreemptionKind::checkpoint,
                     PreemptionKind::checkpoint_on_demand, PreemptionKind::checkpoint_on_demand});
    x.licence_driven = chance(70);
    x.min_run = chance(30) ? time(0, 5) : Duration{};
    x.keep_tokens = chance(40);
    if (chance(40)) x.migrate_after = time(1, 20);
    if (x.kind == PreemptionKind::checkpoint || chance(50)) x.every = time(1, 8);
    x.write = chance(70) ? time(0, 3) : Duration{};
    x.restart = chance(50) ? time(0, 2) : Duration{};
  }

  std::mt19937_64 random_;
  Floor f_;
};

} // namespace centresim::design::test
