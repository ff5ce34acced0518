// The closed-form twin: exact where queueing theory is, and what must hold anywhere.
#include "catch.hpp"
#include "shared_data.hpp"
#include "small_line.hpp"

#include "centresim/core/error.hpp"
#include "centresim/fab/capacity.hpp"
#include "centresim/fab/queueing.hpp"
#include "centresim/fab/twin.hpp"
#include "centresim/io/smt2020.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

using namespace small_line;
using fab::Twin;
using fab::TwinGroup;

namespace {

constexpr double kMinute = static_cast<double>(core::kTicksPerMinute);
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A line of stations with one tool each, named a, b, ...; lots every 10 min on average.
fab::Fab stations(const std::vector<std::string>& times, const std::string& every = "exponential(10 min)") {
  fab::Fab f;
  fab::Route route{"r", {}};
  for (std::size_t i = 0; i < times.size(); i++) {
    const std::string name(1, static_cast<char>('a' + i));
    f.tool_groups.push_back(group(name));
    route.steps.push_back(step("s" + name, name, times[i]));
  }
  f.routes = {route};
  f.products = {{"p", "r", ""}};
  fab::Release r;
  r.product = "p";
  r.every = law(every);
  f.releases = {r};
  return f;
}

const TwinGroup& group_of(const Twin& twin, const std::string& name) {
  for (const TwinGroup& g : twin.groups())
    if (g.tool_group == name) return g;
  throw std::logic_error(name);
}

double minutes_queued(const Twin& twin, const std::string& name) { return group_of(twin, name).queue / kMinute; }

double sum_of_parts(const TwinGroup& g) {
  return g.process + g.load_unload + g.setup + g.rework + g.batching_loss + g.cascading_loss + g.breakdown +
         g.maintenance + g.idle;
}

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const core::InputError& error) {
    return core::to_string(error.issues().at(0));
  }
  return "";
}

} // namespace

TEST_CASE("Erlang C and the waits of M/M/m", "[fab][twin]") {
  using namespace fab::queueing;
  CHECK(erlang_c(1, 0.8) == Approx(0.8));
  CHECK(erlang_c(2, 0.5) == Approx(1.0 / 3));
  CHECK(erlang_c(3, 2.0 / 3) == Approx(4.0 / 9)); // two Erlangs
  CHECK(erlang_c(5, 0) == 0);
  CHECK(erlang_c(5, 1.2) == 1);
  CHECK(wait(1, 0.8, 1, 1) == Approx(4));
  CHECK(wait(2, 0.5, 1, 1) == Approx(1.0 / 3));
  CHECK(wait(1, 0.8, 1, 0) == Approx(2)); // M/D/1
  CHECK(wait(1, 1, 1, 1) == kInfinity);
  CHECK(wait(3, 0, 1, 1) == 0);
  CHECK(wait(1, 0.9, 0, 0) == 0); // D/D/1
}

TEST_CASE("Two-moment waits keep to the order that theory asks for", "[fab][twin]") {
  using fab::queueing::wait;
  for (const double servers : {1.0, 2.0, 5.0, 30.0})
    for (const double load : {0.3, 0.7, 0.9, 0.99}) {
      double before = 0;
      for (const double scv : {0.0, 0.25, 0.5, 1.0, 2.0, 8.0}) {
        INFO(servers << " servers, load " << load << ", SCV " << scv);
        const double now = wait(servers, load, 1, scv);
        CHECK(now >= before);
        CHECK(wait(servers + 1, load, 1, scv) < now + 1e-12);
        CHECK(wait(servers, load, 0.5, scv) <= now * (1 + 1e-9));
        before = now;
      }
    }
  // M/D/2 at load 0.8: 0.9 of half of M/M/2 or more (Tijms, A First Course in Stochastic Models, table 9.6.1).
  CHECK(wait(2, 0.8, 1, 0) == Approx(wait(2, 0.8, 1, 1) / 2).epsilon(0.05));
}

