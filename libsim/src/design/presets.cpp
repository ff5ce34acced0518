#include "centresim/design/presets.hpp"

#include <algorithm>

namespace centresim::design {
namespace {

constexpr Preset kPresets[] = {
    {"fcfs", "First come, first served; the head of the queue holds up the rest."},
    {"fcfs_skip", "The same, but jobs that do not fit are passed over."},
    {"fcfs_shape", "First come, first served within each shape of job (cores, memory class, licences)."},
    {"easy", "EASY backfill by the requested run times."},
    {"easy_naive", "EASY backfill that forgets licences when it plans, as many schedulers do."},
    {"easy_sjf", "EASY backfill with the shortest requested run time first."},
    {"conservative", "Conservative backfill, planned anew at every pass."},
    {"conservative_keep", "Conservative backfill that keeps its promises."},
    {"sjf", "Shortest requested run time first; the head holds up the rest."},
    {"sjf_exact", "Shortest true run time first, which no real scheduler knows."},
    {"sjf_predicted", "Shortest predicted run time first (exponential average by user and step)."},
    {"ljf", "Longest requested run time first."},
    {"edd", "Earliest due date first."},
    {"least_slack", "Least slack to the due date first."},
    {"priority", "Higher priority first."},
};

} // namespace

std::span<const Preset> presets() { return kPresets; }

std::optional<Policy> preset(std::string_view name) {
  if (std::ranges::none_of(kPresets, [&](const Preset& p) { return name == p.name; })) return std::nullopt;
  Policy p;
  if (name == "fcfs_skip") p.blocking = Blocking::skip;
  if (name == "fcfs_shape") p.blocking = Blocking::shape;
  if (name.starts_with("easy")) p.backfill = Backfill::easy;
  if (name == "easy_naive") p.licence_aware = false;
  if (name == "conservative") p.backfill = Backfill::conservative;
  if (name == "conservative_keep") p.backfill = Backfill::conservative_keep;
  if (name == "sjf" || name == "easy_sjf") p.order = Order::sjf_request;
  if (name == "sjf_exact") p.order = Order::sjf_exact;
  if (name == "sjf_predicted") p.order = Order::sjf_predicted;
  if (name == "ljf") p.order = Order::ljf;
  if (name == "edd") p.order = Order::due_date;
  if (name == "least_slack") p.order = Order::least_slack;
  if (name == "priority") p.order = Order::priority;
  return p;
}

} // namespace centresim::design
