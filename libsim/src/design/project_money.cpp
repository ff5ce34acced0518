#include "project_money.hpp"

#include <algorithm>

namespace centresim::design {
namespace {

double as_double(std::int64_t n) { return static_cast<double>(n); }

} // namespace

double engineer_money(const TeamTable& team, core::Tick present, core::Tick overtime) {
  return team.cost / as_double(core::kTicksPerHour) *
         (as_double(present - overtime) + team.overtime_cost * as_double(overtime));
}

BillMoney money_of(const ProjectModel& model, std::size_t kind, const Bill& bill) {
  const ProjectTable& project = model.projects[kind];
  BillMoney money;
  for (std::size_t t = 0; t < model.teams.size(); t++)
    money.people += engineer_money(model.teams[t], bill.engineers[t], bill.overtime[t]);
  for (std::size_t s = 0; s < model.shuttles.size(); s++) {
    const ShuttleTable& k = model.shuttles[s];
    const double seat = k.price * std::max(project.area, k.minimum_area);
    money.shuttles += seat * (as_double(bill.seats[s]) + k.missed_fee * as_double(bill.fees[s]));
  }
  for (std::size_t t = 0; t < project.tasks.size(); t++)
    money.outside += project.tasks[t].cost * as_double(bill.task_ends[t]);
  return money;
}

} // namespace centresim::design
