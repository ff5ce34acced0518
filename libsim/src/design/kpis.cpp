#include "centresim/design/results.hpp"

#include "kpi_collector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

namespace centresim::design {

double WaitHistogram::quantile(double p) const {
  std::int64_t total = 0;
  for (const std::int64_t n : counts_) total += n;
  if (total == 0) return std::numeric_limits<double>::quiet_NaN();
  const double rank = p * static_cast<double>(total - 1);
  std::int64_t below = 0;
  for (std::size_t i = 0; i < counts_.size(); i++) {
    below += counts_[i];
    if (static_cast<double>(below) <= rank) continue;
    constexpr std::size_t unit = std::size_t{1} << kBits;
    if (i < unit) return static_cast<double>(i);
    const auto shift = static_cast<unsigned>((i >> kBits) - 1); // the middle of the class
    const auto low = static_cast<double>((unit | (i & (unit - 1))) << shift);
    return low + (static_cast<double>(std::uint64_t{1} << shift) - 1) / 2;
  }
  return 0;
}

namespace {

using experiment::Better;
using experiment::KpiInfo;
using experiment::KpiSeries;
using experiment::Labels;

double number(Wide x) { return static_cast<double>(x); }

FlowSums sum(const std::vector<FlowSums>& flows) {
  FlowSums all;
  for (const FlowSums& f : flows) {
    all.submitted += f.submitted;
    for (std::size_t s = 0; s < kJobStates; s++) all.ended[s] += f.ended[s];
    all.completed += f.completed;
    all.started += f.started;
    all.wait += f.wait;
    all.wait_max = std::max(all.wait_max, f.wait_max);
    all.turnaround += f.turnaround;
    all.run += f.run;
    all.slowdown += f.slowdown;
    all.bounded_slowdown += f.bounded_slowdown;
    all.with_due_date += f.with_due_date;
    all.on_time += f.on_time;
    all.restarts += f.restarts;
    all.waits.merge(f.waits);
  }
  return all;
}

// `posted`: jobs may be withdrawn.
void add_flow(KpiCollector& out, const FlowSums& f, bool posted, double days, std::size_t replication,
              const Labels& labels) {
  const auto put = [&](std::string_view name, double value) { out.add(name, labels, replication, value); };
  const auto started = static_cast<double>(f.started);
  double ended = 0;
  for (const std::int64_t n : f.ended) ended += static_cast<double>(n);
  const auto share = [&](JobState s) {
    return ratio(static_cast<double>(f.ended[static_cast<std::size_t>(s)]), ended);
  };
  put("design.wait", ratio(static_cast<double>(f.wait) / kHour, started));
  put("design.wait_p50", f.waits.quantile(0.5) / kHour);
  put("design.wait_p95", f.waits.quantile(0.95) / kHour);
  put("design.wait_p99", f.waits.quantile(0.99) / kHour);
  put("design.turnaround", ratio(static_cast<double>(f.turnaround) / kHour, started));
  put("design.slowdown", ratio(number(f.slowdown) / kSlowdownUnit, started));
  put("design.bounded_slowdown", ratio(number(f.bounded_slowdown) / kSlowdownUnit, started));
  put("design.submitted", ratio(static_cast<double>(f.submitted), days));
  put("design.throughput", ratio(static_cast<double>(f.completed), days));
  put("design.completed_share", share(JobState::completed));
  put("design.walltime_share", share(JobState::walltime));
  put("design.failed_share", share(JobState::failed));
  put("design.rejected_share", share(JobState::rejected));
  if (posted) put("design.withdrawn_share", share(JobState::withdrawn));
  put("design.restarts", ratio(static_cast<double>(f.restarts), started));
  put("design.on_time", ratio(static_cast<double>(f.on_time), static_cast<double>(f.with_due_date)));
}

struct Rates {
  double span = 0, days = 0; // of the window: ticks, days
  [[nodiscard]] double core_hours_a_day(Wide core_ticks) const { return ratio(number(core_ticks) / kHour, days); }
};

void add_farm(KpiCollector& out, const Model& model, const Observations& o, const Rates& rates,
              std::size_t replication) {
  const auto put = [&](std::string_view name, double value) { out.add(name, {}, replication, value); };
  const FarmSums& f = o.farm;
  const double total = static_cast<double>(model.cores) * rates.span;
  put("design.utilisation", ratio(number(f.used), total));
  put("design.effective_utilisation", ratio(number(f.useful), number(f.used)));
  put("design.availability", 1 - ratio(number(f.down), total));
  double memory = 0;
  bool limited = true;
  for (const NodeClassTable& k : model.classes) {
    limited = limited && k.memory < kUnlimited;
    memory += static_cast<double>(k.memory) * k.nodes;
  }
  if (limited) put("design.memory_utilisation", ratio(number(f.memory), memory * rates.span));
  put("design.queue_length", ratio(number(f.queued), rates.span));
  put("design.burned", rates.core_hours_a_day(f.burned));
  put("design.lost_preemption", rates.core_hours_a_day(f.lost_preemption));
  put("design.lost_memory", rates.core_hours_a_day(f.lost_memory));
  put("design.lost_failure", rates.core_hours_a_day(f.lost_failure));
  put("design.lost_walltime", rates.core_hours_a_day(f.lost_walltime));
  put("design.preemptions", ratio(static_cast<double>(f.preemptions), rates.days));
  put("design.out_of_memory", ratio(static_cast<double>(f.out_of_memory), rates.days));
  double energy = 0, cost = 0, rented = 0, mean_cost = 0;
  bool rents = false, boots = false;
  for (std::size_t c = 0; c < model.classes.size(); c++) {
    const NodeClassTable& k = model.classes[c];
    const bool always_on = k.off_after == core::kNever;
    const double cores = static_cast<double>(k.cores), all = cores * k.nodes * rates.span;
    const double on = always_on ? all - number(o.class_down[c]) : number(o.class_on[c]);
    energy += k.idle_power * on / cores + (k.busy_power - k.idle_power) * number(o.class_used[c]) / cores;
    if (k.rented)
      rented += k.cost * on;
    else
      cost += k.cost * number(o.class_used[c]);
    rents = rents || k.rented;
    boots = boots || !always_on;
    mean_cost += k.cost * cores * k.nodes / static_cast<double>(model.cores);
  }
  put("design.energy", ratio(energy / kHour / 1000, rates.days));
  put("design.compute_cost", ratio((cost + rented) / kHour, rates.days));
  if (rents) put("design.rented_cost", ratio(rented / kHour, rates.days));
  if (boots) put("design.boots", ratio(static_cast<double>(f.boots), rates.days));
  const double wanting = number(f.lacking) / kHour;
  put("design.licence_wait_cost",
      ratio(model.waiting_cost * wanting + mean_cost * number(f.burned) / kHour, rates.days));
}

// What only floors with several sites, links, datasets or limited storage have.
void add_sites(KpiCollector& out, const Model& model, const Observations& o, const Rates& rates,
               std::size_t replication) {
  const auto put = [&](std::string_view name, double value) { out.add(name, {}, replication, value); };
  const auto a_day = [&](std::int64_t n) { return ratio(static_cast<double>(n), rates.days); };
  double egress = 0;
  bool storage = false;
  for (std::size_t s = 0; s < model.sites.size(); s++) {
    const SiteTable& t = model.sites[s];
    const SiteSums& sums = o.sites[s];
    const Labels label = t.name.empty() ? Labels{} : Labels{{"site", t.name}};
    const auto at_site = [&](std::string_view name, double value) { out.add(name, label, replication, value); };
    egress += t.egress_cost * static_cast<double>(sums.sent) / 1e6;
    storage = storage || t.storage > 0;
    if (t.storage > 0)
      at_site("design.storage_load", ratio(number(sums.asked), static_cast<double>(t.storage) * rates.span));
    if (model.sites.size() == 1) continue;
    at_site("design.utilisation", ratio(number(sums.used), static_cast<double>(t.cores) * rates.span));
    at_site("design.queue_length", ratio(number(sums.queued), rates.span));
    at_site("design.throughput", a_day(sums.completed));
    at_site("design.wait", ratio(static_cast<double>(sums.wait) / kHour, static_cast<double>(sums.started)));
  }
  const FarmSums& f = o.farm;
  if (storage) put("design.storage_delay", rates.core_hours_a_day(f.storage_delay));
  if (model.sites.size() > 1) {
    std::int64_t submitted = 0;
    for (const SiteSums& s : o.sites) submitted += s.submitted;
    put("design.moved_share", ratio(static_cast<double>(f.moved), static_cast<double>(submitted)));
  }
  for (std::size_t l = 0; l < model.links.size(); l++) {
    const Labels label{{"link", model.links[l].name}};
    const auto of_link = [&](std::string_view name, double value) { out.add(name, label, replication, value); };
    of_link("design.link_down", ratio(static_cast<double>(o.links[l].down), rates.span));
    of_link("design.licences_lost", a_day(o.links[l].licences_lost));
    of_link("design.transferred", ratio(static_cast<double>(o.links[l].transferred) / 1e6, rates.days));
  }
  if (model.datasets.empty()) return;
  put("design.staging_time", ratio(static_cast<double>(f.staging) / kHour, static_cast<double>(f.staged)));
  put("design.egress_cost", ratio(egress, rates.days));
}

double share_quantile(const FeatureSums& f, double p) {
  std::vector<std::int64_t> time(kShareClasses);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < f.share_by_hour.size(); i++) time[i % kShareClasses] += f.share_by_hour[i];
  for (const std::int64_t t : time) total += t;
  if (total == 0) return kMissing;
  std::int64_t below = 0;
  for (std::size_t i = 0; i < kShareClasses; i++) {
    below += time[i];
    if (static_cast<double>(below) >= p * static_cast<double>(total))
      return static_cast<double>(i) / static_cast<double>(kShareClasses - 1);
  }
  return 1;
}

void add_features(KpiCollector& out, const Model& model, const Observations& o, const Rates& rates,
                  std::size_t replication) {
  for (std::size_t i = 0; i < model.features.size(); i++) {
    const FeatureTable& t = model.features[i];
    const FeatureSums& f = o.features[i];
    const auto put = [&](std::string_view name, double value) {
      out.add(name, {{"feature", t.name}}, replication, value);
    };
    const double total = static_cast<double>(t.tokens) * rates.span;
    put("design.licence_utilisation", ratio(number(f.used), total));
    put("design.licence_utilisation_p95", share_quantile(f, 0.95));
    put("design.licence_exhausted", ratio(number(f.exhausted), rates.span));
    put("design.licence_waiting", ratio(number(f.wanting), rates.span));
    put("design.checkouts", ratio(static_cast<double>(f.checkouts), rates.days));
    put("design.denials", ratio(static_cast<double>(f.denials), rates.days));
    put("design.cost_per_token_hour",
        t.cost > 0 ? ratio(t.cost * static_cast<double>(t.tokens) * rates.days / 365, number(f.used) / kHour)
                   : kMissing);
    for (std::size_t s = 0; s < t.shares.size(); s++)
      out.add("design.share_use", {{"feature", t.name}, {"share", s == 0 ? "others" : t.lenders[s]}}, replication,
              ratio(number(f.by_share[s]), rates.span));
    if (!t.shares.empty()) put("design.licence_on_loan", ratio(number(f.on_loan), rates.span));
    if (t.acquire == Acquire::queue && model.policy.check_out == CheckOut::stepwise)
      put("design.deadlocks", ratio(static_cast<double>(f.deadlocks), rates.days));
    if (t.acquire == Acquire::queue) {
      const auto checkouts = static_cast<double>(f.checkouts);
      put("design.checkout_wait", ratio(static_cast<double>(f.wait) / kHour, checkouts));
      put("design.checkout_waits", ratio(static_cast<double>(f.waited), checkouts));
    }
    if (t.users > 0) {
      put("design.outside_use", ratio(number(f.outside), rates.span));
      put("design.outside_denied", ratio(static_cast<double>(f.outside_denials), static_cast<double>(f.outside_tries)));
      put("design.users_blocked", ratio(static_cast<double>(f.users_blocked), rates.days));
    }
  }
}

std::vector<KpiInfo> farm_kpi_registry() {
  return {
      {"design.wait", "h", "mean time of a job from submission to its first start, jobs that ended in the window",
       Better::lower},
      {"design.wait_p50", "h", "median wait", Better::lower},
      {"design.wait_p95", "h", "wait that 95 % of the jobs stay below", Better::lower},
      {"design.wait_p99", "h", "wait that 99 % of the jobs stay below", Better::lower},
      {"design.turnaround", "h", "mean time of a job from submission to its end", Better::lower},
      {"design.slowdown", "1", "mean of turnaround over run time", Better::lower},
      {"design.bounded_slowdown", "1", "the same with run times of at least 10 s", Better::lower},
      {"design.submitted", "jobs/d", "jobs submitted per day", Better::neither},
      {"design.throughput", "jobs/d", "jobs completed per day", Better::higher},
      {"design.completed_share", "1", "share of the jobs that ended by completing", Better::higher},
      {"design.walltime_share", "1", "share that was killed at the requested run time", Better::lower},
      {"design.failed_share", "1", "share that failed for good: out of memory with no retry left", Better::lower},
      {"design.rejected_share", "1", "share that fits the farm at no time", Better::lower},
      {"design.withdrawn_share", "1", "share that was withdrawn before it ran, or while it waited again",
       Better::lower},
      {"design.restarts", "1", "starts after the first, per job", Better::lower},
      {"design.on_time", "1", "share of the jobs with a due date that complete by it", Better::higher},
      {"design.utilisation", "1", "cores taken by jobs over all cores", Better::neither},
      {"design.effective_utilisation", "1", "core time of jobs that completed, their last run, over core time taken",
       Better::higher},
      {"design.availability", "1", "share of the core time in which nodes are up and not drained", Better::higher},
      {"design.memory_utilisation", "1", "memory reserved by jobs over all memory", Better::neither},
      {"design.queue_length", "jobs", "mean number of jobs that wait", Better::lower},
      {"design.burned", "core-h/d", "core-hours a day of jobs that waited for licences on their cores", Better::lower},
      {"design.lost_preemption", "core-h/d", "core-hours of work a day lost to preemption", Better::lower},
      {"design.lost_memory", "core-h/d", "core-hours of work a day lost by running out of memory", Better::lower},
      {"design.lost_failure", "core-h/d", "core-hours of work a day lost to failures of nodes", Better::lower},
      {"design.lost_walltime", "core-h/d", "core-hours a day of jobs killed at their requested run time",
       Better::lower},
      {"design.preemptions", "1/d", "jobs that made room for others, per day", Better::lower},
      {"design.out_of_memory", "1/d", "jobs killed for memory, per day", Better::lower},
      {"design.energy", "kWh/d", "energy of the nodes per day", Better::lower},
      {"design.compute_cost", "money/d", "cost of the core-hours taken, and of rented nodes while on, per day",
       Better::lower},
      {"design.rented_cost", "money/d", "cost of rented nodes while they are on, per day", Better::lower},
      {"design.boots", "1/d", "nodes that were switched on, per day", Better::neither},
      {"design.moved_share", "1", "share of the jobs that went to another site than theirs", Better::neither},
      {"design.staging_time", "h", "mean time for which jobs waited for their data, those that did", Better::lower},
      {"design.egress_cost", "money/d", "cost of datasets sent to other sites, per day", Better::lower},
      {"design.storage_load", "1", "what jobs ask of the shared storage over what it delivers, mean over time",
       Better::neither},
      {"design.storage_delay", "core-h/d", "core-hours a day for which jobs waited for shared storage", Better::lower},
      {"design.link_down", "1", "share of time for which the link is down", Better::lower},
      {"design.licences_lost", "1/d", "jobs that lost a licence because the link was down, per day", Better::lower},
      {"design.transferred", "GB/d", "datasets sent over the link, per day", Better::neither},
      {"design.licence_wait_cost", "money/d",
       "cost of waiting for licences: jobs that lack a token (in the queue, held back, at the server) and cores burned",
       Better::lower},
      {"design.licence_utilisation", "1", "tokens taken over tokens bought, mean over time", Better::neither},
      {"design.licence_utilisation_p95", "1", "share of tokens taken that is exceeded 5 % of the time",
       Better::neither},
      {"design.licence_exhausted", "1", "share of time with no token free", Better::lower},
      {"design.licence_waiting", "jobs", "mean number of jobs that wait while no token is free", Better::lower},
      {"design.licence_on_loan", "tokens", "mean tokens in use beyond the share of those who use them",
       Better::neither},
      {"design.share_use", "tokens", "mean tokens in use by the jobs of a share", Better::neither},
      {"design.reclaims", "1/d", "jobs that gave back tokens on loan, per day", Better::lower},
      {"design.deadlocks", "1/d", "jobs denied to break a deadlock at the licence server, per day", Better::lower},
      {"design.checkouts", "1/d", "check-outs by jobs, per day", Better::neither},
      {"design.denials", "1/d", "check-outs denied to jobs, per day (fail and requeue)", Better::lower},
      {"design.cost_per_token_hour", "money/h", "cost of the pool over token-hours used", Better::lower},
      {"design.checkout_wait", "h", "mean wait of a job on its cores for a check-out", Better::lower},
      {"design.checkout_waits", "1", "share of check-outs that had to wait", Better::lower},
      {"design.outside_use", "tokens", "mean tokens taken by users outside the scheduler", Better::neither},
      {"design.outside_denied", "1", "share of the tries of such users that find no token", Better::lower},
      {"design.users_blocked", "users/d", "such users denied at least once a day, per day", Better::lower},
  };
}

} // namespace

