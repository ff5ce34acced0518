// Fab and design floor on one clock: tape-outs become lots, lots bring silicon; with all connections off both rooms are
// as they are alone.
#include "catch.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/kpi.hpp"

#include <algorithm>
#include <set>

namespace centresim::centre {
namespace {

using core::kTicksPerDay;
using core::kTicksPerHour;

common::Distribution law(core::LawKind kind, double hours) {
  return {kind, common::Dimension::time, {hours * static_cast<double>(kTicksPerHour)}, {}};
}
common::Distribution fixed(double hours) { return law(core::LawKind::constant, hours); }

// One tool, ten hours a lot; a lot of its own every 1000 hours on the mean, and breakdowns.
fab::Fab line() {
  fab::Fab f;
  fab::ToolGroup g;
  g.name = "tool";
  fab::Breakdown b;
  b.mttf = law(core::LawKind::exponential, 200);
  b.mttr = law(core::LawKind::exponential, 5);
  g.breakdowns = {b};
  f.tool_groups = {g};
  fab::Step s;
  s.name = "step";
  s.tool_group = "tool";
  s.time = fixed(10);
  f.routes = {{"r", {s}}};
  f.products = {{"chip", "r", {}}};
  fab::Release r;
  r.product = "chip";
  r.kind = "engineering";
  r.every = law(core::LawKind::exponential, 1000);
  f.releases = {r};
  return f;
}

design::Task task(std::string name, design::TaskType type, std::vector<std::string> after = {}) {
  design::Task t;
  t.name = std::move(name);
  t.type = type;
  t.after = std::move(after);
  return t;
}

// Projects that do 100 hours outside, tape out on a shuttle every 30 days, and test what comes back for an hour; jobs
// with licences beside them.
design::Floor floor() {
  design::Floor f;
  design::NodeClass n;
  n.name = "node";
  n.cores = 4;
  f.node_classes = {n};
  f.features = {{}};
  f.features[0].name = "sim";
  f.features[0].tokens = 1;
  design::JobStream jobs;
  jobs.name = "jobs";
  jobs.every = law(core::LawKind::exponential, 10);
  jobs.run = law(core::LawKind::exponential, 8);
  jobs.tokens = {{"sim", 1, 0}};
  f.streams = {jobs};
  design::Task work = task("work", design::TaskType::external),
               test = task("test", design::TaskType::external, {"mpw"});
  work.time = law(core::LawKind::exponential, 100);
  test.time = fixed(1);
  f.flows = {{"chip", {work, task("mpw", design::TaskType::shuttle, {"work"}), test}}};
  for (const char* name : {"a", "b"}) {
    design::Project p;
    p.name = name;
    p.flow = "chip";
    p.every = fixed(24 * 45);
    f.projects.push_back(p);
  }
  design::Shuttle s;
  s.name = "mpw";
  s.first = s.every = schema::Duration{30 * kTicksPerDay};
  s.fab_time = fixed(24 * 20);
  f.shuttles = {s};
  return f;
}

Scenario both() {
  Scenario s;
  s.name = "both";
  s.horizon = schema::Duration{2000 * kTicksPerDay};
  s.fab = line();
  s.design = floor();
  Connection c;
  c.name = "mpw lots";
  c.product = "chip";
  s.connections = {c};
  return s;
}

Result run_of(const Scenario& s, int threads = 1) {
  RunOptions o;
  o.replications = 3;
  o.seed = 5;
  o.threads = threads;
  return run(s, o);
}

std::int64_t sum(const Result& r, const std::string& group, const std::string& name) {
  for (const experiment::Variable& v : r.tree.at(group).variables)
    if (v.name == name) {
      std::int64_t all = 0;
      for (const std::int64_t x : std::get<std::vector<std::int64_t>>(v.values)) all += x;
      return all;
    }
  FAIL("no variable " + name);
  return 0;
}

// Time of the tool in state down, by replication.
std::vector<std::int64_t> down_times(const Result& r) {
  std::vector<std::int64_t> down;
  for (const experiment::Variable& v : r.tree.at("fab/tool_groups").variables)
    if (v.name == "state_time") {
      const auto& all = std::get<std::vector<std::int64_t>>(v.values);
      for (std::size_t i = 0; i < all.size(); i += all.size() / 3) down.push_back(all[i]);
    }
  REQUIRE(down.size() == 3);
  REQUIRE(down[0] > 0);
  return down;
}

// Everything that a room observed.
bool same_room(const Result& a, const Result& b, const std::string& room) {
  std::size_t groups = 0;
  for (const auto& [path, group] : a.tree) {
    if (path != room && !path.starts_with(room + "/")) continue;
    groups++;
    if (!b.tree.contains(path) || !(b.tree.at(path).variables == group.variables)) return false;
  }
  return groups > 1;
}

} // namespace

TEST_CASE("tape-outs become lots, and lots bring silicon", "[centre][coupling]") {
  const Scenario s = both();
  const Result r = run_of(s);
  const std::int64_t tape_outs = sum(r, "design/projects", "tape_outs"), facts = sum(r, "connections", "facts");
  CHECK(tape_outs > 200);
  CHECK(facts == tape_outs);
  CHECK(sum(r, "connections", "back") >= tape_outs - 6); // the last ones may be on their way
  CHECK(sum(r, "connections", "lots") < tape_outs);      // designs of one date share a lot
  CHECK(sum(r, "design/projects", "finished") >= tape_outs - 6);
  // Ten hours on an idle tool, and what its breakdowns and other lots add: far from the 20 days of the law.
  const double mean = static_cast<double>(sum(r, "connections", "time")) /
                      static_cast<double>(sum(r, "connections", "back")) / static_cast<double>(kTicksPerHour);
  CHECK(mean >= 10);
  CHECK(mean < 14);
  const Result alone = run_of([&] {
    Scenario x = s;
    x.connections.clear();
    return x;
  }());
  CHECK(sum(r, "fab", "lots_released") == sum(alone, "fab", "lots_released") + sum(r, "connections", "lots"));

  SECTION("every key figure is in the registry, and comes out") {
    std::set<std::string> seen, registered;
    for (const experiment::KpiRow& row : experiment::read_kpis(r.tree.at("")))
      if (row.info.name.starts_with("centre.")) {
        CHECK(row.labels == experiment::Labels{{"connection", "mpw lots"}});
        CHECK(row.estimate.mean * 24 == Approx(mean).margin(0.2)); // a mean of means
        seen.insert(row.info.name);
      }
    for (const experiment::KpiInfo& info : kpi_registry()) registered.insert(info.name);
    CHECK(seen == registered);
  }
  SECTION("a lot for each design") {
    Scenario x = s;
    x.connections[0].shared = false;
    const Result each = run_of(x);
    CHECK(sum(each, "connections", "lots") == sum(each, "connections", "facts"));
  }
  SECTION("masks take their time") {
    Scenario x = s;
    x.connections[0].delay = fixed(240);
    const Result later = run_of(x);
    const double time = static_cast<double>(sum(later, "connections", "time")) /
                        static_cast<double>(sum(later, "connections", "back")) / static_cast<double>(kTicksPerHour);
    CHECK(time >= 250);
    CHECK(time < 254);
  }
  SECTION("the same digest for 1, 2 and 4 threads") {
    CHECK(digest(r) == digest(run_of(s, 2)));
    CHECK(digest(r) == digest(run_of(s, 4)));
  }
}

TEST_CASE("with all connections off both rooms are as they are alone", "[centre][coupling]") {
  Scenario s = both();
  s.connections[0].enabled = false;
  const Result r = run_of(s);
  Scenario fab = s, design = s;
  fab.design.reset(), fab.connections.clear();
  design.fab.reset(), design.connections.clear();
  CHECK(same_room(run_of(fab), r, "fab"));
  CHECK(same_room(run_of(design), r, "design"));
  s.connections[0].enabled = true;
  CHECK_FALSE(same_room(run_of(fab), run_of(s), "fab"));
}

TEST_CASE("a licence more leaves every breakdown of the fab where it was", "[centre][coupling]") {
  // The lots come as before: no project needs the licence. All of the fab stays.
  Scenario s = both();
  const Result before = run_of(s);
  s.design->features[0].tokens = 2;
  const Result after = run_of(s);
  CHECK(same_room(before, after, "fab"));
  CHECK_FALSE(same_room(before, after, "design"));
  // And where lots come otherwise, breakdowns stay: their clock is that of the calendar.
  s.connections[0].priority = 20;
  s.connections[0].shared = false;
  const Result other = run_of(s);
  CHECK(down_times(before) == down_times(other));
}

TEST_CASE("a lot that is scrapped is released again for its designs", "[centre][coupling]") {
  // Three lots at 49 h; one hour at the first tool each, ten at the second: the third would wait from 52 h to 70 h.
  Scenario s = both();
  s.horizon = schema::Duration{20 * kTicksPerDay};
  s.fab->tool_groups[0].breakdowns.clear();
  s.fab->tool_groups.push_back(s.fab->tool_groups[0]);
  s.fab->tool_groups[1].name = "second";
  std::vector<fab::Step>& steps = s.fab->routes[0].steps;
  steps[0].time = fixed(1);
  steps.push_back(steps[0]);
  steps[1].name = "last", steps[1].tool_group = "second", steps[1].time = fixed(10);
  steps[0].queue_time_to = "last";
  steps[0].queue_time_limit = schema::Duration{12 * kTicksPerHour};
  steps[0].queue_time_action = fab::QueueTimeAction::scrap;
  s.fab->releases[0].every = fixed(1e5);
  s.design->flows[0].tasks[0].time = fixed(24);
  s.design->projects.push_back(s.design->projects[0]);
  s.design->projects[2].name = "c";
  for (design::Project& p : s.design->projects) p.every.reset();
  s.design->shuttles[0].first = schema::Duration{2 * kTicksPerDay};
  s.connections[0].shared = false;
  s.connections[0].delay = fixed(1);
  const Result r = run_of(s);
  CHECK(sum(r, "connections", "facts") == 3 * 3); // three replications
  CHECK(sum(r, "connections", "scrapped") == 3 * 1);
  CHECK(sum(r, "connections", "lots") == 3 * (3 + 1));
  CHECK(sum(r, "connections", "finished") == 3 * 3);
  CHECK(sum(r, "connections", "back") == 3 * 3);
  CHECK(sum(r, "connections", "time") == 3 * (12 + 22 + 32) * kTicksPerHour);
  CHECK(sum(r, "design/projects", "finished") == 3 * 3);
}

TEST_CASE("connections that lead nowhere are refused", "[centre][coupling]") {
  const auto faults = [](const Scenario& s) {
    std::vector<std::string> paths;
    try {
      check(s);
    } catch (const core::InputError& e) {
      for (const core::Issue& i : e.issues()) paths.push_back(i.path);
    }
    return paths;
  };
  Scenario s = both();
  CHECK(faults(s).empty());
  s.connections[0].product = "chop";
  s.connections[0].shuttle = "bus";
  CHECK(faults(s) == std::vector<std::string>{"connections.mpw lots.product", "connections.mpw lots.shuttle"});
  s = both();
  s.connections.push_back(s.connections[0]);
  s.connections[1].name = "others";
  CHECK(faults(s) == std::vector<std::string>{"connections.others.shuttle"});
  s.connections[1].enabled = false;
  CHECK(faults(s).empty());
  s.connections.pop_back();
  s.connections[0].product = "chop";
  s.fab.reset();
  CHECK(faults(s) == std::vector<std::string>{"connections.mpw lots"});
  s = both();
  s.end = End::drain;
  CHECK(faults(s) == std::vector<std::string>{"end"});
}

} // namespace centresim::centre
