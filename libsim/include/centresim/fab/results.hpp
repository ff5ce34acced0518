// From the observations of a fab to key figures and labelled arrays.
#pragma once
#include "centresim/experiment/dataset.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/fab/model.hpp"
#include "centresim/fab/observations.hpp"

#include <span>
#include <vector>

namespace centresim::fab {

// What results of the same scenario and seed rest on. Changes whenever the engine gives other numbers.
inline constexpr const char* kModelVersion = "fab-2";

// All key figures of a fab, one value per replication. Missing where nothing was observed.
[[nodiscard]] std::vector<experiment::KpiSeries> kpis(const Model& model, std::span<const Observations> observations);

// Adds the groups `fab`, `fab/...` (docs/formats/results.md).
void add_results(experiment::Tree& tree, const Model& model, std::span<const Observations> observations);

// "route/step->step" of a queue-time window.
[[nodiscard]] std::string window_name(const Model& model, std::size_t window);

// The registry: name, unit, meaning and better direction of every key figure of a fab.
[[nodiscard]] std::span<const experiment::KpiInfo> kpi_registry();

} // namespace centresim::fab
