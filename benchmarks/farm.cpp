// The compute farm through the whole engine against hand-written code.
#include "yardstick/farm.hpp"
#include "centresim/design/engine.hpp"
#include "centresim/design/observations.hpp"
#include "harness.hpp"

#include <sys/resource.h>

#include <cmath>
#include <stdexcept>

namespace bench {
namespace {

using namespace centresim;

core::Tick ticks(double seconds) { return std::max<core::Tick>(1, std::llround(seconds * 1000)); }

// The hosts of the hand-written farm, or all their cores as one pool without memory.
design::Floor floor(const design::Policy& policy, bool pool, bool licences) {
  design::Floor f;
  design::NodeClass hosts;
  hosts.name = "host";
  hosts.nodes = pool ? 1 : yardstick::kHosts;
  hosts.cores = pool ? std::int64_t{yardstick::kHosts} * yardstick::kCoresOfHost : yardstick::kCoresOfHost;
  if (!pool) hosts.memory = yardstick::kMemoryOfHost;
  f.node_classes.push_back(std::move(hosts));
  design::Job any; // makes the kinds and lists of tokens known; replaced below
  any.name = "any";
  for (std::uint32_t p = 0; licences && p < yardstick::kPools; p++) {
    design::Feature feature;
    feature.name = "pool" + std::to_string(p);
    feature.tokens = yardstick::kTokens[p];
    f.features.push_back(feature);
    any.name = feature.name;
    any.tokens = {{feature.name, 1, 0}};
    f.jobs.push_back(any);
  }
  if (!licences) f.jobs.push_back(any);
  f.policy = policy;
  f.policy.kill_at_request = false;
  return f;
}

// `widen`: jobs on many cores, of which some ask for far more time than they run, so that the head of the queue waits.
design::Model model(const design::Floor& f, const std::vector<yardstick::FarmJob>& jobs, bool widen) {
  design::Model m = design::compile(f, {ticks(jobs.back().submit) + 1, 0, true, 0});
  const std::vector<design::Submission> kinds = m.jobs;
  m.jobs.clear();
  m.jobs.reserve(jobs.size());
  for (const yardstick::FarmJob& j : jobs) {
    design::Submission s = kinds[kinds.size() > 1 ? j.pool : 0];
    s.submit = ticks(j.submit);
    s.run = ticks(j.run);
    s.request = s.run;
    s.cores = j.cores;
    s.memory = s.peak = std::llround(j.memory * 1e6);
    s.number = static_cast<std::int64_t>(m.jobs.size());
    if (widen) {
      s.cores = 1 << (m.jobs.size() * 2654435761u >> 29 & 7);
      s.request = s.run * (1 + static_cast<core::Tick>(m.jobs.size() * 40503u % 4));
      s.submit *= 14; // mean cores 31.9 instead of 1.15, twice the work that is there
    }
    m.jobs.push_back(s);
  }
  m.job_names.clear();
  return m;
}

Sample run(const design::Model& m) {
  core::NoPulse pulse;
  const double began = cpu_seconds();
  design::Engine engine(m, 1, 0);
  if (!engine.run(pulse)) throw std::runtime_error("abandoned");
  const design::Observations seen = engine.finish(std::max(m.horizon, engine.now()));
  const double seconds = cpu_seconds() - began;
  double wait = 0, ended = 0;
  for (const design::FlowSums& flow : seen.flows) {
    wait += static_cast<double>(flow.wait) / 1000;
    ended += static_cast<double>(flow.started);
  }
  return {seconds, ended, wait / ended};
}

Outcome farm(const design::Policy& policy, bool pool, bool licences, bool widen, std::uint32_t count, int repetitions) {
  const auto jobs = yardstick::farm_jobs(1'000'000);
  const std::vector<yardstick::FarmJob> ours(jobs.begin(), jobs.begin() + count);
  const design::Model m = model(floor(policy, pool, licences), ours, widen);
  Outcome outcome = compare({[&] { return run(m); }, 0, HUGE_VAL},
                            {[&] {
                               const double began = cpu_seconds();
                               const double wait = yardstick::farm_by_pool(jobs);
                               return Sample{cpu_seconds() - began, 1e6, wait};
                             },
                             1000, 4000},
                            repetitions);
  outcome.more.emplace_back("jobs_per_s", 1e9 / outcome.figure);
  outcome.more.emplace_back("yardstick_jobs_per_s", 1e9 / outcome.yardstick);
  return outcome;
}

// Nanoseconds a job with 100 times as many jobs in the queue: all of them submitted within a hundredth of the time.
Outcome queue_growth(const design::Policy& policy, bool pool, int repetitions) {
  const auto crowd = [&](std::uint32_t count) {
    std::vector<yardstick::FarmJob> jobs = yardstick::farm_jobs(count);
    for (yardstick::FarmJob& j : jobs) j.submit /= 100;
    return model(floor(policy, pool, true), jobs, false);
  };
  const design::Model few = crowd(2'000), many = crowd(200'000);
  const auto repeated = [&] {
    Sample sum{0, 0, 0};
    for (int i = 0; i < 50; i++) {
      const Sample one = run(few);
      sum.seconds += one.seconds, sum.work += one.work;
    }
    return sum;
  };
  Outcome outcome = compare({[&] { return run(many); }, 0, HUGE_VAL}, {repeated, 0, HUGE_VAL}, repetitions);
  outcome.more.emplace_back("growth", outcome.figure / outcome.yardstick);
  return outcome;
}

design::Policy policy(design::Blocking blocking, design::Backfill backfill) {
  design::Policy p;
  p.blocking = blocking;
  p.backfill = backfill;
  if (backfill != design::Backfill::none) p.depth = 100;
  return p;
}

} // namespace

std::vector<Benchmark> farm_benchmarks() {
  using design::Backfill, design::Blocking;
  return {
      {"farm", "Farm of 1000 hosts with memory and 8 licence pools, first come first served by shape, a job?", "ns/job",
       0.35,
       [](int n) {
         Outcome o = farm(policy(Blocking::shape, Backfill::none), false, true, false, 1'000'000, n);
         o.more.emplace_back("farm_fcfs_jobs_per_s", 1e9 / o.figure);
         return o;
       }},
      {"farm_head", "The same hosts without licences, the head of the queue holds up the rest, a job?", "ns/job", 0.35,
       [](int n) { return farm(policy(Blocking::head, Backfill::none), false, false, false, 1'000'000, n); }},
      {"farm_easy",
       "EASY backfill of depth 100 on one pool, jobs of 1 to 128 cores, twice the work that is there, a job?", "ns/job",
       0.1, [](int n) { return farm(policy(Blocking::head, Backfill::easy), true, false, true, 300'000, n); }},
      {"farm_easy_nodes", "EASY backfill of depth 100 on the hosts with memory and licences, a job?", "ns/job", 0.03,
       [](int n) { return farm(policy(Blocking::head, Backfill::easy), false, true, false, 300'000, n); }},
      {"farm_queue", "200,000 jobs at nearly one time against 2,000, by shape, a job?", "ns/job", 0,
       [](int n) { return queue_growth(policy(Blocking::shape, Backfill::none), false, n); }},
      {"farm_queue_easy", "The same with EASY backfill of depth 100 on one pool, a job?", "ns/job", 0,
       [](int n) { return queue_growth(policy(Blocking::head, Backfill::easy), true, n); }},
  };
}

} // namespace bench
