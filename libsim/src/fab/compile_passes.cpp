#include "compile_passes.hpp"

#include <algorithm>
#include <cmath>

namespace centresim::fab {
namespace {

// What the window asks of the tool groups on its way.
void finish_window(Model& model, std::uint32_t number) {
  Window& w = model.windows[number];
  model.steps[w.to].closes = number;
  if (w.action != QueueTimeAction::record) {
    GroupTable& end = model.groups[model.steps[w.to].group];
    end.expires = model.off_line = true;
    need_timer(model, end);
  }
  const std::uint32_t first = model.steps[w.from].group;
  const bool gate = std::isfinite(w.gate);
  for (std::uint32_t s = w.from + 1; s <= w.to; s++) {
    const std::uint32_t g = model.steps[s].group;
    GroupTable& group = model.groups[g];
    const bool limited = group.front_limit != kNone || group.lots_limit != kNone;
    if (limited && std::ranges::find(w.limited, g) == w.limited.end()) w.limited.push_back(g);
    if (!limited && !gate) continue;
    model.counts_windows = true;
    if (std::ranges::find(group.gate_groups, first) == group.gate_groups.end()) group.gate_groups.push_back(first);
  }
  model.tracks_work |= gate;
  model.groups[first].gates |= gate || !w.limited.empty();
}

void add_source(const Model& model, BatchSources& sources, std::uint32_t product) {
  if (!sources.products.empty() && sources.products.back() == product) return; // has a step of this key already
  sources.products.push_back(product);
  for (std::uint32_t s = 0; s < model.streams.size(); s++)
    if (model.streams[s].product == product) sources.streams.push_back(s);
}

} // namespace

void need_timer(Model& model, GroupTable& g) {
  if (g.timer == kNone) g.timer = model.timers++;
}

void finish_windows(Model& model) {
  for (std::uint32_t w = 0; w < model.windows.size(); w++) finish_window(model, w);
}

void list_sources(Model& model) {
  for (GroupTable& g : model.groups) {
    if (g.batching) g.batch_sources.resize(g.batch_keys);
    if (g.minimum_run) g.setup_steps.resize(model.routes.size());
  }
  model.smallest_listed.assign(model.products.size(), kNone);
  for (const ListedLot& l : model.lots)
    if (l.step == kNone) {
      std::uint32_t& least = model.smallest_listed[l.product];
      least = std::min(least, l.wafers);
    }
  for (std::uint32_t p = 0; p < model.products.size(); p++) {
    const RouteTable& r = model.routes[model.products[p].route];
    for (std::uint32_t s = r.first; s < r.first + r.steps; s++) {
      const StepTable& step = model.steps[s];
      GroupTable& g = model.groups[step.group];
      if (g.batching) add_source(model, g.batch_sources[step.batch_key], p);
      auto& steps = g.setup_steps;
      const std::uint32_t route = model.products[p].route;
      if (g.minimum_run && step.setup != kNone && (steps[route].empty() || steps[route].back() < s))
        steps[route].push_back(s);
    }
  }
}

} // namespace centresim::fab
