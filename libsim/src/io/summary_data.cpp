// The summary for programs: JSON and CSV.
#include "centresim/experiment/kpi.hpp"
#include "centresim/io/summary.hpp"
#include "text.hpp"
#include "tree_access.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace centresim::io {
namespace {

using experiment::Group;
using experiment::KpiRow;
using experiment::Tree;
using experiment::Variable;
using Json = nlohmann::ordered_json;

constexpr const char* kCounts[] = {"events",        "lot_steps",       "lots_released", "lots_initial",
                                   "lots_finished", "lots_in_process", "lots_scrapped"};

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

// What the rooms counted per replication, summed: integers of unit 1 over the replications alone.
Json counts(const Tree& tree) {
  Json sums = Json::object();
  for (const char* name : kCounts) sums[name] = std::int64_t{0};
  for (const auto& [path, group] : tree) {
    if (path.empty() || path == "run" || path.find('/') != std::string::npos) continue;
    for (const Variable& variable : group.variables) {
      const auto* values = std::get_if<std::vector<std::int64_t>>(&variable.values);
      if (values == nullptr || variable.unit != "1" || variable.dimensions != std::vector<std::string>{"replication"})
        continue;
      auto sum = static_cast<std::uint64_t>(sums.value(variable.name, std::int64_t{0})); // a file may hold anything
      for (const std::int64_t value : *values) sum += static_cast<std::uint64_t>(value);
      sums[variable.name] = static_cast<std::int64_t>(sum);
    }
  }
  return sums;
}

Json timing(const Group* run) {
  Json object;
  object["wall_s"] = number(number_attribute(run, "wall_seconds"));
  object["cpu_s"] = number(number_attribute(run, "cpu_seconds"));
  const auto* threads = find_attribute<std::int64_t>(run, "threads");
  object["threads"] = threads ? Json(*threads) : Json(nullptr);
  object["peak_rss_mb"] = number(number_attribute(run, "peak_rss_mb"));
  return object;
}

Json row_object(const KpiRow& row) {
  Json object;
  object["name"] = row.info.name;
  object["unit"] = row.info.unit;
  object["mean"] = number(row.estimate.mean);
  object["low"] = number(row.estimate.low);
  object["high"] = number(row.estimate.high);
  object["sd"] = number(row.estimate.sd);
  object["n"] = row.estimate.n;
  object["better"] = experiment::to_string(row.info.better);
  object["estimate_share"] = number(row.estimate_share);
  for (const auto& [key, value] : row.labels) object[key] = value;
  return object;
}

const Group& root_of(const Tree& tree) {
  const Group* root = find_group(tree, "");
  if (root == nullptr) throw std::runtime_error("not a result of centresim: it has no root group");
  return *root;
}

} // namespace

std::string summary_json(const Tree& tree) {
  const Group& root = root_of(tree);
  Json object;
  object["format"] = "centresim-summary/1";
  object["scenario"] = text_attribute(&root, "scenario");
  object["digest"] = text_attribute(&root, "digest");
  const auto* replications = find_attribute<std::int64_t>(&root, "replications");
  object["replications"] = replications ? *replications : std::int64_t{0};
  if (const auto* precise = find_attribute<std::int64_t>(find_group(tree, "run"), "precise"))
    object["precise"] = *precise != 0;
  object["counts"] = counts(tree);
  object["timing"] = timing(find_group(tree, "run"));
  object["kpis"] = Json::array();
  for (const KpiRow& row : experiment::read_kpis(root)) object["kpis"].push_back(row_object(row));
  return object.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string summary_csv(const Tree& tree) {
  const std::vector<KpiRow> rows = experiment::read_kpis(root_of(tree));
  std::vector<std::string> keys;
  for (const KpiRow& row : rows)
    for (const auto& [key, value] : row.labels)
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  std::string text = "name,unit,mean,low,high,sd,n,better,estimate_share";
  for (const std::string& key : keys) text += "," + csv_cell(key);
  text += "\n";
  for (const KpiRow& row : rows) {
    const experiment::Estimate& e = row.estimate;
    text += csv_cell(row.info.name) + "," + csv_cell(row.info.unit);
    for (const double value : {e.mean, e.low, e.high, e.sd}) text += "," + csv_number(value);
    text += "," + std::to_string(e.n) + "," + std::string(experiment::to_string(row.info.better)) + "," +
            csv_number(row.estimate_share);
    for (const std::string& key : keys) {
      text += ",";
      for (const auto& [own, value] : row.labels)
        if (own == key) text += csv_cell(value);
    }
    text += "\n";
  }
  return text;
}

} // namespace centresim::io
