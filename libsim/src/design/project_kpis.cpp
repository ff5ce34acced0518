#include "kpi_collector.hpp"
#include "project_money.hpp"

namespace centresim::design {

const char* cause_name(Cause cause) {
  static constexpr const char* names[kCauses] = {"engineering",  "off_hours", "people", "machines", "cores", "licences",
                                                 "verification", "shuttle",   "fab",    "external", "rework"};
  return names[static_cast<std::size_t>(cause)];
}

namespace {

using experiment::Better;
using experiment::Labels;

constexpr double kDaysOfYear = 365;

double as_double(std::int64_t n) { return static_cast<double>(n); }

// Sums of all kinds of projects; what is by task or shuttle is left out.
ProjectSums sum(const std::vector<ProjectSums>& kinds) {
  ProjectSums all;
  for (const ProjectSums& k : kinds) {
    for (const auto at : {&ProjectSums::begun,
                          &ProjectSums::finished,
                          &ProjectSums::given_up,
                          &ProjectSums::tape_outs,
                          &ProjectSums::first_tape_outs,
                          &ProjectSums::working,
                          &ProjectSums::first_silicon,
                          &ProjectSums::first_silicon_works,
                          &ProjectSums::spins,
                          &ProjectSums::to_tape_out,
                          &ProjectSums::to_silicon,
                          &ProjectSums::to_end,
                          &ProjectSums::with_due_date,
                          &ProjectSums::on_time,
                          &ProjectSums::tries,
                          &ProjectSums::waived,
                          &ProjectSums::bugs_found,
                          &ProjectSums::bugs_left,
                          &ProjectSums::batches_skipped,
                          &ProjectSums::failed_jobs,
                          &ProjectSums::booked,
                          &ProjectSums::caught,
                          &ProjectSums::missed,
                          &ProjectSums::called_off,
                          &ProjectSums::slack})
      all.*at += k.*at;
    for (std::size_t c = 0; c < kCauses; c++) all.path[c] += k.path[c];
  }
  return all;
}

void add_sums(KpiCollector& out, const ProjectSums& p, double years, std::size_t replication, const Labels& labels) {
  const auto put = [&](std::string_view name, double value) { out.add(name, labels, replication, value); };
  const auto share = [&](std::int64_t a, std::int64_t b) { return ratio(as_double(a), as_double(b)); };
  put("design.tape_outs", ratio(as_double(p.tape_outs), years));
  put("design.working_chips", ratio(as_double(p.working), years));
  put("design.projects_begun", ratio(as_double(p.begun), years));
  put("design.projects_finished", ratio(as_double(p.finished), years));
  put("design.given_up", ratio(as_double(p.given_up), years));
  put("design.idea_to_tape_out", ratio(as_double(p.to_tape_out) / kDay, as_double(p.first_tape_outs)));
  put("design.idea_to_silicon", ratio(as_double(p.to_silicon) / kDay, as_double(p.working)));
  put("design.project_time", ratio(as_double(p.to_end) / kDay, as_double(p.finished)));
  put("design.first_silicon_success", share(p.first_silicon_works, p.first_silicon));
  put("design.spins", share(p.spins, p.working));
  put("design.ready_on_time", share(p.on_time, p.with_due_date));
  put("design.gate_tries", ratio(as_double(p.tries), years));
  put("design.gates_waived", ratio(as_double(p.waived), years));
  put("design.bugs_found", ratio(as_double(p.bugs_found), years));
  put("design.bugs_at_tape_out", share(p.bugs_left, p.tape_outs));
  put("design.batches_skipped", ratio(as_double(p.batches_skipped), years));
  put("design.shuttle_caught", share(p.caught, p.caught + p.missed));
  put("design.shuttle_slack", ratio(as_double(p.slack) / kDay, as_double(p.caught)));
  double path = 0;
  for (const core::Tick t : p.path) path += as_double(t);
  for (std::size_t c = 0; c < kCauses; c++) {
    Labels more = labels;
    more.emplace_back("cause", cause_name(static_cast<Cause>(c)));
    out.add("design.path_share", more, replication, ratio(as_double(p.path[c]), path));
  }
}

void add_team(KpiCollector& out, const TeamSums& t, double years, std::size_t replication, const Labels& labels) {
  const auto put = [&](std::string_view name, core::Tick time) {
    out.add(name, labels, replication, ratio(as_double(time), as_double(t.present)));
  };
  put("design.people_working", t.working);
  put("design.people_waiting_for_machines", t.machine);
  put("design.people_waiting_for_licences", t.licence);
  put("design.people_idle", t.idle);
  put("design.people_free", t.free);
  out.add("design.people_productivity", labels, replication, ratio(as_double(t.done), as_double(t.working)));
  out.add("design.overtime", labels, replication, ratio(as_double(t.overtime) / kHour, years));
  out.add("design.attrition", labels, replication, ratio(as_double(t.left), years));
  out.add("design.handovers", labels, replication, ratio(as_double(t.handovers), years));
}

void add_people(KpiCollector& out, const Model& model, const Observations& seen, double years, std::size_t r) {
  TeamSums all;
  for (std::size_t i = 0; i < seen.projects.teams.size(); i++) {
    const TeamSums& t = seen.projects.teams[i];
    for (const auto at :
         {&TeamSums::present, &TeamSums::working, &TeamSums::overtime, &TeamSums::licence, &TeamSums::machine,
          &TeamSums::idle, &TeamSums::free, &TeamSums::done, &TeamSums::left, &TeamSums::handovers})
      all.*at += t.*at;
    add_team(out, t, years, r, {{"team", model.projects.teams[i].name}});
  }
  add_team(out, all, years, r, {});
}

struct Costs : BillMoney { // of the engineers also what those without a project cost
  double licences = 0, compute = 0;
  [[nodiscard]] double all() const { return direct() + licences + compute; }
};

Costs costs_of(const Model& model, const Observations& seen) {
  const ProjectModel& m = model.projects;
  Costs c;
  const double years = as_double(seen.window_end - seen.window_start) / kDay / kDaysOfYear;
  for (std::size_t i = 0; i < m.teams.size(); i++) {
    const TeamSums& t = seen.projects.teams[i];
    c.people += engineer_money(m.teams[i], t.present, t.overtime);
  }
  for (const FeatureTable& f : model.features) c.licences += f.cost * as_double(f.tokens) * years;
  for (std::size_t i = 0; i < model.classes.size(); i++) {
    const NodeClassTable& k = model.classes[i];
    const double on = k.off_after == core::kNever
                          ? as_double(k.cores * k.nodes) * as_double(seen.window_end - seen.window_start)
                          : static_cast<double>(seen.class_on[i]);
    c.compute += k.cost / kHour * (k.rented ? on : static_cast<double>(seen.class_used[i]));
  }
  for (std::size_t p = 0; p < m.projects.size(); p++) {
    const BillMoney direct = money_of(m, p, seen.projects.projects[p].bill);
    c.shuttles += direct.shuttles;
    c.outside += direct.outside;
  }
  return c;
}

} // namespace

void add_project_kpis(KpiCollector& out, const Model& model, const Observations& seen, std::size_t r) {
  const ProjectModel& m = model.projects;
  const ProjectObservations& o = seen.projects;
  const double years = as_double(seen.window_end - seen.window_start) / kDay / kDaysOfYear;
  const ProjectSums all = sum(o.projects);
  add_sums(out, all, years, r, {});
  for (std::size_t p = 0; p < m.projects.size(); p++)
    add_sums(out, o.projects[p], years, r, {{"project", m.projects[p].name}});
  out.add("design.projects_in_progress", {}, r, as_double(o.in_progress));
  out.add("design.projects_stalled", {}, r, as_double(o.stalled));
  add_people(out, model, seen, years, r);
  for (std::size_t s = 0; s < m.shuttles.size(); s++)
    out.add("design.shuttle_caught", {{"shuttle", m.shuttles[s].name}}, r,
            ratio(as_double(o.shuttles[s].caught), as_double(o.shuttles[s].caught + o.shuttles[s].missed)));
  const Costs c = costs_of(model, seen);
  const auto cost = [&](const char* part, double value) {
    out.add("design.cost", *part ? Labels{{"part", part}} : Labels{}, r, ratio(value, years));
  };
  cost("", c.all());
  cost("people", c.people);
  cost("licences", c.licences);
  cost("compute", c.compute);
  cost("shuttles", c.shuttles);
  cost("outside", c.outside);
  for (std::size_t p = 0; p < m.projects.size(); p++)
    out.add("design.project_cost", {{"project", m.projects[p].name}}, r,
            ratio(money_of(m, p, o.projects[p].bill).direct(), years));
  out.add("design.cost_per_tape_out", {}, r, ratio(c.all(), as_double(all.tape_outs)));
  out.add("design.cost_per_working_chip", {}, r, ratio(c.all(), as_double(all.working)));
}

std::vector<experiment::KpiInfo> project_kpi_registry() {
  return {
      {"design.tape_outs", "1/y", "tape-outs a year, respins among them", Better::higher},
      {"design.working_chips", "1/y", "projects whose chip works, a year", Better::higher},
      {"design.projects_begun", "1/y", "projects begun, a year", Better::neither},
      {"design.projects_finished", "1/y", "projects ended, a year", Better::higher},
      {"design.given_up", "1/y", "projects given up after too many chips that did not work, a year", Better::lower},
      {"design.idea_to_tape_out", "d", "mean time from the start of a project to its first tape-out", Better::lower},
      {"design.idea_to_silicon", "d", "mean time from the start of a project to a chip that works", Better::lower},
      {"design.project_time", "d", "mean time from the start of a project to its end", Better::lower},
      {"design.first_silicon_success", "1", "share of first chips that work", Better::higher},
      {"design.spins", "1", "chips that a project makes until one works, mean", Better::lower},
      {"design.ready_on_time", "1",
       "share of projects ready for their first tape-out by their due date; overdue ones that are not ready at the end "
       "count as late",
       Better::higher},
      {"design.gate_tries", "1/y", "tries of gates, a year", Better::lower},
      {"design.gates_waived", "1/y", "gates waived after too many tries, a year", Better::lower},
      {"design.bugs_found", "1/y", "bugs found, a year", Better::neither},
      {"design.bugs_at_tape_out", "1", "bugs left at a tape-out, mean", Better::lower},
      {"design.batches_skipped", "1/y", "batches of regressions skipped because the last one still ran, a year",
       Better::lower},
      {"design.shuttle_caught", "1", "share of cut-offs with a seat at which the chip was ready", Better::higher},
      {"design.shuttle_slack", "d", "time from ready to the cut-off, mean of those caught", Better::neither},
      {"design.path_share", "1", "share of the critical path of projects that ended, by what the time went into",
       Better::neither},
      {"design.projects_in_progress", "1", "projects in progress at the end", Better::neither},
      {"design.projects_stalled", "1", "projects that wait at the end for what can never come", Better::lower},
      {"design.people_working", "1", "share of the engineers' hours spent working", Better::neither},
      {"design.people_waiting_for_machines", "1",
       "share of the engineers' hours without work while jobs of their project wait or run", Better::lower},
      {"design.people_waiting_for_licences", "1", "share of the engineers' hours spent waiting for a licence",
       Better::lower},
      {"design.people_idle", "1", "share of the engineers' hours on a project without work for them", Better::lower},
      {"design.people_free", "1", "share of the engineers' hours without a project", Better::lower},
      {"design.people_productivity", "1", "work done in an hour of work, mean", Better::higher},
      {"design.overtime", "h/y", "hours of overtime, a year", Better::lower},
      {"design.attrition", "1/y", "engineers who leave, a year", Better::lower},
      {"design.handovers", "1/y", "tasks taken over from another site, a year", Better::lower},
      {"design.cost", "money/y", "cost of people, licences, compute, shuttles and outside work, a year", Better::lower},
      {"design.project_cost", "money/y",
       "direct cost of the projects of a kind, a year: engineers while given to them, shuttles, outside work",
       Better::lower},
      {"design.cost_per_tape_out", "money", "all cost over all tape-outs; replications without one are left out",
       Better::lower},
      {"design.cost_per_working_chip", "money",
       "all cost over all projects whose chip works; replications without one are left out", Better::lower},
  };
}

} // namespace centresim::design
