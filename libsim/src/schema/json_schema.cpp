#include "centresim/schema/json_schema.hpp"

#include "centresim/core/time.hpp"
#include "centresim/schema/units.hpp"

#include <cmath>
#include <unordered_set>

namespace centresim::schema {

namespace {

Node number_of(double value) {
  if (value == std::floor(value) && std::abs(value) < 0x1p53) return static_cast<std::int64_t>(value);
  return value;
}

void add_range(Node& node, const Rules& rules) {
  if (rules.low && *rules.low > -1e299)
    node.set(rules.low_open ? "exclusiveMinimum" : "minimum", number_of(*rules.low));
  if (rules.high) node.set("maximum", number_of(*rules.high));
}

Node typed(const char* type) {
  Node node = Node::empty_table();
  node.set("type", type);
  return node;
}

Node reference(const std::string& name) {
  Node node = Node::empty_table();
  node.set("$ref", "#/$defs/" + name);
  return node;
}

Node either(Node::Array alternatives) {
  Node node = Node::empty_table();
  node.set("anyOf", std::move(alternatives));
  return node;
}

constexpr const char* kTimePattern =
    R"(^\s*-?[0-9.]+([eE][-+]?[0-9]+)?\s*(ms|s|sec|seconds?|min|minutes?|h|hr|hours?|d|days?|wk|weeks?|y|years?)?\s*$)";
constexpr const char* kNamePattern = R"(^[^\u0000-\u001f\u007f]*$)"; // no control characters
constexpr const char* kSharePattern = R"(^\s*-?[0-9.]+([eE][-+]?[0-9]+)?\s*%\s*$)";

Node quantity(const Rules& rules, const char* pattern) {
  Node number = typed("number");
  add_range(number, rules);
  Node text = typed("string");
  if (pattern != nullptr) text.set("pattern", pattern);
  return either({std::move(number), std::move(text)});
}

Node text(const FieldInfo& field) {
  Node node = typed("string");
  const Rules& rules = field.rules;
  const bool may_be_empty =
      !field.required && !field.list && field.default_value.text() != nullptr && field.default_value.text()->empty();
  if (rules.nonempty && !may_be_empty) node.set("minLength", 1);
  if (!rules.pattern.empty())
    node.set("pattern", rules.pattern);
  else if (rules.nonempty)
    node.set("pattern", kNamePattern);
  return node;
}

// Times have limits of their own where the description gives none.
Node duration(Rules rules) {
  if (!rules.low) rules.low = 0;
  const double most = static_cast<double>(core::kMaxTick) / ticks_per(time_unit(rules));
  if (!rules.high || *rules.high > most) rules.high = most;
  return quantity(rules, kTimePattern);
}

Node law(const Rules& rules) {
  Node number = typed("number");
  add_range(number, rules);
  Node table = typed("object");
  Node properties = Node::empty_table();
  properties.set("law", typed("string"));
  table.set("properties", std::move(properties));
  table.set("required", Node::Array{"law"});
  return either({std::move(number), typed("string"), std::move(table)});
}

Node element(const FieldInfo& field) {
  switch (field.kind) {
  case Kind::boolean:
    return typed("boolean");
  case Kind::integer: {
    Node node = typed("integer");
    add_range(node, field.rules);
    return node;
  }
  case Kind::number: {
    if (!field.rules.unit.empty()) {
      return quantity(field.rules, field.rules.unit == "1" ? kSharePattern : nullptr);
    }
    Node node = typed("number");
    add_range(node, field.rules);
    return node;
  }
  case Kind::text:
    return text(field);
  case Kind::duration:
    return duration(field.rules);
  case Kind::law:
    return law(field.rules);
  case Kind::choice: {
    Node node = typed("string");
    Node names = Node::empty_array();
    for (const ChoiceInfo& choice : field.choices) names.push_back(choice.name);
    node.set("enum", std::move(names));
    return node;
  }
  case Kind::record:
    return reference(field.nested_name);
  }
  return {};
}

Node property(const FieldInfo& field) {
  Node node = element(field);
  if (field.list) {
    Node list = typed("array");
    list.set("items", std::move(node));
    if (field.rules.nonempty) list.set("minItems", 1);
    node = field.kind == Kind::record ? either({std::move(list), reference("Table")}) : std::move(list);
  }
  std::string text = field.doc;
  if (field.kind == Kind::choice) {
    for (const ChoiceInfo& choice : field.choices) text += "\n" + choice.name + ": " + choice.doc;
  }
  node.set("description", text);
  if (!field.rules.unit.empty()) node.set("x-unit", field.rules.unit);
  if (!field.default_value.is_null() && field.default_value.table() == nullptr)
    node.set("default", field.default_value);
  return node;
}

Node object(const TypeInfo& type) {
  Node node = typed("object");
  node.set("description", type.doc);
  node.set("additionalProperties", false);
  Node properties = Node::empty_table(), required = Node::empty_array();
  for (const FieldInfo& field : type.fields) {
    properties.set(field.name, property(field));
    if (field.required) required.push_back(field.name);
  }
  node.set("properties", std::move(properties));
  if (!required.array()->empty()) node.set("required", std::move(required));
  return node;
}

void collect(const TypeInfo& type, std::unordered_set<std::string>& seen, Node& definitions) {
  for (const FieldInfo& field : type.fields) {
    if (field.nested == nullptr || !seen.insert(field.nested_name).second) continue;
    definitions.set(field.nested_name, object(field.nested()));
    collect(field.nested(), seen, definitions);
  }
}

Node table_file() {
  Node node = typed("object");
  node.set("description", "The rows stand in a CSV file, named relative to this file.");
  node.set("additionalProperties", false);
  Node properties = Node::empty_table();
  properties.set("table", typed("string"));
  node.set("properties", std::move(properties));
  node.set("required", Node::Array{"table"});
  return node;
}

} // namespace

Node json_schema(const TypeInfo& type) {
  Node schema = Node::empty_table();
  schema.set("$schema", "https://json-schema.org/draft/2020-12/schema");
  schema.set("title", type.name);
  const Node root = object(type);
  for (const Member& member : *root.table()) schema.set(member.key, member.value);
  Node definitions = Node::empty_table();
  definitions.set("Table", table_file());
  std::unordered_set<std::string> seen{"Table"};
  collect(type, seen, definitions); // a type that holds itself gets a definition of its own here
  schema.set("$defs", std::move(definitions));
  return schema;
}

} // namespace centresim::schema
