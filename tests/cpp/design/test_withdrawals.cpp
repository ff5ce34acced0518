// Ending posted jobs wherever they are: on their cores, in the queue, on their way there and back.
#include "outside.hpp"

namespace centresim::design {
namespace {
using namespace test;

TEST_CASE("A session that runs is complete when it is ended", "[design][commands]") {
  Floor f = with(pool(2), {job("s", 10, 1e4, 2), job("b", 20, 10)});
  f.features = {feature("x", 1)};
  f.jobs[0].tokens = {kX};
  f.policy.order = Order::sjf_predicted;
  Outside o(f, span(1000));
  const Run r = o.watch("s").end("s", 70).run(1000);
  CHECK(o.told() == Lines{"10 s started", "80 b completed, lacked 0, ran 10"});
  CHECK(r.schedule() == Lines{"s 10-70", "b 70-80"});
  const FlowSums& sums = r.seen.flows[0];
  CHECK(sums.ended == std::array<std::int64_t, kJobStates>{2, 0, 0, 0, 0});
  CHECK(sums.run == ticks(60 + 10));
  CHECK(sums.turnaround == ticks(60 + 60));
  CHECK(to_seconds(r.seen.farm.used) == 2 * 60 + 10);
  CHECK(to_seconds(r.seen.farm.useful) == 2 * 60 + 10);
  CHECK(r.seen.features[0].used == ticks(60));
  CHECK(r.seen.counts.ended == 2);
}

TEST_CASE("Work of a session on a fast node, in two parts", "[design][commands]") {
  Floor f = with(preempting(PreemptionKind::suspend), {job("s", 0, 1e4), important(job("h", 20, 20), 1)});
  f.node_classes[0].speed = 2;
  Outside o(f);
  const Run r = o.end("s", 50).run(1000);
  CHECK(r.schedule() == Lines{"s 0-50", "h 20-30"});
  CHECK(r.seen.flows[0].run == ticks(40 + 10));
  CHECK(to_seconds(r.seen.farm.useful) == 40 + 10);
}

// a takes the farm until 100; b waits, c behind it could run at once. b is withdrawn at 10.
TEST_CASE("Whoever waited behind a withdrawn job goes on, by every policy", "[design][commands]") {
  for (const Preset& p : presets()) {
    INFO(p.name);
    Floor f = with(pool(4), {wide(job("a", 0, 100, 3), 4), wide(job("b", 1, 50, 1), 8), wide(job("c", 2, 200, 1), 5)});
    f.node_classes[0].memory = 10; // b and c are of one shape, and only c fits beside a
    f.policy = *preset(p.name);
    f.policy.order = p.name == std::string("sjf") ? Order::sjf_exact : Order::fcfs; // b before c
    f.policy.preemption.kind = PreemptionKind::none;
    Outside o(f);
    const Run r = o.end("b", 10).run(1000);
    const bool passes = f.policy.blocking == Blocking::skip; // nobody waits behind b
    CHECK(r.schedule() == Lines{"a 0-100", "b -1-10 withdrawn", passes ? "c 2-202" : "c 10-210"});
    CHECK(to_seconds(r.seen.farm.queued) == 9 + (passes ? 0 : 8));
    CHECK(r.seen.flows[0].ended == std::array<std::int64_t, kJobStates>{2, 0, 0, 0, 1});
    CHECK(r.seen.flows[0].started == 2);
    CHECK(r.seen.flows[0].wait == ticks(passes ? 0 : 8));
  }
}

TEST_CASE("Whoever is behind the head and its withdrawn neighbour comes into depth", "[design][commands]") {
  Floor f = with(pool(4), {job("a", 0, 100, 3), job("b", 1, 50, 4), job("c", 2, 200, 1), job("d", 3, 50, 1)});
  f.policy.backfill = Backfill::easy;
  f.policy.depth = 1; // c would delay b, d is not looked at
  Outside o(f);
  CHECK(o.end("c", 10).run(1000).schedule() == Lines{"a 0-100", "b 100-150", "c -1-10 withdrawn", "d 10-60"});
}

TEST_CASE("A job of a shape is withdrawn behind its head, or as the last of it", "[design][commands]") {
  Floor f = pool(4);
  f.node_classes[0].memory = 10;
  f.policy.blocking = Blocking::shape;
  f.features = {feature("x", 1)};
  f.jobs = {job("a", 0, 100, 3, {kX}), job("b", 1, 50, 2), job("c", 2, 50, 2), job("d", 3, 50, 1, {kX}),
            job("e", 4, 10, 1)};
  Outside o(f); // c is behind b; d alone waits for the token
  CHECK(o.end("c", 5).end("d", 6).run(1000).schedule() ==
        Lines{"a 0-100", "b 100-150", "c -1-5 withdrawn", "d -1-6 withdrawn", "e 4-14"});
  Outside both(f);
  CHECK(both.end("b", 5).end("c", 5).run(1000).schedule() ==
        Lines{"a 0-100", "b -1-5 withdrawn", "c -1-5 withdrawn", "d 100-150", "e 4-14"});
}

TEST_CASE("A job is withdrawn at the tick at which it was posted", "[design][commands]") {
  for (const Blocking b : {Blocking::head, Blocking::skip, Blocking::shape}) {
    Floor f = with(pool(1), {job("a", 5, 10), job("b", 5, 20), job("c", 5, 30)});
    f.policy.blocking = b;
    Outside one(f), two(f), all(f);
    CHECK(one.end("a", 5).run(100).schedule() == Lines{"a -1-5 withdrawn", "b 5-25", "c 25-55"});
    CHECK(two.end("a", 5).end("b", 5).run(100).schedule() == Lines{"a -1-5 withdrawn", "b -1-5 withdrawn", "c 5-35"});
    const Run r = all.end("c", 5).end("b", 5).end("a", 5).run(100);
    CHECK(r.seen.counts.started == 0);
    CHECK(r.seen.counts.in_queue == 0);
    CHECK(all.facts().empty());
  }
}

TEST_CASE("A job that tries for its licences is withdrawn, or one that is held back", "[design][commands]") {
  Floor f = pool(2);
  f.policy.kill_at_request = false;
  f.features = {feature("x", 1, Acquire::requeue)};
  f.features[0].first_try = seconds(10);
  f.features[0].back_off = f.features[0].back_off_max = seconds(50);
  f.jobs = {job("a", 0, 90, 1, {kX}), job("b", 5, 10, 1, {kX}), job("c", 6, 10, 1)};
  Outside trying(f); // b is on its cores from 5 on and would try at 15
  Run r = trying.end("b", 12).run(200);
  CHECK(r.schedule() == Lines{"a 0-100", "b 5-12 withdrawn", "c 12-22"});
  CHECK(to_seconds(r.seen.farm.used) == 100 + 7 + 10);
  CHECK(r.seen.farm.lacking == 0);
  Outside held(f); // from 15 to 65
  r = held.end("b", 40).run(200);
  CHECK(r.schedule() == Lines{"a 0-100", "b 5-40 withdrawn", "c 15-25"});
  CHECK(to_seconds(r.seen.farm.lacking) == 25);
  CHECK(r.seen.flows[0].started == 2); // nothing else is known of b that would compare
  CHECK(r.seen.flows[0].turnaround == ticks(100 + 19));
  CHECK(r.seen.features[0].denials == 1);
  CHECK(r.seen.counts.started == 3);
}

TEST_CASE("A job at the licence server is withdrawn with what it has", "[design][commands]") {
  Floor f = pool(3);
  f.policy.kill_at_request = false;
  f.policy.check_out = CheckOut::stepwise;
  f.features = {feature("x", 1, Acquire::queue), feature("y", 1, Acquire::queue)};
  f.jobs = {job("a", 0, 90, 1, {kY}), job("b", 5, 10, 1, {kX, kY}), job("c", 10, 10, 1, {kX}), job("d", 11, 10)};
  Outside o(f); // b has x and waits for y, c waits for x
  const Run r = o.watch("c").end("b", 30).run(200);
  CHECK(r.schedule() == Lines{"a 0-90", "b 5-30 withdrawn", "c 10-40", "d 30-40"});
  CHECK(o.told() == Lines{"30 c started", "40 c completed, lacked 20, ran 30", "40 d completed, lacked 0, ran 10",
                          "90 a completed, lacked 0, ran 90"});
  CHECK(to_seconds(r.seen.farm.lacking) == 25 + 20);
  CHECK(r.seen.features[0].used == ticks(25 + 10));
}

TEST_CASE("A suspended job is withdrawn, with the tokens that it keeps", "[design][commands]") {
  for (const bool keeps : {false, true}) {
    Floor f = preempting(PreemptionKind::suspend, 2);
    f.node_classes[0].memory = 8;
    f.policy.preemption.keep_tokens = keeps;
    f.features = {feature("x", 1)};
    f.jobs = {wide(job("s", 0, 100, 2, {kX}), 6), important(job("h", 20, 80, 1), 1), wide(job("b", 30, 10), 4),
              important(job("c", 30, 10, 1, {kX}), 1)};
    Outside o(f); // b waits for the memory of s, c for its token where that is kept
    const Run r = o.watch("s").end("s", 50).run(200);
    CHECK(o.told()[0] == "0 s started");
    CHECK(o.told()[1] == "20 s stopped");
    CHECK(r.schedule() ==
          Lines{"s 0-50 withdrawn", "h 20-100", keeps ? "b 60-70" : "b 50-60", keeps ? "c 50-60" : "c 30-40"});
    CHECK(to_seconds(r.seen.farm.used) == 2 * 20 + 80 + 20);
    CHECK(static_cast<double>(r.seen.farm.suspended_memory) == 6e6 * 30e3);
    CHECK(r.seen.farm.lost_preemption == 0);
  }
}

TEST_CASE("A job is withdrawn while its data are on their way, and others read them", "[design][commands]") {
  Floor f = two_sites();
  f.sites[1].cache = 5.0;
  f.jobs = {job("a", 0, 30), job("b", 30, 10)};
  for (Job& j : f.jobs) j.site = "B", j.data = "d";
  Outside o(f);
  const Run r = o.end("a", 5).run(100);
  CHECK(r.schedule() == Lines{"a -1-5 withdrawn", "b 30-40"}); // they are there since 20
  CHECK(r.seen.links[0].transferred == 2'000'000);
  CHECK(r.seen.farm.staged == 0);
}

TEST_CASE("The data of a withdrawn job may make room for others", "[design][commands]") {
  Floor f = two_sites();
  f.sites[1].cache = 3.0; // one of the two
  f.datasets.push_back({"e", "A", 2});
  f.jobs = {job("a", 0, 30), job("b", 30, 10), job("c", 70, 10)};
  for (Job& j : f.jobs) j.site = "B", j.data = "e";
  f.jobs[0].data = "d";
  Outside o(f);
  CHECK(o.end("a", 5).run(100).schedule() == Lines{"a -1-5 withdrawn", "b 50-60", "c 70-80"});
}

// ---- checkpoints on demand ------------------------------------------------------------------------------------------

Floor on_demand(std::int64_t cores) {
  Floor f = preempting(PreemptionKind::checkpoint_on_demand, cores);
  f.policy.preemption.write = seconds(10);
  return f;
}

TEST_CASE("The head starts as soon as the last of those who make room is ended", "[design][commands]") {
  Outside o(with(on_demand(2), {job("s", 0, 100, 2), important(job("h", 20, 10, 2), 1)}));
  const Run r = o.watch("s h").end("s", 24).run(200);
  CHECK(r.schedule() == Lines{"s 0-24 withdrawn", "h 24-34"});
  CHECK(o.told() == Lines{"0 s started", "20 s stopped", "24 h started", "34 h completed, lacked 0, ran 10"});
  CHECK(to_seconds(r.seen.farm.used) == 2 * (24 + 10));
}

TEST_CASE("What a job frees before it has written is kept for the head", "[design][commands]") {
  for (const Backfill b : {Backfill::none, Backfill::easy, Backfill::conservative}) {
    Floor f = on_demand(5);
    f.features = {feature("x", 1)};
    f.policy.backfill = b;
    f.policy.licence_aware = true;
    f.jobs = {job("s", 0, 100, 3, {kX}), job("t", 0, 100, 2), important(job("h", 20, 10, 4, {kX}), 1),
              job("c", 24, 3, 1), job("d", 24, 3, 1, {kX})};
    Outside o(f); // of the 3 cores of s one is to spare, of its tokens none
    const Run r = o.end("s", 25).run(300);
    CHECK(r.schedule() == Lines{"s 0-25 withdrawn", "t 40-120", "h 30-40", "c 25-28", "d 40-43"});
    CHECK(r.seen.jobs[1].starts == 2);
    CHECK(r.seen.features[0].used == ticks(40 + 3)); // the head has it from 25 on, in a way
  }
}

TEST_CASE("A token that is held on to keeps the head waiting", "[design][commands]") {
  Floor f = on_demand(1);
  f.features = {feature("x", 1)};
  f.features[0].minimum_hold = seconds(28);
  f.jobs = {job("s", 0, 100, 1, {kX}), important(job("h", 20, 10, 1, {kX}), 1), important(job("g", 20, 5), 2)};
  f.jobs[2].submit = seconds(24);
  Outside o(f); // s is ended at 24, its token is back at 28: h goes back to the queue, g passes it
  const Run r = o.end("s", 24).run(200);
  CHECK(r.schedule() == Lines{"s 0-24 withdrawn", "h 29-39", "g 24-29"});
  Outside none(f); // h is ended at the same tick, in the queue again
  CHECK(none.end("s", 24).end("h", 24).run(200).schedule() ==
        Lines{"s 0-24 withdrawn", "h -1-24 withdrawn", "g 24-29"});
}

TEST_CASE("Those who write go on where the head is ended", "[design][commands]") {
  for (const Backfill b : {Backfill::none, Backfill::easy, Backfill::conservative}) {
    Floor f = on_demand(3);
    f.features = {feature("x", 1)};
    f.policy.backfill = b;
    f.jobs = {job("s", 0, 100, 2),      important(job("h", 20, 10, 3, {kX}), 1),
              job("c", 24, 3, 1, {kX}), important(job("g", 25, 5, 3), 1),
              job("d", 26, 100, 1),     job("e", 26, 4, 1)};
    Outside o(f); // a core and a token are kept for h until 25; g waits for s, e ends before it may start
    const Run r = o.watch("s").end("h", 25).run(300);
    CHECK(o.told()[1] == "20 s stopped");
    if (b == Backfill::none)
      CHECK(r.schedule() == Lines{"s 35-115", "h -1-25 withdrawn", "c 35-38", "g 30-35", "d 38-138", "e 115-119"});
    else
      CHECK(r.schedule() == Lines{"s 35-115", "h -1-25 withdrawn", "c 25-28", "g 30-35", "d 35-135", "e 115-119"});
  }
}

TEST_CASE("A hand-over outlives those before it where its head is ended", "[design][commands]") {
  Floor f = on_demand(3);
  f.jobs = {job("s", 0, 100), job("t", 0, 100), job("u", 0, 100)};
  for (const auto& [name, at] : {std::pair("h", 20), std::pair("i", 24), std::pair("j", 31)})
    f.jobs.push_back(important(job(name, at, 50), 1));
  Outside o(f); // u writes for h until 30, t for i until 34 (who is gone at 26), s for j until 41
  CHECK(o.end("i", 26).run(300).schedule() ==
        Lines{"s 80-149", "t 34-110", "u 91-171", "h 30-80", "i -1-26 withdrawn", "j 41-91"});
}

TEST_CASE("Nothing is kept that others have by now", "[design][commands]") {
  // g loses node bad at 50 while it writes for h, its other core goes to c; v is ended at 52, w writes until 55
  Floor f = on_demand(1);
  f.node_classes = {node_class("bad", 1, 1), node_class("good", 3, 1)};
  f.node_classes[0].mttf = fixed(50);
  f.node_classes[0].mttr = fixed(10);
  f.jobs = {job("g", 0, 60), job("v", 0, 60), job("w", 0, 60), important(job("h", 45, 10), 1),
            important(job("c", 46, 20), 1)};
  f.jobs[0].ranks = 2;
  f.jobs[3].ranks = 4;
  Outside middle(f);
  CHECK_NOTHROW(middle.end("v", 52).run(54)); // looks at the books
  Outside o(f);                               // at 55 the bad node is down: h waits for it, and for c
  CHECK(o.end("v", 52).end("g", 75).run(100).schedule() ==
        Lines{"g 0-75 withdrawn", "v 0-52 withdrawn", "w 80-95", "h 70-80", "c 50-70"});
}

TEST_CASE("A token that comes back later is not kept for the head", "[design][commands]") {
  Floor f = on_demand(5);
  f.features = {feature("x", 1)};
  f.features[0].minimum_hold = seconds(28);
  f.jobs = {job("s", 0, 100, 1, {kX}), job("t", 0, 100, 2), important(job("h", 20, 10, 4, {kX}), 1),
            job("d", 25, 3, 1, {kX})};
  Outside o(f); // t writes until 30; at 28 the token is free for all
  CHECK(o.end("s", 24).run(300).schedule() ==
        Lines{"s 0-24 withdrawn", "t 66-146", "h 56-66", "d 28-31"}); // d, too, holds it for 28 s
}

TEST_CASE("Nothing is told of who starts and is ended at one tick", "[design][commands]") {
  Outside o(with(on_demand(2), {job("s", 0, 100, 2), important(job("h", 20, 10, 2), 1)}));
  const Run r = o.watch("s h").end("s", 24).end("h", 24).run(200);
  CHECK(r.schedule() == Lines{"s 0-24 withdrawn", "h 24-24"});
  CHECK(o.told() == Lines{"0 s started", "20 s stopped"});
}

} // namespace
} // namespace centresim::design
