#include "centresim/experiment/kpi.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace centresim::experiment {
namespace {

constexpr std::array<std::string_view, 13> kOwnVariables = {
    "kpi",  "kpi_name", "unit_of", "meaning",        "better", "mean",       "low",
    "high", "sd",       "n",       "estimate_share", "values", "replication"};

bool own_variable(std::string_view name) {
  return std::find(kOwnVariables.begin(), kOwnVariables.end(), name) != kOwnVariables.end();
}

// The label keys in order of first appearance.
std::vector<std::string> label_keys(std::span<const KpiSeries> series) {
  std::vector<std::string> keys;
  for (const KpiSeries& s : series)
    for (const auto& label : s.labels) {
      if (own_variable(label.first)) throw std::invalid_argument("key figures: a label is named " + label.first);
      if (std::find(keys.begin(), keys.end(), label.first) == keys.end()) keys.push_back(label.first);
    }
  return keys;
}

std::string label_value(const Labels& labels, std::string_view key) {
  for (const auto& [name, value] : labels)
    if (name == key) return value;
  return "";
}

template <class T, class Of>
Variable column(std::span<const KpiSeries> series, const char* name, const char* meaning, Of of) {
  std::vector<T> values;
  values.reserve(series.size());
  for (const KpiSeries& s : series) values.push_back(of(s));
  return {name, {"kpi"}, std::move(values), "", meaning};
}

const Variable& variable_of(const Group& group, std::string_view name) {
  for (const Variable& variable : group.variables)
    if (variable.name == name) return variable;
  throw std::runtime_error("no table of key figures: there is no variable " + std::string(name));
}

template <class T> const std::vector<T>& kpi_column(const Group& group, std::string_view name, std::size_t rows) {
  const Variable& variable = variable_of(group, name);
  const auto* values = std::get_if<std::vector<T>>(&variable.values);
  if (values == nullptr || variable.dimensions != std::vector<std::string>{"kpi"} || values->size() != rows)
    throw std::runtime_error("no table of key figures: variable " + std::string(name) + " has another type or shape");
  return *values;
}

Better better_of(std::string_view text) {
  for (const Better better : {Better::higher, Better::lower, Better::neither})
    if (text == to_string(better)) return better;
  throw std::runtime_error("no table of key figures: \"" + std::string(text) + "\" is not a direction");
}

} // namespace

std::string_view to_string(Better better) {
  switch (better) {
  case Better::higher:
    return "higher";
  case Better::lower:
    return "lower";
  default:
    return "neither";
  }
}

std::string kpi_label(const KpiInfo& info, const Labels& labels) {
  std::string text = info.name;
  for (std::size_t i = 0; i < labels.size(); ++i)
    text += (i == 0 ? "[" : ", ") + labels[i].first + "=" + labels[i].second;
  return labels.empty() ? text : text + "]";
}

