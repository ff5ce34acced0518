// Each rule of the format broken once: the answer names file, line, column and reason.
#include "catch.hpp"
#include "smt2020_folder.hpp"

#include "centresim/core/error.hpp"
#include "centresim/io/smt2020.hpp"

#include <functional>

using namespace centresim;
using namespace smt2020_folder;

namespace {

std::vector<std::string> faults_of(const std::filesystem::path& dir) {
  std::vector<std::string> list;
  try {
    (void)io::read_smt2020(dir);
  } catch (const core::InputError& error) {
    for (const core::Issue& i : error.issues()) {
      std::string text = core::to_string(i);
      const std::string prefix = dir.string() + "/";
      if (text.starts_with(prefix)) text.erase(0, prefix.size());
      list.push_back(text);
    }
  }
  return list;
}

struct Case {
  const char* rule;
  std::function<void(Sheets&)> change;
  std::string start; // file:line: column
  std::string part;  // of the reason
};

void expect(const std::vector<std::string>& faults, const std::string& start, const std::string& part) {
  std::string all;
  for (const std::string& f : faults) all += f + "\n";
  INFO("wanted: " << start << " ... " << part);
  INFO(all);
  CHECK(std::ranges::any_of(faults, [&](const std::string& f) {
    return f.starts_with(start) && f.find(part, start.size()) != std::string::npos;
  }));
}

// Every case must give its message, and only a few more that follow from it.
void run_cases(const std::vector<Case>& cases, const Sheets& sound = model(), const std::string& options_text = "") {
  for (const Case& c : cases) {
    INFO(c.rule);
    Sheets sheets = sound;
    c.change(sheets);
    const Folder folder(sheets);
    if (!options_text.empty()) folder.write("options.def", options_text);
    const auto faults = faults_of(folder.path());
    CHECK(faults.size() <= 3);
    expect(faults, c.start, c.part);
  }
}

// Sets one cell; rows count from 0 below the header, lines from 1 at the header.
std::function<void(Sheets&)> set(const char* file, std::size_t row, const char* column, const char* value) {
  return [=](Sheets& s) { s.at(file).cell(row, column) = value; };
}

constexpr const char* kTool = "tool.txt.1l";
constexpr const char* kRoute = "route_a.txt";

} // namespace

