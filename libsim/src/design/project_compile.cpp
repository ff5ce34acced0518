#include "project_compile.hpp"

#include "token_pools.hpp"

#include "centresim/core/random.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace centresim::design {
namespace {

constexpr double kReferenceCells = 1e5;

// A lognormal law by its median and the standard deviation of its logarithm.
core::Law about_median(double median, double spread) {
  const double variance = spread * spread;
  if (variance <= 0) return core::Law::make(core::LawKind::constant, std::array{median});
  return core::Law::make(core::LawKind::lognormal,
                         std::array{median * std::exp(variance / 2), std::sqrt(std::expm1(variance))});
}

double power(double cells, double exponent) { return exponent == 0 ? 1 : std::pow(cells / kReferenceCells, exponent); }

std::uint64_t identity_of(const char* what, const std::string& name) {
  return core::mix(core::name_identity(what), core::name_identity(name));
}

template <class T> std::uint32_t number_of(const std::vector<T>& items, const std::string& name) {
  const auto found = std::ranges::find(items, name, &T::name);
  return found == items.end() ? kNone : static_cast<std::uint32_t>(found - items.begin());
}

class ProjectCompiler {
 public:
  ProjectCompiler(const Floor& floor, const Model& farm, std::int64_t start_day, const FarmNames& names)
      : floor_(floor), farm_(farm), start_day_(start_day), names_(names) {}

  ProjectModel make() {
    model_.staffing = floor_.staffing;
    model_.horizon = farm_.horizon;
    model_.warmup = farm_.warmup;
    for (const NodeClassTable& c : farm_.classes) model_.largest_memory = std::max(model_.largest_memory, c.memory);
    std::set<std::string> skills;
    for (const Team& t : floor_.teams)
      for (const Skill& s : t.skills) skills.insert(s.name);
    model_.skills.assign(skills.begin(), skills.end());
    for (const common::Calendar* c : by_name(floor_.calendars)) model_.calendars.emplace_back(*c, start_day_);
    for (const Team* t : by_name(floor_.teams)) add_team(*t);
    for (const Provider* p : by_name(floor_.providers)) add_provider(*p);
    for (const Shuttle* s : by_name(floor_.shuttles)) add_shuttle(*s);
    for (const Project* p : by_name(floor_.projects)) add_project(*p);
    return std::move(model_);
  }

 private:
  [[nodiscard]] std::uint32_t skill(const std::string& name) const {
    const auto found = std::ranges::lower_bound(model_.skills, name);
    return static_cast<std::uint32_t>(found - model_.skills.begin());
  }

  void add_team(const Team& team) {
    TeamTable t;
    t.name = team.name;
    t.first = model_.engineers;
    t.engineers = static_cast<std::uint32_t>(team.engineers);
    model_.engineers += t.engineers;
    const auto calendars = by_name(floor_.calendars);
    for (std::uint32_t c = 0; c < calendars.size(); c++)
      if (calendars[c]->name == team.calendar) t.calendar = c;
    if (!team.site.empty()) t.site = names_.site(team.site);
    t.level.assign(model_.skills.size(), 0);
    for (const Skill& s : team.skills) t.level[skill(s.name)] = s.level;
    t.cost = team.cost;
    t.overtime_cost = team.overtime_cost;
    t.presence = team.presence;
    t.novice = team.novice;
    t.remote = remote_productivity(team, floor_.staffing);
    t.learning = team.learning ? team.learning->ticks : 0;
    t.experience = team.experience.ticks;
    t.overtime = team.overtime.ticks;
    t.leaves = team.stay.has_value();
    if (team.stay) t.stay = team.stay->compile();
    t.replacement = team.replacement.compile();
    t.identity = identity_of("team", team.name);
    model_.teams.push_back(std::move(t));
  }

  void add_provider(const Provider& provider) {
    ProviderTable t;
    t.name = provider.name;
    t.fails = provider.mttf.has_value();
    if (t.fails) t.mttf = provider.mttf->compile();
    t.delay = provider.delay.compile();
    t.designs = provider.designs;
    t.identity = identity_of("provider", provider.name);
    model_.providers.push_back(std::move(t));
  }

  void add_shuttle(const Shuttle& shuttle) {
    ShuttleTable t;
    t.name = shuttle.name;
    t.provider = number_of(model_.providers, shuttle.provider);
    t.first = shuttle.first.ticks;
    t.every = shuttle.every.ticks;
    t.booking = shuttle.booking.ticks;
    t.seats = shuttle.seats.value_or(kUnlimited);
    t.slip = shuttle.slip.compile();
    t.fab_time = shuttle.fab_time.compile();
    t.cancel = shuttle.cancel;
    t.price = shuttle.price;
    t.minimum_area = shuttle.minimum_area;
    t.missed_fee = shuttle.missed_fee;
    t.identity = identity_of("shuttle", shuttle.name);
    model_.shuttles.push_back(std::move(t));
  }

