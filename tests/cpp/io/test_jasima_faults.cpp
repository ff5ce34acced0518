// Whatever is wrong with a file in jasima's format is told with its line, all at once; nothing crashes or hangs.
#include "jasima_file.hpp"

#include "centresim/centre/scenario.hpp"

#include <random>

using namespace jasima_file;
using Faults = std::vector<std::string>;

namespace {

bool tells(const std::string& bytes, int line, const std::string& part) {
  const Faults all = faults(bytes);
  for (const std::string& f : all)
    if (f.starts_with(std::to_string(line) + ": ") && f.find(part) != std::string::npos) return true;
  for (const std::string& f : all) UNSCOPED_INFO(f);
  return false;
}

// One machine group with three setup states.
std::string with_setups(const std::string& matrix, const std::string& jobs = "") {
  return "1\n2\n1;A\n1;B\n1\n2\n1\nsetup\n" + matrix + jobs;
}

} // namespace

TEST_CASE("jasima faults: counts", "[io][jasima]") {
  CHECK(tells("", 1, "number of machine groups: : is missing: the file ends before it"));
  CHECK(tells("# nothing\n\n", 1, "number of machine groups"));
  CHECK(tells("two\n", 1, "number of machine groups: two: must be a whole number"));
  CHECK(tells("0\n1\n1\n1\n", 1, "must be at least 1"));
  CHECK(tells("-3\n1\n1\n1\n", 1, "must be at least 1"));
  CHECK(tells("nan\n1\n1\n1\n", 1, "must be a whole number"));
  CHECK(tells("99999999999999999999\n1\n1\n1\n", 1, "is too large"));
  CHECK(tells("1e999\n1\n1\n1\n", 1, "must be a whole number"));
  CHECK(tells("2.5\n1\n1\n1\n", 1, "must be a whole number"));
  CHECK(tells("1\n1000000\n1\n1\n", 4, "route 3: machine groups: : is missing"));
  CHECK(tells("1\n1000001\n1\n1\n", 2, "number of routes: 1000001: is too large"));
}

TEST_CASE("jasima faults: operations and times, all at once", "[io][jasima]") {
  CHECK(tells("2\n1\nA 1\n10 20\n", 3, "by numbers or by words, not by both"));
  CHECK(faults("2\n2\n3 1;A;B\n1; x;S 9999\n1 -1\nnan 1;F 1;;2\n") ==
        Faults{"3: route 1, operation 1: 3: must be the number of a machine group, 1 to 2",
               "3: route 1, operation 2: 1;A;B: must be a machine group, or group;setup",
               "4: route 2, operation 1: 1;: must be a machine group, or group;setup",
               "4: route 2, operation 2: x: machine groups go by numbers or by words, not by both",
               "4: route 2, operation 3: 9999: must be the number of a machine group, 1 to 2",
               "5: route 1, operation 2: -1: the process time must not be negative",
               "6: route 2, operation 1: nan: the process time must be a finite number",
               "6: route 2, operation 2: 1;F: must be minutes, or minutes;family;lots",
               "6: route 2, operation 3: 1;;2: the batch family has no name"});
  CHECK(tells("1\n1\n1 1\n1\n", 4, "route 1: : has 1 process times, but line 3 names 2 operations"));
  CHECK(tells("1\n1\n1\n1e300\n", 4, "is too long: at most 139 years"));
  CHECK(tells("1\n1\n1\ninf\n", 4, "must be a finite number"));
  CHECK(tells("1\n1\n1\n0x10\n", 4, "must be a number"));
  CHECK(tells("1\n1\n1\n1;F;0\n", 4, "the most lots of a batch must be at least 1"));
  CHECK(tells("1\n1\n1\n1;F;1e12\n", 4, "the most lots of a batch is too large"));
  CHECK(tells("1\n2\n1\n1\n1;F;2\n1;F;3\n", 6, "F: the family has batches of 2 lots elsewhere"));
  CHECK(tells("1\n2\na\nb\n1\n1\n", 4, "route 2, operation 1: b: there are only 1 machine groups"));
  CHECK(tells("1\n2\n1\n1\n1\n", 5, "route 2: process times: : is missing"));
}

