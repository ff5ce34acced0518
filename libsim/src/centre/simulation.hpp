// The rooms of a scenario as one Model of the experiment room.
#pragma once
#include "coupling.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/design/floor_engine.hpp"
#include "centresim/design/results.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/fab/engine.hpp"
#include "centresim/fab/results.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace centresim::centre {

// What one replication observed, by room.
struct Observations {
  std::optional<fab::Observations> fab;
  std::optional<design::Observations> design;
  std::vector<ConnectionSums> connections;
};

// The same of all replications, room by room.
struct Rooms {
  std::vector<fab::Observations> fab;
  std::vector<design::Observations> design;
  std::vector<std::vector<ConnectionSums>> connections;

  void add(std::vector<Observations>&& finished) {
    replications_ += finished.size();
    for (Observations& o : finished) {
      if (o.fab) fab.push_back(std::move(*o.fab));
      if (o.design) design.push_back(std::move(*o.design));
      connections.push_back(std::move(o.connections));
      o = {};
    }
  }
  void drop_traces() {
    for (fab::Observations& o : fab) o.lot_trace = {}, o.lot_names = {}, o.scrapped_lots = {}, o.tool_trace = {};
    for (design::Observations& o : design) o.jobs = {}, o.projects.traces = {};
  }
  void keep(std::size_t first_n) {
    const auto cut = [&](auto& all) {
      if (first_n < all.size()) all.erase(all.begin() + static_cast<std::ptrdiff_t>(first_n), all.end());
    };
    cut(fab), cut(design), cut(connections);
    replications_ = std::min(replications_, first_n);
  }
  [[nodiscard]] std::size_t size() const { return replications_; }

 private:
  std::size_t replications_ = 0;
};

// Rooms that nothing connects run one after the other, on their own.
class Simulation {
 public:
  using Observations = centre::Observations;

  Simulation(const Scenario& s, const RunOptions& options) {
    const bool drain = s.end == End::drain;
    if (s.fab) {
      const fab::Span span{s.horizon.ticks, s.warmup.ticks, s.report_every ? s.report_every->ticks : 0, drain};
      fab_options_ = {options.trace_lots, options.trace_tools};
      fab_.emplace(*s.fab, span, fab_options_);
    }
    if (s.design) {
      const design::Span span{s.horizon.ticks, s.warmup.ticks, drain, week_offset(s), start_day(s)};
      design_options_ = {options.trace_jobs, options.trace_tasks};
      design_.emplace(*s.design, span, design_options_);
    }
    if (fab_ && design_) connections_ = compile_connections(s.connections, fab_->model(), design_->model());
  }

  [[nodiscard]] std::optional<Observations> run(std::uint64_t seed, std::uint64_t replication,
                                                core::Pulse& pulse) const {
    Observations seen;
    if (!connections_.empty()) {
      Coupling both(connections_, fab_->model(), design_->model(), seed, replication, fab_options_, design_options_);
      if (!both.run(pulse)) return std::nullopt;
      seen.fab = both.finish_fab(fab_->model().horizon);
      seen.design = both.finish_design(fab_->model().horizon);
      seen.connections = both.sums();
      return seen;
    }
    if (fab_) {
      Half half(pulse, 0, design_ ? 0.5 : 1);
      if (seen.fab = fab_->run(seed, replication, half); !seen.fab) return std::nullopt;
    }
    if (design_) {
      Half half(pulse, fab_ ? 0.5 : 0, fab_ ? 0.5 : 1);
      if (seen.design = design_->run(seed, replication, half); !seen.design) return std::nullopt;
    }
    return seen;
  }

  // The scenario with what was found when it was made ready: the SHA-256 of its trace.
  [[nodiscard]] Scenario resolved(Scenario s) const {
    if (design_ && design_->model().trace) s.design->trace->sha256 = design_->model().trace->info->sha256;
    return s;
  }

  [[nodiscard]] std::vector<experiment::KpiSeries> kpis(const Rooms& rooms) const {
    std::vector<experiment::KpiSeries> all;
    if (fab_) all = fab::kpis(fab_->model(), rooms.fab);
    if (design_)
      for (experiment::KpiSeries& s : design::kpis(design_->model(), rooms.design)) all.push_back(std::move(s));
    if (!connections_.empty()) add_connection_kpis(all, connections_, rooms.connections);
    return all;
  }

  void add_results(experiment::Tree& tree, const Rooms& rooms) const {
    if (fab_) fab::add_results(tree, fab_->model(), rooms.fab);
    if (design_) design::add_results(tree, design_->model(), rooms.design);
    if (!connections_.empty()) add_connection_results(tree, connections_, rooms.connections);
  }

 private:
  // The part of the progress that one room makes.
  class Half final : public core::Pulse {
   public:
    Half(core::Pulse& whole, double from, double share) : whole_(whole), from_(from), share_(share) {}
    bool beat(double fraction) override { return whole_.beat(from_ + share_ * fraction); }

   private:
    core::Pulse& whole_;
    double from_, share_;
  };

  fab::EngineOptions fab_options_;
  design::FloorOptions design_options_;
  std::vector<ConnectionTable> connections_;
  std::optional<fab::Simulation> fab_;
  std::optional<design::Simulation> design_;
};

} // namespace centresim::centre
