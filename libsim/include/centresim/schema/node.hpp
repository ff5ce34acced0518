// What a file says before anybody checks it: a tree of values that know their file and line.
#pragma once
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace centresim::schema {

// Where a value was written. No file: the value was made by a program.
struct Where {
  std::shared_ptr<const std::string> file;
  int line = 0;
};

struct Member;

// One value of a scenario: null, bool, integer, real, text, array or table. Tables keep the order of their keys.
class Node {
 public:
  using Array = std::vector<Node>;
  using Table = std::vector<Member>;

  Node();
  Node(std::nullptr_t);
  Node(bool value);
  template <std::integral I>
    requires(!std::same_as<I, bool>)
  Node(I value);
  Node(double value);
  Node(std::string value);
  Node(std::string_view value);
  Node(const char* value);
  Node(Array value);
  Node(Table value);
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();
  [[nodiscard]] static Node empty_array();
  [[nodiscard]] static Node empty_table();

  // Pointers to the value if it is of that type, else null.
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&value_); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
  [[nodiscard]] const double* real() const { return std::get_if<double>(&value_); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value_); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&value_); }
  [[nodiscard]] Array* array() { return std::get_if<Array>(&value_); }
  [[nodiscard]] const Table* table() const { return std::get_if<Table>(&value_); }
  [[nodiscard]] Table* table() { return std::get_if<Table>(&value_); }
  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(value_); }
  [[nodiscard]] std::optional<double> number() const; // an integer or a real

  // The member of a table; null if this is no table or has no such key.
  [[nodiscard]] const Node* find(std::string_view key) const;
  [[nodiscard]] Node* find(std::string_view key);
  // Replaces or appends a member (a null becomes a table first) and returns it.
  Node& set(std::string_view key, Node value);
  void push_back(Node value); // a null becomes an array first

  // "a number", "a text", "a table", ... for messages.
  [[nodiscard]] const char* type_name() const;
  // As the user wrote it, cut to about 60 characters.
  [[nodiscard]] std::string shown() const;

  // Values only: positions, and the order of keys, do not count. 1 and 1.0 differ.
  [[nodiscard]] bool operator==(const Node& other) const;

  Where where;
  bool cell = false; // from a CSV cell: a text that may stand for a number, a bool or a list "a; b"

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table> value_;
};

struct Member {
  std::string key;
  Node value;
};

// Here, not in the class: the variant is complete only now, and clang looks into it.
inline Node::Node() = default;
inline Node::Node(std::nullptr_t) {}
inline Node::Node(bool value) : value_(value) {}
template <std::integral I>
  requires(!std::same_as<I, bool>)
Node::Node(I value) : value_(static_cast<std::int64_t>(value)) {}
inline Node::Node(double value) : value_(value) {}
inline Node::Node(std::string value) : value_(std::move(value)) {}
inline Node::Node(std::string_view value) : value_(std::string(value)) {}
inline Node::Node(const char* value) : value_(std::string(value)) {}
inline Node::Node(Array value) : value_(std::move(value)) {}
inline Node::Node(const Node&) = default;
inline Node::Node(Node&&) noexcept = default;
inline Node& Node::operator=(const Node&) = default;
inline Node& Node::operator=(Node&&) noexcept = default;
inline Node::~Node() = default;
inline Node Node::empty_array() { return Node(Array{}); }

inline constexpr int kMaxDepth = 100; // of nested tables and arrays in a file

// Readers. Throw InputError (syntax, duplicate keys, nesting deeper than kMaxDepth, not UTF-8 text) with file and line,
// IoError if the file cannot be read or is larger than 1 GB. Dates of TOML become text "YYYY-MM-DD".
[[nodiscard]] Node parse_toml(std::string_view text, const std::string& name);
[[nodiscard]] Node parse_json(std::string_view text, const std::string& name);
[[nodiscard]] Node load_toml(const std::filesystem::path& path);
[[nodiscard]] Node load_json(const std::filesystem::path& path);
[[nodiscard]] Node load(const std::filesystem::path& path); // by the ending: .toml or .json

// Writers. The same node gives the same text; reading it gives an equal node (TOML has no null: null members are left
// out). Throw InputError for what the format cannot hold (infinities in JSON, nulls in arrays of TOML).
[[nodiscard]] std::string write_toml(const Node& root);                 // root: a table
[[nodiscard]] std::string write_json(const Node& root, int indent = 2); // indent < 0: on one line
[[nodiscard]] std::string canonical_json(const Node& root);             // one line, keys in byte order

// At most `limit` bytes of a text, "..." behind what was cut; never cuts a character in two.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t limit = 60);

// A double as the shortest decimal that reads back equal, with a point or exponent ("5.0").
[[nodiscard]] std::string shortest(double value);

} // namespace centresim::schema
