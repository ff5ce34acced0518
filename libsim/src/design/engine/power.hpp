// Nodes that are switched off while nobody needs them, and boot for the next job.
#pragma once
#include "state.hpp"

namespace centresim::design {

// A rank comes to the node: when it is ready.
inline Tick Engine::State::come_to_node(std::uint32_t node) {
  NodePower& p = power_[node];
  const NodeClassTable& k = nodes_.class_of(node);
  if (k.off_after != core::kNever && p.ranks == 0 && now - p.idle_since >= k.off_after) switch_off(node);
  p.ranks++;
  if (k.off_after == core::kNever) return now;
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

// It is off now; if it has been idle for long, since earlier than now.
inline void Engine::State::switch_off(std::uint32_t node) {
  NodePower& p = power_[node];
  if (!p.on) return;
  const Tick off_after = nodes_.class_of(node).off_after;
  const Tick at = p.ranks > 0 ? now : std::min(now, p.idle_since + off_after);
  seen_.class_on[nodes_.class_index(node)] += Wide{nodes_.class_of(node).cores} * within(p.on_since, at);
  p.on = false;
}

// At the end of the run.
inline void Engine::State::book_power() {
  for (std::uint32_t n = 0; n < power_.size(); n++) {
    switch_off(n);
  }
}

} // namespace centresim::design
