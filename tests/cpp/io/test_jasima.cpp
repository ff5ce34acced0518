// Models in jasima's text format, read and run: schedules worked out by hand, and one that jasima itself published.
#include "../fab/support.hpp"
#include "jasima_file.hpp"

#include "centresim/centre/scenario.hpp"

#include <set>

using namespace centresim;
using namespace jasima_file;
using fab::test::Lines;

namespace {

// "lot route.step tool arrive start end", in minutes.
Lines schedule(const centre::Scenario& s) {
  const fab::Span span{s.horizon.ticks, s.warmup.ticks, 0, s.end == centre::End::drain};
  return fab::test::run(*s.fab, span).schedule();
}

// When each lot has left, by its name.
std::map<std::string, double> ends(const centre::Scenario& s) {
  std::map<std::string, double> ends;
  const fab::Span span{s.horizon.ticks, s.warmup.ticks, 0, s.end == centre::End::drain};
  const auto run = fab::test::run(*s.fab, span);
  for (const auto& row : run.seen.lot_trace) {
    double& end = ends[run.seen.lot_names[row.lot]];
    end = std::max(end, fab::test::Run::in_minutes(row.end));
  }
  return ends;
}

// The sum of all flow times and the time of the last end, in minutes, of jobs that are all released at 0.
std::pair<double, double> flow_and_end(centre::Scenario s, const std::vector<fab::Rank>& rank) {
  for (fab::ToolGroup& g : s.fab->tool_groups) g.rank = rank;
  std::pair<double, double> seen;
  for (const auto& [name, end] : ends(s)) seen = {seen.first + end, std::max(seen.second, end)};
  return seen;
}

// One job for each route, all at 0.
std::string jobs_at_0(int count) {
  std::string text = "jobs\n" + std::to_string(count) + "\n";
  for (int i = 1; i <= count; i++) text += std::to_string(i) + " 0 0 1\n";
  return text;
}

bool says(const centre::Scenario& s, const std::string& what) { return s.description.find(what) != std::string::npos; }

} // namespace

TEST_CASE("jasima: two machines and three routes, one lot at a time", "[io][jasima]") {
  // Machine 1: a 0-4, c 4-5 (arrived at 1), b 6-8 (arrived at 6). Machine 2: b 0-6, a 6-9.
  const centre::Scenario s = read(two_machines());
  CHECK(s.name == "model");
  CHECK(schedule(s) == Lines{"a 1 11 0 0 4", "b 1 21 0 0 6", "c 1 11 1 4 5", "a 2 21 4 6 9", "b 2 11 6 6 8"});
  const fab::Fab& f = *s.fab;
  CHECK(f.tool_groups.size() == 2);
  CHECK(f.tool_groups[0].rank == std::vector{fab::Rank::fifo});
  CHECK(f.lots[1].due == schedule_due(20));
  CHECK(f.lots[2].priority == 5);
  CHECK(f.lots[2].wafers == 1);
  CHECK(s.horizon.ticks == (1 + 7 + 8 + 1 + 1) * core::kTicksPerMinute); // last release, all the work, a minute
  CHECK(s.end == centre::End::stop);
  CHECK(says(s, "Weights are priorities"));
  CHECK(centre::read_scenario(centre::to_node(s)) == s);
}

