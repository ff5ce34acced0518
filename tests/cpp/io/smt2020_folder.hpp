// A small fab model in the text format of the SMT2020 testbed, made by the tests: all its features, none of its data.
#pragma once
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

namespace smt2020_folder {

struct Sheet {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;

  // Columns and rows as text: cells separated by blanks, "." for an empty cell, "_" for a blank within a cell.
  Sheet() = default;
  Sheet(const std::string& header, const std::vector<std::string>& lines) {
    columns = cells_of(header);
    for (const std::string& l : lines) rows.push_back(cells_of(l));
  }

  static std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::string cell;
    const auto put = [&] {
      if (cell.empty()) return;
      cells.push_back(cell == "." ? "" : cell);
      cell.clear();
    };
    for (const char c : line + " ") {
      if (c == ' ')
        put();
      else
        cell += c == '^' ? ' ' : c;
    }
    return cells;
  }

  std::string& cell(std::size_t row, const std::string& column) {
    auto found = std::ranges::find(columns, column);
    if (found == columns.end()) found = columns.insert(columns.end(), column);
    const std::size_t i = static_cast<std::size_t>(found - columns.begin());
    auto& cells = rows.at(row);
    if (cells.size() <= i) cells.resize(i + 1);
    return cells[i];
  }
  void drop(const std::string& column) {
    const auto i = std::ranges::find(columns, column) - columns.begin();
    columns.erase(columns.begin() + i);
    for (auto& r : rows)
      if (static_cast<std::ptrdiff_t>(r.size()) > i) r.erase(r.begin() + i);
  }
};

using Sheets = std::map<std::string, Sheet>;

inline Sheets model() {
  Sheets s;
  s["tool.txt.1l"] = {"STNFAM STN RULE FWLRANK WAKERESRANK BATCHCRITF BATCHPER LTIME LTUNITS ULTIME ULTUNITS STNCAP "
                      "STNQTY STNGRP STNFAMSTEP_ACTLIST STNFAMLOC PRERULERWL SETUPGRP",
                      {"Clean Clean rule_HotLotFIRST rank_HP;rank_FIFO . . . 1.0 min 1.0 min 2.0 2.0 Wet . Fab no .",
                       "Furnace Furnace rule_HotLotFIRST rank_HP;rank_FIFO . crit_sameroutestep piece 1 min 1 min . 3 "
                       "Hot . Fab no .",
                       "Scanner Scanner rule_HotLotFIRST rank_HP;rank_RSETUP;rank_CR wake_LeastSetupTime . . 1 min 1 "
                       "min . 2 Litho . Fab no .",
                       "Meter Meter rule_HotLotFIRST rank_HP;rank_FIFO . . . 0.5 min 0.5 min 1 . Litho . Fab no .",
                       "Implant Implant rule_LSSU rank_HP;rank_RSETUP;rank_FIFO . . . 1 min 1 min . 4 Dope . Fab no "
                       "Gas",
                       "Wait Wait rule_HotLotFIRST rank_HP;rank_FIFO . . . 0.0 min 0.0 min . 50 None . Out no ."}};
  s["part.txt"] = {"PARTGRP PARTFAM PART ROUTEFILE ROUTE",
                   {"Saleable chips chip route_a.txt r_a", "Engineering chips trial route_b.txt r_b"}};
  const std::string route =
      "ROUTE STEP DESC STNFAM PDIST PTIME PTIME2 PTUNITS PTPER BATCHMN BATCHMX SETUP WHEN STIME STUNITS SVESTN FORSTEP "
      "BatchInterval BatchIntUnits PartInterval PartIntUnits RWKSTEP REWORK RWKTYPE StepPercent STEP_CQT CQT CQTUNITS "
      "IGNORE";
  s["route_a.txt"] = {
      route,
      {"r_a 1 clean Clean uniform 1.5 0.25 min per_piece . . . . . . . . . . 1.25 min . . . . 2 4 hr x",
       "r_a 2 oxide Furnace uniform 300 15 min per_batch 50 100 . . . . . . . . . . . . . . 3 2 hr x",
       "r_a 3 mask Scanner constant 1 . min per_piece . . A1 need 8 min yes 6 . . . . . . . . . . . .",
       "r_a 4 look Meter exponential 10 . min per_lot . . . . . . . . . . . . 3 5 lot 40 . . . .",
       "r_a 5 implant Implant uniform 30 1.5 min per_lot . . B1 need . . . . . . . . . . . . . . . .",
       "r_a 6 mask2 Scanner uniform 1 0.05 min per_piece . . A2 always 9 min . . . . . . . . . . . . . .",
       "r_a 7 rest Wait uniform 0.5 0.1 day per_lot . . . . . . . . . . . . . . . . . . . ."}};
  s["route_b.txt"] = {route,
                      {"r_b x1 c Clean uniform 60 3 min per_lot . . . . . . . . 40 min . . . . . . . . . .",
                       "r_b x2 i Implant uniform 30 1.5 min per_lot . . B2 need . . . . . . . . . . . 100 . . . ."}};
  s["order.txt"] = {"LOT PART PRIOR PIECES START RDIST REPEAT RUNITS RPT# LOTSPERRPT DUE ORDER HOTLOT",
                    {"Lot chip 10 25 01/01/18^00:00:00 constant 600 min 200000 1 01/15/18^12:00:00 O_Lot no",
                     "Hot chip 20 25 01/02/18^00:00:00 exponential 10 day . 2 01/10/18^00:00:00 O_Hot yes",
                     "Try trial 10 5 01/01/18^00:00:00 constant 7 day 100 . 02/01/18^00:00:00 O_Try no"}};
  s["WIP.txt"] = {"LOT PART PRIOR PIECES START CURSTEP DUE ORDER HOTLOT TRACE",
                  {"W1 chip 10 25 01/01/18^00:00:00 4 12/30/17^00:00:00 O . .",
                   "W2 chip 30 24 01/01/18^00:00:00 2 01/03/18^06:00:00 O",
                   "W3 trial 20 3 01/01/18^00:00:00 x2 01/05/18^00:00:00 O . no"}};
  s["downcal.txt"] = {"DOWNCALNAME DOWNCALTYPE MTTFDIST MTTF MTTFUNITS MTTRDIST MTTR MTTRUNITS IGNORE",
                      {"BREAK_L mttf_by_cal exponential 10080 min exponential 35.28 min Litho"}};
  s["pmcal.txt"] = {
      "PMCALNAME PMCALTYPE MTBPM MTBPMUNITS MTTRDIST MTTR MTTR2 MTTRUNITS IGNORE",
      {"PM_C mtbpm_by_pieces 2500 pieces uniform 17.47 3.49 hr .", "PM_S mtbpm_by_cal 30 day uniform 13.76 2.75 hr ."}};
  s["attach.txt"] = {"CALNAME CALTYPE RESTYPE RESNAME FOADIST FOA FOAUNITS",
                     {"BREAK_L down stngrp Litho exponential 5000 min", "PM_C pm stnfam Clean constant 2000 .",
                      "PM_S pm stnfam Scanner constant 27.3 day"}};
  s["setup.txt"] = {"CURSETUP NEWSETUP STIME STUNITS IGNORE", {". B1 72 min .", "B1 B2 60 min ."}};
  s["setupgrp.txt"] = {"SETUPGRP SETUP MINRUN IGNORE", {"Gas B1 7 .", ". B2 5 ."}};
  s["fromto.txt"] = {"FROMLOC TOLOC DDIST DTIME DTIME2 DUNITS", {"Fab Fab uniform 7.5 2.5 min"}};
  return s;
}

