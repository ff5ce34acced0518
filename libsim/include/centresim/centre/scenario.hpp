// A scenario: everything one run needs to know, as one immutable value.
#pragma once
#include "centresim/centre/connections.hpp"
#include "centresim/design/describe.hpp"
#include "centresim/fab/describe.hpp"
#include "centresim/fab/values.hpp"
#include "centresim/schema/describe.hpp"
#include "centresim/schema/provenance.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace centresim::centre {

inline constexpr const char* kFormat = "centresim/1";

// How a replication ends: at the horizon, or when everything that was released before it is done.
enum class End { stop, drain };

struct Scenario {
  std::string format = kFormat;
  std::string name;
  std::string title, description;
  std::string start = "2026-01-01";
  schema::Duration horizon{365 * core::kTicksPerDay};
  schema::Duration warmup;
  std::optional<schema::Duration> report_every;
  End end = End::stop;
  std::optional<fab::Fab> fab;
  std::optional<design::Floor> design;
  std::vector<Connection> connections;
  std::vector<schema::Provenance> provenance;
  bool operator==(const Scenario&) const = default;
};

} // namespace centresim::centre

namespace centresim::schema {

template <> struct Choices<centre::End> {
  static constexpr const char* name = "End";
  static constexpr Choice<centre::End> list[] = {
      {centre::End::stop, "stop", "At the horizon, whatever is in process."},
      {centre::End::drain, "drain",
       "When all that was released before the horizon is done; rates and shares end at the horizon all the same."},
  };
};

template <> struct Desc<centre::Scenario> {
  static constexpr const char* name = "Scenario";
  static constexpr const char* doc =
      "One centre to simulate: its parts, the span of time, and where the values come from.";
  static auto fields() {
    using centre::Scenario;
    return std::make_tuple(
        field("format", &Scenario::format, "Format of the file: \"centresim/1\".").optional().pattern("^centresim/1$"),
        field("name", &Scenario::name, "Short name, used in results.").optional(),
        field("title", &Scenario::title, "One line for people.").optional(),
        field("description", &Scenario::description, "What the scenario is about.").optional(),
        field("start", &Scenario::start, "Date of time 0, YYYY-MM-DD.")
            .optional()
            .pattern("^[0-9]{4}-[01][0-9]-[0-3][0-9]$"),
        field("horizon", &Scenario::horizon, "Simulated time, warm-up included.")
            .unit("d")
            .optional()
            .more_than(0)
            .at_most(36500),
        field("warmup", &Scenario::warmup, "Time from the start that results leave out.").unit("d").optional(),
        field("report_every", &Scenario::report_every, "Length of a reporting period.").unit("d").more_than(0),
        field("end", &Scenario::end, "How a replication ends.").optional(),
        field("fab", &Scenario::fab, "The wafer fab."),
        field("design", &Scenario::design, "The chip-design floor: compute farm, licences, engineers, projects."),
        field("connections", &Scenario::connections, "What joins the fab and the design floor.").optional(),
        field("provenance", &Scenario::provenance, "Where the values come from.").optional());
  }
};

} // namespace centresim::schema

namespace centresim::centre {

// Readers throw InputError with every fault, and IoError. A scenario that they give is valid.
[[nodiscard]] Scenario load_scenario(const std::filesystem::path& path); // .toml or .json, with its tables
[[nodiscard]] Scenario read_scenario(schema::Node node);                 // tables relative to the file of the node
// Adds an issue for every rule that the values break among each other. Reading does so; values made in a program need
// it.
void check(const Scenario& scenario, schema::Errors& errors);
void check(const Scenario& scenario); // throws InputError

// A changed copy. `value`s may be relative: see schema::set_path. Applied in order.
using Overrides = std::vector<std::pair<std::string, schema::Node>>;
[[nodiscard]] Scenario with(const Scenario& scenario, const Overrides& overrides);

// As a tree that reads back equal; fields that have their default value are left out, or written too.
[[nodiscard]] schema::Node to_node(const Scenario& scenario, schema::Detail detail = schema::Detail::given);
// Writes .json, or .toml with large lists as CSV files beside it. Whole or not at all.
void save_scenario(const Scenario& scenario, const std::filesystem::path& path);
// SHA-256 of the scenario with all its defaults, in hexadecimal.
[[nodiscard]] std::string scenario_hash(const Scenario& scenario);
// Ticks from the last Monday, 00:00, to time 0.
[[nodiscard]] core::Tick week_offset(const Scenario& scenario);
// Days from 1970-01-01 to the date of time 0.
[[nodiscard]] std::int64_t start_day(const Scenario& scenario);
// What of the given values rests on estimates.
[[nodiscard]] schema::ProvenanceMap provenance_map(const Scenario& scenario);

} // namespace centresim::centre
