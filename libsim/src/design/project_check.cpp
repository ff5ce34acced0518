#include "project_check.hpp"

#include "farm_limits.hpp"
#include "project_compile.hpp"

#include "centresim/schema/errors.hpp"
#include "centresim/schema/path.hpp"
#include "centresim/schema/units.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>
#include <string_view>

namespace centresim::design {
namespace {

std::string shown(Duration d) { return schema::format_duration(d.ticks); }

class Check {
 public:
  Check(const Floor& floor, const std::string& path, schema::Errors& errors)
      : floor_(floor), path_(path), errors_(errors) {}

  void all() {
    for (const common::Calendar& c : floor_.calendars)
      common::check_calendar(c, schema::join_path(path_ + ".calendars", c.name), errors_);
    names(floor_.calendars, path_ + ".calendars");
    names(floor_.teams, path_ + ".teams");
    names(floor_.stages, path_ + ".stages");
    names(floor_.flows, path_ + ".flows");
    names(floor_.projects, path_ + ".projects");
    names(floor_.providers, path_ + ".providers");
    names(floor_.shuttles, path_ + ".shuttles");
    for (const Team& t : floor_.teams) team(t);
    for (const Stage& s : floor_.stages) stage(s);
    for (const Flow& f : floor_.flows) flow(f);
    for (const Provider& p : floor_.providers) provider(p);
    for (const Shuttle& s : floor_.shuttles) shuttle(s);
    for (const Project& p : floor_.projects) project(p);
    handover();
  }

 private:
  // Several projects may have the flow in which it is.
  void once(const std::string& path, const std::string& value, const std::string& rule) {
    if (told_.insert(path + "\n" + value + "\n" + rule).second) add(path, value, rule);
  }
  void add(const std::string& path, const std::string& value, const std::string& rule) {
    errors_.add(path, value, rule);
  }
  [[nodiscard]] std::string at(const char* list, const std::string& name) const {
    return schema::join_path(path_ + "." + list, name);
  }
  template <class T> void names(const std::vector<T>& items, const std::string& path) {
    std::set<std::string_view> seen;
    for (const T& item : items) {
      if (item.name.empty()) add(path, "", "every element needs a name");
      if (!seen.insert(item.name).second)
        add(schema::join_path(path, item.name) + ".name", item.name, "this name is taken");
    }
  }
  void law(const std::string& path, const Distribution& law) {
    if (std::string rule = common::check_distribution(law); !rule.empty()) add(path, "", rule);
  }
  void site(const std::string& path, const std::string& value) {
    if (!value.empty() && find_named(floor_.sites, value) == nullptr)
      add(path, value,
          floor_.sites.empty() ? "there are no sites"
                               : "there is no site of that name" + near_named(floor_.sites, value));
  }

  void team(const Team& t) {
    const std::string here = at("teams", t.name);
    if (t.skills.empty()) add(here + ".skills", "", "must not be empty: nobody could use them");
    names(t.skills, here + ".skills");
    if (t.calendar.empty() && floor_.calendars.size() != 1)
      add(here + ".calendar", "",
          floor_.calendars.empty() ? "there is no calendar" : "is missing: there are several calendars");
    if (!t.calendar.empty() && find_named(floor_.calendars, t.calendar) == nullptr)
      add(here + ".calendar", t.calendar,
          "there is no calendar of that name" + near_named(floor_.calendars, t.calendar));
    site(here + ".site", t.site);
    if (t.stay) law(here + ".stay", *t.stay);
    law(here + ".replacement", t.replacement);
    const bool fine =
        t.stay && common::check_distribution(*t.stay).empty() && common::check_distribution(t.replacement).empty();
    if (fine && t.stay->mean() + t.replacement.mean() < static_cast<double>(core::kTicksPerDay))
      add(here + ".stay", "", "is too short: with the time until they are replaced, engineers stay less than a day");
  }

