#include "centresim/schema/describe.hpp"

#include "centresim/schema/suggest.hpp"

namespace centresim::schema {

const FieldInfo* TypeInfo::find(std::string_view field) const {
  for (const FieldInfo& info : fields) {
    if (info.name == field) return &info;
  }
  return nullptr;
}

std::string element_name(const Node& element, const TypeInfo& type) {
  if (element.table() == nullptr) return {};
  if (const Node* name = element.find("name"); name != nullptr && !name->is_null()) {
    if (name->text() == nullptr) return {};
    if (!name->text()->empty()) return *name->text();
  }
  if (type.element_name != nullptr) return type.element_name(element);
  const FieldInfo* field = type.find("name");
  const auto* standard = field != nullptr ? field->default_value.text() : nullptr;
  return standard != nullptr ? *standard : std::string();
}

namespace detail {

namespace {
std::vector<std::string_view> views(std::span<const char* const> names) { return {names.begin(), names.end()}; }
} // namespace

std::string find_choice(const Node& node, std::span<const char* const> names, std::size_t& index) {
  std::string all;
  for (const char* name : names) all += (all.empty() ? "" : ", ") + std::string(name);
  const auto* text = node.text();
  if (text == nullptr) return "must be one of " + all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (*text == names[i]) {
      index = i;
      return {};
    }
  }
  return "must be one of " + all + did_you_mean(*text, views(names));
}

bool expect_table(const Node& node, const char* type, const Trail& trail, Errors& errors) {
  if (node.table() != nullptr) return true;
  errors.mark_structure_broken();
  errors.add_at(node, trail, std::string("must be a table (") + type + "), not " + node.type_name());
  return false;
}

bool expect_array(const Node& node, const Trail& trail, Errors& errors) {
  if (node.array() != nullptr) return true;
  errors.mark_structure_broken();
  errors.add_at(node, trail, std::string("must be a list, not ") + node.type_name());
  return false;
}

void unknown_key(const Member& member, std::span<const char* const> names, const Trail& trail, Errors& errors) {
  const std::string key = shortened(member.key); // a hostile key may be megabytes long
  std::string rule = "unknown key" + did_you_mean(member.key, views(names));
  errors.add_at(member.value, Trail(trail, key), rule);
}

void name_again(const Node& item, const Node& first, const Trail& trail, Errors& errors) {
  std::string rule = "names must be unique within their list";
  if (first.where.line > 0) {
    const bool same_file = item.where.file && first.where.file && *item.where.file == *first.where.file;
    rule += "; it is taken in " + (same_file || !first.where.file ? std::string() : *first.where.file + ", ") +
            "line " + std::to_string(first.where.line);
  }
  const Node* given = item.find("name");
  errors.add_at(given != nullptr ? *given : item, trail, rule);
}

Node cell_list(const Node& cell) {
  Node list = Node::empty_array();
  list.where = cell.where;
  const auto* text = cell.text();
  if (text == nullptr) return list;
  std::string_view rest = *text;
  while (true) {
    const auto end = rest.find(';');
    std::string_view item = rest.substr(0, end);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    Node node(item);
    node.where = cell.where;
    node.cell = true;
    list.push_back(std::move(node));
    if (end == std::string_view::npos) return list;
    rest.remove_prefix(end + 1);
  }
}

namespace {
std::string kind_text(const FieldInfo& info, const std::string& nested) {
  switch (info.kind) {
  case Kind::boolean:
    return "bool";
  case Kind::integer:
    return "integer";
  case Kind::number:
    return "number";
  case Kind::text:
    return "text";
  case Kind::duration:
    return "duration";
  case Kind::law:
    return info.rules.number_law ? "law of numbers" : "law of time";
  case Kind::choice:
  case Kind::record:
    return nested;
  }
  return {};
}
} // namespace

void finish(FieldInfo& info, const std::string& nested_name) {
  info.nested_name = nested_name;
  info.type_text = (info.list ? "list of " : "") + kind_text(info, nested_name);
  const Node& value = info.default_value;
  if (const auto* text = value.text()) {
    info.default_text = text->empty() ? "" : *text;
  } else if (const auto* items = value.array()) {
    for (const Node& item : *items) {
      if (!info.default_text.empty()) info.default_text += ", ";
      info.default_text += item.text() != nullptr ? *item.text() : item.shown();
    }
    if (items->empty()) info.default_text = "none";
  } else if (value.table() == nullptr) {
    info.default_text = value.shown();
  }
  if (info.kind == Kind::duration && info.rules.unit.empty()) info.rules.unit = "s";
  if (info.kind == Kind::law && info.rules.unit.empty() && !info.rules.number_law) info.rules.unit = "s";
}

} // namespace detail

} // namespace centresim::schema
