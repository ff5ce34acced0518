// Random commands on random floors.
#include "outside.hpp"
#include "random_floors.hpp"

#include <random>
#include <set>

namespace centresim::design {
namespace {
using namespace test;

TEST_CASE("Posted jobs equal listed ones on random floors", "[design][commands]") {
  std::size_t told = 0;
  for (std::uint64_t seed = 1; seed <= 200; seed++) {
    const Floor f = RandomFloor(seed).make();
    // Who looks at queues to choose a site sees those who come back to them at the same tick only where he is posted.
    if (f.policy.routing != Routing::home) continue;
    INFO("floor " << seed);
    const Observations listed = run(f, span(1200, 100), 1, seed).seen;
    Outside o(f, span(1200, 100), seed);
    Observations posted = o.run(1200).seen;
    for (JobTrace& t : posted.jobs) t.source = t.source == kPosted ? 0 : t.source;
    REQUIRE(posted == listed);
    told += o.facts().size();
  }
  CHECK(told > 1000);
}

TEST_CASE("What facts tell adds up to the sums of the farm", "[design][commands]") {
  int all_ended = 0, undisturbed = 0, lacked_some = 0;
  for (std::uint64_t seed = 1; seed <= 300; seed++) {
    Floor f = RandomFloor(seed).make();
    f.streams.clear();
    f.profiles.clear();
    for (NodeClass& c : f.node_classes)
      if (seed % 2 == 0) c.mttf.reset(), c.mttr.reset();
    if (seed % 2 == 0) f.policy.preemption.kind = PreemptionKind::none;
    INFO("floor " << seed);
    Outside o(f, span(30'000), seed);
    std::string names;
    for (std::size_t i = 0; i < o.jobs().size(); i++) names += std::to_string(i) + ' ';
    const Run r = o.watch(names).run(30'000);
    Wide used = 0, lacked = 0;
    std::size_t ended = 0;
    bool stopped = false;
    std::map<std::uint64_t, Tick> running; // by tag: since when
    for (const JobFact& fact : o.facts()) {
      if (fact.kind == JobFact::Kind::started) REQUIRE(running.emplace(fact.tag, fact.at).second);
      if (fact.kind == JobFact::Kind::stopped) REQUIRE(running.erase(fact.tag) == 1);
      stopped = stopped || fact.kind == JobFact::Kind::stopped;
      if (fact.kind != JobFact::Kind::ended) continue;
      std::size_t i = 0;
      while (Outside::tag(i) != fact.tag) i++;
      const Submission& s = o.jobs()[i];
      if (fact.state == JobState::completed) REQUIRE(running.contains(fact.tag));
      running.erase(fact.tag);
      used += Wide{fact.ran} * s.cores * s.ranks;
      lacked += fact.lacked;
      ended++;
    }
    if (ended < o.jobs().size()) { // for ever in each other's way
      REQUIRE(lacked <= r.seen.farm.lacking);
      continue;
    }
    all_ended++;
    REQUIRE(used == r.seen.farm.used);
    REQUIRE(running.empty());
    if (stopped) { // who comes back to the queue may lack a token again
      REQUIRE(lacked <= r.seen.farm.lacking);
      continue;
    }
    undisturbed++;
    lacked_some += lacked > 0;
    REQUIRE(lacked == r.seen.farm.lacking);
  }
  CHECK(all_ended > 200);
  CHECK(undisturbed > 50);
  CHECK(lacked_some > 20);
}

// Posts all jobs in time and ends some at random, also at the tick at which they were posted.
class Random {
 public:
  Random(Outside& o, std::uint64_t seed) : o_(o), random_(seed) {
    std::string names;
    for (std::size_t i = 0; i < o.jobs().size(); i++) names += std::to_string(i) + ' ';
    o.watch(names);
  }
  // Up to a time, every 5 s.
  void run(double until) {
    for (Tick tick = 0; tick < ticks(until); tick += ticks(5)) {
      o_.apply(tick);
      listen();
      for (; next_ < o_.jobs().size() && o_.jobs()[next_].submit <= tick; next_++) {
        o_.post(next_);
        live.insert(next_);
      }
      while (!live.empty() && random_() % 100 < 8) end_one(random_() % live.size());
      o_.settle();
      listen();
    }
  }
  void end_all() {
    listen();
    while (!live.empty()) end_one(random_() % live.size());
  }
  void listen() {
    for (; heard_ < o_.facts().size(); heard_++) {
      const JobFact& fact = o_.facts()[heard_];
      std::size_t i = 0;
      while (Outside::tag(i) != fact.tag) i++;
      REQUIRE(live.contains(i));
      if (fact.kind == JobFact::Kind::started) REQUIRE(running_.insert(i).second);
      if (fact.kind == JobFact::Kind::stopped) REQUIRE(running_.erase(i) == 1);
      if (fact.kind != JobFact::Kind::ended) continue;
      running_.erase(i);
      live.erase(i);
      ended[i] = fact;
    }
  }
  std::set<std::size_t> live;
  std::map<std::size_t, JobFact> ended; // as was told
  std::map<std::size_t, JobState> by_command;

 private:
  void end_one(std::size_t which) {
    const std::size_t i = *std::next(live.begin(), static_cast<std::ptrdiff_t>(which));
    const JobState state = by_command[i] = o_.end(i);
    // Who runs and was not told to has started within these commands, on cores that another gave up.
    if (running_.erase(i) > 0) REQUIRE(state == JobState::completed);
    live.erase(i);
  }
  Outside& o_;
  std::mt19937_64 random_;
  std::size_t next_ = 0, heard_ = 0;
  std::set<std::size_t> running_;
};

TEST_CASE("Every posted job is accounted for once, whatever is ended", "[design][commands]") {
  std::int64_t told = 0, completed = 0, withdrawn = 0, left = 0;
  for (std::uint64_t seed = 1; seed <= 400; seed++) {
    const Floor f = RandomFloor(seed).make();
    INFO("floor " << seed);
    Outside o(f, span(1200), seed);
    Random random(o, seed);
    const double stop = 100 + static_cast<double>(seed * 37 % 220) * 5;
    random.run(stop);
    o.go_on(ticks(stop));
    random.listen();
    const Observations seen = o.engine().finish(ticks(stop)); // looks at the books
    std::int64_t streamed = 0, posted = 0;
    for (const JobTrace& t : seen.jobs) {
      if (t.source != kPosted) {
        streamed += t.end < 0;
        continue;
      }
      posted++;
      std::size_t i = 0;
      while (o.jobs()[i].number != t.number) i++;
      const auto fact = random.ended.find(i);
      const auto command = random.by_command.find(i);
      INFO("job " << t.number);
      REQUIRE((fact != random.ended.end()) + (command != random.by_command.end()) + random.live.contains(i) == 1);
      left += random.live.contains(i);
      REQUIRE((t.end < 0) == random.live.contains(i));
      if (command != random.by_command.end()) {
        REQUIRE(t.state == command->second);
        (t.state == JobState::completed ? completed : withdrawn)++;
      }
      if (fact == random.ended.end()) continue;
      told++;
      const JobFact& e = fact->second;
      REQUIRE(std::tuple(e.at, e.state, e.submitted, e.first_start) ==
              std::tuple(t.end, t.state, t.submit, t.first_start));
      REQUIRE(e.state != JobState::withdrawn);
      REQUIRE(e.lacked <= e.at - e.submitted);
      REQUIRE(e.ran <= e.at - (e.first_start < 0 ? e.at : e.first_start));
    }
    REQUIRE(posted == static_cast<std::int64_t>(random.ended.size() + random.by_command.size() + random.live.size()));
    REQUIRE(seen.counts.submitted - seen.counts.ended == static_cast<std::int64_t>(random.live.size()) + streamed);
  }
  CHECK(told > 1500);
  CHECK(completed > 500);
  CHECK(withdrawn > 500);
  CHECK(left > 500);
}

TEST_CASE("A farm from which all was ended is as new", "[design][commands]") {
  const double kAgain = 1500; // long after the last token has come back
  std::int64_t compared = 0, withdrawn = 0;
  for (std::uint64_t seed = 1; seed <= 400; seed++) {
    Floor f = RandomFloor(seed).make();
    f.streams.clear();
    f.profiles.clear();
    f.drains.clear();
    f.accounts.clear();
    for (NodeClass& c : f.node_classes) c.mttf.reset(), c.mttr.reset(), c.off_after.reset();
    for (Link& l : f.links) l.mttf.reset(), l.mttr.reset();
    for (Feature& x : f.features) x.users = 0;
    for (Site& s : f.sites) s.cache = 0; // no copies stay
    if (f.policy.order == Order::sjf_predicted || f.policy.order == Order::fairshare) f.policy.order = Order::fcfs;
    INFO("floor " << seed);
    Outside used(f), fresh(f);
    Random random(used, seed);
    const double stop = 100 + static_cast<double>(seed % 100) * 5;
    random.run(stop);
    used.apply(ticks(stop));
    random.end_all();
    for (const auto& [i, state] : random.by_command) withdrawn += state == JobState::withdrawn;
    const auto again = [&](Outside& o) { // the same jobs, later
      for (std::size_t i = 0; i < o.jobs().size(); i++) {
        const Tick at = ticks(kAgain) + o.jobs()[i].submit;
        if (i == 0 || o.jobs()[i].submit != o.jobs()[i - 1].submit) o.apply(at);
        o.engine().post(at, o.jobs()[i], i, false);
      }
      o.go_on(ticks(20'000));
      Observations seen = o.engine().finish(ticks(20'000));
      std::vector<JobTrace> late;
      for (const JobTrace& t : seen.jobs)
        if (t.submit >= ticks(kAgain)) late.push_back(t);
      return std::pair(late, seen);
    };
    const auto [first, all] = again(used);
    const auto [second, alone] = again(fresh);
    REQUIRE(first == second);
    REQUIRE(all.counts.in_queue == alone.counts.in_queue);
    REQUIRE(all.counts.running == alone.counts.running);
    compared += static_cast<std::int64_t>(first.size());
  }
  CHECK(compared > 5000);
  CHECK(withdrawn > 1000);
}

} // namespace
} // namespace centresim::design
