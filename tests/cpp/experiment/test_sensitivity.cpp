// Sensitivity methods on functions whose answers are known in closed form, with and without noise.
#include "catch.hpp"
#include "centresim/experiment/sensitivity.hpp"
#include "draws.hpp"

#include <algorithm>
#include <map>
#include <numbers>
#include <set>

using namespace centresim::experiment;
using Outputs = std::vector<std::vector<double>>;

namespace {

const double kNaN = std::nan("");
constexpr double kPi = std::numbers::pi;

template <class Function> Outputs outputs_of(const std::vector<Point>& points, const Function& f) {
  Outputs outputs;
  for (const Point& p : points) outputs.push_back({f(p)});
  return outputs;
}

// A and B of n points, and their mixtures.
std::vector<Point> random_points(std::size_t n, std::size_t factors, std::uint64_t seed) {
  Draws draws(seed);
  std::vector<Point> a(n, Point(factors)), b(n, Point(factors));
  for (auto* matrix : {&a, &b})
    for (Point& p : *matrix)
      for (double& x : p) x = draws.uniform();
  return sobol_points(a, b);
}

// Ishigami and Homma (1990), a = 7, b = 0.1, from -pi to pi.
double ishigami(const Point& p) {
  const double x = kPi * (2 * p[0] - 1), y = kPi * (2 * p[1] - 1), z = kPi * (2 * p[2] - 1);
  return std::sin(x) + 7 * std::sin(y) * std::sin(y) + 0.1 * z * z * z * z * std::sin(x);
}

} // namespace

TEST_CASE("Morris's trajectories move every factor once, on the grid, every level as likely", "[experiment]") {
  const MorrisOptions options{5, 2000, 6, 3};
  const auto points = morris_points(options);
  REQUIRE(points.size() == 2000 * 6);
  std::map<double, int> levels;
  std::map<std::size_t, int> first;
  int up = 0;
  for (std::size_t t = 0; t < 2000; t++) {
    std::set<std::size_t> moved;
    for (std::size_t i = 6 * t + 1; i < 6 * (t + 1); i++)
      for (std::size_t f = 0; f < 5; f++)
        if (points[i][f] != points[i - 1][f]) {
          if (moved.empty()) first[f]++;
          moved.insert(f);
          CHECK(std::abs(points[i][f] - points[i - 1][f]) == Approx(0.6)); // 6 / (2 x 5)
          up += points[i][f] > points[i - 1][f];
        }
    CHECK(moved.size() == 5);
  }
  for (const Point& p : points)
    for (const double x : p) levels[x]++;
  CHECK(levels.size() == 6);
  CHECK((levels.begin()->first == 0 && levels.rbegin()->first == 1));
  for (const auto& [level, count] : levels) CHECK(count == Approx(10000).epsilon(0.05));
  for (const auto& [factor, count] : first) CHECK(std::abs(z_of_count(count, 2000, 0.2)) < 4);
  CHECK(std::abs(z_of_count(up, 10000, 0.5)) < 4);
  // More trajectories begin with the same; another seed is another design.
  const auto more = morris_points({5, 2001, 6, 3}), other = morris_points({5, 2000, 6, 4});
  CHECK(std::equal(points.begin(), points.end(), more.begin()));
  CHECK(points != other);
}

TEST_CASE("Elementary effects of a linear function are its slopes", "[experiment]") {
  const auto points = morris_points({4, 10, 4, 1});
  const auto effects =
      morris_effects(points, outputs_of(points, [](const Point& p) { return 3 + 2 * p[0] - 5 * p[1] + p[3] / 8; }));
  const double slopes[] = {2, -5, 0, 0.125};
  REQUIRE(effects.size() == 4);
  for (std::size_t i = 0; i < 4; i++) {
    CHECK(effects[i].effect.mean == Approx(slopes[i]).margin(1e-12));
    CHECK(effects[i].magnitude.mean == Approx(std::abs(slopes[i])).margin(1e-12));
    CHECK(effects[i].effect.sd == Approx(0).margin(1e-12));
    CHECK(effects[i].effect.n == 10);
    CHECK(std::isnan(effects[i].noise));
  }
}

