// Job traces in Standard Workload Format.
#include "catch.hpp"
#include "centresim/core/digest.hpp"
#include "centresim/core/error.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/schema/errors.hpp"
#include "shared_data.hpp"
#include "trace_files.hpp"

#include <algorithm>
#include <set>

using namespace centresim;
using design::TraceInfo;
using design::TraceJob;

namespace {

struct Scan {
  TraceInfo info;
  std::vector<std::string> faults; // without the name of the file
  std::vector<TraceJob> jobs;      // of the second pass, if there were no faults
};

Scan scan(design::Trace trace) {
  Scan out;
  schema::Errors errors;
  out.info = design::scan_trace(trace, errors);
  for (core::Issue issue : errors.issues()) {
    CHECK(issue.file == trace.file);
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

Scan scan_text(std::string_view text, design::Trace trace = {}) {
  const trace_files::Folder folder;
  trace.file = folder.write("t.swf", text);
  return scan(trace);
}

// One line whose fields, counted from 1, are replaced.
std::string swf(std::initializer_list<std::pair<int, const char*>> changes = {}) {
  std::vector<std::string> fields = {"1",  "100", "5", "60", "4", "55.5", "-1", "4",  "120",
                                     "-1", "1",   "7", "3",  "9", "2",    "-1", "-1", "-1"};
  for (const auto& [field, text] : changes) fields[static_cast<std::size_t>(field - 1)] = text;
  std::string line;
  for (const auto& f : fields) line += (line.empty() ? "" : " ") + f;
  return line + "\n";
}
std::string fault(const std::string& text, design::Trace trace = {}) {
  const auto faults = scan_text(text, std::move(trace)).faults;
  return faults.empty() ? "none" : faults.size() == 1 ? faults[0] : std::to_string(faults.size()) + ": " + faults[0];
}

} // namespace

TEST_CASE("The sample of the HPC2N log is read as published", "[design][trace]") {
  const auto path = shared_data("data/eda/hpc2n_sample.swf");
  if (!path) return;
  design::Trace trace;
  trace.file = path->string();
  trace.sha256 = "23b87c0cda4fabfba3d470695fdb083dffe3b0ca25ab0c684ebb5cf96392a5b9";
  const Scan s = scan(trace);
  CHECK(s.faults.empty());
  CHECK(s.info.jobs == 3145);
  CHECK(s.info.skipped == 0);
  CHECK(s.info.sha256 == trace.sha256);
  CHECK(s.info.first_submit == 0);
  CHECK(s.info.last_submit == 4'950'011 * core::kTicksPerSecond);
  std::int64_t work = 0, longer = 0, same_time = 0, most = 0;
  std::set<std::uint32_t> users;
  for (std::size_t i = 0; i < s.jobs.size(); ++i) {
    const TraceJob& job = s.jobs[i];
    work += job.cores * job.run / core::kTicksPerSecond;
    longer += job.run > job.request ? 1 : 0;
    same_time += i > 0 && s.jobs[i - 1].submit == job.submit ? 1 : 0;
    most = std::max(most, job.cores);
    users.insert(job.user);
    CHECK(job.ranks == 1);
    CHECK(job.memory_kb == 0);
    CHECK(job.peak_kb == 0);
  }
  CHECK(work == 502'634'281);
  CHECK(longer == 320);
  CHECK(same_time == 637);
  CHECK(most == 128);
  CHECK(users.size() + 1 == s.info.names.users.size());
  CHECK(s.info.names.users[s.jobs[0].user] == "user 1");
  CHECK(s.info.names.kinds == std::vector<std::string>{"", "trace"});
  REQUIRE(s.info.largest.size() == 1);
  CHECK(s.info.largest[0].cores == 128);
  // another digest than the scenario's is a fault, and none is in the data
  trace.sha256[0] = '0';
  const auto faults = scan(trace).faults;
  REQUIRE(faults.size() == 1);
  CHECK(faults[0].starts_with("f: is another file than the scenario means: its SHA-256 is 23b87c0c"));
}

TEST_CASE("Fields of SWF become a job", "[design][trace]") {
  const Scan s = scan_text(swf());
  REQUIRE(s.jobs.size() == 1);
  const TraceJob& job = s.jobs[0];
  CHECK(job.number == 1);
  CHECK(job.submit == 100'000);
  CHECK(job.run == 60'000);
  CHECK(job.request == 120'000);
  CHECK(job.cores == 4);
  CHECK(job.ranks == 1);
  CHECK(job.due == core::kNever);
  CHECK(job.tokens == 0);
  const design::TraceNames& names = s.info.names;
  CHECK(names.users[job.user] == "user 7");
  CHECK(names.projects[job.project] == "group 3");
  CHECK(names.steps[job.step] == "executable 9");
  CHECK(names.kinds[job.kind] == "trace");
  design::Trace by_queue;
  by_queue.kind.clear();
  const Scan q = scan_text(swf() + swf({{1, "2"}, {15, "-1"}, {12, "-1"}}) + swf({{1, "3"}, {15, "0"}}), by_queue);
  REQUIRE(q.jobs.size() == 3);
  CHECK(q.info.names.kinds == std::vector<std::string>{"", "queue 2", "queue 0"});
  CHECK(q.jobs[1].kind == 0);
  CHECK(q.jobs[1].user == 0);
  CHECK(q.jobs[2].kind == 2);
}

TEST_CASE("Unknown fields of SWF have their substitutes", "[design][trace]") {
  // processors: allocated where the requested are missing; request: the run time
  Scan s = scan_text(swf({{8, "-1"}, {5, "6"}, {9, "-1"}}));
  REQUIRE(s.jobs.size() == 1);
  CHECK(s.jobs[0].cores == 6);
  CHECK(s.jobs[0].request == 60'000);
  // the requested ones count, not the allocated
  s = scan_text(swf({{8, "3"}, {5, "6"}}));
  CHECK(s.jobs.at(0).cores == 3);
  // memory is kB per processor
  s = scan_text(swf({{10, "1000"}, {7, "900"}}));
  CHECK(s.jobs.at(0).memory_kb == 4000);
  CHECK(s.jobs.at(0).peak_kb == 3600);
  s = scan_text(swf({{10, "1000"}}));
  CHECK(s.jobs.at(0).peak_kb == 4000);
  s = scan_text(swf({{7, "900.5"}}));
  CHECK(s.jobs.at(0).memory_kb == 3602);
  // what never ran is skipped, whatever else is wrong with it
  s = scan_text(swf({{4, "-1"}, {2, "-1"}, {8, "-1"}, {5, "-1"}}) + swf({{4, "0"}, {2, "9"}}) + swf({{2, "3"}}));
  CHECK(s.faults.empty());
  CHECK(s.info.skipped == 2);
  CHECK(s.jobs.size() == 1);
}

TEST_CASE("A gang has a rank for every processor", "[design][trace]") {
  design::Trace trace;
  trace.gang = true;
  const Scan s = scan_text(swf({{10, "1000"}, {7, "2000"}}), trace);
  REQUIRE(s.jobs.size() == 1);
  CHECK(s.jobs[0].cores == 1);
  CHECK(s.jobs[0].ranks == 4);
  CHECK(s.jobs[0].memory_kb == 1000);
  CHECK(s.jobs[0].peak_kb == 2000);
  CHECK(fault(swf({{8, "100001"}}), trace) ==
        "f:1: field 8 (requested processors): \"100001\": must be at most 100000");
}

TEST_CASE("Seconds become ticks exactly", "[design][trace]") {
  const auto submit = [](const char* text) { return scan_text(swf({{2, text}})).jobs.at(0).submit; };
  const auto run = [](const char* text) { return scan_text(swf({{4, text}})).jobs.at(0).run; };
  CHECK(submit("0") == 0);
  CHECK(submit("0.001") == 1);
  CHECK(submit("12345678.9") == 12'345'678'900);
  CHECK(submit("123456789.25") == 123'456'789'250);
  CHECK(submit("99999999") == 99'999'999'000); // eight digits
  CHECK(submit("1234567") == 1'234'567'000);
  CHECK(submit("000000000000017") == 17'000);
  CHECK(submit("0.0004") == 0);
  CHECK(submit("0.0005") == 1);
  CHECK(submit("1.9996") == 2000);
  CHECK(submit("1e3") == 1'000'000);
  CHECK(submit("+4") == 4000);
  CHECK(submit("4.") == 4000);
  CHECK(submit("4398046511.102") == core::kMaxTick);
  CHECK(run("0.0001") == 1); // a job runs for a tick at least
  CHECK(run("1e-9") == 1);
  CHECK(run("17.25") == 17'250);
}

TEST_CASE("Comments, blank lines and line ends of SWF do not matter", "[design][trace]") {
  const std::string a = swf(), b = swf({{1, "2"}});
  const Scan plain = scan_text(a + b);
  const auto same = [&](const std::string& text) {
    const Scan s = scan_text(text);
    return s.faults.empty() && s.jobs.size() == 2 && s.jobs[1].number == 2 && s.jobs[1].submit == plain.jobs[1].submit;
  };
  CHECK(same("; comment\n;\n\n   \n\t\n  ; another\n" + a + ";1 2 3\n" + b));
  CHECK(same(a + b.substr(0, b.size() - 1)));
  CHECK(same("\xEF\xBB\xBF" + a + b));
  std::string tabs = a + b, crlf;
  std::ranges::replace(tabs, ' ', '\t');
  CHECK(same(tabs));
  for (const char c : a + b) crlf += c == '\n' ? "\r\n" : std::string(1, c);
  CHECK(same(crlf));
  CHECK(same(crlf.substr(0, crlf.size() - 2)));
  CHECK(same("   " + a + "  " + b.substr(0, b.size() - 1) + "   \n\n\n"));
}

TEST_CASE("What lay in the buffer before does not lengthen the last number", "[design][trace]") {
  for (const std::string digits : {"5 ", " 5", "55 ", "5 5 55 "}) {
    std::string comment = ";";
    while (comment.size() < 200) comment += digits;
    CHECK(fault(comment + "\n" + swf().substr(0, swf().size() - 1)) == "none");
  }
}

TEST_CASE("The header of SWF tells the size of the machine and when it began", "[design][trace]") {
  Scan s = scan_text("; MaxNodes: 120\n;MaxProcs:   240\n; UnixStartTime: 1025269200\n" + swf());
  CHECK(s.info.processors == 240);
  CHECK(s.info.unix_start == 1'025'269'200);
  s = scan_text("; MaxNodes: 120 (dual)\n; MaxProcs: some\n" + swf());
  CHECK(s.info.processors == 120);
  CHECK(s.info.unix_start == 0);
}

TEST_CASE("Broken records of SWF are refused with line and rule", "[design][trace]") {
  const std::string many = " fields; a job of SWF has 18";
  CHECK(fault("1 2 3\n") == "f:1: has 3" + many);
  CHECK(fault("\n; x\n" + swf().substr(0, swf().size() - 4) + "\n") == "f:3: has 17" + many);
  CHECK(fault("-1 " + swf()) == "f:1: has 19" + many);
  CHECK(fault(swf().substr(0, swf().size() - 1) + " x\n") == "f:1: has 19" + many);
  CHECK(fault(swf({{2, "abc"}})) == "f:1: field 2 (submit time): \"abc\": must be a number");
  CHECK(fault(swf({{2, "12x"}})) == "f:1: field 2 (submit time): \"12x\": must be a number");
  CHECK(fault(swf({{2, "1,5"}})) == "f:1: field 2 (submit time): \"1,5\": must be a number");
  CHECK(fault(swf({{2, "1.2.3"}})) == "f:1: field 2 (submit time): \"1.2.3\": must be a number");
  CHECK(fault(swf({{2, "0x10"}})) == "f:1: field 2 (submit time): \"0x10\": must be a number");
  CHECK(fault(swf({{2, "-"}})) == "f:1: field 2 (submit time): \"-\": must be a number");
  CHECK(fault(swf({{2, "+-4"}})) == "f:1: field 2 (submit time): \"+-4\": must be a number");
  CHECK(fault(swf({{2, "."}})) == "f:1: field 2 (submit time): \".\": must be a number");
  CHECK(fault(swf({{4, "nan"}})) == "f:1: field 4 (run time): \"nan\": must be a number");
  CHECK(fault(swf({{4, "inf"}})) == "f:1: field 4 (run time): \"inf\": must be a number");
  CHECK(fault(swf({{4, "1e999"}})) == "f:1: field 4 (run time): \"1e999\": must be a number");
  CHECK(fault(swf({{18, "?"}})) == "f:1: field 18 (think time): \"?\": must be a number");
  CHECK(fault(swf({{2, "-5"}})) == "f:1: field 2 (submit time): \"-5\": must not be negative");
  CHECK(fault(swf({{2, "4398046511.103"}})) ==
        "f:1: field 2 (submit time): \"4398046511.103\": must be less than 139 years");
  CHECK(fault(swf({{2, "99999999999999999999999"}})) ==
        "f:1: field 2 (submit time): \"99999999999999999999999\": must be less than 139 years");
  CHECK(fault(swf({{4, "1e300"}})) == "f:1: field 4 (run time): \"1e300\": must be less than 139 years");
  CHECK(fault(swf({{9, "9999999999"}})) ==
        "f:1: field 9 (requested time): \"9999999999\": must be less than 139 years");
  CHECK(fault(swf({{8, "0"}, {5, "-1"}})) ==
        "f:1: field 8 (requested processors): \"0\": the processors, requested (field 8) and allocated (field 5), are "
        "unknown");
  CHECK(fault(swf({{8, "10000001"}})) == "f:1: field 8 (requested processors): \"10000001\": must be at most 10000000");
  CHECK(fault(swf({{8, "1e17"}})) == "f:1: field 8 (requested processors): \"1e17\": must be at most 10000000");
  CHECK(fault(swf({{8, "2.5"}})) == "f:1: field 8 (requested processors): \"2.5\": must be a whole number");
  CHECK(fault(swf({{12, "1.5"}})) == "f:1: field 12 (user): \"1.5\": must be a whole number");
  CHECK(fault(swf({{10, "1e15"}})) == "f:1: field 10 (requested memory): \"1e15\": must be at most 1e15 kB in all");
  CHECK(fault(swf({{7, "1e300"}})) == "f:1: field 7 (used memory): \"1e300\": must be at most 1e15 kB in all");
  CHECK(fault(swf({{1, "1.5"}})) == "f:1: field 1 (job number): \"1.5\": must be a whole number");
  CHECK(fault(swf({{1, "-1"}})) == "f:1: field 1 (job number): \"-1\": must be a whole number, 0 or more");
  CHECK(fault(swf({{1, "1e30"}})) == "f:1: field 1 (job number): \"1e30\": must be a whole number, 0 or more");
  CHECK(fault(swf() + swf({{1, "2"}, {2, "99.999"}})) ==
        "f:2: field 2 (submit time): \"99.999\": jobs must be in order of submission: an earlier one is submitted at "
        "100 s");
  CHECK(fault(swf() + swf()) == "f:2: field 1 (job number): \"1\": is the number of an earlier job");
  CHECK(fault(swf({{1, "70"}}) + swf({{1, "9"}}) + swf({{1, "70"}})) ==
        "f:3: field 1 (job number): \"70\": is the number of an earlier job");
  CHECK(fault("name,submit,run\n").starts_with("f:1: field 1 (job number): \"name,submit,run\": must be a number"));
}

TEST_CASE("Files that are no SWF at all end in faults, not in trouble", "[design][trace]") {
  CHECK(fault("") == "f: holds no jobs");
  CHECK(fault("; only\n; comments") == "f: holds no jobs");
  CHECK(fault(swf({{4, "0"}})) == "f: holds no job that ever ran");
  CHECK(fault(std::string(10'000'000, '1') + "\n" + swf()) == "f:1: is longer than 65536 bytes");
  CHECK(fault(std::string(10'000'000, '1')) == "f:1: is longer than 65536 bytes");
  CHECK(fault(swf() + ";" + std::string(10'000'000, ' ')) == "f:2: is longer than 65536 bytes");
  CHECK(fault(std::string(65'536, ' ') + "\n" + swf()) == "none");
  CHECK(fault(std::string(65'537, ' ') + "\n" + swf()) == "f:1: is longer than 65536 bytes");
  CHECK(fault(std::string(60'000, '7') + swf()).size() < 300);
  std::string zeros = swf();
  zeros[5] = '\0';
  CHECK(fault(zeros).find("must be a number") != std::string::npos);
  CHECK(fault(std::string(100, '\0')).find("must be a number") != std::string::npos);
  std::string junk;
  std::uint32_t state = 1;
  for (int i = 0; i < 3'000'000; ++i) junk += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  const auto faults = scan_text(junk).faults;
  REQUIRE(faults.size() == 101);
  CHECK(faults.back().find("more faults up to this line") != std::string::npos);
  for (const auto& f : faults) CHECK(f.size() < 400);
}

TEST_CASE("At most 100 faults are told, and how many more there are", "[design][trace]") {
  std::string text;
  for (int i = 1; i <= 150; ++i) text += "x\n";
  auto faults = scan_text(text).faults;
  REQUIRE(faults.size() == 101);
  CHECK(faults[99] == "f:100: field 1 (job number): \"x\": must be a number");
  CHECK(faults[100] == "f:150: and 50 more faults up to this line");
  text.resize(200);
  CHECK(scan_text(text).faults.size() == 100);
}

TEST_CASE("The largest demands on a node are those that no other exceeds", "[design][trace]") {
  const std::string text = swf({{1, "1"}, {8, "4"}, {10, "100"}}) + swf({{1, "2"}, {8, "2"}, {10, "100"}}) +
                           swf({{1, "3"}, {8, "8"}, {10, "10"}}) + swf({{1, "4"}, {8, "4"}, {10, "100"}}) +
                           swf({{1, "5"}, {8, "5"}, {10, "90"}});
  auto largest = scan_text(text).info.largest;
  REQUIRE(largest.size() == 2); // 4 x 100 kB is less than 5 x 90 kB
  CHECK(largest[0].number == 3);
  CHECK(largest[0].line == 3);
  CHECK(largest[0].memory_kb == 80);
  CHECK(largest[1].number == 5);
  CHECK(largest[1].cores == 5);
  CHECK(largest[1].memory_kb == 450);
  design::Trace trace;
  trace.gang = true;
  largest = scan_text(text, trace).info.largest;
  CHECK(largest.size() == 4); // ranks of 4, 2, 8, 5
  // a file made to have very many gives no more than is good
  std::string wall;
  for (int i = 1; i <= 2000; ++i)
    wall += swf(
        {{1, std::to_string(i).c_str()}, {8, std::to_string(i).c_str()}, {10, std::to_string(2e9 / i / i).c_str()}});
  largest = scan_text(wall).info.largest;
  CHECK(largest.size() <= 100);
  CHECK_FALSE(largest.empty());
}

TEST_CASE("A trace that changed since it was looked through is noticed", "[design][trace]") {
  const trace_files::Folder folder;
  design::Trace trace;
  trace.file = folder.write("t.swf", swf() + swf({{1, "2"}}));
  schema::Errors errors;
  const TraceInfo info = design::scan_trace(trace, errors);
  REQUIRE(errors.empty());
  const auto read_all = [&](const std::string& text) {
    folder.write("t.swf", text);
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
  CHECK(read_all(swf()) == "none");
  CHECK(read_all(swf() + swf({{12, "8"}})) == ":2" + changed + "it names others (user)");
  CHECK(read_all(swf() + swf({{14, "8"}})) == ":2" + changed + "it names others (executable)");
  CHECK(read_all(swf({{13, "8"}})) == ":1" + changed + "it names others (group)");
  CHECK(read_all(swf() + "junk\n") == ":2: field 1 (job number): \"junk\": must be a number");
  std::filesystem::remove(trace.file);
  CHECK_THROWS_AS(design::TraceReader(trace, info.names), core::IoError);
}

TEST_CASE("A trace with a million users is refused in bounded memory", "[design][trace]") {
  std::string text;
  for (int i = 1; i <= 1'000'003; ++i)
    text += std::to_string(i) + " 0 0 1 1 0 -1 1 1 -1 1 " + std::to_string(i * 977LL) + " 1 1 1 1 -1 -1\n";
  const auto faults = scan_text(text).faults;
  REQUIRE(faults.size() == 3);
  CHECK(faults[0] == "f:1000001: field 12 (user): \"977000977\": is one of more than 1000000 different ones");
}
