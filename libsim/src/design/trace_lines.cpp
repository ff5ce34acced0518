#include "centresim/design/trace_lines.hpp"

#include "centresim/core/digest.hpp"
#include "centresim/core/error.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

namespace centresim::design {

namespace {

constexpr std::size_t kBlock = 256 * 1024;
constexpr unsigned char kMagic[2] = {0x1f, 0x8b};

std::string reason_of(int error) { return std::generic_category().message(error); }

} // namespace

// The bytes of the file, unpacked if need be.
class LineReader::Source {
 public:
  Source(const std::string& path, bool hashed) : path_(path), hashed_(hashed) {
    // Without O_NONBLOCK a named pipe without a writer would never open.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor_ < 0) fail(reason_of(errno));
    try {
      struct stat status{};
      if (::fstat(descriptor_, &status) != 0) fail(reason_of(errno));
      if (!S_ISREG(status.st_mode)) fail("is not a regular file");
      unsigned char start[2] = {};
      packed_ = ::pread(descriptor_, start, sizeof start, 0) == 2 && std::equal(start, start + 2, kMagic);
      if (!packed_ && path.ends_with(".gz")) fail("is named .gz but is no gzip file");
      if (packed_) prepare();
    } catch (...) {
      ::close(descriptor_);
      throw;
    }
  }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  ~Source() {
    ::close(descriptor_);
    if (packed_) ::inflateEnd(&stream_);
  }

  // At most `size` bytes; 0 at the end.
  std::size_t read(char* to, std::size_t size) { return packed_ ? unpack(to, size) : raw(to, size); }
  [[nodiscard]] std::string digest() const { return sha_.hex(); }

 private:
  [[noreturn]] void fail(const std::string& reason) const { throw core::IoError(path_, "", reason); }

  void prepare() {
    input_ = std::make_unique<char[]>(kBlock);
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    if (::inflateInit2(&stream_, kGzipOnly) != Z_OK) fail("cannot be unpacked: no memory");
  }

  std::size_t raw(char* to, std::size_t size) {
    ssize_t got = 0;
    do got = ::read(descriptor_, to, size);
    while (got < 0 && errno == EINTR);
    if (got < 0) fail(reason_of(errno));
    const auto bytes = static_cast<std::size_t>(got);
    if (hashed_) sha_.update(std::string_view(to, bytes));
    return bytes;
  }

  // False at the end of the file.
  bool more_input() {
    if (stream_.avail_in > 0) return true;
    stream_.next_in = reinterpret_cast<Bytef*>(input_.get());
    stream_.avail_in = static_cast<uInt>(raw(input_.get(), kBlock));
    return stream_.avail_in > 0;
  }

  // Behind a member: another one follows, or the zeros that some tools fill up with, or nothing.
  bool next_member() {
    while (more_input()) {
      if (*stream_.next_in != 0) {
        if (*stream_.next_in != kMagic[0]) fail("is a damaged gzip file: something else follows its end");
        if (::inflateReset(&stream_) != Z_OK) fail("is a damaged gzip file");
        return true;
      }
      ++stream_.next_in, --stream_.avail_in;
    }
    return false;
  }

  std::size_t unpack(char* to, std::size_t size) {
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(size);
    while (!done_ && stream_.avail_out == size) {
      if (!more_input()) fail("is a gzip file that ends early");
      const int state = ::inflate(&stream_, Z_NO_FLUSH);
      if (state == Z_STREAM_END)
        done_ = !next_member();
      else if (state != Z_OK)
        fail(std::string("is a damaged gzip file") + (stream_.msg != nullptr ? std::string(": ") + stream_.msg : ""));
    }
    return size - stream_.avail_out;
  }

  std::string path_;
  bool hashed_, packed_ = false, done_ = false;
  int descriptor_ = -1;
  core::Sha256 sha_;
  std::unique_ptr<char[]> input_;
  z_stream stream_{};
};

LineReader::LineReader(const std::string& path, Digest digest, std::size_t longest)
    : source_(std::make_unique<Source>(path, digest == Digest::sha256)), longest_(longest),
      buffer_(new char[kBlock + longest + kSlack]()) {
  refill();
  if (std::string_view(buffer_.get(), end_).starts_with("\xEF\xBB\xBF")) begin_ = searched_ = 3;
}
LineReader::~LineReader() = default;
LineReader::LineReader(LineReader&&) noexcept = default;
LineReader& LineReader::operator=(LineReader&&) noexcept = default;

std::string LineReader::sha256() const { return source_->digest(); }

void LineReader::refill() {
  if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    searched_ -= begin_;
    end_ -= std::exchange(begin_, 0);
  }
  const std::size_t got = source_->read(buffer_.get() + end_, kBlock + longest_ - end_);
  end_ += got;
  at_end_ = got == 0;
  if (at_end_) buffer_[end_] = '\n'; // behind a last line without its end
}

LineReader::Found LineReader::next(std::string_view& line) {
  ++number_;
  bool too_long = false;
  while (true) {
    const char* const data = buffer_.get();
    const void* const found = std::memchr(data + searched_, '\n', end_ - searched_);
    std::size_t stop = end_;
    if (found != nullptr)
      stop = static_cast<std::size_t>(static_cast<const char*>(found) - data);
    else if (!at_end_) {
      searched_ = end_;
      if (end_ - begin_ > longest_ + 1) { // 1: it may end in CRLF
        too_long = true;
        begin_ = searched_ = end_;
      }
      refill();
      continue;
    } else if (begin_ == end_ && !too_long) {
      return Found::end;
    }
    line = std::string_view(data + begin_, stop - begin_);
    begin_ = searched_ = std::min(stop + 1, end_);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return too_long || line.size() > longest_ ? Found::too_long : Found::line;
  }
}

} // namespace centresim::design
