#include "centresim/centre/scenario.hpp"

#include "centresim/common/calendar.hpp"
#include "centresim/design/check.hpp"
#include "centresim/fab/check.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/hash.hpp"
#include "centresim/schema/path.hpp"
#include "centresim/schema/tables.hpp"
#include "centresim/schema/units.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>

namespace centresim::centre {

using schema::Errors;
using schema::Node;

namespace {

constexpr std::int64_t kMostPeriods = 100'000;

void check_time(const Scenario& s, Errors& errors) {
  const auto shown = [](schema::Duration d) { return schema::format_duration(d.ticks); };
  if (!common::day_number(s.start)) errors.add("start", s.start, "must be a date YYYY-MM-DD");
  if (s.horizon.ticks <= 0) errors.add("horizon", shown(s.horizon), "must be more than 0");
  if (s.horizon.ticks > 36500 * core::kTicksPerDay)
    errors.add("horizon", shown(s.horizon), "must be at most 100 years");
  if (s.warmup.ticks < 0) errors.add("warmup", shown(s.warmup), "must not be negative");
  if (s.warmup >= s.horizon) {
    errors.add("warmup", shown(s.warmup), "must be shorter than the horizon (" + shown(s.horizon) + ")");
  }
  if (s.report_every) {
    if (s.report_every->ticks <= 0)
      errors.add("report_every", shown(*s.report_every), "must be more than 0");
    else if (s.horizon.ticks / s.report_every->ticks > kMostPeriods) {
      errors.add("report_every", shown(*s.report_every), "makes more than 100000 periods");
    }
  }
}

// A connection needs both rooms, lots that the fab knows, and a shuttle.
void check_connections(const Scenario& s, Errors& errors) {
  std::set<std::string_view> names, carried;
  for (const Connection& c : s.connections) {
    const std::string here = schema::join_path("connections", c.name);
    if (c.name.empty()) errors.add("connections", "", "every element needs a name");
    if (!names.insert(c.name).second) errors.add(here + ".name", c.name, "this name is taken");
    if (std::string rule = common::check_distribution(c.delay); !rule.empty()) errors.add(here + ".delay", "", rule);
    if (c.enabled && s.end == End::drain) errors.add("end", "drain", "must be stop where connections join the rooms");
    if (!s.fab || !s.design) {
      errors.add(here, "", "needs a fab and a design floor (design)");
      continue;
    }
    const auto released = [&](const auto& list) {
      return std::ranges::any_of(list, [&](const auto& x) { return x.product == c.product && x.kind == c.kind; });
    };
    if (!released(s.fab->releases) && !released(s.fab->lots))
      errors.add(here + ".product", c.product,
                 "the fab has no release or lot of this product and kind '" + c.kind + "'");
    const auto named = [&](const design::Shuttle& x) { return c.shuttle.empty() || x.name == c.shuttle; };
    if (std::ranges::none_of(s.design->shuttles, named))
      errors.add(here + ".shuttle", c.shuttle, "there is no shuttle of that name");
    if (c.enabled && !carried.insert(c.shuttle).second)
      errors.add(here + ".shuttle", c.shuttle,
                 c.shuttle.empty() ? "is missing: another connection carries all shuttles that none names"
                                   : "another connection carries this shuttle");
  }
}

// Reading knows what single values must be; what they must be among each other is asked only where that makes sense.
void check_after_reading(const Scenario& scenario, const Node& node, Errors& errors) {
  if (errors.structure_broken()) return;
  Errors more(node, schema::type_info<Scenario>());
  check(scenario, more);
  std::unordered_set<std::string> known;
  for (const core::Issue& issue : errors.issues()) known.insert(issue.path);
  for (const core::Issue& issue : more.issues()) {
    // A name that is taken has been found at the row that takes it again.
    const bool told = known.contains(issue.path) ||
                      (issue.path.ends_with(".name") && known.contains(issue.path.substr(0, issue.path.size() - 5)));
    if (!told) errors.add_issue(issue);
  }
  if (more.size() > more.issues().size())
    errors.add("", "", "and " + std::to_string(more.size() - more.issues().size()) + " more");
}

// `removed`: parts may be gone of which rows of provenance tell.
Scenario read_checked(Node& node, bool removed = false) {
  const schema::TypeInfo& type = schema::type_info<Scenario>();
  // A file of another format would only give follow-up faults.
  if (const Node* format = node.find("format"); format != nullptr && !(*format == Node(kFormat))) {
    Errors errors(node, type);
    errors.add_at(*format, "format", std::string("must be \"") + kFormat + "\": this release reads no other format");
    errors.throw_if_any();
  }
  Errors files;
  schema::expand_tables(node, type, files);
  Errors errors(node, type);
  for (const core::Issue& issue : files.issues()) errors.add_issue(issue);
  Scenario scenario = schema::read<Scenario>(node, errors);
  if (removed && errors.issues().empty())
    schema::drop_orphans(to_node(scenario, schema::Detail::all), type, scenario.provenance);
  check_after_reading(scenario, node, errors);
  errors.throw_if_any();
  return scenario;
}

} // namespace

Scenario load_scenario(const std::filesystem::path& path) {
  Node node = schema::load(path);
  if (node.table() != nullptr) {
    if (node.find("format") == nullptr) {
      throw core::InputError(
          {core::Issue{path.string(), node.where.line, "format", "",
                       std::string("is missing: a scenario file starts with format = \"") + kFormat + "\""}});
    }
    if (node.find("name") == nullptr) node.set("name", path.stem().string()).where = {node.where.file, 0};
  }
  Scenario scenario = read_checked(node);
  if (scenario.design && scenario.design->trace) { // named relative to the file that names it
    std::string& file = scenario.design->trace->file;
    file = (std::filesystem::absolute(path).parent_path() / file).lexically_normal().string();
  }
  return scenario;
}

Scenario read_scenario(Node node) { return read_checked(node); }

void check(const Scenario& scenario, Errors& errors) {
  if (scenario.format != kFormat) errors.add("format", scenario.format, std::string("must be \"") + kFormat + "\"");
  check_time(scenario, errors);
  if (scenario.fab) fab::check(*scenario.fab, "fab", errors);
  if (scenario.design) design::check(*scenario.design, "design", errors);
  check_connections(scenario, errors);
  if (!scenario.fab && !scenario.design)
    errors.add("", "", "there is nothing to simulate: a scenario needs a fab, or a design floor (design)");
  if (!scenario.provenance.empty()) {
    schema::check_provenance(to_node(scenario, schema::Detail::all), schema::type_info<Scenario>(), scenario.provenance,
                             "provenance", errors);
  }
}

void check(const Scenario& scenario) {
  Errors errors;
  check(scenario, errors);
  errors.throw_if_any();
}

Scenario with(const Scenario& scenario, const Overrides& overrides) {
  Node node = to_node(scenario);
  Errors errors;
  bool removed = false, sources = false;
  for (const auto& [path, value] : overrides) {
    schema::set_path<Scenario>(node, path, value, errors);
    removed |= value.array() != nullptr || value.table() != nullptr || value.is_null();
    sources |= path.starts_with("provenance");
  }
  errors.throw_if_any();
  return read_checked(node, removed && !sources);
}

Node to_node(const Scenario& scenario, schema::Detail detail) {
  Node node = schema::write(scenario, detail);
  auto& members = *node.table();
  if (node.find("format") == nullptr) members.insert(members.begin(), {"format", Node(scenario.format)});
  return node;
}

void save_scenario(const Scenario& scenario, const std::filesystem::path& path) {
  Node node = to_node(scenario);
  if (scenario.design && scenario.design->trace) { // beside the scenario or below it: named relative to it
    const std::filesystem::path folder = std::filesystem::absolute(path).parent_path().lexically_normal();
    const std::filesystem::path file = std::filesystem::absolute(scenario.design->trace->file).lexically_normal();
    const std::filesystem::path relative = file.lexically_relative(folder);
    const bool below = !relative.empty() && *relative.begin() != "..";
    node.find("design")->find("trace")->set("file", (below ? relative : file).string());
  }
  if (path.extension() == ".json") return schema::write_text_file(path, schema::write_json(node));
  if (path.extension() == ".toml") return schema::write_toml_with_tables(path, node);
  throw core::InputError({core::Issue{path.string(), 0, "", "", "a scenario file ends in .toml or .json"}});
}

// Where a trace lies does not matter, what is in it does (its SHA-256).
std::string scenario_hash(const Scenario& scenario) {
  if (!scenario.design || !scenario.design->trace) return schema::hash(to_node(scenario, schema::Detail::all));
  Scenario named = scenario;
  std::string& file = named.design->trace->file;
  file = std::filesystem::path(file).filename().string();
  return schema::hash(to_node(named, schema::Detail::all));
}

core::Tick week_offset(const Scenario& scenario) {
  const auto day = common::day_number(scenario.start);
  return day ? static_cast<core::Tick>(common::weekday_of(*day)) * core::kTicksPerDay : 0;
}

std::int64_t start_day(const Scenario& scenario) { return common::day_number(scenario.start).value_or(0); }

schema::ProvenanceMap provenance_map(const Scenario& scenario) {
  return {to_node(scenario), to_node(scenario, schema::Detail::all), schema::type_info<Scenario>(),
          scenario.provenance};
}

} // namespace centresim::centre
