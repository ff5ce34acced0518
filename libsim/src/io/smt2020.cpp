#include "centresim/io/smt2020.hpp"

#include "smt2020_model.hpp"

#include "centresim/core/error.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <set>

namespace centresim::io {
namespace smt2020 {
namespace {

using fab::Part;

// Columns of the fields of a fab, by the part they belong to.
std::string column_of(const Model& model, const fab::Fault& f) {
  using Names = std::map<std::string_view, const char*>;
  static const std::map<Part, Names> kColumns = {
      {Part::tool_group,
       {{"name", "STNFAM"},
        {"tools", "STNQTY"},
        {"cascading", "STNCAP"},
        {"rank", "FWLRANK"},
        {"load", "LTIME"},
        {"unload", "ULTIME"},
        {"hot_lot_reservation", "RULE"}}},
      {Part::breakdown, {{"name", "CALNAME"}}},
      {Part::maintenance, {{"name", "CALNAME"}, {"first", "FOA"}, {"first_wafers", "FOA"}}},
      {Part::minimum_run, {{"setup", "SETUP"}, {"lots", "MINRUN"}}},
      {Part::route, {{"name", "ROUTE"}}},
      {Part::step,
       {{"name", "STEP"},
        {"tool_group", "STNFAM"},
        {"time", "PTIME"},
        {"per", "PTPER"},
        {"batch_min", "BATCHMN"},
        {"batch_max", "BATCHMX"},
        {"setup", "SETUP"},
        {"setup_when", "WHEN"},
        {"setup_time", "STIME"},
        {"sampling", "StepPercent"},
        {"rework_to", "RWKSTEP"},
        {"rework", "REWORK"},
        {"dedicates", "FORSTEP"},
        {"queue_time_to", "STEP_CQT"},
        {"queue_time_limit", "CQT"}}},
      {Part::product, {{"name", "PART"}, {"route", "ROUTE"}, {"family", "PARTFAM"}}},
      {Part::release,
       {{"name", "LOT"},
        {"product", "PART"},
        {"every", "REPEAT"},
        {"wafers", "PIECES"},
        {"lots", "LOTSPERRPT"},
        {"count", "RPT#"},
        {"due", "DUE"},
        {"start", "START"}}},
      {Part::lot,
       {{"name", "LOT"}, {"product", "PART"}, {"wafers", "PIECES"}, {"step", "CURSTEP"}, {"release", "START"}}},
      {Part::setup_time, {{"from", "CURSETUP"}, {"to", "NEWSETUP"}}},
      {Part::transport, {{"from", "FROMLOC"}, {"to", "TOLOC"}}},
  };
  if (f.part == Part::step && f.field == "interval")
    return model.fab.routes[f.index].steps[f.inner].per == fab::ProcessUnit::wafer ? "PartInterval" : "BatchInterval";
  const auto names = kColumns.find(f.part);
  if (names == kColumns.end()) return f.field;
  const auto column = names->second.find(f.field);
  return column == names->second.end() ? f.field : column->second;
}

Place at(const std::vector<Place>& places, std::size_t index) {
  return index < places.size() ? places[index] : Place{};
}
Place at(const std::vector<std::vector<Place>>& places, std::size_t index, std::size_t inner) {
  return index < places.size() ? at(places[index], inner) : Place{};
}

Place place_of(const Model& m, const fab::Fault& f) {
  switch (f.part) {
  case Part::fab:
    return {};
  case Part::tool_group:
  case Part::engineering: // not in these files
    return at(m.tool_groups, f.index);
  case Part::breakdown:
    return at(m.breakdowns, f.index, f.inner);
  case Part::maintenance:
    return at(m.maintenance, f.index, f.inner);
  case Part::minimum_run:
    return at(m.minimum_runs, f.index, f.inner);
  case Part::route:
    return at(m.routes, f.index);
  case Part::step:
    return at(m.steps, f.index, f.inner);
  case Part::product:
    return at(m.products, f.index);
  case Part::release:
    return at(m.releases, f.index);
  case Part::lot:
    return at(m.lots, f.index);
  case Part::setup_time:
    return at(m.setup_times, f.index);
  case Part::transport:
    return at(m.transport, f.index);
  }
  return {};
}

} // namespace

std::pair<Place, std::string> locate(const Model& model, const fab::Fault& fault) {
  return {place_of(model, fault), column_of(model, fault)};
}

const Table* Reader::open(const std::string& name, Dialect dialect, std::initializer_list<const char*> known) {
  opened_.push_back(name);
  const std::filesystem::path path = dir_ / name;
  std::error_code code;
  if (!std::filesystem::exists(path, code)) {
    errors_.add_issue({path.string(), 0, "", "",
                       "the file is missing; a model without such content keeps the file with its header line only"});
    incomplete_ = true;
    return nullptr;
  }
  auto lines = read_lines(path, dialect, errors_);
  if (!lines) {
    incomplete_ = true;
    return nullptr;
  }
  const std::size_t before = errors_.size();
  tables_.emplace_back(path.string(), std::move(*lines), known, errors_);
  // Missing columns make every row faulty: one message says it all.
  if (errors_.size() > before && tables_.back().lacks_columns()) {
    incomplete_ = true;
    return nullptr;
  }
  return &tables_.back();
}

namespace {

// Notes and licences may lie beside the tables: they have no columns.
bool looks_like_a_table(const std::filesystem::path& path) {
  std::ifstream file(path);
  for (char c = 0; file.get(c) && c != '\n';)
    if (c == '\t') return true;
  return false;
}

} // namespace

void Reader::issue(const Place& place, std::string column, const std::string& value, std::string rule) {
  errors_.add_issue(
      {place.file ? *place.file : dir_.string(), place.line, std::move(column), value.substr(0, 60), std::move(rule)});
}

// Files that look like part of the model but that nothing names would be passed over in silence.
void Reader::refuse_unread() {
  std::error_code code;
  if (incomplete_ || std::filesystem::exists(dir_ / "options.def", code)) return; // the options name the files
  for (const auto& entry : std::filesystem::directory_iterator(dir_, code)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".txt") || std::ranges::find(opened_, name) != opened_.end()) continue;
    const bool named_so = name.starts_with("route") || name.starts_with("order") || name.starts_with("WIP");
    if (named_so || looks_like_a_table(entry.path()))
      errors_.add_issue({entry.path().string(), 0, "", "", "no other file of the model names this one"});
  }
}

