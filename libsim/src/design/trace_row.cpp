#include "trace_row.hpp"

#include <algorithm>

namespace centresim::design::detail {

namespace {

constexpr const char* kLoneReturn = "lines must end with LF or CRLF, not with CR alone";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

} // namespace

bool RowSplitter::start(std::string_view line) {
  cells.clear();
  fault.clear();
  if (line.find('"') == std::string_view::npos) {
    split_plain(line);
    return true;
  }
  record_ = line;
  state_ = State::before;
  return follow(line);
}

bool RowSplitter::add(std::string_view line) {
  record_ += '\n';
  record_ += line;
  return follow(line);
}

void RowSplitter::split_plain(std::string_view line) {
  quoted_ = false;
  if (line.find('\r') != std::string_view::npos) fault = kLoneReturn;
  while (true) {
    const std::size_t comma = std::min(line.find(','), line.size());
    cells.push_back(trimmed(line.substr(0, comma)));
    if (comma == line.size()) return;
    line.remove_prefix(comma + 1);
  }
}

bool RowSplitter::follow(std::string_view line) {
  for (const char c : line) {
    if (state_ == State::quoted)
      state_ = c == '"' ? State::behind : State::quoted;
    else if (c == ',')
      state_ = State::before;
    else if (c == '"' && state_ != State::plain)
      state_ = State::quoted; // opens, or the second of two
    else if (state_ == State::behind || (c != ' ' && c != '\t'))
      state_ = State::plain; // behind a quote that is a fault, told below
  }
  if (state_ == State::quoted) return false;
  split_quoted();
  return true;
}

// All quotes are known to be closed.
void RowSplitter::split_quoted() {
  quoted_ = true;
  texts_.clear();
  const std::string_view all = record_;
  std::size_t at = 0;
  while (true) {
    std::string& text = texts_.emplace_back();
    while (at < all.size() && (all[at] == ' ' || all[at] == '\t')) ++at;
    const bool quoted = at < all.size() && all[at] == '"';
    if (quoted) {
      for (++at; all[at] != '"' || (at + 1 < all.size() && all[at + 1] == '"'); ++at) {
        if (all[at] == '"') ++at;
        text += all[at];
      }
      ++at;
    }
    const std::size_t comma = std::min(all.find(',', at), all.size());
    const std::string_view rest = trimmed(all.substr(at, comma - at));
    if (rest.find('\r') != std::string_view::npos) fault = kLoneReturn;
    if (!quoted)
      text = rest;
    else if (!rest.empty())
      fault = "text after a closing quote";
    if (comma == all.size()) break;
    at = comma + 1;
  }
  cells.assign(texts_.begin(), texts_.end());
}

} // namespace centresim::design::detail
