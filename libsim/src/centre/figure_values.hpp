// One figure of many replications of several scenarios, in parallel. Private to the room.
#pragma once
#include "centresim/centre/select.hpp"
#include "simulation.hpp"

#include <memory>
#include <span>
#include <vector>

namespace centresim::centre {

// The threads of this process as workers of a selection; compiled models are kept.
class LocalWorkers {
 public:
  LocalWorkers(std::span<const Scenario> systems, FigureName figure, int threads, core::Monitor monitor);
  [[nodiscard]] std::vector<FigureValues> operator()(const std::vector<SelectionWork>& work);

 private:
  struct Job;
  [[nodiscard]] bool run(Job& job, core::Pulse& pulse) const;

  std::vector<std::shared_ptr<const Simulation>> simulations_;
  FigureName figure_;
  int threads_;
  core::Monitor monitor_;
  double done_ = 0; // replications of work before
};

} // namespace centresim::centre
