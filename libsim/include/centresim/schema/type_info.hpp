// A description at run time: what JSON Schema, overrides, reference tables and bindings go through.
#pragma once
#include "centresim/schema/scalar.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace centresim::schema {

struct TypeInfo;

struct ChoiceInfo {
  std::string name, doc;
};

struct FieldInfo {
  std::string name, doc;
  Kind kind = Kind::text; // of one element where the field is a list
  bool list = false;
  bool required = true;
  Rules rules;
  std::vector<ChoiceInfo> choices; // of an enumeration
  Node default_value;              // null: there is none
  std::string type_text;           // "integer", "duration", "list of Breakdown", ...
  std::string default_text;        // for people; empty: there is none
  std::string nested_name;         // of a record
  const TypeInfo& (*nested)() = nullptr;
  // One element: the rule that `value` breaks, or an empty text. Null for records.
  std::string (*check)(const Node& value, const Rules& rules) = nullptr;
  // Applies a relative change to one element. Null where there is none (texts, choices, records).
  std::string (*change)(Node& value, const Change& change, const Rules& rules) = nullptr;
};

struct TypeInfo {
  std::string name, doc;
  std::vector<FieldInfo> fields;
  // By what an element of a list is addressed: its member `name`, or what the type says instead.
  std::string (*element_name)(const Node& element) = nullptr;
  [[nodiscard]] const FieldInfo* find(std::string_view field) const;
};

// The name of an element of a list: explicit, by the type's own rule, or the default of `name`; empty: by index only.
[[nodiscard]] std::string element_name(const Node& element, const TypeInfo& type);

} // namespace centresim::schema
