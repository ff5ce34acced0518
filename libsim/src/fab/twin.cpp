#include "centresim/fab/twin.hpp"

#include "centresim/core/error.hpp"
#include "twin_streams.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

namespace centresim::fab {
namespace {

constexpr double kDay = static_cast<double>(core::kTicksPerDay);
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void refuse(const char* path, double value, const char* rule) {
  throw core::InputError({core::Issue{"", 0, path, fmt::format("{:g}", value), rule}});
}

bool depends_on_wait(const TwinStation& s) { return !s.keys.empty() || !s.setups.empty(); }

// Of each flow, ticks; transport included.
std::vector<double> cycle_times(const TwinNetwork& net, const std::vector<StationState>& states) {
  std::vector<double> times(net.flows.size(), 0);
  for (std::size_t i = 0; i < states.size(); i++) {
    const TwinStation& station = net.stations[i];
    const std::vector<LotWait> waits = lot_waits(net, station, states[i]);
    for (std::size_t k = 0; k < waits.size(); k++) {
      const TwinVisit& v = station.visits[k];
      times[v.flow] += v.rate / net.flows[v.flow].rate *
                       (waits[k].forming + waits[k].queue + time_on_tool(v, station, states[i]) + v.transport);
    }
  }
  return times;
}

// How lots come to a station where flows take `times`. The time to return matters to a single tool with outages only.
Arrivals arrivals_of(const TwinNetwork& net, const TwinStation& station, const StationState& state, double scv,
                     const std::vector<double>& times) {
  Arrivals arrivals{scv, 0, 1};
  if (state.tools > 1 || station.calendar.empty()) return arrivals;
  double lots = 0, in_process = 0;
  std::vector<bool> seen(net.flows.size(), false);
  for (const TwinVisit& v : station.visits) {
    if (seen[v.flow]) continue;
    seen[v.flow] = true;
    lots += net.flows[v.flow].rate;
    in_process += net.flows[v.flow].rate * times[v.flow];
  }
  if (!(lots > 0) || lots >= station.rate || !std::isfinite(in_process)) return arrivals;
  arrivals.first = lots / station.rate;
  const double here = std::isfinite(state.wait) ? state.wait + state.wait_of_idle_outages : 0;
  arrivals.return_time = std::max(state.natural.mean, in_process / station.rate - here);
  return arrivals;
}

// States of all stations that agree with the streams between them.
std::vector<StationState> solve_network(const TwinNetwork& net, const TwinStreams& streams, double starts,
                                        const std::vector<double>& tools) {
  std::vector<StationState> states;
  for (std::size_t i = 0; i < tools.size(); i++) states.push_back(solve_station(net.stations[i], tools[i], starts, {}));
  for (int round = 0; round < 8; round++) {
    const std::vector<double> scv = streams.solve(states), times = cycle_times(net, states);
    double change = 0;
    for (std::size_t i = 0; i < states.size(); i++) {
      const TwinStation& station = net.stations[i];
      const Arrivals before = states[i].arrivals, now = arrivals_of(net, station, states[i], scv[i], times);
      change = std::max({change, std::abs(now.scv - before.scv) / std::max(1.0, now.scv),
                         std::abs(now.return_time - before.return_time) / std::max(1.0, now.return_time)});
      if (depends_on_wait(station) || now.return_time > 0)
        states[i] = solve_station(station, tools[i], starts, now);
      else
        set_arrivals(states[i], now.scv);
    }
    if (change < 1e-4) break;
  }
  return states;
}

std::vector<double> tools_of(const TwinNetwork& net) {
  std::vector<double> tools;
  for (const TwinStation& s : net.stations) tools.push_back(s.tools);
  return tools;
}

// Share of a lot's visits, in lots a tick, times what each takes there.
double station_time(const TwinNetwork& net, const TwinStation& station, const StationState& s) {
  const std::vector<LotWait> waits = lot_waits(net, station, s);
  double sum = 0;
  for (std::size_t i = 0; i < waits.size(); i++)
    sum += station.visits[i].rate * (waits[i].forming + waits[i].queue + time_on_tool(station.visits[i], station, s));
  return sum;
}

// How long a cascading tool works on after its first position has become free and nobody waits: at most `rest`, less
// where the next lot joins. Lots that arrive go to such tools first where they are called just in time: a pool whose
// members come and are taken at the same rate and leave it after `rest`. Its mean stay is the rest where hardly anybody
// comes, and half of it where many do (queue with impatient customers at load 1).
double tail_time(double rest, const TwinStation& station, const StationState& s) {
  if (!(rest > 0)) return 0;
  if (station.values->next_job != NextJob::just_in_time) return rest;
  const double pool = station.rate * s.starts * (1 - s.all_busy) * rest;
  return rest * (0.5 + 1 / (2 + pool));
}

// What takes the time of a station's tools, as shares.
void split_time(const TwinStation& station, const StationState& s, TwinGroup& g) {
  const double per_tool = s.starts / s.tools;
  for (const TwinVisit& v : station.visits) {
    const double lots = v.key < 0 ? 1 : station.keys[static_cast<std::size_t>(v.key)].largest;
    const double now = v.key < 0 ? 1 : s.batch[static_cast<std::size_t>(v.key)];
    const double rate = v.rate * per_tool, full = v.server.mean / lots, overhead = v.overhead / lots;
    g.process += rate * v.first * (full - overhead);
    g.load_unload += rate * v.first * overhead;
    g.rework += rate * (1 - v.first) * full;
    g.batching_loss += rate * v.server.mean * (1 / now - 1 / lots);
    const double server = server_time(v, station, s), setup = setup_time(v, station, s);
    g.setup += rate * (server - v.server.mean / now);
    if (station.cascades) g.cascading_loss += rate * (1 - s.all_busy) * tail_time(v.alone + setup - server, station, s);
  }
  g.utilisation = g.process + g.load_unload + g.setup + g.rework + g.batching_loss + g.cascading_loss;
  double up = station.calendar_up;
  for (const queueing::Outage& o : station.busy) up *= std::max(0.0, 1 - g.utilisation * o.per_up_time * o.mean);
  g.breakdown = 1 - up;
  g.maintenance = station.calendar_pm;
  for (const TwinVisit& v : station.visits)
    for (const queueing::Outage& o : station.wafer)
      g.maintenance += v.rate * per_tool * v.wafers * o.per_up_time * o.mean;
  g.idle = 1 - g.utilisation - g.breakdown - g.maintenance;
  const double available = 1 - g.breakdown - g.maintenance;
  g.utilisation_available = g.utilisation > 0 ? (available > 0 ? g.utilisation / available : kInfinity) : 0;
}

TwinGroup group_of(const TwinNetwork& net, std::size_t i, const StationState& s) {
  const TwinStation& station = net.stations[i];
  TwinGroup g;
  g.tool_group = station.values->name;
  g.area = station.values->area;
  g.tools = station.values->tools;
  g.visits_per_day = station.rate * s.starts * kDay;
  split_time(station, s, g);
  g.load = s.load;
  g.max_starts = limit_of_starts(station, s, s.tools) * net.lots * kDay;
  g.batch = s.batch_mean;
  g.setups = s.setups;
  g.arrival_scv = s.arrivals.scv;
  g.service_time = s.service.mean;
  g.service_scv = s.service.scv;
  return g;
}

constexpr double kMostTools = 100'000; // as many as a tool group may have

// Tools that keep the load of a station at `target`, not rounded, at the sizes of batches and setups of a state.
double tools_for(const TwinStation& station, const StationState& s, double target, bool full) {
  const Work work = work_of(station, s, full);
  return s.starts * (work.time + work.outages) / (station.available() * target);
}

TwinNeed need_of(const TwinStation& station, const StationState& now, double target) {
  TwinNeed row;
  row.tool_group = station.values->name;
  row.area = station.values->area;
  row.tools = station.values->tools;
  if (!(station.available() > 0))
    refuse(("fab.tool_groups." + row.tool_group).c_str(), station.available(),
           "breakdowns and maintenance by calendar leave no time: no number of tools is enough");
  const double least = tools_for(station, now, target, true);
  if (!(least < kMostTools)) refuse("start_rate", least, "needs more tools than can be counted");
  // Batches shrink and setups multiply with more tools: the load falls all the same.
  const auto at = [&](double tools) { return solve_station(station, tools, now.starts, now.arrivals); };
  const auto enough = [&](double tools) { return at(tools).load <= target * (1 + 1e-12); };
  double high = std::max(1.0, std::ceil(least * (1 - 1e-12))), low = high - 1;
  while (!enough(high) && high < kMostTools) low = high, high *= 2;
  while (high - low > 1) {
    const double middle = std::floor((low + high) / 2);
    (enough(middle) ? high : low) = middle;
  }
  const StationState then = at(high);
  row.need = tools_for(station, then, target, false);
  row.needed = row.need > 0 ? static_cast<std::int64_t>(high) : 0;
  row.missing = row.needed - row.tools;
  row.one_of_a_kind = row.needed == 1;
  row.load = then.load;
  return row;
}

} // namespace

Twin::Twin(const Fab& fab, core::Tick horizon, double starts)
    : Twin(std::make_shared<const TwinNetwork>(fab, horizon), starts) {}

Twin::Twin(std::shared_ptr<const TwinNetwork> network, double starts) : network_(std::move(network)), starts_(starts) {
  if (!(starts > 0) || !std::isfinite(starts)) refuse("starts", starts, "must be more than 0 times the releases");
  solve();
}

Twin Twin::with_starts(double starts) const { return {network_, starts}; }

void Twin::solve() {
  const TwinNetwork& net = *network_;
  starts_per_day_ = net.lots * starts_ * kDay;
  products_.resize(net.rows);
  std::vector<double> lots(net.rows, 0);
  for (const TwinFlow& flow : net.flows) {
    TwinProduct& p = products_[flow.row];
    p.product = flow.product;
    p.kind = flow.kind;
    p.starts_per_day += flow.rate * starts_ * kDay;
    p.raw_process_time += flow.rate * flow.raw_process_time;
    lots[flow.row] += flow.rate;
  }
  const TwinStreams streams(net);
  states_ = std::make_shared<const std::vector<StationState>>(solve_network(net, streams, starts_, tools_of(net)));
  for (std::size_t i = 0; i < net.stations.size(); i++) add_group(i, lots);
  for (std::size_t r = 0; r < products_.size(); r++) {
    TwinProduct& p = products_[r];
    p.raw_process_time /= lots[r];
    p.cycle_time = p.queue + p.forming + p.on_tool + p.transport;
    p.x_factor = p.raw_process_time > 0 ? p.cycle_time / p.raw_process_time : 1;
    cycle_time_ += lots[r] / net.lots * p.cycle_time;
  }
  for (TwinGroup& g : groups_)
    g.cycle_time_share = std::isfinite(cycle_time_) && cycle_time_ > 0 ? g.cycle_time_share / cycle_time_ : kUndefined;
}

void Twin::add_group(std::size_t i, const std::vector<double>& lots) {
  const TwinNetwork& net = *network_;
  const TwinStation& station = net.stations[i];
  const StationState& state = (*states_)[i];
  TwinGroup g = group_of(net, i, state);
  const std::vector<LotWait> waits = lot_waits(net, station, state);
  for (std::size_t k = 0; k < waits.size(); k++) {
    const TwinVisit& v = station.visits[k];
    const std::size_t row = net.flows[v.flow].row;
    const double on_tool = time_on_tool(v, station, state), share = v.rate / station.rate;
    g.forming += share * waits[k].forming;
    g.queue += share * waits[k].queue;
    g.on_tool += share * on_tool;
    TwinProduct& p = products_[row];
    const double visits = v.rate / lots[row];
    p.forming += visits * waits[k].forming;
    p.queue += visits * waits[k].queue;
    p.on_tool += visits * on_tool;
    p.transport += visits * v.transport;
  }
  g.waiting = station.rate * starts_ * (g.forming + g.queue);
  g.cycle_time_share = station.rate / net.lots * (g.forming + g.queue + g.on_tool);
  groups_.push_back(std::move(g));
}

double Twin::max_starts() const {
  double least = kInfinity;
  for (const TwinGroup& g : groups_) least = std::min(least, g.max_starts);
  return least;
}

std::vector<std::size_t> Twin::ranking() const {
  std::vector<std::size_t> order(groups_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(groups_[i].max_starts, i); });
  return order;
}