TEST_CASE("Effects that change sign have mu* but no mu, and sigma", "[experiment]") {
  // (2 x - 1)(2 y - 1) on four levels: the step of 2/3 in x is 2 (2 y - 1), with y at -1, -1/3, 1/3, 1: mean 0,
  // absolute 4/3, squared mean 4 x 5/9.
  const auto points = morris_points({2, 4000, 4, 2});
  const auto effects =
      morris_effects(points, outputs_of(points, [](const Point& p) { return (2 * p[0] - 1) * (2 * p[1] - 1); }));
  for (const ElementaryEffect& e : effects) {
    CHECK(std::abs(e.effect.mean) < 4 * e.effect.sd / std::sqrt(4000));
    CHECK(e.magnitude.mean == Approx(4.0 / 3).epsilon(0.03));
    CHECK(e.effect.sd == Approx(std::sqrt(20.0 / 9)).epsilon(0.03));
    CHECK(e.magnitude.low < 4.0 / 3);
    CHECK(e.magnitude.high > 4.0 / 3);
  }
}

TEST_CASE("Noise of elementary effects", "[experiment]") {
  // Replications of sd 0.3 at every point, 4 of them: effects of 0.3 sqrt(2 / 4) / (2/3) = 0.318 from nothing.
  const auto points = morris_points({3, 300, 4, 5});
  Draws draws(6);
  Outputs own, shared;
  const auto common = draws.normals(4, 0, 50);
  for (const Point& p : points) {
    own.push_back(draws.normals(4, 10 * p[0], 0.3));
    shared.push_back(own.back());
    for (std::size_t r = 0; r < 4; r++) shared.back()[r] += common[r]; // common random numbers
  }
  for (const auto& outputs : {own, shared}) {
    const auto effects = morris_effects(points, outputs);
    for (const ElementaryEffect& e : effects) {
      CHECK(e.noise == Approx(0.3 * std::sqrt(0.5) * 1.5).epsilon(0.1));
      CHECK(e.effect.sd == Approx(e.noise).epsilon(0.15)); // linear: sigma is noise, nothing else
    }
    CHECK(effects[0].effect.mean == Approx(10).epsilon(0.02));
    CHECK(std::abs(effects[1].effect.mean) < 0.08);
  }
}

TEST_CASE("Missing outputs leave steps out", "[experiment]") {
  const std::vector<Point> points{{0, 0}, {1, 0}, {1, 1}, {0.5, 1}, {0.5, 0.5}, {1, 0.5}};
  Outputs outputs{{0, 2}, {3, kNaN}, {kNaN, kNaN}, {1, 1}, {2, 2}, {5, 7}};
  const auto effects = morris_effects(points, outputs);
  CHECK(effects[0].effect.n == 2);
  CHECK(effects[0].effect.mean == Approx((2 + 8) / 2.0)); // (3 - 1) / 1 and (6 - 2) / 0.5
  CHECK(effects[0].noise == Approx(std::sqrt(8.0 / 2)));  // 6 and 10
  CHECK(effects[1].effect.n == 1);
  CHECK(effects[1].effect.mean == Approx(-2)); // (2 - 1) / -0.5
  CHECK(effects[1].magnitude.mean == Approx(2));
}

TEST_CASE("What is no Morris design is refused", "[experiment]") {
  const auto design = [](MorrisOptions o) { return refusal_of([&] { (void)morris_points(o); }); };
  CHECK(holds(design({0, 1, 4, 1}), "one factor"));
  CHECK(holds(design({1, 0, 4, 1}), "one trajectory"));
  CHECK(holds(design({1, 1, 3, 1}), "even number"));
  CHECK(holds(design({1, 1, 0, 1}), "even number"));
  CHECK(design({1, 1, 2, 1}).empty());
  const auto effects = [](const std::vector<Point>& points) {
    return refusal_of([&] { (void)morris_effects(points, Outputs(points.size(), {1})); });
  };
  CHECK(effects({{0, 0}, {1, 0}, {1, 1}}).empty());
  CHECK(holds(effects({{0, 0}, {1, 1}, {1, 0}}), "point 1 moves more than one"));
  CHECK(holds(effects({{0, 0}, {0, 1}, {0, 1}}), "point 2 moves no"));
  CHECK(holds(effects({{0, 0}, {0, 1}, {0, 0}}), "moves a factor twice"));
  CHECK(holds(effects({{0, 0}, {0, 1}}), "whole number of trajectories"));
  CHECK(holds(effects({{0, 0}, {0, 1, 0}, {1, 1}}), "different numbers of factors"));
  CHECK(holds(effects({}), "no point"));
  CHECK(holds(refusal_of([] { (void)morris_effects(std::vector<Point>{{0}, {1}}, Outputs{{1}}); }), "one row"));
}

