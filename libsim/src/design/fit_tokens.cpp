#include "fit_tokens.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace centresim::design::detail {

namespace {
// So that a file with very many features needs no more memory than others.
Tick cells_for(const TraceNames& names) {
  std::set<std::string_view> features;
  for (const auto& uses : names.tokens)
    for (const TokenUse& use : uses) features.insert(use.feature);
  constexpr std::size_t kMostCells = 65'536, kMostOfAll = std::size_t{1} << 22;
  return static_cast<Tick>(std::clamp(kMostOfAll / (features.size() + 1), std::size_t{1}, kMostCells));
}
} // namespace

TokenPeaks::TokenPeaks(const TraceNames& names, Tick first, Tick last)
    : names_(names), first_(first), cell_(std::max(core::kTicksPerSecond, (last - first) / cells_for(names) + 1)),
      cells_(static_cast<std::size_t>((last - first) / cell_) + 1) {}

void TokenPeaks::add(const TraceJob& job) {
  for (const TokenUse& use : names_.tokens[job.tokens]) {
    std::vector<std::int64_t>& changes = changes_[use.feature];
    changes.resize(cells_ + 1);
    const std::int64_t tokens = use.of(job.cores) * job.ranks;
    const auto at = static_cast<std::size_t>((job.submit - first_) / cell_);
    const auto end = static_cast<std::size_t>((job.submit - first_ + job.run - 1) / cell_);
    changes[at] += tokens;
    changes[std::min(end + 1, cells_)] -= tokens;
  }
}

std::map<std::string, std::int64_t> TokenPeaks::peaks() const {
  std::map<std::string, std::int64_t> peaks;
  for (const auto& [feature, changes] : changes_) {
    std::int64_t now = 0, most = 1;
    for (const std::int64_t change : changes) most = std::max(most, now += change);
    peaks[feature] = most;
  }
  return peaks;
}

} // namespace centresim::design::detail
