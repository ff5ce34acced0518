// State accounting: elapsed time goes to the state a tool was in, at every change and at the ends of windows.
#pragma once
#include "state.hpp"

namespace centresim::fab {

inline void Engine::State::book(std::uint32_t id, ToolState state, Tick from, Tick to) {
  if (to <= from) return;
  seen_.groups[tools_[id].group].state[static_cast<std::size_t>(state)] += to - from;
  if (options_.trace_tools) seen_.tool_trace.push_back({id, state, from, to});
}

// The state of a tool that works on `job` alone at `at`, and when it may change next.
inline std::pair<ToolState, Tick> job_state(const Job& job, Tick at) {
  if (at < job.setup_end) return {ToolState::setup, job.setup_end};
  if (at < job.load_end) return {ToolState::load, job.load_end};
  if (at < job.process_start) return {ToolState::idle, job.process_start}; // waits for the first position
  if (at < job.process_end) return {ToolState::process, job.process_end};
  return {ToolState::unload, job.end};
}

// The same for one job alone: its phases, cut to [from, now).
inline void Engine::State::book_job(const Job& job, std::uint32_t group, Tick from) {
  auto& state = seen_.groups[group].state;
  const auto phase = [&](ToolState s, Tick end) {
    const Tick until = std::clamp(end, from, now);
    state[static_cast<std::size_t>(s)] += until - from;
    from = until;
  };
  phase(ToolState::setup, job.setup_end);
  phase(ToolState::load, job.load_end);
  phase(ToolState::idle, job.process_start);
  phase(ToolState::process, job.process_end);
  phase(ToolState::unload, now);
}

inline void Engine::State::account_until_now(std::uint32_t id) {
  Tool& tool = tools_[id];
  Tick at = tool.booked;
  tool.booked = now;
  if (tool.outages > 0) return book(id, ToolState::down, at, now);
  if (tool.maintenance >= 0) return book(id, ToolState::maintenance, at, now);
  if (tool.jobs == 0) return book(id, ToolState::idle, at, now);
  if (tool.jobs == 1 && !options_.trace_tools) return book_job(tool.job[0], tool.group, at);
  while (at < now) {
    auto [state, until] = job_state(tool.job[0], at);
    if (tool.jobs == 2) { // one state for both: the first in the order of ToolState
      const auto [other, other_until] = job_state(tool.job[1], at);
      state = std::min(state, other);
      until = std::min(until, other_until);
    }
    if (until <= at || until > now) until = now;
    book(id, state, at, until);
    at = until;
  }
}

inline void Engine::State::account_all() {
  for (std::uint32_t t = 0; t < tools_.size(); t++) account(t);
}

// Sums over lots and wafers are 64-bit ticks: none is larger than the time of all lots times the largest of them.
inline void Engine::State::integrate_wip() {
  lot_time_ += static_cast<double>(wip_) * static_cast<double>(now - wip_since_);
  if (lot_time_ * largest_lot_ > 0x1p62)
    throw core::ModelError("the time in process, summed over all wafers, is too large to count: take a shorter horizon "
                           "or fewer wafers");
  seen_.wip_integral += wip_ * (now - wip_since_);
  wip_since_ = now;
}

// What lots that are still in process add at a boundary.
inline void Engine::State::add_stays(std::vector<FlowSums>& flows, std::vector<GroupSums>& groups) const {
  for (const LiveLot& lot : lots_) {
    if (lot.place == LotPlace::nowhere) continue;
    const Tick stay = now - std::max(lot.released, seen_.window_start);
    flows[lot.flow].residence += stay;
    flows[lot.flow].wafer_residence += stay * lot.wafers;
    if (lot.place == LotPlace::waiting)
      groups[model_.steps[lot.step].group].waiting += now - std::max(lot.arrived, seen_.window_start);
  }
}

// The end of the observed window: rates, shares and means over time end here.
inline void Engine::State::close_window() {
  account_all();
  integrate_wip();
  closed_wip_integral_ = seen_.wip_integral;
  closed_flows_ = seen_.flows;
  closed_groups_ = seen_.groups;
  add_stays(closed_flows_, closed_groups_);
  seen_.window_end = now;
  close_at_ = core::kNever;
  closed_ = true;
}

inline Observations Engine::State::finish(Tick tick) {
  if (tick < now) throw std::logic_error("a fab cannot go back in time");
  now = tick;
  while (boundary_ <= now) pass_boundary();
  account_all();
  if (!closed_) close_window();
  for (std::size_t f = 0; f < seen_.flows.size(); f++) { // lots that ran out after the window count in what they are
    FlowSums& flow = seen_.flows[f];
    const FlowSums& closed = closed_flows_[f];
    flow.released = closed.released;
    flow.out = closed.out;
    flow.out_wafers = closed.out_wafers;
    flow.residence = closed.residence;
    flow.wafer_residence = closed.wafer_residence;
  }
  seen_.groups = std::move(closed_groups_);
  seen_.wip_integral = closed_wip_integral_;
  for (const LiveLot& lot : lots_) seen_.counts.lots_in_process += lot.place != LotPlace::nowhere;
  check_books(seen_);
  return std::move(seen_);
}

// Lots and time are conserved, and Little's law holds between two ways of counting the WIP.
inline void Engine::State::check_books(const Observations& o) const {
  const Counts& c = o.counts;
  const auto fault = [](const std::string& what) {
    throw std::logic_error("the books of the fab do not balance: " + what);
  };
  if (c.lots_initial + c.lots_released != c.lots_finished + c.lots_in_process + c.lots_scrapped) fault("lots");
  const Tick span = o.window_end - o.window_start;
  for (std::size_t g = 0; g < o.groups.size(); g++) {
    Tick total = 0;
    for (Tick t : o.groups[g].state) total += t;
    if (total != span * model_.groups[g].tools) fault("times of tool group " + model_.groups[g].name);
  }
  Tick residence = 0;
  for (const FlowSums& f : o.flows) residence += f.residence;
  if (residence != o.wip_integral) fault("time in process against integrated WIP");
  if (wip_ > 0) return;
  for (const GroupState& g : groups_) // an empty line leaves nothing behind
    if (g.front + g.upstream + g.engineering > 0 || g.queued_work != 0 || g.gated_work != 0 || g.coming_work != 0)
      fault("lots and work counted by tool group");
}

} // namespace centresim::fab
