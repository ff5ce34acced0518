// Nodes that fail or are drained under gangs, suspended jobs, checkpoints and licences. Node "bad" is up for 50 s and
// down for 10 s in turn: down at 50, 110, 170 s ...
#include "support.hpp"

namespace centresim::design {
namespace {
using namespace test;

NodeClass bad(std::int64_t cores) {
  NodeClass c = node_class("bad", 1, cores);
  c.mttf = fixed(50);
  c.mttr = fixed(10);
  return c;
}
Floor failing(std::int64_t cores) {
  Floor f;
  f.node_classes = {bad(cores)};
  f.policy.kill_at_request = false;
  return f;
}
Drain drain(double start, double duration) { return {"d", "bad", seconds(start), seconds(duration), {}, {}}; }

// ---- drains ----

TEST_CASE("A drain takes the last nodes of its class, again and again", "[design][outages]") {
  Floor f;
  f.node_classes = {node_class("n", 3, 1)};
  f.drains = {{"d", "n", seconds(10), seconds(20), seconds(100), 1}};
  for (const char* name : {"a", "b", "c"}) {
    f.jobs.push_back(job(name, 0, 12));
    f.jobs.push_back(job(std::string(name) + "2", 15, 12));
    f.jobs.push_back(job(std::string(name) + "3", 115, 12));
  }
  const Run r = run(f, span(200));
  // a, b, c end on their nodes; of the next three one waits for one of the two nodes that are left
  CHECK(r.schedule() == Lines{"a 0-12", "b 0-12", "c 0-12", "a2 15-27", "b2 15-27", "c2 27-39", "a3 115-127",
                              "b3 115-127", "c3 127-139"});
  CHECK(to_seconds(r.seen.farm.down) == 40);
  CHECK(to_seconds(r.seen.class_down[0]) == 40);
}

TEST_CASE("A node that is down and drained comes back when both are over", "[design][outages]") {
  Floor f = failing(4);
  f.drains = {drain(55, 25)};
  f.jobs = {job("A", 52, 10)};
  const Run r = run(f, span(100));
  CHECK(r.schedule() == Lines{"A 80-90"});
  CHECK(to_seconds(r.seen.farm.down) == 4 * 30); // once, not twice
}

TEST_CASE("Backfill plans around nodes that are out", "[design][outages]") {
  for (const char* name : {"easy", "conservative", "conservative_keep"}) {
    INFO(name);
    Floor f;
    f.node_classes = {node_class("bad", 1, 2), node_class("good", 1, 2)};
    f.policy = *preset(name);
    f.drains = {drain(0, 100)};
    // B fits the node that is out; its start is planned for the other one, and C may not delay that
    f.jobs = {job("A", 0, 20, 1), job("B", 1, 10, 2), job("C", 2, 20, 1), job("D", 3, 10, 1)};
    CHECK(run(f).schedule() == Lines{"A 0-20", "B 20-30", "C 30-50", "D 3-13"});
  }
}

// ---- failures ----

TEST_CASE("A gang loses all its ranks when one node fails", "[design][outages]") {
  Floor f = failing(4);
  f.node_classes.push_back(node_class("good", 1, 4));
  f.policy.blocking = Blocking::skip;
  Job gang = job("G", 20, 45, 4);
  gang.ranks = 2;
  f.jobs = {gang, job("H", 30, 5, 4)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"G 60-105", "H 50-55"});
  CHECK(to_seconds(r.seen.farm.lost_failure) == 8 * 30);
  CHECK(to_seconds(r.seen.class_used[0]) == 4 * (30 + 45));
  CHECK(to_seconds(r.seen.class_used[1]) == 4 * (30 + 45 + 5));
}

TEST_CASE("A suspended job is lost with its node", "[design][outages]") {
  Floor f = failing(4);
  f.node_classes[0].memory = 8;
  f.policy.order = Order::priority;
  f.policy.preemption.kind = PreemptionKind::suspend;
  f.jobs = {job("A", 0, 45, 4), important(job("B", 20, 40, 4), 1)};
  f.jobs[0].memory = 2;
  const Run r = run(f, span(1000));
  CHECK(r.schedule() == Lines{"A 120-165", "B 60-100"}); // A starts at 100, too, until the node fails at 110
  CHECK(r.job("A").starts == 3);
  CHECK(to_seconds(r.seen.farm.lost_failure) == 4 * (20 + 30 + 10));
  CHECK(r.seen.farm.lost_preemption == 0);
  CHECK(static_cast<double>(r.seen.farm.suspended_memory) == 2e6 * 30e3);
}

TEST_CASE("A job that was suspended and goes on has nothing on disk", "[design][outages]") {
  Floor f = failing(1);
  f.policy.order = Order::priority;
  f.policy.preemption.kind = PreemptionKind::suspend;
  f.jobs = {job("A", 0, 48), important(job("B", 20, 5), 1)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 60-108", "B 20-25"});
  CHECK(to_seconds(r.seen.farm.lost_failure) == 45);
}

TEST_CASE("A job suspended for too long starts anew elsewhere", "[design][outages]") {
  Floor f;
  f.node_classes = {node_class("a", 1, 2), node_class("b", 1, 2)};
  f.policy.order = Order::priority;
  f.policy.preemption.kind = PreemptionKind::suspend;
  f.policy.preemption.migrate_after = seconds(10);
  f.jobs = {job("A", 0, 50, 2), important(job("B", 0, 25, 2), 1), important(job("C", 20, 100, 2), 1)};
  // at 20, A makes room for C; B is done at 25, but A stays in the memory of its node until 30
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 30-80", "B 0-25", "C 20-120"});
  CHECK(to_seconds(r.seen.farm.lost_preemption) == 2 * 20);
  CHECK(to_seconds(r.job("A").lost) == 2 * 20);
}

Floor on_demand(double write, double every = 0, double restart = 0) {
  Floor f = failing(1);
  f.policy.order = Order::priority;
  Preemption& p = f.policy.preemption;
  p.kind = PreemptionKind::checkpoint_on_demand;
  p.write = seconds(write);
  p.restart = seconds(restart);
  if (every > 0) p.every = seconds(every);
  return f;
}

TEST_CASE("A node that fails while a checkpoint is written", "[design][outages]") {
  Floor f = on_demand(10);
  f.jobs = {job("A", 0, 48), important(job("B", 45, 1), 1)};
  Run r = run(f);
  CHECK(r.schedule() == Lines{"A 61-109", "B 60-61"});
  CHECK(to_seconds(r.seen.farm.lost_failure) == 45);
  CHECK(to_seconds(r.seen.farm.used) == 50 + 1 + 48);
  // with a periodic one at progress 15, written from 15 to 25: A had reached 30; again 15 are lost at 110
  f.policy.preemption.every = seconds(15);
  r = run(f);
  CHECK(r.schedule() == Lines{"A 120-148", "B 60-61"});
  CHECK(to_seconds(r.seen.farm.lost_failure) == 15 + 15);
}

TEST_CASE("A checkpoint on demand is there when the node fails later", "[design][outages]") {
  // A writes at 20, goes on from 26 + 2; 22 are lost at 50, and 40 are left then
  Floor f = on_demand(1, 0, 2);
  f.jobs = {job("A", 0, 60), important(job("B", 20, 5), 1)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 60-102", "B 21-26"});
  CHECK(to_seconds(r.seen.farm.lost_failure) == 22);
}

TEST_CASE("A node drained while a checkpoint is written breaks the promise", "[design][outages]") {
  Floor f = on_demand(10);
  f.node_classes[0].mttf.reset();
  f.node_classes[0].mttr.reset();
  f.drains = {drain(25, 35)};
  f.jobs = {job("A", 0, 50), important(job("B", 20, 10), 1)};
  CHECK(run(f).schedule() == Lines{"A 70-100", "B 60-70"});
}

TEST_CASE("Cores kept for a promise are free again when its node fails", "[design][outages]") {
  // C needs the node of A and the core beside it, which D may not take until the node fails
  Floor f = on_demand(10);
  f.node_classes[0].cores = 2;
  f.policy.blocking = Blocking::skip;
  f.jobs = {job("A", 0, 48, 1), important(job("C", 45, 5, 2), 1), job("D", 46, 3, 1)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 120-168", "C 60-65", "D 65-68"}); // A from 65 is hit at 110
}

TEST_CASE("A checkpoint from a node of another speed is worth its share of the work", "[design][outages]") {
  Floor f;
  f.node_classes = {node_class("fast", 1, 1), node_class("slow", 1, 1)};
  f.node_classes[0].speed = 4;
  f.policy.order = Order::priority;
  f.policy.kill_at_request = false;
  f.policy.preemption.kind = PreemptionKind::checkpoint_on_demand;
  f.policy.fit = Fit::first;
  const auto fixed_job = [](Job j) {
    j.preemptible = false;
    return j;
  };
  // half of A is done at 50; the slow node takes 200 s for the rest
  f.jobs = {job("A", 0, 400), fixed_job(job("S", 0, 60)), important(job("B", 50, 4000), 1)};
  CHECK(run(f).schedule() == Lines{"A 60-260", "S 0-60", "B 50-1050"});
  // the other way round: a quarter of A is done at 100, the fast node takes 75 s for the rest
  std::swap(f.node_classes[0].speed, f.node_classes[1].speed);
  f.jobs[1].run = seconds(480);
  f.jobs[2].submit = seconds(100);
  CHECK(run(f).schedule() == Lines{"A 120-195", "S 0-120", "B 100-4100"});
}

TEST_CASE("Tokens come back when a node fails", "[design][outages]") {
  Floor f = failing(4);
  f.node_classes.push_back(node_class("good", 1, 1));
  f.policy.blocking = Blocking::skip;
  f.features = {feature("f", 2)};
  f.features[0].linger = seconds(2);
  f.jobs = {job("A", 10, 41, 4, {{"f", 2, 0}}), job("B", 20, 5, 1, {{"f", 2, 0}})};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 60-101", "B 52-57"});
  CHECK(to_seconds(r.seen.features[0].used) == 2 * (42 + 7 + 43));
}

TEST_CASE("A job that waits in its tool leaves the licence server with its node", "[design][outages]") {
  Floor f = failing(1);
  f.node_classes.push_back(node_class("good", 1, 2));
  f.features = {feature("f", 1, Acquire::queue)};
  f.policy.fit = Fit::worst;
  f.jobs = {job("A", 0, 100, 2, {{"f", 1, 0}}), job("B", 5, 5, 1, {{"f", 1, 0}})};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-100", "B 60-105"});
  CHECK(r.job("B").starts == 2);
  CHECK(to_seconds(r.seen.farm.burned) == 45 + 40);
  CHECK(r.seen.farm.lost_failure == 0); // it had done nothing
}

TEST_CASE("A job that tries for a licence when its node fails tries again", "[design][outages]") {
  Floor f = failing(1);
  f.features = {feature("f", 1, Acquire::requeue)};
  f.jobs = {job("A", 40, 15, 1, {{"f", 1, 0}})}; // would try at 70
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 60-105"});
  CHECK(r.seen.features[0].checkouts == 1);
  CHECK(r.seen.features[0].denials == 0);
}

TEST_CASE("A job suspended while it waits for its second licence", "[design][outages]") {
  // A has its token of r and waits on its core for q, which H has until 100; from 20 to 30 it makes room for B
  for (const bool keep : {true, false}) {
    Floor f = pool(2);
    f.policy.order = Order::priority;
    f.policy.kill_at_request = false;
    f.policy.preemption.kind = PreemptionKind::suspend;
    f.policy.preemption.keep_tokens = keep;
    f.features = {feature("q", 1, Acquire::queue), feature("r", 1, Acquire::requeue)};
    f.features[1].first_try = {};
    f.jobs = {job("H", 0, 100, 1, {{"q", 1, 0}}), job("A", 10, 10, 1, {{"q", 1, 0}, {"r", 1, 0}}),
              important(job("B", 20, 10), 1)};
    f.jobs[0].preemptible = false;
    const Run r = run(f);
    CHECK(r.schedule() == Lines{"H 0-100", "A 10-110", "B 20-30"});
    CHECK(to_seconds(r.seen.features[1].used) == (keep ? 100 : 90));
    CHECK(r.seen.features[1].denials == 0);
    CHECK(to_seconds(r.seen.farm.burned) == 10 + 70);
  }
}

} // namespace
} // namespace centresim::design
