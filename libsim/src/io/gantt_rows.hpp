// Rows of the traces of a fab as a Gantt chart needs them: checked, and lots of a batch together. Private to the room.
#pragma once
#include "centresim/core/error.hpp"
#include "tree_access.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <vector>

namespace centresim::io::detail {

// Jobs of one tool that overlap (cascading tools) go side by side.
struct Lanes {
  std::vector<std::int64_t> free_from;
  std::vector<std::size_t> threads; // of the lanes but the first

  [[nodiscard]] std::size_t take(std::int64_t start, std::int64_t end) {
    for (std::size_t lane = 0; lane < free_from.size(); ++lane)
      if (free_from[lane] <= start) {
        free_from[lane] = end;
        return lane;
      }
    free_from.push_back(end);
    return free_from.size() - 1;
  }
};

class GanttRows {
 public:
  using Integers = std::vector<std::int64_t>;

  // `columns`: the two times first. Throws where they differ in length.
  GanttRows(const experiment::Group& trace, const char* what, const char* row,
            std::initializer_list<const char*> columns)
      : trace_(trace), what_(what), row_(row), replication_(column<std::int64_t>(trace, "replication_index")),
        from_(column<std::int64_t>(trace, columns.begin()[0])), to_(column<std::int64_t>(trace, columns.begin()[1])),
        tool_(number("tool", column<std::string>(trace, "tool_name").size())),
        tools_(column<std::string>(trace, "tool_name").size()) {
    for (const char* name : columns)
      if (column<std::int64_t>(trace, name).size() != replication_.size())
        throw std::runtime_error(fmt::format("the columns of the {} differ in length", what));
  }

  // A column of numbers below `count`. Throws InputError.
  [[nodiscard]] const Integers& number(const char* name, std::size_t count) const {
    const Integers& values = column<std::int64_t>(trace_, name);
    if (values.size() != replication_.size())
      throw std::runtime_error(fmt::format("the columns of the {} differ in length", what_));
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] < 0 || static_cast<std::uint64_t>(values[i]) >= count)
        damaged(i, fmt::format("names {} {}, which is not there", name, values[i]));
    return values;
  }

  // Calls see(row, tool, from, to) for the rows of one replication.
  template <class See> void each(std::int64_t replication, const See& see) const {
    for (std::size_t i = 0; i < replication_.size(); ++i) {
      if (replication_[i] != replication) continue;
      if (from_[i] < 0 || to_[i] < from_[i]) damaged(i, "ends before it starts");
      see(i, static_cast<std::size_t>(tool_[i]), from_[i], to_[i]);
    }
  }

  // Calls see(tool, start, end, rows) for the jobs of one replication. Rows come by end, so that those of a batch (same
  // tool, start and end) follow each other on their tool: a tool holds back one job at most.
  template <class See> void each_job(std::int64_t replication, const See& see) const {
    std::vector<std::vector<std::size_t>> held(tools_);
    const auto show = [&](std::size_t tool) {
      std::vector<std::size_t>& rows = held[tool];
      if (!rows.empty()) see(tool, from_[rows[0]], to_[rows[0]], rows);
      rows.clear();
    };
    each(replication, [&](std::size_t row, std::size_t tool, std::int64_t from, std::int64_t to) {
      if (!held[tool].empty() && (from_[held[tool][0]] != from || to_[held[tool][0]] != to)) show(tool);
      held[tool].push_back(row);
    });
    for (std::size_t tool = 0; tool < tools_; ++tool) show(tool);
  }

 private:
  [[noreturn]] void damaged(std::size_t row, const std::string& fault) const {
    throw core::InputError(
        {core::Issue{"", 0, "", "", fmt::format("the {} is damaged: {} {} {}", what_, row_, row, fault)}});
  }

  const experiment::Group& trace_;
  const char *what_, *row_;
  const Integers &replication_, &from_, &to_, &tool_;
  std::size_t tools_;
};

} // namespace centresim::io::detail
