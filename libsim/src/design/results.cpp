#include "centresim/design/results.hpp"

#include "project_results.hpp"

#include <algorithm>
#include <limits>

namespace centresim::design {
namespace {

using experiment::add_coordinate;
using experiment::add_scalar;
using experiment::add_table;
using experiment::Group;
using experiment::Tree;
using Ints = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

constexpr const char* kReplication = "replication";

// How jobs of this floor can end: only those that come from outside are withdrawn.
Texts job_states(const Model& model) {
  Texts states{"completed", "walltime", "rejected", "failed"};
  if (model.posted) states.emplace_back("withdrawn");
  return states;
}

// Core-ticks as core-seconds, kB-ticks as MB-seconds: whole ones, which fit 64 bits for all but absurd farms.
std::int64_t narrowed(Wide x) {
  return static_cast<std::int64_t>(std::min<Wide>(x, std::numeric_limits<std::int64_t>::max()));
}
std::int64_t per_thousand(Wide x) { return narrowed(x / 1000); }
std::int64_t per_million(Wide x) { return narrowed(x / 1'000'000); }

Group farm(std::span<const Observations> all) {
  Group g;
  g.dimensions.emplace_back(kReplication, all.size());
  const auto count = [&](const char* name, const char* meaning, std::int64_t Counts::* at) {
    add_scalar(g, all, name, "1", meaning, [at](const Observations& o) { return o.counts.*at; });
  };
  count("events", "events handled", &Counts::events);
  count("jobs_submitted", "jobs submitted", &Counts::submitted);
  count("jobs_started", "starts of jobs", &Counts::started);
  count("jobs_ended", "jobs that ended for good", &Counts::ended);
  count("jobs_rejected", "jobs that fit the farm at no time", &Counts::rejected);
  count("jobs_in_queue", "jobs that wait at the end", &Counts::in_queue);
  count("jobs_running", "jobs on cores at the end", &Counts::running);
  const auto work = [&](const char* name, const char* meaning, Wide FarmSums::* at) {
    add_scalar(g, all, name, "core s", meaning, [at](const Observations& o) { return per_thousand(o.farm.*at); });
  };
  work("used", "core time taken by jobs", &FarmSums::used);
  work("down", "core time of nodes down or drained", &FarmSums::down);
  work("useful", "core time of jobs that completed, their last run", &FarmSums::useful);
  work("burned", "core time of jobs that waited for licences on their cores", &FarmSums::burned);
  work("lost_preemption", "work lost to preemption", &FarmSums::lost_preemption);
  work("lost_memory", "work lost by running out of memory", &FarmSums::lost_memory);
  work("lost_failure", "work lost to failures of nodes", &FarmSums::lost_failure);
  work("lost_walltime", "core time of jobs killed at their requested run time", &FarmSums::lost_walltime);
  add_scalar(g, all, "queue_time", "s", "time in the queue, summed over jobs",
             [](const Observations& o) { return per_thousand(o.farm.queued); });
  add_scalar(g, all, "licence_wait_time", "s", "time for which jobs lacked a licence, summed over jobs",
             [](const Observations& o) { return per_thousand(o.farm.lacking); });
  add_scalar(g, all, "memory_time", "MB s", "memory reserved by jobs",
             [](const Observations& o) { return per_million(o.farm.memory); });
  add_scalar(g, all, "suspended_memory_time", "MB s", "memory of suspended jobs",
             [](const Observations& o) { return per_million(o.farm.suspended_memory); });
  const auto events = [&](const char* name, const char* meaning, std::int64_t FarmSums::* at) {
    add_scalar(g, all, name, "1", meaning, [at](const Observations& o) { return o.farm.*at; });
  };
  events("preemptions", "jobs that made room for others", &FarmSums::preemptions);
  events("out_of_memory", "jobs killed for memory", &FarmSums::out_of_memory);
  events("reclaims", "jobs that gave back tokens on loan", &FarmSums::reclaims);
  events("moved", "jobs submitted that went to another site", &FarmSums::moved);
  events("staged", "jobs that waited for their data", &FarmSums::staged);
  events("boots", "nodes switched on", &FarmSums::boots);
  add_scalar(g, all, "staging_time", "ms", "time for which jobs waited for their data, summed",
             [](const Observations& o) { return o.farm.staging; });
  work("storage_delay", "core time for want of shared storage", &FarmSums::storage_delay);
  events("node_failures", "failures of nodes", &FarmSums::node_failures);
  add_scalar(g, all, "window_start", "ms", "start of the observed window: the end of the warm-up",
             [](const Observations& o) { return o.window_start; });
  add_scalar(g, all, "window_end", "ms", "end of the observed window",
             [](const Observations& o) { return o.window_end; });
  add_scalar(g, all, "last_end", "ms", "end of the last job", [](const Observations& o) { return o.last_end; });
  return g;
}

Group kinds(const Model& model, std::span<const Observations> all) {
  Group g;
  const std::size_t n = model.flows.size();
  add_coordinate(g, "kind", model.flows, "kind of job");
  const Texts states = job_states(model);
  const auto known = static_cast<std::ptrdiff_t>(states.size());
  add_coordinate(g, "job_state", states, "how a job ended");
  Ints ended;
  for (const Observations& o : all)
    for (const FlowSums& f : o.flows) ended.insert(ended.end(), f.ended.begin(), f.ended.begin() + known);
  g.variables.push_back({"ended", {kReplication, "kind", "job_state"}, std::move(ended), "1", "jobs that ended"});
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t FlowSums::* at) {
    add_table(g, all, n, "kind", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.flows[i].*at; });
  };
  add("submitted", "1", "jobs submitted", &FlowSums::submitted);
  add("completed", "1", "jobs that completed within the window", &FlowSums::completed);
  add("started", "1", "jobs that ended and had run", &FlowSums::started);
  add("wait_time", "ms", "time from submission to the first start, summed", &FlowSums::wait);
  add("wait_time_max", "ms", "longest time from submission to the first start", &FlowSums::wait_max);
  add("turnaround_time", "ms", "time from submission to the end, summed", &FlowSums::turnaround);
  add("run_time", "ms", "run time of the last start, summed", &FlowSums::run);
  add("with_due_date", "1", "jobs with a due date", &FlowSums::with_due_date);
  add("on_time", "1", "jobs that completed by their due date", &FlowSums::on_time);
  add("restarts", "1", "starts after the first", &FlowSums::restarts);
  // 2^-20 units: what does not fit 64 bits would be a mean slowdown beyond anything.
  add_table(g, all, n, "kind", "slowdown_sum", "2^-20", "turnaround over run time, summed",
            [](const Observations& o, std::size_t i) { return narrowed(o.flows[i].slowdown); });
  add_table(g, all, n, "kind", "bounded_slowdown_sum", "2^-20", "the same with run times of at least 10 s",
            [](const Observations& o, std::size_t i) { return narrowed(o.flows[i].bounded_slowdown); });
  return g;
}

