#include "tree_bytes.hpp"

#include <bit>
#include <cstring>
#include <stdexcept>
#include <type_traits>

namespace centresim::io {

using experiment::Attribute;
using experiment::Group;
using experiment::Tree;
using experiment::Values;
using experiment::Variable;

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");
constexpr std::string_view kMark = "centresim-tree-1";

class Writer {
 public:
  void number(std::uint64_t n) { raw(&n, sizeof n); }
  void text(std::string_view s) {
    number(s.size());
    bytes_ += s;
  }
  void raw(const void* data, std::size_t bytes) { bytes_.append(static_cast<const char*>(data), bytes); }
  void values(const Values& values) {
    number(values.index());
    std::visit(
        [&](const auto& list) {
          using T = typename std::decay_t<decltype(list)>::value_type;
          number(list.size());
          if constexpr (std::is_same_v<T, std::string>)
            for (const std::string& s : list) text(s);
          else if (!list.empty())
            raw(list.data(), list.size() * sizeof(T));
        },
        values);
  }
  void attribute(const Attribute& value) {
    number(value.index());
    std::visit(
        [&](const auto& v) {
          if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string>)
            text(v);
          else
            raw(&v, sizeof v);
        },
        value);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_{kMark};
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {
    if (take(std::min(kMark.size(), rest_.size())) != kMark) fail();
  }
  std::uint64_t number() { return plain<std::uint64_t>(); }
  // How many things follow, each of at least so many bytes.
  std::size_t count(std::size_t least) {
    const std::uint64_t n = number();
    if (n > rest_.size() / least) fail();
    return static_cast<std::size_t>(n);
  }
  std::string text() {
    const std::size_t n = count(1);
    return std::string(take(n));
  }
  Values values() {
    Values made;
    pick<0>(made, number(), [&](auto& list) {
      using T = typename std::decay_t<decltype(list)>::value_type;
      if constexpr (std::is_same_v<T, std::string>) {
        list.resize(count(sizeof(std::uint64_t)));
        for (std::string& s : list) s = text();
      } else {
        list.resize(count(sizeof(T)));
        const std::string_view from = take(list.size() * sizeof(T));
        if (!list.empty()) std::memcpy(list.data(), from.data(), from.size());
      }
    });
    return made;
  }
  Attribute attribute() {
    Attribute made;
    pick<0>(made, number(), [&](auto& value) {
      using T = std::decay_t<decltype(value)>;
      if constexpr (std::is_same_v<T, std::string>)
        value = text();
      else
        value = plain<T>();
    });
    return made;
  }
  void end() const {
    if (!rest_.empty()) fail();
  }
  [[noreturn]] static void fail() { throw std::runtime_error("is no stored result"); }

 private:
  std::string_view take(std::size_t n) {
    if (n > rest_.size()) fail();
    const std::string_view taken = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return taken;
  }
  template <class T> T plain() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  // Makes the variant hold its alternative `index`, and fills it.
  template <std::size_t I, class Variant, class Fill>
  static void pick(Variant& variant, std::uint64_t index, const Fill& fill) {
    if constexpr (I < std::variant_size_v<Variant>) {
      if (index != I) return pick<I + 1>(variant, index, fill);
      fill(variant.template emplace<I>());
    } else {
      fail();
    }
  }

  std::string_view rest_;
};

constexpr std::size_t kNumber = sizeof(std::uint64_t);

void write_group(Writer& out, const Group& group) {
  out.number(group.dimensions.size());
  for (const auto& [name, length] : group.dimensions) out.text(name), out.number(length);
  out.number(group.variables.size());
  for (const Variable& v : group.variables) {
    out.text(v.name), out.text(v.unit), out.text(v.long_name);
    out.number(v.dimensions.size());
    for (const std::string& dimension : v.dimensions) out.text(dimension);
    out.values(v.values);
  }
  out.number(group.attributes.size());
  for (const auto& [name, value] : group.attributes) out.text(name), out.attribute(value);
}

Group read_group(Reader& in) {
  Group group;
  for (std::size_t n = in.count(2 * kNumber); n > 0; --n) {
    std::string name = in.text();
    group.dimensions.emplace_back(std::move(name), in.number());
  }
  for (std::size_t n = in.count(6 * kNumber); n > 0; --n) {
    Variable& v = group.variables.emplace_back();
    v.name = in.text(), v.unit = in.text(), v.long_name = in.text();
    v.dimensions.resize(in.count(kNumber));
    for (std::string& dimension : v.dimensions) dimension = in.text();
    v.values = in.values();
  }
  for (std::size_t n = in.count(2 * kNumber); n > 0; --n) {
    std::string name = in.text();
    group.attributes.emplace_back(std::move(name), in.attribute());
  }
  return group;
}

} // namespace

std::string tree_to_bytes(const Tree& tree) {
  Writer out;
  out.number(tree.size());
  for (const auto& [path, group] : tree) {
    out.text(path);
    write_group(out, group);
  }
  return out.take();
}

Tree tree_from_bytes(std::string_view bytes) {
  Reader in(bytes);
  Tree tree;
  for (std::size_t n = in.count(4 * kNumber); n > 0; --n) {
    std::string path = in.text();
    tree[std::move(path)] = read_group(in);
  }
  in.end();
  return tree;
}

} // namespace centresim::io
