// A floor whose listed jobs are posted from outside, each at its time of submission, and stepped by hand.
#pragma once
#include "support.hpp"

#include <map>
#include <optional>
#include <utility>

namespace centresim::design::test {

class Outside {
 public:
  explicit Outside(const Floor& floor, const Span& s = span(1e5), std::uint64_t replication = 0)
      : model_(compile(floor, s)), jobs_(std::exchange(model_.jobs, {})) {
    model_.posted = true;
    engine_.emplace(model_, 1, replication, EngineOptions{true});
  }
  Outside(const Outside&) = delete; // the engine refers to its model
  Outside& operator=(const Outside&) = delete;

  [[nodiscard]] const Model& model() const { return model_; }
  [[nodiscard]] const std::vector<Submission>& jobs() const { return jobs_; }
  [[nodiscard]] const JobFacts& facts() const { return facts_; }
  [[nodiscard]] Engine& engine() { return *engine_; }

  // Nothing about tags is in order.
  [[nodiscard]] static std::uint64_t tag(std::size_t place) { return 0x9e3779b97f4a7c15u * (place + 1); }
  [[nodiscard]] std::size_t place(std::string_view name) const {
    for (std::size_t i = 0; i < jobs_.size(); i++)
      if (model_.job_names[static_cast<std::size_t>(jobs_[i].number)] == name) return i;
    FAIL("no job " << name);
    return 0;
  }
  [[nodiscard]] std::string name(std::uint64_t tag_of_job) const {
    for (std::size_t i = 0; i < jobs_.size(); i++)
      if (tag(i) == tag_of_job) return model_.job_names[static_cast<std::size_t>(jobs_[i].number)];
    return "?";
  }

  // Whose starts and stops are told.
  Outside& watch(const std::string& names) {
    watched_ = names;
    return *this;
  }
  Outside& end(std::string_view name, double at) {
    ends_.emplace(ticks(at), place(name));
    return *this;
  }

  // Up to a tick: all before it, and its events. Commands may follow.
  void apply(Tick tick) {
    go_on(tick);
    engine_->apply(tick, facts_);
    open_ = true;
  }
  void go_on(Tick tick) { // what comes before it
    settle();
    for (Tick next = engine_->next(); next < tick; next = engine_->next()) {
      engine_->apply(next, facts_);
      engine_->dispatch(next, facts_);
    }
  }
  void post(std::size_t place) {
    const std::string& n = model_.job_names[static_cast<std::size_t>(jobs_[place].number)];
    const bool told = (' ' + watched_ + ' ').find(' ' + n + ' ') != std::string::npos;
    engine_->post(engine_->now(), jobs_[place], tag(place), told);
  }
  JobState end(std::size_t place) { return engine_->end(engine_->now(), tag(place)); }
  // All that there is to do at the tick at which commands were given.
  void settle() {
    if (!std::exchange(open_, false)) return;
    const Tick tick = engine_->now();
    for (bool first = true; engine_->next() == tick; first = false) {
      if (!first) engine_->apply(tick, facts_);
      engine_->dispatch(tick, facts_);
    }
  }

  // The whole script: jobs in the order of their submission, then ends.
  Run run(double until) {
    std::map<Tick, std::vector<std::size_t>> posts;
    for (std::size_t i = 0; i < jobs_.size(); i++) posts[jobs_[i].submit].push_back(i);
    for (const auto& [at, who] : ends_) posts.try_emplace(at);
    for (const auto& [at, who] : posts) {
      if (at >= ticks(until)) break;
      apply(at);
      for (const std::size_t i : who) post(i);
      for (auto [from, to] = ends_.equal_range(at); from != to; ++from) end(from->second);
    }
    go_on(ticks(until));
    return {model_, engine_->finish(ticks(until))};
  }

  // "10 a started", "30 a completed, lacked 5, ran 20": what was told.
  [[nodiscard]] Lines told() const {
    static constexpr const char* states[] = {"completed", "walltime", "rejected", "failed", "withdrawn"};
    Lines lines;
    for (const JobFact& f : facts_) {
      std::string line = fmt::format("{:g} {} ", Run::in_seconds(f.at), name(f.tag));
      if (f.kind == JobFact::Kind::ended)
        line += fmt::format("{}, lacked {:g}, ran {:g}", states[static_cast<std::size_t>(f.state)],
                            Run::in_seconds(f.lacked), Run::in_seconds(f.ran));
      else
        line += f.kind == JobFact::Kind::started ? "started" : "stopped";
      lines.push_back(std::move(line));
    }
    return lines;
  }

 private:
  Model model_;
  std::vector<Submission> jobs_;
  std::optional<Engine> engine_;
  JobFacts facts_;
  std::multimap<Tick, std::size_t> ends_;
  std::string watched_;
  bool open_ = false;
};

// ---- floors ----

inline const TokenUse kX{"x", 1, 0}, kY{"y", 1, 0};
inline Job wide(Job j, double memory) {
  j.memory = memory;
  return j;
}
inline Floor with(Floor f, std::vector<Job> jobs) {
  f.jobs = std::move(jobs);
  return f;
}
inline Floor preempting(PreemptionKind kind, std::int64_t cores = 1) {
  Floor f = pool(cores);
  f.policy.order = Order::priority;
  f.policy.kill_at_request = false;
  f.policy.preemption.kind = kind;
  return f;
}
// Two sites, the nodes of the second beyond a link that brings dataset d in 20 s.
inline Floor two_sites() {
  Floor f;
  f.sites = {{"A", {}, {}, 0}, {"B", {}, {}, 0}};
  f.node_classes = {node_class("a", 1, 4), node_class("b", 1, 4)};
  f.node_classes[0].site = "A";
  f.node_classes[1].site = "B";
  f.links = {{"ab", {"A", "B"}, 0.8, {}, {}, {}, {}, {}}}; // 0.1 GB a second
  f.datasets = {{"d", "A", 2}};
  return f;
}

} // namespace centresim::design::test
