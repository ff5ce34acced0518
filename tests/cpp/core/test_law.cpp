// Laws and their mathematics against SciPy 1.17 (the call stands above the rows; isf(1 - u) above 0.9) and against each
// other.
#include "../../../libsim/src/core/vector_paths.hpp"
#include "catch.hpp"
#include "centresim/core/law.hpp"
#include "centresim/core/statistics.hpp"

#include <cmath>
#include <cstring>
#include <vector>

using namespace centresim::core;

namespace {

constexpr double kTop = 1 - 0x1p-53;
const std::vector<double> kU{0x1p-53, 0x1p-30, 0.001, 0.025, 0.3, 0.5, 0.75, 0.975, 0.999, 1 - 0x1p-30, kTop};

struct Row {
  const char* what;
  Law law;
  std::vector<double> quantiles; // at kU
  double tolerance;              // relative
};

Law law_of(LawKind kind, std::vector<double> parameters, std::vector<double> weights = {}) {
  return Law::make(kind, parameters, weights);
}

bool close(double actual, double expected, double relative, double absolute = 0) {
  return std::abs(actual - expected) <= relative * std::abs(expected) + absolute;
}

std::vector<Row> rows() {
  return {
      // stats.gamma.ppf(u, 1/cv**2, scale=100*cv**2),
      {"gamma 3",
       law_of(LawKind::gamma, {100, 3}),
       {1.412346853352686e-141, 2.905028979637518e-79, 5.511239677496179e-25, 2.1023710927948476e-12,
        0.010847890733008403, 1.0775742443992762, 43.18837407273498, 945.2287074244649, 3120.4360011054305,
        14516.231081613607, 28350.33822299309},
       1e-8},
      {"gamma 1",
       law_of(LawKind::gamma, {100, 1}),
       {1.1102230246251543e-14, 9.313225750491602e-08, 0.1000500333583534, 2.5317807984289877, 35.66749439387324,
        69.31471805599455, 138.62943611198907, 368.88794541139356, 690.7755278982137, 2079.4415416798356,
        3673.6800569677102},
       1e-8},
      {"gamma 0.3",
       law_of(LawKind::gamma, {100, 0.3}),
       {1.6583115550537542, 7.333957598180977, 31.965849354688718, 50.12410022039942, 82.37289919722198,
        97.01652924419332, 118.2796769013035, 166.81073518916975, 218.67004349584812, 395.34389472944997,
        571.6297829390185},
       1e-9},
      {"gamma 0.01",
       law_of(LawKind::gamma, {100, 0.01}),
       {92.01039065708972, 94.10719641950548, 96.93824385823726, 98.04952467260183, 99.47319262019585,
        99.99666668642047, 100.67266062388988, 101.96941824999884, 103.11875224539537, 106.12687553788328,
        108.43221779893305},
       1e-10},
      // stats.gamma.ppf(u, 3, scale=100/3)
      {"erlang 3",
       law_of(LawKind::erlang, {100, 3}),
       {0.00029111652168139866, 0.05917731863443268, 6.35111258561344, 20.622404096520047, 63.792526470902075,
        89.13534379078531, 130.6800686764187, 240.82292225746534, 374.2957414137554, 891.6321009651326,
        1454.7160697050099},
       1e-8},
      // stats.lognorm.ppf(u, s, scale=100*exp(-s*s/2)), s = sqrt(log1p(cv**2))
      {"lognormal 0.3",
       law_of(LawKind::lognormal, {100, 0.3}),
       {8.602791916922058, 16.41135094765016, 38.66410190620996, 53.87753320316976, 82.11643051408852,
        95.78262852211515, 116.7558269228955, 170.2808458585063, 237.28242670320483, 559.0223471468155,
        1066.4342477654543},
       1e-12},
      {"lognormal 2",
       law_of(LawKind::lognormal, {100, 2}),
       {0.0013408334839651382, 0.021857033945946423, 0.8869829956415263, 3.720916048535493, 22.99272207785355,
        44.721359549995796, 105.22841529245443, 537.5020489342066, 2254.834658418073, 91503.72392457751,
        1491609.5278927272},
       1e-12},
      // stats.weibull_min.ppf(u, k, scale=100/gamma(1+1/k)), k by brentq from the coefficient of variation
      {"weibull 0.01",
       law_of(LawKind::weibull, {100, 0.01}),
       {75.30769165087152, 85.33554104798368, 95.15281507392723, 97.59433268626053, 99.63984176854078,
        100.1603085568744, 100.70617826943119, 101.48198796229507, 101.98240856888592, 102.86749858530075,
        103.32756345833742},
       1e-10},
      {"weibull 0.3",
       law_of(LawKind::weibull, {100, 0.3}),
       {0.005603071536235519, 0.40997199576450455, 17.24808723002591, 41.16993321924877, 83.93203326152874,
        100.37505377039069, 120.97162962945056, 157.44646991832118, 186.4201981651227, 250.82293998191474,
        292.3600847224771},
       1e-10},
      {"weibull 2",
       law_of(LawKind::weibull, {100, 2}),
       {2.295669857905087e-28, 1.3150521482457285e-15, 0.0001707123105229576, 0.06575172941892539, 8.606868551887004,
        29.278654310629715, 105.01424699143725, 637.459008903192, 2025.2199180359896, 15430.825044051016,
        44036.423293604916},
       1e-10},
      // stats.truncnorm(-m/s, inf, loc=m, scale=s).ppf(u), the last one, where it loses digits, by
      // m + s * norm.isf(norm.sf(-m/s) * 2**-53)
      {"normal 30",
       law_of(LawKind::normal, {100, 30}),
       {2.1600499167107046e-12, 1.810804749879935e-05, 10.519268398785286, 41.41432176472451, 84.293893216198,
        100.01613242221822, 120.24482012136164, 158.80442647021601, 192.71079276704103, 280.2826944028549,
        346.28763048634363},
       1e-10},
      {"normal 200",
       law_of(LawKind::normal, {100, 200}),
       {1.4210854715202004e-14, 3.6582675022600597e-07, 0.39261100910601954, 9.705266788236472, 108.01145958310536,
        179.37423501790894, 288.58032227177523, 522.6646195867272, 739.638266471768, 1313.7785989293511,
        1750.7445181352891},
       1e-10},
      // stats.triang.ppf(u, 20/90, loc=10, scale=90)
      {"triangular",
       law_of(LawKind::triangular, {10, 30, 100}),
       {10.000000447034836, 10.001294751186254, 11.341640786499873, 16.70820393249937, 33.59216913646404,
        43.87513919839088, 60.31373033403115, 87.45009960198887, 97.49001992039777, 99.99757774232995,
        99.9999991636744},
       1e-12},
      // stats.expon.ppf(u, scale=100)
      {"exponential",
       law_of(LawKind::exponential, {100}),
       {1.1102230246251565e-14, 9.313225750491594e-08, 0.10005003335835334, 2.5317807984289877, 35.66749439387324,
        69.31471805599453, 138.62943611198907, 368.88794541139356, 690.7755278982136, 2079.4415416798356,
        3673.6800569677102},
       1e-14},
  };
}

} // namespace