TEST_CASE("One queue: M/M/1, M/M/c and Pollaczek-Khinchine", "[fab][twin]") {
  CHECK(minutes_queued(Twin(stations({"exponential(8 min)"})), "a") == Approx(32));
  fab::Fab three = stations({"exponential(20 min)"});
  three.tool_groups[0].tools = 3; // two Erlangs
  CHECK(minutes_queued(Twin(three), "a") == Approx(4.0 / 9 * 20));
  // lambda E[S^2] / (2 (1 - rho)), E[S^2] = 64 (1 + c^2)
  CHECK(minutes_queued(Twin(stations({"lognormal(8 min, 1.5)"})), "a") == Approx(0.1 * 64 * 3.25 / 0.4));
  CHECK(minutes_queued(Twin(stations({"8 min"})), "a") == Approx(0.1 * 64 / 0.4));
  // Lots of several sizes, by the wafer: E[S^2] of the mixture.
  fab::Fab mixed = stations({"1 min"});
  mixed.routes[0].steps[0].per = fab::ProcessUnit::wafer;
  schema::Rules rules;
  rules.number_law = true;
  REQUIRE(common::parse_distribution("discrete(2, 14; 0.5, 0.5)", rules, mixed.releases[0].wafers).empty());
  CHECK(minutes_queued(Twin(mixed), "a") == Approx(0.1 * (4 + 196) / 2 / 0.4));
  CHECK(Twin(mixed).products()[0].cycle_time / kMinute == Approx(0.1 * 100 / 0.4 + 8));
}

TEST_CASE("A network of exponential stations has product form", "[fab][twin]") {
  // Jackson: each station as M/M/m on its own, whatever goes back.
  fab::Fab f = stations({"exponential(4 min)", "exponential(9 min)", "exponential(5 min)"});
  f.tool_groups[1].tools = 2;
  f.routes[0].steps[2].rework_to = "sa";
  f.routes[0].steps[2].rework = 0.2; // 1.25 visits everywhere
  f.routes[0].steps[1].sampling = 0.8;
  const Twin twin(f);
  const double flow = 0.125;
  const auto mm1 = [&](double mean) { return flow * mean * mean / (1 - flow * mean); };
  CHECK(minutes_queued(twin, "a") == Approx(mm1(4)));
  CHECK(minutes_queued(twin, "c") == Approx(mm1(5)));
  const double load = flow * 0.8 * 9 / 2, erlang = 2 * load * load / (1 + load);
  CHECK(minutes_queued(twin, "b") == Approx(erlang * 9 / 2 / (1 - load)));
  CHECK(group_of(twin, "a").arrival_scv == Approx(1));
  CHECK(twin.products()[0].cycle_time / kMinute ==
        Approx(1.25 * (mm1(4) + 4 + mm1(5) + 5 + 0.8 * (minutes_queued(twin, "b") + 9))));
  // Re-entrant: a route that comes back to a station is one more visit.
  fab::Fab again = stations({"exponential(3 min)", "exponential(7 min)"});
  again.routes[0].steps.push_back(step("again", "a", "exponential(3 min)"));
  CHECK(minutes_queued(Twin(again), "a") == Approx(0.6 * 3 / 0.4));
}

TEST_CASE("Whitt's streams between two stations", "[fab][twin]") {
  // Departures of M/D/1: 1 + (1 - rho^2) (1 - 1) + rho^2 (0.2 - 1); Whitt 1983, (39).
  const Twin twin(stations({"8 min", "exponential(5 min)"}));
  CHECK(group_of(twin, "b").arrival_scv == Approx(1 - 0.64 * 0.8));
  // Regular releases of three lots at once have the variance of three.
  fab::Fab f = stations({"exponential(4 min)"}, "30 min");
  f.releases[0].lots = 3;
  f.releases[0].every = law("gamma(30 min, 0.5)");
  CHECK(group_of(Twin(f), "a").arrival_scv == Approx(0.75));
}

