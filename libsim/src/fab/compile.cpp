#include "compile_passes.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "centresim/core/winner_tree.hpp"
#include "centresim/fab/expected.hpp"
#include "centresim/fab/model.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace centresim::fab {
namespace {

using Index = std::map<std::string, std::uint32_t, std::less<>>;

// Positions of `items` in byte order of their names: what makes results independent of the order of rows.
template <class T> std::vector<std::size_t> by_name(const std::vector<T>& items) {
  std::vector<std::size_t> order(items.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& { return items[i].name; });
  return order;
}

template <class T> Index index_of(const std::vector<T>& tables) {
  Index index;
  for (const T& t : tables) index.emplace(t.name, static_cast<std::uint32_t>(index.size()));
  return index;
}

std::uint32_t number(std::size_t n) { return static_cast<std::uint32_t>(n); }

Tick scaled(Tick ticks, double load_factor) {
  return load_factor == 1 ? ticks : std::llround(static_cast<double>(ticks) / load_factor);
}

class Compiler {
 public:
  Compiler(const Fab& fab, const Span& span) : fab_(fab) {
    model_.horizon = span.horizon;
    model_.warmup = span.warmup;
    model_.report_every = span.report_every;
    model_.drain = span.drain;
    model_.load_factor = fab.load_factor;
    model_.max_wip = fab.max_wip;
  }

  Model run() {
    number_setups();
    number_locations();
    for (std::size_t i : by_name(fab_.tool_groups)) add_group(fab_.tool_groups[i]);
    group_index_ = index_of(model_.groups);
    for (std::size_t i : by_name(fab_.routes)) add_route(fab_.routes[i]);
    route_index_ = index_of(model_.routes);
    for (std::size_t i : by_name(fab_.products)) {
      const Product& p = fab_.products[i];
      model_.products.push_back({p.name, route_index_.at(p.route)});
    }
    product_index_ = index_of(model_.products);
    number_batch_keys();
    for (const std::uint32_t law : model_.setup_law)
      model_.setup_mean.push_back(law == kNone ? 0 : model_.laws[law].mean());
    finish_groups();
    check_sizes();
    number_flows();
    add_turns();
    add_streams();
    add_lots();
    list_sources(model_);
    return std::move(model_);
  }

 private:
  std::uint32_t add_law(const Distribution& d) {
    model_.laws.push_back(d.compile());
    return number(model_.laws.size() - 1);
  }

  void number_setups() {
    std::set<std::string> names;
    for (const SetupTime& s : fab_.setup_times) {
      if (!s.from.empty()) names.insert(s.from);
      names.insert(s.to);
    }
    for (const Route& r : fab_.routes)
      for (const Step& s : r.steps)
        if (!s.setup.empty()) names.insert(s.setup);
    for (const ToolGroup& g : fab_.tool_groups)
      for (const MinimumRun& m : g.minimum_runs) names.insert(m.setup);
    for (const std::string& n : names) setup_index_.emplace(n, number(setup_index_.size()));
    model_.setup_names.assign(names.begin(), names.end());
    constexpr std::size_t kMaxSetups = 4096; // the table of set-up times is square
    if (names.size() > kMaxSetups)
      throw core::InputError({{"", 0, "fab", std::to_string(names.size()) + " setups",
                               "too many different setups, at most " + std::to_string(kMaxSetups)}});
    const std::size_t n = names.size();
    model_.setup_law.assign((n + 1) * n, kNone);
    for (const SetupTime& s : fab_.setup_times) // from any set-up, or from none
      if (s.from.empty()) {
        const std::uint32_t law = add_law(s.time), to = setup_index_.at(s.to);
        for (std::size_t from = 0; from <= n; from++) model_.setup_law[from * n + to] = law;
      }
    for (const SetupTime& s : fab_.setup_times)
      if (!s.from.empty()) model_.setup_law[setup_index_.at(s.from) * n + setup_index_.at(s.to)] = add_law(s.time);
  }

