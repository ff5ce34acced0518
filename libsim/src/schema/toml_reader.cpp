// TOML text into nodes. toml++ does the grammar; its tables are sorted by key, so the order of the file is restored
// from the positions, and depth is bounded before it recurses.
#include "centresim/core/error.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/node.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>
#include <toml++/toml.h>
#include <tuple>

namespace centresim::schema {

namespace {

[[noreturn]] void fail(const std::string& name, int line, std::string rule) {
  throw core::InputError({core::Issue{name, line, "", "", std::move(rule)}});
}

// Walks over the text without parsing it: counts open brackets, and the dots of keys, outside texts and comments.
class DepthGuard {
 public:
  DepthGuard(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  void run() {
    for (; at_ < text_.size(); ++at_) {
      switch (text_[at_]) {
      case '\n':
        ++line_;
        if (stack_.empty()) end_key(); // else inside a value of many lines
        break;
      case '#':
        skip_comment();
        break;
      case '"':
      case '\'':
        skip_text(text_[at_]);
        break;
      case '[':
      case '{':
        open();
        break;
      case ']':
      case '}':
        close();
        break;
      case '.':
        deeper();
        break;
      case ',':
        end_key();
        break;
      default:
        break;
      }
    }
  }

 private:
  void deeper() {
    ++dots_;
    if (++total_ > kMaxDepth) fail(name_, line_, "is nested deeper than 100 levels");
  }
  void open() {
    stack_.push_back(dots_);
    dots_ = 0;
    deeper();
    dots_ = 0; // the bracket itself is counted by the stack
  }
  void close() {
    if (stack_.empty()) return; // the parser will say so
    total_ -= dots_ + 1;
    dots_ = stack_.back();
    stack_.pop_back();
  }
  // The dots of a key hold until its value ends.
  void end_key() {
    total_ -= dots_;
    dots_ = 0;
  }
  void skip_comment() {
    while (at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
  }
  void skip_text(char quote) {
    const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
    const bool many = text_.substr(at_, 3) == three;
    at_ += many ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') {
        if (!many) { // the parser will say so
          --at_;     // the line break is for run()
          return;
        }
        ++line_;
      }
      if (text_[at_] == '\\' && quote == '"' && at_ + 1 < text_.size()) {
        if (text_[++at_] == '\n') ++line_;
      } else if (many ? text_.substr(at_, 3) == three : text_[at_] == quote) {
        if (many) at_ += 2;
        for (int extra = 0; many && extra < 2 && text_.substr(at_ + 1, 1) == three.substr(0, 1); ++extra) ++at_;
        return;
      }
    }
  }

  std::string_view text_;
  const std::string& name_;
  std::size_t at_ = 0;
  int line_ = 1, dots_ = 0, total_ = 0;
  std::vector<int> stack_;
};

template <class Date> std::string printed(const Date& date) {
  std::ostringstream out;
  out << date;
  return out.str();
}

class Converter {
 public:
  explicit Converter(std::shared_ptr<const std::string> file) : file_(std::move(file)) {}

  Node convert(const toml::node& source, int depth) const {
    const int line = static_cast<int>(source.source().begin.line);
    if (depth > kMaxDepth) fail(*file_, line, "is nested deeper than 100 levels");
    Node node = value(source, depth);
    node.where = {file_, line};
    return node;
  }

 private:
  Node value(const toml::node& source, int depth) const {
    switch (source.type()) {
    case toml::node_type::table:
      return table(*source.as_table(), depth);
    case toml::node_type::array: {
      Node::Array items;
      items.reserve(source.as_array()->size());
      for (const auto& item : *source.as_array()) items.push_back(convert(item, depth + 1));
      return items;
    }
    case toml::node_type::string:
      return source.as_string()->get();
    case toml::node_type::integer:
      return source.as_integer()->get();
    case toml::node_type::floating_point:
      return source.as_floating_point()->get();
    case toml::node_type::boolean:
      return source.as_boolean()->get();
    case toml::node_type::date:
      return printed(source.as_date()->get());
    case toml::node_type::time:
      return printed(source.as_time()->get());
    case toml::node_type::date_time:
      return printed(source.as_date_time()->get());
    default:
      return {};
    }
  }
  Node table(const toml::table& source, int depth) const {
    struct Entry {
      const toml::key* key;
      const toml::node* value;
    };
    std::vector<Entry> entries;
    for (auto it = source.cbegin(); it != source.cend(); ++it) entries.push_back({&it->first, &it->second});
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      const auto &x = a.key->source().begin, &y = b.key->source().begin;
      return std::tuple(x.line, x.column, a.key->str()) < std::tuple(y.line, y.column, b.key->str());
    });
    Node::Table members;
    members.reserve(entries.size());
    for (const auto& entry : entries) {
      members.push_back({std::string(entry.key->str()), convert(*entry.value, depth + 1)});
    }
    return members;
  }

  std::shared_ptr<const std::string> file_;
};

} // namespace

Node parse_toml(std::string_view text, const std::string& name) {
  text = checked_text(text, name);
  DepthGuard(text, name).run();
  try {
    const toml::table table = toml::parse(text, name);
    Node root = Converter(std::make_shared<const std::string>(name)).convert(table, 0);
    root.where.line = 1;
    return root;
  } catch (const toml::parse_error& error) {
    std::string what(error.description());
    fail(name, static_cast<int>(error.source().begin.line), shortened(what, 300));
  }
}

Node load_toml(const std::filesystem::path& path) { return parse_toml(read_text_file(path), path.string()); }

Node load(const std::filesystem::path& path) {
  if (path.extension() == ".toml") return load_toml(path);
  if (path.extension() == ".json") return load_json(path);
  throw core::InputError({core::Issue{path.string(), 0, "", "", "a scenario file ends in .toml or .json"}});
}

} // namespace centresim::schema