Group waits(const Model& model, std::span<const Observations> all) {
  Group g;
  std::size_t n = 0;
  for (const Observations& o : all)
    for (const FlowSums& f : o.flows) n = std::max(n, f.waits.counts().size());
  g.dimensions.emplace_back("wait_class", n);
  Ints low, counts;
  for (std::size_t i = 0; i < n; i++) low.push_back(WaitHistogram::low(i));
  for (const Observations& o : all)
    for (const FlowSums& f : o.flows)
      for (std::size_t i = 0; i < n; i++) counts.push_back(i < f.waits.counts().size() ? f.waits.counts()[i] : 0);
  add_coordinate(g, "kind", model.flows, "kind of job");
  g.variables.push_back({"wait_from", {"wait_class"}, std::move(low), "ms", "least wait of the class"});
  g.variables.push_back({"jobs", {kReplication, "kind", "wait_class"}, std::move(counts), "1", "jobs by their wait"});
  return g;
}

Group features(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts names;
  Ints tokens;
  for (const FeatureTable& f : model.features) {
    names.push_back(f.name);
    tokens.push_back(f.tokens);
  }
  const std::size_t n = names.size();
  add_coordinate(g, "feature", std::move(names), "licence feature");
  g.dimensions.emplace_back("hour_of_week", kHoursOfWeek);
  g.dimensions.emplace_back("pool_share", kShareClasses);
  g.variables.push_back({"tokens", {"feature"}, std::move(tokens), "1", "tokens of the pool"});
  const auto add = [&](const char* name, const char* unit, const char* meaning, auto read) {
    add_table(g, all, n, "feature", name, unit, meaning,
              [&](const Observations& o, std::size_t i) { return read(o.features[i]); });
  };
  add("used", "token s", "tokens taken", [](const FeatureSums& f) { return per_thousand(f.used); });
  add("outside", "token s", "tokens taken by users outside the scheduler",
      [](const FeatureSums& f) { return per_thousand(f.outside); });
  add("wanting", "s", "time for which jobs waited while no token was free, summed",
      [](const FeatureSums& f) { return per_thousand(f.wanting); });
  add("exhausted", "s", "time with no token free", [](const FeatureSums& f) { return per_thousand(f.exhausted); });
  add("checkouts", "1", "check-outs by jobs", [](const FeatureSums& f) { return f.checkouts; });
  add("waited", "1", "check-outs that waited at the licence server", [](const FeatureSums& f) { return f.waited; });
  add("checkout_wait", "ms", "wait on cores for check-outs, summed", [](const FeatureSums& f) { return f.wait; });
  add("deadlocks", "1", "jobs denied to break a deadlock", [](const FeatureSums& f) { return f.deadlocks; });
  add("on_loan", "token s", "tokens in use beyond the share of those who used them",
      [](const FeatureSums& f) { return per_thousand(f.on_loan); });
  add("denials", "1", "check-outs denied to jobs", [](const FeatureSums& f) { return f.denials; });
  add("outside_tries", "1", "tries of users outside the scheduler",
      [](const FeatureSums& f) { return f.outside_tries; });
  add("outside_denials", "1", "of these denied", [](const FeatureSums& f) { return f.outside_denials; });
  add("users_blocked", "1", "days on which one of them was denied, summed over users",
      [](const FeatureSums& f) { return f.users_blocked; });
  Ints by_hour, shares;
  for (const Observations& o : all)
    for (const FeatureSums& f : o.features) {
      by_hour.insert(by_hour.end(), f.by_hour.begin(), f.by_hour.end());
      shares.insert(shares.end(), f.share_by_hour.begin(), f.share_by_hour.end());
    }
  g.variables.push_back({"used_by_hour",
                         {kReplication, "feature", "hour_of_week"},
                         std::move(by_hour),
                         "token ms",
                         "tokens taken by hour of the week, from Monday 00:00"});
  g.variables.push_back({"share_by_hour",
                         {kReplication, "feature", "hour_of_week", "pool_share"},
                         std::move(shares),
                         "ms",
                         "time by hour of the week and share of the pool taken, in 1/40"});
  return g;
}