TEST_CASE("jasima faults: machine groups", "[io][jasima]") {
  const std::string head = "2\n1\n1 2\n1 1\n";
  CHECK(tells(head + "numInGroup\n2\n", 5, "belongs to a machine group"));
  CHECK(tells(head + "3\nnumInGroup\n2\n", 5, "must be the number of a machine group (1 to 2)"));
  CHECK(tells(head + "1\nnumInGruop\n2\n", 6, "did you mean 'numInGroup'?"));
  CHECK(tells(head + "1\nnumInGroup\n0\n", 7, "machine group 1, numInGroup: 0: must be at least 1"));
  CHECK(tells(head + "1\nnumInGroup\n200000\n", 7, "is too large"));
  CHECK(tells(head + "1\nnumInGroup\n", 6, "machine group 1, numInGroup: : is missing"));
  CHECK(tells(head + "1\nmachineName\nA\nmachineName\nB\n", 9, "machineName is given twice"));
  CHECK(tells(head + "1\nmachineName\nA\n2\nmachineName\nA\n", 8, "there is a tool group of that name already"));
  CHECK(tells(head + "1\nmachineReleaseDates\n0 15\n", 7, "must be one time for each of the 1 machines, not 2"));
  CHECK(tells(head + "1\nmachineReleaseDates\n0 15\nnumInGroup\n2\n", 7, "come at different times"));
  CHECK(tells(head + "1\nmachineReleaseDates\n-1 x\nnumInGroup\n2\n", 7, "machineReleaseDates: -1: must not be"));
  CHECK(tells(head + "1\nmachineReleaseDates\n0\nmachineReleaseDates\n0\n", 9, "is given twice"));
  CHECK(tells(head + "1\nmachineReleaseDates\n53e6\n", 7, "less than 100 years"));
  CHECK(tells(head + "1\nmachineReleaseDates\n", 6, "is missing: the file ends before it"));
  CHECK(faults(head + "1\nmachineReleaseDates\n0.0 0\nnumInGroup\n2\n").empty());
}

TEST_CASE("jasima faults: setup times", "[io][jasima]") {
  CHECK(faults(with_setups("3\nDEF_SETUP x 1 2\nA 1 x 3\nB 1 2 x\n")).empty());
  CHECK(tells(with_setups("3\nDEF_SETUP x 1\nA 1 x 3\nB 1 2 x\n"), 10, "row 1 of 3 must hold the state and 3 times"));
  CHECK(tells(with_setups("4\nDEF_SETUP x 1 2 3\nA 1 x 3 4\nB 1 2 x 4\njobs\n0\n"), 13,
              "row 4 of 4 must hold the state and 4 times"));
  CHECK(tells(with_setups("2\nDEF_SETUP x 1\nA 1 x\nB 1 2\n"), 12, "is more than the 2 rows"));
  CHECK(tells(with_setups("3\nDEF_SETUP x 1 2\nA 1 x 3\n"), 11, "row 3 of 3"));
  CHECK(tells(with_setups("3\nDEF_SETUP x 1 2\nA 1 x -3\nA 1 q x\n"), 11, "setup time 3: -3: must not be negative"));
  CHECK(tells(with_setups("3\nDEF_SETUP x 1 2\nA 1 x 3\nA 1 q x\n"), 12, "A: the state has a row already"));
  CHECK(tells(with_setups("3\nDEF_SETUP x 1 2\nA 1 x 3\nB 1 q x\n"), 12, "q: must be a number, or x for none"));
  CHECK(tells(with_setups("3\nA x 1 2\nDEF_SETUP 1 x 3\nB 1 1 x\n"), 8, "A: the first state must be DEF_SETUP"));
  CHECK(tells(with_setups("2\nDEF_SETUP x 1\nA 1 x\n"), 4, "B: machine group 1 has no setup state of that name"));
  CHECK(tells("1\n1\n1;A\n1\n", 3, "A: machine group 1 has no setup times"));
  CHECK(tells(with_setups("2000000000\nDEF_SETUP x\n"), 9, "is too large"));
}

TEST_CASE("jasima faults: jobs", "[io][jasima]") {
  CHECK(faults(two_machines()).empty());
  const std::string shop = "1\n1\n1\n1\n";
  CHECK(tells(shop + "jobs\n2\n1 0 0 1\n", 7, "job 2: : is missing: the file ends before it"));
  CHECK(tells(shop + "jobs\n2\n1 0 0 1\njobs\n1\n1 0 0 1\n", 8, "job 2: : is missing: 2 jobs are announced"));
  CHECK(tells(shop + "jobs\n1\n1 0 0 1\n1 0 0 1\n", 8, "must be jobs or jobs_dynamic, or the end of the file"));
  CHECK(tells(shop + "jobs\n-1\n", 6, "number of jobs: -1: must not be negative"));
  CHECK(tells(shop + "jobs\n1e9\n", 6, "number of jobs: 1e9: is too large"));
  CHECK(faults(shop + "jobs\n4\n2 0 0 1\n1 -1 nan 1\n1 0 0 inf\n1 0 0\n") ==
        Faults{"7: job 1, route: 2: must be the number of a route, 1 to 1",
               "8: job 2, release: -1: must not be negative", "8: job 2, due date: nan: must be a finite number",
               "9: job 3, weight: inf: must be a finite number",
               "10: job 4: 1 0 0: must be: route, release, due date, weight, and a name if wanted"});
  CHECK(tells(shop + "jobs\n2\n1 5 0 1\n1 4 0 1\n", 8, "jobs must stand in the order of their release"));
  CHECK(tells(shop + "jobs\n2\n1 5 0 1 a\n1 6 0 1 a\n", 8, "there is a lot of that name already"));
  CHECK(tells(shop + "jobs\n1\n1 5 0 -2\n", 7, "a weight must be 0 to 1000000"));
  CHECK(tells(shop + "jbos\n", 5, "did you mean 'jobs'?"));
}

