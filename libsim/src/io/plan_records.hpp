// What the records of a plan say. Private to the room.
#pragma once
#include "centresim/centre/run_points.hpp"
#include "plan_index.hpp"

#include <cstdint>
#include <string>

namespace centresim::io {

inline constexpr const char* kOtherScenario =
    "is not the scenario that was planned: another release plans it otherwise, or a file that it names has changed; "
    "plan again in a new folder";

// What a result must agree in with its plan beside the scenario. `model`: the last line, that of its release.
[[nodiscard]] std::string about_text(std::int64_t seed, std::int64_t replications, const std::string& model);

inline const std::string kOfModel = "model\n", kOfInput = "input\n"; // begin the body of a failure
[[nodiscard]] std::string failure_record(const std::string& hash, const std::string& about,
                                         const centre::PointFailure& failure);
[[nodiscard]] centre::PointFailure failure_of(const std::string& body); // throws std::runtime_error

} // namespace centresim::io
