#include "text.hpp"

#include "centresim/core/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace centresim::io {

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_number(double value) {
  if (std::isnan(value)) return {};
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

std::string json_text(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = core::utf8_character(text);
    if (length == 0)
      quoted += "\uFFFD";
    else if (text[0] == '"' || text[0] == '\\')
      (quoted += '\\') += text[0];
    else if (static_cast<unsigned char>(text[0]) < 0x20U)
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(text[0]));
    else
      quoted += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return quoted + '"';
}

} // namespace centresim::io
