// The queue: its order, and walking it.
#pragma once
#include "state.hpp"

namespace centresim::design {

inline Tick Engine::State::predicted(const LiveJob& job) const {
  if (job.s.owner >= predictions_.size() || predictions_[job.s.owner].last < 0) return job.s.request;
  const Prediction& p = predictions_[job.s.owner];
  switch (policy_.predictor) {
  case Predictor::last:
    return p.last;
  case Predictor::average_two:
    return p.before < 0 ? p.last : (p.last + p.before) / 2;
  default:
    return p.average;
  }
}

inline std::int64_t Engine::State::order_key(const LiveJob& job) const {
  switch (policy_.order) {
  case Order::sjf_request:
    return job.s.request;
  case Order::sjf_exact:
    return job.s.run;
  case Order::sjf_predicted:
    return predicted(job);
  case Order::ljf:
    return -job.s.request;
  case Order::due_date:
    return job.s.due;
  case Order::least_slack:
    return job.s.due == core::kNever ? core::kNever : job.s.due - job.s.request;
  case Order::priority:
    return policy_.age_weight > 0 || policy_.class_weight <= 0 ? 0 : -std::int64_t{job.s.priority};
  default:
    return 0;
  }
}

// Cores, ranks, memory up to the next power of two, site and tokens.
inline Shape Engine::State::shape_of(const LiveJob& job) {
  std::int64_t memory = job.s.memory;
  if (memory > 0) memory = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(memory)));
  return {std::int64_t{job.s.cores} << 32 | job.s.ranks, memory, std::int64_t{job.site} << 32 | job.token_set};
}

// Jobs of one group stay in the order of (key, seq) whatever the time.
inline std::uint32_t Engine::State::group_of(const LiveJob& job) {
  Shape key{};
  if (policy_.blocking == Blocking::shape && !dynamic_) {
    key = shape_of(job);
  } else if (dynamic_) {
    key = {job.s.priority, policy_.order == Order::fairshare ? std::int64_t{job.s.account} : 0, job.site};
  } else {
    return job.site;
  }
  auto& cached = group_cache_[ShapeHash{}(key) % group_cache_.size()];
  if (cached.second == kNone || cached.first != key) cached = {key, find_group(key, job)};
  return cached.second;
}

inline std::uint32_t Engine::State::find_group(const Shape& key, const LiveJob& job) {
  const auto [at, fresh] = group_index_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
  if (fresh) {
    groups_.emplace_back();
    groups_.back().priority = job.s.priority;
    groups_.back().account = job.s.account;
  }
  return at->second;
}

inline double Engine::State::dynamic_value(const QueueGroup& g, std::uint32_t job) const {
  const auto wait = static_cast<double>(now - jobs_[job].s.submit);
  const double age = policy_.age_weight * std::min(1.0, wait / static_cast<double>(policy_.age_max.ticks));
  const double weight = policy_.class_weight * g.priority;
  if (policy_.order != Order::fairshare) return -(weight + age);
  return -(policy_.fairshare_weight * fairshare(g.account) + age + weight);
}

inline void Engine::State::enqueue(LiveJob& job) {
  enter(job, Phase::queued);
  job.group = group_of(job);
  SiteState& site = site_of(job);
  const bool first = policy_.blocking == Blocking::shape ? groups_[job.group].queue.empty() : site.queued == 0;
  if (first && try_alone_ && !site.freed && site.alone == kNone && site.new_jobs.empty()) {
    site.alone = job.id;
  } else {
    if (site.alone != kNone) line_up(jobs_[std::exchange(site.alone, kNone)]);
    line_up(job);
  }
  touched_ = true;
}

inline void Engine::State::line_up(const LiveJob& job) {
  count_queue(job, +1);
  count_wanted(job, +1);
  if (suspends_) site_of(job).queued_priority[job.s.priority]++;
  QueueGroup& group = groups_[job.group];
  group.queue.insert(entry(job, job.id));
  if (dynamic_ && !group.filled) {
    group.filled = true;
    site_of(job).filled_groups.push_back(job.group);
  }
  site_of(job).new_jobs.push_back(job.id);
}

inline void Engine::State::left_queue(const LiveJob& job) {
  count_queue(job, -1);
  count_wanted(job, -1);
  SiteState& site = site_of(job);
  if (suspends_ && --site.queued_priority[job.s.priority] == 0) site.queued_priority.erase(job.s.priority);
  if (!site.planned.empty()) site.planned.erase(job.seq);
}

inline void Engine::State::dequeue(std::uint32_t id) {
  const LiveJob& job = jobs_[id];
  groups_[job.group].queue.remove(entry(job, id));
  left_queue(job);
}

// All waiting jobs of the site whose pass goes on, in order. The queue may change only through erase().
class Engine::State::Walk {
 public:
  explicit Walk(State& state) : state_(state) {
    if (!state.dynamic_) {
      group_ = state.site_->number;
      place_ = state.groups_[group_].queue.begin();
      return;
    }
    std::erase_if(state.site_->filled_groups, [&](std::uint32_t g) {
      if (!state.groups_[g].queue.empty()) return false;
      state.groups_[g].queue.shrink();
      state.groups_[g].filled = false;
      return true;
    });
    for (const std::uint32_t g : state.site_->filled_groups) push(g, state.groups_[g].queue.begin());
    settle();
  }

  [[nodiscard]] bool done() const { return queue().at_end(place_); }
  [[nodiscard]] const Queued& job() const { return queue().at(place_); }
  void next() { move_to(queue().after(place_)); }
  void erase() { move_to(state_.groups_[group_].queue.erase(place_)); }

 private:
  struct Head {
    double value;
    std::uint64_t seq;
    std::uint32_t group;
    Queue::Place place;
  };
  [[nodiscard]] const Queue& queue() const { return state_.groups_[group_].queue; }
  static bool later(const Head& a, const Head& b) { return std::pair(a.value, a.seq) > std::pair(b.value, b.seq); }

  void push(std::uint32_t group, Queue::Place place) {
    const QueueGroup& g = state_.groups_[group];
    const Queued& q = g.queue.at(place);
    heads_.push_back({state_.dynamic_value(g, q.job), q.seq, group, place});
    std::ranges::push_heap(heads_, later);
  }
  void settle() { // on the first of all heads
    if (heads_.empty()) {
      group_ = 0;
      place_ = {~std::uint32_t{0}, 0};
      return;
    }
    std::ranges::pop_heap(heads_, later);
    group_ = heads_.back().group;
    place_ = heads_.back().place;
    heads_.pop_back();
  }
  void move_to(Queue::Place place) {
    place_ = place;
    if (!state_.dynamic_) return;
    if (!queue().at_end(place)) push(group_, place);
    settle();
  }

  State& state_;
  std::uint32_t group_ = 0;
  Queue::Place place_{};
  std::vector<Head> heads_;
};

} // namespace centresim::design
