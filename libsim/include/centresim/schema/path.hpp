// Paths that address a value inside a scenario: fab.tool_groups.litho.breakdowns[0].mttf
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::schema {

// One part of a path: a name (may hold `*` for any run of characters, unless quoted) or an index counted from 0.
struct PathPart {
  std::string name;
  std::int64_t index = -1;
  bool quoted = false;
  [[nodiscard]] bool has_wildcard() const { return index < 0 && !quoted && name.find('*') != std::string::npos; }
  [[nodiscard]] bool matches(std::string_view candidate) const;
  bool operator==(const PathPart&) const = default;
};

// Nothing if the text is no path (empty part, unbalanced quote or bracket); `rule` then says why.
[[nodiscard]] std::optional<std::vector<PathPart>> parse_path(std::string_view text, std::string* rule = nullptr);

// A name as it stands in a path: quoted where it is empty or holds a dot, bracket, quote, star or control character.
[[nodiscard]] std::string quoted_name(std::string_view name);
[[nodiscard]] std::string join_path(std::string_view base, std::string_view name);
[[nodiscard]] std::string index_path(std::string_view base, std::size_t index);

// Where a reader is; text is made only when there is something to say. Lives on the stack beside what it names.
class Trail {
 public:
  explicit Trail(std::string_view base = {}) : name_(base), is_base_(true) {}
  Trail(const Trail& up, std::string_view name) : up_(&up), name_(name) {}
  Trail(const Trail& up, std::size_t index) : up_(&up), index_(static_cast<std::int64_t>(index)) {}
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool names(std::string_view last) const { return !is_base_ && index_ < 0 && name_ == last; }

 private:
  const Trail* up_ = nullptr;
  std::string_view name_;
  std::int64_t index_ = -1;
  bool is_base_ = false;
};

} // namespace centresim::schema
