// What waiting for licences is counted as, and traces that meet partitions.
#include "support.hpp"
#include "trace_files.hpp"

namespace centresim::design {
namespace {
using namespace test;

double lacking(const Run& r) { return to_seconds(r.seen.farm.lacking); }

TEST_CASE("A job that lacks several tokens waits once", "[design][licences]") {
  Floor f = pool(4);
  f.features = {feature("x", 1), feature("y", 1)};
  f.jobs = {job("a", 0, 100, 1, {{"x", 1, 0}, {"y", 1, 0}}), job("b", 0, 10, 1, {{"x", 1, 0}, {"y", 1, 0}})};
  CHECK(lacking(run(f)) == 100);
}

TEST_CASE("A job that finds some of its tokens free still waits for a licence", "[design][licences]") {
  Floor f = pool(4);
  f.features = {feature("x", 4)};
  f.jobs = {job("a", 0, 100, 1, {{"x", 1, 0}}), job("b", 0, 10, 1, {{"x", 4, 0}})};
  CHECK(lacking(run(f)) == 100);
}

TEST_CASE("Being held back and waiting at the licence server are waits for a licence", "[design][licences]") {
  Floor f = pool(4);
  f.policy.kill_at_request = false;
  f.jobs = {job("a", 0, 100, 1, {{"x", 1, 0}}), job("b", 0, 10, 1, {{"x", 1, 0}})};
  f.features = {feature("x", 1, Acquire::queue)};
  CHECK(lacking(run(f)) == 100);
  f.features = {feature("x", 1, Acquire::requeue)};
  f.features[0].first_try = seconds(1);
  f.features[0].back_off = f.features[0].back_off_max = seconds(50); // tries at 1, 52 and 103, the last one is lucky
  CHECK(lacking(run(f)) == 100);
  CHECK(run(f).end("b") == 113);
}

TEST_CASE("A job killed at its wall time has lost the work it did, not the time for which it was suspended",
          "[design][preemption]") {
  Floor f = pool(1);
  f.jobs = {job("a", 0, 100), important(job("b", 20, 50), 1)};
  f.jobs[0].request = seconds(60);
  f.policy.order = Order::priority;
  f.policy.preemption.kind = PreemptionKind::suspend;
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"a 0-110 walltime", "b 20-70"});
  CHECK(to_seconds(r.seen.farm.lost_walltime) == 60);
}

Floor traced(const trace_files::Folder& folder, std::string_view table) {
  Floor f = pool(4);
  f.features = {feature("x", 2)};
  f.features[0].partitions = {{"A", 2}};
  f.trace.emplace();
  f.trace->file = folder.write("jobs.csv", table);
  f.trace->format = TraceFormat::csv;
  return f;
}

TEST_CASE("A trace may use a feature that is all of one project's", "[design][trace][licences]") {
  const trace_files::Folder folder;
  const Run r = run(traced(folder, "name,submit,run,tokens,project\n1,0,10,x:2,A\n2,0,10,,B\n3,0,10,x,B\n"));
  REQUIRE(r.seen.jobs.size() == 3);
  CHECK(r.seen.jobs[0].state == JobState::completed);
  CHECK(r.seen.jobs[1].state == JobState::completed);
  CHECK(r.seen.jobs[2].state == JobState::rejected); // B has no token of it
}

TEST_CASE("What fits no farm is told before a trace runs", "[design][trace][check]") {
  const trace_files::Folder folder;
  const auto refused = [&](std::string_view table, const std::string& rule) {
    try {
      (void)compile(traced(folder, table), kUntilEmpty);
      FAIL("was taken");
    } catch (const core::InputError& error) {
      REQUIRE(error.issues().size() == 1);
      CHECK(error.issues()[0].rule == rule);
      CHECK(error.issues()[0].line == 2);
    }
  };
  refused("name,submit,run,ranks\n1,0,10,5\n",
          "this job does not fit the farm, not even the empty one: it can never run");
  refused("name,submit,run,tokens\n1,0,10,x:3\n", "uses 3 tokens of 'x', which has 2");
  refused("name,submit,run,tokens\n1,0,10,y\n", "uses a token of 'y', but there is no feature of that name");
}

TEST_CASE("Many users and steps of a trace do not multiply", "[design][trace]") {
  const trace_files::Folder folder;
  std::string table = "name,submit,run,user,step\n";
  for (int i = 1; i <= 3000; i++) table += fmt::format("{},{},1,u{},s{}\n", i, i, i, i);
  Floor f = traced(folder, table);
  f.policy.order = Order::sjf_predicted;
  const Run r = run(f);
  CHECK(r.seen.counts.ended == 3000); // 9 million predictors would have been made
}

} // namespace
} // namespace centresim::design
