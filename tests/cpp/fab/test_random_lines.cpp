// Random small lines with random mechanisms: whatever they are, they run empty, and their traces obey the rules.
#include "support.hpp"

#include "centresim/fab/expected.hpp"

#include <map>
#include <optional>
#include <random>
#include <set>

namespace centresim::fab {
namespace {
using namespace test;

class RandomLines {
 public:
  explicit RandomLines(std::uint32_t seed) : random_(seed) {}

  Fab next() {
    Fab f;
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
      g.batch_mix = one_in(2) ? BatchMix::route_step : BatchMix::family_step;
      break;
    case 2:
      g.minimum_runs = {{"X", whole(1, 4)}, {"Y", whole(1, 4)}};
      break;
    default:
      g.hot_lot_reservation = one_in(2);
    }
    if (g.cascading) g.hot_lot_reservation = one_in(2);
    if (g.cascading && one_in(2)) g.next_job = NextJob::just_in_time;
    std::vector<Rank> ranks{Rank::priority,       Rank::setup_time, Rank::fifo,          Rank::due_date,
                            Rank::critical_ratio, Rank::slack,      Rank::shortest_time, Rank::least_work_next};
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

  std::vector<Step> random_steps(const Fab& f) {
    std::vector<Step> steps;
    const int n = whole(2, 8);
    for (int i = 0; i < n; i++) {
      const ToolGroup& g = f.tool_groups[static_cast<std::size_t>(whole(0, int(f.tool_groups.size()) - 1))];
      Step s = step(fmt::format("s{}", i), g.name, uniform(whole(10, 30), whole(0, 5)));
      if (g.batch_mix) {
        s = batch_step(s, whole(1, 6), whole(6, 9));
        if (one_in(2) || campaigns(f, {})) s.batch_wait = minutes(whole(0, 60));
      } else if (one_in(3)) {
        s.per = ProcessUnit::wafer;
      }
      if (g.cascading) s.interval = minutes(whole(1, 5));
      if (!g.minimum_runs.empty() || one_in(3)) s.setup = std::string(1, "XYZ"[whole(0, 2)]);
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
    if (one_in(2) && steps.size() > 2) {
      steps[0].queue_time_to = steps[1].name;
      steps[0].queue_time_limit = minutes(whole(1, 60));
      steps[0].sampling = steps[1].sampling = 1;
    }
    return steps;
  }

  std::mt19937 random_;
};

// Jobs on each tool: never more than it holds; batches of one key within their size; start and end together.
void check_tools(const Fab& f, const Run& r) {
  std::map<std::uint32_t, std::map<std::pair<Tick, Tick>, std::vector<LotTrace>>> jobs;
  for (const LotTrace& t : r.seen.lot_trace) {
    CHECK(t.arrive <= t.start);
    CHECK(t.start <= t.end);
    jobs[t.tool][{t.start, t.end}].push_back(t);
  }
  for (const auto& [tool, of_tool] : jobs) {
    const GroupTable& table =
        *std::ranges::find_if(r.model.groups, [&](const GroupTable& g) { return tool - g.first_tool < g.tools; });
    const ToolGroup& group = *find_tool_group(f, table.name);
    std::vector<Tick> ends; // of the jobs before
    std::size_t wrong = 0;
    for (const auto& [time, lots] : of_tool) {
      const auto running = std::ranges::count_if(ends, [&](Tick end) { return end > time.first; });
      wrong += running >= (group.cascading ? 2 : 1);
      if (group.batch_mix) {
        std::set<std::uint32_t> keys;
        for (const LotTrace& t : lots) keys.insert(r.model.steps[t.step].batch_key);
        wrong += keys.size() != 1;
      } else {
        wrong += lots.size() > (group.cascading ? 2u : 1u); // two of equal times where nothing takes time
      }
      ends.push_back(time.second);
    }
    INFO(table.name);
    CHECK(wrong == 0);
  }
}

// Steps of each lot: forward along the route, or back to where rework leads; dedicated ones on their tool.
void check_lots(const Run& r) {
  std::map<std::uint32_t, std::vector<LotTrace>> lots;
  for (const LotTrace& t : r.seen.lot_trace) lots[t.lot].push_back(t); // in order of their ends
  std::size_t wrong = 0;
  for (const auto& [lot, rows] : lots) {
    std::map<std::uint32_t, std::uint32_t> tool_of; // dedication -> tool
    for (std::size_t i = 0; i < rows.size(); i++) {
      const StepTable& s = r.model.steps[rows[i].step];
      const GroupTable& g = r.model.groups[s.group];
      wrong += rows[i].tool - g.first_tool >= g.tools;
      if (i > 0) {
        wrong += rows[i].arrive < rows[i - 1].end;
        const StepTable& before = r.model.steps[rows[i - 1].step];
        const std::uint32_t from = rows[i].step > rows[i - 1].step ? rows[i - 1].step + 1 : before.rework_to;
        wrong += from == kNone || from > rows[i].step;
        for (std::uint32_t skipped = from; from != kNone && skipped < rows[i].step; skipped++)
          wrong += r.model.steps[skipped].sampling >= 1;
      }
      if (s.dedicated != kNone && tool_of.contains(s.dedicated)) wrong += tool_of[s.dedicated] != rows[i].tool;
      if (s.dedicates != kNone) tool_of[s.dedicates] = rows[i].tool;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("random lines run empty, and their traces obey the rules", "[fab]") {
  RandomLines lines(20261125);
  int valid = 0;
  std::int64_t steps = 0;
  for (int i = 0; i < 1000; i++) {
    const Fab f = lines.next();
    if (!find_faults(f).empty()) continue; // a batch in a rework loop, say
    valid++;
    INFO("line " << i);
    const Span s = span(5'000, 1'000, 1'000, true);
    const Simulation simulation(f, s, kTraced);
    core::NoPulse pulse;
    std::string error;
    std::optional<Observations> seen;
    try {
      seen = simulation.run(7, 0, pulse);
    } catch (const std::exception& e) {
      error = e.what();
    }
    CHECK(error == "");
    if (!seen) continue;
    CHECK(seen->counts.lots_in_process == 0);
    const Run r{simulation.model(), std::move(*seen)};
    steps += r.seen.counts.lot_steps;
    check_tools(f, r);
    check_lots(r);
  }
  CHECK(valid > 300);
  CHECK(steps > 10'000);
}

} // namespace
} // namespace centresim::fab
