// Nodes that are switched off while nobody needs them, and boot for the next job.
#pragma once
#include "state.hpp"

namespace centresim::design {

// A rank comes to the node: when it is ready.
inline Tick Engine::State::come_to_node(std::uint32_t node) {
  NodePower& p = power_[node];
  const NodeClassTable& k = nodes_.class_of(node);
  const bool first = p.ranks++ == 0;
  if (k.off_after == core::kNever) return now;
  if (first && p.on && now - p.idle_since >= k.off_after) switch_off(node, p.idle_since + k.off_after);
  if (!p.on) {
    p.on = true;
    p.on_since = now;
    p.ready_at = now + k.boot;
    if (in_window()) seen_.farm.boots++;
  }
  return p.ready_at;
}

inline void Engine::State::leave_node(std::uint32_t node) {
  if (--power_[node].ranks == 0) power_[node].idle_since = now;
}

inline void Engine::State::switch_off(std::uint32_t node, Tick at) {
  NodePower& p = power_[node];
  if (!p.on) return;
  seen_.class_on[nodes_.class_index(node)] += Wide{nodes_.class_of(node).cores} * within(p.on_since, at);
  p.on = false;
}

// At the end of the run.
inline void Engine::State::book_power() {
  for (std::uint32_t n = 0; n < power_.size(); n++) {
    const NodeClassTable& k = nodes_.class_of(n);
    if (k.off_after != core::kNever)
      switch_off(n, power_[n].ranks > 0 ? now : std::min(now, power_[n].idle_since + k.off_after));
  }
}

} // namespace centresim::design
