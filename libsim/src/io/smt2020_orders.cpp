// Release streams, listed lots, and the lots in process at the start.
#include "smt2020_model.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace centresim::io::smt2020 {
namespace {

constexpr std::int64_t kMostWafers = 1'000'000, kMostLots = 100'000;

std::int64_t wafers(const Row& row) {
  if (row.blank("PIECES")) row.fail("PIECES", "is missing");
  const std::int64_t n = row.count("PIECES").value_or(1);
  if (n > kMostWafers) row.fail("PIECES", "must be at most 1000000 wafers");
  return n;
}

std::int64_t priority(const Row& row) {
  const auto value = row.number("PRIOR");
  return value ? static_cast<std::int64_t>(std::min(*value, 1e6)) : 0;
}

} // namespace

// The data set names its lots by part group and priority: production (P) and engineering (E) lots, regular (R), hot (H)
// and super hot (S).
std::string Reader::lot_kind(const Row& row) const {
  if (row.blank("PRIOR")) row.fail("PRIOR", "is missing: 10, 20 or 30");
  const auto part = model_.part_kind.find(row.text("PART"));
  if (part == model_.part_kind.end() || row.blank("PRIOR")) return "PRL"; // told elsewhere
  const auto value = row.number("PRIOR");
  if (value == 10.0) return part->second == 0 ? "PRL" : "ERL";
  if (value == 20.0) return part->second == 0 ? "PHL" : "EHL";
  if (value == 30.0 && part->second == 0) return "SHL";
  if (value)
    row.fail("PRIOR", part->second == 0 ? "must be 10, 20 or 30 for a Saleable part"
                                        : "must be 10 or 20 for an Engineering part");
  return "PRL";
}

std::optional<core::Tick> Reader::since_start(const Row& row, std::string_view column, const Files& files) const {
  const auto at = row.date(column);
  if (!at) return std::nullopt;
  return *at - files.start;
}

void Reader::add_stream(const Row& row, const Files& files) {
  fab::Release r;
  r.name = row.need("LOT");
  r.product = row.need("PART");
  r.priority = priority(row);
  r.kind = lot_kind(row);
  r.wafers = common::Distribution::constant(static_cast<double>(wafers(row)));
  if (const auto every = row.law("RDIST", "REPEAT", "REPEAT2", "RUNITS"))
    r.every = *every;
  else
    r.every.parameters = {static_cast<double>(core::kTicksPerDay)}; // told already
  r.count = row.count("RPT#");
  r.lots = row.count("LOTSPERRPT").value_or(1);
  if (r.lots > kMostLots) row.fail("LOTSPERRPT", "must be at most 100000 lots");
  if (!row.blank("CURSTEP")) row.fail("CURSTEP", "a stream has no current step: leave it out, or leave out REPEAT");
  if (row.blank("START")) row.fail("START", "is missing");
  const auto start = since_start(row, "START", files), due = since_start(row, "DUE", files);
  if (start && *start < 0) row.fail("START", "is before the start of the simulation");
  if (start && *start >= 0) r.start.ticks = *start;
  if (start && due) {
    if (*due < *start)
      row.fail("DUE", "is before START");
    else
      r.due = schema::Duration{*due - *start};
  }
  r.hot = row.yes("HOTLOT");
  model_.fab.releases.push_back(std::move(r));
  model_.releases.push_back(row.place());
}

void Reader::add_lot(const Row& row, const Files& files) {
  for (const char* column : {"RDIST", "REPEAT2", "RUNITS", "RPT#", "LOTSPERRPT"})
    if (!row.blank(column)) {
      row.fail(column, "belongs to a stream: REPEAT is missing");
      break;
    }
  fab::Lot l;
  l.name = row.need("LOT");
  l.product = row.need("PART");
  l.priority = priority(row);
  l.kind = lot_kind(row);
  l.wafers = wafers(row);
  l.step = row.text("CURSTEP");
  if (row.blank("START")) row.fail("START", "is missing");
  const auto start = since_start(row, "START", files);
  if (start && *start < 0)
    row.fail("START", "is before the start of the simulation");
  else if (start && *start > 0 && !l.step.empty())
    row.fail("START", "a lot in process starts with the simulation");
  else if (start)
    l.release.ticks = *start;
  if (const auto due = since_start(row, "DUE", files)) l.due = schema::Duration{*due};
  l.hot = row.yes("HOTLOT");
  model_.fab.lots.push_back(std::move(l));
  model_.lots.push_back(row.place());
}

void Reader::read_orders(const Files& files) {
  for (const std::string& name : files.orders) {
    const Table* table = open(name, files.dialect,
                              {"!LOT", "!PART", "!PRIOR", "!PIECES", "!START", "RDIST", "REPEAT", "REPEAT2", "RUNITS",
                               "RPT#", "LOTSPERRPT", "CURSTEP", "DUE", "ORDER", "HOTLOT", "TRACE"});
    for (std::size_t i = 0; table && i < table->size(); i++) {
      const Row row = table->row(i);
      if (row.yes("TRACE")) row.fail("TRACE", "yes is not supported");
      if (row.blank("REPEAT"))
        add_lot(row, files);
      else
        add_stream(row, files);
    }
  }
  check_lists();
}

// A list of releases must go on to the horizon: a part whose list ends early would run dry unnoticed.
void Reader::check_lists() {
  struct List {
    core::Tick first = core::kNever, last = 0;
    std::size_t lots = 0, last_index = 0;
  };
  std::map<std::string_view, List> lists;
  for (std::size_t i = 0; i < model_.fab.lots.size(); i++) {
    const fab::Lot& l = model_.fab.lots[i];
    if (!l.step.empty()) continue;
    List& list = lists[l.product];
    list.first = std::min(list.first, l.release.ticks);
    if (l.release.ticks >= list.last) {
      list.last = l.release.ticks;
      list.last_index = i;
    }
    list.lots++;
  }
  for (const fab::Release& r : model_.fab.releases) lists.erase(r.product);
  for (const auto& [product, list] : lists) {
    if (list.lots < 2) continue;
    const core::Tick gap = (list.last - list.first) / static_cast<core::Tick>(list.lots - 1);
    if (list.last + gap < model_.horizon)
      issue(model_.lots[list.last_index], "START", "",
            fmt::format("is the last release of {}: the list ends before the horizon of {} d", product,
                        model_.horizon / core::kTicksPerDay));
  }
}

} // namespace centresim::io::smt2020
