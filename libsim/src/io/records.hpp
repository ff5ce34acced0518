// Files of checked records, only ever appended to, each by one process: docs/formats/sweep.md. Private to the room.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace centresim::io {

enum class RecordKind : std::uint32_t { result = 1, failure = 2, stopped = 3 };
inline constexpr std::size_t kRecordKey = 64;        // bytes
inline constexpr const char* kRecordEnding = ".rec"; // of the names of such files

// `key`: kRecordKey bytes; `about`: what must be known before the body is read. The record as bytes.
[[nodiscard]] std::string make_record(RecordKind kind, std::string_view key, std::string_view about,
                                      std::string_view body);

// The body as it stands in a record: packed, with its length and checksum.
struct PackedBody {
  std::uint64_t length = 0;   // unpacked
  std::uint32_t checksum = 0; // of the bytes
  std::string bytes;
};
// Both throw std::runtime_error where bytes, length and checksum do not fit one another.
void check_body(const PackedBody& packed);
[[nodiscard]] std::string unpack(const PackedBody& packed);

// Where the body of a record lies.
struct RecordPlace {
  std::uint64_t offset = 0, bytes = 0, length = 0;
  std::uint32_t checksum = 0;
};
[[nodiscard]] PackedBody read_body(const std::filesystem::path& file, const RecordPlace& place); // throws IoError

// A new file, which appears with the first record.
class RecordWriter {
 public:
  // "FOLDER/STEM.HOST.PID.rec"; where that is taken, the first free of "STEM.HOST.PID.1", ...
  RecordWriter(std::filesystem::path folder, std::string stem);
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;
  ~RecordWriter();
  void append(std::string_view record);
  void flush(); // to the disk; throws IoError

 private:
  void open();
  [[noreturn]] void fail(int error) const;
  std::filesystem::path folder_, path_;
  std::string stem_;
  int descriptor_ = -1;
  std::uint64_t length_ = 0;
};

struct ScannedRecord {
  RecordKind kind = RecordKind::result;
  std::string_view key, about;
  RecordPlace place;
};
struct Scanned {
  std::uint64_t next = 0;    // where a later scan goes on
  std::uint64_t foreign = 0; // bytes that belong to no record
  std::uint64_t tail = 0;    // bytes of a record that is not whole: being written, or cut off
};
// One record, whole, in memory. Throws std::runtime_error for anything else.
struct ParsedRecord {
  RecordKind kind = RecordKind::result;
  std::string key, about, body;
};
[[nodiscard]] ParsedRecord parse_record(std::string_view bytes);

// The records from `offset` on, without their bodies. Bytes that are no record are passed over. Throws IoError.
[[nodiscard]] Scanned scan_records(const std::filesystem::path& file, std::uint64_t offset,
                                   const std::function<void(const ScannedRecord&)>& use);

} // namespace centresim::io
