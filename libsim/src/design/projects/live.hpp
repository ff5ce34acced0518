// Engineers, projects and tasks while they are simulated.
#pragma once
#include "centresim/core/law.hpp"
#include "centresim/design/project_model.hpp"
#include "centresim/design/project_observations.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <deque>
#include <tuple>
#include <utility>
#include <vector>

namespace centresim::design {

using core::Tick;

inline constexpr std::uint32_t kNobody = ~std::uint32_t{0};
// Work is counted in ticks of an engineer of productivity 1, times this: exact in 64 bits up to 270 years.
inline constexpr std::int64_t kWorkUnit = std::int64_t{1} << 20;

enum class Doing : std::uint8_t { away, free, idle, waiting_for_licence, working };

struct Engineer {
  std::uint32_t team = 0;
  Doing doing = Doing::away;
  bool gone = false;     // left, and not replaced yet
  bool overtime = false; // the day is over, the work goes on
  std::uint32_t project = kNobody, last_project = kNobody, task = kNobody;
  std::int64_t rate = 0;                                       // of the work at hand
  Tick since = 0;                                              // of what it is doing
  Tick joined = 0;                                             // learning counts from here; may lie before time 0
  std::int64_t session = -1;                                   // tag of the job that holds its licence
  std::uint32_t stays = 0;                                     // engineers who have had this place
  std::uint64_t half_days = 0;                                 // of the calendar, for presence
  std::vector<std::pair<std::uint32_t, std::uint64_t>> recent; // projects, and the half-day of the last work for each
};

enum class TaskState : std::uint8_t { waiting, ready, machines, outside, done };

struct LiveTask {
  TaskState state = TaskState::waiting;
  bool launching = false; // mixed: the engineer's work before the jobs
  std::uint32_t run = kNobody;
  std::int32_t again = 0, tries = 0;
  double factor = 1;
  std::int64_t work = 0, rate = 0; // what is left; what all who work at it do in a tick
  Tick settled = 0;
  std::uint32_t hands = 0, active = 0;               // engineers at it; of them working
  std::vector<std::pair<std::uint32_t, Tick>> sites; // where it was worked at, and when somebody there last stopped
  Tick worked = 0, licence = 0;                      // some engineer working; else some waiting for a licence
  std::uint32_t jobs = 0;                            // of the farm, not ended
  std::uint32_t batch = 0;
  std::array<Tick, kCauses> machine{}; // of the job that ended last
  Tick submitted = 0, on_machines = 0; // mixed: when its jobs were, and how long they took
  std::uint64_t number = 0;            // of a bug
  Tick due = -1;                       // scheduled event of what is outside or worked at; -1: none
};

struct Bug {
  double found_at = 0; // regression cycles of the project
  std::uint64_t number = 0;
  bool fatal = false;
};

struct LiveProject {
  std::uint32_t id = 0, table = 0;
  std::int64_t number = 0;
  std::uint64_t identity = 0;
  Tick started = 0, ended = -1;
  std::deque<LiveTask> tasks; // of the flow, then bugs that are mended: they stay where they are
  std::vector<TaskRun> runs;
  std::vector<std::uint32_t> ready; // human tasks, by release
  std::vector<std::uint32_t> crew;  // engineers given to it
  std::vector<std::uint32_t> gates; // that wait for regression cycles
  std::uint32_t machines = 0;       // tasks with jobs on the farm
  std::size_t left = 0;             // tasks of the flow that are not done
  // bugs
  std::vector<Bug> bugs; // latent, the next to be found last
  std::uint64_t bugs_made = 0;
  double cycles = 0;
  std::uint32_t open_bugs = 0;
  bool chip_fails = false; // the one that was taped out last
  // shuttle
  std::uint32_t shuttle = kNobody;
  std::int64_t shuttle_run = -1;
  Tick ready_since = -1, taped_out = -1; // taped_out: the first time
  Tick left_at = 0;                      // the last time
  std::uint32_t carrier = kNobody;       // the shuttle that it left by
  std::int32_t spin = 0, tape_outs = 0;
  bool stalled = false, due_counted = false;
  bool works = false; // a chip came back that does
  Bill bill;
  std::vector<std::uint32_t> path; // at its end: runs from the start on
};

// What pends, in canonical order: nothing depends on the order of insertion.
enum EventKind : std::uint8_t {
  kWorkDone,
  kOutsideDone,
  kEngineerLeaves,
  kProviderFails,
  kHalfDayEnds,
  kOvertimeEnds,
  kNewcomer,
  kHalfDayBegins,
  kCutOff,
  kProjectBegins,
  kAgain,
};
struct ProjectEvent {
  Tick at = 0;
  EventKind kind = kWorkDone; // in the order of one tick
  std::uint32_t a = 0;
  std::int64_t b = 0;
  auto operator<=>(const ProjectEvent&) const = default;
};

// Time of work or of a run that a law gives, done again with less of it.
inline Tick scaled(const core::Law& law, double u, double scale) {
  const double ticks = law.value(u) * scale;
  return core::detail::round_to_tick(ticks);
}

} // namespace centresim::design
