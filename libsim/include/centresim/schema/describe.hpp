// Describing an input type once. Reading with all errors, writing, JSON Schema, overrides by path, reference tables and
// Python properties come from this one description.
//
//   template <> struct centresim::schema::Desc<Breakdown> {
//     static constexpr const char* name = "Breakdown";
//     static constexpr const char* doc = "Random failures of the tools of a group.";
//     static auto fields() {
//       return std::make_tuple(field("mttf", &Breakdown::mttf, "Mean time to failure.").unit("h").bare_exponential(),
//                              field("clock", &Breakdown::clock, "Time that counts towards a failure.").optional());
//     }
//   };
//
// The default of an optional field is that of the default-constructed struct. A description may add
// `static std::string element_name(const Node&)` where elements of a list are addressed by something else than `name`.
#pragma once
#include "centresim/schema/errors.hpp"
#include "centresim/schema/json_schema.hpp"
#include "centresim/schema/override.hpp"
#include "centresim/schema/scalar.hpp"
#include "centresim/schema/type_info.hpp"

#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace centresim::schema {

template <class T> struct Desc;

// One value of an enumeration. Specialise Choices with `name` and `list`:
//   template <> struct Choices<Clock> {
//     static constexpr const char* name = "Clock";
//     static constexpr Choice<Clock> list[] = {{Clock::calendar, "calendar", "..."}, {Clock::busy, "busy", "..."}};
//   };
template <class E> struct Choice {
  E value;
  const char* name;
  const char* doc;
};
template <class E> struct Choices;

template <class T>
concept Described = requires { Desc<T>::fields(); };
template <class T>
concept Enumerated = std::is_enum_v<T> && requires { Choices<T>::list; };
template <class T>
concept SingleValue = requires { Scalar<T>::kind; };

template <class T> struct OptionalOf : std::false_type {};
template <class T> struct OptionalOf<std::optional<T>> : std::true_type {
  using type = T;
};
template <class T> struct ListOf : std::false_type {};
template <class T> struct ListOf<std::vector<T>> : std::true_type {
  using type = T;
};

// A field of the described struct C with member type M. The builder methods give the field with one more rule.
template <class C, class M> struct Field {
  using Owner = C;
  using Type = M;
  const char* name;
  M C::* member;
  const char* doc;
  Rules rules{};
  bool required = !OptionalOf<M>::value;

  [[nodiscard]] Field optional() const {
    return with([](Field& f) { f.required = false; });
  }
  [[nodiscard]] Field unit(const char* u) const {
    return with([&](Field& f) { f.rules.unit = u; });
  }
  [[nodiscard]] Field range(double low, double high) const {
    return with([&](Field& f) { f.rules.low = low, f.rules.high = high, f.rules.low_open = false; });
  }
  [[nodiscard]] Field at_least(double low) const {
    return with([&](Field& f) { f.rules.low = low, f.rules.low_open = false; });
  }
  [[nodiscard]] Field more_than(double low) const {
    return with([&](Field& f) { f.rules.low = low, f.rules.low_open = true; });
  }
  [[nodiscard]] Field at_most(double high) const {
    return with([&](Field& f) { f.rules.high = high; });
  }
  [[nodiscard]] Field any_sign() const { return at_least(-1e300); } // durations that may be negative
  [[nodiscard]] Field bare_exponential() const {
    return with([](Field& f) { f.rules.bare_exponential = true; });
  }
  // Of texts, for JSON Schema. Reading does not look at it: whoever checks the value says the same in words.
  [[nodiscard]] Field pattern(const char* expression) const {
    return with([&](Field& f) { f.rules.pattern = expression; });
  }
  [[nodiscard]] Field number_law() const {
    return with([](Field& f) { f.rules.number_law = true; });
  }
  [[nodiscard]] Field nonempty() const {
    return with([](Field& f) { f.rules.nonempty = true; });
  }

 private:
  template <class Change> Field with(Change change) const {
    Field f = *this;
    change(f);
    return f;
  }
};

template <class C, class M> [[nodiscard]] Field<C, M> field(const char* name, M C::* member, const char* doc) {
  Field<C, M> f{name, member, doc};
  f.rules.nonempty = std::string_view(name) == "name";
  return f;
}

template <Described T> const auto& fields_of() {
  static const auto fields = Desc<T>::fields();
  return fields;
}
// Calls use(field) for every field, in the order of the description.
template <Described T, class Use> void for_each_field(Use&& use) {
  std::apply([&](const auto&... f) { (use(f), ...); }, fields_of<T>());
}

template <Described T> [[nodiscard]] const TypeInfo& type_info();
template <Described T> [[nodiscard]] const std::vector<FieldInfo>& describe() { return type_info<T>().fields; }
template <Described T> [[nodiscard]] Node json_schema() { return json_schema(type_info<T>()); }
template <Described T> void set_path(Node& root, std::string_view path, const Node& value, Errors& errors) {
  set_path(root, type_info<T>(), path, value, errors);
}

