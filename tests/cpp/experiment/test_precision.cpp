// How many replications are enough, against Student's quantiles and by experiment.
#include "catch.hpp"
#include "centresim/experiment/precision.hpp"
#include "draws.hpp"

#include <limits>

using namespace centresim::experiment;
using Values = std::vector<double>;

namespace {

const double kNaN = std::nan("");
constexpr Precision absolute(double within) { return {within, Scale::absolute}; }
constexpr Precision relative(double within) { return {within, Scale::relative}; }

// The estimate of n normal values with that mean and sd, and its exact t interval.
Estimate normal_estimate(std::int64_t n, double mean, double sd) {
  const double half = student_t_95(n - 1) * sd / std::sqrt(static_cast<double>(n));
  return {mean, mean - half, mean + half, sd, n};
}

} // namespace

TEST_CASE("The replications needed are those of Student's quantiles", "[experiment]") {
  // The first i >= n with scipy.stats.t.ppf(0.975, i - 1) * sd / sqrt(i) <= the half width.
  const Estimate ten = normal_estimate(10, 100, 10); // +-7.1536
  CHECK(replications_needed(ten, absolute(2)).in_all == 99);
  CHECK(replications_needed(ten, absolute(2)).more == 89);
  CHECK(replications_needed(ten, absolute(5)).in_all == 18);
  CHECK(replications_needed(normal_estimate(5, 0, 1), absolute(0.1)).in_all == 387);
  CHECK(replications_needed(ten, absolute(7.16)).more == 0);
  CHECK(replications_needed(ten, absolute(7.16)).in_all == 10);
  CHECK(replications_needed(ten, absolute(7.15)).more == 1);
}

TEST_CASE("A share of the mean is narrowed to what it is of the expected value", "[experiment]") {
  CHECK(allowed_half_width(relative(0.05), 100) == Approx(100 * 0.05 / 1.05));
  CHECK(allowed_half_width(relative(0.05), -100) == Approx(100 * 0.05 / 1.05));
  CHECK(allowed_half_width(absolute(0.05), 100) == 0.05);
  CHECK(replications_needed(normal_estimate(10, 100, 10), relative(0.05)).in_all == 20); // 18 without
  // Whatever the expected value within the interval, the mean is off by at most that share of it.
  const double half = allowed_half_width(relative(0.05), 100);
  CHECK(half / (100 - half) == Approx(0.05));
  CHECK(is_precise(normal_estimate(20, 100, 10), relative(0.05)));
  CHECK_FALSE(is_precise(normal_estimate(19, 100, 10), relative(0.05)));
}

TEST_CASE("A share of a mean of 0 is never precise: a rare event may not have been seen", "[experiment]") {
  const Values nothing(50, 0.0);
  CHECK_FALSE(is_precise(estimate(nothing), relative(0.5)));
  CHECK_FALSE(enough_replications(nothing, relative(0.5)));
  CHECK(enough_replications(nothing, absolute(0.5)) == 10);
}

TEST_CASE("What cannot be foreseen is said", "[experiment]") {
  const auto refusal = [](const Estimate& e, const Precision& p) { return replications_needed(e, p).refusal; };
  CHECK(holds(refusal(estimate(Values{3}), absolute(1)), "at least two values"));
  CHECK(holds(refusal(estimate(Values{}), relative(0.1)), "at least two values"));
  CHECK(holds(refusal(estimate(Values{-1, 1}), relative(0.1)), "mean is 0"));
  CHECK(holds(refusal(normal_estimate(10, 1, 1e6), relative(0.01)), "more than 10000000"));
  CHECK(replications_needed(estimate(Values{3}), absolute(1)).in_all == 0);
  CHECK(replications_needed(estimate(Values{2, 2}), relative(0.1)).in_all == 2);
  CHECK(holds(refusal(estimate(Values{0, 0}), relative(0.1)), "mean is 0"));
  CHECK_FALSE(is_precise(estimate(Values{3}), absolute(1)));
  for (const Precision& p : {absolute(0), absolute(-1), absolute(kNaN), absolute(INFINITY), relative(0)})
    CHECK(holds(refusal_of([&] { (void)allowed_half_width(p, 1); }), "not above 0"));
  CHECK(holds(refusal_of([] { (void)allowed_half_width(relative(1), 1); }), "below 1"));
}

