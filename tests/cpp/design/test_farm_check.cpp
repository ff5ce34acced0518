// Every fault of a floor is found before the run, with the path of what is wrong.
#include "support.hpp"

namespace centresim::design {
namespace {
using namespace test;

// A sound floor that has one of everything.
Floor sound() {
  Floor f;
  f.node_classes = {node_class("big", 2, 16), node_class("small", 4, 4)};
  f.node_classes[0].memory = 64;
  f.node_classes[0].scratch = 100;
  f.node_classes[1].memory = 8;
  f.node_classes[1].mttf = exponential(1000);
  f.node_classes[1].mttr = exponential(10);
  f.drains = {{"monthly", "big", seconds(0), seconds(60), seconds(600), 1}};
  f.features = {feature("vcs", 8), feature("dc", 2)};
  f.features[0].users = 2;
  f.features[0].think = exponential(100);
  f.features[0].hold = exponential(100);
  f.accounts = {{"top", "", 1, true}, {"team", "top", 1, true}};
  f.profiles = {{"week", std::vector<double>(168, 1)}, {"day", std::vector<double>(24, 1)}};
  f.streams = {stream("sim", exponential(10), exponential(5))};
  f.streams[0].profile = "week";
  f.streams[0].tokens = {{"vcs", 1, 8}};
  f.jobs = {job("a", 0, 10, 16, {{"vcs", 1, 8}, {"dc", 1, 0}}), job("b", 0, 10)};
  f.jobs[0].memory = 64;
  return f;
}

struct Case {
  const char* what;
  std::function<void(Floor&)> change;
  std::string message; // the path and how the rule begins
};

void run_cases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    Floor f = sound();
    c.change(f);
    const auto found = faults(f);
    std::string all;
    for (const std::string& line : found) all += line + "\n";
    INFO(c.what << "\nexpected " << c.message << "\nfound " << all);
    CHECK(std::ranges::any_of(found, [&](const std::string& line) { return line.starts_with(c.message); }));
    CHECK(found.size() == 1);
  }
}

TEST_CASE("A sound floor has no faults", "[design][check]") {
  for (const std::string& fault : faults(sound())) FAIL(fault);
  Floor f = pool(1);
  f.trace = Trace{"not looked for.swf", TraceFormat::swf, "", false, "trace"};
  CHECK(faults(f).empty()); // a trace alone is jobs enough
}

TEST_CASE("What a farm must have", "[design][check]") {
  Floor f;
  CHECK(faults(f) == Lines{"design.jobs: a floor needs projects, jobs, streams of jobs or a trace"});
  f.jobs = {job("a", 0, 1)};
  CHECK(faults(f).front() == "design.node_classes: a farm needs at least one class of nodes");
  run_cases({
      {"load factor", [](Floor& x) { x.load_factor = 0; }, "design.load_factor: 0: must be more than 0"},
      {"load factor", [](Floor& x) { x.load_factor = NAN; }, "design.load_factor: nan: must be more than 0"},
      {"load factor", [](Floor& x) { x.load_factor = INFINITY; }, "design.load_factor: inf: must be"},
  });
}

TEST_CASE("Names of a floor are there and unique", "[design][check]") {
  run_cases({
      {"class", [](Floor& f) { f.node_classes.push_back(f.node_classes[0]); },
       "design.node_classes.big.name: big: this"},
      {"class", [](Floor& f) { f.node_classes.push_back(node_class("", 1, 1)); }, "design.node_classes: every element"},
      {"feature", [](Floor& f) { f.features.push_back(f.features[0]); }, "design.features.vcs.name: vcs: this name"},
      {"feature",
       [](Floor& f) {
         f.features[1].name = "a:b";
         f.jobs[0].tokens.pop_back();
       },
       "design.features.a:b.name: a:b: must not hold a colon"},
      {"stream", [](Floor& f) { f.streams.push_back(f.streams[0]); }, "design.streams.sim.name: sim: this name"},
      {"job", [](Floor& f) { f.jobs.push_back(f.jobs[0]); }, "design.jobs.a.name: a: this name is taken"},
      {"job", [](Floor& f) { f.jobs[1].name = ""; }, "design.jobs: every element needs a name"},
      {"profile", [](Floor& f) { f.profiles.push_back(f.profiles[0]); }, "design.profiles.week.name: week: this"},
      {"drain", [](Floor& f) { f.drains.push_back(f.drains[0]); }, "design.drains.monthly.name: monthly: this"},
      {"account", [](Floor& f) { f.accounts.push_back(f.accounts[0]); }, "design.accounts.top.name: top: this name"},
  });
}