  void add_project(const Project& project) {
    ProjectTable t;
    t.name = project.name;
    t.start = project.start.ticks;
    t.repeats = project.every.has_value();
    if (t.repeats) t.every = project.every->compile();
    t.number = t.repeats ? project.number.value_or(kUnlimited) : 1;
    t.priority = static_cast<std::int32_t>(project.priority);
    if (project.due) t.due = project.due->ticks;
    t.area = project.area;
    t.booking_slack = project.booking_slack.ticks;
    const auto shuttles = by_name(floor_.shuttles);
    for (std::uint32_t s = 0; s < shuttles.size(); s++)
      if (shuttles[s]->node == project.node) t.shuttles.push_back(s);
    account_ = project.account.empty() ? project.name : project.account;
    t.account = names_.account(account_);
    t.home = names_.site(project.site);
    t.session_kind = names_.kind(kSessionKind);
    t.identity = identity_of("project", project.name);
    if (project.bugs) add_bugs(t, project);
    add_tasks(t, project);
    model_.projects.push_back(std::move(t));
  }

  void add_bugs(ProjectTable& t, const Project& project) const {
    const Bugs& bugs = *project.bugs;
    double fresh = 0; // cells that are new
    for (const Block& b : project.blocks) fresh += b.cells * (1 - b.reuse);
    if (project.blocks.empty()) fresh = project.cells;
    t.bugs = bugs.density * fresh / kReferenceCells;
    t.rate = bugs.rate;
    t.fatality = bugs.fatality;
    t.introduced = bugs.introduced;
    t.found_in_silicon = bugs.found_in_silicon;
    t.fix.name = "bug";
    t.fix.skill = skill(bugs.skill);
    t.fix.effort = bugs.fix.compile();
    t.fix.identity = static_cast<std::uint32_t>(core::name_identity("bug"));
  }

  void add_tasks(ProjectTable& t, const Project& project) {
    const Graph graph = graph_of(floor_, project);
    std::vector<std::string> names;
    for (const GraphTask& g : graph.tasks) names.push_back(g.name());
    for (std::uint32_t i = 0; i < graph.tasks.size(); i++) {
      const GraphTask& g = graph.tasks[i];
      TaskTable k;
      k.name = names[i];
      k.before = g.before;
      k.next = g.next;
      k.identity = static_cast<std::uint32_t>(core::name_identity(names[i]));
      fill(k, *g.task, g.block ? g.block->cells : project.cells);
      add_loops(k, graph, i);
      if (k.type == TaskType::shuttle) t.shuttle = i;
      if (k.type == TaskType::silicon) t.silicon = i;
      t.tasks.push_back(std::move(k));
    }
    for (std::uint32_t i = 0; i < graph.tasks.size(); i++) { // names that mean a task of the same flow
      const GraphTask& g = graph.tasks[i];
      const auto same = [&](const std::string& name) {
        const auto found = name.empty() ? std::vector<std::uint32_t>{} : graph.targets(name, g.block);
        return found.empty() ? kNone : found.front();
      };
      t.tasks[i].until = same(g.task->until);
      t.tasks[i].book_after = same(g.task->book_after);
    }
    expect(t, graph);
  }

  void fill(TaskTable& k, const Task& task, double cells) {
    k.type = task.type;
    k.skill = skill(task.skill);
    k.effort = task.effort.compile();
    k.launch = task.launch.compile();
    k.effort_scale = power(cells, task.effort_exponent);
    k.people = static_cast<std::uint32_t>(task.people);
    k.session = names_.tokens(task.session, account_);
    k.jobs = task.jobs.compile();
    k.request = task.request.compile();
    k.memory_request = task.memory_request;
    k.tokens = names_.tokens(task.tokens, account_);
    k.cores = static_cast<std::int32_t>(task.threads);
    k.priority = static_cast<std::int32_t>(task.priority);
    k.every = task.every ? task.every->ticks : 0;
    k.cycles = task.cycles;
    k.pass = task.pass;
    k.improvement = task.improvement;
    k.after_cycles = task.after_cycles;
    k.rework = task.rework;
    k.max_tries = static_cast<std::int32_t>(task.max_tries);
    k.time = task.time.compile();
    k.cost = task.cost;
    if (task.type != TaskType::compute && task.type != TaskType::mixed) return;
    k.kind = names_.kind(task.name);
    const auto stage = std::ranges::find(floor_.stages, task.stage, &Stage::name);
    if (stage == floor_.stages.end()) {
      k.run = task.run->compile();
      k.memory = task.memory.compile();
      k.memory_scale = 1e6; // kB of a GB
      return;
    }
    const ThreadChoice choice = choose_threads(floor_, *stage, task);
    k.cores = static_cast<std::int32_t>(choice.threads);
    k.run = about_median(static_cast<double>(stage->run.ticks), stage->run_spread);
    k.run_scale = choice.factor * power(cells, stage->run_exponent);
    k.memory = about_median(stage->memory, stage->memory_spread);
    k.memory_scale = 1e6 * power(cells, stage->memory_exponent);
  }

