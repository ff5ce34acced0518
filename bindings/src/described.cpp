#include "described.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace py = pybind11;

namespace centresim::python::detail {

namespace {

using schema::FieldInfo;
using schema::Kind;
using schema::Node;
using schema::TypeInfo;

constexpr std::size_t kWidth = 100; // longer reprs are broken into lines

// Fields before the first optional one may be given by position.
std::size_t positional_count(const TypeInfo& type) {
  std::size_t count = 0;
  while (count < type.fields.size() && type.fields[count].required) ++count;
  return count;
}

std::string literal(const Node& node) { return py::repr(from_node(node)).cast<std::string>(); }

std::string default_literal(const FieldInfo& field) {
  return field.list && field.default_value.array() != nullptr && field.default_value.array()->empty()
             ? "()"
             : literal(field.default_value);
}

// What a person reads in the docs.
std::string type_words(const FieldInfo& field) {
  std::string text = field.type_text;
  if (field.kind == Kind::choice && !field.choices.empty()) {
    text = field.list ? "list of " : "";
    for (std::size_t i = 0; i < field.choices.size(); ++i)
      text += (i == 0 ? "" : " | ") + literal(field.choices[i].name);
  }
  if (!field.rules.unit.empty()) text += " [" + field.rules.unit + "]";
  if (const std::string range = field.rules.range_text(); !range.empty()) text += ", " + range;
  if (!field.required) text += field.default_text.empty() ? ", optional" : ", default " + field.default_text;
  return text;
}

// The name of the package in front of a class in a repr: fab.ToolGroup, cs.Scenario.
std::string prefix(const TypeInfo& type) {
  const py::dict known = py::module_::import("centresim._core").attr("_described");
  const py::int_ key(reinterpret_cast<std::uintptr_t>(&type));
  if (!known.contains(key)) return "";
  const auto module = known[key]["module"].cast<std::string>();
  const auto dot = module.rfind('.');
  return (dot == std::string::npos ? "cs" : module.substr(dot + 1)) + ".";
}

std::string show_value(const Node& node, const FieldInfo& field, std::size_t indent);

std::string bracketed(const std::string& open, const std::vector<std::string>& items, const char* close,
                      std::size_t indent) {
  std::size_t length = indent + open.size() + 1;
  bool lines = false;
  for (const std::string& item : items) {
    length += item.size() + 2;
    lines = lines || item.find('\n') != std::string::npos;
  }
  std::string text = open;
  if (!lines && length <= kWidth) {
    for (std::size_t i = 0; i < items.size(); ++i) text += (i == 0 ? "" : ", ") + items[i];
    return text + close;
  }
  const std::string margin(indent + 4, ' ');
  for (const std::string& item : items) text += "\n" + margin + item + ",";
  return text + "\n" + std::string(indent, ' ') + close;
}

std::string show_record(const Node& node, const TypeInfo& type, std::size_t indent) {
  std::vector<std::string> items;
  bool by_position = true; // leading texts that are required: names
  for (const FieldInfo& field : type.fields) {
    by_position = by_position && field.required && field.kind == Kind::text && !field.list;
    const Node* value = node.find(field.name);
    if (value == nullptr) continue;
    const std::string text = show_value(*value, field, indent + 4);
    items.push_back(by_position ? text : python_name(field.name) + "=" + text);
  }
  return bracketed(prefix(type) + type.name + "(", items, ")", indent);
}

std::string show_value(const Node& node, const FieldInfo& field, std::size_t indent) {
  if (const auto* list = node.array(); list != nullptr && field.list) {
    std::vector<std::string> items;
    FieldInfo element = field;
    element.list = false;
    for (const Node& item : *list) items.push_back(show_value(item, element, indent + 4));
    return bracketed("[", items, "]", indent);
  }
  return field.nested != nullptr ? show_record(node, field.nested(), indent) : literal(node);
}

py::dict field_dict(const FieldInfo& field) {
  py::dict dict;
  dict["name"] = field.name;
  dict["python_name"] = python_name(field.name);
  dict["doc"] = field.doc;
  dict["kind"] = static_cast<int>(field.kind);
  dict["list"] = field.list;
  dict["required"] = field.required;
  dict["unit"] = field.rules.unit;
  dict["range"] = field.rules.range_text();
  py::list choices;
  for (const auto& choice : field.choices) choices.append(py::make_tuple(choice.name, choice.doc));
  dict["choices"] = choices;
  dict["type"] = field.type_text;
  dict["default"] = from_node(field.default_value);
  dict["nested"] = field.nested_name;
  return dict;
}

} // namespace

std::string python_name(const std::string& field) {
  const bool keyword = py::module_::import("keyword").attr("iskeyword")(field).cast<bool>();
  return keyword ? field + "_" : field;
}

std::string class_doc(const TypeInfo& type) {
  std::string signature = type.name + "(";
  const std::size_t positional = positional_count(type);
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const FieldInfo& field = type.fields[i];
    if (i != 0) signature += ", ";
    if (i == positional) signature += "*, ";
    signature += python_name(field.name);
    if (!field.required) signature += "=" + default_literal(field);
  }
  std::string doc = signature + ")\n--\n\n" + type.doc + "\n\nParameters\n----------\n";
  for (const FieldInfo& field : type.fields)
    doc += python_name(field.name) + " : " + type_words(field) + "\n    " + field.doc + "\n";
  return doc;
}

std::string property_doc(const FieldInfo& field) {
  std::string doc = field.doc + "\n\n" + type_words(field);
  for (const auto& choice : field.choices)
    if (!choice.doc.empty()) doc += "\n- " + choice.name + ": " + choice.doc;
  return doc;
}

std::string show(const Node& node, const TypeInfo& type) { return show_record(node, type, 0); }

Node arguments(const TypeInfo& type, const py::args& args, const py::kwargs& kwargs) {
  const std::size_t positional = positional_count(type);
  if (args.size() > positional)
    throw py::type_error(type.name + "() takes " + std::to_string(positional) + " positional arguments (" +
                         std::to_string(args.size()) + " given); name the others");
  Node node = Node::empty_table();
  for (std::size_t i = 0; i < args.size(); ++i) node.set(type.fields[i].name, to_node(args[i]));
  for (const auto& [key, value] : kwargs) {
    auto name = to_text(key);
    if (name.ends_with('_') && type.find(name.substr(0, name.size() - 1)) != nullptr) name.pop_back();
    if (node.find(name) != nullptr) throw py::type_error(type.name + "() got several values for '" + name + "'");
    node.set(name, to_node(value)); // None: not given
  }
  return node;
}

void remember(py::module_& root, const TypeInfo& type, const std::string& module) {
  if (!py::hasattr(root, "_described")) root.attr("_described") = py::dict();
  py::dict dict;
  dict["module"] = module;
  dict["name"] = type.name;
  dict["doc"] = type.doc;
  dict["positional"] = positional_count(type);
  py::list fields;
  for (const FieldInfo& field : type.fields) fields.append(field_dict(field));
  dict["fields"] = fields;
  root.attr("_described")[py::int_(reinterpret_cast<std::uintptr_t>(&type))] = dict;
}

} // namespace centresim::python::detail