TEST_CASE("SMT2020 V1: unknown columns, keywords and units", "[io][smt2020]") {
  run_cases({
      {"unknown column", set(kRoute, 2, "PTIMES", "1"), "route_a.txt:4: PTIMES: 1", "unknown column; did you mean"},
      {"unsupported column", set("setupgrp.txt", 0, "MINQUEUE", "2"), "setupgrp.txt:2: MINQUEUE: 2", "unknown column"},
      {"surplus cell", [](Sheets& s) { s[kTool].rows[1].resize(18), s[kTool].rows[1].push_back("x"); },
       "tool.txt.1l:3: x", "more cells"},
      {"column twice", [](Sheets& s) { s["part.txt"].columns[1] = "PART"; }, "part.txt:1: PART", "named twice"},
      {"column missing", [](Sheets& s) { s[kRoute].drop("PTIME"); }, "route_a.txt:1: PTIME", "column is missing"},
      {"rule", set(kTool, 0, "RULE", "rule_FIFO"), "tool.txt.1l:2: RULE: rule_FIFO", "must be one of"},
      {"rank", set(kTool, 0, "FWLRANK", "rank_HP;rank_X"), "tool.txt.1l:2: FWLRANK", "unknown rank rank_X"},
      {"wake rule", set(kTool, 0, "WAKERESRANK", "x"), "tool.txt.1l:2: WAKERESRANK: x", "wake_LeastSetupTime"},
      {"batch criterion", set(kTool, 1, "BATCHCRITF", "crit_all"), "tool.txt.1l:3: BATCHCRITF", "crit_all"},
      {"half a criterion", set(kTool, 1, "BATCHCRITF", "crit_samepartfam"), "tool.txt.1l:3: BATCHCRITF", "must be"},
      {"batch unit", set(kTool, 1, "BATCHPER", "lot"), "tool.txt.1l:3: BATCHPER: lot", "must be piece"},
      {"action list", set(kTool, 0, "STNFAMSTEP_ACTLIST", "mine"), "tool.txt.1l:2: STNFAMSTEP_ACTLIST", "must be"},
      {"pre-rule", set(kTool, 0, "PRERULERWL", "yes"), "tool.txt.1l:2: PRERULERWL: yes", "not supported"},
      {"positions", set(kTool, 0, "STNCAP", "3"), "tool.txt.1l:2: STNCAP: 3", "cascading"},
      {"unit", set(kRoute, 0, "PTUNITS", "sec"), "route_a.txt:2: PTUNITS: sec", "unknown unit"},
      {"value without unit", set(kRoute, 0, "PTUNITS", ""), "route_a.txt:2: PTUNITS", "needs a unit"},
      {"unit without value", set(kRoute, 4, "STUNITS", "min"), "route_a.txt:6: STIME", "STUNITS is given"},
      {"limit without unit", set(kRoute, 0, "CQTUNITS", ""), "route_a.txt:2: CQTUNITS", "needs a unit"},
      {"law", set(kRoute, 0, "PDIST", "gamma"), "route_a.txt:2: PDIST: gamma", "must be one of"},
      {"no law", set(kRoute, 0, "PDIST", ""), "route_a.txt:2: PDIST", "is missing"},
      {"half-width of a constant", set(kRoute, 2, "PTIME2", "0.1"), "route_a.txt:4: PTIME2: 0.1", "only a uniform"},
      {"uniform without half-width", set(kRoute, 0, "PTIME2", ""), "route_a.txt:2: PTIME2", "needs its half-width"},
      {"per what", set(kRoute, 0, "PTPER", "per_day"), "route_a.txt:2: PTPER: per_day", "must be one of"},
      {"yes or no", set(kRoute, 2, "SVESTN", "maybe"), "route_a.txt:4: SVESTN: maybe", "no, yes"},
      {"part group", set("part.txt", 0, "PARTGRP", "Gift"), "part.txt:2: PARTGRP: Gift", "Saleable"},
      {"trace", set("WIP.txt", 0, "TRACE", "yes"), "WIP.txt:2: TRACE: yes", "not supported"},
  });
}

TEST_CASE("SMT2020 V2: numbers", "[io][smt2020]") {
  run_cases({
      {"no number", set(kRoute, 0, "PTIME", "1.5x"), "route_a.txt:2: PTIME: 1.5x", "must be a number"},
      {"negative", set(kRoute, 0, "PTIME", "-1.5"), "route_a.txt:2: PTIME: -1.5", "negative"},
      {"infinite", set(kRoute, 0, "PTIME", "inf"), "route_a.txt:2: PTIME: inf", "must be a number"},
      {"nan", set(kRoute, 0, "PTIME", "nan"), "route_a.txt:2: PTIME: nan", "must be a number"},
      {"too long", set(kRoute, 6, "PTIME", "1e9"), "route_a.txt:8: PTIME: 1e9", "139 years"},
      {"half-width", set(kRoute, 1, "PTIME2", "301"), "route_a.txt:3: PTIME2: 301", "exceed the mean"},
      {"no tools", set(kTool, 0, "STNQTY", "0"), "tool.txt.1l:2: STNQTY: 0", "at least 1"},
      {"half a tool", set(kTool, 0, "STNQTY", "1.5"), "tool.txt.1l:2: STNQTY: 1.5", "whole number"},
      {"a million tools", set(kTool, 0, "STNQTY", "1000000"), "tool.txt.1l:2: STNQTY: 1000000", "at most 100000"},
      {"half a wafer", set("order.txt", 0, "PIECES", "2.5"), "order.txt:2: PIECES: 2.5", "whole number"},
      {"percent above 100", set(kRoute, 3, "StepPercent", "101"), "route_a.txt:5: StepPercent: 101", "at most 100"},
      {"percent 0", set(kRoute, 3, "StepPercent", "0"), "route_a.txt:5: StepPercent: 0", "more than 0"},
      {"mttf 0", set("downcal.txt", 0, "MTTF", "0"), "downcal.txt:2: MTTF: 0", "more than 0"},
      {"no mttf", set("downcal.txt", 0, "MTTF", ""), "downcal.txt:2: MTTF", "is missing"},
      {"mtbpm 0", set("pmcal.txt", 1, "MTBPM", "0"), "pmcal.txt:3: MTBPM: 0", "more than 0"},
      {"repeat 0", set("order.txt", 0, "REPEAT", "0"), "order.txt:2: REPEAT", "more than 0"},
      {"priority", set("order.txt", 0, "PRIOR", "15"), "order.txt:2: PRIOR: 15", "10, 20 or 30"},
      {"super hot trial", set("order.txt", 2, "PRIOR", "30"), "order.txt:4: PRIOR: 30", "10 or 20"},
  });
}

