// Products, routes with their steps, and transport times.
#include "smt2020_model.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace centresim::io::smt2020 {
namespace {

constexpr std::int64_t kMostWafers = 1'000'000;

void set_cascading(const Row& row, fab::Step& s) {
  const auto lot = row.duration("BatchInterval", "BatchIntUnits"), wafer = row.duration("PartInterval", "PartIntUnits");
  if (!row.blank("BatchInterval") && s.per != fab::ProcessUnit::lot)
    row.fail("BatchInterval", "is for steps that are per_lot");
  if (!row.blank("PartInterval") && s.per != fab::ProcessUnit::wafer)
    row.fail("PartInterval", "is for steps that are per_piece");
  if (!row.blank("BatchInterval") && !row.blank("PartInterval")) row.fail("PartInterval", "BatchInterval is given too");
  if (lot || wafer) s.interval = schema::Duration{lot ? *lot : *wafer};
}

void set_setup(const Row& row, fab::Step& s) {
  s.setup = row.text("SETUP");
  const auto when = row.keyword("WHEN", {"need", "always"});
  if (when == 1u) s.setup_when = fab::SetupWhen::always;
  s.setup_time = row.law("SDIST", "STIME", "STIME2", "STUNITS", true);
  if (s.setup.empty() && when == 0u) row.fail("WHEN", "only a step with a SETUP says when to set up");
}

void set_batch(const Row& row, fab::Step& s) {
  s.batch_min = row.count("BATCHMN");
  s.batch_max = row.count("BATCHMX");
  if (s.batch_min.value_or(1) > kMostWafers) row.fail("BATCHMN", "must be at most 1000000 wafers");
  if (s.batch_max.value_or(1) > kMostWafers) row.fail("BATCHMX", "must be at most 1000000 wafers");
  if (s.per == fab::ProcessUnit::batch && row.blank("BATCHMN")) row.fail("BATCHMN", "a step per_batch needs it");
}

void set_dedication(const Row& row, fab::Step& s) {
  const bool saves = row.yes("SVESTN");
  if (saves && row.blank("FORSTEP")) row.fail("FORSTEP", "is missing: SVESTN is yes");
  if (!saves && !row.blank("FORSTEP")) row.fail("SVESTN", "must be yes where FORSTEP is given");
  s.dedicates = row.text("FORSTEP");
}

void set_rework(const Row& row, fab::Step& s) {
  const bool any = !row.blank("RWKSTEP") || !row.blank("REWORK") || !row.blank("RWKTYPE");
  if (!any) return;
  for (const char* column : {"RWKSTEP", "REWORK", "RWKTYPE"})
    if (row.blank(column)) row.fail(column, "is missing: RWKSTEP, REWORK and RWKTYPE belong together");
  (void)row.keyword("RWKTYPE", {"lot"});
  s.rework_to = row.text("RWKSTEP");
  if (const auto share = row.percent("REWORK")) {
    s.rework = *share / 100;
    if (*share >= 100) row.fail("REWORK", "must be less than 100 percent");
  }
}

} // namespace

void Reader::add_step(const Row& row, fab::Route& route, std::vector<Place>& places) {
  fab::Step s;
  s.name = row.need("STEP");
  s.tool_group = row.need("STNFAM");
  s.description = row.text("DESC");
  (void)row.need("PTIME");
  if (const auto law = row.law("PDIST", "PTIME", "PTIME2", "PTUNITS")) s.time = *law;
  if (row.blank("PTPER")) row.fail("PTPER", "is missing: per_lot, per_piece or per_batch");
  switch (row.keyword("PTPER", {"per_lot", "per_piece", "per_batch"}).value_or(0)) {
  case 1:
    s.per = fab::ProcessUnit::wafer;
    break;
  case 2:
    s.per = fab::ProcessUnit::batch;
    break;
  default:
    break;
  }
  set_batch(row, s);
  set_setup(row, s);
  set_dedication(row, s);
  set_cascading(row, s);
  set_rework(row, s);
  if (const auto share = row.percent("StepPercent")) s.sampling = *share / 100;
  s.queue_time_to = row.text("STEP_CQT");
  if (const auto limit = row.duration("CQT", "CQTUNITS")) s.queue_time_limit = schema::Duration{*limit};
  route.steps.push_back(std::move(s));
  places.push_back(row.place());
}

