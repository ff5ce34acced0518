#include "check_cases.hpp"

#include <cmath>

using namespace check_cases;

TEST_CASE("A sound fab has no faults", "[fab][check]") {
  for (const std::string& f : faults_after([](Fab&) {})) FAIL(f);
}

TEST_CASE("Names must be there, unique and lead somewhere", "[fab][check]") {
  run_cases({
      {"tool group twice", [](Fab& f) { f.tool_groups[1].name = "clean"; }, {"fab.tool_groups.clean.name", "already"}},
      {"route without name", [](Fab& f) { f.routes[0].name = ""; }, {"fab.routes[0].name", "needs a name"}},
      {"step twice", [](Fab& f) { at(f, 6).name = "litho"; }, {"steps.litho.name", "already"}},
      {"unknown group", [](Fab& f) { at(f, 5).tool_group = "etsh"; }, {"steps.etch.tool_group: etsh", "etch"}},
      {"unknown route", [](Fab& f) { f.products[0].route = "mian"; }, {"products.chip.route: mian", "main"}},
      {"unknown product", [](Fab& f) { f.releases[0].product = "chop"; }, {"releases.chop.product", "chip"}},
      {"unknown lot step", [](Fab& f) { f.lots[0].step = "lith"; }, {"lots.first.step: lith", "no step", "litho"}},
      {"unknown lot product", [](Fab& f) { f.lots[0].product = "x"; }, {"lots.first.product", "no product"}},
      {"lot twice", [](Fab& f) { f.lots.push_back(f.lots[0]); }, {"lots.first.name", "already"}},
      {"release twice", [](Fab& f) { f.releases.push_back(f.releases[0]); }, {"releases.chip.name", "of its own"}},
      {"unknown setup", [](Fab& f) { f.setup_times[0].to = "borom"; }, {"setup_times[0].to: borom", "boron"}},
      {"setup time twice", [](Fab& f) { f.setup_times.push_back(f.setup_times[0]); }, {"[1].to", "already"}},
      {"unknown place", [](Fab& f) { f.transport[0].to = "bey"; }, {"transport[0].to: bey", "location", "bay"}},
      {"transport twice", [](Fab& f) { f.transport.push_back(f.transport[0]); }, {"transport[1].to", "already"}},
      {"nothing at all", [](Fab& f) { f = Fab{}; }, {"fab.tool_groups", "at least one"}},
      {"no steps", [](Fab& f) { f.routes[0].steps.clear(); }, {"fab.routes.main.steps", "at least one step"}},
  });
}

TEST_CASE("A tool group must be able to work", "[fab][check]") {
  run_cases({
      {"no tools", [](Fab& f) { f.tool_groups[0].tools = 0; }, {"clean.tools: 0", "at least one"}},
      {"no second job",
       [](Fab& f) { f.tool_groups[1].next_job = fab::NextJob::just_in_time; },
       {"furnace.next_job: just_in_time", "only cascading tools"}},
      {"batch and cascade", [](Fab& f) { f.tool_groups[1].cascading = true; }, {"furnace.cascading", "both"}},
      {"rank twice",
       [](Fab& f) { f.tool_groups[0].rank = {fab::Rank::fifo, fab::Rank::fifo}; },
       {"clean.rank", "twice"}},
      {"mttf 0", [](Fab& f) { f.tool_groups[2].breakdowns[0].mttf = law("0 min"); }, {"mttf", "more than 0"}},
      {"same breakdown twice",
       [](Fab& f) { f.tool_groups[2].breakdowns.push_back(f.tool_groups[2].breakdowns[0]); },
       {"litho.breakdowns.breakdown.name", "already"}},
      {"pm of two kinds",
       [](Fab& f) { f.tool_groups[2].maintenance[0].every_wafers = 100; },
       {"litho.maintenance.maintenance.every", "exactly one"}},
      {"pm of no kind", [](Fab& f) { f.tool_groups[2].maintenance[0].every.reset(); }, {"every", "exactly one"}},
      {"first wafers of a calendar",
       [](Fab& f) { f.tool_groups[2].maintenance[0].first_wafers = 5; },
       {"first_wafers", "maintenance by wafers"}},
      {"minimum run of a setup of nobody",
       [](Fab& f) { f.tool_groups[4].minimum_runs[0].setup = "arsenic"; },
       {"implant.minimum_runs.arsenic.setup", "no step of this tool group"}},
      {"reservation and minimum run",
       [](Fab& f) { f.tool_groups[4].hot_lot_reservation = true; },
       {"implant.hot_lot_reservation", "choose"}},
  });
}