TEST_CASE("SMT2020 V3: names are unique", "[io][smt2020]") {
  run_cases({
      {"tool group", [](Sheets& s) { s[kTool].rows.push_back(s[kTool].rows[3]); }, "tool.txt.1l:8: STNFAM: Meter",
       "already"},
      {"part", [](Sheets& s) { s["part.txt"].rows.push_back(s["part.txt"].rows[0]); }, "part.txt:4: PART: chip",
       "already"},
      {"step", set(kRoute, 6, "STEP", "5"), "route_a.txt:8: STEP: 5", "already"},
      {"breakdown calendar", [](Sheets& s) { s["downcal.txt"].rows.push_back(s["downcal.txt"].rows[0]); },
       "downcal.txt:3: DOWNCALNAME", "already"},
      {"calendar of both kinds", set("pmcal.txt", 0, "PMCALNAME", "BREAK_L"), "pmcal.txt:2: PMCALNAME", "already"},
      {"attached twice", [](Sheets& s) { s["attach.txt"].rows.push_back(s["attach.txt"].rows[1]); },
       "attach.txt:5: CALNAME", "already"},
      {"setup change", [](Sheets& s) { s["setup.txt"].rows.push_back(s["setup.txt"].rows[1]); },
       "setup.txt:4: NEWSETUP", "already"},
      {"locations", [](Sheets& s) { s["fromto.txt"].rows.push_back(s["fromto.txt"].rows[0]); }, "fromto.txt:3: TOLOC",
       "already"},
      {"lot in process", set("WIP.txt", 1, "LOT", "W1"), "WIP.txt:3: LOT: W1", "already"},
      {"stream", set("order.txt", 1, "LOT", "Lot"), "order.txt:3: LOT: Lot", "another release"},
      {"setup of a group", set("setupgrp.txt", 1, "SETUP", "B1"), "setupgrp.txt:3: SETUP: B1", "already"},
  });
}

