// Intervals of quantiles against SciPy, by hand, and by how often they cover.
#include "catch.hpp"
#include "centresim/experiment/estimate.hpp"
#include "centresim/experiment/quantiles.hpp"
#include "draws.hpp"

#include <algorithm>
#include <numeric>

using namespace centresim::experiment;
using Values = std::vector<double>;

namespace {
const double kNaN = std::nan("");
constexpr int kExperiments = 2000;
} // namespace

TEST_CASE("The interval of a quantile has SciPy's ranks", "[experiment]") {
  struct {
    std::size_t n;
    double p, low, high, value;
  } const cases[] = {// x = np.arange(1, n + 1): stats.quantile_test(x, q=0, p=p).confidence_interval(0.95), np.quantile
                     {6, 0.5, 1, 6, 3.5},      {10, 0.5, 2, 9, 5.5},       {72, 0.95, 64, 72, 68.45},
                     {100, 0.9, 84, 96, 90.1}, {200, 0.25, 38, 63, 50.75}, {1000, 0.99, 983, 997, 990.01}};
  for (const auto& c : cases) {
    Values values(c.n);
    std::iota(values.begin(), values.end(), 1.0);
    std::reverse(values.begin(), values.end() - 3);
    const QuantileEstimate r = quantile_of_replications(values, c.p);
    CAPTURE(c.n, c.p);
    CHECK(r.low == c.low);
    CHECK(r.high == c.high);
    CHECK(r.value == Approx(c.value));
    CHECK(r.n == static_cast<std::int64_t>(c.n));
    CHECK(r.refusal.empty());
  }
}

TEST_CASE("Too few values have no interval", "[experiment]") {
  // 0.5^6 = 0.016 < 0.025 < 0.5^5; 0.95^72 = 0.0249 < 0.025 < 0.95^71.
  CHECK(values_for_quantile(0.5) == 6);
  CHECK(values_for_quantile(0.95) == 72);
  CHECK(values_for_quantile(0.05) == 72);
  CHECK(values_for_quantile(0.9) == 36);
  const QuantileEstimate r = quantile_of_replications(Values(71, 3.0), 0.95);
  CHECK(r.value == 3);
  CHECK((std::isnan(r.low) && std::isnan(r.high)));
  CHECK(r.refusal == "71 values: an interval for p = 0.95 takes at least 72");
  CHECK(quantile_of_replications(Values(72, 3.0), 0.95).low == 3);
  CHECK(std::isnan(quantile_of_replications(Values{}, 0.5).value));
  for (const double p : {0.0, 1.0, -0.1, kNaN}) {
    CHECK(holds(refusal_of([&] { (void)quantile_of_replications(Values(99), p); }), "not between 0 and 1"));
    CHECK(holds(refusal_of([&] { (void)quantile_of_samples(std::vector<Values>{}, p); }), "not between 0 and 1"));
    CHECK(holds(refusal_of([&] { (void)values_for_quantile(p); }), "not between 0 and 1"));
  }
}

TEST_CASE("Missing values are skipped in quantiles", "[experiment]") {
  const QuantileEstimate r = quantile_of_replications(Values{kNaN, 6, 1, 5, kNaN, 2, 4, 3}, 0.5);
  CHECK((r.n == 6 && r.low == 1 && r.high == 6 && r.value == 3.5));
}

TEST_CASE("Intervals of order statistics cover as the binomial law says, whatever the law", "[experiment]") {
  // 50 values: ranks 18 and 33 of the median: P(18 <= B < 33) = 0.9672; of p = 0.9 ranks 41 and 50: 0.9703.
  int median = 0, tail = 0;
  for (int e = 0; e < kExperiments; e++) {
    Draws draws(1, static_cast<std::uint64_t>(e));
    Values values(50);
    for (double& x : values) x = draws.exponential();
    const QuantileEstimate m = quantile_of_replications(values, 0.5), t = quantile_of_replications(values, 0.9);
    median += m.low <= std::log(2) && std::log(2) <= m.high;
    tail += t.low <= std::log(10) && std::log(10) <= t.high;
  }
  CAPTURE(median, tail);
  CHECK(std::abs(z_of_count(median, kExperiments, 0.96716)) < 4);
  CHECK(std::abs(z_of_count(tail, kExperiments, 0.97031)) < 4);
}

