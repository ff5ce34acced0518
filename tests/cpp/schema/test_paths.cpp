#include "catch.hpp"
#include "centresim/schema/path.hpp"
#include "centresim/schema/suggest.hpp"

using namespace centresim::schema;

TEST_CASE("Paths are split into names and positions", "[schema]") {
  const auto parts = parse_path("fab.tool_groups.\"a.b[\\\"1]\"[12].*.x*y");
  REQUIRE(parts.has_value());
  REQUIRE(parts->size() == 6);
  CHECK((*parts)[0] == PathPart{"fab", -1, false});
  CHECK((*parts)[2] == PathPart{"a.b[\"1]", -1, true});
  CHECK((*parts)[3] == PathPart{"", 12, false});
  CHECK((*parts)[4].has_wildcard());
  CHECK((*parts)[5].matches("xy"));
  CHECK((*parts)[5].matches("x123y"));
  CHECK_FALSE((*parts)[5].matches("x123"));
  CHECK_FALSE((*parts)[5].matches("axy"));
  std::string rule;
  CHECK_FALSE(parse_path("a..b", &rule).has_value());
  CHECK(rule == "a name is missing");
  CHECK_FALSE(parse_path("a[99999999999999999999]").has_value());
}

TEST_CASE("Wildcards take linear time", "[schema]") {
  std::string pattern;
  for (int i = 0; i < 1000; ++i) pattern += "*a";
  CHECK_FALSE(PathPart{pattern + "b", -1, false}.matches(std::string(20'000, 'a')));
  CHECK(PathPart{pattern, -1, false}.matches(std::string(20'000, 'a')));
}

TEST_CASE("What a trail prints is read back", "[schema]") {
  for (const std::string name : {"plain", "a.b", "", "with \"quote\"", "back\\slash", "sta*r", "[0]", "Größe 大"}) {
    const Trail root("fab");
    const Trail list(root, "x"), element(list, name), item(element, std::size_t{3});
    const auto parts = parse_path(item.text());
    INFO(item.text());
    REQUIRE(parts.has_value());
    REQUIRE(parts->size() == 4);
    CHECK((*parts)[2].name == name);
    CHECK((*parts)[2].matches(name));
    CHECK((*parts)[3].index == 3);
    CHECK(index_path(join_path("fab.x", name), 3) == item.text());
  }
  CHECK(Trail().text().empty());
  const Trail root;
  CHECK(Trail(root, "a").text() == "a");
}

TEST_CASE("The nearest name is suggested, a far one is not", "[schema]") {
  const std::vector<std::string_view> names = {"litho", "etch", "implant", "tool_groups"};
  CHECK(nearest_name("lihto", names) == "litho");
  CHECK(nearest_name("Etch", names) == "etch");
  CHECK(nearest_name("tool_group", names) == "tool_groups");
  CHECK(nearest_name("toolgroups", names) == "tool_groups");
  CHECK(nearest_name("xyz", names).empty());
  CHECK(nearest_name("", names).empty());
  CHECK(nearest_name(std::string(1'000'000, 'a'), names).empty());
  CHECK(did_you_mean("etc", names) == "; did you mean 'etch'?");
  CHECK(did_you_mean("qqqq", {}).empty());
}
