// Accounting records of Slurm and LSF into job traces. All records are made up here, laid out as the manuals say.
#include "catch.hpp"
#include "centresim/core/error.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/io/job_accounting.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/file.hpp"
#include "design/trace_files.hpp"

#include <algorithm>
#include <sstream>

using namespace centresim;
using io::Accounting;

namespace {

using Convert = Accounting (*)(const std::filesystem::path&, const std::filesystem::path&, const core::StopQuestion&);

struct Done {
  Accounting told;
  std::vector<std::string> rows;   // of the table
  std::vector<std::string> faults; // without the name of the file
  design::TraceInfo info;
  std::vector<design::TraceJob> jobs; // as a trace reads them
};

Done run(Convert convert, std::string_view text) {
  const trace_files::Folder folder;
  const std::string from = folder.write("records", text), to = folder / "jobs.csv";
  Done done;
  try {
    done.told = convert(from, to, {});
  } catch (const core::InputError& error) {
    for (core::Issue issue : error.issues()) {
      CHECK(issue.file == from);
      issue.file = "f";
      done.faults.push_back(core::to_string(issue));
    }
    CHECK_FALSE(std::filesystem::exists(to));
    return done;
  }
  std::istringstream lines(schema::read_text_file(to));
  for (std::string line; std::getline(lines, line);) done.rows.push_back(line);
  design::Trace trace;
  trace.file = to;
  trace.format = design::TraceFormat::csv;
  schema::Errors errors;
  done.info = design::scan_trace(trace, errors);
  for (const auto& issue : errors.issues()) FAIL_CHECK(core::to_string(issue));
  if (!errors.empty()) return done;
  design::TraceReader reader(trace, done.info.names);
  design::TraceJob job;
  while (reader.next(job)) done.jobs.push_back(job);
  CHECK(static_cast<std::int64_t>(done.jobs.size()) == done.told.jobs);
  return done;
}
Done sacct(std::string_view text) { return run(&io::convert_sacct, text); }
Done lsf(std::string_view text) { return run(&io::convert_lsf, text); }
std::string fault(const Done& done) {
  if (done.faults.empty()) return "none";
  return done.faults.size() == 1 ? done.faults[0] : std::to_string(done.faults.size()) + ": " + done.faults[0];
}

const std::string kHead = "JobID|Submit|Start|End|Elapsed|AllocCPUS|State\n";
std::string slurm(const std::string& more) { return kHead + more; }

// A job of sacct with one more column.
std::string with(const std::string& column, const std::string& cell) {
  return "JobID|Submit|ElapsedRaw|AllocCPUS|NNodes|" + column + "\n1|2026-01-31T10:00:00|60|8|2|" + cell + "\n";
}
design::TraceJob one(const std::string& column, const std::string& cell) {
  const Done done = sacct(with(column, cell));
  CHECK(done.faults == std::vector<std::string>{});
  return done.jobs.empty() ? design::TraceJob{} : done.jobs[0];
}

// A record of LSF 10.1, of which fields are replaced by name.
struct Lsf {
  std::string version = "\"10.1\"", event = "2000", id = "17", submit = "1000", start = "1100", user = "\"ann\"",
              queue = "\"normal\"", resreq = "\"\"", hosts = "0 1 \"h1\"", status = "64 60.0", name = "\"job\"",
              command = "\"/bin/sleep 3\"", project = "\"p\"", index = "0", memory = "2048", extension = "0",
              usage = "0", limit = "-1", effective = "\"select[type == any] order[r15s:pg] \"", run = "850",
              later = " \"/d\" 0 \"\" 0.000000 0.00 0.00 0.00 0.00 1 \"h1\" -1 0 0 0";
  [[nodiscard]] std::string head() const {
    return "\"JOB_FINISH\" " + version + " " + event + " " + id + " 1501 33554434 1 " + submit + " 0 0 " + start + " " +
           user + " " + queue + " " + resreq + " \"\" \"\" \"host\" \"/home\" \"\" \"out.txt\" \"\" \"1000.17\" " +
           hosts + " " + status + " " + name + " " + command +
           " 0.1 0.2 3748 0 -1 0 0 436 4 0 928 0 -1 0 0 0 19 2 -1 \"\" " + project + " 0 1 \"\" \"\" " + index + " " +
           memory + " 0";
  }
  [[nodiscard]] std::string text() const {
    return head() + " \"\" \"\" \"\" \"\" 0 \"\" 0 \"\" -1 \"\" \"\" \"\" \"\" -1 \"\" \"\" 5136 \"\" 1100 \"\" \"\" " +
           extension + " " + usage + " " + limit + " 4194304 1024 " + effective + " \"\" -1 \"\" -1 0 \"\" 0 0 \"\" " +
           run + later + "\n";
  }
};
std::string lsf_fault(const Lsf& record) { return fault(lsf(record.text())); }

} // namespace

