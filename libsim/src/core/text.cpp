#include "centresim/core/text.hpp"

#include <algorithm>

namespace centresim::core {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) { return static_cast<unsigned char>(text[i]); }

// C0 and DEL are one byte; C1, which some terminals obey as well, are C2 80 to C2 9F.
bool is_control(std::string_view character) {
  const unsigned first = byte_at(character, 0);
  if (character.size() == 1) return first < 0x20U || first == 0x7FU;
  return first == 0xC2U && byte_at(character, 1) < 0xA0U;
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned byte = byte_at(bytes, i);
    out += "\\x";
    out += kDigits[byte >> 4U];
    out += kDigits[byte & 0xFU];
  }
}

} // namespace

std::size_t utf8_character(std::string_view rest) {
  if (rest.empty()) return 0;
  const unsigned first = byte_at(rest, 0);
  if (first < 0x80U) return 1;
  const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
  if (first < 0xC2U || first > 0xF4U || rest.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(rest, i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte_at(rest, 1);
  if ((first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU)) return 0;
  if ((first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU)) return 0;
  return length;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = utf8_character(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string printable(std::string_view text, Lines lines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_character(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    const bool kept = lines == Lines::many && (character == "\n" || character == "\t");
    if (length == 0 || (is_control(character) && !kept))
      append_escaped(out, character);
    else
      out += character;
    text.remove_prefix(character.size());
  }
  return out;
}

} // namespace centresim::core
