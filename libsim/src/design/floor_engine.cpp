#include "centresim/design/floor_engine.hpp"

#include "projects/books.hpp"
#include "projects/events.hpp"

namespace centresim::design {

struct FloorEngine::Parts {
  Parts(const Model& m, std::uint64_t seed, std::uint64_t replication, FloorOptions o)
      : model(m), farm(m, seed, replication, {o.trace_jobs}), projects(m, seed, replication, o) {}

  // What the projects ask for reaches the farm before anything else happens.
  void deliver(Tick tick) {
    for (const FarmOrder& order : orders) {
      if (order.end)
        (void)farm.end(tick, order.tag);
      else
        farm.post(tick, order.job, order.tag, order.watched);
    }
    orders.clear();
  }

  const Model& model;
  Engine farm;
  ProjectState projects;
  JobFacts facts;
  std::vector<FarmOrder> orders;
  Tick now = 0;
};

FloorEngine::FloorEngine(const Model& model, std::uint64_t seed, std::uint64_t replication, FloorOptions options)
    : parts_(std::make_unique<Parts>(model, seed, replication, options)) {}
FloorEngine::~FloorEngine() = default;
FloorEngine::FloorEngine(FloorEngine&&) noexcept = default;
FloorEngine& FloorEngine::operator=(FloorEngine&&) noexcept = default;

Tick FloorEngine::now() const { return parts_->now; }

Tick FloorEngine::next() const {
  if (!parts_->facts.empty()) return parts_->now;
  return std::min(parts_->farm.next(), parts_->projects.next());
}

void FloorEngine::apply(Tick tick, FloorFacts& facts) {
  Parts& p = *parts_;
  p.now = tick;
  p.farm.apply(tick, p.facts);
  if (p.facts.empty() && p.projects.next() > tick) return;
  const JobFacts heard = std::exchange(p.facts, {});
  p.projects.apply(tick, heard, p.orders, facts);
  p.deliver(tick);
}

void FloorEngine::dispatch(Tick tick, FloorFacts&) {
  Parts& p = *parts_;
  p.farm.dispatch(tick, p.facts);
  if (p.projects.next() > tick) return;
  p.projects.dispatch(tick, p.orders);
  p.deliver(tick);
}

void FloorEngine::post(Tick tick, const FloorCommand& command, FloorFacts& facts) {
  parts_->projects.post(tick, command, parts_->orders, facts);
  parts_->deliver(tick);
}

bool FloorEngine::run(core::Pulse& pulse) {
  constexpr std::int64_t kBeat = 4096, kMaxRounds = 1'000'000;
  const Model& model = parts_->model;
  const auto drained = [this] { return parts_->projects.all_ended() && parts_->farm.drained(); };
  FloorFacts facts;
  std::int64_t steps = 0;
  for (Tick tick = next(); tick != core::kNever;) {
    if (tick >= model.horizon && (!model.drain || drained())) break;
    std::int64_t rounds = 0;
    Tick after = tick;
    do {
      apply(tick, facts);
      dispatch(tick, facts);
      facts.clear();
      if (++rounds > kMaxRounds) throw core::ModelError("events repeat without end at one tick");
      after = next();
    } while (after == tick);
    tick = after;
    if (++steps % kBeat == 0 &&
        !pulse.beat(std::min(1.0, static_cast<double>(parts_->now) / static_cast<double>(model.horizon))))
      return false;
  }
  if (model.drain && !parts_->projects.all_ended())
    throw core::ModelError("projects can never end: " + parts_->projects.unfinished());
  return true;
}

Observations FloorEngine::finish(Tick tick) {
  Observations seen = parts_->farm.finish(tick);
  seen.counts.events += parts_->projects.events();
  seen.projects = parts_->projects.finish(tick);
  return seen;
}

Simulation::Simulation(const Floor& floor, const Span& span, FloorOptions options)
    : model_(compile(floor, span)), options_(options) {}

std::optional<Observations> Simulation::run(std::uint64_t seed, std::uint64_t replication, core::Pulse& pulse) const {
  const auto observe = [&](auto engine) -> std::optional<Observations> {
    if (!engine.run(pulse)) return std::nullopt;
    return engine.finish(model_.drain ? std::max(model_.horizon, engine.now()) : model_.horizon);
  };
  if (model_.projects.empty()) return observe(Engine(model_, seed, replication, {options_.trace_jobs}));
  return observe(FloorEngine(model_, seed, replication, options_));
}

} // namespace centresim::design
