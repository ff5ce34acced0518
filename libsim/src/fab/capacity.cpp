#include "centresim/fab/capacity.hpp"

#include "centresim/fab/expected.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/path.hpp"
#include "traffic.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <string_view>
#include <tuple>

namespace centresim::fab {
namespace {

constexpr double kDay = static_cast<double>(core::kTicksPerDay);

double smallest_batch(const Need& n, const Traffic& t) { return std::max(1.0, std::ceil(n.batch_min / t.max_wafers)); }

double high(const Need& n, const Traffic& t) {
  if (!n.batch) return n.fixed + n.wafer * t.wafers;
  return n.fixed / (n.bounded ? 1 : smallest_batch(n, t));
}

// Lots that may share a batch.
struct BatchKey {
  double lots = 0, wafers = 0;      // arrivals a tick
  double ticks = 0;                 // of a batch on a tool
  double smallest = 1, largest = 1; // lots of a batch
  double wait = 0;                  // of the first lot of a batch for a tool

  void add(const Need& n, const Traffic& t, double visits) {
    lots += visits;
    wafers += visits * t.wafers;
    if (lots <= 0) return;
    ticks = n.fixed;
    const double mean = std::max(1.0, wafers / lots);
    largest = std::max(1.0, n.batch_max / mean);
    smallest = std::max(1.0, std::ceil(n.batch_min / mean));
    if (n.bounded) smallest = std::min(smallest, 1 + lots * n.wait);
  }
  [[nodiscard]] double mean_batch() const { // those that gather while the first one waits
    return std::clamp(1 + lots * wait, std::min(smallest, largest), largest);
  }
};

// Share of the time of `tools` that batches need. A batch is open from its first lot until a tool takes it, and grows
// meanwhile: the first lot meets, as in mean value analysis of a closed queue with one customer a key, the rest of the
// batch on the tools and the open batches of other keys. The longer the waits, the larger and fewer the batches.
// `up`: share of the time that the tools are there.
double batch_load(std::vector<BatchKey> keys, double tools, double up) {
  double load = 0;
  for (int round = 0; round < 200; round++) {
    double work = 0, squares = 0, open = 0; // a tick
    for (const BatchKey& key : keys) {
      const double rate = key.lots / key.mean_batch();
      work += rate * key.ticks;
      squares += rate * key.ticks * key.ticks;
      open += key.ticks * key.wait * key.lots / (1 + key.wait * key.lots);
    }
    if (work <= 0) return 0;
    load = work / tools;
    // All tools are busy: exponent of Sakasegawa, Ann. Inst. Statist. Math. 29 (1977), 67-75.
    const double busy = std::pow(std::min(1.0, load / up), std::sqrt(2 * (tools + 1)) - 1);
    const double rest = busy * squares / work / 2;
    for (BatchKey& key : keys) {
      const double others = open - key.ticks * key.wait * key.lots / (1 + key.wait * key.lots);
      key.wait = (key.wait + (rest + others) / tools) / 2; // damped
    }
  }
  return load;
}

class Loads {
 public:
  Loads(const Fab& fab, const std::vector<Traffic>& flows) : fab_(fab) {
    for (std::size_t i = 0; i < fab.tool_groups.size(); i++) {
      const ToolGroup& g = fab.tool_groups[i];
      index_.emplace(g.name, i);
      GroupLoad row;
      row.tool_group = g.name;
      row.area = g.area;
      row.tools = g.tools;
      rows_.push_back(std::move(row));
    }
    by_step_.resize(rows_.size());
    batches_.resize(rows_.size());
    for (const auto& route : fab.routes) add_route(route, flows);
    for (std::size_t i = 0; i < rows_.size(); i++) finish(i);
  }
  std::vector<GroupLoad> take() { return std::move(rows_); }

 private:
  void add_route(const Route& route, const std::vector<Traffic>& flows) {
    std::vector<const Traffic*> here;
    for (const Traffic& t : flows)
      if (t.product->route == route.name) here.push_back(&t);
    if (here.empty()) return;
    const std::vector<double> visits = expected_visits(route);
    for (std::size_t k = 0; k < route.steps.size(); k++) {
      const Step& s = route.steps[k];
      const auto group = index_.find(s.tool_group);
      if (group == index_.end()) continue;
      const Need need = need_of(fab_.tool_groups[group->second], s);
      for (const Traffic* t : here) add_step(group->second, route, s, *t, need, visits[k] * t->lots);
    }
  }

  void add_step(std::size_t group, const Route& route, const Step& s, const Traffic& t, const Need& need,
                double visits) {
    GroupLoad& row = rows_[group];
    row.visits_per_day += visits * kDay;
    row.wafers_per_tool_day += visits * t.wafers * kDay;
    const double least = visits * need.low(t.wafers);
    row.load_low += least;
    row.load_high += visits * high(need, t);
    by_step_[group][{t.product->name, s.name}] += least;
    if (!need.batch) return;
    batches_[group][batch_key(fab_.tool_groups[group], family_of(*t.product), route.name, s)].add(need, t, visits);
  }

  using Pair = std::pair<std::string_view, std::string_view>;

