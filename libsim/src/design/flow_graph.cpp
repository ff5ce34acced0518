#include "project_compile.hpp"

#include "farm_limits.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace centresim::design {
namespace {

class Builder {
 public:
  Builder(const Floor& floor, const Project& project) : floor_(floor), project_(project) {}

  Graph make() {
    const Flow* flow = find_named(floor_.flows, project_.flow);
    if (flow == nullptr) return {};
    add(*flow, nullptr);
    std::uint32_t gate = kNone;
    for (std::uint32_t t = 0; t < graph_.tasks.size(); t++)
      if (graph_.tasks[t].task->type == TaskType::blocks) gate = t;
    if (gate != kNone) {
      const std::vector<std::uint32_t> before = graph_.tasks[gate].before; // of the chip
      for (const Block* block : by_name())
        if (const Flow* inner = find_named(floor_.flows, block->flow)) add_block(*inner, block, gate, before);
    }
    sort();
    return std::move(graph_);
  }

 private:
  [[nodiscard]] std::vector<const Block*> by_name() const {
    std::vector<const Block*> blocks;
    for (const Block& b : project_.blocks) blocks.push_back(&b);
    std::ranges::sort(blocks, {}, [](const Block* b) { return std::string_view(b->name); });
    return blocks;
  }

  void link(std::uint32_t from, std::uint32_t to) {
    graph_.tasks[from].next.push_back(to);
    graph_.tasks[to].before.push_back(from);
  }

  // Tasks by name, so that the order of a file changes nothing.
  void add(const Flow& flow, const Block* block) {
    std::vector<const Task*> tasks;
    for (const Task& t : flow.tasks) tasks.push_back(&t);
    std::ranges::sort(tasks, {}, [](const Task* t) { return std::string_view(t->name); });
    const auto first = static_cast<std::uint32_t>(graph_.tasks.size());
    std::map<std::string_view, std::uint32_t> number;
    for (const Task* t : tasks) {
      number[t->name] = static_cast<std::uint32_t>(graph_.tasks.size());
      graph_.tasks.push_back({t, block, {}, {}});
    }
    for (std::uint32_t t = first; t < graph_.tasks.size(); t++)
      for (const std::string& name : graph_.tasks[t].task->after)
        if (const auto found = number.find(name); found != number.end()) link(found->second, t);
  }

  void add_block(const Flow& flow, const Block* block, std::uint32_t gate, const std::vector<std::uint32_t>& before) {
    const auto first = static_cast<std::uint32_t>(graph_.tasks.size());
    add(flow, block);
    for (std::uint32_t t = first; t < graph_.tasks.size(); t++) {
      if (graph_.tasks[t].task->every) continue; // nobody waits for it
      if (graph_.tasks[t].next.empty()) link(t, gate);
    }
    for (std::uint32_t t = first; t < graph_.tasks.size(); t++)
      if (graph_.tasks[t].before.empty())
        for (const std::uint32_t b : before) link(b, t);
  }

  void sort() {
    std::vector<std::size_t> left;
    std::vector<std::uint32_t>& order = graph_.order;
    for (std::uint32_t t = 0; t < graph_.tasks.size(); t++) {
      left.push_back(graph_.tasks[t].before.size());
      if (left.back() == 0) order.push_back(t);
    }
    for (std::size_t i = 0; i < order.size(); i++)
      for (const std::uint32_t n : graph_.tasks[order[i]].next)
        if (--left[n] == 0) order.push_back(n);
  }

  const Floor& floor_;
  const Project& project_;
  Graph graph_;
};

} // namespace

Graph graph_of(const Floor& floor, const Project& project) { return Builder(floor, project).make(); }

std::vector<std::uint32_t> Graph::targets(const std::string& name, const Block* block) const {
  std::vector<std::uint32_t> found;
  for (std::uint32_t t = 0; t < tasks.size(); t++) {
    const GraphTask& g = tasks[t];
    const bool same = g.block == block && g.task->name == name;
    const bool inner = block == nullptr && g.block != nullptr && g.block->flow + "/" + g.task->name == name;
    if (same || inner) found.push_back(t);
  }
  return found;
}