  // Work that goes from site to site with every half-day would never end.
  void handover() {
    double least = HUGE_VAL; // work done in a half-day, ticks
    std::string where;
    for (const Team& a : floor_.teams)
      for (const Team& b : floor_.teams)
        for (const Skill& s : a.skills) {
          if (find_named(b.skills, s.name) == nullptr || a.site.empty() || b.site.empty() || a.site == b.site) continue;
          for (const common::Calendar& c : floor_.calendars) {
            if (c.name != a.calendar && !a.calendar.empty()) continue;
            const double work = static_cast<double>(c.length.ticks) * s.level *
                                std::max(floor_.staffing.least_productivity, remote_productivity(a, floor_.staffing));
            if (work < least) least = work, where = "team '" + a.name + "', skill '" + s.name + "': ";
          }
        }
    if (static_cast<double>(floor_.staffing.handover.ticks) < least) return;
    add(path_ + ".staffing.handover", shown(floor_.staffing.handover),
        "must be less than the work of a half-day (" + where + shown({std::llround(least)}) +
            "): work that changes its site every half-day would never end");
  }

  void stage(const Stage& s) {
    if (s.serial + s.parallel + s.overhead <= 0)
      add(at("stages", s.name) + ".serial", "", "serial, parallel and overhead must not all be 0");
  }

  void provider(const Provider& p) {
    if (p.mttf) law(at("providers", p.name) + ".mttf", *p.mttf);
    law(at("providers", p.name) + ".delay", p.delay);
  }

  void shuttle(const Shuttle& s) {
    const std::string here = at("shuttles", s.name);
    if (!s.provider.empty() && find_named(floor_.providers, s.provider) == nullptr)
      add(here + ".provider", s.provider,
          "there is no provider of that name" + near_named(floor_.providers, s.provider));
    if (s.booking > s.first)
      add(here + ".first", shown(s.first),
          "is before its booking date: seats are booked " + shown(s.booking) + " ahead");
    law(here + ".slip", s.slip);
    law(here + ".fab_time", s.fab_time);
  }

  // ---- flows --------------------------------------------------------------------------------------------------------

  void flow(const Flow& f) {
    const std::string here = at("flows", f.name);
    names(f.tasks, here + ".tasks");
    for (const TaskType single : {TaskType::blocks, TaskType::shuttle, TaskType::silicon})
      if (std::ranges::count(f.tasks, single, &Task::type) > 1)
        add(here + ".tasks", "", "may have one task of each of the types blocks, shuttle and silicon");
    for (const Task& t : f.tasks) task(f, t, schema::join_path(here + ".tasks", t.name));
    if (!f.tasks.empty() && std::ranges::all_of(f.tasks, [](const Task& t) { return t.every.has_value(); }))
      add(here + ".tasks", "", "all come again and again: the flow would never end");
    order(f, here);
  }

  // What must come before what.
  void order(const Flow& f, const std::string& here) {
    Project alone; // the flow without blocks
    alone.flow = f.name;
    const Graph g = graph_of(floor_, alone);
    if (const std::vector<std::uint32_t> circle = g.circle(); !circle.empty()) {
      std::string names;
      for (const std::uint32_t t : circle) names += "'" + g.tasks[t].name() + "' before ";
      names += "'" + g.tasks[circle.front()].name() + "'";
      add(schema::join_path(here + ".tasks", g.tasks[circle.front()].name()) + ".after", "",
          "the tasks go round in a circle: " + names);
      return;
    }
    const auto of_type = [&](TaskType type) {
      const auto found = std::ranges::find(g.tasks, type, [](const GraphTask& t) { return t.task->type; });
      return static_cast<std::uint32_t>(found - g.tasks.begin());
    };
    const std::uint32_t shuttle = of_type(TaskType::shuttle), silicon = of_type(TaskType::silicon);
    const auto has = [&](std::uint32_t t) { return t < g.tasks.size(); };
    const auto path = [&](std::uint32_t t) { return schema::join_path(here + ".tasks", g.tasks[t].name()); };
    if (has(silicon) && !(has(shuttle) && g.is_before(shuttle, silicon)))
      add(path(silicon) + ".after", "", "must come after a task of type shuttle: without one there is no chip to try");
    for (std::uint32_t t = 0; t < g.tasks.size(); t++) {
      const std::string& after = g.tasks[t].task->book_after;
      if (after.empty()) continue;
      const std::vector<std::uint32_t> task = g.targets(after, nullptr);
      if (t != shuttle)
        add(path(t) + ".book_after", "", "is for tasks of type shuttle");
      else if (!task.empty() && !g.is_before(task.front(), shuttle))
        add(path(t) + ".book_after", after, "is not before the shuttle: seats would be booked too late");
    }
  }

