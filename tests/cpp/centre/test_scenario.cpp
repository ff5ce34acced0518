#include "catch.hpp"
#include "centresim/centre/scenario.hpp"
#include "schema/faults.hpp"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace centresim;
using centre::Scenario;
using schema::Node;
namespace fs = std::filesystem;

namespace {

const std::string kHead = "format = \"centresim/1\"\nname = \"small\"\n"; // two lines
const std::string kFab = R"X(
[[fab.tool_groups]]
name = "litho"
tools = 2
breakdowns = [{ mttf = "168 h", mttr = "4 h" }]
[[fab.tool_groups]]
name = "etch"
[[fab.routes]]
name = "r"
[[fab.routes.steps]]
name = "expose"
tool_group = "litho"
time = "45 min"
[[fab.routes.steps]]
name = "etch"
tool_group = "etch"
time = "exponential(30 min)"
[[fab.products]]
name = "A"
route = "r"
[[fab.releases]]
product = "A"
every = "exponential(50 min)"
due = "5 d"
)X";

Scenario scenario(const std::string& lines = {}, const std::string& fab = kFab) {
  return centre::read_scenario(schema::parse_toml(kHead + lines + fab, "s.toml"));
}
std::string fault(const std::string& lines, const std::string& fab = kFab) {
  const auto list = faults_of([&] { (void)scenario(lines, fab); });
  return list.empty() ? "no fault" : list.size() == 1 ? list[0] : std::to_string(list.size()) + " faults: " + list[0];
}

class File {
 public:
  File(const std::string& name, const std::string& text)
      : path_(fs::temp_directory_path() / ("centresim-" + std::to_string(::getpid()) + name)) {
    std::ofstream(path_, std::ios::binary) << text;
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    fs::remove(path_);
    fs::remove_all(fs::path(path_).replace_extension(".tables"));
  }
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

} // namespace

TEST_CASE("A scenario is read with its defaults", "[centre]") {
  const Scenario s = scenario("horizon = \"400 d\"\nwarmup = 100\nstart = 2026-03-01\nend = \"drain\"\n");
  CHECK(s.name == "small");
  CHECK(s.horizon.ticks == 400 * core::kTicksPerDay);
  CHECK(s.warmup.ticks == 100 * core::kTicksPerDay);
  CHECK(s.start == "2026-03-01");
  CHECK(s.end == centre::End::drain);
  CHECK(s.fab->tool_groups[0].breakdowns[0].mttf.kind == core::LawKind::exponential);
  CHECK(s.fab->releases[0].wafers == common::Distribution::constant(25));
  CHECK(scenario().horizon == Scenario{}.horizon);
}

TEST_CASE("Faults of a scenario carry file, line and path", "[centre]") {
  CHECK(fault("horizon = \"100 d\"\nwarmup = \"100 d\"\n") ==
        "s.toml:4: warmup: 100 d: must be shorter than the horizon (100 d)");
  CHECK(fault("horizon = 0\n") == "s.toml:3: horizon: 0: must be more than 0 d and at most 36500 d");
  CHECK(fault("horizon = -1\n") == "s.toml:3: horizon: -1: must be more than 0 d and at most 36500 d");
  CHECK(fault("horizon = \"101 y\"\n") == "s.toml:3: horizon: \"101 y\": must be more than 0 d and at most 36500 d");
  CHECK(fault("horizon = \"3 months\"\n") ==
        "s.toml:3: horizon: \"3 months\": months have no fixed length: use d, wk or y (365 d)");
  for (const char* date : {"2026-02-29", "2026-13-01", "26-01-01", "tomorrow", "2026-1-1", "2026-01-01T00"}) {
    CHECK(fault("start = \"" + std::string(date) + "\"\n") ==
          "s.toml:3: start: " + std::string(date) + ": must be a date YYYY-MM-DD");
  }
  CHECK(fault("report_every = \"1 ms\"\n") == "s.toml:3: report_every: 1 ms: makes more than 100000 periods");
  CHECK(fault("report_every = 0\n") == "s.toml:3: report_every: 0: must be more than 0 d");
  CHECK(fault("end = \"later\"\n") == "s.toml:3: end: \"later\": must be one of stop, drain");
  CHECK(fault("horizn = 3\n") == "s.toml:3: horizn: 3: unknown key; did you mean 'horizon'?");
  CHECK(fault("", "") == "s.toml:1: there is nothing to simulate: a scenario needs a fab, or a design floor (design)");
  CHECK(fault("fab = 3\n", "") == "s.toml:3: fab: 3: must be a table (Fab), not a whole number");
  // another format: nothing else is said about it
  CHECK(fault_of([] {
          (void)centre::read_scenario(schema::parse_toml("format = \"centresim/9\"\nx = 1", "s.toml"));
        }) == "s.toml:1: format: \"centresim/9\": must be \"centresim/1\": this release reads no other format");
}

