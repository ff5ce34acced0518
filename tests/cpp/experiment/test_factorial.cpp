// Factorial designs: their columns, their words against every other choice, alias sets by hand, and effects of
// published data.
#include "catch.hpp"
#include "centresim/experiment/factorial.hpp"
#include "draws.hpp"

#include <algorithm>
#include <bit>

using namespace centresim::experiment;
using Outputs = std::vector<std::vector<double>>;
using Lengths = std::vector<int>; // number of words of 3, 4, ... factors

namespace {

Lengths lengths_of(std::span<const FactorSet> words, std::size_t factors) {
  Lengths lengths(factors - 2);
  for (const FactorSet word : words) lengths.at(static_cast<std::size_t>(std::popcount(word)) - 3)++;
  return lengths;
}

// The least aberration of all choices of generators, by trying them.
void try_all(Lengths& best, std::vector<FactorSet>& words, std::size_t factor, std::size_t factors, std::size_t basic,
             FactorSet from) {
  if (factor == factors) {
    const Lengths lengths = lengths_of(words, factors);
    if (best.empty() || lengths < best) best = lengths;
    return;
  }
  for (FactorSet generator = from; generator < FactorSet{1} << basic; generator++) {
    if (std::popcount(generator) < 2) continue;
    const std::size_t before = words.size();
    const FactorSet word = generator | FactorSet{1} << factor;
    words.push_back(word);
    for (std::size_t i = 0; i < before; i++) words.push_back(words[i] ^ word);
    try_all(best, words, factor + 1, factors, basic, generator + 1);
    words.resize(before);
  }
}

std::string names(std::span<const FactorSet> sets) {
  std::string text;
  for (const FactorSet set : sets) text += (text.empty() ? "" : "=") + effect_name(set);
  return text;
}

std::vector<std::string> names_of(const std::vector<std::vector<FactorSet>>& sets) {
  std::vector<std::string> texts;
  for (const auto& set : sets) texts.push_back(names(set));
  return texts;
}

struct Fraction {
  std::size_t factors, runs;
  Lengths lengths; // of words of 3, 4, ... factors; zeros at the end are left out
};

// Least aberration, found by comparing all choices of generators.
const Fraction kFractions[] = {{3, 4, {1}},
                               {4, 8, {0, 1}},
                               {5, 8, {2, 1}},
                               {5, 16, {0, 0, 1}},
                               {6, 8, {4, 3}},
                               {6, 16, {0, 3}},
                               {6, 32, {0, 0, 0, 1}},
                               {7, 8, {7, 7, 0, 0, 1}},
                               {7, 16, {0, 7}},
                               {7, 32, {0, 1, 2}},
                               {7, 64, {0, 0, 0, 0, 1}},
                               {8, 16, {0, 14, 0, 0, 0, 1}},
                               {8, 32, {0, 3, 4}},
                               {8, 64, {0, 0, 2, 1}},
                               {8, 128, {0, 0, 0, 0, 0, 1}},
                               {9, 16, {4, 14, 8, 0, 4, 1}},
                               {9, 32, {0, 6, 8, 0, 0, 1}},
                               {9, 64, {0, 1, 4, 2}},
                               {9, 128, {0, 0, 0, 3}},
                               {9, 256, {0, 0, 0, 0, 0, 0, 1}},
                               {10, 16, {8, 18, 16, 8, 8, 5}},
                               {10, 32, {0, 10, 16, 0, 0, 5}},
                               {10, 64, {0, 2, 8, 4, 0, 1}},
                               {10, 128, {0, 0, 3, 3, 1}},
                               {10, 256, {0, 0, 0, 1, 2}},
                               {10, 512, {0, 0, 0, 0, 0, 0, 0, 1}},
                               {11, 16, {12, 26, 28, 24, 20, 13, 4}},
                               {11, 32, {0, 25, 0, 27, 0, 10, 0, 1}},
                               {11, 64, {0, 4, 14, 8, 0, 3, 2}},
                               {11, 128, {0, 0, 6, 6, 2, 1}},
                               {11, 256, {0, 0, 0, 6, 0, 1}},
                               {11, 512, {0, 0, 0, 0, 2, 1}},
                               {11, 1024, {0, 0, 0, 0, 0, 0, 0, 0, 1}}};

} // namespace