TEST_CASE("Own functions agree with SciPy", "[core]") {
  for (const double x : {0x1p-1000, 1e-16, 0.1, 0.75, 0.999999, 1.0, 1.000001, 1.49999, 1.5, 2.0, 1e5, 0x1p1000})
    CHECK(close(math::log(x), std::log(x), 2e-15));
  CHECK(math::log(1.0) == 0);
  const double xs[] = {-700, -50.25, -1e-3, 0.34, 1, 20.7, 700}; // np.exp
  const double exps[] = {9.85967654375977e-305, 1.5021118919431522e-22, 0.999000499833375,      1.4049475905635938,
                         2.718281828459045,     977002725.8269073,      1.0142320547350045e+304};
  for (std::size_t i = 0; i < 7; ++i) CHECK(close(math::exp(xs[i]), exps[i], 1e-15));
  CHECK(math::exp(-1000) == 0);
  CHECK(std::isinf(math::exp(1000)));
  const double quantiles[] = {-8.209536151601387,  -6.009353565530744,  -3.090232306167813,
                              -1.9599639845400545, -0.5244005127080409, 0.0,
                              0.6744897501960817,  1.959963984540054,   3.090232306167813,
                              6.009353565530744,   8.209536151601387}; // stats.norm.ppf(kU)
  for (std::size_t i = 0; i < kU.size(); ++i) CHECK(close(math::normal_quantile(kU[i]), quantiles[i], 1e-14, 1e-300));
  const double zs[] = {0, 0.5, 1, 2.9, 3.1, 8, 30}; // stats.norm.sf
  const double tails[] = {0.5,
                          0.3085375387259869,
                          0.15865525393145707,
                          0.0018658133003840375,
                          0.0009676032132183563,
                          6.22096057427174e-16,
                          4.906713927147908e-198};
  for (std::size_t i = 0; i < 7; ++i) CHECK(close(math::normal_tail(zs[i]), tails[i], 1e-12));
  const double gs[] = {0.01, 0.5, 1.5, 3, 14.9, 15.1, 1e3, 1e10}; // special.gammaln
  const double logs[] = {4.599479878042022,  0.5723649429247,    -0.12078223763524526, 0.6931471805599453,
                         24.924132002217277, 25.458999750992664, 5905.220423209181,    220258509288.81058};
  for (std::size_t i = 0; i < 8; ++i) CHECK(close(math::log_gamma(gs[i]), logs[i], 1e-14, 1e-14));
  for (const double x : {1e-12, 1e-3, 0.1, 0.39, 0.41, 5.0}) CHECK(close(math::log_1p(x), std::log1p(x), 2e-15));
}

