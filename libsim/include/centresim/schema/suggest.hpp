// "did you mean ...": the nearest of the names that exist.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace centresim::schema {

// The candidate that needs the fewest typing errors, or an empty text if none is near. First one wins a tie.
[[nodiscard]] std::string nearest_name(std::string_view name, const std::vector<std::string_view>& candidates);
// "; did you mean 'litho'?" or an empty text.
[[nodiscard]] std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates);

} // namespace centresim::schema
