// Where two results differ.
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <string>
#include <vector>

namespace centresim::io {

// Lines that tell where the trees differ, outside of /run: what only one of them has, and of values that differ how
// many and the first. NaN equals NaN. Empty: they agree. `one` and `other`: how they are called.
[[nodiscard]] std::vector<std::string> differences(const experiment::Tree& a, const experiment::Tree& b,
                                                   const std::string& one, const std::string& other);

} // namespace centresim::io