TEST_CASE("The output of sacct becomes a trace in order of submission", "[io][accounting]") {
  const Done done = sacct(
      "JobID|JobIDRaw|JobName|User|Account|Partition|QOS|State|Submit|Start|End|Elapsed|Timelimit|NNodes|AllocCPUS|"
      "ReqMem|"
      "MaxRSS|Licenses|Priority|ExitCode|NodeList\n"
      "12|12|sim top|bob|chip|long|high|COMPLETED|2026-02-01T00:00:10|2026-02-01T00:01:00|2026-02-01T01:01:00|01:00:00|"
      "1-00:00:00|1|4|8G||vcs:2,dc@srv|100|0:0|n1\n"
      "12.batch|12.batch|batch||chip|||COMPLETED|2026-02-01T00:01:00|2026-02-01T00:01:00|2026-02-01T01:01:00|01:00:00||"
      "1|"
      "4||1048576K||||n1\n"
      "12.0|12.0|step||chip|||COMPLETED|2026-02-01T00:01:00|2026-02-01T00:01:00|2026-02-01T01:01:00|00:59:00||1|4||3G||"
      "||"
      "n1\n"
      "12.extern|12.extern|step||chip|||COMPLETED|2026-02-01T00:01:00|2026-02-01T00:01:00|2026-02-01T01:01:00|00:59:00|"
      "|1|"
      "4||1M||||n1\n"
      "9_1|10|arr|ann|chip|short||FAILED|2026-01-31T23:59:59|2026-02-01T00:00:00|2026-02-01T00:00:30|00:00:30|"
      "UNLIMITED|"
      "2|16|2000Mc||||1:0|n[1-2]\n"
      "9_2|9|arr|ann|chip|short||CANCELLED by "
      "1000|2026-01-31T23:59:59|2026-02-01T00:00:00|2026-02-01T00:00:10|00:00:10|"
      "Partition_Limit|2|6|500Mn||||1:0|n[1-2]\n"
      "13|13|never|ann|chip|short||CANCELLED|2026-02-01T00:00:00|None|2026-02-01T00:00:10|00:00:00|10:00|1|0|1G||||0:0|"
      "None assigned\n"
      "14|14|now|ann|chip|short||RUNNING|2026-02-01T00:00:00|2026-02-01T00:00:00|Unknown|00:05:00|10:00|1|1|1G||||0:0|"
      "n1\n"
      "14.0|14.0|step||chip|||RUNNING|2026-02-01T00:00:00|2026-02-01T00:00:00|Unknown|00:05:00||1|1||99G||||n1\n"
      "15_[3-9%2]|15|later|ann|chip|short||PENDING|2026-02-01T00:00:00|Unknown|Unknown|00:00:00|10:00|1|1|1G||||0:0|"
      "\n");
  REQUIRE(done.faults == std::vector<std::string>{});
  CHECK(done.told.jobs == 3);
  CHECK(done.told.never_started == 1);
  CHECK(done.told.unfinished == 2);
  CHECK(done.told.start == "2026-01-31T23:59:59");
  CHECK(done.rows ==
        std::vector<std::string>{
            "name,submit,run,request,cores,ranks,memory,peak_memory,tokens,user,project,step,kind,priority",
            "9,0,10,,3,2,0.48828125,,,ann,chip,arr,short,0", "10,0,30,,8,2,15.625,,,ann,chip,arr,short,0",
            "12,11,3600,86400,4,1,8,3,vcs:2;dc@srv,bob,chip,sim top,long,100"});
  CHECK(done.info.names.numbered);
}

