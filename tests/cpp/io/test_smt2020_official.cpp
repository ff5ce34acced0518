// A text set written in the form of the official folder (UTF-16, comments, lists over several rows, options.def) must
// give the very same scenario.
#include "catch.hpp"
#include "shared_data.hpp"
#include "smt2020_folder.hpp"

#include "centresim/centre/run.hpp"
#include "centresim/core/error.hpp"
#include "centresim/experiment/kpi.hpp"
#include "centresim/io/smt2020.hpp"

#include <set>
#include <sstream>

using namespace centresim;
using namespace smt2020_folder;

namespace {

using Row = std::vector<std::string>;

std::vector<Row> rows_of(const std::filesystem::path& file) {
  std::vector<Row> rows;
  std::ifstream in(file, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    Row& row = rows.emplace_back();
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, '\t');) row.push_back(cell);
  }
  return rows;
}

// Ranks one to a row, below their tool group; the criteria of batches parted by a bar.
std::vector<Row> lists_as_rows(const std::vector<Row>& rows) {
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(rows.front(), name) - rows.front().begin());
  };
  const std::size_t rank = column("FWLRANK"), mix = column("BATCHCRITF");
  std::vector<Row> out;
  for (Row row : rows) {
    if (mix < row.size()) std::ranges::replace(row[mix], ';', '|');
    std::istringstream list(rank < row.size() ? row[rank] : "");
    std::string entry;
    std::getline(list, entry, ';');
    if (rank < row.size()) row[rank] = entry;
    out.push_back(row);
    while (std::getline(list, entry, ';')) {
      out.emplace_back(rank + 1);
      out.back()[rank] = entry;
    }
  }
  return out;
}

std::string with_comments(const std::vector<Row>& rows) {
  std::string text = "~ a comment\tover\tcells\r\n\t~ another\r\n\r\n";
  for (std::size_t r = 0; r < rows.size(); r++) {
    for (std::size_t i = 0; i < rows[r].size(); i++) text += (i ? "\t" : "") + rows[r][i];
    text += r % 3 == 1 ? "\t~ remark\tmore\r\n" : "\r\n";
    if (r % 5 == 4) text += "~old\tline\r\n\r\n";
  }
  return text;
}

// Writes the text set `from` as an official folder: a year of warm-up and a year to report, as text sets are read.
void write_official(const std::filesystem::path& from, const Folder& to) {
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    std::string name = entry.path().filename().string();
    std::vector<Row> rows = rows_of(entry.path());
    if (name.starts_with("tool.txt")) {
      name = "station.txt";
      rows = lists_as_rows(rows);
    }
    to.write(name, as_utf16(with_comments(rows)));
  }
  to.write("period.txt", as_utf16(with_comments({{"PERIOD", "PERIODSTART", "REPORT", "RESET"},
                                                 {"WarmUp", "01/01/18 00:00:00", "no", "yes"},
                                                 {"Period_1", "01/01/19 00:00:00", "yes", "no"}})));
  std::string text = options();
  text.replace(text.find("USE_CALENDARS"), 13, "COMMENT_CHARACTER\t~\nUSE_CALENDARS(Y/N)");
  text.replace(text.find("ORDER_FILES"), 11, "ORDER_FILES\tfile\t~ list.txt\n\tfile\t~wip_old.txt\n");
  to.write("options.def", as_utf16(text));
}

// The folder of a scenario gives it its name: the same for both.
centre::Scenario read(const std::filesystem::path& folder) {
  centre::Scenario s = io::read_smt2020(folder);
  s.name = s.title = "same";
  return s;
}

void check_both_forms(const std::filesystem::path& text_set) {
  const Folder official;
  write_official(text_set, official);
  const centre::Scenario a = read(text_set), b = read(official.path());
  CHECK(a == b);
  CHECK(centre::scenario_hash(a) == centre::scenario_hash(b));
}

// Ten products with routes of their own over the same tools, ranked by critical ratio.
Sheets ten_products() {
  Sheets s = model();
  Sheet& tools = s["tool.txt.1l"];
  for (std::size_t i = 0; i < tools.rows.size(); i++) {
    std::string& ranks = tools.cell(i, "FWLRANK");
    if (const auto at = ranks.find("rank_FIFO"); at != std::string::npos) ranks.replace(at, 9, "rank_CR");
  }
  tools.cell(1, "BATCHCRITF") = "crit_samepartfam;crit_samestepname";
  const Sheet route = s["route_a.txt"];
  s.erase("route_a.txt");
  s.erase("route_b.txt");
  s["part.txt"].rows.clear();
  s["order.txt"].rows.clear();
  s["WIP.txt"].rows.clear();
  for (int p = 1; p <= 10; p++) {
    const std::string n = std::to_string(p);
    s["part.txt"].rows.push_back({"Saleable", "fam" + n, "part_" + n, "route_" + n + ".txt", "r_" + n});
    Sheet own = route;
    for (std::size_t k = 0; k < own.rows.size(); k++) own.cell(k, "ROUTE") = "r_" + n;
    own.cell(4, "SETUP") = p % 2 == 0 ? "B1" : "B2";
    s["route_" + n + ".txt"] = own;
    for (const int hot : {0, 1})
      s["order.txt"].rows.push_back({(hot ? "Hot_" : "Lot_") + n, "part_" + n, hot ? "20" : "10", "25",
                                     "01/01/18 00:00:00", "constant", hot ? "20000" : std::to_string(4000 + 100 * p),
                                     "min", "", "1", "01/0" + std::to_string(1 + p % 9) + "/18 12:00:00", "O", "no"});
    s["WIP.txt"].rows.push_back(
        {"W_" + n, "part_" + n, "10", "25", "01/01/18 00:00:00", std::to_string(1 + p % 7), "01/04/18 00:00:00", "O"});
  }
  return s;
}

} // namespace

