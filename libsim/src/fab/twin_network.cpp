#include "twin_network.hpp"

#include "centresim/core/error.hpp"
#include "centresim/fab/expected.hpp"
#include "traffic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

namespace centresim::fab {
namespace {

constexpr double kNegligible = 1e-12; // of a probability

double ticks(const schema::Duration& d) { return static_cast<double>(d.ticks); }

queueing::Outage outage(double per_time, const Distribution& duration) {
  const Moments m = moments(duration);
  return {per_time, m.mean, m.second};
}

// The first step performed from a candidate on, with its probability.
template <class F> void next_performed(const Route& route, std::size_t candidate, F&& visit) {
  double rest = 1;
  for (std::size_t k = candidate; k < route.steps.size() && rest > kNegligible; k++) {
    const double sampling = route.steps[k].sampling;
    if (sampling > 0) visit(k, rest * sampling);
    rest *= 1 - sampling;
  }
}

std::size_t rework_target(const Route& route, std::size_t k) {
  const Step& s = route.steps[k];
  if (s.rework_to.empty() || !(s.rework > 0)) return route.steps.size();
  for (std::size_t i = 0; i <= k; i++)
    if (route.steps[i].name == s.rework_to) return i;
  return route.steps.size();
}

// Of the lot, for a law of the time of one unit and the moments of the wafers.
Moments lot_time(double overhead, const Moments& unit, const Moments& units) {
  const double mean = unit.mean * units.mean, variance = std::max(0.0, unit.second * units.second - mean * mean);
  return {overhead + mean, (overhead + mean) * (overhead + mean) + variance};
}

Moments server_time(const Need& need, const Step& step, const Moments& wafers) {
  const Moments unit = moments(step.time);
  if (!need.cascades) return lot_time(need.overhead, unit, need.per_wafer ? wafers : Moments{1, 1});
  // The interval is fixed; lots differ by their wafers.
  const double mean = need.low(wafers.mean);
  const double per_wafer = need.per_wafer && wafers.mean > 0 ? mean / wafers.mean : 0;
  return {mean, mean * mean + per_wafer * per_wafer * wafers.variance()};
}

// Whether a rule puts lots that need no change of setup first.
bool ranks_setups(const ToolGroup& g) {
  for (const Rank rank : g.rank) {
    if (rank == Rank::setup_time) return true;
    if (rank != Rank::priority) return false;
  }
  return false;
}

// Setups of a station while its visits are added: by name, with the time that each step gives.
struct SetupUse {
  std::string name;
  double own_rate = 0; // of lots whose step gives the time
  Moments own;         // summed with the rate
};

double table_rate(const std::vector<TwinSetup>& setups, std::size_t skip) {
  double rate = 0;
  for (std::size_t i = 0; i < setups.size(); i++)
    if (i != skip) rate += setups[i].rate;
  return rate;
}

// Time of a change to setup `to` from the others as often as they are.
Moments table_time(const Fab& fab, const std::vector<TwinSetup>& setups, const std::vector<SetupUse>& uses,
                   std::size_t to) {
  std::map<std::string_view, Moments> from;
  for (const SetupTime& s : fab.setup_times)
    if (s.to == uses[to].name) from[s.from] = moments(s.time);
  if (from.empty()) return {};
  const auto any = from.find("");
  const auto time = [&](const std::string& name) {
    const auto found = from.find(name);
    return found != from.end() ? found->second : any != from.end() ? any->second : Moments{};
  };
  const double all = table_rate(setups, to);
  if (!(all > 0)) return any != from.end() ? any->second : Moments{};
  Moments sum;
  for (std::size_t i = 0; i < setups.size(); i++) {
    if (i == to) continue;
    const Moments m = time(uses[i].name);
    sum.mean += setups[i].rate / all * m.mean;
    sum.second += setups[i].rate / all * m.second;
  }
  return sum;
}

using Uses = std::vector<SetupUse>;

int setup_of(TwinStation& station, Uses& uses, const Step& step, double rate) {
  if (step.setup.empty()) return -1;
  auto found = std::ranges::find(uses, step.setup, &SetupUse::name);
  if (found == uses.end()) {
    uses.push_back({step.setup, 0, {}});
    station.setups.emplace_back();
    found = uses.end() - 1;
    for (const MinimumRun& m : station.values->minimum_runs)
      if (m.setup == step.setup) station.setups.back().minimum_run = static_cast<double>(m.lots);
  }
  const auto i = static_cast<std::size_t>(found - uses.begin());
  station.setups[i].rate += rate;
  station.named += rate;
  if (step.setup_time) {
    const Moments m = moments(*step.setup_time);
    found->own_rate += rate;
    found->own.mean += rate * m.mean;
    found->own.second += rate * m.second;
  }
  return static_cast<int>(i);
}

void finish_setups(const Fab& fab, TwinStation& station, const Uses& uses) {
  const bool ranked = ranks_setups(*station.values);
  for (std::size_t i = 0; i < uses.size(); i++) {
    TwinSetup& s = station.setups[i];
    const Moments table = table_time(fab, station.setups, uses, i);
    const double own = s.rate > 0 ? uses[i].own_rate / s.rate : 0;
    s.time.mean = (s.rate > 0 ? uses[i].own.mean / s.rate : 0) + (1 - own) * table.mean;
    s.time.second = (s.rate > 0 ? uses[i].own.second / s.rate : 0) + (1 - own) * table.second;
    // The rank knows the times of the table only.
    s.avoidable = ranked && table.mean > 0;
  }
}

} // namespace

Moments moments(const Distribution& law) {
  const core::Law compiled = law.compile();
  const double mean = compiled.mean();
  return {mean, mean * mean + compiled.variance()};
}

class TwinBuilder {
 public:
  TwinBuilder(TwinNetwork& net, const Fab& fab) : net_(net), fab_(fab), uses_(fab.tool_groups.size()) {
    keys_.resize(fab.tool_groups.size());
    for (std::size_t i = 0; i < fab.tool_groups.size(); i++) {
      const ToolGroup& g = fab.tool_groups[i];
      index_.emplace(g.name, i);
      TwinStation& s = net.stations.emplace_back();
      s.values = &g;
      s.tools = static_cast<double>(std::max<std::int64_t>(1, g.tools));
      s.cascades = g.cascading;
      s.by_priority = !g.rank.empty() && g.rank.front() == Rank::priority;
      s.by_setup_tool = g.tool_choice == ToolChoice::least_setup_time;
      add_outages(s);
    }
  }

