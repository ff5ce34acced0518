#include "catch.hpp"
#include "faults.hpp"
#include "pump.hpp"

using namespace centresim::schema;
using pumps::Station;

namespace {

Station base() {
  return read<Station>(parse_toml(R"(
[[pumps]]
name = "a.1"
stages = 3
efficiency = 0.5
mttf = "10 h"
filters = [{ name = "fine", mesh = 20 }, { mesh = 30 }]
curve = [1.0, 2.0]
[[pumps]]
name = "b"
start = "10 min"
shift = "1 h"
)",
                                  "s.toml"));
}

Station changed(const std::string& path, const Node& value) {
  Node node = write(base());
  Errors errors;
  set_path<Station>(node, path, value, errors);
  errors.throw_if_any();
  return read<Station>(node);
}
std::string fault(const std::string& path, const Node& value) {
  return fault_of([&] { (void)changed(path, value); });
}

} // namespace

TEST_CASE("Values are set by names, quoted names and positions", "[schema]") {
  CHECK(changed("pumps.b.stages", 7).pumps[1].stages == 7);
  CHECK(changed("pumps.\"a.1\".stages", 7).pumps[0].stages == 7);
  CHECK(changed("pumps[1].stages", 7).pumps[1].stages == 7);
  CHECK(changed("pumps.\"a.1\".filters.fine.mesh", 7).pumps[0].filters[0].mesh == 7);
  CHECK(changed("pumps.\"a.1\".filters.main.mesh", 7).pumps[0].filters[1].mesh == 7); // by its default name
  CHECK(changed("pumps.\"a.1\".filters[1].mesh", 7).pumps[0].filters[1].mesh == 7);
  CHECK(changed("pumps.b.mode", "pulsed").pumps[1].mode == pumps::Mode::pulsed);
  CHECK(changed("pumps.b.start", "2 h").pumps[1].start.ticks == 7'200'000);
  CHECK(changed("pumps.b.inlet.mesh", 7).pumps[1].inlet.mesh == 7);    // a part that was left out
  CHECK(changed("pumps.b.outlet.mesh", 7).pumps[1].outlet->mesh == 7); // a part that was not there
  CHECK(changed("pumps.b.tags", Node::Array{"x"}).pumps[1].tags == std::vector<std::string>{"x"});
  CHECK(changed("pumps.\"a.1\".curve[1]", 5).pumps[0].curve == std::vector{1.0, 5.0});
  CHECK(changed("pumps.b.modes[0]", "pulsed").pumps[1].modes[0] == pumps::Mode::pulsed); // of the default list
  CHECK(changed("pumps.b.shift", Node()).pumps[1].shift == std::nullopt);
  CHECK(changed("pumps.b", parse_json(R"({"name": "c"})", "")).pumps[1].name == "c");
}

