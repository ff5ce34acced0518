// The key figures of many points in one table.
#include "centresim/core/version.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/io/plan.hpp"
#include "tree_access.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>
#include <string_view>
#include <unordered_set>

namespace centresim::io {

using experiment::Group;
using experiment::Tree;
using experiment::Variable;
using schema::Node;

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// The blanks of Unicode beyond ASCII in UTF-8: readers part lists of names at them.
constexpr std::string_view kBlanks[] = {"\u0085", "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003",
                                        "\u2004", "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a",
                                        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"};

// A coordinate is named like its path; what a list of names in a file cannot hold becomes _.
std::string coordinate_name(const std::string& path, const std::unordered_set<std::string>& taken) {
  std::string name;
  for (std::string_view rest = path; !rest.empty();) {
    const auto blank = std::ranges::find_if(kBlanks, [&](std::string_view b) { return rest.starts_with(b); });
    const char c = rest.front();
    const bool bad = blank != std::end(kBlanks) || c == '/' || static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    name += bad ? '_' : c;
    rest.remove_prefix(blank != std::end(kBlanks) ? blank->size() : 1);
  }
  if (name.empty() || name.front() == '_' || name == "." || name == "..") name = "path" + name;
  while (taken.contains(name)) name += '_';
  return name;
}

// The values of a path as numbers where all are, else as texts.
experiment::Values values_of(const std::vector<Node>& nodes) {
  if (std::ranges::all_of(nodes, [](const Node& n) { return n.integer() != nullptr; })) {
    std::vector<std::int64_t> values;
    for (const Node& node : nodes) values.push_back(*node.integer());
    return values;
  }
  if (std::ranges::all_of(nodes, [](const Node& n) { return n.number().has_value(); })) {
    std::vector<double> values;
    for (const Node& node : nodes) values.push_back(*node.number());
    return values;
  }
  std::vector<std::string> values;
  for (const Node& node : nodes) values.push_back(node.text() ? *node.text() : schema::canonical_json(node));
  return values;
}

} // namespace

struct SweepTable::Rows {
  struct Kpi {
    experiment::KpiRow first; // name, unit, meaning and labels
    std::string label;
  };
  struct Point {
    std::vector<std::size_t> kpis; // of its rows
    std::vector<experiment::KpiRow> rows;
    std::vector<double> values; // (row, replication)
    std::string hash, digest;
  };
  std::string scenario;
  std::int64_t replications = 0, seed = 0;
  std::vector<std::string> paths;
  Node design;
  std::vector<std::vector<Node>> values; // per path, per point
  std::vector<Kpi> kpis;                 // in the order of their first appearance
  std::map<std::string, std::size_t> known;
  std::vector<Point> points;

