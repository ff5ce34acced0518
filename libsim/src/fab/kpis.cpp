#include "centresim/core/statistics.hpp"
#include "centresim/fab/results.hpp"

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <stdexcept>

namespace centresim::fab {
namespace {

using experiment::Better;
using experiment::KpiInfo;
using experiment::KpiSeries;
using experiment::Labels;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr double kDay = static_cast<double>(core::kTicksPerDay), kHour = static_cast<double>(core::kTicksPerHour);

double ratio(double a, double b) { return b > 0 ? a / b : kMissing; }

const KpiInfo& info(std::string_view name) {
  for (const KpiInfo& k : kpi_registry())
    if (k.name == name) return k;
  throw std::logic_error("no such key figure: " + std::string(name));
}

// The lots of some flows that finished in the window of one replication.
struct FlowView {
  FlowSums sums;
  std::vector<double> cycle_times, x_factors; // days, 1
};

FlowView view(const Model& model, const Observations& o, const std::vector<std::uint32_t>& flows) {
  FlowView v;
  std::vector<char> in(model.flows.size(), 0);
  for (const std::uint32_t f : flows) {
    in[f] = 1;
    const FlowSums& s = o.flows[f];
    v.sums.released += s.released;
    v.sums.out += s.out;
    v.sums.scrapped += s.scrapped;
    v.sums.out_wafers += s.out_wafers;
    v.sums.with_due_date += s.with_due_date;
    v.sums.on_time += s.on_time;
    v.sums.residence += s.residence;
    v.sums.wafer_residence += s.wafer_residence;
    v.sums.tardiness += s.tardiness;
  }
  for (const FinishedLot& lot : o.finished) {
    if (!in[lot.flow]) continue;
    const RouteTable& route = model.routes[model.products[model.flows[lot.flow].product].route];
    const double rpt = route.rpt_a + route.rpt_b * lot.wafers;
    v.cycle_times.push_back(static_cast<double>(lot.cycle_time) / kDay);
    if (rpt > 0) v.x_factors.push_back(static_cast<double>(lot.cycle_time) / rpt);
  }
  return v;
}

double mean(const std::vector<double>& values) {
  core::Moments m;
  for (const double x : values) m.add(x);
  return m.mean();
}

class Collector {
 public:
  explicit Collector(std::size_t replications) : replications_(replications) {}

  void add(std::string_view name, const Labels& labels, std::size_t replication, double value) {
    const auto [at, fresh] = index_.try_emplace(experiment::kpi_label(info(name), labels), series_.size());
    if (fresh) series_.push_back({info(name), labels, std::vector<double>(replications_, kMissing)});
    series_[at->second].values[replication] = value;
  }
  std::vector<KpiSeries> take() { return std::move(series_); }

