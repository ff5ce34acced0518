#include "plan_job.hpp"

#include "centresim/io/atomic_file.hpp"
#include "plan_index.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace centresim::io {
namespace {

constexpr std::size_t kMostTasks = 100; // arrays of Slurm end at 1001 where nobody has changed that

std::string quoted(const std::string& text) {
  std::string made = "'";
  for (const char c : text) made += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return made + "'";
}

// In a file name that Slurm fills in, % begins what is filled in.
std::string slurm_name(const std::string& path) {
  std::string made;
  for (const char c : path) made += c == '%' ? std::string("%%") : std::string(1, c);
  return made;
}

// What neither a comment of a script nor Slurm's quotes can hold.
bool can_be_named(const std::string& path) {
  return std::ranges::none_of(path, [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != 0) || c == '"' || c == '\\' || c == '\x7f';
  });
}

} // namespace

void write_job(const Plan& plan, const std::filesystem::path& folder, const std::filesystem::path& file) {
  if (!can_be_named(folder.string())) return;
  const std::size_t tasks = std::min(kMostTasks, plan.different().size());
  std::string text = fmt::format(R"(#!/bin/bash
# A part of the points in every task: sbatch THIS_FILE. What is finished is not done again; submit it again to go on.
# --of is the number of parts: change it and --array together. Times, memory and partition are yours to set.
#SBATCH --job-name=centresim
#SBATCH --array=0-{}
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output="{}/%A_%a.out"
folder={}
[ -d "$folder" ] || {{ echo "centresim: there is no $folder: after moving the plan change it here, twice" >&2; exit 3; }}
export OMP_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-1}}"
# The signal two minutes before the end of the time is for the program, and must not end it while it starts.
trap '' USR1
exec "${{CENTRESIM:-centresim}}" run "$folder" --task "$SLURM_ARRAY_TASK_ID" --of {} --no-progress
)",
                                 tasks - 1, slurm_name((folder / kLogFolder).string()), quoted(folder.string()), tasks);
  write_file(file, text);
  std::error_code ignored;
  std::filesystem::permissions(file,
                               std::filesystem::perms::owner_exec | std::filesystem::perms::group_exec |
                                   std::filesystem::perms::others_exec,
                               std::filesystem::perm_options::add, ignored);
}

} // namespace centresim::io
