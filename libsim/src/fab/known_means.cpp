#include "centresim/fab/known_means.hpp"

#include "centresim/core/error.hpp"
#include "centresim/fab/twin.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <optional>

namespace centresim::fab {
namespace {

using core::Tick;
using experiment::Labels;

constexpr double kDay = static_cast<double>(core::kTicksPerDay);
constexpr double kIntervalsToSettle = 10;
constexpr double kCertain = 6;                         // standard deviations
constexpr double kOneBottleneck = 0.41421356237309503; // sqrt(2) - 1
const std::string kOf = "tool_group";

double scaled(Tick ticks, double load_factor) { return std::round(static_cast<double>(ticks) / load_factor); }

// Number of k >= 0, below `count`, with start + k gap in [from, to).
double on_grid(double start, double gap, double from, double to, double count) {
  const auto before = [&](double t) { return std::clamp(std::ceil((t - start) / gap), 0.0, count); };
  return before(to) - before(from);
}

// Whether the number of releases may be used up before `to`; at random: with a probability that counts.
bool runs_out(const Release& r, double load_factor, Tick to) {
  if (!r.count) return false;
  const core::Law law = r.every.compile();
  const double count = static_cast<double>(*r.count), gap = law.mean() / load_factor;
  const double time = static_cast<double>(to) - scaled(r.start.ticks, load_factor);
  if (time <= 0) return false;
  if (!(gap > 0)) return true;
  const double mean = time / gap, scv = law.variance() / (law.mean() * law.mean());
  return mean + kCertain * std::sqrt(mean * scv) + (law.is_constant() ? 0 : 1 + scv) > count;
}

// Lots that a stream releases in the window; NaN and a reason where that is not known.
double releases_in(const Release& r, double load_factor, Tick from, Tick to, std::string& reason) {
  const double start = scaled(r.start.ticks, load_factor), a = static_cast<double>(from), b = static_cast<double>(to);
  const double lots = static_cast<double>(r.lots), gap = r.every.mean() / load_factor;
  if (start >= b) return 0;
  if (r.every.compile().is_constant()) {
    const double count = r.count ? static_cast<double>(*r.count) : std::numeric_limits<double>::infinity();
    const double whole = std::max(1.0, load_factor == 1 ? std::round(r.every.mean()) : std::round(gap));
    return lots * on_grid(start, whole, a, b, count);
  }
  if (runs_out(r, load_factor, to))
    reason = "releases of " + r.product + " end after a number of lots";
  else if (!(gap > 0))
    reason = "releases of " + r.product + " have no interval";
  else if (r.every.kind == core::LawKind::exponential)
    return lots * ((b - std::max(a, start)) / gap + (start >= a ? 1 : 0)); // the first one is at the start
  else if (a - start < kIntervalsToSettle * gap)
    reason = "releases of " + r.product + " have not settled by the end of the warm-up";
  else
    return lots * (b - a) / gap;
  return std::numeric_limits<double>::quiet_NaN();
}

// Why a window is not of the steady state that the twin describes, or an empty text.
std::string not_steady(const Fab& fab, Tick from, Tick to) {
  for (const Release& r : fab.releases) {
    if (runs_out(r, fab.load_factor, to)) return "releases of " + r.product + " end after a number of lots";
    if (scaled(r.start.ticks, fab.load_factor) > static_cast<double>(from) &&
        scaled(r.start.ticks, fab.load_factor) < static_cast<double>(to))
      return "releases of " + r.product + " begin within the window";
  }
  for (const Route& route : fab.routes)
    for (const Step& s : route.steps)
      if (s.queue_time_action == QueueTimeAction::scrap || s.queue_time_action == QueueTimeAction::rework)
        return "how often lots break the queue time from " + s.name + " is not known";
  for (const Lot& lot : fab.lots)
    if (lot.step.empty() && lot.release.ticks < to) return "lots are released one by one (" + lot.name + ")";
  return "";
}

class Collector {
 public:
  Collector(const Fab& fab, Tick from, Tick to)
      : fab_(fab), from_(from), to_(to), days_(static_cast<double>(to - from) / kDay) {}

  [[nodiscard]] KnownMean starts(const std::function<bool(const std::string&, const std::string&)>& wanted,
                                 Labels labels) const {
    KnownMean k{"fab.starts", std::move(labels), 0, "", false};
    for (const Release& r : fab_.releases)
      if (wanted(r.product, r.kind)) k.mean += releases_in(r, fab_.load_factor, from_, to_, k.reason);
    for (const Lot& lot : fab_.lots)
      if (lot.step.empty() && lot.release.ticks >= from_ && lot.release.ticks < to_ && wanted(lot.product, lot.kind))
        k.mean++;
    k.mean /= days_;
    return k;
  }

