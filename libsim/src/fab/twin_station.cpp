#include "twin_station.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace centresim::fab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Probability that a lot that names a setup of share `p` finds its tool with another one. A tool that becomes free
// chooses among the lots that wait, a lot that meets free tools among these; both as if setups came at random.
double change_of(const TwinSetup& setup, const TwinStation& station, const StationState& s, double wait) {
  const double other = std::max(0.0, 1 - setup.rate / station.named);
  const double waiting = station.rate * s.starts * wait * station.named / station.rate;
  const double choice = setup.avoidable && s.all_busy > 0 ? std::max(1.0, waiting / s.all_busy) : 1;
  const double idle = station.by_setup_tool && s.all_busy < 1 && s.load < 1
                          ? std::max(1.0, s.tools * (1 - s.load) / (1 - s.all_busy))
                          : 1;
  const double change = s.all_busy * std::pow(other, choice) + (1 - s.all_busy) * std::pow(other, idle);
  if (setup.minimum_run <= 1) return change;
  return change > 0 ? 1 / (setup.minimum_run - 1 + 1 / change) : 0;
}

void set_changes(const TwinStation& station, StationState& s, double wait) {
  s.change.resize(station.setups.size());
  for (std::size_t i = 0; i < station.setups.size(); i++) s.change[i] = change_of(station.setups[i], station, s, wait);
}

// Time from the first lot of a batch to the last one that may be needed.
double forming_time(const TwinBatchKey& key, double starts) {
  return std::min((key.smallest - 1) / (key.rate * starts), key.longest_wait);
}

// Lots join a batch that waits for a tool: as many as come meanwhile, where nobody waits with probability 1 - all_busy
// and the others for an exponential time. Of Poisson arrivals at least n come meanwhile with probability r^n.
void set_batches(const TwinStation& station, StationState& s, double wait) {
  s.batch.resize(station.keys.size());
  const double if_any = s.all_busy > 0 ? wait / s.all_busy : 0;
  for (std::size_t i = 0; i < station.keys.size(); i++) {
    const TwinBatchKey& key = station.keys[i];
    const double rate = key.rate * s.starts, r = rate * if_any / (1 + rate * if_any);
    const double start = std::min(key.largest, 1 + rate * forming_time(key, s.starts)), room = key.largest - start;
    const double joining = r < 1 - 1e-9 ? r * (1 - std::pow(r, room)) / (1 - r) : room;
    s.batch[i] = std::min(key.largest, start + s.all_busy * joining);
  }
}

double probability_of_setup(const TwinVisit& v, const StationState& s) {
  if (v.setup < 0) return 0;
  return v.always ? 1 : s.change[static_cast<std::size_t>(v.setup)];
}

double lots_of(const TwinVisit& v, const StationState& s) {
  return v.key < 0 ? 1 : s.batch[static_cast<std::size_t>(v.key)];
}

// Time of a job that the lot is part of.
Moments job_time(const TwinVisit& v, const TwinStation& station, const StationState& s) {
  Moments m = v.server;
  const double q = probability_of_setup(v, s);
  if (!(q > 0)) return m;
  const Moments& setup = station.setups[static_cast<std::size_t>(v.setup)].time;
  if (station.cascades && v.second_limit > 0) {
    const double mean = std::max(m.mean, v.second_limit + q * setup.mean / 2);
    return {mean, m.variance() + mean * mean};
  }
  const double added = q * setup.mean, variance = m.variance() + q * setup.second - added * added;
  m.mean += added;
  return {m.mean, m.mean * m.mean + std::max(0.0, variance)};
}

// Outages that follow work lengthen the job: those of a busy clock, and those due after so many wafers.
void add_work_outages(const TwinStation& station, double wafers, double& mean, double& variance) {
  const double natural = mean;
  double longer = 1;
  for (const queueing::Outage& o : station.busy) longer += o.per_up_time * o.mean;
  mean *= longer;
  variance *= longer * longer;
  for (const queueing::Outage& o : station.busy) variance += natural * o.per_up_time * o.second_moment;
  for (const queueing::Outage& o : station.wafer) {
    const double each = std::min(1.0, wafers * o.per_up_time), added = wafers * o.per_up_time * o.mean;
    mean += added;
    variance += std::max(0.0, each * o.second_moment - added * added);
  }
}