  void add_flows(const std::vector<Traffic>& traffic) {
    std::vector<std::int64_t> levels;
    for (const Traffic& t : traffic) levels.push_back(t.release->priority);
    std::ranges::sort(levels, std::greater<>());
    levels.erase(std::ranges::unique(levels).begin(), levels.end());
    net_.priorities = std::max<std::size_t>(1, levels.size());
    std::map<std::pair<std::string_view, std::string_view>, std::size_t> rows;
    for (const Traffic& t : traffic) {
      TwinFlow flow;
      flow.product = t.product->name;
      flow.kind = t.release->kind;
      flow.row = rows.try_emplace({t.product->name, t.release->kind}, rows.size()).first->second;
      flow.priority = static_cast<std::size_t>(std::ranges::find(levels, t.release->priority) - levels.begin());
      flow.rate = t.lots;
      const Moments every = moments(t.release->every);
      flow.scv = every.mean > 0 ? every.variance() / (every.mean * every.mean) : 0;
      flow.scv *= static_cast<double>(t.release->lots); // lots that come together
      flow.raw_process_time = raw_process_time(fab_, *t.product, t.wafers);
      net_.lots += t.lots;
      net_.flows.push_back(std::move(flow));
    }
    net_.rows = rows.size();
  }

  void add_route(const Route& route, const std::vector<Traffic>& traffic) {
    std::vector<std::size_t> flows;
    double lots = 0;
    for (std::size_t f = 0; f < traffic.size(); f++) {
      if (traffic[f].product->route != route.name) continue;
      flows.push_back(f);
      lots += traffic[f].lots;
    }
    if (flows.empty()) return;
    const std::vector<double> visits = expected_visits(route), transport = expected_transport(fab_, route);
    std::vector<std::size_t> at(route.steps.size());
    for (std::size_t k = 0; k < route.steps.size(); k++) {
      at[k] = index_.at(route.steps[k].tool_group);
      for (const std::size_t f : flows) add_visit(at[k], route, k, traffic[f], f, visits[k], transport[k]);
    }
    add_links(route, visits, at, lots, flows);
  }

  void finish() {
    for (std::size_t i = 0; i < net_.stations.size(); i++) finish_setups(fab_, net_.stations[i], uses_[i]);
    std::ranges::sort(net_.links, {}, [](const TwinLink& l) { return std::pair(l.to, l.from); });
    std::size_t kept = 0; // equal links become one
    for (const TwinLink& link : net_.links) {
      if (kept > 0 && net_.links[kept - 1].from == link.from && net_.links[kept - 1].to == link.to)
        net_.links[kept - 1].rate += link.rate;
      else
        net_.links[kept++] = link;
    }
    net_.links.resize(kept);
  }