TEST_CASE("A step must fit its tools", "[fab][check]") {
  run_cases({
      {"batch elsewhere",
       [](Fab& f) { f.tool_groups[1].batch_mix.reset(); },
       {"furnace.per", "do not process batches"}},
      {"lot in furnace", [](Fab& f) { at(f, 1).per = fab::ProcessUnit::lot; }, {"furnace.per", "must be per batch"}},
      {"no largest batch", [](Fab& f) { at(f, 1).batch_max.reset(); }, {"furnace.batch_max", "largest batch"}},
      {"smallest above largest", [](Fab& f) { at(f, 1).batch_min = 101; }, {"batch_min: 101", "100 wafers"}},
      {"batch of none", [](Fab& f) { at(f, 1).batch_min = 0; }, {"batch_min: 0", "at least 1"}},
      {"lots too large", [](Fab& f) { at(f, 1).batch_max = 24, at(f, 1).batch_min = 5; }, {"25 wafers", "never fit"}},
      {"batch size of a lot step", [](Fab& f) { at(f, 5).batch_max = 100; }, {"etch.batch_max", "only a step"}},
      {"sampled batch", [](Fab& f) { at(f, 1).sampling = 0.9; }, {"furnace.sampling", "every lot"}},
      {"batch in a loop", [](Fab& f) { at(f, 3).rework_to = "clean"; }, {"furnace.per", "outside rework loops"}},
      {"no interval", [](Fab& f) { at(f, 0).interval.reset(); }, {"clean.interval", "needs its interval"}},
      {"interval elsewhere", [](Fab& f) { at(f, 5).interval = minutes(1); }, {"etch.interval", "do not cascade"}},
      {"interval above shortest time",
       [](Fab& f) { at(f, 0).interval = minutes(8.1); },
       {"clean.interval: 8.1 min", "8 min"}},
      {"interval 0", [](Fab& f) { at(f, 0).interval = minutes(0); }, {"clean.interval", "more than 0"}},
      {"always without setup", [](Fab& f) { at(f, 5).setup_when = fab::SetupWhen::always; }, {"etch.setup_when"}},
      {"setup time without setup", [](Fab& f) { at(f, 5).setup_time = law("1 min"); }, {"etch.setup_time"}},
      {"sampled minimum run", [](Fab& f) { at(f, 4).sampling = 0.5; }, {"implant.sampling", "minimum run"}},
      {"minimum run in a loop",
       [](Fab& f) { at(f, 5).rework_to = "implant", at(f, 5).rework = 0.1; },
       {"implant.setup", "outside rework loops"}},
      {"sampling 0", [](Fab& f) { at(f, 3).sampling = 0; }, {"inspect.sampling", "more than 0"}},
  });
}

TEST_CASE("A step must fit the other steps of its route", "[fab][check]") {
  run_cases({
      {"dedicates a step before", [](Fab& f) { at(f, 6).dedicates = "litho"; }, {"litho2.dedicates", "later step"}},
      {"dedicates itself", [](Fab& f) { at(f, 2).dedicates = "litho"; }, {"litho.dedicates", "later step"}},
      {"dedicates another group", [](Fab& f) { at(f, 2).dedicates = "etch"; }, {"same tool group"}},
      {"dedicates nobody", [](Fab& f) { at(f, 2).dedicates = "litho22"; }, {"no step of that name", "litho2"}},
      {"rework to later", [](Fab& f) { at(f, 3).rework_to = "etch"; }, {"inspect.rework_to", "earlier"}},
      {"rework to itself", [](Fab& f) { at(f, 3).rework_to = "inspect"; }, {"inspect.rework_to", "earlier"}},
      {"rework of all", [](Fab& f) { at(f, 3).rework = 1; }, {"inspect.rework: 1", "less than 1"}},
      {"rework without share", [](Fab& f) { at(f, 3).rework = 0; }, {"inspect.rework", "share"}},
      {"rework to nowhere", [](Fab& f) { at(f, 3).rework_to = ""; }, {"inspect.rework_to", "earlier step"}},
      {"window backwards",
       [](Fab& f) { at(f, 1).queue_time_to = "clean", at(f, 1).queue_time_limit = minutes(9); },
       {"furnace.queue_time_to", "later"}},
      {"window without limit", [](Fab& f) { at(f, 0).queue_time_limit.reset(); }, {"queue_time_limit", "its limit"}},
      {"limit without window", [](Fab& f) { at(f, 0).queue_time_to = ""; }, {"queue_time_to", "at which it ends"}},
      {"window to nowhere", [](Fab& f) { at(f, 0).queue_time_to = "furnac"; }, {"no step", "furnace"}},
      {"sampled entrance",
       [](Fab& f) { at(f, 3).queue_time_to = "implant", at(f, 3).queue_time_limit = minutes(9); },
       {"inspect.sampling", "first step of a queue-time window"}},
      {"sampled exit",
       [](Fab& f) { at(f, 2).queue_time_to = "inspect", at(f, 2).queue_time_limit = minutes(9); },
       {"litho.queue_time_to", "last step of a queue-time window"}},
      {"nested windows",
       [](Fab& f) {
         at(f, 0).queue_time_to = "etch";
         at(f, 2).queue_time_to = "implant", at(f, 2).queue_time_limit = minutes(9);
       },
       {"litho.queue_time_to", "overlap", "clean"}},
  });
}

