// A jasima shop as a fab.
#include "centresim/core/time.hpp"
#include "centresim/fab/check.hpp"
#include "jasima_model.hpp"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <set>

namespace centresim::io::jasima {
namespace {

using common::Distribution;

constexpr const char* kHeld = "A maintenance at the start, named 'not yet there', stands for machines that come later.";
constexpr core::Tick kNeverAgain = 36'500 * core::kTicksPerDay;

Distribution span(core::Tick ticks) {
  return Distribution::constant(static_cast<double>(ticks), common::Dimension::time);
}

class Builder {
 public:
  Builder(const Shop& shop, std::string file, schema::Errors& errors)
      : shop_(shop), file_(std::move(file)), errors_(errors) {}

  centre::Scenario run() {
    find_use();
    add_groups();
    add_routes();
    add_setup_times();
    add_jobs(shop_, fab_, notes_);
    check_fab();
    centre::Scenario s;
    s.name = std::filesystem::path(file_).stem().string();
    s.title = "Shop model " + s.name;
    set_horizon(shop_, s);
    s.description = "Read from a file in the text format of jasima.";
    for (const std::string& n : notes_) s.description += " " + n;
    s.fab = std::move(fab_);
    return s;
  }

 private:
  void issue(int line, std::string path, const std::string& value, std::string rule) {
    errors_.add_issue({file_, line, std::move(path), value.substr(0, 60), std::move(rule)});
  }
  static std::string at(std::size_t route, std::size_t op) {
    return fmt::format("route {}, operation {}", route + 1, op + 1);
  }

  struct Use {
    bool batches = false;                                    // an operation names a batch family
    std::set<std::string> setups;                            // that operations name or imply
    std::map<std::string, std::int64_t, std::less<>> family; // most lots
  };

  // What the operations ask of each group, and whether it has it.
  void find_use() {
    use_.resize(shop_.groups.size());
    for (std::size_t r = 0; r < shop_.routes.size(); r++)
      for (std::size_t k = 0; k < shop_.routes[r].operations.size(); k++) {
        const Operation& op = shop_.routes[r].operations[k];
        const Group& g = shop_.groups[op.group];
        Use& u = use_[op.group];
        u.setups.insert(op.setup);
        if (op.setup != kDefaultSetup && std::ranges::find(g.states, op.setup) == g.states.end())
          issue(shop_.routes[r].line, at(r, k), op.setup,
                g.states.empty() ? fmt::format("machine group {} has no setup times", op.group + 1)
                                 : fmt::format("machine group {} has no setup state of that name", op.group + 1));
        if (op.family.empty()) continue;
        u.batches = true;
        const auto [most, fresh] = u.family.emplace(op.family, op.most_lots);
        if (most->second != op.most_lots)
          issue(shop_.routes[r].times_line, at(r, k), op.family,
                fmt::format("the family has batches of {} lots elsewhere on this machine group", most->second));
      }
    // Setups are known to the whole fab: a state that several groups know gets the name of its group.
    for (std::size_t g = 0; g < use_.size(); g++)
      if (sets_up(g))
        for (const std::string& s : use_[g].setups) groups_with_setup_[s]++;
  }

  [[nodiscard]] bool sets_up(std::size_t g) const {
    return use_[g].setups.size() > 1 || (use_[g].setups.size() == 1 && *use_[g].setups.begin() != kDefaultSetup);
  }
  [[nodiscard]] std::string setup_name(std::size_t group, const std::string& state) const {
    const bool shared = groups_with_setup_.at(state) > 1;
    return shared ? fmt::format("{}/{}", state, group + 1) : state;
  }

  void add_groups() {
    for (std::size_t g = 0; g < shop_.groups.size(); g++) {
      fab::ToolGroup t;
      t.name = shop_.groups[g].name;
      t.tools = shop_.groups[g].machines;
      t.rank = {fab::Rank::fifo};
      if (use_[g].batches) t.batch_mix = fab::BatchMix::recipe;
      if (sets_up(g) && t.tools > 1) several_with_setups_ = true;
      hold_until_available(g, t);
      fab_.tool_groups.push_back(std::move(t));
    }
    if (several_with_setups_)
      notes_.emplace_back("Of several free tools a lot takes the one idle longest, jasima takes the one idle shortest: "
                          "that matters where the tools of a group have setups.");
  }

  // Tools are there from the start: a maintenance keeps them from work until the machines become available.
  void hold_until_available(std::size_t g, fab::ToolGroup& t) {
    const Group& group = shop_.groups[g];
    if (group.available.empty()) return;
    const std::string path = fmt::format("machine group {}, machineReleaseDates", g + 1);
    if (group.available.size() != static_cast<std::size_t>(group.machines)) {
      issue(
          group.available_line, path, "",
          fmt::format("must be one time for each of the {} machines, not {}", group.machines, group.available.size()));
      return;
    }
    const core::Tick there = group.available.front();
    if (std::ranges::count(group.available, there) != std::ssize(group.available)) {
      issue(group.available_line, path, "", "machines of one group that come at different times are not supported");
      return;
    }
    if (there == 0) return;
    if (there >= kNeverAgain) {
      issue(group.available_line, path, "", "is too long: less than 100 years");
      return;
    }
    fab::Maintenance m;
    m.name = "not yet there";
    m.every = schema::Duration{kNeverAgain};
    m.first = schema::Duration{0};
    m.duration = span(there);
    t.maintenance.push_back(std::move(m));
    if (std::ranges::find(notes_, kHeld) == notes_.end()) notes_.emplace_back(kHeld);
  }

