#include "catch.hpp"
#include "small_line.hpp"

#include "centresim/fab/expected.hpp"

using namespace small_line;

namespace {

constexpr double kMinute = static_cast<double>(core::kTicksPerMinute);

// Visits by Gaussian elimination of the traffic equations: x = arrival + x P, with P over candidate steps.
std::vector<double> visits_by_elimination(const fab::Route& route) {
  const std::size_t n = route.steps.size();
  std::vector<std::vector<double>> a(n, std::vector<double>(n + 1, 0));
  for (std::size_t k = 0; k < n; k++) a[k][k] = 1;
  a[0][n] = 1;
  for (std::size_t k = 0; k < n; k++) {
    const fab::Step& s = route.steps[k];
    const double q = s.sampling * s.rework;
    if (k + 1 < n) a[k + 1][k] -= 1 - q;
    for (std::size_t t = 0; t < k; t++)
      if (route.steps[t].name == s.rework_to) a[t][k] -= q;
  }
  for (std::size_t p = 0; p < n; p++)
    for (std::size_t r = 0; r < n; r++) {
      if (r == p || a[r][p] == 0) continue;
      const double m = a[r][p] / a[p][p];
      for (std::size_t c = p; c <= n; c++) a[r][c] -= m * a[p][c];
    }
  std::vector<double> visits;
  for (std::size_t k = 0; k < n; k++) visits.push_back(route.steps[k].sampling * a[k][n] / a[k][k]);
  return visits;
}

} // namespace

TEST_CASE("Expected step time: lot, wafer, batch, cascading, for 1, 2 and 25 wafers", "[fab][expected]") {
  fab::ToolGroup g = group("g");
  g.load = minutes(1);
  g.unload = minutes(2);
  fab::Step s = step("s", "g", "uniform(10 min, 5 min)");
  const auto at = [&](double n) { return fab::expected_step_time(g, s, n) / kMinute; };
  CHECK(at(1) == 13);
  CHECK(at(25) == 13);
  s.per = fab::ProcessUnit::wafer;
  CHECK(at(1) == 13);
  CHECK(at(2) == 23);
  CHECK(at(25) == 253);
  g.cascading = true;
  s.interval = minutes(6);
  CHECK(at(1) == 13);
  CHECK(at(2) == 19);
  CHECK(at(25) == 3 + 10 + 24 * 6);
  s.interval = minutes(2); // the second position takes 8 min and limits
  CHECK(at(3) == 3 + 26);
  s.per = fab::ProcessUnit::lot;
  CHECK(at(25) == 13);
  g.cascading = false;
  s.interval.reset();
  s.per = fab::ProcessUnit::batch;
  CHECK(at(25) == 13);
}

TEST_CASE("Visits follow sampling and rework", "[fab][expected]") {
  fab::Fab f = line(); // inspect: half of the lots, a tenth of them back to litho
  const auto visits = fab::expected_visits(f.routes[0]);
  const double q = 0.05;
  CHECK(visits[0] == 1);
  CHECK(visits[1] == 1);
  CHECK(visits[2] == Approx(1 / (1 - q)).epsilon(1e-14));
  CHECK(visits[3] == Approx(0.5 / (1 - q)).epsilon(1e-14));
  CHECK(visits[4] == 1);
  CHECK(visits[6] == 1);
}

TEST_CASE("Visits of nested and overlapping rework loops solve the traffic equations", "[fab][expected]") {
  fab::Route r{"r", {}};
  for (int i = 0; i < 12; i++) r.steps.push_back(step("s" + std::to_string(i), "g", "1 min"));
  const auto loop = [&](std::size_t from, std::size_t to, double share, double sampling) {
    r.steps[from].rework_to = "s" + std::to_string(to);
    r.steps[from].rework = share;
    r.steps[from].sampling = sampling;
  };
  loop(4, 2, 0.3, 0.7);
  loop(5, 0, 0.2, 1); // around the first
  loop(8, 6, 0.9, 0.5);
  loop(9, 7, 0.4, 1); // crosses the one before
  loop(11, 10, 0.99, 1);
  const auto visits = fab::expected_visits(r), expected = visits_by_elimination(r);
  for (std::size_t i = 0; i < visits.size(); i++) CHECK(visits[i] == Approx(expected[i]).epsilon(1e-12));
}

TEST_CASE("Transport depends on where the lot was performed last", "[fab][expected]") {
  fab::Fab f;
  f.tool_groups = {group("a"), group("b"), group("c")};
  f.tool_groups[0].location = "A";
  f.tool_groups[1].location = "B";
  f.routes = {{"r",
               {step("1", "a", "1 min"), step("2", "b", "1 min"), step("3", "a", "1 min"), step("4", "c", "1 min"),
                step("5", "a", "1 min")}}};
  f.routes[0].steps[1].sampling = 0.25;
  f.transport = {{"A", "A", law("4 min")}, {"A", "B", law("8 min")}, {"B", "A", law("20 min")}};
  const auto t = fab::expected_transport(f, f.routes[0]);
  CHECK(t[0] == 0);
  CHECK(t[1] / kMinute == Approx(8));
  CHECK(t[2] / kMinute == Approx(0.75 * 4 + 0.25 * 20));
  CHECK(t[3] == 0); // to nowhere
  CHECK(t[4] == 0); // from nowhere
}

TEST_CASE("Raw process time and remaining work of a line worked out by hand", "[fab][expected]") {
  const fab::Fab f = line();
  // wafers 25: clean 10 + 24 x 6, furnace 300 and 6 on the way, litho 25 and inspect 10 in 1/0.95 passes, implant 30,
  // etch 45, litho2 50
  const double expected = 154 + 306 + (25 + 10) / 0.95 + 30 + 45 + 50;
  CHECK(fab::raw_process_time(f, f.products[0], 25) / kMinute == Approx(expected).epsilon(1e-12));
  CHECK(fab::raw_process_time(f, f.routes[0], 1) / kMinute == Approx(expected - 144 - 24 / 0.95).epsilon(1e-12));
  const auto rest = fab::remaining_work(f, f.routes[0], 25);
  REQUIRE(rest.size() == 8);
  CHECK(rest[7] == 0);
  CHECK(rest[5] / kMinute == Approx(95));
  CHECK(rest[3] / kMinute == Approx(10 + 30 + 95)); // sampling counts, rework and transport do not
  CHECK(rest[0] / kMinute == Approx(154 + 300 + 25 + 10 + 30 + 95));
}

TEST_CASE("Smallest and largest values of laws", "[fab][expected]") {
  CHECK(fab::smallest(law("uniform(10 min, 4 min)")) == 6 * kMinute);
  CHECK(fab::largest(law("uniform(10 min, 4 min)")) == 14 * kMinute);
  CHECK(fab::smallest(law("triangular(1 min, 2 min, 5 min)")) == kMinute);
  CHECK(fab::largest(law("triangular(1 min, 2 min, 5 min)")) == 5 * kMinute);
  CHECK(fab::smallest(law("exponential(10 min)")) == 0);
  CHECK(std::isinf(fab::largest(law("exponential(10 min)"))));
  CHECK(fab::smallest(law("empirical(1 min, 2 min, 3 min; 0, 1, 1)")) == 2 * kMinute);
  CHECK(fab::largest(law("empirical(1 min, 2 min, 3 min; 1, 1, 0)")) == 2 * kMinute);
}
