// The names of the parts of a plan. Private to the room.
#pragma once

namespace centresim::io {

inline constexpr const char* kIndexFile = "plan.json";
inline constexpr const char* kBaseFolder = "base";
inline constexpr const char* kResultsFolder = "results";
inline constexpr const char* kLogFolder = "log"; // of what Slurm catches
inline constexpr const char* kJobFile = "job.sh";

} // namespace centresim::io
