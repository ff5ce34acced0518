// Files that appear whole or not at all: written under a temporary name beside the target, synced, renamed.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace centresim::io {

// A file being written. Without commit() the destructor removes the temporary and the target stays as it was.
// A target that is no regular file (a terminal, a pipe, /dev/null) is written directly: there is nothing to rename.
class AtomicFile {
 public:
  // Creates "TARGET.tmp-PID" in the folder of the target (of the file behind it, if it is a symbolic link).
  // Throws IoError with the reason of the system.
  explicit AtomicFile(std::filesystem::path target);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void write(const void* data, std::size_t bytes); // throws IoError; the temporary is then gone after the destructor
  void write(std::string_view text) { write(text.data(), text.size()); }
  void commit(); // flushes to the disk and renames; throws IoError

 private:
  [[noreturn]] void fail(int error) const;

  std::filesystem::path target_, final_, temporary_; // as named by the user | links resolved | empty: written directly
  int descriptor_ = -1;
};

// One file in one call. Throws IoError.
void write_file(const std::filesystem::path& target, std::string_view text);

// Throws IoError if a file could not be written there now (no such folder, no permission, a folder of that name, ...):
// asked before a long run, not after it.
void check_writable(const std::filesystem::path& target);

} // namespace centresim::io
