// Random small lines with random mechanisms: whatever they are, they run empty, and their traces obey the rules.
#include "random_lines.hpp"

#include "centresim/fab/expected.hpp"

#include <map>
#include <optional>
#include <set>

namespace centresim::fab {
namespace {
using namespace test;

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
        // Either it broke its window at the next step and does the first again, or the route leads here.
        const bool again = rows[i].step == rows[i - 1].step && before.opens != kNone &&
                           r.model.windows[before.opens].rework_to == rows[i].step;
        const std::uint32_t from = rows[i].step > rows[i - 1].step ? rows[i - 1].step + 1 : before.rework_to;
        wrong += !again && (from == kNone || from > rows[i].step);
        for (std::uint32_t skipped = from; !again && from != kNone && skipped < rows[i].step; skipped++)
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
  std::int64_t steps = 0, scrapped = 0, held = 0;
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
    scrapped += seen->counts.lots_scrapped;
    held += std::ranges::any_of(seen->lot_trace, [](const LotTrace& t) { return t.held > 0; });
    const Run r{simulation.model(), std::move(*seen)};
    steps += r.seen.counts.lot_steps;
    check_tools(f, r);
    check_lots(r);
  }
  CHECK(valid > 300);
  CHECK(steps > 10'000);
  CHECK(scrapped > 100);
  CHECK(held > 20);
}

} // namespace
} // namespace centresim::fab