  void number_locations() {
    std::set<std::string> names;
    for (const ToolGroup& g : fab_.tool_groups)
      if (!g.location.empty()) names.insert(g.location);
    for (const Transport& t : fab_.transport) names.insert({t.from, t.to});
    for (const std::string& n : names) location_index_.emplace(n, number(location_index_.size()) + 1);
    model_.locations = number(names.size()) + 1;
    model_.transport_law.assign(std::size_t{model_.locations} * model_.locations, kNone);
    for (const Transport& t : fab_.transport)
      model_.transport_law[location_index_.at(t.from) * model_.locations + location_index_.at(t.to)] = add_law(t.time);
  }

  void add_group(const ToolGroup& g) {
    GroupTable t;
    t.name = g.name;
    t.area = g.area;
    t.first_tool = model_.tools;
    t.tools = static_cast<std::uint32_t>(g.tools);
    model_.tools += t.tools;
    t.load = g.load.ticks;
    t.unload = g.unload.ticks;
    t.cascading = g.cascading;
    t.just_in_time = g.cascading && g.next_job == NextJob::just_in_time;
    t.call_ahead = g.load.ticks;
    t.batching = g.batch_mix.has_value();
    t.batch_choice = g.batch_choice;
    t.batch_look_ahead = g.batch_look_ahead ? g.batch_look_ahead->ticks : 0;
    if (g.queue_time_front) t.front_limit = static_cast<std::uint32_t>(*g.queue_time_front);
    if (g.queue_time_lots) t.lots_limit = static_cast<std::uint32_t>(*g.queue_time_lots);
    t.minimum_run = !g.minimum_runs.empty();
    t.reservation = g.hot_lot_reservation && !t.minimum_run;
    t.location = g.location.empty() ? 0 : location_index_.at(g.location);
    t.identity = core::name_identity(g.name);
    t.stagger = g.stagger;
    add_outages(g, t);
    if (t.minimum_run) {
      const std::size_t n = model_.setup_names.size();
      model_.minimum_run.resize(fab_.tool_groups.size() * n, 0);
      for (const MinimumRun& m : g.minimum_runs)
        model_.minimum_run[model_.groups.size() * n + setup_index_.at(m.setup)] = static_cast<std::uint32_t>(m.lots);
    }
    model_.groups.push_back(std::move(t));
    values_.push_back(&g);
  }

  static void add_outages(const ToolGroup& g, GroupTable& t) {
    for (std::size_t i : by_name(g.breakdowns)) {
      const Breakdown& b = g.breakdowns[i];
      t.breakdowns.push_back({b.mttf.compile(), b.mttr.compile(), (b.first ? *b.first : b.mttf).compile(),
                              b.clock == FailureClock::busy, core::mix(t.identity, core::name_identity(b.name))});
    }
    t.busy_clocks = std::ranges::any_of(t.breakdowns, &BreakdownKind::busy_clock);
    for (std::size_t i : by_name(g.maintenance)) {
      const Maintenance& m = g.maintenance[i];
      MaintenanceKind k;
      k.duration = m.duration.compile();
      k.identity = core::mix(t.identity, core::name_identity(m.name));
      k.carry_over = m.carry_over;
      if (m.every) {
        k.every = m.every->ticks;
        k.first = m.first ? m.first->ticks : k.every;
      } else {
        k.every_wafers = *m.every_wafers;
        k.first_wafers = m.first_wafers ? *m.first_wafers : k.every_wafers;
      }
      t.maintenance.push_back(std::move(k));
    }
  }

  void add_route(const Route& r) {
    RouteTable t;
    t.name = r.name;
    t.first = number(model_.steps.size());
    t.steps = number(r.steps.size());
    Index steps;
    for (std::size_t i = 0; i < r.steps.size(); i++) steps.emplace(r.steps[i].name, t.first + number(i));
    std::map<std::uint32_t, std::uint32_t> dedications; // dedicated step -> number in this route
    for (const Step& s : r.steps) add_step(s, t, steps, dedications);
    for (auto [step, id] : dedications) model_.steps[step].dedicated = id;
    model_.steps.back().last = true;
    model_.dedications = std::max(model_.dedications, number(dedications.size()));
    model_.loops = std::max(model_.loops, number(t.loops.size()));
    add_expected(r, t);
    model_.routes.push_back(std::move(t));
  }