TEST_CASE("Nodes, drains and features", "[design][check]") {
  run_cases({
      {"no repair", [](Floor& f) { f.node_classes[1].mttr.reset(); }, "design.node_classes.small.mttr: mttf and mttr"},
      {"no failure", [](Floor& f) { f.node_classes[1].mttf.reset(); }, "design.node_classes.small.mttf: mttf and mttr"},
      {"law", [](Floor& f) { f.node_classes[1].mttf->parameters[0] = -1; }, "design.node_classes.small.mttf: "},
      {"law", [](Floor& f) { f.node_classes[1].mttr->parameters[0] = NAN; }, "design.node_classes.small.mttr: "},
      {"power", [](Floor& f) { f.node_classes[0].idle_power = 2; }, "design.node_classes.big.busy_power: 0: is less"},
      {"class", [](Floor& f) { f.drains[0].node_class = "bif"; },
       "design.drains.monthly.node_class: bif: there is no class of nodes of that name; did you mean 'big'"},
      {"nodes", [](Floor& f) { f.drains[0].nodes = 3; }, "design.drains.monthly.nodes: 3: the class has 2 nodes"},
      {"every", [](Floor& f) { f.drains[0].every = seconds(60); },
       "design.drains.monthly.every: 1 min: must be longer"},
      {"think", [](Floor& f) { f.features[0].think.reset(); }, "design.features.vcs.think: is missing"},
      {"hold", [](Floor& f) { f.features[0].hold.reset(); }, "design.features.vcs.hold: is missing"},
      {"law", [](Floor& f) { f.features[0].hold->parameters[0] = -5; }, "design.features.vcs.hold: "},
      {"back-off", [](Floor& f) { f.features[1].back_off_max = seconds(59); },
       "design.features.dc.back_off_max: 59 s: is less than back_off"},
  });
}

TEST_CASE("Accounts and profiles", "[design][check]") {
  run_cases({
      {"parent", [](Floor& f) { f.accounts[1].parent = "tip"; },
       "design.accounts.team.parent: tip: there is no account of that name; did you mean 'top'"},
      {"itself", [](Floor& f) { f.accounts[1].parent = "team"; },
       "design.accounts.team.parent: team: the accounts above"},
      {"hours", [](Floor& f) { f.profiles[1].rates.pop_back(); }, "design.profiles.day.rates: 23 rates: must be 24"},
      {"negative", [](Floor& f) { f.profiles[0].rates[7] = -1; }, "design.profiles.week.rates: must not be negative"},
      {"infinite", [](Floor& f) { f.profiles[0].rates[7] = INFINITY; }, "design.profiles.week.rates: must not be"},
      {"nothing", [](Floor& f) { f.profiles[1].rates.assign(24, 0); },
       "design.profiles.day.rates: must not be negative"},
  });
  Floor f = sound();
  f.accounts[0].parent = "team";
  CHECK(faults(f) == Lines{"design.accounts.top.parent: team: the accounts above it go round in a circle",
                           "design.accounts.team.parent: top: the accounts above it go round in a circle"});
  f.accounts.push_back({"under", "team", 1, true}); // hangs on the circle
  CHECK(faults(f).size() == 3);
}

