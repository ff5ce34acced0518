// The files of traces: packed, damaged, missing, large.
#include "catch.hpp"
#include "centresim/core/digest.hpp"
#include "centresim/core/error.hpp"
#include "centresim/design/trace.hpp"
#include "centresim/design/trace_lines.hpp"
#include "centresim/schema/errors.hpp"
#include "trace_files.hpp"

#include <fstream>

#include <sys/stat.h>

using namespace centresim;
using design::LineReader;
using trace_files::Folder;
using trace_files::gzip;

namespace {

// The reason why a file cannot be read, or what its scan gives.
std::string outcome(const std::string& file) {
  design::Trace trace;
  trace.file = file;
  try {
    schema::Errors errors;
    const design::TraceInfo info = design::scan_trace(trace, errors);
    if (!errors.empty()) return core::to_string(errors.issues()[0]).substr(file.size());
    design::TraceReader reader(trace, info.names);
    design::TraceJob job;
    std::int64_t jobs = 0, sum = 0;
    while (reader.next(job)) ++jobs, sum += job.run / 1000;
    CHECK(jobs == info.jobs);
    CHECK(info.sha256 == [&] {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
      return core::Sha256().update(bytes).hex();
    }());
    return std::to_string(jobs) + " jobs, " + std::to_string(sum) + " s";
  } catch (const core::IoError& error) {
    CHECK(error.file() == file);
    return error.reason();
  }
}

std::string swf(int jobs) {
  std::string text = "; made up\n";
  for (int i = 1; i <= jobs; ++i)
    text += std::to_string(i) + " " + std::to_string(i / 3) + " -1 " + std::to_string(1 + i % 7) +
            " 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1\n";
  return text;
}

// gzip -n of "1 0 -1 5 1 -1 -1 1 -1 -1 1 1 1 1 1 -1 -1 -1\n", forty times, with numbers 1 to 40: Huffman codes.
std::string bytes_of(const char* hex) {
  std::string out;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (; hex[0] != '\0'; hex += 2) out += static_cast<char>(digit(hex[0]) * 16 + digit(hex[1]));
  return out;
}
const char* const kPacked =
    "1f8b080000000000020395d43b0ac3500c44d13eab781b307846763efbdf586248487d9040cded0e286b5f5bd6b9729dcffeef6fb6efde0aed"
    "407b407b427b87f601ed13da17b4d9258ec44217b18be045f4227c11bf086044b0225811ac0856042b8215c18a6045b02258111c111c111c7a"
    "9f223822382238223822382238227888e01bdb5e9de6ff060000";

} // namespace

TEST_CASE("Traces packed by gzip are unpacked", "[design][trace]") {
  const Folder folder;
  const std::string text = swf(20'000), expected = outcome(folder.write("plain.swf", text));
  CHECK(expected == "20000 jobs, 79998 s");
  CHECK(text.size() > 700'000); // several buffers
  CHECK(outcome(folder.write("a.swf.gz", gzip(text))) == expected);
  CHECK(outcome(folder.write("a.swf", gzip(text))) == expected); // by its first bytes
  CHECK(outcome(folder.write("two.gz", gzip(text.substr(0, 333'333)) + gzip(text.substr(333'333)))) == expected);
  CHECK(outcome(folder.write("none.gz", gzip("") + gzip(text) + gzip(""))) == expected);
  CHECK(outcome(folder.write("zeros.gz", gzip(text) + std::string(1000, '\0'))) == expected);
  CHECK(outcome(folder.write("huffman.gz", bytes_of(kPacked))) == "40 jobs, 200 s");
  CHECK(outcome(folder.write("empty.gz", gzip(""))) == ": holds no jobs");
}

TEST_CASE("Damaged gzip files are refused", "[design][trace]") {
  const Folder folder;
  const std::string packed = gzip(swf(1000));
  const std::string early = "is a gzip file that ends early", damaged = "is a damaged gzip file";
  for (const std::size_t size : {std::size_t{2}, std::size_t{9}, std::size_t{10}, std::size_t{500}, packed.size() - 1})
    CHECK(outcome(folder.write("short.gz", packed.substr(0, size))) == early);
  CHECK(outcome(folder.write("more.gz", packed + "junk")) == damaged + ": something else follows its end");
  CHECK(outcome(folder.write("half.gz", packed + packed.substr(0, 30))) == early);
  std::string flipped = packed;
  flipped[packed.size() / 2] ^= 1; // within the text: only the check sum tells
  CHECK(outcome(folder.write("crc.gz", flipped)).starts_with(damaged));
  flipped = packed;
  flipped[10] = 7; // no type of block
  CHECK(outcome(folder.write("block.gz", flipped)).starts_with(damaged));
  flipped = packed;
  flipped[packed.size() - 1] ^= 1; // the length
  CHECK(outcome(folder.write("length.gz", flipped)).starts_with(damaged));
  flipped = packed;
  flipped[2] = 0; // no such method
  CHECK(outcome(folder.write("method.gz", flipped)).starts_with(damaged));
  CHECK(outcome(folder.write("text.gz", swf(3))) == "is named .gz but is no gzip file");
  CHECK(outcome(folder.write("nothing.gz", "")) == "is named .gz but is no gzip file");
}

TEST_CASE("What cannot be read says why, and never waits", "[design][trace]") {
  const Folder folder;
  CHECK(outcome(folder / "none.swf") == "No such file or directory");
  CHECK(outcome(folder / "") == "is not a regular file");
  CHECK(outcome("/dev/null") == "is not a regular file");
  REQUIRE(::mkfifo((folder / "pipe.swf").c_str(), 0600) == 0);
  CHECK(outcome(folder / "pipe.swf") == "is not a regular file");
  std::filesystem::create_symlink("circle", folder / "circle");
  CHECK_FALSE(outcome(folder / "circle").empty());
  const std::string locked = folder.write("locked.swf", swf(1));
  ::chmod(locked.c_str(), 0);
  if (::geteuid() != 0) CHECK(outcome(locked) == "Permission denied"); // root may read everything
  ::chmod(locked.c_str(), 0600);
}

TEST_CASE("Lines come one by one whatever the buffer", "[design][trace]") {
  const Folder folder;
  // lengths around every border of a buffer of 256 KiB
  std::string text;
  std::vector<std::size_t> lengths;
  std::uint32_t state = 7;
  while (text.size() < 3'000'000) {
    state = state * 1664525 + 1013904223;
    const std::size_t length = state >> 28 == 0 ? state % 70'000 : state % 97;
    lengths.push_back(length);
    text += std::string(length, 'x') + (state >> 20 & 1 ? "\r\n" : "\n");
  }
  for (const bool packed : {false, true}) {
    LineReader reader(folder.write("lines", packed ? gzip(text) : text));
    std::string_view line;
    std::size_t at = 0;
    bool same = true;
    for (auto found = reader.next(line); found != LineReader::Found::end; found = reader.next(line), ++at) {
      same = same && at < lengths.size() && reader.number() == static_cast<std::int64_t>(at) + 1;
      if (!same) break;
      if (lengths[at] > LineReader::kLongest)
        same = found == LineReader::Found::too_long;
      else
        same = found == LineReader::Found::line && line.size() == lengths[at];
    }
    CHECK(same);
    CHECK(at == lengths.size());
  }
}
