#include "centresim/schema/override.hpp"

#include "centresim/schema/suggest.hpp"

namespace centresim::schema {

namespace {

constexpr std::size_t kShownPath = 200; // bytes

class Setter {
 public:
  Setter(const std::vector<PathPart>& parts, const Node& value, std::string_view path, Errors& errors)
      : parts_(parts), value_(value), path_(path), errors_(errors) {}

  void run(Node& root, const TypeInfo& type) {
    if (root.is_null()) root = Node::empty_table();
    const bool found = record(root, type, 0, Trail());
    if (!found && !faulty_)
      errors_.add(shortened(path_, kShownPath), value_.shown(), fault_.empty() ? "matches nothing" : fault_);
  }

 private:
  // Each answers whether something was found at the path.
  bool record(Node& node, const TypeInfo& type, std::size_t at, const Trail& trail) {
    const PathPart& part = parts_[at];
    const FieldInfo* field = part.index < 0 ? type.find(part.name) : nullptr;
    if (field == nullptr) return no_field(part, type, at);
    const Trail here(trail, field->name);
    if (at + 1 == parts_.size()) return set_field(node, *field, here);
    if (field->nested == nullptr && !field->list) {
      return miss(at, "'" + field->name + "' holds one value: nothing lies below it");
    }
    Node* child = node.find(field->name);
    if (field->list) {
      Node standard = field->default_value;
      if (child != nullptr && !child->is_null()) return list(*child, *field, at + 1, here);
      const bool found = list(standard, *field, at + 1, here);
      if (found) node.set(field->name, std::move(standard));
      return found;
    }
    if (child != nullptr && !child->is_null()) return record(*child, field->nested(), at + 1, here);
    Node made = Node::empty_table(); // a part that was not there: it comes to be if the path fits it
    if (!record(made, field->nested(), at + 1, here)) return false;
    node.set(field->name, std::move(made));
    return true;
  }

  bool list(Node& node, const FieldInfo& field, std::size_t at, const Trail& trail) {
    const PathPart& part = parts_[at];
    auto* items = node.array();
    if (items == nullptr) return miss(at, "there is no list at this place");
    bool found = false;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const bool is_record = field.nested != nullptr;
      std::string name = is_record ? element_name((*items)[i], field.nested()) : std::string();
      const bool every = part.has_wildcard() && part.name == "*";
      if (part.index >= 0 ? static_cast<std::size_t>(part.index) == i
                          : every || (!name.empty() && part.matches(name))) {
        found |= item((*items)[i], field, at, name.empty() ? Trail(trail, i) : Trail(trail, name));
      }
      names.push_back(std::move(name));
    }
    if (found) return true;
    if (items->empty()) return miss(at, "the list '" + field.name + "' is empty");
    if (part.index >= 0) return miss(at, "the list has only " + std::to_string(items->size()) + " items");
    return miss(at, "no element of '" + field.name + "' is named '" + shortened(part.name) + "'" +
                        did_you_mean(part.name, {names.begin(), names.end()}));
  }

  bool item(Node& node, const FieldInfo& field, std::size_t at, const Trail& trail) {
    if (at + 1 < parts_.size()) {
      if (field.nested == nullptr) return miss(at, "nothing lies below an item of '" + field.name + "'");
      return record(node, field.nested(), at + 1, trail);
    }
    if (field.nested != nullptr) {
      node = value_;
      return true;
    }
    return set_single(node, field, trail);
  }

  bool set_field(Node& node, const FieldInfo& field, const Trail& trail) {
    if (field.list || field.nested != nullptr || value_.is_null()) {
      node.set(field.name, value_);
      return true;
    }
    const Node* old = node.find(field.name);
    Node changed = old != nullptr && !old->is_null() ? *old : field.default_value;
    if (set_single(changed, field, trail)) node.set(field.name, std::move(changed));
    return true;
  }

  // Absolute values are checked when the whole is read again.
  bool set_single(Node& node, const FieldInfo& field, const Trail& trail) {
    const auto* text = value_.text();
    const auto change = text != nullptr && field.change != nullptr ? parse_change(*text) : std::nullopt;
    if (text != nullptr && field.change != nullptr && text->starts_with('=')) {
      node = Node(text->substr(1));
      node.cell = true;
      node.where = value_.where;
      return true;
    }
    if (!change) {
      node = value_;
      return true;
    }
    std::string rule = node.is_null() ? "has no value that could be changed" : field.change(node, *change, field.rules);
    if (rule.empty()) return true;
    errors_.add_at(value_, trail, rule);
    faulty_ = true;
    return false;
  }

  bool no_field(const PathPart& part, const TypeInfo& type, std::size_t at) {
    if (part.index >= 0) return miss(at, "a " + type.name + " has no items to count");
    std::vector<std::string_view> names;
    for (const FieldInfo& field : type.fields) names.push_back(field.name);
    return miss(at, "a " + type.name + " has no field '" + shortened(part.name) + "'" + did_you_mean(part.name, names));
  }
  // Keeps the reason found farthest along the path.
  bool miss(std::size_t at, std::string why) {
    if (fault_.empty() || at > fault_at_) fault_ = std::move(why), fault_at_ = at;
    return false;
  }

  const std::vector<PathPart>& parts_;
  const Node& value_;
  std::string_view path_;
  Errors& errors_;
  std::string fault_;
  std::size_t fault_at_ = 0;
  bool faulty_ = false;
};

} // namespace

void set_path(Node& root, const TypeInfo& type, std::string_view path, const Node& value, Errors& errors) {
  std::string rule;
  const auto parts = parse_path(path, &rule);
  if (!parts) return errors.add(shortened(path, kShownPath), value.shown(), "is no path: " + rule);
  Setter(*parts, value, path, errors).run(root, type);
}

} // namespace centresim::schema
