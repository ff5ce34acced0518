// Many points of one scenario: in memory, or from the folder of a plan.
#include "casters.hpp"
#include "centresim/centre/run_points.hpp"
#include "centresim/centre/sweep.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/estimate.hpp"
#include "centresim/io/hdf5.hpp"
#include "centresim/io/plan.hpp"
#include "centresim/schema/node.hpp"
#include "register.hpp"
#include "tree.hpp"
#include "watcher.hpp"

#include <pybind11/stl.h>
#include <pybind11/typing.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace py = pybind11;

namespace centresim::python {

namespace {

using centre::Overrides;
using centre::Scenario;
using centre::Sweep;
using io::Plan;
using PointValues = py::typing::Dict<py::str, py::object>;

bool interrupted() {
  const py::gil_scoped_acquire gil;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set(); // KeyboardInterrupt
  return false;
}

PointValues values_of(const Overrides& point) {
  PointValues values;
  for (const auto& [path, value] : point) values[py::str(path)] = from_node(value);
  return values;
}

// What a run of points has to tell beside the results.
py::tuple told(const centre::PointsDone& done) {
  py::list failures;
  for (const centre::PointFailure& f : done.failures) failures.append(py::make_tuple(f.point, f.reason));
  return py::make_tuple(done.run, done.skipped, done.interrupted, failures);
}

// Ctrl-C with nothing done is an exception as usual; with something done that is given back.
template <class Work> centre::PointsDone watched(const Watcher& watcher, Work work) {
  centre::PointsDone done = without_gil(watcher, work);
  if (watcher.interrupted() && done.run + done.skipped == 0) raise_keyboard_interrupt();
  return done;
}

py::tuple run_points(const std::vector<Scenario>& scenarios, std::int64_t replications, std::uint64_t seed, int threads,
                     const py::object& progress) {
  Watcher watcher(progress);
  std::vector<SharedTree> trees(scenarios.size());
  centre::RunOptions options;
  options.replications = replications;
  options.seed = seed;
  options.threads = threads;
  options.monitor = [&watcher](const core::Progress& p) { return watcher(p); };
  centre::PointsJob job;
  job.points = static_cast<std::int64_t>(scenarios.size());
  job.scenario = [&](std::int64_t i) { return std::optional(scenarios[static_cast<std::size_t>(i)]); };
  job.done = [&](std::int64_t i, centre::Result&& result) {
    trees[static_cast<std::size_t>(i)] = share(std::move(result.tree));
  };
  const centre::PointsDone done = watched(watcher, [&] { return centre::run_points(job, options); });
  py::list results;
  for (SharedTree& tree : trees) results.append(tree.tree ? py::cast(std::move(tree)) : py::none());
  return py::make_tuple(results, told(done));
}

py::tuple run_plan(const Plan& plan, int threads, bool retry, const py::object& progress, const py::function& message) {
  Watcher watcher(progress);
  io::PlanRun how;
  how.threads = threads;
  how.retry = retry;
  how.stopped_by = [] { return "Ctrl-C"; };
  how.monitor = [&watcher](const core::Progress& p) { return watcher(p); };
  how.message = [&message](const std::string& text) {
    const py::gil_scoped_acquire gil;
    message(text);
  };
  return told(watched(watcher, [&] { return io::run_plan(plan, how); }));
}

// Points of a scenario, worked at wherever this is called: a record each, none for those after a stop.
py::typing::List<py::bytes> work_points(const py::bytes& base,
                                        const std::vector<std::pair<std::string, py::dict>>& points,
                                        std::int64_t replications, std::uint64_t seed, int threads) {
  Watcher watcher(py::none{});
  centre::RunOptions options;
  options.replications = replications;
  options.seed = seed;
  options.threads = threads;
  options.monitor = [&watcher](const core::Progress& p) { return watcher(p); };
  std::vector<std::pair<std::string, Overrides>> wanted;
  for (const auto& [hash, values] : points) {
    wanted.emplace_back(hash, Overrides{});
    for (const auto& [path, value] : values) wanted.back().second.emplace_back(to_text(path), to_node(value));
  }
  const std::string text(base);
  const std::vector<std::string> records = without_gil(watcher, [&] {
    std::vector<std::string> done;
    centre::PointScenarios scenarios(centre::read_scenario(schema::parse_json(text, "base")));
    for (const auto& [hash, values] : wanted) {
      std::optional<std::string> record = io::work_point(scenarios, hash, values, options);
      if (!record) break;
      done.push_back(std::move(*record));
    }
    return done;
  });
  if (watcher.interrupted()) raise_keyboard_interrupt();
  py::typing::List<py::bytes> made;
  for (const std::string& record : records) made.append(py::bytes(record));
  return made;
}

// (tree or None, reason or None)
py::tuple read_record(const py::bytes& record, const std::string& hash, std::int64_t seed, std::int64_t replications) {
  io::PointRecord read = io::read_point_record(std::string(record), hash, seed, replications);
  const py::object tree = read.result ? py::cast(share(std::move(*read.result))) : py::none();
  const py::object reason = read.failure ? py::object(py::str(read.failure->reason)) : py::none();
  return py::make_tuple(tree, reason);
}

// The table of results in memory.
SharedTree gather(const std::string& scenario, std::int64_t replications, std::int64_t seed,
                  const std::vector<std::string>& paths, const py::list& points, const std::vector<SharedTree>& trees,
                  const py::object& design) {
  io::SweepTable table(scenario, replications, seed, paths, to_node(design));
  for (std::size_t i = 0; i < trees.size(); ++i) {
    const auto given = points[i].cast<py::dict>();
    Overrides values;
    for (const std::string& path : paths) values.emplace_back(path, to_node(given[py::str(path)]));
    table.add(values, *trees[i].tree);
  }
  return share(table.finish());
}

void register_description(py::module_& m) {
  py::class_<Sweep>(m, "SweepDescription", "Which values to vary, and how each point is run.")
      .def_static(
          "read", [](const py::dict& description) { return centre::read_sweep(to_node(description)); },
          py::arg("description"), "The description as a dict, shaped like the file.")
      .def_static(
          "load", [](const py::bytes& path) { return centre::load_sweep(std::string(path)); }, py::arg("path"),
          "Read a file.")
      .def_property_readonly("scenario", [](const Sweep& s) { return s.scenario; })
      .def_property_readonly("replications", [](const Sweep& s) { return s.replications; })
      .def_property_readonly("seed", [](const Sweep& s) { return s.seed; })
      .def_property_readonly("paths", [](const Sweep& s) { return s.paths; })
      .def_property_readonly("design", [](const Sweep& s) { return from_node(centre::design_node(s)); })
      .def("__len__", &Sweep::size)
      .def(
          "with_run",
          [](Sweep s, std::int64_t replications, std::int64_t seed) {
            s.replications = replications;
            s.seed = seed;
            return s;
          },
          py::arg("replications"), py::arg("seed"), "The same points, run otherwise.")
      .def(
          "points",
          [](const Sweep& s) {
            py::typing::List<PointValues> points;
            for (const Overrides& point : centre::sweep_points(s)) points.append(values_of(point));
            return points;
          },
          "The values of every point.")
      .def(
          "resolve",
          [](const Sweep& s, const Scenario& base) {
            std::vector<Scenario> scenarios;
            centre::resolve_points(
                base, s,
                [&](std::int64_t, const Overrides&, const Scenario& scenario) { scenarios.push_back(scenario); },
                &interrupted);
            return scenarios;
          },
          py::arg("base"), "The scenario of every point, checked.")
      .def(
          "resolve_runnable",
          [](const Sweep& s, const Scenario& base) {
            std::vector<std::pair<std::int64_t, Scenario>> scenarios;
            std::vector<std::pair<std::int64_t, std::string>> overloaded;
            centre::resolve_points(
                base, s,
                [&](std::int64_t i, const Overrides&, const Scenario& scenario) {
                  scenarios.emplace_back(i, scenario);
                },
                &interrupted, [&](std::int64_t i, const std::string& reason) { overloaded.emplace_back(i, reason); });
            return py::make_tuple(scenarios, overloaded);
          },
          py::arg("base"), "Scenarios by point, and why the others provably cannot keep up.");
}

void register_records(py::module_& m) {
  py::class_<io::PlanResults>(m, "PlanResults", "What the folder of a plan holds of its points.")
      .def(py::init([](const Plan& plan) {
             const py::gil_scoped_release nogil;
             return io::PlanResults(plan);
           }),
           py::arg("plan"))
      .def(
          "read",
          [](const io::PlanResults& r, const Plan& p, std::size_t i) {
            std::string why;
            auto tree = r.read(p.points.at(i), why);
            if (!tree)
              throw core::IoError(p.folder.string(), "",
                                  "has no result of that point" + (why.empty() ? "" : ": " + why));
            return share(std::move(*tree));
          },
          py::arg("plan"), py::arg("point"), "The whole result of a point.")
      .def(
          "states",
          [](const io::PlanResults& r, const Plan& p) {
            py::list states; // True: finished; text: why it cannot be; None: to do
            std::string why;
            for (const io::PlanPoint& point : p.points) {
              const auto failure = r.failure(point);
              if (r.is_whole(point, why))
                states.append(true);
              else if (failure)
                states.append(failure->reason);
              else
                states.append(py::none());
            }
            return states;
          },
          py::arg("plan"), "For every point True where it is finished, why it cannot be, or None.");
  py::class_<io::PlanWriter>(m, "PlanWriter", "Keeps records in the folder of a plan.")
      .def(py::init<const Plan&, const std::string&>(), py::arg("plan"), py::arg("name"))
      .def(
          "add", [](io::PlanWriter& w, const py::bytes& record) { w.add(std::string(record)); }, py::arg("record"),
          "Append a record.")
      .def("close", &io::PlanWriter::close, "Wait for the disk.");
  m.def("work_points", &work_points, py::kw_only(), py::arg("base"), py::arg("points"), py::arg("replications"),
        py::arg("seed"), py::arg("threads"), "Run points of a scenario; a record of each.");
  m.def("read_record", &read_record, py::kw_only(), py::arg("record"), py::arg("hash"), py::arg("seed"),
        py::arg("replications"), "Result or reason of a record of that point.");
}

void register_plan(py::module_& m) {
  py::class_<Plan>(m, "Plan", "A plan in its folder.")
      .def_static(
          "open", [](const py::bytes& folder) { return io::open_plan(std::string(folder)); }, py::arg("folder"),
          "Read the index.")
      .def_property_readonly("scenario", [](const Plan& p) { return p.scenario; })
      .def_property_readonly("replications", [](const Plan& p) { return p.replications; })
      .def_property_readonly("seed", [](const Plan& p) { return p.seed; })
      .def_property_readonly("paths", [](const Plan& p) { return p.paths; })
      .def_property_readonly("design", [](const Plan& p) { return from_node(p.design); })
      .def("__len__", [](const Plan& p) { return p.points.size(); })
      .def(
          "points",
          [](const Plan& p) {
            py::typing::List<PointValues> points;
            for (const io::PlanPoint& point : p.points) points.append(values_of(point.values));
            return points;
          },
          "The values of every point.")
      .def(
          "hashes",
          [](const Plan& p) {
            std::vector<std::string> hashes;
            for (const io::PlanPoint& point : p.points) hashes.push_back(point.hash);
            return hashes;
          },
          "The SHA-256 of the scenario of every point.")
      .def(
          "base",
          [](const Plan& p) {
            const std::string text =
                schema::canonical_json(centre::to_node(centre::load_scenario(p.base_file()), schema::Detail::all));
            return py::bytes(text);
          },
          "The scenario that the points change, as JSON.")
      .def("run", &run_plan, py::kw_only(), py::arg("threads"), py::arg("retry"), py::arg("progress"),
           py::arg("message"), "Run what is not finished.")
      .def(
          "collect",
          [](const Plan& p) {
            const auto ask = [&] {
              const py::gil_scoped_release nogil;
              return io::collect(p, &interrupted);
            };
            io::Collected all = ask();
            return py::make_tuple(share(std::move(all.tree)), all.points);
          },
          "The table of the points that are finished, and their numbers.");
}

} // namespace

void register_sweep(py::module_& m) {
  register_description(m);
  register_plan(m);
  register_records(m);
  m.def("run_points", &run_points, py::kw_only(), py::arg("scenarios"), py::arg("replications"), py::arg("seed"),
        py::arg("threads"), py::arg("progress"), "Simulate many scenarios with the same random numbers.");
  m.def(
      "write_plan",
      [](const Scenario& base, const Sweep& sweep, const py::bytes& folder) {
        io::PlanOutcome done = io::write_plan(base, sweep, std::string(folder), &interrupted);
        constexpr const char* kHow[] = {"fresh", "same", "extended"};
        return py::make_tuple(std::move(done.plan), kHow[static_cast<int>(done.how)], done.added);
      },
      py::arg("base"), py::arg("sweep"), py::arg("folder"), "Write a plan into a folder, whole or not at all.");
  m.def("gather_points", &gather, py::kw_only(), py::arg("scenario"), py::arg("replications"), py::arg("seed"),
        py::arg("paths"), py::arg("points"), py::arg("trees"), py::arg("design"),
        "The key figures of many results in one table.");
  m.def(
      "save_sweep",
      [](const SharedTree& tree, const py::bytes& path) {
        const std::string name(path);
        const py::gil_scoped_release nogil;
        io::write_tree(*tree.tree, name, io::FileKind::sweep);
      },
      py::arg("tree"), py::arg("path"), "Write such a table, whole or not at all.");
  m.def(
      "open_sweep",
      [](const py::bytes& path) {
        const std::string name(path);
        const py::gil_scoped_release nogil;
        return share(io::read_tree(name, io::FileKind::sweep));
      },
      py::arg("path"), "Read such a table.");
  m.def(
      "estimate",
      [](const std::vector<double>& values) {
        const experiment::Estimate e = experiment::estimate(values);
        return py::make_tuple(e.mean, e.low, e.high, e.sd, e.n);
      },
      py::arg("values"), "Mean, 95 % interval, standard deviation and number of independent values.");
}

} // namespace centresim::python
