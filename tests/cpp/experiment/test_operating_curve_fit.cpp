// Operating curves of queues whose cycle times are known in closed form.
#include "catch.hpp"
#include "centresim/experiment/operating_curve_fit.hpp"
#include "draws.hpp"

#include <algorithm>

using namespace centresim::experiment;

namespace {

const double kNaN = std::nan("");
constexpr int kExperiments = 2000;

double mm1(double load) { return 1 / (1 - load); }

// Cycle time in M/M/c with mean service 1: 1 + C / (c - a), C by Erlang's recursion for the loss probability.
double mmc(int servers, double load) {
  const double a = load * servers;
  double loss = 1;
  for (int i = 1; i <= servers; i++) loss = a * loss / (i + a * loss);
  return 1 + loss / (1 - load * (1 - loss)) / (servers - a);
}

// The mean of n replications with that standard deviation; without draws exactly the mean.
LoadPoint point(double load, double mean, double sd, std::size_t n, Draws* draws = nullptr) {
  if (draws != nullptr) return {load, estimate(draws->normals(n, mean, sd))};
  return {load, {mean, mean, mean, sd, static_cast<std::int64_t>(n)}};
}

// Average time in M/M/1 over so many customers, which begin in the long run's law: Lindley's recursion.
double simulated_mm1(double load, int customers, Draws& draws) {
  double wait = draws.uniform() < load ? draws.exponential(1 / (1 - load)) : 0, sum = 0;
  for (int i = 0; i < customers; i++) {
    const double service = draws.exponential();
    sum += wait + service;
    wait = std::max(0.0, wait + service - draws.exponential(1 / load));
  }
  return sum / customers;
}

} // namespace

TEST_CASE("The curve of M/M/1 is found again: 1 + x / (1 - x)", "[experiment]") {
  std::vector<LoadPoint> points;
  for (const double load : {0.3, 0.6, 0.9, 0.95}) points.push_back(point(load, mm1(load), load, 10));
  const OperatingCurve one = fit_operating_curve(points, {1, 1.0}), two = fit_operating_curve(points, {2, 1.0});
  CHECK(one.coefficients.at(0) == Approx(1));
  CHECK(one.coefficients.at(1) == Approx(1));
  CHECK(two.coefficients.at(0) == Approx(1));
  CHECK(two.coefficients.at(1) == Approx(1));
  CHECK(two.coefficients.at(2) == Approx(0).margin(1e-9));
  for (const double load : {0.0, 0.5, 0.85, 0.99}) CHECK(expected_cycle_time(one, load).value == Approx(mm1(load)));
  CHECK(one.misfit_p_value == Approx(1));
  CHECK(one.exponent == 1);
}

TEST_CASE("With as many parameters as loads the curve goes through the points, with their own intervals",
          "[experiment]") {
  const std::vector<LoadPoint> points{{0.5, estimate(std::vector<double>{2, 2.5, 1.8, 2.2})},
                                      {0.8, estimate(std::vector<double>{4, 5, 6, 5.5, 5})},
                                      {0.9, estimate(std::vector<double>{11, 9, 10})}};
  const OperatingCurve curve = fit_operating_curve(points);
  for (const LoadPoint& p : points) {
    const CurveValue v = expected_cycle_time(curve, p.load);
    CHECK(v.value == Approx(p.cycle_time.mean));
    CHECK(v.low == Approx(p.cycle_time.low));
    CHECK(v.high == Approx(p.cycle_time.high));
  }
  CHECK(std::isnan(curve.misfit_p_value));
}

