// The worked examples of the specification of the farm, and ties within one tick.
#include "support.hpp"

namespace centresim::design {
namespace {
using namespace test;

const TokenUse kOne{"f", 1, 0}, kTwo{"f", 2, 0};

// 8 cores, 2 tokens; six jobs of one core, one of which needs both tokens.
Floor licence_blocked() {
  Floor f = pool(8);
  f.features = {feature("f", 2)};
  f.jobs = {job("J1", 0, 10, 1, {kOne}), job("J2", 1, 10, 1, {kTwo}),  job("J3", 2, 15, 1, {kOne}),
            job("J4", 3, 5, 1, {kOne}),  job("J5", 12, 15, 1, {kOne}), job("J6", 4, 20)};
  f.policy.backfill = Backfill::easy;
  return f;
}

TEST_CASE("EASY that knows licences lets the head have its tokens", "[design][example]") {
  const Run r = run(licence_blocked());
  CHECK(r.schedule() == Lines{"J1 0-10", "J2 10-20", "J3 20-35", "J4 3-8", "J6 4-24", "J5 20-35"});
  CHECK(to_seconds(r.seen.flows[0].wait) == 35);
}

TEST_CASE("EASY that forgets licences starves the head", "[design][example]") {
  Floor f = licence_blocked();
  f.policy.licence_aware = false;
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"J1 0-10", "J2 30-40", "J3 2-17", "J4 10-15", "J6 4-24", "J5 15-30"});
  CHECK(to_seconds(r.seen.flows[0].wait) == 39);
}

// One node of 2 cores: A of 100 s at 0, B of 10 s and more important at 40.
Run preempted(const Preemption& preemption) {
  Floor f = pool(2);
  f.jobs = {job("A", 0, 100, 2), important(job("B", 40, 10, 2), 1)};
  f.policy.order = Order::priority;
  f.policy.kill_at_request = false; // checkpoints take longer than A asked for
  f.policy.preemption = preemption;
  return run(f);
}
Preemption by(PreemptionKind kind, double every = 0, double write = 0, double restart = 0) {
  Preemption p;
  p.kind = kind;
  if (every > 0) p.every = seconds(every);
  p.write = seconds(write);
  p.restart = seconds(restart);
  return p;
}

TEST_CASE("Preemption: kill loses everything", "[design][example]") {
  const Run r = preempted(by(PreemptionKind::kill));
  CHECK(r.schedule() == Lines{"A 50-150", "B 40-50"});
  CHECK(to_seconds(r.seen.farm.lost_preemption) == 80);
  CHECK(to_seconds(r.job("A").lost) == 80);
  CHECK(r.seen.farm.preemptions == 1);
  CHECK(r.first_start("A") == 0);
  CHECK(r.job("A").starts == 2);
  CHECK(to_seconds(r.seen.farm.used) == 2 * (40 + 10 + 100));
  CHECK(to_seconds(r.seen.farm.useful) == 2 * (10 + 100));
}

TEST_CASE("Preemption: suspend keeps everything", "[design][example]") {
  const Run r = preempted(by(PreemptionKind::suspend));
  CHECK(r.schedule() == Lines{"A 0-110", "B 40-50"});
  CHECK(r.seen.farm.lost_preemption == 0);
  CHECK(r.job("A").starts == 1);
  CHECK(to_seconds(r.seen.farm.used) == 2 * 110);
  CHECK(to_seconds(r.seen.farm.useful) == 2 * 110);
}

TEST_CASE("Preemption: back to the last periodic checkpoint", "[design][example]") {
  const Run r = preempted(by(PreemptionKind::checkpoint, 15, 1, 2));
  CHECK(r.schedule() == Lines{"A 50-126", "B 40-50"});
  CHECK(to_seconds(r.seen.farm.lost_preemption) == 16);
}

TEST_CASE("Preemption: a checkpoint on demand", "[design][example]") {
  Run r = preempted(by(PreemptionKind::checkpoint_on_demand, 15, 1, 2));
  CHECK(r.schedule() == Lines{"A 51-119", "B 41-51"});
  CHECK(r.seen.farm.lost_preemption == 0);
  r = preempted(by(PreemptionKind::checkpoint_on_demand, 0, 1, 2));
  CHECK(r.schedule() == Lines{"A 51-113", "B 41-51"});
  CHECK(to_seconds(r.seen.farm.used) == 2 * 113);
  CHECK(r.seen.farm.burned == 0); // nobody waited for a licence
}

