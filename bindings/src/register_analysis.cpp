// Methods that judge the values of replications.
#include "centresim/experiment/batch_means.hpp"
#include "centresim/experiment/comparison.hpp"
#include "centresim/experiment/precision.hpp"
#include "centresim/experiment/quantiles.hpp"
#include "centresim/experiment/warm_up.hpp"
#include "register.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <string>
#include <vector>

namespace py = pybind11;

namespace centresim::python {

namespace {

namespace ex = experiment;
using Values = std::vector<double>;
using Row = py::typing::Dict<py::str, py::object>;

ex::Precision precision(double within, bool relative) {
  return {within, relative ? ex::Scale::relative : ex::Scale::absolute};
}

py::tuple needed(const Values& values, double within, bool relative) {
  const ex::ReplicationsNeeded n = ex::replications_needed(ex::estimate(values), precision(within, relative));
  return py::make_tuple(n.in_all, n.more, n.refusal);
}

py::typing::List<Row> rows_of(const std::vector<ex::Comparison>& comparisons) {
  py::typing::List<Row> rows;
  for (const ex::Comparison& c : comparisons) {
    Row row;
    row["first"] = c.first;
    row["second"] = c.second;
    row["difference"] = c.pair.difference.mean;
    row["low"] = c.low;
    row["high"] = c.high;
    row["n"] = c.pair.difference.n;
    row["p_value"] = c.pair.p_value;
    row["p_holm"] = c.p_holm;
    row["p_bonferroni"] = c.p_bonferroni;
    row["correlation"] = c.pair.correlation;
    rows.append(row);
  }
  return rows;
}

Row quantile_row(const ex::QuantileEstimate& q) {
  Row row;
  row["value"] = q.value;
  row["low"] = q.low;
  row["high"] = q.high;
  row["n"] = q.n;
  row["refusal"] = q.refusal;
  return row;
}

Row warm_up_row(const Values& series) {
  const ex::WarmUp found = ex::mser5(series);
  Row row;
  row["truncation"] = found.truncation;
  row["refusal"] = found.refusal;
  row["left_out"] = found.left_out;
  row["statistic"] = found.statistic;
  return row;
}

Row batch_row(const Values& run, std::int64_t batches) {
  const ex::BatchMeans found = ex::batch_means(run, batches);
  Row row;
  row["mean"] = found.estimate.mean;
  row["low"] = found.estimate.low;
  row["high"] = found.estimate.high;
  row["batches"] = found.estimate.n;
  row["batch_size"] = found.batch_size;
  row["left_out"] = found.left_out;
  row["lag_1"] = found.lag_1;
  row["von_neumann"] = found.von_neumann;
  row["refusal"] = found.refusal;
  return row;
}

} // namespace

void register_analysis(py::module_& m) {
  m.def("replications_needed", &needed, py::arg("values"), py::arg("within"), py::arg("relative"),
        "Replications in all, how many more, and why that cannot be told.");
  m.def(
      "enough_replications",
      [](const Values& values, double within, bool relative, std::int64_t at_least) {
        return ex::enough_replications(values, precision(within, relative), at_least);
      },
      py::arg("values"), py::arg("within"), py::arg("relative"), py::arg("at_least"),
      "The shortest prefix that is precise.");
  m.def(
      "compare_all_pairs", [](const std::vector<Values>& systems) { return rows_of(ex::compare_all_pairs(systems)); },
      py::arg("systems"), "Differences of all pairs.");
  m.def(
      "compare_with_standard",
      [](const std::vector<Values>& systems, std::size_t standard) {
        return rows_of(ex::compare_with_standard(systems, standard));
      },
      py::arg("systems"), py::arg("standard"), "Differences from one system.");
  m.def("mser5", &warm_up_row, py::arg("series"), "How much of the beginning to leave out.");
  m.def(
      "average_series", [](const std::vector<Values>& series) { return ex::average_series(series); },
      py::arg("replications"), "The mean over replications of each observation.");
  m.def("batch_means", &batch_row, py::arg("run"), py::arg("batches"), "The mean of one long run.");
  m.def(
      "quantile_of_replications",
      [](const Values& values, double p) { return quantile_row(ex::quantile_of_replications(values, p)); },
      py::arg("values"), py::arg("p"), "A quantile of independent values.");
  m.def(
      "quantile_of_samples",
      [](const std::vector<Values>& samples, double p) { return quantile_row(ex::quantile_of_samples(samples, p)); },
      py::arg("replications"), py::arg("p"), "A quantile of samples, one a replication.");
}

} // namespace centresim::python