// The instance ft06 of Fisher and Thompson (Probabilistic learning combinations of local job-shop scheduling rules,
// 1963). jasima's own tests hold its trace by operational due dates, which are all 0: first come, first served. And
// traces of another instance: the same times, those of a job in the order of the machines.
TEST_CASE("jasima: the schedule of ft06 is that of jasima", "[io][jasima]") {
  const std::string routes = "6\n6\n3 1 2 4 6 5\n2 3 5 6 1 4\n3 4 6 1 2 5\n2 1 3 4 5 6\n3 2 5 6 1 4\n2 4 6 1 5 3\n";
  const centre::Scenario ft06 = read(routes + "1 3 6 7 3 6\n8 5 10 10 10 4\n5 4 8 9 1 7\n5 5 5 3 8 9\n9 3 5 4 3 1\n" +
                                     "3 3 9 10 4 1\n" + jobs_at_0(6));
  CHECK(ends(ft06) == std::map<std::string, double>{
                          {"job_1", 48}, {"job_2", 56}, {"job_3", 42}, {"job_4", 65}, {"job_5", 57}, {"job_6", 61}});
  const centre::Scenario other = read(routes + "3 6 1 7 6 3\n10 8 5 4 10 10\n9 1 5 4 7 8\n5 5 5 3 8 9\n" +
                                      "3 3 9 1 5 4\n10 3 1 3 4 9\n" + jobs_at_0(6));
  CHECK(ends(other) == std::map<std::string, double>{
                           {"job_1", 57}, {"job_2", 52}, {"job_3", 46}, {"job_4", 63}, {"job_5", 56}, {"job_6", 70}});
  using enum fab::Rank;
  CHECK(flow_and_end(other, {shortest_time, fifo}) == std::pair{299.0, 58.0});
  CHECK(flow_and_end(other, {slack, fifo}) == std::pair{331.0, 60.0});
}

// The instances ft10 and ft20 of the same paper. jasima's own tests hold the trace of ft10 and, for both, makespan and
// sum of flow times by rule; jobs that are equal in all else start in the order of the file, the tenth after the third.
TEST_CASE("jasima: ft10 and ft20 come out as in jasima under four rules", "[io][jasima]") {
  using enum fab::Rank;
  const centre::Scenario ft10 = read(
      "10\n10\n"
      "1 2 3 4 5 6 7 8 9 10\n1 3 5 10 4 2 7 6 8 9\n2 1 4 3 9 6 8 7 10 5\n2 3 1 5 7 9 8 4 10 6\n3 1 2 6 4 5 9 8 10 7\n"
      "3 2 6 4 9 10 1 7 5 8\n2 1 4 3 7 6 10 9 8 5\n3 1 2 6 5 7 9 10 8 4\n1 2 4 6 3 10 7 8 5 9\n2 1 3 7 9 10 6 4 5 8\n"
      "29 78 9 36 49 11 62 56 44 21\n43 90 75 11 69 28 46 46 72 30\n91 85 39 74 90 10 12 89 45 33\n"
      "81 95 71 99 9 52 85 98 22 43\n14 6 22 61 26 69 21 49 72 53\n84 2 52 95 48 72 47 65 6 25\n"
      "46 37 61 13 32 21 32 89 30 55\n31 86 46 74 32 88 19 48 36 79\n76 69 76 51 85 11 40 89 26 74\n"
      "85 13 61 7 64 76 47 52 90 45\n" +
      jobs_at_0(10));
  CHECK(ends(ft10) == std::map<std::string, double>{{"job_01", 1060},
                                                    {"job_02", 847},
                                                    {"job_03", 823},
                                                    {"job_04", 920},
                                                    {"job_05", 1003},
                                                    {"job_06", 939},
                                                    {"job_07", 884},
                                                    {"job_08", 993},
                                                    {"job_09", 1184},
                                                    {"job_10", 1129}});
  CHECK(flow_and_end(ft10, {fifo}) == std::pair{9782.0, 1184.0});
  CHECK(flow_and_end(ft10, {due_date, fifo}) == std::pair{9782.0, 1184.0});
  CHECK(flow_and_end(ft10, {shortest_time, fifo}) == std::pair{8343.0, 1074.0});
  CHECK(flow_and_end(ft10, {slack, fifo}) == std::pair{10105.0, 1108.0});

  const centre::Scenario ft20 = read(
      "5\n20\n"
      "1 2 3 4 5\n1 2 4 3 5\n2 1 3 5 4\n2 1 5 3 4\n3 2 1 4 5\n3 2 5 1 4\n2 1 3 4 5\n3 2 1 4 5\n1 4 3 2 5\n2 3 1 4 5\n"
      "2 4 1 5 3\n3 1 2 4 5\n1 3 2 4 5\n3 1 2 4 5\n1 2 5 3 4\n2 1 4 5 3\n1 3 2 4 5\n1 2 5 3 4\n2 3 1 4 5\n1 2 3 4 5\n"
      "29 9 49 62 44\n43 75 69 46 72\n91 39 90 12 45\n81 71 9 85 22\n14 22 26 21 72\n84 52 48 47 6\n46 61 32 32 30\n"
      "31 46 32 19 36\n76 76 85 40 26\n85 61 64 47 90\n78 36 11 56 21\n90 11 28 46 30\n85 74 10 89 33\n95 99 52 98 43\n"
      "6 61 69 49 53\n2 95 72 65 25\n37 13 21 89 55\n86 74 88 48 79\n69 51 11 89 74\n13 7 76 52 45\n" +
      jobs_at_0(20));
  CHECK(flow_and_end(ft20, {fifo}) == std::pair{25542.0, 1645.0});
  CHECK(flow_and_end(ft20, {shortest_time, fifo}) == std::pair{15705.0, 1267.0});
  CHECK(flow_and_end(ft20, {slack, fifo}) == std::pair{24258.0, 1501.0});
}

