#include "centresim/experiment/selection.hpp"

#include "told_values.hpp"

#include <algorithm>
#include <numeric>

namespace centresim::experiment {

KimNelson::KimNelson(const KimNelsonOptions& options) : options_(options), wanted_(options.first) {
  const double k = static_cast<double>(options.systems);
  (void)sign_of(options.better);
  refuse_unless(options.systems >= 2, "needs at least two systems");
  refuse_unless(options.indifference > 0 && std::isnormal(options.indifference * options.indifference),
                "the indifference zone must be above 0, and neither its square nor 1 over it out of range");
  refuse_unless(options.confidence > 1 / k && options.confidence < 1,
                "the confidence must be below 1 and above 1 / systems");
  refuse_unless(options.first >= 2 && options.first <= kMaxReplications, "needs at least two first replications");
  const double n = static_cast<double>(options.first - 1), beta = (1 - options.confidence) / (k - 1);
  h_squared_ = n * (std::pow(2 * beta, -2 / n) - 1); // 2 eta n with eta = ((2 beta)^(-2 / n) - 1) / 2
  values_.resize(options.systems);
  looked_at_.resize(options.systems);
  sums_.resize(options.systems);
  in_.resize(options.systems);
  std::iota(in_.begin(), in_.end(), std::size_t{0});
}

void KimNelson::add(std::size_t system, std::int64_t replication, double value) {
  tell(values_, system, replication, value);
  go_on();
}

double KimNelson::mean(std::size_t system) const {
  const std::int64_t n = replications(system);
  return n > 0 ? sums_[system] / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN();
}

double KimNelson::most_replications() const {
  return scaled_.empty() ? 0 : std::max(static_cast<double>(options_.first), longest_ + 1);
}

bool KimNelson::told_what_is_wanted() const {
  return std::ranges::all_of(in_, [&](std::size_t i) { return all_told(values_[i], looked_at_[i], wanted_); });
}

void KimNelson::go_on() {
  while (!selected_ && told_what_is_wanted()) {
    const bool at_first = looked_at_[in_.front()] == 0;
    for (const std::size_t i : in_)
      for (; looked_at_[i] < wanted_; looked_at_[i]++) sums_[i] += values_[i][static_cast<std::size_t>(looked_at_[i])];
    if (at_first) estimate_variances();
    drop_systems();
    if (in_.size() == 1 || static_cast<double>(wanted_) > longest_)
      selected_ = in_.front(); // at the end chance has no say: only those with the best mean are in
    else
      wanted_++;
  }
}

void KimNelson::estimate_variances() {
  const std::size_t k = options_.systems;
  const double n = static_cast<double>(options_.first);
  scaled_.resize(k * k);
  for (std::size_t i = 0; i < k; i++)
    for (std::size_t j = i + 1; j < k; j++) {
      const double difference = (sums_[i] - sums_[j]) / n;
      double squares = 0;
      for (std::size_t r = 0; r < static_cast<std::size_t>(options_.first); r++) {
        const double off = values_[i][r] - values_[j][r] - difference;
        squares += off * off;
      }
      scaled_variance(i, j) = scaled_variance(j, i) =
          h_squared_ * squares / (n - 1) / (options_.indifference * options_.indifference);
      longest_ = std::max(longest_, std::floor(scaled_variance(i, j)));
    }
}

// Out goes whoever is behind another that is in by more than chance may make it: W_ij.
void KimNelson::drop_systems() {
  const double r = static_cast<double>(wanted_), sign = sign_of(options_.better);
  std::vector<std::size_t> left;
  for (const std::size_t i : in_) {
    const bool stays = std::ranges::all_of(in_, [&](std::size_t j) {
      const double chance = std::max(0.0, options_.indifference / (2 * r) * (scaled_variance(i, j) - r));
      return i == j || sign * (sums_[i] - sums_[j]) / r >= -chance;
    });
    if (stays) left.push_back(i);
  }
  in_ = std::move(left);
}

} // namespace centresim::experiment
