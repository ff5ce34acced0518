// The people, projects and shuttles of a floor compiled for the engine: flat tables and indices in canonical order. The
// flows of a chip and its blocks are one graph.
#pragma once
#include "centresim/common/calendar.hpp"
#include "centresim/core/law.hpp"
#include "centresim/core/time.hpp"
#include "centresim/design/flow_values.hpp"
#include "centresim/design/project_values.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace centresim::design {

struct TeamTable {
  std::string name;
  std::uint32_t first = 0, engineers = 0; // numbered over all teams
  std::uint32_t calendar = 0;
  std::uint32_t site = ~std::uint32_t{0};
  std::vector<double> level; // by skill; 0: they have it not
  double cost = 0, overtime_cost = 1, presence = 1, novice = 1, remote = 1;
  core::Tick learning = 0, experience = 0, overtime = 0; // learning 0: there is none
  bool leaves = false;
  core::Law stay, replacement;
  std::uint64_t identity = 0;
};

// One way back from a gate.
struct LoopTable {
  double until = 1;                 // of the uniform number that chooses among the loops
  std::vector<std::uint32_t> again; // tasks that are done again, the gate among them
};

struct TaskTable {
  std::string name; // TASK, or BLOCK/TASK
  TaskType type = TaskType::human;
  std::vector<std::uint32_t> before, next;
  std::uint32_t skill = 0;
  core::Law effort, launch; // ticks
  double effort_scale = 1;
  std::uint32_t people = 1, session = 0; // session: list of tokens; 0: none
  core::Law jobs, run, memory, request;
  double run_scale = 1, memory_scale = 1, memory_request = 1; // memory_scale: kB
  std::int32_t cores = 1, priority = 0;
  std::uint32_t tokens = 0, kind = 0; // as jobs of the farm have them
  core::Tick every = 0;               // 0: once
  std::uint32_t until = ~std::uint32_t{0};
  double cycles = 0;
  double pass = 1, improvement = 1, after_cycles = 0, rework = 1;
  std::vector<LoopTable> loops;
  std::int32_t max_tries = 1;
  core::Law time;
  double cost = 0;
  std::uint32_t book_after = ~std::uint32_t{0};
  double expected = 0; // ticks that it takes, its loops included, by the clock on the wall
  double to_ready = 0; // from its start to where the chip is ready for the shuttle, or to the end where there is none
  std::uint32_t identity = 0;
};

struct ProjectTable {
  std::string name;
  std::vector<TaskTable> tasks;
  std::uint32_t shuttle = ~std::uint32_t{0}, silicon = ~std::uint32_t{0};
  std::vector<std::uint32_t> before_shuttle; // tasks, also those far before it
  TaskTable fix;                             // of a bug
  core::Tick start = 0;
  bool repeats = false;
  core::Law every;
  std::int64_t number = 1;
  std::int32_t priority = 0;
  core::Tick due = core::kNever; // after the start
  double area = 0;
  core::Tick booking_slack = 0;
  double bugs = 0, rate = 0, fatality = 0, introduced = 0, found_in_silicon = 0; // bugs: their mean number
  std::vector<std::uint32_t> shuttles;                                           // that it may take
  std::uint32_t account = ~std::uint32_t{0}, home = 0, owner = 0, session_kind = 0;
  std::uint64_t identity = 0;
};

struct ProviderTable {
  std::string name;
  bool fails = false;
  core::Law mttf, delay;
  ProviderLoss designs = ProviderLoss::lost;
  std::uint64_t identity = 0;
};

struct ShuttleTable {
  std::string name;
  std::uint32_t provider = ~std::uint32_t{0};
  core::Tick first = 0, every = 0, booking = 0;
  std::int64_t seats = 0;
  core::Law slip, fab_time;
  double cancel = 0, price = 0, minimum_area = 0, missed_fee = 0;
  std::uint64_t identity = 0;
};

struct ProjectModel {
  std::vector<std::string> skills;
  std::vector<common::WorkCalendar> calendars;
  std::vector<TeamTable> teams;
  std::vector<ProjectTable> projects;
  std::vector<ProviderTable> providers;
  std::vector<ShuttleTable> shuttles;
  Staffing staffing;
  std::uint32_t engineers = 0;
  std::int64_t largest_memory = 0; // kB: what no job of a project asks more than
  core::Tick horizon = 0, warmup = 0;
  [[nodiscard]] bool empty() const { return projects.empty(); }
};

} // namespace centresim::design
