// The names of the parts of a plan. Private to the room.
#pragma once

namespace centresim::io {

inline constexpr const char* kIndexFile = "plan.json";
inline constexpr const char* kPointsFolder = "points";
inline constexpr const char* kResultsFolder = "results";
inline constexpr const char* kNotRegular = "is no regular file"; // in place of a result

} // namespace centresim::io