TEST_CASE("A job that outgrows its memory is killed and asks for twice as much", "[design][example]") {
  Floor f = pool(1);
  f.node_classes[0].memory = 16;
  Job j = job("A", 0, 1000);
  j.memory = 6;
  j.peak_memory = 10;
  f.jobs = {j};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 360-1360"});
  CHECK(r.job("A").starts == 2);
  CHECK(r.seen.farm.out_of_memory == 1);
  CHECK(to_seconds(r.seen.farm.lost_memory) == 360);
  CHECK(static_cast<double>(r.seen.farm.memory) == 6e6 * 360e3 + 12e6 * 1000e3); // kB-ticks
}

TEST_CASE("A job that outgrows the largest node fails", "[design][example]") {
  // 2 GB asked for, 4, 8, then all the 10 GB of the node: killed after 0.6 x 100 s x request / 12 GB each time
  Floor f = pool(1);
  f.node_classes[0].memory = 10;
  Job j = job("A", 0, 100);
  j.memory = 2;
  j.peak_memory = 12;
  f.jobs = {j};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 70-120 failed"});
  CHECK(r.seen.farm.out_of_memory == 4);
  f.policy.memory.limit = MemoryLimit::none;
  CHECK(run(f).schedule() == Lines{"A 0-100"});
}

// ---- ties within one tick ----

TEST_CASE("A job that completes when its node fails has completed", "[design][ties]") {
  Floor f = pool(1);
  f.node_classes[0].mttf = fixed(100);
  f.node_classes[0].mttr = fixed(7);
  f.jobs = {job("A", 0, 100), job("B", 1, 10)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-100", "B 107-117"}); // what A frees is not usable: the node is down
  CHECK(r.seen.farm.lost_failure == 0);
}

TEST_CASE("A job that completes when its request is over has completed", "[design][ties]") {
  Floor f = pool(1);
  f.jobs = {job("A", 0, 100), job("B", 0, 100)};
  f.jobs[0].request = seconds(100);
  f.jobs[1].request = seconds(99.999);
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-100", "B 100-199.999 walltime"});
  CHECK(to_seconds(r.seen.farm.lost_walltime) == 99.999);
}

TEST_CASE("What is freed at a tick is usable at that tick", "[design][ties]") {
  for (const char* name : {"fcfs", "fcfs_skip", "fcfs_shape", "easy", "conservative", "conservative_keep"}) {
    INFO(name);
    Floor f = pool(2);
    f.features = {feature("f", 1)};
    f.policy = *preset(name);
    f.jobs = {job("A", 0, 10, 2, {kOne}), job("B", 10, 5, 2, {kOne}), job("C", 15, 1, 1, {kOne})};
    CHECK(run(f).schedule() == Lines{"A 0-10", "B 10-15", "C 15-16"});
  }
}

TEST_CASE("A node that opens at a tick takes what is submitted then", "[design][ties]") {
  Floor f = pool(1);
  f.drains = {{"d", "pool", seconds(0), seconds(50), {}, {}}};
  f.jobs = {job("B", 50, 10), job("A", 10, 10)};
  CHECK(run(f).schedule() == Lines{"A 50-60", "B 60-70"});
}

TEST_CASE("A drain that begins when a job is submitted comes first", "[design][ties]") {
  Floor f = pool(1);
  f.drains = {{"d", "pool", seconds(20), seconds(50), {}, {}}};
  f.jobs = {job("A", 10, 30), job("B", 20, 10)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 10-40", "B 70-80"}); // A may end on its node
  CHECK(to_seconds(r.seen.farm.down) == 50);
}

TEST_CASE("Jobs of one tick start in the order of their numbers", "[design][ties]") {
  Floor f = pool(1);
  f.jobs = {job("10", 0, 1), job("9", 0, 1), job("-1", 0, 1)};
  CHECK(run(f).schedule() == Lines{"-1 0-1", "9 1-2", "10 2-3"});
  f.jobs = {job("10", 0, 1), job("9", 0, 1), job("x", 0, 1)}; // names that are no numbers: as listed
  CHECK(run(f).schedule() == Lines{"10 0-1", "9 1-2", "x 2-3"});
}

TEST_CASE("A horizon without a drain runs nothing at its own tick", "[design][ties]") {
  Floor f = pool(1);
  f.jobs = {job("A", 0, 10), job("B", 10, 5)};
  const Run r = run(f, span(10));
  CHECK(r.seen.counts.submitted == 1);
  CHECK(r.seen.counts.ended == 0); // its end belongs to the next window
  CHECK(r.seen.counts.running == 1);
  CHECK(to_seconds(r.seen.farm.used) == 10);
}

// ---- acquiring licences ----

TEST_CASE("Queue in the tool: the job waits on its core", "[design][example]") {
  Floor f = pool(8);
  f.features = {feature("f", 1, Acquire::queue)};
  f.jobs = {job("A", 0, 10, 2, {kOne}), job("B", 1, 10, 3, {kOne})};
  f.policy.kill_at_request = false;
  Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-10", "B 1-20"});
  CHECK(to_seconds(r.seen.farm.burned) == 27);
  CHECK(r.seen.features[0].checkouts == 2);
  CHECK(r.seen.features[0].waited == 1);
  CHECK(to_seconds(r.seen.features[0].wait) == 9);
  f.policy.kill_at_request = true; // its request counts from the start
  f.jobs[1].request = seconds(12);
  r = run(f);
  CHECK(r.schedule() == Lines{"A 0-10", "B 1-13 walltime"});
}

TEST_CASE("Fail and requeue: every failure costs the time to try", "[design][example]") {
  // B tries at 30 + 1, is held for 60, tries at 121, is held for 120, then gets the token that A returned at 230
  Floor f = pool(8);
  f.features = {feature("f", 1, Acquire::requeue)};
  f.jobs = {job("A", 0, 200, 1, {kOne}), job("B", 1, 10, 2, {kOne})};
  f.policy.kill_at_request = false;
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-230", "B 241-281"});
  CHECK(r.seen.features[0].denials == 2);
  CHECK(r.job("B").starts == 3);
  CHECK(to_seconds(r.seen.farm.burned) == 30 + 2 * 3 * 30);
}

TEST_CASE("A token comes back after its minimum hold and linger", "[design][example]") {
  Floor f = pool(8);
  f.features = {feature("f", 1)};
  f.features[0].minimum_hold = seconds(60);
  f.features[0].linger = seconds(5);
  f.jobs = {job("A", 0, 10, 1, {kOne}), job("B", 0, 100, 1, {kOne}), job("C", 0, 1, 1, {kOne})};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"A 0-10", "B 65-165", "C 170-171"});
  CHECK(to_seconds(r.seen.features[0].used) == 65 + 105 + 65);
}

