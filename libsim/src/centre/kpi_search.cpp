#include "kpi_search.hpp"

#include "centresim/schema/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace centresim::centre {

namespace {

constexpr std::size_t kShown = 8;

std::string listed(const std::vector<std::string>& labels) {
  std::string text;
  for (std::size_t i = 0; i < std::min(labels.size(), kShown); ++i) text += (i > 0 ? ", " : "") + labels[i];
  return labels.size() > kShown ? text + fmt::format(", and {} more", labels.size() - kShown) : text;
}

// "product=A, kind=regular"
experiment::Labels labels_of(std::string_view text) {
  experiment::Labels labels;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    while (text.starts_with(' ')) text.remove_prefix(1);
    if (const auto equal = part.find('='); equal != part.npos)
      labels.emplace_back(part.substr(0, equal), part.substr(equal + 1));
    else
      return {};
  }
  return labels;
}

} // namespace

FoundSeries find_series(std::span<const experiment::KpiSeries> series, const std::string& wanted,
                        const experiment::Labels& labels_wanted) {
  if (const auto at = wanted.find('['); labels_wanted.empty() && at != wanted.npos && wanted.ends_with(']')) {
    for (const experiment::KpiSeries& s : series) // a value may hold what parts labels
      if (experiment::kpi_label(s.info, s.labels) == wanted) return {&s, Lacks::nothing, {}};
    const auto labels = labels_of(std::string_view(wanted).substr(at + 1, wanted.size() - at - 2));
    if (!labels.empty()) return find_series(series, wanted.substr(0, at), labels);
  }
  FoundSeries found;
  std::vector<std::string> all, named, fitting;
  for (const experiment::KpiSeries& s : series) {
    all.push_back(experiment::kpi_label(s.info, s.labels));
    if (s.info.name != wanted) continue;
    named.push_back(all.back());
    const auto has = [&](const auto& label) { return std::ranges::find(s.labels, label) != s.labels.end(); };
    if (!std::ranges::all_of(labels_wanted, has)) continue;
    if (s.labels.size() == labels_wanted.size()) return {&s, Lacks::nothing, {}}; // also where others have more
    fitting.push_back(all.back());
    found.series = &s;
  }
  if (fitting.size() == 1) return found;
  found.series = nullptr;
  found.lacks = named.empty() ? Lacks::name : Lacks::labels;
  if (named.empty())
    found.rule = "there is no such figure" + schema::did_you_mean(wanted, {all.begin(), all.end()});
  else if (fitting.empty())
    found.rule = fmt::format("has no such labels; there are {}", listed(named));
  else
    found.rule = fmt::format("means {} figures: {}", fitting.size(), listed(fitting));
  return found;
}

} // namespace centresim::centre
