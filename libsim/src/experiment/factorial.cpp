#include "centresim/experiment/factorial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>

namespace centresim::experiment {
namespace {

constexpr std::string_view kNames = "ABCDEFGHJKL";

struct Fraction {
  std::size_t factors, basic;
  const char* generators; // of the factors after the basic ones
};

// Montgomery's table, and three larger fractions; of every size compared with all other choices of generators.
constexpr Fraction kFractions[] = {
    {3, 2, "AB"},
    {4, 3, "ABC"},
    {5, 3, "AB AC"},
    {5, 4, "ABCD"},
    {6, 3, "AB AC BC"},
    {6, 4, "ABC BCD"},
    {6, 5, "ABCDE"},
    {7, 3, "AB AC BC ABC"},
    {7, 4, "ABC BCD ACD"},
    {7, 5, "ABCD ABDE"},
    {7, 6, "ABCDEF"},
    {8, 4, "BCD ACD ABC ABD"},
    {8, 5, "ABC ABD BCDE"},
    {8, 6, "ABCD ABEF"},
    {8, 7, "ABCDEFG"},
    {9, 4, "ABC BCD ACD ABD ABCD"},
    {9, 5, "BCDE ACDE ABDE ABCE"},
    {9, 6, "ABCD ACEF CDEF"},
    {9, 7, "ACDFG BCEFG"},
    {9, 8, "ABCDEFGH"},
    {10, 4, "ABC BCD ACD ABD ABCD AB"},
    {10, 5, "ABCD ABCE ABDE ACDE BCDE"},
    {10, 6, "BCDF ACDF ABDE ABCE"},
    {10, 7, "ABCG BCDE ACDF"},
    {10, 8, "ABCDE ABCFGH"},
    {10, 9, "ABCDEFGHJ"},
    {11, 4, "ABC BCD ACD ABD ABCD AB AC"},
    {11, 5, "ABC BCD CDE ACD ADE BDE"},
    {11, 6, "CDE ABCD ABF BDEF ADEF"},
    {11, 7, "ABCG BCDE ACDF ABCDEFG"},
    {11, 8, "ABCDE ABCFG ABDFH"},
    {11, 9, "ABCDEF ABCGHJ"},
    {11, 10, "ABCDEFGHJK"},
};

std::vector<FactorSet> sets_of(std::string_view text) {
  std::vector<FactorSet> sets(1);
  for (const char c : text) {
    if (c == ' ')
      sets.push_back(0);
    else
      sets.back() |= FactorSet{1} << kNames.find(c);
  }
  return sets;
}

// By size, then as their names are sorted.
bool before(FactorSet a, FactorSet b) {
  const FactorSet differ = a ^ b;
  if (std::popcount(a) != std::popcount(b)) return std::popcount(a) < std::popcount(b);
  return differ != 0 && (a & (differ & (~differ + 1))) != 0; // who has the first factor in which they differ
}

// The basic factors whose product a set is in every run.
FactorSet basic_set(const FactorialDesign& design, FactorSet set) {
  FactorSet basic = set & static_cast<FactorSet>(design.runs() - 1);
  for (std::size_t i = design.basic; i < design.factors; i++)
    if ((set >> i & 1) != 0) basic ^= design.generators[i - design.basic];
  return basic;
}

// The product of basic factors in a run: a factor is high where its bit of the run is set.
int sign(FactorSet basic, std::size_t run) {
  return std::popcount(basic & ~static_cast<FactorSet>(run)) % 2 == 0 ? 1 : -1;
}

FactorSet all_of(const FactorialDesign& design) { return (FactorSet{1} << design.factors) - 1; }

std::vector<std::size_t> runs_for(std::size_t factors) {
  std::vector<std::size_t> runs;
  for (const Fraction& f : kFractions)
    if (f.factors == factors) runs.push_back(std::size_t{1} << f.basic);
  runs.push_back(std::size_t{1} << factors);
  return runs;
}

} // namespace

std::string effect_name(FactorSet set) {
  std::string name;
  for (std::size_t i = 0; i < kNames.size(); i++)
    if ((set >> i & 1) != 0) name += kNames[i];
  return name.empty() ? "I" : name;
}

int FactorialDesign::level(std::size_t run, std::size_t factor) const {
  return sign(basic_set(*this, FactorSet{1} << factor), run);
}

FactorialDesign factorial_design(std::size_t factors, std::size_t runs) {
  if (factors < 1 || factors > kMostFactors)
    throw std::invalid_argument(
        fmt::format("factorial design: {} factors are not from 1 to {}", factors, kMostFactors));
  if (runs == std::size_t{1} << factors) return {factors, factors, {}};
  for (const Fraction& f : kFractions)
    if (f.factors == factors && runs == std::size_t{1} << f.basic) return {factors, f.basic, sets_of(f.generators)};
  std::string sizes;
  for (const std::size_t size : runs_for(factors)) sizes += (sizes.empty() ? "" : " or ") + std::to_string(size);
  throw std::invalid_argument(fmt::format("factorial design: {} factors take {} runs, not {}", factors, sizes, runs));
}

std::vector<FactorSet> defining_words(const FactorialDesign& design) {
  std::vector<FactorSet> words;
  for (FactorSet set = 1; set <= all_of(design); set++)
    if (basic_set(design, set) == 0) words.push_back(set);
  std::ranges::sort(words, before);
  return words;
}

std::size_t resolution(const FactorialDesign& design) {
  const std::vector<FactorSet> words = defining_words(design);
  return words.empty() ? 0 : static_cast<std::size_t>(std::popcount(words.front()));
}

std::vector<std::vector<FactorSet>> alias_sets(const FactorialDesign& design, std::size_t order) {
  std::map<FactorSet, std::vector<FactorSet>> by_basic;
  for (FactorSet set = 1; set <= all_of(design); set++) {
    const FactorSet basic = basic_set(design, set);
    if (basic != 0 && static_cast<std::size_t>(std::popcount(set)) <= order) by_basic[basic].push_back(set);
  }
  std::vector<std::vector<FactorSet>> sets;
  for (auto& [basic, aliases] : by_basic) {
    std::ranges::sort(aliases, before);
    sets.push_back(std::move(aliases));
  }
  std::ranges::sort(sets, before, [](const auto& aliases) { return aliases.front(); });
  return sets;
}

std::vector<FactorialEffect> factorial_effects(const FactorialDesign& design,
                                               std::span<const std::vector<double>> outputs, std::size_t order) {
  if (outputs.size() != design.runs())
    throw std::invalid_argument(fmt::format("factorial effects: {} rows for {} runs", outputs.size(), design.runs()));
  for (const std::vector<double>& row : outputs)
    if (row.size() != outputs[0].size())
      throw std::invalid_argument(
          fmt::format("factorial effects: runs with {} and {} replications", outputs[0].size(), row.size()));
  std::vector<FactorialEffect> effects;
  for (std::vector<FactorSet>& aliases : alias_sets(design, order)) {
    const FactorSet basic = basic_set(design, aliases.front());
    std::vector<double> contrasts(outputs[0].size());
    for (std::size_t run = 0; run < outputs.size(); run++)
      for (std::size_t r = 0; r < contrasts.size(); r++)
        contrasts[r] += sign(basic, run) * outputs[run][r] / (static_cast<double>(design.runs()) / 2);
    effects.push_back({std::move(aliases), estimate(contrasts)});
  }
  return effects;
}

} // namespace centresim::experiment