TEST_CASE("Windows may chain, and a bounded wait frees batch steps", "[fab][check]") {
  const auto faults = faults_after([](Fab& f) {
    at(f, 1).queue_time_to = "litho";
    at(f, 1).queue_time_limit = minutes(60);
    at(f, 1).batch_wait = minutes(600);
    at(f, 3).rework_to = "furnace";
  });
  for (const std::string& f : faults) FAIL(f);
}

TEST_CASE("Releases and lots must make sense", "[fab][check]") {
  run_cases({
      {"every 0", [](Fab& f) { f.releases[0].every = law("0 min"); }, {"releases.chip.every", "more than 0"}},
      {"load factor", [](Fab& f) { f.load_factor = 1e9; }, {"releases.chip.every", "load factor"}},
      {"load factor 0", [](Fab& f) { f.load_factor = 0; }, {"fab.load_factor", "more than 0"}},
      {"half a wafer",
       [](Fab& f) { f.releases[0].wafers = Distribution::constant(2.5); },
       {"releases.chip.wafers", "whole"}},
      {"no wafer", [](Fab& f) { f.releases[0].wafers = Distribution::constant(0); }, {"wafers", "at least 1"}},
      {"continuous lot size",
       [](Fab& f) {
         f.releases[0].wafers = Distribution::constant(5);
         f.releases[0].wafers.kind = core::LawKind::exponential;
       },
       {"wafers", "whole number, discrete"}},
      {"two due rules", [](Fab& f) { f.releases[0].due = minutes(5); }, {"due_factor", "either"}},
      {"late start and step", [](Fab& f) { f.lots[0].release = minutes(5); }, {"lots.first.step", "released later"}},
      {"count 0", [](Fab& f) { f.releases[0].count = 0; }, {"count: 0", "at least 1"}},
      {"max_wip 0", [](Fab& f) { f.max_wip = 0; }, {"fab.max_wip", "at least 1"}},
  });
}

TEST_CASE("Laws made in a program are checked before they are used", "[fab][check]") {
  run_cases({
      {"no parameters", [](Fab& f) { at(f, 5).time.parameters.clear(); }, {"steps.etch.time"}},
      {"half-width above the mean",
       [](Fab& f) { f.tool_groups[2].maintenance[0].duration.parameters = {5, 6}; },
       {"litho.maintenance.maintenance.duration"}},
      {"not a number", [](Fab& f) { f.releases[0].every.parameters = {std::nan("")}; }, {"releases.chip.every"}},
      {"too large a lot", [](Fab& f) { f.releases[0].wafers.parameters = {2e6}; }, {"wafers", "at most"}},
  });
}

TEST_CASE("Families that share batches mean the same batch", "[fab][check]") {
  run_cases({
      {"two families on a route",
       [](Fab& f) {
         f.tool_groups[1].batch_mix = fab::BatchMix::family_step;
         f.products = {{"chip", "main", "a"}, {"chop", "main", "b"}};
       },
       {"products.chop.family: b", "route of its own"}},
      {"different batches",
       [](Fab& f) {
         f.tool_groups[1].batch_mix = fab::BatchMix::family_step;
         f.routes.push_back(f.routes[0]);
         f.routes[1].name = "second";
         f.routes[1].steps[1].batch_max = 75;
         f.products = {{"chip", "main", "a"}, {"chop", "second", "a"}};
       },
       {"routes.second.steps.furnace.batch_max", "same batch sizes"}},
      {"batches of different times",
       [](Fab& f) {
         f.tool_groups[1].batch_mix = fab::BatchMix::family_step;
         f.routes.push_back(f.routes[0]);
         f.routes[1].name = "second";
         f.routes[1].steps[1].time = law("77 min");
         f.products = {{"chip", "main", "a"}, {"chop", "second", "a"}};
       },
       {"routes.second.steps.furnace.time", "same time"}},
      {"batches of different setups",
       [](Fab& f) {
         f.tool_groups[1].batch_mix = fab::BatchMix::family_step;
         f.routes.push_back(f.routes[0]);
         f.routes[1].name = "second";
         f.routes[1].steps[1].setup = "other";
         f.products = {{"chip", "main", "a"}, {"chop", "second", "a"}};
       },
       {"routes.second.steps.furnace.setup", "same setup"}},
  });
}

TEST_CASE("A flood of faults stays bounded", "[fab][check]") {
  Fab f = line();
  for (int i = 0; i < 5000; i++) f.routes[0].steps.push_back(step("x" + std::to_string(i), "nowhere", "1 min"));
  CHECK(fab::find_faults(f, 100).size() == 100);
}
