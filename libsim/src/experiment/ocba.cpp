#include "centresim/experiment/selection.hpp"

#include "told_values.hpp"

#include <algorithm>
#include <numeric>

namespace centresim::experiment {
namespace {

using Counts = std::vector<std::int64_t>;

std::size_t best_of(std::span<const double> means, Better better) {
  const double sign = sign_of(better);
  const auto best = std::ranges::max_element(means, {}, [sign](double mean) { return sign * mean; });
  return static_cast<std::size_t>(best - means.begin());
}

void check(std::span<const double> means, std::span<const double> variances) {
  refuse_unless(means.size() >= 2, "needs at least two systems");
  if (means.size() != variances.size())
    throw std::invalid_argument(fmt::format("selection: {} means and {} variances", means.size(), variances.size()));
  for (std::size_t i = 0; i < means.size(); i++)
    if (!std::isfinite(means[i]) || !std::isfinite(variances[i]) || variances[i] < 0)
      throw std::invalid_argument(
          fmt::format("selection: system {} has mean {} and variance {}", i, means[i], variances[i]));
}

// Whole numbers that add up to what `parts` do: rounded down, and one more for the largest remainders.
Counts rounded(std::span<const double> parts, std::int64_t sum) {
  Counts whole;
  std::vector<std::size_t> order(parts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (const double part : parts) whole.push_back(static_cast<std::int64_t>(part));
  const auto remainder = [&](std::size_t i) { return parts[i] - static_cast<double>(whole[i]); };
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return remainder(a) != remainder(b) ? remainder(a) > remainder(b) : a < b;
  });
  std::int64_t left = sum - std::accumulate(whole.begin(), whole.end(), std::int64_t{0});
  for (std::size_t j = 0; left > 0; j = (j + 1) % order.size(), left--) whole[order[j]]++;
  return whole;
}

} // namespace

std::vector<double> ocba_shares(std::span<const double> means, std::span<const double> variances, Better better) {
  check(means, variances);
  const std::size_t best = best_of(means, better);
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < means.size(); i++)
    if (i != best) nearest = std::min(nearest, std::abs(means[i] - means[best]));
  std::vector<double> parts(means.size());
  double squares = 0; // (n_i / s_i)^2
  for (std::size_t i = 0; i < means.size(); i++) {
    // Distances in units of the nearest. One as good as the best: what the formula tends to as it comes near.
    const double apart = std::abs(means[i] - means[best]), distance = apart == nearest ? 1 : apart / nearest;
    if (i == best) continue;
    parts[i] = variances[i] / (distance * distance);
    squares += variances[i] / std::pow(distance, 4);
  }
  parts[best] = std::sqrt(variances[best] * squares);
  const double sum = std::accumulate(parts.begin(), parts.end(), 0.0);
  for (double& part : parts) part = sum > 0 ? part / sum : 1 / static_cast<double>(means.size());
  return parts;
}

std::vector<std::int64_t> ocba_allocation(std::span<const double> means, std::span<const double> variances,
                                          std::int64_t budget, Better better) {
  return ocba_increment(means, variances, Counts(means.size()), budget, better);
}

std::vector<std::int64_t> ocba_increment(std::span<const double> means, std::span<const double> variances,
                                         std::span<const std::int64_t> counts, std::int64_t increment, Better better) {
  const std::vector<double> shares = ocba_shares(means, variances, better);
  refuse_unless(counts.size() == means.size(), "needs one count a system");
  refuse_unless(increment >= 0 && std::ranges::all_of(counts, [](std::int64_t n) { return n >= 0; }),
                "replications must not be negative");
  // Who has more than its share keeps it; the others divide what is left, until none of them has more than its share.
  std::vector<bool> open(counts.size(), true);
  std::vector<double> target(counts.size());
  for (bool again = true; again;) {
    again = false;
    double total = static_cast<double>(increment), share = 0;
    for (std::size_t i = 0; i < counts.size(); i++) {
      if (!open[i]) continue;
      total += static_cast<double>(counts[i]);
      share += shares[i];
    }
    for (std::size_t i = 0; i < counts.size(); i++) {
      if (!open[i]) continue;
      target[i] = total * (shares[i] / share);
      if (target[i] >= static_cast<double>(counts[i])) continue;
      open[i] = false;
      target[i] = static_cast<double>(counts[i]);
      again = true;
    }
  }
  const std::int64_t sum = std::accumulate(counts.begin(), counts.end(), increment);
  Counts more = rounded(target, sum);
  for (std::size_t i = 0; i < counts.size(); i++) more[i] -= counts[i];
  return more;
}

Ocba::Ocba(const OcbaOptions& options) : options_(options) {
  (void)sign_of(options.better);
  refuse_unless(options.systems >= 2, "needs at least two systems");
  refuse_unless(options.first >= 2 && options.first <= kMaxReplications, "needs at least two first replications");
  refuse_unless(options.increment >= 0, "the increment must not be negative");
  refuse_unless(options.budget / options.first >= static_cast<std::int64_t>(options.systems),
                "the budget is smaller than the first replications of all systems");
  if (options.increment == 0) options_.increment = static_cast<std::int64_t>(options.systems);
  values_.resize(options.systems);
  seen_.resize(options.systems);
  wanted_.assign(options.systems, options.first);
}

void Ocba::add(std::size_t system, std::int64_t replication, double value) {
  tell(values_, system, replication, value);
  go_on();
}

void Ocba::go_on() {
  const auto told = [&] {
    for (std::size_t i = 0; i < wanted_.size(); i++)
      if (!all_told(values_[i], seen_[i].count(), wanted_[i])) return false;
    return true;
  };
  while (!selected_ && told()) {
    std::vector<double> means, variances;
    for (std::size_t i = 0; i < wanted_.size(); i++) {
      core::Moments& seen = seen_[i];
      while (seen.count() < wanted_[i]) seen.add(values_[i][static_cast<std::size_t>(seen.count())]);
      means.push_back(seen.mean());
      variances.push_back(seen.variance());
    }
    const std::int64_t left = options_.budget - std::accumulate(wanted_.begin(), wanted_.end(), std::int64_t{0});
    if (left == 0) {
      selected_ = best_of(means, options_.better);
    } else {
      const Counts more =
          ocba_increment(means, variances, wanted_, std::min(left, options_.increment), options_.better);
      for (std::size_t i = 0; i < wanted_.size(); i++) wanted_[i] += more[i];
    }
  }
}

} // namespace centresim::experiment
