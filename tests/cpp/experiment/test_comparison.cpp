// Differences between systems against SciPy, and what intervals and p values promise, counted.
#include "catch.hpp"
#include "centresim/experiment/comparison.hpp"
#include "draws.hpp"

#include <algorithm>

using namespace centresim::experiment;
using Values = std::vector<double>;

namespace {

const double kNaN = std::nan("");
constexpr int kExperiments = 2000;

// Systems with normal values of variance 1 about their means, correlation 0.75 between any two.
std::vector<Values> systems_with(const Values& means, std::size_t replications, std::uint64_t experiment) {
  Draws draws(7, experiment);
  std::vector<Values> systems(means.size(), Values(replications));
  for (std::size_t r = 0; r < replications; r++) {
    const double common = draws.normal(0, std::sqrt(0.75));
    for (std::size_t i = 0; i < means.size(); i++) systems[i][r] = means[i] + common + draws.normal(0, 0.5);
  }
  return systems;
}

} // namespace

TEST_CASE("A paired difference is SciPy's", "[experiment]") {
  const Values a{12, 15, 11, 18, 14, 16}, b{10, 14, 11, 15, 11, 15};
  const PairedDifference r = paired_difference(a, b);
  // stats.ttest_rel(a, b), its confidence_interval(), np.corrcoef(a, b)
  CHECK(r.difference.n == 6);
  CHECK(r.difference.mean == Approx(5.0 / 3));
  CHECK(r.difference.low == Approx(0.39573699197322476));
  CHECK(r.difference.high == Approx(2.9375963413601087));
  CHECK(r.p_value == Approx(0.019868051523379414));
  CHECK(r.correlation == Approx(0.8832505754016626));
  CHECK(r.variance_reduction == Approx(8));
  CHECK(paired_difference(b, a).difference.mean == Approx(-5.0 / 3));
  CHECK(paired_difference(b, a).p_value == r.p_value);
}

TEST_CASE("Only replications that have both values count", "[experiment]") {
  const Values a{12, 15, kNaN, 11, 18, 14, 16, 99}, b{10, 14, 77, 11, 15, 11, 15, kNaN};
  CHECK(paired_difference(a, b).difference.n == 6);
  CHECK(paired_difference(a, b).p_value == Approx(0.019868051523379414));
  CHECK(paired_difference(a, b).correlation == Approx(0.8832505754016626));
  const PairedDifference one = paired_difference(Values{1, kNaN}, Values{2, 3});
  CHECK(one.difference.mean == -1);
  CHECK((std::isnan(one.p_value) && std::isnan(one.correlation) && std::isnan(one.difference.low)));
}

TEST_CASE("Differences that do not vary", "[experiment]") {
  const PairedDifference apart = paired_difference(Values{3, 5, 4}, Values{1, 3, 2});
  CHECK(apart.p_value == 0);
  CHECK(apart.correlation == Approx(1));
  CHECK(std::isinf(apart.variance_reduction));
  const PairedDifference same = paired_difference(Values{2, 2, 2}, Values{2, 2, 2});
  CHECK(same.p_value == 1);
  CHECK(std::isnan(same.correlation));
  CHECK(std::isnan(same.variance_reduction));
}

TEST_CASE("Holm's p values", "[experiment]") {
  // Smallest first times 5, 4, 3, 2, 1, never falling: .005 x 5, .011 x 4, .02 x 3, .04 x 2 and then .04 x 1 < .08.
  const Values p = holm_adjusted(Values{0.04, 0.005, 0.04, 0.02, 0.011});
  const Values expected{0.08, 0.025, 0.08, 0.06, 0.044};
  for (std::size_t i = 0; i < 5; i++) CHECK(p[i] == Approx(expected[i]));
  const Values with_gap = holm_adjusted(Values{0.6, kNaN, 0.01});
  CHECK(with_gap[0] == 1);
  CHECK(std::isnan(with_gap[1]));
  CHECK(with_gap[2] == Approx(0.03));
}

TEST_CASE("All pairs and the comparison with a standard, by hand", "[experiment]") {
  const std::vector<Values> systems{{12, 15, 11, 18, 14, 16}, {10, 14, 11, 15, 11, 15}, {10, 13, 13, 17, 12, 14}};
  const auto pairs = compare_all_pairs(systems);
  REQUIRE(pairs.size() == 3);
  // stats.ttest_rel: 0.019868, 0.134541, 0.414954. Half width t.ppf(1 - 0.025 / 3, 5) sd / sqrt(6).
  CHECK((pairs[0].first == 0 && pairs[0].second == 1 && pairs[1].second == 2 && pairs[2].first == 1));
  CHECK(pairs[0].p_bonferroni == Approx(3 * 0.019868051523379414));
  CHECK(pairs[0].p_holm == Approx(3 * 0.019868051523379414));
  CHECK(pairs[1].p_bonferroni == Approx(3 * 0.13454092001420453));
  CHECK(pairs[1].p_holm == Approx(2 * 0.13454092001420453));
  CHECK(pairs[2].p_bonferroni == 1);
  CHECK(pairs[2].p_holm == Approx(0.4149542700797938));
  CHECK(pairs[0].high - 5.0 / 3 == Approx(1.747311097111085));
  CHECK(5.0 / 3 - pairs[0].low == Approx(1.747311097111085));

  const auto others = compare_with_standard(systems, 1);
  REQUIRE(others.size() == 2);
  CHECK((others[0].first == 0 && others[0].second == 1 && others[1].first == 2 && others[1].second == 1));
  CHECK(others[0].high - 5.0 / 3 == Approx(1.5640176481154748));
  CHECK(others[0].p_holm == Approx(2 * 0.019868051523379414));
  CHECK(others[1].p_holm == Approx(0.4149542700797938));
  CHECK(others[1].pair.difference.mean == Approx(0.5));
}