  void task(const Flow& f, const Task& t, const std::string& here) {
    std::set<std::string_view> seen;
    for (const std::string& name : t.after) {
      const Task* before = find_named(f.tasks, name);
      if (before == nullptr)
        add(here + ".after", name, "there is no task of that name in this flow" + near_named(f.tasks, name));
      else if (before->every)
        add(here + ".after", name, "comes again and again: nothing can wait for its end");
      if (!seen.insert(name).second) add(here + ".after", name, "names the task twice");
    }
    for (const auto& [field, d] : {std::pair{".effort", &t.effort},
                                   {".launch", &t.launch},
                                   {".jobs", &t.jobs},
                                   {".memory", &t.memory},
                                   {".request", &t.request},
                                   {".time", &t.time}})
      law(here + field, *d);
    const bool people = t.type == TaskType::human || t.type == TaskType::mixed;
    const bool machines = t.type == TaskType::compute || t.type == TaskType::mixed;
    if (people) skill(here + ".skill", t.skill);
    if (people) tokens(here + ".session", t.session);
    if (machines) jobs(t, here);
    if (t.type == TaskType::gate || t.type == TaskType::silicon) gate(t, here);
    if (t.every) again(f, t, here);
    if (t.cycles > 0 && !machines) add(here + ".cycles", "", "is for tasks with jobs");
    if (!t.until.empty() && !t.every) add(here + ".until", t.until, "needs every");
    if (!t.book_after.empty() && find_named(f.tasks, t.book_after) == nullptr)
      add(here + ".book_after", t.book_after,
          "there is no task of that name in this flow" + near_named(f.tasks, t.book_after));
  }

  void skill(const std::string& path, const std::string& name) {
    std::vector<Skill> known;
    for (const Team& t : floor_.teams) known.insert(known.end(), t.skills.begin(), t.skills.end());
    if (name.empty())
      add(path, "", "is missing");
    else if (find_named(known, name) == nullptr)
      add(path, name, "nobody has this skill: no team names it" + near_named(known, name));
  }

  void tokens(const std::string& path, const std::vector<TokenUse>& uses) {
    for (const TokenUse& u : uses)
      if (find_named(floor_.features, u.feature) == nullptr)
        add(path, u.feature, "there is no feature of that name" + near_named(floor_.features, u.feature));
  }

  void jobs(const Task& t, const std::string& here) {
    const Stage* stage = find_named(floor_.stages, t.stage);
    if (t.stage.empty() == !t.run.has_value())
      add(here + ".run", "",
          t.run ? "the run time is given twice: by a stage and by run" : "is missing: give stage or run");
    else if (!t.stage.empty() && stage == nullptr)
      add(here + ".stage", t.stage, "there is no stage of that name" + near_named(floor_.stages, t.stage));
    if (t.run) law(here + ".run", *t.run);
    if (t.choose != Threads::fixed && stage == nullptr) add(here + ".choose", "", "needs a stage");
    tokens(here + ".tokens", t.tokens);
  }

  void gate(const Task& t, const std::string& here) {
    if (t.pass <= 0 && t.improvement >= 1 && t.type == TaskType::gate)
      add(here + ".pass", "0",
          "it can never be passed: pass is 0, and no try is better than the last (improvement is 1)");
    if (t.pass < 1 && t.type == TaskType::gate && t.returns.empty())
      add(here + ".returns", "", "is missing: a gate that is not always passed needs a task to go back to");
    double sum = 0;
    for (const Return& r : t.returns) sum += r.weight;
    if (!t.returns.empty() && sum <= 0) add(here + ".returns", "", "the weights must not all be 0");
  }

