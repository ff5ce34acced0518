// From a scenario to its jobs, and from jobs to a scenario.
#include "catch.hpp"

#include "../design/trace_files.hpp"
#include "centresim/centre/run.hpp"
#include "centresim/core/error.hpp"
#include "centresim/design/jobs.hpp"
#include "centresim/io/fitted_jobs.hpp"
#include "centresim/io/job_trace.hpp"
#include "centresim/io/swf.hpp"
#include "centresim/schema/node.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

namespace centresim {
namespace {

using io::FittedJobs;

// Two kinds of work on a farm that never runs out.
constexpr const char* kFarm = R"toml(format = "centresim/1"
name = "two"
start = "2026-03-04"
horizon = "56 d"

[[design.node_classes]]
name = "node"
nodes = 100
cores = 64
memory = 1024

[[design.features]]
name = "sim"
tokens = 100000

[[design.profiles]]
name = "office"
rates = [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.5, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 0.5, 0.5, 0.1, 0.1, 0.1]

[[design.streams]]
name = "test"
every = "exponential(10 min)"
profile = "office"
jobs = "integers(1, 5)"
run = "lognormal(30 min, 2)"
run_max = "6 h"
memory = "lognormal(4, 0.8)"
memory_request = "uniform(1.65, 0.35)"
request = "lognormal(3, 0.7)"
tokens = ["sim"]
users = 20

[[design.streams]]
name = "route"
every = "gamma(2 h, 0.5)"
run = "weibull(4 h, 0.6)"
cores = "discrete(4, 8, 16; 0.5, 0.25, 0.25)"
memory = 32
users = 3
priority = 7
)toml";

centre::Scenario farm(const std::string& text = kFarm) {
  return centre::read_scenario(schema::parse_toml(text, "farm"));
}

std::string error_of(const std::string& format, const std::string& file, std::int64_t processors = 8,
                     const std::string& start = "") {
  try {
    (void)io::fit_job_trace(format, file, processors, "fcfs", start);
  } catch (const core::InputError& e) {
    return e.what();
  }
  return "";
}

const design::FittedLaw& law(const FittedJobs& fitted, const std::string& stream, const std::string& quantity) {
  for (const design::FittedLaw& l : fitted.fit.laws)
    if (l.stream == stream && l.quantity == quantity) return l;
  FAIL("no law of " + quantity + " of " + stream);
  return fitted.fit.laws[0];
}

// Run times of the jobs of every kind, in ascending order, and how many jobs there are.
std::map<std::string, std::vector<double>> runs(const centre::Scenario& scenario, std::uint64_t seed) {
  const design::Model model =
      design::compile(*scenario.design, {scenario.horizon.ticks, 0, false, centre::week_offset(scenario)});
  design::JobSource source(model, seed, 0);
  std::map<std::string, std::vector<double>> all;
  for (design::Submission job; source.next(job);) all[model.flows[job.flow]].push_back(static_cast<double>(job.run));
  for (auto& [kind, list] : all) std::ranges::sort(list);
  return all;
}

double at(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size()))];
}

