// What random numbers are drawn for: the one registry. A number, once given, never changes its meaning.
#pragma once
#include <cstdint>

namespace centresim::core {

enum class Purpose : std::uint32_t {
  release = 1,
  lot_size,
  process,
  setup,
  transport,
  sampling,
  rework,
  time_to_failure,
  time_to_repair,
  maintenance,
  first_failure,
  licence_think,
  licence_hold,
  job_arrival,
  job_count,
  job_run,
  job_cores,
  job_memory,
  job_memory_request,
  job_request,
  job_user,
  hold,
  project_start,
  task_effort,
  task_launch,
  task_jobs,
  task_run,
  task_memory,
  task_request,
  task_time,
  gate,
  bug_count,
  bug_found,
  bug_fatal,
  bug_introduced,
  bug_in_silicon,
  shuttle_slip,
  shuttle_cancel,
  shuttle_fab,
  provider_failure,
  provider_delay,
  engineer_stay,
  engineer_replacement,
  connection_delay,
  // Of methods that plan experiments and look at their results:
  screening_design = 1000,
  bootstrap,
  test = 0x7fffffff, // of tests and benchmarks
};

} // namespace centresim::core