TEST_CASE("The first prefix that is precise, and none before it", "[experiment]") {
  const Values values = Draws(1).normals(400, 50, 10);
  for (const Precision& p : {absolute(3), absolute(1.5), relative(0.04), relative(0.1)}) {
    const std::int64_t n = enough_replications(values, p).value();
    const std::span<const double> all(values);
    CAPTURE(n, p.within);
    CHECK(n >= 10);
    CHECK(is_precise(estimate(all.first(static_cast<std::size_t>(n))), p));
    for (std::size_t shorter = 10; shorter < static_cast<std::size_t>(n); shorter++)
      CHECK_FALSE(is_precise(estimate(all.first(shorter)), p));
    // The same however many were computed; nothing where they were not enough.
    for (std::size_t computed = 1; computed <= 400; computed += 7) {
      const auto found = enough_replications(all.first(computed), p);
      CHECK(found == (computed >= static_cast<std::size_t>(n) ? std::optional(n) : std::nullopt));
    }
  }
  CHECK(enough_replications(Values(12, 7.0), relative(0.01)) == 10);
  CHECK(enough_replications(Values(12, 7.0), relative(0.01), 11) == 11);
  CHECK_FALSE(enough_replications(Values(9, 7.0), relative(0.01)).has_value());
}

TEST_CASE("Missing values wait for others", "[experiment]") {
  Values values(30, 7.0);
  for (std::size_t i = 0; i < 10; i += 2) values[i] = kNaN;
  CHECK(enough_replications(values, relative(0.01)) == 15);
  CHECK_FALSE(enough_replications(Values(30, kNaN), absolute(1)).has_value());
}

TEST_CASE("Several figures are precise at the same replication", "[experiment]") {
  const Values a = Draws(1).normals(400, 50, 10), b = Draws(2).normals(400, 5, 3);
  const std::int64_t both = enough_replications(std::vector<Goal>{{a, absolute(2)}, {b, relative(0.15)}}).value();
  const auto precise = [&](std::size_t n) {
    return is_precise(estimate(std::span(a).first(n)), absolute(2)) &&
           is_precise(estimate(std::span(b).first(n)), relative(0.15));
  };
  CHECK(precise(static_cast<std::size_t>(both)));
  for (std::size_t n = 10; n < static_cast<std::size_t>(both); n++) CHECK_FALSE(precise(n));
}

TEST_CASE("Wrong goals are refused", "[experiment]") {
  const Values ten(10, 1.0), nine(9, 1.0);
  CHECK(holds(refusal_of([&] { (void)enough_replications(ten, absolute(1), 9); }), "at least 10 replications, not 9"));
  CHECK(holds(refusal_of([&] { (void)enough_replications(ten, absolute(-1)); }), "not above 0"));
  CHECK(holds(refusal_of([] { (void)enough_replications(std::vector<Goal>{}); }), "no figure"));
  CHECK(
      holds(refusal_of([&] { (void)enough_replications(std::vector<Goal>{{ten, absolute(1)}, {nine, absolute(1)}}); }),
            "figures of 10 and 9 replications"));
}

TEST_CASE("Stopped in sequence, the mean is as near as was asked for", "[experiment]") {
  // Normal, mean 50, sd 10: +-1.5 takes about 173 replications, +-4 % (2 / 1.04) about 105.
  constexpr int kExperiments = 2000;
  int near_absolute = 0, near_relative = 0, covered = 0;
  double length = 0;
  for (int i = 0; i < kExperiments; i++) {
    const Values values = Draws(3, static_cast<std::uint64_t>(i)).normals(400, 50, 10);
    const auto prefix = [&](const Precision& p) {
      return estimate(std::span(values).first(static_cast<std::size_t>(enough_replications(values, p).value())));
    };
    const Estimate a = prefix(absolute(1.5)), r = prefix(relative(0.04));
    near_absolute += std::abs(a.mean - 50) <= 1.5;
    near_relative += std::abs(r.mean - 50) <= 0.04 * 50;
    covered += a.low <= 50 && 50 <= a.high;
    length += static_cast<double>(a.n) / kExperiments;
  }
  CAPTURE(near_absolute, near_relative, covered, length);
  CHECK(std::abs(z_of_count(near_absolute, kExperiments, 0.95)) < 4);
  CHECK(std::abs(z_of_count(near_relative, kExperiments, 0.95)) < 4);
  CHECK(std::abs(z_of_count(covered, kExperiments, 0.95)) < 4);
  CHECK(length == Approx(173).epsilon(0.03));
}