TEST_CASE("Weights and misfit, by hand", "[experiment]") {
  // 1 and x / (1 - x) at 0, 0.5, 0.5: 0 and 1. Means 1, 2.6, 1.6, variances 0.01, 0.04, 0.01. The spread has one
  // variance for both points at 0.5, so the curve goes through 2.1, with variance (0.04 + 0.01) / 4.
  const std::vector<LoadPoint> points{point(0, 1, 1, 100), point(0.5, 2.6, 2, 100), point(0.5, 1.6, 1, 100)};
  const OperatingCurve curve = fit_operating_curve(points, {1, 1.0});
  CHECK(curve.coefficients.at(0) == Approx(1));
  CHECK(curve.coefficients.at(1) == Approx(1.1));
  CHECK(curve.spread_slope == Approx(1)); // log of 1 at 0, of 2 at 0.5
  const CurveValue v = expected_cycle_time(curve, 0.5);
  const double freedom = 0.0125 * 0.0125 * 99 / (std::pow(0.04 / 4, 2) + std::pow(0.01 / 4, 2)); // 145.6
  CHECK(v.value == Approx(2.1));
  CHECK(v.high - v.value == Approx(student_t_95(static_cast<std::int64_t>(freedom)) * std::sqrt(0.0125)).epsilon(1e-4));
  // Misfit with the observed weights: about 1.8, leverages 1, 0.2, 0.8: 0.64 / 0.04 + 0.04 / 0.01 = 20, as t^2 with
  // 99 / (0.8^2 + 0.2^2) = 145.588 degrees of freedom: 2 stats.t.sf(sqrt(20), 145.588).
  CHECK(curve.misfit_p_value == Approx(1.5485284641606978e-05));
}

TEST_CASE("The curve of M/M/5 from six loads", "[experiment]") {
  std::vector<LoadPoint> points;
  for (const double load : {0.4, 0.6, 0.7, 0.8, 0.9, 0.95})
    points.push_back(point(load, mmc(5, load), 0.05 / (1 - load), 20));
  CHECK(mmc(5, 0.9) == Approx(2.524986).epsilon(1e-6));
  const OperatingCurve curve = fit_operating_curve(points, {4, 1.0});
  for (const double load : {0.45, 0.5, 0.65, 0.75, 0.85, 0.88, 0.93, 0.96})
    CHECK(expected_cycle_time(curve, load).value == Approx(mmc(5, load)).epsilon(0.005));
  CHECK(curve.misfit_p_value > 0.99);
}

TEST_CASE("The exponent is found again", "[experiment]") {
  const auto truth = [](double x) { return 2 + 0.7 * x * std::pow(1 - x, -1.3); };
  std::vector<LoadPoint> points;
  for (const double load : {0.3, 0.5, 0.7, 0.8, 0.9}) points.push_back(point(load, truth(load), 0.1, 10));
  const OperatingCurve curve = fit_operating_curve(points, {1, std::nullopt});
  CHECK(curve.exponent == Approx(1.3).epsilon(1e-4));
  CHECK(curve.exponent_estimated);
  CHECK(curve.coefficients.at(1) == Approx(0.7).epsilon(1e-3));
  CHECK(expected_cycle_time(curve, 0.85).value == Approx(truth(0.85)));
}

TEST_CASE("Intervals of the curve and of predictions cover", "[experiment]") {
  // M/M/1, standard deviation 0.2 / (1 - x)^1.5 of one replication, 10 of them at each of five loads.
  const auto sd = [](double load) { return 0.2 * std::pow(1 - load, -1.5); };
  int expected = 0, predicted = 0, misfits = 0, with_exponent = 0;
  for (int e = 0; e < kExperiments; e++) {
    Draws draws(1, static_cast<std::uint64_t>(e));
    std::vector<LoadPoint> points;
    for (const double load : {0.3, 0.5, 0.7, 0.8, 0.9}) points.push_back(point(load, mm1(load), sd(load), 10, &draws));
    const OperatingCurve curve = fit_operating_curve(points);
    const CurveValue at = expected_cycle_time(curve, 0.85), next = predicted_cycle_time(curve, 0.75, 3);
    expected += at.low <= mm1(0.85) && mm1(0.85) <= at.high;
    const double seen = estimate(draws.normals(3, mm1(0.75), sd(0.75))).mean;
    predicted += next.low <= seen && seen <= next.high;
    misfits += curve.misfit_p_value < 0.05;
    const CurveValue free = expected_cycle_time(fit_operating_curve(points, {1, std::nullopt}), 0.85);
    with_exponent += free.low <= mm1(0.85) && mm1(0.85) <= free.high;
  }
  CAPTURE(expected, predicted, misfits, with_exponent);
  CHECK(std::abs(z_of_count(expected, kExperiments, 0.95)) < 4);
  CHECK(std::abs(z_of_count(predicted, kExperiments, 0.95)) < 4);
  CHECK(std::abs(z_of_count(misfits, kExperiments, 0.05)) < 4);
  CHECK(std::abs(z_of_count(with_exponent, kExperiments, 0.95)) < 4);
}