TEST_CASE("Priorities as of Cobham", "[fab][twin]") {
  fab::Fab f = stations({"uniform(8 min, 4 min)"}, "exponential(20 min)");
  fab::Release hot = f.releases[0];
  hot.kind = "hot";
  hot.priority = 5;
  f.releases.push_back(hot);
  const Twin twin(f);
  REQUIRE(twin.products().size() == 2);
  const double found = 0.1 * (64 + 16.0 / 3) / 2, load = 0.4;
  CHECK(twin.products()[0].queue / kMinute == Approx(found / ((1 - load) * (1 - 2 * load))));
  CHECK(twin.products()[1].queue / kMinute == Approx(found / (1 - load)));
  CHECK(twin.products()[1].kind == "hot");
  f.tool_groups[0].rank = {fab::Rank::fifo};
  CHECK(Twin(f).products()[0].queue == Approx(Twin(f).products()[1].queue));
  // Hot lots get through a line that is full.
  f.tool_groups[0].rank = {fab::Rank::priority, fab::Rank::fifo};
  const Twin full = twin.with_starts(1.5);
  CHECK(full.products()[0].cycle_time == kInfinity);
  CHECK(full.products()[1].cycle_time < 60 * kMinute);
  // No limit is no limit where nothing varies, too.
  fab::Fab constant = stations({"8 min"}, "12 min");
  constant.releases.push_back(constant.releases[0]);
  constant.releases[1].kind = "hot";
  constant.releases[1].priority = 5;
  const Twin even(constant);
  CHECK(even.products()[0].queue == kInfinity);
  CHECK(even.products()[0].x_factor == kInfinity);
  CHECK(even.products()[1].queue >= 0);
  CHECK(even.products()[1].cycle_time < 60 * kMinute);
  CHECK(std::isnan(even.groups()[0].cycle_time_share)); // of what has no limit
}

TEST_CASE("Breakdowns as of Avi-Itzhak and Naor", "[fab][twin]") {
  fab::Fab f = stations({"exponential(6 min)"});
  fab::Breakdown b;
  b.mttf = mean_law("90 min");
  b.mttr = mean_law("10 min");
  f.tool_groups[0].breakdowns = {b};
  // Completion times: C = S / A, E[C^2] = E[S^2] / A^2 + E[S] f E[R^2]; outages while nobody is there.
  const double up = 0.9, mean = 6 / up, second = 72 / up / up + 6 * 200 / 90.0, load = 0.1 * mean;
  CHECK(minutes_queued(Twin(f), "a") == Approx(0.1 * second / 2 / (1 - load) + 0.1 * 10));
  CHECK(group_of(Twin(f), "a").on_tool / kMinute == Approx(mean));
  CHECK(group_of(Twin(f), "a").breakdown == Approx(0.1));
  b.clock = fab::FailureClock::busy; // nothing fails while nobody is there
  f.tool_groups[0].breakdowns = {b};
  const double work = 6 * (1 + 10.0 / 90), squares = 72 * (1 + 10.0 / 90) * (1 + 10.0 / 90) + 6 * 200 / 90.0;
  CHECK(minutes_queued(Twin(f), "a") == Approx(0.1 * squares / 2 / (1 - 0.1 * work)));
}

TEST_CASE("Batches of fixed size wait for each other", "[fab][twin]") {
  fab::Fab f = stations({"100 min"});
  f.tool_groups[0].tools = 40;
  f.tool_groups[0].batch_mix = fab::BatchMix::route_step;
  fab::Step& s = f.routes[0].steps[0];
  s.per = fab::ProcessUnit::batch;
  s.batch_min = s.batch_max = 100;
  const Twin twin(f);
  CHECK(group_of(twin, "a").forming / kMinute == Approx(15)); // (k - 1) / (2 lambda)
  CHECK(minutes_queued(twin, "a") == Approx(0).margin(0.01));
  CHECK(group_of(twin, "a").utilisation == Approx(0.1 * 100 / 4 / 40));
  CHECK(group_of(twin, "a").batching_loss == Approx(0).margin(1e-12));
  // Free to start alone, they do where tools are free; and grow to the full batch where the line is full.
  s.batch_min = 25;
  CHECK(group_of(Twin(f), "a").batch == Approx(1).epsilon(0.01));
  f.tool_groups[0].tools = 3;
  const TwinGroup tight = group_of(Twin(f), "a");
  CHECK(tight.batch > 3.3);
  CHECK(tight.batch < 4);
  CHECK(tight.load < 1);
  CHECK(tight.max_starts == Approx(24 * 60 * 3 * 4 / 100.0));
  CHECK(sum_of_parts(tight) == Approx(1));
}

