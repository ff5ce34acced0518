// Breakdown and maintenance calendars, and the tool groups that they are attached to.
#include "smt2020_model.hpp"

#include "centresim/schema/suggest.hpp"

#include <fmt/format.h>

namespace centresim::io::smt2020 {
namespace {

struct Calendar {
  Place place;
  bool down = false; // a breakdown; else maintenance
  bool by_pieces = false;
  bool attached = false;
  fab::Breakdown breakdown;
  fab::Maintenance maintenance;
};
using Calendars = std::map<std::string, Calendar, std::less<>>;

// False where the name is missing or taken.
bool insert(Calendars& calendars, const Row& row, const char* column, Calendar calendar) {
  const std::string name = row.need(column);
  if (name.empty()) return false;
  calendar.place = row.place();
  calendar.breakdown.name = calendar.maintenance.name = name;
  if (!calendars.emplace(name, std::move(calendar)).second)
    row.fail(column, "there is a calendar of that name already");
  return true;
}

void read_breakdowns(const Table& table, Calendars& calendars) {
  for (std::size_t i = 0; i < table.size(); i++) {
    const Row row = table.row(i);
    Calendar c;
    c.down = true;
    (void)row.need("DOWNCALTYPE");
    (void)row.keyword("DOWNCALTYPE", {"mttf_by_cal"});
    (void)row.need("MTTF");
    (void)row.need("MTTR");
    if (const auto law = row.law("MTTFDIST", "MTTF", "MTTF2", "MTTFUNITS")) {
      c.breakdown.mttf = *law;
      if (law->mean() < 1) row.fail("MTTF", "must be more than 0");
    } else {
      c.breakdown.mttf.parameters = {1.0}; // told already
    }
    if (const auto law = row.law("MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS")) c.breakdown.mttr = *law;
    insert(calendars, row, "DOWNCALNAME", std::move(c));
  }
}

void read_maintenance(const Table& table, Calendars& calendars) {
  for (std::size_t i = 0; i < table.size(); i++) {
    const Row row = table.row(i);
    Calendar c;
    (void)row.need("PMCALTYPE");
    const auto type = row.keyword("PMCALTYPE", {"mtbpm_by_cal", "mtbpm_by_pieces"});
    c.by_pieces = type == 1u;
    (void)row.need("MTBPM");
    if (c.by_pieces) {
      c.maintenance.every_wafers = row.count("MTBPM").value_or(1);
      if (row.need("MTBPMUNITS") != "pieces" && !row.blank("MTBPMUNITS"))
        row.fail("MTBPMUNITS", "must be pieces for mtbpm_by_pieces");
    } else {
      c.maintenance.every = schema::Duration{1};
      if (const auto every = row.duration("MTBPM", "MTBPMUNITS")) {
        c.maintenance.every->ticks = *every;
        if (*every < 1) row.fail("MTBPM", "must be more than 0");
      }
    }
    (void)row.need("MTTR");
    if (const auto law = row.law("MTTRDIST", "MTTR", "MTTR2", "MTTRUNITS")) c.maintenance.duration = *law;
    insert(calendars, row, "PMCALNAME", std::move(c));
  }
}

// The first occurrence as the row of the attachment gives it.
void set_first(const Row& row, Calendar& c) {
  if (c.down) {
    const auto law = row.law("FOADIST", "FOA", "", "FOAUNITS");
    if (law && !(*law == c.breakdown.mttf)) c.breakdown.first = *law;
    return;
  }
  if (row.blank("FOA")) {
    if (!row.blank("FOADIST") || !row.blank("FOAUNITS")) row.fail("FOA", "is missing");
    return;
  }
  if (row.blank("FOADIST")) row.fail("FOADIST", "is missing: constant");
  (void)row.keyword("FOADIST", {"constant"});
  if (c.by_pieces) {
    if (!row.blank("FOAUNITS") && row.text("FOAUNITS") != "pieces")
      row.fail("FOAUNITS", "must be blank (wafers) for a calendar by pieces");
    c.maintenance.first_wafers = row.count("FOA");
    return;
  }
  if (const auto first = row.duration("FOA", "FOAUNITS")) c.maintenance.first = schema::Duration{*first};
}

} // namespace

void Reader::read_outages(const Files& files) {
  Calendars calendars;
  const Table* down = open(files.breakdowns, files,
                           {"!DOWNCALNAME", "!DOWNCALTYPE", "!MTTFDIST", "!MTTF", "MTTF2", "!MTTFUNITS", "!MTTRDIST",
                            "!MTTR", "MTTR2", "!MTTRUNITS"});
  const Table* pm =
      open(files.maintenance, files,
           {"!PMCALNAME", "!PMCALTYPE", "!MTBPM", "!MTBPMUNITS", "!MTTRDIST", "!MTTR", "MTTR2", "!MTTRUNITS"});
  const Table* attach =
      open(files.attachments, files, {"!CALNAME", "!CALTYPE", "!RESTYPE", "!RESNAME", "!FOADIST", "!FOA", "!FOAUNITS"});
  if (down) read_breakdowns(*down, calendars);
  if (pm) read_maintenance(*pm, calendars);
  const std::size_t groups = model_.fab.tool_groups.size();
  model_.breakdowns.resize(groups);
  model_.maintenance.resize(groups);
  std::map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < groups; i++) by_name.emplace(model_.fab.tool_groups[i].name, i);
  if (!attach || incomplete_) return;
  std::vector<std::string_view> calendar_names, group_names, area_names;
  for (const auto& entry : calendars) calendar_names.push_back(entry.first);
  for (const auto& entry : by_name) group_names.push_back(entry.first);
  for (const auto& entry : model_.areas) area_names.push_back(entry.first);

