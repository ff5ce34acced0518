#include "catch.hpp"
#include "shared_data.hpp"
#include "smt2020_folder.hpp"

#include "centresim/core/error.hpp"
#include "centresim/io/smt2020.hpp"
#include "centresim/schema/errors.hpp"

#include <set>

using namespace centresim;
using namespace smt2020_folder;

namespace {

constexpr core::Tick kMinute = core::kTicksPerMinute, kDay = core::kTicksPerDay;

common::Distribution uniform(double mean, double half) {
  return {core::LawKind::uniform, common::Dimension::time, {mean, half}, {}};
}
common::Distribution exponential(double mean) {
  return {core::LawKind::exponential, common::Dimension::time, {mean}, {}};
}
common::Distribution span(double ticks) { return common::Distribution::constant(ticks, common::Dimension::time); }

void check_model(const fab::Fab& f) {
  REQUIRE(f.tool_groups.size() == 6);
  const fab::ToolGroup &clean = f.tool_groups[0], &furnace = f.tool_groups[1], &scanner = f.tool_groups[2],
                       &meter = f.tool_groups[3], &implant = f.tool_groups[4], &wait = f.tool_groups[5];
  CHECK(clean.name == "Clean");
  CHECK(clean.tools == 2);
  CHECK(clean.cascading);
  CHECK(clean.area == "Wet");
  CHECK(clean.location == "Fab");
  CHECK(clean.load.ticks == kMinute);
  CHECK(clean.hot_lot_reservation);
  CHECK(clean.rank == std::vector{fab::Rank::priority, fab::Rank::fifo});
  REQUIRE(clean.maintenance.size() == 1);
  CHECK(clean.maintenance[0].name == "PM_C");
  CHECK(clean.maintenance[0].every_wafers == 2500);
  CHECK(clean.maintenance[0].first_wafers == 2000);
  CHECK(clean.maintenance[0].duration == uniform(62892000, 12564000));
  CHECK(furnace.batch_mix == fab::BatchMix::route_step);
  CHECK_FALSE(furnace.cascading);
  CHECK(scanner.rank == std::vector{fab::Rank::priority, fab::Rank::setup_time, fab::Rank::critical_ratio});
  CHECK(scanner.tool_choice == fab::ToolChoice::longest_idle); // takes one job at a time
  REQUIRE(scanner.breakdowns.size() == 1);
  CHECK(scanner.breakdowns[0].mttf == exponential(10080.0 * kMinute));
  CHECK(scanner.breakdowns[0].mttr == exponential(35.28 * kMinute));
  CHECK(scanner.breakdowns[0].first == exponential(5000.0 * kMinute));
  CHECK(scanner.breakdowns[0].clock == fab::FailureClock::calendar);
  REQUIRE(scanner.maintenance.size() == 1);
  CHECK(scanner.maintenance[0].every->ticks == 30 * kDay);
  CHECK(scanner.maintenance[0].first->ticks == 2358720 * 1000LL); // 27.3 d
  CHECK(meter.breakdowns.size() == 1);                            // of the same area
  CHECK(meter.tools == 1);
  CHECK(meter.load.ticks == kMinute / 2);
  CHECK_FALSE(implant.hot_lot_reservation);
  CHECK(implant.minimum_runs == std::vector<fab::MinimumRun>{{"B1", 7}, {"B2", 5}});
  CHECK(wait.location == "Out");

  REQUIRE(f.routes.size() == 2);
  const auto& s = f.routes[0].steps;
  REQUIRE(s.size() == 7);
  CHECK(s[0].per == fab::ProcessUnit::wafer);
  CHECK(s[0].time == uniform(1.5 * kMinute, 0.25 * kMinute));
  CHECK(s[0].interval->ticks == 75000);
  CHECK(s[0].queue_time_to == "2");
  CHECK(s[0].queue_time_limit->ticks == 240 * kMinute);
  CHECK(s[0].description == "clean");
  CHECK(s[1].per == fab::ProcessUnit::batch);
  CHECK(s[1].batch_min == 50);
  CHECK(s[1].batch_max == 100);
  CHECK(s[2].time == span(kMinute));
  CHECK(s[2].setup == "A1");
  CHECK(s[2].setup_time == span(8.0 * kMinute));
  CHECK(s[2].dedicates == "6");
  CHECK(s[3].time == exponential(10.0 * kMinute));
  CHECK(s[3].sampling == 0.4);
  CHECK(s[3].rework_to == "3");
  CHECK(s[3].rework == 0.05);
  CHECK(s[5].setup_when == fab::SetupWhen::always);
  CHECK(s[6].time == uniform(0.5 * kDay, 0.1 * kDay));
  CHECK(f.routes[1].steps[0].interval->ticks == 40 * kMinute);

  CHECK(f.products == std::vector<fab::Product>{{"chip", "r_a", "chips"}, {"trial", "r_b", "chips"}});
  REQUIRE(f.releases.size() == 3);
  CHECK(f.releases[0].name == "Lot");
  CHECK(f.releases[0].kind == "PRL");
  CHECK(f.releases[0].priority == 10);
  CHECK(f.releases[0].every == span(600.0 * kMinute));
  CHECK(f.releases[0].count == 200000);
  CHECK(f.releases[0].due->ticks == 14 * kDay + kDay / 2);
  CHECK_FALSE(f.releases[0].hot);
  CHECK(f.releases[1].kind == "PHL");
  CHECK(f.releases[1].hot);
  CHECK(f.releases[1].lots == 2);
  CHECK(f.releases[1].start.ticks == kDay);
  CHECK(f.releases[1].due->ticks == 8 * kDay);
  CHECK_FALSE(f.releases[1].count);
  CHECK(f.releases[1].every == exponential(10.0 * kDay));
  CHECK(f.releases[2].kind == "ERL");
  CHECK(f.releases[2].wafers == common::Distribution::constant(5));
  REQUIRE(f.lots.size() == 3);
  CHECK(f.lots[0].due->ticks == -2 * kDay);
  CHECK(f.lots[0].step == "4");
  CHECK(f.lots[1].kind == "SHL");
  CHECK(f.lots[1].wafers == 24);
  CHECK(f.lots[2].kind == "EHL");
  CHECK(f.setup_times ==
        std::vector<fab::SetupTime>{{"", "B1", span(72.0 * kMinute)}, {"B1", "B2", span(60.0 * kMinute)}});
  CHECK(f.transport == std::vector<fab::Transport>{{"Fab", "Fab", uniform(7.5 * kMinute, 2.5 * kMinute)}});
}

} // namespace

