// Estimates against SciPy; the table of key figures and its inverse; what a digest covers.
#include "catch.hpp"
#include "centresim/experiment/kpi.hpp"

#include <cmath>
#include <random>
#include <stdexcept>

using namespace centresim::experiment;

namespace {
const double kNaN = std::nan("");

std::vector<KpiSeries> example() {
  return {
      {{"fab.cycle_time", "d", "time from release to finish", Better::lower},
       {{"product", "A"}, {"kind", "regular"}},
       {20, 22, 27},
       0.25},
      {{"fab.wip", "lots", "lots in process", Better::neither}, {}, {100, 100, 103}},
      {{"fab.cycle_time", "d", "time from release to finish", Better::lower}, {{"product", "B"}}, {kNaN, 30, kNaN}, 0},
      {{"fab.on_time", "1", "share of lots finished in time", Better::higher}, {{"kind", "hot"}}, {kNaN, kNaN, kNaN}}};
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
} // namespace

TEST_CASE("An estimate is the mean with SciPy's t interval", "[experiment]") {
  struct {
    std::vector<double> values;
    double mean, low, high, sd;
  } const cases[] = {// stats.t.interval(0.95, n - 1, loc=mean, scale=stats.sem(values)), np.std(ddof=1)
                     {{1, 2, 4, 8}, 3.75, -1.1759430482302937, 8.675943048230295, 3.095695936834452},
                     {{3, 3, 3}, 3, 3, 3, 0},
                     {{5, -1}, 2, -36.11861420852408, 40.11861420852408, 4.242640687119285}};
  for (const auto& c : cases) {
    const Estimate e = estimate(c.values);
    CHECK(e.n == static_cast<std::int64_t>(c.values.size()));
    CHECK(e.mean == Approx(c.mean).epsilon(1e-13));
    CHECK(e.low == Approx(c.low).epsilon(1e-12));
    CHECK(e.high == Approx(c.high).epsilon(1e-12));
    CHECK(e.sd == Approx(c.sd).epsilon(1e-13));
  }
  const std::int64_t freedom[] = {1, 2, 9, 31, 1000}; // stats.t.ppf(0.975, freedom)
  const double points[] = {12.706204736174694, 4.302652729749462, 2.262157162798205, 2.039513446396408,
                           1.9623390808264083};
  for (std::size_t i = 0; i < 5; ++i) CHECK(student_t_95(freedom[i]) == Approx(points[i]).epsilon(1e-12));
}

TEST_CASE("What is missing is skipped: one value has no interval, none has no mean", "[experiment]") {
  const Estimate with_gaps = estimate(std::vector<double>{kNaN, 1, kNaN, 2, 4, 8});
  CHECK(with_gaps.n == 4);
  CHECK(with_gaps.low == Approx(-1.1759430482302937));
  const Estimate one = estimate(std::vector<double>{kNaN, 7});
  CHECK(one.n == 1);
  CHECK(one.mean == 7);
  CHECK((std::isnan(one.low) && std::isnan(one.high) && std::isnan(one.sd)));
  for (const auto& values : {std::vector<double>{}, std::vector<double>{kNaN}}) {
    CHECK(estimate(values).n == 0);
    CHECK(std::isnan(estimate(values).mean));
  }
}

TEST_CASE("95 % intervals cover the true mean in 95 % of experiments", "[experiment]") {
  std::mt19937_64 engine(5);
  int covered = 0;
  for (int experiment = 0; experiment < 2000; ++experiment) {
    std::vector<double> values(8);
    for (double& x : values) { // sum of twelve uniforms less 6: close to normal, mean 0
      x = -6;
      for (int i = 0; i < 12; ++i) x += static_cast<double>(engine() >> 11) * 0x1p-53;
    }
    const Estimate e = estimate(values);
    covered += e.low <= 0 && 0 <= e.high ? 1 : 0;
  }
  CHECK(covered > 1860);
  CHECK(covered < 1940);
}

TEST_CASE("The table of key figures gives its rows back", "[experiment]") {
  const auto series = example();
  const Group group = kpi_group(series, 3);
  const auto rows = read_kpis(group);
  REQUIRE(rows.size() == series.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].info == series[i].info);
    CHECK(rows[i].labels == series[i].labels);
    CHECK(same(rows[i].estimate_share, series[i].estimate_share));
    const Estimate expected = estimate(series[i].values);
    CHECK(same(rows[i].estimate.mean, expected.mean));
    CHECK(same(rows[i].estimate.low, expected.low));
    CHECK(same(rows[i].estimate.high, expected.high));
    CHECK(same(rows[i].estimate.sd, expected.sd));
    CHECK(rows[i].estimate.n == expected.n);
  }
  CHECK(kpi_label(series[0].info, series[0].labels) == "fab.cycle_time[product=A, kind=regular]");
  CHECK(kpi_label(series[1].info, series[1].labels) == "fab.wip");
}

