#include "catch.hpp"
#include "centresim/common/distribution.hpp"

#include <limits>

using namespace centresim::common;
using centresim::core::LawKind;
using centresim::schema::Change;
using centresim::schema::Node;
using centresim::schema::parse_change;
using centresim::schema::Rules;
using centresim::schema::Scalar;

namespace {

constexpr double kMinute = 60'000, kHour = 60 * kMinute;

Distribution law(const Node& node, const Rules& rules = {}) {
  Distribution d;
  const std::string rule = Scalar<Distribution>::read(node, rules, d);
  INFO(node.shown() << " -> " << rule);
  CHECK(rule.empty());
  return d;
}
std::string rule_of(const Node& node, const Rules& rules = {}) {
  Distribution d;
  return Scalar<Distribution>::read(node, rules, d);
}
Node table(std::initializer_list<std::pair<const char*, Node>> members) {
  Node node = Node::empty_table();
  for (const auto& [key, value] : members) node.set(key, value);
  return node;
}
Rules numbers() {
  Rules rules;
  rules.number_law = true;
  return rules;
}
bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("Every law has a written form", "[common]") {
  using P = std::vector<double>;
  CHECK(law("45 min").parameters == P{45 * kMinute});
  CHECK(law("45 min").kind == LawKind::constant);
  CHECK(law(45).parameters == P{45'000}); // seconds where no unit is said
  CHECK(law("uniform(7.5 min, 2.5 min)").parameters == P{7.5 * kMinute, 2.5 * kMinute});
  CHECK(law("exponential( 30min )").parameters == P{30 * kMinute});
  CHECK(law("triangular(1 min, 2 min, 4 min)").parameters == P{kMinute, 2 * kMinute, 4 * kMinute});
  CHECK(law("lognormal(45 min, 0.3)").parameters == P{45 * kMinute, 0.3});
  CHECK(law("gamma(1 h, 0.5)").kind == LawKind::gamma);
  CHECK(law("weibull(1 h, 1.5)").kind == LawKind::weibull);
  CHECK(law("erlang(30 min, 3)").parameters == P{30 * kMinute, 3});
  CHECK(law("normal(30 min, 3 min)").parameters == P{30 * kMinute, 3 * kMinute});
  CHECK(law("empirical(1 min, 2 min; 0.3, 0.7)").weights == P{0.3, 0.7});
  CHECK(law("discrete(5, 25; 0.2, 0.8)", numbers()).parameters == P{5, 25});
  CHECK(law("integers(1, 10)", numbers()).parameters == P{1, 10});
  CHECK(law(25, numbers()) == Distribution::constant(25));
  Rules minutes;
  minutes.unit = "min";
  CHECK(law("uniform(3, 1)", minutes).parameters == P{3 * kMinute, kMinute});
  CHECK(law("constant(3)", minutes).parameters == P{3 * kMinute});
}

TEST_CASE("A bare duration may be the mean of an exponential law", "[common]") {
  Rules rules;
  rules.bare_exponential = true;
  rules.unit = "h";
  CHECK(law("168 h", rules).kind == LawKind::exponential);
  CHECK(law(168, rules).parameters[0] == 168 * kHour);
  CHECK(law("constant(168 h)", rules).kind == LawKind::constant);
  for (const char* text : {"168 h", "constant(168 h)", "uniform(3 h, 1 h)"}) {
    const Distribution d = law(text, rules);
    CHECK(law(Scalar<Distribution>::write(d, rules), rules) == d);
  }
}

TEST_CASE("Laws as tables", "[common]") {
  CHECK(law(table({{"law", "uniform"}, {"mean", "3 min"}, {"half_width", 60}})) == law("uniform(3 min, 1 min)"));
  CHECK(law(table({{"law", "empirical"}, {"values", Node::Array{"1 min", 120}}, {"weights", Node::Array{3, 7.0}}})) ==
        law("empirical(1 min, 2 min; 3, 7)"));
  CHECK(law(table({{"law", "integers"}, {"low", 1}, {"high", 5}}), numbers()) == law("integers(1, 5)", numbers()));
  CHECK(rule_of(table({{"law", "uniform"}, {"mean", 3}})) == "half_width is missing: uniform(mean, half_width)");
  CHECK(holds(rule_of(table({{"law", "uniform"}, {"mean", 3}, {"sd", 1}})), "unknown key 'sd'"));
  CHECK(holds(rule_of(table({{"law", "uniforn"}})), "did you mean 'uniform'?"));
  CHECK(holds(rule_of(table({{"mean", 3}})), "names it"));
  CHECK(holds(rule_of(table({{"law", "discrete"}, {"values", 3}}), numbers()), "values must be a list"));
  CHECK(rule_of(table({{"law", "exponential"}, {"mean", true}})) == "mean must be a number");
}

TEST_CASE("Laws that make no sense say why", "[common]") {
  CHECK(rule_of("uniform(1 min, 2 min)") == "the half width must not be larger than the mean");
  CHECK(holds(rule_of("uniform(1 min)"), "must be written uniform(mean, half_width)"));
  CHECK(holds(rule_of("uniform(1, 2, 3)"), "must be written"));
  CHECK(holds(rule_of("uniform()"), "must be written"));
  CHECK(holds(rule_of("uniform"), "must be written"));
  CHECK(rule_of("uniform(1 min, 2") == "must end with )");
  CHECK(rule_of("uniform(1 min, x)") == "uniform: half_width must start with a number");
  CHECK(rule_of("triangular(3, 2, 4)") == "low, mode and high must be in this order");
  CHECK(holds(rule_of("lognormal(1 h, 0)"), "coefficient of variation"));
  CHECK(holds(rule_of("lognormal(0, 1)"), "mean must be more than 0"));
  CHECK(holds(rule_of("lognormal(1 h, 1 h)"), "number without unit"));
  CHECK(holds(rule_of("erlang(1 h, 2.5)"), "whole number from 1"));
  CHECK(holds(rule_of("erlang(1 h, 1e9)"), "whole number from 1"));
  CHECK(holds(rule_of("normal(0, 1)"), "more than 0"));
  CHECK(holds(rule_of("empirical(1, 2)"), "one weight for each value"));
  CHECK(holds(rule_of("empirical(1, 2; 1)"), "one weight for each value"));
  CHECK(holds(rule_of("empirical(1, 2; 0, 0)"), "sum above 0"));
  CHECK(holds(rule_of("empirical(1, 2; -1, 2)"), "not be negative"));
  CHECK(holds(rule_of("uniform(3, 1; 2)"), "weight"));
  CHECK(holds(rule_of("discrete(1, 2; 1, 1)"), "use empirical"));
  CHECK(holds(rule_of("discrete(1.5; 1)", numbers()), "whole numbers"));
  CHECK(holds(rule_of("integers(5, 1)", numbers()), "low must not be above high"));
  CHECK(holds(rule_of("-3 min"), "must not be negative"));
  CHECK(holds(rule_of("200 y"), "139 years"));
  CHECK(holds(rule_of("exponential(nan)"), "finite"));
  CHECK(holds(rule_of(std::numeric_limits<double>::infinity()), "finite"));
  CHECK(holds(rule_of("expo(3)"), "unknown law 'expo'"));
  CHECK(holds(rule_of("exponental(3)"), "did you mean 'exponential'?"));
  CHECK(holds(rule_of("soon"), "must be a duration or a law"));
  CHECK(holds(rule_of(""), "empty"));
  CHECK(holds(rule_of(true), "must be a duration or a law"));
  CHECK(holds(rule_of("3 min", numbers()), "without unit"));
  Rules positive;
  positive.low = 1, positive.unit = "min";
  CHECK(rule_of("30 s", positive) == "must be at least 1 min");
  CHECK(rule_of("exponential(30 s)", positive) == "the mean must be at least 1 min");
}

TEST_CASE("A written law reads back equal", "[common]") {
  for (const char* text :
       {"45 min", "0 s", "1001 ms", "0.25 ms", "uniform(7.5 min, 2.5 min)", "exponential(1 d)",
        "triangular(1 s, 1.5 h, 400 d)", "lognormal(45 min, 0.3)", "gamma(1 h, 0.1)", "weibull(1 h, 2)",
        "erlang(30 min, 3)", "normal(30 min, 3 min)", "empirical(1 min, 2 min; 0.3, 0.7)"}) {
    CHECK(to_text(law(text)) == text);
  }
  for (const char* text : {"discrete(5, 25; 0.2, 0.8)", "integers(1, 10)", "uniform(2.5, 1)"}) {
    CHECK(to_text(law(text, numbers())) == text);
  }
  Distribution odd{LawKind::gamma, Dimension::time, {1e6 / 3, 1.0 / 7}, {}};
  CHECK(law(to_text(odd)) == odd);
  CHECK(*Scalar<Distribution>::write(Distribution::constant(25), numbers()).integer() == 25);
}

TEST_CASE("Means and compiled laws agree", "[common]") {
  for (const char* text : {"45 min", "uniform(7.5 min, 2.5 min)", "exponential(1 d)", "triangular(1 s, 1.5 h, 4 h)",
                           "lognormal(45 min, 0.3)", "gamma(1 h, 0.1)", "weibull(1 h, 2)", "erlang(30 min, 3)",
                           "normal(3 min, 3 min)", "empirical(1 min, 2 min; 0.3, 0.7)"}) {
    const Distribution d = law(text);
    CHECK(d.compile().mean() == Approx(d.mean()));
  }
  CHECK(law("integers(1, 10)", numbers()).mean() == 5.5);
  CHECK(law("discrete(5, 25; 1, 3)", numbers()).mean() == 20);
  CHECK(law("normal(3 min, 3 min)").mean() > 3 * kMinute); // cut off at 0
}

TEST_CASE("Laws are scaled, constants also shifted", "[common]") {
  const auto changed = [](const char* text, const char* change, const Rules& rules = {}) {
    Distribution d = law(text, rules);
    const std::string rule = Scalar<Distribution>::change(d, *parse_change(change), rules);
    return rule.empty() ? to_text(d) : rule;
  };
  CHECK(changed("lognormal(1 h, 0.3)", "*2") == "lognormal(2 h, 0.3)");
  CHECK(changed("uniform(2 h, 1 h)", "+50 %") == "uniform(3 h, 1.5 h)");
  CHECK(changed("empirical(1 h, 2 h; 1, 2)", "*2") == "empirical(2 h, 4 h; 1, 2)");
  CHECK(changed("1 h", "+30 min") == "1.5 h");
  CHECK(holds(changed("uniform(2 h, 1 h)", "+1 h"), "only a constant"));
  CHECK(holds(changed("1 h", "-2 h"), "must not be negative (it would be -1 h)"));
  CHECK(holds(changed("integers(1, 3)", "*2", numbers()), "not scaled"));
}