TEST_CASE("Tokens that grow with threads", "[design][example]") {
  Floor f = pool(64);
  f.features = {feature("f", 3)};
  f.jobs = {job("A", 0, 10, 16, {{"f", 1, 8}}), job("B", 0, 10, 7, {{"f", 1, 8}})}; // 3 tokens, 1 token
  CHECK(run(f).schedule() == Lines{"A 0-10", "B 10-20"});
}

// ---- nodes ----

TEST_CASE("The slowest rank of a gang sets its pace", "[design][example]") {
  Floor f;
  f.node_classes = {node_class("fast", 1, 4), node_class("slow", 1, 4)};
  f.node_classes[0].speed = 2;
  Job gang = job("G", 0, 100, 4);
  gang.ranks = 2;
  f.jobs = {gang, job("A", 200, 100, 4)};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"G 0-100", "A 200-250"});
}

TEST_CASE("Utilisation is at most 1 where the farm is always full", "[design][example]") {
  for (const bool drain : {false, true}) {
    Floor f = pool(4);
    f.streams = {stream("s", fixed(1), fixed(8))};
    const Run r = run(f, span(1000, 100, drain));
    CHECK(static_cast<double>(r.seen.farm.used) == 4 * 900e3);
    CHECK(r.seen.farm.useful <= r.seen.farm.used);
  }
  Floor f = pool(4); // a long job that began before the warm-up was over
  f.jobs = {job("A", 0, 95, 4)};
  const Run r = run(f, span(100, 90));
  CHECK(to_seconds(r.seen.farm.used) == 20);
  CHECK(to_seconds(r.seen.farm.useful) == 20);
}

} // namespace
} // namespace centresim::design
