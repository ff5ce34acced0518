// Random small lines with random mechanisms, a new one each time.
#pragma once
#include "support.hpp"

#include <random>

namespace centresim::fab::test {

class RandomLines {
 public:
  explicit RandomLines(std::uint32_t seed) : random_(seed) {}

  Fab next() {
    Fab f;
    gates_ = one_in(2);
    const int groups = whole(2, 5);
    for (int g = 0; g < groups; g++) f.tool_groups.push_back(random_group(fmt::format("G{}", g)));
    const int products = whole(1, 3);
    for (int p = 0; p < products; p++)
      add_product(f, fmt::format("P{}", p), random_steps(f), one_in(2) ? "family" : "");
    for (int p = 0; p < products; p++) {
      f.releases.push_back(release(exponential(whole(100, 400)), fmt::format("P{}", p)));
      Release& r = f.releases.back();
      r.wafers = {core::LawKind::integers, common::Dimension::number, {1, 4}, {}};
      r.priority = whole(0, 2);
      r.hot = one_in(3);
      if (one_in(2)) r.due_factor = 2;
      if (one_in(3)) r.kind = "engineering";
      if (one_in(3)) r.count = whole(1, 20);
      for (int k = whole(0, 3); k > 0; k--) {
        f.lots.push_back(lot(fmt::format("L{}", f.lots.size()), 0, whole(0, 2), r.product));
        const auto& steps = f.routes[static_cast<std::size_t>(p)].steps;
        if (one_in(2)) f.lots.back().step = steps[static_cast<std::size_t>(whole(0, int(steps.size()) - 1))].name;
        f.lots.back().hot = one_in(3);
      }
    }
    for (const char* to : {"X", "Y", "Z"})
      if (one_in(2)) f.setup_times.push_back({"", to, fixed(whole(1, 20))});
    for (ToolGroup& g : f.tool_groups) add_turns(f, g);
    f.transport = {{"here", "there", uniform(5, 2)}, {"there", "here", fixed(3)}};
    const auto used = [&](const std::string& name) { // of locations and setups: names nobody uses are refused
      for (const ToolGroup& g : f.tool_groups)
        if (g.location == name) return true;
      for (const Route& r : f.routes)
        for (const Step& s : r.steps)
          if (s.setup == name) return true;
      return false;
    };
    std::erase_if(f.transport, [&](const Transport& t) { return !used(t.from) || !used(t.to); });
    std::erase_if(f.setup_times, [&](const SetupTime& t) { return !used(t.to); });
    return f;
  }