TEST_CASE("SMT2020: a text set and its official form give the same scenario", "[io][smt2020]") {
  check_both_forms(Folder(model()).path());
}

TEST_CASE("SMT2020: HVLM and its official form give the same scenario", "[io][smt2020][hvlm]") {
  if (const auto dir = shared_data("data/smt2020/HVLM")) check_both_forms(*dir);
}

TEST_CASE("SMT2020: ten products ranked by critical ratio, in both forms", "[io][smt2020]") {
  const Folder text_set(ten_products());
  check_both_forms(text_set.path());
  centre::Scenario s = read(text_set.path());
  const fab::Fab& f = *s.fab;
  CHECK(f.routes.size() == 10);
  CHECK(f.products.size() == 10);
  CHECK(f.releases.size() == 20);
  CHECK(f.lots.size() == 10);
  CHECK(f.routes[9].name == "r_10");
  CHECK(f.routes[9].steps[4].setup == "B1");
  CHECK(f.tool_groups[1].batch_mix == fab::BatchMix::family_step);
  for (const fab::ToolGroup& g : f.tool_groups) CHECK(g.rank.back() == fab::Rank::critical_ratio);
  s.horizon = {40 * core::kTicksPerDay};
  s.warmup = {};
  std::set<std::string> finished; // lots of every product come out
  for (const experiment::KpiRow& row : experiment::read_kpis(centre::run(s, {}).tree.at("")))
    if (row.info.name == "fab.cycle_time" && row.estimate.mean > 0)
      for (const auto& [label, value] : row.labels)
        if (label == "product" && value.starts_with("part_")) finished.insert(value);
  CHECK(finished.size() == 10);
}

TEST_CASE("SMT2020: a list of orders beside the streams, switched by the options", "[io][smt2020]") {
  // Lots one by one instead of streams, to the end of the periods; the streams stay in the folder, not active.
  Sheets s = official_model();
  Sheet list{"LOT PART PRIOR PIECES START DUE ORDER HOTLOT", {}};
  const char* months[] = {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"};
  for (const char* year : {"18", "19"})
    for (const char* month : months)
      for (const char* part : {"chip", "trial"})
        if (std::string(year) == "18" || std::string(month) < "07")
          list.rows.push_back({"L" + std::to_string(list.rows.size()), part, "10", "25",
                               std::string(month) + "/03/" + year + " 08:00:00",
                               std::string(month) + "/28/" + year + " 09:30:00", "O", "no"});
  s["list.txt"] = list;
  const Folder folder(s);
  std::string text = options();
  text.replace(text.find("\tfile order.txt"), 15, "\tfile list.txt\n\t~file order.txt");
  folder.write("options.def", text);
  const fab::Fab f = *io::read_smt2020(folder.path()).fab;
  CHECK(f.releases.empty());
  REQUIRE(f.lots.size() == 36 + 3);
  CHECK(f.lots[1].product == "trial");
  CHECK(f.lots[1].kind == "ERL");
  CHECK(f.lots[1].release.ticks == 2 * core::kTicksPerDay + 8 * core::kTicksPerHour);
  CHECK(f.lots[1].due->ticks == 27 * core::kTicksPerDay + 19 * core::kTicksPerHour / 2);
  CHECK(f.lots[36].step == "4"); // the lots in process come from the other file
  CHECK_FALSE(f.lots[36].release.ticks > 0);
}

TEST_CASE("SMT2020: options that contradict themselves are told", "[io][smt2020]") {
  const auto told = [](const std::string& from, const std::string& to) {
    std::string text = options();
    text.replace(text.find(from), from.size(), to);
    const Folder folder(official_model());
    folder.write("options.def", as_utf16(text));
    try {
      (void)io::read_smt2020(folder.path());
    } catch (const core::InputError& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const std::string start = "SIM_START\t01/01/18 00:00:00\n";
  CHECK(told(start, start).empty());
  CHECK(told(start, start + "\t01/01/19 00:00:00\n").find("options.def:3: SIM_START: 01/01/19: is given twice") !=
        std::string::npos);
  CHECK(told(start, start + "USE_CALENDARS\tY\n").find("USE_CALENDARS: Y: is given twice") != std::string::npos);
  CHECK(told(start, start + "COMMENT_CHARACTER\t#\n").find("COMMENT_CHARACTER: #: only ~") != std::string::npos);
}

TEST_CASE("SMT2020: UTF-16 files without options keep their comments", "[io][smt2020]") {
  const Folder text_set(model()), marked;
  for (const auto& [name, sheet] : model()) marked.write(name, as_utf16("~ remark\n" + text_of(sheet)));
  CHECK(read(text_set.path()) == read(marked.path()));
  marked.write("route_z.txt", as_utf16("ROUTE\tSTEP\n"));
  CHECK_THROWS_AS(read(marked.path()), core::InputError);
}
