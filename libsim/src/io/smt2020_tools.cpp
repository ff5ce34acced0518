// Tool groups, their dispatching, setup times and setup groups.
#include "smt2020_model.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace centresim::io::smt2020 {
namespace {

constexpr const char* kActionList = "Custom_actlist_ASISemiOpersDuringSetupAndAdditionalLoadUnload";

std::vector<std::string> split_list(std::string_view cell) {
  std::vector<std::string> items;
  while (!cell.empty()) {
    const std::size_t end = std::min(cell.find_first_of(";|"), cell.size());
    std::string_view item = cell.substr(0, end);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    items.emplace_back(item);
    cell.remove_prefix(std::min(end + 1, cell.size()));
  }
  return items;
}

bool has(const std::vector<std::string>& list, const char* word) { return std::ranges::find(list, word) != list.end(); }

void set_batch_mix(fab::ToolGroup& group, const std::vector<std::string>& criteria, const Row& row) {
  if (criteria.empty()) return;
  for (const std::string& c : criteria)
    if (c != "crit_sameroutestep" && c != "crit_samepartfam" && c != "crit_samestepname") {
      row.fail("BATCHCRITF",
               "unknown criterion " + c + ": must be crit_sameroutestep, or crit_samepartfam and crit_samestepname");
      return;
    }
  if (criteria.size() == 1 && has(criteria, "crit_sameroutestep"))
    group.batch_mix = fab::BatchMix::route_step;
  else if (criteria.size() == 2 && has(criteria, "crit_samepartfam") && has(criteria, "crit_samestepname"))
    group.batch_mix = fab::BatchMix::family_step;
  else
    row.fail("BATCHCRITF", "must be crit_sameroutestep, or crit_samepartfam and crit_samestepname");
}

// Columns that a continuation row leaves blank.
constexpr std::initializer_list<const char*> kPlainColumns = {
    "STN",    "RULE",   "WAKERESRANK", "BATCHPER",           "LTIME",     "LTUNITS",    "ULTIME",  "ULTUNITS",
    "STNCAP", "STNQTY", "STNGRP",      "STNFAMSTEP_ACTLIST", "STNFAMLOC", "PRERULERWL", "SETUPGRP"};

} // namespace

void Reader::add_ranks(fab::ToolGroup& group, const Row& row) {
  for (const std::string& entry : split_list(row.text("FWLRANK"))) {
    std::optional<fab::Rank> rank;
    if (entry == "rank_HP")
      rank = fab::Rank::priority;
    else if (entry == "rank_RSETUP")
      rank = fab::Rank::setup_time;
    else if (entry == "rank_FIFO")
      rank = fab::Rank::fifo;
    else if (entry == "rank_CR")
      rank = fab::Rank::critical_ratio;
    else {
      row.fail("FWLRANK", fmt::format("unknown rank {}: must be rank_HP, rank_RSETUP, rank_FIFO or rank_CR", entry));
      continue;
    }
    if (std::ranges::find(group.rank, *rank) != group.rank.end()) {
      row.fail("FWLRANK", entry + " is named twice");
      continue;
    }
    const fab::Rank other = *rank == fab::Rank::fifo ? fab::Rank::critical_ratio : fab::Rank::fifo;
    if ((*rank == fab::Rank::fifo || *rank == fab::Rank::critical_ratio) &&
        std::ranges::find(group.rank, other) != group.rank.end())
      row.fail("FWLRANK", "rank_FIFO and rank_CR exclude one another");
    group.rank.push_back(*rank);
  }
}

