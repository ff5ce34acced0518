#include "catch.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/node.hpp"
#include "faults.hpp"

#include <cmath>
#include <limits>

using namespace centresim::schema;

namespace {
Node toml(const std::string& text) { return parse_toml(text, "a.toml"); }
std::string toml_fault(const std::string& text) {
  return fault_of([&] { (void)toml(text); });
}
} // namespace

TEST_CASE("TOML keeps types, lines and the order of keys", "[schema]") {
  const Node root =
      toml("z = 1\na = 3.0\n\n[t]\nb = true\ns = 'x'\nd = 2026-01-31\nl = [1,\n  2]\n[[t.u]]\nname = \"n\"\n");
  REQUIRE(root.table()->size() == 3);
  CHECK((*root.table())[0].key == "z");
  CHECK((*root.table())[1].key == "a");
  CHECK(*root.find("z")->integer() == 1);
  CHECK(*root.find("a")->real() == 3.0);
  const Node& t = *root.find("t");
  CHECK(*t.find("b")->boolean());
  CHECK(*t.find("d")->text() == "2026-01-31");
  CHECK(t.find("s")->where.line == 6);
  CHECK(*t.find("s")->where.file == "a.toml");
  CHECK((*t.find("l")->array())[1].where.line == 9);
  CHECK((*t.find("u")->array())[0].find("name")->where.line == 11);
  CHECK(root.find("missing") == nullptr);
}

TEST_CASE("Faults of TOML syntax carry file and line", "[schema]") {
  CHECK(holds(toml_fault("a = 1\nb = \n"), "a.toml:2"));
  CHECK(holds(toml_fault("a = 1\n\na = 2\n"), "a.toml:3"));
  CHECK(holds(toml_fault("[a]\nx = 1\n[a]\n"), "a.toml:3"));
  CHECK(holds(toml_fault("a = [1, 2\n"), "a.toml:"));
  CHECK(holds(toml_fault("a = \"never closed\n"), "a.toml:1"));
  CHECK(holds(toml_fault("a = 99999999999999999999\n"), "a.toml:1"));
  CHECK(toml_fault("") == "no fault");
  CHECK(toml_fault("# only a comment") == "no fault");
}

TEST_CASE("What is no text is refused before it is parsed", "[schema]") {
  CHECK(toml_fault(std::string("a = 1\nb\0", 8)) == "a.toml:2: is not a text file: it holds a zero byte");
  CHECK(toml_fault("a = 1\n\n\xC3\x28 = 2") == "a.toml:3: is not a text file: it holds bytes that are not UTF-8");
  CHECK(holds(toml_fault("\x7F"
                         "ELF\x02\x01\x01\xFF"),
              "not UTF-8"));
  CHECK(holds(toml_fault("\xFF\xFE"
                         "a"),
              "UTF-16"));
  CHECK(holds(toml_fault("a = '\xED\xA0\x80'"), "not UTF-8")); // a surrogate
  CHECK(holds(toml_fault("a = '\xC0\xAF'"), "not UTF-8"));     // overlong
  CHECK(*toml("\xEF\xBB\xBF"
              "a = 'Größe 大学'")
             .find("a")
             ->text() == "Größe 大学");
}

TEST_CASE("TOML nested too deep is refused without touching the stack", "[schema]") {
  const auto repeat = [](const std::string& part, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += part;
    return text;
  };
  CHECK(toml_fault("a = " + repeat("[", 98) + repeat("]", 98)) == "no fault");
  for (const int depth : {101, 5'000'000}) {
    CHECK(toml_fault("x = 1\na = " + repeat("[", depth)) == "a.toml:2: is nested deeper than 100 levels");
    CHECK(toml_fault("a" + repeat(".a", depth) + " = 1") == "a.toml:1: is nested deeper than 100 levels");
    CHECK(toml_fault("[a" + repeat(".a", depth) + "]") == "a.toml:1: is nested deeper than 100 levels");
    CHECK(toml_fault("a = " + repeat("{a = ", depth)) == "a.toml:1: is nested deeper than 100 levels");
    CHECK(toml_fault("a = " + repeat("{b.c.d = ", depth / 2)) == "a.toml:1: is nested deeper than 100 levels");
    // a bracket inside a text or a comment does not count, and cannot hide what follows it
    CHECK(toml_fault("a = \"" + repeat("[", depth) + "\" # " + repeat("[", depth)) == "no fault");
    CHECK(holds(toml_fault("a = [\"\"\"x\"\"\"\", " + repeat("{a.b = ", depth)), "deeper"));
    CHECK(holds(toml_fault("a = ['''x''''', " + repeat("{a.b = ", depth)), "deeper"));
    CHECK(holds(toml_fault("a = [\"\\\"\", " + repeat("[", depth)), "deeper"));
  }
  CHECK(toml_fault(repeat("a.b.c", 1) + " = [1.5" + repeat(", 2.5", 500) + "]\n" + repeat("[x.y.z]\n", 1)) ==
        "no fault");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "[t" + std::to_string(i) + ".a.b]\nx.y = [[1.5], [2.5]]\n";
  CHECK(toml_fault(many) == "no fault");
}