TEST_CASE("Sobol' points are A, B and A with columns of B", "[experiment]") {
  const auto points = sobol_points(std::vector<Point>{{1, 2}, {3, 4}}, std::vector<Point>{{5, 6}, {7, 8}});
  CHECK(points == std::vector<Point>{{1, 2}, {3, 4}, {5, 6}, {7, 8}, {5, 2}, {7, 4}, {1, 6}, {3, 8}});
  const auto refused = [](const std::vector<Point>& a, const std::vector<Point>& b) {
    return refusal_of([&] { (void)sobol_points(a, b); });
  };
  CHECK(holds(refused({}, {}), "no point"));
  CHECK(holds(refused({{1}}, {{1}, {2}}), "numbers of points"));
  CHECK(holds(refused({{1}}, {{1, 2}}), "numbers of factors"));
}

TEST_CASE("Sobol' indices, by hand", "[experiment]") {
  // a 1, 3; b 2, 6; mixed as b: mean 3, variance (4 + 0 + 1 + 9) / 4, products -1 x 1 and 3 x 3, squares 1 and 9. The
  // row with a gap is left out.
  const SobolIndices r = sobol_indices(Outputs{{1}, {3}, {9}, {2}, {6}, {kNaN}, {2}, {6}, {8}}, {1, 0, 1});
  CHECK(r.rows == 2);
  CHECK(r.variance == Approx(3.5));
  CHECK(r.factors.at(0).first == Approx(4 / 3.5));
  CHECK(r.factors.at(0).total == Approx(2.5 / 3.5));
  CHECK(std::isnan(r.factors.at(0).first_low));
  CHECK(std::isnan(r.noise_share));
  const SobolIndices constant = sobol_indices(Outputs(9, {0.1}), {1, 100, 1});
  CHECK((constant.variance == 0 && std::isnan(constant.factors.at(0).total)));
  CHECK(sobol_indices(Outputs(9, {kNaN}), {1, 100, 1}).rows == 0);
}

TEST_CASE("Sobol' indices of Ishigami's function", "[experiment]") {
  // V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2, V1 = (1 + b pi^4/5)^2 / 2, V2 = a^2/8, V13 = b^2 pi^8 (1/18 - 1/50).
  const double p4 = std::pow(kPi, 4), v1 = std::pow(1 + 0.1 * p4 / 5, 2) / 2, v2 = 49.0 / 8,
               v13 = 0.01 * p4 * p4 * (1.0 / 18 - 1.0 / 50), v = v1 + v2 + v13;
  const double first[] = {v1 / v, v2 / v, 0}, total[] = {(v1 + v13) / v, v2 / v, v13 / v};
  const auto points = random_points(8192, 3, 3);
  const SobolIndices r = sobol_indices(outputs_of(points, ishigami), {3, 100, 1});
  CHECK(r.rows == 8192);
  CHECK(r.variance == Approx(v).epsilon(0.03));
  for (std::size_t i = 0; i < 3; i++) {
    CAPTURE(i);
    CHECK(r.factors[i].first == Approx(first[i]).margin(0.03));
    CHECK(r.factors[i].total == Approx(total[i]).margin(0.03));
  }
}

TEST_CASE("Sobol' indices of the g-function", "[experiment]") {
  // prod (|4 x - 2| + a) / (1 + a): V_i = 1 / (3 (1 + a)^2), V = prod (1 + V_i) - 1, total V_i prod (1 + V_j) over j !=
  // i.
  const double a[] = {0, 1, 4.5, 9, 99};
  double all = 1, part[5];
  for (std::size_t i = 0; i < 5; i++) all *= 1 + (part[i] = 1 / (3 * (1 + a[i]) * (1 + a[i])));
  const auto points = random_points(8192, 5, 2);
  const SobolIndices r = sobol_indices(outputs_of(points,
                                                  [&](const Point& p) {
                                                    double g = 1;
                                                    for (std::size_t i = 0; i < 5; i++)
                                                      g *= (std::abs(4 * p[i] - 2) + a[i]) / (1 + a[i]);
                                                    return g;
                                                  }),
                                       {5, 0, 1});
  for (std::size_t i = 0; i < 5; i++) {
    CHECK(r.factors[i].first == Approx(part[i] / (all - 1)).margin(0.03));
    CHECK(r.factors[i].total == Approx(part[i] * all / (1 + part[i]) / (all - 1)).margin(0.02));
  }
}

