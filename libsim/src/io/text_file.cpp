// Bytes of a text file, as UTF-8: for the readers of models that other programs keep as plain text.
#include "text_file.hpp"

#include "centresim/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string_view>

namespace centresim::io {
namespace {

constexpr std::uintmax_t kLargestFile = 256u << 20;

std::string read_bytes(const std::filesystem::path& path) {
  std::error_code code;
  if (std::filesystem::is_directory(path, code)) throw core::IoError(path.string(), "", "is a folder, not a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw core::IoError(path.string(), "", std::strerror(errno));
  const auto size = std::filesystem::file_size(path, code);
  if (!code && size > kLargestFile) throw core::IoError(path.string(), "", "is larger than 256 MB");
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (in.bad()) throw core::IoError(path.string(), "", "cannot be read");
  return std::move(bytes).str();
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

// Little-endian UTF-16 without its mark. Nothing where it breaks off or a surrogate stands alone.
std::optional<std::string> from_utf16(std::string_view bytes) {
  if (bytes.size() % 2 != 0) return std::nullopt;
  const auto unit = [&](std::size_t i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i])) |
           static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + 1])) << 8;
  };
  std::string out;
  out.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    std::uint32_t c = unit(i);
    if (c >= 0xdc00 && c < 0xe000) return std::nullopt;
    if (c >= 0xd800 && c < 0xdc00) {
      if (i + 3 >= bytes.size()) return std::nullopt;
      const std::uint32_t low = unit(i + 2);
      if (low < 0xdc00 || low >= 0xe000) return std::nullopt;
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      i += 2;
    }
    append_utf8(out, c);
  }
  return out;
}

// Length of the UTF-8 character at `i`, 0 if there is none.
std::size_t utf8_length(std::string_view s, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(s[k]); };
  const unsigned char lead = byte(i);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 && lead < 0xf5   ? 4
                             : lead >= 0xe0 && lead < 0xf0 ? 3
                             : lead >= 0xc2 && lead < 0xe0 ? 2
                                                           : 0;
  if (length == 0 || i + length > s.size()) return 0;
  for (std::size_t k = 1; k < length; k++)
    if ((byte(i + k) & 0xc0) != 0x80) return 0;
  return length;
}

// The first line with something that no text file holds, 0 if there is none.
int binary_line(std::string_view text) {
  int line = 1;
  for (std::size_t i = 0; i < text.size();) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if (c == '\n') line++;
    if (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1a) return line;
    const std::size_t length = utf8_length(text, i);
    if (length == 0) return line;
    i += length;
  }
  return 0;
}

} // namespace

std::optional<std::string> read_text_file(const std::filesystem::path& path, schema::Errors& errors) {
  std::string text = read_bytes(path);
  const auto refuse = [&](int line, const char* rule) { errors.add_issue({path.string(), line, "", "", rule}); };
  if (text.starts_with("\xfe\xff")) {
    refuse(1, "is big-endian UTF-16: save it as UTF-8");
    return std::nullopt;
  }
  if (text.starts_with("\xff\xfe")) {
    auto converted = from_utf16(std::string_view(text).substr(2));
    if (!converted) {
      refuse(1, "is not well-formed UTF-16: it breaks off or is damaged");
      return std::nullopt;
    }
    text = std::move(*converted);
  } else if (text.starts_with("\xef\xbb\xbf")) {
    text.erase(0, 3);
  }
  if (const int line = binary_line(text); line > 0) {
    refuse(line, "is not a text file: this line holds bytes that are no UTF-8 text");
    return std::nullopt;
  }
  return text;
}

} // namespace centresim::io