TEST_CASE("A line of 10 MB is read, or refused, in reasonable time", "[schema]") {
  const std::string large(10'000'000, 'x');
  CHECK(toml("a = '" + large + "'").find("a")->text()->size() == large.size());
  const std::string fault = toml_fault("a = " + large);
  CHECK(holds(fault, "a.toml:1"));
  CHECK(fault.size() < 500);
  std::string list = "a = [0";
  for (int i = 0; i < 500'000; ++i) list += ", 1";
  CHECK(toml(list + "]").find("a")->array()->size() == 500'001);
  CHECK(holds(toml_fault(list), "a.toml:1"));
}

TEST_CASE("Writing TOML and reading it back gives the same tree", "[schema]") {
  Node root = Node::empty_table();
  root.set("text", "a \"quoted\" \\ line\nnext\ttab \x01 ü 大");
  root.set("weird key.1", 5);
  root.set("", -7);
  root.set("whole", 5.0);
  root.set("small", 1e-300);
  root.set("third", 1.0 / 3);
  root.set("large", std::numeric_limits<std::int64_t>::min());
  root.set("yes", true);
  root.set("none", Node());
  root.set("empty", Node::empty_array());
  root.set("mixed", Node::Array{1, "a", Node::Array{2.5, false}});
  Node inner = Node::empty_table();
  inner.set("name", "n.1");
  Node deep = Node::empty_table();
  deep.set("x", Node::empty_table());
  inner.set("deep", deep);
  inner.set("after", 1);
  Node file = Node::empty_table();
  file.set("table", "x.tables/a.csv");
  inner.set("rows", file);
  root.set("list of tables", Node::Array{inner, Node::empty_table(), inner});
  Node odd = Node::empty_table();
  odd.set("pair", Node::Array{inner, 1}); // tables among other things stand in their line
  root.set("odd", odd);

  const std::string text = write_toml(root);
  CHECK(write_toml(root) == text);
  Node expected = root;
  expected.table()->erase(expected.table()->begin() + 8); // TOML has no null
  CHECK(toml(text) == expected);
  CHECK(holds(text, "\n[[\"list of tables\"]]\n"));
  CHECK(holds(text, "rows = { table = \"x.tables/a.csv\" }"));
  CHECK(holds(text, "whole = 5.0\n"));
  CHECK(holds(fault_of([] { (void)write_toml(Node(1)); }), "a TOML file is a table"));
}

TEST_CASE("Nodes compare by value, not by place or order of keys", "[schema]") {
  CHECK(toml("a = 1\nb = 'x'") == toml("\n\nb = 'x'\na = 1"));
  CHECK_FALSE(toml("a = 1") == toml("a = 1.0"));
  CHECK_FALSE(toml("a = [1, 2]") == toml("a = [2, 1]"));
  CHECK_FALSE(toml("a = 1") == toml("a = 1\nb = 2"));
}

TEST_CASE("Files that cannot be read say why", "[schema]") {
  CHECK_THROWS_AS(load_toml("/no/such/file.toml"), centresim::core::IoError);
  CHECK_THROWS_AS(load_toml("/tmp"), centresim::core::IoError);
  CHECK_THROWS_AS(read_text_file("/dev/zero"), centresim::core::IoError);
  CHECK_THROWS_AS(load("scenario.yaml"), centresim::core::InputError);
}