 private:
  static void add_outages(TwinStation& station) {
    for (const Breakdown& b : station.values->breakdowns) {
      const double mttf = b.mttf.mean(), mttr = b.mttr.mean();
      if (!(mttf > 0)) continue; // check() refuses it
      const bool calendar = b.clock == FailureClock::calendar;
      (calendar ? station.calendar : station.busy).push_back(outage(1 / mttf, b.mttr));
      if (calendar) station.calendar_up *= mttf / (mttf + mttr);
      station.stretch += mttr / mttf;
    }
    for (const Maintenance& m : station.values->maintenance) {
      if (m.every) {
        station.calendar_pm += m.duration.mean() / ticks(*m.every);
        station.calendar.push_back(outage(1 / ticks(*m.every), m.duration)); // of all time, mended below
      } else if (m.every_wafers) {
        station.wafer.push_back(outage(1 / static_cast<double>(*m.every_wafers), m.duration));
      }
    }
    const double up = station.available();
    const std::size_t failures = static_cast<std::size_t>(
        std::ranges::count(station.values->breakdowns, FailureClock::calendar, &Breakdown::clock));
    for (std::size_t i = failures; i < station.calendar.size() && up > 0; i++) station.calendar[i].per_up_time /= up;
  }

  int key_of(std::size_t group, const Route& route, const Step& step, const Traffic& t, const Need& need, double rate) {
    if (!need.batch) return -1;
    TwinStation& station = net_.stations[group];
    const auto [at, fresh] = keys_[group].try_emplace(
        batch_key(*station.values, family_of(*t.product), route.name, step), static_cast<int>(station.keys.size()));
    if (fresh) station.keys.emplace_back();
    TwinBatchKey& key = station.keys[static_cast<std::size_t>(at->second)];
    const double wafers = std::max(1.0, t.wafers);
    // Of flows with lots of several sizes the mean counts.
    const double before = key.rate, both = before + rate;
    const bool fixed = t.release->wafers.kind == core::LawKind::constant;
    const double most = fixed ? std::floor(need.batch_max / wafers) : need.batch_max / wafers;
    const double least = fixed ? std::ceil(need.batch_min / wafers) : need.batch_min / wafers;
    key.largest = (before * key.largest + rate * std::max(1.0, most)) / both;
    key.smallest = std::min(key.largest, (before * key.smallest + rate * std::max(1.0, least)) / both);
    key.longest_wait = need.bounded ? need.wait : std::numeric_limits<double>::infinity();
    key.rate = both;
    return at->second;
  }

  void add_visit(std::size_t group, const Route& route, std::size_t k, const Traffic& t, std::size_t flow,
                 double visits, double transport) {
    TwinStation& station = net_.stations[group];
    const Step& step = route.steps[k];
    if (!(visits * t.lots > 0)) return;
    const Need need = need_of(*station.values, step);
    const Moments wafers = moments(t.release->wafers);
    TwinVisit v;
    v.flow = flow;
    v.rate = visits * t.lots;
    v.first = std::min(1.0, step.sampling / visits);
    v.server = server_time(need, step, wafers);
    v.alone = need.alone(wafers.mean);
    v.overhead = need.cascades ? 0 : need.overhead;
    v.second_limit = need.cascades ? v.alone / 2 : 0;
    v.wafers = wafers.mean;
    v.transport = transport;
    v.setup = setup_of(station, uses_[group], step, v.rate);
    v.always = step.setup_when == SetupWhen::always;
    v.key = key_of(group, route, step, t, need, v.rate);
    station.rate += v.rate;
    station.visits.push_back(v);
  }

  void add_links(const Route& route, const std::vector<double>& visits, const std::vector<std::size_t>& at, double lots,
                 const std::vector<std::size_t>& flows) {
    next_performed(route, 0, [&](std::size_t to, double share) {
      for (const std::size_t f : flows) net_.entries.push_back({f, at[to], share});
    });
    for (std::size_t k = 0; k < route.steps.size(); k++) {
      const double rate = visits[k] * lots;
      const std::size_t target = rework_target(route, k);
      const double back = target < route.steps.size() ? route.steps[k].rework : 0;
      const auto add = [&](double part) {
        return [this, &at, k, part](std::size_t to, double share) {
          if (part * share > 0) net_.links.push_back({at[k], at[to], part * share});
        };
      };
      next_performed(route, k + 1, add(rate * (1 - back)));
      if (back > 0) next_performed(route, target, add(rate * back));
    }
  }

  TwinNetwork& net_;
  const Fab& fab_;
  std::map<std::string_view, std::size_t> index_;
  std::vector<Uses> uses_;
  std::vector<std::map<std::pair<std::string_view, std::string_view>, int>> keys_;
};

TwinNetwork::TwinNetwork(const Fab& fab, core::Tick horizon) : fab_(fab) {
  fab_.lots.clear();
  const std::vector<Traffic> flows_of = traffic(fab_, [&](const Release& r) { return share_of(r, fab_, horizon); });
  TwinBuilder builder(*this, fab_);
  builder.add_flows(flows_of);
  if (!(lots > 0))
    throw core::InputError({core::Issue{"", 0, "fab.releases", std::to_string(fab.releases.size()) + " streams",
                                        "no stream releases lots before the horizon: capacity is that of a mix of "
                                        "releases (lots named one by one do not count)"}});
  for (const Route& route : fab_.routes) builder.add_route(route, flows_of);
  builder.finish();
}

} // namespace centresim::fab