// The outages of the calendar, as lots meet them.
std::vector<queueing::Outage> outages_met(const TwinStation& station, const StationState& s) {
  std::vector<queueing::Outage> met = station.calendar;
  if (s.tools > 1 || !(s.arrivals.return_time > 0)) return met;
  for (queueing::Outage& o : met) {
    if (!(o.mean > 0)) continue;
    const double again = s.arrivals.return_time / (s.arrivals.return_time + o.second_moment / (2 * o.mean));
    o.second_moment *= s.arrivals.first + (1 - s.arrivals.first) * again;
  }
  return met;
}

void set_service(const TwinStation& station, StationState& s) {
  double jobs = 0, lots = 0, mean = 0, second = 0, setups = 0, wafers = 0;
  for (const TwinVisit& v : station.visits) {
    const double rate = v.rate / lots_of(v, s);
    const Moments m = job_time(v, station, s);
    jobs += rate;
    lots += v.rate;
    mean += rate * m.mean;
    second += rate * m.second;
    setups += rate * probability_of_setup(v, s);
    wafers += v.rate * v.wafers;
  }
  s.job_rate = jobs * s.starts;
  if (!(jobs > 0)) return;
  s.batch_mean = lots / jobs;
  s.setups = setups / lots;
  mean /= jobs;
  double variance = std::max(0.0, second / jobs - mean * mean);
  s.natural = {mean, mean > 0 ? variance / (mean * mean) : 0};
  add_work_outages(station, wafers / jobs, mean, variance);
  const double up = station.available();
  const queueing::ServiceTime work{mean, mean > 0 ? variance / (mean * mean) : 0};
  const std::vector<queueing::Outage> outages = outages_met(station, s);
  s.service = up > 0 ? queueing::effective(work, outages, up) : queueing::ServiceTime{kInfinity, 1};
  s.load = mean > 0 ? s.job_rate * s.service.mean / s.tools : 0;
  s.all_busy = queueing::erlang_c(s.tools, s.load);
  s.wait_of_idle_outages = up > 0 ? queueing::wait_of_idle_outages(s.tools, s.load, s.all_busy, outages, up) : 0;
}

// The wait that follows from assuming one.
double wait_given(const TwinStation& station, StationState& s, double assumed) {
  // Changes of setup and batches depend on the load, which depends on them.
  for (int round = 0; round < (station.setups.empty() && station.keys.empty() ? 1 : 3); round++) {
    set_batches(station, s, assumed);
    set_changes(station, s, assumed);
    set_service(station, s);
  }
  set_arrivals(s, s.arrivals.scv);
  return s.wait;
}

// A wait beyond which setups and batches change no more; 0 where they do not depend on it.
double longest_assumption(const TwinStation& station, const StationState& s) {
  double longest = 0;
  for (const TwinBatchKey& key : station.keys)
    if (key.largest > key.smallest || std::isfinite(key.longest_wait))
      longest = std::max(longest, 1000 * key.largest / (key.rate * s.starts));
  for (const TwinSetup& setup : station.setups)
    if (setup.avoidable && setup.rate > 0)
      longest = std::max(longest, 40 * std::max(1.0, station.named / setup.rate) / (station.rate * s.starts));
  return longest;
}

} // namespace

StationState solve_station(const TwinStation& station, double tools, double starts, const Arrivals& arrivals) {
  StationState s;
  s.tools = tools;
  s.starts = starts;
  s.arrivals = arrivals;
  if (station.visits.empty()) return s;
  s.all_busy = 1; // of a first guess
  double high = longest_assumption(station, s), low = 0;
  if (!(high > 0)) {
    (void)wait_given(station, s, 0);
    return s;
  }
  if (wait_given(station, s, high) >= high) return s;
  // The longer the wait that is assumed, the shorter the one that follows. Halving finds where they agree.
  for (int round = 0; round < 30 && high - low > 1e-3 * high && high > 1; round++) {
    const double middle = low > 0 ? std::sqrt(low * high) : high / 16;
    (wait_given(station, s, middle) > middle ? low : high) = middle;
  }
  (void)wait_given(station, s, high);
  return s;
}

