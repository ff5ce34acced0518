// CSV text into rows and back.
#include "centresim/core/error.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/suggest.hpp"
#include "centresim/schema/tables.hpp"
#include "centresim/schema/type_info.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace centresim::schema {

namespace {

struct Cell {
  std::string text;
  bool quoted = false;
};
struct Row {
  int line = 0;
  std::vector<Cell> cells;
};

class CsvParser {
 public:
  CsvParser(std::string_view text, std::shared_ptr<const std::string> file, Errors& errors)
      : text_(text), file_(std::move(file)), errors_(errors) {}

  // The next row that is not empty; false at the end.
  bool next(Row& row) {
    while (at_ < text_.size()) {
      row.line = line_;
      row.cells.clear();
      bool more = true;
      while (more) {
        row.cells.emplace_back();
        more = cell(row.cells.back());
      }
      if (row.cells.size() > 1 || row.cells[0].quoted || !row.cells[0].text.empty()) return true;
    }
    return false;
  }
  void fault(int line, std::string rule, const std::string& value = {}) {
    errors_.add_issue({*file_, line, "", shortened(value), std::move(rule)});
  }
  [[nodiscard]] bool broken() const { return broken_; }

 private:
  // One cell; true if another follows in the row.
  bool cell(Cell& out) {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') quoted(out);
    const std::size_t first = at_;
    at_ = std::min(text_.find_first_of(",\n", at_), text_.size());
    std::string_view rest = text_.substr(first, at_ - first);
    // A break of old computers: the file would be one long line.
    const bool crlf = rest.ends_with('\r') && at_ < text_.size() && text_[at_] == '\n';
    if (!broken_ && rest.find('\r') < rest.size() - (crlf ? 1 : 0)) {
      broken_ = true;
      fault(line_, "lines must end with LF or CRLF, not with CR alone");
    }
    while (!rest.empty() && (rest.back() == ' ' || rest.back() == '\t' || rest.back() == '\r')) rest.remove_suffix(1);
    if (!out.quoted)
      out.text = rest;
    else if (!rest.empty())
      fault(line_, "text after a closing quote");
    const bool more = at_ < text_.size() && text_[at_] == ',';
    if (at_ < text_.size() && text_[at_] == '\n') ++line_;
    ++at_;
    return more;
  }
  void quoted(Cell& out) {
    const int first = line_;
    out.quoted = true;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') {
          ++at_;
          return;
        }
        ++at_;
      }
      if (text_[at_] == '\n') ++line_;
      out.text += text_[at_];
    }
    broken_ = true;
    fault(first, "a closing quote is missing");
  }

  std::string_view text_;
  std::shared_ptr<const std::string> file_;
  Errors& errors_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool broken_ = false;
};

// False if the header makes no sense; the rows are then not read.
bool read_header(CsvParser& parser, Row& header, const TypeInfo* type) {
  if (!parser.next(header)) {
    parser.fault(1, "is empty: the first line names the columns");
    return false;
  }
  if (parser.broken()) return false;
  std::unordered_set<std::string_view> seen;
  for (const Cell& cell : header.cells) {
    if (cell.text.empty())
      parser.fault(header.line, "a column has no name");
    else if (!seen.insert(cell.text).second)
      parser.fault(header.line, "a column is named twice", cell.text);
    else
      continue;
    return false;
  }
  if (header.cells.size() == 1 && header.cells[0].text.find_first_of(";\t") != std::string::npos) {
    parser.fault(header.line, "columns must be separated by commas", header.cells[0].text);
    return false;
  }
  if (type == nullptr) return true;
  std::vector<std::string_view> known;
  for (const FieldInfo& field : type->fields) known.push_back(field.name);
  for (Cell& cell : header.cells) {
    if (type->find(cell.text) != nullptr) continue;
    parser.fault(header.line, "unknown column" + did_you_mean(cell.text, known), cell.text);
    cell.text.clear();
  }
  return true;
}

// The text of a single value, or false if it is none (or an empty text, which a table cannot hold).
bool cell_text(const Node& node, std::string& out) {
  if (const auto* text = node.text())
    out = *text;
  else if (node.integer() != nullptr || node.boolean() != nullptr)
    out = node.shown();
  else if (const auto* real = node.real())
    out = shortest(*real);
  else
    return false;
  return !out.empty();
}

void append_cell(std::string& out, const std::string& text) {
  const bool plain = text.find_first_of("\",\r\n") == std::string::npos && text.front() != ' ' && text.back() != ' ' &&
                     text.front() != '\t' && text.back() != '\t';
  if (plain) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

} // namespace

Node parse_csv(std::string_view text, const std::string& name, Errors& errors, const TypeInfo* type) {
  const auto file = std::make_shared<const std::string>(name);
  Node rows = Node::empty_array();
  rows.where = {file, 1};
  text = checked_text(text, name);
  CsvParser parser(text, file, errors);
  Row header, row;
  if (!read_header(parser, header, type)) return rows;
  while (parser.next(row) && !parser.broken()) {
    if (row.cells.size() != header.cells.size()) {
      parser.fault(row.line, "has " + std::to_string(row.cells.size()) + " cells, the header has " +
                                 std::to_string(header.cells.size()));
      continue;
    }
    Node::Table members;
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      if (row.cells[i].text.empty() || header.cells[i].text.empty()) continue;
      members.push_back({header.cells[i].text, Node(std::move(row.cells[i].text))});
      members.back().value.where = {file, row.line};
      members.back().value.cell = true;
    }
    Node node(std::move(members));
    node.where = {file, row.line};
    rows.push_back(std::move(node));
  }
  return rows;
}

std::string write_csv(const Node& rows) {
  std::vector<std::string> columns;
  std::unordered_map<std::string_view, std::size_t> index;
  const auto& items = *rows.array();
  for (const Node& item : items) {
    for (const Member& member : *item.table()) {
      if (!member.value.is_null() && index.emplace(member.key, columns.size()).second) columns.push_back(member.key);
    }
  }
  std::string out;
  for (std::size_t i = 0; i < columns.size(); ++i) append_cell(i > 0 ? out += ',' : out, columns[i]);
  out += '\n';
  std::vector<std::string> cells;
  for (const Node& item : items) {
    cells.assign(columns.size(), {});
    for (const Member& member : *item.table()) {
      if (!member.value.is_null() && !cell_text(member.value, cells[index.at(member.key)])) {
        throw core::InputError({core::Issue{"", 0, member.key, member.value.shown(), "does not fit into a CSV cell"}});
      }
    }
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) out += ',';
      if (!cells[i].empty())
        append_cell(out, cells[i]);
      else if (cells.size() == 1)
        out += "\"\""; // an empty line would be no row
    }
    out += '\n';
  }
  return out;
}

} // namespace centresim::schema