void Reader::add_tool_group(const Row& row, const Files&) {
  fab::ToolGroup g;
  g.name = row.text("STNFAM");
  g.rank.clear();
  g.area = row.need("STNGRP");
  g.location = row.text("STNFAMLOC");
  g.tools = row.count("STNQTY").value_or(1);
  if (g.tools > 100'000) row.fail("STNQTY", "must be at most 100000 tools");
  if (!row.blank("STNCAP")) {
    const auto positions = row.number("STNCAP");
    if (positions && *positions != 1 && *positions != 2) row.fail("STNCAP", "must be 1, or 2 for a cascading tool");
    g.cascading = positions == 2.0;
    if (g.cascading) g.next_job = fab::NextJob::just_in_time;
  }
  g.load.ticks = row.duration("LTIME", "LTUNITS").value_or(0);
  g.unload.ticks = row.duration("ULTIME", "ULTUNITS").value_or(0);
  // Of no effect on tools that take one job at a time, as the published shares of set-up time show.
  if (row.keyword("WAKERESRANK", {"wake_LeastSetupTime"}) && g.cascading)
    g.tool_choice = fab::ToolChoice::least_setup_time;
  if (row.yes("PRERULERWL")) row.fail("PRERULERWL", "yes is not supported");
  (void)row.keyword("STNFAMSTEP_ACTLIST", {kActionList});
  const bool per_piece = row.keyword("BATCHPER", {"piece"}).has_value();
  if (per_piece && row.blank("BATCHCRITF")) row.fail("BATCHPER", "belongs to a BATCHCRITF");
  if (row.blank("BATCHPER") && !row.blank("BATCHCRITF")) row.fail("BATCHPER", "is missing: BATCHCRITF is given");

  if (row.blank("RULE")) row.fail("RULE", "is missing: rule_HotLotFIRST or rule_LSSU");
  const auto rule = row.keyword("RULE", {"rule_HotLotFIRST", "rule_LSSU"});
  g.hot_lot_reservation = rule == 0u;
  if (rule == 1u && row.blank("SETUPGRP")) row.fail("SETUPGRP", "is missing: rule_LSSU needs a setup group");
  if (rule == 0u && !row.blank("SETUPGRP")) row.fail("SETUPGRP", "only rule_LSSU uses a setup group");

  if (!g.area.empty()) model_.areas[g.area].push_back(model_.fab.tool_groups.size());
  model_.setup_group.emplace_back(row.text("SETUPGRP"));
  model_.tool_groups.push_back(row.place());
  model_.fab.tool_groups.push_back(std::move(g));
}

void Reader::read_tools(const Files& files) {
  const Table* table = open(files.stations, files,
                            {"!STNFAM", "STN", "!RULE", "!FWLRANK", "WAKERESRANK", "BATCHCRITF", "BATCHPER", "LTIME",
                             "LTUNITS", "ULTIME", "ULTUNITS", "STNCAP", "STNQTY", "!STNGRP", "STNFAMSTEP_ACTLIST",
                             "STNFAMLOC", "PRERULERWL", "SETUPGRP"});
  if (!table) return;
  std::vector<std::string> batch;
  std::optional<Row> first;
  const auto finish = [&] {
    if (!first) return;
    fab::ToolGroup& g = model_.fab.tool_groups.back();
    set_batch_mix(g, batch, *first);
    if (g.rank.empty()) first->fail("FWLRANK", "is missing");
    batch.clear();
  };
  for (std::size_t i = 0; i < table->size(); i++) {
    const Row row = table->row(i);
    if (!row.blank("STNFAM")) {
      finish();
      first = row;
      add_tool_group(row, files);
    } else {
      if (!first) {
        row.fail("STNFAM", "is missing: there is no tool group above that this line could continue");
        incomplete_ = true;
        continue;
      }
      for (const char* column : kPlainColumns)
        if (!row.blank(column)) row.fail(column, "a line without STNFAM can only continue a list");
    }
    add_ranks(model_.fab.tool_groups.back(), row);
    for (std::string& c : split_list(row.text("BATCHCRITF"))) batch.push_back(std::move(c));
  }
  finish();
  read_setup_times(files);
  read_setup_groups(files);
}

void Reader::read_setup_times(const Files& files) {
  const Table* table = open(files.setups, files, {"!CURSETUP", "!NEWSETUP", "SDIST", "!STIME", "STIME2", "!STUNITS"});
  if (!table) return;
  for (std::size_t i = 0; i < table->size(); i++) {
    const Row row = table->row(i);
    fab::SetupTime s;
    s.from = row.text("CURSETUP");
    s.to = row.need("NEWSETUP");
    (void)row.need("STIME");
    if (const auto time = row.law("SDIST", "STIME", "STIME2", "STUNITS", true)) s.time = *time;
    model_.fab.setup_times.push_back(std::move(s));
    model_.setup_times.push_back(row.place());
  }
}

void Reader::read_setup_groups(const Files& files) {
  const Table* table = open(files.setup_groups, files, {"!SETUPGRP", "!SETUP", "!MINRUN"});
  if (!table) return;
  std::string group;
  for (std::size_t i = 0; i < table->size(); i++) {
    const Row row = table->row(i);
    if (!row.blank("SETUPGRP")) group = row.text("SETUPGRP");
    if (group.empty()) {
      row.fail("SETUPGRP", "is missing");
      continue;
    }
    MinimumRunRow run{row.need("SETUP"), row.count("MINRUN").value_or(1), row.place()};
    if (row.blank("MINRUN")) row.fail("MINRUN", "is missing");
    auto& runs = model_.runs[group];
    if (std::ranges::find(runs, run.setup, &MinimumRunRow::setup) != runs.end())
      row.fail("SETUP", "the setup group " + group + " names it already");
    else if (!run.setup.empty())
      runs.push_back(std::move(run));
  }
  for (std::size_t i = 0; i < model_.setup_group.size(); i++)
    if (!model_.setup_group[i].empty() && !model_.runs.contains(model_.setup_group[i]))
      issue(model_.tool_groups[i], "SETUPGRP", model_.setup_group[i], "there is no setup group of that name");
}

} // namespace centresim::io::smt2020