void Reader::add_route_file(const std::string& file, const std::string& name, const Row& part, const Files& files) {
  const auto [entry, fresh] = routes_read_.emplace(file, nullptr);
  if (fresh)
    entry->second = open(file, files.dialect,
                         {"!ROUTE",        "!STEP",         "!STNFAM",      "!PDIST",       "!PTIME",  "PTIME2",
                          "!PTUNITS",      "!PTPER",        "BATCHMN",      "BATCHMX",      "SETUP",   "WHEN",
                          "SDIST",         "STIME",         "STIME2",       "STUNITS",      "SVESTN",  "FORSTEP",
                          "BatchInterval", "BatchIntUnits", "PartInterval", "PartIntUnits", "RWKSTEP", "REWORK",
                          "RWKTYPE",       "StepPercent",   "STEP_CQT",     "CQT",          "CQTUNITS"});
  const Table* table = entry->second;
  if (!table) return;
  if (fresh) {
    if (table->size() == 0) errors_.add_issue({table->file(), 1, "", "", "has no steps below its header"});
    std::string now;
    std::set<std::string> here;
    for (std::size_t i = 0; i < table->size(); i++) {
      const Row row = table->row(i);
      const std::string own = row.need("ROUTE");
      if (own != now || model_.fab.routes.empty()) {
        if (!own.empty() && !here.insert(own).second) row.fail("ROUTE", "the steps of a route must stand together");
        now = own;
        model_.fab.routes.push_back({own, {}});
        model_.routes.push_back(row.place());
        model_.steps.emplace_back();
      }
      add_step(row, model_.fab.routes.back(), model_.steps.back());
    }
  }
  bool found = false;
  for (std::size_t i = 0; i < table->size() && !found; i++) found = table->row(i).text("ROUTE") == name;
  if (!found && !name.empty()) part.fail("ROUTE", file + " has no route of that name");
}

// A campaign rule needs the setups that the steps of the group use; the setup group may name those of other groups too.
void Reader::give_minimum_runs() {
  model_.minimum_runs.resize(model_.fab.tool_groups.size());
  std::map<std::string_view, std::set<std::string_view>> used; // by tool group
  std::set<std::string_view> all;
  for (const fab::Route& r : model_.fab.routes)
    for (const fab::Step& s : r.steps)
      if (!s.setup.empty()) {
        used[s.tool_group].insert(s.setup);
        all.insert(s.setup);
      }
  for (std::size_t i = 0; i < model_.fab.tool_groups.size(); i++) {
    const auto runs = model_.runs.find(model_.setup_group[i]);
    if (runs == model_.runs.end()) continue;
    fab::ToolGroup& g = model_.fab.tool_groups[i];
    const auto& setups = used[g.name];
    for (const MinimumRunRow& run : runs->second) {
      if (!setups.contains(run.setup)) continue;
      g.minimum_runs.push_back({run.setup, run.lots});
      model_.minimum_runs[i].push_back(run.place);
    }
    if (g.minimum_runs.empty() && !incomplete_)
      issue(model_.tool_groups[i], "SETUPGRP", runs->first, "no step of the tool group uses a setup of this group");
  }
  if (incomplete_) return;
  for (const auto& entry : model_.runs)
    for (const MinimumRunRow& run : entry.second)
      if (!all.contains(run.setup)) issue(run.place, "SETUP", run.setup, "no step uses that setup");
}

void Reader::read_routes(const Files& files) {
  const Table* parts = open(files.products, files, {"!PARTGRP", "!PARTFAM", "!PART", "!ROUTEFILE", "!ROUTE"});
  for (std::size_t i = 0; parts && i < parts->size(); i++) {
    const Row row = parts->row(i);
    fab::Product p{row.need("PART"), row.need("ROUTE"), row.need("PARTFAM")};
    if (row.blank("PARTGRP")) row.fail("PARTGRP", "is missing: Saleable or Engineering");
    model_.part_kind.emplace(p.name, row.keyword("PARTGRP", {"Saleable", "Engineering"}).value_or(0));
    const std::string file = row.need("ROUTEFILE");
    if (file.find_first_of("/\\") != std::string::npos || file == "..") {
      row.fail("ROUTEFILE", "must be the name of a file in this folder");
      incomplete_ = true;
    } else if (!file.empty()) {
      add_route_file(file, p.route, row, files);
    }
    model_.fab.products.push_back(std::move(p));
    model_.products.push_back(row.place());
  }
  give_minimum_runs();
  const Table* ways = open(files.transport, files, {"!FROMLOC", "!TOLOC", "!DDIST", "!DTIME", "DTIME2", "!DUNITS"});
  for (std::size_t i = 0; ways && i < ways->size(); i++) {
    const Row row = ways->row(i);
    fab::Transport t;
    t.from = row.need("FROMLOC");
    t.to = row.need("TOLOC");
    (void)row.need("DTIME");
    if (const auto law = row.law("DDIST", "DTIME", "DTIME2", "DUNITS")) t.time = *law;
    model_.fab.transport.push_back(std::move(t));
    model_.transport.push_back(row.place());
  }
}

} // namespace centresim::io::smt2020
