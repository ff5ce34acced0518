// Records of results: bytes that come back equal, files that are cut off, damaged and foreign.
#include "io/records.hpp"
#include "io/tree_bytes.hpp"

#include "catch.hpp"
#include "centresim/core/error.hpp"
#include "centresim/io/diff.hpp"
#include "make_tree.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

namespace centresim::io {
namespace {

namespace fs = std::filesystem;
using experiment::Tree;

// A folder that goes away.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("centresim-records-" + std::to_string(::getpid()))) {
    fs::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] fs::path only() const { return fs::directory_iterator(path_)->path(); }

 private:
  fs::path path_;
};

std::string key(char c) { return std::string(kRecordKey, c); }

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

struct Seen {
  std::string keys, bodies;
  Scanned scanned;
};
Seen scan(const fs::path& file, std::uint64_t offset = 0) {
  Seen seen;
  seen.scanned = scan_records(file, offset, [&](const ScannedRecord& r) {
    seen.keys += r.key[0];
    try {
      seen.bodies += unpack(read_body(file, r.place)) + "/" + std::string(r.about) + " ";
    } catch (const std::runtime_error& fault) {
      seen.bodies += std::string(fault.what()) + " ";
    }
  });
  return seen;
}

} // namespace

TEST_CASE("A tree comes back from its bytes, and from nothing else", "[io]") {
  const Tree tree = test::full_tree();
  const std::string bytes = tree_to_bytes(tree);
  CHECK(differences(tree, tree_from_bytes(bytes), "a", "b").empty());
  CHECK(tree_to_bytes(tree_from_bytes(bytes)) == bytes);
  CHECK(tree_from_bytes(tree_to_bytes({})).empty());
  for (std::size_t n = 0; n < bytes.size(); n += 1 + n / 50)
    CHECK_THROWS_AS((void)tree_from_bytes(bytes.substr(0, n)), std::runtime_error);
  CHECK_THROWS_AS((void)tree_from_bytes(bytes + "x"), std::runtime_error);
  // Lengths that promise more than there is must not be believed.
  for (std::size_t at = 16; at + 8 <= bytes.size(); at += 8) {
    std::string huge = bytes;
    huge.replace(at, 8, "\xff\xff\xff\xff\xff\xff\xff\x7f");
    try {
      (void)tree_from_bytes(huge);
    } catch (const std::runtime_error&) {
    }
  }
}

TEST_CASE("Records are found again, whatever lies between and behind them", "[io]") {
  const Folder folder;
  const auto about = [](int n) { return "about " + std::to_string(n); };
  std::vector<std::string> records;
  for (const char c : {'a', 'b', 'c'})
    records.push_back(make_record(RecordKind::result, key(c), about(c - 'a'), std::string(1000, c)));
  {
    RecordWriter writer(folder.path(), "points");
    CHECK(fs::is_empty(folder.path())); // it appears with its first record
    for (const std::string& record : records) writer.append(record);
    writer.flush();
  }
  const fs::path file = folder.only();
  CHECK(file.extension() == kRecordEnding);
  CHECK(file.filename().string().starts_with("points."));
  const std::string whole = read(file);
  CHECK(whole == records[0] + records[1] + records[2]);
  const std::string a(1000, 'a'), b(1000, 'b'), c(1000, 'c');
  const Seen all = scan(file);
  CHECK(all.keys == "abc");
  CHECK(all.bodies == a + "/about 0 " + b + "/about 1 " + c + "/about 2 ");
  CHECK(all.scanned.next == whole.size());
  CHECK(all.scanned.foreign + all.scanned.tail == 0);

  SECTION("cut off anywhere") {
    for (std::size_t n = 0; n < whole.size(); n++) {
      write(file, whole.substr(0, n));
      const Seen seen = scan(file);
      const std::size_t complete = n >= records[0].size() + records[1].size() ? 2 : n >= records[0].size() ? 1 : 0;
      REQUIRE(seen.keys == std::string("abc").substr(0, complete));
      REQUIRE(seen.scanned.foreign == 0);
      REQUIRE(seen.scanned.next + seen.scanned.tail == n);
      // What came meanwhile is found from there on.
      write(file, whole);
      REQUIRE(scan(file, seen.scanned.next).keys == std::string("abc").substr(complete));
    }
  }
  SECTION("any byte of the middle one changed: the others are found") {
    const std::size_t first = records[0].size();
    for (std::size_t i = 0; i < records[1].size(); i++) {
      std::string changed = whole;
      changed[first + i] = static_cast<char>(changed[first + i] ^ 0x41);
      write(file, changed);
      const Seen seen = scan(file);
      REQUIRE(seen.keys.front() == 'a');
      REQUIRE(seen.keys.back() == 'c');
      REQUIRE(seen.bodies.find(b) == std::string::npos);
    }
  }
  SECTION("a byte of the first body is missing: the others are found") {
    const std::size_t first = records[0].size();
    write(file, whole.substr(0, first - 3) + whole.substr(first - 2));
    const Seen seen = scan(file);
    CHECK(seen.keys == "abc");
    CHECK(seen.bodies.find(a) == std::string::npos);
    CHECK(seen.bodies.find(b) != std::string::npos);
    CHECK(seen.bodies.find(c) != std::string::npos);
  }
  SECTION("what is removed or moved while it is written is told") {
    RecordWriter writer(folder.path(), "gone");
    writer.append(records[0]);
    for (const auto& entry : fs::directory_iterator(folder.path()))
      if (entry.path().filename().string().starts_with("gone")) fs::remove(entry.path());
    CHECK_THROWS_AS(writer.append(records[1]), core::IoError);
    CHECK_THROWS_AS(writer.flush(), core::IoError);
    RecordWriter moved(folder.path(), "moved");
    moved.append(records[0]);
    for (const auto& entry : fs::directory_iterator(folder.path()))
      if (entry.path().filename().string().starts_with("moved")) fs::rename(entry.path(), folder.path() / "elsewhere");
    CHECK_THROWS_AS(moved.flush(), core::IoError);
  }
  SECTION("foreign bytes before, between and behind") {
    for (const std::size_t n : {1U, 7U, 8U, 103U, 104U, 65'535U, 65'536U, 65'544U, 200'000U}) {
      const std::string foreign(n, 'x');
      write(file, foreign + records[0] + foreign + records[1]);
      const Seen seen = scan(file);
      REQUIRE(seen.keys == "ab");
      REQUIRE(seen.scanned.foreign == 2 * n);
    }
    write(file, "CSrec1\r\n" + std::string(40, 'C') + records[0]);
    CHECK(scan(file).keys == "a");
  }
  SECTION("one in memory") {
    const ParsedRecord parsed = parse_record(records[1]);
    CHECK(parsed.key == key('b'));
    CHECK(parsed.about == "about 1");
    CHECK(parsed.body == b);
    for (const std::string& wrong : {std::string(), records[1] + "x", records[1].substr(1), records[0] + records[1]})
      CHECK_THROWS_AS((void)parse_record(wrong), std::runtime_error);
  }
  SECTION("a second process of the same name takes another file") {
    RecordWriter one(folder.path(), "points"), two(folder.path(), "points");
    one.append(records[0]);
    two.append(records[1]);
    CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 3);
    CHECK(read(file) == whole);
  }
  SECTION("what is no file") {
    CHECK_THROWS_AS((void)scan(folder.path()), core::IoError);
    CHECK_THROWS_AS((void)scan(folder.path() / "nowhere"), core::IoError);
    RecordWriter lost(folder.path() / "nowhere", "points");
    CHECK_THROWS_AS(lost.append(records[0]), core::IoError);
  }
}