TEST_CASE("SMT2020: every cell of a text folder finds its place", "[io][smt2020]") {
  const Folder folder(model());
  const centre::Scenario s = io::read_smt2020(folder.path());
  CHECK(s.start == "2018-01-01");
  CHECK(s.horizon.ticks == 730 * kDay);
  CHECK(s.warmup.ticks == 365 * kDay);
  CHECK_FALSE(s.report_every);
  CHECK(s.name == folder.path().filename().string());
  check_model(*s.fab);
}

TEST_CASE("SMT2020: the official dialect gives the same fab", "[io][smt2020]") {
  const auto sheets = official_model();
  const auto check = [](const Folder& folder) {
    const centre::Scenario s = io::read_smt2020(folder.path());
    CHECK(s.warmup.ticks == 182 * kDay);
    CHECK(s.horizon.ticks == 3 * 182 * kDay);
    CHECK(s.report_every->ticks == 182 * kDay);
    check_model(*s.fab);
  };
  SECTION("UTF-8") {
    const Folder folder(sheets);
    folder.write("options.def", options());
    check(folder);
  }
  SECTION("UTF-16 with byte order mark, comments, carriage returns and blank lines") {
    const Folder folder;
    for (const auto& [name, sheet] : sheets) {
      std::string text = "~ a comment above the header\n\n" + text_of(sheet);
      for (std::size_t i = text.find('\n', 30); i != std::string::npos; i = text.find('\n', i + 20))
        text.replace(i, 1, "\t~ comment\t\tmore\r\n\r\n");
      folder.write(name, as_utf16(text));
    }
    folder.write("options.def", as_utf16(options()));
    check(folder);
  }
}

TEST_CASE("SMT2020: batches by family, setup laws and listed lots", "[io][smt2020]") {
  auto sheets = model();
  sheets["tool.txt.1l"].cell(1, "BATCHCRITF") = "crit_samepartfam;crit_samestepname";
  auto& route = sheets["route_a.txt"];
  route.cell(5, "SDIST") = "uniform";
  route.cell(5, "STIME2") = "3";
  sheets["order.txt"].rows.pop_back();
  for (int i = 0; i < 3; i++)
    sheets["order.txt"].rows.push_back(
        {"Try" + std::to_string(i), "trial", "20", "4",
         "0" + std::to_string(1 + 4 * i) + "/01/1" + std::to_string(8 + i / 2) + " 08:00:00"});
  sheets["order.txt"].rows.back()[4] = "10/01/19 08:00:00";
  const Folder folder(sheets);
  const fab::Fab f = *io::read_smt2020(folder.path()).fab;
  CHECK(f.tool_groups[1].batch_mix == fab::BatchMix::family_step);
  CHECK(f.routes[0].steps[5].setup_time == uniform(9.0 * kMinute, 3.0 * kMinute));
  REQUIRE(f.lots.size() == 6);
  CHECK(f.lots[0].name == "Try0");
  CHECK(f.lots[0].kind == "EHL");
  CHECK(f.lots[0].release.ticks == 8 * 60 * kMinute);
  CHECK(f.lots[0].step.empty());
  CHECK_FALSE(f.lots[0].due);
}