TEST_CASE("Fractions have the least aberration", "[experiment]") {
  for (const Fraction& f : kFractions) {
    const FactorialDesign design = factorial_design(f.factors, f.runs);
    CAPTURE(f.factors, f.runs);
    REQUIRE(design.runs() == f.runs);
    Lengths expected = f.lengths;
    expected.resize(f.factors - 2);
    CHECK(lengths_of(defining_words(design), f.factors) == expected);
    const auto shortest = std::ranges::find_if(expected, [](int n) { return n > 0; }) - expected.begin();
    CHECK(resolution(design) == static_cast<std::size_t>(shortest) + 3);
    if (f.runs > 32) continue; // up to 5 million choices: done once
    Lengths best;
    std::vector<FactorSet> words;
    try_all(best, words, design.basic, f.factors, design.basic, 3);
    CHECK(best == expected);
  }
}

TEST_CASE("Columns of a design are balanced and orthogonal, and its words are 1 in every run", "[experiment]") {
  for (const Fraction& f : kFractions) {
    const FactorialDesign design = factorial_design(f.factors, f.runs);
    std::vector<std::vector<int>> levels(f.runs);
    for (std::size_t run = 0; run < f.runs; run++)
      for (std::size_t i = 0; i < f.factors; i++) levels[run].push_back(design.level(run, i));
    bool orthogonal = true, ones = true;
    for (std::size_t i = 0; i < f.factors; i++)
      for (std::size_t j = 0; j <= i; j++) {
        int sum = 0, products = 0;
        for (const auto& row : levels) sum += row[i], products += row[i] * row[j];
        orthogonal = orthogonal && sum == 0 && products == (i == j ? static_cast<int>(f.runs) : 0);
      }
    for (const FactorSet word : defining_words(design))
      for (const auto& row : levels) {
        int product = 1;
        for (std::size_t i = 0; i < f.factors; i++)
          if ((word >> i & 1) != 0) product *= row[i];
        ones = ones && product == 1;
      }
    CAPTURE(f.factors, f.runs);
    CHECK(orthogonal);
    CHECK(ones);
    CHECK(std::ranges::adjacent_find(levels) == levels.end());
  }
}

TEST_CASE("Runs are in standard order, added factors as their generators say", "[experiment]") {
  const FactorialDesign half = factorial_design(4, 8); // D = ABC
  const int expected[8][4] = {{-1, -1, -1, -1}, {1, -1, -1, 1}, {-1, 1, -1, 1}, {1, 1, -1, -1},
                              {-1, -1, 1, 1},   {1, -1, 1, -1}, {-1, 1, 1, -1}, {1, 1, 1, 1}};
  for (std::size_t run = 0; run < 8; run++)
    for (std::size_t i = 0; i < 4; i++) CHECK(half.level(run, i) == expected[run][i]);
  CHECK(effect_name(0) == "I");
  CHECK(effect_name(0b11100000001) == "AJKL");
  CHECK(names(defining_words(factorial_design(5, 8))) == "ABD=ACE=BCDE");
}

TEST_CASE("Alias sets, by hand", "[experiment]") {
  using Names = std::vector<std::string>;
  CHECK(names_of(alias_sets(factorial_design(4, 8))) == Names{"A", "B", "C", "D", "AB=CD", "AC=BD", "AD=BC"});
  CHECK(names_of(alias_sets(factorial_design(3, 4))) == Names{"A=BC", "B=AC", "C=AB"});
  CHECK(names_of(alias_sets(factorial_design(7, 8))) ==
        Names{"A=BD=CE=FG", "B=AD=CF=EG", "C=AE=BF=DG", "D=AB=CG=EF", "E=AC=BG=DF", "F=AG=BC=DE", "G=AF=BE=CD"});
  CHECK(names_of(alias_sets(factorial_design(2, 4))) == Names{"A", "B", "AB"});
  CHECK(names_of(alias_sets(factorial_design(4, 8), 3)) ==
        Names{"A=BCD", "B=ACD", "C=ABD", "D=ABC", "AB=CD", "AC=BD", "AD=BC"});
  CHECK(alias_sets(factorial_design(4, 8), 4).size() == 7); // ABCD is mixed with the mean
  CHECK(names_of(alias_sets(factorial_design(3, 8), 1)) == Names{"A", "B", "C"});
  CHECK(resolution(factorial_design(3, 8)) == 0);
  CHECK(defining_words(factorial_design(3, 8)).empty());
}

