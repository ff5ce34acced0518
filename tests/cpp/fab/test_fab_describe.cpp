#include "catch.hpp"
#include "small_line.hpp"

#include "centresim/centre/scenario.hpp"
#include "centresim/fab/describe.hpp"

using namespace small_line;

namespace {

// A scenario file around `text`; the faults of reading it.
std::vector<std::string> faults(const std::string& text) {
  std::vector<std::string> list;
  try {
    (void)centre::read_scenario(schema::parse_toml("format = \"centresim/1\"\n" + text, "line.toml"));
  } catch (const core::InputError& error) {
    for (const core::Issue& i : error.issues()) list.push_back(core::to_string(i));
  }
  return list;
}

constexpr const char* kLine = R"toml(
[[fab.tool_groups]]
name = "litho"
tools = 2
breakdowns = [{ mttf = "168 h", mttr = "4 h" }]
[[fab.tool_groups]]
name = "etch"
[[fab.routes]]
name = "r"
steps = [
  { name = "expose", tool_group = "litho", time = "45 min" },
  { name = "etch", tool_group = "etch", time = "exponential(30 min)" },
]
[[fab.products]]
name = "A"
route = "r"
[[fab.releases]]
product = "A"
every = "exponential(50 min)"
wafers = "integers(1, 12)"
due = "5 d"
)toml";

std::string with(const std::string& from, const std::string& to) {
  std::string text = kLine;
  const std::size_t at = text.find(from);
  if (at == std::string::npos) throw std::logic_error(from);
  return text.replace(at, from.size(), to);
}

} // namespace

TEST_CASE("Fields stand in the order of positional arguments, each with a meaning", "[fab][describe]") {
  const auto first = [](const std::vector<schema::FieldInfo>& fields) { return fields.front().name; };
  CHECK(first(schema::describe<fab::ToolGroup>()) == "name");
  CHECK(first(schema::describe<fab::Release>()) == "product");
  CHECK(schema::describe<fab::Step>()[1].name == "tool_group");
  CHECK(schema::describe<fab::Route>()[1].name == "steps");
  std::size_t fields = 0;
  const std::function<void(const schema::TypeInfo&)> visit = [&](const schema::TypeInfo& type) {
    INFO(type.name);
    CHECK_FALSE(type.doc.empty());
    for (const schema::FieldInfo& f : type.fields) {
      INFO(f.name);
      fields++;
      CHECK(f.doc.size() > 5);
      CHECK(f.doc.ends_with('.'));
      if (f.kind == schema::Kind::duration || (f.kind == schema::Kind::law && !f.rules.number_law))
        CHECK_FALSE(f.rules.unit.empty());
      for (const schema::ChoiceInfo& c : f.choices) CHECK_FALSE(c.doc.empty());
      if (f.nested) visit(f.nested());
    }
  };
  visit(schema::type_info<fab::Fab>());
  CHECK(fields > 80);
}

TEST_CASE("Every field of a fab is written and read back", "[fab][describe]") {
  fab::Fab f = line();
  f.tool_groups[2].breakdowns[0].clock = fab::FailureClock::busy;
  f.tool_groups[2].breakdowns[0].first = law("3 h");
  f.tool_groups[2].maintenance[0].first = minutes(77);
  f.tool_groups[2].stagger = fab::Stagger::by_name;
  f.tool_groups[2].rank = {fab::Rank::critical_ratio, fab::Rank::setup_time, fab::Rank::fifo};
  f.tool_groups[2].tool_choice = fab::ToolChoice::least_setup_time;
  f.tool_groups[2].hot_lot_reservation = true;
  f.tool_groups[0].load = minutes(1.5);
  f.lots[0].due = schema::Duration{-5 * core::kTicksPerDay};
  f.lots[0].hot = true;
  f.load_factor = 1.0 / 3;
  const auto node = schema::write(f);
  CHECK(schema::read<fab::Fab>(node) == f);
  CHECK(schema::read<fab::Fab>(schema::parse_json(schema::write_json(node), "f.json")) == f);
  CHECK(schema::read<fab::Fab>(schema::parse_toml(schema::write_toml(node), "f.toml")) == f);
  CHECK(schema::read<fab::Fab>(schema::write(f, schema::Detail::all)) == f);
}

TEST_CASE("Plain numbers are in the documented unit, bare means are exponential where failures are meant",
          "[fab][describe]") {
  const auto s = centre::read_scenario(
      schema::parse_toml("format = \"centresim/1\"\n" + with("time = \"45 min\"", "time = 45"), "line.toml"));
  const fab::Fab& f = *s.fab;
  CHECK(f.routes[0].steps[0].time == law("45 min"));
  CHECK(f.tool_groups[0].breakdowns[0].mttf == mean_law("168 h"));
  CHECK(f.releases[0].wafers.mean() == 6.5);
  CHECK(f.releases[0].due->ticks == 5 * core::kTicksPerDay);
}

TEST_CASE("Faults of a fab file carry file, line and path", "[fab][describe]") {
  CHECK(faults(kLine).empty());
  const auto expect = [](const std::string& text, const std::string& start, const std::string& part) {
    const auto list = faults(text);
    INFO(start << " ... " << part);
    INFO((list.empty() ? "no fault" : list.front()));
    REQUIRE(list.size() == 1);
    CHECK(list[0].starts_with(start));
    CHECK(list[0].find(part) != std::string::npos);
  };
  expect(with("tools = 2", "tools = 0"), "line.toml:5: fab.tool_groups.litho.tools: 0", "1");
  expect(with("tools = 2", "tools = 2.5"), "line.toml:5: fab.tool_groups.litho.tools", "whole");
  expect(with("tools = 2", "toolz = 2"), "line.toml:5: fab.tool_groups.litho.toolz", "tools");
  expect(with("mttr = \"4 h\"", "mttr = \"4 hours ago\""), "line.toml:6: fab.tool_groups.litho.breakdowns", "");
  expect(with("tool_group = \"etch\"", "tool_group = \"ech\""), "line.toml:13: fab.routes.r.steps.etch.tool_group: ech",
         "etch");
  expect(with("integers(1, 12)", "exponential(5)"), "line.toml:21: fab.releases.A.wafers", "");
  expect(with("integers(1, 12)", "integers(0, 12)"), "line.toml:21: fab.releases.A.wafers", "at least 1");
  expect(with("due = \"5 d\"", "due = \"5 d\"\ndue_factor = 2"), "line.toml:23: fab.releases.A.due_factor", "either");
}
