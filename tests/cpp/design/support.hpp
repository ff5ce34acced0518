// Small farms of values for the tests of the engine, and their runs as readable schedules. Times are seconds.
#pragma once
#include "catch.hpp"

#include "centresim/core/error.hpp"
#include "centresim/design/check.hpp"
#include "centresim/design/floor_engine.hpp"
#include "centresim/design/presets.hpp"
#include "centresim/schema/errors.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::design::test {

inline constexpr Tick kSecond = core::kTicksPerSecond;
using Lines = std::vector<std::string>;

// ---- values ----

inline Tick ticks(double seconds) { return std::llround(seconds * static_cast<double>(kSecond)); }
inline Duration seconds(double s) { return {ticks(s)}; }
inline Distribution law(core::LawKind kind, std::vector<double> in_seconds) {
  for (double& s : in_seconds) s *= static_cast<double>(kSecond);
  return {kind, common::Dimension::time, std::move(in_seconds), {}};
}
inline Distribution fixed(double s) { return law(core::LawKind::constant, {s}); }
inline Distribution exponential(double mean) { return law(core::LawKind::exponential, {mean}); }
inline Distribution number(double n) { return Distribution::constant(n); }

inline NodeClass node_class(std::string name, std::int64_t nodes, std::int64_t cores) {
  NodeClass c;
  c.name = std::move(name);
  c.nodes = nodes;
  c.cores = cores;
  return c;
}
// A flat pool.
inline Floor pool(std::int64_t cores) {
  Floor f;
  f.node_classes.push_back(node_class("pool", 1, cores));
  return f;
}
inline Job job(std::string name, double submit, double run, std::int64_t cores = 1, std::vector<TokenUse> tokens = {}) {
  Job j;
  j.name = std::move(name);
  j.submit = seconds(submit);
  j.run = seconds(run);
  j.cores = cores;
  j.tokens = std::move(tokens);
  return j;
}
inline Job important(Job j, std::int64_t priority) {
  j.priority = priority;
  return j;
}
inline Feature feature(std::string name, std::int64_t tokens, Acquire acquire = Acquire::reserved) {
  Feature f;
  f.name = std::move(name);
  f.tokens = tokens;
  f.acquire = acquire;
  return f;
}
inline JobStream stream(std::string name, Distribution every, Distribution run) {
  JobStream s;
  s.name = std::move(name);
  s.every = std::move(every);
  s.run = std::move(run);
  return s;
}

// ---- runs ----

struct Run {
  Model model;
  Observations seen;

  [[nodiscard]] const JobTrace& job(std::string_view name) const {
    for (const JobTrace& t : seen.jobs)
      if (t.source == 0 && model.job_names[static_cast<std::size_t>(t.number)] == name) return t;
    FAIL("no job " << name);
    return seen.jobs.front();
  }
  // "name start-end", in the order of submission; the state where it is not completed.
  [[nodiscard]] Lines schedule() const {
    static constexpr const char* names[] = {"", " walltime", " rejected", " failed", " withdrawn"};
    Lines lines;
    for (const JobTrace& t : seen.jobs)
      lines.push_back(fmt::format("{} {:g}-{:g}{}", model.job_names[static_cast<std::size_t>(t.number)],
                                  in_seconds(t.start), in_seconds(t.end), names[static_cast<std::size_t>(t.state)]));
    return lines;
  }
  [[nodiscard]] double end(std::string_view name) const { return in_seconds(job(name).end); }
  [[nodiscard]] double start(std::string_view name) const { return in_seconds(job(name).start); }
  [[nodiscard]] double first_start(std::string_view name) const { return in_seconds(job(name).first_start); }
  static double in_seconds(Tick t) { return t < 0 ? -1 : static_cast<double>(t) / kSecond; }
};

inline Span span(double horizon, double warmup = 0, bool drain = false) {
  return {ticks(horizon), ticks(warmup), drain, 0};
}
inline const Span kUntilEmpty = span(1e6, 0, true);

inline std::vector<std::string> faults(const Floor& floor) {
  schema::Errors errors;
  check(floor, "design", errors);
  std::vector<std::string> list;
  for (const core::Issue& i : errors.issues()) list.push_back(core::to_string(i));
  return list;
}

inline Run run(const Floor& floor, const Span& s = kUntilEmpty, std::uint64_t seed = 1, std::uint64_t replication = 0,
               FloorOptions options = {true}) {
  for (const std::string& fault : faults(floor)) FAIL(fault);
  const Simulation simulation(floor, s, options);
  core::NoPulse pulse;
  auto seen = simulation.run(seed, replication, pulse);
  REQUIRE(seen);
  return {simulation.model(), std::move(*seen)};
}

// What the ModelError of a run says; empty where the run ends well.
inline std::string model_error(const Floor& floor, const Span& s) {
  const Simulation simulation(floor, s);
  core::NoPulse pulse;
  try {
    (void)simulation.run(1, 0, pulse);
  } catch (const core::ModelError& e) {
    return e.what();
  }
  return {};
}

inline double to_seconds(Wide core_ticks) { return static_cast<double>(core_ticks) / kSecond; }
inline double per_tick(Wide sum, const Observations& o) {
  return static_cast<double>(sum) / static_cast<double>(o.window_end - o.window_start);
}

// ---- closed forms ----

using Measure = std::function<double(const Observations&)>;
struct Expected {
  double mean;
  Measure measure;
};

struct Means {
  double mean = 0, error = 0;
};
inline Means means(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return {mean, std::sqrt(squares / (n - 1) / n)};
}

// Means of every measure over replications of a fixed seed.
inline std::vector<Means> measured(const Floor& floor, const Span& s, const std::vector<Measure>& all,
                                   std::uint64_t replications = 20, FloorOptions options = {}) {
  for (const std::string& fault : faults(floor)) FAIL(fault);
  const Simulation simulation(floor, s, options);
  core::NoPulse pulse;
  std::vector<std::vector<double>> values(all.size());
  for (std::uint64_t r = 0; r < replications; r++) {
    const auto seen = simulation.run(2026, r, pulse);
    for (std::size_t i = 0; i < all.size(); i++) values[i].push_back(all[i](*seen));
  }
  std::vector<Means> found;
  for (const auto& v : values) found.push_back(means(v));
  return found;
}

// |z| < 4, and narrow enough to say something.
inline void check_means(const Floor& floor, const Span& s, const std::vector<Expected>& all,
                        std::uint64_t replications = 20, double narrow = 0.05, FloorOptions options = {}) {
  std::vector<Measure> measures;
  for (const Expected& e : all) measures.push_back(e.measure);
  const auto found = measured(floor, s, measures, replications, options);
  for (std::size_t i = 0; i < all.size(); i++) {
    const auto [mean, error] = found[i];
    const double z = (mean - all[i].mean) / error;
    INFO("measure " << i << ": expected " << all[i].mean << ", mean " << mean << " +- " << error << ", z = " << z);
    CHECK(std::abs(z) < 4);
    CHECK(error < narrow * all[i].mean);
  }
}

} // namespace centresim::design::test
