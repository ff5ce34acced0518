// The summary for people.
#include "centresim/experiment/kpi.hpp"
#include "centresim/experiment/precision.hpp"
#include "centresim/io/summary.hpp"
#include "summary_text.hpp"
#include "tree_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <span>
#include <tuple>

namespace centresim::io {
namespace {

using experiment::Estimate;
using experiment::Group;
using experiment::KpiRow;
using experiment::Labels;
using experiment::Tree;

constexpr const char* kDesignMain[] = {"design.wait",
                                       "design.wait_p50",
                                       "design.wait_p95",
                                       "design.turnaround",
                                       "design.slowdown",
                                       "design.submitted",
                                       "design.throughput",
                                       "design.utilisation",
                                       "design.memory_utilisation",
                                       "design.effective_utilisation",
                                       "design.queue_length",
                                       "design.burned",
                                       "design.licence_wait_cost"};
constexpr std::pair<const char*, const char*> kKindColumns[] = {{"design.wait", "wait [h]"},
                                                                {"design.wait_p95", "p95 [h]"},
                                                                {"design.slowdown", "slowdown"},
                                                                {"design.throughput", "jobs/d"},
                                                                {"design.on_time", "on time"}};

constexpr const char* kProjectMain[] = {"design.tape_outs",
                                        "design.working_chips",
                                        "design.idea_to_tape_out",
                                        "design.idea_to_silicon",
                                        "design.first_silicon_success",
                                        "design.spins",
                                        "design.shuttle_caught",
                                        "design.ready_on_time",
                                        "design.bugs_at_tape_out",
                                        "design.cost",
                                        "design.cost_per_tape_out",
                                        "design.cost_per_working_chip",
                                        "design.people_working",
                                        "design.projects_in_progress",
                                        "design.projects_stalled"};

constexpr const char* kMain[] = {
    "fab.cycle_time", "fab.cycle_time_sd", "fab.cycle_time_p5",        "fab.cycle_time_p95",
    "fab.x_factor",   "fab.starts",        "fab.throughput",           "fab.wafers_out",
    "fab.on_time",    "fab.wip",           "fab.queue_time_violations"};

// Side by side for each product and kind.
constexpr std::pair<const char*, const char*> kColumns[] = {{"fab.cycle_time", "cycle time [d]"},
                                                            {"fab.x_factor", "x-factor"},
                                                            {"fab.throughput", "lots/d"},
                                                            {"fab.on_time", "on time"},
                                                            {"fab.wip", "WIP [lots]"}};
constexpr std::size_t kColumnWidth = 18, kMostKinds = 12;

std::string interval(const Estimate& e) { return std::isnan(e.low) ? "-" : shown(e.low) + " .. " + shown(e.high); }

// A product stands for itself, and so does a kind beside it: "A, hot"; alone it is "kind hot".
std::string label_text(const Labels& labels) {
  std::string text;
  for (const auto& [key, value] : labels) {
    const bool plain = key == "product" || (key == "kind" && !text.empty());
    text += (text.empty() ? "" : ", ") + (plain ? value : key + " " + value);
  }
  return text.empty() ? "all" : text;
}

bool of_lots(const KpiRow& row) {
  return std::all_of(row.labels.begin(), row.labels.end(),
                     [](const auto& l) { return l.first == "product" || l.first == "kind"; });
}

std::string heading(const Tree& tree) {
  const Group* root = find_group(tree, "");
  const Group* run = find_group(tree, "run");
  const double n = number_attribute(root, "replications"), asked = number_attribute(run, "replications_asked");
  std::string text = fmt::format("{}: {:.0f} replication{}, seed {:.0f}", text_attribute(root, "scenario"), n,
                                 n == 1 ? "" : "s", number_attribute(root, "seed"));
  if (number_attribute(run, "interrupted") == 1)
    text += fmt::format(" (interrupted; {:.0f} were asked for)", asked);
  else if (find_attribute<std::int64_t>(run, "precise") != nullptr && number_attribute(run, "precise") == 0)
    text += "; that is all that were allowed, and not yet as precise as asked";
  if (n == 1) text += "; one replication has no interval";
  return text + "\n\n";
}

std::string line_of(const std::string& name, const std::string& mean, const std::string& range,
                    const std::string& unit) {
  return padded(name, 32) + padded(mean, 10, true) + "   " + padded(range, 20) + "  " + unit + "\n";
}

// Every KPI with its interval, block by block of equal labels.
std::string all_lines(const std::vector<KpiRow>& rows) {
  std::string text = line_of("KPI", "mean", "95 % interval", "unit");
  const Labels* block = nullptr;
  for (const KpiRow& row : rows) {
    if (block == nullptr || row.labels != *block) text += "\n" + label_text(row.labels) + "\n";
    block = &row.labels;
    text += line_of("  " + row.info.name, shown(row.estimate.mean), interval(row.estimate), row.info.unit);
  }
  return text;
}

bool is_main(const std::string& name) {
  return std::ranges::find(kMain, name) != std::end(kMain) ||
         std::ranges::find(kDesignMain, name) != std::end(kDesignMain) ||
         std::ranges::find(kProjectMain, name) != std::end(kProjectMain);
}

std::string main_lines(const std::vector<KpiRow>& rows) {
  std::string text = line_of("KPI", "mean", "95 % interval", "unit");
  for (const KpiRow& row : rows) // the farm has figures that need not be there: costs, memory
    if (row.labels.empty() && is_main(row.info.name) &&
        (row.info.name.starts_with("fab.") || !std::isnan(row.estimate.mean)))
      text += line_of(row.info.name, shown(row.estimate.mean), interval(row.estimate), row.info.unit);
  return text;
}

// One line for each product and kind of lot, or kind of job, the KPIs side by side.
std::string flow_lines(const std::vector<KpiRow>& rows, std::string_view room,
                       std::span<const std::pair<const char*, const char*>> columns) {
  std::vector<Labels> flows; // kinds over all products first, then in order of appearance
  std::map<std::pair<std::string, Labels>, const KpiRow*> found;
  for (const bool over_products : {true, false})
    for (const KpiRow& row : rows) {
      if (!row.info.name.starts_with(room) || row.labels.empty() || !of_lots(row) ||
          (row.labels.size() == 1) != over_products)
        continue;
      found[{row.info.name, row.labels}] = &row;
      if (std::find(flows.begin(), flows.end(), row.labels) == flows.end()) flows.push_back(row.labels);
    }
  if (flows.size() < 2) return {}; // one flow says nothing that all lots together do not
  std::size_t left_out = 0;
  if (room == "design." && flows.size() > kMostKinds) { // those that wait most, all their jobs together
    const auto waits = [&](const Labels& flow) {
      const auto at = [&](const char* kpi) {
        const auto row = found.find({kpi, flow});
        return row == found.end() || std::isnan(row->second->estimate.mean) ? 0 : row->second->estimate.mean;
      };
      return at("design.wait") * at("design.throughput");
    };
    std::ranges::sort(
        flows, [&](const Labels& a, const Labels& b) { return std::pair(-waits(a), a) < std::pair(-waits(b), b); });
    left_out = flows.size() - kMostKinds;
    flows.resize(kMostKinds);
  }
  std::size_t longest = 10;
  for (const Labels& flow : flows) longest = std::max(longest, width(label_text(flow)));
  std::string text = "\n" + padded("mean ± half of the interval", longest);
  for (const auto& [kpi, title] : columns) text += padded(title, kColumnWidth, true);
  for (const Labels& flow : flows) {
    text += "\n" + padded(label_text(flow), longest);
    for (const auto& [kpi, title] : columns) {
      const auto row = found.find({kpi, flow});
      text += " " + padded(row == found.end() ? "-" : with_half_width(row->second->estimate), kColumnWidth - 1, true);
    }
  }
  if (left_out > 0) text += fmt::format("\n(and {} kinds that wait less: --all)", left_out);
  return text + "\n";
}

// The figures of the tool groups, by group and KPI.
struct ToolGroups {
  std::vector<std::string> names; // busiest first
  std::map<std::string, std::map<std::string, Estimate>> figures;