TEST_CASE("The logarithm has the same bits with and without fused multiply-add", "[core]") {
  if (!detail::kHasFma) return;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    const double u = detail::unit_interval(mix(1, i));
    CHECK_FALSE(math::detail::log_fma(u) != math::detail::log_portable(u));
  }
}

TEST_CASE("Quantiles of every law agree with SciPy", "[core]") {
  for (const Row& row : rows())
    for (std::size_t i = 0; i < kU.size(); ++i) {
      INFO(row.what << " at " << kU[i] << ": " << row.law.value(kU[i]) << " against " << row.quantiles[i]);
      CHECK(close(row.law.value(kU[i]), row.quantiles[i], row.tolerance, 1e-12));
    }
}

TEST_CASE("Quantiles never fall and ticks are the nearest", "[core]") {
  for (const Row& row : rows()) {
    double last = -1;
    for (int i = 0; i < 5000; ++i) {
      const double u = (i + 0.5) / 5000, value = row.law.value(u);
      if (value < last) FAIL(row.what << " falls at " << u);
      if (std::abs(static_cast<double>(row.law.ticks(u)) - value) > 0.5) FAIL(row.what << " is not the nearest tick");
      last = value;
    }
  }
}

TEST_CASE("Mean and variance agree with sums over the quantiles", "[core]") {
  std::vector<std::pair<const char*, Law>> laws;
  for (const Row& row : rows()) laws.emplace_back(row.what, row.law);
  laws.emplace_back("uniform", law_of(LawKind::uniform, {100, 40}));
  laws.emplace_back("normal 80", law_of(LawKind::normal, {100, 80}));
  laws.emplace_back("integers", law_of(LawKind::integers, {1, 7}));
  laws.emplace_back("empirical", law_of(LawKind::empirical, {9, 1, 4}, {0.5, 0.25, 0.25}));
  constexpr int n = 400'000;
  for (const auto& [what, law] : laws) {
    Moments moments;
    for (int i = 0; i < n; ++i) moments.add(law.value((i + 0.5) / n));
    INFO(what << ": " << moments.mean() << " " << moments.variance() << " against " << law.mean() << " "
              << law.variance());
    const bool heavy = law.variance() > 2 * law.mean() * law.mean();
    CHECK(close(moments.mean(), law.mean(), heavy ? 2e-3 : 2e-5));
    CHECK(close(moments.variance(), law.variance(), heavy ? 0.1 : 1e-3));
  }
  CHECK(law_of(LawKind::normal, {100, 80}).mean() == Approx(116.33803671189415).epsilon(1e-12)); // truncnorm.mean()
  CHECK(law_of(LawKind::normal, {100, 80}).variance() == Approx(4499.264885211385).epsilon(1e-10));
}

TEST_CASE("Step laws take the value whose share holds u", "[core]") {
  const Law law = law_of(LawKind::discrete, {25, 5, 25, 1}, {1, 2, 1, 0}); // 5 and 25 in equal shares
  CHECK(law.ticks(0.4999) == 5);
  CHECK(law.ticks(0.5) == 5);
  CHECK(law.ticks(0.5001) == 25);
  CHECK(law.ticks(kTop) == 25);
  CHECK(law.mean() == 15);
  const Law integers = law_of(LawKind::integers, {3, 5});
  CHECK(integers.ticks(0x1p-53) == 3);
  CHECK(integers.ticks(0.34) == 4);
  CHECK(integers.ticks(kTop) == 5);
  CHECK(integers.variance() == Approx(2.0 / 3));
}

