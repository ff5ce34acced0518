// Files for the tests of traces: a folder that is gone at the end, and files packed by gzip.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <unistd.h>

namespace trace_files {

class Folder {
 public:
  Folder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("centresim-trace-" + std::to_string(::getpid()) + "-" + std::to_string(++count));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, std::string_view text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return (path_ / name).string();
  }
  [[nodiscard]] std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A member of a gzip file (RFC 1952) whose blocks are stored, not packed (RFC 1951).
inline std::string gzip(std::string_view text) {
  const auto number = [](std::uint32_t value, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> 8 * i & 0xff);
    return out;
  };
  std::uint32_t crc = 0xffffffff;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320U : 0U);
  }
  std::string out("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10);
  std::string_view rest = text;
  do {
    const auto size = static_cast<std::uint32_t>(std::min<std::size_t>(rest.size(), 65535));
    const bool last = size == rest.size();
    out += static_cast<char>(last ? 1 : 0);
    out += number(size, 2) + number(~size, 2);
    out += rest.substr(0, size);
    rest.remove_prefix(size);
  } while (!rest.empty());
  return out + number(~crc, 4) + number(static_cast<std::uint32_t>(text.size()), 4);
}

} // namespace trace_files