TEST_CASE("Sectioning, by hand", "[experiment]") {
  // 1 .. 11, 2 .. 12 and 3 .. 13: medians 6, 7 and 8, of all together 7: S^2 = (1 + 0 + 1) / 2.
  std::vector<Values> samples(3, Values(11));
  for (std::size_t j = 0; j < 3; j++) std::iota(samples[j].begin(), samples[j].end(), static_cast<double>(j) + 1);
  samples[1].push_back(kNaN);
  samples.push_back({kNaN});
  const QuantileEstimate r = quantile_of_samples(samples, 0.5);
  CHECK(r.value == 7);
  CHECK(r.n == 33);
  CHECK(r.high == Approx(7 + student_t_95(2) / std::sqrt(3)));
  CHECK(r.low == Approx(7 - student_t_95(2) / std::sqrt(3)));

  // 0 in 10 and 1 in 30 observations: the median of all is 1, one section is 1 off. Weight (10 / 20)^2.
  const QuantileEstimate uneven = quantile_of_samples(std::vector<Values>{Values(10, 0.0), Values(30, 1.0)}, 0.5);
  CHECK(uneven.value == 1);
  CHECK(uneven.high - 1 == Approx(student_t_95(1) * std::sqrt(0.25 / 1 / 2)));
}

TEST_CASE("Samples that are too small are refused", "[experiment]") {
  const auto refusal = [](std::vector<Values> samples, double p) { return quantile_of_samples(samples, p).refusal; };
  CHECK(holds(refusal({Values(99, 1.0), Values(200, 1.0)}, 0.95), "99 observations: its own quantile for p = 0.95"));
  CHECK(holds(refusal({Values(99, 1.0), Values(200, 1.0)}, 0.95), "at least 100"));
  CHECK(refusal({Values(100, 1.0), Values(200, 1.0)}, 0.95).empty());
  CHECK(refusal({Values(50, 1.0), Values(50, 1.0)}, 0.9).empty());
  CHECK(refusal({Values(50, 1.0), Values(50, 1.0)}, 0.1).empty());
  CHECK(holds(refusal({Values(49, 1.0), Values(50, 1.0)}, 0.1), "at least 50"));
  CHECK(holds(refusal({Values(100, 1.0), Values{}}, 0.5), "two replications"));
  CHECK(holds(refusal({}, 0.5), "two replications"));
  CHECK(quantile_of_samples(std::vector<Values>{Values(100, 1.0)}, 0.5).value == 1);
}

TEST_CASE("Sectioned intervals cover, with dependent observations and replications of all sizes", "[experiment]") {
  // Normal: independent ones, and a twentieth of the variance common to the replication; 75 to 200 observations.
  for (const double common : {0.0, 0.05}) {
    int covered = 0;
    for (int e = 0; e < kExperiments; e++) {
      Draws draws(2, static_cast<std::uint64_t>(e));
      std::vector<Values> samples(10);
      for (Values& sample : samples) {
        const double shift = draws.normal(0, std::sqrt(common));
        sample.resize(75 + static_cast<std::size_t>(125 * draws.uniform()));
        for (double& x : sample) x = draws.normal(shift, std::sqrt(1 - common));
      }
      const QuantileEstimate r = quantile_of_samples(samples, 0.9);
      constexpr double kTruth = 1.2815515655446004; // stats.norm.ppf(0.9)
      covered += r.low <= kTruth && kTruth <= r.high;
    }
    CAPTURE(common, covered);
    CHECK(std::abs(z_of_count(covered, kExperiments, 0.95)) < 4);
  }
}