  // The recipe that steps of a family share, told apart by group, time and setup.
  std::string recipe_of(const Operation& op) {
    auto& variants = variants_[{op.group, op.family}];
    const std::pair<core::Tick, std::string> kind{op.time, op.setup};
    auto found = std::ranges::find(variants, kind);
    if (found == variants.end()) found = variants.insert(variants.end(), kind);
    const auto variant = found - variants.begin();
    std::string name = fmt::format("{}/{}", op.family, op.group + 1);
    if (variant > 0) {
      name += fmt::format(".{}", variant + 1);
      times_differ_ = true;
    }
    return name;
  }

  void add_routes() {
    for (std::size_t r = 0; r < shop_.routes.size(); r++) {
      fab::Route route{fmt::format("route_{}", r + 1), {}};
      for (std::size_t k = 0; k < shop_.routes[r].operations.size(); k++) {
        const Operation& op = shop_.routes[r].operations[k];
        fab::Step s;
        s.name = std::to_string(k + 1);
        s.tool_group = fab_.tool_groups[op.group].name;
        s.time = span(op.time);
        if (sets_up(op.group)) s.setup = setup_name(op.group, op.setup);
        if (use_[op.group].batches) {
          s.per = fab::ProcessUnit::batch;
          s.batch_max = op.family.empty() ? 1 : op.most_lots;
          s.batch_recipe = op.family.empty() ? fmt::format("{}.{}", r + 1, k + 1) : recipe_of(op);
        }
        route.steps.push_back(std::move(s));
      }
      fab_.routes.push_back(std::move(route));
    }
    for (const fab::Route& route : fab_.routes) fab_.products.push_back({route.name, route.name, {}});
    if (times_differ_)
      notes_.emplace_back("Lots of one batch family whose times or setups differ do not share batches here.");
  }

  // The row of the default state serves tools at the start; other rows stand where they differ from it.
  void add_setup_times() {
    for (std::size_t g = 0; g < shop_.groups.size(); g++) {
      if (!sets_up(g)) continue;
      const Group& group = shop_.groups[g];
      for (std::size_t to = 0; to < group.states.size(); to++) {
        if (!use_[g].setups.contains(group.states[to])) continue;
        const core::Tick at_start = to == 0 ? 0 : group.times[0][to];
        add_setup_time(group, "", setup_name(g, group.states[to]), at_start);
        for (std::size_t from = 0; from < group.states.size(); from++)
          if (from != to && use_[g].setups.contains(group.states[from]) && group.times[from][to] != at_start)
            add_setup_time(group, setup_name(g, group.states[from]), setup_name(g, group.states[to]),
                           group.times[from][to]);
      }
    }
  }
  void add_setup_time(const Group& group, std::string from, std::string to, core::Tick time) {
    fab_.setup_times.push_back({std::move(from), std::move(to), span(time)});
    setup_lines_.push_back(group.setup_line);
  }

  // The rules of a fab, told in terms of the file.
  void check_fab() {
    if (!errors_.empty()) return;
    using fab::Part;
    for (const fab::Fault& f : fab::find_faults(fab_)) {
      int line = 0;
      std::string path = f.field;
      if (f.part == Part::tool_group) {
        line = shop_.groups[f.index].line;
        path = fmt::format("machine group {}", f.index + 1);
      } else if (f.part == Part::route || f.part == Part::step) {
        const bool timed = f.field == "time" || f.field.starts_with("batch");
        line = timed ? shop_.routes[f.index].times_line : shop_.routes[f.index].line;
        path = at(f.index, f.inner);
      } else if (f.part == Part::release) {
        line = shop_.sources[f.index].line;
        path = "jobs_dynamic";
      } else if (f.part == Part::lot) {
        line = shop_.jobs[f.index].line;
        path = fmt::format("job {}", f.index + 1);
      } else if (f.part == Part::setup_time) {
        line = setup_lines_[f.index];
        path = "setup";
      }
      issue(line, path, f.value, f.rule);
    }
  }

  const Shop& shop_;
  std::string file_;
  schema::Errors& errors_;
  fab::Fab fab_;
  std::vector<Use> use_;
  std::map<std::string, int, std::less<>> groups_with_setup_;
  std::map<std::pair<std::size_t, std::string>, std::vector<std::pair<core::Tick, std::string>>> variants_;
  bool times_differ_ = false, several_with_setups_ = false;
  std::vector<int> setup_lines_; // of each setup time
  std::vector<std::string> notes_;
};

} // namespace

centre::Scenario build(const Shop& shop, const std::string& file, schema::Errors& errors) {
  return Builder(shop, file, errors).run();
}

} // namespace centresim::io::jasima
