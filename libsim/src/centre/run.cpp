#include "centresim/centre/run.hpp"

#include "rounds.hpp"
#include "run_options.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/version.hpp"
#include "centresim/design/results.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/experiment/replicate.hpp"
#include "centresim/fab/capacity.hpp"
#include "centresim/fab/results.hpp"
#include "centresim/schema/errors.hpp"
#include "centresim/schema/hash.hpp"

#include <chrono>
#include <ctime>
#include <map>
#include <sys/resource.h>
#include <unistd.h>

namespace centresim::centre {
namespace {

using experiment::Attribute;
using experiment::Group;

std::string utc_now() {
  const std::time_t t = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm parts{};
  gmtime_r(&t, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

double peak_rss_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024; // Linux counts in KiB
}

// How much of the inputs behind each key figure is estimated: those of its tool group or feature, else those of the
// whole room.
void add_estimate_shares(const Scenario& scenario, std::vector<experiment::KpiSeries>& series) {
  if (scenario.provenance.empty()) return;
  const schema::ProvenanceMap map = provenance_map(scenario);
  std::map<std::string, double> shares;
  for (experiment::KpiSeries& s : series) {
    std::string prefix = s.info.name.substr(0, s.info.name.find('.'));
    for (const auto& [key, value] : s.labels) {
      if (key == "tool_group") prefix = schema::join_path("fab.tool_groups", value);
      if (key == "feature") prefix = schema::join_path("design.features", value.substr(0, value.find_first_of("/@")));
    }
    const auto [at, fresh] = shares.try_emplace(prefix, 0);
    if (fresh) at->second = map.estimate_share(prefix);
    s.estimate_share = at->second;
  }
}

void add_identity(Group& root, const Scenario& scenario, const RunOptions& options, std::int64_t finished) {
  const auto add = [&](const char* name, Attribute value) { root.attributes.emplace_back(name, std::move(value)); };
  add("title", scenario.title.empty() ? scenario.name : scenario.title);
  add("scenario", scenario.name);
  add("producer", std::string("centresim ") + core::version());
  add("seed", static_cast<std::int64_t>(options.seed));
  add("replications", finished);
  add("scenario_json", schema::canonical_json(to_node(scenario, schema::Detail::all)));
  add("scenario_hash", scenario_hash(scenario));
  add("model_version", model_version(scenario));
}

Group run_group(const Rounds& done, const RunOptions& options) {
  Group run;
  const auto add = [&](const char* name, Attribute value) { run.attributes.emplace_back(name, std::move(value)); };
  add("created", utc_now());
  add("host", host_name());
  add("threads", std::int64_t{done.threads});
  add("wall_seconds", done.wall_s);
  add("cpu_seconds", done.cpu_s);
  add("peak_rss_mb", peak_rss_mb());
  add("replications_asked", options.replications);
  add("interrupted", std::int64_t{done.interrupted});
  if (!options.until.empty()) add("precise", std::int64_t{done.precise});
  return run;
}

} // namespace

void check_run(const Scenario& scenario, const RunOptions& options) {
  check_options(options);
  schema::Errors errors;
  check(scenario);
  if (scenario.fab) fab::check_capacity(*scenario.fab, scenario.horizon.ticks, "fab", errors);
  errors.throw_if_any();
}

void check_options(const RunOptions& options) {
  schema::Errors errors;
  if (options.replications < 1 || options.replications > experiment::kMaxReplications)
    errors.add("replications", std::to_string(options.replications),
               "must be from 1 to " + std::to_string(experiment::kMaxReplications));
  if (options.seed > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    errors.add("seed", std::to_string(options.seed), "must be below 2^63");
  if (options.threads < 0 || options.threads > experiment::kMaxThreads)
    errors.add("threads", std::to_string(options.threads),
               "must be from 0 (choose) to " + std::to_string(experiment::kMaxThreads));
  if (!options.until.empty() && options.at_least < experiment::kFewestToStop)
    errors.add("at_least", std::to_string(options.at_least),
               "must be at least " + std::to_string(experiment::kFewestToStop) + ": fewer stop too early too often");
  errors.throw_if_any();
}

Result run(const Scenario& scenario, const RunOptions& options) {
  check_run(scenario, options);
  const Simulation simulation(scenario, options);
  const Rounds done = run_rounds(simulation, options);
  const Rooms& rooms = done.rooms;
  Result result;
  const auto finished = static_cast<std::int64_t>(rooms.size());
  auto series = simulation.kpis(rooms);
  add_estimate_shares(scenario, series);
  Group& root = result.tree[""];
  root = experiment::kpi_group(series, finished);
  add_identity(root, simulation.resolved(scenario), options, finished);
  simulation.add_results(result.tree, rooms);
  result.tree["run"] = run_group(done, options);
  result.tree[""].attributes.emplace_back("digest", digest(result));
  return result;
}

std::string digest(const Result& result) {
  std::string model_version;
  if (const auto root = result.tree.find(""); root != result.tree.end())
    for (const auto& [name, value] : root->second.attributes)
      if (name == "model_version" && std::holds_alternative<std::string>(value))
        model_version = std::get<std::string>(value);
  return experiment::digest(result.tree, model_version);
}

std::int64_t finished_replications(const Result& result) {
  if (const auto root = result.tree.find(""); root != result.tree.end())
    for (const auto& [name, value] : root->second.attributes)
      if (const auto* n = std::get_if<std::int64_t>(&value); n != nullptr && name == "replications") return *n;
  return 0;
}

namespace {

bool flag_of_run(const Result& result, const char* wanted) {
  if (const auto run = result.tree.find("run"); run != result.tree.end())
    for (const auto& [name, value] : run->second.attributes)
      if (const auto* n = std::get_if<std::int64_t>(&value); n != nullptr && name == wanted) return *n != 0;
  return false;
}

} // namespace

bool was_interrupted(const Result& result) { return flag_of_run(result, "interrupted"); }
bool is_precise(const Result& result) { return flag_of_run(result, "precise"); }

std::string model_version(const Scenario& scenario) {
  std::string version = scenario.fab ? fab::kModelVersion : "";
  if (scenario.design) version += (version.empty() ? "" : " ") + std::string(design::kModelVersion);
  return version;
}

bool is_current_model(std::string_view version) {
  for (const bool fab : {false, true})
    for (const bool design : {false, true}) {
      Scenario rooms;
      if (fab) rooms.fab.emplace();
      if (design) rooms.design.emplace();
      if ((fab || design) && version == model_version(rooms)) return true;
    }
  return false;
}

} // namespace centresim::centre
