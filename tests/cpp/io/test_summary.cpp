#include "catch.hpp"
#include "centresim/core/error.hpp"
#include "centresim/io/summary.hpp"
#include "make_tree.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <nlohmann/json.hpp>

using namespace centresim;
using namespace centresim::io;
using namespace centresim::io::test;
using Json = nlohmann::json;

namespace {

Variable& variable(Group& group, const std::string& name) {
  for (Variable& v : group.variables)
    if (v.name == name) return v;
  throw std::logic_error("no variable " + name);
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

Tree traced() {
  Tree tree = full_tree();
  tree["fab/trace"];
  Group& trace = tree["fab/trace/lots"];
  trace.dimensions = {{"event", 2}, {"lot_name", 2}, {"step_name", 1}, {"tool_name", 1}};
  const auto over = [](const char* name, Integers values) { return Variable{name, {"event"}, values, "ms", ""}; };
  trace.variables = {Variable{"lot_name", {"lot_name"}, Texts{"A.1", "B, \"2\""}, "", ""},
                     Variable{"step_name", {"step_name"}, Texts{"r/s"}, "", ""},
                     Variable{"tool_name", {"tool_name"}, Texts{"t#1"}, "", ""},
                     over("replication_index", {0, 1}),
                     over("lot", {0, 1}),
                     over("step", {0, 0}),
                     over("tool", {0, 0}),
                     over("arrive", {0, 61'001}),
                     over("start", {5, 70'000}),
                     over("end", {1'005, 7'000'000'000'123})};
  return tree;
}

} // namespace

TEST_CASE("the JSON summary holds what the format says", "[io][summary]") {
  Tree tree = full_tree();
  std::get<Reals>(variable(tree[""], "low").values)[1] = std::nan("");
  const Json summary = Json::parse(summary_json(tree));
  CHECK(summary.at("format") == "centresim-summary/1");
  CHECK(summary.at("scenario") == "pilot");
  CHECK(summary.at("digest") == "abc");
  CHECK(summary.at("replications") == 3);
  CHECK(summary.at("counts").at("events") == 60);
  CHECK(summary.at("counts").at("lots_scrapped") == 60);
  CHECK(summary.at("timing") == Json({{"wall_s", 1.5}, {"cpu_s", 2.75}, {"threads", 2}, {"peak_rss_mb", 80.0}}));
  REQUIRE(summary.at("kpis").size() == 2);
  const Json first = {{"name", "fab.cycle_time"},
                      {"unit", "d"},
                      {"mean", 5.25},
                      {"low", 5.0},
                      {"high", 5.5},
                      {"sd", 0.1},
                      {"n", 3},
                      {"better", "lower"},
                      {"estimate_share", 0.25},
                      {"product", "Ω"},
                      {"kind", "regular"}};
  CHECK(summary.at("kpis")[0] == first);
  CHECK(summary.at("kpis")[1].at("low").is_null());
  CHECK(summary.at("kpis")[1].at("tool_group") == "litho");
  CHECK(!summary.at("kpis")[1].contains("product"));
}

TEST_CASE("only counts are summed: not times, not what has another axis", "[io][summary]") {
  Tree tree = full_tree();
  tree["fab"].variables.push_back({"window_end", {"replication"}, Integers{1, 2, 3}, "ms", ""});
  tree["fab"].variables.push_back({"jobs", {"replication"}, Integers{1, 2, 3}, "1", ""});
  const Json counts = Json::parse(summary_json(tree)).at("counts");
  CHECK(counts.at("jobs") == 6);
  CHECK(!counts.contains("window_end"));
  CHECK(!counts.contains("busy"));
}

TEST_CASE("the CSV summary has a column per label and empty cells for what is missing", "[io][summary]") {
  Tree tree = full_tree();
  std::get<Reals>(variable(tree[""], "sd").values)[0] = std::nan("");
  std::get<Texts>(variable(tree[""], "product").values)[0] = "A, \"b\"";
  CHECK(summary_csv(tree) == "name,unit,mean,low,high,sd,n,better,estimate_share,product,kind,tool_group\n"
                             "fab.cycle_time,d,5.25,5,5.5,,3,lower,0.25,\"A, \"\"b\"\"\",regular,\n"
                             "fab.utilisation,1,0.8,0.75,0.85,0.02,3,neither,0.5,,,litho\n");
}

TEST_CASE("the table names the busiest groups and what limits the line", "[io][summary]") {
  Tree tree = full_tree();
  Group& root = tree[""];
  variable(root, "kpi_name").values = Texts{"fab.utilisation_available", "fab.utilisation_available"};
  variable(root, "kpi").values = Texts{"a", "b"};
  variable(root, "tool_group").values = Texts{"litho", "etch"};
  variable(root, "product").values = Texts{"", ""};
  variable(root, "kind").values = Texts{"", ""};
  const auto set = [&](const char* name, Reals values) { variable(root, name).values = values; };
  set("mean", {0.6, 0.9});
  set("low", {0.55, 0.8});
  set("high", {0.65, 0.95});
  const std::string clear = summary_table(tree);
  INFO(clear);
  CHECK(clear.find("What limits the line: etch, busy 90.0 % of its available time") != std::string::npos);
  CHECK(clear.find("\netch ") < clear.find("\nlitho "));
  set("high", {0.85, 0.95}); // now the intervals overlap
  CHECK(summary_table(tree).find("What limits the line: etch or litho, busy 90.0 %") != std::string::npos);
}

TEST_CASE("a table of no result is refused", "[io][summary]") {
  CHECK_THROWS_AS(summary_table({}), std::runtime_error);
  CHECK_THROWS_AS(summary_json({}), std::runtime_error);
  Tree tree;
  tree[""].dimensions = {{"kpi", 1}};
  CHECK_THROWS_AS(summary_csv(tree), std::runtime_error);
}

TEST_CASE("the lot trace is written in exact seconds", "[io][summary]") {
  const Folder folder;
  write_lot_trace(traced(), folder / "t.csv");
  CHECK(text_of(folder / "t.csv") == "lot,step,tool,arrive,start,end,replication\n"
                                     "A.1,r/s,t#1,0.000,0.005,1.005,0\n"
                                     "\"B, \"\"2\"\"\",r/s,t#1,61.001,70.000,7000000000.123,1\n");
  write_lot_trace(full_tree(), folder / "empty.csv");
  CHECK(text_of(folder / "empty.csv") == "lot,step,tool,arrive,start,end,replication\n");
  CHECK_THROWS_AS(write_lot_trace(traced(), folder / "no/t.csv"), core::IoError);
  Tree broken = traced();
  variable(broken["fab/trace/lots"], "end").values = Integers{1};
  CHECK_THROWS_AS(write_lot_trace(broken, folder / "broken.csv"), std::runtime_error);
  CHECK(folder.count() == 2);
}
