// Key figures of a floor while they are collected: one series for each name and set of labels.
#pragma once
#include "centresim/design/results.hpp"

#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace centresim::design {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kDay = static_cast<double>(core::kTicksPerDay);
inline constexpr double kHour = static_cast<double>(core::kTicksPerHour);

inline double ratio(double a, double b) { return b > 0 ? a / b : kMissing; }

class KpiCollector {
 public:
  explicit KpiCollector(std::size_t replications) : replications_(replications) {}
  void add(std::string_view name, const experiment::Labels& labels, std::size_t replication, double value) {
    const auto [at, fresh] = index_.try_emplace(experiment::kpi_label(info(name), labels), series_.size());
    if (fresh) series_.push_back({info(name), labels, std::vector<double>(replications_, kMissing)});
    series_[at->second].values[replication] = value;
  }
  std::vector<experiment::KpiSeries> take() { return std::move(series_); }

 private:
  static const experiment::KpiInfo& info(std::string_view name) {
    for (const experiment::KpiInfo& k : kpi_registry())
      if (k.name == name) return k;
    throw std::logic_error("no such key figure: " + std::string(name));
  }

  std::size_t replications_;
  std::map<std::string, std::size_t> index_;
  std::vector<experiment::KpiSeries> series_;
};

// Those of people, projects and shuttles.
void add_project_kpis(KpiCollector& out, const Model& model, const Observations& seen, std::size_t replication);
[[nodiscard]] std::vector<experiment::KpiInfo> project_kpi_registry();

} // namespace centresim::design
