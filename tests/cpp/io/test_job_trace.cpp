// Traces as scenarios.
#include "catch.hpp"

#include "../design/trace_files.hpp"
#include "centresim/centre/run.hpp"
#include "centresim/io/job_trace.hpp"

#include <fstream>
#include <iterator>

namespace centresim {
namespace {

std::string table(const centre::Scenario& scenario, const trace_files::Folder& folder) {
  centre::RunOptions options;
  options.trace_jobs = true;
  io::write_job_table(centre::run(scenario, options).tree, folder / "table.csv");
  std::ifstream file(folder / "table.csv");
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("A replayed job uses what it used, whatever it asked for", "[io][trace]") {
  const trace_files::Folder folder;
  // Both ask for less memory than they use; the first for less time than it runs.
  const std::string swf = folder.write("t.swf", "1 0 -1 1000 2 -1 2000 2 500 1000 1 1 1 1 1 1 -1 -1\n"
                                                "2 5 -1 10 1 -1 2000 1 10 1000 1 1 1 1 1 1 -1 -1\n");
  const centre::Scenario scenario = io::read_job_trace(swf, design::TraceFormat::swf, 2, "fcfs");
  CHECK(table(scenario, folder) == "job,submit,start,end,state,first_start,starts,source,replication\n"
                                   "1,0,0,1000,completed,0,1,trace,0\n2,5,1000,1010,completed,1000,1,trace,0\n");
}

TEST_CASE("A scenario knows its trace by what is in it", "[io][trace]") {
  const trace_files::Folder folder;
  const char* job = "1 0 -1 10 1 -1 -1 1 10 -1 1 1 1 1 1 1 -1 -1\n";
  const centre::Scenario scenario = io::read_job_trace(folder.write("t.swf", job), design::TraceFormat::swf, 2, "easy");
  CHECK(scenario.design->trace->sha256.size() == 64);
  centre::Scenario moved = scenario;
  moved.design->trace->file = folder.write("elsewhere.swf", job);
  moved.design->trace->file = "/somewhere/else/t.swf";
  CHECK(centre::scenario_hash(moved) == centre::scenario_hash(scenario));
  folder.write("t.swf", std::string(job) + "2 5 -1 10 1 -1 -1 1 10 -1 1 1 1 1 1 1 -1 -1\n");
  CHECK_THROWS_AS(centre::run(scenario, {}), core::InputError);
}

} // namespace
} // namespace centresim