TEST_CASE("The noise share is the part of the variance that is noise", "[experiment]") {
  // sqrt(12) x: variance 1. Noise of variance 2 in each of 4 replications: 0.5 of 1.5. What replications share is none.
  const auto points = random_points(4000, 2, 3);
  for (const double shared : {0.0, 30.0}) {
    Draws draws(4);
    const auto common = draws.normals(4, 0, shared);
    Outputs outputs;
    for (const Point& p : points) {
      outputs.push_back(draws.normals(4, std::sqrt(12) * p[0], std::sqrt(2)));
      for (std::size_t r = 0; r < 4; r++) outputs.back()[r] += common[r];
    }
    outputs[7][2] = kNaN; // of one point one replication is missing: it takes no part in the noise
    const SobolIndices r = sobol_indices(outputs, {2, 200, 1});
    CHECK(r.rows == 4000);
    CHECK(r.variance == Approx(1.5).epsilon(0.03));
    CHECK(r.noise_share == Approx(1.0 / 3).epsilon(0.03));
    CHECK(r.factors[0].first == Approx(2.0 / 3).margin(0.05));
    CHECK(r.factors[1].first == Approx(0).margin(0.05));
    CHECK(r.factors[0].total == Approx(1).margin(0.05)); // the factor and the noise
    CHECK(r.factors[1].total == Approx(1.0 / 3).margin(0.03));
  }
}

TEST_CASE("Bootstrap intervals of Sobol' indices cover", "[experiment]") {
  // x + y z on [0, 1]: variances 1/12, 1/12 x 1/4 each of y and z alone, 1/144 of both: 12/19, 3/19, 3/19, 1/19.
  constexpr int kExperiments = 1500;
  int first = 0, total = 0;
  for (int e = 0; e < kExperiments; e++) {
    const auto points = random_points(150, 3, 100 + static_cast<std::uint64_t>(e));
    const SobolIndices r = sobol_indices(outputs_of(points, [](const Point& p) { return p[0] + p[1] * p[2]; }),
                                         {3, 150, static_cast<std::uint64_t>(e)});
    first += r.factors[0].first_low <= 12.0 / 19 && 12.0 / 19 <= r.factors[0].first_high;
    total += r.factors[1].total_low <= 4.0 / 19 && 4.0 / 19 <= r.factors[1].total_high;
  }
  CAPTURE(first, total);
  // Percentiles of 150 rows are a little narrow: 93 to 94 %.
  CHECK(std::abs(z_of_count(first, kExperiments, 0.935)) < 4);
  CHECK(std::abs(z_of_count(total, kExperiments, 0.935)) < 4);
  // The same by the same seed.
  const auto outputs = outputs_of(random_points(50, 3, 1), ishigami);
  CHECK(sobol_indices(outputs, {3, 50, 7}).factors[1].total_low ==
        sobol_indices(outputs, {3, 50, 7}).factors[1].total_low);
  CHECK(sobol_indices(outputs, {3, 50, 7}).factors[1].total_low !=
        sobol_indices(outputs, {3, 50, 8}).factors[1].total_low);
}

TEST_CASE("Outputs of another shape are refused", "[experiment]") {
  const auto refused = [](const Outputs& o, SobolOptions options) {
    return refusal_of([&] { (void)sobol_indices(o, options); });
  };
  CHECK(refused(Outputs(6, {1}), {1, 0, 1}).empty());
  CHECK(holds(refused(Outputs(7, {1}), {1, 0, 1}), "no multiple of factors + 2"));
  CHECK(holds(refused({}, {1, 0, 1}), "no multiple of factors + 2"));
  CHECK(holds(refused(Outputs(6, {1}), {0, 0, 1}), "one factor"));
  CHECK(holds(refused(Outputs(6, {1}), {1, -1, 1}), "resamples"));
  CHECK(holds(refused({{1}, {1, 2}, {1}}, {1, 0, 1}), "numbers of replications"));
}