TEST_CASE("A scenario comes back from its jobs", "[io][fit]") {
  const trace_files::Folder folder;
  const centre::Scenario made = farm();
  const std::int64_t count = io::write_jobs(made, 3, 0, folder / "jobs.csv");
  REQUIRE(count > 20'000);
  const FittedJobs fitted = io::fit_job_trace("jobs", folder / "jobs.csv", 6400, "easy", "2026-03-04");
  const design::Floor& floor = *fitted.scenario.design;
  REQUIRE(floor.streams.size() == 2);
  CHECK(floor.policy.backfill == design::Backfill::easy);
  CHECK(fitted.scenario.start == "2026-03-04");
  CHECK(fitted.scenario.horizon.ticks > made.horizon.ticks - 86'400'000);
  CHECK(fitted.scenario.horizon.ticks <= made.horizon.ticks + 1000);
  for (const design::JobStream& s : floor.streams) {
    INFO(s.name);
    const bool test = s.name == "test";
    const auto n = static_cast<double>(law(fitted, s.name, "run").n);
    CHECK(s.users == (test ? 20 : 3));
    CHECK(s.priority == (test ? 0 : 7));
    CHECK(s.tokens == (test ? std::vector<design::TokenUse>{{"sim", 1, 0}} : std::vector<design::TokenUse>{}));
    // The arrivals, in the clock of the profile.
    CHECK(s.profile == (test ? "test" : ""));
    const design::FittedLaw& every = law(fitted, s.name, "every");
    CHECK(every.law.kind == (test ? core::LawKind::exponential : core::LawKind::gamma));
    const auto arrivals = static_cast<double>(every.n), cv = test ? 1 : 0.5;
    CHECK(std::abs(every.law.parameters[0] / (test ? 600e3 : 7200e3) - 1) / cv * std::sqrt(arrivals) < 4);
    // Run times: the law, its parameters, its limit.
    const design::FittedLaw& run = law(fitted, s.name, "run");
    CHECK(run.law.kind == (test ? core::LawKind::lognormal : core::LawKind::weibull));
    CHECK(run.ks < 1.63 / std::sqrt(n));
    CHECK(run.law_mean == Approx(run.observed_mean).epsilon(0.03));
    if (test) {
      const double sigma = std::sqrt(std::log1p(4.0)),
                   found = std::sqrt(std::log1p(std::pow(run.law.parameters[1], 2)));
      CHECK(std::abs(found / sigma - 1) * std::sqrt(2 * n) < 4);
      CHECK(s.run_max->ticks == 6 * core::kTicksPerHour);
      CHECK(s.jobs.parameters == std::vector<double>{1, 2, 3, 4, 5});
      CHECK(s.memory.kind == core::LawKind::lognormal);
      CHECK(s.memory_request.kind == core::LawKind::uniform);
      CHECK(s.request.parameters[0] == Approx(3).epsilon(0.03));
    } else {
      CHECK(run.law.parameters[0] / (4 * 3.6e6) == Approx(1).margin(4 * 0.6 / std::sqrt(n)));
      CHECK(s.cores.parameters == std::vector<double>{4, 8, 16});
      CHECK(s.memory == design::Distribution::constant(32));
    }
  }
  REQUIRE(floor.profiles.size() == 1);
  REQUIRE(floor.profiles[0].rates.size() == 24);
  CHECK(floor.profiles[0].rates[12] == Approx(2).epsilon(0.1));
  CHECK(floor.profiles[0].rates[3] == Approx(0.1).epsilon(0.3));
  REQUIRE(floor.features.size() == 1);
  CHECK(floor.features[0].tokens > 5);
  CHECK(floor.features[0].tokens < 500);

  // And again: as many jobs, with the same means and quantiles.
  const auto before = runs(made, 3), after = runs(fitted.scenario, 4);
  for (const auto& [kind, old] : before) {
    INFO(kind);
    const std::vector<double>& now = after.at(kind);
    const auto n = static_cast<double>(old.size());
    CHECK(std::abs(static_cast<double>(now.size()) / n - 1) < 0.08);
    for (const double share : {0.1, 0.5, 0.9}) CHECK(at(now, share) == Approx(at(old, share)).epsilon(0.06));
  }
  for (const design::FittedStream& s : fitted.fit.told) {
    CHECK(s.fitted_jobs == Approx(static_cast<double>(s.jobs)).epsilon(0.02));
    CHECK(s.fitted_core_hours == Approx(s.core_hours).epsilon(0.05));
  }
}

TEST_CASE("The same jobs give the same scenario, and its file says how well it fits", "[io][fit]") {
  const trace_files::Folder folder;
  io::write_jobs(farm(), 3, 0, folder / "jobs.csv");
  const FittedJobs fitted = io::fit_job_trace("jobs", folder / "jobs.csv", 6400, "fcfs", "2026-03-04");
  CHECK(io::fit_job_trace("jobs", folder / "jobs.csv", 6400, "fcfs", "2026-03-04").scenario == fitted.scenario);
  io::save_fitted(fitted, folder / "s.toml");
  io::save_fitted(fitted, folder / "s.json");
  CHECK(centre::load_scenario(folder / "s.toml") == fitted.scenario);
  CHECK(centre::load_scenario(folder / "s.json") == fitted.scenario);
  const std::string text = io::fitted_toml(fitted);
  std::size_t comments = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) comments += line.find("  # n ") != std::string::npos ? 1 : 0;
  // What is as it is by default is not written: one job, one core, as much as is needed.
  const auto written = std::ranges::count_if(
      fitted.fit.laws, [](const design::FittedLaw& l) { return !(l.law == design::Distribution::constant(1)); });
  CHECK(comments == static_cast<std::size_t>(written));
  CHECK(comments == 10);
  CHECK(text.find("KS 0.0") != std::string::npos);
  CHECK_THROWS_AS(io::save_fitted(fitted, folder / "s.txt"), core::InputError);
}

