// What every run asks of its options. Private to the room.
#pragma once
#include "centresim/centre/run.hpp"

namespace centresim::centre {

void check_options(const RunOptions& options); // throws InputError
// Also the scenario, and that it can keep up as far as that is known before it is run. Throws InputError.
void check_run(const Scenario& scenario, const RunOptions& options);

} // namespace centresim::centre