TEST_CASE("jasima faults: streams of jobs", "[io][jasima]") {
  const std::string good =
      "1\n1\n1\n1\njobs_dynamic\nroute\n1\narrivals\ndblExp(9)\ndue_dates\nconst(2)\nweights\nconst(1)\nnumJobs\n5\n";
  CHECK(faults(good).empty());
  const auto with = [&](const std::string& what, const std::string& by) { return replaced(good, what, by); };
  CHECK(tells(with("route\n1", "route\n2"), 7, "must be the number of a route, 1 to 1"));
  CHECK(tells(with("arrivals", "arivals"), 8, "jobs_dynamic: arivals: must be arrivals"));
  for (const char* bad :
       {"dblExp(-1)", "dblExp(nan)", "dblExp(", "dblExp()", "dblExp(1,2)", "9", "dblExp(0)", "dblExp(1e300)",
        "dblTri(1,3,2)", "dblTri(1,2)", "intUnif(1,2)", "const()", "dblUnif(6,2)", "dblUnif(2)", "const(1,2)"})
    CHECK(tells(with("dblExp(9)", bad), 9, "jobs_dynamic, arrivals: "));
  CHECK(tells(with("const(2)", "dblUnif(1,2)"), 11, "values that vary are not supported"));
  CHECK(tells(with("const(2)", "const(-2)"), 11, "must not be negative"));
  CHECK(tells(with("const(1)", "const(1,4)"), 13, "jobs_dynamic, weights"));
  CHECK(tells(with("\n5\n", "\n0\n"), 15, "jobs_dynamic, numJobs: 0: must be at least 1"));
  CHECK(tells(with("numJobs\n5\n", "numJbs\n"), 14, "must be jobs or jobs_dynamic"));
}

TEST_CASE("jasima faults: files that are no such text", "[io][jasima]") {
  const smt2020_folder::Folder folder;
  CHECK_THROWS_AS(centresim::io::read_jasima(folder.path() / "none.txt"), centresim::core::IoError);
  CHECK_THROWS_AS(centresim::io::read_jasima(folder.path()), centresim::core::IoError);
  CHECK(tells(std::string("1\n1\n1\n\0\n", 8), 4, "is not a text file"));
  CHECK(tells("1\n\xff\n", 2, "is not a text file"));
  CHECK(tells("STNFAM\tSTN\tRULE\n", 1, "number of machine groups"));
}

TEST_CASE("jasima faults: whatever is damaged is refused or gives a valid scenario", "[io][jasima]") {
  const std::string good = with_setups("3\nDEF_SETUP x 1 2\nA 1 x 3\nB 1 2 x\nnumInGroup\n2\n",
                                       "jobs\n2\n1 0 9 1\n2 1 9 2 n\njobs_dynamic\nroute\n2\narrivals\ndblExp(9)\n"
                                       "due_dates\nconst(2)\nweights\nconst(1)\nnumJobs\n3\n");
  REQUIRE(faults(good).empty());
  const auto survives = [](const std::string& bytes) {
    try {
      const centresim::centre::Scenario s = read(bytes);
      return centresim::centre::read_scenario(centresim::centre::to_node(s)) == s;
    } catch (const centresim::core::InputError& e) {
      for (const auto& i : e.issues())
        if (i.line < 1 || i.rule.empty()) return false;
      return true;
    }
  };
  for (std::size_t n = 0; n < good.size(); n++) {
    INFO("cut at " << n);
    REQUIRE(survives(good.substr(0, n)));
  }
  std::mt19937 random(5);
  const std::string alphabet = "0123456789;-.x \n\t#\\(),AeN";
  for (int n = 0; n < 600; n++) {
    std::string bad = good;
    for (int k = 0; k < 3; k++) bad[random() % bad.size()] = alphabet[random() % alphabet.size()];
    INFO(bad);
    REQUIRE(survives(bad));
  }
}
