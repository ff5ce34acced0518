// Questions about one lot of a result that only its run can answer.
#pragma once
#include "centresim/core/error.hpp"
#include "centresim/experiment/dataset.hpp"
#include "centresim/fab/explain.hpp"

#include <cstdint>
#include <string>

namespace centresim::io {

// Runs one replication of the scenario in a result again up to `at` and says where a lot is and why (see fab::explain).
// Throws InputError (no fab, no such replication or lot, `at` outside of the run, a result of another model version)
// and core::Interrupted.
[[nodiscard]] fab::LotView explain_lot(const experiment::Tree& tree, const std::string& lot, std::int64_t replication,
                                       core::Tick at, const core::StopQuestion& stop = {});

} // namespace centresim::io