TEST_CASE("Few jobs, constant columns, no time at all", "[io][fit]") {
  const trace_files::Folder folder;
  const auto swf = [&](const std::string& lines) {
    return io::fit_job_trace("swf", folder.write("t.swf", lines), 8, "fcfs", "2026-03-04");
  };
  const FittedJobs one = swf("1 100 -1 50 2 -1 -1 2 -1 -1 1 7 -1 -1 -1 -1 -1 -1\n");
  REQUIRE(one.scenario.design->streams.size() == 1);
  const auto seen = runs(one.scenario, 1);
  REQUIRE(seen.at("jobs") == std::vector<double>{50'000});
  CHECK(one.scenario.horizon.ticks == 101'000);

  std::string same;
  for (int i = 0; i < 50; ++i)
    same += std::to_string(i + 1) + " " + std::to_string(60 * i) + " -1 30 1 -1 -1 1 60 -1 1 1 1 -1 3 -1 -1 -1\n";
  const FittedJobs constant = swf(same);
  const design::JobStream& s = constant.scenario.design->streams.at(0);
  CHECK(s.name == "queue 3");
  CHECK(s.run == design::Distribution::constant(30'000, common::Dimension::time));
  CHECK(s.every.parameters[0] == 60'000);
  CHECK(s.request == design::Distribution::constant(2));
  CHECK(s.profile.empty());
  CHECK(runs(constant.scenario, 1).at("queue 3").size() == 49); // the next one comes a gap after the start

  // Run times of 0 s in a table: less than the second that can be told.
  std::string table = "name,submit,run\n";
  for (int i = 0; i < 400; ++i)
    table += std::to_string(i) + "," + std::to_string(10 * i) + "," + std::to_string(i % 40 * (i % 7)) + "\n";
  const FittedJobs zero = io::fit_job_trace("jobs", folder.write("z.csv", table), 8, "fcfs", "");
  CHECK(zero.scenario.design->streams.at(0).run.mean() > 1000);
  CHECK(zero.scenario.start == "2026-01-05");
  CHECK(std::ranges::any_of(zero.notes, [](const std::string& n) { return n.find("Monday") != std::string::npos; }));
}

TEST_CASE("Rare kinds are one stream, lists of tokens their own", "[io][fit]") {
  const trace_files::Folder folder;
  std::string table = "name,submit,run,kind,tokens,user\n";
  for (int i = 0; i < 3000; ++i) {
    const char* kind = i % 500 == 1 ? "rare" : i % 500 == 2 ? "seldom" : i % 2 == 0 ? "a" : "b";
    const char* tokens = *kind == 'b' ? (i % 3 == 0 ? "sim:2" : i == 5 ? "odd" : "sim;gui") : "";
    table += std::to_string(i) + "," + std::to_string(i) + "," + std::to_string(10 + i * 37 % 101) + "," + kind + "," +
             tokens + ",u" + std::to_string(i % 9) + "\n";
  }
  const FittedJobs fitted = io::fit_job_trace("jobs", folder.write("t.csv", table), 8, "fcfs", "2026-03-04");
  std::vector<std::string> names;
  for (const design::JobStream& s : fitted.scenario.design->streams) names.push_back(s.name);
  std::ranges::sort(names);
  CHECK(names == std::vector<std::string>{"a", "b, sim:2", "b, sim;gui", "other"});
  for (const design::JobStream& s : fitted.scenario.design->streams) {
    if (s.name[0] == 'b') CHECK(s.kind == "b");
    if (s.name == "other") CHECK(s.users > 1);
  }
  CHECK(
      std::ranges::any_of(fitted.notes, [](const std::string& n) { return n.find("1 jobs have other tokens") == 0; }));
  REQUIRE(fitted.scenario.design->features.size() == 3);
  CHECK(centre::run(fitted.scenario, {}).tree.contains("design"));
}

TEST_CASE("What can not be fitted is refused where it stands", "[io][fit]") {
  const trace_files::Folder folder;
  const std::string head = "name,submit,run\n";
  CHECK(error_of("jobs", folder.write("e.csv", head)).find("holds no jobs") != std::string::npos);
  CHECK(error_of("jobs", folder.write("n.csv", head + "1,0,-5\n")).find("n.csv:2") != std::string::npos);
  CHECK(error_of("jobs", folder.write("u.csv", head + "1,10,5\n2,3,5\n")).find("u.csv:3") != std::string::npos);
  CHECK(error_of("jobs", folder.write("h.csv", head + "1,0,1e30\n")).find("h.csv:2") != std::string::npos);
  CHECK(error_of("jobs", folder.write("c.csv", "name,submit,run,cores\n1,0,5,9\n")).find("needs more than the 8") !=
        std::string::npos);
  const std::string good = folder.write("g.csv", head + "1,0,5\n");
  CHECK(error_of("jobs", good, 8, "yesterday").find("must be a date") != std::string::npos);
  CHECK(error_of("jobs", good, 8, "2026-02-30").find("must be a date") != std::string::npos);
  CHECK(error_of("jobs", good, 0).find("processors") != std::string::npos);
  CHECK(error_of("xls", good).find("swf, jobs, sacct or lsf") != std::string::npos);
  CHECK_THROWS_AS(io::fit_job_trace("swf", folder / "nowhere.swf", 8, "fcfs", ""), core::IoError);
  CHECK_THROWS_AS(io::fit_job_trace("sacct", folder / "nowhere.txt", 8, "fcfs", ""), core::IoError);
  // 120 years between two jobs: more than a scenario lasts.
  CHECK(error_of("jobs", folder.write("y.csv", head + "1,0,5\n2,3786912000,5\n")).find("100 years") !=
        std::string::npos);
}

TEST_CASE("The wildest values give laws that a scenario can hold", "[io][fit]") {
  const trace_files::Folder folder;
  std::string table = "name,submit,run,request,cores,memory,peak_memory\n";
  for (int i = 0; i < 300; ++i)
    table += std::to_string(i) + "," + std::to_string(i / 3 * 7) + "." + std::to_string(i % 3) + "," +
             (i % 50 == 0  ? "4e9 s"
              : i % 3 == 0 ? "0.001"
                           : std::to_string(i * i)) +
             "," + (i % 2 == 0 ? "4e9 s" : "0.001") + "," + std::to_string(1 + i % 3 * 4'000'000) + "," +
             (i % 5 == 0 ? "1e9" : "0") + "," + (i % 7 == 0 ? "0.000001" : "3") + "\n";
  const FittedJobs fitted = io::fit_job_trace("jobs", folder.write("w.csv", table), 10'000'000, "fcfs", "");
  centre::Scenario s = fitted.scenario;
  CHECK(centre::read_scenario(schema::parse_toml(io::fitted_toml(fitted), "w")) == s);
  s.end = centre::End::stop;
  CHECK(centre::run(s, {}).tree.contains("design"));
}

TEST_CASE("A schedule written as SWF is replayed to the same schedule", "[io][swf]") {
  const trace_files::Folder folder;
  centre::Scenario scenario = farm();
  scenario.horizon.ticks = 3 * core::kTicksPerDay;
  scenario.end = centre::End::drain;
  scenario.design->node_classes[0].nodes = 1;
  scenario.design->node_classes[0].cores = 64;
  scenario.design->node_classes[0].memory.reset();
  scenario.design->policy.kill_at_request = false;
  scenario.design->policy.memory.limit = design::MemoryLimit::none;
  centre::RunOptions options;
  options.trace_jobs = true;
  options.replications = 2;
  const auto result = centre::run(scenario, options);
  const std::string swf = folder / "t.swf";
  io::write_swf(result.tree, swf, 1);
  const centre::Scenario replay = io::read_job_trace(swf, design::TraceFormat::swf, 64, "fcfs");
  options.replications = 1;
  const auto again = centre::run(replay, options);
  const auto column = [](const experiment::Tree& tree, const char* name, std::int64_t replication) {
    const experiment::Group& g = tree.at("design/trace/jobs");
    const auto of = [&](const char* wanted) {
      for (const experiment::Variable& v : g.variables)
        if (v.name == wanted) return std::get<std::vector<std::int64_t>>(v.values);
      return std::vector<std::int64_t>{};
    };
    std::vector<std::array<std::int64_t, 2>> rows;
    const auto values = of(name), submit = of("submit"), which = of("replication_index");
    for (std::size_t i = 0; i < values.size(); ++i)
      if (which[i] == replication) rows.push_back({submit[i], values[i]});
    std::ranges::sort(rows);
    return rows;
  };
  REQUIRE(column(again.tree, "start", 0).size() > 500);
  for (const char* name : {"start", "end"}) CHECK(column(again.tree, name, 0) == column(result.tree, name, 1));
  // Its own replay is the same file but for the name, and keeps the numbers.
  io::write_swf(again.tree, folder / "u.swf");
  const auto body = [](const std::string& path) {
    std::ifstream file(path);
    std::string all, line;
    while (std::getline(file, line))
      if (line[0] != ';') all += line.substr(0, line.find(" -1 -1 -1")) + '\n';
    return all;
  };
  const auto fields = [&](const std::string& path) { // users are numbered anew
    std::istringstream in(body(path));
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(in, line);) {
      std::istringstream words(line);
      std::vector<std::string> row{std::istream_iterator<std::string>(words), {}};
      row.resize(11);
      rows.push_back(row);
    }
    return rows;
  };
  CHECK(fields(folder / "u.swf") == fields(swf));
}

TEST_CASE("Lines of the Standard Workload Format", "[io][swf]") {
  const trace_files::Folder folder;
  centre::Scenario scenario = farm(R"toml(format = "centresim/1"
name = "small"
horizon = "1 h"
end = "drain"
start = "1970-01-02"

[[design.node_classes]]
name = "node"
nodes = 1
cores = 4
memory = 16

[[design.jobs]]
name = "late"
submit = "10.5 s"
run = "20 s"
request = "60 s"
cores = 4
memory = 8
peak_memory = 4
user = "u"
kind = "k"

[[design.jobs]]
name = "first"
submit = 0
run = "1.25 s"
ranks = 2
kind = "k"

[[design.jobs]]
name = "killed"
submit = 20
run = 30
request = "10 s"
)toml");
  centre::RunOptions options;
  options.trace_jobs = true;
  const auto result = centre::run(scenario, options);
  io::write_swf(result.tree, folder / "t.swf");
  std::ifstream file(folder / "t.swf");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text.find("; MaxJobs: 3\n") != std::string::npos);
  CHECK(text.find("; UnixStartTime: 86400\n") != std::string::npos);
  CHECK(text.find("; MaxProcs: 4\n") != std::string::npos);
  CHECK(text.find("\n1 0 0 1.250 2 -1 -1 2 1.250 -1 1 ") != std::string::npos);
  CHECK(text.find("\n2 10.500 0 20 4 -1 1000000 4 60 2000000 1 ") != std::string::npos); // GB over 4 processors
  CHECK(text.find("\n3 20 10.500 10 1 -1 -1 1 10 -1 0 ") != std::string::npos);          // at its limit
  CHECK_THROWS_AS(io::write_swf(result.tree, folder / "t.swf", 1), core::InputError);
  CHECK_THROWS_AS(io::write_swf(centre::run(scenario, {}).tree, folder / "t.swf"), core::InputError);
  CHECK_THROWS_AS(io::write_jobs(scenario, 1, 0, folder / "t.txt"), core::InputError);
  for (const char* name : {"t.csv", "u.swf"}) {
    CHECK_THROWS_AS(io::write_jobs(scenario, 1, 0, folder / name, [] { return true; }), core::Interrupted);
    CHECK_FALSE(std::filesystem::exists(folder / name));
  }
  CHECK(io::write_jobs(scenario, 1, 0, folder / "t.csv", [] { return false; }) == 3);
  CHECK(io::read_job_trace(folder / "t.csv", design::TraceFormat::csv, 4, "fcfs").design->trace.has_value());
}

} // namespace
} // namespace centresim
