// From the observations of a floor to key figures and labelled arrays.
#pragma once
#include "centresim/design/model.hpp"
#include "centresim/design/observations.hpp"
#include "centresim/experiment/dataset.hpp"
#include "centresim/experiment/kpi.hpp"

#include <span>
#include <vector>

namespace centresim::design {

// What results of the same scenario and seed rest on. Changes whenever the engine gives other numbers.
inline constexpr const char* kModelVersion = "design-1";

// All key figures of a floor, one value per replication. Missing where nothing was observed.
[[nodiscard]] std::vector<experiment::KpiSeries> kpis(const Model& model, std::span<const Observations> observations);

// Adds the groups `design`, `design/...` (docs/formats/results.md).
void add_results(experiment::Tree& tree, const Model& model, std::span<const Observations> observations);

// The registry: name, unit, meaning and better direction of every key figure of a floor.
[[nodiscard]] std::span<const experiment::KpiInfo> kpi_registry();

} // namespace centresim::design