bool Graph::is_before(std::uint32_t first, std::uint32_t second) const {
  std::vector<char> seen(tasks.size());
  std::vector<std::uint32_t> open{second};
  while (!open.empty()) {
    const std::uint32_t task = open.back();
    open.pop_back();
    for (const std::uint32_t b : tasks[task].before) {
      if (b == first) return true;
      if (!std::exchange(seen[b], 1)) open.push_back(b);
    }
  }
  return false;
}

// The shortest way from the first task that comes before itself back to it.
std::vector<std::uint32_t> Graph::circle() const {
  std::vector<char> sorted(tasks.size());
  for (const std::uint32_t t : order) sorted[t] = 1;
  std::uint32_t first = 0;
  while (first < tasks.size() && (sorted[first] || !is_before(first, first))) first++;
  if (first == tasks.size()) return {};
  std::vector<std::uint32_t> reached{first}, from(tasks.size());
  std::vector<char> seen(tasks.size());
  for (std::size_t i = 0; i < reached.size(); i++)
    for (const std::uint32_t next : tasks[reached[i]].next) {
      if (next == first) { // around
        std::vector<std::uint32_t> found;
        for (std::uint32_t t = reached[i]; t != first; t = from[t]) found.push_back(t);
        found.push_back(first);
        std::ranges::reverse(found);
        return found;
      }
      if (!std::exchange(seen[next], 1)) from[next] = reached[i], reached.push_back(next);
    }
  return {};
}

std::vector<std::uint32_t> Graph::between(const std::vector<std::uint32_t>& from, std::uint32_t to) const {
  std::vector<char> after(tasks.size()), before(tasks.size());
  for (const std::uint32_t t : from) after[t] = 1;
  for (const std::uint32_t t : order)
    for (const std::uint32_t b : tasks[t].before) after[t] = static_cast<char>(after[t] | after[b]);
  before[to] = 1;
  for (std::size_t i = order.size(); i-- > 0;)
    for (const std::uint32_t n : tasks[order[i]].next)
      before[order[i]] = static_cast<char>(before[order[i]] | before[n]);
  std::vector<std::uint32_t> found;
  for (const std::uint32_t t : order)
    if (after[t] && before[t] && !tasks[t].task->every) found.push_back(t);
  return found;
}

double scaling(const Stage& stage, std::int64_t threads) {
  const auto n = static_cast<double>(threads);
  return stage.serial + stage.parallel / n + stage.overhead * n;
}

ThreadChoice choose_threads(const Floor& floor, const Stage& stage, const Task& task) {
  const double reference = scaling(stage, stage.reference_threads);
  std::int64_t best = task.threads;
  double least = std::numeric_limits<double>::infinity();
  double core_hour = 0; // the dearest class pays for a core
  for (const NodeClass& c : floor.node_classes) core_hour = std::max(core_hour, c.cost);
  const auto cost = [&](std::int64_t n) {
    double hour = core_hour * static_cast<double>(n);
    for (const TokenUse& use : task.tokens)
      if (const Feature* f = find_named(floor.features, use.feature))
        hour += f->cost / (365 * 24) * static_cast<double>(use.of(n));
    return hour * scaling(stage, n);
  };
  for (std::int64_t n = 1; n <= task.threads && task.choose != Threads::fixed; n++) {
    if (task.choose == Threads::efficiency) {
      if (scaling(stage, 1) / (static_cast<double>(n) * scaling(stage, n)) >= task.efficiency || n == 1) best = n;
      continue;
    }
    const double value = task.choose == Threads::min_finish ? scaling(stage, n) : cost(n);
    if (value < least) least = value, best = n;
  }
  return {best, scaling(stage, best) / reference};
}

} // namespace centresim::design