  void finish(std::size_t i) {
    GroupLoad& row = rows_[i];
    const ToolGroup& g = fab_.tool_groups[i];
    const double tools = static_cast<double>(std::max<std::int64_t>(g.tools, 1));
    row.wafers_per_tool_day /= tools;
    row.load_low /= tools;
    row.load_high /= tools;
    row.load = row.load_low;
    for (const auto& [name, load] : by_step_[i])
      row.steps.push_back({std::string(name.first), std::string(name.second), load / tools});
    std::ranges::sort(row.steps, [](const StepLoad& a, const StepLoad& b) {
      return a.load != b.load ? a.load > b.load : std::tie(a.product, a.step) < std::tie(b.product, b.step);
    });
    for (const Maintenance& m : g.maintenance) {
      if (m.every)
        row.pm_share += m.duration.mean() / static_cast<double>(m.every->ticks);
      else if (m.every_wafers)
        row.pm_share += row.wafers_per_tool_day / kDay * m.duration.mean() / static_cast<double>(*m.every_wafers);
    }
    row.down_share = down_share(g, row.load);
    if (batches_[i].empty()) return;
    std::vector<BatchKey> keys;
    for (const auto& [name, key] : batches_[i]) keys.push_back(key);
    row.load = std::min(row.load_high, batch_load(keys, tools, std::max(1e-3, row.available())));
    row.down_share = down_share(g, row.load);
  }

  // Breakdowns of several kinds are independent of each other.
  static double down_share(const ToolGroup& g, double load) {
    double up = 1;
    for (const Breakdown& b : g.breakdowns) {
      const double mttf = b.mttf.mean(), mttr = b.mttr.mean();
      up *= b.clock == FailureClock::calendar ? mttf / (mttf + mttr) : std::max(0.0, 1 - load * mttr / mttf);
    }
    return 1 - up;
  }

  const Fab& fab_;
  std::map<std::string_view, std::size_t> index_;
  std::vector<GroupLoad> rows_;
  std::vector<std::map<Pair, double>> by_step_;   // of each group, by product and step
  std::vector<std::map<Pair, BatchKey>> batches_; // of each batch group, by product family or route, and step
};

// The most time that breakdowns and maintenance can leave, given that the tools do at least `load_low`. Failures wait
// for the end of a maintenance, which stretches the cycle of a breakdown by part of the longest one.
double most_available(const GroupLoad& row, const ToolGroup& g) {
  double longest = 0, pm = 0;
  for (const Maintenance& m : g.maintenance) {
    const double duration = m.duration.mean();
    longest = std::max(longest, duration);
    if (m.every) {
      pm += std::min(1.0, duration / static_cast<double>(m.every->ticks));
    } else if (m.every_wafers) {
      // Without carry-over the wafers above the threshold, at most one job, are forgotten: taken as a whole threshold.
      const double forgotten = m.carry_over ? 1 : 0.5;
      pm += forgotten * row.wafers_per_tool_day / kDay * duration / static_cast<double>(*m.every_wafers);
    }
  }
  double up = 1;
  for (const Breakdown& b : g.breakdowns) {
    const double mttf = b.mttf.mean(), mttr = b.mttr.mean();
    if (b.clock == FailureClock::busy)
      up *= std::max(0.0, 1 - row.load_low * mttr / mttf);
    else {
      const double wait = std::min(1.0, pm) * longest;
      up *= (mttf + wait) / (mttf + wait + mttr);
    }
  }
  return up - pm;
}

} // namespace

std::vector<GroupLoad> static_load(const Fab& fab, core::Tick horizon) {
  return Loads(fab, traffic(fab, [&](const Release& r) { return share_of(r, fab, horizon); })).take();
}

double lots_per_day(const Fab& fab, core::Tick horizon) {
  double lots = 0;
  for (const Release& r : fab.releases) lots += share_of(r, fab, horizon) * release_rate(r, fab.load_factor) * kDay;
  return lots;
}

void check_capacity(const Fab& fab, core::Tick horizon, const std::string& path, schema::Errors& errors) {
  const auto flows = traffic(fab, [&](const Release& r) {
    const double end = static_cast<double>(horizon);
    const bool lasting =
        static_cast<double>(r.start.ticks) / fab.load_factor < end && last_release(r, fab.load_factor) >= end;
    return lasting ? 1.0 : 0.0;
  });
  if (flows.empty()) return;
  const std::vector<GroupLoad> rows = Loads(fab, flows).take();
  for (std::size_t i = 0; i < rows.size(); i++) {
    const GroupLoad& row = rows[i];
    const double available = std::max(0.0, most_available(row, fab.tool_groups[i]));
    // Exactly full can keep up where nothing varies; sums of doubles get a margin.
    if (row.load_low == 0 || row.load_low < available * (1 + 1e-9)) continue;
    std::string most;
    for (std::size_t k = 0; k < std::min<std::size_t>(3, row.steps.size()); k++)
      most += fmt::format("{}step {} of {} ({:.1f} %)", k ? ", " : "", row.steps[k].step, row.steps[k].product,
                          100 * row.steps[k].load);
    errors.add(schema::join_path(schema::join_path(path, "tool_groups"), row.tool_group),
               fmt::format("{} tool{}", row.tools, row.tools == 1 ? "" : "s"),
               fmt::format("cannot keep up: the releases need at least {:.1f} % of the tools' time, breakdowns and "
                           "maintenance leave at most {:.1f} %; largest loads: {}",
                           100 * row.load_low, 100 * available, most));
  }
}

} // namespace centresim::fab
