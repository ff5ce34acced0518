// Text of a file to lines and cells.
#include "smt2020_table.hpp"
#include "text_file.hpp"

#include <algorithm>

namespace centresim::io::smt2020 {
namespace {

std::string_view trimmed(std::string_view s) {
  constexpr std::string_view kBlank = " \r\n\x1a";
  const std::size_t first = s.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return s.substr(first, s.find_last_not_of(kBlank) - first + 1);
}

RawLine split(std::string_view line, int number, Dialect dialect) {
  RawLine raw{number, {}};
  for (std::size_t at = 0; at <= line.size();) {
    const std::size_t end = std::min(line.find('\t', at), line.size());
    const std::string_view cell = trimmed(line.substr(at, end - at));
    if (dialect == Dialect::official && cell.starts_with('~')) break;
    raw.cells.emplace_back(cell);
    at = end + 1;
  }
  while (!raw.cells.empty() && raw.cells.back().empty()) raw.cells.pop_back();
  return raw;
}

} // namespace

std::optional<std::vector<RawLine>> read_lines(const std::filesystem::path& path, Dialect dialect,
                                               schema::Errors& errors) {
  const auto file = read_text_file(path, errors);
  if (!file) return std::nullopt;
  const std::string_view text = *file;
  std::vector<RawLine> lines;
  int number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    RawLine raw = split(text.substr(at, end - at), ++number, dialect);
    if (!raw.cells.empty()) lines.push_back(std::move(raw));
    at = end + 1;
  }
  return lines;
}

} // namespace centresim::io::smt2020
