#include "centresim/fab/capacity.hpp"

#include "centresim/fab/expected.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/path.hpp"

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

// Lots of one size law along one product's route.
struct Traffic {
  const Product* product = nullptr;
  double lots = 0;       // per tick
  double wafers = 0;     // mean of a lot
  double max_wafers = 0; // of a lot; for how many lots a smallest batch takes
};

double rate(const Release& r, double load_factor) {
  const double every = r.every.mean() / load_factor;
  return every > 0 ? static_cast<double>(r.lots) / every : 0;
}

// Tick of the last release, where the stream has one.
double last_release(const Release& r, double load_factor) {
  if (!r.count) return std::numeric_limits<double>::infinity();
  return (static_cast<double>(r.start.ticks) + static_cast<double>(*r.count) * r.every.mean()) / load_factor;
}

std::vector<Traffic> traffic(const Fab& fab, const std::function<bool(const Release&)>& counts) {
  std::vector<Traffic> flows;
  for (const Release& r : fab.releases) {
    const auto product = std::ranges::find(fab.products, r.product, &Product::name);
    if (product == fab.products.end() || !counts(r)) continue;
    flows.push_back({&*product, rate(r, fab.load_factor), r.wafers.mean(), largest(r.wafers)});
  }
  return flows;
}

// Tool time that the lots of a step need: low and high as in GroupLoad. Ticks per lot.
struct Need {
  double fixed = 0, wafer = 0;  // high, of a lot alone: a + b n
  double first = 0, second = 0; // cascading: time in the first and in the second position, per unit
  double overhead = 0;          // load + unload
  bool cascades = false, batch = false;
  double batch_max = 1, batch_min = 1, wait = 0;
  bool bounded = false; // a batch waits no longer than `wait`
  bool per_wafer = false;
};

Need need_of(const ToolGroup& g, const Step& s) {
  Need n;
  const LinearTime alone = expected_step_time(g, s);
  n.fixed = alone.fixed;
  n.wafer = alone.per_wafer;
  n.overhead = static_cast<double>(g.load.ticks + g.unload.ticks);
  n.per_wafer = s.per == ProcessUnit::wafer;
  n.batch = s.per == ProcessUnit::batch;
  n.cascades = g.cascading && s.interval;
  if (n.cascades) {
    n.first = static_cast<double>(s.interval->ticks);
    n.second = s.time.mean() - n.first;
  }
  if (n.batch) {
    n.batch_max = static_cast<double>(s.batch_max.value_or(1));
    n.batch_min = static_cast<double>(s.batch_min.value_or(1));
    n.bounded = s.batch_wait.has_value();
    n.wait = n.bounded ? static_cast<double>(s.batch_wait->ticks) : 0;
  }
  return n;
}

double low(const Need& n, double wafers) {
  if (n.batch) return n.fixed * std::min(1.0, wafers / n.batch_max);
  const double alone = n.fixed + n.wafer * wafers;
  if (!n.cascades) return alone;
  // Neither position works twice at once, and no more than two lots are on the tool.
  const double units = n.per_wafer ? wafers : 1;
  return std::max({units * n.first, units * n.second, alone / 2});
}

double smallest_batch(const Need& n, const Traffic& t) { return std::max(1.0, std::ceil(n.batch_min / t.max_wafers)); }

double high(const Need& n, const Traffic& t) {
  if (!n.batch) return n.fixed + n.wafer * t.wafers;
  return n.fixed / (n.bounded ? 1 : smallest_batch(n, t));
}

// A batch starts with the lots that its oldest one meets while it waits, `arrivals` a tick, or when it is large enough.
double expected(const Need& n, const Traffic& t, double arrivals) {
  if (!n.batch) return low(n, t.wafers);
  const double smallest = smallest_batch(n, t);
  return n.fixed / (n.bounded ? std::min(smallest, 1 + arrivals * n.wait) : smallest);
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
    for (const auto& route : fab.routes) add_route(route, flows);
    for (std::size_t i = 0; i < rows_.size(); i++) finish(rows_[i], fab_.tool_groups[i], by_step_[i]);
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
      double arrivals = 0; // of lots that may share a batch
      for (const Traffic* t : here) arrivals += visits[k] * t->lots;
      for (const Traffic* t : here) add_step(group->second, s, *t, need, visits[k] * t->lots, arrivals);
    }
  }

  void add_step(std::size_t group, const Step& s, const Traffic& t, const Need& need, double visits, double arrivals) {
    GroupLoad& row = rows_[group];
    row.visits_per_day += visits * kDay;
    row.wafers_per_tool_day += visits * t.wafers * kDay;
    const double least = visits * low(need, t.wafers);
    row.load_low += least;
    row.load_high += visits * high(need, t);
    row.load += visits * expected(need, t, arrivals);
    by_step_[group][{t.product->name, s.name}] += least;
  }

  using ByStep = std::map<std::pair<std::string_view, std::string_view>, double>;

  static void finish(GroupLoad& row, const ToolGroup& g, const ByStep& by_step) {
    const double tools = static_cast<double>(std::max<std::int64_t>(g.tools, 1));
    row.wafers_per_tool_day /= tools;
    row.load_low /= tools;
    row.load_high /= tools;
    row.load /= tools;
    for (const auto& [name, load] : by_step)
      row.steps.push_back({std::string(name.first), std::string(name.second), load / tools});
    std::ranges::sort(row.steps, [](const StepLoad& a, const StepLoad& b) {
      return a.load != b.load ? a.load > b.load : std::tie(a.product, a.step) < std::tie(b.product, b.step);
    });
    double up = 1; // breakdowns of several kinds are independent of each other
    for (const Breakdown& b : g.breakdowns) {
      const double mttf = b.mttf.mean(), mttr = b.mttr.mean();
      up *= b.clock == FailureClock::calendar ? mttf / (mttf + mttr) : std::max(0.0, 1 - row.load * mttr / mttf);
    }
    row.down_share = 1 - up;
    for (const Maintenance& m : g.maintenance) {
      if (m.every)
        row.pm_share += m.duration.mean() / static_cast<double>(m.every->ticks);
      else if (m.every_wafers)
        row.pm_share += row.wafers_per_tool_day / kDay * m.duration.mean() / static_cast<double>(*m.every_wafers);
    }
  }

  const Fab& fab_;
  std::map<std::string_view, std::size_t> index_;
  std::vector<GroupLoad> rows_;
  std::vector<ByStep> by_step_;
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
  return Loads(fab, traffic(fab,
                            [&](const Release& r) {
                              return static_cast<double>(r.start.ticks) / fab.load_factor <
                                     static_cast<double>(horizon);
                            }))
      .take();
}

double lots_per_day(const Fab& fab) {
  double lots = 0;
  for (const Release& r : fab.releases) lots += rate(r, fab.load_factor) * kDay;
  return lots;
}

void check_capacity(const Fab& fab, core::Tick horizon, const std::string& path, schema::Errors& errors) {
  const auto flows = traffic(fab, [&](const Release& r) {
    const double end = static_cast<double>(horizon);
    return static_cast<double>(r.start.ticks) / fab.load_factor < end && last_release(r, fab.load_factor) >= end;
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
               fmt::format("{} tools", row.tools),
               fmt::format("cannot keep up: the releases need at least {:.1f} % of the tools' time, breakdowns and "
                           "maintenance leave at most {:.1f} %; largest loads: {}",
                           100 * row.load_low, 100 * available, most));
  }
}

} // namespace centresim::fab
