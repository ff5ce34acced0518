#include "centresim/fab/expected.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace centresim::fab {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Values of a weighted list that can occur at all.
template <class Better> double extreme(const Distribution& law, Better better) {
  double best = law.parameters.empty() ? 0 : law.parameters.front();
  bool found = false;
  for (std::size_t i = 0; i < law.parameters.size(); i++) {
    if (i < law.weights.size() && !(law.weights[i] > 0)) continue;
    if (!found || better(law.parameters[i], best)) best = law.parameters[i];
    found = true;
  }
  return best;
}

using Groups = std::map<std::string_view, const ToolGroup*>;

Groups groups_by_name(const Fab& fab) {
  Groups groups;
  for (const ToolGroup& g : fab.tool_groups) groups.emplace(g.name, &g);
  return groups;
}

const ToolGroup& group_of(const Groups& groups, const Step& step) {
  static const ToolGroup kUnknown; // fab::check reports the name; here it only must not crash
  const auto found = groups.find(step.tool_group);
  return found == groups.end() ? kUnknown : *found->second;
}

} // namespace

double smallest(const Distribution& law) {
  const auto& p = law.parameters;
  switch (law.kind) {
  case core::LawKind::constant:
  case core::LawKind::triangular:
  case core::LawKind::integers:
    return p.at(0);
  case core::LawKind::uniform:
    return p.at(0) - p.at(1);
  case core::LawKind::empirical:
  case core::LawKind::discrete:
    return extreme(law, std::less<>{});
  default:
    return 0;
  }
}

double largest(const Distribution& law) {
  const auto& p = law.parameters;
  switch (law.kind) {
  case core::LawKind::constant:
    return p.at(0);
  case core::LawKind::triangular:
    return p.at(2);
  case core::LawKind::integers:
    return p.at(1);
  case core::LawKind::uniform:
    return p.at(0) + p.at(1);
  case core::LawKind::empirical:
  case core::LawKind::discrete:
    return extreme(law, std::greater<>{});
  default:
    return kInfinity;
  }
}

double cascade_interval(const Step& step) {
  if (!step.interval) return 0;
  const double interval = static_cast<double>(step.interval->ticks);
  return std::max(interval, step.time.mean() - interval);
}

LinearTime expected_step_time(const ToolGroup& group, const Step& step) {
  LinearTime t;
  t.fixed = static_cast<double>(group.load.ticks + group.unload.ticks);
  const double process = step.time.mean();
  if (step.per != ProcessUnit::wafer) {
    t.fixed += process;
  } else if (group.cascading && step.interval) {
    t.per_wafer = cascade_interval(step);
    t.fixed += process - t.per_wafer;
  } else {
    t.per_wafer = process;
  }
  return t;
}

std::int64_t smallest_batch(const ToolGroup& group, const Step& step) {
  if (!group.batch_fill) return step.batch_min.value_or(1);
  const double wafers = *group.batch_fill * static_cast<double>(step.batch_max.value_or(1));
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(wafers - 1e-9)));
}

double expected_step_time(const ToolGroup& group, const Step& step, double wafers) {
  return expected_step_time(group, step).at(wafers);
}

// A lot crosses the border behind step k forwards once more than backwards. With x_k the expected number of times step
// k is the candidate and q_k = sampling x rework, the forward flow is (1 - q_k) x_k and the backward flow the sum of
// q_j x_j over the later steps j that send lots back to k or before: solved from the last step to the first.
std::vector<double> expected_visits(const Route& route) {
  const std::size_t n = route.steps.size();
  std::map<std::string_view, std::size_t> position;
  for (std::size_t i = 0; i < n; i++) position.emplace(route.steps[i].name, i);
  std::vector<double> visits(n), back(n, 0); // back[t]: flow that returns to step t
  double backward = 0;
  std::size_t open = 0; // loops that cover the border in hand
  std::vector<std::size_t> loops(n, 0);
  for (std::size_t k = n; k-- > 0;) {
    const Step& s = route.steps[k];
    const auto target = s.rework_to.empty() ? position.end() : position.find(s.rework_to);
    const bool reworks = target != position.end() && target->second <= k && s.rework > 0;
    const double q = reworks ? s.sampling * s.rework : 0;
    const double candidate = (1 + backward) / (1 - q);
    visits[k] = s.sampling * candidate;
    if (reworks) {
      back[target->second] += q * candidate;
      loops[target->second]++;
      backward += q * candidate;
      open++;
    }
    backward -= back[k]; // loops that return to k do not cross the border before it
    open -= loops[k];
    if (open == 0) backward = 0;
  }
  return visits;
}