TEST_CASE("SMT2020 V4: references lead somewhere", "[io][smt2020]") {
  run_cases({
      {"tool group", set(kRoute, 3, "STNFAM", "Metre"), "route_a.txt:5: STNFAM: Metre", "did you mean 'Meter'"},
      {"route", set("part.txt", 0, "ROUTE", "r_x"), "part.txt:2: ROUTE: r_x", "no route"},
      {"route file", set("part.txt", 0, "ROUTEFILE", "route_x.txt"), "route_x.txt", "missing"},
      {"route file elsewhere", set("part.txt", 0, "ROUTEFILE", "../route_a.txt"), "part.txt:2: ROUTEFILE",
       "this folder"},
      {"part of a stream", set("order.txt", 0, "PART", "chop"), "order.txt:2: PART: chop", "no product"},
      {"part of a lot", set("WIP.txt", 0, "PART", "chop"), "WIP.txt:2: PART: chop", "no product"},
      {"current step", set("WIP.txt", 0, "CURSTEP", "99"), "WIP.txt:2: CURSTEP: 99", "no step"},
      {"calendar", set("attach.txt", 0, "CALNAME", "BREAK_M"), "attach.txt:2: CALNAME: BREAK_M", "BREAK_L"},
      {"area", set("attach.txt", 0, "RESNAME", "Lithos"), "attach.txt:2: RESNAME: Lithos", "no area"},
      {"tool group of a calendar", set("attach.txt", 1, "RESNAME", "Cleen"), "attach.txt:3: RESNAME", "'Clean'"},
      {"calendar of nobody", [](Sheets& s) { s["attach.txt"].rows.pop_back(); }, "pmcal.txt:3: PMCALNAME: PM_S",
       "not attached"},
      {"setup", set("setup.txt", 0, "NEWSETUP", "B9"), "setup.txt:2: NEWSETUP: B9", "no step uses"},
      {"setup of a group", set("setupgrp.txt", 0, "SETUP", "B9"), "setupgrp.txt:2: SETUP: B9", "no step uses"},
      {"setup group", set(kTool, 4, "SETUPGRP", "Gass"), "tool.txt.1l:6: SETUPGRP: Gass", "no setup group"},
      {"location", set("fromto.txt", 0, "TOLOC", "Fob"), "fromto.txt:2: TOLOC: Fob", "no tool group is at"},
  });
}

TEST_CASE("SMT2020 V5 to V9: dispatching, batches, cascades, setups", "[io][smt2020]") {
  run_cases({
      {"V5 twice", set(kTool, 0, "FWLRANK", "rank_HP;rank_HP"), "tool.txt.1l:2: FWLRANK", "rank_HP is named twice"},
      {"V5 both", set(kTool, 0, "FWLRANK", "rank_FIFO;rank_CR"), "tool.txt.1l:2: FWLRANK", "exclude one another"},
      {"V5 none", set(kTool, 0, "FWLRANK", ""), "tool.txt.1l:2: FWLRANK", "is missing"},
      {"V6 no group", set(kTool, 4, "SETUPGRP", ""), "tool.txt.1l:6: SETUPGRP", "needs a setup group"},
      {"V6 no rule", set(kTool, 0, "SETUPGRP", "Gas"), "tool.txt.1l:2: SETUPGRP", "only rule_LSSU"},
      {"V7 lots in a batch group", set(kRoute, 1, "PTPER", "per_lot"), "route_a.txt:3: PTPER", "must be per batch"},
      {"V7 batch elsewhere", set(kRoute, 3, "PTPER", "per_batch"), "route_a.txt:5: PTPER", "do not process batches"},
      {"V7 no minimum", set(kRoute, 1, "BATCHMN", ""), "route_a.txt:3: BATCHMN", "needs it"},
      {"V7 no maximum", set(kRoute, 1, "BATCHMX", ""), "route_a.txt:3: BATCHMX", "largest batch"},
      {"V7 minimum above maximum", set(kRoute, 1, "BATCHMN", "125"), "route_a.txt:3: BATCHMN: 125", "must not exceed"},
      {"V7 batch size of a lot step", set(kRoute, 3, "BATCHMX", "100"), "route_a.txt:5: BATCHMX", "per batch"},
      {"V8 no interval",
       [](Sheets& s) {
         s[kRoute].cell(0, "PartInterval") = "";
         s[kRoute].cell(0, "PartIntUnits") = "";
       },
       "route_a.txt:2: PartInterval", "needs its interval"},
      {"V8 no cascade", set(kTool, 0, "STNCAP", "1"), "route_a.txt:2: PartInterval", "do not cascade"},
      {"V8 interval of lots",
       [](Sheets& s) {
         s[kRoute].cell(0, "BatchInterval") = "1.25";
         s[kRoute].cell(0, "BatchIntUnits") = "min";
       },
       "route_a.txt:2: BatchInterval", "per_lot"},
      {"V8 too long", set(kRoute, 0, "PartInterval", "1.26"), "route_a.txt:2: PartInterval: 1.26 min", "shortest"},
      {"V8 zero", set(kRoute, 0, "PartInterval", "0"), "route_a.txt:2: PartInterval", "more than 0"},
      {"V9 when", set(kRoute, 0, "WHEN", "need"), "route_a.txt:2: WHEN: need", "only a step with a"},
      {"V9 always", set(kRoute, 0, "WHEN", "always"), "route_a.txt:2: WHEN: always", "only a step with a setup"},
      {"V9 time",
       [](Sheets& s) {
         s[kRoute].cell(0, "STIME") = "5";
         s[kRoute].cell(0, "STUNITS") = "min";
       },
       "route_a.txt:2: STIME", "only a step with a setup"},
  });
}

