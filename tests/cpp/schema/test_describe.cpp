#include "catch.hpp"
#include "centresim/schema/file.hpp"
#include "faults.hpp"
#include "pump.hpp"

using namespace centresim::schema;
using centresim::core::LawKind;
using pumps::Pump;
using pumps::Station;

namespace {

Station station(const std::string& text) { return read<Station>(parse_toml(text, "s.toml")); }
Pump pump(const std::string& lines) { return station("[[pumps]]\nname = \"p\"\n" + lines).pumps.at(0); }
// The faults of one pump; its first own line is line 3.
std::vector<std::string> pump_faults(const std::string& lines) {
  return faults_of([&] { (void)pump(lines); });
}
std::string pump_fault(const std::string& lines) {
  const auto list = pump_faults(lines);
  return list.size() == 1 ? list[0] : std::to_string(list.size()) + " faults";
}

} // namespace

TEST_CASE("Every kind of field is read", "[schema]") {
  const Pump p = pump(R"X(
stages = 3
efficiency = "75 %"
spare = true
mode = "pulsed"
modes = ["pulsed"]
start = 90
shift = "-2 h"
limit = 5.0
mttf = 7
batch = "discrete(5, 25; 0.2, 0.8)"
tags = ["ü", "b"]
curve = [1, 2.5]
filters = [{ mesh = 5 }, { name = "fine" }]
inlet = { mesh = 7 }
outlet = {}
)X");
  CHECK(p.stages == 3);
  CHECK(p.efficiency == 0.75);
  CHECK(p.spare);
  CHECK(p.mode == pumps::Mode::pulsed);
  CHECK(p.modes == std::vector{pumps::Mode::pulsed});
  CHECK(p.start.ticks == 90 * 60'000);
  CHECK(p.shift->ticks == -2 * 3'600'000);
  CHECK(p.limit == 5);
  CHECK(p.mttf.kind == LawKind::exponential);
  CHECK(p.mttf.parameters[0] == 7 * 3'600'000.0);
  CHECK(p.batch.kind == LawKind::discrete);
  CHECK(p.tags == std::vector<std::string>{"ü", "b"});
  CHECK(p.curve == std::vector{1.0, 2.5});
  CHECK(p.filters.size() == 2);
  CHECK(p.filters[1].name == "fine");
  CHECK(p.inlet.mesh == 7);
  CHECK(p.outlet == pumps::Filter{});
}

TEST_CASE("What is not given has the default of the struct", "[schema]") {
  Pump standard;
  standard.name = "p";
  CHECK(pump("") == standard);
  const Node null = parse_json(R"({"pumps": [{"name": "p", "stages": null, "limit": null, "outlet": null}]})", "j");
  CHECK(read<Station>(null).pumps[0] == standard);
}

TEST_CASE("Every fault names file, line, path, value and rule", "[schema]") {
  CHECK(pump_fault("stages = 0") == "s.toml:3: pumps.p.stages: 0: must be from 1 to 1000");
  CHECK(pump_fault("stages = 3.7") == "s.toml:3: pumps.p.stages: 3.7: must be a whole number");
  CHECK(pump_fault("stages = \"3\"") == "s.toml:3: pumps.p.stages: \"3\": must be a whole number");
  CHECK(pump_fault("stages = 1e300") == "s.toml:3: pumps.p.stages: 1e+300: must be a whole number");
  CHECK(pump_fault("stages = nan") == "s.toml:3: pumps.p.stages: nan: must be a finite number");
  CHECK(pump_fault("stages = true") == "s.toml:3: pumps.p.stages: true: must be a whole number");
  CHECK(pump_fault("efficiency = 1.5") == "s.toml:3: pumps.p.efficiency: 1.5: must be from 0 to 1");
  CHECK(pump_fault("efficiency = inf") == "s.toml:3: pumps.p.efficiency: inf: must be a finite number");
  CHECK(pump_fault("efficiency = \"80 kg\"") ==
        "s.toml:3: pumps.p.efficiency: \"80 kg\": must be a share of 1 or end in %");
  CHECK(pump_fault("efficiency = []") == "s.toml:3: pumps.p.efficiency: [0 items]: must be a number");
  CHECK(pump_fault("spare = 1") == "s.toml:3: pumps.p.spare: 1: must be true or false");
  CHECK(pump_fault("mode = \"pulse\"") ==
        "s.toml:3: pumps.p.mode: \"pulse\": must be one of steady, pulsed; did you mean 'pulsed'?");
  CHECK(pump_fault("modes = []") == "s.toml:3: pumps.p.modes: [0 items]: must not be empty");
  CHECK(pump_fault("modes = [\"steady\",\n 1]") == "s.toml:4: pumps.p.modes[1]: 1: must be one of steady, pulsed");
  CHECK(pump_fault("modes = \"steady\"") == "s.toml:3: pumps.p.modes: \"steady\": must be a list, not a text");
  CHECK(pump_fault("start = -1") == "s.toml:3: pumps.p.start: -1: must not be negative");
  CHECK(pump_fault("start = \"2 months\"") ==
        "s.toml:3: pumps.p.start: \"2 months\": months have no fixed length: use d, wk or y (365 d)");
  CHECK(pump_fault("start = \"200 y\"") == "s.toml:3: pumps.p.start: \"200 y\": must be less than 139 years");
  CHECK(pump_fault("start = nan") == "s.toml:3: pumps.p.start: nan: must be a finite number");
  CHECK(holds(pump_fault("start = false"), "s.toml:3: pumps.p.start: false: must be a duration"));
  CHECK(pump_fault("limit = -1") == "s.toml:3: pumps.p.limit: -1: must be at least 0");
  CHECK(holds(pump_fault("mttf = \"expo(3 h)\""), "s.toml:3: pumps.p.mttf: \"expo(3 h)\": unknown law 'expo'"));
  CHECK(pump_fault("tags = [1]") == "s.toml:3: pumps.p.tags[0]: 1: must be a text: put it in quotes, \"1\"");
  CHECK(pump_fault("curve = [1, -2]") == "s.toml:3: pumps.p.curve[1]: -2: must be at least 0");
  CHECK(pump_fault("stage = 2") == "s.toml:3: pumps.p.stage: 2: unknown key; did you mean 'stages'?");
  CHECK(pump_fault("zzz = 2") == "s.toml:3: pumps.p.zzz: 2: unknown key");
  CHECK(pump_fault("inlet = 5") == "s.toml:3: pumps.p.inlet: 5: must be a table (Filter), not a whole number");
  CHECK(pump_fault("outlet = { mesh = 0 }") == "s.toml:3: pumps.p.outlet.mesh: 0: must be from 1 to 100");
  CHECK(pump_fault("filters = [3]") == "s.toml:3: pumps.p.filters[0]: 3: must be a table (Filter), not a whole number");
}

TEST_CASE("Names are unique, given and printable", "[schema]") {
  CHECK(pump_fault("filters = [{},\n {}]") ==
        "s.toml:4: pumps.p.filters.main: {...}: names must be unique within their list; it is taken in line 3");
  CHECK(fault_of([] { (void)station("[[pumps]]\nname = 'a'\n[[pumps]]\nname = 'b'\n[[pumps]]\nname = 'a'"); }) ==
        "s.toml:6: pumps.a: \"a\": names must be unique within their list; it is taken in line 1");
  CHECK(fault_of([] { (void)station("[[pumps]]\n[[pumps]]\nname = 'b'"); }) == "s.toml:1: pumps[0].name: is missing");
  CHECK(fault_of([] { (void)station("[[pumps]]\nname = ''"); }) == "s.toml:2: pumps[0].name: \"\": must not be empty");
  CHECK(holds(fault_of([] { (void)station("[[pumps]]\nname = \"a\\nb\""); }), "must not hold control characters"));
  CHECK(fault_of([] { (void)station("[[pumps]]\nname = 'a.b'\nstages = 0"); }) ==
        "s.toml:3: pumps.\"a.b\".stages: 0: must be from 1 to 1000");
}

TEST_CASE("All faults come at once, ordered by line, at most a thousand", "[schema]") {
  const auto list = pump_faults("stage = 1\nstages = 0\nmode = 1\nstart = 'x'\n[pumps.inlet]\nmesh = 'y'\nname = 3");
  REQUIRE(list.size() == 6);
  for (std::size_t i = 0; i < 4; ++i) CHECK(holds(list[i], "s.toml:" + std::to_string(3 + i)));
  CHECK(holds(list[4], "s.toml:8"));
  CHECK(holds(list[5], "s.toml:9"));

  std::string many = "curve = [";
  for (int i = 0; i < 1500; ++i) many += "-1, ";
  const auto capped = pump_faults(many + "]");
  CHECK(capped.size() == 1001);
  CHECK(capped.back() == "and 500 more");

  CHECK(fault_of([] { (void)read<Station>(Node(5)); }) == "5: must be a table (Station), not a whole number");
  CHECK(fault_of([] { (void)station(""); }) == "s.toml:1: pumps: is missing");
  CHECK(fault_of([] { (void)station("pumps = 3"); }) == "s.toml:1: pumps: 3: must be a list, not a whole number");
}

TEST_CASE("A hostile key or value is cut in the message", "[schema]") {
  const std::string large(5'000'000, 'k');
  CHECK(pump_fault(large + " = 1").size() < 300);
  CHECK(pump_fault("mode = '" + large + "'").size() < 300);
  CHECK(pump_fault("start = '" + large + "'").size() < 300);
  CHECK(pump_fault("mttf = '" + large + "'").size() < 400);
  CHECK(pump_fault("mttf = '" + large + "(1)'").size() < 400);
}

TEST_CASE("Faults found later by path alone get file and line", "[schema]") {
  const Node root =
      parse_toml("[[pumps]]\nname = \"a.b\"\nstages = 2\n[[pumps]]\nname = 'c'\n[[pumps.filters]]\nmesh = 4", "s.toml");
  Errors errors(root, type_info<Station>());
  errors.add("pumps.\"a.b\".stages", "2", "rule");
  errors.add("pumps.c.filters.main.mesh", "", "rule"); // by its default name
  errors.add("pumps.c.filters[0].name", "", "rule");   // not given: the place of the filter
  errors.add("pumps.nobody.stages", "", "rule");
  errors.add("nowhere", "", "rule");
  std::vector<int> lines;
  for (const auto& issue : errors.issues()) lines.push_back(issue.line);
  CHECK(lines == std::vector{3, 7, 6, 1, 1});
  CHECK_THROWS_AS(errors.throw_if_any(), centresim::core::InputError);
  CHECK_NOTHROW(Errors().throw_if_any());
}

TEST_CASE("A described value reads back equal", "[schema]") {
  Pump p;
  p.name = "p";
  CHECK(write(p) == parse_json(R"({"name": "p"})", "j"));
  p.stages = 4, p.efficiency = 0.1, p.spare = true, p.mode = pumps::Mode::pulsed, p.modes = {pumps::Mode::steady};
  p.start.ticks = 123'457, p.shift = Duration{-1}, p.limit = 0, p.tags = {"", "a\"b"}, p.curve = {1.0 / 3};
  p.mttf = {LawKind::weibull, centresim::common::Dimension::time, {1e7 / 3, 1.5}, {}};
  p.batch = {LawKind::integers, centresim::common::Dimension::number, {1, 10}, {}};
  p.filters = {{"a", 1}, {"b", 10}}, p.inlet.mesh = 3, p.outlet = pumps::Filter{};
  const Station s{{p}};
  for (const Detail detail : {Detail::given, Detail::all}) {
    CHECK(read<Station>(write(s, detail)) == s);
    CHECK(read<Station>(parse_toml(write_toml(write(s, detail)), "t")) == s);
    CHECK(read<Station>(parse_json(write_json(write(s, detail)), "j")) == s);
  }
  CHECK(write(Pump{}, Detail::all).find("inlet")->find("mesh") != nullptr);
  p.mttf = centresim::common::Distribution::constant(60'000, centresim::common::Dimension::time);
  CHECK(*write(p).find("mttf")->text() == "constant(1 min)"); // not an exponential law when it is read again
  CHECK(read<Pump>(write(p)) == p);
}

TEST_CASE("Messages stay UTF-8 wherever they are cut", "[schema]") {
  std::string large;
  for (int i = 0; i < 300; ++i) large += i % 2 == 0 ? "大" : "aé";
  for (std::size_t skip = 0; skip < 6; ++skip) {
    const std::string value = std::string(skip, 'x') + large;
    for (const std::string& fault : {pump_fault("\"" + value + "\" = 1"), pump_fault("mode = '" + value + "'"),
                                     pump_fault("start = '1 " + value + "'"), pump_fault("mttf = '" + value + "(1)'"),
                                     pump_fault("mttf = { law = '" + value + "' }"), fault_of([&] {
                                       (void)parse_json("{\"" + value + "\": 1, \"" + value + "\": 1}", "j");
                                     }),
                                     fault_of([&] { (void)parse_json("[\"" + value, "j"); }),
                                     fault_of([&] { (void)parse_toml("a = " + value, "t"); })}) {
      CHECK(fault.size() < 500);
      CHECK_NOTHROW(checked_text(fault, "message"));
    }
  }
}