std::vector<double> expected_transport(const Fab& fab, const Route& route) {
  const Groups groups = groups_by_name(fab);
  std::map<std::pair<std::string_view, std::string_view>, double> mean;
  for (const Transport& t : fab.transport)
    mean.try_emplace({std::string_view(t.from), std::string_view(t.to)}, t.time.mean());
  std::vector<double> transport(route.steps.size(), 0);
  std::map<std::string_view, double> at; // where the lot was last performed, with probability
  for (std::size_t i = 0; i < route.steps.size(); i++) {
    const Step& s = route.steps[i];
    const std::string_view here = group_of(groups, s).location;
    for (const auto& [from, probability] : at) {
      const auto found = mean.find({from, here});
      if (found != mean.end()) transport[i] += probability * found->second;
    }
    for (auto it = at.begin(); it != at.end();) {
      it->second *= 1 - s.sampling;
      it = it->second > 1e-12 ? std::next(it) : at.erase(it);
    }
    if (!here.empty()) at[here] += s.sampling;
  }
  return transport;
}

LinearTime raw_process_time(const Fab& fab, const Route& route) {
  const Groups groups = groups_by_name(fab);
  const std::vector<double> visits = expected_visits(route), transport = expected_transport(fab, route);
  LinearTime sum;
  for (std::size_t i = 0; i < route.steps.size(); i++) {
    const LinearTime t = expected_step_time(group_of(groups, route.steps[i]), route.steps[i]);
    sum.fixed += visits[i] * (t.fixed + transport[i]);
    sum.per_wafer += visits[i] * t.per_wafer;
  }
  return sum;
}

double raw_process_time(const Fab& fab, const Route& route, double wafers) {
  return raw_process_time(fab, route).at(wafers);
}

double raw_process_time(const Fab& fab, const Product& product, double wafers) {
  const Route* route = find_route(fab, product.route);
  return route ? raw_process_time(fab, *route).at(wafers) : 0;
}

std::vector<LinearTime> remaining_work(const Fab& fab, const Route& route) {
  const Groups groups = groups_by_name(fab);
  std::vector<LinearTime> rest(route.steps.size() + 1);
  for (std::size_t i = route.steps.size(); i-- > 0;) {
    const Step& s = route.steps[i];
    const LinearTime t = expected_step_time(group_of(groups, s), s);
    rest[i].fixed = rest[i + 1].fixed + s.sampling * t.fixed;
    rest[i].per_wafer = rest[i + 1].per_wafer + s.sampling * t.per_wafer;
  }
  return rest;
}

std::vector<double> remaining_work(const Fab& fab, const Route& route, double wafers) {
  std::vector<double> rest;
  for (const LinearTime& t : remaining_work(fab, route)) rest.push_back(t.at(wafers));
  return rest;
}

const ToolGroup* find_tool_group(const Fab& fab, std::string_view name) {
  const auto found = std::ranges::find(fab.tool_groups, name, &ToolGroup::name);
  return found == fab.tool_groups.end() ? nullptr : &*found;
}

const Route* find_route(const Fab& fab, std::string_view name) {
  const auto found = std::ranges::find(fab.routes, name, &Route::name);
  return found == fab.routes.end() ? nullptr : &*found;
}

} // namespace centresim::fab
