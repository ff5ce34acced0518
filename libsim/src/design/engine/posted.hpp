// Jobs that come from outside: posting and ending them, and the facts that are told of them.
#pragma once
#include "state.hpp"

namespace centresim::design {

// ---- facts ----------------------------------------------------------------------------------------------------------

// The time that counts as lacking while the job is in that phase, by a clock that stands still where none does.
inline Tick Engine::State::lack_clock(const LiveJob& job, Phase phase) const {
  if (phase == Phase::queued) return token_sets_[job.token_set].lacked_until(now);
  return phase == Phase::held || phase == Phase::waiting ? now : 0;
}

// Before the job goes on to its next phase.
inline void Engine::State::tell_phase(LiveJob& job, Phase next) {
  const auto on_cores = [](Phase p) {
    return p == Phase::trying || p == Phase::waiting || p == Phase::running || p == Phase::writing;
  };
  const Phase last = job.phase;
  if (on_cores(last) && !on_cores(next)) job.on_cores += now - job.started;
  if (!job.has_run) job.lacked += lack_clock(job, last) - lack_clock(job, next);
  job.has_run = job.has_run || next == Phase::running;
  if (job.report != Report::all || next == Phase::nowhere) return;
  const auto tell = [&](JobFact::Kind kind) { facts_.push_back({job.seq, {kind, now, job.tag}}); };
  if (next == Phase::running) tell(JobFact::Kind::started);
  if (last == Phase::running) tell(JobFact::Kind::stopped);
}

inline void Engine::State::tell_end(LiveJob& job, JobState state) {
  tell_phase(job, Phase::nowhere);
  facts_.push_back(
      {job.seq, {JobFact::Kind::ended, now, job.tag, state, job.s.submit, job.first_start, job.lacked, job.on_cores}});
  posted_.erase(job.tag);
}

// In the order of the jobs: that of events at one tick goes by slots, which mean nothing outside.
inline void Engine::State::hand_facts(JobFacts& facts) {
  if (facts_.empty()) return;
  std::vector<std::pair<std::uint64_t, std::size_t>> order; // those of one job stay as they came
  for (std::size_t i = 0; i < facts_.size(); i++) order.emplace_back(facts_[i].first, i);
  std::ranges::sort(order);
  for (const auto& [seq, i] : order) facts.push_back(facts_[i].second);
  facts_.clear();
}

// ---- commands -------------------------------------------------------------------------------------------------------

inline void Engine::State::check_posted(Tick tick, const Submission& s) const {
  if (tick != now) throw std::logic_error("a command to a farm is for the tick to which its events have been applied");
  if (!model_.posted) throw std::logic_error("this farm takes no jobs from outside");
  const bool known = s.flow < model_.flows.size() && s.tokens < model_.use_names.size() &&
                     s.home < model_.sites.size() && s.reading < model_.readings.size() &&
                     (s.account == kNone || s.account < model_.accounts.size());
  if (!known || s.run < 1 || s.request < 1 || s.cores < 1 || s.ranks < 1 || s.memory < 0 || s.scratch < 0)
    throw std::invalid_argument("a job is posted that the farm does not understand");
}

inline void Engine::State::post(Tick tick, const Submission& s, std::uint64_t tag, bool watched) {
  check_posted(tick, s);
  LiveJob& job = new_job();
  if (!posted_.try_emplace(tag, job.id).second) {
    free_job(job);
    throw std::logic_error("two posted jobs have the same tag");
  }
  if (!ended_now_.empty()) flush_predictions();
  seen_.counts.events++;
  job.renew(s, seq_++);
  job.s.submit = now;
  job.s.source = kPosted;
  job.report = watched ? Report::all : Report::end;
  job.tag = tag;
  job.lacked = job.on_cores = 0;
  job.has_run = false;
  touched_ = true;
  admit(job);
}

// Who ends it knows: nothing is told of it any more.
inline JobState Engine::State::end(Tick tick, std::uint64_t tag) {
  if (tick != now) throw std::logic_error("a command to a farm is for the tick to which its events have been applied");
  const auto found = posted_.find(tag);
  if (found == posted_.end()) throw std::logic_error("no posted job of that tag is on the farm");
  LiveJob& job = jobs_[found->second];
  posted_.erase(found);
  job.report = Report::none;
  std::erase_if(facts_, [&](const auto& f) { return f.first == job.seq; });
  seen_.counts.events++;
  touched_ = true;
  const JobState state = job.phase == Phase::running ? JobState::completed : JobState::withdrawn;
  if (state == JobState::completed) {
    job.length = progress(job);
    end_job(job, state);
  } else {
    withdraw(job);
    book_end(job, state);
    free_job(job);
  }
  if (!returning_.empty()) take_back(); // who was to get cores that it freed, and did not fit
  check_often();
  return state;
}

// The job leaves whatever it waits in, with all that it holds.
inline void Engine::State::withdraw(LiveJob& job) {
  switch (job.phase) {
  case Phase::staging:
    return leave_transfer(job);
  case Phase::queued:
    return leave_line(job);
  case Phase::held:
    count_lacking(-1);
    return free_slot(job);
  case Phase::trying:
  case Phase::waiting:
    return leave_cores(job);
  case Phase::suspended:
    return leave_memory(job);
  case Phase::writing:
    return stop_writing(job);
  case Phase::placed:
    return leave_promise(job);
  default:
    throw std::logic_error("a job that does not wait is withdrawn");
  }
}

// Its data still come: others may read them later.
inline void Engine::State::leave_transfer(const LiveJob& job) {
  std::erase(transfers_.at({model_.readings[job.s.reading].dataset, job.site}).jobs, job.id);
  count_work(job, -1);
}

// Out of the queue, and out of what the next pass is to look at. Whoever comes first then has not been looked at.
inline void Engine::State::leave_line(const LiveJob& job) {
  SiteState& site = site_of(job);
  site.settled_until = 0; // others come into depth
  if (site.alone == job.id) {
    site.alone = kNone;
    return;
  }
  const QueueGroup& group = groups_[job.group];
  const bool first = group.queue.front().job == job.id;
  dequeue(job.id);
  std::erase(site.new_jobs, job.id);
  if (!first || policy_.blocking != Blocking::shape || dynamic_) return;
  site_ = &site;
  if (group.listed) forget_blocked(job.group);
  if (!group.queue.empty()) site.new_jobs.push_back(group.queue.front().job);
}

// It was to make room: what the head counts on is kept for it, as far as it is free by now.
inline void Engine::State::stop_writing(LiveJob& job) {
  leave_cores(job);
  Handover& plan = handovers_[job.handover];
  std::erase_if(plan.safe, [&](const auto& s) { return s.first == job.id; });
  balance(plan);
  leave_handover(job);
}

// Those who make room for it go on with that.
inline void Engine::State::leave_promise(const LiveJob& head) {
  Handover& plan = *std::ranges::find(handovers_, head.id, &Handover::head);
  plan.head = kNone;
  plan.nodes.clear();
  balance(plan);
  site_of(head).freed = true;
}

} // namespace centresim::design
