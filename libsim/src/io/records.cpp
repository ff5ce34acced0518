#include "records.hpp"

#include "centresim/core/error.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace centresim::io {

namespace fs = std::filesystem;

namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

constexpr std::array<char, 8> kMagic{'C', 'S', 'r', 'e', 'c', '1', '\r', '\n'};
constexpr std::uint32_t kLongestAbout = 4096;
constexpr std::uint64_t kMostTimesPacked = 1100; // what deflate can do at best, and a little more

struct Head { // 40 bytes, no gaps
  std::array<char, 8> magic = kMagic;
  std::uint32_t kind = 0, about = 0;   // about: its length
  std::uint64_t bytes = 0, length = 0; // of the body: packed, unpacked
  std::uint32_t body_sum = 0, head_sum = 0;
};
static_assert(sizeof(Head) == 40);

std::uint32_t checksum(std::string_view bytes, std::uint32_t before = 0) {
  return static_cast<std::uint32_t>(
      ::crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())); // NOLINT: zlib's type
}

// Over all of the head but the sum itself, the key and what follows it.
std::uint32_t head_checksum(const Head& head, std::string_view key_and_about) {
  const std::string_view bytes(reinterpret_cast<const char*>(&head), sizeof head - sizeof head.head_sum); // NOLINT
  return checksum(key_and_about, checksum(bytes));
}

[[noreturn]] void fail_reading(const fs::path& file, int error) {
  throw core::IoError(file.string(), "", "cannot be read: " + std::generic_category().message(error));
}

class InFile {
 public:
  explicit InFile(const fs::path& path)
      : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat about{};
    if (descriptor_ < 0 || ::fstat(descriptor_, &about) != 0) fail_reading(path_, errno);
    if (!S_ISREG(about.st_mode)) {
      ::close(descriptor_);
      throw core::IoError(path_.string(), "", "is no regular file");
    }
    size_ = static_cast<std::uint64_t>(about.st_size);
  }
  InFile(const InFile&) = delete;
  InFile& operator=(const InFile&) = delete;
  ~InFile() { ::close(descriptor_); }
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // As much as there is of so many bytes.
  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t bytes) const {
    std::string text(bytes, '\0');
    std::size_t got = 0;
    while (got < bytes) {
      const ssize_t n = ::pread(descriptor_, text.data() + got, bytes - got, static_cast<off_t>(offset + got));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail_reading(path_, errno);
      if (n == 0) break;
      got += static_cast<std::size_t>(n);
    }
    text.resize(got);
    return text;
  }

 private:
  fs::path path_;
  int descriptor_;
  std::uint64_t size_ = 0;
};

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) return "host";
  std::string text = name.data();
  for (char& c : text)
    if (c == '/' || static_cast<unsigned char>(c) <= ' ') c = '_';
  return text.empty() ? "host" : text;
}

bool is_kind(std::uint32_t kind) { return kind >= 1 && kind <= 3; }

PackedBody pack(std::string_view body) {
  PackedBody packed{body.size(), 0, {}};
  uLongf size = ::compressBound(static_cast<uLong>(body.size()));
  packed.bytes.resize(size);
  const int done = ::compress2(reinterpret_cast<Bytef*>(packed.bytes.data()), &size, // NOLINT: zlib's type
                               reinterpret_cast<const Bytef*>(body.data()), static_cast<uLong>(body.size()), // NOLINT
                               Z_BEST_SPEED);
  if (done != Z_OK) throw std::bad_alloc();
  packed.bytes.resize(size);
  packed.checksum = checksum(packed.bytes);
  return packed;
}

} // namespace

void check_body(const PackedBody& packed) {
  if (checksum(packed.bytes) != packed.checksum)
    throw std::runtime_error("is damaged: its contents do not fit its checksum");
}

std::string unpack(const PackedBody& packed) {
  check_body(packed);
  const auto demand = [](bool right) {
    if (!right) throw std::runtime_error("is no stored result");
  };
  demand(packed.length <= (packed.bytes.size() + 64) * kMostTimesPacked);
  std::string body(static_cast<std::size_t>(packed.length), '\0');
  uLongf size = static_cast<uLongf>(body.size());
  const int done = ::uncompress(reinterpret_cast<Bytef*>(body.data()), &size,        // NOLINT: zlib's type
                                reinterpret_cast<const Bytef*>(packed.bytes.data()), // NOLINT
                                static_cast<uLong>(packed.bytes.size()));
  demand(done == Z_OK && size == body.size());
  return body;
}

PackedBody read_body(const fs::path& file, const RecordPlace& place) {
  const InFile in(file);
  if (place.offset > in.size() || place.bytes > in.size() - place.offset)
    throw core::IoError(file.string(), "", "became shorter while it was read");
  return {place.length, place.checksum, in.read(place.offset, static_cast<std::size_t>(place.bytes))};
}

std::string make_record(RecordKind kind, std::string_view key, std::string_view about, std::string_view body) {
  if (key.size() != kRecordKey || about.size() > kLongestAbout) throw std::logic_error("a record of the wrong shape");
  const PackedBody packed = pack(body);
  Head head;
  head.kind = static_cast<std::uint32_t>(kind);
  head.about = static_cast<std::uint32_t>(about.size());
  head.bytes = packed.bytes.size();
  head.length = packed.length;
  head.body_sum = packed.checksum;
  std::string rest(key);
  rest += about;
  head.head_sum = head_checksum(head, rest);
  std::string bytes(reinterpret_cast<const char*>(&head), sizeof head); // NOLINT: as it lies in memory
  bytes += rest;
  bytes += packed.bytes;
  return bytes;
}

