// What a user says about the people of a design floor and the flows they work by. Plain values; described in
// design/describe_flows.hpp.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/design/token_use.hpp"
#include "centresim/schema/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace centresim::design {

using common::Distribution;
using schema::Duration;

enum class TaskType { human, compute, mixed, gate, external, blocks, shuttle, silicon };
enum class Threads { fixed, min_finish, efficiency, token_cost };

// What the engineers of a team can do, and how fast.
struct Skill {
  std::string name;
  double level = 1;
  bool operator==(const Skill&) const = default;
};

// Engineers of one place with the same skills and hours.
struct Team {
  std::string name;
  std::int64_t engineers = 1;
  std::vector<Skill> skills;
  std::string calendar;
  std::string site;                 // of the farm; hand-overs count between sites
  double cost = 0;                  // per engineer and hour of presence
  double presence = 1;              // share of the half-days (FTE)
  std::optional<Duration> learning; // time constant; none: newcomers are as good as all others
  double novice = 0.4;              // productivity of a newcomer, of what it becomes
  Duration experience;              // of the engineers at the start
  std::optional<Distribution> stay; // until an engineer leaves
  Distribution replacement;         // until a newcomer takes the place
  Duration overtime;                // after the last half-day of a day, for projects that are late
  double overtime_cost = 1.5;       // times the cost of an hour
  Duration round_trip;              // to the machines whose desktops they work on
  bool operator==(const Team&) const = default;
};

// How engineers are given to projects.
struct Staffing {
  bool at_once = false;      // who is free takes up work in the middle of a half-day, whichever project it is of
  double switching_loss = 0; // for every further project within five days
  double least_productivity = 0.2;
  Duration handover;             // work to take over a task from another site
  Duration round_trip_half{150}; // round trip at which work on a remote desktop takes twice as long
  bool operator==(const Staffing&) const = default;
};

// Law of the run time and memory of a tool on a design of so many cells, by number of threads.
struct Stage {
  std::string name;
  Duration run; // median at 100,000 cells on the threads of reference
  double run_exponent = 1, run_spread = 0;
  double memory = 0; // GB: median at 100,000 cells
  double memory_exponent = 1, memory_spread = 0;
  double serial = 1, parallel = 0, overhead = 0; // g(n) = serial + parallel / n + overhead n
  std::int64_t reference_threads = 1;
  bool operator==(const Stage&) const = default;
};

// Where work goes back to.
struct Return {
  std::string to;
  double weight = 1;
  bool operator==(const Return&) const = default;
};

struct Task {
  std::string name;
  TaskType type = TaskType::human;
  std::vector<std::string> after;
  // people
  std::string skill;
  Distribution effort;           // engineer-hours at 100,000 cells
  double effort_exponent = 0;    // of the size
  std::int64_t people = 1;       // at the same time
  Distribution launch;           // mixed: before the machine runs
  std::vector<TokenUse> session; // held while an engineer works at it
  // machines
  std::string stage;
  std::optional<Distribution> run; // in place of a stage
  Distribution jobs = Distribution::constant(1);
  std::int64_t threads = 1;
  Threads choose = Threads::fixed;
  double efficiency = 0.7;                         // choose = efficiency
  Distribution memory = Distribution::constant(0); // GB, in place of the stage's
  double memory_request = 1;
  Distribution request = Distribution::constant(1); // times the run time
  std::vector<TokenUse> tokens;
  std::int64_t priority = 0;     // added to the project's
  std::optional<Duration> every; // again and again until another task is done
  std::string until;
  double cycles = 0; // regression cycles of a job
  // gates
  double pass = 1, improvement = 1; // p_i = 1 - (1 - pass) improvement^i
  double after_cycles = 0;          // not before the project has run so many regression cycles
  std::vector<Return> returns;
  double rework = 1; // effort of what is done again
  std::int64_t max_tries = 20;
  // elsewhere
  Distribution time;      // external
  double cost = 0;        // of every time it is done
  std::string book_after; // shuttle: the task with whose end a seat is booked; none: when all is ready
  bool operator==(const Task&) const = default;
};

struct Flow {
  std::string name;
  std::vector<Task> tasks;
  bool operator==(const Flow&) const = default;
};

} // namespace centresim::design
