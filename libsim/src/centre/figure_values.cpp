#include "figure_values.hpp"

#include "kpi_search.hpp"
#include "run_options.hpp"

#include "centresim/core/error.hpp"
#include "centresim/experiment/replicate.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace centresim::centre {

using experiment::KpiSeries;

// One replication, and what came of it.
struct LocalWorkers::Job {
  const SelectionWork* work = nullptr;
  std::int64_t replication = 0;
  FigureValues found; // one value, or a failure; neither: stopped
};

LocalWorkers::LocalWorkers(std::span<const Scenario> systems, FigureName figure, int threads, core::Monitor monitor)
    : figure_(std::move(figure)), threads_(threads), monitor_(std::move(monitor)) {
  for (const Scenario& system : systems) simulations_.push_back(std::make_shared<Simulation>(system, RunOptions{}));
}

std::vector<FigureValues> LocalWorkers::operator()(const std::vector<SelectionWork>& work) {
  std::vector<Job> jobs;
  for (const SelectionWork& part : work)
    for (std::int64_t r = 0; r < part.count; ++r) jobs.push_back({&part, part.first + r, {}});
  std::vector<FigureValues> found(work.size());
  if (jobs.empty()) return found;
  const core::Monitor shifted = [&](const core::Progress& p) {
    return monitor_ ? monitor_({done_ + p.done, done_ + p.total}) : core::Control::go;
  };
  experiment::run_in_parallel(
      static_cast<std::int64_t>(jobs.size()), threads_, shifted,
      [&](std::int64_t i, core::Pulse& pulse) { return run(jobs[static_cast<std::size_t>(i)], pulse); });
  done_ += static_cast<double>(jobs.size());
  std::size_t next = 0;
  for (std::size_t i = 0; i < work.size(); ++i) {
    FigureValues& all = found[i];
    bool whole = true; // so far: what comes behind a gap is left out
    for (std::int64_t r = 0; r < work[i].count; ++r) {
      FigureValues& one = jobs[next++].found;
      if (!whole) continue;
      whole = !one.values.empty();
      if (whole) {
        all.values.push_back(one.values.front());
        all.info = std::move(one.info);
        all.label = std::move(one.label);
      } else {
        all.failure = std::move(one.failure);
        all.lacks = one.lacks;
      }
    }
  }
  return found;
}

// False: stopped.
bool LocalWorkers::run(Job& job, core::Pulse& pulse) const {
  const Simulation& simulation = *simulations_[job.work->system];
  try {
    auto seen = simulation.run(job.work->seed, static_cast<std::uint64_t>(job.replication), pulse);
    if (!seen) return false;
    std::vector<Observations> one;
    one.push_back(std::move(*seen));
    Rooms rooms;
    rooms.add(std::move(one));
    const std::vector<KpiSeries> series = simulation.kpis(rooms);
    const auto [figure, lacks, rule] = find_series(series, figure_.kpi, figure_.labels);
    if (figure == nullptr) {
      job.found.failure = figure_.kpi + ": " + rule;
      job.found.lacks = lacks;
      return true;
    }
    job.found.info = figure->info;
    job.found.label = experiment::kpi_label(figure->info, figure->labels);
    if (std::isfinite(figure->values.front()))
      job.found.values = {figure->values.front()};
    else
      job.found.failure = fmt::format("has no value of {} in replication {}", job.found.label, job.replication);
  } catch (const core::ModelError& error) {
    job.found.failure = error.what();
  }
  return true;
}

FigureValues run_figure(const Scenario& scenario, const FigureName& figure, std::int64_t first, std::int64_t count,
                        std::uint64_t seed, int threads, const core::Monitor& monitor) {
  RunOptions options;
  options.replications = count;
  options.seed = seed;
  options.threads = threads;
  check_run(scenario, options);
  LocalWorkers workers(std::span(&scenario, 1), figure, threads, monitor);
  return std::move(workers({{0, first, count, seed}}).front());
}

} // namespace centresim::centre