  void add_step(const Step& s, RouteTable& route, const Index& steps,
                std::map<std::uint32_t, std::uint32_t>& dedications) {
    const std::uint32_t me = number(model_.steps.size());
    StepTable t;
    t.time = s.time.compile();
    t.interval = s.interval ? s.interval->ticks : 0;
    t.group = group_index_.at(s.tool_group);
    t.location = model_.groups[t.group].location;
    t.per = s.per;
    // Draws are keyed by the name of the step: a step added elsewhere in the route shifts nothing.
    t.block = static_cast<std::uint32_t>(core::name_identity(s.name) & 0xffffffffu);
    for (std::uint64_t again = 1; std::ranges::any_of(model_.steps.begin() + route.first, model_.steps.end(),
                                                      [&](const StepTable& o) { return o.block == t.block; });
         again++)
      t.block = static_cast<std::uint32_t>(core::mix(core::name_identity(s.name), again) & 0xffffffffu);
    if (!s.setup.empty()) t.setup = setup_index_.at(s.setup);
    t.setup_always = s.setup_when == SetupWhen::always;
    if (s.setup_time) t.setup_law = add_law(*s.setup_time);
    t.sampling = s.sampling;
    t.batch_min = static_cast<std::uint32_t>(smallest_batch(*values_[t.group], s));
    t.batch_max = static_cast<std::uint32_t>(s.batch_max.value_or(0));
    t.flow_factor = s.flow_factor.value_or(1);
    if (s.batch_wait) t.batch_wait = s.batch_wait->ticks;
    if (s.rework > 0 && !s.rework_to.empty()) {
      t.rework = s.rework;
      t.rework_to = steps.at(s.rework_to);
      t.rework_loop = number(route.loops.size());
      route.loops.push_back({t.rework_to, me});
    }
    if (!s.dedicates.empty())
      t.dedicates = dedications.try_emplace(steps.at(s.dedicates), number(dedications.size())).first->second;
    if (!s.queue_time_to.empty()) open_window(s, me, steps, t, route);
    model_.steps.push_back(std::move(t));
    model_.step_names.push_back(s.name);
  }

  void open_window(const Step& s, std::uint32_t me, const Index& steps, StepTable& t, RouteTable& route) {
    t.opens = number(model_.windows.size());
    Window w;
    w.route = number(model_.routes.size());
    w.from = me;
    w.to = steps.at(s.queue_time_to);
    w.limit = s.queue_time_limit->ticks;
    w.action = s.queue_time_action;
    if (s.queue_time_gate) w.gate = *s.queue_time_gate * static_cast<double>(w.limit);
    if (w.action == QueueTimeAction::hold) w.hold_law = add_law(*s.queue_time_hold);
    if (w.action == QueueTimeAction::rework) {
      w.rework_to = steps.at(s.queue_time_rework_to);
      w.rework_loop = number(route.loops.size());
      route.loops.push_back({w.rework_to, w.to});
    }
    model_.windows.push_back(std::move(w));
  }

  void add_expected(const Route& r, RouteTable& t) {
    double a = 0, b = 0; // of the steps after this one
    for (std::size_t i = r.steps.size(); i-- > 0;) {
      StepTable& s = model_.steps[t.first + i];
      const ToolGroup& g = *values_[s.group];
      const LinearTime time = expected_step_time(g, r.steps[i]);
      s.expected_a = time.fixed;
      s.expected_b = time.per_wafer;
      s.remaining_a = a += s.sampling * s.expected_a;
      s.remaining_b = b += s.sampling * s.expected_b;
    }
    const LinearTime rpt = raw_process_time(fab_, r);
    t.rpt_a = rpt.fixed;
    t.rpt_b = rpt.per_wafer;
  }