TEST_CASE("sacct with a bar at the end, array names, and epoch seconds", "[io][accounting]") {
  const Done done =
      sacct("JobID|Submit|Start|End|NCPUS|\n7_2|1000|1010|1020|1|\n7_10|1000|1010|1030|1|\n8+1|900|1000|1005|2|\n"
            "8+0|900|1000|1005|2|\n7_2|2000|2001|2002|1|\n6|5000|Unknown|Unknown|1|\n");
  REQUIRE(done.faults == std::vector<std::string>{});
  CHECK(done.told.start == "1970-01-01T00:15:00");
  CHECK(done.told.never_started + done.told.unfinished == 1);
  REQUIRE(done.rows.size() == 6);
  CHECK(done.rows[1].starts_with("8+0,0,5,"));
  CHECK(done.rows[2].starts_with("8+1,0,5,"));
  CHECK(done.rows[3].starts_with("7_2,100,10,"));
  CHECK(done.rows[4].starts_with("7_10,100,20,"));
  CHECK(done.rows[5].starts_with("7_2/2,1100,1,")); // its second run
}

TEST_CASE("Columns of sacct mean what its manual says", "[io][accounting]") {
  // 8 cores on 2 nodes
  CHECK(one("QOS", "high").cores == 4);
  CHECK(one("QOS", "high").ranks == 2);
  CHECK(one("TimelimitRaw", "90").request == 5'400'000);
  CHECK(one("TimelimitRaw", "UNLIMITED").request == 60'000);
  CHECK(one("Timelimit", "2-03:04:05").request == 183'845'000);
  CHECK(one("Timelimit", "30:00").request == 1'800'000);
  CHECK(one("Timelimit", "365-00:00:00").request == 365 * core::kTicksPerDay);
  // GB of 1024^3; in all, per node, per core
  CHECK(one("ReqMem", "16G").memory_kb == 8'000'000);
  CHECK(one("ReqMem", "16Gn").memory_kb == 16'000'000);
  CHECK(one("ReqMem", "1Gc").memory_kb == 4'000'000);
  CHECK(one("ReqMem", "1.5T").memory_kb == 768'000'000);
  CHECK(one("ReqMem", "1024M").memory_kb == 500'000);
  CHECK(one("ReqMem", "2048").memory_kb == 1'000'000); // MB
  CHECK(one("ReqMem", "0n").memory_kb == 0);
  CHECK(one("ReqTRES", "billing=8,cpu=8,mem=4G,node=2").memory_kb == 2'000'000);
  CHECK(one("MaxRSS", "1073741824").peak_kb == 1'000'000); // bytes
  CHECK(one("MaxRSS", "1048576K").peak_kb == 1'000'000);
  const auto tokens = [](const std::string& column, const std::string& cell) {
    return sacct(with(column, cell)).info.names.tokens.back();
  };
  using Uses = std::vector<design::TokenUse>;
  CHECK(tokens("Licenses", "vcs") == Uses{{"vcs", 1, 0}});
  CHECK(tokens("Licenses", "vcs:3,dc:1") == Uses{{"vcs", 3, 0}, {"dc", 1, 0}});
  CHECK(tokens("Licenses", "(null)") == Uses{});
  CHECK(tokens("Licenses", "vcs:1, vcs:2,dc:0") == Uses{{"vcs", 3, 0}});
  CHECK(tokens("ReqTRES", "cpu=8,license/vcs=2,license/dc@srv=1,mem=1G") == Uses{{"vcs", 2, 0}, {"dc@srv", 1, 0}});
  CHECK(tokens("AllocTRES", "license/vcs=2") == Uses{{"vcs", 2, 0}});
  // what does not divide evenly is a rank per core
  Done done = sacct("JobID|Submit|ElapsedRaw|AllocCPUS|NNodes|ReqMem\n1|2026-01-31T10:00:00|60|7|2|7G\n");
  CHECK(done.jobs.at(0).cores == 1);
  CHECK(done.jobs.at(0).ranks == 7);
  CHECK(done.jobs.at(0).memory_kb == 1'000'000);
  // cores from wherever they are known
  done = sacct("JobIDRaw|Submit|ElapsedRaw|AllocCPUS|ReqTRES\n1|2026-01-31T10:00:00|60|0|cpu=6,mem=1G\n");
  CHECK(done.jobs.at(0).cores == 6);
  // priorities beyond those of a job are scaled down together
  done = sacct("JobID|Submit|ElapsedRaw|NCPUS|Priority\n1|2026-01-31T10:00:00|60|1|4294967295\n"
               "2|2026-01-31T10:00:00|60|1|1000000\n");
  CHECK(done.told.priority_divisor == 4295);
  CHECK(done.jobs.at(0).priority == 999'992);
  CHECK(done.jobs.at(1).priority == 232);
  // a name is written so that it reads back
  done = sacct(
      "JobID|Submit|ElapsedRaw|NCPUS|JobName\n1|2026-02-28T23:59:59|60|1|a, \"b\"\n2|2026-03-01T00:00:00|60|1|\n");
  CHECK(done.info.names.steps.at(1) == "a, \"b\"");
  CHECK(done.jobs.at(1).submit == 1000); // no leap year
}

TEST_CASE("Headers of sacct that do not do are refused", "[io][accounting]") {
  CHECK(fault(sacct("")) == "f:1: is empty: sacct -P begins with a line of column names");
  CHECK(fault(sacct("JobID|Submit|Elapsed|AllocCPU\n")) ==
        "f:1: \"AllocCPU\": is no column of sacct; did you mean 'AllocCPUS'?");
  CHECK(fault(sacct("JobID|Submit|Elapsed|NCPUS|Weather\n")) == "f:1: \"Weather\": is no column of sacct");
  CHECK(fault(sacct("JobID|Submit|Elapsed|NCPUS|NCPUS\n")) == "f:1: \"NCPUS\": a column is named twice");
  CHECK(fault(sacct("Submit|Elapsed|NCPUS\n")) == "f:1: lacks the column JobID (or JobIDRaw)");
  CHECK(fault(sacct("JobID|Elapsed|NCPUS\n")) == "f:1: lacks the column Submit");
  CHECK(fault(sacct("JobID|Submit|Start|NCPUS\n")) ==
        "f:1: lacks the column Elapsed (or ElapsedRaw, or Start and End)");
  CHECK(fault(sacct("JobID|Submit|Elapsed\n")) ==
        "f:1: lacks the column AllocCPUS (or NCPUS, ReqCPUS, AllocTRES, ReqTRES)");
  CHECK(fault(sacct("JobID Submit Elapsed NCPUS\n")).starts_with("f:1: \"JobID Submit Elapsed NCPUS\": is no column"));
  CHECK(fault(sacct(std::string(100'000, '|'))) == "2: f:1: is longer than 65536 bytes");
}

TEST_CASE("Broken lines of sacct are refused with line, column and rule", "[io][accounting]") {
  const auto at = [](const std::string& line) { return fault(sacct(slurm(line))); };
  const std::string t = "2026-01-31T10:00:00";
  CHECK(at("1|" + t + "|" + t + "|" + t + "|01:00\n").starts_with("f:2: has 5 cells, the header has 7"));
  CHECK(at("1|" + t + "|" + t + "|" + t + "|01:00|1|COMPLETED|a|b\n").find("a | in a job name") != std::string::npos);
  CHECK(at("x|" + t + "|" + t + "|" + t + "|01:00|1|COMPLETED\n") ==
        "f:2: JobID: \"x\": must be a job such as 123, 123_4 or 123+1");
  CHECK(at("1_|" + t + "|" + t + "|" + t + "|01:00|1|COMPLETED\n").starts_with("f:2: JobID: \"1_\""));
  CHECK(at("1_[2-3]|" + t + "|" + t + "|" + t + "|01:00|1|COMPLETED\n").starts_with("f:2: JobID: \"1_[2-3]\""));
  CHECK(at("1|31.1.2026|" + t + "|" + t + "|01:00|1|COMPLETED\n") ==
        "f:2: Submit: \"31.1.2026\": must be a time such as 2026-01-31T10:00:00");
  CHECK(at("1|2026-02-30T10:00:00|" + t + "|" + t + "|01:00|1|COMPLETED\n").starts_with("f:2: Submit: \"2026-02-30T"));
  CHECK(
      at("1|2026-01-31T24:00:00|" + t + "|" + t + "|01:00|1|COMPLETED\n").starts_with("f:2: Submit: \"2026-01-31T24"));
  CHECK(at("1|1969-01-01T00:00:00|" + t + "|" + t + "|01:00|1|COMPLETED\n") ==
        "f:2: \"1969-01-01T00:00:00\": must not be before 1970");
  CHECK(at("1|" + t + "|" + t + "|" + t + "|1 hour|1|COMPLETED\n") ==
        "f:2: Elapsed: \"1 hour\": must be a span of time such as 1-02:03:04");
  CHECK(at("1|" + t + "|" + t + "|" + t + "|01:75|1|COMPLETED\n").starts_with("f:2: Elapsed: \"01:75\""));
  CHECK(at("1|" + t + "|" + t + "|" + t + "|-01:00|1|COMPLETED\n").starts_with("f:2: Elapsed: \"-01:00\""));
  CHECK(at("1|" + t + "|" + t + "|" + t + "|99999-00:00:00|1|COMPLETED\n").find("less than 139 years") !=
        std::string::npos);
  CHECK(at("1|" + t + "|" + t + "|" + t + "|01:00|many|COMPLETED\n") ==
        "f:2: AllocCPUS: \"many\": must be a whole number");
  CHECK(at("1|" + t + "|" + t + "|" + t + "|01:00|0|COMPLETED\n") ==
        "f:2: \"0\": cores must be from 1 to 10000000 on each of at most 100000 nodes");
  CHECK(at("1|" + t + "|" + t + "|" + t + "|01:00|99999999999|COMPLETED\n")
            .starts_with("f:2: \"99999999999\": cores must"));
  CHECK(at("1|" + t + "|" + t + "|" + t + "|01:00|1|COMPLETD\n") ==
        "f:2: State: \"COMPLETD\": is no state of Slurm's jobs; did you mean 'COMPLETED'?");
  CHECK(at("1.batch|" + t + "|" + t + "|" + t + "|01:00|1|COMPLETED\n") ==
        "f:2: JobID: \"1\": is a step of a job that is not above it");
  CHECK(at("1|" + t + "|Unknown|" + t + "|00:00|1|CANCELLED\n") == "f: holds no job that ran and ended");
  CHECK(fault(sacct(with("ReqMem", "lots"))) ==
        "f:2: ReqMem: \"lots\": must be an amount of memory such as 4000M, 4Gn or 2Gc");
  CHECK(fault(sacct(with("ReqMem", "-4G"))).starts_with("f:2: ReqMem: \"-4G\""));
  CHECK(fault(sacct(with("ReqMem", "nan"))).starts_with("f:2: ReqMem: \"nan\""));
  CHECK(fault(sacct(with("ReqMem", "9e99P"))).starts_with("f:2: ReqMem: \"9e99P\""));
  CHECK(fault(sacct(with("ReqMem", "9999999999P"))) == "f:2: memory must be at most 1e9 GB");
  CHECK(fault(sacct(with("ReqTRES", "cpu=x,mem=4Q"))).starts_with("f:2: ReqTRES: \"cpu=x,mem=4Q\""));
  CHECK(fault(sacct(with("MaxRSS", "1K2"))) == "f:2: MaxRSS: \"1K2\": must be an amount of memory such as 12345K");
  CHECK(fault(sacct(with("TimelimitRaw", "1:00"))) == "f:2: TimelimitRaw: \"1:00\": must be a whole number of minutes");
  CHECK(fault(sacct(with("Timelimit", "1")))
            .starts_with("f:2: Timelimit: \"1\": must be a span of time such as 1-02:03:04, UNLIMITED"));
  CHECK(fault(sacct(with("Licenses", "vcs:x"))) == "f:2: Licenses: \"vcs:x\": must be licences such as vcs:2,dc:1");
  CHECK(fault(sacct(with("Licenses", ":2"))).starts_with("f:2: Licenses: \":2\""));
  CHECK(fault(sacct(with("Licenses", "vcs:2000000"))).starts_with("f:2: Licenses: \"vcs:2000000\""));
  CHECK(fault(sacct(with("Priority", "-1"))) == "f:2: Priority: \"-1\": must be a whole number");
  CHECK(fault(sacct(with("User", "\xFF"))) == "f:2: User: \"\\xff\": must be UTF-8 text without a zero character");
  CHECK(fault(sacct(with("User", std::string("a\0b", 3)))).starts_with("f:2: User: \"a\\x00b\": must be UTF-8"));
  CHECK(fault(sacct("JobID|Submit|ElapsedRaw|NCPUS|MaxRSS\n1|" + t + "|1|1|\n1.0|" + t + "|1|1|99999999999P\n")) ==
        "f:3: memory must be at most 1e9 GB");
  const std::string times = "JobID|Submit|Start|End|NCPUS\n1|" + t + "|" + t + "|2026-01-31T09:00:00|1\n";
  CHECK(fault(sacct(times)) == "f:2: End: \"2026-01-31T09:00:00\": is before the start");
  std::string many = kHead;
  for (int i = 0; i < 150; ++i) many += "x\n";
  const Done done = sacct(many);
  REQUIRE(done.faults.size() == 101);
  CHECK(done.faults.back() == "f:151: and 50 more faults up to this line");
}

TEST_CASE("JOB_FINISH records of LSF become a trace", "[io][accounting]") {
  Lsf a, b, c, d;
  a.hosts = "1 \"asked\" 4 \"h1\" \"h2\" \"h1\" \"h2\"";
  a.resreq = "\"rusage[mem=4000,vcs=1] span[hosts=2]\"";
  a.effective = "\"select[type == any] rusage[mem=2048.00,vcs=2.00,dc=0.5:duration=10m,swp=100] span[hosts=2] \"";
  a.limit = "7200";
  a.memory = "1048576";
  a.extension = "2 1032 \"0\" 1086 \"-1 -1\"";
  a.usage = "2 h1 1306 0 12 3 0 h2 1291 0 6 1 0";
  b.id = "18", b.submit = "900", b.start = "950", b.hosts = "02 \"16*h1\" \"16*h2\"", b.index = "3",
  b.name = "\"arr[3]\"";
  b.usage = "1 h1 5 0 1 1";
  c.id = "19", c.start = "0";
  d.id = "20", d.submit = "1000", d.run = "0", d.name = "\"\"", d.command = "\"/opt/a/vcs -R \"\"x y\"\"\"";
  const Done done = lsf("# 1234\n\n" + a.text() + "\"JOB_RESIZE\" \"10.1\" 1 2 3\n" + b.text() + c.text() + d.text());
  REQUIRE(done.faults == std::vector<std::string>{});
  CHECK(done.told.jobs == 3);
  CHECK(done.told.never_started == 1);
  CHECK(done.told.other == 1);
  CHECK(done.told.start == "1970-01-01T00:15:00");
  CHECK(done.rows ==
        std::vector<std::string>{
            "name,submit,run,request,cores,ranks,memory,peak_memory,tokens,user,project,step,kind,priority",
            "18[3],0,850,,16,2,,0.0009765625,,ann,p,arr,normal,0",
            "17,100,850,7200,2,2,2,0.5,vcs:2;dc,ann,p,job,normal,0",
            "20,100,900,,1,1,,0.001953125,,ann,p,vcs,normal,0"});
}

TEST_CASE("Old records of LSF, whose last fields are not there, are read as far as they go", "[io][accounting]") {
  Lsf record;
  record.version = "\"7.06\"";
  Done done = lsf(record.head() + "\n");
  REQUIRE(done.jobs.size() == 1);
  CHECK(done.jobs[0].run == 900'000); // from start to end
  CHECK(done.jobs[0].request == 900'000);
  record.limit = "3600";
  std::string cut = record.text();
  cut = cut.substr(0, cut.find(" \"\" -1 \"\" -1 0")) + "\n";
  done = lsf(cut);
  REQUIRE(done.jobs.size() == 1);
  CHECK(done.jobs[0].run == 900'000);
  CHECK(done.jobs[0].request == 3'600'000);
}

TEST_CASE("What rusage of LSF reserves", "[io][accounting]") {
  const auto job = [](const std::string& requirement, const char* hosts = "0 4 \"h1\" \"h1\" \"h2\" \"h2\"") {
    Lsf record;
    record.hosts = hosts;
    record.effective = "\"" + requirement + "\"";
    return lsf(record.text());
  };
  const auto memory = [&](const std::string& requirement) { return job(requirement).jobs.at(0).memory_kb; };
  CHECK(memory("rusage[mem=1024]") == 1'000'000); // MB, per host
  CHECK(memory("rusage[mem=2G]") == 2'000'000);
  CHECK(memory("rusage[mem=2GB/task]") == 4'000'000);
  CHECK(memory("rusage[mem=4G/job]") == 2'000'000);
  CHECK(memory("rusage[mem=4G/host]") == 4'000'000);
  CHECK(memory("rusage[mem=(3072 1024):duration=(10 20)]") == 3'000'000);
  CHECK(memory("rusage[mem=1024||mem=4096]") == 1'000'000);
  CHECK(memory("select[mem>9000] order[mem]") == 2048 * 1'000'000 / 1024 / 1024 / 2 + 1); // only the peak is known
  CHECK(job("rusage[mem=1024,vcs=1]", "0 3 \"h1\" \"h1\" \"h2\"").jobs.at(0).ranks == 3);
  CHECK(job("rusage[mem=1024,vcs=1]", "0 3 \"h1\" \"h1\" \"h2\"").jobs.at(0).memory_kb == 666'667);
  using Uses = std::vector<design::TokenUse>;
  const auto tokens = [&](const std::string& requirement) { return job(requirement).info.names.tokens.back(); };
  CHECK(tokens("rusage[vcs=1:dc=2,swp=5,ut=1,duration=5]") == Uses{{"vcs", 1, 0}, {"dc", 2, 0}});
  CHECK(tokens("rusage[vcs=1.2]") == Uses{{"vcs", 2, 0}});
  CHECK(tokens("rusage[vcs=1,mem=3, vcs = 2,dc=1e7]") == Uses{{"vcs", 3, 0}});
  CHECK(tokens("rusage[vcs=0,gmodel=any]") == Uses{});
  CHECK(tokens("rusage[") == Uses{});
}

TEST_CASE("Numbers of LSF that begin again are told apart", "[io][accounting]") {
  Lsf first, second;
  second.submit = "1500", second.start = "1600";
  const Done done = lsf(second.text() + first.text());
  REQUIRE(done.rows.size() == 3);
  CHECK(done.rows[1].starts_with("17,0,"));
  CHECK(done.rows[2].starts_with("17/2,500,"));
}

TEST_CASE("Broken records of LSF are refused with line, field and rule", "[io][accounting]") {
  const Lsf good;
  CHECK(lsf_fault(good) == "none");
  CHECK(fault(lsf("")) == "f: holds no job that ran and ended");
  CHECK(fault(lsf("JOB_FINISH 1 2\n")) == "f:1: field 1 (event type): \"JOB_FINISH\": must be \"JOB_FINISH\"");
  CHECK(fault(lsf("\"JOB_FINISH2\" \"10.1\" 1\n")) ==
        "f:1: field 1 (event type): \"JOB_FINISH2\": must be \"JOB_FINISH\"");
  CHECK(fault(lsf("\"JOB_FINISH\n")) == "f:1: a closing quote is missing");
  CHECK(fault(lsf("\"JOB_FINISH\"\"10.1\" 5\n")).starts_with("f:1: field 1"));
  CHECK(fault(lsf("\"JOB_FINISH\"x\n")) == "f:1: text after a closing quote");
  CHECK(fault(lsf("\"JOB_FINISH\"\n")) == "f:1: field 2 (version): is missing: the record ends early");
  const std::string head = good.head();
  CHECK(fault(lsf(head.substr(0, head.size() - 2) + "\n")) ==
        "f:1: field 57 (maxRSwap): is missing: the record ends early");
  Lsf r = good;
  r.id = "x";
  CHECK(lsf_fault(r) == "f:1: field 4 (jobId): \"x\": must be a whole number");
  r = good, r.id = "-3";
  CHECK(lsf_fault(r) == "f:1: jobId: \"-3\": must not be negative");
  r = good, r.submit = "\"1000\"";
  CHECK(lsf_fault(r) == "f:1: field 8 (submitTime): \"1000\": must be a whole number");
  r = good, r.submit = "99999999999999999999";
  CHECK(lsf_fault(r) == "f:1: field 8 (submitTime): \"99999999999999999999\": must be a whole number");
  r = good, r.user = "ann";
  CHECK(lsf_fault(r) == "f:1: field 12 (userName): \"ann\": must be a text in quotes");
  r = good, r.user = "\"\xFE\"";
  CHECK(lsf_fault(r) == "f:1: userName: \"\\xfe\": must be UTF-8 text without a zero character");
  r = good, r.hosts = "0 2 \"h1\"";
  CHECK(lsf_fault(r) == "f:1: field 25 (execHosts): must be the names of 2 hosts");
  r = good, r.hosts = "3 \"h1\" \"h2\" 0";
  CHECK(lsf_fault(r) == "f:1: field 24 (askedHosts): must be the names of 3 hosts");
  r = good, r.hosts = "-1 0";
  CHECK(lsf_fault(r) == "f:1: field 23 (numAskedHosts): \"-1\": must not be negative");
  r = good, r.hosts = "0 999999999999999999 \"h1\"";
  CHECK(lsf_fault(r) == "f:1: field 25 (execHosts): must be the names of 999999999999999999 hosts");
  r = good, r.hosts = "0 1 \"99999999999*h1\"";
  CHECK(lsf_fault(r) == "f:1: field 25 (execHosts): \"99999999999*h1\": must be at most 10000000 slots");
  r = good, r.status = "64 fast";
  CHECK(lsf_fault(r) == "f:1: field 27 (hostFactor): \"fast\": must be a number");
  r = good, r.project = "\"p";
  CHECK(lsf_fault(r).starts_with("f:1: "));
  r = good, r.memory = "9223372036854775807";
  CHECK(lsf_fault(r).starts_with("f:1: field 56 (maxRMem)"));
  CHECK(fault(lsf(std::string(5'000'000, '"'))) == "f:1: is longer than 4194304 bytes");
  CHECK(fault(lsf(std::string(100, '\0'))).starts_with("f:1: field 1 (event type)"));
}

TEST_CASE("Accounting files that cannot be read or written say why", "[io][accounting]") {
  const trace_files::Folder folder;
  const auto reason = [&](const std::string& from, const std::string& to) {
    try {
      (void)io::convert_lsf(from, to);
    } catch (const core::IoError& error) {
      return error.file() + ": " + error.reason();
    }
    return std::string("none");
  };
  const std::string records = folder.write("records", Lsf().text());
  CHECK(reason(folder / "none", folder / "a.csv") == (folder / "none") + ": No such file or directory");
  CHECK(reason(records, folder / "x/a.csv").find("does not exist") != std::string::npos);
  CHECK(reason(folder.write("r.gz", trace_files::gzip(Lsf().text())), folder / "a.csv") == "none");
  CHECK(schema::read_text_file(folder / "a.csv").size() > 100);
}

TEST_CASE("A conversion that is asked to stop leaves what was there", "[io][accounting]") {
  const trace_files::Folder folder;
  const std::string records = folder.write("records", Lsf().text()), to = folder.write("a.csv", "older");
  CHECK_THROWS_AS(io::convert_lsf(records, to, [] { return true; }), core::Interrupted);
  CHECK(schema::read_text_file(to) == "older");
}
