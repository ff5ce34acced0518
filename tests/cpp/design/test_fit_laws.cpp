// Laws by maximum likelihood: parameters come back from drawn values within what theory allows.
#include "../../../libsim/src/design/fit_arrivals.hpp"
#include "../../../libsim/src/design/fit_functions.hpp"
#include "../../../libsim/src/design/fit_laws.hpp"
#include "support.hpp"

#include <numbers>
#include <random>

namespace centresim::design {
namespace {

using core::LawKind;
using detail::Dimension;
using detail::LawFit;
using detail::Observed;
using detail::Point;
using detail::Sample;

constexpr int kDraws = 20'000;
constexpr double kHour = 3.6e6;

Sample drawn(LawKind kind, std::vector<double> parameters, int n = kDraws, double cut = 1e300, unsigned seed = 1) {
  const core::Law law = core::Law::make(kind, parameters);
  std::mt19937_64 random(seed); // the standard says what it gives
  Sample sample;
  for (int i = 0; i < n; ++i) {
    const double value = law.value((static_cast<double>(random() >> 12) + 0.5) * 0x1p-52);
    sample.add(std::max<std::int64_t>(1, std::llround(std::min(value, cut)))); // as the engine does
  }
  return sample;
}

LawFit fitted(LawKind kind, const Sample& sample, double cut = 0) {
  const std::vector<Point> points = sample.points(1);
  const auto fit = detail::fit_law(kind, Dimension::time, {points, cut});
  REQUIRE(fit.has_value());
  return *fit;
}

// sigma of the logarithm, shape of a gamma or Weibull law from its coefficient of variation.
double sigma_of(double cv) { return std::sqrt(std::log1p(cv * cv)); }
double weibull_cv(double k) { return std::sqrt(std::tgamma(1 + 2 / k) / std::pow(std::tgamma(1 + 1 / k), 2) - 1); }
double weibull_shape(double cv) {
  double low = 0.05, high = 50;
  for (int i = 0; i < 200; ++i) (weibull_cv(0.5 * (low + high)) > cv ? low : high) = 0.5 * (low + high);
  return low;
}

TEST_CASE("Special functions have their known values", "[design][fit]") {
  CHECK(detail::digamma(1) == Approx(-0.57721566490153286).epsilon(1e-13));
  CHECK(detail::digamma(0.5) == Approx(-1.96351002602142348).epsilon(1e-13));
  CHECK(detail::trigamma(1) == Approx(std::numbers::pi * std::numbers::pi / 6).epsilon(1e-12));
  CHECK(detail::trigamma(0.25) == Approx(17.1973291545071).epsilon(1e-12));
  CHECK(detail::gamma_p(1, 2) == Approx(-std::expm1(-2.0)).epsilon(1e-13));
  CHECK(detail::gamma_q(1, 40) == Approx(std::exp(-40.0)).epsilon(1e-11));
  CHECK(detail::gamma_p(0.5, 0.3) == Approx(std::erf(std::sqrt(0.3))).epsilon(1e-13));
  CHECK(detail::gamma_p(1e8, 1e8) == Approx(0.5).margin(1e-4));
  CHECK(detail::normal_cdf(1.96) == Approx(0.97500210485177952).epsilon(1e-13));
  for (const auto& [degrees, value] : {std::pair(23.0, 41.638), {144.0, 186.393}, {3.0, 11.345}})
    CHECK(detail::chi_square_one_percent(degrees) == Approx(value).epsilon(0.01));
}

TEST_CASE("A sample keeps what it saw, or classes of it with the same sums", "[design][fit]") {
  Sample few, many;
  for (const std::int64_t x : {5, 5, 0, 7}) few.add(x);
  REQUIRE(few.exact());
  const auto points = few.points(2, 1);
  REQUIRE(points.size() == 3);
  CHECK(points[1].value == 10);
  CHECK(points[1].low == 9);
  CHECK(points[1].high == 11);
  CHECK(points[1].n == 2);
  double sum = 0, n = 0, before = 0;
  for (std::int64_t i = 1; i <= 50'000; ++i) many.add(i * 37);
  CHECK_FALSE(many.exact());
  for (const Point& p : many.points(1)) {
    sum += p.n * p.value;
    n += p.n;
    CHECK(p.low >= before);
    CHECK(p.low <= p.value);
    CHECK(p.value <= p.high);
    before = p.high - 1;
  }
  CHECK(n == 50'000);
  CHECK(sum == Approx(37.0 * 50'000 * 50'001 / 2).epsilon(1e-12));
  CHECK(many.points(1).back().value == 37.0 * 50'000);
  CHECK(many.mean() == Approx(37.0 * 50'001 / 2).epsilon(1e-12));
}

TEST_CASE("Parameters come back within four standard errors", "[design][fit]") {
  const double root = std::sqrt(kDraws);
  for (const unsigned seed : {1U, 2U, 3U}) {
    INFO("seed " << seed);
    const LawFit e = fitted(LawKind::exponential, drawn(LawKind::exponential, {kHour}, kDraws, 1e300, seed));
    CHECK(std::abs(e.law.parameters[0] / kHour - 1) * root < 4);

    const double sigma = sigma_of(3);
    const LawFit l = fitted(LawKind::lognormal, drawn(LawKind::lognormal, {kHour, 3}, kDraws, 1e300, seed));
    const double s = sigma_of(l.law.parameters[1]);
    const double mu = std::log(l.law.parameters[0]) - s * s / 2, wanted = std::log(kHour) - sigma * sigma / 2;
    CHECK(std::abs(mu - wanted) / sigma * root < 4);
    CHECK(std::abs(s - sigma) / sigma * std::numbers::sqrt2 * root < 4);

    for (const double cv : {0.4, 1.7}) {
      const double shape = 1 / (cv * cv);
      const LawFit g = fitted(LawKind::gamma, drawn(LawKind::gamma, {kHour, cv}, kDraws, 1e300, seed));
      const double found = 1 / (g.law.parameters[1] * g.law.parameters[1]);
      CHECK(std::abs(found / shape - 1) * root * std::sqrt(shape * detail::trigamma(shape) - 1) * std::sqrt(shape) <
            4 * std::sqrt(shape));
      CHECK(std::abs(g.law.parameters[0] / kHour - 1) / cv * root < 4);
      const double k = weibull_shape(cv);
      const LawFit w = fitted(LawKind::weibull, drawn(LawKind::weibull, {kHour, cv}, kDraws, 1e300, seed));
      CHECK(std::abs(weibull_shape(w.law.parameters[1]) / k - 1) / std::sqrt(6 / std::pow(std::numbers::pi, 2)) * root <
            4);
    }
  }
}

TEST_CASE("The law that made the values is chosen and lies close to them", "[design][fit]") {
  for (const auto& [kind, parameters] : {std::pair(LawKind::exponential, std::vector{kHour}),
                                         {LawKind::lognormal, {kHour, 2}},
                                         {LawKind::gamma, {kHour, 0.5}},
                                         {LawKind::weibull, {kHour, 1.8}}}) {
    const Sample sample = drawn(kind, parameters);
    const std::vector<Point> points = sample.points(1);
    const auto fits = detail::fit_laws(Dimension::time, {points, 0});
    REQUIRE(fits.size() >= 3);
    // The exponential law is a gamma and a Weibull law, too: of one more parameter that gains little.
    CHECK(fits[0].law.kind == kind);
    CHECK(fits[0].ks < 1.63 / std::sqrt(kDraws)); // 1 % of samples lie further from a law that is known
    CHECK(std::ranges::is_sorted(fits, {}, &LawFit::aic));
  }
}

TEST_CASE("A limit on the values does not bend the law", "[design][fit]") {
  const double root = std::sqrt(kDraws), cut = 2 * kHour;
  const auto at_cut = [&](const Sample& s) {
    REQUIRE(s.times_largest() > kDraws / 50);
    return static_cast<double>(s.times_largest());
  };
  {
    const Sample s = drawn(LawKind::lognormal, {kHour, 2}, kDraws, cut);
    const LawFit f = fitted(LawKind::lognormal, s, at_cut(s));
    CHECK(std::abs(sigma_of(f.law.parameters[1]) / sigma_of(2) - 1) * std::numbers::sqrt2 * root < 6);
    CHECK(f.ks < 0.015);
    CHECK(fitted(LawKind::lognormal, s).ks > 0.015); // as if the limit were what jobs do
  }
  {
    const Sample s = drawn(LawKind::exponential, {kHour}, kDraws, cut);
    CHECK(fitted(LawKind::exponential, s, at_cut(s)).law.parameters[0] / kHour == Approx(1).margin(5 / root));
  }
  for (const double cv : {0.7, 1.5}) {
    const Sample g = drawn(LawKind::gamma, {kHour, cv}, kDraws, cut),
                 w = drawn(LawKind::weibull, {kHour, cv}, kDraws, cut);
    const LawFit fg = fitted(LawKind::gamma, g, at_cut(g)), fw = fitted(LawKind::weibull, w, at_cut(w));
    CHECK(fg.law.parameters[0] / kHour == Approx(1).margin(8 * cv / root));
    CHECK(fg.law.parameters[1] / cv == Approx(1).margin(0.05));
    CHECK(fw.law.parameters[0] / kHour == Approx(1).margin(8 * cv / root));
    CHECK(fw.law.parameters[1] / cv == Approx(1).margin(0.05));
    CHECK(detail::cut_mean(fg.law, cut) == Approx(g.mean()).epsilon(0.01));
  }
}

TEST_CASE("What can not be fitted gives no law, never nonsense", "[design][fit]") {
  const auto none = [](std::vector<Point> points) { return detail::fit_laws(Dimension::time, {points, 0}).empty(); };
  CHECK(none({{1, 1, 1, 5}}));
  // Twelve orders of magnitude: no lognormal law that a scenario can hold, but others.
  const std::vector<Point> wide{{1, 1, 1, 100}, {1e12, 1e12, 1e12, 100}};
  for (const LawFit& fit : detail::fit_laws(Dimension::time, {wide, 0})) {
    CHECK(common::check_distribution(fit.law).empty());
    CHECK(std::isfinite(fit.aic));
    CHECK(fit.ks > 0.3);
  }
  const std::vector<Point> narrow{{1e9, 1e9, 1e9, 3}, {1e9 + 1, 1e9 + 1, 1e9 + 1, 3}};
  for (const LawFit& fit : detail::fit_laws(Dimension::time, {narrow, 0}))
    CHECK(common::check_distribution(fit.law).empty());
}

TEST_CASE("Classes keep the mean, whole ones too", "[design][fit]") {
  const Sample s = drawn(LawKind::weibull, {500, 2.5}, 30'000);
  const std::vector<Point> points = s.points(1);
  const detail::Distribution classes = detail::classes_of(Dimension::number, points);
  const detail::Distribution whole = detail::whole_classes_of(points);
  CHECK(common::check_distribution(classes).empty());
  CHECK(common::check_distribution(whole).empty());
  CHECK(classes.mean() == Approx(s.mean()).epsilon(1e-4));
  CHECK(whole.mean() == Approx(s.mean()).epsilon(1e-4));
  CHECK(classes.parameters.size() < 140);
  CHECK(detail::ks_of_values(classes, points) < 0.011);
  CHECK(detail::ks_of_values(detail::listed(Dimension::number, points, true), points) < 1e-6);
}

TEST_CASE("Batches: one instant, or one user's second", "[design][fit]") {
  using Seen = std::vector<std::pair<Tick, std::int64_t>>;
  const auto batches = [](bool seconds, std::vector<std::pair<Tick, std::uint32_t>> jobs) {
    Seen seen;
    detail::Batches b(seconds, [&](Tick at, std::int64_t n) { seen.emplace_back(at, n); });
    for (const auto& [at, user] : jobs) b.add(at, user);
    b.finish();
    return seen;
  };
  CHECK(batches(false, {{5, 1}, {5, 2}, {6, 1}}) == Seen{{5, 2}, {6, 1}});
  CHECK(batches(true, {{1000, 1}, {1000, 2}, {1000, 1}, {3000, 1}}) == Seen{{1250, 2}, {1750, 1}, {3500, 1}});
}

TEST_CASE("A profile is told from noise", "[design][fit]") {
  constexpr Tick kWeek = 7 * core::kTicksPerDay;
  const auto counted = [](Tick from, Tick to, double per_hour, auto rate) {
    std::mt19937_64 random(7);
    detail::HourCounts counts;
    for (double at = static_cast<double>(from);;) {
      at += -std::log((static_cast<double>(random() >> 12) + 0.5) * 0x1p-52) * kHour / per_hour / 2;
      if (at >= static_cast<double>(to)) break;
      const auto tick = static_cast<Tick>(at);
      const auto hour = static_cast<std::size_t>(tick % kWeek / core::kTicksPerHour);
      if ((static_cast<double>(random() >> 12) + 0.5) * 0x1p-52 < rate(hour) / 2) counts.add(tick);
    }
    counts.finish();
    return detail::profile_of(counts, from, to);
  };
  const auto flat = [](std::size_t) { return 1.0; };
  const auto office = [](std::size_t hour) { return hour % 24 >= 8 && hour % 24 < 18 ? 1.6 : 0.57; };
  const auto week = [&](std::size_t hour) { return hour >= 120 ? 0.1 : office(hour); };
  CHECK(counted(0, 6 * kWeek, 10, flat).empty());
  CHECK(counted(12'345'678, 6 * kWeek + 999, 10, office).size() == 24);
  CHECK(counted(12'345'678, 6 * kWeek + 999, 10, week).size() == 168);
  CHECK(counted(0, kWeek, 10, week).size() == 24);  // too short for the week
  CHECK(counted(0, kWeek / 7, 10, office).empty()); // and for the day
  const std::vector<double> rates = counted(12'345'678, 6 * kWeek + 999, 50, office);
  CHECK(std::accumulate(rates.begin(), rates.end(), 0.0) / 24 == Approx(1).epsilon(1e-3));
  CHECK(rates[12] / rates[2] == Approx(1.6 / 0.57).epsilon(0.1));
  const detail::ProfileClock clock(rates);
  CHECK(clock.hours(2 * kWeek) == Approx(336));
  CHECK(clock.hours(core::kTicksPerDay + 6 * core::kTicksPerHour) < 24 + 6);
}

} // namespace
} // namespace centresim::design
