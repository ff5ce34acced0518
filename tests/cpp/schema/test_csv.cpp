#include "catch.hpp"
#include "centresim/schema/file.hpp"
#include "centresim/schema/tables.hpp"
#include "faults.hpp"
#include "pump.hpp"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace centresim::schema;
using pumps::Station;
namespace fs = std::filesystem;

namespace {

// An empty folder that is gone at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("centresim-csv-" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::size_t entries() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(path_)) ++count;
    return count;
  }

 private:
  fs::path path_;
};

Node csv(const std::string& text) {
  Errors errors;
  Node rows = parse_csv(text, "t.csv", errors);
  errors.throw_if_any();
  return rows;
}
std::string csv_fault(const std::string& text) {
  return fault_of([&] { (void)csv(text); });
}
const std::string& cell(const Node& rows, std::size_t row, const char* column) {
  return *rows.array()->at(row).find(column)->text();
}
Station load_station(const fs::path& path) {
  Node root = load(path);
  Errors errors;
  expand_tables(root, type_info<Station>(), errors);
  Station station = read<Station>(root, errors);
  errors.throw_if_any();
  return station;
}

} // namespace

TEST_CASE("CSV with quotes, line breaks, CRLF, a mark and empty lines", "[schema]") {
  const Node rows = csv("\xEF\xBB\xBFname, text ,n\r\n\r\na, \"x, \"\"y\"\"\nz\" ,1\r\n b ,,\n\n\"\",q,\"\"");
  REQUIRE(rows.array()->size() == 3);
  CHECK(cell(rows, 0, "name") == "a");
  CHECK(cell(rows, 0, "text") == "x, \"y\"\nz");
  CHECK(cell(rows, 0, "n") == "1");
  CHECK(rows.array()->at(0).where.line == 3);
  CHECK(cell(rows, 1, "name") == "b");
  CHECK(rows.array()->at(1).find("text") == nullptr); // an empty cell is not given
  CHECK(rows.array()->at(1).where.line == 5);
  CHECK(cell(rows, 2, "text") == "q");
  CHECK(csv("a\n").array()->empty());
  CHECK(csv("a,b\n1,2").array()->size() == 1); // no line break at the end
}

TEST_CASE("CSV that makes no table says why", "[schema]") {
  CHECK(csv_fault("") == "t.csv:1: is empty: the first line names the columns");
  CHECK(csv_fault("\n\n") == "t.csv:1: is empty: the first line names the columns");
  CHECK(csv_fault("a,b\n1,2\n1\n") == "t.csv:3: has 1 cells, the header has 2");
  CHECK(csv_fault("a,b\n1,2,3\n") == "t.csv:2: has 3 cells, the header has 2");
  CHECK(csv_fault("a,a\n") == "t.csv:1: a: a column is named twice");
  CHECK(csv_fault("a,\n1,2") == "t.csv:1: a column has no name");
  CHECK(csv_fault("a;b\n1;2") == "t.csv:1: a;b: columns must be separated by commas");
  CHECK(csv_fault("a,b\n1,\"2\n3,4\n") == "t.csv:2: a closing quote is missing");
  CHECK(csv_fault("a,b\n1,\"2\"x\n") == "t.csv:2: text after a closing quote");
  const std::string cr = ": lines must end with LF or CRLF, not with CR alone";
  CHECK(csv_fault("a,b\r1,2\r3,4\r") == "t.csv:1" + cr);
  CHECK(csv_fault("a,b\r") == "t.csv:1" + cr);
  CHECK(csv_fault("a,b\n1,2\r\n1,\"2\"\r3,4\r\n") == "t.csv:3" + cr);
  CHECK(csv_fault("a,b\r\n1,\"2\r3\"\r\n") == "no fault"); // within quotes it is text
  CHECK(csv_fault(std::string("a,b\n1,\0", 7)) == "t.csv:2: is not a text file: it holds a zero byte");
  CHECK(holds(csv_fault("a\n\xFF"), "t.csv:2: is not a text file"));
  CHECK(faults_of([] { (void)csv("a,b\n1\n2\n3,4\n5\n"); }).size() == 3);
  const std::string large(10'000'000, ',');
  CHECK(csv_fault("a,b\n" + large).size() < 300);
  CHECK(csv_fault("a\n\"" + large).size() < 300);
}