  // Lots with the same key may share a batch.
  void number_batch_keys() {
    using Key = std::pair<std::string_view, std::string_view>;
    std::map<std::uint32_t, std::map<Key, std::uint32_t>> keys;
    for (const RouteTable& r : model_.routes) {
      const Route& route = *find_route(fab_, r.name);
      std::string_view family; // the products of a route are of one where it matters
      for (const Product& p : fab_.products)
        if (p.route == r.name && (family.empty() || p.name < family)) family = family_of(p);
      for (std::uint32_t s = r.first; s < r.first + r.steps; s++) {
        StepTable& step = model_.steps[s];
        if (!model_.groups[step.group].batching) continue;
        auto& of_group = keys[step.group];
        const Key key = batch_key(*values_[step.group], family, r.name, route.steps[s - r.first]);
        step.batch_key = of_group.try_emplace(key, number(of_group.size())).first->second;
      }
    }
    for (auto& [group, of_group] : keys) model_.groups[group].batch_keys = number(of_group.size());
  }

  // The mean of the longest change of set-up that the step may need.
  [[nodiscard]] Tick longest_setup(const StepTable& s) const {
    double mean = s.setup_law != kNone ? model_.laws[s.setup_law].mean() : model_.setup_mean_time(kNone, s.setup);
    for (std::uint32_t from = 0; s.setup_law == kNone && from < model_.setup_names.size(); from++)
      mean = std::max(mean, model_.setup_mean_time(from, s.setup));
    return std::llround(std::min(mean, static_cast<double>(core::kMaxTick)));
  }

  void finish_groups() {
    for (const StepTable& s : model_.steps) {
      GroupTable& g = model_.groups[s.group];
      if (s.setup != kNone) g.has_setups = true;
      if (s.setup != kNone && g.just_in_time) g.call_ahead = std::max(g.call_ahead, g.load + longest_setup(s));
      if (s.dedicated != kNone) g.has_dedication = true;
      if (s.batch_wait != core::kNever) need_timer(model_, g);
      if (g.batching && g.batch_look_ahead > 0) need_timer(model_, g);
    }
    finish_windows(model_);
    for (std::size_t i = 0; i < model_.groups.size(); i++) {
      GroupTable& g = model_.groups[i];
      for (Rank rank : values_[i]->rank) {
        if (rank == Rank::setup_time && !g.has_setups) continue; // always 0 here
        g.rank[g.ranks++] = rank;
        if (fixed_at_arrival(rank))
          g.static_ranks++;
        else
          g.all_static = false;
        model_.tracks_work |= rank == Rank::least_work_next;
        g.ranks_by_queue_time_due |= rank == Rank::queue_time_due;
        if (rank == Rank::setup_time) g.ranks_before_setup = g.static_ranks;
      }
      g.setup_only = g.ranks == g.static_ranks + 1 &&
                     std::ranges::count(g.rank.begin(), g.rank.begin() + g.ranks, Rank::setup_time) == 1;
      g.wake_by_setup = values_[i]->tool_choice == ToolChoice::least_setup_time && g.has_setups;
      g.turns = values_[i]->engineering.has_value();
      if (g.turns) g.all_static = g.setup_only = false;
      g.picky = g.has_dedication || g.batching || g.minimum_run || g.gates || g.timer != kNone;
    }
  }

  void add_turns() {
    for (std::size_t i = 0; i < model_.groups.size(); i++) {
      GroupTable& g = model_.groups[i];
      if (!g.turns) continue;
      const EngineeringRule& rule = *values_[i]->engineering;
      for (const Flow& f : model_.flows)
        g.turn.flows.push_back(std::ranges::find(rule.kinds, f.kind) != rule.kinds.end());
      if (rule.production_window && rule.engineering_window) {
        g.turn.production_window = rule.production_window->ticks;
        g.turn.both_windows = g.turn.production_window + rule.engineering_window->ticks;
      }
      g.turn.campaign = static_cast<std::uint32_t>(rule.campaign.value_or(0));
    }
  }