TEST_CASE("Weeks begin on Monday", "[centre]") {
  // 2027-01-04 is a Monday, 1969-12-31 a Wednesday, before the days that are counted up
  for (const auto& [date, day] : {std::pair("2027-01-04", 0), std::pair("2027-01-10", 6), std::pair("1969-12-31", 2)})
    CHECK(centre::week_offset(scenario("start = \"" + std::string(date) + "\"\n")) == day * core::kTicksPerDay);
}

TEST_CASE("Single values and what ties them are reported at once, and only once", "[centre]") {
  std::string fab = kFab;
  fab.replace(fab.find("route = \"r\""), 11, "route = \"q\"");
  fab.replace(fab.find("tools = 2"), 9, "tools = 0");
  const auto list = faults_of([&] { (void)scenario("warmup = \"400 d\"\n", fab); });
  REQUIRE(list.size() == 3);
  CHECK(holds(list[0], "s.toml:3: warmup"));
  CHECK(holds(list[1], "s.toml:7: fab.tool_groups.litho.tools: 0: must be"));
  CHECK(holds(list[2], "s.toml:23: fab.products.A.route: q"));
  // a list that cannot be read makes no follow-up faults of all that refers to it
  std::string broken = kFab;
  broken.replace(broken.find("[[fab.routes]]\nname = \"r\"\n"), 26, "[[fab.routes]]\nnam = \"r\"\n");
  const auto only = faults_of([&] { (void)scenario("", broken); });
  REQUIRE(only.size() == 2);
  CHECK(holds(only[0], "fab.routes[0].name: is missing"));
  CHECK(holds(only[1], "fab.routes[0].nam: \"r\": unknown key; did you mean 'name'?"));
}

TEST_CASE("A scenario file names its format, and gets its name from the file", "[centre]") {
  const File file("-a.toml", "format = \"centresim/1\"\n" + kFab);
  CHECK(centre::load_scenario(file.path()).name == file.path().stem());
  const File without("-b.toml", "name = 'x'\n" + kFab);
  CHECK(holds(fault_of([&] { (void)centre::load_scenario(without.path()); }),
              "-b.toml:1: format: is missing: a scenario file starts with"));
  const File list("-c.json", "\n[1]");
  CHECK(holds(fault_of([&] { (void)centre::load_scenario(list.path()); }), "-c.json:2: [1 items]: must be a table"));
  const File empty("-d.json", "");
  CHECK(holds(fault_of([&] { (void)centre::load_scenario(empty.path()); }), "-d.json:1"));
  CHECK_THROWS_AS(centre::load_scenario("/no/such.toml"), core::IoError);
}

