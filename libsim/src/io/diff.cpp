#include "centresim/io/diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <type_traits>

namespace centresim::io {

using experiment::Attribute;
using experiment::Group;
using experiment::Tree;
using experiment::Variable;

namespace {

template <class T> bool same(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>)
    return a == b || (std::isnan(a) && std::isnan(b));
  else
    return a == b;
}

std::string shown(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  return text.size() <= kLongest ? "'" + text + "'" : "'" + text.substr(0, kLongest) + "...'";
}
std::string shown(double x) { return fmt::format("{}", x); }
std::string shown(float x) { return fmt::format("{}", x); }
std::string shown(std::int64_t n) { return std::to_string(n); }
std::string shown(std::int8_t n) { return std::to_string(n); }

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

class Differ {
 public:
  Differ(const Tree& a, const Tree& b, const std::string& one, const std::string& other)
      : a_(a), b_(b), one_(one), other_(other) {}

  std::vector<std::string> find() {
    std::set<std::string> paths;
    for (const Tree* tree : {&a_, &b_})
      for (const auto& [path, group] : *tree)
        if (path != "run" && !path.starts_with("run/")) paths.insert(path);
    for (const std::string& path : paths) {
      const auto a = a_.find(path), b = b_.find(path);
      if (a == a_.end() || b == b_.end())
        only("group /" + path, a != a_.end());
      else
        group("/" + path, path, a->second, b->second);
    }
    return std::move(lines_);
  }

 private:
  void only(const std::string& what, bool first) { lines_.push_back(what + " is only in " + (first ? one_ : other_)); }

  void group(const std::string& here, const std::string& path, const Group& a, const Group& b) {
    pair_up(
        a.attributes, b.attributes, [](const auto& x) { return x.first; }, here + ": attribute ",
        [&](const auto& x, const auto& y) { attribute(here + ": attribute " + x.first, x.second, y.second); });
    pair_up(
        a.variables, b.variables, [](const Variable& v) { return v.name; }, here + ": variable ",
        [&](const Variable& x, const Variable& y) {
          variable((here == "/" ? here : here + "/") + x.name, path, x, y);
        });
  }

  template <class List, class Name, class Compare>
  void pair_up(const List& a, const List& b, const Name& name, const std::string& what, const Compare& compare) {
    const auto in = [&](const List& list, const std::string& wanted) {
      return std::ranges::find_if(list, [&](const auto& x) { return name(x) == wanted; });
    };
    for (const auto& x : a) {
      const auto y = in(b, name(x));
      if (y == b.end())
        only(what + name(x), true);
      else
        compare(x, *y);
    }
    for (const auto& y : b)
      if (in(a, name(y)) == a.end()) only(what + name(y), false);
  }

  void attribute(const std::string& here, const Attribute& a, const Attribute& b) {
    if (a.index() != b.index()) {
      lines_.push_back(here + " is of another type");
      return;
    }
    std::visit(
        [&](const auto& x) {
          const auto& y = std::get<std::decay_t<decltype(x)>>(b);
          if (!same(x, y)) lines_.push_back(fmt::format("{}: {} and {}", here, shown(x), shown(y)));
        },
        a);
  }

  void variable(const std::string& here, const std::string& path, const Variable& a, const Variable& b) {
    if (a.dimensions != b.dimensions) {
      lines_.push_back(fmt::format("{}: over ({}) and ({})", here, join(a.dimensions), join(b.dimensions)));
      return;
    }
    if (a.values.index() != b.values.index()) {
      lines_.push_back(here + " is of another type");
      return;
    }
    if (a.unit != b.unit) lines_.push_back(fmt::format("{}: in '{}' and '{}'", here, a.unit, b.unit));
    std::visit([&](const auto& x) { values(here, path, a, x, std::get<std::decay_t<decltype(x)>>(b.values)); },
               a.values);
  }

  template <class List>
  void values(const std::string& here, const std::string& path, const Variable& about, const List& a, const List& b) {
    if (a.size() != b.size()) {
      lines_.push_back(fmt::format("{}: {} and {} values", here, a.size(), b.size()));
      return;
    }
    std::size_t differ = 0, first = 0;
    for (std::size_t i = a.size(); i-- > 0;)
      if (!same(a[i], b[i])) ++differ, first = i;
    if (differ > 0)
      lines_.push_back(fmt::format("{}: {} of {} values differ, the first{}: {} and {}", here, differ, a.size(),
                                   place(path, about, a.size(), first), shown(a[first]), shown(b[first])));
  }

  // " at replication 0, tool_group 'litho'": names where the dimension has some.
  [[nodiscard]] std::string place(const std::string& path, const Variable& about, std::size_t size,
                                  std::size_t index) const {
    std::string text;
    for (const std::string& dimension : about.dimensions) {
      const auto [length, names] = dimension_of(path, dimension);
      if (length == 0) return "";
      size /= length;
      const std::size_t i = size == 0 ? 0 : index / size % length;
      const bool named = names != nullptr && i < names->size();
      text += (text.empty() ? " at " : ", ") + dimension + " " + (named ? shown((*names)[i]) : std::to_string(i));
    }
    return text;
  }

  // Of the group itself or of the nearest above it.
  [[nodiscard]] std::pair<std::size_t, const std::vector<std::string>*> dimension_of(std::string path,
                                                                                     const std::string& name) const {
    for (;;) {
      if (const auto at = a_.find(path); at != a_.end())
        for (const auto& [own, length] : at->second.dimensions)
          if (own == name) {
            for (const Variable& v : at->second.variables)
              if (v.name == name) return {length, std::get_if<std::vector<std::string>>(&v.values)};
            return {length, nullptr};
          }
      if (path.empty()) return {0, nullptr};
      const std::size_t slash = path.rfind('/');
      path.resize(slash == path.npos ? 0 : slash);
    }
  }

  const Tree &a_, &b_;
  const std::string &one_, &other_;
  std::vector<std::string> lines_;
};

} // namespace

std::vector<std::string> differences(const Tree& a, const Tree& b, const std::string& one, const std::string& other) {
  return Differ(a, b, one, other).find();
}

} // namespace centresim::io