 private:
  int whole(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool one_in(int n) { return whole(1, n) == 1; }

  ToolGroup random_group(std::string name) {
    ToolGroup g = group(std::move(name), whole(1, 3));
    if (one_in(2)) g.load = g.unload = minutes(whole(1, 3));
    if (one_in(2)) g.location = one_in(2) ? "here" : "there";
    switch (whole(0, 4)) {
    case 0:
      g.cascading = true;
      break;
    case 1:
      g.batch_mix = static_cast<BatchMix>(whole(0, 2));
      break;
    case 2:
      if (gates_) break;
      g.minimum_runs = {{"X", whole(1, 4)}, {"Y", whole(1, 4)}};
      break;
    default:
      g.hot_lot_reservation = one_in(2);
    }
    if (g.cascading) g.hot_lot_reservation = one_in(2);
    if (g.cascading && one_in(2)) g.next_job = NextJob::just_in_time;
    if (g.batch_mix) {
      g.batch_choice = static_cast<BatchChoice>(whole(0, 2));
      if (one_in(3)) g.batch_look_ahead = minutes(whole(0, 60));
      if (one_in(4)) g.batch_fill = 0.2 * whole(1, 5);
    }
    std::vector<Rank> ranks{Rank::priority,         Rank::setup_time,    Rank::fifo,          Rank::due_date,
                            Rank::critical_ratio,   Rank::slack,         Rank::shortest_time, Rank::least_work_next,
                            Rank::queue_time_ratio, Rank::queue_time_due};
    std::shuffle(ranks.begin(), ranks.end(), random_);
    g.rank.assign(ranks.begin(), ranks.begin() + whole(1, 4));
    if (one_in(3)) g.tool_choice = ToolChoice::least_setup_time;
    if (one_in(2)) {
      Breakdown b;
      b.mttf = exponential(whole(100, 2000));
      b.mttr = exponential(whole(5, 50));
      if (one_in(2)) b.clock = FailureClock::busy;
      g.breakdowns = {b};
    }
    if (one_in(2)) g.maintenance.push_back(calendar_pm(whole(300, 2000), whole(0, 300), whole(5, 60)));
    if (one_in(3)) g.maintenance.push_back(counter_pm(whole(5, 40), whole(5, 30), "count"));
    return g;
  }

  // Whether that group, or any where none is named, keeps minimum runs. Together with waits without limit for other
  // lots (batches) or tools (dedication), runs that wait for lots can wait in a circle: such lines do not run empty.
  static bool campaigns(const Fab& f, const std::string& name) {
    return std::ranges::any_of(
        f.tool_groups, [&](const ToolGroup& g) { return (name.empty() || g.name == name) && !g.minimum_runs.empty(); });
  }

  std::vector<Step> random_steps(Fab& f) {
    std::vector<Step> steps;
    const int n = whole(2, 8);
    for (int i = 0; i < n; i++) {
      const ToolGroup& g = f.tool_groups[static_cast<std::size_t>(whole(0, int(f.tool_groups.size()) - 1))];
      Step s = step(fmt::format("s{}", i), g.name, uniform(whole(10, 30), whole(0, 5)));
      if (g.batch_mix) {
        s = batch_step(s, whole(1, 6), whole(6, 9));
        if (g.batch_mix == BatchMix::recipe && one_in(2)) { // steps of one recipe are alike
          s.batch_recipe = "common";
          s.time = fixed(20);
          s.batch_min = 3;
          s.batch_max = 8;
        }
        if (g.batch_fill) s.batch_min.reset();
        if (gates_ || one_in(2) || campaigns(f, {})) s.batch_wait = minutes(whole(0, 60));
      } else if (one_in(3)) {
        s.per = ProcessUnit::wafer;
      }
      if (g.cascading) s.interval = minutes(whole(1, 5));
      if (!g.minimum_runs.empty() || one_in(3)) s.setup = std::string(1, "XYZ"[whole(0, 2)]);
      if (!s.batch_recipe.empty()) s.setup.clear();
      if (!s.setup.empty() && one_in(4)) s.setup_when = SetupWhen::always;
      const bool bound = !g.minimum_runs.empty() || (g.batch_mix && !s.batch_wait);
      if (!bound && one_in(4)) s.sampling = 0.5;
      steps.push_back(std::move(s));
    }
    for (std::size_t i = 0; i < steps.size(); i++) {
      if (i > 0 && one_in(4)) {
        steps[i].rework_to = steps[static_cast<std::size_t>(whole(0, int(i) - 1))].name;
        steps[i].rework = 0.3;
      }
      for (std::size_t j = i + 1; j < steps.size(); j++)
        if (steps[j].tool_group == steps[i].tool_group && one_in(3) && !campaigns(f, steps[i].tool_group))
          steps[i].dedicates = steps[j].name;
    }
    for (std::size_t i = 0; i + 1 < steps.size(); i++) { // windows anywhere, some chained
      if (!one_in(3)) continue;
      const auto end = static_cast<std::size_t>(whole(int(i) + 1, std::min(int(i) + 3, int(steps.size()) - 1)));
      steps[i].queue_time_to = steps[end].name;
      steps[i].queue_time_limit = minutes(whole(1, 120));
      steps[i].sampling = steps[end].sampling = 1;
      add_control(f, steps, i, end);
      i = end - 1;
    }
    return steps;
  }

  // Gates make lots wait for lots: together with other waits without limit such lines need not run empty.
  void add_control(Fab& f, std::vector<Step>& steps, std::size_t first, std::size_t end) {
    Step& s = steps[first];
    if (one_in(2)) steps[end].flow_factor = whole(1, 3);
    if (gates_ && one_in(2)) s.queue_time_gate = 0.25 * whole(1, 8);
    const auto group = std::ranges::find(f.tool_groups, steps[end].tool_group, &ToolGroup::name);
    if (gates_ && one_in(3)) group->queue_time_front = whole(1, 3);
    if (gates_ && one_in(3)) group->queue_time_lots = whole(1, 3);
    s.queue_time_action = static_cast<QueueTimeAction>(whole(0, 3));
    // Rework for ever is no fault of the engine: only where the limit can be kept.
    const bool kept = end == first + 1 && steps[end].per != ProcessUnit::batch &&
                      steps[end].tool_group != s.tool_group && s.queue_time_limit->ticks >= ticks(60);
    if (s.queue_time_action == QueueTimeAction::rework && !kept) s.queue_time_action = QueueTimeAction::record;
    if (s.queue_time_action == QueueTimeAction::hold) s.queue_time_hold = exponential(whole(1, 50));
    if (s.queue_time_action == QueueTimeAction::rework) s.queue_time_rework_to = s.name;
  }

  void add_turns(const Fab& f, ToolGroup& g) {
    if (!one_in(3) || std::ranges::find(f.releases, "engineering", &Release::kind) == f.releases.end()) return;
    g.engineering = EngineeringRule{};
    if (one_in(2)) {
      g.engineering->campaign = whole(1, 4);
    } else {
      g.engineering->production_window = minutes(whole(10, 300));
      g.engineering->engineering_window = minutes(whole(10, 100));
    }
  }

  std::mt19937 random_;
  bool gates_ = false; // of this line
};

} // namespace centresim::fab::test