Group kpi_group(std::span<const KpiSeries> series, std::int64_t replications) {
  const auto per_row = static_cast<std::size_t>(replications < 0 ? 0 : replications);
  std::vector<Estimate> estimates;
  std::vector<double> all;
  for (const KpiSeries& s : series) {
    if (s.values.size() != per_row) throw std::invalid_argument("key figures: " + s.info.name + " lacks values");
    estimates.push_back(estimate(s.values));
    all.insert(all.end(), s.values.begin(), s.values.end());
  }
  std::vector<std::int64_t> numbers(per_row);
  for (std::size_t i = 0; i < per_row; ++i) numbers[i] = static_cast<std::int64_t>(i);

  Group group;
  group.dimensions = {{"kpi", series.size()}, {"replication", per_row}};
  auto& out = group.variables;
  using Text = std::string;
  out.push_back(column<Text>(series, "kpi", "key figure and what it is of",
                             [](const KpiSeries& s) { return kpi_label(s.info, s.labels); }));
  out.push_back({"replication", {"replication"}, std::move(numbers), "1", "number of the replication"});
  out.push_back(
      column<Text>(series, "kpi_name", "name of the key figure", [](const KpiSeries& s) { return s.info.name; }));
  for (const std::string& key : label_keys(series))
    out.push_back(column<Text>(series, key.c_str(), "what the key figure is of",
                               [&](const KpiSeries& s) { return label_value(s.labels, key); }));
  const auto numbers_of = [&](const char* name, const char* meaning, double Estimate::* member) {
    std::vector<double> values;
    for (const Estimate& e : estimates) values.push_back(e.*member);
    out.push_back({name, {"kpi"}, std::move(values), "", meaning});
  };
  numbers_of("mean", "mean over replications, in unit_of", &Estimate::mean);
  numbers_of("low", "lower end of the 95 % confidence interval of the mean", &Estimate::low);
  numbers_of("high", "upper end of the 95 % confidence interval of the mean", &Estimate::high);
  numbers_of("sd", "standard deviation between replications", &Estimate::sd);
  std::vector<std::int64_t> counts;
  for (const Estimate& e : estimates) counts.push_back(e.n);
  out.push_back({"n", {"kpi"}, std::move(counts), "1", "replications with a value"});
  out.push_back(
      column<Text>(series, "unit_of", "unit of the key figure", [](const KpiSeries& s) { return s.info.unit; }));
  out.push_back(
      column<Text>(series, "meaning", "meaning of the key figure", [](const KpiSeries& s) { return s.info.meaning; }));
  out.push_back(column<Text>(series, "better", "which direction is better",
                             [](const KpiSeries& s) { return Text(to_string(s.info.better)); }));
  Variable share =
      column<double>(series, "estimate_share", "share of the inputs behind the key figure that are estimates",
                     [](const KpiSeries& s) { return s.estimate_share; });
  share.unit = "1";
  out.push_back(std::move(share));
  out.push_back(
      {"values", {"kpi", "replication"}, std::move(all), "", "the key figure in each replication, in unit_of"});
  return group;
}

std::vector<KpiRow> read_kpis(const Group& group) {
  const auto dimension =
      std::find_if(group.dimensions.begin(), group.dimensions.end(), [](const auto& d) { return d.first == "kpi"; });
  if (dimension == group.dimensions.end())
    throw std::runtime_error("no table of key figures: there is no dimension kpi");
  const std::size_t rows = dimension->second;
  const auto& names = kpi_column<std::string>(group, "kpi_name", rows);
  const auto& units = kpi_column<std::string>(group, "unit_of", rows);
  const auto& meanings = kpi_column<std::string>(group, "meaning", rows);
  const auto& directions = kpi_column<std::string>(group, "better", rows);
  const auto& mean = kpi_column<double>(group, "mean", rows);
  const auto& low = kpi_column<double>(group, "low", rows);
  const auto& high = kpi_column<double>(group, "high", rows);
  const auto& sd = kpi_column<double>(group, "sd", rows);
  const auto& n = kpi_column<std::int64_t>(group, "n", rows);
  const auto& share = kpi_column<double>(group, "estimate_share", rows);
  std::vector<KpiRow> result;
  result.reserve(rows);
  for (std::size_t i = 0; i < rows; ++i)
    result.push_back({{names[i], units[i], meanings[i], better_of(directions[i])},
                      {},
                      {mean[i], low[i], high[i], sd[i], n[i]},
                      share[i]});
  for (const Variable& variable : group.variables) {
    const auto* texts = std::get_if<std::vector<std::string>>(&variable.values);
    if (texts == nullptr || own_variable(variable.name) || variable.dimensions != std::vector<std::string>{"kpi"})
      continue;
    const auto& values = kpi_column<std::string>(group, variable.name, rows);
    for (std::size_t i = 0; i < rows; ++i)
      if (!values[i].empty()) result[i].labels.emplace_back(variable.name, values[i]);
  }
  return result;
}

} // namespace centresim::experiment