ParsedRecord parse_record(std::string_view bytes) {
  const auto demand = [](bool right) {
    if (!right) throw std::runtime_error("is no record of a result");
  };
  Head head;
  demand(bytes.size() >= sizeof head + kRecordKey);
  std::memcpy(&head, bytes.data(), sizeof head);
  demand(head.magic == kMagic && is_kind(head.kind) && head.about <= kLongestAbout);
  const std::string_view after = bytes.substr(sizeof head);
  demand(after.size() >= kRecordKey + head.about && after.size() - kRecordKey - head.about == head.bytes);
  const std::string_view rest = after.substr(0, kRecordKey + head.about);
  demand(head_checksum(head, rest) == head.head_sum);
  return {static_cast<RecordKind>(head.kind), std::string(rest.substr(0, kRecordKey)),
          std::string(rest.substr(kRecordKey)),
          unpack({head.length, head.body_sum, std::string(after.substr(rest.size()))})};
}

RecordWriter::RecordWriter(fs::path folder, std::string stem) : folder_(std::move(folder)), stem_(std::move(stem)) {}

RecordWriter::~RecordWriter() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void RecordWriter::fail(int error) const {
  throw core::IoError(path_.string(), "", "cannot be written: " + std::generic_category().message(error));
}

void RecordWriter::open() {
  const std::string stem = fmt::format("{}.{}.{}", stem_, host_name(), ::getpid());
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    path_ = folder_ / ((attempt == 0 ? stem : fmt::format("{}.{}", stem, attempt)) + kRecordEnding);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && (errno != EEXIST || attempt > 100'000)) fail(errno);
  }
}

// One call of the system where it takes all of it: what is killed in between leaves a tail that no reader takes for a
// record. What a full disk cut off is taken away again.
void RecordWriter::append(std::string_view record) {
  if (descriptor_ < 0) open();
  for (std::size_t written = 0; written < record.size();) {
    const ssize_t n = ::write(descriptor_, record.data() + written, record.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, static_cast<off_t>(length_));
      if (length_ == 0) ::unlink(path_.c_str());
      fail(error);
    }
    written += static_cast<std::size_t>(n);
  }
  length_ += record.size();
  struct stat now{};
  if (::fstat(descriptor_, &now) == 0 && now.st_nlink == 0)
    throw core::IoError(path_.string(), "", "was removed while it was written: what it held is lost");
}

// What stands under its name at the end must be what was written.
void RecordWriter::flush() {
  struct stat ours{}, theirs{};
  if (descriptor_ >= 0 && (::fstat(descriptor_, &ours) != 0 || ::stat(path_.c_str(), &theirs) != 0 ||
                           ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev))
    throw core::IoError(path_.string(), "", "was moved or removed while it was written");
  if (descriptor_ >= 0 && ::fdatasync(descriptor_) != 0 && errno != EINVAL && errno != EROFS) fail(errno);
}

Scanned scan_records(const fs::path& file, std::uint64_t offset, const std::function<void(const ScannedRecord&)>& use) {
  constexpr std::size_t kFixed = sizeof(Head) + kRecordKey, kBlock = 1 << 16;
  const InFile in(file);
  Scanned scanned{offset, 0, 0};
  std::string text;
  std::uint64_t behind_head = offset; // of the last record
  for (std::uint64_t at = offset;;) {
    const std::uint64_t left = in.size() - std::min(at, in.size());
    scanned.tail = left;
    if (left < kFixed) break;
    text = in.read(at, std::min<std::uint64_t>(left, kFixed + 256));
    if (text.size() < kFixed) break; // it became shorter
    Head head;
    std::memcpy(&head, text.data(), sizeof head);
    const bool plausible = head.magic == kMagic && is_kind(head.kind) && head.about <= kLongestAbout;
    if (plausible && head.about > left - kFixed) break;
    if (plausible && kFixed + head.about > text.size()) text = in.read(at, kFixed + head.about);
    const std::string_view rest = std::string_view(text).substr(sizeof head, plausible ? kRecordKey + head.about : 0);
    if (plausible && head_checksum(head, rest) == head.head_sum) {
      const std::uint64_t whole = kFixed + head.about + head.bytes;
      if (head.bytes > left || whole > left) break; // not all of it is there
      use({static_cast<RecordKind>(head.kind),
           rest.substr(0, kRecordKey),
           rest.substr(kRecordKey),
           {at + kFixed + head.about, head.bytes, head.length, head.body_sum}});
      behind_head = at + kFixed;
      at += whole;
      scanned.next = at;
      continue;
    }
    // No record begins here: on to where the next one may. The last one may have been shorter than it says.
    if (behind_head < at) {
      const std::uint64_t begin = std::exchange(behind_head, at);
      const std::string inside = in.read(begin, static_cast<std::size_t>(at - begin) + kMagic.size() - 1);
      if (const std::size_t found = inside.find(std::string_view(kMagic.data(), kMagic.size())); found != inside.npos) {
        at = scanned.next = begin + found;
        continue;
      }
    }
    const std::string block = in.read(at + 1, kBlock + kMagic.size());
    const std::size_t found = block.find(std::string_view(kMagic.data(), kMagic.size()));
    const std::uint64_t passed = 1 + (found != block.npos ? found : std::min<std::uint64_t>(block.size(), kBlock));
    scanned.foreign += passed;
    at += passed;
    scanned.next = at;
  }
  return scanned;
}

} // namespace centresim::io
