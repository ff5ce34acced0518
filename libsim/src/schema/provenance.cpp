#include "centresim/schema/provenance.hpp"

#include "centresim/schema/units.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace centresim::schema {

namespace {

struct GivenLeaf {
  std::vector<std::string> parts; // names; "[3]" where an element has none
  const FieldInfo* field;
};

bool is_quantity(Kind kind) {
  return kind == Kind::integer || kind == Kind::number || kind == Kind::duration || kind == Kind::law;
}

// All numeric inputs that the tree gives, in its order.
class LeafCollector {
 public:
  std::vector<GivenLeaf> leaves;

  void record(const Node& node, const TypeInfo& type) {
    if (node.table() == nullptr) return;
    for (const Member& member : *node.table()) {
      const FieldInfo* field = type.find(member.key);
      if (field == nullptr || member.value.is_null() || field->nested_name == Desc<Provenance>::name) continue;
      parts_.push_back(member.key);
      if (!field->list)
        single(member.value, *field);
      else if (const auto* items = member.value.array())
        list(*items, *field);
      parts_.pop_back();
    }
  }

 private:
  void list(const Node::Array& items, const FieldInfo& field) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::string name = field.nested != nullptr ? element_name(items[i], field.nested()) : std::string();
      parts_.push_back(name.empty() ? '[' + std::to_string(i) + ']' : std::move(name));
      single(items[i], field);
      parts_.pop_back();
    }
  }
  void single(const Node& node, const FieldInfo& field) {
    if (field.nested != nullptr)
      record(node, field.nested());
    else if (is_quantity(field.kind))
      leaves.push_back({parts_, &field});
  }
  std::vector<std::string> parts_;
};

bool part_matches(const PathPart& pattern, const std::string& part) {
  if (pattern.index >= 0) return part == '[' + std::to_string(pattern.index) + ']';
  return pattern.matches(part);
}

// Whether the pattern names the leaf or a part that holds it.
bool covers(const std::vector<PathPart>& pattern, const std::vector<std::string>& leaf) {
  return pattern.size() <= leaf.size() && std::equal(pattern.begin(), pattern.end(), leaf.begin(), part_matches);
}

std::string path_text(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text = part.starts_with('[') ? text + part : join_path(text, part);
  return text;
}

// The longer path is more particular; of equal length, the one with fewer wildcards.
int particularity(const std::vector<PathPart>& pattern) {
  const auto wild = std::count_if(pattern.begin(), pattern.end(), [](const PathPart& p) { return p.has_wildcard(); });
  return static_cast<int>(pattern.size()) * 1000 - static_cast<int>(wild);
}

} // namespace

ProvenanceMap::ProvenanceMap(const Node& given, const Node& every, const TypeInfo& type,
                             const std::vector<Provenance>& rows) {
  LeafCollector collector, of_given;
  collector.record(every, type);
  of_given.record(given, type);
  std::set<std::vector<std::string>> is_given;
  for (const GivenLeaf& leaf : of_given.leaves) is_given.insert(leaf.parts);
  std::vector<std::vector<PathPart>> patterns;
  for (const Provenance& row : rows) patterns.push_back(parse_path(row.path).value_or(std::vector<PathPart>{}));
  const auto named = [&](const std::vector<std::string>& parts) {
    return std::ranges::any_of(patterns, [&](const auto& p) { return p.size() == parts.size() && covers(p, parts); });
  };
  for (const GivenLeaf& leaf : collector.leaves) {
    if (!is_given.contains(leaf.parts) && !named(leaf.parts)) continue;
    leaves_.push_back({path_text(leaf.parts), -1});
    parts_.push_back(leaf.parts);
  }
  std::vector<int> best(leaves_.size(), -1);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    basis_.push_back(rows[r].basis);
    const auto& pattern = patterns[r];
    if (pattern.empty()) continue;
    const int weight = particularity(pattern);
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      if (weight >= best[i] && covers(pattern, parts_[i])) leaves_[i].row = static_cast<int>(r), best[i] = weight;
    }
  }
}

double ProvenanceMap::estimate_share(std::string_view prefix) const {
  const auto pattern = prefix.empty() ? std::vector<PathPart>{} : parse_path(prefix).value_or(std::vector<PathPart>{});
  std::size_t given = 0, covered = 0, estimates = 0;
  if (prefix.empty() || !pattern.empty()) {
    for (std::size_t i = 0; i < leaves_.size(); ++i) {
      if (!covers(pattern, parts_[i])) continue;
      ++given;
      if (leaves_[i].row < 0) continue;
      ++covered;
      if (basis_[static_cast<std::size_t>(leaves_[i].row)] == Basis::estimate) ++estimates;
    }
  }
  if (covered == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(estimates) / static_cast<double>(given);
}

namespace {

// A bound as the field reads it; adds an issue where it does not.
std::optional<double> bound(const std::string& text, const FieldInfo& field, const std::string& path, Errors& errors) {
  if (text.empty()) return std::nullopt;
  Node cell(text);
  cell.cell = true;
  Rules rules = field.rules;
  rules.bare_exponential = false;
  if (const std::string rule = field.check(cell, rules); !rule.empty()) {
    errors.add(path, text, rule);
    return std::nullopt;
  }
  std::string ignored;
  const bool time = field.kind == Kind::duration || (field.kind == Kind::law && !rules.number_law);
  return time ? parse_ticks(text, rules.unit.empty() ? "s" : rules.unit, ignored)
              : parse_quantity(text, rules.unit, ignored); // of a law that is no constant: nothing to compare
}

const GivenLeaf* first_named(const LeafCollector& all, const std::vector<PathPart>& pattern) {
  const auto found =
      std::ranges::find_if(all.leaves, [&](const GivenLeaf& leaf) { return covers(pattern, leaf.parts); });
  return found == all.leaves.end() ? nullptr : &*found;
}

} // namespace

void drop_orphans(const Node& root, const TypeInfo& type, std::vector<Provenance>& rows) {
  LeafCollector collector;
  collector.record(root, type);
  std::erase_if(rows, [&](const Provenance& row) {
    const auto pattern = parse_path(row.path);
    return pattern && first_named(collector, *pattern) == nullptr;
  });
}

void check_provenance(const Node& root, const TypeInfo& type, const std::vector<Provenance>& rows,
                      std::string_view base, Errors& errors) {
  LeafCollector collector;
  collector.record(root, type);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const Provenance& row = rows[r];
    const std::string here = index_path(base, r);
    std::string rule;
    const auto pattern = parse_path(row.path, &rule);
    if (!pattern) {
      errors.add(here + ".path", row.path, "is no path: " + rule);
      continue;
    }
    const GivenLeaf* found = first_named(collector, *pattern);
    if (found == nullptr) {
      errors.add(here + ".path", row.path, "names no value that this scenario gives");
      continue;
    }
    if (row.low.empty() && row.high.empty()) continue;
    if (pattern->size() != found->parts.size()) {
      errors.add(here + ".path", row.path, "must name single values where low or high is given");
      continue;
    }
    const auto low = bound(row.low, *found->field, here + ".low", errors);
    const auto high = bound(row.high, *found->field, here + ".high", errors);
    if (low && high && *low > *high) errors.add(here + ".low", row.low, "must not be above high");
  }
}

} // namespace centresim::schema
