// Fab and design floor on one clock: facts of one become commands of the other.
#pragma once
#include "centresim/centre/connections.hpp"
#include "centresim/core/law.hpp"
#include "centresim/core/monitor.hpp"
#include "centresim/design/floor_engine.hpp"
#include "centresim/experiment/dataset.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/fab/engine.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace centresim::centre {

using core::Tick;

struct ConnectionTable {
  std::string name;
  std::vector<char> shuttles; // that it carries
  std::uint32_t flow = 0, wafers = 0;
  std::int32_t priority = 0;
  Tick due = core::kNever; // after the release
  bool shared = true;
  core::Law delay;
  std::uint64_t identity = 0;
};

// Of the enabled ones, by name. A shuttle belongs to the first connection that names it, else to the first of all.
[[nodiscard]] std::vector<ConnectionTable> compile_connections(const std::vector<Connection>& connections,
                                                               const fab::Model& fab, const design::Model& design);

// What a connection did within the window.
struct ConnectionSums {
  std::int64_t facts = 0, lots = 0, finished = 0, scrapped = 0, back = 0;
  Tick time = 0; // from fact to command carried out, of those back
  bool operator==(const ConnectionSums&) const = default;
};

// Key figures and the group `connections`; `seen`: by replication.
void add_connection_kpis(std::vector<experiment::KpiSeries>& series, const std::vector<ConnectionTable>& tables,
                         const std::vector<std::vector<ConnectionSums>>& seen);
void add_connection_results(experiment::Tree& tree, const std::vector<ConnectionTable>& tables,
                            const std::vector<std::vector<ConnectionSums>>& seen);

class Coupling {
 public:
  Coupling(const std::vector<ConnectionTable>& tables, const fab::Model& fab, const design::Model& design,
           std::uint64_t seed, std::uint64_t replication, fab::EngineOptions fab_options,
           design::FloorOptions design_options);
  // To the horizon. False: `pulse` asked to abandon it.
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] fab::Observations finish_fab(Tick tick) { return fab_.finish(tick); }
  [[nodiscard]] design::Observations finish_design(Tick tick) { return design_.finish(tick); }
  [[nodiscard]] std::vector<ConnectionSums> sums() const { return sums_; }

 private:
  struct Design { // on its way in a lot
    std::uint32_t project = 0;
    Tick since = 0;
  };
  struct Order { // a lot to be released
    std::uint32_t connection = 0;
    std::vector<Design> designs;
  };
  [[nodiscard]] Tick next() const;
  void round(Tick tick);
  void hear_design(Tick tick);
  void hear_fab(Tick tick);
  void release_due(Tick tick);
  void release(Tick tick, std::uint64_t identity, Order order);
  [[nodiscard]] bool in_window(Tick tick) const { return tick >= warmup_ && tick < horizon_; }

  const std::vector<ConnectionTable>& tables_;
  fab::Engine fab_;
  design::FloorEngine design_;
  core::StreamKey key_;
  Tick horizon_ = 0, warmup_ = 0;
  fab::Facts fab_facts_;
  design::FloorFacts design_facts_;
  std::map<std::pair<Tick, std::uint64_t>, Order> orders_; // by time and identity of the lot
  std::map<std::uint64_t, Order> carried_;                 // by identity of the lot
  std::vector<ConnectionSums> sums_;
};

} // namespace centresim::centre
