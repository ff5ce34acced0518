// Control variates against sums done by hand, and against the laws that hold for normal data.
#include "catch.hpp"
#include "centresim/experiment/control_variates.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

using namespace centresim::experiment;
using Values = std::vector<double>;

namespace {

const double kNaN = std::nan("");

// Y = 10 + 3 C1 - 2 C2 + e with C1 ~ N(5, 1), C2 ~ N(0, 4), Corr(C1, C2) = 0.5, e ~ N(0, sd): the part of Var(Y) that
// the controls explain is 9 + 16 - 12 = 13 (2 x 3 x -2 x Cov, Cov = 1).
struct Normal {
  std::mt19937_64 engine{11};
  std::normal_distribution<double> normal;
  double sd = std::sqrt(13.0 / 4); // R^2 = 0.8

  void draw(Values& y, std::vector<Control>& controls) {
    for (std::size_t i = 0; i < y.size(); i++) {
      const double a = normal(engine), b = 2 * (0.5 * a + std::sqrt(0.75) * normal(engine));
      controls[0].values[i] = 5 + a;
      controls[1].values[i] = b;
      y[i] = 25 + 3 * a - 2 * b + sd * normal(engine);
    }
  }
};

std::vector<Control> controls_of(std::size_t n) { return {{"c1", Values(n), 5}, {"c2", Values(n), 0}}; }

std::string message(const Values& y, const std::vector<Control>& controls) {
  try {
    (void)control_variates(y, controls);
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

struct Spread {
  double sum = 0, squares = 0;
  int n = 0;
  void add(double x) { sum += x, squares += x * x, n++; }
  [[nodiscard]] double mean() const { return sum / n; }
  [[nodiscard]] double variance() const { return squares / n - mean() * mean(); }
};

} // namespace

TEST_CASE("One control, by hand", "[experiment]") {
  // Sxx = 10, Sxy = 6: slope 0.6. Residuals -0.8, 0.6, 1, -0.6, -0.2: 2.4 with 3 degrees of freedom.
  const Values y{2, 4, 5, 4, 5};
  const std::vector<Control> controls{{"c", {1, 2, 3, 4, 5}, 2.5}};
  const Controlled r = control_variates(y, controls);
  const double half_width = 3.182446305284263 * std::sqrt(0.8 * (1.0 / 5 + 0.25 / 10));
  CHECK(r.plain.mean == Approx(4));
  CHECK(r.coefficients.at(0) == Approx(0.6));
  CHECK(r.adjusted.mean == Approx(3.7));
  CHECK(r.adjusted.low == Approx(3.7 - half_width));
  CHECK(r.adjusted.high == Approx(3.7 + half_width));
  CHECK(r.adjusted.sd == Approx(std::sqrt(0.8)));
  CHECK(r.adjusted.n == 5);
  CHECK(r.variance_reduction == Approx(0.3 / 0.18));
  CHECK(r.loss_factor == Approx(1.5));
}

TEST_CASE("Two controls, by hand, in any unit", "[experiment]") {
  // Orthogonal columns; residuals 1, -1, -1, 1, 0, 0.
  const Values y{3 - 2 + 1 + 1, 3 - 2 - 1 - 1, 3 + 2 + 1 - 1, 3 + 2 - 1 + 1, 3, 3};
  std::vector<Control> controls{{"c1", {-1, -1, 1, 1, 0, 0}, 0.5}, {"c2", {-1, 1, -1, 1, 0, 0}, -0.25}};
  for (const double unit : {1.0, 1e9, 1e-9}) {
    std::vector<Control> scaled = controls;
    for (double& x : scaled[0].values) x *= unit;
    scaled[0].mean *= unit;
    const Controlled r = control_variates(y, scaled);
    CHECK(r.coefficients.at(0) == Approx(2 / unit));
    CHECK(r.coefficients.at(1) == Approx(-1));
    CHECK(r.adjusted.mean == Approx(3 + 2 * 0.5 + 1 * 0.25));
    const double variance = 4.0 / 3 * (1.0 / 6 + 0.25 / 4 + 0.0625 / 4);
    CHECK((r.adjusted.high - r.adjusted.low) / 2 == Approx(3.182446305284263 * std::sqrt(variance)));
    CHECK(r.loss_factor == Approx(2));
  }
}

TEST_CASE("Without controls the plain estimate comes back; a response that they determine is exact", "[experiment]") {
  const Values y{1, 2, 4, 8};
  const Controlled none = control_variates(y, {});
  CHECK(none.adjusted.mean == none.plain.mean);
  CHECK(none.adjusted.low == none.plain.low);
  CHECK(none.variance_reduction == 1);
  CHECK(none.loss_factor == 1);
  const Controlled exact = control_variates(y, std::vector<Control>{{"c", {10, 20, 40, 80}, 30}});
  CHECK(exact.adjusted.mean == Approx(3));
  CHECK(exact.adjusted.low == exact.adjusted.high);
  CHECK(std::isinf(exact.variance_reduction));
  const Controlled constant = control_variates(Values{2, 2, 2, 2}, std::vector<Control>{{"c", {1, 2, 4, 8}, 3}});
  CHECK(constant.adjusted.mean == 2);
  CHECK(std::isnan(constant.variance_reduction));
}

TEST_CASE("Intervals with control variates cover the true mean in 95 % of experiments", "[experiment]") {
  constexpr int kExperiments = 2000;
  constexpr std::size_t kReplications = 12;
  Normal data;
  Values y(kReplications);
  auto controls = controls_of(kReplications);
  Spread plain, adjusted, narrower;
  int covered = 0;
  for (int i = 0; i < kExperiments; i++) {
    data.draw(y, controls);
    const Controlled r = control_variates(y, controls);
    covered += r.adjusted.low <= 25 && 25 <= r.adjusted.high;
    plain.add(r.plain.mean);
    adjusted.add(r.adjusted.mean);
    narrower.add((r.plain.high - r.plain.low) / (r.adjusted.high - r.adjusted.low));
  }
  CAPTURE(covered, adjusted.mean(), plain.variance() / adjusted.variance(), narrower.mean());
  CHECK(covered >= 0.93 * kExperiments);
  CHECK(covered <= 0.97 * kExperiments);
  CHECK(std::abs(adjusted.mean() - 25) < 4 * std::sqrt(adjusted.variance() / kExperiments));
  // Lavenberg and Welch (1981): (n - q - 2) / (n - 2) / (1 - R^2) = 8 / 10 / 0.2 = 4.
  CHECK(plain.variance() / adjusted.variance() == Approx(4).epsilon(0.12));
  CHECK(narrower.mean() > 1.6);
}

TEST_CASE("The variance reduction reported is 1 / (1 - R^2)", "[experiment]") {
  Normal data;
  Values y(20000);
  auto controls = controls_of(y.size());
  data.draw(y, controls);
  const Controlled r = control_variates(y, controls);
  CHECK(r.variance_reduction == Approx(5).epsilon(0.05));
  CHECK(r.coefficients[0] == Approx(3).epsilon(0.03));
  CHECK(r.coefficients[1] == Approx(-2).epsilon(0.03));
  CHECK(r.loss_factor == Approx(1).epsilon(0.001));
}

TEST_CASE("Controls that explain nothing cost the loss factor", "[experiment]") {
  constexpr std::size_t kReplications = 10;
  Normal data;
  Values y(kReplications), noise(kReplications);
  auto controls = controls_of(kReplications);
  controls.push_back({"c3", Values(kReplications), 0});
  Spread plain, adjusted, claimed;
  for (int i = 0; i < 4000; i++) {
    data.draw(y, controls);
    for (double& x : controls[2].values) x = data.normal(data.engine);
    for (double& x : noise) x = data.normal(data.engine);
    const Controlled r = control_variates(noise, controls);
    plain.add(r.plain.mean);
    adjusted.add(r.adjusted.mean);
    claimed.add(r.loss_factor);
  }
  CHECK(claimed.mean() == Approx(8.0 / 5));
  CHECK(adjusted.variance() / plain.variance() == Approx(8.0 / 5).epsilon(0.12));
}

TEST_CASE("Controls that cannot be used are named", "[experiment]") {
  const Values y{2, 4, 5, 4, 5, 7};
  const Control good{"good", {1, 2, 3, 4, 5, 7}, 3};
  const auto with = [&](Values values, double mean = 3) {
    return message(y, {good, {"bad", std::move(values), mean}});
  };
  CHECK(with({3, 1, 4, 1, 5, 9}).empty());
  CHECK(with({3, 1, 4, 1, 5}).find("bad: 5 values for 6") != std::string::npos);
  CHECK(with({3, 1, kNaN, 1, 5, 9}).find("bad: no number in replication 2") != std::string::npos);
  CHECK(with({3, 1, INFINITY, 1, 5, 9}).find("bad: no number in replication 2") != std::string::npos);
  CHECK(with({3, 3, 3, 3, 3, 3}).find("bad: does not vary") != std::string::npos);
  CHECK(with({0.1, 0.1, 0.1, 0.1, 0.1, 0.1 + 1e-17}).find("bad: does not vary") != std::string::npos);
  CHECK(with({-2, -4, -6, -8, -10, -14}).find("bad: the controls before it determine it") != std::string::npos);
  CHECK(with({3, 1, 4, 1, 5, 9}, kNaN).find("bad: the expected value") != std::string::npos);
  CHECK(message({1, 2, kNaN, 3, 4, 5}, {good}).find("the response: no number in replication 2") != std::string::npos);
  CHECK(message({1, 2, 4}, {{"c", {1, 2, 5}, 3}}).find("needs at least 4 replications, there are 3") !=
        std::string::npos);
  CHECK(message({1, 2, 4, 5}, {{"c", {1, 2, 5, 3}, 3}}).empty());
  CHECK(message({}, {{"c", {}, 3}}).find("there are 0") != std::string::npos);
}

TEST_CASE("A control with another mean than it is given is refused", "[experiment]") {
  Control c{"c", Values(1000), 0};
  for (std::size_t i = 0; i < c.values.size(); i++) c.values[i] = i % 2 == 0 ? 1 : -1;
  const double error = std::sqrt(1000.0 / 999 / 1000);
  for (const double sign : {-1.0, 1.0}) {
    c.mean = sign * 3.9 * error;
    CHECK(check_control(c).refusal.empty());
    CHECK(check_control(c).standard_errors == Approx(-sign * 3.9));
    c.mean = sign * 4.2 * error;
    CHECK(check_control(c).refusal.find("4.2 standard errors") != std::string::npos);
  }
  c.mean = kNaN;
  CHECK_FALSE(check_control(c).refusal.empty());
  CHECK(check_control({"c", {1, 1, 1}, 1}).refusal.find("does not vary") != std::string::npos);
  CHECK(check_control({"c", {1, kNaN, 1}, 1}).refusal.find("no value") != std::string::npos);
  CHECK(check_control({"c", {1}, 1}).refusal.find("more than one") != std::string::npos);
  CHECK(check_control({"c", {}, 1}).refusal.find("more than one") != std::string::npos);
}

TEST_CASE("Of controls that are nearly equal the difference is checked", "[experiment]") {
  // c2 = c1 + a hundredth of something else: with a mean 0.1 off, 0.7 of its standard errors but 70 of those of the
  // difference.
  Normal data;
  Control first{"c1", Values(50), 0}, second{"c2", Values(50), 0};
  for (std::size_t i = 0; i < 50; i++) {
    first.values[i] = data.normal(data.engine);
    second.values[i] = first.values[i] + 0.01 * data.normal(data.engine);
  }
  const std::vector<Control> before{first};
  CHECK(check_control(second, before).refusal.empty());
  second.mean = 0.1;
  CHECK(check_control(second).refusal.empty());
  CHECK(check_control(second, before).refusal.find("adjusted by the controls before it") != std::string::npos);
  second.values = first.values;
  CHECK(check_control(second, before).refusal.find("determine it") != std::string::npos);
}

TEST_CASE("Controls with the right mean are refused as seldom as Student's law says", "[experiment]") {
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal;
  int refused = 0;
  Control c{"c", Values(10), 0};
  for (int i = 0; i < 8000; i++) {
    for (double& x : c.values) x = normal(engine);
    refused += check_control(c).refusal.empty() ? 0 : 1;
  }
  CHECK(refused > 8); // 2 stats.t.sf(4, 9) = 0.0031: 25 on average
  CHECK(refused < 50);
}
