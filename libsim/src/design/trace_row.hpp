// Rows of CSV that come line by line.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace centresim::design::detail {

// Takes a row apart as RFC 4180 says; blanks around cells do not count. Lines are added until the quotes are closed.
class RowSplitter {
 public:
  std::vector<std::string_view> cells; // valid until the next row, and as long as the line given to start()
  std::string fault;                   // the rule that is broken, or empty

  // Both: false if a quote is still open, so that the next line belongs to the row, too.
  [[nodiscard]] bool start(std::string_view line);
  [[nodiscard]] bool add(std::string_view line);
  [[nodiscard]] std::size_t size() const { return record_.size(); }
  [[nodiscard]] bool empty_row() const { return cells.size() == 1 && cells[0].empty() && !quoted_; }

 private:
  enum class State { before, plain, quoted, behind }; // of the cell
  void split_plain(std::string_view line);
  bool follow(std::string_view line);
  void split_quoted();

  std::string record_;
  std::vector<std::string> texts_;
  State state_ = State::before;
  bool quoted_ = false;
};

} // namespace centresim::design::detail
