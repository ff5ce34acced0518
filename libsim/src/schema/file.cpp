#include "centresim/schema/file.hpp"

#include "centresim/core/error.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>
#include <unistd.h>

namespace centresim::schema {

namespace {

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

std::string reason_of(int error) { return std::generic_category().message(error); }

[[noreturn]] void no_text(const std::string& name, int line, const std::string& what) {
  throw core::InputError({core::Issue{name, line, "", "", "is not a text file: " + what}});
}

// The length of the UTF-8 character at the front of `rest`, or 0 if there is none (RFC 3629).
std::size_t character(std::string_view rest) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned first = byte(0);
  if (first < 0x80U) return 1;
  const std::size_t length = first >= 0xF0U ? 4 : first >= 0xE0U ? 3 : 2;
  if (first < 0xC2U || first > 0xF4U || rest.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return 0;
  }
  const unsigned second = byte(1);
  if ((first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU)) return 0;
  if ((first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU)) return 0;
  return length;
}

} // namespace

std::string read_text_file(const std::filesystem::path& path) {
  const std::string name = path.string();
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw core::IoError(name, "", error ? error.message() : reason_of(ENOENT));
  }
  if (!std::filesystem::is_regular_file(status)) throw core::IoError(name, "", "is not a regular file");
  const File file(std::fopen(path.c_str(), "rb"));
  if (!file) throw core::IoError(name, "", reason_of(errno));
  const auto size = std::filesystem::file_size(path, error);
  if (error) throw core::IoError(name, "", error.message());
  if (size > kLargestFile) throw core::IoError(name, "", "is larger than 1 GB");
  std::string text(static_cast<std::size_t>(size), '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) throw core::IoError(name, "", reason_of(errno));
  return text;
}

std::string_view checked_text(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) no_text(name, 1, "it is UTF-16, not UTF-8");
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  int line = 1;
  for (std::size_t i = 0; i < bytes.size();) {
    if (bytes[i] == '\n') ++line;
    if (bytes[i] == '\0') no_text(name, line, "it holds a zero byte");
    const std::size_t length = character(bytes.substr(i, 4));
    if (length == 0) no_text(name, line, "it holds bytes that are not UTF-8");
    i += length;
  }
  return bytes;
}

void write_text_file(const std::filesystem::path& path, std::string_view text) {
  const std::string target = path.string();
  const std::string temporary = target + ".tmp-" + std::to_string(::getpid());
  const auto fail = [&](int error) {
    std::remove(temporary.c_str());
    throw core::IoError(target, "", reason_of(error));
  };
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) throw core::IoError(target, "", reason_of(errno));
  bool good = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  good = good && std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  int error = good ? 0 : errno;
  if (std::fclose(file) != 0 && good) error = errno, good = false;
  if (!good) fail(error);
  if (std::rename(temporary.c_str(), target.c_str()) != 0) fail(errno);
}

} // namespace centresim::schema
