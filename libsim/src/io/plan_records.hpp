// What the records of a plan say. Private to the room.
#pragma once
#include "centresim/centre/run_points.hpp"
#include "plan_index.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace centresim::io {

inline constexpr const char* kOtherScenario =
    "is not the scenario that was planned: another release plans it otherwise, or a file that it names has changed; "
    "plan again in a new folder";

// What a result must agree in with its plan beside the scenario. `model`: the last line, that of its release.
[[nodiscard]] std::string about_text(std::int64_t seed, std::int64_t replications, const std::string& model);

// What is wrong with a stored result; empty: it is one of the point of that hash.
[[nodiscard]] std::string check_result(const experiment::Tree& tree, std::string_view hash);

} // namespace centresim::io
