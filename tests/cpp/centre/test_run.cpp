// A scenario run in one call: the same result for any number of threads, partial results, errors.
#include "catch.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/kpi.hpp"

#include <cmath>

namespace centresim::centre {
namespace {

using core::kTicksPerDay;
using core::kTicksPerMinute;

common::Distribution exponential(double minutes) {
  return {core::LawKind::exponential, common::Dimension::time, {minutes * kTicksPerMinute}, {}};
}

// Two groups with breakdowns, rework, two products.
Scenario small() {
  fab::Fab f;
  for (const char* name : {"litho", "etch"}) {
    fab::ToolGroup g;
    g.name = name;
    g.tools = 2;
    fab::Breakdown b;
    b.mttf = exponential(3000);
    b.mttr = exponential(120);
    g.breakdowns = {b};
    f.tool_groups.push_back(g);
  }
  fab::Step expose, etch;
  expose.name = "expose";
  expose.tool_group = "litho";
  expose.time = exponential(60);
  etch.name = "etch";
  etch.tool_group = "etch";
  etch.time = exponential(70);
  etch.rework_to = "expose";
  etch.rework = 0.05;
  f.routes = {{"r", {expose, etch}}};
  for (const char* name : {"A", "B"}) {
    f.products.push_back({name, "r", {}});
    fab::Release r;
    r.product = name;
    r.every = exponential(100);
    r.due = schema::Duration{kTicksPerDay};
    f.releases.push_back(r);
  }
  Scenario s;
  s.name = "small";
  s.horizon = {60 * kTicksPerDay};
  s.warmup = {20 * kTicksPerDay};
  s.report_every = schema::Duration{10 * kTicksPerDay};
  s.fab = f;
  return s;
}

experiment::KpiRow kpi(const Result& r, const std::string& label) {
  for (const experiment::KpiRow& row : experiment::read_kpis(r.tree.at("")))
    if (experiment::kpi_label(row.info, row.labels) == label) return row;
  FAIL("no key figure " << label);
  return {};
}

template <class T> T attribute(const experiment::Group& group, const std::string& name) {
  for (const auto& [key, value] : group.attributes)
    if (key == name) return std::get<T>(value);
  FAIL("no attribute " << name);
  return {};
}

TEST_CASE("the digest is the same for 1, 2 and 4 threads, and another for another seed or scenario", "[threads]") {
  const Scenario s = small();
  RunOptions options;
  options.replications = 7;
  options.threads = 1;
  const Result one = run(s, options);
  CHECK(attribute<std::string>(one.tree.at(""), "digest") == digest(one));
  for (const int threads : {2, 4}) {
    options.threads = threads;
    const Result more = run(s, options);
    CHECK(digest(more) == digest(one));
    // and every observation and estimate: all but group "run", where threads and seconds live
    for (const auto& [path, group] : one.tree) {
      if (path.empty() || path == "run") continue;
      INFO(path);
      CHECK(more.tree.at(path) == group);
    }
    CHECK(kpi(more, "fab.cycle_time[product=A, kind=regular]").estimate.mean ==
          kpi(one, "fab.cycle_time[product=A, kind=regular]").estimate.mean);
  }
  options.seed = 2;
  CHECK(digest(run(s, options)) != digest(one));
  options.seed = 1;
  options.replications = 6;
  CHECK(digest(run(s, options)) != digest(one));
  options.replications = 7;
  Scenario other = s;
  other.fab->tool_groups[0].tools = 3;
  CHECK(digest(run(other, options)) != digest(one));
}

TEST_CASE("traces are the same for any number of threads", "[threads]") {
  Scenario s = small();
  s.horizon = {10 * kTicksPerDay};
  s.warmup = {};
  RunOptions options;
  options.replications = 4;
  options.trace_lots = options.trace_tools = true;
  options.threads = 1;
  const Result one = run(s, options);
  options.threads = 4;
  const Result four = run(s, options);
  REQUIRE(one.tree.contains("fab/trace/lots"));
  CHECK(four.tree.at("fab/trace/lots") == one.tree.at("fab/trace/lots"));
  CHECK(four.tree.at("fab/trace/tools") == one.tree.at("fab/trace/tools"));
  options.trace_lots = options.trace_tools = false;
  const Result plain = run(s, options);
  CHECK_FALSE(plain.tree.contains("fab/trace/lots"));
  CHECK(digest(plain) == digest(four)); // keeping a trace changes nothing of what is simulated
}

TEST_CASE("a run folds its replications into estimates with intervals, one replication has none") {
  RunOptions options;
  options.replications = 5;
  const auto row = kpi(run(small(), options), "fab.throughput[product=B, kind=regular]");
  CHECK(row.estimate.n == 5);
  CHECK(row.estimate.low < row.estimate.mean);
  CHECK(row.estimate.mean < row.estimate.high);
  CHECK(row.estimate.mean == Approx(14.4).epsilon(0.05)); // lots a day
  options.replications = 1;
  const auto alone = kpi(run(small(), options), "fab.throughput[product=B, kind=regular]");
  CHECK(alone.estimate.n == 1);
  CHECK(std::isnan(alone.estimate.low));
}

TEST_CASE("common random numbers: the same products see the same arrivals in a changed scenario") {
  Scenario s = small(), faster = small();
  faster.fab->tool_groups[1].tools = 3;
  RunOptions options;
  options.replications = 3;
  const Result a = run(s, options), b = run(faster, options);
  const auto released = [](const Result& r) {
    for (const experiment::Variable& v : r.tree.at("fab/flows").variables)
      if (v.name == "released") return v.values;
    return experiment::Values{};
  };
  CHECK(released(a) == released(b));
  CHECK(kpi(b, "fab.cycle_time[product=A, kind=regular]").estimate.mean <
        kpi(a, "fab.cycle_time[product=A, kind=regular]").estimate.mean);
}

TEST_CASE("a monitor sees progress and can stop the run", "[threads]") {
  RunOptions options;
  options.replications = 400;
  options.threads = 2;
  double last = 0;
  bool grows = true;
  options.monitor = [&](const core::Progress& p) {
    grows &= p.done >= last && p.done <= p.total && p.total == 400;
    last = p.done;
    return core::Control::go;
  };
  (void)run(small(), options);
  CHECK(grows);
  CHECK(last == 400);

  options.replications = 100'000;
  options.trace_lots = options.trace_tools = true;
  options.monitor = [](const core::Progress& p) { return p.done >= 3 ? core::Control::stop : core::Control::go; };
  const Result part = run(small(), options);
  CHECK_FALSE(part.tree.contains("fab/trace")); // who stops a run does not wait for them
  CHECK(attribute<std::int64_t>(part.tree.at("run"), "interrupted") == 1);
  const auto finished = attribute<std::int64_t>(part.tree.at(""), "replications");
  CHECK(finished >= 1);
  CHECK(finished < 100'000);
  // The same as if only so many had been asked for.
  options.replications = finished;
  options.monitor = {};
  CHECK(digest(run(small(), options)) == digest(part));
}

TEST_CASE("a run says what is wrong with its options, its values and its load") {
  const auto faults = [](const Scenario& s, const RunOptions& options) {
    try {
      (void)run(s, options);
    } catch (const core::InputError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  RunOptions options;
  options.replications = 0;
  options.threads = -1;
  const std::string both = faults(small(), options);
  CHECK(both.find("replications") != std::string::npos);
  CHECK(both.find("threads") != std::string::npos);

  Scenario s = small();
  s.fab.reset();
  CHECK(faults(s, {}).find("needs a fab, or a design floor") != std::string::npos);
  s = small();
  s.fab->routes[0].steps[0].tool_group = "lito";
  CHECK(faults(s, {}).find("litho") != std::string::npos); // did you mean
  s = small();
  s.warmup = s.horizon;
  CHECK_FALSE(faults(s, {}).empty());
  s = small();
  s.fab->load_factor = 2; // etch: 2 x 28.8 lots a day x 70 min / 0.95 on two tools
  CHECK(faults(s, {}).find("etch") != std::string::npos);
}

TEST_CASE("an error of the model on any thread ends the run", "[threads]") {
  Scenario s = small();
  s.fab->max_wip = 3;
  RunOptions options;
  options.replications = 8;
  options.threads = 4;
  CHECK_THROWS_AS((void)run(s, options), core::ModelError);
}

} // namespace
} // namespace centresim::centre
