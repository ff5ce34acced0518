#include "centresim/schema/file.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/links.hpp"
#include "centresim/core/text.hpp"

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
    const std::size_t length = core::utf8_character(bytes.substr(i, 4));
    if (length == 0) no_text(name, line, "it holds bytes that are not UTF-8");
    i += length;
  }
  return bytes;
}

void write_text_file(const std::filesystem::path& path, std::string_view text) {
  const std::string target = core::behind_links(path).string();
  std::error_code ignored;
  if (const auto status = std::filesystem::status(target, ignored);
      std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw core::IoError(path.string(), "", "is not a regular file");
  const std::string temporary = target + ".tmp-" + std::to_string(::getpid());
  const auto fail = [&](int error) {
    std::remove(temporary.c_str());
    throw core::IoError(path.string(), "", reason_of(error));
  };
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) throw core::IoError(path.string(), "", reason_of(errno));
  bool good = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  good = good && std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
  int error = good ? 0 : errno;
  if (std::fclose(file) != 0 && good) error = errno, good = false;
  if (!good) fail(error);
  if (std::rename(temporary.c_str(), target.c_str()) != 0) fail(errno);
}

} // namespace centresim::schema