  // The pending-event sets number their slots with 19 bits.
  void check_sizes() const {
    std::size_t rare = 0, hot = model_.tools + fab_.releases.size() + model_.groups.size() + 2;
    for (const GroupTable& g : model_.groups) rare += g.tools * (g.breakdowns.size() + g.maintenance.size() + 1);
    if (std::max(rare, hot) > core::kMaxEventSlots - 1024)
      throw core::InputError(
          {{"", 0, "fab.tool_groups", std::to_string(model_.tools) + " tools",
            "too many tools with breakdowns and maintenance: " + std::to_string(std::max(rare, hot)) +
                " clocks, at most " + std::to_string(core::kMaxEventSlots - 1024)}});
  }

  void number_flows() {
    std::set<std::pair<std::uint32_t, std::string>> pairs;
    for (const Release& r : fab_.releases) pairs.emplace(product_index_.at(r.product), r.kind);
    for (const Lot& l : fab_.lots) pairs.emplace(product_index_.at(l.product), l.kind);
    for (const auto& [product, kind] : pairs) {
      flow_index_.emplace(std::pair(product, kind), number(model_.flows.size()));
      model_.flows.push_back({product, kind});
    }
  }

  void add_streams() {
    for (const Release& r : fab_.releases) {
      Stream s;
      s.name = release_name(r);
      s.product = product_index_.at(r.product);
      s.flow = flow_index_.at({s.product, r.kind});
      s.route = model_.products[s.product].route;
      s.every = r.every.compile();
      s.wafers = r.wafers.compile();
      s.smallest_lot = static_cast<std::uint32_t>(std::max(1.0, smallest(r.wafers)));
      s.start = scaled(r.start.ticks, fab_.load_factor);
      s.count = r.count.value_or(-1);
      s.lots = r.lots;
      s.priority = static_cast<std::int32_t>(r.priority);
      s.hot = r.hot;
      s.has_due = r.due || r.due_factor;
      s.due = r.due ? r.due->ticks : 0;
      s.due_factor = r.due_factor.value_or(0);
      s.identity = core::name_identity(s.name);
      model_.streams.push_back(std::move(s));
    }
    std::ranges::sort(model_.streams, {}, &Stream::name);
  }

  void add_lots() {
    for (const Lot& l : fab_.lots) {
      ListedLot t;
      t.name = l.name;
      t.product = product_index_.at(l.product);
      t.flow = flow_index_.at({t.product, l.kind});
      t.route = model_.products[t.product].route;
      t.wafers = static_cast<std::uint32_t>(l.wafers);
      t.priority = static_cast<std::int32_t>(l.priority);
      t.release = scaled(l.release.ticks, fab_.load_factor);
      t.has_due = l.due.has_value();
      // Due dates keep their distance to the release when the load factor moves it.
      t.due = l.due ? l.due->ticks + (t.release - l.release.ticks) : 0;
      t.hot = l.hot;
      if (!l.step.empty()) {
        const RouteTable& r = model_.routes[t.route];
        for (std::uint32_t s = r.first; s < r.first + r.steps; s++)
          if (model_.step_names[s] == l.step) t.step = s;
      }
      t.identity = core::name_identity(l.name);
      model_.lots.push_back(std::move(t));
    }
    std::ranges::sort(model_.lots, [](const ListedLot& a, const ListedLot& b) {
      return std::tie(a.release, a.name) < std::tie(b.release, b.name);
    });
  }

  const Fab& fab_;
  Model model_;
  std::vector<const ToolGroup*> values_; // in canonical order
  Index setup_index_, location_index_, group_index_, route_index_, product_index_;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> flow_index_;
};

} // namespace

std::string release_name(const Release& r) {
  if (!r.name.empty()) return r.name;
  return r.kind == Release{}.kind ? r.product : r.product + "." + r.kind;
}

Model compile(const Fab& fab, const Span& span) { return Compiler(fab, span).run(); }

} // namespace centresim::fab