TEST_CASE("Every variable of the table has the length of its dimensions", "[experiment]") {
  for (const auto& series : {example(), std::vector<KpiSeries>{}}) {
    const Group group = kpi_group(series, 3);
    for (const Variable& variable : group.variables) {
      std::size_t length = 1;
      for (const auto& dimension : variable.dimensions)
        for (const auto& [name, size] : group.dimensions)
          if (name == dimension) length *= size;
      INFO(variable.name);
      CHECK(std::visit([](const auto& values) { return values.size(); }, variable.values) == length);
      CHECK_FALSE(variable.long_name.empty());
    }
    CHECK(read_kpis(group).size() == series.size());
  }
}

TEST_CASE("Tables that cannot be are refused", "[experiment]") {
  auto series = example();
  CHECK_THROWS_AS(kpi_group(series, 4), std::invalid_argument);
  series[0].labels.emplace_back("mean", "x");
  CHECK_THROWS_AS(kpi_group(series, 3), std::invalid_argument);
  CHECK_THROWS_AS(read_kpis(Group{}), std::runtime_error);
  for (std::size_t broken = 0; broken < 12; ++broken) {
    Group group = kpi_group(example(), 3);
    Variable& variable = group.variables[broken];
    if (variable.name == "kpi" || variable.name == "replication" || variable.name == "product" ||
        variable.name == "kind")
      continue;
    variable.values = std::vector<float>{1, 2};
    INFO(variable.name);
    CHECK_THROWS_AS(read_kpis(group), std::runtime_error);
    variable.name = "gone";
    CHECK_THROWS_AS(read_kpis(group), std::runtime_error);
  }
}

TEST_CASE("A digest covers integers, their names and shapes, and nothing else", "[experiment]") {
  Tree tree;
  tree[""] = Group{{{"replication", 2}}, {}, {}};
  tree["fab"] = Group{{{"tool", 2}},
                      {{"busy", {"replication", "tool"}, std::vector<std::int64_t>{1, 2, 3, 4}, "ms", ""},
                       {"state", {"tool"}, std::vector<std::int8_t>{0, 1}, "1", ""},
                       {"share", {"tool"}, std::vector<double>{0.5, 0.25}, "1", ""}},
                      {}};
  tree["run"] = Group{{}, {{"threads", {}, std::vector<std::int64_t>{4}, "1", ""}}, {}};
  const std::string before = digest(tree, "1");
  CHECK(before.size() == 64);
  CHECK(before == digest(tree, "1"));
  CHECK(before != digest(tree, "2"));

  const auto changed = [&](auto change) {
    Tree other = tree;
    change(other);
    return digest(other, "1") != before;
  };
  using Integers = std::vector<std::int64_t>;
  CHECK(changed([](Tree& t) { t["fab"].variables[0].values = Integers{1, 2, 3, 5}; }));
  CHECK(changed([](Tree& t) { t["fab"].variables[0].values = Integers{2, 1, 3, 4}; }));
  CHECK(changed([](Tree& t) { t["fab"].variables[0].name = "idle"; }));
  CHECK(changed([](Tree& t) { t["fab"].variables[1].values = std::vector<std::int8_t>{1, 1}; }));
  CHECK(changed([](Tree& t) { t["fab"].variables[0].dimensions = {"tool", "replication"}; }));
  CHECK(changed([](Tree& t) { t["fab"].variables.pop_back(), t["fab"].variables.pop_back(); }));
  CHECK(changed([](Tree& t) { t[""].dimensions[0].second = 3; }));
  CHECK(changed([](Tree& t) { t["site"] = t["fab"], t.erase("fab"); }));
  CHECK_FALSE(changed([](Tree& t) { t["fab"].variables[2].values = std::vector<double>{9, 9}; }));
  CHECK_FALSE(changed([](Tree& t) { t["run"].variables[0].values = Integers{1}; }));
  CHECK_FALSE(changed([](Tree& t) { std::swap(t["fab"].variables[0], t["fab"].variables[1]); }));
  CHECK_FALSE(changed([](Tree& t) { t["run/deeper"] = t["run"]; }));
  CHECK(changed([](Tree& t) { t["runway"] = t["run"]; }));
  CHECK_FALSE(changed([](Tree& t) { t["fab/trace"], t["fab/trace/lots"] = t["fab"]; }));
  CHECK(changed([](Tree& t) { t["fab/traces"] = t["fab"]; }));
}