void set_arrivals(StationState& s, double arrival_scv) {
  s.arrivals.scv = arrival_scv;
  if (!(s.job_rate > 0)) return;
  s.wait = s.service.mean * queueing::wait(s.tools, s.load, arrival_scv / s.batch_mean, s.service.scv, s.all_busy);
}

double setup_time(const TwinVisit& v, const TwinStation& station, const StationState& s) {
  return v.setup < 0 ? 0 : probability_of_setup(v, s) * station.setups[static_cast<std::size_t>(v.setup)].time.mean;
}

double server_time(const TwinVisit& v, const TwinStation& station, const StationState& s) {
  return job_time(v, station, s).mean / lots_of(v, s);
}

double time_on_tool(const TwinVisit& v, const TwinStation& station, const StationState& s) {
  // On a cascading tool the setup is made beside the lot before, if there is one.
  const double seen = station.cascades ? 1 - s.all_busy : 1;
  return (v.alone + seen * setup_time(v, station, s)) * station.stretch;
}

std::vector<LotWait> lot_waits(const TwinNetwork& network, const TwinStation& station, const StationState& s) {
  std::vector<double> factors;
  double work = s.wait;
  if (station.by_priority && network.priorities > 1) {
    std::vector<double> loads(network.priorities, 0.0);
    double all = 0;
    for (const TwinVisit& v : station.visits) all += v.rate * server_time(v, station, s);
    for (const TwinVisit& v : station.visits)
      loads[network.flows[v.flow].priority] += all > 0 ? v.rate * server_time(v, station, s) / all * s.load : 0;
    factors = queueing::priority_factors(loads);
    // What a lot finds before it; it has a limit where the wait of all has none.
    const double load = std::min(s.load, 1 - 1e-9);
    work =
        (1 - load) * s.service.mean *
        queueing::wait(s.tools, load, s.arrivals.scv / s.batch_mean, s.service.scv, queueing::erlang_c(s.tools, load));
  }
  std::vector<LotWait> waits;
  for (const TwinVisit& v : station.visits) {
    const double factor = factors.empty() ? 1 : factors[network.flows[v.flow].priority];
    const double queue = std::isinf(factor) ? factor : work * factor; // without an end even where nothing varies
    if (v.key < 0) {
      waits.push_back({0, queue + s.wait_of_idle_outages});
      continue;
    }
    const TwinBatchKey& key = station.keys[static_cast<std::size_t>(v.key)];
    const double rate = key.rate * s.starts, batch = lots_of(v, s), formed = forming_time(key, s.starts);
    const double forming = std::min((key.smallest - 1) / rate, formed) / 2;
    const double lasts = (batch - 1) / rate; // from the first to the last lot
    const double all = lasts / 2 + std::max(0.0, formed + queue - lasts);
    waits.push_back({std::min(forming, all), std::max(0.0, all - forming) + s.wait_of_idle_outages});
  }
  return waits;
}

Work work_of(const TwinStation& station, const StationState& s, bool full) {
  Work work;
  double wafers = 0;
  for (const TwinVisit& v : station.visits) {
    const double lots = v.key >= 0 && full ? station.keys[static_cast<std::size_t>(v.key)].largest : lots_of(v, s);
    work.time += v.rate / lots * job_time(v, station, s).mean;
    wafers += v.rate * v.wafers;
  }
  for (const queueing::Outage& o : station.busy) work.outages += work.time * o.per_up_time * o.mean;
  for (const queueing::Outage& o : station.wafer) work.outages += wafers * o.per_up_time * o.mean;
  return work;
}

double limit_of_starts(const TwinStation& station, const StationState& s, double tools) {
  const Work work = work_of(station, s, true);
  if (!(work.time + work.outages > 0)) return kInfinity;
  return std::max(0.0, station.available()) * tools / (work.time + work.outages);
}

} // namespace centresim::fab