TEST_CASE("Setups that the rule lets expect", "[fab][twin]") {
  // Two setups at random: every other lot changes; four products of which one is half: 1 - sum of p^2.
  fab::Fab f = stations({"5 min"});
  f.routes[0].steps[0].setup = "one";
  f.routes[0].steps[0].setup_time = law("2 min");
  f.routes.push_back(f.routes[0]);
  f.routes[1].name = "r2";
  f.routes[1].steps[0].setup = "two";
  f.products.push_back({"q", "r2", ""});
  f.releases.push_back(f.releases[0]);
  f.releases[1].product = "q";
  for (fab::Release& r : f.releases) r.every = law("exponential(20 min)");
  CHECK(group_of(Twin(f), "a").setups == Approx(0.5));
  CHECK(group_of(Twin(f), "a").setup == Approx(0.1 * 0.5 * 2));
  f.tool_groups[0].minimum_runs = {{"one", 7}, {"two", 7}};
  CHECK(group_of(Twin(f), "a").setups == Approx(1.0 / 8)); // six more, then as before
  f.tool_groups[0].minimum_runs.clear();
  for (fab::Route& r : f.routes) r.steps[0].setup_when = fab::SetupWhen::always;
  CHECK(group_of(Twin(f), "a").setups == Approx(1));
  // Avoided where the rule ranks them: fewer the longer the queue.
  for (fab::Route& r : f.routes) {
    r.steps[0].setup_when = fab::SetupWhen::need;
    r.steps[0].setup_time.reset();
  }
  f.setup_times = {{"", "one", law("2 min")}, {"", "two", law("2 min")}};
  f.tool_groups[0].rank = {fab::Rank::priority, fab::Rank::setup_time, fab::Rank::fifo};
  double before = 0.5;
  for (const double starts : {1.2, 1.5, 1.7, 1.9}) {
    const double now = group_of(Twin(f).with_starts(starts), "a").setups;
    CHECK(now < before);
    before = now;
  }
}

TEST_CASE("What takes the time of the tools adds up, and static_load agrees", "[fab][twin]") {
  const fab::Fab f = line();
  const Twin twin(f);
  const auto rows = fab::static_load(f);
  for (std::size_t i = 0; i < rows.size(); i++) {
    const TwinGroup& g = twin.groups()[i];
    INFO(g.tool_group);
    CHECK(sum_of_parts(g) == Approx(1));
    CHECK(g.visits_per_day == Approx(rows[i].visits_per_day));
    CHECK(g.utilisation >= rows[i].load_low * (1 - 1e-9));
    CHECK(g.maintenance == Approx(rows[i].pm_share));
  }
  CHECK(group_of(twin, "litho").utilisation == Approx(rows[2].load));
  CHECK(group_of(twin, "litho").rework == Approx(25 * (1 / 0.95 - 1) / 600 / 2));
  CHECK(twin.starts_per_day() == Approx(2.4));
  // At the limit the bottleneck is full, and nothing else is fuller.
  const Twin full = twin.with_starts(twin.max_starts() / twin.starts_per_day());
  const TwinGroup& first = full.groups()[twin.ranking().front()];
  CHECK(first.load == Approx(1).epsilon(0.02));
}

TEST_CASE("One more tool: as a new twin says, and never worse for its own group", "[fab][twin]") {
  const fab::Fab f = line();
  const Twin twin(f);
  const auto gains = twin.sensitivity();
  REQUIRE(gains.size() == f.tool_groups.size());
  for (std::size_t i = 0; i < gains.size(); i++) {
    INFO(gains[i].tool_group);
    fab::Fab more = f;
    more.tool_groups[i].tools++;
    const Twin then(more);
    CHECK(gains[i].max_starts == Approx(then.max_starts()));
    CHECK(gains[i].cycle_time == Approx(then.cycle_time()).epsilon(0.01));
    CHECK(gains[i].max_starts_gain >= -1e-9);
    CHECK(then.groups()[i].queue <= twin.groups()[i].queue * (1 + 1e-9));
    CHECK(then.groups()[i].load < twin.groups()[i].load);
  }
}

TEST_CASE("Tools needed are the fewest that do", "[fab][twin]") {
  fab::Fab f = line();
  const Twin twin(f);
  for (const double rate : {0.5, 2.4, 40.0})
    for (const double target : {0.6, 0.85, 1.0}) {
      const auto needs = twin.needs(rate, target);
      for (std::size_t i = 0; i < needs.size(); i++) {
        INFO(needs[i].tool_group << " at " << rate << " lots a day, target " << target);
        f.tool_groups[i].tools = std::max<std::int64_t>(1, needs[i].needed);
        CHECK(needs[i].load <= target + 1e-9);
        CHECK(needs[i].missing == needs[i].needed - twin.groups()[i].tools);
        CHECK(needs[i].one_of_a_kind == (needs[i].needed == 1));
        CHECK(needs[i].need <= static_cast<double>(needs[i].needed) * (1 + 1e-9));
      }
      const Twin then = Twin(f).with_starts(rate / 2.4);
      for (std::size_t i = 0; i < needs.size(); i++) {
        CHECK(then.groups()[i].load <= target * 1.02);
        if (needs[i].needed < 2) continue;
        fab::Fab fewer = f;
        fewer.tool_groups[i].tools--;
        CHECK(Twin(fewer).with_starts(rate / 2.4).groups()[i].load > target * 0.98);
      }
    }
}

