// One long run: batches by hand, coverage where they are independent, refusal where they are not.
#include "catch.hpp"
#include "centresim/experiment/batch_means.hpp"
#include "draws.hpp"

#include <numeric>

using namespace centresim::experiment;
using Values = std::vector<double>;

namespace {

const double kNaN = std::nan("");
constexpr int kExperiments = 2000;

// Mean 5, variance 1, correlation phi^j between observations j apart.
Values autoregressive(double phi, std::size_t n, std::uint64_t experiment) {
  Draws draws(1, experiment);
  Values run(n);
  double x = draws.normal();
  for (double& y : run) y = 5 + (x = phi * x + std::sqrt(1 - phi * phi) * draws.normal());
  return run;
}

} // namespace

TEST_CASE("Batch means, by hand", "[experiment]") {
  // 20 batches of 3 with mean 0 and 2 in turn, behind two observations that are left out.
  Values run{70, -30};
  for (int i = 0; i < 20; i++) run.insert(run.end(), {i % 2 * 2.0 - 1, i % 2 * 2.0, i % 2 * 2.0 + 1});
  const BatchMeans r = batch_means(run);
  CHECK((r.batch_size == 3 && r.left_out == 2 && r.estimate.n == 20));
  CHECK(r.estimate.mean == Approx(1));
  CHECK(r.estimate.sd == Approx(std::sqrt(20.0 / 19)));
  CHECK(r.estimate.high == Approx(1 + student_t_95(19) * std::sqrt(20.0 / 19 / 20)));
  CHECK(r.lag_1 == Approx(-19.0 / 20));
  // Steps 19 x 4 over squares 20: 1 - 76 / 40 = -0.9, variance 18 / 399.
  CHECK(r.von_neumann == Approx(-0.9 / std::sqrt(18.0 / 399)));
  CHECK(r.refusal.empty()); // an interval that is too wide does no harm
}

TEST_CASE("Batches that are alike in sequence are refused, by hand", "[experiment]") {
  // 1 .. 20: squares 665, steps 19, products 565.25.
  Values run(20);
  std::iota(run.begin(), run.end(), 1.0);
  const BatchMeans r = batch_means(run);
  CHECK(r.lag_1 == Approx(565.25 / 665));
  CHECK(r.von_neumann == Approx((1 - 19.0 / 1330) / std::sqrt(18.0 / 399)));
  CHECK(r.refusal == "batches of 1 observations are alike in sequence: lag-1 correlation 0.85; the run must be longer");
  CHECK(r.estimate.mean == 10.5);
  CHECK((std::isnan(r.estimate.low) && std::isnan(r.estimate.high)));
}

TEST_CASE("Runs without batches", "[experiment]") {
  CHECK(batch_means(Values(19, 1.0)).refusal == "19 observations are fewer than 20 batches");
  CHECK(std::isnan(batch_means(Values(19, 1.0)).estimate.mean));
  CHECK(holds(batch_means(Values(29, 1.0), 30).refusal, "fewer than 30 batches"));
  Values constant(20, 3.0);
  constant.insert(constant.begin() + 4, 3, kNaN);
  const BatchMeans r = batch_means(constant);
  CHECK((r.refusal.empty() && r.estimate.low == 3 && r.left_out == 0));
  CHECK((std::isnan(r.lag_1) && std::isnan(r.von_neumann)));
  for (const std::int64_t batches : {19, 31})
    CHECK(holds(refusal_of([&] { (void)batch_means(constant, batches); }), "not between 20 and 30"));
  CHECK(batch_means(Values(62, 1.0), 30).left_out == 2);
}

TEST_CASE("Intervals of batch means cover where batches are long, and few are refused", "[experiment]") {
  for (const std::int64_t batches : {20, 30}) {
    int covered = 0, independent = 0;
    for (int e = 0; e < kExperiments; e++) { // correlation 0.5^j, batches of 150 and 100
      const BatchMeans r = batch_means(autoregressive(0.5, 3000, static_cast<std::uint64_t>(e)), batches);
      const double half = student_t_95(batches - 1) * r.estimate.sd / std::sqrt(static_cast<double>(batches));
      covered += std::abs(r.estimate.mean - 5) <= half;
      const BatchMeans i = batch_means(autoregressive(0, 100, static_cast<std::uint64_t>(e)), batches);
      independent += i.refusal.empty() ? 1 : 0;
    }
    CAPTURE(batches, covered, independent);
    CHECK(std::abs(z_of_count(covered, kExperiments, 0.95)) < 4);
    CHECK(std::abs(z_of_count(independent, kExperiments, 0.95)) < 4);
  }
}

TEST_CASE("Batches that are too short are mostly refused", "[experiment]") {
  // Correlation 0.9^j, batches of 5: a third of the intervals would miss.
  int given = 0;
  for (std::uint64_t e = 0; e < 200; e++) given += batch_means(autoregressive(0.9, 100, e)).refusal.empty() ? 1 : 0;
  CAPTURE(given);
  CHECK(given < 40);
}