TEST_CASE("SMT2020 V10 to V13: steps that belong together", "[io][smt2020]") {
  run_cases({
      {"V10 no target", set(kRoute, 2, "FORSTEP", ""), "route_a.txt:4: FORSTEP", "SVESTN is yes"},
      {"V10 no yes", set(kRoute, 2, "SVESTN", ""), "route_a.txt:4: SVESTN", "must be yes"},
      {"V10 before", set(kRoute, 2, "FORSTEP", "1"), "route_a.txt:4: FORSTEP: 1", "later step"},
      {"V10 other group", set(kRoute, 2, "FORSTEP", "5"), "route_a.txt:4: FORSTEP: 5", "same tool group"},
      {"V10 nobody", set(kRoute, 2, "FORSTEP", "66"), "route_a.txt:4: FORSTEP: 66", "no step"},
      {"V11 no share", set(kRoute, 3, "REWORK", ""), "route_a.txt:5: REWORK", "belong together"},
      {"V11 no type", set(kRoute, 3, "RWKTYPE", ""), "route_a.txt:5: RWKTYPE", "belong together"},
      {"V11 wafers", set(kRoute, 3, "RWKTYPE", "piece"), "route_a.txt:5: RWKTYPE: piece", "must be lot"},
      {"V11 later", set(kRoute, 3, "RWKSTEP", "6"), "route_a.txt:5: RWKSTEP: 6", "earlier"},
      {"V11 all", set(kRoute, 3, "REWORK", "100"), "route_a.txt:5: REWORK: 100", "less than 100"},
      {"V12 no limit",
       [](Sheets& s) {
         s[kRoute].cell(0, "CQT") = "";
         s[kRoute].cell(0, "CQTUNITS") = "";
       },
       "route_a.txt:2: CQT", "its limit"},
      {"V12 no exit", set(kRoute, 0, "STEP_CQT", ""), "route_a.txt:2: STEP_CQT", "at which it ends"},
      {"V12 backwards", set(kRoute, 1, "STEP_CQT", "1"), "route_a.txt:3: STEP_CQT: 1", "later step"},
      {"V12 sampled exit", set(kRoute, 1, "STEP_CQT", "4"), "route_a.txt:3: STEP_CQT: 4", "every lot"},
      {"V12 sampled entrance", set(kRoute, 0, "StepPercent", "50"), "route_a.txt:2: StepPercent: 0.5", "every lot"},
      {"V12 nested", set(kRoute, 0, "STEP_CQT", "5"), "route_a.txt:3: STEP_CQT: 3", "overlap"},
      {"V13 sampled batch",
       [](Sheets& s) {
         s[kRoute].cell(1, "StepPercent") = "50";
         for (const char* c : {"STEP_CQT", "CQT", "CQTUNITS"}) s[kRoute].cell(0, c) = s[kRoute].cell(1, c) = "";
       },
       "route_a.txt:3: StepPercent: 0.5", "batch step"},
      {"V13 batch in a loop", set(kRoute, 3, "RWKSTEP", "2"), "route_a.txt:3: PTPER", "outside rework loops"},
      {"V13 sampled minimum run", set(kRoute, 4, "StepPercent", "50"), "route_a.txt:6: StepPercent", "minimum run"},
      {"V13 minimum run in a loop",
       [](Sheets& s) {
         s[kRoute].cell(6, "RWKSTEP") = "5";
         s[kRoute].cell(6, "REWORK") = "1";
         s[kRoute].cell(6, "RWKTYPE") = "lot";
       },
       "route_a.txt:6: SETUP: B1", "outside rework loops"},
  });
}