  for (std::size_t i = 0; i < attach->size(); i++) {
    const Row row = attach->row(i);
    const std::string name = row.need("CALNAME"), resource = row.need("RESNAME");
    if (row.blank("CALTYPE")) row.fail("CALTYPE", "is missing: down or pm");
    if (row.blank("RESTYPE")) row.fail("RESTYPE", "is missing: stngrp or stnfam");
    const auto type = row.keyword("CALTYPE", {"down", "pm"}), kind = row.keyword("RESTYPE", {"stngrp", "stnfam"});
    const auto found = calendars.find(name);
    if (found == calendars.end()) {
      if (!name.empty())
        row.fail("CALNAME", "there is no calendar of that name" + schema::did_you_mean(name, calendar_names));
      continue;
    }
    found->second.attached = true;
    Calendar c = found->second;
    if (type && (*type == 0) != c.down)
      row.fail("CALTYPE",
               c.down ? "the calendar is one of breakdowns: down" : "the calendar is one of maintenance: pm");
    set_first(row, c);
    std::vector<std::size_t> targets;
    if (kind == 0u) {
      const auto area = model_.areas.find(resource);
      if (area != model_.areas.end())
        targets = area->second;
      else
        row.fail("RESNAME", "there is no area of that name" + schema::did_you_mean(resource, area_names));
    } else if (kind == 1u) {
      const auto group = by_name.find(resource);
      if (group != by_name.end())
        targets = {group->second};
      else
        row.fail("RESNAME", "there is no tool group of that name" + schema::did_you_mean(resource, group_names));
    }
    for (const std::size_t t : targets) {
      if (c.down) {
        model_.fab.tool_groups[t].breakdowns.push_back(c.breakdown);
        model_.breakdowns[t].push_back(row.place());
      } else {
        model_.fab.tool_groups[t].maintenance.push_back(c.maintenance);
        model_.maintenance[t].push_back(row.place());
      }
    }
  }
  for (const auto& [name, c] : calendars)
    if (!c.attached)
      issue(c.place, c.down ? "DOWNCALNAME" : "PMCALNAME", name, "the calendar is not attached to any tool group");
}

} // namespace centresim::io::smt2020
