// The batch script of a plan. Private to the room.
#pragma once
#include "centresim/io/plan.hpp"

namespace centresim::io {

// `folder`: where the plan will lie, absolute; `file`: what is written.
void write_job(const Plan& plan, const std::filesystem::path& folder, const std::filesystem::path& file);

} // namespace centresim::io
