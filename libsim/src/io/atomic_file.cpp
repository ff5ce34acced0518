#include "centresim/io/atomic_file.hpp"

#include "centresim/core/error.hpp"
#include "centresim/core/links.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace centresim::io {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) { return std::generic_category().message(error); }

// Two hosts that share a disk may have the same process number, so an existing name is skipped, never opened.
int create_beside(const fs::path& target, fs::path& temporary) {
  const std::string stem = target.string() + ".tmp-" + std::to_string(::getpid());
  for (int attempt = 0; attempt < 1000; ++attempt) {
    temporary = attempt == 0 ? stem : stem + "-" + std::to_string(attempt);
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0 || errno != EEXIST) return descriptor;
  }
  return -1;
}

void sync_folder(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor); // best effort: the file itself is already on the disk
  ::close(descriptor);
}

} // namespace

AtomicFile::AtomicFile(fs::path target) : target_(std::move(target)), final_(core::behind_links(target_)) {
  if (target_.empty()) throw core::IoError("", "", "the name of the file to write is empty");
  struct stat status{};
  if (::stat(final_.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
    if (S_ISDIR(status.st_mode)) throw core::IoError(target_.string(), "", "is a folder, not a file");
    descriptor_ = ::open(final_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail(errno);
    return;
  }
  descriptor_ = create_beside(final_, temporary_);
  if (descriptor_ < 0) {
    const int error = errno;
    temporary_.clear();
    std::error_code ignored;
    if (error == ENOENT && !fs::exists(final_.parent_path(), ignored))
      throw core::IoError(target_.string(), "", "the folder " + final_.parent_path().string() + " does not exist");
    fail(error);
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(int error) const {
  throw core::IoError(target_.string(), "", "cannot be written: " + reason(error));
}

void AtomicFile::write(const void* data, std::size_t bytes) {
  const char* next = static_cast<const char*>(data);
  while (bytes > 0) {
    // Linux writes at most 2 GiB in one call.
    const ssize_t written = ::write(descriptor_, next, std::min(bytes, std::size_t{1} << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail(written < 0 ? errno : EIO);
    next += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void AtomicFile::commit() {
  if (temporary_.empty()) {
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
    return;
  }
  // Some file systems cannot sync and say so; a full disk or a lost server is another matter.
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) fail(errno);
  if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
  if (::rename(temporary_.c_str(), final_.c_str()) != 0) fail(errno);
  temporary_.clear();
  sync_folder(final_);
}

void write_file(const fs::path& target, std::string_view text) {
  AtomicFile file(target);
  file.write(text);
  file.commit();
}

void check_writable(const fs::path& target) {
  struct stat status{};
  // Opening a pipe waits for its reader, and closing it again would be the end of the file for that one.
  const bool special = ::stat(target.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
  if (!special)
    const AtomicFile probe(target);
  else if (::access(target.c_str(), W_OK) != 0)
    throw core::IoError(target.string(), "", "cannot be written: " + reason(errno));
}

} // namespace centresim::io
