// A small result with every kind of value, for the tests of the room.
#pragma once
#include "centresim/experiment/dataset.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <filesystem>
#include <unistd.h>

namespace centresim::io::test {

using experiment::Group;
using experiment::Tree;
using experiment::Variable;
using Texts = std::vector<std::string>;
using Reals = std::vector<double>;
using Integers = std::vector<std::int64_t>;

// Two KPIs, three replications; no NaN, so that trees can be compared with ==.
inline Group kpi_root() {
  Group root;
  root.dimensions = {{"kpi", 2}, {"replication", 3}};
  root.attributes = {{"title", std::string("Dây chuyền thử nghiệm")},
                     {"scenario", std::string("pilot")},
                     {"seed", std::int64_t{42}},
                     {"replications", std::int64_t{3}},
                     {"scenario_json", std::string("{}")},
                     {"digest", std::string("abc")},
                     {"empty", std::string()},
                     {"share", 0.1}};
  const auto over_kpi = [](const char* name, experiment::Values values, const char* unit = "") {
    return Variable{name, {"kpi"}, std::move(values), unit, ""};
  };
  root.variables = {
      over_kpi("kpi", Texts{"fab.cycle_time[product=Ω, kind=regular]", "fab.utilisation[tool_group=litho]"}),
      over_kpi("kpi_name", Texts{"fab.cycle_time", "fab.utilisation"}),
      over_kpi("unit_of", Texts{"d", "1"}),
      over_kpi("meaning", Texts{"release to finish", "share of time with a lot"}),
      over_kpi("better", Texts{"lower", "neither"}),
      over_kpi("product", Texts{"Ω", ""}),
      over_kpi("kind", Texts{"regular", ""}),
      over_kpi("tool_group", Texts{"", "litho"}),
      over_kpi("mean", Reals{5.25, 0.8}),
      over_kpi("low", Reals{5.0, 0.75}),
      over_kpi("high", Reals{5.5, 0.85}),
      over_kpi("sd", Reals{0.1, 0.02}),
      over_kpi("n", Integers{3, 3}, "1"),
      over_kpi("estimate_share", Reals{0.25, 0.5}, "1"),
      Variable{"values", {"kpi", "replication"}, Reals{5.2, 5.25, 5.3, 0.78, 0.8, 0.82}, "", ""},
  };
  return root;
}

inline Tree full_tree() {
  Tree tree;
  tree[""] = kpi_root();
  tree["run"].attributes = {{"threads", std::int64_t{2}},
                            {"wall_seconds", 1.5},
                            {"cpu_seconds", 2.75},
                            {"host", std::string("localhost")},
                            {"peak_rss_mb", 80.0}};
  Group& fab = tree["fab"];
  for (const char* name :
       {"events", "lot_steps", "lots_released", "lots_initial", "lots_finished", "lots_in_process", "lots_scrapped"})
    fab.variables.push_back({name, {"replication"}, Integers{10, 20, 30}, "1", "a count"});
  Group& groups = tree["fab/tool_groups"];
  groups.dimensions = {{"state", 2}, {"tool_group", 2}, {"nothing", 0}};
  groups.variables = {
      Variable{"busy",
               {"replication", "tool_group"},
               Integers{1, -2, 3, std::numeric_limits<std::int64_t>::max(), 5, 6},
               "ms",
               "tool-time with a lot"},
      Variable{"tool_group", {"tool_group"}, Texts{"litho", "Ätzen \"€\""}, "", "tool group"},
      Variable{"is_hot", {"tool_group"}, std::vector<std::int8_t>{1, 0}, "", ""},
      Variable{"share", {"tool_group", "state"}, std::vector<float>{0.5F, 0.25F, 1.0F, 0.0F}, "1", ""},
      Variable{"scalar", {}, Reals{3.5}, "d", ""},
      Variable{"word", {}, Texts{""}, "", ""},
      Variable{"none", {"nothing"}, Reals{}, "1", ""},
      Variable{"no_words", {"nothing"}, Texts{}, "", ""},
      Variable{"no_grid", {"replication", "nothing"}, Integers{}, "1", ""},
  };
  return tree;
}

// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "centresim-io-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::size_t count() const {
    std::size_t n = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(path_)) ++n;
    return n;
  }

 private:
  std::filesystem::path path_;
};

} // namespace centresim::io::test
