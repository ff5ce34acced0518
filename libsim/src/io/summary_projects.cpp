// Projects and engineers in the summary for people.
#include "summary_text.hpp"

#include <map>
#include <utility>

namespace centresim::io {
namespace {

using experiment::Estimate;
using experiment::KpiRow;

constexpr std::size_t kWidth = 18;

// Figures by the value of a label, of rows that have no other one.
using Figures = std::map<std::string, std::map<std::string, Estimate>>;
Figures by_label(const std::vector<KpiRow>& rows, std::string_view key) {
  Figures found;
  for (const KpiRow& row : rows)
    if (const std::string* name = label(row.labels, key); name != nullptr && row.labels.size() == 1)
      found[*name][row.info.name] = row.estimate;
  return found;
}

std::string table(const Figures& figures, const std::string& title,
                  std::initializer_list<std::pair<const char*, const char*>> columns, bool shares) {
  if (figures.empty()) return {};
  std::size_t longest = std::max<std::size_t>(28, title.size());
  for (const auto& [name, kpis] : figures) longest = std::max(longest, width(name) + 1);
  std::string text = "\n" + padded(title, longest);
  for (const auto& [kpi, head] : columns) text += padded(head, kWidth, true);
  for (const auto& [name, kpis] : figures) {
    text += "\n" + padded(name, longest);
    for (const auto& [kpi, head] : columns) {
      const auto at = kpis.find(kpi);
      const Estimate e = at == kpis.end() ? Estimate{} : at->second;
      text += " " + padded(at == kpis.end() ? "-" : shares ? percent(e.mean) : with_half_width(e), kWidth - 1, true);
    }
  }
  return text + "\n";
}

// "engineering 12.0 %, ..." of the critical path, largest first.
std::string path_lines(const std::vector<KpiRow>& rows) {
  std::vector<std::pair<double, std::string>> shares;
  for (const auto& [cause, kpis] : by_label(rows, "cause"))
    if (const auto at = kpis.find("design.path_share"); at != kpis.end() && at->second.mean >= 0.0005)
      shares.emplace_back(-at->second.mean, cause);
  if (shares.empty()) return {};
  std::ranges::sort(shares);
  std::string text = "\nWhere the time of projects went:";
  for (const auto& [share, cause] : shares)
    text += (cause == shares.front().second ? " " : ", ") + cause + " " + percent(-share);
  return text + ".\n";
}

} // namespace

std::string project_lines(const std::vector<KpiRow>& rows) {
  std::string text = table(by_label(rows, "project"), "Projects (± half interval)",
                           {{"design.tape_outs", "tape-outs/y"},
                            {"design.idea_to_tape_out", "to tape-out [d]"},
                            {"design.idea_to_silicon", "to silicon [d]"},
                            {"design.first_silicon_success", "first silicon"},
                            {"design.spins", "spins"}},
                           false);
  text += path_lines(rows);
  text += table(by_label(rows, "team"), "Engineers",
                {{"design.people_working", "working"},
                 {"design.people_waiting_for_machines", "for machines"},
                 {"design.people_waiting_for_licences", "for licences"},
                 {"design.people_idle", "idle"},
                 {"design.people_free", "no project"}},
                true);
  return text + table(by_label(rows, "connection"), "Joined rooms", {{"centre.silicon_time", "silicon [d]"}}, false);
}

} // namespace centresim::io
