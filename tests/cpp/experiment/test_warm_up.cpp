// MSER-5 against its definition, on transients whose end is known, and on a queue that starts full.
#include "catch.hpp"
#include "centresim/experiment/warm_up.hpp"
#include "draws.hpp"

#include <algorithm>
#include <numeric>

using namespace centresim::experiment;
using Values = std::vector<double>;

namespace {

const double kNaN = std::nan("");

// The statistic as it is defined, without the running sums.
double by_definition(const Values& series, std::size_t left_out) {
  Values means;
  for (std::size_t i = left_out; i + 5 <= series.size(); i += 5)
    means.push_back((series[i] + series[i + 1] + series[i + 2] + series[i + 3] + series[i + 4]) / 5);
  const double n = static_cast<double>(means.size()), mean = std::accumulate(means.begin(), means.end(), 0.0) / n;
  double squares = 0;
  for (const double z : means) squares += (z - mean) * (z - mean);
  return squares / (n * n);
}

// Waits in M/M/1 of load 0.8 that begins with work of 60: Lindley's recursion; in the long run 0.8^2 / 0.2 = 3.2.
Values waits(std::uint64_t replication, std::size_t jobs) {
  Draws draws(5, replication);
  Values result(jobs, 60.0);
  for (std::size_t i = 1; i < jobs; i++)
    result[i] = std::max(0.0, result[i - 1] + draws.exponential(0.8) - draws.exponential(1));
  return result;
}

double mean_from(const Values& series, std::int64_t first) {
  return std::accumulate(series.begin() + first, series.end(), 0.0) /
         static_cast<double>(static_cast<std::int64_t>(series.size()) - first);
}

} // namespace

TEST_CASE("MSER-5, by hand", "[experiment]") {
  // Batch means 9, 3, then 0 and 2 in turn, ten times; four observations of a batch that is not full. Sum of squared
  // deviations = sum of squares - sum^2 / number: of 12 batches from 9 on 110 - 22^2 / 12, of 11 from 3 on 29 - 13^2 /
  // 11, of the ten 20 - 10^2 / 10, and so on, over the squared number.
  Values series;
  for (const double z : {9., 3., 0., 2., 0., 2., 0., 2., 0., 2., 0., 2.})
    for (const double x : {z - 2, z, z + 1, z + 3, z - 2}) series.push_back(x);
  series.insert(series.end(), 4, 1000.0);
  const WarmUp r = mser5(series);
  CHECK(r.refusal.empty());
  CHECK(r.truncation == 10);
  CHECK(r.left_out == std::vector<std::int64_t>{0, 5, 10, 15, 20, 25, 30});
  CHECK(r.statistic.at(0) == Approx((81 + 9 + 20 - 22.0 * 22 / 12) / 144));
  CHECK(r.statistic.at(1) == Approx((9 + 20 - 13.0 * 13 / 11) / 121));
  CHECK(r.statistic.at(2) == Approx((20 - 10.0 * 10 / 10) / 100));
  CHECK(r.statistic.at(3) == Approx((20 - 10.0 * 10 / 9) / 81));
}

TEST_CASE("The curve is that of the definition", "[experiment]") {
  Draws draws(1);
  Values series(203);
  for (std::size_t i = 0; i < series.size(); i++)
    series[i] = 1e6 + 30 * std::exp(-static_cast<double>(i) / 12) + draws.normal();
  const WarmUp r = mser5(series);
  REQUIRE(r.statistic.size() == 21); // 40 batches
  for (std::size_t d = 0; d <= 20; d++) {
    CHECK(r.left_out[d] == static_cast<std::int64_t>(5 * d));
    CHECK(r.statistic[d] == Approx(by_definition(series, 5 * d)).epsilon(1e-6));
  }
  CHECK(r.truncation >= 25);
  CHECK(r.truncation <= 60);
}

TEST_CASE("A step is cut off where it ends, noise is kept", "[experiment]") {
  int whole = 0;
  for (std::uint64_t i = 0; i < 200; i++) {
    Values series = Draws(2, i).normals(400);
    whole += mser5(series).truncation <= 40;
    for (std::size_t j = 0; j < 65; j++) series[j] += 8;
    CHECK(mser5(series).truncation >= 65);
    CHECK(mser5(series).truncation <= 200);
  }
  CHECK(whole > 140); // of white noise rarely much is left out
  CHECK(mser5(Values(100, 0.1)).truncation == 0);
}

TEST_CASE("A series that drifts to its end is refused, and so is a short one", "[experiment]") {
  Values drifting(200);
  std::iota(drifting.begin(), drifting.end(), 0.0);
  CHECK(holds(mser5(drifting).refusal, "100 observations, are left out: the series still drifts"));
  CHECK(mser5(drifting).statistic.size() == 21); // the curve shows it
  CHECK(holds(mser5(Values(49, 1.0)).refusal, "9 batches of 5 observations: at least 10"));
  CHECK(mser5(Values(50, 1.0)).refusal.empty());
  CHECK(holds(mser5({}).refusal, "0 batches"));
  CHECK(holds(refusal_of([] { (void)mser5(Values{1, 2, -INFINITY}); }), "observation 2 is infinite"));
}

TEST_CASE("Missing values take no part", "[experiment]") {
  // Nothing finishes in the first 15 days; a day without lots later changes nothing.
  Values series(15, kNaN);
  for (int i = 0; i < 60; i++) series.insert(series.end(), {i < 4 ? 5.0 : i % 2 == 0 ? 1.0 : 0.0, kNaN});
  const WarmUp r = mser5(series);
  CHECK(r.refusal.empty());
  CHECK(r.left_out.front() == 15);
  CHECK(r.truncation == 25); // the fives are on days 15, 17, 19 and 21
  CHECK(holds(mser5(Values(500, kNaN)).refusal, "0 batches"));
}

TEST_CASE("Series are averaged over replications as far as all go", "[experiment]") {
  const std::vector<Values> series{{1, 2, kNaN, kNaN, 9}, {3, kNaN, 5, kNaN}};
  const Values average = average_series(series);
  REQUIRE(average.size() == 4);
  CHECK(average[0] == 2);
  CHECK(average[1] == 2);
  CHECK(average[2] == 5);
  CHECK(std::isnan(average[3]));
  CHECK(average_series({}).empty());
}

TEST_CASE("Of a queue that starts full the truncation takes the bias", "[experiment]") {
  // The work falls by 0.2 a job: about 300 of the 2000 jobs double the mean of all.
  double biased = 0, rest = 0, left_out = 0;
  int refused = 0;
  constexpr int kExperiments = 200;
  for (std::uint64_t e = 0; e < kExperiments; e++) {
    std::vector<Values> replications;
    for (std::uint64_t r = 0; r < 5; r++) replications.push_back(waits(5 * e + r, 2000));
    const Values average = average_series(replications);
    const WarmUp found = mser5(average);
    refused += found.refusal.empty() ? 0 : 1;
    biased += mean_from(average, 0) / kExperiments;
    rest += mean_from(average, found.truncation) / kExperiments;
    left_out += static_cast<double>(found.truncation) / kExperiments;
  }
  CAPTURE(biased, rest, left_out, refused);
  CHECK(biased > 7);
  CHECK(rest == Approx(3.2).epsilon(0.05));
  CHECK(left_out > 300);
  CHECK(left_out < 500);
  CHECK(refused <= 4);
}