 private:
  std::size_t replications_;
  std::map<std::string, std::size_t> index_;
  std::vector<KpiSeries> series_;
};

void add_flows(Collector& out, const Model& model, const Observations& o, std::size_t replication, const Labels& labels,
               const std::vector<std::uint32_t>& flows) {
  FlowView v = view(model, o, flows);
  const double days = static_cast<double>(o.window_end - o.window_start) / kDay;
  const auto put = [&](std::string_view name, double value) { out.add(name, labels, replication, value); };
  const auto promised = static_cast<double>(v.sums.with_due_date);
  put("fab.cycle_time", mean(v.cycle_times));
  core::Moments spread;
  for (const double x : v.cycle_times) spread.add(x);
  put("fab.cycle_time_sd", spread.sd());
  std::span<double> times(v.cycle_times);
  put("fab.cycle_time_p5", core::quantile_in_place(times, 0.05));
  put("fab.cycle_time_p50", core::quantile_in_place(times, 0.5));
  put("fab.cycle_time_p95", core::quantile_in_place(times, 0.95));
  put("fab.x_factor", mean(v.x_factors));
  put("fab.throughput", ratio(static_cast<double>(v.sums.out), days));
  put("fab.wafers_out", ratio(static_cast<double>(v.sums.out_wafers), days));
  put("fab.scrapped", ratio(static_cast<double>(v.sums.scrapped), days));
  put("fab.starts", ratio(static_cast<double>(v.sums.released), days));
  put("fab.wip", ratio(static_cast<double>(v.sums.residence) / kDay, days));
  put("fab.wip_wafers", ratio(static_cast<double>(v.sums.wafer_residence) / kDay, days));
  put("fab.on_time", ratio(static_cast<double>(v.sums.on_time), promised));
  put("fab.tardiness", ratio(static_cast<double>(v.sums.tardiness) / kDay, promised));
}

void add_groups(Collector& out, const Model& model, const Observations& o, std::size_t replication) {
  for (std::size_t g = 0; g < model.groups.size(); g++) {
    const GroupSums& s = o.groups[g];
    const double total = static_cast<double>(o.window_end - o.window_start) * model.groups[g].tools;
    const auto share = [&](ToolState state) {
      return ratio(static_cast<double>(s.state[static_cast<std::size_t>(state)]), total);
    };
    const auto put = [&](std::string_view name, double value) {
      out.add(name, {{"tool_group", model.groups[g].name}}, replication, value);
    };
    const double busy =
        share(ToolState::setup) + share(ToolState::load) + share(ToolState::process) + share(ToolState::unload);
    const double available = 1 - share(ToolState::down) - share(ToolState::maintenance);
    put("fab.utilisation", busy);
    put("fab.utilisation_available", ratio(busy, available));
    put("fab.availability", available);
    put("fab.down_share", share(ToolState::down));
    put("fab.pm_share", share(ToolState::maintenance));
    put("fab.setup_share", share(ToolState::setup));
    put("fab.load_share", share(ToolState::load));
    put("fab.process_share", share(ToolState::process));
    put("fab.unload_share", share(ToolState::unload));
    put("fab.idle_share", share(ToolState::idle));
    put("fab.queue_time", ratio(static_cast<double>(s.queued) / kHour, static_cast<double>(s.visits)));
    put("fab.queue_time_max", s.visits > 0 ? static_cast<double>(s.queued_max) / kHour : kMissing);
    put("fab.queue_length", ratio(static_cast<double>(s.waiting), total / model.groups[g].tools));
    put("fab.visits", ratio(static_cast<double>(s.visits), total / model.groups[g].tools / kDay));
    put("fab.batch_size", ratio(static_cast<double>(s.visits), static_cast<double>(s.jobs)));
  }
}

void add_windows(Collector& out, const Model& model, const Observations& o, std::size_t replication) {
  const auto put = [&](const Labels& labels, const WindowSums& s) {
    const auto closed = static_cast<double>(s.closed);
    out.add("fab.queue_time_violations", labels, replication, ratio(static_cast<double>(s.broken), closed));
    out.add("fab.queue_time_violations_1h", labels, replication, ratio(static_cast<double>(s.broken_1h), closed));
    out.add("fab.queue_time_violations_2h", labels, replication, ratio(static_cast<double>(s.broken_2h), closed));
    out.add("fab.queue_time_violations_4h", labels, replication, ratio(static_cast<double>(s.broken_4h), closed));
    out.add("fab.queue_time_excess", labels, replication, ratio(static_cast<double>(s.excess) / kHour, closed));
    out.add("fab.queue_time_slack", labels, replication, ratio(static_cast<double>(s.slack) / kHour, closed));
  };
  WindowSums all;
  for (const WindowSums& s : o.windows) {
    all.closed += s.closed;
    all.broken += s.broken;
    all.broken_1h += s.broken_1h;
    all.broken_2h += s.broken_2h;
    all.broken_4h += s.broken_4h;
    all.excess += s.excess;
    all.slack += s.slack;
  }
  if (!o.windows.empty()) put({}, all);
  for (std::size_t w = 0; w < o.windows.size(); w++) put({{"constraint", window_name(model, w)}}, o.windows[w]);
}

} // namespace

std::string window_name(const Model& model, std::size_t window) {
  const Window& w = model.windows[window];
  return model.routes[w.route].name + "/" + model.step_names[w.from] + "->" + model.step_names[w.to];
}

std::span<const experiment::KpiInfo> kpi_registry() {
  static const std::vector<KpiInfo> registry{
      {"fab.cycle_time", "d", "mean time of a lot from release to its last step, lots finished in the window",
       Better::lower},
      {"fab.cycle_time_sd", "d", "standard deviation of the cycle time between lots", Better::lower},
      {"fab.cycle_time_p5", "d", "cycle time that 5 % of the lots stay below", Better::lower},
      {"fab.cycle_time_p50", "d", "median cycle time", Better::lower},
      {"fab.cycle_time_p95", "d", "cycle time that 95 % of the lots stay below", Better::lower},
      {"fab.x_factor", "1", "mean of cycle time over raw process time (transport and expected rework included)",
       Better::lower},
      {"fab.throughput", "lots/d", "lots that leave the line per day, those in process at the start included",
       Better::higher},
      {"fab.wafers_out", "wafers/d", "wafers of these lots per day", Better::higher},
      {"fab.scrapped", "lots/d", "lots scrapped per day", Better::lower},
      {"fab.starts", "lots/d", "lots released per day", Better::neither},
      {"fab.wip", "lots", "mean number of lots in process", Better::lower},
      {"fab.wip_wafers", "wafers", "mean number of wafers in process", Better::lower},
      {"fab.on_time", "1", "share of the finished lots with a due date that keep it", Better::higher},
      {"fab.tardiness", "d", "mean delay past the due date, lots that keep it count as 0", Better::lower},
      {"fab.utilisation", "1", "setup, load, process and unload time over total time", Better::neither},
      {"fab.utilisation_available", "1",
       "setup, load, process and unload time over the time not down and not in maintenance", Better::neither},
      {"fab.availability", "1", "share of time not down and not in maintenance", Better::higher},
      {"fab.down_share", "1", "share of time down (breakdowns and stops)", Better::lower},
      {"fab.pm_share", "1", "share of time in preventive maintenance", Better::lower},
      {"fab.setup_share", "1", "share of time in setup", Better::lower},
      {"fab.load_share", "1", "share of time loading", Better::lower},
      {"fab.process_share", "1", "share of time processing", Better::neither},
      {"fab.unload_share", "1", "share of time unloading", Better::lower},
      {"fab.idle_share", "1", "share of time idle", Better::neither},
      {"fab.queue_time", "h",
       "mean time from arrival at the tool group to the start of the job, of the lots that started", Better::lower},
      {"fab.queue_time_max", "h", "longest such time", Better::lower},
      {"fab.queue_length", "lots", "mean number of lots that wait", Better::lower},
      {"fab.visits", "lots/d", "lot starts at the tool group per day", Better::neither},
      {"fab.batch_size", "lots", "mean number of lots per job", Better::neither},
      {"fab.queue_time_violations", "1",
       "share of the queue-time windows in which the lot waited longer than the limit", Better::lower},
      {"fab.queue_time_violations_1h", "1", "share of the windows overrun by more than 1 h", Better::lower},
      {"fab.queue_time_violations_2h", "1", "share of the windows overrun by more than 2 h", Better::lower},
      {"fab.queue_time_violations_4h", "1", "share of the windows overrun by more than 4 h", Better::lower},
      {"fab.queue_time_excess", "h", "mean time over the limit, windows kept count as 0", Better::lower},
      {"fab.queue_time_slack", "h", "mean time left to the limit, windows broken count as 0", Better::neither},
  };
  return registry;
}

std::vector<experiment::KpiSeries> kpis(const Model& model, std::span<const Observations> observations) {
  Collector out(observations.size());
  std::vector<std::uint32_t> all(model.flows.size());
  std::map<std::string, std::vector<std::uint32_t>> by_kind;
  for (std::uint32_t f = 0; f < model.flows.size(); f++) {
    all[f] = f;
    by_kind[model.flows[f].kind].push_back(f);
  }
  for (std::size_t r = 0; r < observations.size(); r++) {
    const Observations& o = observations[r];
    add_flows(out, model, o, r, {}, all);
    for (std::uint32_t f = 0; f < model.flows.size(); f++)
      add_flows(out, model, o, r,
                {{"product", model.products[model.flows[f].product].name}, {"kind", model.flows[f].kind}}, {f});
    if (by_kind.size() > 1 && by_kind.size() < model.flows.size())
      for (const auto& [kind, flows] : by_kind) add_flows(out, model, o, r, {{"kind", kind}}, flows);
    add_windows(out, model, o, r);
    add_groups(out, model, o, r);
  }
  return out.take();
}

} // namespace centresim::fab
