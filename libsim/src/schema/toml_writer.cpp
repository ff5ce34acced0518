// Nodes into TOML text: values first, then [tables] and [[arrays of tables]], in the order of the tree.
#include "centresim/core/error.hpp"
#include "centresim/schema/node.hpp"

#include <algorithm>

namespace centresim::schema {

namespace {

bool bare_key(const std::string& key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

void write_text(std::string& out, const std::string& text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  out += '"';
  for (const char c : text) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20U || c == 0x7F) {
        out += "\\u00";
        out += digits[static_cast<unsigned char>(c) >> 4U];
        out += digits[static_cast<unsigned char>(c) & 15U];
      } else {
        out += c;
      }
    }
  }
  out += '"';
}

void write_key(std::string& out, const std::string& key) {
  if (bare_key(key))
    out += key;
  else
    write_text(out, key);
}

bool is_table_list(const Node& node) {
  const auto* items = node.array();
  return items != nullptr && !items->empty() &&
         std::all_of(items->begin(), items->end(), [](const Node& item) { return item.table() != nullptr; });
}

// A table of one value, such as {table = "routes.csv"}, reads better in its line.
bool is_short_table(const Node& node) {
  const auto* members = node.table();
  return members != nullptr && members->size() == 1 && members->front().key == "table" &&
         members->front().value.text() != nullptr;
}

class Writer {
 public:
  void write_table(const Node::Table& members, const std::string& prefix) {
    for (const Member& member : members) {
      if (member.value.is_null() || is_block(member.value)) continue;
      write_key(out, member.key);
      out += " = ";
      write_inline(member.value);
      out += '\n';
    }
    for (const Member& member : members) {
      if (!is_block(member.value)) continue;
      std::string path = prefix;
      if (!path.empty()) path += '.';
      write_key(path, member.key);
      if (const auto* items = member.value.array()) {
        for (const Node& item : *items) write_block(*item.table(), path, "[[", "]]");
      } else {
        write_block(*member.value.table(), path, "[", "]");
      }
    }
  }
  std::string out;

 private:
  static bool is_block(const Node& node) {
    return (node.table() != nullptr && !is_short_table(node)) || is_table_list(node);
  }
  static bool has_block(const Node::Table& members) {
    return std::any_of(members.begin(), members.end(), [](const Member& member) { return is_block(member.value); });
  }
  void write_block(const Node::Table& members, const std::string& path, const char* open, const char* close) {
    // The header of a table that only holds other tables says nothing.
    const bool only_blocks = !members.empty() && std::all_of(members.begin(), members.end(), [](const Member& member) {
      return member.value.is_null() || is_block(member.value);
    });
    if (!only_blocks || open[1] == '[' || !has_block(members)) {
      if (!out.empty()) out += '\n';
      out += open + path + close + '\n';
    }
    write_table(members, path);
  }
  void write_inline(const Node& node) {
    if (const auto* items = node.array()) {
      out += '[';
      for (std::size_t i = 0; i < items->size(); ++i) {
        if (i > 0) out += ", ";
        write_inline((*items)[i]);
      }
      out += ']';
    } else if (const auto* members = node.table()) {
      write_inline_table(*members);
    } else if (const auto* text = node.text()) {
      write_text(out, *text);
    } else if (const auto* real = node.real()) {
      out += shortest(*real);
    } else if (const auto* integer = node.integer()) {
      out += std::to_string(*integer);
    } else if (const auto* boolean = node.boolean()) {
      out += *boolean ? "true" : "false";
    } else {
      throw core::InputError({core::Issue{"", 0, "", "null", "TOML has no null inside a list"}});
    }
  }
  void write_inline_table(const Node::Table& members) {
    out += "{";
    bool first = true;
    for (const Member& member : members) {
      if (member.value.is_null()) continue;
      out += first ? " " : ", ";
      first = false;
      write_key(out, member.key);
      out += " = ";
      write_inline(member.value);
    }
    out += " }";
  }
};

} // namespace

std::string write_toml(const Node& root) {
  const auto* members = root.table();
  if (members == nullptr) {
    throw core::InputError({core::Issue{"", 0, "", root.shown(), "a TOML file is a table"}});
  }
  Writer writer;
  writer.write_table(*members, "");
  return std::move(writer.out);
}

} // namespace centresim::schema
