// Designs that ask which paths matter: their points, and what these answer.
#include "catch.hpp"

#include "centresim/centre/sweep_answers.hpp"
#include "centresim/core/error.hpp"
#include "schema/faults.hpp"

#include <cmath>
#include <set>

namespace centresim::centre {
namespace {

Sweep read(const std::string& text) { return read_sweep(schema::parse_toml(text, "sweep.toml")); }
std::vector<std::string> faults(const std::string& text) {
  return faults_of([&] { static_cast<void>(read(text)); });
}
double number(const schema::Node& node) { return node.number().value(); }

// One replication of f at every point.
template <class F> std::vector<std::vector<double>> outputs(const Sweep& sweep, F f) {
  std::vector<std::vector<double>> rows;
  for (const Overrides& point : sweep_points(sweep)) rows.push_back({f(point)});
  return rows;
}

TEST_CASE("a factorial gives two values of anything, the first path fastest", "[centre][sweep]") {
  const Sweep sweep = read("[design]\nkind = \"factorial\"\n[design.ranges]\n\"a\" = [\"fifo\", \"edd\"]\n"
                           "\"b\" = [1, 2.5]\n\"c\" = [\"2 h\", \"+1\"]\n");
  REQUIRE(sweep.size() == 8);
  CHECK(sweep.paths == std::vector<std::string>{"a", "b", "c"});
  const auto points = sweep_points(sweep);
  REQUIRE(points.size() == 8);
  CHECK(point_text(points[0]) == "a = fifo, b = 1, c = 2 h");
  CHECK(point_text(points[1]) == "a = edd, b = 1, c = 2 h");
  CHECK(point_text(points[6]) == "a = fifo, b = 2.5, c = +1");
}

TEST_CASE("a fraction is the published one, and its effects name what they cannot tell apart", "[centre][sweep]") {
  // 2^(4-1) with D = ABC (Montgomery, table 8.14): two-factor interactions come in pairs.
  const Sweep sweep = read("[design]\nkind = \"factorial\"\nruns = 8\n[design.ranges]\n\"a\" = [0, 1]\n\"b\" = [0, 1]\n"
                           "\"c\" = [0, 1]\n\"d\" = [0, 1]\n");
  REQUIRE(sweep.size() == 8);
  const auto rows = outputs(sweep, [](const Overrides& p) {
    return 10 + 3 * number(p[0].second) - 2 * number(p[3].second) + 4 * number(p[0].second) * number(p[1].second);
  });
  const auto effects = factorial_effects(*sweep.design, rows);
  REQUIRE(effects.size() == 7);
  CHECK(effects[0].effect.mean == Approx(3 + 2)); // a, and half of a x b
  CHECK(effects[1].effect.mean == Approx(2));
  CHECK(effects[3].effect.mean == Approx(-2));
  REQUIRE(effects[4].aliases.size() == 2); // a x b with c x d
  CHECK(effects[4].aliases[0] == 0b0011);
  CHECK(effects[4].aliases[1] == 0b1100);
  CHECK(effects[4].effect.mean == Approx(2));
}

TEST_CASE("effects of Morris are those of the whole range, in whatever scale a path is", "[centre][sweep]") {
  // Whole numbers that the levels do not hit, a logarithmic range, spans of time: all linear in their share.
  const Sweep sweep = read("[design]\nkind = \"morris\"\ntrajectories = 12\nseed = 3\n[design.ranges]\n"
                           "\"fab.tool_groups.g.tools\" = [2, 4]\n\"x\" = [1.0, 100.0, \"log\"]\n"
                           "\"horizon\" = [\"100 d\", \"300 d\"]\n\"nothing\" = [0.0, 1.0]\n");
  CHECK(sweep.size() == 12 * 5);
  const SweepDesign& design = *sweep.design;
  std::set<double> tools;
  const auto rows = outputs(sweep, [&](const Overrides& p) {
    tools.insert(number(p[0].second));
    return 5 * number(p[0].second) + 7 * std::log10(number(p[1].second)) -
           40 * share_of_range(design.ranges[2], p[2].second);
  });
  CHECK(tools == std::set<double>{2, 3, 4});
  const auto effects = elementary_effects(design, rows);
  REQUIRE(effects.size() == 4);
  const double expected[] = {10, 14, -40, 0};
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(effects[i].effect.mean == Approx(expected[i]).margin(1e-5));
    CHECK(effects[i].magnitude.mean == Approx(std::abs(expected[i])).margin(1e-5));
    CHECK(effects[i].effect.sd == Approx(0).margin(1e-4));
    CHECK(effects[i].effect.n == 12);
  }
  CHECK_THROWS_AS(sobol_indices(design, rows), core::InputError);
  CHECK_THROWS_AS(elementary_effects(design, std::span(rows).first(3)), std::invalid_argument);
}

TEST_CASE("Sobol' indices of Ishigami's function are its published ones", "[centre][sweep]") {
  // a = 7, b = 0.1: first 0.3139, 0.4424, 0; total 0.5576, 0.4424, 0.2437 (Saltelli and others 2008).
  const Sweep sweep = read("[design]\nkind = \"saltelli\"\nsamples = 4096\n[design.ranges]\n"
                           "\"x\" = [-3.141592653589793, 3.141592653589793]\n"
                           "\"y\" = [-3.141592653589793, 3.141592653589793]\n"
                           "\"z\" = [-3.141592653589793, 3.141592653589793]\n");
  REQUIRE(sweep.size() == 4096 * 5);
  const auto rows = outputs(sweep, [](const Overrides& p) {
    const double x = number(p[0].second), y = number(p[1].second), z = number(p[2].second);
    return std::sin(x) + 7 * std::sin(y) * std::sin(y) + 0.1 * z * z * z * z * std::sin(x);
  });
  const auto indices = sobol_indices(*sweep.design, rows, 0);
  const double first[] = {0.3139, 0.4424, 0}, total[] = {0.5576, 0.4424, 0.2437};
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(indices.factors[i].first == Approx(first[i]).margin(0.01));
    CHECK(indices.factors[i].total == Approx(total[i]).margin(0.01));
  }
}

