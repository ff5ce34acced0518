// Text files of any size, plain or packed by gzip, line by line in memory that does not grow with the file.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace centresim::design {

class LineReader {
 public:
  static constexpr std::size_t kLongest = 64 * 1024; // bytes of a line, unless said otherwise
  static constexpr std::size_t kSlack = 8;
  enum class Found { line, too_long, end };
  enum class Digest { none, sha256 };

  // Files that begin like a gzip file, of one or several members, are unpacked; those whose name ends in .gz must be
  // one. Throws IoError: not there, no regular file, no permission, no gzip file.
  explicit LineReader(const std::string& path, Digest digest = Digest::none, std::size_t longest = kLongest);
  ~LineReader();
  LineReader(LineReader&&) noexcept;
  LineReader& operator=(LineReader&&) noexcept;

  // The next line without its end, LF or CRLF; the last one may lack it. `line` is valid until the next call; kSlack
  // more bytes can be read behind it, of which the first ends the line. A line longer than `longest` is passed over. A
  // byte order mark of UTF-8 is taken away. Throws IoError: the disk fails, a gzip file ends early or is damaged.
  [[nodiscard]] Found next(std::string_view& line);
  [[nodiscard]] std::int64_t number() const { return number_; } // of that line, from 1

  // SHA-256 of the file as it lies on the disk, in hexadecimal. Only at the end, and only if asked for when opened.
  [[nodiscard]] std::string sha256() const;

 private:
  class Source;
  void refill();

  std::unique_ptr<Source> source_;
  std::size_t longest_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0, end_ = 0, searched_ = 0; // of what is read and not yet given; [begin_, searched_) has no LF
  std::int64_t number_ = 0;
  bool at_end_ = false;
};

} // namespace centresim::design