TEST_CASE("Two replications make an interval, one does not", "[experiment]") {
  const auto two = compare_all_pairs(std::vector<Values>{{1, 2}, {2, 5}}); // -1, -3: sd sqrt(2), error 1, t(1) = -2
  CHECK(two[0].high == Approx(-2 + 12.706204736174694));
  CHECK(two[0].p_bonferroni == Approx(1 - 2 / 3.141592653589793 * std::atan(2)));
  const auto one = compare_all_pairs(std::vector<Values>{{1}, {2}});
  CHECK((std::isnan(one[0].low) && std::isnan(one[0].p_holm) && std::isnan(one[0].p_bonferroni)));
}

TEST_CASE("Systems that cannot be compared are named", "[experiment]") {
  const Values three{1, 2, 3}, two{1, 2};
  CHECK(holds(refusal_of([&] { (void)paired_difference(three, two); }), "3 and 2 replications"));
  CHECK(holds(refusal_of([&] { (void)compare_all_pairs(std::vector{three, three, two}); }), "system 2 has 2"));
  CHECK(holds(refusal_of([&] { (void)compare_all_pairs(std::vector<Values>{three}); }), "at least two systems"));
  CHECK(holds(refusal_of([&] { (void)compare_with_standard(std::vector{three, three}, 2); }), "no system 2 of 2"));
}

TEST_CASE("Of a pair 95 % of the intervals cover, and common random numbers gain what they should", "[experiment]") {
  int covered = 0, rejected = 0;
  double correlation = 0, paired = 0, plain = 0;
  for (int e = 0; e < kExperiments; e++) {
    const auto systems = systems_with({3, 1}, 10, static_cast<std::uint64_t>(e));
    const PairedDifference r = paired_difference(systems[0], systems[1]);
    covered += r.difference.low <= 2 && 2 <= r.difference.high;
    Values shifted = systems[0];
    for (double& x : shifted) x -= 2;
    rejected += paired_difference(shifted, systems[1]).p_value < 0.05;
    correlation += r.correlation / kExperiments;
    paired += r.difference.sd * r.difference.sd / kExperiments;
    plain += r.variance_reduction * r.difference.sd * r.difference.sd / kExperiments;
  }
  CAPTURE(covered, rejected, correlation, paired, plain);
  CHECK(std::abs(z_of_count(covered, kExperiments, 0.95)) < 4);
  CHECK(std::abs(z_of_count(rejected, kExperiments, 0.05)) < 4);
  CHECK(correlation == Approx(0.75).epsilon(0.03));
  CHECK(paired == Approx(0.5).epsilon(0.03)); // 2 x 0.25, for independent systems 2
  CHECK(plain == Approx(2).epsilon(0.03));
}

TEST_CASE("All intervals of a family cover at once, and a family errs in one of 20", "[experiment]") {
  const Values means{0, 0, 0, 0.9};
  int covered = 0, wrong = 0, bonferroni = 0, holm = 0;
  for (int e = 0; e < kExperiments; e++) {
    bool all = true, error = false;
    for (const Comparison& c : compare_all_pairs(systems_with(means, 10, 10'000 + static_cast<std::uint64_t>(e)))) {
      const double truth = means[c.first] - means[c.second];
      all = all && c.low <= truth && truth <= c.high;
      error = error || (truth == 0 && c.p_holm < 0.05);
      bonferroni += truth != 0 && c.p_bonferroni < 0.05;
      holm += truth != 0 && c.p_holm < 0.05;
    }
    covered += all;
    wrong += error;
  }
  CAPTURE(covered, wrong, bonferroni, holm);
  // Of six differences of independent systems 1 - (1 - 0.05 / 6)^6 = 4.9 % would err; these depend on each other.
  CHECK(z_of_count(covered, kExperiments, 0.95) > -4);
  CHECK(covered < 0.985 * kExperiments);
  CHECK(z_of_count(wrong, kExperiments, 0.05) < 4);
  CHECK(wrong > 0.015 * kExperiments);
  CHECK(holm > bonferroni);
}

TEST_CASE("Intervals to a standard cover at once", "[experiment]") {
  const Values means{1, 0.5, 0, 2};
  int covered = 0;
  for (int e = 0; e < kExperiments; e++) {
    bool all = true;
    for (const Comparison& c : compare_with_standard(systems_with(means, 8, 20'000 + static_cast<std::uint64_t>(e)), 2))
      all = all && c.low <= means[c.first] && means[c.first] <= c.high;
    covered += all;
  }
  CAPTURE(covered);
  CHECK(z_of_count(covered, kExperiments, 0.95) > -4);
  CHECK(covered < 0.98 * kExperiments);
}
