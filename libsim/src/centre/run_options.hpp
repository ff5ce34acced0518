// What every run asks of its options. Private to the room.
#pragma once
#include "centresim/centre/run.hpp"

namespace centresim::centre {

void check_options(const RunOptions& options); // throws InputError

} // namespace centresim::centre
