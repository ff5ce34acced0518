#include "centresim/schema/errors.hpp"

#include "centresim/schema/tables.hpp"
#include "centresim/schema/type_info.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <unordered_map>

namespace centresim::schema {

// The tree that the paths speak of. Names of the elements of a list are indexed when they are first asked for.
struct Errors::Positions {
  const Node* root;
  const TypeInfo* type;
  std::unordered_map<const Node*, std::unordered_map<std::string, std::size_t>> names;

  const Node* element(const Node& list, const TypeInfo* of, const PathPart& part) {
    const auto& items = *list.array();
    if (part.index >= 0)
      return static_cast<std::size_t>(part.index) < items.size() ? &items[static_cast<std::size_t>(part.index)]
                                                                 : nullptr;
    if (of == nullptr) return nullptr;
    auto [found, is_new] = names.try_emplace(&list);
    if (is_new) {
      for (std::size_t i = 0; i < items.size(); ++i) found->second.emplace(element_name(items[i], *of), i);
    }
    const auto at = found->second.find(part.name);
    return at == found->second.end() ? nullptr : &items[at->second];
  }

  Where locate(std::string_view path) {
    const Node* node = root;
    const TypeInfo* of = type;
    Where where = node->where;
    const auto parts = parse_path(path);
    if (!parts) return where;
    for (const PathPart& part : *parts) {
      const Node* next = nullptr;
      const TypeInfo* next_type = of;
      if (node->array() != nullptr) {
        next = element(*node, of, part);
      } else {
        next = node->find(part.name);
        const FieldInfo* field = of != nullptr ? of->find(part.name) : nullptr;
        next_type = field != nullptr && field->nested != nullptr ? &field->nested() : nullptr;
      }
      if (next == nullptr) break;
      node = next;
      of = next_type;
      if (node->where.file) where = node->where;
    }
    return where;
  }
};

Errors::Errors() = default;
Errors::Errors(const Node& root, const TypeInfo& type)
    : positions_(std::make_unique<Positions>(Positions{&root, &type, {}})) {}
Errors::~Errors() = default;
Errors::Errors(Errors&&) noexcept = default;
Errors& Errors::operator=(Errors&&) noexcept = default;

namespace {
core::Issue issue_at(const Where& where, std::string path, std::string value, std::string_view rule) {
  return {where.file ? *where.file : std::string(), where.line, std::move(path), std::move(value), std::string(rule)};
}
} // namespace

void Errors::add(std::string_view path, std::string_view value, std::string_view rule) {
  if (count_++ >= kKept) return;
  issues_.push_back(issue_at(locate(path), std::string(path), std::string(value), rule));
}

void Errors::add_at(const Node& node, std::string_view path, std::string_view rule) {
  if (count_++ >= kKept) return;
  issues_.push_back(issue_at(node.where, std::string(path), node.shown(), rule));
}

void Errors::add_at(const Node& node, const Trail& trail, std::string_view rule) {
  if (node.where.line == kAlreadyTold) return mark_structure_broken();
  if (node.table() != nullptr || node.array() != nullptr || trail.names("name")) structure_broken_ = true;
  if (count_++ >= kKept) return;
  issues_.push_back(issue_at(node.where, trail.text(), node.shown(), rule));
}

void Errors::add_near(const Node& node, const Trail& trail, std::string_view rule) {
  structure_broken_ = true;
  if (count_++ >= kKept) return;
  issues_.push_back(issue_at(node.where, trail.text(), "", rule));
}

void Errors::add_issue(core::Issue issue) {
  structure_broken_ = true;
  if (count_++ < kKept) issues_.push_back(std::move(issue));
}

Where Errors::locate(std::string_view path) const { return positions_ ? positions_->locate(path) : Where{}; }

namespace {
// One value that a wildcard sets in many places is wrong in all of them: some of these faults stand for the rest. Those
// of a file all have a place to mend.
std::vector<core::Issue> without_repeats(const std::vector<core::Issue>& issues,
                                         const std::vector<std::size_t>& order) {
  constexpr std::size_t kShown = 3;
  const auto alike = [](const core::Issue& a, const core::Issue& b) {
    return (a.file.empty() || a.file.starts_with("--")) &&
           std::tie(a.file, a.line, a.value, a.rule) == std::tie(b.file, b.line, b.value, b.rule);
  };
  std::vector<core::Issue> kept;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && alike(issues[order[i]], issues[order[end]])) ++end;
    const std::size_t shown = end - i > kShown + 1 ? kShown : end - i;
    for (std::size_t k = i; k < i + shown; ++k) kept.push_back(issues[order[k]]);
    if (shown < end - i) kept.back().rule += " (and " + std::to_string(end - i - shown) + " more places)";
    i = end;
  }
  return kept;
}
} // namespace

void Errors::throw_if_any() const {
  if (empty()) return;
  // Sorted through an index: the order of finding decides within a line.
  std::vector<std::size_t> order(issues_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
    const core::Issue &x = issues_[a], &y = issues_[b];
    return std::tie(x.file, x.line, a) < std::tie(y.file, y.line, b);
  });
  std::vector<core::Issue> ordered = without_repeats(issues_, order);
  if (count_ > issues_.size()) {
    core::Issue more;
    more.rule = "and " + std::to_string(count_ - issues_.size()) + " more";
    ordered.push_back(std::move(more));
  }
  throw core::InputError(std::move(ordered));
}

} // namespace centresim::schema
