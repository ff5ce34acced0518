#include "catch.hpp"
#include "shared_data.hpp"
#include "small_line.hpp"

#include "centresim/fab/capacity.hpp"
#include "centresim/fab/engine.hpp"
#include "centresim/fab/expected.hpp"
#include "centresim/io/smt2020.hpp"
#include "centresim/schema/errors.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

using namespace small_line;

namespace {

constexpr core::Tick kYear = 365 * core::kTicksPerDay;

fab::GroupLoad row_of(const fab::Fab& f, const std::string& name) {
  for (const fab::GroupLoad& r : fab::static_load(f))
    if (r.tool_group == name) return r;
  throw std::logic_error(name);
}

std::vector<std::string> refusals(const fab::Fab& f, core::Tick horizon = kYear) {
  schema::Errors errors;
  fab::check_capacity(f, horizon, "fab", errors);
  std::vector<std::string> list;
  for (const core::Issue& i : errors.issues()) list.push_back(core::to_string(i));
  return list;
}

// One tool, one step of 30 min, a lot of 25 wafers every `every`.
fab::Fab single(const std::string& every) {
  fab::Fab f;
  f.tool_groups = {group("tool")};
  f.routes = {{"r", {step("s", "tool", "30 min")}}};
  f.products = {{"p", "r", ""}};
  fab::Release r;
  r.product = "p";
  r.every = law(every);
  f.releases = {r};
  return f;
}

using Cells = std::map<std::string, std::string>;

std::vector<Cells> read_rows(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::vector<std::string> header;
  std::vector<Cells> rows;
  for (std::string text; std::getline(in, text);) {
    std::istringstream line(text);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(line, cell, '\t');) cells.push_back(cell);
    if (header.empty()) {
      header = cells;
      continue;
    }
    Cells row;
    for (std::size_t i = 0; i < cells.size(); i++) row[header.at(i)] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

struct Deviation {
  double sum = 0, absolute = 0, worst = 0;
  int n = 0;
  void add(double difference) {
    sum += difference;
    absolute += std::abs(difference);
    worst = std::max(worst, std::abs(difference));
    n++;
  }
  [[nodiscard]] double bias() const { return sum / n; }
  [[nodiscard]] double mean() const { return absolute / n; }
};

} // namespace

TEST_CASE("Loads of a line worked out by hand", "[fab][capacity]") {
  fab::Fab f = line(); // 2.4 lots a day of 25 wafers
  f.tool_groups[2].maintenance.push_back({});
  f.tool_groups[2].maintenance[1].name = "by wafers";
  f.tool_groups[2].maintenance[1].every_wafers = 1000;
  f.tool_groups[2].maintenance[1].duration = law("10 h");
  const auto clean = row_of(f, "clean"), furnace = row_of(f, "furnace"), litho = row_of(f, "litho"),
             meter = row_of(f, "meter");
  CHECK(fab::lots_per_day(f) == Approx(2.4));
  CHECK(clean.visits_per_day == Approx(2.4));
  CHECK(clean.wafers_per_tool_day == Approx(60));
  CHECK(clean.load_low == Approx(150.0 / 600)); // 25 intervals of 6 min
  CHECK(clean.load_high == Approx(154.0 / 600));
  CHECK(furnace.load_low == Approx(300.0 / 4 / 600));  // batches of four lots
  CHECK(furnace.load_high == Approx(300.0 / 2 / 600)); // of two
  CHECK(furnace.load == furnace.load_high);
  CHECK(litho.load == Approx((25 / 0.95 + 50) / 600 / 2));
  CHECK(litho.wafers_per_tool_day == Approx(30 * (1 + 1 / 0.95)));
  CHECK(litho.down_share == Approx(5.0 / 105));
  CHECK(litho.pm_share == Approx(4.0 / 168 + litho.wafers_per_tool_day * 10 / 24 / 1000));
  CHECK(litho.available() == Approx(1 - litho.down_share - litho.pm_share));
  CHECK(meter.visits_per_day == Approx(2.4 * 0.5 / 0.95));
  REQUIRE(litho.steps.size() == 2);
  CHECK(litho.steps[0].step == "litho2");
  CHECK(litho.steps[0].load == Approx(50.0 / 600 / 2));
  f.load_factor = 2;
  CHECK(row_of(f, "clean").load_low == Approx(300.0 / 600));
}

TEST_CASE("A lot-size law counts with its mean", "[fab][capacity]") {
  fab::Fab f = line();
  schema::Rules rules;
  rules.number_law = true;
  REQUIRE(common::parse_distribution("integers(1, 9)", rules, f.releases[0].wafers).empty());
  CHECK(row_of(f, "clean").load_low == Approx(5 * 6.0 / 600));
  CHECK(row_of(f, "furnace").load_low == Approx(300.0 * 5 / 100 / 600));
}

TEST_CASE("Only what provably cannot keep up is refused", "[fab][capacity]") {
  CHECK(refusals(line()).empty());
  CHECK(refusals(single("30 min")).empty()); // exactly full, and nothing varies
  const auto over = refusals(single("29 min"));
  REQUIRE(over.size() == 1);
  CHECK(over[0].find("fab.tool_groups.tool") != std::string::npos);
  CHECK(over[0].find("at least 103.4 %") != std::string::npos);
  CHECK(over[0].find("step s of p") != std::string::npos);

  fab::Fab counted = single("29 min");
  counted.releases[0].count = 10; // over before the horizon
  CHECK(refusals(counted).empty());
  counted.releases[0].count = 100'000'000; // goes on beyond it
  CHECK(refusals(counted).size() == 1);
  fab::Fab later = single("29 min");
  later.releases[0].start.ticks = 2 * kYear;
  CHECK(refusals(later).empty());
}

TEST_CASE("Breakdowns and maintenance take time away from the tools", "[fab][capacity]") {
  fab::Fab f = single("40 min"); // 75 %
  fab::Breakdown b;
  b.mttf = mean_law("70 h");
  b.mttr = mean_law("30 h");
  f.tool_groups[0].breakdowns = {b};
  CHECK(row_of(f, "tool").available() == Approx(0.7));
  REQUIRE(refusals(f).size() == 1);
  CHECK(refusals(f)[0].find("at most 70.0 %") != std::string::npos);
  f.tool_groups[0].breakdowns[0].clock = fab::FailureClock::busy; // 0.75 (1 + 3/7) > 1
  CHECK(row_of(f, "tool").down_share == Approx(0.75 * 3 / 7));
  CHECK(refusals(f).size() == 1);
  f.tool_groups[0].breakdowns[0].mttr = mean_law("20 h"); // 0.75 (1 + 2/7) < 1
  CHECK(refusals(f).empty());
  f.tool_groups[0].breakdowns.clear();
  fab::Maintenance m;
  m.every_wafers = 1000;
  m.duration = law("7 h"); // 25 wafers in 40 min: 10.5 min of maintenance, 35 min on average for the lot, in 40 min
  f.tool_groups[0].maintenance = {m};
  CHECK(row_of(f, "tool").pm_share == Approx(10.5 / 40));
  CHECK(refusals(f).size() == 1);
}

TEST_CASE("A batch group is refused only when full batches cannot keep up", "[fab][capacity]") {
  fab::Fab f = single("10 min");
  f.tool_groups[0].batch_mix = fab::BatchMix::route_step;
  fab::Step& s = f.routes[0].steps[0];
  s.per = fab::ProcessUnit::batch;
  s.batch_min = 25;
  s.batch_max = 100;
  CHECK(row_of(f, "tool").load_high == Approx(3.0));
  CHECK(refusals(f).empty());
  s.batch_max = 50;
  CHECK(refusals(f).size() == 1);
}

TEST_CASE("A bounded wait lets smaller batches start", "[fab][capacity]") {
  fab::Fab f = single("60 min");
  f.tool_groups[0].batch_mix = fab::BatchMix::route_step;
  fab::Step& s = f.routes[0].steps[0];
  s.per = fab::ProcessUnit::batch;
  s.batch_min = 75;
  s.batch_max = 100;
  CHECK(row_of(f, "tool").load == Approx(0.5 / 3));
  s.batch_wait = minutes(30); // half a lot joins the oldest one
  CHECK(row_of(f, "tool").load == Approx(0.5 / 1.5));
  CHECK(row_of(f, "tool").load_high == Approx(0.5));
  CHECK(row_of(f, "tool").load_low == Approx(0.5 / 4));
  s.batch_wait = minutes(600); // large enough before the wait ends
  CHECK(row_of(f, "tool").load == Approx(0.5 / 3));
}

TEST_CASE("A stream that ends counts for its share of the horizon", "[fab][capacity]") {
  fab::Fab f = single("60 min");
  f.releases.push_back(f.releases[0]);
  f.releases[1].name = "one";
  f.releases[1].every = law("1 min");
  f.releases[1].count = 1;
  const auto horizon = 100 * centresim::core::kTicksPerDay;
  CHECK(fab::static_load(f, horizon)[0].load_low == Approx(0.5).margin(0.001));
  CHECK(fab::lots_per_day(f, horizon) == Approx(24.01));
  f.releases[1].start.ticks = 99 * centresim::core::kTicksPerDay; // when does not matter to how many
  CHECK(fab::lots_per_day(f, horizon) == Approx(24.01));
  f.releases[1].count.reset(); // comes late, and to stay
  CHECK(fab::lots_per_day(f, horizon) == Approx(24 + 24 * 60));
  f.releases[1].start.ticks = horizon;
  CHECK(fab::lots_per_day(f, horizon) == Approx(24));
}

// Nothing in closed form is exact here: within 0.1 of what a long run shows, where batches of the smallest size would
// ask for up to twice the time that there is.
TEST_CASE("The expected load of batches is near the simulated one", "[fab][capacity]") {
  const auto simulated = [](const fab::Fab& f) {
    const fab::Simulation simulation(f, {2000 * core::kTicksPerDay, 100 * core::kTicksPerDay, 0, false});
    core::NoPulse pulse;
    const auto seen = simulation.run(1, 0, pulse);
    const fab::GroupSums& sums = seen->groups[0];
    const double span = static_cast<double>(seen->window_end - seen->window_start);
    const auto process = sums.state[static_cast<std::size_t>(fab::ToolState::process)];
    return static_cast<double>(process) / span / static_cast<double>(f.tool_groups[0].tools);
  };
  fab::Fab f = single("exponential(2 h)");
  f.tool_groups[0].batch_mix = fab::BatchMix::family_step;
  fab::Step& s = f.routes[0].steps[0];
  s.per = fab::ProcessUnit::batch;
  s.time = law("4 h");
  s.batch_min = s.batch_max = 100;
  s.batch_wait = minutes(60);
  CHECK(row_of(f, "tool").load == Approx(simulated(f)).margin(0.1));
  s.batch_min.reset();
  s.batch_wait.reset();
  CHECK(row_of(f, "tool").load_high == Approx(2));
  CHECK(row_of(f, "tool").load == Approx(simulated(f)).margin(0.1));

  // Three keys of different lengths on two tools, two of them shared by two routes of one family.
  f.tool_groups[0].tools = 2;
  f.routes[0].steps = {s, s, s};
  f.routes[0].steps[1].name = "t";
  f.routes[0].steps[1].time = law("9 h");
  f.routes[0].steps[2].name = "only here";
  f.routes[0].steps[2].time = law("3 h");
  f.routes.push_back(f.routes[0]);
  f.routes[1].name = "q";
  f.routes[1].steps.pop_back();
  f.products[0].family = "both";
  f.products.push_back({"q", "q", "both"});
  f.releases[0].every = law("exponential(9 h)");
  f.releases.push_back(f.releases[0]);
  f.releases[1].product = "q";
  CHECK(row_of(f, "tool").load_high == Approx((16.0 + 13.0) / 9 / 2));
  CHECK(row_of(f, "tool").load == Approx(simulated(f)).margin(0.1));

  // Lots of any size, and batches that wait for two lots of the largest size.
  f = single("2 h");
  f.tool_groups[0].batch_mix = fab::BatchMix::route_step;
  f.routes[0].steps[0].per = fab::ProcessUnit::batch;
  f.routes[0].steps[0].time = law("4 h");
  f.routes[0].steps[0].batch_min = 50;
  f.routes[0].steps[0].batch_max = 100;
  f.releases[0].wafers = {core::LawKind::integers, common::Dimension::number, {1, 25}, {}};
  CHECK(row_of(f, "tool").load == Approx(simulated(f)).margin(0.1));
}

TEST_CASE("HVLM: the closed form agrees with the reference", "[fab][capacity][shared]") {
  const auto dir = shared_data("data/smt2020");
  if (!dir) return;
  const centre::Scenario s = io::read_smt2020(*dir / "HVLM");
  const fab::Fab& f = *s.fab;
  CHECK(refusals(f, s.horizon.ticks).empty());
  CHECK(fab::lots_per_day(f) == Approx(57.198).margin(0.001));
  const double day = static_cast<double>(core::kTicksPerDay);
  CHECK(fab::raw_process_time(f, f.products[0], 25) / day == Approx(27.15).margin(0.005));
  CHECK(fab::raw_process_time(f, f.products[1], 25) / day == Approx(15.98).margin(0.005));
  const auto visits = [&](std::size_t i) {
    double sum = 0;
    for (const double v : fab::expected_visits(f.routes[i])) sum += v;
    return sum;
  };
  CHECK(visits(0) == Approx(522.2).margin(0.05));
  CHECK(visits(1) == Approx(308.5).margin(0.05));

  std::map<std::string, fab::GroupLoad> rows;
  double lot_steps = 0;
  for (const fab::GroupLoad& r : fab::static_load(f)) {
    rows.emplace(r.tool_group, r);
    lot_steps += r.visits_per_day;
  }
  CHECK(lot_steps == Approx(23764).margin(1));

  Deviation own, down, pm, available, per_file;
  int cascading = 0, within = 0;
  const auto number = [](const Cells& c, const char* column) { return std::stod(c.at(column)); };
  for (const Cells& c : read_rows(*dir / "reference/closed_form_HVLM.tsv")) {
    INFO(c.at("group"));
    const fab::GroupLoad& r = rows.at(c.at("group"));
    CHECK(r.tools == std::stoll(c.at("tools")));
    CHECK(r.area == c.at("area"));
    CHECK(r.visits_per_day == Approx(number(c, "visits_per_day")).margin(0.006));
    CHECK(r.wafers_per_tool_day == Approx(number(c, "wafers_per_tool_day")).margin(0.06));
    CHECK(100 * r.down_share == Approx(number(c, "cf_breakdown_pct")).margin(0.006));
    CHECK(100 * r.pm_share == Approx(number(c, "cf_pm_pct")).margin(0.006));
    down.add(100 * r.down_share - number(c, "autosched_breakdown"));
    pm.add(100 * r.pm_share - number(c, "autosched_pm"));
    available.add(100 * r.available() - number(c, "autosched_avail"));
    const double setup = number(c, "autosched_setup"), truth = number(c, "autosched_util");
    if (c.at("kind") == "batch") continue;
    CHECK(100 * r.load_low == Approx(number(c, "busy_pct_of_total_without_setup")).margin(0.0006));
    if (c.at("kind") == "plain") {
      per_file.add((100 * r.load + setup) / number(c, "autosched_avail") * 100 - truth);
      own.add((r.load + setup / 100) / r.available() * 100 - truth);
    } else {
      cascading++;
      const double left = number(c, "autosched_avail") / 100;
      const double low = 100 * r.load_low / left, high = (100 * r.load_high + setup) / left;
      CHECK(low == Approx(number(c, "lower_util_pct_of_avail")).margin(0.06));
      CHECK(high == Approx(number(c, "upper_util_pct_of_avail")).margin(0.06));
      if (low <= truth && truth <= high) within++;
    }
  }
  CHECK(per_file.n == 50);
  CHECK(per_file.bias() == Approx(0.07).margin(0.01));
  CHECK(per_file.mean() == Approx(0.075).margin(0.005));
  CHECK(per_file.worst == Approx(0.25).margin(0.01));
  CHECK(own.mean() == Approx(0.095).margin(0.005));
  CHECK(own.worst == Approx(0.39).margin(0.01));
  CHECK(cascading == 45);
  CHECK(within == 45);
  CHECK(std::abs(down.bias()) <= 0.015);
  CHECK(down.mean() <= 0.055);
  CHECK(pm.mean() <= 0.025);
  CHECK(available.mean() <= 0.056);
  CHECK(available.worst <= 0.37);
}