TEST_CASE("Tables beside a scenario are read by type, with their own file and line", "[schema]") {
  const Folder folder;
  folder.write("t/p.csv", "name,stages,efficiency,spare,mode,modes,start,mttf,tags,limit\n"
                          "7,3,80 %,true,pulsed,steady; pulsed,90,10 h,a;b,\n"
                          "b,,0.5,false,,,2 h,\"uniform(3 h, 1 h)\",,4.0\n");
  const Station s = load_station(folder.write("s.toml", "pumps = { table = \"t/p.csv\" }\n"));
  REQUIRE(s.pumps.size() == 2);
  CHECK(s.pumps[0].name == "7"); // a text that looks like a number
  CHECK(s.pumps[0].stages == 3);
  CHECK(s.pumps[0].efficiency == 0.8);
  CHECK(s.pumps[0].spare);
  CHECK(s.pumps[0].modes.size() == 2);
  CHECK(s.pumps[0].start.ticks == 90 * 60'000);
  CHECK(s.pumps[0].tags == std::vector<std::string>{"a", "b"});
  CHECK(s.pumps[1].stages == 1);
  CHECK(s.pumps[1].mttf.parameters[1] == 3'600'000.0);
  CHECK(s.pumps[1].limit == 4);
  CHECK(load_station(folder.write("s.json", R"({"pumps": {"table": "t/p.csv"}})")) == s);
}

TEST_CASE("Faults in tables name the CSV file", "[schema]") {
  const Folder folder;
  folder.write("p.csv", "name,stages,spare,start,zzz\na,0,1,x,\nb,1.5,,,q\na,,,,\n");
  const fs::path scenario = folder.write("s.toml", "# first\npumps = { table = \"p.csv\" }\n");
  const std::string at = (folder / "p.csv").string();
  const auto list = faults_of([&] { (void)load_station(scenario); });
  REQUIRE(list.size() == 6);
  CHECK(list[0] == at + ":1: zzz: unknown column");
  CHECK(list[1] == at + ":2: pumps.a.stages: \"0\": must be from 1 to 1000");
  CHECK(list[3] == at + ":2: pumps.a.start: \"x\": must start with a number");
  CHECK(list[2] == at + ":2: pumps.a.spare: \"1\": must be true or false");
  CHECK(list[4] == at + ":3: pumps.b.stages: \"1.5\": must be a whole number");
  CHECK(list[5] == at + ":4: pumps.a: \"a\": names must be unique within their list; it is taken in line 2");

  const auto table_fault = [&](const std::string& name) {
    return fault_of([&] { (void)load_station(folder.write("f.toml", "\npumps = { table = \"" + name + "\" }")); });
  };
  CHECK(holds(table_fault("none.csv"), "f.toml:2: pumps: \"none.csv\": the table cannot be read: No such file"));
  CHECK(holds(table_fault("p.txt"), "f.toml:2: pumps: \"p.txt\": a table is a .csv file"));
  const auto only_fault = [&](const std::string& value) {
    const auto all = faults_of([&] { (void)load_station(folder.write("f.toml", "\npumps = " + value)); });
    return all.size() == 1 ? all.front() : std::to_string(all.size()) + " faults";
  };
  CHECK(holds(only_fault("{ table = \"none.csv\" }"), "f.toml:2: pumps: \"none.csv\": the table cannot be read"));
  CHECK(holds(only_fault("{ table = 1 }"), "f.toml:2: pumps: 1: table must be a text"));
  CHECK(holds(only_fault("{ table = \"p.csv\", y = 1 }"), "f.toml:2: pumps.y: 1: unknown key beside 'table'"));
  folder.write("head.csv", "name,stags\n");
  CHECK(holds(only_fault("{ table = \"head.csv\" }"), "head.csv:1: stags: unknown column; did you mean 'stages'?"));
  folder.write("junk.csv", std::string("a\n\x01\x00\xFF", 5));
  CHECK(holds(table_fault("junk.csv"), "junk.csv:2: is not a text file"));
  folder.write("dir.csv/x", "");
  CHECK(holds(table_fault("dir.csv"), "is not a regular file"));
}

TEST_CASE("Large lists are written as tables and read back equal", "[schema]") {
  const Folder folder;
  Station s;
  for (int i = 0; i < 60; ++i) {
    pumps::Pump p;
    p.name = i % 7 == 0 ? "n" + std::to_string(i) : "p, \"" + std::to_string(i) + "\" ";
    p.stages = i + 1;
    p.efficiency = 1.0 / (i + 1);
    p.spare = i % 2 == 0;
    if (i % 3 == 0) p.shift = Duration{-i};
    s.pumps.push_back(p);
  }
  write_toml_with_tables(folder / "s.toml", write(s));
  CHECK(load_station(folder / "s.toml") == s);
  CHECK(read_text_file(folder / "s.toml") == "pumps = { table = \"s.tables/pumps.csv\" }\n");
  CHECK(folder.entries() == 2);
  // again, with other values: the table is replaced, and what else lies there stays
  folder.write("s.tables/other.csv", "a\n1\n");
  folder.write("s.tables/notes/why.txt", "by hand");
  fs::create_symlink("other.csv", folder / "s.tables/link.csv");
  s.pumps.pop_back();
  write_toml_with_tables(folder / "s.toml", write(s));
  CHECK(load_station(folder / "s.toml") == s);
  CHECK(read_text_file(folder / "s.tables/other.csv") == "a\n1\n");
  CHECK(read_text_file(folder / "s.tables/notes/why.txt") == "by hand");
  CHECK(fs::read_symlink(folder / "s.tables/link.csv") == "other.csv");
  CHECK(folder.entries() == 2);
  // short lists, and rows that no cell can hold, stay in the file
  s.pumps[0].tags = {"a"};
  write_toml_with_tables(folder / "b.toml", write(s));
  CHECK(load_station(folder / "b.toml") == s);
  s.pumps.resize(3);
  write_toml_with_tables(folder / "c.toml", write(s));
  CHECK(load_station(folder / "c.toml") == s);
  CHECK_FALSE(fs::exists(folder / "c.tables"));
}

TEST_CASE("What stands in the place of the tables is not swept away", "[schema]") {
  const Folder folder;
  Station s;
  for (int i = 0; i < 60; ++i) s.pumps.emplace_back().name = "p" + std::to_string(i);
  folder.write("s.tables", "a file of somebody");
  CHECK_THROWS_AS(write_toml_with_tables(folder / "s.toml", write(s)), centresim::core::IoError);
  CHECK(read_text_file(folder / "s.tables") == "a file of somebody");
  folder.write("t.tables/pumps.csv/inside", "x");
  CHECK_THROWS_AS(write_toml_with_tables(folder / "t.toml", write(s)), centresim::core::IoError);
  CHECK(read_text_file(folder / "t.tables/pumps.csv/inside") == "x");
  CHECK(folder.entries() == 2); // and no t.toml that would name tables that are not there
}

TEST_CASE("Scenarios are written and read through symbolic links", "[schema]") {
  const Folder folder;
  Station s;
  for (int i = 0; i < 60; ++i) s.pumps.emplace_back().name = "p" + std::to_string(i);
  folder.write("real/line.toml", "");
  fs::create_symlink("real/line.toml", folder / "link.toml");
  fs::create_symlink("real/new.toml", folder / "dangling.toml");
  fs::create_symlink("circle.toml", folder / "circle.toml");
  for (const auto& [link, real] : {std::pair{"link.toml", "real/line.toml"}, {"dangling.toml", "real/new.toml"}}) {
    write_toml_with_tables(folder / link, write(s));
    CHECK(fs::is_symlink(folder / link));
    CHECK(load_station(folder / real) == s);
    CHECK(load_station(folder / link) == s);
  }
  CHECK_THROWS_AS(write_text_file(folder / "circle.toml", ""), centresim::core::IoError);
  CHECK(fs::is_symlink(folder / "circle.toml"));
  fs::create_symlink("/dev/null", folder / "device.toml");
  CHECK_THROWS_AS(write_text_file(folder / "device.toml", ""), centresim::core::IoError);
}

TEST_CASE("A scenario that cannot be written leaves the old one", "[schema]") {
  const Folder folder;
  Station s;
  for (int i = 0; i < 60; ++i) s.pumps.emplace_back().name = "p" + std::to_string(i);
  write_toml_with_tables(folder / "s.toml", write(s));
  const Station old = s;
  s.pumps[0].stages = 9;
  // the TOML file cannot be replaced: a folder stands in its place
  fs::create_directories(folder / "d.toml/x");
  CHECK_THROWS_AS(write_toml_with_tables(folder / "d.toml", write(s)), centresim::core::IoError);
  CHECK_FALSE(fs::exists(folder / "d.tables"));
  // the tables were there before: they come back
  folder.write("e.tables/mine.csv", "a\n");
  fs::create_directories(folder / "e.toml/x");
  CHECK_THROWS_AS(write_toml_with_tables(folder / "e.toml", write(s)), centresim::core::IoError);
  CHECK(read_text_file(folder / "e.tables/mine.csv") == "a\n");
  CHECK_THROWS_AS(write_toml_with_tables(folder / "none/s.toml", write(s)), centresim::core::IoError);
  if (::geteuid() != 0) { // root may write everywhere
    ::chmod((folder / "").c_str(), 0555);
    CHECK_THROWS_AS(write_toml_with_tables(folder / "s.toml", write(s)), centresim::core::IoError);
    ::chmod((folder / "").c_str(), 0755);
  }
  CHECK(load_station(folder / "s.toml") == old);
  CHECK(folder.entries() == 5); // s.toml, s.tables, d.toml, e.toml, e.tables: nothing temporary
}
