// The jobs of a jasima file as lots and release streams, and the time that the run needs for them.
#include "jasima_model.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace centresim::io::jasima {
namespace {

constexpr core::Tick kLongest = 36'500 * core::kTicksPerDay; // a horizon

// Numbers as wide as the largest, so that names sort as they do.
std::string numbered(std::size_t number, std::size_t most) {
  return fmt::format("{:0{}}", number, fmt::formatted_size("{}", most));
}

// jasima serves jobs that are equal in all else in the order of the file; the fab serves lots that are released at the
// same time in that of their names. Says whether the names of the file must make way for it.
bool names_break_order(const std::vector<Job>& jobs) {
  std::vector<const Job*> order;
  std::set<std::string_view> names;
  for (const Job& j : jobs) {
    order.push_back(&j);
    if (!names.insert(j.name).second) return false; // a fault of its own
  }
  std::ranges::sort(order, [](const Job* a, const Job* b) {
    return a->release != b->release ? a->release < b->release : a < b; // of one array: in the order of the file
  });
  for (std::size_t i = 1; i < order.size(); i++)
    if (order[i]->release == order[i - 1]->release && order[i]->name < order[i - 1]->name) return true;
  return false;
}

// Whole weights are priorities; others are multiplied by 1000 first.
struct Weights {
  bool whole = true, equal = true;
  std::optional<double> first;

  void look(double weight) {
    whole = whole && weight == std::floor(weight);
    equal = equal && weight == first.value_or(weight);
    first = weight;
  }
  [[nodiscard]] std::int64_t priority(double weight) const {
    return std::llround(std::min(whole ? weight : weight * 1000, 1e6));
  }
};

Weights look_at_weights(const Shop& shop) {
  Weights weights;
  for (const Job& j : shop.jobs) weights.look(j.weight);
  for (const Source& s : shop.sources) weights.look(s.weight);
  return weights;
}

} // namespace

void name_jobs(Shop& shop) {
  for (std::size_t i = 0; i < shop.jobs.size(); i++)
    if (shop.jobs[i].name.empty()) shop.jobs[i].name = "job_" + numbered(i + 1, shop.jobs.size());
  shop.renamed = names_break_order(shop.jobs);
  for (std::size_t i = 0; shop.renamed && i < shop.jobs.size(); i++)
    shop.jobs[i].name = numbered(i + 1, shop.jobs.size()) + " " + shop.jobs[i].name;
}

void add_jobs(const Shop& shop, fab::Fab& fab, std::vector<std::string>& notes) {
  const Weights weights = look_at_weights(shop);
  for (const Job& j : shop.jobs) {
    fab::Lot l;
    l.name = j.name;
    l.product = fab.products[j.route].name;
    l.wafers = 1;
    l.priority = weights.priority(j.weight);
    l.release.ticks = j.release;
    l.due = schema::Duration{j.due};
    fab.lots.push_back(std::move(l));
  }
  for (std::size_t i = 0; i < shop.sources.size(); i++) {
    const Source& s = shop.sources[i];
    fab::Release r;
    r.name = "source_" + numbered(i + 1, shop.sources.size());
    r.product = fab.products[s.route].name;
    r.every = s.every;
    r.start.ticks = std::llround(s.every.mean()); // the first job comes after an interval
    r.wafers = common::Distribution::constant(1);
    r.priority = weights.priority(s.weight);
    r.count = s.count;
    if (s.due_factor > 0)
      r.due_factor = s.due_factor;
    else
      r.due = schema::Duration{0};
    fab.releases.push_back(std::move(r));
  }
  if (!weights.equal)
    notes.emplace_back(weights.whole
                           ? "Weights are priorities; the tools rank by arrival and do not look at them."
                           : "Priorities are 1000 times the weights; the tools rank by arrival and do not look at "
                             "them.");
  if (shop.renamed)
    notes.emplace_back("The names of the jobs begin with their number: it decides between jobs released at the same "
                       "time, as it does in jasima.");
  if (shop.jobs.empty() && shop.sources.empty()) notes.emplace_back("The file names no jobs: add releases.");
}

void set_horizon(const Shop& shop, centre::Scenario& s) {
  if (!shop.sources.empty() || shop.jobs.empty()) {
    s.horizon.ticks = 730 * core::kTicksPerDay;
    s.warmup.ticks = 365 * core::kTicksPerDay;
    return;
  }
  std::vector<double> work; // of each route
  for (const Route& r : shop.routes) {
    double sum = 0;
    for (const Operation& op : r.operations) {
      core::Tick longest = 0;
      for (const auto& row : shop.groups[op.group].times)
        for (const core::Tick t : row) longest = std::max(longest, t);
      sum += static_cast<double>(op.time + longest);
    }
    work.push_back(sum);
  }
  double end = 0, last = 0;
  for (const Job& j : shop.jobs) {
    last = std::max(last, static_cast<double>(j.release));
    end += work[j.route];
  }
  for (const Group& g : shop.groups)
    for (const core::Tick there : g.available) last = std::max(last, static_cast<double>(there));
  end += last + static_cast<double>(core::kTicksPerMinute); // so that what ends then is seen
  s.horizon.ticks = static_cast<core::Tick>(std::min(end, static_cast<double>(kLongest)));
  if (end > static_cast<double>(kLongest)) s.end = centre::End::drain;
}

} // namespace centresim::io::jasima