TEST_CASE("The twin refuses what has no answer, and answers what is overloaded", "[fab][twin]") {
  const fab::Fab f = line();
  for (const double bad : {0.0, -1.0, kInfinity, std::nan("")}) {
    CHECK(refusal([&] { (void)Twin(f).with_starts(bad); }).find("starts") != std::string::npos);
    CHECK(refusal([&] { (void)Twin(f).needs(bad, 0.8); }).find("start_rate") != std::string::npos);
    CHECK(refusal([&] { (void)Twin(f).needs(2, bad); }).find("target") != std::string::npos);
  }
  CHECK(refusal([&] { (void)Twin(f).needs(2, 1.01); }).find("target") != std::string::npos);
  CHECK(refusal([&] { (void)Twin(f).needs(1e300, 0.5); }).find("start_rate") != std::string::npos);
  fab::Fab none = f;
  none.releases.clear();
  CHECK(refusal([&] { (void)Twin(none); }).find("fab.releases") != std::string::npos);
  fab::Fab late = f;
  for (fab::Release& r : late.releases) r.start.ticks = 400 * core::kTicksPerDay;
  CHECK_FALSE(refusal([&] { (void)Twin(late, 365 * core::kTicksPerDay); }).empty());
  const Twin over(f, std::numeric_limits<core::Tick>::max(), 100);
  CHECK(over.cycle_time() == kInfinity);
  CHECK(over.max_starts() == Approx(Twin(f).max_starts()).epsilon(0.2));
  CHECK(std::isnan(over.sensitivity()[0].cycle_time_change));
  CHECK(over.groups()[0].idle < 0);
  // Maintenance that leaves no time: full at 0 lots, and no number of tools is enough.
  fab::Fab blocked = f;
  fab::Maintenance m;
  m.every = minutes(60);
  m.duration = law("61 min");
  blocked.tool_groups[2].maintenance = {m};
  CHECK(Twin(blocked).max_starts() == 0);
  CHECK(Twin(blocked).cycle_time() == kInfinity);
  CHECK(refusal([&] { (void)Twin(blocked).needs(2, 0.8); }).find("litho") != std::string::npos);
}

TEST_CASE("HVLM: utilisation of plain tool groups as AutoSched AP reports it", "[fab][twin]") {
  const auto folder = shared_data("data/smt2020");
  if (!folder) return;
  const centre::Scenario hvlm = io::read_smt2020(*folder / "HVLM");
  const Twin twin(*hvlm.fab, hvlm.horizon.ticks);
  std::ifstream in(*folder / "reference/closed_form_HVLM.tsv");
  std::string text;
  std::getline(in, text);
  std::map<std::string, std::pair<std::string, double>> published; // kind, utilisation of available time
  while (std::getline(in, text)) {
    std::istringstream row(text);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(row, cell, '\t');) cells.push_back(cell);
    published[cells.at(0)] = {cells.at(3), std::stod(cells.at(14)) / 100};
  }
  double plain = 0, batch = 0;
  int plain_groups = 0, batch_groups = 0;
  for (const TwinGroup& g : twin.groups()) {
    const auto found = published.find(g.tool_group);
    if (found == published.end()) continue;
    CHECK(sum_of_parts(g) == Approx(1));
    const double difference = std::abs(g.utilisation_available - found->second.second);
    if (found->second.first == "plain" && g.setups == 0) plain += difference, plain_groups++;
    if (found->second.first == "batch") batch += difference, batch_groups++;
  }
  REQUIRE(plain_groups == 46);
  CHECK(plain / plain_groups < 0.001);
  CHECK(batch / batch_groups < 0.02);
  CHECK(twin.max_starts() / twin.starts_per_day() == Approx(1.025).epsilon(0.005)); // Litho_BE_110: 97.5 %
  CHECK(twin.products()[0].x_factor == Approx(51.21 / 27.15).epsilon(0.1));         // regular Lot_3
}
