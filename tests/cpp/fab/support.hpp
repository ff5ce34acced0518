// Small fabs of values for the tests of the engine, and their runs as readable schedules. Times are minutes.
#pragma once
#include "catch.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/random.hpp"
#include "centresim/fab/check.hpp"
#include "centresim/fab/engine.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace centresim::fab::test {

inline constexpr Tick kMinute = core::kTicksPerMinute;
using Lines = std::vector<std::string>;

// ---- values ----

inline Tick ticks(double minutes) { return std::llround(minutes * static_cast<double>(kMinute)); }
inline Duration minutes(double m) { return {ticks(m)}; }
inline Distribution law(core::LawKind kind, std::vector<double> in_minutes) {
  for (double& m : in_minutes) m *= static_cast<double>(kMinute);
  return {kind, common::Dimension::time, std::move(in_minutes), {}};
}
inline Distribution fixed(double m) { return law(core::LawKind::constant, {m}); }
inline Distribution uniform(double mean, double half_width) { return law(core::LawKind::uniform, {mean, half_width}); }
inline Distribution exponential(double mean) { return law(core::LawKind::exponential, {mean}); }
inline Distribution wafers(std::int64_t n) { return Distribution::constant(static_cast<double>(n)); }

inline ToolGroup group(std::string name, std::int64_t tools = 1) {
  ToolGroup g;
  g.name = std::move(name);
  g.tools = tools;
  return g;
}

inline Step step(std::string name, std::string tool_group, Distribution time) {
  Step s;
  s.name = std::move(name);
  s.tool_group = std::move(tool_group);
  s.time = std::move(time);
  return s;
}
inline Step step(std::string name, std::string tool_group, double time) {
  return step(std::move(name), std::move(tool_group), fixed(time));
}
inline Step with_setup(Step s, std::string setup) {
  s.setup = std::move(setup);
  return s;
}
inline Step batch_step(Step s, std::int64_t batch_min, std::int64_t batch_max) {
  s.per = ProcessUnit::batch;
  s.batch_min = batch_min;
  s.batch_max = batch_max;
  return s;
}

// A lot of one wafer, released at a time.
inline Lot lot(std::string name, double release = 0, std::int64_t priority = 0, std::string product = "A") {
  Lot l;
  l.name = std::move(name);
  l.product = std::move(product);
  l.wafers = 1;
  l.release = minutes(release);
  l.priority = priority;
  return l;
}
inline Lot waiting_at(Lot l, std::string step) {
  l.step = std::move(step);
  return l;
}

inline Release release(Distribution every, std::string product = "A", std::int64_t wafers_of_lot = 1) {
  Release r;
  r.product = std::move(product);
  r.every = std::move(every);
  r.wafers = wafers(wafers_of_lot);
  return r;
}

// Product A with route A.
inline Fab fab(std::vector<ToolGroup> groups, std::vector<Step> steps) {
  Fab f;
  f.tool_groups = std::move(groups);
  f.routes.push_back({"A", std::move(steps)});
  f.products.push_back({"A", "A", {}});
  return f;
}
inline void add_product(Fab& f, std::string name, std::vector<Step> steps, std::string family = {}) {
  f.routes.push_back({name, std::move(steps)});
  f.products.push_back({name, name, std::move(family)});
}

inline Breakdown breakdown(double up, double repair, FailureClock clock = FailureClock::calendar) {
  Breakdown b;
  b.mttf = fixed(up);
  b.mttr = fixed(repair);
  b.clock = clock;
  return b;
}
inline Maintenance calendar_pm(double every, double first, double duration, std::string name = "pm") {
  Maintenance m;
  m.name = std::move(name);
  m.every = minutes(every);
  m.first = minutes(first);
  m.duration = fixed(duration);
  return m;
}
inline Maintenance counter_pm(std::int64_t every_wafers, double duration, std::string name = "pm") {
  Maintenance m;
  m.name = std::move(name);
  m.every_wafers = every_wafers;
  m.duration = fixed(duration);
  return m;
}

// ---- runs ----

struct Run {
  Model model;
  Observations seen;