TEST_CASE("A form that fits is doubted in one of 20, also with few replications at many loads", "[experiment]") {
  int misfits = 0;
  for (int e = 0; e < kExperiments; e++) {
    Draws draws(2, static_cast<std::uint64_t>(e));
    std::vector<LoadPoint> points;
    for (int i = 1; i <= 9; i++) points.push_back(point(0.1 * i, mm1(0.1 * i), 0.3 / (1 - 0.1 * i), 10, &draws));
    misfits += fit_operating_curve(points, {1, 1.0}).misfit_p_value < 0.05;
  }
  CAPTURE(misfits);
  CHECK(std::abs(z_of_count(misfits, kExperiments, 0.05)) < 4);
}

TEST_CASE("The spread of a replication is fitted over the load", "[experiment]") {
  std::vector<LoadPoint> points;
  for (const double load : {0.3, 0.5, 0.7, 0.8, 0.9}) points.push_back(point(load, mm1(load), 0.2 / (1 - load), 2001));
  const OperatingCurve curve = fit_operating_curve(points);
  CHECK(curve.spread_slope == Approx(2));
  CHECK(curve.spread_level == Approx(2 * std::log(0.2) + 1.0 / 2000));
  const CurveValue one = predicted_cycle_time(curve, 0.75, 1), many = predicted_cycle_time(curve, 0.75, 1'000'000'000);
  CHECK((one.high - one.low) / 2 == Approx(1.96 * 0.8).epsilon(0.01));
  CHECK(many.high == Approx(expected_cycle_time(curve, 0.75).high));
}

TEST_CASE("A simulated M/M/1 lies on its curve, a form that cannot follow is told", "[experiment]") {
  std::vector<LoadPoint> points;
  for (const double load : {0.3, 0.5, 0.7, 0.8, 0.9}) {
    std::vector<double> values;
    for (std::uint64_t r = 0; r < 10; r++) {
      Draws draws(static_cast<std::uint64_t>(100 * load), r);
      values.push_back(simulated_mm1(load, 10'000, draws));
    }
    points.push_back({load, estimate(values)});
  }
  const OperatingCurve curve = fit_operating_curve(points);
  CHECK(curve.misfit_p_value > 0.01);
  for (const double load : {0.4, 0.6, 0.75, 0.85}) {
    const CurveValue v = expected_cycle_time(curve, load);
    CAPTURE(load, v.value, v.low, v.high);
    CHECK(std::abs(v.value - mm1(load)) < 2 * (v.high - v.low) / 2); // about four standard errors
    CHECK((v.high - v.low) / 2 < 0.05 * v.value);
  }
  CHECK(fit_operating_curve(points, {1, 0.3}).misfit_p_value < 1e-4);
}

TEST_CASE("Loads that make no curve are refused", "[experiment]") {
  const auto refused = [](std::vector<LoadPoint> points, CurveForm form) {
    return refusal_of([&] { (void)fit_operating_curve(points, form); });
  };
  const LoadPoint a = point(0.5, 2, 1, 10), b = point(0.8, 5, 1, 10), c = point(0.9, 10, 1, 10);
  CHECK(refused({a, b, c}, {}).empty());
  CHECK(holds(refused({a, b}, {}), "at least 3 loads, there are 2"));
  CHECK(holds(refused({a, b, c}, {2, std::nullopt}), "at least 4 loads, there are 3"));
  CHECK(holds(refused({a, b, b}, {}), "too few different ones"));
  CHECK(holds(refused({a, b, c}, {0, 1.0}), "at least one term"));
  CHECK(holds(refused({a, b, c}, {2, 0.0}), "exponent must be above 0"));
  CHECK(holds(refused({a, b, point(1, 10, 1, 10)}, {}), "load 1 is not from 0 to below 1"));
  CHECK(holds(refused({a, b, point(kNaN, 10, 1, 10)}, {}), "load nan is not"));
  CHECK(holds(refused({a, b, point(0.9, 10, 1, 1)}, {}), "load 0.9 has fewer than two values"));
  CHECK(holds(refused({a, b, point(0.9, 10, 0, 10)}, {}), "load 0.9: the values do not vary"));
  const OperatingCurve curve = fit_operating_curve(std::vector<LoadPoint>{a, b, c});
  CHECK(holds(refusal_of([&] { (void)expected_cycle_time(curve, 1); }), "load 1 is not"));
  CHECK(holds(refusal_of([&] { (void)predicted_cycle_time(curve, 0.5, 0); }), "at least one replication"));
}