TEST_CASE("jasima: jobs released together start in the order of the file, whatever their names", "[io][jasima]") {
  // One machine, 10 min each: z, then m, then a; at 5 comes b, whose name need not be in order.
  const std::string shop = "1\n1\n1\n10\n";
  const centre::Scenario s = read(shop + "jobs\n4\n1 0 0 1 z\n1 0 0 1 m\n1 0 0 1 a\n1 5 0 1 b\n");
  CHECK(ends(s) == std::map<std::string, double>{{"1 z", 10}, {"2 m", 20}, {"3 a", 30}, {"4 b", 40}});
  CHECK(says(s, "begin with their number"));
  const centre::Scenario kept = read(shop + "jobs\n3\n1 0 0 1 y\n1 0 0 1 z\n1 5 0 1 a\n");
  CHECK(ends(kept) == std::map<std::string, double>{{"y", 10}, {"z", 20}, {"a", 30}});
  CHECK_FALSE(says(kept, "number"));
}

TEST_CASE("jasima: machines that come later", "[io][jasima]") {
  // As two_machines, but machine 2 is there from 10 on: b 10-16, a 16-19, and b on machine 1 16-18.
  const std::string shop = replaced(two_machines(), "jobs", "2\nmachineReleaseDates\n10\njobs");
  const centre::Scenario s = read(shop);
  CHECK(schedule(s) == Lines{"a 1 11 0 0 4", "c 1 11 1 4 5", "b 1 21 0 10 16", "a 2 21 4 16 19", "b 2 11 16 16 18"});
  CHECK(s.horizon.ticks == (10 + 7 + 8 + 1 + 1) * core::kTicksPerMinute);
  CHECK(says(s, "not yet there"));
  // Two machines of one group, both from 3 on; a job of 4 min each.
  const centre::Scenario two = read("1\n1\n1\n4\n1\nnumInGroup\n2\nmachineReleaseDates\n3 3\n"
                                    "jobs\n3\n1 0 0 1\n1 0 0 1\n1 5 0 1\n");
  CHECK(ends(two) == std::map<std::string, double>{{"job_1", 7}, {"job_2", 7}, {"job_3", 11}});
  CHECK_FALSE(says(read(replaced(shop, "Dates\n10", "Dates\n0")), "not yet there"));
}