  void again(const Flow& f, const Task& t, const std::string& here) {
    if (t.type != TaskType::compute) add(here + ".every", shown(*t.every), "is for compute tasks");
    if (t.until.empty())
      add(here + ".until", "", "is missing: the task with which it ends");
    else if (const Task* until = find_named(f.tasks, t.until); until == nullptr)
      add(here + ".until", t.until, "there is no task of that name in this flow" + near_named(f.tasks, t.until));
    else if (until->every)
      add(here + ".until", t.until, "comes again and again itself: it has no end");
  }

  // ---- projects -----------------------------------------------------------------------------------------------------

  void project(const Project& p) {
    const std::string here = at("projects", p.name);
    const Flow* f = find_named(floor_.flows, p.flow);
    if (f == nullptr) add(here + ".flow", p.flow, "there is no flow of that name" + near_named(floor_.flows, p.flow));
    names(p.blocks, here + ".blocks");
    bool whole = f != nullptr;
    for (const Block& b : p.blocks) whole = block(b, schema::join_path(here + ".blocks", b.name)) && whole;
    if (p.every) law(here + ".every", *p.every);
    if (p.number && !p.every) add(here + ".number", std::to_string(*p.number), "needs every");
    site(here + ".site", p.site);
    if (p.site.empty() && !floor_.sites.empty()) add(here + ".site", "", "is missing: there are several sites");
    if (p.bugs) {
      skill(here + ".bugs.skill", p.bugs->skill);
      law(here + ".bugs.fix", p.bugs->fix);
    }
    if (!whole) return;
    const bool has_blocks = std::ranges::count(f->tasks, TaskType::blocks, &Task::type) > 0;
    if (has_blocks && p.blocks.empty())
      add(here + ".blocks", "", "its flow has a task of type blocks, but it has none");
    if (!has_blocks && !p.blocks.empty())
      add(here + ".blocks", "", "its flow '" + f->name + "' has no task of type blocks: they would never be done");
    for (const Task& t : f->tasks) chip_task(p, t, here);
    graph(p, here);
  }

  bool block(const Block& b, const std::string& here) {
    const Flow* f = find_named(floor_.flows, b.flow);
    if (f == nullptr) {
      add(here + ".flow", b.flow, "there is no flow of that name" + near_named(floor_.flows, b.flow));
      return false;
    }
    for (const Task& t : f->tasks)
      if (t.type == TaskType::blocks || t.type == TaskType::shuttle || t.type == TaskType::silicon)
        add(here + ".flow", b.flow, "its task '" + t.name + "' is for the flow of a chip, not of a block");
    return true;
  }

  void chip_task(const Project& p, const Task& t, const std::string& here) {
    if (t.type == TaskType::shuttle &&
        std::ranges::none_of(floor_.shuttles, [&](const Shuttle& s) { return s.node == p.node; }))
      add(here + ".node", p.node, "there is no shuttle for this node: it can never tape out");
    if (t.type == TaskType::silicon && p.bugs && t.returns.empty())
      add(here + ".flow", p.flow, "its task '" + t.name + "' needs returns: chips with bugs go back for a respin");
  }

  void graph(const Project& p, const std::string& here) {
    const Graph g = graph_of(floor_, p);
    if (g.order.size() < g.tasks.size()) return; // a circle, told where its flow is
    for (std::uint32_t t = 0; t < g.tasks.size(); t++) {
      for (const Return& r : g.tasks[t].task->returns) returns(p, g, t, r);
      if (g.tasks[t].task->type == TaskType::gate && g.tasks[t].task->after_cycles > 0) cycles(p, g, t, here);
      // Without its site, which is told, nothing is known of what the farm has for it.
      if (floor_.sites.empty() || find_named(floor_.sites, p.site) != nullptr) demands(p, g.tasks[t], here);
    }
  }

