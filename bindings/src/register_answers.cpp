// What the points of a design answer, which system is best, the operating curve of a few loads.
#include "casters.hpp"
#include "centresim/centre/select.hpp"
#include "centresim/centre/sweep_answers.hpp"
#include "centresim/experiment/operating_curve_fit.hpp"
#include "register.hpp"
#include "watcher.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace py = pybind11;

namespace centresim::python {

namespace {

namespace ex = experiment;
using Values = std::vector<double>;
using Row = py::typing::Dict<py::str, py::object>;
using Rows = py::typing::List<Row>;
using Labels = std::vector<std::pair<std::string, std::string>>;

centre::SweepDesign design_of(const py::dict& design) {
  schema::Node node = schema::Node::empty_table();
  node.set("design", to_node(design));
  return *centre::read_sweep(node).design;
}

Rows elementary_effects(const py::dict& design, const std::vector<Values>& outputs) {
  const centre::SweepDesign asked = design_of(design);
  const auto effects = centre::elementary_effects(asked, outputs);
  Rows rows;
  for (std::size_t i = 0; i < effects.size(); ++i) {
    const ex::ElementaryEffect& e = effects[i];
    Row row;
    row["path"] = asked.ranges[i].path;
    row["mu_star"] = e.magnitude.mean;
    row["mu_star_low"] = e.magnitude.low;
    row["mu_star_high"] = e.magnitude.high;
    row["mu"] = e.effect.mean;
    row["mu_low"] = e.effect.low;
    row["mu_high"] = e.effect.high;
    row["sigma"] = e.effect.sd;
    row["noise"] = e.noise;
    row["steps"] = e.effect.n;
    rows.append(row);
  }
  return rows;
}

// Indices, then what they rest on.
py::tuple sobol_indices(const py::dict& design, const std::vector<Values>& outputs, std::int64_t resamples) {
  const centre::SweepDesign asked = design_of(design);
  const ex::SobolIndices indices = [&] {
    const py::gil_scoped_release nogil; // a bootstrap can take seconds
    return centre::sobol_indices(asked, outputs, resamples);
  }();
  Rows rows;
  for (std::size_t i = 0; i < indices.factors.size(); ++i) {
    const ex::SobolIndex& index = indices.factors[i];
    Row row;
    row["path"] = asked.ranges[i].path;
    row["first"] = index.first;
    row["first_low"] = index.first_low;
    row["first_high"] = index.first_high;
    row["total"] = index.total;
    row["total_low"] = index.total_low;
    row["total_high"] = index.total_high;
    rows.append(row);
  }
  Row about;
  about["rows"] = indices.rows;
  about["variance"] = indices.variance;
  about["noise_share"] = indices.noise_share;
  return py::make_tuple(rows, about);
}

// Sets of paths, by their places in the design.
py::list places(ex::FactorSet set) {
  py::list found;
  for (std::size_t i = 0; i < ex::kMostFactors; ++i)
    if ((set >> i & 1U) != 0) found.append(i);
  return found;
}

Rows factorial_effects(const py::dict& design, const std::vector<Values>& outputs, std::size_t order) {
  Rows rows;
  for (const ex::FactorialEffect& e : centre::factorial_effects(design_of(design), outputs, order)) {
    Row row;
    py::list aliases;
    for (const ex::FactorSet set : e.aliases) aliases.append(places(set));
    row["aliases"] = aliases;
    row["effect"] = e.effect.mean;
    row["low"] = e.effect.low;
    row["high"] = e.effect.high;
    row["n"] = e.effect.n;
    rows.append(row);
  }
  return rows;
}

std::optional<ex::Better> direction(const std::string& better) {
  if (better == "higher") return ex::Better::higher;
  if (better == "lower") return ex::Better::lower;
  return std::nullopt;
}

Row selection_row(const centre::Selection& found) {
  py::list systems;
  for (const centre::SystemInSelection& s : found.systems) systems.append(py::make_tuple(s.values, s.in, s.failure));
  Row row;
  row["best"] = found.best;
  row["systems"] = systems;
  row["kpi"] = found.label;
  row["unit"] = found.info.unit;
  row["better"] = std::string(ex::to_string(found.better));
  row["interrupted"] = found.interrupted;
  return row;
}

// (values, failure, lacks, label, unit, better)
py::tuple figure_row(const centre::FigureValues& found) {
  return py::make_tuple(found.values, found.failure, static_cast<int>(found.lacks), found.label, found.info.unit,
                        std::string(ex::to_string(found.info.better)));
}

centre::FigureValues read_figure(const py::tuple& row) {
  centre::FigureValues found;
  found.values = row[0].cast<Values>();
  found.failure = row[1].cast<std::string>();
  found.lacks = static_cast<centre::Lacks>(std::clamp(row[2].cast<int>(), 0, 2));
  found.label = row[3].cast<std::string>();
  found.info.unit = row[4].cast<std::string>();
  found.info.better = direction(row[5].cast<std::string>()).value_or(ex::Better::neither);
  return found;
}

// Python does the work: parts (system, first, count, seed) to a row each.
centre::SelectionWorkers workers_of(const py::object& workers) {
  if (workers.is_none()) return {};
  // Copies are made and dropped where nobody holds the interpreter.
  const std::shared_ptr<const py::object> shared(new py::object(workers), [](const py::object* held) {
    const py::gil_scoped_acquire gil;
    delete held;
  });
  return [shared](const std::vector<centre::SelectionWork>& parts) {
    const py::gil_scoped_acquire gil;
    const py::object& callable = *shared;
    py::list asked;
    for (const centre::SelectionWork& p : parts) asked.append(py::make_tuple(p.system, p.first, p.count, p.seed));
    std::vector<centre::FigureValues> found;
    for (const py::handle row : callable(asked)) found.push_back(read_figure(row.cast<py::tuple>()));
    return found;
  };
}

Row select_best(const std::vector<centre::Scenario>& systems, const std::string& kpi, const Labels& labels,
                const std::string& method, const std::string& better, std::int64_t first, double indifference,
                double confidence, std::int64_t at_most, std::int64_t budget, std::uint64_t seed, int threads,
                const py::object& progress, const py::object& workers, const std::vector<std::size_t>& numbers) {
  Watcher watcher(progress);
  centre::SelectOptions options;
  options.figure = {kpi, labels};
  options.method = method == "ocba" ? centre::SelectionMethod::ocba : centre::SelectionMethod::kim_nelson;
  options.better = direction(better);
  options.first = first;
  options.indifference = indifference;
  options.confidence = confidence;
  options.at_most = at_most;
  options.budget = budget;
  options.seed = seed;
  options.threads = threads;
  options.monitor = [&watcher](const core::Progress& p) { return watcher(p); };
  options.workers = workers_of(workers);
  options.numbers = numbers;
  const centre::Selection found = without_gil(watcher, [&] { return centre::select_best(systems, options); });
  return selection_row(found);
}

// Replications of one point, wherever this is called.
py::tuple figure_values(const py::bytes& base, const py::dict& values, const std::string& kpi, const Labels& labels,
                        std::int64_t first, std::int64_t count, std::uint64_t seed, int threads) {
  Watcher watcher(py::none{});
  centre::Overrides changes;
  for (const auto& [path, value] : values) changes.emplace_back(to_text(path), to_node(value));
  const std::string text(base);
  const centre::FigureValues found = without_gil(watcher, [&] {
    centre::PointScenarios scenarios(centre::read_scenario(schema::parse_json(text, "base")));
    return centre::run_figure(scenarios.make(changes), {kpi, labels}, first, count, seed, threads,
                              [&watcher](const core::Progress& p) { return watcher(p); });
  });
  if (watcher.interrupted()) raise_keyboard_interrupt();
  return figure_row(found);
}

ex::OperatingCurve fit_curve(const Values& loads, const std::vector<Values>& cycle_times, std::size_t terms,
                             std::optional<double> exponent) {
  if (loads.size() != cycle_times.size()) throw std::invalid_argument("loads and cycle times differ in number");
  std::vector<ex::LoadPoint> points;
  for (std::size_t i = 0; i < loads.size(); ++i) points.push_back({loads[i], ex::estimate(cycle_times[i])});
  return ex::fit_operating_curve(points, {terms, exponent});
}

py::tuple triple(const ex::CurveValue& v) { return py::make_tuple(v.value, v.low, v.high); }

void register_curve(py::module_& m) {
  py::class_<ex::OperatingCurve>(m, "FittedCurve", "Cycle time over load, fitted.")
      .def_readonly("coefficients", &ex::OperatingCurve::coefficients)
      .def_readonly("exponent", &ex::OperatingCurve::exponent)
      .def_readonly("exponent_estimated", &ex::OperatingCurve::exponent_estimated)
      .def_readonly("misfit_p_value", &ex::OperatingCurve::misfit_p_value)
      .def(
          "expected", [](const ex::OperatingCurve& c, double load) { return triple(ex::expected_cycle_time(c, load)); },
          py::arg("load"), "The expected cycle time with its interval.")
      .def(
          "predicted",
          [](const ex::OperatingCurve& c, double load, std::int64_t replications) {
            return triple(ex::predicted_cycle_time(c, load, replications));
          },
          py::arg("load"), py::arg("replications"), "The mean of so many new replications with its interval.");
  m.def("fit_curve", &fit_curve, py::arg("loads"), py::arg("cycle_times"), py::arg("terms"), py::arg("exponent"),
        "Fit cycle times of replications at a few loads.");
}

} // namespace

void register_answers(py::module_& m) {
  m.def("elementary_effects", &elementary_effects, py::arg("design"), py::arg("outputs"), "Effects of Morris.");
  m.def("sobol_indices", &sobol_indices, py::arg("design"), py::arg("outputs"), py::arg("resamples"),
        "Shares of the variance.");
  m.def("factorial_effects", &factorial_effects, py::arg("design"), py::arg("outputs"), py::arg("order"),
        "Effects of a factorial design.");
  m.def("select_best", &select_best, py::kw_only(), py::arg("systems"), py::arg("kpi"), py::arg("labels"),
        py::arg("method"), py::arg("better"), py::arg("first"), py::arg("indifference"), py::arg("confidence"),
        py::arg("at_most"), py::arg("budget"), py::arg("seed"), py::arg("threads"), py::arg("progress"),
        py::arg("workers"), py::arg("numbers"), "The best of several scenarios.");
  m.def("figure_values", &figure_values, py::kw_only(), py::arg("base"), py::arg("values"), py::arg("kpi"),
        py::arg("labels"), py::arg("first"), py::arg("count"), py::arg("seed"), py::arg("threads"),
        "A figure in some replications of a point of a scenario.");
  register_curve(m);
}

} // namespace centresim::python
