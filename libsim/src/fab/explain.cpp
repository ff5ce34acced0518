#include "centresim/fab/explain.hpp"

#include "centresim/core/error.hpp"
#include "centresim/fab/engine.hpp"
#include "centresim/schema/quantity.hpp"
#include "centresim/schema/suggest.hpp"
#include "centresim/schema/units.hpp"

#include <algorithm>
#include <charconv>

namespace centresim::fab {
namespace {

[[noreturn]] void refuse(const char* path, const std::string& value, const std::string& rule) {
  throw core::InputError({core::Issue{"", 0, path, value, rule}});
}

// Lots of a stream are numbered from 1 behind its name and a dot.
bool may_release(const Stream& stream, std::string_view lot) {
  if (!lot.starts_with(stream.name)) return false;
  lot.remove_prefix(stream.name.size());
  if (lot.size() < 2 || lot[0] != '.' || lot[1] == '0') return false;
  std::uint32_t number = 0;
  const char* const end = lot.data() + lot.size();
  const auto read = std::from_chars(lot.data() + 1, end, number);
  return read.ec == std::errc{} && read.ptr == end && lot[1] != '-' &&
         (stream.count < 0 || (number - 1) / stream.lots < stream.count);
}

std::string suggestion(const Model& model, const std::string& lot) {
  const std::size_t dot = lot.rfind('.');
  const std::string number = dot == std::string::npos ? ".1" : lot.substr(dot);
  std::vector<std::string> names;
  for (const Stream& s : model.streams)
    if (may_release(s, s.name + number)) names.push_back(s.name + number);
  for (const ListedLot& l : model.lots) names.push_back(l.name);
  std::string near = schema::did_you_mean(lot, {names.begin(), names.end()});
  return !near.empty() || names.empty() ? near : "; they are called as '" + names[0] + "'";
}

void check(const Model& model, const std::string& lot, Tick at) {
  const Tick end = model.drain ? model.horizon + 365 * core::kTicksPerDay : model.horizon;
  if (at < 0 || at > end)
    refuse("at", schema::format_duration(at),
           "is not within the run, which lasts " + schema::format_duration(model.horizon));
  const auto listed = std::ranges::count(model.lots, lot, &ListedLot::name);
  const auto streams = std::ranges::count_if(model.streams, [&](const Stream& s) { return may_release(s, lot); });
  if (listed + streams == 0) refuse("lot", lot, "no lot goes by that name" + suggestion(model, lot));
  if (listed + streams > 1) refuse("lot", lot, "several lots go by that name");
}

// Steps as Engine::run does. False: abandoned.
bool run_to(Engine& engine, const Model& model, Tick at, core::Pulse& pulse) {
  constexpr std::int64_t kTicksBetween = 4096;
  Facts facts;
  for (std::int64_t count = 1;; count++) {
    const Tick tick = engine.next();
    if (tick > at || (tick >= model.horizon && !model.drain)) return true;
    do {
      engine.apply(tick, facts);
      engine.dispatch(tick, facts);
    } while (engine.next() == tick);
    facts.clear();
    if (count % kTicksBetween == 0 && !pulse.beat(static_cast<double>(tick) / static_cast<double>(at + 1)))
      return false;
  }
}

// A lot that is not in process: it has left the line, or is still to come.
LotView view_outside(const Model& model, const std::string& lot, const Observations& seen) {
  LotView view;
  const auto name = std::ranges::find(seen.lot_names, lot);
  if (name == seen.lot_names.end()) {
    const auto listed = std::ranges::find(model.lots, lot, &ListedLot::name);
    if (listed != model.lots.end()) view.until = listed->release;
    return view;
  }
  view.place = Whereabouts::finished;
  const auto serial = static_cast<std::uint32_t>(name - seen.lot_names.begin());
  for (const LotTrace& row : seen.lot_trace) {
    if (row.lot != serial) continue;
    view.since = row.end;
    for (const RouteTable& r : model.routes)
      if (row.step - r.first < r.steps) view.step = r.name + "/" + model.step_names[row.step];
    view.tool_group = model.groups[model.steps[row.step].group].name;
  }
  return view;
}

} // namespace

std::string_view to_string(Whereabouts place) {
  static constexpr std::string_view kNames[] = {"not released", "travelling", "waiting",
                                                "processing",   "on hold",    "finished"};
  return kNames[static_cast<std::size_t>(place)];
}

std::string_view to_string(Obstacle obstacle) {
  static constexpr std::string_view kNames[] = {
      "down",        "maintenance", "maintenance due", "busy",   "held", "dedicated",
      "minimum run", "gate",        "batch",           "behind", "none"};
  return kNames[static_cast<std::size_t>(obstacle)];
}

std::optional<LotView> explain(const Model& model, std::uint64_t seed, std::uint64_t replication,
                               const std::string& lot, Tick at, core::Pulse& pulse) {
  check(model, lot, at);
  Engine engine(model, seed, replication, {.trace_lots = true, .trace_tools = false});
  if (!run_to(engine, model, at, pulse)) return std::nullopt;
  if (std::optional<LotView> view = engine.explain(lot, at)) return view;
  return view_outside(model, lot, engine.finish(at));
}

} // namespace centresim::fab