  // What its jobs and sessions ask of the farm: places and tokens, as far as they are known before the run.
  void demands(const Project& p, const GraphTask& g, const std::string& here) {
    const Task& t = *g.task;
    const bool people = t.type == TaskType::human || t.type == TaskType::mixed;
    const bool machines = t.type == TaskType::compute || t.type == TaskType::mixed;
    const Stage* stage = find_named(floor_.stages, t.stage);
    const std::int64_t cores = stage != nullptr ? choose_threads(floor_, *stage, t).threads : t.threads;
    if (machines && !limits_.fits(cores, 1, 0, 0, p.site))
      add(here + ".flow", p.flow,
          fmt::format("jobs of its task '{}' take {} cores, which no node of the farm has: they can never run",
                      g.name(), cores));
    if (people && !t.session.empty() && !limits_.fits(1, 1, 0, 0, p.site))
      add(here + ".flow", p.flow, "sessions of its task '" + g.name() + "' need a farm: there is no node for them");
    if (machines) pools(p, g, t.tokens, cores, here);
    if (people) pools(p, g, t.session, 1, here);
  }
  void pools(const Project& p, const GraphTask& g, const std::vector<TokenUse>& uses, std::int64_t cores,
             const std::string& here) {
    for (const TokenUse& u : uses) {
      const Feature* f = find_named(floor_.features, u.feature);
      if (f == nullptr) continue; // told where the task is
      const std::int64_t most = limits_.pool(*f, p.account.empty() ? p.name : p.account, p.site);
      if (u.of(cores) > most)
        add(here + ".flow", p.flow,
            fmt::format("its task '{}' needs {} tokens of '{}', which has {}{}: it can never run", g.name(),
                        u.of(cores), f->name, most, f->partitions.empty() ? "" : " for its account"));
    }
  }

  void returns(const Project& p, const Graph& g, std::uint32_t task, const Return& r) {
    const Block* block = g.tasks[task].block;
    const std::string &flow = block != nullptr ? block->flow : p.flow, &name = g.tasks[task].task->name;
    const std::string here = schema::join_path(at("flows", flow) + ".tasks", name) + ".returns";
    const std::vector<std::uint32_t> targets = g.targets(r.to, g.tasks[task].block);
    const std::vector<std::uint32_t> again = g.between(targets, task);
    const bool before = std::ranges::all_of(
        targets, [&](std::uint32_t t) { return std::ranges::find(again, t) != again.end() && t != task; });
    if (targets.empty())
      once(here, r.to, "there is no task of that name" + near_named(find_named(floor_.flows, flow)->tasks, r.to));
    else if (!before)
      once(here, r.to, "is not before '" + name + "', and cannot be returned to");
    else if (g.tasks[task].task->type == TaskType::silicon &&
             std::ranges::none_of(again, [&](std::uint32_t t) { return g.tasks[t].task->type == TaskType::shuttle; }))
      once(here, r.to, "is behind the shuttle: the same chip would be tried again");
  }

  // Somebody must run the regression cycles for which a gate waits.
  void cycles(const Project& p, const Graph& g, std::uint32_t gate, const std::string& here) {
    const auto brings = [&](std::uint32_t t) {
      const std::vector<std::uint32_t> behind = g.between({gate}, t);
      const TaskType type = g.tasks[t].task->type;
      const bool runs = type == TaskType::compute || type == TaskType::mixed;
      return runs && g.tasks[t].task->cycles > 0 && std::ranges::find(behind, gate) == behind.end();
    };
    for (std::uint32_t t = 0; t < g.tasks.size(); t++)
      if (t != gate && brings(t)) return;
    add(here + ".flow", p.flow,
        "gate '" + g.tasks[gate].name() +
            "' waits for regression cycles (after_cycles), which no task runs before it: it can never open");
  }

  const Floor& floor_;
  const FarmLimits limits_{floor_};
  const std::string& path_;
  std::set<std::string> told_;
  schema::Errors& errors_;
};

} // namespace

void check_projects(const Floor& floor, const std::string& path, schema::Errors& errors) {
  Check(floor, path, errors).all();
}

} // namespace centresim::design