TEST_CASE("A path that nobody could read is not told back whole", "[schema]") {
  const std::string large(100'000, 'x');
  CHECK(fault("pumps." + large, 1).size() < 1000);
  CHECK(fault(large + "[", 1).size() < 1000);
}

TEST_CASE("Wildcards change every element they fit", "[schema]") {
  const Station all = changed("pumps.*.stages", 9);
  CHECK(all.pumps[0].stages == 9);
  CHECK(all.pumps[1].stages == 9);
  CHECK(changed("pumps.a*.stages", 9).pumps[1].stages == 1);
  CHECK(changed("pumps[*].stages", 9).pumps[1].stages == 9);
  const Station filters = changed("pumps.*.filters.*.mesh", "*2"); // the second pump has none
  CHECK(filters.pumps[0].filters[0].mesh == 40);
  CHECK(filters.pumps[0].filters[1].mesh == 60);
  CHECK(holds(fault("pumps.\"*\".stages", 9), "no element of 'pumps' is named '*'")); // quoted: the name itself
}

TEST_CASE("Relative changes start from the value, or from the default", "[schema]") {
  CHECK(changed("pumps.*.stages", "+1").pumps[0].stages == 4);
  CHECK(changed("pumps.*.stages", "+1").pumps[1].stages == 2); // from the default
  CHECK(changed("pumps.\"a.1\".stages", "-2").pumps[0].stages == 1);
  CHECK(changed("pumps.\"a.1\".stages", "*1.5").pumps[0].stages == 5); // 4.5, to the nearest whole number
  CHECK(changed("pumps.\"a.1\".stages", "+10 %").pumps[0].stages == 3);
  CHECK(changed("pumps.\"a.1\".efficiency", "+0.1").pumps[0].efficiency == 0.6);
  CHECK(changed("pumps.\"a.1\".efficiency", "*1.2").pumps[0].efficiency == 0.6);
  CHECK(changed("pumps.b.start", "+5 min").pumps[1].start.ticks == 15 * 60'000);
  CHECK(changed("pumps.b.start", "+5").pumps[1].start.ticks == 15 * 60'000); // in the unit of the field
  CHECK(changed("pumps.b.start", "-10 %").pumps[1].start.ticks == 9 * 60'000);
  CHECK(changed("pumps.b.shift", "-3 h").pumps[1].shift->ticks == -2 * 3'600'000);
  CHECK(changed("pumps.b.shift", "=-3 h").pumps[1].shift->ticks == -3 * 3'600'000);
  CHECK(changed("pumps.\"a.1\".mttf", "*2").pumps[0].mttf.mean() == 20 * 3'600'000.0);
  CHECK(changed("pumps.\"a.1\".curve.*", "*3").pumps[0].curve == std::vector{3.0, 6.0});
  CHECK(changed("pumps.b.tags", Node::Array{"+1"}).pumps[1].tags[0] == "+1"); // a text is a text
}

TEST_CASE("Overrides that do not fit say why", "[schema]") {
  CHECK(fault("pumps.c.stages", 7) == "pumps.c.stages: 7: no element of 'pumps' is named 'c'; did you mean 'b'?");
  CHECK(fault("pumps.a1.stages", 7) == "pumps.a1.stages: 7: no element of 'pumps' is named 'a1'; did you mean 'a.1'?");
  CHECK(fault("pumps.b.stage", 7) == "pumps.b.stage: 7: a Pump has no field 'stage'; did you mean 'stages'?");
  CHECK(holds(fault("pumps.*.filters.*.mash", 7), "a Filter has no field 'mash'; did you mean 'mesh'?"));
  CHECK(holds(fault("pump.b", 7), "a Station has no field 'pump'; did you mean 'pumps'?"));
  CHECK(holds(fault("pumps.b.stages.x", 7), "'stages' holds one value"));
  CHECK(holds(fault("pumps.b.curve[0]", 7), "the list 'curve' is empty"));
  CHECK(holds(fault("pumps[2].stages", 7), "the list has only 2 items"));
  CHECK(holds(fault("pumps.\"a.1\".curve[0].x", 7), "nothing lies below"));
  CHECK(holds(fault("[0]", 7), "has no items"));
  for (const char* path :
       {"", ".", "pumps.", "pumps..b", "pumps[", "pumps[x]", "pumps[-1]", "pumps.\"b", "pumps\"b\""}) {
    INFO(path);
    CHECK(holds(fault(path, 7), "is no path"));
  }
  CHECK(fault("pumps.b.limit", "+1") == "pumps.b.limit: \"+1\": has no value that could be changed");
  CHECK(fault("pumps.b.stages", "-5") == "pumps.b.stages: \"-5\": must be from 1 to 1000 (it would be -4)");
  CHECK(fault("pumps.b.start", "-11 min") == "pumps.b.start: \"-11 min\": must not be negative (it would be -1 min)");
  CHECK(holds(fault("pumps.b.start", "+1 month"), "months have no fixed length"));
  CHECK(holds(fault("pumps.b.stages", "+1 min"), "number without unit"));
  CHECK(holds(fault("pumps.b.stages", "*1e300"), "must be from 1 to 1000"));
  // absolute values are checked as in a file
  CHECK(fault("pumps.b.stages", 0) == "pumps.b.stages: 0: must be from 1 to 1000");
  CHECK(holds(fault("pumps.b", 5), "pumps[1]: 5: must be a table (Pump)"));
  CHECK(holds(fault("pumps", "x"), "pumps: \"x\": must be a list"));
}

TEST_CASE("Of several reasons the one farthest along the path is told", "[schema]") {
  Station s = base();
  std::swap(s.pumps[0], s.pumps[1]); // the first pump has no filters at all
  Node node = write(s);
  Errors errors;
  set_path<Station>(node, "pumps.*.filters.fine.mash", 7, errors);
  REQUIRE(errors.size() == 1);
  CHECK(errors.issues()[0].rule == "a Filter has no field 'mash'; did you mean 'mesh'?");
}

TEST_CASE("Faults are ordered by file, then by line", "[schema]") {
  Errors errors;
  errors.add_issue({"b", 1, "", "", "third"});
  errors.add_issue({"a", 9, "", "", "second"});
  errors.add_issue({"a", 2, "", "", "first"});
  errors.add_issue({"b", 1, "", "", "fourth"});
  CHECK(faults_of([&] { errors.throw_if_any(); }) ==
        std::vector<std::string>{"a:2: first", "a:9: second", "b:1: third", "b:1: fourth"});
}