  [[nodiscard]] Estimate at(const std::string& group, const std::string& kpi) const {
    const auto found = figures.at(group).find(kpi);
    return found == figures.at(group).end() ? Estimate{} : found->second;
  }
  [[nodiscard]] double busy(const std::string& group) const { return at(group, "fab.utilisation_available").mean; }
  [[nodiscard]] std::string percent(const std::string& group, const char* kpi) const {
    return io::percent(at(group, kpi).mean);
  }
};

ToolGroups tool_groups(const std::vector<KpiRow>& rows) {
  ToolGroups groups;
  for (const KpiRow& row : rows) {
    const std::string* name = row.labels.size() == 1 ? label(row.labels, "tool_group") : nullptr;
    if (name != nullptr) groups.figures[*name][row.info.name] = row.estimate;
  }
  for (const auto& [name, figures] : groups.figures)
    if (!std::isnan(groups.busy(name))) groups.names.push_back(name);
  std::sort(groups.names.begin(), groups.names.end(), [&](const std::string& a, const std::string& b) {
    return std::pair(-groups.busy(a), a) < std::pair(-groups.busy(b), b);
  });
  return groups;
}

std::string busiest_lines(const ToolGroups& groups) {
  std::string text = "\n" + padded("Busiest tool groups", 28) + padded("busy of available", 19, true);
  for (const char* title : {"busy", "(setup)", "down", "PM"}) text += padded(title, 9, true);
  text += padded("available", 11, true) + padded("queue [h]", 11, true) + "\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(3, groups.names.size()); ++i) {
    const std::string& name = groups.names[i];
    text += padded(name, 28) + padded(groups.percent(name, "fab.utilisation_available"), 19, true);
    text += padded(groups.percent(name, "fab.utilisation"), 9, true);
    text += padded("(" + groups.percent(name, "fab.setup_share") + ")", 9, true);
    for (const char* kpi : {"fab.down_share", "fab.pm_share"}) text += padded(groups.percent(name, kpi), 9, true);
    text += padded(groups.percent(name, "fab.availability"), 11, true);
    text += padded(shown(groups.at(name, "fab.queue_time").mean), 11, true) + "\n";
  }
  return text;
}

// The group with the most waiting, and its share of all waiting.
std::optional<std::pair<std::string, double>> longest_queue(const ToolGroups& groups) {
  double all = 0, most = 0;
  std::string name;
  for (const auto& [group, figures] : groups.figures) {
    const double length = groups.at(group, "fab.queue_length").mean;
    if (!(length > 0)) continue;
    all += length;
    if (length > most) {
      most = length;
      name = group;
    }
  }
  if (name.empty()) return std::nullopt;
  return std::pair{name, most / all};
}

// The busiest group limits the line; where the second is as busy within the intervals, both are named.
std::string limit_lines(const ToolGroups& groups) {
  const std::string& first = groups.names[0];
  std::string who = first;
  if (groups.names.size() > 1) {
    const Estimate a = groups.at(first, "fab.utilisation_available"),
                   b = groups.at(groups.names[1], "fab.utilisation_available");
    if (!std::isnan(a.low) && a.low <= b.high) who += " or " + groups.names[1];
  }
  std::string text = fmt::format("\nWhat limits the line: {}, busy {} of its available time", who,
                                 groups.percent(first, "fab.utilisation_available"));
  text += fmt::format(" (down {}, maintenance {} of all time).\n", groups.percent(first, "fab.down_share"),
                      groups.percent(first, "fab.pm_share"));
  if (const auto queue = longest_queue(groups))
    text += fmt::format("Most waiting: {}, {:.0f} % of all queue time; a visit waits {} h.\n", queue->first,
                        100 * queue->second, shown(groups.at(queue->first, "fab.queue_time").mean));
  return text;
}

// Licence features, those with the least free first.
std::string feature_lines(const std::vector<KpiRow>& rows) {
  std::map<std::string, std::map<std::string, double>> features;
  for (const KpiRow& row : rows)
    if (const std::string* name = label(row.labels, "feature"); name != nullptr)
      features[*name][row.info.name] = row.estimate.mean;
  if (features.empty()) return {};
  std::vector<std::string> names;
  for (const auto& [name, figures] : features) names.push_back(name);
  const auto figure = [&](const std::string& name, const char* kpi) {
    const auto found = features[name].find(kpi);
    return found == features[name].end() ? std::nan("") : found->second;
  };
  std::ranges::sort(names, [&](const std::string& a, const std::string& b) {
    const auto rank = [&](const std::string& n) {
      return std::tuple(-figure(n, "design.licence_exhausted"), -figure(n, "design.licence_utilisation"), n);
    };
    return rank(a) < rank(b);
  });
  std::string text = "\n" + padded("Licence features", 28);
  for (const char* title : {"used", "p95", "exhausted", "jobs waiting", "denials/d"}) text += padded(title, 14, true);
  for (std::size_t i = 0; i < std::min<std::size_t>(8, names.size()); ++i) {
    const std::string& n = names[i];
    text += "\n" + padded(n, 28);
    for (const char* kpi : {"design.licence_utilisation", "design.licence_utilisation_p95", "design.licence_exhausted"})
      text += padded(percent(figure(n, kpi)), 14, true);
    for (const char* kpi : {"design.licence_waiting", "design.denials"})
      text += padded(shown(figure(n, kpi)), 14, true);
  }
  return text + "\n";
}

const KpiRow* of_all_lots(const std::vector<KpiRow>& rows, std::string_view name) {
  const auto found =
      std::ranges::find_if(rows, [&](const KpiRow& row) { return row.labels.empty() && row.info.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

// A line that takes in more than it puts out has no steady state to take means of.
std::string growth_lines(const std::vector<KpiRow>& rows) {
  // Jobs that end otherwise do not wait either.
  const KpiRow* completing = of_all_lots(rows, "design.completed_share");
  const double share = completing == nullptr || std::isnan(completing->estimate.mean) ? 1 : completing->estimate.mean;
  if (const KpiRow *in = of_all_lots(rows, "design.submitted"), *done = of_all_lots(rows, "design.throughput");
      in != nullptr && done != nullptr && share * in->estimate.low > 1.05 * done->estimate.high)
    return fmt::format("\nThe queue grows: {} jobs a day are submitted, {} complete. The means above depend on the "
                       "horizon.\n",
                       shown(in->estimate.mean), shown(done->estimate.mean));
  const KpiRow *starts = of_all_lots(rows, "fab.starts"), *out = of_all_lots(rows, "fab.throughput");
  if (starts == nullptr || out == nullptr || !(starts->estimate.low > out->estimate.high)) return {};
  return fmt::format("\nWork in process grows: {} lots a day start, {} leave. The means above depend on the horizon.\n",
                     shown(starts->estimate.mean), shown(out->estimate.mean));
}

// Jobs that end without having done their work, where they are many.
std::string lost_job_lines(const std::vector<KpiRow>& rows) {
  std::string text;
  for (const auto& [name, what] : {std::pair("design.rejected_share", "can run nowhere (rejected)"),
                                   std::pair("design.walltime_share", "are killed at their requested run time"),
                                   std::pair("design.failed_share", "fail for want of memory")})
    if (const KpiRow* row = of_all_lots(rows, name); row != nullptr && row->estimate.mean >= 0.005)
      text += fmt::format("{:.1f} % of the jobs {}.\n", 100 * row->estimate.mean, what);
  return text.empty() ? text : "\n" + text;
}

// How many replications more the leading figures take whose interval is wide.
std::string precision_lines(const std::vector<KpiRow>& rows) {
  constexpr experiment::Precision kWanted{0.02, experiment::Scale::relative};
  std::string text;
  for (const char* name :
       {"fab.cycle_time", "fab.throughput", "design.wait", "design.tape_outs", "design.idea_to_silicon"}) {
    const KpiRow* row = of_all_lots(rows, name);
    if (row == nullptr || row->estimate.n < 2) continue;
    const experiment::ReplicationsNeeded needed = experiment::replications_needed(row->estimate, kWanted);
    if (needed.more > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, needed.more);
  }
  return text.empty() ? text : "\nReplications more for an interval of ±2 %: " + text + ".\n";
}

std::string basis_lines(const std::vector<KpiRow>& rows) {
  const KpiRow* row = of_all_lots(rows, "fab.cycle_time");
  if (row == nullptr) row = of_all_lots(rows, "design.wait");
  if (row == nullptr || std::isnan(row->estimate_share)) return {};
  return fmt::format("{:.0f} % of the inputs behind these figures are estimates, as their provenance says.\n",
                     100 * row->estimate_share);
}

} // namespace

std::string summary_table(const Tree& tree, bool every_row) {
  const Group* root = find_group(tree, "");
  if (root == nullptr) throw std::runtime_error("not a result of centresim: it has no root group");
  const std::vector<KpiRow> rows = experiment::read_kpis(*root);
  std::string text = heading(tree) + (every_row ? all_lines(rows)
                                                : main_lines(rows) + flow_lines(rows, "fab.", kColumns) +
                                                      flow_lines(rows, "design.", kKindColumns));
  const ToolGroups groups = tool_groups(rows);
  if (!groups.names.empty()) text += busiest_lines(groups) + limit_lines(groups);
  return text + project_lines(rows) + feature_lines(rows) + growth_lines(rows) + precision_lines(rows) +
         lost_job_lines(rows) + basis_lines(rows);
}

} // namespace centresim::io