TEST_CASE("Streams and jobs", "[design][check]") {
  run_cases({
      {"law", [](Floor& f) { f.streams[0].every.parameters[0] = -1; }, "design.streams.sim.every: "},
      {"law", [](Floor& f) { f.streams[0].run.parameters[0] = INFINITY; }, "design.streams.sim.run: "},
      {"law", [](Floor& f) { f.streams[0].jobs.parameters[0] = -1; }, "design.streams.sim.jobs: "},
      {"law", [](Floor& f) { f.streams[0].memory.parameters[0] = NAN; }, "design.streams.sim.memory: "},
      {"law", [](Floor& f) { f.streams[0].memory_request.parameters.clear(); }, "design.streams.sim.memory_request: "},
      {"law", [](Floor& f) { f.streams[0].request.parameters[0] = -1; }, "design.streams.sim.request: "},
      {"profile", [](Floor& f) { f.streams[0].profile = "weak"; },
       "design.streams.sim.profile: weak: there is no profile of that name; did you mean 'week'"},
      {"until", [](Floor& f) { f.streams[0].start = f.streams[0].until.emplace(seconds(5)); },
       "design.streams.sim.until: 5 s: must be later than start"},
      {"tokens", [](Floor& f) { f.streams[0].tokens = {{"vcc", 1, 0}}; },
       "design.streams.sim.tokens: vcc: there is no feature of that name; did you mean 'vcs'"},
      {"tokens", [](Floor& f) { f.streams[0].tokens = {{"vcs", 9, 0}}; },
       "design.streams.sim.tokens: vcs:9: needs 9 tokens of 'vcs', which has 8: it can never run"},
      {"threads",
       [](Floor& f) {
         f.streams[0].tokens = {{"vcs", 1, 1}};
         f.streams[0].cores = number(16);
       },
       "design.streams.sim.tokens: vcs:1+1/1: needs 17 tokens"},
      {"cores",
       [](Floor& f) {
         f.streams[0].cores = number(17);
         f.streams[0].tokens.clear();
       },
       "design.streams.sim.cores: 17: such a job fits no node"},
      {"cores",
       [](Floor& f) {
         f.streams[0].cores = number(1e15);
         f.streams[0].tokens.clear();
       },
       "design.streams.sim.cores: 10000000: such a job fits no node"},
      {"scratch",
       [](Floor& f) {
         f.streams[0].cores = number(16);
         f.streams[0].scratch = 101;
       },
       "design.streams.sim.cores: 16: such a job fits no node"},
      {"memory",
       [](Floor& f) {
         f.streams[0].memory = number(40);
         f.streams[0].memory_request = number(1.7);
       },
       "design.streams.sim.memory: 68 GB: a job with so much requested fits no node"},
      {"token", [](Floor& f) { f.jobs[0].tokens[0].feature = "vcx"; },
       "design.jobs.a.tokens: vcx: there is no feature"},
      {"token", [](Floor& f) { f.jobs[0].tokens[1].feature = "vcs"; },
       "design.jobs.a.tokens: vcs: names the feature twice"},
      {"gang",
       [](Floor& f) {
         f.jobs[1].tokens = {{"vcs", 1, 2}};
         f.jobs[1].cores = 4;
         f.jobs[1].ranks = 4;
       },
       "design.jobs.b.tokens: vcs:1+1/2: needs 9 tokens"},
      {"cores", [](Floor& f) { f.jobs[1].cores = 17; },
       "design.jobs.b.cores: 1 x 17 cores, 0 GB: does not fit the farm"},
      {"ranks",
       [](Floor& f) {
         f.jobs[1].cores = 3;
         f.jobs[1].ranks = 15;
       },
       "design.jobs.b.cores: 15 x 3 cores, 0 GB"},
      {"memory", [](Floor& f) { f.jobs[0].memory = 64.1; }, "design.jobs.a.cores: 1 x 16 cores, 64.1 GB: does not"},
      {"memory",
       [](Floor& f) {
         f.jobs[1].memory = 30;
         f.jobs[1].ranks = 5;
       },
       "design.jobs.b.cores: 5 x 1 cores, 30 GB"},
  });
  Floor f = sound(); // all there is
  f.jobs[1].cores = 3;
  f.jobs[1].ranks = 14;
  CHECK(faults(f).empty());
  f.streams[0].cores = number(0); // told by whoever reads it
  f.jobs[0].cores = f.jobs[1].ranks = 0;
  CHECK(faults(f).empty());
}

TEST_CASE("Policies that contradict themselves", "[design][check]") {
  const auto preempting = [](Floor& f) { f.policy.preemption.kind = PreemptionKind::kill; };
  const std::string mixed = "design.policy.preemption.kind: does not go with";
  run_cases({
      {"backfill",
       [](Floor& f) {
         f.policy.backfill = Backfill::easy;
         f.policy.blocking = Blocking::skip;
       },
       "design.policy.backfill: needs blocking"},
      {"fit",
       [](Floor& f) {
         f.policy.backfill = Backfill::easy;
         f.policy.fit = Fit::max_jobs;
       },
       "design.policy.fit: max_jobs: needs backfill"},
      {"fit",
       [](Floor& f) {
         f.policy.blocking = Blocking::shape;
         f.policy.fit = Fit::max_jobs;
       },
       "design.policy.fit: max_jobs: needs backfill"},
      {"order",
       [](Floor& f) {
         f.policy.order = Order::fairshare;
         f.accounts.clear();
       },
       "design.policy.order: fairshare: needs accounts"},
      {"shape",
       [&](Floor& f) {
         preempting(f);
         f.policy.blocking = Blocking::shape;
       },
       mixed},
      {"keep",
       [&](Floor& f) {
         preempting(f);
         f.policy.backfill = Backfill::conservative_keep;
       },
       mixed},
      {"max",
       [&](Floor& f) {
         preempting(f);
         f.policy.fit = Fit::max_jobs;
       },
       mixed},
      {"checkpoints", [](Floor& f) { f.policy.preemption.kind = PreemptionKind::checkpoint; },
       "design.policy.preemption.every: is missing"},
  });
}

TEST_CASE("Every preset is a policy without faults", "[design][check]") {
  CHECK_FALSE(preset("no such policy"));
  for (const Preset& p : presets()) {
    INFO(p.name);
    Floor f = sound();
    REQUIRE(preset(p.name));
    f.policy = *preset(p.name);
    CHECK(faults(f).empty());
    CHECK_FALSE(std::string(p.doc).empty());
  }
}

} // namespace
} // namespace centresim::design
