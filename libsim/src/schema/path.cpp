#include "centresim/schema/path.hpp"

#include <algorithm>
#include <charconv>

namespace centresim::schema {

namespace {

// Glob with `*` only; linear time with one fallback point.
bool glob(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

class PathParser {
 public:
  explicit PathParser(std::string_view text) : text_(text) {}

  std::optional<std::vector<PathPart>> run(std::string* rule) {
    std::vector<PathPart> parts;
    bool expect_name = true;
    while (at_ < text_.size() || expect_name) {
      if (!expect_name && text_[at_] == '.') {
        ++at_;
        expect_name = true;
        continue;
      }
      const char* fault = nullptr;
      if (at_ < text_.size() && text_[at_] == '[')
        fault = parse_index(parts, expect_name && !parts.empty());
      else if (!expect_name)
        fault = "a dot is missing between two names";
      else if (at_ < text_.size() && text_[at_] == '"')
        fault = parse_quoted(parts);
      else
        fault = parse_bare(parts);
      if (fault != nullptr) {
        if (rule != nullptr) *rule = fault;
        return std::nullopt;
      }
      expect_name = false;
    }
    return parts;
  }

 private:
  const char* parse_index(std::vector<PathPart>& parts, bool after_dot) {
    if (after_dot) return "no dot stands before [index]";
    const auto close = text_.find(']', at_);
    if (close == std::string_view::npos) return "a ] is missing";
    std::int64_t index = -1;
    const char* first = text_.data() + at_ + 1;
    const char* last = text_.data() + close;
    if (std::string_view(first, static_cast<std::size_t>(last - first)) == "*") {
      parts.push_back({"*", -1, false});
    } else {
      const auto [end, error] = std::from_chars(first, last, index);
      if (error != std::errc{} || end != last || index < 0) return "an index is a whole number from 0";
      parts.push_back({"", index, false});
    }
    at_ = close + 1;
    return nullptr;
  }
  const char* parse_quoted(std::vector<PathPart>& parts) {
    std::string name;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        ++at_;
        parts.push_back({std::move(name), -1, true});
        return nullptr;
      }
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      name += text_[at_];
    }
    return "a closing quote is missing";
  }
  const char* parse_bare(std::vector<PathPart>& parts) {
    const auto end = std::min(text_.find_first_of(".[", at_), text_.size());
    const auto name = text_.substr(at_, end - at_);
    if (name.empty()) return "a name is missing";
    if (name.find_first_of("\"]") != std::string_view::npos) return "a name with quotes or brackets must be quoted";
    parts.push_back({std::string(name), -1, false});
    at_ = end;
    return nullptr;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

} // namespace

bool PathPart::matches(std::string_view candidate) const {
  if (index >= 0) return false;
  return has_wildcard() ? glob(name, candidate) : name == candidate;
}

std::optional<std::vector<PathPart>> parse_path(std::string_view text, std::string* rule) {
  return PathParser(text).run(rule);
}

std::string quoted_name(std::string_view name) {
  const bool plain = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20U && std::string_view(".[]\"*\\").find(c) == std::string_view::npos;
  });
  if (plain) return std::string(name);
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + '"';
}

std::string join_path(std::string_view base, std::string_view name) {
  std::string text(base);
  if (!text.empty()) text += '.';
  return text += quoted_name(name);
}

std::string index_path(std::string_view base, std::size_t index) {
  return std::string(base) + '[' + std::to_string(index) + ']';
}

std::string Trail::text() const {
  if (is_base_) return std::string(name_);
  const std::string base = up_->text();
  return index_ >= 0 ? index_path(base, static_cast<std::size_t>(index_)) : join_path(base, name_);
}

} // namespace centresim::schema
