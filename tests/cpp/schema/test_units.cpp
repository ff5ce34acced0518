#include "catch.hpp"
#include "centresim/schema/scalar.hpp"
#include "centresim/schema/units.hpp"
#include "faults.hpp"

#include <cmath>

using namespace centresim::schema;

namespace {
double ticks(const std::string& text, const std::string& unit = "s") {
  std::string rule;
  return parse_ticks(text, unit, rule).value_or(-999);
}
std::string rule_of(const std::string& text, const std::string& unit = "s") {
  std::string rule;
  (void)parse_ticks(text, unit, rule);
  return rule;
}
double quantity(const std::string& text, const std::string& unit) {
  std::string rule;
  return parse_quantity(text, unit, rule).value_or(-999);
}
} // namespace

TEST_CASE("Every unit of time has its length", "[schema]") {
  CHECK(ticks("1 ms") == 1);
  CHECK(ticks("1 s") == 1000);
  CHECK(ticks("45 min") == 2'700'000);
  CHECK(ticks("2.5 h") == 9'000'000);
  CHECK(ticks("1 d") == 86'400'000);
  CHECK(ticks("2 wk") == 2 * 7 * 86'400'000.0);
  CHECK(ticks("1 y") == 365 * 86'400'000.0);
  CHECK(ticks("  45min ") == 2'700'000);
  CHECK(ticks("1e2 s") == 100'000);
  CHECK(ticks("-3 h") == -10'800'000);
  CHECK(ticks("7", "min") == 420'000);
  for (const Unit& unit : units()) {
    if (unit.kind == UnitKind::time) CHECK(ticks("3 " + std::string(unit.name)) == 3 * unit.factor);
  }
}

TEST_CASE("Times that make no sense say why", "[schema]") {
  CHECK(holds(rule_of("1 month"), "months have no fixed length"));
  CHECK(holds(rule_of("3 m"), "write min"));
  CHECK(holds(rule_of("3 H"), "small letters"));
  CHECK(holds(rule_of("3 furlong"), "unknown unit 'furlong'"));
  CHECK(holds(rule_of("abc"), "must start with a number"));
  CHECK(holds(rule_of(""), "empty"));
  CHECK(holds(rule_of("nan h"), "finite"));
  CHECK(holds(rule_of("inf"), "finite"));
  CHECK(holds(rule_of("1e999 h"), "too large"));
  CHECK(holds(rule_of("1 h 30 min"), "unknown unit"));
  CHECK(holds(rule_of("0x10 h"), "unknown unit"));
  CHECK(rule_of(std::string(1'000'000, '9') + " h") != "");
  CHECK(rule_of("1 " + std::string(1'000'000, 'h')).size() < 200);
}

TEST_CASE("Shares and other quantities", "[schema]") {
  CHECK(quantity("80 %", "1") == 0.8);
  CHECK(quantity("7%", "1") == 0.07);
  CHECK(quantity("0.8", "1") == 0.8);
  CHECK(quantity("0.5", "%") == 0.5);
  CHECK(quantity("90 min", "h") == 1.5);
  CHECK(quantity("2 d", "h") == 48);
  CHECK(quantity("5 kg", "kg") == 5);
  CHECK(quantity("5 kg", "h") == -999);
  CHECK(quantity("5 kg", "") == -999);
  CHECK(quantity("5 %", "h") == -999);
}

TEST_CASE("Durations are written readably and read back exactly", "[schema]") {
  CHECK(format_duration(0) == "0 s");
  CHECK(format_duration(2'700'000) == "45 min");
  CHECK(format_duration(450'000) == "7.5 min");
  CHECK(format_duration(5'400'000) == "1.5 h");
  CHECK(format_duration(6'000'000) == "100 min");
  CHECK(format_duration(168 * 3'600'000) == "7 d");
  CHECK(format_duration(86'400'000LL * 365) == "365 d");
  CHECK(format_duration(-86'400'000) == "-1 d");
  CHECK(format_duration(1) == "1 ms");
  CHECK(format_duration(1'001) == "1001 ms");
  CHECK(format_ticks(0.5) == "0.5 ms");
  std::uint64_t state = 7;
  for (int i = 0; i < 20'000; ++i) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    const auto value = static_cast<std::int64_t>(state >> (22 + i % 40)) * (i % 2 == 0 ? 1 : -1);
    const double back = ticks(format_duration(value));
    REQUIRE(std::llround(back) == value);
    const double odd = static_cast<double>(value) / 3;
    const double again = ticks(format_ticks(odd));
    REQUIRE((again == odd || std::llround(again) == std::llround(odd)));
  }
}

TEST_CASE("Relative changes are told from plain texts", "[schema]") {
  CHECK(parse_change("+1")->amount == "1");
  CHECK(parse_change("-2 min")->amount == "-2 min");
  CHECK(parse_change("*1.1")->factor == 1.1);
  CHECK(parse_change("+10 %")->factor == Approx(1.1));
  CHECK(parse_change("-10%")->factor == Approx(0.9));
  CHECK(parse_change("* 50 %")->factor == 0.5);
  CHECK(parse_change("+10 %")->operation == '*');
  for (const char* text : {"", "5", "+", "*", "*x", "+-1", "*2 h", "+nan", "*inf", "litho"}) {
    CHECK_FALSE(parse_change(text).has_value());
  }
}
