// Small floors of people and projects for the tests of the engine, and their runs.
#pragma once
#include "support.hpp"

#include <map>
#include <set>

namespace centresim::design::test {

inline constexpr Tick kHourTicks = core::kTicksPerHour, kDayTicks = core::kTicksPerDay;

inline Duration hours(double h) { return {std::llround(h * static_cast<double>(kHourTicks))}; }
inline Duration days(double d) { return {std::llround(d * static_cast<double>(kDayTicks))}; }
inline Distribution hours_law(double h) { return fixed(h * 3600); }

inline common::Calendar always(std::string name = "always") {
  common::Calendar c;
  c.name = std::move(name);
  c.workdays = {common::Weekday::mon, common::Weekday::tue, common::Weekday::wed, common::Weekday::thu,
                common::Weekday::fri, common::Weekday::sat, common::Weekday::sun};
  c.half_days = {hours(0), hours(12)};
  c.length = hours(12);
  return c;
}
// 8 to 12 and 13 to 17, Monday to Friday.
inline common::Calendar office(std::string name = "office") {
  common::Calendar c;
  c.name = std::move(name);
  return c;
}

inline Team team(std::string name, std::int64_t engineers, std::vector<std::string> skills,
                 std::string calendar = "always") {
  Team t;
  t.name = std::move(name);
  t.engineers = engineers;
  for (std::string& s : skills) t.skills.push_back({std::move(s), 1});
  t.calendar = std::move(calendar);
  return t;
}

inline Task task(std::string name, TaskType type, std::vector<std::string> after = {}) {
  Task t;
  t.name = std::move(name);
  t.type = type;
  t.after = std::move(after);
  return t;
}
inline Task human(std::string name, double h, std::vector<std::string> after = {}, std::string skill = "rtl") {
  Task t = task(std::move(name), TaskType::human, std::move(after));
  t.skill = std::move(skill);
  t.effort = hours_law(h);
  return t;
}
inline Task compute(std::string name, double h, std::vector<std::string> after = {}, double jobs = 1) {
  Task t = task(std::move(name), TaskType::compute, std::move(after));
  t.run = hours_law(h);
  t.jobs = number(jobs);
  return t;
}
inline Task outside(std::string name, Distribution time, std::vector<std::string> after = {}) {
  Task t = task(std::move(name), TaskType::external, std::move(after));
  t.time = std::move(time);
  return t;
}
inline Task gate(std::string name, double pass, std::vector<std::string> after, std::string to) {
  Task t = task(std::move(name), TaskType::gate, std::move(after));
  t.pass = pass;
  t.returns = {{std::move(to), 1}};
  t.max_tries = 1000;
  return t;
}

// One kind of project with one flow; enough engineers who are always there.
inline Floor projects(std::vector<Task> tasks, std::int64_t engineers = 100) {
  Floor f;
  f.calendars = {always()};
  f.teams = {team("team", engineers, {"rtl"})};
  f.staffing.at_once = true;
  f.flows = {{"chip", std::move(tasks)}};
  Project p;
  p.name = "p";
  p.flow = "chip";
  f.projects = {p};
  return f;
}
inline Shuttle shuttle(std::string name, double first_days, double every_days) {
  Shuttle s;
  s.name = std::move(name);
  s.first = days(first_days);
  s.every = days(every_days);
  return s;
}

inline Span horizon(double d) {
  Span s;
  s.horizon = days(d).ticks;
  s.start_day = 20822; // 2027-01-04, a Monday
  return s;
}

class Free final : public core::Pulse {
 public:
  bool beat(double) override { return true; }
};

inline Observations run_floor(const Floor& floor, const Span& span, std::uint64_t replication = 0) {
  schema::Errors errors;
  check(floor, "design", errors);
  errors.throw_if_any();
  const Model model = compile(floor, span);
  FloorOptions options;
  options.trace_projects = true;
  FloorEngine engine(model, 1, replication, options);
  Free pulse;
  REQUIRE(engine.run(pulse));
  return engine.finish(span.horizon);
}

// When the runs of a task of the first project ended, in hours.
inline std::vector<double> ends(const Observations& o, std::uint32_t task, std::size_t project = 0) {
  std::vector<double> found;
  for (const TaskRun& r : o.projects.traces.at(project).runs)
    if (r.task == task) found.push_back(static_cast<double>(r.ended) / static_cast<double>(kHourTicks));
  return found;
}
inline double ended_after(const Observations& o, std::size_t project = 0) { // hours from its start
  const ProjectTrace& t = o.projects.traces.at(project);
  REQUIRE(t.ended >= 0);
  return static_cast<double>(t.ended - t.started) / static_cast<double>(kHourTicks);
}

// Mean and standard error of something observed many times.
struct Sample {
  double n = 0, sum = 0, squares = 0;
  void add(double x) { n++, sum += x, squares += x * x; }
  [[nodiscard]] double mean() const { return sum / n; }
  [[nodiscard]] double variance() const { return (squares - sum * sum / n) / (n - 1); }
  [[nodiscard]] double z(double expected) const { return (mean() - expected) / std::sqrt(variance() / n); }
};

} // namespace centresim::design::test
