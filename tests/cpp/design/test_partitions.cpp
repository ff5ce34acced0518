// Tokens that are a project's own.
#include "support.hpp"

namespace centresim::design {
namespace {
using namespace test;

const TokenUse kOne{"f", 1, 0};

Job of(std::string project, Job j) {
  j.project = std::move(project);
  return j;
}

// Three tokens, two of them project A's; every job runs 10 s on one of many cores.
Floor divided() {
  Floor f = pool(100);
  f.features = {feature("f", 3)};
  f.features[0].partitions = {{"A", 2}};
  return f;
}

TEST_CASE("A project uses its own tokens, all others what is left", "[design][licences]") {
  Floor f = divided();
  f.policy.blocking = Blocking::skip;
  f.jobs = {of("A", job("a1", 0, 10, 1, {kOne})), of("A", job("a2", 0, 10, 1, {kOne})),
            of("A", job("a3", 0, 10, 1, {kOne})), of("B", job("b1", 0, 10, 1, {kOne})), job("b2", 0, 10, 1, {kOne})};
  const Run r = run(f);
  CHECK(r.schedule() == Lines{"a1 0-10", "a2 0-10", "a3 10-20", "b1 0-10", "b2 10-20"});
  REQUIRE(r.model.features.size() == 2);
  CHECK(r.model.features[0].name == "f");
  CHECK(r.model.features[0].tokens == 1);
  CHECK(r.model.features[1].name == "f/A");
  CHECK(r.model.features[1].tokens == 2);
  CHECK(r.seen.features[0].checkouts == 2);
  CHECK(r.seen.features[1].checkouts == 3);
}

TEST_CASE("Partitions that do not add up, and jobs that they leave without tokens", "[design][licences][check]") {
  Floor f = divided();
  f.jobs = {of("B", job("b", 0, 10, 1, {{"f", 2, 0}})), of("A", job("a", 0, 10, 1, {{"f", 2, 0}}))};
  CHECK(faults(f) ==
        Lines{"design.jobs.b.tokens: f:2: needs 2 tokens of 'f', which has 1 for its project: it can never run"});
  f.jobs.erase(f.jobs.begin());
  f.features[0].partitions = {{"A", 2}, {"A", 1}, {"C", 1}};
  CHECK(faults(f) ==
        Lines{"design.features.f.partitions: A: this project has a partition already",
              "design.features.f.partitions: 4: the partitions together hold more than the 3 tokens there are"});
}

} // namespace
} // namespace centresim::design