TEST_CASE("SMT2020: what is read goes to a scenario file and back", "[io][smt2020]") {
  const Folder folder(model());
  const centre::Scenario s = io::read_smt2020(folder.path());
  CHECK(centre::read_scenario(centre::to_node(s)) == s);
  CHECK(centre::read_scenario(schema::parse_toml(schema::write_toml(centre::to_node(s)), "x.toml")) == s);
}

TEST_CASE("SMT2020: the published HVLM model reads without an issue", "[io][smt2020][shared]") {
  const auto dir = shared_data("data/smt2020/HVLM");
  if (!dir) return;
  const centre::Scenario s = io::read_smt2020(*dir);
  const fab::Fab& f = *s.fab;
  CHECK(s.name == "HVLM");
  CHECK(s.start == "2018-01-01");
  const auto count = [&](auto&& list, auto&& test) { return std::ranges::count_if(list, test); };
  using G = const fab::ToolGroup&;
  CHECK(f.tool_groups.size() == 106);
  CHECK(count(f.tool_groups, [](G g) { return g.cascading; }) == 45);
  CHECK(count(f.tool_groups, [](G g) { return g.batch_mix == fab::BatchMix::route_step; }) == 10);
  CHECK(count(f.tool_groups, [](G g) { return g.hot_lot_reservation; }) == 103);
  CHECK(count(f.tool_groups, [](G g) { return g.minimum_runs.size() == 3; }) == 3);
  CHECK(count(f.tool_groups, [](G g) { return g.tool_choice == fab::ToolChoice::least_setup_time; }) == 5);
  CHECK(count(f.tool_groups, [](G g) { return g.next_job == fab::NextJob::just_in_time; }) == 45);
  CHECK(count(f.tool_groups, [](G g) { return g.location == "Fab"; }) == 105);
  std::int64_t tools = 0, breakdowns = 0;
  std::size_t calendar = 0, counter = 0;
  std::set<std::string> areas;
  for (G g : f.tool_groups) {
    areas.insert(g.area);
    if (g.name == "Delay_32") {
      CHECK(g.tools == 400);
      CHECK(g.load.ticks == 0);
      CHECK(g.breakdowns.empty());
      CHECK(g.maintenance.empty());
    } else {
      tools += g.tools;
      CHECK(g.load.ticks == kMinute);
      CHECK(g.breakdowns.size() == 1);
    }
    breakdowns += static_cast<std::int64_t>(g.breakdowns.size());
    for (const fab::Maintenance& m : g.maintenance) (m.every ? calendar : counter)++;
  }
  CHECK(areas.size() == 12);
  CHECK(tools == 1043);
  CHECK(breakdowns == 105);
  CHECK(calendar == 79);
  CHECK(counter == 213);

  REQUIRE(f.routes.size() == 2);
  CHECK(f.routes[0].steps.size() == 583);
  CHECK(f.routes[1].steps.size() == 343);
  std::vector<fab::Step> steps = f.routes[0].steps;
  steps.insert(steps.end(), f.routes[1].steps.begin(), f.routes[1].steps.end());
  using S = const fab::Step&;
  CHECK(count(steps, [](S x) { return x.per == fab::ProcessUnit::lot; }) == 490);
  CHECK(count(steps, [](S x) { return x.per == fab::ProcessUnit::wafer; }) == 408);
  CHECK(count(steps, [](S x) { return x.per == fab::ProcessUnit::batch; }) == 28);
  CHECK(count(steps, [](S x) { return !x.dedicates.empty(); }) == 18);
  CHECK(count(steps, [](S x) { return x.interval && x.per == fab::ProcessUnit::lot; }) == 95);
  CHECK(count(steps, [](S x) { return x.interval && x.per == fab::ProcessUnit::wafer; }) == 284);
  CHECK(count(steps, [](S x) { return x.rework > 0; }) == 14);
  CHECK(count(steps, [](S x) { return x.rework > 0 && x.sampling < 1; }) == 8);
  CHECK(count(steps, [](S x) { return x.sampling < 1; }) == 149);
  CHECK(count(steps, [](S x) { return x.queue_time_limit.has_value(); }) == 66);
  CHECK(count(steps, [](S x) { return x.queue_time_limit == schema::Duration{120 * kMinute}; }) == 33);

  CHECK(f.products.size() == 2);
  REQUIRE(f.releases.size() == 5);
  CHECK(f.releases[0].every == span(3101400)); // 51.69 min
  CHECK(static_cast<double>(f.releases[0].due->ticks) / kDay == Approx(53.839).margin(0.001));
  CHECK(f.releases[4].kind == "SHL");
  CHECK(f.lots.size() == 2255);
  CHECK(count(f.lots, [](const fab::Lot& l) { return l.kind == "PHL"; }) == 37);
  CHECK(count(f.lots, [](const fab::Lot& l) { return l.kind == "SHL"; }) == 3);
  CHECK(f.setup_times.size() == 13);
  CHECK(f.transport == std::vector<fab::Transport>{{"Fab", "Fab", uniform(7.5 * kMinute, 2.5 * kMinute)}});
  CHECK(centre::read_scenario(centre::to_node(s)) == s);
}