TEST_CASE("A scenario is saved and loaded equal, as TOML with tables and as JSON", "[centre]") {
  Scenario s = scenario("horizon = \"400 d\"\ntitle = \"Größe \\\"x\\\"\"\n");
  const fab::Step step = s.fab->routes[0].steps[0];
  for (int i = 0; i < 80; ++i) {
    s.fab->routes[0].steps.push_back(step);
    s.fab->routes[0].steps.back().name = "step " + std::to_string(i);
  }
  for (const char* name : {"-s.toml", "-s.json"}) {
    const File file(name, "");
    centre::save_scenario(s, file.path());
    CHECK(centre::load_scenario(file.path()) == s);
    const bool tables = fs::exists(fs::path(file.path()).replace_extension(".tables") / "fab.routes.r.steps.csv");
    CHECK(tables == (file.path().extension() == ".toml"));
  }
  CHECK_THROWS_AS(centre::save_scenario(s, "x.yaml"), core::InputError);
  CHECK(centre::read_scenario(centre::to_node(s, schema::Detail::all)) == s);
}

TEST_CASE("with() gives a changed copy", "[centre]") {
  const Scenario s = scenario();
  const Scenario changed = centre::with(s, {{"fab.tool_groups.litho.tools", 3},
                                            {"fab.tool_groups.*.tools", "+1"},
                                            {"fab.load_factor", 0.9},
                                            {"horizon", "2 y"},
                                            {"fab.routes.r.steps.*.time", "*2"},
                                            {"fab.releases.A.every", "exponential(1 h)"}});
  CHECK(changed.fab->tool_groups[0].tools == 4);
  CHECK(changed.fab->tool_groups[1].tools == 2);
  CHECK(changed.fab->load_factor == 0.9);
  CHECK(changed.horizon.ticks == 730 * core::kTicksPerDay);
  CHECK(changed.fab->routes[0].steps[0].time.mean() == 90 * 60'000.0);
  CHECK(changed.fab->releases[0].every.mean() == 3'600'000.0);
  CHECK(s == scenario());
  CHECK(centre::with(s, {}) == s);
  const auto list =
      faults_of([&] { (void)centre::with(s, {{"fab.tool_groups.lito.tools", 3}, {"fab.tool_group.litho.tools", 3}}); });
  REQUIRE(list.size() == 2);
  CHECK(holds(list[0], "did you mean 'litho'?"));
  CHECK(holds(list[1], "did you mean 'tool_groups'?"));
  CHECK(holds(fault_of([&] { (void)centre::with(s, {{"warmup", "500 d"}}); }), "must be shorter than the horizon"));
  CHECK(holds(fault_of([&] { (void)centre::with(s, {{"fab.products.A.route", "q"}}); }), "fab.products.A.route: q"));
}

TEST_CASE("The hash is that of the resolved values", "[centre]") {
  const std::string base = centre::scenario_hash(scenario());
  CHECK(base.size() == 64);
  CHECK(centre::scenario_hash(scenario("horizon = \"365 d\"\n")) == base); // a default, written out
  CHECK(centre::scenario_hash(scenario("horizon = 365.0\n")) == base);
  CHECK(centre::scenario_hash(scenario("horizon = \"366 d\"\n")) != base);
}

TEST_CASE("Provenance is checked and counted", "[centre]") {
  const std::string row = "[[provenance]]\npath = \"fab.tool_groups.litho\"\nbasis = \"estimate\"\n";
  const Scenario s = scenario("", kFab + row);
  CHECK(centre::provenance_map(s).estimate_share("fab.tool_groups") == 1); // tools, mttf, mttr: all that is given
  CHECK(centre::provenance_map(s).estimate_share("fab.routes.r.steps.expose.time") != 0);
  CHECK(std::isnan(centre::provenance_map(s).estimate_share("fab.routes")));
  CHECK(holds(fault("", kFab + "[[provenance]]\npath = \"fab.tool_groups.lito\"\nbasis = \"sourced\"\n"),
              "provenance[0].path: fab.tool_groups.lito: names no value"));
  CHECK(holds(fault("", kFab + "[[provenance]]\npath = \"fab\"\nbasis = \"guess\"\n"), "must be one of sourced"));
}

TEST_CASE("Values made in a program are checked by the same rules", "[centre]") {
  Scenario s = scenario();
  CHECK_NOTHROW(centre::check(s));
  s.fab->products[0].route = "q";
  s.warmup.ticks = -1;
  CHECK(faults_of([&] { centre::check(s); }).size() == 2);
}
