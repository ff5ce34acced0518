// Traces as a Gantt chart: what Perfetto reads.
#include "catch.hpp"

#include "centresim/core/error.hpp"
#include "centresim/io/gantt.hpp"
#include "make_tree.hpp"

#include <nlohmann/json.hpp>

#include <fstream>
#include <map>

namespace centresim::io {
namespace {
using namespace test;
using nlohmann::json;

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct LotRow {
  std::int64_t replication, lot, step, tool, start, end;
};
struct Stay {
  std::int64_t replication, tool, state, from, to;
};

template <class Row>
Variable numbers(const char* name, const char* axis, const std::vector<Row>& rows, std::int64_t Row::* member) {
  Integers values;
  for (const Row& row : rows) values.push_back(row.*member);
  return {name, {axis}, std::move(values), "1", ""};
}

const Texts kTools{"etch#1", "litho \"x\"#1", "litho \"x\"#2"};

void add_lots(Tree& tree, const std::vector<LotRow>& rows, const Texts& names) {
  Group& g = tree["fab/trace/lots"];
  g.variables = {Variable{"lot_name", {"lot_name"}, names, "", ""},
                 Variable{"step_name", {"step_name"}, Texts{"r/expose", "r/etch"}, "", ""},
                 Variable{"tool_name", {"tool_name"}, kTools, "", ""},
                 numbers("replication_index", "event", rows, &LotRow::replication),
                 numbers("lot", "event", rows, &LotRow::lot),
                 numbers("step", "event", rows, &LotRow::step),
                 numbers("tool", "event", rows, &LotRow::tool),
                 numbers("start", "event", rows, &LotRow::start),
                 numbers("end", "event", rows, &LotRow::end)};
}

void add_stays(Tree& tree, const std::vector<Stay>& rows) {
  Group& g = tree["fab/trace/tools"];
  g.variables = {Variable{"tool_name", {"tool_name"}, kTools, "", ""},
                 Variable{"tool_state", {"tool_state"}, Texts{"down", "process", "idle"}, "", ""},
                 numbers("replication_index", "stay", rows, &Stay::replication),
                 numbers("tool", "stay", rows, &Stay::tool),
                 numbers("state", "stay", rows, &Stay::state),
                 numbers("from", "stay", rows, &Stay::from),
                 numbers("to", "stay", rows, &Stay::to)};
}

json chart(const Tree& tree, std::int64_t replication = 0) {
  const Folder folder;
  write_gantt(tree, folder / "g.json", replication);
  CHECK(folder.count() == 1);
  std::ifstream file(folder / "g.json");
  return json::parse(file);
}

// "process/thread: name ts dur" of the slices, in the order of the file.
Texts slices(const json& chart) {
  std::map<std::pair<int, int>, std::string> threads;
  std::map<int, std::string> processes;
  Texts lines;
  for (const json& e : chart.at("traceEvents")) {
    const int pid = e.at("pid"), tid = e.at("tid");
    if (e.at("name") == "process_name") processes[pid] = e.at("args").at("name");
    if (e.at("name") == "thread_name") threads[{pid, tid}] = e.at("args").at("name");
    if (e.at("ph") != "X") continue;
    lines.push_back(processes.at(pid) + "/" + threads.at({pid, tid}) + ": " + e.at("name").get<std::string>() + " " +
                    e.at("ts").dump() + " " + e.at("dur").dump());
  }
  return lines;
}

std::string refusal(const Tree& tree, std::int64_t replication = 0) {
  const Folder folder;
  try {
    write_gantt(tree, folder / "g.json", replication);
  } catch (const core::InputError& e) {
    CHECK(folder.count() == 0);
    return e.what();
  }
  return {};
}

TEST_CASE("jobs and states lie on the rows of their tools", "[io][gantt]") {
  Tree tree = full_tree();
  add_lots(tree, {{0, 0, 0, 1, 0, 20}, {0, 1, 0, 2, 5, 25}, {1, 2, 0, 1, 7, 9}, {0, 0, 1, 0, 25, 30}},
           {"A.1", "A.2", "other"});
  add_stays(tree, {{0, 1, 1, 0, 12}, {0, 1, 0, 12, 14}, {0, 1, 1, 14, 20}, {0, 0, 2, 0, 25}, {1, 0, 0, 0, 1}});
  const json c = chart(tree);
  CHECK(c.at("displayTimeUnit") == "ms");
  CHECK(c.at("otherData").at("scenario") == "pilot");
  CHECK(c.at("otherData").at("replication") == 0);
  // Jobs come before the states inside them; time in µs; nothing of the idle state, nor of replication 1.
  const std::string first = "litho \"x\"/litho \"x\"#1: ";
  CHECK(slices(c) == Texts{"etch/etch#1: A.1 25000 5000", first + "A.1 0 20000",
                           "litho \"x\"/litho \"x\"#2: A.2 5000 20000", first + "process 0 12000",
                           first + "down 12000 2000", first + "process 14000 6000"});
  CHECK(slices(chart(tree, 1)) == Texts{"litho \"x\"/litho \"x\"#1: other 7000 2000", "etch/etch#1: down 0 1000"});
  CHECK(slices(chart(tree, 2)).empty());
}

TEST_CASE("the lots of a batch are one slice", "[io][gantt]") {
  Tree tree = full_tree();
  add_lots(tree, {{0, 0, 1, 0, 0, 20}, {0, 1, 0, 1, 0, 20}, {0, 2, 1, 0, 0, 20}, {0, 0, 1, 0, 20, 40}},
           {"A.1", "B.1", "A.2"});
  const json c = chart(tree);
  json batch;
  for (const json& e : c.at("traceEvents"))
    if (e.at("name") == "A.1 + 1") batch = e;
  CHECK(batch.at("args") == json::parse(R"({"step":"r/etch","lots":["A.1","A.2"]})"));
  CHECK(batch.at("cat") == "job");
  CHECK(slices(c).size() == 3);
}

TEST_CASE("jobs that overlap on a tool go side by side", "[io][gantt]") {
  Tree tree = full_tree();
  add_lots(tree, {{0, 0, 0, 0, 0, 20}, {0, 1, 0, 0, 8, 32}, {0, 2, 0, 0, 20, 44}}, {"A.1", "A.2", "A.3"});
  CHECK(slices(chart(tree)) ==
        Texts{"etch/etch#1: A.1 0 20000", "etch/etch#1 (2): A.2 8000 24000", "etch/etch#1: A.3 20000 24000"});
}

TEST_CASE("one trace is enough, none is not", "[io][gantt]") {
  Tree tree = full_tree();
  CHECK(has(refusal(tree), "no trace of lots, tools, jobs or tasks"));
  add_stays(tree, {{0, 0, 0, 3, 4}});
  CHECK(slices(chart(tree)) == Texts{"etch/etch#1: down 3000 1000"});
  tree.erase("fab/trace/tools");
  add_lots(tree, {{0, 0, 0, 0, 3, 4}}, {"A.1"});
  CHECK(slices(chart(tree)) == Texts{"etch/etch#1: A.1 3000 1000"});
  CHECK(has(refusal(tree, 3), "must be from 0 to 2"));
  CHECK(has(refusal(tree, -1), "must be from 0 to 2"));
}

struct FarmRow {
  std::int64_t source, number, start, end, state, site;
};
void add_jobs(Tree& tree, const std::vector<FarmRow>& rows, bool with_sites) {
  const auto column = [&](const char* name, std::int64_t FarmRow::* member) {
    return numbers(name, "job", rows, member);
  };
  tree["design/trace/jobs"].variables = {
      Variable{"job_source", {"job_source"}, Texts{"listed", "stream \"s\""}, "", ""},
      Variable{"job_state", {"job_state"}, Texts{"completed", "killed"}, "", ""},
      Variable{"job_name", {"job_name"}, Texts{"first"}, "", ""},
      Variable{"replication_index", {"job"}, Integers(rows.size(), 0), "1", ""},
      Variable{"submit", {"job"}, Integers(rows.size(), 1), "ms", ""},
      column("source", &FarmRow::source),
      column("number", &FarmRow::number),
      column("start", &FarmRow::start),
      column("end", &FarmRow::end),
      column("state", &FarmRow::state)};
  if (!with_sites) return;
  tree["design/trace/jobs"].variables.push_back(Variable{"job_site", {"job_site"}, Texts{"here", "there"}, "", ""});
  tree["design/trace/jobs"].variables.push_back(column("site", &FarmRow::site));
}

// Processes and asynchronous events, a line each.
Texts overlapping(const Tree& tree) {
  Texts lines;
  const json c = chart(tree);
  for (const json& e : c.at("traceEvents")) {
    const std::string ph = e.at("ph");
    if (e.at("name") == "process_name") lines.push_back(e.at("pid").dump() + " " + e.at("args").at("name").dump());
    if (ph == "b" || ph == "e")
      lines.push_back(ph + e.at("id").dump() + " " + e.at("name").get<std::string>() + " " + e.at("pid").dump() + " " +
                      e.at("ts").dump() + (ph == "b" ? " " + e.at("args").dump() : ""));
  }
  return lines;
}

TEST_CASE("jobs of a farm have a process for each site", "[io][gantt]") {
  Tree tree = full_tree();
  add_jobs(tree, {{0, 0, 2, 9, 0, 1}, {1, 7, 3, 5, 1, 0}, {1, 8, -1, -1, 0, 0}, {1, 9, 4, -1, -1, 0}}, true);
  add_stays(tree, {{0, 2, 0, 0, 1}});
  const auto told = [&] { return overlapping(tree); };
  CHECK(told() == Texts{R"(1 "etch")", R"(2 "litho \"x\"")", R"(3 "here")", R"(4 "there")",
                        R"(b0 listed 4 2000 {"job":"first","state":"completed","submitted":1000})", "e0 listed 4 9000",
                        R"(b1 stream "s" 3 3000 {"job":7,"state":"killed","submitted":1000})",
                        R"(e1 stream "s" 3 5000)"});
  tree.erase("fab/trace/tools");
  add_jobs(tree, {{1, 7, 3, 5, 0, 0}}, false);
  CHECK(told().front() == R"(1 "farm")");
  CHECK(told().size() == 3);
  for (const FarmRow& row : std::vector<FarmRow>{
           {2, 0, 1, 2, 0, 0}, {0, 1, 1, 2, 0, 0}, {0, 0, 2, 1, 0, 0}, {0, 0, 1, 2, 2, 0}, {0, 0, 1, 2, 0, 2}}) {
    add_jobs(tree, {row}, true);
    CHECK(has(refusal(tree), "the job trace is damaged: job 0 "));
  }
}

struct TaskRow {
  std::int64_t replication, project, number, task, again, released, ended, on_path;
};
void add_tasks(Tree& tree, const std::vector<TaskRow>& rows, const Integers& spent) {
  const auto column = [&](const char* name, std::int64_t TaskRow::* member) {
    return numbers(name, "task_run", rows, member);
  };
  tree["design/trace/tasks"].variables = {Variable{"task_name", {"task_name"}, Texts{"rtl", "core/\"x\""}, "", ""},
                                          Variable{"project_name", {"project_name"}, Texts{"chip", "other"}, "", ""},
                                          Variable{"cause", {"cause"}, Texts{"people", "cores"}, "", ""},
                                          column("replication_index", &TaskRow::replication),
                                          column("project", &TaskRow::project),
                                          column("number", &TaskRow::number),
                                          column("task", &TaskRow::task),
                                          column("again", &TaskRow::again),
                                          column("released", &TaskRow::released),
                                          column("ended", &TaskRow::ended),
                                          column("on_path", &TaskRow::on_path),
                                          Variable{"spent", {"task_run", "cause"}, spent, "ms", ""}};
}

TEST_CASE("projects have a process each, and their tasks a row", "[io][gantt]") {
  Tree tree = full_tree();
  add_jobs(tree, {{1, 7, 3, 5, 0, 0}}, false);
  add_tasks(tree,
            {{0, 1, 4, 0, 0, 2, 9, 1}, {0, 0, 0, 1, 2, 9, 12, 0}, {0, 1, 4, 1, 0, 9, -1, 0}, {1, 0, 0, 0, 0, 1, 2, 0}},
            {7, 0, 1, 2, 0, 0, 1, 0});
  CHECK(overlapping(tree) ==
        Texts{R"(1 "farm")", R"(b0 stream "s" 1 3000 {"job":7,"state":"completed","submitted":1000})",
              R"(e0 stream "s" 1 5000)", R"(2 "other 4")",
              R"(b0 rtl 2 2000 {"again":0,"on_path":true,"spent_ms":{"people":7}})", "e0 rtl 2 9000", R"(3 "chip 0")",
              R"(b1 core/"x" 3 9000 {"again":2,"on_path":false,"spent_ms":{"cores":2,"people":1}})",
              R"(e1 core/"x" 3 12000)"});
  for (const TaskRow& row : std::vector<TaskRow>{
           {0, 2, 0, 0, 0, 1, 2, 0}, {0, 0, 0, 2, 0, 1, 2, 0}, {0, 0, 0, -1, 0, 1, 2, 0}, {0, 0, 0, 0, 0, 3, 2, 0}}) {
    add_tasks(tree, {row}, {1, 0});
    CHECK(has(refusal(tree), "the task trace is damaged: row 0 "));
  }
  add_tasks(tree, {{0, 0, 0, 0, 0, 1, 2, 0}}, {1});
  CHECK_THROWS(chart(tree));
}

TEST_CASE("hostile names stay names", "[io][gantt]") {
  const Texts names{"\"},{\"ph\":\"X\"", "\\\n\t\x01\x7f", "Ω Ätzen 光刻", std::string("bad \xff\xc3 end")};
  Tree tree = full_tree();
  std::vector<LotRow> rows;
  for (std::int64_t i = 0; i < 4; i++) rows.push_back({0, i, 0, 0, i, i + 1});
  add_lots(tree, rows, names);
  Texts found;
  const json c = chart(tree);
  for (const json& e : c.at("traceEvents"))
    if (e.at("ph") == "X") found.push_back(e.at("name"));
  CHECK(found == Texts{names[0], names[1], names[2], "bad \uFFFD\uFFFD end"});
}

TEST_CASE("rows that cannot be are refused, and nothing is written", "[io][gantt]") {
  Tree tree = full_tree();
  const auto with = [&](LotRow row) {
    add_lots(tree, {row}, {"A.1"});
    return refusal(tree);
  };
  CHECK(has(with({0, 0, 0, 3, 0, 1}), "names tool 3, which is not there"));
  CHECK(has(with({0, 0, 0, -1, 0, 1}), "names tool -1"));
  CHECK(has(with({0, 1, 0, 0, 0, 1}), "names lot 1"));
  CHECK(has(with({0, 0, 2, 0, 0, 1}), "names step 2"));
  CHECK(has(with({0, 0, 0, 0, 5, 4}), "ends before it starts"));
  CHECK(has(with({0, 0, 0, 0, -5, 4}), "ends before it starts"));
  // Times of any size are numbers all the same.
  constexpr std::int64_t kLast = std::numeric_limits<std::int64_t>::max();
  CHECK(with({0, 0, 0, 0, 0, kLast}).empty());
  add_lots(tree, {{0, 0, 0, 0, 0, 1}}, {"A.1"});
  add_stays(tree, {{0, 0, 3, 0, 1}});
  CHECK(has(refusal(tree), "names state 3"));
  add_stays(tree, {{0, 0, 0, 0, 1}});
  tree["fab/trace/tools"].variables[0].values = Texts{"etch#1"};
  CHECK(has(refusal(tree), "different tools"));
}

TEST_CASE("a chart larger than a block, and one that is interrupted", "[io][gantt]") {
  Tree tree = full_tree();
  std::vector<LotRow> rows;
  for (std::int64_t i = 0; i < 40'000; i++) rows.push_back({0, 0, 0, i % 3, i, i + 2});
  add_lots(tree, rows, {"A.1"});
  CHECK(slices(chart(tree)).size() == rows.size());
  const Folder folder;
  int asked = 0;
  CHECK_THROWS_AS(write_gantt(tree, folder / "g.json", 0, [&] { return ++asked == 3; }), core::Interrupted);
  CHECK(folder.count() == 0);
}

} // namespace
} // namespace centresim::io
