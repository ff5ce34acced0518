#include "centresim/schema/node.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

namespace centresim::schema {

Node::Node(Table value) : value_(std::move(value)) {}

Node Node::empty_table() { return Node(Table{}); }

std::optional<double> Node::number() const {
  if (const auto* i = integer()) return static_cast<double>(*i);
  if (const auto* r = real()) return *r;
  return std::nullopt;
}

const Node* Node::find(std::string_view key) const {
  if (const auto* members = table()) {
    for (const Member& member : *members) {
      if (member.key == key) return &member.value;
    }
  }
  return nullptr;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

Node& Node::set(std::string_view key, Node value) {
  if (is_null()) value_ = Table{};
  if (Node* old = find(key)) return *old = std::move(value);
  auto& members = std::get<Table>(value_);
  members.push_back({std::string(key), std::move(value)});
  return members.back().value;
}

void Node::push_back(Node value) {
  if (is_null()) value_ = Array{};
  std::get<Array>(value_).push_back(std::move(value));
}

const char* Node::type_name() const {
  static constexpr const char* names[] = {"nothing", "true or false", "a whole number", "a number",
                                          "a text",  "a list",        "a table"};
  return names[value_.index()];
}

namespace {

bool equal_tables(const Node::Table& a, const Node::Table& b) {
  if (a.size() != b.size()) return false;
  std::unordered_map<std::string_view, const Node*> index;
  for (const Member& member : b) index.emplace(member.key, &member.value);
  return std::all_of(a.begin(), a.end(), [&](const Member& member) {
    const auto found = index.find(member.key);
    return found != index.end() && *found->second == member.value;
  });
}

} // namespace

std::string shortened(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return std::string(text.substr(0, limit)) + "...";
}

std::string Node::shown() const {
  if (const auto* b = boolean()) return *b ? "true" : "false";
  if (const auto* i = integer()) return std::to_string(*i);
  if (const auto* r = real()) return shortest(*r);
  if (const auto* t = text()) {
    std::string clean = shortened(*t);
    for (char& c : clean) {
      if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) c = ' ';
    }
    return '"' + clean + '"';
  }
  if (const auto* a = array()) return "[" + std::to_string(a->size()) + " items]";
  if (table() != nullptr) return "{...}";
  return {};
}

bool Node::operator==(const Node& other) const {
  if (value_.index() != other.value_.index()) return false;
  if (const auto* a = array()) return std::equal(a->begin(), a->end(), other.array()->begin(), other.array()->end());
  if (const auto* t = table()) return equal_tables(*t, *other.table());
  if (const auto* b = boolean()) return *b == *other.boolean();
  if (const auto* i = integer()) return *i == *other.integer();
  if (const auto* r = real()) return *r == *other.real();
  if (const auto* s = text()) return *s == *other.text();
  return true;
}

std::string shortest(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

} // namespace centresim::schema
