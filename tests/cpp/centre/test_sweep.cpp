// Sweeps: what their description says, the points it makes, and running them.
#include "catch.hpp"
#include "two_tools.hpp"

#include "centresim/centre/run_points.hpp"
#include "centresim/centre/sweep.hpp"
#include "centresim/core/error.hpp"
#include "centresim/schema/units.hpp"
#include "schema/faults.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace centresim::centre {
namespace {

Scenario line() { return two_tools("5 d", "0 d"); }
Sweep read(const std::string& text) { return read_sweep(schema::parse_toml(text, "sweep.toml")); }

std::vector<std::string> faults(const std::string& text) {
  return faults_of([&] { static_cast<void>(read(text)); });
}
std::vector<std::string> point_faults(const std::string& text) {
  return faults_of([&] { resolve_points(line(), read(text), [](auto, const auto&, const auto&) {}); });
}

TEST_CASE("a grid is every combination, the last path fastest", "[centre][sweep]") {
  const Sweep sweep = read("replications = 3\nseed = 7\n[grid]\n\"fab.load_factor\" = [0.4, 0.5]\n"
                           "\"fab.tool_groups.g.tools\" = [1, \"+1\", 3]\n");
  CHECK(sweep.replications == 3);
  CHECK(sweep.seed == 7);
  CHECK(sweep.paths == std::vector<std::string>{"fab.load_factor", "fab.tool_groups.g.tools"});
  const auto points = sweep_points(sweep);
  REQUIRE(points.size() == 6);
  CHECK(sweep.size() == 6);
  CHECK(point_text(points[1]) == "fab.load_factor = 0.4, fab.tool_groups.g.tools = +1");
  CHECK(point_text(points[3]) == "fab.load_factor = 0.5, fab.tool_groups.g.tools = 1");
  std::vector<std::int64_t> tools;
  resolve_points(line(), sweep, [&](std::int64_t i, const Overrides&, const Scenario& s) {
    CHECK(i == static_cast<std::int64_t>(tools.size()));
    CHECK(s == with(line(), points[static_cast<std::size_t>(i)]));
    tools.push_back(s.fab->tool_groups[0].tools);
  });
  CHECK(tools == std::vector<std::int64_t>{1, 3, 3, 1, 3, 3});
}

TEST_CASE("what a listed point does not give stays as it is", "[centre][sweep]") {
  const Sweep sweep = read("[[point]]\n[[point]]\n\"fab.tool_groups.g.tools\" = 3\n[[point]]\n"
                           "\"horizon\" = \"9 d\"\n\"fab.load_factor\" = 0.7\n");
  CHECK(sweep.paths == std::vector<std::string>{"fab.tool_groups.g.tools", "horizon", "fab.load_factor"});
  const auto points = sweep_points(sweep);
  REQUIRE(points.size() == 3);
  CHECK(point_text(points[0]) == "as the base");
  CHECK(point_text(points[2]) == "horizon = 9 d, fab.load_factor = 0.7");
  std::vector<Scenario> scenarios;
  resolve_points(line(), sweep, [&](std::int64_t, const Overrides&, const Scenario& s) { scenarios.push_back(s); });
  REQUIRE(scenarios.size() == 3);
  CHECK(scenarios[0] == line());
  CHECK(scenarios[1].fab->tool_groups[0].tools == 3);
  CHECK(scenarios[2] == with(line(), {{"horizon", "9 d"}, {"fab.load_factor", 0.7}}));
  // Also what no change could leave as it is, and what only some points name wrongly.
  std::vector<std::string> names;
  resolve_points(line(), read("[[point]]\nname = \"other\"\n[[point]]\n\"fab.tool_groups.g.rank\" = [\"fifo\"]\n"),
                 [&](std::int64_t, const Overrides&, const Scenario& s) { names.push_back(s.name); });
  CHECK(names == std::vector<std::string>{"other", "line"});
  CHECK(holds(point_faults("[[point]]\n[[point]]\n\"fab.lod\" = 3\n").at(0), "sweep.toml:3: fab.lod: 3"));
}

TEST_CASE("two paths that reach one field are refused", "[centre][sweep]") {
  const auto meet = [](const std::string& one, const std::string& other) {
    const auto all = point_faults("[grid]\n" + one + "\n" + other + "\n");
    return all.size() == 1 && holds(all.front(), "sweep.toml:3:") && holds(all.front(), "sets as well");
  };
  CHECK(meet("\"fab.tool_groups.*.tools\" = [1, 2]", "\"fab.tool_groups.g.tools\" = [3, 4]"));
  CHECK(meet("\"fab.tool_groups.g.tools\" = [2, 3]", "\"fab.tool_groups.g*.tools\" = [2, 3]"));
  CHECK(meet("\"fab.tool_groups[0].tools\" = [2, 3]", "\"fab.tool_groups.g.tools\" = [4, 5]"));
  CHECK(meet("\"fab.routes.r.steps.s.time\" = [\"30 min\"]", "\"fab.routes.*.steps.*.time\" = [\"20 min\"]"));
  // Of many points, wherever the values differ.
  std::string loads;
  for (int i = 0; i < 64; ++i) loads += std::to_string(0.5 + i * 0.001) + ", ";
  const auto grid = point_faults("[grid]\n\"fab.load_factor\" = [" + loads +
                                 "0.9]\n\"fab.tool_groups.g.tools\" = [2, 3]\n"
                                 "\"fab.tool_groups.*.tools\" = [2, 3]\n");
  CHECK((grid.size() == 1 && holds(grid.front(), "sets as well")));
  // Different fields, and changes that add up.
  CHECK(point_faults("[grid]\n\"fab.tool_groups.g.tools\" = [2]\n\"fab.tool_groups.*.rank\" = [[\"fifo\"]]\n").empty());
  CHECK(
      point_faults("[grid]\n\"fab.tool_groups.g.tools\" = [\"+1\"]\n\"fab.tool_groups.*.tools\" = [\"+1\"]\n").empty());
}

TEST_CASE("every fault of a sweep file is told with its line", "[centre][sweep]") {
  const auto all = faults("format = \"centresim-sweep/1\"\nreplications = 0\nseeds = 3\n"
                          "[grid]\n\"a.\" = [1]\nb = []\nc = 3\nfab.load = [1]\n\"d\" = [1, 2, 1]\n[[point]]\n");
  const auto told = [&](const std::string& place, const std::string& rule) {
    return std::ranges::count_if(all, [&](const auto& f) { return f.starts_with(place) && holds(f, rule); }) == 1;
  };
  CHECK(told("sweep.toml:2: replications: 0", "from 1 to"));
  CHECK(told("sweep.toml:3: seeds", "did you mean 'seed'?"));
  CHECK(told("sweep.toml:1:", "only one of [grid], [[point]] and [design]"));
  CHECK(told("sweep.toml:5: grid.", "is no path"));
  CHECK(told("sweep.toml:6: grid.b", "empty list"));
  CHECK(told("sweep.toml:7: grid.c", "must be a list of values"));
  CHECK(told("sweep.toml:8: grid.fab", "stands in quotes"));
  CHECK(told("sweep.toml:9: grid.d[2]", "twice"));
  CHECK(all.size() == 8);
}

TEST_CASE("descriptions that make no sense are refused", "[centre][sweep]") {
  CHECK(holds(faults("format = \"centresim-sweep/2\"\nnonsense = 1").at(0), "sweep.toml:1: format"));
  CHECK(faults("format = \"centresim-sweep/2\"\nnonsense = 1").size() == 1);
  CHECK(holds(faults("seed = 1").at(0), "needs one of [grid], [[point]] and [design]"));
  CHECK(holds(faults("grid = 3").at(0), "must be a table of"));
  CHECK(holds(faults("point = 3").at(0), "must be a list of tables"));
  CHECK(holds(faults("[[point]]\n[[point]]").at(0), "gives no"));
  CHECK(holds(faults("point = [1]").at(0), "must be a table"));
  const auto same = faults("[[point]]\nx = 1\ny = 2\n[[point]]\nx = 2\n[[point]]\ny = 2\nx = 1\n[[point]]\nx = 2\n");
  REQUIRE(same.size() == 2);
  CHECK(holds(same[0], "sweep.toml:6: point[2]"));
  CHECK(holds(same[0], "is the same as point[0]"));
  CHECK(holds(same[1], "is the same as point[1]"));
  std::string large = "[grid]\n";
  for (const char path : {'a', 'b', 'c'}) {
    large += std::string(1, path) + " = [0";
    for (int i = 1; i < 100; ++i) large += ", " + std::to_string(i);
    large += "]\n";
  }
  CHECK(holds(faults(large).at(0), "makes 1e+06 points: at most 100000"));
}

TEST_CASE("one path under two spellings is refused", "[centre][sweep]") {
  const char* twice[] = {"[grid]\n\"fab.load_factor\" = [0.4]\n'\"fab\".load_factor' = [0.5]\n",
                         "[[point]]\n\"fab.load_factor\" = 0.4\n'\"fab\".load_factor' = 0.5\n",
                         ("[design]\nkind=\"sobol\"\npoints=2\n[design.ranges]\n"
                          "\"fab.load_factor\" = [0.4, 0.5]\n'\"fab\".load_factor' = [0.5, 0.6]\n")};
  for (const char* text : twice) {
    const auto all = faults(text);
    REQUIRE(all.size() == 1);
    CHECK(holds(all[0], "is the same path as 'fab.load_factor'"));
  }
  // A star in quotes is a name, without them it stands for all.
  CHECK(faults("[grid]\n\"fab.tool_groups.*.tools\" = [1]\n'fab.tool_groups.\"*\".tools' = [2]\n").empty());
}

TEST_CASE("whole numbers beyond those that a double tells apart are refused", "[centre][sweep]") {
  const auto all = [](const std::string& range) {
    return faults("[design]\nkind = \"latin_hypercube\"\npoints = 4\n[design.ranges]\n"
                  "\"fab.tool_groups.g.tools\" = " +
                  range);
  };
  for (const char* range : {"[1000, 1e300]", "[-1e300, 5]", "[1, 1e300, \"log\"]", "[1, 9007199254740994]"}) {
    REQUIRE(all(range).size() == 1);
    CHECK(holds(all(range)[0], "at most 2^53"));
  }
  CHECK(all("[1, 9007199254740992]").empty());
}

TEST_CASE("ranges have two ends in order", "[centre][sweep]") {
  const auto fault = [](const std::string& range) {
    const auto all = faults("[design]\nkind = \"latin_hypercube\"\npoints = 4\n[design.ranges]\n\"x\" = " + range);
    return all.empty() ? std::string() : all.at(0);
  };
  CHECK(fault("[1, 2]").empty());
  CHECK(fault("[\"2 h\", \"3 d\"]").empty());
  CHECK(fault("[0.1, 2, \"log\"]").empty());
  CHECK(holds(fault("[2, 1]"), "sweep.toml:5: design.ranges.x"));
  CHECK(holds(fault("[1, 1]"), "below the upper one"));
  CHECK(holds(fault("[nan, 1]"), "finite"));
  CHECK(holds(fault("[-1e308, 1.7e308]"), "too wide"));
  CHECK(holds(fault("[0, 1, \"log\"]"), "above 0"));
  CHECK(holds(fault("[0, 1, 2]"), "\"log\""));
  CHECK(holds(fault("[1]"), "must be [low, high]"));
  CHECK(holds(fault("[1, \"2 h\"]"), "from one number to another"));
  CHECK(holds(fault("[\"1\", \"often\"]"), "from one number to another"));
  CHECK(holds(faults("[design]\nkind = \"circle\"\npoints = -1").at(1), "sweep.toml:2: design.kind"));
  CHECK(faults("[design]\nkind = \"circle\"\npoints = -1").size() == 3); // and no ranges
}

TEST_CASE("faults of points are told once, with the line of the value", "[centre][sweep]") {
  const auto all = point_faults("[grid]\n\"fab.load_factor\" = [0.8, \"much\"]\n\"fab.tolls\" = [1, 2]\n");
  REQUIRE(all.size() == 1); // a path that leads nowhere, whatever its values
  CHECK(holds(all[0], "sweep.toml:3: fab.tolls"));
  const auto values =
      point_faults("[grid]\n\"fab.tool_groups.g.tools\" = [1, 2, 3]\n\"fab.load_factor\" = [0.2, \"much\"]\n");
  REQUIRE(values.size() == 1);
  CHECK(
      holds(values[0], "sweep.toml:3: point 1 (fab.tool_groups.g.tools = 1, fab.load_factor = much): fab.load_factor"));
  CHECK(holds(values[0], "(and at 2 more points)"));
  // One rule broken by values that all differ, and by no point twice.
  const auto drawn = point_faults("[design]\nkind = \"sobol\"\npoints = 16\n[design.ranges]\n"
                                  "\"fab.load_factor\" = [-2.0, -1.0]\n");
  REQUIRE(drawn.size() == 1);
  CHECK(holds(drawn[0], "(and at 15 more points)"));
}

TEST_CASE("resolving stops at any point", "[centre][sweep]") {
  for (const char* first : {"0.4", "-1"}) { // also behind a point with a fault
    const Sweep sweep = read("[grid]\n\"fab.load_factor\" = [" + std::string(first) + ", 0.5, 0.6, 0.7]\n");
    int asked = 0;
    const auto stop = [&] { return ++asked == 7; }; // four values looked at, then the third point
    CHECK_THROWS_AS(resolve_points(line(), sweep, [](auto, const auto&, const auto&) {}, stop), core::Interrupted);
    CHECK(asked == 7);
  }
}

TEST_CASE("a point that cannot be run is named with its values", "[centre][sweep]") {
  // 50 min a lot every 40 min on one tool: 125 % of its time.
  const auto overload = point_faults("[grid]\n\"fab.tool_groups.g.tools\" = [2, 1]\n");
  REQUIRE(overload.size() == 1);
  CHECK(holds(overload[0], "sweep.toml:2: point 1 (fab.tool_groups.g.tools = 1): fab.tool_groups.g"));
  const auto warmup = point_faults("[grid]\n\"warmup\" = [\"1 d\", \"2 d\"]\n\"horizon\" = [\"2 d\", \"3 d\"]\n");
  REQUIRE(warmup.size() == 1);
  CHECK(holds(warmup[0], "point 2 (warmup = 2 d, horizon = 2 d): warmup"));
}

// McKay, Beckman and Conover (1979): of n equal strata of every range each holds one point.
TEST_CASE("a Latin hypercube meets every stratum once", "[centre][sweep]") {
  const std::string text = "[design]\nkind = \"latin_hypercube\"\npoints = 50\n[design.ranges]\n\"x\" = [0.0, 50.0]\n"
                           "\"y\" = [1, 100, \"log\"]\n\"z\" = [\"0 h\", \"50 h\"]\n";
  const auto points = sweep_points(read(text));
  REQUIRE(points.size() == 50);
  std::set<int> x, y, z;
  std::vector<double> order;
  for (const Overrides& point : points) {
    order.push_back(*point[0].second.number());
    x.insert(static_cast<int>(*point[0].second.number()));
    y.insert(static_cast<int>(25 * std::log10(*point[1].second.number())));
    std::string rule;
    z.insert(static_cast<int>(*schema::parse_ticks(*point[2].second.text(), "", rule) / core::kTicksPerHour));
  }
  CHECK(x.size() == 50);
  CHECK(y.size() == 50);
  CHECK(z.size() == 50);
  CHECK(!std::ranges::is_sorted(order));
  CHECK(sweep_points(read(text)) == points);
  CHECK(sweep_points(read("seed = 9\n" + text)) == points); // the seed of the runs is another
  std::string other = text;
  CHECK(sweep_points(read(other.insert(other.find("points"), "seed = 2\n"))) != points);
}

// Any 2^k first points of a Sobol sequence have one in each of 2^k strata of every axis; the first two axes together
// are a (0, k, 2)-net: one in every box of 2^-a by 2^-(k - a).
TEST_CASE("Sobol points are a net", "[centre][sweep]") {
  const auto points =
      sweep_points(read("[design]\nkind = \"sobol\"\npoints = 64\n[design.ranges]\n\"x\" = [0.0, 64.0]\n"
                        "\"y\" = [0.0, 64.0]\n\"z\" = [0.0, 64.0]\n"));
  REQUIRE(points.size() == 64);
  const auto at = [&](std::size_t i, std::size_t axis) { return *points[i][axis].second.number(); };
  for (std::size_t axis = 0; axis < 3; ++axis) {
    std::set<int> strata;
    for (std::size_t i = 0; i < 64; ++i) strata.insert(static_cast<int>(at(i, axis)));
    CHECK(strata.size() == 64);
  }
  for (int a = 1; a < 6; ++a) {
    std::set<std::pair<int, int>> boxes;
    for (std::size_t i = 0; i < 64; ++i)
      boxes.emplace(static_cast<int>(at(i, 0)) >> a, static_cast<int>(at(i, 1)) >> (6 - a));
    CHECK(boxes.size() == 64);
  }
}

TEST_CASE("fields of whole numbers get whole numbers, each end as often", "[centre][sweep]") {
  const auto points = sweep_points(read("[design]\nkind = \"latin_hypercube\"\npoints = 30\n[design.ranges]\n"
                                        "\"fab.tool_groups.g.tools\" = [2, 4]\n\"fab.load_factor\" = [1, 2]\n"));
  std::multiset<std::int64_t> tools;
  for (const Overrides& point : points) {
    REQUIRE(point[0].second.integer() != nullptr);
    REQUIRE(point[1].second.real() != nullptr);
    tools.insert(*point[0].second.integer());
  }
  for (const std::int64_t n : {2, 3, 4}) CHECK(tools.count(n) == 10);
}

TEST_CASE("points run together give what each gives alone", "[centre][sweep]") {
  std::vector<Scenario> scenarios;
  resolve_points(line(), read("[grid]\n\"fab.load_factor\" = [0.5, 0.7, 0.9]\n"),
                 [&](auto, const auto&, const Scenario& s) { scenarios.push_back(s); });
  for (const int threads : {1, 2})        // one by one, and
    for (const std::int64_t n : {2, 8}) { // with two replications side by side
      RunOptions options;
      options.replications = n;
      options.seed = 5;
      options.threads = threads;
      double last = 0;
      options.monitor = [&](const core::Progress& p) {
        CHECK(p.total == static_cast<double>(3 * n));
        CHECK(p.done >= last - 1e-9);
        last = p.done;
        return core::Control::go;
      };
      std::vector<std::string> digests(3);
      PointsJob job;
      job.points = 3;
      job.scenario = [&](std::int64_t i) { return std::optional(scenarios[static_cast<std::size_t>(i)]); };
      job.done = [&](std::int64_t i, Result&& r) { digests[static_cast<std::size_t>(i)] = digest(r); };
      const PointsDone done = run_points(job, options);
      CHECK(done.run == 3);
      CHECK(!done.interrupted);
      options.monitor = {};
      for (std::size_t i = 0; i < 3; ++i) CHECK(digests[i] == digest(run(scenarios[i], options)));
      CHECK(digests[0] != digests[1]);
    }
}

TEST_CASE("a point that cannot go on leaves the others alone", "[centre][sweep]") {
  Scenario flooded = line();
  flooded.fab->max_wip = 1; // the second lot in process is one too many
  for (const int threads : {1, 2}) {
    RunOptions options;
    options.threads = threads;
    std::vector<std::int64_t> finished;
    PointsJob job;
    job.points = 3;
    job.scenario = [&](std::int64_t i) { return std::optional(i == 1 ? flooded : line()); };
    job.done = [&](std::int64_t i, Result&&) { finished.push_back(i); };
    const PointsDone done = run_points(job, options);
    std::ranges::sort(finished);
    CHECK(finished == std::vector<std::int64_t>{0, 2});
    REQUIRE(done.failures.size() == 1);
    CHECK(done.failures[0].point == 1);
    CHECK(done.failures[0].model);
    CHECK(!done.interrupted);
  }
}

TEST_CASE("stopping keeps the points that are finished", "[centre][sweep]") {
  RunOptions options;
  options.threads = 1;
  std::vector<std::int64_t> finished;
  PointsJob job;
  job.points = 5;
  job.scenario = [&](std::int64_t i) { return i == 0 ? std::nullopt : std::optional(line()); };
  job.done = [&](std::int64_t i, Result&&) { finished.push_back(i); };
  options.monitor = [&](const core::Progress&) {
    return finished.size() == 2 ? core::Control::stop : core::Control::go;
  };
  const PointsDone done = run_points(job, options);
  CHECK(finished == std::vector<std::int64_t>{1, 2});
  CHECK(done.interrupted);
  CHECK(done.skipped == 1);
  CHECK(done.run == 2);
}

} // namespace
} // namespace centresim::centre
