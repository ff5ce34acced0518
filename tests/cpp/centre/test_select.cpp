// Runs that end by themselves: when means are precise, when the best of several scenarios is found.
#include "catch.hpp"
#include "two_tools.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/centre/select.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/precision.hpp"
#include "centresim/experiment/selection.hpp"
#include "schema/faults.hpp"

#include <algorithm>
#include <variant>

namespace centresim::centre {
namespace {

Scenario line(double load = 1) {
  Scenario scenario = two_tools("20 d", "2 d");
  scenario.fab->load_factor = load;
  return scenario;
}

std::vector<double> values_of(const Result& result, const std::string& label) {
  const experiment::Group& root = result.tree.at("");
  const auto rows = experiment::read_kpis(root);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (experiment::kpi_label(rows[i].info, rows[i].labels) != label) continue;
    for (const auto& variable : root.variables)
      if (variable.name == "values") {
        const auto& all = std::get<std::vector<double>>(variable.values);
        const std::size_t n = all.size() / rows.size();
        return {all.begin() + static_cast<std::ptrdiff_t>(i * n),
                all.begin() + static_cast<std::ptrdiff_t>((i + 1) * n)};
      }
  }
  return {};
}

std::int64_t attribute(const Result& result, const std::string& name) {
  for (const auto& [key, value] : result.tree.at("run").attributes)
    if (key == name) return std::get<std::int64_t>(value);
  return -1;
}

RunOptions options(std::int64_t replications, int threads) {
  RunOptions run;
  run.replications = replications;
  run.seed = 7;
  run.threads = threads;
  return run;
}

TEST_CASE("a run stops at the first replication at which its means are precise", "[centre][stopping]") {
  const Result all = run(line(), options(200, 2));
  const auto cycle_times = values_of(all, "fab.cycle_time"), wip = values_of(all, "fab.wip");
  REQUIRE(cycle_times.size() == 200);
  // The oracle: every prefix of a longer run, one after the other.
  const experiment::Precision share{0.08, experiment::Scale::relative}, lots{0.3, experiment::Scale::absolute};
  std::int64_t expected = 0;
  for (std::size_t n = 10; n <= 200 && expected == 0; ++n)
    if (experiment::is_precise(experiment::estimate(std::span(cycle_times).first(n)), share) &&
        experiment::is_precise(experiment::estimate(std::span(wip).first(n)), lots))
      expected = static_cast<std::int64_t>(n);
  REQUIRE(expected > 12);
  REQUIRE(expected < 150);
  for (const int threads : {1, 2, 4}) {
    RunOptions until = options(200, threads);
    until.until = {parse_goal("fab.cycle_time", "8 %"), parse_goal("fab.wip", "0.3")};
    const Result stopped = run(line(), until);
    CHECK(finished_replications(stopped) == expected);
    CHECK(digest(stopped) == digest(run(line(), options(expected, 1))));
    CHECK(attribute(stopped, "precise") == 1);
    CHECK_FALSE(was_interrupted(stopped));
  }
}

TEST_CASE("a run that may not go on says that it is not precise", "[centre][stopping]") {
  RunOptions until = options(12, 2);
  until.until = {parse_goal("fab.cycle_time", "0.1 %")};
  const Result result = run(line(), until);
  CHECK(finished_replications(result) == 12);
  CHECK(attribute(result, "precise") == 0);
  CHECK_FALSE(was_interrupted(result));
}

TEST_CASE("a run that is stopped on its way to precision keeps a prefix", "[centre][stopping]") {
  RunOptions until = options(100'000, 2);
  until.until = {parse_goal("fab.cycle_time", "0.01 %")};
  until.monitor = [](const core::Progress& p) { return p.done > 60 ? core::Control::stop : core::Control::go; };
  const Result result = run(line(), until);
  const std::int64_t n = finished_replications(result);
  CHECK(was_interrupted(result));
  REQUIRE(n >= 10);
  CHECK(digest(result) == digest(run(line(), options(n, 2))));
}

TEST_CASE("goals are shares or numbers with a unit", "[centre][stopping]") {
  CHECK(parse_goal("a", " 2% ").precision.within == Approx(0.02));
  CHECK(parse_goal("a", "2 %").precision.scale == experiment::Scale::relative);
  CHECK(parse_goal("a", "1.5e1 h").unit == "h");
  CHECK(parse_goal("a", "3").unit.empty());
  for (const char* bad : {"", "x", "-1 %", "0", "nan", "inf", "100 %", "250 %", "%"})
    CHECK(holds(fault_of([&] { (void)parse_goal("fab.wip", bad); }), "precision of fab.wip"));
  // An hour is the same in whatever unit of time it is said.
  const auto finished = [](const char* within) {
    RunOptions until = options(300, 1);
    until.until = {parse_goal("fab.cycle_time", within)};
    return finished_replications(run(line(), until));
  };
  CHECK(finished("6 min") == finished("0.1 h"));
  CHECK(finished("6 min") > finished("12 min"));
}

TEST_CASE("figures are found by a name, a label or some of the labels", "[centre][stopping]") {
  const auto finished = [](const char* kpi) {
    RunOptions until = options(300, 1);
    until.until = {parse_goal(kpi, "8 %")};
    return finished_replications(run(line(), until));
  };
  const std::int64_t whole = finished("fab.cycle_time"), product = finished("fab.cycle_time[product=A]");
  CHECK(whole == product); // the only one
  CHECK(finished("fab.cycle_time[kind=regular]") == product);
  CHECK(finished("fab.cycle_time[kind=regular, product=A]") == product);
  for (const char* bad : {"fab.cycle_time[product=B]", "fab.cycle_time[product]", "fab.cycle_time[]", "[]", "["})
    CHECK(holds(fault_of([&] { static_cast<void>(finished(bad)); }), "precision of"));
}

TEST_CASE("goals that are none are all told", "[centre][stopping]") {
  RunOptions until = options(50, 1);
  until.until = {parse_goal("fab.cycel_time", "2 %"), parse_goal("fab.wip", "2 h"),
                 parse_goal("fab.utilisation", "2 %")};
  const auto all = faults_of([&] { static_cast<void>(run(line(), until)); });
  REQUIRE(all.size() >= 2);
  CHECK(holds(all[0], "did you mean 'fab.cycle_time'?"));
  CHECK(holds(all[1], "is no unit of that figure"));
  until.until = {parse_goal("fab.wip", "2 %")};
  until.at_least = 3;
  CHECK(holds(fault_of([&] { static_cast<void>(run(line(), until)); }), "at_least"));
}

SelectOptions selection(double indifference, int threads) {
  SelectOptions select;
  select.figure = {"fab.cycle_time", {}};
  select.indifference = indifference;
  select.seed = 11;
  select.threads = threads;
  return select;
}

TEST_CASE("Kim and Nelson's procedure at work drops systems where its values say so", "[centre][select]") {
  const std::vector<Scenario> systems = {line(1.02), line(0.9), line(1), line(0.93), line(1.05)};
  // The oracle: the procedure by hand, on the values of long runs with the same seed.
  std::vector<std::vector<double>> values;
  for (const Scenario& system : systems) {
    RunOptions run_options = options(400, 2);
    run_options.seed = 11;
    values.push_back(values_of(run(system, run_options), "fab.cycle_time"));
  }
  experiment::KimNelson by_hand({systems.size(), 0.003, experiment::Better::lower, 0.95, 10});
  for (std::size_t r = 0; r < 400; ++r)
    for (std::size_t s = 0; s < systems.size(); ++s) by_hand.add(s, static_cast<std::int64_t>(r), values[s][r]);
  REQUIRE(by_hand.selected() == std::size_t{1});
  for (const int threads : {1, 2, 4}) {
    const Selection found = select_best(systems, selection(0.003, threads));
    REQUIRE(found.best == std::size_t{1});
    CHECK(found.better == experiment::Better::lower);
    CHECK(found.label == "fab.cycle_time");
    std::int64_t in_all = 0;
    for (std::size_t s = 0; s < systems.size(); ++s) {
      const auto n = static_cast<std::int64_t>(found.systems[s].values.size());
      CHECK(n == by_hand.replications(s));
      CHECK(std::equal(found.systems[s].values.begin(), found.systems[s].values.end(), values[s].begin()));
      CHECK(found.systems[s].in == (s == 1));
      in_all += n;
    }
    CHECK(in_all < 400 * 5);
  }
}

TEST_CASE("OCBA spends its budget on those that are near the best", "[centre][select]") {
  const std::vector<Scenario> systems = {line(0.6), line(0.62), line(1.1), line(1.05)};
  for (const int threads : {1, 4}) {
    SelectOptions select = selection(0, threads);
    select.method = SelectionMethod::ocba;
    select.budget = 200;
    const Selection found = select_best(systems, select);
    CHECK(found.best == std::size_t{0});
    std::size_t spent = 0;
    for (const auto& system : found.systems) spent += system.values.size();
    CHECK(spent == 200);
    CHECK(found.systems[0].values.size() + found.systems[1].values.size() > 150);
    // Seeds of their own.
    RunOptions own = options(10, 1);
    own.seed = 12;
    const auto first = values_of(run(systems[1], own), "fab.cycle_time");
    CHECK(std::equal(first.begin(), first.end(), found.systems[1].values.begin()));
  }
}

TEST_CASE("a system that floods is left out, the others are judged", "[centre][select]") {
  Scenario floods = line(1);
  floods.fab->max_wip = 3;
  const Selection found = select_best({line(1.1), floods, line(0.7)}, selection(0.01, 2));
  CHECK(found.best == std::size_t{2});
  CHECK_FALSE(found.systems[1].in);
  CHECK(holds(found.systems[1].failure, "the line floods: more than 3 lots"));
  CHECK(found.systems[1].values.empty());
}

// A line that floods in some replications, the first of them behind those that every system gets.
Scenario often(double load, std::int64_t wip) {
  Scenario scenario = line(load);
  scenario.fab->max_wip = wip;
  return scenario;
}

std::int64_t first_flood(const Scenario& scenario, std::uint64_t seed) {
  std::int64_t n = 1;
  for (RunOptions one = options(1, 1); n < 60; ++n) {
    one.replications = n;
    one.seed = seed;
    try {
      static_cast<void>(run(scenario, one));
    } catch (const core::ModelError&) {
      break;
    }
  }
  return n - 1; // its number
}

TEST_CASE("a replication that nobody needs may fail, on any number of threads", "[centre][select]") {
  const Scenario scenario = often(1.05, 20);
  const std::int64_t flood = first_flood(scenario, 7);
  REQUIRE(flood > 12);
  REQUIRE(flood < 40);
  const auto outcome = [&](std::int64_t at_most, const char* within, int threads) -> std::int64_t {
    RunOptions until = options(at_most, threads);
    until.until = {parse_goal("fab.cycle_time", within)};
    try {
      return finished_replications(run(scenario, until));
    } catch (const core::ModelError&) {
      return -1;
    }
  };
  for (const char* within : {"40 %", "12 %", "2 %"}) {
    const std::int64_t alone = outcome(400, within, 1);
    CAPTURE(flood, within, alone);
    CHECK((alone == -1 || alone <= flood));
    for (const int threads : {2, 4}) CHECK(outcome(400, within, threads) == alone);
  }
  CHECK(outcome(400, "40 %", 4) == 10);
  CHECK(outcome(400, "2 %", 4) == -1);
}

TEST_CASE("a system that fails where nobody looks stays, on any number of threads", "[centre][select]") {
  const std::vector<Scenario> systems = {often(1.05, 19), often(1.0, 18), line(1.02)};
  for (const double indifference : {0.02, 0.002, 0.0004}) {
    SelectOptions select = selection(indifference, 1);
    select.at_most = 2000;
    const Selection alone = select_best(systems, select);
    for (const int threads : {2, 4, 64}) {
      select.threads = threads; // how far ahead it runs
      if (threads > 4)
        select.workers = [&](const std::vector<SelectionWork>& parts) {
          std::vector<FigureValues> all;
          for (const SelectionWork& p : parts)
            all.push_back(run_figure(systems[p.system], select.figure, p.first, p.count, p.seed, 1));
          return all;
        };
      const Selection found = select_best(systems, select);
      CAPTURE(indifference, threads);
      CHECK(found.best == alone.best);
      for (std::size_t s = 0; s < systems.size(); ++s) {
        CHECK(found.systems[s].values == alone.systems[s].values);
        CHECK(found.systems[s].failure == alone.systems[s].failure);
      }
    }
  }
}

TEST_CASE("a single system that is left has what every one gets", "[centre][select]") {
  const Selection found = select_best({often(1.05, 3), line(1), often(1.05, 4)}, selection(0.01, 2));
  CHECK(found.best == std::size_t{1});
  CHECK(found.systems[1].values.size() == 10);
  CHECK(select_best({often(1.05, 3), often(1.05, 4)}, selection(0.01, 2)).best == std::nullopt);
}

TEST_CASE("systems are judged by one figure", "[centre][select]") {
  Scenario other = line(1);
  other.fab->tool_groups[0].name = "h";
  for (auto& step : other.fab->routes[0].steps) step.tool_group = "h";
  SelectOptions select = selection(0.01, 1);
  select.figure = {"fab.queue_length", {}};
  const Selection found = select_best({line(1), other, line(0.9)}, select);
  CHECK(found.label == "fab.queue_length[tool_group=g]");
  CHECK(holds(found.systems[1].failure, "fab.queue_length[tool_group=h] in place of"));
  CHECK(found.best == std::size_t{2});
}

TEST_CASE("an undecided selection ends where it may go no further", "[centre][select]") {
  SelectOptions select = selection(1e-9, 2);
  select.at_most = 30;
  const Selection found = select_best({line(1), line(1.0001)}, select);
  CHECK_FALSE(found.best);
  CHECK_FALSE(found.interrupted);
  CHECK(found.systems[0].values.size() == 30);
  select.at_most = 100'000;
  select.monitor = [](const core::Progress& p) { return p.done > 80 ? core::Control::stop : core::Control::go; };
  const Selection stopped = select_best({line(1), line(1.0001)}, select);
  CHECK(stopped.interrupted);
  CHECK_FALSE(stopped.best);
}

TEST_CASE("workers elsewhere give the same answer", "[centre][select]") {
  const std::vector<Scenario> systems = {line(1.02), line(0.95), line(1)};
  const Selection here = select_best(systems, selection(0.002, 1));
  SelectOptions select = selection(0.002, 3);
  std::int64_t asked = 0;
  select.workers = [&](const std::vector<SelectionWork>& parts) {
    std::vector<FigureValues> found;
    for (const SelectionWork& part : parts) {
      asked += part.count;
      found.push_back(run_figure(systems[part.system], select.figure, part.first, part.count, part.seed, 1));
    }
    return found;
  };
  const Selection elsewhere = select_best(systems, select);
  CHECK(elsewhere.best == here.best);
  std::int64_t looked_at = 0;
  for (std::size_t s = 0; s < systems.size(); ++s) {
    CHECK(elsewhere.systems[s].values == here.systems[s].values);
    looked_at += static_cast<std::int64_t>(here.systems[s].values.size());
  }
  CHECK(asked >= looked_at);
  CHECK(asked < looked_at + 100); // a little ahead
  // Workers that stop: what is missing without a reason is an interruption.
  select.workers = [&](const std::vector<SelectionWork>& parts) { return std::vector<FigureValues>(parts.size()); };
  CHECK(select_best(systems, select).interrupted);
}

TEST_CASE("a selection that cannot be made is refused", "[centre][select]") {
  const auto refused = [](const std::vector<Scenario>& systems, SelectOptions select, const std::string& rule) {
    const std::string fault = fault_of([&] { static_cast<void>(select_best(systems, select)); });
    INFO(fault);
    return holds(fault, rule);
  };
  const std::vector<Scenario> two = {line(1), line(0.9)};
  CHECK(refused({line()}, selection(1, 1), "at least two"));
  CHECK(refused(two, selection(0, 1), "indifference"));
  CHECK(refused(two, selection(-1, 1), "indifference"));
  SelectOptions select = selection(1, 1);
  select.confidence = 1;
  CHECK(refused(two, select, "confidence"));
  select = selection(1, 1);
  select.figure.kpi = "fab.cycel_time";
  CHECK(refused(two, select, "did you mean 'fab.cycle_time'?"));
  select.figure.kpi = "fab.utilisation_of_nothing";
  CHECK(refused(two, select, "no such figure"));
  CHECK(refused(two, selection(5e-324, 1), "out of range"));
  CHECK(refused(two, selection(1e300, 1), "out of range"));
  CHECK(refused(std::vector<Scenario>(5001, line()), selection(1, 1), "at most 5000"));
  select = selection(1, 1);
  select.method = SelectionMethod::ocba;
  select.budget = 19;
  CHECK(refused(two, select, "budget"));
  select = selection(1, 1);
  select.first = 1;
  CHECK(refused(two, select, "first"));
  select = selection(1, 1);
  select.figure = {"fab.queue_length", {{"tool_group", "h"}}};
  CHECK(refused(two, select, "has no such labels; there are fab.queue_length"));
  CHECK(refused({line(1), line(3)}, selection(1, 1), "fab.tool_groups")); // cannot keep up: told before it is run
}

} // namespace
} // namespace centresim::centre
