// The groups of a result that tell of people, projects and shuttles.
#pragma once
#include "centresim/design/model.hpp"
#include "centresim/design/observations.hpp"
#include "centresim/experiment/dataset.hpp"

#include <span>

namespace centresim::design {

void add_project_results(experiment::Tree& tree, const Model& model, std::span<const Observations> all);

} // namespace centresim::design
