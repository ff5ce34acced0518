// One line in the description of an input type is enough for a field to be everywhere.
#include "catch.hpp"
#include "centresim/centre/scenario.hpp"
#include "faults.hpp"
#include "pump.hpp"

#include <set>

using namespace centresim::schema;

namespace {

// The same type without and with one more field: two lines, its member and its description.
struct Before {
  std::string name;
  bool operator==(const Before&) const = default;
};
struct After {
  std::string name;
  std::int64_t serial = 0;
  bool operator==(const After&) const = default;
};

} // namespace

template <> struct centresim::schema::Desc<Before> {
  static constexpr const char* name = "Before";
  static constexpr const char* doc = "Without the field.";
  static auto fields() { return std::make_tuple(field("name", &Before::name, "Name.")); }
};
template <> struct centresim::schema::Desc<After> {
  static constexpr const char* name = "After";
  static constexpr const char* doc = "With the field.";
  static auto fields() {
    return std::make_tuple(field("name", &After::name, "Name."),
                           field("serial", &After::serial, "Number of the maker.").optional().at_least(0));
  }
};

TEST_CASE("A field is added by one line", "[schema]") {
  const std::string toml = "name = 'p'\nserial = 7\n", json = R"({"name": "p", "serial": 7})";
  // before: nobody knows it
  CHECK(fault_of([&] { (void)read<Before>(parse_toml(toml, "t")); }) == "t:2: serial: 7: unknown key");
  CHECK(json_schema<Before>().find("properties")->find("serial") == nullptr);
  // after: files, writing, checks, schema, paths and the reference
  CHECK(read<After>(parse_toml(toml, "t")).serial == 7);
  const After value = read<After>(parse_json(json, "j"));
  CHECK(value.serial == 7);
  CHECK(write_toml(write(value)) == "name = \"p\"\nserial = 7\n");
  CHECK(parse_json(write_json(write(value)), "j") == parse_json(json, "j"));
  CHECK(fault_of([&] { (void)read<After>(parse_toml("name = 'p'\nserial = -7\n", "t")); }) ==
        "t:2: serial: -7: must be at least 0");
  const Node schema = json_schema<After>();
  const Node& property = *schema.find("properties")->find("serial");
  INFO(write_json(property));
  CHECK(property ==
        parse_json(R"({"type": "integer", "minimum": 0, "description": "Number of the maker.", "default": 0})", ""));
  Node node = write(value);
  Errors errors;
  set_path<After>(node, "serial", "+2", errors);
  CHECK(errors.empty());
  CHECK(read<After>(node).serial == 9);
  CHECK(describe<After>().back().name == "serial");
  CHECK(describe<After>().back().default_text == "0");
}

namespace {

void visit(const TypeInfo& type, std::set<std::string>& seen, const Node& definitions, const Node& schema) {
  const Node* properties = schema.find("properties");
  REQUIRE(properties != nullptr);
  REQUIRE(properties->table()->size() == type.fields.size());
  for (std::size_t i = 0; i < type.fields.size(); ++i) {
    const FieldInfo& field = type.fields[i];
    INFO(type.name << "." << field.name);
    CHECK((*properties->table())[i].key == field.name); // in the order of the description
    const Node* property = properties->find(field.name);
    const Node* text = property->find("description");
    REQUIRE(text != nullptr);
    CHECK(text->text()->starts_with(field.doc));
    CHECK(field.doc.ends_with('.'));
    CHECK_FALSE(field.type_text.empty());
    const bool list_of_required = schema.find("required") != nullptr;
    CHECK((field.required ? list_of_required : true));
    // the default of a field is a value that the field takes
    if (field.check != nullptr && !field.list && !field.default_value.is_null() && !field.default_text.empty()) {
      CHECK(field.check(field.default_value, field.rules) == "");
    }
    if (field.nested != nullptr && seen.insert(field.nested_name).second) {
      REQUIRE(definitions.find(field.nested_name) != nullptr);
      visit(field.nested(), seen, definitions, *definitions.find(field.nested_name));
    }
  }
}

} // namespace

TEST_CASE("All that is described of a scenario is in its schema, with a meaning", "[schema]") {
  const Node schema = json_schema<centresim::centre::Scenario>();
  CHECK(*schema.find("$schema")->text() == "https://json-schema.org/draft/2020-12/schema");
  std::set<std::string> seen;
  visit(type_info<centresim::centre::Scenario>(), seen, *schema.find("$defs"), schema);
  CHECK(seen.contains("Step"));
  CHECK(seen.size() >= 12);
}

TEST_CASE("The schema of a scenario knows what the reader refuses in texts and times", "[schema]") {
  const Node schema = json_schema<centresim::centre::Scenario>();
  const auto property = [&](const char* name) { return schema.find("properties")->find(name); };
  CHECK(*property("format")->find("pattern")->text() == "^centresim/1$");
  CHECK(*property("start")->find("pattern")->text() == "^[0-9]{4}-[01][0-9]-[0-3][0-9]$");
  CHECK(property("title")->find("pattern") == nullptr);
  const Node* group = schema.find("$defs")->find("ToolGroup")->find("properties");
  CHECK(*group->find("name")->find("pattern")->text() == R"(^[^\u0000-\u001f\u007f]*$)");
  CHECK(group->find("name")->find("minLength") != nullptr);
  const auto number = [](const Node* field) { return &field->find("anyOf")->array()->at(0); };
  CHECK(number(property("horizon"))->find("maximum")->integer() != nullptr);
  CHECK(number(property("horizon"))->find("exclusiveMinimum") != nullptr);
  CHECK(*number(property("warmup"))->find("minimum")->integer() == 0);
  const double most = *number(property("warmup"))->find("maximum")->number();
  CHECK(most > 50'900); // 139 years in days
  CHECK(most < 50'910);
}

TEST_CASE("The description tells what tables and help texts need", "[schema]") {
  const auto& fields = describe<pumps::Pump>();
  const TypeInfo& type = type_info<pumps::Pump>();
  CHECK(fields.size() == 17);
  CHECK(type.find("name")->required);
  CHECK(type.find("stages")->type_text == "integer");
  CHECK(type.find("stages")->default_text == "1");
  CHECK(type.find("stages")->rules.range_text() == "from 1 to 1000");
  CHECK(type.find("start")->type_text == "duration");
  CHECK(type.find("start")->rules.unit == "min");
  CHECK(type.find("start")->default_text == "0 s");
  CHECK(type.find("limit")->default_value.is_null());
  CHECK_FALSE(type.find("limit")->required);
  CHECK(type.find("modes")->type_text == "list of Mode");
  CHECK(type.find("modes")->default_text == "steady, pulsed");
  CHECK(type.find("mode")->choices.size() == 2);
  CHECK(type.find("mttf")->type_text == "law of time");
  CHECK(type.find("batch")->default_text == "25");
  CHECK(type.find("filters")->nested_name == "Filter");
  CHECK(type.find("filters")->nested().find("mesh")->rules.range_text() == "from 1 to 100");
  std::vector<std::string> visited;
  for_each_field<pumps::Pump>([&](const auto& f) { visited.emplace_back(f.name); });
  CHECK(visited.front() == "name");
  CHECK(visited.back() == "serial");
}