  void add_coordinates(Group& root) const;
  void add_kpi_columns(Group& root) const;
  void add_estimates(Group& root) const;
};

SweepTable::SweepTable(std::string scenario, std::int64_t replications, std::int64_t seed,
                       std::vector<std::string> paths, Node design)
    : rows_(std::make_unique<Rows>()) {
  rows_->scenario = std::move(scenario);
  rows_->replications = replications;
  rows_->seed = seed;
  rows_->paths = std::move(paths);
  rows_->design = std::move(design);
  rows_->values.resize(rows_->paths.size());
}
SweepTable::~SweepTable() = default;
SweepTable::SweepTable(SweepTable&&) noexcept = default;
SweepTable& SweepTable::operator=(SweepTable&&) noexcept = default;

void SweepTable::add(const centre::Overrides& values, const Tree& result) {
  const Group& root = result.at("");
  Rows::Point point{{},
                    experiment::read_kpis(root),
                    column<double>(root, "values"),
                    text_attribute(&root, "scenario_hash"),
                    text_attribute(&root, "digest")};
  if (point.values.size() != point.rows.size() * static_cast<std::size_t>(rows_->replications))
    throw std::runtime_error("a result rests on another number of replications");
  for (const experiment::KpiRow& row : point.rows) {
    std::string label = experiment::kpi_label(row.info, row.labels);
    const auto [at, fresh] = rows_->known.try_emplace(label, rows_->kpis.size());
    if (fresh) rows_->kpis.push_back({row, std::move(label)});
    point.kpis.push_back(at->second);
  }
  for (std::size_t i = 0; i < rows_->paths.size(); ++i) rows_->values[i].push_back(values.at(i).second);
  rows_->points.push_back(std::move(point));
}

void SweepTable::Rows::add_coordinates(Group& root) const {
  std::vector<std::int64_t> numbers(points.size()), replication(static_cast<std::size_t>(replications));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<std::int64_t>(i);
  for (std::size_t i = 0; i < replication.size(); ++i) replication[i] = static_cast<std::int64_t>(i);
  root.variables.push_back({"scenario", {"scenario"}, std::move(numbers), "1", "number of the point in this file"});
  root.variables.push_back({"replication", {"replication"}, std::move(replication), "1", "number of the replication"});
  std::vector<std::string> hashes, digests;
  for (const Point& point : points) hashes.push_back(point.hash), digests.push_back(point.digest);
  root.variables.push_back({"hash", {"scenario"}, std::move(hashes), "", "SHA-256 of the scenario of the point"});
  root.variables.push_back({"digest", {"scenario"}, std::move(digests), "", "digest of the result of the point"});
}

void SweepTable::Rows::add_kpi_columns(Group& root) const {
  const auto texts = [&](const std::string& name, const char* meaning, auto of) {
    std::vector<std::string> values;
    for (const Kpi& kpi : kpis) values.push_back(of(kpi));
    root.variables.push_back({name, {"kpi"}, std::move(values), "", meaning});
  };
  texts("kpi", "key figure and what it is of", [](const Kpi& k) { return k.label; });
  texts("kpi_name", "name of the key figure", [](const Kpi& k) { return k.first.info.name; });
  std::vector<std::string> keys;
  for (const Kpi& kpi : kpis)
    for (const auto& [key, value] : kpi.first.labels)
      if (std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
  for (const std::string& key : keys)
    texts(key, "what the key figure is of", [&](const Kpi& k) {
      const auto found = std::ranges::find(k.first.labels, key, [](const auto& label) { return label.first; });
      return found == k.first.labels.end() ? std::string() : found->second;
    });
  texts("unit_of", "unit of the key figure", [](const Kpi& k) { return k.first.info.unit; });
  texts("meaning", "what the key figure says", [](const Kpi& k) { return k.first.info.meaning; });
  texts("better", "which direction is better",
        [](const Kpi& k) { return std::string(experiment::to_string(k.first.info.better)); });
}

void SweepTable::Rows::add_estimates(Group& root) const {
  const auto reps = static_cast<std::size_t>(replications);
  const std::size_t cells = points.size() * kpis.size();
  const auto numbers = [&](const char* name, const char* meaning, double experiment::Estimate::* member) {
    std::vector<double> values(cells, kMissing);
    for (std::size_t p = 0; p < points.size(); ++p)
      for (std::size_t r = 0; r < points[p].rows.size(); ++r)
        values[p * kpis.size() + points[p].kpis[r]] = points[p].rows[r].estimate.*member;
    root.variables.push_back({name, {"scenario", "kpi"}, std::move(values), "", meaning});
  };
  numbers("mean", "mean over replications, in unit_of", &experiment::Estimate::mean);
  numbers("low", "lower end of the 95 % confidence interval of the mean", &experiment::Estimate::low);
  numbers("high", "upper end of the 95 % confidence interval of the mean", &experiment::Estimate::high);
  numbers("sd", "standard deviation between replications", &experiment::Estimate::sd);
  std::vector<std::int64_t> counts(cells, 0);
  std::vector<double> values(cells * reps, kMissing);
  for (std::size_t p = 0; p < points.size(); ++p)
    for (std::size_t r = 0; r < points[p].rows.size(); ++r) {
      const std::size_t cell = p * kpis.size() + points[p].kpis[r];
      counts[cell] = points[p].rows[r].estimate.n;
      std::copy_n(points[p].values.begin() + static_cast<std::ptrdiff_t>(r * reps), reps,
                  values.begin() + static_cast<std::ptrdiff_t>(cell * reps));
    }
  root.variables.push_back({"n", {"scenario", "kpi"}, std::move(counts), "1", "replications with a value"});
  root.variables.push_back(
      {"values", {"scenario", "kpi", "replication"}, std::move(values), "", "value of each replication, in unit_of"});
}

Tree SweepTable::finish() {
  Tree tree;
  Group& root = tree[""];
  root.dimensions = {{"scenario", rows_->points.size()},
                     {"kpi", rows_->kpis.size()},
                     {"replication", static_cast<std::size_t>(rows_->replications)}};
  rows_->add_coordinates(root);
  rows_->add_kpi_columns(root);
  rows_->add_estimates(root);
  std::unordered_set<std::string> taken;
  for (const Variable& variable : root.variables) taken.insert(variable.name);
  std::string coordinates = "hash";
  for (std::size_t i = 0; i < rows_->paths.size(); ++i) {
    const std::string name = coordinate_name(rows_->paths[i], taken);
    taken.insert(name);
    coordinates += " " + name;
    const bool number = rows_->paths[i] == kPointNumber;
    root.variables.push_back({name,
                              {"scenario"},
                              values_of(rows_->values[i]),
                              number ? "1" : "",
                              number ? "number of the point in the sweep" : rows_->paths[i]});
  }
  const auto add = [&](const char* name, experiment::Attribute value) {
    root.attributes.emplace_back(name, std::move(value));
  };
  add("scenario", rows_->scenario);
  add("producer", std::string("centresim ") + core::version());
  add("seed", rows_->seed);
  add("replications", rows_->replications);
  if (!rows_->design.is_null()) add("design", schema::canonical_json(rows_->design));
  add("coordinates", coordinates); // of CF: xarray takes these variables for coordinates
  return tree;
}

} // namespace centresim::io