TEST_CASE("Batches of ticks are the ticks of single draws", "[core]") {
  std::vector<Law> laws;
  for (const Row& row : rows()) laws.push_back(row.law);
  laws.push_back(law_of(LawKind::uniform, {600'000, 400'000}));
  laws.push_back(law_of(LawKind::uniform, {1, 3})); // partly below 0
  laws.push_back(law_of(LawKind::exponential, {3e6}));
  laws.push_back(law_of(LawKind::exponential, {1e12})); // partly beyond the last tick
  laws.emplace_back();
  std::vector<double> u(1003);
  for (std::size_t i = 0; i < u.size(); ++i)
    u[i] = uniform_at(stream_key(4, 4), 1, Purpose::test, static_cast<std::uint32_t>(i), 0);
  u[0] = 0x1p-53, u[1] = kTop;
  for (const Law& law : laws) {
    std::vector<Tick> batch(u.size()), single(u.size());
    law.ticks(u, batch);
    for (std::size_t i = 0; i < u.size(); ++i) single[i] = law.ticks(u[i]);
    CHECK(batch == single);
    TickSequence sequence(law, stream_key(9, 1), 5, Purpose::release);
    UniformSequence uniforms(stream_key(9, 1), 5, Purpose::release);
    for (int i = 0; i < 50; ++i) CHECK(sequence.next() == law.ticks(uniforms.next()));
  }
}

TEST_CASE("Draws have the bits they had when they were written down", "[core]") {
  // Ticks of every kind of law over one stream: the same with every compiler, option and processor.
  std::uint64_t fold = 0;
  for (const Row& row : rows()) {
    UniformSequence u(stream_key(2024, 1), name_identity(row.what), Purpose::test);
    for (int i = 0; i < 1000; ++i) {
      const double value = row.law.value(u.next());
      fold = mix(fold, std::bit_cast<std::uint64_t>(value));
    }
  }
  CHECK(fold == 0xbecf04d2ae4e997bu);
}

TEST_CASE("Parameters that make no law are refused, laws without spread are constants", "[core]") {
  using K = LawKind;
  const double nan = std::nan(""), inf = HUGE_VAL;
  const std::vector<std::pair<K, std::vector<double>>> wrong = {
      {K::constant, {}},       {K::constant, {1, 2}},   {K::constant, {nan}},    {K::uniform, {1}},
      {K::uniform, {5, -1}},   {K::exponential, {-1}},  {K::exponential, {inf}}, {K::triangular, {3, 2, 4}},
      {K::lognormal, {1, -1}}, {K::gamma, {1, 1e9}},    {K::weibull, {1, 1e-9}}, {K::erlang, {10, 1.5}},
      {K::erlang, {10, 0}},    {K::erlang, {10, 1e12}}, {K::normal, {-1, 1}},    {K::integers, {1.5, 2}},
      {K::integers, {3, 1}},   {K::empirical, {}},      {K::discrete, {1, 2}},
  };
  for (const auto& [kind, parameters] : wrong) {
    INFO(static_cast<int>(kind) << " with " << parameters.size());
    CHECK_THROWS_AS(law_of(kind, parameters), std::invalid_argument);
  }
  CHECK_THROWS_AS(law_of(K::empirical, {1, 2}, {1, -1}), std::invalid_argument);
  CHECK_THROWS_AS(law_of(K::empirical, {1, 2}, {0, 0}), std::invalid_argument);
  CHECK_THROWS_AS(law_of(K::constant, {1}, {1}), std::invalid_argument);
  for (const Law& law :
       {law_of(K::uniform, {7, 0}), law_of(K::normal, {7, 0}), law_of(K::gamma, {7, 0}),
        law_of(K::triangular, {7, 7, 7}), law_of(K::integers, {7, 7}), law_of(K::empirical, {7, 7}, {1, 3})}) {
    CHECK(law.is_constant());
    CHECK(law.ticks(0.3) == 7);
  }
  CHECK(law_of(K::constant, {1e300}).ticks(0.5) == kMaxTick);
  CHECK(law_of(K::constant, {-5}).ticks(0.5) == 0);
  CHECK(law_of(K::constant, {2.6}).ticks(0.5) == 3);
  CHECK(Law().ticks(0.5) == 0);
}

TEST_CASE("Extreme spreads stay finite and in order", "[core]") {
  for (const LawKind kind : {LawKind::gamma, LawKind::weibull, LawKind::lognormal})
    for (const double cv : {1e-6, 1e-3, 0.1, 5.0, 30.0, 100.0}) {
      const Law law = law_of(kind, {1e6, cv});
      double last = 0;
      for (const double u : kU) {
        INFO(static_cast<int>(kind) << " cv " << cv << " u " << u << ": " << law.value(u));
        CHECK(std::isfinite(law.value(u)));
        CHECK(law.value(u) >= last);
        last = law.value(u);
      }
      if (cv < 0.2) CHECK(close(law.value(0.5), 1e6, 0.02));
    }
}