TEST_CASE("jasima: setups take the time of the change, in its direction", "[io][jasima]") {
  // One machine, states DEF, A, B; an operation without state needs DEF.
  //   a (A): 2 min of setup from DEF, 0-2, 2-12.   b (B): A to B 5 min, 12-17-27.   c (B): none, 27-37.
  //   d (A): B to A x, so none, 37-47.   e (DEF): A to DEF 1 min, 47-48-58.   f (B): DEF to B 3 min, 58-61-71.
  const centre::Scenario s = read("1\n3\n1;A\n1;B\n1\n10\n10\n10\n"
                                  "1\nsetup\n3\nDEF_SETUP x 2 3\nA 1 x 5\nB 7 x x\n"
                                  "jobs\n6\n1 0 0 1 a\n2 0 0 1 b\n2 0 0 1 c\n1 0 0 1 d\n3 0 0 1 e\n2 0 0 1 f\n");
  CHECK(ends(s) == std::map<std::string, double>{{"a", 12}, {"b", 27}, {"c", 37}, {"d", 47}, {"e", 58}, {"f", 71}});
  const auto r = fab::test::run(*s.fab, fab::test::span(100));
  CHECK(r.states("11") == Lines{"setup 0 2", "process 2 12", "setup 12 17", "process 17 47", "setup 47 48",
                                "process 48 58", "setup 58 61", "process 61 71", "idle 71 100"});
}

TEST_CASE("jasima: a state that two machine groups know is told apart", "[io][jasima]") {
  // Both groups change to A: machine 1 in 2 min, machine 2 in 30 min.
  const centre::Scenario s = read("2\n1\n1;A 2;A\n5 5\n"
                                  "1\nsetup\n2\nDEF_SETUP x 2\nA x x\n2\nsetup\n2\nDEF_SETUP x 30\nA x x\n"
                                  "jobs\n1\n1 0 0 1\n");
  CHECK(ends(s).at("job_1") == 2 + 5 + 30 + 5);
  CHECK(s.fab->routes[0].steps[0].setup == "A/1");
  CHECK(s.fab->routes[0].steps[1].setup == "A/2");
}

TEST_CASE("jasima: batches count lots, never wait, and mix routes of a family", "[io][jasima]") {
  // One machine. a (family F, at most 2 lots) is alone at 0: 0-10. By 10 wait b (F, route 2), c (no family), d and e
  // (F, route 1). First b with d, the next of its family: 10-20. Then c alone: 20-25. Then e: 25-35.
  const centre::Scenario s = read("1\n3\n1\n1\n1\n10;F;2\n10;F;2\n5\n"
                                  "jobs\n5\n1 0 0 1 a\n2 1 0 1 b\n3 2 0 1 c\n1 3 0 1 d\n1 4 0 1 e\n");
  CHECK(ends(s) == std::map<std::string, double>{{"a", 10}, {"b", 20}, {"d", 20}, {"c", 25}, {"e", 35}});
  CHECK_FALSE(says(s, "batch"));
}

TEST_CASE("jasima: a family shares batches at whatever visit", "[io][jasima]") {
  // a: 0-10, 1 min elsewhere, back at 11 while c is in: 10-20. Then a for the second time with b for the first: 20-30.
  const centre::Scenario s = read("2\n1\n1 2 1\n10;F;2 1 10;F;2\njobs\n3\n1 0 0 1 a\n1 10 0 1 c\n1 12 0 1 b\n");
  CHECK_FALSE(says(s, "batch"));
  // c, back at 21, is in 30-40; b, back at 31, 40-50.
  CHECK(ends(s) == std::map<std::string, double>{{"a", 30}, {"b", 50}, {"c", 40}});
}

TEST_CASE("jasima: what batches cannot do is said", "[io][jasima]") {
  const centre::Scenario times = read("1\n2\n1\n1\n10;F;2\n11;F;2\njobs\n2\n1 0 0 1 a\n2 0 0 1 b\n");
  CHECK(says(times, "do not share batches"));
  CHECK(ends(times) == std::map<std::string, double>{{"a", 10}, {"b", 21}});
}