  static void add_loops(TaskTable& k, const Graph& graph, std::uint32_t task) {
    const GraphTask& g = graph.tasks[task];
    double sum = 0, until = 0;
    for (const Return& r : g.task->returns) sum += r.weight;
    for (const Return& r : g.task->returns) {
      if (r.weight <= 0) continue;
      until += r.weight;
      k.loops.push_back({until / sum, graph.between(graph.targets(r.to, g.block), task)});
    }
    if (!k.loops.empty()) k.loops.back().until = 1;
  }

  // ---- expected times, for plans and priorities
  // -----------------------------------------------------------------------

  // By the clock on the wall: engineers of the skill work by their calendars.
  [[nodiscard]] double people_time(std::uint32_t skill, double work, double people) const {
    double share = 0, level = 0, engineers = 0;
    for (const TeamTable& t : model_.teams) {
      if (skill >= t.level.size() || t.level[skill] <= 0) continue;
      share += t.engineers * model_.calendars[t.calendar].share() * t.presence;
      level += t.engineers * t.level[skill];
      engineers += t.engineers;
    }
    if (engineers == 0) return work;
    return work / (share / engineers) / (level / engineers) / std::min(people, engineers);
  }

  [[nodiscard]] double own_time(const TaskTable& k) const {
    const double work = k.effort.mean() * k.effort_scale;
    switch (k.type) {
    case TaskType::human:
      return people_time(k.skill, work, k.people);
    case TaskType::mixed:
      return people_time(k.skill, k.launch.mean() * k.effort_scale, 1) + k.run.mean() * k.run_scale +
             people_time(k.skill, work, k.people);
    case TaskType::compute:
      return k.every > 0 ? 0 : k.run.mean() * k.run_scale;
    case TaskType::external:
      return k.time.mean();
    default:
      return 0;
    }
  }

  // Tries of a gate, the first one included.
  static double expected_tries(const TaskTable& k) {
    double tries = 0, reached = 1, fail = 1 - k.pass;
    for (std::int32_t i = 0; i < k.max_tries; i++) {
      tries += reached;
      reached *= fail;
      fail *= k.improvement;
    }
    return tries;
  }

  // The longest way through tasks that are done again.
  static double way(const std::vector<TaskTable>& tasks, const std::vector<std::uint32_t>& again) {
    std::vector<double> until(tasks.size(), 0);
    double longest = 0;
    for (const std::uint32_t t : again) { // in order
      double before = 0;
      for (const std::uint32_t b : tasks[t].before) before = std::max(before, until[b]);
      until[t] = before + tasks[t].expected;
      longest = std::max(longest, until[t]);
    }
    return longest;
  }

  void expect(ProjectTable& t, const Graph& graph) const {
    for (const std::uint32_t i : graph.order) {
      TaskTable& k = t.tasks[i];
      k.expected = own_time(k);
      if (k.type != TaskType::gate) continue;
      double again = 0, from = 0;
      for (const LoopTable& loop : k.loops) {
        again += (loop.until - from) * way(t.tasks, loop.again);
        from = loop.until;
      }
      k.expected = (expected_tries(k) - 1) * k.rework * again;
    }
    if (t.shuttle != kNone) t.tasks[t.shuttle].expected = 0;
    std::vector<char> counts(t.tasks.size(), t.shuttle == kNone);
    for (std::size_t n = graph.order.size(); n-- > 0;) {
      TaskTable& k = t.tasks[graph.order[n]];
      if (graph.order[n] == t.shuttle) {
        counts[t.shuttle] = 1;
        continue;
      }
      double rest = 0;
      for (const std::uint32_t next : k.next) {
        counts[graph.order[n]] = static_cast<char>(counts[graph.order[n]] | counts[next]);
        rest = std::max(rest, t.tasks[next].to_ready);
      }
      if (counts[graph.order[n]]) k.to_ready = rest + k.expected;
    }
    for (std::uint32_t i = 0; i < t.tasks.size() && t.shuttle != kNone; i++)
      if (counts[i] && i != t.shuttle) t.before_shuttle.push_back(i);
  }

  const Floor& floor_;
  const Model& farm_;
  std::int64_t start_day_;
  const FarmNames& names_;
  ProjectModel model_;
  std::string account_;
};

} // namespace

double remote_productivity(const Team& team, const Staffing& staffing) {
  const double trips = static_cast<double>(team.round_trip.ticks) / static_cast<double>(staffing.round_trip_half.ticks);
  return 1 / (1 + trips * trips);
}

std::vector<std::string> project_kinds(const Floor& floor) {
  std::set<std::string> kinds;
  if (!floor.projects.empty()) kinds.insert(kSessionKind);
  for (const Flow& f : floor.flows)
    for (const Task& t : f.tasks)
      if (t.type == TaskType::compute || t.type == TaskType::mixed) kinds.insert(t.name);
  return {kinds.begin(), kinds.end()};
}

ProjectModel compile_projects(const Floor& floor, const Model& farm, std::int64_t start_day, const FarmNames& names) {
  return ProjectCompiler(floor, farm, start_day, names).make();
}

} // namespace centresim::design
