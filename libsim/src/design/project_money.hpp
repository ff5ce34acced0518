// What the bills of projects come to.
#pragma once
#include "centresim/design/project_model.hpp"
#include "centresim/design/project_observations.hpp"

namespace centresim::design {

struct BillMoney {
  double people = 0, shuttles = 0, outside = 0;
  [[nodiscard]] double direct() const { return people + shuttles + outside; }
};

[[nodiscard]] double engineer_money(const TeamTable& team, core::Tick present, core::Tick overtime);
// Of a project, or of all projects, of that kind.
[[nodiscard]] BillMoney money_of(const ProjectModel& model, std::size_t kind, const Bill& bill);

} // namespace centresim::design
