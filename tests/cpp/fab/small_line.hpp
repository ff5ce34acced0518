// A small line with one of everything, for tests that break one thing at a time.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/fab/values.hpp"

#include <stdexcept>
#include <string>

namespace small_line {

using namespace centresim;
using common::Distribution;
using schema::Duration;

inline Distribution law(const std::string& text) {
  Distribution d;
  schema::Rules rules;
  rules.unit = "min";
  const std::string rule = common::parse_distribution(text, rules, d);
  if (!rule.empty()) throw std::logic_error(text + ": " + rule);
  return d;
}
inline Distribution mean_law(const std::string& text) { return law("exponential(" + text + ")"); }
inline Duration minutes(double m) { return {static_cast<core::Tick>(m * core::kTicksPerMinute)}; }

inline fab::ToolGroup group(const std::string& name, std::int64_t tools = 1) {
  fab::ToolGroup g;
  g.name = name;
  g.tools = tools;
  return g;
}
inline fab::Step step(const std::string& name, const std::string& tool_group, const std::string& time) {
  fab::Step s;
  s.name = name;
  s.tool_group = tool_group;
  s.time = law(time);
  return s;
}

// clean (cascading) -> furnace (batch) -> litho -> inspect (rework to litho) -> implant (minimum runs) -> etch ->
// litho2
inline fab::Fab line() {
  fab::Fab f;
  fab::ToolGroup clean = group("clean"), furnace = group("furnace"), litho = group("litho", 2), meter = group("meter"),
                 implant = group("implant"), etch = group("etch");
  clean.cascading = true;
  furnace.batch_mix = fab::BatchMix::route_step;
  clean.location = furnace.location = "bay";
  implant.minimum_runs = {{"boron", 5}};
  fab::Breakdown failure;
  failure.mttf = mean_law("100 h");
  failure.mttr = mean_law("5 h");
  litho.breakdowns = {failure};
  fab::Maintenance weekly;
  weekly.every = Duration{7 * core::kTicksPerDay};
  weekly.duration = law("uniform(4 h, 1 h)");
  litho.maintenance = {weekly};
  f.tool_groups = {clean, furnace, litho, meter, implant, etch};

  fab::Step s1 = step("clean", "clean", "uniform(10 min, 2 min)"), s2 = step("furnace", "furnace", "5 h"),
            s3 = step("litho", "litho", "1 min"), s4 = step("inspect", "meter", "20 min"),
            s5 = step("implant", "implant", "30 min"), s6 = step("etch", "etch", "45 min"),
            s7 = step("litho2", "litho", "50 min");
  s1.per = fab::ProcessUnit::wafer;
  s1.interval = minutes(6);
  s1.queue_time_to = "furnace";
  s1.queue_time_limit = minutes(240);
  s2.per = fab::ProcessUnit::batch;
  s2.batch_min = 50;
  s2.batch_max = 100;
  s3.per = fab::ProcessUnit::wafer;
  s3.setup = "mask A";
  s3.setup_time = law("8 min");
  s3.dedicates = "litho2";
  s4.sampling = 0.5;
  s4.rework_to = "litho";
  s4.rework = 0.1;
  s5.setup = "boron";
  f.routes = {{"main", {s1, s2, s3, s4, s5, s6, s7}}};
  f.products = {{"chip", "main", ""}};
  fab::Release r;
  r.product = "chip";
  r.every = mean_law("600 min");
  r.due_factor = 2.5;
  f.releases = {r};
  fab::Lot l;
  l.name = "first";
  l.product = "chip";
  l.step = "litho";
  f.lots = {l};
  f.setup_times = {{"", "boron", law("60 min")}};
  f.transport = {{"bay", "bay", law("uniform(6 min, 2 min)")}};
  return f;
}

} // namespace small_line
