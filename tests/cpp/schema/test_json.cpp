#include "catch.hpp"
#include "centresim/schema/hash.hpp"
#include "centresim/schema/node.hpp"
#include "faults.hpp"

#include <limits>

using namespace centresim::schema;

namespace {
Node json(const std::string& text) { return parse_json(text, "a.json"); }
std::string json_fault(const std::string& text) {
  return fault_of([&] { (void)json(text); });
}
} // namespace

TEST_CASE("JSON keeps types, lines and the order of keys", "[schema]") {
  const Node root = json("{\n\"z\": 3.7,\n\"a\":\n5\n,\n\"n\": null, \"l\": [\n1,\n2.0\n],\n\"t\": {\"u\": \"x\"\n}}");
  CHECK((*root.table())[0].key == "z");
  CHECK((*root.table())[1].key == "a");
  CHECK(*root.find("z")->real() == 3.7);
  CHECK(root.find("z")->where.line == 2);
  CHECK(*root.find("a")->integer() == 5);
  CHECK(root.find("a")->where.line == 4); // not the line of the break that ended the number
  CHECK(root.find("n")->is_null());
  CHECK((*root.find("l")->array())[0].where.line == 7);
  CHECK((*root.find("l")->array())[1].where.line == 8);
  CHECK(root.find("l")->where.line == 6);
  CHECK(root.find("t")->find("u")->where.line == 10);
}

TEST_CASE("Faults of JSON carry file and line", "[schema]") {
  CHECK(holds(json_fault("{\n\"a\": 1,\n\"a\": 2}"), "a.json:3: the key \"a\" stands here twice"));
  CHECK(holds(json_fault("{\n\"a\": 1\n\"b\": 2}"), "a.json:3:"));
  CHECK(holds(json_fault("{\"a\": 1"), "a.json:1:"));
  CHECK(holds(json_fault(""), "a.json:1:"));
  CHECK(holds(json_fault("{} {}"), "a.json:1:"));
  CHECK(holds(json_fault("{\"a\": NaN}"), "a.json:1:"));
  CHECK(holds(json_fault("{\"a\": 1e999}"), "a.json:1:"));
  CHECK(holds(json_fault("{\"a\": 18446744073709551615}"), "too large"));
  CHECK(holds(json_fault(std::string("{\0}", 3)), "zero byte"));
  CHECK(holds(json_fault("{\"a\": \"\xFF\"}"), "not UTF-8"));
  CHECK(json_fault("{\"a\": 9223372036854775807}") == "no fault");
  CHECK(json_fault("{\"a\": {\"x\": 1}, \"b\": {\"x\": 1}}") == "no fault"); // the same key in two tables
}

TEST_CASE("JSON nested too deep, and a line of 10 MB", "[schema]") {
  CHECK(json_fault(std::string(100, '[') + std::string(100, ']')) == "no fault");
  CHECK(holds(json_fault(std::string(101, '[') + std::string(101, ']')), "deeper than 100"));
  CHECK(holds(json_fault("\n" + std::string(5'000'000, '[')), "a.json:2: is nested deeper than 100"));
  const std::string large(10'000'000, 'x');
  CHECK(json("\"" + large + "\"").text()->size() == large.size());
  CHECK(json_fault("[" + large).size() < 500);
}

TEST_CASE("Writing JSON and reading it back gives the same tree", "[schema]") {
  const Node root = json(
      R"({"a": [1, 2.5, -0.0, 1e-310, 0.1], "t": {"": "\u0001\n\"\\ü大", "e": {}, "l": []}, "n": null, "b": [true, [false]]})");
  CHECK(json(write_json(root)) == root);
  CHECK(json(write_json(root, -1)) == root);
  CHECK(json(canonical_json(root)) == root);
  CHECK(write_json(root) == write_json(root));
  CHECK(holds(write_json(root), "\"a\": [1, 2.5"));
  CHECK(holds(fault_of([] { (void)write_json(Node(std::numeric_limits<double>::infinity())); }),
              "JSON has no such number"));
}

TEST_CASE("The hash depends on the values, not on the order of keys", "[schema]") {
  const std::string base = centresim::schema::hash(json(R"({"a": 1, "b": {"x": 2, "y": [1, 2]}})"));
  CHECK(base.size() == 64);
  CHECK(centresim::schema::hash(json("{\"b\": {\"y\": [1, 2],\n \"x\": 2}, \"a\": 1}")) == base);
  CHECK(centresim::schema::hash(json(R"({"a": 1, "b": {"x": 2, "y": [2, 1]}})")) != base);
  CHECK(centresim::schema::hash(json(R"({"a": 1.0, "b": {"x": 2, "y": [1, 2]}})")) != base);
  // sha256sum of {"a":1}
  CHECK(centresim::schema::hash(json(R"({"a": 1})")) ==
        "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862");
}