TEST_CASE("SMT2020 V14 to V16: orders, calendars, dates", "[io][smt2020]") {
  run_cases({
      {"V14 law", set("order.txt", 0, "RDIST", "normal"), "order.txt:2: RDIST: normal", "must be one of"},
      {"V14 no law", set("order.txt", 0, "RDIST", ""), "order.txt:2: RDIST", "is missing"},
      {"V14 current step", set("order.txt", 0, "CURSTEP", "3"), "order.txt:2: CURSTEP: 3", "no current step"},
      {"V14 before the start", set("order.txt", 0, "START", "12/31/17 00:00:00"), "order.txt:2: START",
       "before the start"},
      {"V14 no start", set("order.txt", 0, "START", ""), "order.txt:2: START", "is missing"},
      {"V14 due before start", set("order.txt", 1, "DUE", "01/01/18 12:00:00"), "order.txt:3: DUE", "before START"},
      {"V14 no repeat", set("order.txt", 0, "REPEAT", ""), "order.txt:2: R", "REPEAT is missing"},
      {"V14 in process later", set("WIP.txt", 0, "START", "01/02/18 00:00:00"), "WIP.txt:2: START", "starts with the"},
      {"F9 list ends early",
       [](Sheets& s) {
         s["order.txt"].rows.pop_back();
         s["order.txt"].rows.push_back({"T1", "trial", "10", "5", "01/01/18 00:00:00"});
         s["order.txt"].rows.push_back({"T2", "trial", "10", "5", "02/01/18 00:00:00"});
       },
       "order.txt:5: START", "the list ends before the horizon"},
      {"V15 law", set("attach.txt", 1, "FOADIST", "exponential"), "attach.txt:3: FOADIST: exponential", "constant"},
      {"V15 wafers of a calendar", set("attach.txt", 2, "FOAUNITS", ""), "attach.txt:4: FOAUNITS", "needs a unit"},
      {"V15 days of a counter", set("attach.txt", 1, "FOAUNITS", "day"), "attach.txt:3: FOAUNITS: day", "blank"},
      {"V15 kind", set("attach.txt", 1, "CALTYPE", "down"), "attach.txt:3: CALTYPE: down", "maintenance: pm"},
      {"V15 units of pieces", set("pmcal.txt", 0, "MTBPMUNITS", "day"), "pmcal.txt:2: MTBPMUNITS: day", "pieces"},
      {"V15 calendar in pieces", set("pmcal.txt", 1, "MTBPMUNITS", "pieces"), "pmcal.txt:3: MTBPMUNITS",
       "unknown unit"},
      {"V16 date", set("order.txt", 0, "START", "02/30/18 00:00:00"), "order.txt:2: START: 02/30/18", "must be a date"},
      {"V16 hour", set("order.txt", 0, "DUE", "02/03/18 24:00:00"), "order.txt:2: DUE", "must be a date"},
      {"V16 other form", set("WIP.txt", 0, "DUE", "2018-01-03"), "WIP.txt:2: DUE: 2018-01-03", "must be a date"},
  });
  run_cases(
      {
          {"V16 periods descend", set("period.txt", 2, "PERIODSTART", "06/01/18"), "period.txt:4: PERIODSTART",
           "follow each other"},
          {"V16 late first period", set("period.txt", 0, "PERIODSTART", "02/01/18"), "period.txt:2: PERIODSTART",
           "start with the simulation"},
          {"V16 two resets", set("period.txt", 1, "RESET", "yes"), "period.txt:3: RESET", "only one period"},
          {"V16 uneven periods",
           [](Sheets& s) { s["period.txt"].rows.push_back({"Period_3", "03/01/20", "yes", "no"}); },
           "period.txt:3: PERIODSTART", "one length"},
          {"V16 one period", [](Sheets& s) { s["period.txt"].rows.resize(1); }, "period.txt:1: PERIOD", "two periods"},
          {"continuation of nothing", [](Sheets& s) { s["station.txt"].rows.erase(s["station.txt"].rows.begin()); },
           "station.txt:2: STNFAM", "continue"},
          {"continuation of more", set("station.txt", 1, "STNQTY", "3"), "station.txt:3: STNQTY: 3", "only continue"},
      },
      official_model(), options());
}