TEST_CASE("jasima: several machines in a group, names and words for groups", "[io][jasima]") {
  const centre::Scenario s = read("2\n2\nclean furnace\nclean\n4 10\n4\n"
                                  "clean\nnumInGroup\n2\nfurnace\nmachineName\nHOT #1 \\#2\n"
                                  "jobs\n3\n1 0 0 1\n2 0 0 1\n1 0 0 1\n");
  CHECK(s.fab->tool_groups[0].name == "clean");
  CHECK(s.fab->tool_groups[0].tools == 2);
  CHECK(s.fab->tool_groups[1].name == "HOT");
  CHECK(ends(s) == std::map<std::string, double>{{"job_1", 14}, {"job_2", 4}, {"job_3", 24}});
  CHECK(read("1\n1\n1\n1\n1\nmachineName\nA \\#2 # two\n").fab->tool_groups[0].name == "A #2");
}

TEST_CASE("jasima: streams of jobs", "[io][jasima]") {
  const std::string shop = "1\n2\n1 1\n1\n3 4\n5\n";
  const auto dynamic = [](const std::string& arrivals, const std::string& more = "") {
    return "jobs_dynamic\nroute\n1\narrivals\n" + arrivals + "\ndue_dates\nconst(1.5)\nweights\nconst(2)\n" + more;
  };
  SECTION("arrivals by a constant interval: the first after one interval, so many as announced") {
    centre::Scenario s = read(shop + dynamic("const(10)", "numJobs\n3\n"));
    CHECK(s.horizon.ticks == 730 * core::kTicksPerDay);
    CHECK(s.warmup.ticks == 365 * core::kTicksPerDay);
    const auto run = fab::test::run(*s.fab, fab::test::span(100));
    CHECK(run.starts("1") == std::vector<double>{10, 20, 30});
    REQUIRE(run.seen.lot_trace.size() == 6);
    CHECK(s.fab->releases[0].due_factor == 1.5); // 10.5 min after the release: 3 + 4, times 1.5
    CHECK(s.fab->releases[0].priority == 2);
  }
  SECTION("laws") {
    const fab::Fab f = *read(shop + dynamic("dblExp(12.5)") + dynamic("dblUnif(2, 6)") +
                             "jobs\n1\n2 7 90 1\nJOBS_DYNAMIC\nroute\n2\narrivals\nconst(1e3)\ndue_dates\nconst(0)\n"
                             "weights\nconst(0.5)\n")
                            .fab;
    REQUIRE(f.releases.size() == 3);
    CHECK(f.releases[0].every == fab::test::exponential(12.5));
    CHECK(f.releases[0].start == fab::test::minutes(12.5));
    CHECK(f.releases[1].every == fab::test::uniform(4, 2));
    CHECK(f.releases[2].product == "route_2");
    CHECK(f.releases[2].due == schema::Duration{0});
    CHECK(f.releases[0].priority == 2000); // weights that are not whole: times 1000
    CHECK(f.releases[2].priority == 500);
    CHECK(f.lots.size() == 1);
    const fab::Fab triangle = *read(shop + dynamic("dblTri(2, 3, 10)") + dynamic("dblTri(4, 4, 4)")).fab;
    CHECK(triangle.releases[0].every.kind == core::LawKind::triangular);
    CHECK(triangle.releases[0].start == fab::test::minutes(5));
    CHECK(fab::test::run(triangle, fab::test::span(9)).starts("1").front() == 4);
  }
  SECTION("no jobs at all: a shop to which releases can be added") {
    const centre::Scenario s = read(shop + "# jobs\n");
    CHECK(says(s, "names no jobs"));
    CHECK(s.fab->releases.empty());
  }
}

TEST_CASE("jasima: any order of bytes that is text, and other line ends", "[io][jasima]") {
  const centre::Scenario s = read(two_machines());
  std::string crlf = "\xef\xbb\xbf# a comment\r\n";
  for (const char c : two_machines()) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(read(crlf) == s);
}
