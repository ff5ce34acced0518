// What must hold in every run, whatever the floor: on random floors, on long queues, and between runs of one floor.
#include "random_floors.hpp"

#include "centresim/experiment/replicate.hpp"

#include <map>
#include <set>
#include <sys/resource.h>

namespace centresim::design {
namespace {
using namespace test;

Observations observe(const Floor& floor, const Span& s, FloorOptions options = {}) {
  return run(floor, s, 1, 0, options).seen;
}

// ---- random floors --------------------------------------------------------------------------------------------------

TEST_CASE("The books balance after every event", "[design][invariants]") {
  std::int64_t steps = 0;
  for (std::uint64_t seed = 1; seed <= 150; seed++) {
    const Floor f = RandomFloor(seed).make();
    INFO("floor " << seed);
    for (const std::string& fault : faults(f)) FAIL(fault);
    const Model model = compile(f, span(1200, 100));
    for (int stop = 0;; stop += seed % 10 == 0 ? 1 : 37) { // finish() looks at all books, and ends the run
      Engine engine(model, 7, seed);
      Tick tick = 0, last = 0;
      JobFacts facts; // nothing is posted
      int step = 0;
      for (; (tick = engine.next()) < model.horizon && step < stop; step++, steps++) {
        REQUIRE(tick >= last);
        last = tick;
        engine.apply(tick, facts);
        engine.dispatch(tick, facts);
      }
      const bool over = tick >= model.horizon;
      REQUIRE(facts.empty());
      const Observations o = engine.finish(over ? model.horizon : last);
      REQUIRE(o.counts.ended + o.counts.running + o.counts.in_queue == o.counts.submitted);
      REQUIRE(o.farm.used <= Wide{model.cores} * std::max<Tick>(0, std::min(last, model.horizon) - model.warmup +
                                                                       (over ? model.horizon - last : 0)));
      for (std::size_t i = 0; i < o.features.size(); i++)
        REQUIRE(o.features[i].used <= Wide{model.features[i].tokens} * (model.horizon - model.warmup));
      if (over) break;
    }
  }
  CHECK(steps > 10'000);
}

TEST_CASE("Every job ends in one state, after its start, after its submission", "[design][invariants]") {
  std::int64_t ended = 0, stuck = 0;
  for (std::uint64_t seed = 1; seed <= 400; seed++) {
    Floor f = RandomFloor(seed).make();
    for (Feature& x : f.features) x.users = 0; // or it takes long to be sure that nothing goes on
    for (Drain& d : f.drains) d.every.reset();
    INFO("floor " << seed);
    const Simulation simulation(f, span(1200, 0, true), {true});
    core::NoPulse pulse;
    std::optional<Observations> seen;
    try {
      seen = simulation.run(3, seed, pulse);
    } catch (const core::ModelError& e) { // others wait for what suspended jobs keep
      INFO(e.what());
      CHECK(std::string(e.what()).starts_with("the farm does not run empty"));
      stuck++;
      continue;
    }
    const Observations& o = *seen;
    REQUIRE(o.counts.ended == o.counts.submitted);
    std::int64_t states = 0, by_flow = 0, starts = 0;
    for (const FlowSums& flow : o.flows)
      by_flow += std::accumulate(flow.ended.begin(), flow.ended.end(), std::int64_t{0});
    for (const JobTrace& t : o.jobs) {
      states++;
      starts += t.starts;
      if (t.state == JobState::rejected) {
        REQUIRE(t.start == -1);
        REQUIRE(t.end == t.submit);
        continue;
      }
      REQUIRE(t.submit <= t.first_start);
      REQUIRE(t.first_start <= t.start);
      REQUIRE(t.start < t.end);
      REQUIRE((t.starts > 1 || t.start == t.first_start));
      REQUIRE(t.lost >= 0);
    }
    REQUIRE(states == o.counts.submitted);
    REQUIRE(by_flow == o.counts.submitted);
    REQUIRE(starts == o.counts.started);
    ended += states;
  }
  CHECK(ended > 8000);
  CHECK(stuck < 40);
}

TEST_CASE("The same bits on one, two and four threads", "[design][invariants]") {
  for (std::uint64_t seed = 1; seed <= 12; seed++) {
    const Simulation simulation(RandomFloor(seed).make(), span(2000, 100), {true});
    const auto one = experiment::replicate(simulation, 12, 5, 1, {});
    CHECK(experiment::replicate(simulation, 12, 5, 2, {}).finished == one.finished);
    CHECK(experiment::replicate(simulation, 12, 5, 4, {}).finished == one.finished);
    CHECK(one.finished.size() == 12);
  }
}

TEST_CASE("The order of tables changes nothing", "[design][invariants]") {
  for (std::uint64_t seed = 1; seed <= 100; seed++) {
    const Floor f = RandomFloor(seed).make();
    Floor shuffled = f;
    std::mt19937_64 random(seed);
    std::ranges::shuffle(shuffled.sites, random);
    std::ranges::shuffle(shuffled.links, random);
    std::ranges::shuffle(shuffled.datasets, random);
    std::ranges::shuffle(shuffled.node_classes, random);
    std::ranges::shuffle(shuffled.drains, random);
    std::ranges::shuffle(shuffled.features, random);
    std::ranges::shuffle(shuffled.accounts, random);
    std::ranges::shuffle(shuffled.jobs, random); // their names are numbers
    std::ranges::reverse(shuffled.streams);
    for (Job& j : shuffled.jobs)
      if (f.policy.check_out == CheckOut::bundle) std::ranges::shuffle(j.tokens, random);
    INFO("floor " << seed);
    REQUIRE(observe(f, span(2000, 100)) == observe(shuffled, span(2000, 100)));
  }
}

TEST_CASE("Other names for equal nodes change nothing", "[design][invariants]") {
  for (std::uint64_t seed = 1; seed <= 100; seed++) {
    Floor f = RandomFloor(seed).make();
    if (!f.sites.empty()) continue;
    f.node_classes.resize(1);
    f.drains.clear();
    NodeClass& c = f.node_classes[0];
    c.mttf.reset(); // failures go with the names
    c.mttr.reset();
    c.nodes = 4;
    for (Job& j : f.jobs) j.ranks = 1;
    Floor halves = f;
    halves.node_classes.push_back(c);
    halves.node_classes[0].nodes = 1;
    halves.node_classes[1].name = "z";
    halves.node_classes[1].nodes = 3;
    INFO("floor " << seed);
    if (!faults(f).empty()) continue;
    Observations a = observe(f, span(2000, 100), {true}), b = observe(halves, span(2000, 100), {true});
    REQUIRE(b.class_used[0] + b.class_used[1] == a.class_used[0]);
    b.class_used = a.class_used;
    b.class_down = a.class_down;
    b.class_on = a.class_on;
    REQUIRE(a == b);
  }
}

TEST_CASE("First come, first served: starts are in order, and requests do not matter", "[design][invariants]") {
  for (std::uint64_t seed = 1; seed <= 100; seed++) {
    Floor f = RandomFloor(seed).make();
    if (!f.sites.empty()) continue;
    f.policy = Policy{};
    f.policy.kill_at_request = false;
    f.policy.memory.limit = MemoryLimit::none;
    std::erase_if(f.features, [](const Feature& x) { return x.acquire == Acquire::requeue; });
    for (Job& j : f.jobs)
      std::erase_if(j.tokens, [&](const TokenUse& u) {
        return std::ranges::none_of(f.features, [&](const Feature& x) { return x.name == u.feature; });
      });
    f.streams.clear();
    for (NodeClass& c : f.node_classes) c.mttf.reset(), c.mttr.reset(); // nobody comes back to the queue
    INFO("floor " << seed);
    const Observations a = observe(f, span(1e5), {true});
    Tick last = 0;
    for (const JobTrace& t : a.jobs) {
      if (t.start < 0) continue;
      REQUIRE(t.start >= last);
      last = t.start;
    }
    for (Job& j : f.jobs) j.request = Duration{(j.request ? j.request->ticks : j.run.ticks) * 7 + 13};
    REQUIRE(observe(f, span(1e5), {true}) == a);
  }
}

// ---- long queues ----------------------------------------------------------------------------------------------------

struct Waiting {
  std::int64_t key;
  std::size_t job;
  auto operator<=>(const Waiting&) const = default;
};

// A flat pool in the plainest way: sorted sets. Gives the starts by job.
std::vector<Tick> plain_pool(const std::vector<Submission>& jobs, std::int64_t free, bool skip,
                             const std::function<std::int64_t(const Submission&)>& key) {
  std::vector<Tick> starts(jobs.size(), -1);
  std::set<Waiting> queue;
  std::multimap<Tick, std::size_t> running;
  std::size_t coming = 0;
  while (coming < jobs.size() || !running.empty()) {
    Tick now = running.empty() ? core::kNever : running.begin()->first;
    if (coming < jobs.size()) now = std::min(now, jobs[coming].submit);
    for (; !running.empty() && running.begin()->first == now; running.erase(running.begin()))
      free += jobs[running.begin()->second].cores;
    for (; coming < jobs.size() && jobs[coming].submit == now; coming++) queue.insert({key(jobs[coming]), coming});
    for (auto at = queue.begin(); at != queue.end() && free > 0;) {
      const Submission& j = jobs[at->job];
      if (j.cores > free) {
        if (!skip) break;
        ++at;
        continue;
      }
      free -= j.cores;
      starts[at->job] = now;
      running.emplace(now + j.run, at->job);
      at = queue.erase(at);
    }
  }
  return starts;
}

TEST_CASE("Thousands of waiting jobs start as a plain sorted set would start them", "[design][invariants]") {
  struct Case {
    Order order;
    Blocking blocking;
    std::int64_t jobs;
    std::function<std::int64_t(const Submission&)> key;
  };
  for (const Case& c : {Case{Order::fcfs, Blocking::head, 20'000, [](const auto&) { return 0; }},
                        Case{Order::sjf_exact, Blocking::head, 20'000, [](const auto& s) { return s.run; }},
                        Case{Order::ljf, Blocking::head, 20'000, [](const auto& s) { return -s.request; }},
                        Case{Order::priority, Blocking::head, 20'000, [](const auto& s) { return -s.priority; }},
                        Case{Order::due_date, Blocking::head, 20'000, [](const auto& s) { return s.due; }},
                        Case{Order::fcfs, Blocking::skip, 3'000, [](const auto&) { return 0; }},
                        Case{Order::sjf_exact, Blocking::skip, 3'000, [](const auto& s) { return s.run; }}}) {
    Floor f = pool(32);
    std::mt19937_64 random(4);
    for (std::int64_t i = 0; i < c.jobs; i++) { // half of them cannot run in the time in which they come
      Job j = job(std::to_string(i), static_cast<double>(random() % static_cast<std::uint64_t>(c.jobs)),
                  1 + static_cast<double>(random() % 20), 1 + static_cast<std::int64_t>(random() % 11));
      j.priority = static_cast<std::int64_t>(random() % 5);
      j.request = Duration{j.run.ticks * (1 + static_cast<Tick>(random() % 3))};
      j.due = Duration{j.submit.ticks + 1000 * static_cast<Tick>(random() % 5000)};
      f.jobs.push_back(j);
    }
    f.policy.order = c.order;
    f.policy.blocking = c.blocking;
    const Run r = run(f);
    const std::vector<Tick> expected = plain_pool(r.model.jobs, 32, c.blocking == Blocking::skip, c.key);
    std::size_t longest = 0;
    for (std::size_t i = 0; i < expected.size(); i++) {
      if (r.seen.jobs[i].start != expected[i]) FAIL("job " << i << " of order " << static_cast<int>(c.order));
      longest = std::max(longest, static_cast<std::size_t>(expected[i] - r.model.jobs[i].submit));
    }
    CHECK(longest > static_cast<std::size_t>(c.jobs) * 500); // it did wait
  }
}

TEST_CASE("Shapes hold up nobody but themselves", "[design][invariants]") {
  // plenty of cores: every feature is a queue of its own, first come, first served
  Floor f = pool(100'000);
  f.policy.blocking = Blocking::shape;
  for (int i = 0; i < 5; i++) f.features.push_back(feature(fmt::format("f{}", i), 2));
  std::mt19937_64 random(9);
  for (int i = 0; i < 5000; i++) {
    Job j = job(std::to_string(i), static_cast<double>(i), 1 + static_cast<double>(random() % 20));
    j.tokens = {{fmt::format("f{}", random() % 5), 1, 0}};
    f.jobs.push_back(j);
  }
  const Run r = run(f);
  std::map<std::uint32_t, std::multiset<Tick>> free_at; // of the two tokens of each list of uses
  for (std::size_t i = 0; i < r.seen.jobs.size(); i++) {
    const Submission& s = r.model.jobs[i];
    auto& tokens = free_at[s.tokens];
    if (tokens.empty()) tokens = {0, 0};
    const Tick start = std::max(s.submit, *tokens.begin());
    tokens.erase(tokens.begin());
    tokens.insert(start + s.run);
    if (r.seen.jobs[i].start != start) FAIL("job " << i);
  }
  CHECK(r.seen.flows[0].wait > 0);
}

TEST_CASE("Little's law holds along every path", "[design][invariants]") {
  Floor f = pool(40);
  f.features = {feature("f", 9)};
  f.streams = {stream("s", exponential(10), exponential(90)), stream("t", exponential(30), exponential(200))};
  f.streams[0].tokens = {{"f", 1, 0}};
  f.streams[0].until = f.streams[1].until = seconds(50'000);
  f.streams[1].cores = number(3);
  for (const Preset& p : presets()) {
    f.policy = *preset(p.name);
    const Observations o = observe(f, span(100'000, 0, true));
    INFO(p.name);
    REQUIRE(o.last_end < ticks(100'000)); // the farm was empty again
    CHECK(o.farm.queued == o.flows[0].wait + o.flows[1].wait);
    CHECK(o.farm.used == o.flows[0].run + 3 * o.flows[1].run);
    CHECK(o.features[0].used == o.flows[0].run);
    CHECK(o.farm.queued > 0);
  }
}

// The address sanitizer keeps what is freed for a while, to see who uses it still.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kKeepsFreedMemory = true;
#elif defined(__has_feature)
constexpr bool kKeepsFreedMemory = __has_feature(address_sanitizer);
#else
constexpr bool kKeepsFreedMemory = false;
#endif

TEST_CASE("Memory does not grow with the number of jobs", "[design][invariants]") {
  Floor f;
  f.node_classes = {node_class("n", 50, 16)};
  f.node_classes[0].memory = 64;
  f.node_classes[0].mttf = exponential(1e6);
  f.node_classes[0].mttr = exponential(1e4);
  f.features = {feature("f", 400), feature("g", 100, Acquire::queue)};
  f.features[0].linger = seconds(5);
  f.streams = {stream("s", exponential(1.2), exponential(300))};
  f.streams[0].cores = {core::LawKind::integers, common::Dimension::number, {1, 3}, {}};
  f.streams[0].memory = {core::LawKind::lognormal, common::Dimension::number, {4, 0.5}, {}};
  f.streams[0].request = {core::LawKind::uniform, common::Dimension::number, {2, 0.8}, {}};
  f.streams[0].tokens = {{"f", 1, 4}};
  f.streams.push_back(f.streams[0]);
  f.streams[1].name = "t";
  f.streams[1].every = exponential(6);
  f.streams[1].tokens = {{"g", 1, 0}};
  f.policy = *preset("easy");
  const auto peak_kb = [] {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
  };
  CHECK(observe(f, span(40'000)).counts.ended > 35'000);
  const long before = peak_kb();
  CHECK(observe(f, span(1'050'000)).counts.ended > 1'000'000);
  if (!kKeepsFreedMemory) CHECK(peak_kb() - before < 4000);
}

} // namespace
} // namespace centresim::design
