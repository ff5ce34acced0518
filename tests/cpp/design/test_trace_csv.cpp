// Job traces as tables.
#include "catch.hpp"
#include "centresim/core/error.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/schema/errors.hpp"
#include "trace_files.hpp"

using namespace centresim;
using design::TokenUse;
using design::TraceInfo;
using design::TraceJob;

namespace {

struct Scan {
  TraceInfo info;
  std::vector<std::string> faults; // without the name of the file
  std::vector<TraceJob> jobs;      // of the second pass, if there were no faults
};

Scan scan(std::string_view text, design::Trace trace = {}) {
  const trace_files::Folder folder;
  trace.file = folder.write("t.csv", text);
  trace.format = design::TraceFormat::csv;
  Scan out;
  schema::Errors errors;
  out.info = design::scan_trace(trace, errors);
  for (core::Issue issue : errors.issues()) {
    issue.file = "f";
    out.faults.push_back(core::to_string(issue));
  }
  if (!out.faults.empty()) return out;
  design::TraceReader reader(trace, out.info.names);
  TraceJob job;
  while (reader.next(job)) out.jobs.push_back(job);
  CHECK(static_cast<std::int64_t>(out.jobs.size()) == out.info.jobs);
  return out;
}

// One job with one more column.
std::string with(const std::string& column, const std::string& cell) {
  return "name,submit,run," + column + "\n1,0,60," + cell + "\n";
}
std::string fault(std::string_view text) {
  const auto faults = scan(text).faults;
  return faults.empty() ? "none" : faults.size() == 1 ? faults[0] : std::to_string(faults.size()) + ": " + faults[0];
}
TraceJob one(const std::string& column, const std::string& cell) {
  const Scan s = scan(with(column, cell));
  CHECK(s.faults == std::vector<std::string>{});
  return s.jobs.empty() ? TraceJob{} : s.jobs[0];
}

} // namespace