// ---- reading -------------------------------------------------------------------------------------------------------
namespace detail {
// The index of the choice that the node names, or the rule that it breaks.
[[nodiscard]] std::string find_choice(const Node& node, std::span<const char* const> names, std::size_t& index);
// Adds an issue and answers false if the node is no table (array).
bool expect_table(const Node& node, const char* type, const Trail& trail, Errors& errors);
bool expect_array(const Node& node, const Trail& trail, Errors& errors);
void unknown_key(const Member& member, std::span<const char* const> names, const Trail& trail, Errors& errors);
void name_again(const Node& item, const Node& first, const Trail& trail, Errors& errors); // of one list
[[nodiscard]] Node cell_list(const Node& cell); // the text of a CSV cell split at semicolons

template <Enumerated E> const auto& choice_names() {
  static const auto names = [] {
    std::vector<const char*> list;
    for (const auto& c : Choices<E>::list) list.push_back(c.name);
    return list;
  }();
  return names;
}
template <Described T> const auto& field_names() {
  static const auto names = [] {
    std::vector<const char*> list;
    for_each_field<T>([&](const auto& f) { list.push_back(f.name); });
    return list;
  }();
  return names;
}
template <Enumerated E> std::string read_choice(const Node& node, E& out) {
  std::size_t index = 0;
  std::string rule = find_choice(node, choice_names<E>(), index);
  if (rule.empty()) out = Choices<E>::list[index].value;
  return rule;
}
// One element that is no record: the rule that it breaks, or an empty text.
template <class M> std::string read_single(const Node& node, const Rules& rules, M& out) {
  if constexpr (Enumerated<M>)
    return read_choice(node, out);
  else
    return Scalar<M>::read(node, rules, out);
}
} // namespace detail

template <Described T> void read_record(T& out, const Node& node, const Trail& trail, Errors& errors);

template <class M> void read_value(M& out, const Node& node, const Rules& rules, const Trail& trail, Errors& errors) {
  if constexpr (OptionalOf<M>::value) {
    typename OptionalOf<M>::type value{};
    read_value(value, node, rules, trail, errors);
    out = std::move(value);
  } else if constexpr (ListOf<M>::value) {
    using Element = typename ListOf<M>::type;
    static_assert(!std::is_same_v<Element, bool>, "lists of bool are not described");
    if (node.cell && !Described<Element>) return read_value(out, detail::cell_list(node), rules, trail, errors);
    out.clear();
    if (!detail::expect_array(node, trail, errors)) return;
    const auto& items = *node.array();
    if (rules.nonempty && items.empty()) errors.add_at(node, trail, "must not be empty");
    out.resize(items.size());
    if constexpr (Described<Element>) {
      const TypeInfo& type = type_info<Element>();
      std::unordered_map<std::string, std::size_t> seen;
      for (std::size_t i = 0; i < items.size(); ++i) {
        const std::string name = element_name(items[i], type);
        const Trail here = name.empty() ? Trail(trail, i) : Trail(trail, name);
        read_record(out[i], items[i], here, errors);
        if (name.empty()) continue;
        const auto [first, is_new] = seen.emplace(name, i);
        if (!is_new) detail::name_again(items[i], items[first->second], here, errors);
      }
    } else {
      for (std::size_t i = 0; i < items.size(); ++i) read_value(out[i], items[i], rules, Trail(trail, i), errors);
    }
  } else if constexpr (Described<M>) {
    read_record(out, node, trail, errors);
  } else {
    const std::string rule = detail::read_single(node, rules, out);
    if (!rule.empty()) errors.add_at(node, trail, rule);
  }
}

// Reads the fields of a described type into `out`; members that are not given keep their value.
template <Described T> void read_record(T& out, const Node& node, const Trail& trail, Errors& errors) {
  if (!detail::expect_table(node, Desc<T>::name, trail, errors)) return;
  for_each_field<T>([&](const auto& f) {
    const Node* given = node.find(f.name);
    if constexpr (std::is_same_v<typename std::remove_cvref_t<decltype(f)>::Type, std::string>) {
      // An optional name that is empty by default may be written out as such.
      if (given != nullptr && !f.required && given->text() != nullptr && *given->text() == out.*f.member) return;
    }
    if (given != nullptr && !given->is_null()) {
      read_value(out.*f.member, *given, f.rules, Trail(trail, f.name), errors);
    } else if (f.required) {
      errors.add_near(node, Trail(trail, f.name), "is missing");
    }
  });
  const auto& names = detail::field_names<T>();
  for (const Member& member : *node.table()) {
    bool known = false;
    for (const char* name : names) known = known || member.key == name;
    if (!known) detail::unknown_key(member, names, trail, errors);
  }
}

