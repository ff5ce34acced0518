// Runs that cannot go on, and numbers at their limits: clear errors, no hang, no number that wraps round.
#include "support.hpp"

namespace centresim::design {
namespace {
using namespace test;

// ---- runs that cannot go on ----

TEST_CASE("A job longer than its node is ever up keeps the farm from running empty", "[design][limits]") {
  Floor f = pool(1); // up for 50 s, down for 10 s
  f.node_classes[0].mttf = fixed(50);
  f.node_classes[0].mttr = fixed(10);
  f.jobs = {job("A", 0, 51)};
  CHECK(model_error(f, span(1000, 0, true)).starts_with("the farm does not run empty: 1 jobs"));
  CHECK(model_error(f, span(1000)).empty()); // up to the horizon there is nothing wrong with that
}

TEST_CASE("Users outside the scheduler can keep a job from its tokens for ever", "[design][limits]") {
  Floor f = pool(1);
  f.features = {feature("f", 5)};
  f.features[0].users = 100;
  f.features[0].think = exponential(1);
  f.features[0].hold = exponential(1000);
  f.jobs = {job("A", 50, 1, 1, {{"f", 5, 0}})};
  CHECK(model_error(f, span(1000, 0, true)).starts_with("the farm does not run empty: 1 jobs"));
}

TEST_CASE("A long job among many events is no dead end", "[design][limits]") {
  Floor f = pool(1);
  f.features = {feature("f", 100)};
  f.features[0].users = 100;
  f.features[0].think = f.features[0].hold = exponential(1);
  f.jobs = {job("A", 0, 120'000)}; // 12 M events
  CHECK(model_error(f, span(10, 0, true)).empty());
}

TEST_CASE("A token in the hands of a suspended job can be the end", "[design][limits]") {
  Floor f = pool(1);
  f.policy.order = Order::priority;
  f.policy.preemption.kind = PreemptionKind::suspend;
  f.policy.preemption.keep_tokens = true;
  f.features = {feature("f", 1)};
  f.jobs = {job("A", 0, 10, 1, {{"f", 1, 0}}), important(job("B", 5, 10), 1),
            important(job("C", 6, 10, 1, {{"f", 1, 0}}), 1)};
  CHECK(model_error(f, span(1000, 0, true)).starts_with("the farm does not run empty: 2 jobs"));
  f.policy.preemption.keep_tokens = false;
  CHECK(run(f).schedule() == Lines{"A 0-30", "B 5-15", "C 15-25"});
}

TEST_CASE("More jobs in the farm than max_queue end the run", "[design][limits]") {
  Floor f = pool(1);
  f.max_queue = 10;
  for (int i = 0; i < 11; i++) f.jobs.push_back(job(std::to_string(i), i, 100));
  CHECK(model_error(f, span(1000)).find("more than 10 jobs are in it") != std::string::npos);
  f.jobs.pop_back();
  CHECK(model_error(f, span(1000)).empty());
  Floor held = pool(100); // those who are held back count, too
  held.max_queue = 10;
  held.features = {feature("f", 1, Acquire::requeue)};
  for (int i = 0; i < 12; i++) held.jobs.push_back(job(std::to_string(i), 100 * i, 1e6, 1, {{"f", 1, 0}}));
  CHECK(model_error(held, span(5000)).find("more than 10 jobs") != std::string::npos);
}

// ---- numbers at their limits ----

TEST_CASE("Half a million jobs at the same time", "[design][limits]") {
  Floor f = pool(10'000'000);
  f.streams = {stream("s", fixed(1000), exponential(50))};
  f.streams[0].jobs = number(500'000);
  f.streams[0].until = seconds(1001);
  const Run r = run(f, span(5000), 1, 0, {});
  CHECK(r.seen.counts.ended == 500'000);
  CHECK(r.seen.flows[0].wait == 0);
  f.streams[0].jobs = number(600'000);
  CHECK(model_error(f, span(5000)).find("jobs run at the same time") != std::string::npos);
}

TEST_CASE("Times of a hundred years", "[design][limits]") {
  const double century = 100 * 365 * 86400.0;
  Floor f = pool(2);
  f.features = {feature("f", 1), feature("g", 1, Acquire::requeue)};
  f.features[0].minimum_hold = f.features[0].linger = seconds(century);
  f.features[1].back_off = f.features[1].back_off_max = seconds(century);
  f.policy.order = Order::priority;
  f.policy.preemption.kind = PreemptionKind::suspend;
  f.policy.preemption.migrate_after = seconds(century);
  f.drains = {{"d", "pool", seconds(century), seconds(century), {}, {}}};
  const double late = 50 * 365 * 86400.0;
  f.jobs = {job("A", late, 10, 1, {{"f", 1, 0}}),       job("B", late, 10, 1, {{"f", 1, 0}}),
            job("C", late + 20, 100, 1, {{"g", 1, 0}}), job("D", late + 30, 100, 1, {{"g", 1, 0}}),
            job("E", late + 500, century, 2),           important(job("F", late + 600, century, 2), 1)};
  f.policy.blocking = Blocking::skip;
  f.policy.kill_at_request = false;
  const Run r = run(f, span(99 * 365 * 86400.0));
  CHECK(r.end("A") == late + 10);
  CHECK(r.start("B") == -1); // the token is held on to
  CHECK(r.end("C") == late + 150);
  CHECK(r.end("D") == -1); // held back
  CHECK(r.start("F") == late + 600);
  CHECK(r.end("F") == -1);
  CHECK(r.seen.counts.in_queue == 3); // B, D, and E, which is suspended
  CHECK(r.seen.counts.running == 1);
  CHECK(model_error(f, span(99 * 365 * 86400.0, 0, true)).starts_with("the farm does not run empty"));
}

TEST_CASE("Farms of billions of cores are counted exactly", "[design][limits]") {
  Floor f;
  f.node_classes = {node_class("n", 1000, 10'000'000)};
  Job j = job("A", 0, 1e9, 10'000'000);
  j.ranks = 1000;
  f.jobs = {j};
  const Run r = run(f, span(1e9));
  CHECK(r.seen.farm.used == Wide{10'000'000'000} * 1'000'000'000'000);
  CHECK(r.seen.counts.running == 1);
}

} // namespace
} // namespace centresim::design
