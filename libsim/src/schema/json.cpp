// JSON text into nodes and back. nlohmann-json does the grammar through its SAX interface; lines are counted by the
// iterator that feeds it.
#include "centresim/core/error.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/node.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <unordered_set>

namespace centresim::schema {

namespace {

// The line of the character read last. The parser reads one character beyond a number: a line break then still counts
// as part of its line.
struct Position {
  int line = 1;
  bool pending = false;
};

class LineCounter {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  LineCounter(const char* at, Position* position) : at_(at), position_(position) {}
  reference operator*() const { return *at_; }
  LineCounter& operator++() {
    if (position_->pending) ++position_->line, position_->pending = false;
    if (*at_ == '\n') position_->pending = true;
    ++at_;
    return *this;
  }
  LineCounter operator++(int) {
    LineCounter old = *this;
    ++*this;
    return old;
  }
  bool operator==(const LineCounter& other) const { return at_ == other.at_; }

 private:
  const char* at_;
  Position* position_;
};

class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Builder(const std::string& name, const Position& position)
      : file_(std::make_shared<const std::string>(name)), position_(position) {}

  bool null() override { return put(Node()); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override {
    if (value > static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max())) {
      return stop("the whole number is too large");
    }
    return put(value);
  }
  bool number_float(number_float_t value, const string_t&) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Node::empty_table()); }
  bool start_array(std::size_t) override { return open(Node::empty_array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    Level& level = levels_.back();
    if (!level.keys.insert(value).second) return stop("the key \"" + shortened(value) + "\" stands here twice");
    level.key = std::move(value);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
    std::string what = error.what();
    // "[json.exception...] parse error at line 1, column 5: what it is": the place is said by the issue itself.
    if (const auto column = what.find("column "); column != std::string::npos) {
      if (const auto colon = what.find(": ", column); colon != std::string::npos) what.erase(0, colon + 2);
    } else if (const auto bracket = what.find("] "); bracket != std::string::npos) {
      what.erase(0, bracket + 2);
    }
    return stop(shortened(what, 300));
  }

  [[nodiscard]] Node take() { return std::move(root_); }
  [[nodiscard]] const core::Issue& issue() const { return issue_; }

 private:
  struct Level {
    Node node;
    std::string key;                      // under which it will stand in its parent is the parent's `key`
    std::unordered_set<std::string> keys; // seen in this table
  };

  bool stop(std::string rule) {
    issue_ = {*file_, position_.line, "", "", std::move(rule)};
    return false;
  }
  bool open(Node node) {
    if (levels_.size() >= static_cast<std::size_t>(kMaxDepth)) return stop("is nested deeper than 100 levels");
    node.where = {file_, position_.line};
    levels_.push_back({std::move(node), {}, {}});
    return true;
  }
  bool close() {
    Node node = std::move(levels_.back().node);
    levels_.pop_back();
    return attach(std::move(node));
  }
  bool put(Node node) {
    node.where = {file_, position_.line};
    return attach(std::move(node));
  }
  bool attach(Node node) {
    if (levels_.empty())
      root_ = std::move(node);
    else if (auto* members = levels_.back().node.table())
      members->push_back({levels_.back().key, std::move(node)});
    else
      levels_.back().node.array()->push_back(std::move(node));
    return true;
  }

  std::shared_ptr<const std::string> file_;
  const Position& position_;
  Node root_;
  std::vector<Level> levels_;
  core::Issue issue_;
};

void write_text(std::string& out, const std::string& text) {
  static constexpr char digits[] = "0123456789abcdef";
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
      if (static_cast<unsigned char>(c) < 0x20U) {
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

class Writer {
 public:
  Writer(int indent, bool sorted) : indent_(indent), sorted_(sorted) {}

  void write(const Node& node, int level) {
    if (const auto* items = node.array())
      write_array(*items, level);
    else if (const auto* members = node.table())
      write_table(*members, level);
    else if (const auto* text = node.text())
      write_text(out, *text);
    else if (const auto* real = node.real())
      write_real(*real);
    else if (node.is_null())
      out += "null";
    else
      out += node.boolean() != nullptr ? (*node.boolean() ? "true" : "false") : std::to_string(*node.integer());
  }
  std::string out;

 private:
  void write_real(double value) {
    if (!std::isfinite(value)) {
      throw core::InputError({core::Issue{"", 0, "", shortest(value), "JSON has no such number"}});
    }
    out += shortest(value);
  }
  void write_array(const Node::Array& items, int level) {
    const bool flat = std::all_of(items.begin(), items.end(), [](const Node& n) { return !n.array() && !n.table(); });
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += flat && indent_ >= 0 ? ", " : ",";
      if (!flat) new_line(level + 1);
      write(items[i], level + 1);
    }
    if (!flat) new_line(level);
    out += ']';
  }
  void write_table(const Node::Table& members, int level) {
    std::vector<const Member*> order;
    for (const Member& member : members) order.push_back(&member);
    if (sorted_) {
      std::sort(order.begin(), order.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
    }
    out += '{';
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (i > 0) out += ',';
      new_line(level + 1);
      write_text(out, order[i]->key);
      out += indent_ >= 0 ? ": " : ":";
      write(order[i]->value, level + 1);
    }
    if (!order.empty()) new_line(level);
    out += '}';
  }
  void new_line(int level) {
    if (indent_ < 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent_) * static_cast<std::size_t>(level), ' ');
  }

  int indent_;
  bool sorted_;
};

} // namespace

Node parse_json(std::string_view text, const std::string& name) {
  text = checked_text(text, name);
  Position position;
  Builder builder(name, position);
  const LineCounter first(std::to_address(text.begin()), &position), last(std::to_address(text.end()), &position);
  if (!nlohmann::json::sax_parse(first, last, &builder)) throw core::InputError({builder.issue()});
  return builder.take();
}

Node load_json(const std::filesystem::path& path) { return parse_json(read_text_file(path), path.string()); }

std::string write_json(const Node& root, int indent) {
  Writer writer(indent, false);
  writer.write(root, 0);
  if (indent >= 0) writer.out += '\n';
  return std::move(writer.out);
}

std::string canonical_json(const Node& root) {
  Writer writer(-1, true);
  writer.write(root, 0);
  return std::move(writer.out);
}

} // namespace centresim::schema
