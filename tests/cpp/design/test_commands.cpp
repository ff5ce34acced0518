// Jobs from outside: what is posted runs as what is listed, what is told of it, and ending it wherever it is.
#include "outside.hpp"

#include "centresim/design/results.hpp"

namespace centresim::design {
namespace {
using namespace test;

// ---- facts ----------------------------------------------------------------------------------------------------------

TEST_CASE("Posted jobs run as listed ones, and their facts go by the order of posting", "[design][commands]") {
  // c runs in the slot of b, which ended first, d in that of a: at 30 the events of d come before those of c
  const Floor f = with(pool(2), {job("a", 0, 20), job("b", 0, 10), job("c", 10, 20), job("d", 20, 10), job("e", 25, 5),
                                 job("g", 25, 5, 3)});
  Outside o(f);
  const Run r = o.watch("c d e").run(100);
  CHECK(r.schedule() == Lines{"a 0-20", "b 0-10", "c 10-30", "d 20-30", "e 30-35", "g -1-25 rejected"});
  CHECK(o.told() == Lines{"10 b completed, lacked 0, ran 10", "10 c started", "20 a completed, lacked 0, ran 20",
                          "20 d started", "25 g rejected, lacked 0, ran 0", "30 c completed, lacked 0, ran 20",
                          "30 d completed, lacked 0, ran 10", "30 e started", "35 e completed, lacked 0, ran 5"});
  const JobFact& e = o.facts().back();
  CHECK(e.submitted == ticks(25));
  CHECK(e.first_start == ticks(30));
  CHECK(o.facts()[4].first_start == -1);
}

TEST_CASE("A floor may have nothing but posted jobs", "[design][commands]") {
  Outside o(with(pool(1), {job("a", 0, 10)}));
  Engine& engine = o.engine();
  o.post(0); // before the first tick
  CHECK(engine.next() == 0);
  o.apply(0);
  o.settle();
  CHECK(engine.next() == ticks(10));
  o.apply(ticks(4));
  CHECK(engine.next() == ticks(10));
  engine.post(ticks(4), o.jobs()[0], 7, true);
  CHECK(engine.next() == ticks(4)); // there is something to dispatch
  o.settle();
  CHECK(engine.next() == ticks(10));
  o.apply(ticks(10));
  CHECK(o.told() == Lines{"10 a completed, lacked 0, ran 10"});
  o.settle();
  CHECK(o.told().back() == "10 ? started");
  CHECK(o.facts().back().tag == 7);
  engine.end(ticks(10), 7);
  CHECK(engine.next() == ticks(10));
  o.apply(ticks(11));
  CHECK(engine.next() == core::kNever);
  CHECK(o.facts().size() == 2);
  CHECK(engine.finish(ticks(20)).flows[0].ended == std::array<std::int64_t, kJobStates>{2, 0, 0, 0, 0});
}

TEST_CASE("A run goes on with what was posted before it", "[design][commands]") {
  Outside o(with(pool(1), {job("a", 0, 10), job("b", 0, 10)}), kUntilEmpty);
  o.post(0);
  o.post(1);
  core::NoPulse pulse;
  REQUIRE(o.engine().run(pulse));
  CHECK(o.engine().finish(ticks(1e6)).last_end == ticks(20));
}

TEST_CASE("Commands that make no sense are refused", "[design][commands]") {
  Outside o(with(pool(1), {job("a", 0, 10), job("b", 0, 10, 2)}));
  Engine& engine = o.engine();
  o.apply(0);
  o.post(0);
  CHECK_THROWS_AS(o.post(0), std::logic_error); // the same tag
  CHECK_THROWS_AS(o.end(1), std::logic_error);
  CHECK_THROWS_AS(engine.post(ticks(5), o.jobs()[0], 5, false), std::logic_error);
  CHECK_THROWS_AS(engine.end(ticks(5), o.tag(0)), std::logic_error);
  const auto refused = [&](auto change) {
    Submission s = o.jobs()[0];
    change(s);
    CHECK_THROWS_AS(engine.post(0, s, 5, false), std::invalid_argument);
  };
  refused([](Submission& s) { s.flow = 1; });
  refused([](Submission& s) { s.tokens = 9; });
  refused([](Submission& s) { s.home = 1; });
  refused([](Submission& s) { s.reading = 1; });
  refused([](Submission& s) { s.account = 0; });
  refused([](Submission& s) { s.run = 0; });
  refused([](Submission& s) { s.request = 0; });
  refused([](Submission& s) { s.cores = 0; });
  refused([](Submission& s) { s.ranks = 0; });
  o.post(1);
  CHECK_THROWS_AS(o.end(1), std::logic_error); // rejected: ended already, though not yet told
  o.settle();
  CHECK(o.told() == Lines{"0 b rejected, lacked 0, ran 0"});
  engine.post(0, o.jobs()[1], 3, false);
  CHECK(engine.next() == 0); // there is something to tell
  o.apply(0);
  o.settle();
  CHECK(o.facts().back().tag == 3);
  o.apply(ticks(20));
  CHECK_THROWS_AS(o.end(0), std::logic_error); // it has ended
  CHECK_NOTHROW(o.post(0));                    // its tag is free again
  const Model closed = compile(with(pool(1), {job("a", 0, 10)}), span(10));
  Engine other(closed, 1, 0);
  CHECK_THROWS_AS(other.post(0, closed.jobs[0], 1, false), std::logic_error);
}

TEST_CASE("A watched job across a failure of its node", "[design][commands]") {
  Floor f = with(pool(1), {job("s", 0, 70)});
  f.node_classes[0].mttf = fixed(50);
  f.node_classes[0].mttr = fixed(10);
  f.node_classes[0].nodes = 1;
  f.policy.kill_at_request = false;
  Outside o(f);
  const Run r = o.watch("s").end("s", 115).run(200);
  CHECK(o.told() == Lines{"0 s started", "50 s stopped", "60 s started", "110 s stopped"}); // ended in the queue
  CHECK(r.schedule() == Lines{"s 60-115 withdrawn"});
}

TEST_CASE("A watched job that makes room", "[design][commands]") {
  const std::vector<Job> jobs{job("s", 0, 70), important(job("h", 20, 10), 1)};
  const auto told = [&](PreemptionKind kind) {
    Floor f = with(preempting(kind), jobs);
    f.policy.preemption.write = seconds(5);
    Outside o(f);
    o.watch("s h").run(200);
    return o.told();
  };
  CHECK(told(PreemptionKind::kill) == Lines{"0 s started", "20 s stopped", "20 h started",
                                            "30 h completed, lacked 0, ran 10", "30 s started",
                                            "100 s completed, lacked 0, ran 90"});
  CHECK(told(PreemptionKind::suspend) == Lines{"0 s started", "20 s stopped", "20 h started",
                                               "30 h completed, lacked 0, ran 10", "30 s started",
                                               "80 s completed, lacked 0, ran 70"});
  // it stops when it begins to write, and keeps its cores for 5 s
  CHECK(told(PreemptionKind::checkpoint_on_demand) == Lines{"0 s started", "20 s stopped", "25 h started",
                                                            "35 h completed, lacked 0, ran 10", "35 s started",
                                                            "85 s completed, lacked 0, ran 75"});
}

TEST_CASE("A watched job that runs out of memory", "[design][commands]") {
  Floor f = with(pool(1), {wide(job("s", 0, 100), 4)});
  f.node_classes[0].memory = 16;
  f.jobs[0].peak_memory = 8;
  f.policy.memory.limit = MemoryLimit::enforced;
  f.policy.memory.ramp = 1;
  f.policy.memory.retry_factor = 1.5;
  f.policy.memory.tries = 1;
  Outside o(f);
  o.watch("s").run(1000); // 4 of 8 GB are reached after 50 s, 6 after 75
  CHECK(o.told() == Lines{"0 s started", "50 s stopped", "50 s started", "125 s failed, lacked 0, ran 125"});
}

// ---- waits for licences ---------------------------------------------------------------------------------------------

TEST_CASE("How long a job lacked tokens of several features", "[design][commands]") {
  // b wants both x and y, and 2 cores: x is taken from 10 to 30, y from 40 to 70, and cores are there at 100
  Floor f = pool(3);
  f.policy.blocking = Blocking::skip;
  f.features = {feature("x", 1), feature("y", 1)};
  f.jobs = {job("a", 0, 30, 1, {kX}), job("d", 0, 100, 2), job("b", 10, 10, 2, {kX, kY}), job("c", 40, 30, 1, {kY}),
            job("e", 50, 5, 2, {kX, kY})}; // e waits for c, then for b
  Outside o(f);
  const Run r = o.run(200);
  CHECK(r.schedule() == Lines{"a 0-30", "d 0-100", "b 100-110", "c 40-70", "e 110-115"});
  CHECK(o.told() == Lines{"30 a completed, lacked 0, ran 30", "70 c completed, lacked 0, ran 30",
                          "100 d completed, lacked 0, ran 100", "110 b completed, lacked 50, ran 10",
                          "115 e completed, lacked 30, ran 5"});
  CHECK(to_seconds(r.seen.farm.lacking) == 50 + 30);
}

TEST_CASE("Waits at the licence server and after denials count as lacking", "[design][commands]") {
  Floor f = pool(4);
  f.policy.kill_at_request = false;
  f.jobs = {job("a", 0, 100, 1, {kX}), job("b", 0, 10, 1, {kX})};
  f.features = {feature("x", 1, Acquire::queue)};
  Outside queued(f);
  queued.watch("b").run(200);
  CHECK(queued.told() ==
        Lines{"100 a completed, lacked 0, ran 100", "100 b started", "110 b completed, lacked 100, ran 110"});
  CHECK(queued.facts().back().first_start == 0);
  f.features = {feature("x", 1, Acquire::requeue)};
  f.features[0].first_try = seconds(1);
  f.features[0].back_off = f.features[0].back_off_max = seconds(50);
  Outside again(f); // held from 1 to 51 and from 52 to 102, tries from 0, 51 and 102 on, the last one is lucky
  again.watch("b").run(200);
  CHECK(again.told() ==
        Lines{"101 a completed, lacked 0, ran 101", "103 b started", "113 b completed, lacked 100, ran 13"});
}

TEST_CASE("What a job lacked is no longer counted once it has run", "[design][commands]") {
  Floor f = preempting(PreemptionKind::kill, 2);
  f.features = {feature("x", 1)};
  f.jobs = {job("a", 0, 10, 1, {kX}), job("s", 5, 40, 1, {kX}), important(job("h", 20, 30, 2, {kX}), 1)};
  Outside o(f);
  const Run r = o.run(200);
  CHECK(o.told() == Lines{"10 a completed, lacked 0, ran 10", "50 h completed, lacked 0, ran 30",
                          "90 s completed, lacked 5, ran 50"});
  CHECK(to_seconds(r.seen.farm.lacking) == 5 + 30);
}

TEST_CASE("A job whose data are on their way lacks no token yet", "[design][commands]") {
  Floor f = two_sites();
  f.features = {feature("x", 1)};
  f.jobs = {job("a", 0, 30, 1, {kX}), job("b", 0, 10, 1, {kX})};
  f.jobs[0].site = f.jobs[1].site = "B";
  f.jobs[1].data = "d";
  Outside o(f);
  o.run(100);
  CHECK(o.told() == Lines{"30 a completed, lacked 0, ran 30", "40 b completed, lacked 10, ran 10"});
}

// ---- results --------------------------------------------------------------------------------------------------------

TEST_CASE("Results name what was posted and withdrawn, and only on floors that take jobs from outside",
          "[design][commands][results]") {
  Floor f = with(pool(1), {job("a", 0, 10), job("b", 0, 10), job("c", 0, 10), job("d", 0, 10)});
  f.streams = {stream("t", fixed(50), fixed(1))};
  f.streams[0].kind = "regular";
  Outside o(f, span(100));
  const Run r = o.end("b", 5).run(100);
  const auto texts = [](const experiment::Tree& tree, const char* group, const char* name) {
    for (const experiment::Variable& v : tree.at(group).variables)
      if (v.name == name) return std::get<Lines>(v.values);
    return Lines{};
  };
  const auto numbers = [](const experiment::Tree& tree, const char* group, const char* name) {
    for (const experiment::Variable& v : tree.at(group).variables)
      if (v.name == name) return std::get<std::vector<std::int64_t>>(v.values);
    return std::vector<std::int64_t>{};
  };
  experiment::Tree tree, closed;
  add_results(tree, r.model, std::span(&r.seen, 1));
  const Lines all{"completed", "walltime", "rejected", "failed", "withdrawn"};
  CHECK(texts(tree, "design/kinds", "job_state") == all);
  CHECK(numbers(tree, "design/kinds", "ended") == std::vector<std::int64_t>{4, 0, 0, 0, 1});
  CHECK(texts(tree, "design/trace/jobs", "job_state") == all);
  CHECK(texts(tree, "design/trace/jobs", "job_source") == Lines{"listed", "trace", "stream t", "posted"});
  CHECK(numbers(tree, "design/trace/jobs", "source") == std::vector<std::int64_t>{3, 3, 3, 3, 2});
  CHECK(numbers(tree, "design/trace/jobs", "number") == std::vector<std::int64_t>{0, 1, 2, 3, 0});
  CHECK(numbers(tree, "design/trace/jobs", "state") == std::vector<std::int64_t>{0, 4, 0, 0, 0});
  const auto share = [](const Run& x) {
    std::vector<double> found;
    for (const auto& k : kpis(x.model, std::span(&x.seen, 1)))
      if (k.info.name == "design.withdrawn_share") found.push_back(k.values.at(0));
    return found;
  };
  CHECK(share(r) == std::vector<double>{0.2});
  const Run listed = run(f, span(100));
  add_results(closed, listed.model, std::span(&listed.seen, 1));
  CHECK(texts(closed, "design/kinds", "job_state") == Lines{"completed", "walltime", "rejected", "failed"});
  CHECK(numbers(closed, "design/kinds", "ended") == std::vector<std::int64_t>{5, 0, 0, 0});
  CHECK(texts(closed, "design/trace/jobs", "job_source") == Lines{"listed", "trace", "stream t"});
  CHECK(share(listed).empty());
}

} // namespace
} // namespace centresim::design
