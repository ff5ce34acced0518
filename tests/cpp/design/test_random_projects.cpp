// Random floors of people and projects: the books balance after every event (a checked build), nothing depends on the
// order of rows, and everything that happened adds up.
#include "project_support.hpp"

#include <random>

namespace centresim::design {
namespace {
using namespace test;

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  Floor make() {
    Floor f;
    f.policy.blocking = chance(0.5) ? Blocking::skip : Blocking::shape;
    f.calendars = {always(), office()};
    f.node_classes = {node_class("node", whole(1, 3), whole(2, 8))};
    if (chance(0.3)) f.node_classes[0].mttf = exponential(86400 * 5), f.node_classes[0].mttr = exponential(3600);
    f.features = {feature("sim", whole(1, 6), static_cast<Acquire>(whole(0, 2))), feature("gui", whole(1, 3))};
    f.staffing.at_once = chance(0.5);
    f.staffing.switching_loss = 0.1;
    f.staffing.handover = hours(1);
    for (const char* name : {"one", "two", "three"}) {
      Team t = team(name, whole(1, 3), {"rtl"}, chance(0.5) ? "always" : "office");
      if (chance(0.5)) t.skills.push_back({"dv", 0.5 + 0.1 * static_cast<double>(whole(1, 9))});
      if (chance(0.3)) t.stay = exponential(86400 * 60), t.replacement = exponential(86400 * 10);
      if (chance(0.3)) t.learning = days(30);
      if (chance(0.3)) t.presence = 0.6;
      if (chance(0.5)) t.overtime = hours(2);
      f.teams.push_back(t);
    }
    f.teams[0].skills = {{"rtl", 1}, {"dv", 1}};
    f.providers = {{"p", {}, chance(0.5) ? ProviderLoss::lost : ProviderLoss::late, exponential(86400 * 20)}};
    if (chance(0.3)) f.providers[0].mttf = exponential(86400 * 200);
    f.shuttles = {shuttle("s", 20, 15), shuttle("t", 30, 40)};
    f.shuttles[0].provider = "p";
    f.shuttles[0].cancel = 0.1;
    f.shuttles[0].slip = exponential(86400);
    if (chance(0.5)) f.shuttles[0].seats = 1;
    for (Shuttle& s : f.shuttles) s.fab_time = exponential(86400 * 10);
    f.flows = {chip(), {"block", {work("rtl"), run("synth", {"rtl"}), gate("ok", 0.6, {"synth"}, "rtl")}}};
    for (const char* name : {"x", "y"}) {
      Project p;
      p.name = name;
      p.flow = "chip";
      p.blocks = {{"b1", "block", 1e5, 0}, {"b2", "block", 5e4, 0.5}};
      p.every = exponential(86400 * 30);
      p.due = days(60);
      p.priority = whole(0, 1);
      p.bugs = Bugs{};
      p.bugs->density = 3;
      p.bugs->rate = 0.01;
      p.bugs->fatality = 0.5;
      p.bugs->introduced = 0.2;
      p.bugs->skill = "dv";
      p.bugs->fix = exponential(3600 * 4);
      f.projects.push_back(p);
    }
    return f;
  }

 private:
  bool chance(double p) { return std::uniform_real_distribution<>(0, 1)(random_) < p; }
  std::int64_t whole(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }
  Task work(const char* name, std::vector<std::string> after = {}) {
    Task t = human(name, 1, std::move(after), chance(0.5) ? "rtl" : "dv");
    t.effort = exponential(3600 * 10);
    t.people = whole(1, 2);
    if (chance(0.5)) t.session = {{"gui", 1, 0}};
    return t;
  }
  Task run(const char* name, std::vector<std::string> after = {}) {
    Task t = compute(name, 1, std::move(after), static_cast<double>(whole(1, 5)));
    t.run = exponential(3600 * 3);
    if (chance(0.5)) t.tokens = {{"sim", 1, 0}};
    if (chance(0.5))
      t.type = TaskType::mixed, t.skill = "rtl", t.launch = exponential(600), t.effort = exponential(3600);
    t.request = number(chance(0.5) ? 1 : 0.7); // killed at the request, and again with more
    return t;
  }
  Flow chip() {
    Task nightly = compute("nightly", 1, {"spec"}, 3);
    nightly.run = exponential(3600);
    nightly.every = days(1);
    nightly.until = "review";
    nightly.cycles = 2;
    nightly.tokens = {{"sim", 1, 0}};
    Task cover = gate("cover", 0.8, {"blocks"}, "block/rtl");
    cover.after_cycles = 20;
    cover.rework = 0.3;
    Task mpw = task("mpw", TaskType::shuttle, {"review"}), silicon = task("silicon", TaskType::silicon, {"bring-up"});
    mpw.book_after = "blocks";
    mpw.returns = {{"assembly", 1}};
    silicon.returns = {{"assembly", 1}};
    silicon.max_tries = 4;
    return {"chip",
            {work("spec"), task("blocks", TaskType::blocks, {"spec"}), nightly, cover, work("assembly", {"cover"}),
             run("sign-off", {"assembly"}), work("review", {"sign-off"}), mpw, work("bring-up", {"mpw"}), silicon}};
  }

  std::mt19937 random_;
};

// Rows of every table but routes the other way round.
Floor turned(Floor f) {
  const auto turn = [](auto& list) { std::ranges::reverse(list); };
  turn(f.calendars), turn(f.teams), turn(f.shuttles), turn(f.projects), turn(f.flows), turn(f.features);
  for (Team& t : f.teams) turn(t.skills);
  for (Flow& flow : f.flows) {
    turn(flow.tasks);
    for (Task& t : flow.tasks) turn(t.after);
  }
  for (Project& p : f.projects) turn(p.blocks);
  return f;
}

} // namespace

TEST_CASE("random floors of projects balance, whatever the order of rows", "[design][projects]") {
  for (unsigned seed = 0; seed < 40; seed++) {
    INFO("floor " << seed);
    const Floor f = Maker(seed).make();
    const Observations o = run_floor(f, horizon(400), seed);
    for (const ProjectSums& p : o.projects.projects) {
      Tick path = 0;
      for (const Tick t : p.path) path += t;
      CHECK(path == p.to_end);
      CHECK(p.working <= p.tape_outs);
      CHECK(p.caught == p.tape_outs);
      CHECK(p.caught + p.missed + p.called_off <= p.booked);
    }
    std::int64_t begun = 0, ended = 0;
    for (const ProjectTrace& t : o.projects.traces) begun++, ended += t.ended >= 0;
    CHECK(begun == ended + o.projects.in_progress);
    CHECK(ended > 0);
    for (std::size_t t = 0; t < f.teams.size(); t++) CHECK(o.projects.teams[t].working <= o.projects.teams[t].present);
    CHECK(run_floor(turned(f), horizon(400), seed).projects == o.projects);
  }
}

} // namespace centresim::design