Group sites(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts names;
  for (const SiteTable& s : model.sites) names.push_back(s.name);
  const std::size_t n = names.size();
  add_coordinate(g, "site", std::move(names), "site");
  const auto add = [&](const char* name, const char* unit, const char* meaning, auto read) {
    add_table(g, all, n, "site", name, unit, meaning,
              [&](const Observations& o, std::size_t i) { return read(o.sites[i]); });
  };
  add("used", "core s", "core time taken by jobs", [](const SiteSums& s) { return per_thousand(s.used); });
  add("queue_time", "s", "time in the queue, summed over jobs",
      [](const SiteSums& s) { return per_thousand(s.queued); });
  add("submitted", "1", "jobs that were routed here", [](const SiteSums& s) { return s.submitted; });
  add("started", "1", "jobs that ended and had run", [](const SiteSums& s) { return s.started; });
  add("completed", "1", "jobs that completed within the window", [](const SiteSums& s) { return s.completed; });
  add("wait_time", "ms", "time from submission to the first start, summed", [](const SiteSums& s) { return s.wait; });
  add("storage_asked", "MB", "asked of the shared storage", [](const SiteSums& s) { return per_million(s.asked); });
  add("sent", "kB", "datasets sent to other sites", [](const SiteSums& s) { return s.sent; });
  return g;
}

