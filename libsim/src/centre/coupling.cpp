#include "coupling.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"

#include <algorithm>

namespace centresim::centre {

std::vector<ConnectionTable> compile_connections(const std::vector<Connection>& connections, const fab::Model& fab,
                                                 const design::Model& design) {
  std::vector<const Connection*> sorted;
  for (const Connection& c : connections)
    if (c.enabled) sorted.push_back(&c);
  std::ranges::sort(sorted, {},
                    [](const Connection* c) { return std::pair(c->shuttle.empty(), std::string_view(c->name)); });
  const auto& shuttles = design.projects.shuttles;
  std::vector<char> taken(shuttles.size());
  std::vector<ConnectionTable> tables;
  for (const Connection* c : sorted) {
    ConnectionTable t;
    t.name = c->name;
    for (std::size_t s = 0; s < shuttles.size(); s++) {
      const bool its = !taken[s] && (c->shuttle.empty() || c->shuttle == shuttles[s].name);
      t.shuttles.push_back(static_cast<char>(its));
      taken[s] = static_cast<char>(taken[s] | t.shuttles.back());
    }
    for (std::uint32_t f = 0; f < fab.flows.size(); f++)
      if (fab.products[fab.flows[f].product].name == c->product && fab.flows[f].kind == c->kind) t.flow = f;
    t.wafers = static_cast<std::uint32_t>(c->wafers);
    t.priority = static_cast<std::int32_t>(c->priority);
    if (c->due) t.due = c->due->ticks;
    t.shared = c->shared;
    t.delay = c->delay.compile();
    t.identity = core::mix(core::name_identity("connection"), core::name_identity(c->name));
    tables.push_back(std::move(t));
  }
  return tables;
}

namespace {

design::FloorOptions with_fab_outside(const std::vector<ConnectionTable>& tables, design::FloorOptions options) {
  for (const ConnectionTable& t : tables) {
    options.fab_outside.resize(t.shuttles.size());
    for (std::size_t s = 0; s < t.shuttles.size(); s++)
      options.fab_outside[s] = static_cast<char>(options.fab_outside[s] | t.shuttles[s]);
  }
  return options;
}

} // namespace

Coupling::Coupling(const std::vector<ConnectionTable>& tables, const fab::Model& fab, const design::Model& design,
                   std::uint64_t seed, std::uint64_t replication, fab::EngineOptions fab_options,
                   design::FloorOptions design_options)
    : tables_(tables), fab_(fab, seed, replication, fab_options),
      design_(design, seed, replication, with_fab_outside(tables, std::move(design_options))),
      key_(core::stream_key(seed, replication)), horizon_(fab.horizon), warmup_(fab.warmup), sums_(tables.size()) {}

Tick Coupling::next() const {
  Tick tick = std::min(fab_.next(), design_.next());
  if (!orders_.empty()) tick = std::min(tick, orders_.begin()->first.first);
  if (!fab_facts_.empty()) tick = std::min(tick, fab_.now());
  if (!design_facts_.empty()) tick = std::min(tick, design_.now());
  return tick;
}

// All rooms apply, facts are delivered as commands until all are quiet, then all dispatch.
void Coupling::round(Tick tick) {
  if (fab_.next() <= tick) fab_.apply(tick, fab_facts_);
  if (design_.next() <= tick) design_.apply(tick, design_facts_);
  constexpr int kMostDeliveries = 1'000'000;
  for (int n = 0;
       !fab_facts_.empty() || !design_facts_.empty() || (!orders_.empty() && orders_.begin()->first.first <= tick);
       n++) {
    if (n > kMostDeliveries) throw core::ModelError("the rooms drive one another without end at one tick");
    hear_fab(tick);
    hear_design(tick);
    release_due(tick);
  }
  if (fab_.next() <= tick) fab_.dispatch(tick, fab_facts_);
  if (design_.next() <= tick) design_.dispatch(tick, design_facts_);
}

void Coupling::hear_design(Tick tick) {
  for (const design::FloorFact& fact : std::exchange(design_facts_, {})) {
    const auto found =
        std::ranges::find_if(tables_, [&](const ConnectionTable& t) { return t.shuttles[fact.shuttle] != 0; });
    if (found == tables_.end()) continue; // a law of the shuttle stands in for the fab
    const auto c = static_cast<std::uint32_t>(found - tables_.begin());
    if (in_window(tick)) sums_[c].facts++;
    const std::uint64_t identity = core::mix(found->identity, found->shared ? fact.carrier : fact.identity);
    const Tick delay = found->delay.ticks(core::uniform_at(key_, identity, core::Purpose::connection_delay, 0, 0));
    Order& order = orders_[{tick + delay, identity}];
    order.connection = c;
    order.designs.push_back({fact.project, tick});
  }
}

void Coupling::release_due(Tick tick) {
  while (!orders_.empty() && orders_.begin()->first.first <= tick) {
    auto due = orders_.extract(orders_.begin());
    release(tick, due.key().second, std::move(due.mapped()));
  }
}

void Coupling::release(Tick tick, std::uint64_t identity, Order order) {
  const ConnectionTable& t = tables_[order.connection];
  if (in_window(tick)) sums_[order.connection].lots++;
  fab::Command command;
  command.kind = fab::Command::Kind::release_lot;
  command.flow = t.flow;
  command.wafers = t.wafers;
  command.priority = t.priority;
  if (t.due != core::kNever) command.due = tick + t.due;
  command.identity = identity;
  carried_[identity] = std::move(order);
  fab_.post(tick, command, fab_facts_);
}

void Coupling::hear_fab(Tick tick) {
  for (const fab::Fact& fact : std::exchange(fab_facts_, {})) {
    if (fact.kind == fab::Fact::Kind::queue_time_broken) continue;
    const auto found = carried_.find(fact.identity);
    if (found == carried_.end()) continue; // a lot of the fab's own
    Order order = std::move(found->second);
    carried_.erase(found);
    ConnectionSums& sums = sums_[order.connection];
    if (fact.kind == fab::Fact::Kind::lot_scrapped) { // the same designs once more
      if (in_window(tick)) sums.scrapped++;
      release(tick, core::mix(fact.identity, 1), std::move(order));
      continue;
    }
    if (in_window(tick)) sums.finished++;
    for (const Design& d : order.designs) {
      if (in_window(tick)) sums.back++, sums.time += tick - d.since;
      design::FloorCommand command;
      command.project = d.project;
      design_.post(tick, command, design_facts_);
    }
  }
}

bool Coupling::run(core::Pulse& pulse) {
  constexpr std::int64_t kBeat = 16384, kMaxRounds = 1'000'000;
  std::int64_t steps = 0;
  for (Tick tick = next(); tick < horizon_;) {
    std::int64_t rounds = 0;
    Tick after = tick;
    do {
      round(tick);
      if (++rounds > kMaxRounds) throw core::ModelError("events repeat without end at one tick");
      after = next();
    } while (after <= tick);
    fab_.watch();
    tick = after;
    if (++steps % kBeat == 0 &&
        !pulse.beat(static_cast<double>(std::min(tick, horizon_)) / static_cast<double>(horizon_)))
      return false;
  }
  return true;
}

} // namespace centresim::centre