  // Of the whole line first, then by kind, then by product and kind.
  [[nodiscard]] std::vector<KnownMean> all_starts() const {
    std::vector<KnownMean> list{starts([](const auto&, const auto&) { return true; }, {})};
    std::map<std::pair<std::string, std::string>, int> flows;
    std::map<std::string, int> kinds;
    const auto note = [&](const std::string& product, const std::string& kind) {
      flows[{product, kind}]++, kinds[kind]++;
    };
    for (const Release& r : fab_.releases) note(r.product, r.kind);
    for (const Lot& lot : fab_.lots) note(lot.product, lot.kind);
    for (const auto& [own, n] : kinds)
      list.push_back(starts([&](const auto&, const auto& kind) { return kind == own; }, {{"kind", own}}));
    for (const auto& [flow, n] : flows)
      list.push_back(starts([&](const auto& product, const auto& kind) { return std::pair(product, kind) == flow; },
                            {{"product", flow.first}, {"kind", flow.second}}));
    return list;
  }

 private:
  const Fab& fab_;
  Tick from_, to_;
  double days_;
};

std::string why_work_is_unknown(const ToolGroup& g, const TwinGroup& twin) {
  if (g.batch_mix) return "the size of batches is an estimate";
  if (g.cascading) return "time on cascading tools is an estimate";
  if (twin.setup > 0) return "the number of setups is an estimate";
  return "";
}

// The figures of one group, utilisation and down_share first.
std::vector<KnownMean> of_group(const ToolGroup& g, const TwinGroup& twin, const std::string& steady) {
  const std::string work = steady.empty() ? why_work_is_unknown(g, twin) : steady;
  const bool busy_clock =
      std::ranges::any_of(g.breakdowns, [](const Breakdown& b) { return b.clock == FailureClock::busy; });
  const std::string down = busy_clock ? work : "";
  const std::string rest = !g.maintenance.empty() ? "maintenance by the calendar does not average out" : "";
  std::vector<KnownMean> list;
  const auto add = [&](const char* kpi, double mean, const std::string& reason, bool first) {
    list.push_back({kpi, {{kOf, g.name}}, mean, reason, first && reason.empty()});
  };
  add("fab.utilisation", twin.utilisation, work, true);
  if (!g.breakdowns.empty()) add("fab.down_share", twin.breakdown, down, true);
  add("fab.visits", twin.visits_per_day, steady, false);
  if (!g.breakdowns.empty()) add("fab.availability", 1 - twin.breakdown, rest.empty() ? down : rest, false);
  add("fab.idle_share", 1 - twin.utilisation - twin.breakdown, !rest.empty() ? rest : work, false);
  for (KnownMean& k : list)
    if (!k.reason.empty()) k.mean = std::numeric_limits<double>::quiet_NaN();
  return list;
}

// No twin where no stream releases anything.
std::optional<Twin> twin_of(const Fab& fab, Tick horizon) {
  try {
    return Twin(fab, horizon);
  } catch (const core::InputError&) {
    return std::nullopt;
  }
}

} // namespace

std::vector<KnownMean> known_means(const Fab& fab, Tick window_start, Tick window_end) {
  std::vector<KnownMean> list, starts = Collector(fab, window_start, window_end).all_starts();
  Fab steady_fab = fab; // numbers of lots that last beyond the window limit nothing
  for (Release& r : steady_fab.releases) r.count.reset();
  const std::optional<Twin> twin = twin_of(steady_fab, window_end);
  if (!twin) return starts;
  std::string steady = not_steady(fab, window_start, window_end);
  const std::vector<TwinGroup>& groups = twin->groups();
  for (const TwinGroup& g : groups)
    if (steady.empty() && !(g.load < 1)) steady = "tool group " + g.tool_group + " is full: there is no steady state";
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto waiting = [&](std::size_t i) { return std::isnan(groups[i].waiting) ? 0 : groups[i].waiting; };
  std::ranges::sort(
      order, [&](std::size_t a, std::size_t b) { return waiting(a) != waiting(b) ? waiting(a) > waiting(b) : a < b; });
  double all = 0;
  for (const std::size_t i : order) all += waiting(i);
  starts.front().first_choice = starts.front().reason.empty();
  const bool one_bottleneck = !order.empty() && waiting(order.front()) > kOneBottleneck * all;
  if (!one_bottleneck) list.push_back(starts.front());
  for (const std::size_t i : order) {
    for (KnownMean& k : of_group(fab.tool_groups[i], groups[i], steady)) list.push_back(std::move(k));
    if (one_bottleneck && i == order.front()) list.push_back(starts.front());
  }
  list.insert(list.end(), starts.begin() + 1, starts.end());
  return list;
}

} // namespace centresim::fab
