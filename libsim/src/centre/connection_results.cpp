#include "coupling.hpp"

#include <limits>

namespace centresim::centre {

using experiment::Better;
using experiment::KpiInfo;
using experiment::KpiSeries;

std::span<const KpiInfo> kpi_registry() {
  static const std::vector<KpiInfo> all{
      {"centre.silicon_time", "d", "mean time from a tape-out until its dies are back from the fab", Better::lower}};
  return all;
}

void add_connection_kpis(std::vector<KpiSeries>& series, const std::vector<ConnectionTable>& tables,
                         const std::vector<std::vector<ConnectionSums>>& seen) {
  for (std::size_t c = 0; c < tables.size(); c++) {
    KpiSeries time;
    time.info = kpi_registry().front();
    time.labels.emplace_back("connection", tables[c].name);
    for (const std::vector<ConnectionSums>& r : seen) {
      const ConnectionSums& s = r[c];
      time.values.push_back(s.back > 0 ? static_cast<double>(s.time) / static_cast<double>(s.back) /
                                             static_cast<double>(core::kTicksPerDay)
                                       : std::numeric_limits<double>::quiet_NaN());
    }
    series.push_back(std::move(time));
  }
}

void add_connection_results(experiment::Tree& tree, const std::vector<ConnectionTable>& tables,
                            const std::vector<std::vector<ConnectionSums>>& seen) {
  experiment::Group g;
  std::vector<std::string> names;
  for (const ConnectionTable& t : tables) names.push_back(t.name);
  experiment::add_coordinate(g, "connection", std::move(names), "connection of two rooms");
  const auto add = [&](const char* name, const char* unit, const char* meaning, std::int64_t ConnectionSums::* at) {
    experiment::add_table(g, std::span(seen), tables.size(), "connection", name, unit, meaning,
                          [at](const std::vector<ConnectionSums>& r, std::size_t c) { return r[c].*at; });
  };
  add("facts", "1", "tape-outs that it heard of", &ConnectionSums::facts);
  add("lots", "1", "lots released", &ConnectionSums::lots);
  add("finished", "1", "lots finished", &ConnectionSums::finished);
  add("scrapped", "1", "lots scrapped and released again", &ConnectionSums::scrapped);
  add("back", "1", "designs whose dies came back", &ConnectionSums::back);
  add("time", "ms", "from tape-out to dies, summed over these", &ConnectionSums::time);
  tree["connections"] = std::move(g);
}

} // namespace centresim::centre