std::span<const KpiInfo> kpi_registry() {
  static const std::vector<KpiInfo> registry = [] {
    std::vector<KpiInfo> all = farm_kpi_registry();
    for (KpiInfo k : project_kpi_registry()) all.push_back(std::move(k));
    return all;
  }();
  return registry;
}

std::vector<KpiSeries> kpis(const Model& model, std::span<const Observations> observations) {
  KpiCollector out(observations.size());
  for (std::size_t r = 0; r < observations.size(); r++) {
    const Observations& o = observations[r];
    Rates rates;
    rates.span = static_cast<double>(o.window_end - o.window_start);
    rates.days = rates.span / kDay;
    add_flow(out, sum(o.flows), model.posted, rates.days, r, {});
    if (model.flows.size() > 1)
      for (std::size_t f = 0; f < model.flows.size(); f++)
        add_flow(out, o.flows[f], model.posted, rates.days, r, {{"kind", model.flows[f]}});
    add_farm(out, model, o, rates, r);
    add_sites(out, model, o, rates, r);
    add_features(out, model, o, rates, r);
    if (std::ranges::any_of(model.features, [](const FeatureTable& f) { return !f.shares.empty(); }))
      out.add("design.reclaims", {}, r, ratio(static_cast<double>(o.farm.reclaims), rates.days));
    if (!model.projects.empty()) add_project_kpis(out, model, o, r);
  }
  return out.take();
}

} // namespace centresim::design