TEST_CASE("Effects of the pilot plant of Box, Hunter and Hunter", "[experiment]") {
  // 2^3: temperature, concentration, catalyst; yields in standard order (1978, ch. 10).
  const double yields[] = {60, 72, 54, 68, 52, 83, 45, 80};
  const double expected[] = {23, -5, 1.5, 1.5, 10, 0, 0.5}; // T, C, K, TC, TK, CK, TCK
  Outputs outputs;
  for (const double y : yields) outputs.push_back({y});
  const auto effects = factorial_effects(factorial_design(3, 8), outputs, 3);
  REQUIRE(effects.size() == 7);
  for (std::size_t i = 0; i < 7; i++) {
    CHECK(effects[i].effect.mean == Approx(expected[i]).margin(1e-12));
    CHECK((effects[i].effect.n == 1 && std::isnan(effects[i].effect.low)));
  }
}

TEST_CASE("A fraction estimates sums of aliases, with an interval over replications", "[experiment]") {
  // Half effects 3 A + 2 AB - CD: AB and CD together 2 (2 - 1).
  const FactorialDesign design = factorial_design(4, 8);
  const double shift[] = {-1, 2, 5};
  Outputs outputs;
  for (std::size_t run = 0; run < 8; run++) {
    const double a = design.level(run, 0), b = design.level(run, 1), c = design.level(run, 2), d = design.level(run, 3);
    outputs.emplace_back();
    for (const double s : shift) outputs.back().push_back(100 + 3 * a + 2 * a * b - c * d + s + s / 2 * b);
  }
  outputs[3][2] = std::nan("");
  const auto effects = factorial_effects(design, outputs);
  CHECK(names(effects[4].aliases) == "AB=CD");
  CHECK(effects[0].effect.mean == Approx(6));
  CHECK(effects[4].effect.mean == Approx(2));
  CHECK(effects[1].effect.n == 2); // without the replication that has a gap: -1 and 2
  CHECK(effects[1].effect.mean == Approx(0.5));
  CHECK(effects[1].effect.high == Approx(0.5 + student_t_95(1) * 1.5));
}

TEST_CASE("Intervals of effects cover", "[experiment]") {
  constexpr int kExperiments = 2000;
  const FactorialDesign design = factorial_design(5, 8);
  int covered = 0;
  for (int e = 0; e < kExperiments; e++) {
    Draws draws(1, static_cast<std::uint64_t>(e));
    const auto common = draws.normals(4, 0, 3);
    Outputs outputs;
    for (std::size_t run = 0; run < 8; run++) {
      outputs.push_back(draws.normals(4, 2 * design.level(run, 1)));
      for (std::size_t r = 0; r < 4; r++) outputs.back()[r] += common[r];
    }
    const Estimate b = factorial_effects(design, outputs)[1].effect;
    covered += b.low <= 4 && 4 <= b.high;
  }
  CAPTURE(covered);
  CHECK(std::abs(z_of_count(covered, kExperiments, 0.95)) < 4);
}

TEST_CASE("Designs that do not exist are refused", "[experiment]") {
  CHECK(refusal_of([] { (void)factorial_design(5, 12); }) ==
        "factorial design: 5 factors take 8 or 16 or 32 runs, not 12");
  CHECK(holds(refusal_of([] { (void)factorial_design(8, 8); }), "16 or 32 or 64 or 128 or 256 runs"));
  CHECK(holds(refusal_of([] { (void)factorial_design(0, 1); }), "not from 1 to 11"));
  CHECK(holds(refusal_of([] { (void)factorial_design(12, 4096); }), "not from 1 to 11"));
  CHECK(factorial_design(11, 2048).runs() == 2048);
  const FactorialDesign design = factorial_design(2, 4);
  CHECK(holds(refusal_of([&] { (void)factorial_effects(design, Outputs(3, {1})); }), "3 rows for 4 runs"));
  CHECK(holds(refusal_of([&] { (void)factorial_effects(design, Outputs{{1}, {1}, {1, 2}, {1}}); }),
              "1 and 2 replications"));
}