TEST_CASE("All columns of a job are read, in any order", "[design][trace]") {
  const Scan s =
      scan("due,run,name,submit,cores,ranks,memory,peak_memory,scratch,tokens,request,user,project,step,kind,"
           "priority,preemptible\n"
           "2,1.5,a,10,4,2,8,6.5,100,vcs;dc:2;xc:1+1/8,1 h,ann,p,sim,nightly,-3,false\n"
           "1.5 h,2 min,b,\"1,0\",,,,,,,,,,,,,\n");
  REQUIRE(s.faults.size() == 1);
  CHECK(s.faults[0] ==
        "f:3: submit: \"1,0\": unknown unit ',0': use ms, s, min, h, d, wk or y (plain numbers are in s)");
  const Scan good = scan("due,run,name,submit,cores,ranks,memory,peak_memory,scratch,tokens,request,user,project,step,"
                         "kind,priority,preemptible\n"
                         "2,1.5,a,10,4,2,8,6.5,100,vcs;dc:2;xc:1+1/8,1 h,ann,p,sim,nightly,-3,false\n"
                         "-1.5 h,2 min,b,10 s,,,,,,,,,,,,,\n");
  REQUIRE(good.jobs.size() == 2);
  const TraceJob& a = good.jobs[0];
  const design::TraceNames& names = good.info.names;
  CHECK(a.submit == 10'000);
  CHECK(a.run == 1500);
  CHECK(a.request == 3'600'000);
  CHECK(a.due == 2 * core::kTicksPerDay);
  CHECK(a.cores == 4);
  CHECK(a.ranks == 2);
  CHECK(a.memory_kb == 8'000'000);
  CHECK(a.peak_kb == 6'500'000);
  CHECK(a.scratch_kb == 100'000'000);
  CHECK(a.priority == -3);
  CHECK_FALSE(a.preemptible);
  CHECK(names.users[a.user] == "ann");
  CHECK(names.projects[a.project] == "p");
  CHECK(names.steps[a.step] == "sim");
  CHECK(names.kinds[a.kind] == "nightly");
  CHECK(names.tokens[a.tokens] == std::vector<TokenUse>{{"vcs", 1, 0}, {"dc", 2, 0}, {"xc", 1, 8}});
  const TraceJob& b = good.jobs[1];
  CHECK(b.run == 120'000);
  CHECK(b.request == 120'000);
  CHECK(b.due == -5'400'000);
  CHECK(b.cores == 1);
  CHECK(b.ranks == 1);
  CHECK(b.memory_kb == 0);
  CHECK(b.peak_kb == 0);
  CHECK(b.tokens == 0);
  CHECK(b.user == 0);
  CHECK(b.preemptible);
  CHECK(names.kinds[b.kind] == "trace");
}

TEST_CASE("Cells are read as in a scenario", "[design][trace]") {
  CHECK(one("request", "2 h").request == 7'200'000);
  CHECK(one("request", "0").request == 1);
  CHECK(one("cores", "16").cores == 16);
  CHECK(one("cores", "4.0").cores == 4);
  CHECK(one("memory", "0.5").memory_kb == 500'000);
  CHECK(one("memory", "2 GB").memory_kb == 2'000'000);
  CHECK(one("memory", "1e3").memory_kb == 1'000'000'000);
  CHECK(one("peak_memory", "3").memory_kb == 3'000'000); // what is needed is requested, unless said otherwise
  CHECK(one("memory", "3").peak_kb == 3'000'000);
  CHECK(one("priority", "-1000000").priority == -1'000'000);
  CHECK(one("preemptible", "true").preemptible);
  CHECK(one("scratch", "0.000001").scratch_kb == 1);
  const auto run = [](const std::string& cell) {
    const Scan s = scan("name,submit,run\n1,0," + cell + "\n");
    return s.jobs.empty() ? -1 : s.jobs[0].run;
  };
  CHECK(run("0") == 1); // a tick at least
  CHECK(run("12.3456") == 12'346);
  CHECK(run("0.1") == 100);
  CHECK(run("4398046511.102") == core::kMaxTick);
  CHECK(run(".5") == 500);
  CHECK(run("007") == 7000);
  CHECK(run("1e2") == 100'000);
  CHECK(run(" 60 ") == 60'000);
  CHECK(run("\"60\"") == 60'000);
}

TEST_CASE("Numbers of jobs are their names where all are whole numbers, else rows", "[design][trace]") {
  Scan s = scan("name,submit,run\n17,0,1\n4,0,1\n5,0,1\n");
  REQUIRE(s.jobs.size() == 3);
  CHECK(s.info.names.numbered);
  CHECK(s.jobs[0].number == 17);
  CHECK(s.jobs[1].number == 4);
  s = scan("name,submit,run\n17,0,1\n4_1,0,1\n4,0,1\n");
  REQUIRE(s.jobs.size() == 3);
  CHECK_FALSE(s.info.names.numbered);
  CHECK(s.jobs[0].number == 1);
  CHECK(s.jobs[1].number == 2);
  CHECK(s.jobs[2].number == 3);
}

TEST_CASE("Names are numbered as they appear", "[design][trace]") {
  const Scan s = scan("name,submit,run,user,step\n1,0,1,a,x\n2,0,1,b,x\n3,0,1,a,y\n4,0,1,,\n5,0,1,c,x\n6,0,1,b,y\n");
  CHECK(s.info.names.users == std::vector<std::string>{"", "a", "b", "c"});
  std::vector<std::uint32_t> users, steps;
  for (const TraceJob& job : s.jobs) users.push_back(job.user), steps.push_back(job.step);
  CHECK(users == std::vector<std::uint32_t>{1, 2, 1, 0, 3, 2});
  CHECK(steps == std::vector<std::uint32_t>{1, 1, 2, 0, 1, 2});
}

TEST_CASE("Kinds of jobs that name none are those of the trace", "[design][trace]") {
  const std::string text = "name,submit,run,kind\n1,0,1,\n2,0,1,x\n3,0,1,\n";
  design::Trace trace;
  trace.kind = "night";
  Scan s = scan(text, trace);
  CHECK(s.info.names.kinds == std::vector<std::string>{"", "night", "x"});
  CHECK(s.jobs.at(2).kind == 1);
  trace.kind.clear();
  s = scan(text, trace);
  CHECK(s.info.names.kinds == std::vector<std::string>{"", "regular", "x"});
}

TEST_CASE("Lists of tokens are numbered by what they say, not by how they are written", "[design][trace]") {
  const Scan s =
      scan("name,submit,run,tokens\n1,0,1,vcs\n2,0,1,vcs:1\n3,0,1,vcs:2\n4,0,1, vcs ; dc\n5,0,1,vcs;dc\n6,0,1,\n");
  REQUIRE(s.jobs.size() == 6);
  CHECK(s.info.names.tokens.size() == 4);
  CHECK(s.jobs[0].tokens == 1);
  CHECK(s.jobs[1].tokens == 1);
  CHECK(s.jobs[2].tokens == 2);
  CHECK(s.jobs[3].tokens == 3);
  CHECK(s.jobs[4].tokens == 3);
  CHECK(s.jobs[5].tokens == 0);
  CHECK(s.info.largest.size() == 4); // one for each list
}

TEST_CASE("Quotes, line breaks, CRLF and blank lines in tables", "[design][trace]") {
  const Scan s = scan("\xEF\xBB\xBF\"name\",submit , run,user\r\n\r\n1,0,1,\"a \"\"b\"\", c\"\r\n \n2,0,1,\"x\n\ny\"\n"
                      "3,0,1,plain \"quote\n4,0,1,\"\"\n\"5\",\"0\",\"1\",\"end\"");
  REQUIRE(s.faults == std::vector<std::string>{});
  REQUIRE(s.jobs.size() == 5);
  const auto& users = s.info.names.users;
  CHECK(users[s.jobs[0].user] == "a \"b\", c");
  CHECK(users[s.jobs[1].user] == "x\n\ny");
  CHECK(users[s.jobs[2].user] == "plain \"quote");
  CHECK(s.jobs[3].user == 0);
  CHECK(users[s.jobs[4].user] == "end");
  CHECK(s.jobs[4].number == 5);
  CHECK(s.info.largest.at(0).line == 3);
}

TEST_CASE("Headers that make no sense are refused", "[design][trace]") {
  CHECK(fault("") == "f:1: is empty: the first line names the columns");
  CHECK(fault("\n\n") == "f:1: is empty: the first line names the columns");
  CHECK(fault("name,submit\n1,0\n") == "f:1: the column 'run' is missing");
  CHECK(fault("submit,run\n0,1\n") == "f:1: the column 'name' is missing");
  CHECK(fault("name,run\n1,1\n") == "f:1: the column 'submit' is missing");
  CHECK(fault("name;submit;run\n1;0;1\n").starts_with("2: f:1: \"name;submit;run\": unknown column"));
  CHECK(fault("name,submit,run,user,user\n1,0,1,a,b\n") == "f:1: \"user\": a column is named twice");
  CHECK(fault("name,submit,run,\n1,0,1,\n") == "f:1: a column has no name");
  CHECK(fault("name,submit,run,core\n1,0,1,1\n") == "f:1: \"core\": unknown column; did you mean 'cores'?");
  CHECK(fault("name,submit,run,site\n1,0,1,a\n") ==
        "f:1: \"site\": is no column of a table: all its jobs come from trace.site and read no dataset");
  CHECK(fault("name,submit,run,weather\n1,0,1,1\n") == "f:1: \"weather\": unknown column");
  CHECK(fault("name,submit,run\n") == "f: holds no jobs");
  CHECK(fault("name,submit,run\r1,0,1\r") == "f:1: lines must end with LF or CRLF, not with CR alone");
  CHECK(fault("name,submit,\"run\n1,0,1\n") == "f:1: a closing quote is missing");
  CHECK(fault(std::string(1'000'000, ',')) == "f:1: is longer than 65536 bytes");
}

TEST_CASE("Broken rows of tables are refused with line, column and rule", "[design][trace]") {
  CHECK(fault("name,submit,run\n1,0\n") == "f:2: has 2 cells, the header has 3");
  CHECK(fault("name,submit,run\n1,0,1,\n") == "f:2: has 4 cells, the header has 3");
  CHECK(fault("name,submit,run\n,0,1\n") == "f:2: name: is missing");
  CHECK(fault("name,submit,run\n1,,1\n") == "f:2: submit: is missing");
  CHECK(fault("name,submit,run\n1,0,\n") == "f:2: run: is missing");
  CHECK(fault("name,submit,run\n1,0,x\n") == "f:2: run: \"x\": must start with a number");
  CHECK(fault("name,submit,run\n1,0,-1\n") == "f:2: run: \"-1\": must not be negative");
  CHECK(fault("name,submit,run\n1,-0.5,1\n") == "f:2: submit: \"-0.5\": must not be negative");
  CHECK(fault("name,submit,run\n1,0,nan\n") == "f:2: run: \"nan\": must be a finite number");
  CHECK(fault("name,submit,run\n1,0,1e30\n") == "f:2: run: \"1e30\": must be less than 139 years");
  CHECK(fault("name,submit,run\n1,0,4398046511.103\n") == "f:2: run: \"4398046511.103\": must be less than 139 years");
  CHECK(fault("name,submit,run\n1,0,9999999999\n") == "f:2: run: \"9999999999\": must be less than 139 years");
  CHECK(fault("name,submit,run\n1,5,1\n2,4.999,1\n") ==
        "f:3: submit: jobs must be in order of submission: an earlier one is submitted at 5 s");
  CHECK(fault("name,submit,run\n1,0,1\n1,0,1\n") == "f:3: name: \"1\": is the name of an earlier job");
  CHECK(fault("name,submit,run\n\"a\tb\",0,1\n") == "f:2: name: \"a\\x09b\": must not hold control characters");
  CHECK(fault("name,submit,run\n\xFF,0,1\n") == "f:2: name: \"\\xff\": must be UTF-8 text");
  CHECK(fault(with("user", "a\xC3")) == "f:2: user: \"a\\xc3\": must be UTF-8 text");
  CHECK(fault(with("user", std::string("a\0b", 3))) == "f:2: user: \"a\\x00b\": must not hold a zero character");
  CHECK(fault(with("user", "a\rb")) == "f:2: lines must end with LF or CRLF, not with CR alone");
  CHECK(fault(with("user", "\"a\"b")) == "f:2: text after a closing quote");
  CHECK(fault(with("user", "\"a")) == "f:2: a closing quote is missing");
  CHECK(fault(with("user", std::string(70'000, 'a'))) == "f:2: is longer than 65536 bytes");
  CHECK(fault(with("user", "\"" + std::string(40'000, 'a') + "\n" + std::string(40'000, 'a')))
            .starts_with("f:2: a closing quote is missing"));
  CHECK(fault(with("cores", "0")) == "f:2: cores: \"0\": must be from 1 to 10000000 cores");
  CHECK(fault(with("cores", "10000001")) == "f:2: cores: \"10000001\": must be from 1 to 10000000 cores");
  CHECK(fault(with("cores", "2.5")) == "f:2: cores: \"2.5\": must be a whole number");
  CHECK(fault(with("cores", "99999999999999999999")) == "f:2: cores: \"99999999999999999999\": must be a whole number");
  CHECK(fault(with("ranks", "-1")) == "f:2: ranks: \"-1\": must be from 1 to 100000 ranks");
  CHECK(fault(with("memory", "-1")) == "f:2: memory: \"-1\": must be from 0 to 1000000000 GB");
  CHECK(fault(with("memory", "nan")) == "f:2: memory: \"nan\": must be a finite number");
  CHECK(fault(with("memory", "2e9")) == "f:2: memory: \"2e9\": must be from 0 to 1000000000 GB");
  CHECK(fault(with("memory", "lots")) == "f:2: memory: \"lots\": must start with a number");
  CHECK(fault(with("priority", "2000000")).starts_with("f:2: priority: \"2000000\": must be from -1000000 to 1000000"));
  CHECK(fault(with("preemptible", "yes")) == "f:2: preemptible: \"yes\": must be true or false");
  CHECK(fault(with("tokens", "vcs:x")).starts_with("f:2: tokens: \"vcs:x\": must be FEATURE"));
  CHECK(fault(with("tokens", "vcs:0")) == "f:2: tokens: \"vcs:0\": tokens must be from 1 to 1000000");
  CHECK(fault(with("tokens", "vcs;vcs:2")) == "f:2: tokens: \"vcs;vcs:2\": names the feature vcs twice");
  CHECK(fault(with("tokens", "vcs;")).starts_with("f:2: tokens: \"vcs;\": must be FEATURE"));
  CHECK(fault(with("due", "soon")) == "f:2: due: \"soon\": must start with a number");
  // a row may have several
  CHECK(scan("name,submit,run,cores\n,x,y,z\n").faults.size() == 4);
  std::string rows = "name,submit,run\n";
  for (int i = 0; i < 150; ++i) rows += "1,0\n";
  const auto faults = scan(rows).faults;
  REQUIRE(faults.size() == 101);
  CHECK(faults.back() == "f:151: and 50 more faults up to this line");
}

TEST_CASE("A table that changed since it was looked through is noticed", "[design][trace]") {
  const trace_files::Folder folder;
  design::Trace trace;
  trace.format = design::TraceFormat::csv;
  const std::string header = "name,submit,run,user,tokens\n";
  trace.file = folder.write("t.csv", header + "1,0,1,a,vcs\n2,0,1,b,dc\n");
  schema::Errors errors;
  const TraceInfo info = design::scan_trace(trace, errors);
  REQUIRE(errors.empty());
  const auto read_all = [&](const std::string& rows) {
    folder.write("t.csv", header + rows);
    try {
      design::TraceReader reader(trace, info.names);
      TraceJob job;
      while (reader.next(job)) {
      }
    } catch (const core::InputError& error) {
      return core::to_string(error.issues().at(0)).substr(trace.file.size());
    }
    return std::string("none");
  };
  const std::string changed = ": is not the file any more that was looked through before: ";
  CHECK(read_all("1,0,1,a,vcs\n") == "none");
  CHECK(read_all("1,0,1,b,vcs\n") == ":2" + changed + "its names (user) are others");
  CHECK(read_all("1,0,1,a,vcs\n2,0,1,b,xc\n") == ":3" + changed + "its tokens are others");
  CHECK(read_all("1,0,1,a,vcs\nx,0,1,b,dc\n") == ":3" + changed + "its names are others");
  CHECK(read_all("1,0,1,a\n") == ":2: has 4 cells, the header has 5");
}
