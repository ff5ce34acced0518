#include "catch.hpp"
#include "centresim/core/error.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/hdf5.hpp"
#include "make_tree.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace centresim;
using namespace centresim::io;
using namespace centresim::io::test;

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

template <class Act> std::string reason_of(Act act) {
  try {
    act();
  } catch (const core::IoError& error) {
    return error.reason();
  }
  return "no error";
}

// Runs `act` in a child process with files limited to so many bytes, as on a full disk; its exit status.
template <class Act> int with_small_files(rlim_t bytes, Act act) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::_exit(act());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

TEST_CASE("a file appears with commit and not before", "[io][atomic]") {
  const Folder folder;
  {
    AtomicFile file(folder / "a.txt");
    file.write("half");
    CHECK(!std::filesystem::exists(folder / "a.txt"));
    file.write(" and half");
    file.commit();
  }
  CHECK(text_of(folder / "a.txt") == "half and half");
  CHECK(folder.count() == 1);
}

TEST_CASE("without commit nothing stays and the old file is whole", "[io][atomic]") {
  const Folder folder;
  write_file(folder / "a.txt", "old");
  {
    AtomicFile file(folder / "a.txt");
    file.write("new");
    CHECK(folder.count() == 2);
  }
  CHECK(folder.count() == 1);
  CHECK(text_of(folder / "a.txt") == "old");
}

TEST_CASE("places that cannot be written are named before the work", "[io][atomic]") {
  const Folder folder;
  CHECK(reason_of([&] { check_writable(folder / "no/where.h5"); }).find("does not exist") != std::string::npos);
  CHECK(reason_of([&] { check_writable(folder.path()); }).find("is a folder") != std::string::npos);
  CHECK(reason_of([&] { check_writable(""); }).find("empty") != std::string::npos);
  CHECK(reason_of([&] { check_writable(folder / std::string(400, 'x')); }).find("too long") != std::string::npos);
  if (std::filesystem::exists("/proc/self")) // not mounted everywhere
    CHECK(reason_of([&] { check_writable("/proc/x.h5"); }).find("cannot be written") != std::string::npos);
  write_file(folder / "file", "");
  CHECK(reason_of([&] { check_writable(folder / "file/x.h5"); }).find("Not a directory") != std::string::npos);
  check_writable(folder / "fine.h5");
  CHECK(folder.count() == 1);
}

TEST_CASE("a folder without permission is refused", "[io][atomic]") {
  const Folder folder;
  ::chmod(folder.path().c_str(), 0555);
  const pid_t child = ::fork();
  if (child == 0) { // root may write anywhere, so try as nobody
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(2);
    const std::string reason = reason_of([&] { write_tree(full_tree(), folder / "r.h5"); });
    ::_exit(reason.find("Permission denied") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(WEXITSTATUS(status) == 0);
  ::chmod(folder.path().c_str(), 0755);
  CHECK(folder.count() == 0);
}

TEST_CASE("links are followed, not replaced", "[io][atomic]") {
  const Folder folder;
  std::filesystem::create_directory(folder / "d");
  std::filesystem::create_symlink("d/to.txt", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  write_file(folder / "b", "first"); // d/to.txt is not there yet
  CHECK(text_of(folder / "d/to.txt") == "first");
  write_file(folder / "a", "second");
  CHECK(text_of(folder / "d/to.txt") == "second");
  CHECK(std::filesystem::read_symlink(folder / "a") == "d/to.txt");
  CHECK(std::filesystem::read_symlink(folder / "b") == "a");
  std::filesystem::create_symlink("y", folder / "x");
  std::filesystem::create_symlink("x", folder / "y");
  CHECK(reason_of([&] { check_writable(folder / "x"); }).find("circle") != std::string::npos);
  CHECK(reason_of([&] { write_file(folder / "y", ""); }).find("circle") != std::string::npos);
  CHECK(std::filesystem::is_symlink(folder / "y"));
}

TEST_CASE("a pipe without a reader is not waited for", "[io][atomic]") {
  const Folder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  ::alarm(10); // opening it would block for ever
  check_writable(folder / "pipe");
  ::alarm(0);
}

TEST_CASE("devices are written to, not replaced", "[io][atomic]") {
  write_file("/dev/null", "gone");
  struct stat status{};
  REQUIRE(::stat("/dev/null", &status) == 0);
  CHECK(S_ISCHR(status.st_mode));
  CHECK(reason_of([] { write_file("/dev/full", "x"); }).find("No space left") != std::string::npos);
}

TEST_CASE("a full disk leaves no half file, wherever it fills up", "[io][atomic]") {
  const Folder folder;
  write_tree(full_tree(), folder / "whole.h5");
  const auto bytes = std::filesystem::file_size(folder / "whole.h5");
  for (const rlim_t limit : {rlim_t{0}, rlim_t{1}, rlim_t{4096}, rlim_t{bytes / 2}, rlim_t{bytes - 1}}) {
    INFO(limit << " of " << bytes);
    CHECK(with_small_files(limit, [&] {
            const std::string reason = reason_of([&] { write_tree(full_tree(), folder / "r.h5"); });
            return reason.find("File too large") != std::string::npos ? 0 : 1;
          }) == 0);
    CHECK(folder.count() == 1);
  }
}

TEST_CASE("a full file system leaves no half file", "[io][atomic]") {
  const Folder folder;
  std::filesystem::create_directory(folder / "disk");
  if (::mount("none", (folder / "disk").c_str(), "tmpfs", 0, "size=64k") != 0) {
    WARN("not allowed to mount a small disk: skipped");
    return;
  }
  Tree tree = full_tree();
  tree[""].attributes.emplace_back("large", std::string(100'000, 'x'));
  const std::string reason = reason_of([&] { write_tree(tree, folder / "disk/r.h5"); });
  const bool empty = std::filesystem::is_empty(folder / "disk");
  ::umount((folder / "disk").c_str());
  CHECK(reason.find("No space left") != std::string::npos);
  CHECK(empty);
}

TEST_CASE("a process killed while it writes leaves the old file as it was", "[io][atomic]") {
  const Folder folder;
  write_file(folder / "r.h5", "old");
  Tree tree = full_tree();
  tree["big"].dimensions = {{"i", 2'000'000}};
  Reals noise(2'000'000);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = 1.0 / static_cast<double>(i + 1);
  tree["big"].variables = {{"noise", {"i"}, noise, "1", ""}};
  for (const useconds_t wait : {1'000u, 50'000u, 150'000u, 300'000u}) {
    const pid_t child = ::fork();
    if (child == 0) {
      for (;;) write_tree(tree, folder / "r.h5");
    }
    ::usleep(wait);
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (text_of(folder / "r.h5") != "old") CHECK(read_tree(folder / "r.h5") == tree);
  }
}