TEST_CASE("SMT2020: the options of the official folder", "[io][smt2020]") {
  const auto with_options = [](const std::string& from, const std::string& to) {
    std::string text = options();
    text.replace(text.find(from), from.size(), to);
    const Folder folder(official_model());
    folder.write("options.def", text);
    return faults_of(folder.path());
  };
  expect(with_options("USE_CALENDARS\tY", "USE_CALENDARS\tN"), "options.def:4: USE_CALENDARS: N", "only Y");
  expect(with_options("DELAYS\tN", "DELAYS\tY"), "options.def:3: SEQ_ADDS_SETUP_DELAYS: Y", "only N");
  expect(with_options("USE_CALENDARS", "USE_CALENDAR"), "options.def:4: USE_CALENDAR", "unknown option");
  expect(with_options("SETUP_FILES\tfile", "SETUP_FILES\tnone"), "options.def:7: SETUP_FILES", "no active file");
  expect(with_options("\t~ file old", "\tfile old"), "options.def:5: STATION_FILES", "more than one");
  expect(with_options("file station.txt", "station.txt"), "options.def:5: STATION_FILES: station.txt", "file NAME");
  expect(with_options("file station.txt", "file ../station.txt"), "options.def:5: STATION_FILES", "this folder");
  expect(with_options("file station.txt", "file tools.txt"), "tools.txt", "missing");
  expect(with_options("\tfile WIP.txt", "\tfile order.txt"), "options.def:16: ORDER_FILES: order.txt", "twice");
  expect(with_options("01/01/18 00:00:00", "13/01/18 00:00:00"), "options.def:2: SIM_START", "must be a date");
  expect(with_options("01/01/18 00:00:00", "01/01/18 07:00:00"), "options.def:2: SIM_START", "midnight");
}

TEST_CASE("SMT2020: missing, empty, truncated and foreign files", "[io][smt2020]") {
  for (const auto& [name, sheet] : model()) {
    INFO(name);
    {
      const Folder folder(model());
      std::filesystem::remove(folder.path() / name);
      expect(faults_of(folder.path()), name, "missing");
    }
    {
      const Folder folder(model());
      folder.write(name, "");
      expect(faults_of(folder.path()), name + ":1", "is empty");
    }
    {
      const Folder folder(model());
      std::string junk;
      for (int i = 0; i < 4000; i++) junk += static_cast<char>((i * 7919) >> 3);
      folder.write(name, junk);
      expect(faults_of(folder.path()), name + ":1", "not a text file");
    }
    {
      const Folder folder(model());
      const std::string text = text_of(sheet);
      folder.write(name, text.substr(0, text.find('\n') + 3)); // within the first row
      CHECK_FALSE(faults_of(folder.path()).empty());
    }
    {
      const Folder folder(model());
      folder.write(name, as_utf16(text_of(sheet)) + "x");
      expect(faults_of(folder.path()), name + ":1", "UTF-16");
    }
    {
      const Folder folder(model());
      std::filesystem::remove(folder.path() / name);
      std::filesystem::create_directory(folder.path() / name);
      CHECK_THROWS_AS(io::read_smt2020(folder.path()), core::IoError);
    }
  }
}