TEST_CASE("A body that promises more than it can hold is refused", "[io]") {
  const std::string record = make_record(RecordKind::result, key('a'), "", std::string(100, 'a'));
  Folder folder;
  const fs::path file = folder.path() / "x.rec";
  write(file, record);
  const Scanned scanned = scan_records(file, 0, [&](const ScannedRecord& r) {
    PackedBody body = read_body(file, r.place);
    CHECK(unpack(body) == std::string(100, 'a'));
    body.length = std::uint64_t{1} << 60;
    CHECK_THROWS_AS((void)unpack(body), std::runtime_error);
    body.length = 99;
    CHECK_THROWS_AS((void)unpack(body), std::runtime_error);
    body.length = 100;
    body.bytes[5] ^= 1;
    CHECK_THROWS_AS((void)unpack(body), std::runtime_error);
  });
  CHECK(scanned.next == record.size());
}

TEST_CASE("Differences are told once a variable, with the place of the first", "[io]") {
  const Tree one = test::full_tree();
  CHECK(differences(one, one, "a", "b").empty());
  Tree other = one;
  other["run"].attributes.emplace_back("host", "elsewhere"); // no result is in there
  CHECK(differences(one, other, "a", "b").empty());
  other["more"];
  CHECK(differences(one, other, "a", "b") == std::vector<std::string>{"group /more is only in b"});
  other.erase("more");
  experiment::Group table;
  table.dimensions = {{"replication", 2}, {"tool", 3}};
  table.variables = {{"tool", {"tool"}, std::vector<std::string>{"x", "y", "z"}, "", ""},
                     {"n", {"replication", "tool"}, std::vector<std::int64_t>{1, 2, 3, 4, 5, 6}, "1", ""},
                     {"r", {"tool"}, std::vector<double>{1, std::nan(""), 3}, "", ""}};
  table.attributes = {{"seed", std::int64_t{1}}};
  const Tree first{{"", {}}, {"t", table}};
  CHECK(differences(first, first, "a", "b").empty()); // NaN is NaN
  std::get<1>(table.variables[1].values)[4] = 50, std::get<1>(table.variables[1].values)[5] = 60;
  std::get<0>(table.variables[2].values)[2] = 4;
  table.variables.push_back({"late", {}, std::vector<double>{1}, "", ""});
  table.attributes[0].second = std::int64_t{2};
  CHECK(differences(first, {{"", {}}, {"t", table}}, "a", "b") ==
        std::vector<std::string>{
            "/t: attribute seed: 1 and 2", "/t/n: 2 of 6 values differ, the first at replication 1, tool 'y': 5 and 50",
            "/t/r: 1 of 3 values differ, the first at tool 'z': 3 and 4", "/t: variable late is only in b"});
}

} // namespace centresim::io