std::vector<TwinSensitivity> Twin::sensitivity() const {
  const TwinNetwork& net = *network_;
  const TwinStreams streams(net);
  const std::vector<std::size_t> order = ranking();
  const double before = max_starts();
  double transport = 0; // of all lots a tick
  for (const TwinProduct& p : products_) transport += p.starts_per_day / starts_per_day_ * p.transport;
  std::vector<double> base(net.stations.size());
  for (std::size_t i = 0; i < base.size(); i++) base[i] = station_time(net, net.stations[i], (*states_)[i]);
  std::vector<double> base_scv;
  for (const StationState& s : *states_) base_scv.push_back(s.arrivals.scv);
  std::vector<TwinSensitivity> rows;
  std::vector<StationState> states = *states_;
  for (std::size_t i = 0; i < states.size(); i++) {
    const TwinStation& station = net.stations[i];
    const double tools = station.tools + 1;
    states[i] = solve_station(station, tools, starts_, (*states_)[i].arrivals);
    std::vector<double> scv = base_scv;
    streams.refine(states, scv);
    double sum = 0;
    for (std::size_t k = 0; k < states.size(); k++) {
      if (k != i && std::abs(scv[k] - base_scv[k]) <= 1e-9) {
        sum += base[k];
        continue;
      }
      StationState s = states[k];
      set_arrivals(s, scv[k]);
      sum += station_time(net, net.stations[k], s);
    }
    TwinSensitivity row;
    row.tool_group = groups_[i].tool_group;
    row.tools = groups_[i].tools + 1;
    row.max_starts = limit_of_starts(station, states[i], tools) * net.lots * kDay;
    for (std::size_t k = 0; k < order.size() && k < 2; k++)
      if (order[k] != i) row.max_starts = std::min(row.max_starts, groups_[order[k]].max_starts);
    row.max_starts_gain = std::isfinite(before) ? row.max_starts - before : 0;
    row.cycle_time = sum / net.lots + transport;
    row.cycle_time_change = row.cycle_time - cycle_time_;
    rows.push_back(std::move(row));
    states[i] = (*states_)[i];
  }
  return rows;
}

std::vector<TwinNeed> Twin::needs(double starts_per_day, double target) const {
  if (!(starts_per_day > 0) || !std::isfinite(starts_per_day))
    refuse("start_rate", starts_per_day, "must be a number of lots a day above 0");
  if (!(target > 0) || target > 1) refuse("target", target, "must be above 0 and at most 1");
  const TwinNetwork& net = *network_;
  const TwinStreams streams(net);
  std::vector<double> tools = tools_of(net);
  std::vector<TwinNeed> rows;
  // Sizes of batches and setups depend on how regularly lots arrive, and that on the tools of other groups.
  for (int round = 0; round < 2; round++) {
    const auto states = solve_network(net, streams, starts_per_day / (net.lots * kDay), tools);
    rows.clear();
    for (std::size_t i = 0; i < tools.size(); i++) {
      rows.push_back(need_of(net.stations[i], states[i], target));
      tools[i] = static_cast<double>(std::max<std::int64_t>(1, rows.back().needed));
    }
  }
  return rows;
}

} // namespace centresim::fab