// The same in the layout of the official folder: other file names, lists over several rows.
inline Sheets official_model() {
  Sheets s = model();
  Sheet tools = s["tool.txt.1l"];
  s.erase("tool.txt.1l");
  for (std::size_t i = 0; i < tools.rows.size(); i++) {
    std::string& ranks = tools.cell(i, "FWLRANK");
    const std::size_t cut = ranks.find(';');
    if (cut == std::string::npos) continue;
    const std::string rest = ranks.substr(cut + 1);
    ranks.resize(cut);
    std::vector<std::string> more(tools.columns.size());
    more[static_cast<std::size_t>(std::ranges::find(tools.columns, "FWLRANK") - tools.columns.begin())] = rest;
    tools.rows.insert(tools.rows.begin() + static_cast<std::ptrdiff_t>(i) + 1, more);
  }
  s["station.txt"] = tools;
  s["period.txt"] = {
      "PERIOD PERIODSTART REPORT RESET",
      {"WarmUp 01/01/18^00:00:00 no yes", "Period_1 07/02/18^00:00:00 yes no", "Period_2 12/31/18^00:00:00 yes no"}};
  return s;
}

inline std::string options() {
  return "~ options of the model\nSIM_START\t01/01/18 00:00:00\nSEQ_ADDS_SETUP_DELAYS\tN\t~ in "
         "parallel\nUSE_CALENDARS\tY\n"
         "STATION_FILES\tfile station.txt\n\t~ file old.txt\nSETUP_FILES\tfile setup.txt\nSETUPGROUP_FILES\tfile "
         "setupgrp.txt\nPRODUCT_FILES\tfile part.txt\nDOWNCAL_FILES\tfile downcal.txt\nPMCAL_FILES\tfile pmcal.txt\n"
         "ATTACH_FILES\tfile attach.txt\nFROMTO_FILES\tfile fromto.txt\nPERIOD_FILE\tfile period.txt\n"
         "ORDER_FILES\tfile order.txt\n\tfile WIP.txt\n\tnone\n";
}

inline std::string text_of(const Sheet& sheet) {
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); i++) text += (i ? "\t" : "") + cells[i];
    text += "\n";
  };
  line(sheet.columns);
  for (const auto& row : sheet.rows) line(row);
  return text;
}

inline std::string as_utf16(const std::string& ascii) {
  std::string bytes = "\xff\xfe";
  for (const char c : ascii) {
    bytes += c;
    bytes += '\0';
  }
  return bytes;
}

// A folder of its own under the system's temporary one, removed at the end.
class Folder {
 public:
  Folder() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            ("centresim-smt2020-" + std::to_string(::getpid()) + "-" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  explicit Folder(const Sheets& sheets) : Folder() {
    for (const auto& [name, sheet] : sheets) write(name, text_of(sheet));
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code code;
    std::filesystem::remove_all(path_, code);
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path_ / name, std::ios::binary) << bytes;
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

} // namespace smt2020_folder