  [[nodiscard]] std::size_t group_index(std::string_view name) const {
    for (std::size_t g = 0; g < model.groups.size(); g++)
      if (model.groups[g].name == name) return g;
    FAIL("no tool group " << name);
    return 0;
  }
  [[nodiscard]] const GroupSums& group(std::string_view name) const { return seen.groups[group_index(name)]; }
  [[nodiscard]] double state(std::string_view group_name, ToolState s) const { // tool-minutes
    return static_cast<double>(group(group_name).state[static_cast<std::size_t>(s)]) / kMinute;
  }
  [[nodiscard]] std::string tool_name(std::uint32_t tool) const {
    for (const GroupTable& g : model.groups)
      if (tool - g.first_tool < g.tools) return g.name + std::to_string(tool - g.first_tool + 1);
    return "?";
  }
  // "lot step tool arrive start end", in order of start, then of release.
  [[nodiscard]] Lines schedule() const {
    std::vector<LotTrace> rows = seen.lot_trace;
    std::ranges::sort(rows, {}, [](const LotTrace& t) { return std::tuple(t.start, t.lot, t.step); });
    Lines lines;
    for (const LotTrace& t : rows)
      lines.push_back(fmt::format("{} {} {} {:g} {:g} {:g}", seen.lot_names[t.lot], model.step_names[t.step],
                                  tool_name(t.tool), in_minutes(t.arrive), in_minutes(t.start), in_minutes(t.end)));
    return lines;
  }
  // "state from to" of one tool, equal neighbours joined.
  [[nodiscard]] Lines states(std::string_view tool) const {
    static constexpr const char* names[] = {"down", "pm", "setup", "process", "load", "unload", "idle"};
    std::vector<ToolTrace> rows;
    for (const ToolTrace& t : seen.tool_trace) {
      if (tool_name(t.tool) != tool) continue;
      if (!rows.empty() && rows.back().state == t.state && rows.back().to == t.from)
        rows.back().to = t.to;
      else
        rows.push_back(t);
    }
    Lines lines;
    for (const ToolTrace& t : rows)
      lines.push_back(
          fmt::format("{} {:g} {:g}", names[static_cast<std::size_t>(t.state)], in_minutes(t.from), in_minutes(t.to)));
    return lines;
  }
  // Start times of all lots at one step, in order.
  [[nodiscard]] std::vector<double> starts(std::string_view step_name) const {
    std::vector<double> times;
    for (const LotTrace& t : seen.lot_trace)
      if (model.step_names[t.step] == step_name) times.push_back(in_minutes(t.start));
    std::ranges::sort(times);
    return times;
  }
  [[nodiscard]] static double in_minutes(Tick t) { return static_cast<double>(t) / kMinute; }
};

inline constexpr EngineOptions kTraced{true, true};

inline Span span(double horizon, double warmup = 0, double report_every = 0, bool drain = false) {
  return {ticks(horizon), ticks(warmup), ticks(report_every), drain};
}

inline Run run(const Fab& f, const Span& s, EngineOptions options = kTraced, std::uint64_t seed = 1,
               std::uint64_t replication = 0) {
  for (const Fault& fault : find_faults(f)) FAIL(fault_path(f, fault, "fab") << ": " << fault.rule);
  const Simulation simulation(f, s, options);
  core::NoPulse pulse;
  auto seen = simulation.run(seed, replication, pulse);
  REQUIRE(seen);
  return {simulation.model(), std::move(*seen)};
}
inline Run run(const Fab& f, double horizon = 1000) { return run(f, span(horizon)); }

// What the ModelError of a run says; empty where the run ends well.
inline std::string model_error(const Fab& f, const Span& s) {
  const Simulation simulation(f, s);
  core::NoPulse pulse;
  try {
    (void)simulation.run(1, 0, pulse);
  } catch (const core::ModelError& e) {
    return e.what();
  }
  return {};
}

// ---- the draws that the engine makes, from what is documented ----

inline std::uint64_t stream_lot(std::string_view stream, std::uint64_t count) {
  return core::mix(core::name_identity(stream), count);
}
inline std::uint64_t listed_lot(std::string_view name) { return core::name_identity(name); }

// The uniform number of a lot at a step, in its n-th pass there.
inline double step_draw(std::uint64_t lot_identity, std::string_view step_name, core::Purpose purpose,
                        std::uint32_t pass = 0, std::uint64_t seed = 1, std::uint64_t replication = 0) {
  const auto block = static_cast<std::uint32_t>(core::name_identity(step_name));
  return core::uniform_at(core::stream_key(seed, replication), lot_identity, purpose, block + pass, 0);
}
// Number i of a sequence.
inline double sequence_draw(std::uint64_t owner, core::Purpose purpose, std::uint32_t i, std::uint64_t seed = 1,
                            std::uint64_t replication = 0) {
  return core::uniform_at(core::stream_key(seed, replication), owner, purpose, i >> 1, i & 1);
}

} // namespace centresim::fab::test
