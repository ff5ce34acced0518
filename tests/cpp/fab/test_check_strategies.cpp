// What must hold between the values of strategies: queue times, engineering lots, batches.
#include "check_cases.hpp"

using namespace check_cases;

TEST_CASE("A strategy for queue times must fit its window", "[fab][check]") {
  using Action = fab::QueueTimeAction;
  run_cases({
      {"action without window",
       [](Fab& f) { at(f, 2).queue_time_action = Action::scrap; },
       {"litho.queue_time_action", "only the first step"}},
      {"gate without window",
       [](Fab& f) { at(f, 2).queue_time_gate = 1; },
       {"litho.queue_time_gate", "only the first step"}},
      {"rework to nowhere",
       [](Fab& f) { at(f, 0).queue_time_action = Action::rework; },
       {"clean.queue_time_rework_to", "needs the step"}},
      {"rework to a stranger",
       [](Fab& f) { at(f, 0).queue_time_action = Action::rework, at(f, 0).queue_time_rework_to = "claen"; },
       {"clean.queue_time_rework_to: claen", "'clean'"}},
      {"rework to the end of the window",
       [](Fab& f) { at(f, 0).queue_time_action = Action::rework, at(f, 0).queue_time_rework_to = "furnace"; },
       {"clean.queue_time_rework_to: furnace", "must not come after the first step"}},
      {"rework over a batch that waits without limit",
       [](Fab& f) {
         at(f, 1).queue_time_to = "litho", at(f, 1).queue_time_limit = minutes(90);
         at(f, 1).queue_time_action = Action::rework, at(f, 1).queue_time_rework_to = "clean";
       },
       {"furnace.per: batch", "outside rework loops"}},
      {"step of a rework without rework",
       [](Fab& f) { at(f, 0).queue_time_rework_to = "clean"; },
       {"clean.queue_time_rework_to: clean", "only with"}},
      {"hold without time",
       [](Fab& f) { at(f, 0).queue_time_action = Action::hold; },
       {"clean.queue_time_hold", "needs its time"}},
      {"time of a hold without hold",
       [](Fab& f) { at(f, 0).queue_time_hold = law("1 h"); },
       {"clean.queue_time_hold", "only with"}},
      {"gate that never opens",
       [](Fab& f) {
         at(f, 1).queue_time_to = "inspect", at(f, 1).queue_time_limit = minutes(50), at(f, 1).queue_time_gate = 0.4;
       },
       {"furnace.queue_time_gate: 0.4", "no lot begin", "25 min", "20 min"}},
      {"gate of everything",
       [](Fab& f) { at(f, 0).queue_time_gate = 1e300; },
       {"clean.queue_time_gate: 1e+300", "at most"}},
      {"gate of nothing", [](Fab& f) { at(f, 0).queue_time_gate = 0; }, {"clean.queue_time_gate: 0", "more than 0"}},
      {"flow factor", [](Fab& f) { at(f, 0).flow_factor = -1; }, {"clean.flow_factor: -1", "more than 0"}},
      {"no lots",
       [](Fab& f) { f.tool_groups[1].queue_time_front = 0; },
       {"furnace.queue_time_front: 0", "at least 1 lot"}},
      {"more lots than numbers",
       [](Fab& f) { f.tool_groups[1].queue_time_lots = std::int64_t{1} << 32; },
       {"furnace.queue_time_lots", "at most 1000000"}},
      {"no window",
       [](Fab& f) { f.tool_groups[0].queue_time_lots = 5; },
       {"clean.queue_time_lots: 5", "no queue-time window"}},
  });
}

TEST_CASE("Turns of engineering lots must be sound", "[fab][check]") {
  const auto with = [](auto change) {
    return [change](Fab& f) {
      f.tool_groups[2].engineering = fab::EngineeringRule{{"regular"}, {}, {}, 5};
      change(*f.tool_groups[2].engineering);
    };
  };
  using Rule = fab::EngineeringRule;
  run_cases({
      {"nothing said", with([](Rule& r) { r.campaign.reset(); }), {"litho.engineering.campaign", "either"}},
      {"both said",
       with([](Rule& r) { r.production_window = r.engineering_window = minutes(9); }),
       {"litho.engineering.campaign", "either"}},
      {"one window",
       with([](Rule& r) { r.campaign.reset(), r.production_window = minutes(9); }),
       {"litho.engineering.engineering_window", "both"}},
      {"no time",
       with([](Rule& r) { r.campaign.reset(), r.production_window = minutes(9), r.engineering_window = minutes(0); }),
       {"litho.engineering.engineering_window", "more than 0"}},
      {"no lots", with([](Rule& r) { r.campaign = 0; }), {"litho.engineering.campaign: 0", "at least 1"}},
      {"no kinds", with([](Rule& r) { r.kinds.clear(); }), {"litho.engineering.kinds", "no lot kind"}},
      {"unknown kind", with([](Rule& r) { r.kinds = {"regulra"}; }), {"litho.engineering.kinds: regulra", "regular"}},
  });
}

TEST_CASE("Choices of batches belong to batches", "[fab][check]") {
  run_cases({
      {"fill elsewhere",
       [](Fab& f) { f.tool_groups[0].batch_fill = 0.5; },
       {"clean.batch_fill", "only a tool group that processes batches"}},
      {"choice elsewhere",
       [](Fab& f) { f.tool_groups[0].batch_choice = fab::BatchChoice::fullest; },
       {"clean.batch_choice", "only"}},
      {"look-ahead elsewhere",
       [](Fab& f) { f.tool_groups[0].batch_look_ahead = minutes(5); },
       {"clean.batch_look_ahead", "only"}},
      {"overfull", [](Fab& f) { f.tool_groups[1].batch_fill = 1.5; }, {"furnace.batch_fill: 1.5", "at most 1"}},
      {"negative",
       [](Fab& f) { f.tool_groups[1].batch_look_ahead = minutes(-5); },
       {"furnace.batch_look_ahead", "negative"}},
      {"recipe elsewhere",
       [](Fab& f) { at(f, 1).batch_recipe = "dry"; },
       {"furnace.batch_recipe: dry", "not form batches by recipe"}},
      {"recipe that comes again",
       [](Fab& f) {
         f.tool_groups[1].batch_mix = fab::BatchMix::recipe;
         f.routes[0].steps.push_back(at(f, 1));
         f.routes[0].steps.back().name = "again";
         at(f, 1).batch_recipe = at(f, 7).batch_recipe = "dry";
       },
       {"steps.again.batch_wait", "comes again", "needs a limit"}},
      {"other sizes of one recipe",
       [](Fab& f) {
         f.tool_groups[1].batch_mix = fab::BatchMix::recipe;
         f.routes[0].steps.push_back(at(f, 1));
         f.routes[0].steps.back().name = "again";
         at(f, 1).batch_recipe = at(f, 7).batch_recipe = "dry";
         at(f, 7).batch_max = 75;
       },
       {"steps.again.batch_max", "step furnace, of the same recipe", "batch sizes"}},
      {"two smallest batches",
       [](Fab& f) { f.tool_groups[1].batch_fill = 0.5; },
       {"furnace.batch_min: 50", "batch_fill"}},
  });
}