Group links(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts names;
  for (const LinkTable& l : model.links) names.push_back(l.name);
  const std::size_t n = names.size();
  add_coordinate(g, "link", std::move(names), "link");
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t LinkSums::* at) {
    add_table(g, all, n, "link", name, unit, meaning,
              [at](const Observations& o, std::size_t i) { return o.links[i].*at; });
  };
  add("down", "ms", "time for which it was down", &LinkSums::down);
  add("transferred", "kB", "datasets sent over it", &LinkSums::transferred);
  add("licences_lost", "1", "jobs that lost a licence", &LinkSums::licences_lost);
  return g;
}

Group job_trace(const Model& model, std::span<const Observations> all) {
  Group g;
  Texts sources{"listed", "trace"};
  for (const StreamTable& s : model.streams) sources.push_back("stream " + s.name);
  const auto posted = static_cast<std::int64_t>(sources.size());
  if (model.posted) sources.emplace_back("posted");
  Ints replication, source, number, submit, first, start, end, state, starts, lost, site;
  for (std::size_t r = 0; r < all.size(); r++)
    for (const JobTrace& t : all[r].jobs) {
      replication.push_back(static_cast<std::int64_t>(r));
      source.push_back(t.source == kPosted ? posted : t.source);
      number.push_back(t.number);
      submit.push_back(t.submit);
      first.push_back(t.first_start);
      start.push_back(t.start);
      end.push_back(t.end);
      state.push_back(t.end < 0 ? -1 : static_cast<std::int64_t>(t.state));
      starts.push_back(t.starts);
      lost.push_back(t.lost);
      site.push_back(t.site);
    }
  g.dimensions.emplace_back("job", number.size());
  add_coordinate(g, "job_state", job_states(model), "how a job ended");
  add_coordinate(g, "job_source", std::move(sources), "where a job comes from");
  if (!model.job_names.empty()) add_coordinate(g, "job_name", model.job_names, "name of a listed job, by its number");
  const auto add = [&](const char* name, const char* unit, const char* meaning, Ints values) {
    g.variables.push_back({name, {"job"}, std::move(values), unit, meaning});
  };
  add("replication_index", "1", "replication, from 0", std::move(replication));
  add("source", "1", "index into job_source", std::move(source));
  add("number", "1", "number of the job: as its trace says, else its place in the list or stream", std::move(number));
  add("submit", "ms", "submission", std::move(submit));
  add("first_start", "ms", "first start; -1: never", std::move(first));
  add("start", "ms", "last start; -1: never", std::move(start));
  add("end", "ms", "end; -1: not within the run", std::move(end));
  add("state", "1", "index into job_state; -1: not ended", std::move(state));
  add("starts", "1", "how often it started", std::move(starts));
  add("lost_to_preemption", "core ms", "work lost to preemption", std::move(lost));
  if (model.sites.size() == 1) return g;
  Texts sites;
  for (const SiteTable& s : model.sites) sites.push_back(s.name);
  add_coordinate(g, "job_site", std::move(sites), "where a job ran");
  add("site", "1", "index into job_site; its home, where it was rejected", std::move(site));
  return g;
}

} // namespace

void add_results(Tree& tree, const Model& model, std::span<const Observations> all) {
  tree["design"] = farm(all);
  tree["design/kinds"] = kinds(model, all);
  tree["design/waits"] = waits(model, all);
  if (!model.features.empty()) tree["design/features"] = features(model, all);
  if (model.sites.size() > 1 || model.sites[0].storage > 0) tree["design/sites"] = sites(model, all);
  if (!model.links.empty()) tree["design/links"] = links(model, all);
  add_project_results(tree, model, all);
  const bool traced = std::ranges::any_of(all, [](const Observations& o) { return !o.jobs.empty(); });
  if (!traced) return;
  tree["design/trace"] = {};
  tree["design/trace/jobs"] = job_trace(model, all);
}

} // namespace centresim::design
