// The fab under construction while the files of a folder are read, and where each part of it was written.
#pragma once
#include "smt2020_table.hpp"

#include "centresim/fab/check.hpp"
#include "centresim/fab/values.hpp"

#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace centresim::io::smt2020 {

// The files of a model, by role; nothing where the official options leave a role out.
struct Files {
  Dialect dialect = Dialect::text;
  std::optional<std::string> stations, setups, setup_groups, products, breakdowns, maintenance, attachments, transport,
      periods;
  std::vector<std::string> orders;
  std::int64_t start = 0; // of the simulation, milliseconds since 1970
};

struct MinimumRunRow {
  std::string setup;
  std::int64_t lots = 1;
  Place place;
};

// Positions follow the lists of `fab`, so that a fault found there can be told at its line.
struct Model {
  fab::Fab fab;
  std::vector<Place> tool_groups, routes, products, releases, lots, setup_times, transport;
  std::vector<std::vector<Place>> breakdowns, maintenance, minimum_runs, steps;
  core::Tick horizon = 730 * core::kTicksPerDay, warmup = 365 * core::kTicksPerDay;
  std::optional<core::Tick> report_every;

  std::map<std::string, std::vector<std::size_t>, std::less<>> areas;  // tool groups of an area
  std::vector<std::string> setup_group;                                // of each tool group, may be empty
  std::map<std::string, std::vector<MinimumRunRow>, std::less<>> runs; // by setup group
  std::map<std::string, std::size_t, std::less<>> part_kind;           // 0 saleable, 1 engineering
};

class Reader {
 public:
  Reader(std::filesystem::path dir, schema::Errors& errors) : dir_(std::move(dir)), errors_(errors) {}

  [[nodiscard]] Files find_files();      // smt2020_files.cpp
  void read_periods(const Files& files); // smt2020_files.cpp
  void read_tools(const Files& files);   // smt2020_tools.cpp: tool groups, setups
  void read_outages(const Files& files); // smt2020_outages.cpp: breakdowns, maintenance, what they are attached to
  void read_routes(const Files& files);  // smt2020_routes.cpp: products, routes, transport
  void read_orders(const Files& files);  // smt2020_orders.cpp: streams and lots
  // What concerns all files together: the rules of a fab, told in terms of the files; files that nothing names.
  void finish() { // smt2020.cpp
    refuse_unread();
    check();
  }

  [[nodiscard]] Model& model() { return model_; }

 private:
  // Null where there is no such file or it is not text.
  const Table* open(const std::string& name, Dialect dialect, std::initializer_list<const char*> known);
  const Table* open(const std::optional<std::string>& name, const Files& files,
                    std::initializer_list<const char*> known) {
    return name ? open(*name, files.dialect, known) : nullptr;
  }
  void issue(const Place& place, std::string column, const std::string& value, std::string rule);

  Files read_options();
  void check();
  void refuse_unread();
  void add_tool_group(const Row& row, const Files& files);
  void add_ranks(fab::ToolGroup& group, const Row& row);
  void read_setup_groups(const Files& files);
  void read_setup_times(const Files& files);
  void add_route_file(const std::string& file, const std::string& route, const Row& part, const Files& files);
  void add_step(const Row& row, fab::Route& route, std::vector<Place>& places);
  void give_minimum_runs();
  void add_stream(const Row& row, const Files& files);
  void add_lot(const Row& row, const Files& files);
  void check_lists();
  [[nodiscard]] std::string lot_kind(const Row& row) const;
  [[nodiscard]] std::optional<core::Tick> since_start(const Row& row, std::string_view column,
                                                      const Files& files) const;

  std::filesystem::path dir_;
  schema::Errors& errors_;
  std::deque<Table> tables_; // stays in place: rows and places point into it
  std::vector<std::string> opened_;
  std::map<std::string, const Table*> routes_read_; // route files by name
  bool incomplete_ = false;                         // a file is missing or unreadable: references cannot be judged
  Model model_;
};

// Where and in which column a fault of the fab was written.
[[nodiscard]] std::pair<Place, std::string> locate(const Model& model, const fab::Fault& fault);

} // namespace centresim::io::smt2020
