// What one replication observed of the people, projects and shuttles of a floor: integers only.
#pragma once
#include "centresim/core/time.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace centresim::design {

// What a stretch of the way from idea to silicon went into.
enum class Cause : std::uint8_t {
  engineering,  // engineers at work
  off_hours,    // nights, weekends, holidays of work that was begun or ready
  people,       // ready, and no engineer for it
  machines,     // jobs running
  cores,        // jobs waiting for cores
  licences,     // jobs or engineers waiting for a licence
  verification, // waiting for bugs to be found, or for regression cycles
  shuttle,      // from ready to the cut-off
  fab,          // from the cut-off to dies in hand
  external,     // packaging, shipping, ...
  rework,       // anything done again after a gate
};
inline constexpr std::size_t kCauses = 11;
[[nodiscard]] const char* cause_name(Cause cause);

// One execution of a task of one project; releases chain back to the start of the project.
struct TaskRun {
  std::uint32_t task = 0; // number of tasks of the flow: a bug
  std::uint32_t by = ~std::uint32_t{0};
  std::int32_t again = 0; // how many times it had been done before
  core::Tick released = 0, ended = -1;
  std::array<core::Tick, kCauses> spent{};
  bool operator==(const TaskRun&) const = default;
};

// What one project, or all of a kind, are paid for within the window: each project keeps its own.
struct Bill {
  std::vector<core::Tick> engineers, overtime; // given to it, by team; overtime: of that, after the day
  std::vector<std::int64_t> task_ends;         // by task
  std::vector<std::int64_t> seats, fees;       // by shuttle: used, missed
  bool operator==(const Bill&) const = default;
};

// Sums over what happened within the window to projects of one kind.
struct ProjectSums {
  std::int64_t begun = 0, finished = 0, given_up = 0;
  std::int64_t tape_outs = 0, first_tape_outs = 0, working = 0;       // working: projects with a chip that works
  std::int64_t first_silicon = 0, first_silicon_works = 0, spins = 0; // spins: chips of projects that work
  core::Tick to_tape_out = 0, to_silicon = 0;                         // from the start; to the first tape-out
  core::Tick to_end = 0;
  std::int64_t with_due_date = 0, on_time = 0;
  std::int64_t tries = 0, waived = 0;         // of gates
  std::int64_t bugs_found = 0, bugs_left = 0; // left: at tape-outs
  std::int64_t batches_skipped = 0, failed_jobs = 0;
  std::int64_t booked = 0, caught = 0, missed = 0, called_off = 0;
  core::Tick slack = 0;                     // of those caught: ready before the cut-off
  std::array<core::Tick, kCauses> path{};   // of projects that finished: from their start to their end
  std::array<core::Tick, kCauses> redone{}; // what its part `rework` went into
  Bill bill;
  bool operator==(const ProjectSums&) const = default;
};

// Engineer-ticks within the window.
struct TeamSums {
  core::Tick present = 0, working = 0, overtime = 0;
  core::Tick licence = 0; // waiting for one
  core::Tick machine = 0; // idle while the project's jobs wait or run
  core::Tick idle = 0;    // otherwise without work on their project
  core::Tick free = 0;    // without a project
  core::Tick done = 0;    // working, as ticks of an engineer of productivity 1
  std::int64_t left = 0, joined = 0, handovers = 0;
  bool operator==(const TeamSums&) const = default;
};

struct ShuttleSums {
  std::int64_t runs = 0, booked = 0, caught = 0, missed = 0, called_off = 0;
  bool operator==(const ShuttleSums&) const = default;
};

// For a Gantt chart, the way back from the end, and what it cost.
struct ProjectTrace {
  std::uint32_t table = 0, number = 0;
  core::Tick started = 0, taped_out = -1, ended = -1; // taped_out: the first time
  std::int32_t tape_outs = 0;
  bool works = false; // a chip came back that does
  Bill bill;
  std::vector<TaskRun> runs;
  std::vector<std::uint32_t> path; // runs on the critical path, from the start
  bool operator==(const ProjectTrace&) const = default;
};

struct ProjectObservations {
  std::int64_t in_progress = 0, stalled = 0; // at the end; stalled: of these, that nothing can ever move
  std::vector<ProjectSums> projects;
  std::vector<TeamSums> teams;
  std::vector<ShuttleSums> shuttles;
  std::vector<ProjectTrace> traces; // where asked for
  bool operator==(const ProjectObservations&) const = default;
};

} // namespace centresim::design
