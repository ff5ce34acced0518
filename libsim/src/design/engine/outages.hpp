// Nodes that fail and are repaired, and nodes drained by plan.
#pragma once
#include "state.hpp"

namespace centresim::design {

// Failure and repair of one node take turns in one slot. `index` counts the nodes of the classes that fail.
inline void Engine::State::schedule_node(std::uint32_t index, bool failure) {
  FailingNode& f = failing_[index];
  const NodeClassTable& k = nodes_.class_of(f.node);
  const core::Law& law = failure ? k.mttf : k.mttr;
  const auto purpose = failure ? core::Purpose::time_to_failure : core::Purpose::time_to_repair;
  const std::uint32_t draw = f.draws++ >> 1;
  const std::uint64_t owner = core::mix(k.identity, f.node - k.first_node);
  const Tick gap = std::max<Tick>(1, law.ticks(core::uniform_at(key_, owner, purpose, draw >> 1, draw & 1)));
  const std::uint32_t slot = first_node_ + index;
  set_event(slot, now + gap, failure ? kFailure : kCapacity);
}

inline void Engine::State::node_event(std::uint32_t index) {
  FailingNode& f = failing_[index];
  f.up = !f.up;
  if (!f.up) {
    if (in_window()) seen_.farm.node_failures++;
    close_node(f.node);
    node_fails(f.node);
    if (!power_.empty()) switch_off(f.node);
  } else {
    open_node(f.node);
  }
  schedule_node(index, f.up);
}

inline void Engine::State::close_node(std::uint32_t node) {
  if (nodes_.open(node)) {
    book_down();
    down_cores_[nodes_.class_index(node)] += nodes_.class_of(node).cores;
  }
  nodes_.close(node);
  sites_[nodes_.class_of(node).site].settled_until = 0;
  touched_ = true;
}

inline void Engine::State::open_node(std::uint32_t node) {
  nodes_.reopen(node);
  if (!nodes_.open(node)) return;
  book_down();
  down_cores_[nodes_.class_index(node)] -= nodes_.class_of(node).cores;
  SiteState& site = sites_[nodes_.class_of(node).site];
  site.freed_nodes.push_back(node);
  site.freed = true;
}

// Whatever was on the node starts again, from its last checkpoint or from nothing.
inline void Engine::State::node_fails(std::uint32_t node) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> hit; // by submission
  for (const std::uint32_t id : slot_job_) {
    if (id == kNone || jobs_[id].node == kNone) continue;
    bool here = false;
    for_each_rank(jobs_[id], [&](std::uint32_t n) { here = here || n == node; });
    if (here) hit.emplace_back(jobs_[id].seq, id);
  }
  std::ranges::sort(hit);
  for (const auto& [seq, id] : hit) {
    switch (jobs_[id].phase) {
    case Phase::suspended:
      leave_suspension(id, &FarmSums::lost_failure);
      break;
    case Phase::writing:
      checkpoint_lost(id);
      break;
    default:
      restart_later(id, &FarmSums::lost_failure);
    }
  }
}

inline void Engine::State::drain_event(std::uint32_t index) {
  const DrainTable& d = model_.drains[index];
  DrainState& state = drains_[index];
  for (std::uint32_t n = d.first_node; n < d.first_node + d.nodes; n++) {
    if (state.active)
      open_node(n);
    else
      close_node(n);
  }
  state.active = !state.active;
  const std::uint32_t slot = first_drain_ + index;
  Tick at = core::kNever;
  if (state.active)
    at = state.began + d.duration;
  else if (d.every > 0)
    at = state.began = state.began + d.every;
  set_event(slot, at, kCapacity);
}

} // namespace centresim::design