// A whole value. With errors the answer is what could be read; nobody should use it.
template <Described T> [[nodiscard]] T read(const Node& node, Errors& errors, std::string_view base = {}) {
  T out{};
  read_record(out, node, Trail(base), errors);
  return out;
}
// The same for callers that have nothing to add: throws InputError.
template <Described T> [[nodiscard]] T read(const Node& node) {
  Errors errors(node, type_info<T>());
  T out = read<T>(node, errors);
  errors.throw_if_any();
  return out;
}

// ---- writing -------------------------------------------------------------------------------------------------------
enum class Detail { given, all }; // fields equal to their default are left out, or written too

template <class M> [[nodiscard]] Node write_value(const M& value, const Rules& rules, Detail detail);

template <Described T> [[nodiscard]] Node write(const T& value, Detail detail = Detail::given) {
  [[maybe_unused]] static const T standard{}; // g++ 12 does not see its use
  Node node = Node::empty_table();
  for_each_field<T>([&](const auto& f) {
    const auto& member = value.*f.member;
    if constexpr (OptionalOf<std::remove_cvref_t<decltype(member)>>::value) {
      if (!member.has_value()) return;
    }
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, std::string>) {
      if (f.rules.nonempty && !f.required && member.empty()) return; // not given, and no reader would take it
    }
    if (detail == Detail::given && !f.required && member == standard.*f.member) return;
    node.table()->push_back({f.name, write_value(member, f.rules, detail)});
  });
  return node;
}

template <class M> Node write_value(const M& value, const Rules& rules, Detail detail) {
  if constexpr (OptionalOf<M>::value) {
    return value.has_value() ? write_value(*value, rules, detail) : Node();
  } else if constexpr (ListOf<M>::value) {
    Node::Array items;
    items.reserve(value.size());
    for (const auto& item : value) items.push_back(write_value(item, rules, detail));
    return items;
  } else if constexpr (Described<M>) {
    return write(value, detail);
  } else if constexpr (Enumerated<M>) {
    for (const auto& choice : Choices<M>::list) {
      if (choice.value == value) return choice.name;
    }
    return {};
  } else {
    return Scalar<M>::write(value, rules);
  }
}

// ---- the description at run time -----------------------------------------------------------------------------------
namespace detail {
void finish(FieldInfo& info, const std::string& nested_name); // type_text, default_text

template <class M> void set_type(FieldInfo& info) {
  if constexpr (OptionalOf<M>::value) {
    set_type<typename OptionalOf<M>::type>(info);
  } else if constexpr (ListOf<M>::value) {
    static_assert(!ListOf<typename ListOf<M>::type>::value, "lists of lists are not described");
    info.list = true;
    set_type<typename ListOf<M>::type>(info);
  } else if constexpr (Described<M>) {
    info.kind = Kind::record;
    info.nested = &type_info<M>;
  } else {
    info.check = [](const Node& node, const Rules& rules) {
      M value{};
      return read_single(node, rules, value);
    };
    if constexpr (Enumerated<M>) {
      info.kind = Kind::choice;
      for (const auto& c : Choices<M>::list) info.choices.push_back({c.name, c.doc});
    } else {
      info.kind = Scalar<M>::kind;
      if constexpr (requires(M& m, const Change& c) { Scalar<M>::change(m, c, Rules{}); }) {
        info.change = [](Node& node, const Change& change, const Rules& rules) {
          M value{};
          std::string rule = Scalar<M>::read(node, rules, value);
          if (rule.empty()) rule = Scalar<M>::change(value, change, rules);
          if (rule.empty()) node = Scalar<M>::write(value, rules);
          return rule;
        };
      }
    }
  }
}
template <class M> std::string nested_name() {
  if constexpr (OptionalOf<M>::value)
    return nested_name<typename OptionalOf<M>::type>();
  else if constexpr (ListOf<M>::value)
    return nested_name<typename ListOf<M>::type>();
  else if constexpr (Described<M>)
    return Desc<M>::name;
  else if constexpr (Enumerated<M>)
    return Choices<M>::name;
  else
    return {};
}
} // namespace detail

template <Described T> const TypeInfo& type_info() {
  static const TypeInfo info = [] {
    TypeInfo type{Desc<T>::name, Desc<T>::doc, {}, nullptr};
    const T standard{};
    for_each_field<T>([&](const auto& f) {
      using M = typename std::remove_cvref_t<decltype(f)>::Type;
      FieldInfo info;
      info.name = f.name;
      info.doc = f.doc;
      info.required = f.required;
      info.rules = f.rules;
      detail::set_type<M>(info);
      if (!f.required) info.default_value = write_value(standard.*f.member, f.rules, Detail::given);
      detail::finish(info, detail::nested_name<M>());
      type.fields.push_back(std::move(info));
    });
    if constexpr (requires(const Node& n) { Desc<T>::element_name(n); }) type.element_name = &Desc<T>::element_name;
    return type;
  }();
  return info;
}

} // namespace centresim::schema