void Reader::check() {
  if (incomplete_) return;
  std::set<std::pair<int, std::string>> told; // line, column
  for (const core::Issue& i : errors_.issues()) told.emplace(i.line, i.file + '\n' + i.path);
  for (const fab::Fault& f : fab::find_faults(model_.fab)) {
    auto [place, column] = locate(model_, f);
    const std::string file = place.file ? *place.file : dir_.string();
    if (!told.emplace(place.line, file + '\n' + column).second) continue;
    issue(place, std::move(column), f.value, f.rule);
  }
}

} // namespace smt2020

centre::Scenario read_smt2020(const std::filesystem::path& dir) {
  schema::Errors errors;
  smt2020::Reader reader(dir, errors);
  const smt2020::Files files = reader.find_files();
  reader.read_periods(files);
  reader.read_tools(files);
  reader.read_routes(files);
  reader.read_outages(files);
  reader.read_orders(files);
  reader.finish();
  errors.throw_if_any();

  smt2020::Model& model = reader.model();
  std::filesystem::path folder = std::filesystem::absolute(dir).lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const std::chrono::year_month_day start{
      std::chrono::sys_days(std::chrono::days(files.start / smt2020::kMillisecondsPerDay))};
  centre::Scenario s;
  s.name = folder.filename().string();
  s.title = "Fab model " + s.name;
  s.description = "Read from a folder in the text format of the SMT2020 testbed.";
  s.start = fmt::format("{:04}-{:02}-{:02}", int(start.year()), unsigned(start.month()), unsigned(start.day()));
  s.horizon.ticks = model.horizon;
  s.warmup.ticks = model.warmup;
  if (model.report_every) s.report_every = schema::Duration{*model.report_every};
  s.fab = std::move(model.fab);
  return s;
}

} // namespace centresim::io
