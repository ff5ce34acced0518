// Key figures: one value a replication, folded into estimates, and their table in the root group of a result.
#pragma once
#include "centresim/experiment/dataset.hpp"
#include "centresim/experiment/estimate.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace centresim::experiment {

enum class Better { higher, lower, neither };
[[nodiscard]] std::string_view to_string(Better better);

struct KpiInfo {
  std::string name; // e.g. fab.cycle_time
  std::string unit;
  std::string meaning;
  Better better = Better::neither;
  bool operator==(const KpiInfo&) const = default;
};

using Labels = std::vector<std::pair<std::string, std::string>>; // e.g. product: A, kind: regular

struct KpiSeries {
  KpiInfo info;
  Labels labels;
  std::vector<double> values;                                       // one per replication, NaN where missing
  double estimate_share = std::numeric_limits<double>::quiet_NaN(); // share of the inputs behind it that are estimates
};

struct KpiRow {
  KpiInfo info;
  Labels labels;
  Estimate estimate;
  double estimate_share = std::numeric_limits<double>::quiet_NaN();
};

// "fab.cycle_time[product=A, kind=regular]"
[[nodiscard]] std::string kpi_label(const KpiInfo& info, const Labels& labels);

// The root group of a result: dimensions kpi and replication; coordinate `kpi`; `kpi_name`, `unit_of`, `meaning`,
// `better` and one variable a label key ("" where a row lacks it); `mean`, `low`, `high`, `sd`, `n`, `estimate_share`
// over kpi; `values` over (kpi, replication). Every series has `replications` values; throws std::invalid_argument
// otherwise, or where a label key has the name of another variable.
[[nodiscard]] Group kpi_group(std::span<const KpiSeries> series, std::int64_t replications);

// The rows of such a group, in order. Throws std::runtime_error where the group is not of that shape.
[[nodiscard]] std::vector<KpiRow> read_kpis(const Group& group);

// SHA-256 in hexadecimal over the integer variables of all groups but "run", any group named "trace" and those below
// them: by path, name, shape and values, in the order of paths and names. Doubles and texts take no part.
[[nodiscard]] std::string digest(const Tree& tree, std::string_view model_version);

} // namespace centresim::experiment