TEST_CASE("the two samples of Saltelli are not one, and more samples keep those there are", "[centre][sweep]") {
  const auto points = [](int samples) {
    return sweep_points(read("[design]\nkind = \"saltelli\"\nsamples = " + std::to_string(samples) +
                             "\n[design.ranges]\n\"x\" = [0.0, 1.0]\n\"y\" = [0.0, 1.0]\n"));
  };
  const auto few = points(8), many = points(16);
  REQUIRE(few.size() == 32);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(point_text(few[i]) == point_text(many[i]));          // A
    CHECK(point_text(few[8 + i]) == point_text(many[16 + i])); // B
    CHECK(number(few[i][0].second) != number(few[8 + i][0].second));
    CHECK(number(few[i][0].second) != number(few[i][1].second));
    CHECK(few[16 + i][0].second == few[8 + i][0].second); // A with x of B
    CHECK(few[16 + i][1].second == few[i][1].second);
  }
}

TEST_CASE("a design reads back from what a plan keeps of it", "[centre][sweep]") {
  for (const char* text : {"kind = \"morris\"\n[design.ranges]\n\"a\" = [\"-1 d\", \"3 h\"]\n\"b\" = [1, 9, \"log\"]\n",
                           "kind = \"saltelli\"\nsamples = 5\nseed = 4\n[design.ranges]\n\"a\" = [0.1, 0.3]\n",
                           "kind = \"factorial\"\n[design.ranges]\n\"a\" = [\"x\", \"y\"]\n\"b\" = [[1], 2]\n",
                           "kind = \"sobol\"\npoints = 7\n[design.ranges]\n\"a\" = [1e-300, 0.1]\n"}) {
    const Sweep sweep = read("[design]\n" + std::string(text));
    schema::Node again = schema::Node::empty_table();
    again.set("design", schema::parse_json(schema::canonical_json(design_node(sweep)), "design"));
    const Sweep back = read_sweep(again);
    CHECK(back.design->trajectories == sweep.design->trajectories);
    const auto a = sweep_points(sweep), b = sweep_points(back);
    REQUIRE(a.size() == b.size());
    // Keys of JSON come sorted, as these are.
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(point_text(a[i]) == point_text(b[i]));
  }
}

TEST_CASE("designs that cannot be are refused with their line", "[centre][sweep]") {
  const auto refused = [](const std::string& design, const std::string& ranges, const std::string& rule) {
    const auto all = faults("[design]\n" + design + "\n[design.ranges]\n" + ranges);
    INFO(design << ": " << (all.empty() ? "no fault" : all.front()));
    return all.size() == 1 && all.front().starts_with("sweep.toml:") && holds(all.front(), rule);
  };
  CHECK(refused("kind = \"morris\"\npoints = 3", "\"x\" = [0, 1]", "is no number of this kind"));
  CHECK(refused("kind = \"saltelli\"", "\"x\" = [0, 1]", "design.samples: is missing"));
  CHECK(refused("kind = \"sobol\"", "\"x\" = [0, 1]", "design.points: is missing"));
  CHECK(refused("kind = \"factorial\"\nseed = 3", "\"x\" = [0, 1]", "is no number of this kind, which takes runs"));
  CHECK(refused("kind = \"factorial\"", "\"x\" = [0, 1, 2]", "must be a list of two values"));
  CHECK(refused("kind = \"factorial\"", "\"x\" = [1, 1]", "has the same value twice"));
  CHECK(refused("kind = \"factorial\"\nruns = 6", "\"x\" = [0, 1]\n\"y\" = [0, 1]\n\"z\" = [0, 1]", "runs"));
  CHECK(refused("kind = \"morris\"\nlevels = 5", "\"x\" = [0, 1]", "must be even"));
  CHECK(refused("kind = \"morris\"\ntrajectories = 1", "\"x\" = [0, 1]", "trajectories"));
  CHECK(refused("kind = \"morris\"\ntrajectories = 60000", "\"x\" = [0, 1]", "at most 100000"));
  CHECK(refused("kind = \"morris\"", "\"fab.tool_groups.g.tools\" = [1.5, 2.5]", "holds only one whole number"));
  CHECK(refused("kind = \"saltelli\"\nsamples = 4", "\"x\" = [3, 1]", "lower end comes first"));
  CHECK(refused("kind = \"morris\"\nlevels = 6", "\"fab.tool_groups.g.tools\" = [1, 2, \"log\"]", "stays where it is"));
  CHECK(refused("kind = \"sobol\"\npoints = 4", "\"x\" = [1e-300, 1e300, \"log\"]", "is too wide"));
  std::string many;
  for (int i = 0; i < 12; ++i) many += "\"p" + std::to_string(i) + "\" = [0, 1]\n";
  CHECK(refused("kind = \"factorial\"\nruns = 16", many, "at most 11"));
}

} // namespace
} // namespace centresim::centre
