// Trees of labelled arrays as bytes, for what is neither a file of its own nor read by others: results on their way
// from a worker, and in the record files of plans. Private to the room.
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <string>
#include <string_view>

namespace centresim::io {

[[nodiscard]] std::string tree_to_bytes(const experiment::Tree& tree);
// Throws std::runtime_error for anything that tree_to_bytes did not write.
[[nodiscard]] experiment::Tree tree_from_bytes(std::string_view bytes);

} // namespace centresim::io