TEST_CASE("SMT2020: no folder, files that nobody names, long lines", "[io][smt2020]") {
  CHECK_THROWS_AS(io::read_smt2020("/nowhere/at/all"), core::IoError);
  const Folder folder(model());
  CHECK_THROWS_AS(io::read_smt2020(folder.path() / "part.txt"), core::IoError);
  folder.write("order_2.txt", "LOT\n");
  expect(faults_of(folder.path()), "order_2.txt", "names this one");
  std::filesystem::remove(folder.path() / "order_2.txt");
  folder.write("surplus.txt", "STNFAM\tSTNQTY\n");
  expect(faults_of(folder.path()), "surplus.txt", "names this one");
  std::filesystem::remove(folder.path() / "surplus.txt");
  folder.write("surplus.csv", "a\tb\n");
  folder.write("README.txt", "notes");
  CHECK(faults_of(folder.path()).empty());
  folder.write("setup.txt", std::string(10'000'000, 'x'));
  expect(faults_of(folder.path()), "setup.txt:1", "is missing");
  folder.write("setup.txt", text_of(model()["setup.txt"]) + std::string(1'000'000, '\t') + "x\n");
  expect(faults_of(folder.path()), "setup.txt:4", "more cells");
  folder.write("tool.txt", "STNFAM\n");
  expect(faults_of(folder.path()), "tool.txt", "keep one");
}

TEST_CASE("SMT2020: all faults of all files at once", "[io][smt2020]") {
  auto sheets = model();
  sheets[kRoute].cell(0, "PTIME") = "x";
  sheets[kRoute].cell(1, "BATCHMN") = "125";
  sheets["order.txt"].cell(0, "START") = "x";
  sheets["attach.txt"].cell(0, "RESNAME") = "x";
  sheets["fromto.txt"].cell(0, "DUNITS") = "x";
  const Folder folder(sheets);
  const auto faults = faults_of(folder.path());
  expect(faults, "route_a.txt:2: PTIME", "number");
  expect(faults, "route_a.txt:3: BATCHMN", "exceed");
  expect(faults, "order.txt:2: START", "date");
  expect(faults, "attach.txt:2: RESNAME", "area");
  expect(faults, "fromto.txt:2: DUNITS", "unit");
}

TEST_CASE("SMT2020: whatever is damaged is refused or gives a valid scenario", "[io][smt2020]") {
  const auto sheets = model();
  const Folder folder(sheets);
  const std::vector<std::string> spare = {"-1", "0",   "1e300", "1e12", "nan",      "~",  "yes", "",  "\t", "\n",
                                          "x",  "day", "min",   "3.7",  "\xc3\xa9", "\"", ";",   ".", "'",  "99999999"};
  std::uint64_t state = 20201;
  const auto below = [&](std::size_t n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<std::size_t>((state >> 33) % n);
  };
  int refused = 0, accepted = 0;
  for (int round = 0; round < 600; round++) {
    auto it = sheets.begin();
    std::advance(it, below(sheets.size()));
    std::string text = text_of(it->second);
    for (std::size_t edits = 1 + below(2); edits-- > 0;) { // a cell, or part of one, becomes something else
      const std::size_t at = below(text.size()), end = std::min(text.find_first_of("\t\n", at), text.size());
      text.replace(at, below(4) == 0 ? 1 : end - at, spare[below(spare.size())]);
    }
    folder.write(it->first, text);
    INFO(it->first << ":\n" << text);
    try {
      const centre::Scenario s = io::read_smt2020(folder.path());
      CHECK(centre::read_scenario(centre::to_node(s)) == s); // throws where a value is out of its range
      accepted++;
    } catch (const core::InputError& error) {
      INFO(core::to_string(error.issues().front()));
      CHECK(core::to_string(error.issues().front()).starts_with(folder.path().string()));
      refused++;
    }
    folder.write(it->first, text_of(it->second));
  }
  CHECK(refused > 300);
  CHECK(accepted > 20);
}
