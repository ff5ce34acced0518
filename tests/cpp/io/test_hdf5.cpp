#include "catch.hpp"
#include "centresim/core/error.hpp"
#include "centresim/io/hdf5.hpp"
#include "make_tree.hpp"

#include <chrono>
#include <cmath>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <hdf5.h>

using namespace centresim;
using namespace centresim::io;
using namespace centresim::io::test;

namespace {

std::string reason_of(const std::filesystem::path& path) {
  try {
    (void)read_tree(path);
  } catch (const core::IoError& error) {
    CHECK(error.file() == path.string());
    return error.object().empty() ? error.reason() : error.object() + ": " + error.reason();
  }
  return "no error";
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

void put(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

bool contains(const std::string& text, const std::string& part) {
  INFO(text);
  return text.find(part) != std::string::npos;
}

// Changes a written file through HDF5 itself, as another program would.
template <class Change> void edit(const std::filesystem::path& path, Change change) {
  const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
  REQUIRE(file >= 0);
  change(file);
  REQUIRE(H5Fclose(file) >= 0);
}

} // namespace

TEST_CASE("a tree comes back equal from its file", "[io][hdf5]") {
  const Folder folder;
  const Tree tree = full_tree();
  write_tree(tree, folder / "r.h5");
  const Tree back = read_tree(folder / "r.h5");
  REQUIRE(back.size() == tree.size());
  for (const auto& [path, group] : tree) {
    INFO("group " << path);
    const Group& other = back.at(path);
    CHECK(other.dimensions == group.dimensions);
    CHECK(other.attributes == group.attributes);
    REQUIRE(other.variables.size() == group.variables.size());
    for (std::size_t i = 0; i < group.variables.size(); ++i) {
      INFO("variable " << group.variables[i].name);
      CHECK(other.variables[i] == group.variables[i]);
    }
  }
  CHECK(folder.count() == 1);
}

TEST_CASE("NaN, infinities and the ends of the ranges survive", "[io][hdf5]") {
  const Folder folder;
  Tree tree = full_tree();
  using L = std::numeric_limits<double>;
  tree["x"].dimensions = {{"i", 4}};
  tree["x"].variables = {{"v", {"i"}, Reals{L::quiet_NaN(), L::infinity(), -0.0, L::denorm_min()}, "1", ""}};
  write_tree(tree, folder / "r.h5");
  const Tree back = read_tree(folder / "r.h5");
  const auto& values = std::get<Reals>(back.at("x").variables[0].values);
  CHECK(std::isnan(values[0]));
  CHECK(values[1] == L::infinity());
  CHECK(std::signbit(values[2]));
  CHECK(values[3] == L::denorm_min());
}

TEST_CASE("large variables are packed and come back, and so do large attributes", "[io][hdf5]") {
  const Folder folder;
  Tree tree = full_tree();
  const std::size_t n = 300'000;
  Integers ramp(3 * n);
  for (std::size_t i = 0; i < ramp.size(); ++i) ramp[i] = static_cast<std::int64_t>(i / 7);
  tree["trace"].dimensions = {{"event", n}};
  tree["trace"].variables = {{"ramp", {"replication", "event"}, ramp, "ms", ""},
                             {"zero", {"event"}, Reals(n, 0.0), "1", ""}};
  tree[""].attributes.emplace_back("large", std::string(3'000'000, 'x') + "ü");
  write_tree(tree, folder / "r.h5");
  CHECK(read_tree(folder / "r.h5") == tree);
  CHECK(std::filesystem::file_size(folder / "r.h5") < 3 * n * 8 / 2 + 3'100'000);
}

TEST_CASE("a new result replaces an old one, also through a symbolic link", "[io][hdf5]") {
  const Folder folder;
  put(folder / "r.h5", "old");
  std::filesystem::create_symlink(folder / "r.h5", folder / "link.h5");
  write_tree(full_tree(), folder / "link.h5");
  CHECK(std::filesystem::is_symlink(folder / "link.h5"));
  CHECK(read_tree(folder / "r.h5") == full_tree());
  CHECK(folder.count() == 2);
}

TEST_CASE("the same tree gives the same bytes", "[io][hdf5]") {
  const Folder folder;
  write_tree(full_tree(), folder / "a.h5");
  std::this_thread::sleep_for(std::chrono::milliseconds(1100)); // HDF5 would note the second of the writing
  write_tree(full_tree(), folder / "b.h5");
  CHECK(bytes_of(folder / "a.h5") == bytes_of(folder / "b.h5"));
}

TEST_CASE("trees that break a rule of the format are refused", "[io][hdf5]") {
  const Folder folder;
  Tree tree = full_tree();
  std::string rule;
  SECTION("wrong number of values") {
    std::get<Reals>(tree[""].variables[8].values).pop_back();
    rule = "has 1 values where its dimensions ask for 2";
  }
  SECTION("unknown dimension") {
    tree["fab"].variables.push_back({"v", {"tool_group"}, Reals{1}, "", ""});
    rule = "'tool_group', which nobody has declared";
  }
  SECTION("two of one name") {
    tree["fab"].variables.push_back(tree["fab"].variables[0]);
    rule = "is there twice";
  }
  SECTION("no parent") {
    tree["a/b"];
    rule = "its parent group is missing";
  }
  SECTION("no KPI table") {
    tree[""].variables.erase(tree[""].variables.begin() + 8);
    rule = "mean: is missing from the KPI table";
  }
  SECTION("NUL in a text") {
    std::get<Texts>(tree[""].variables[1].values)[0] = std::string("a\0b", 3);
    rule = "NUL";
  }
  SECTION("not UTF-8") {
    std::get<Texts>(tree[""].variables[1].values)[0] = "\xff";
    rule = "not UTF-8";
  }
  SECTION("a unit that xarray would decode") {
    tree["fab"].variables[0].unit = "days";
    rule = "would be decoded";
  }
  SECTION("a slash in a name") {
    tree["fab"].variables[0].name = "a/b";
    rule = "is no name";
  }
  SECTION("another length in a child") {
    tree["fab"].dimensions.emplace_back("replication", 4);
    rule = "another length in a parent";
  }
  SECTION("the name of a dimension on something else") {
    tree["fab/tool_groups"].variables.push_back({"state", {"tool_group"}, Reals{1, 2}, "", ""});
    rule = "is not its coordinate";
  }
  try {
    write_tree(tree, folder / "r.h5");
    FAIL("written");
  } catch (const std::invalid_argument& error) {
    CHECK(contains(error.what(), rule));
  }
  CHECK(folder.count() == 0);
}

TEST_CASE("what is no result is refused with the reason", "[io][hdf5]") {
  const Folder folder;
  CHECK(contains(reason_of(folder / "absent.h5"), "No such file"));
  CHECK(contains(reason_of(folder.path()), "is a folder"));
  CHECK(contains(reason_of("/dev/zero"), "not a regular file"));
  put(folder / "empty.h5", "");
  CHECK(contains(reason_of(folder / "empty.h5"), "is empty"));
  put(folder / "text.h5", "format = \"centresim/1\"\n");
  CHECK(contains(reason_of(folder / "text.h5"), "is not an HDF5 file"));
  put(folder / "head.h5", "\x89HDF\r\n\x1a\n" + std::string(2000, '\7'));
  CHECK(contains(reason_of(folder / "head.h5"), "damaged or cut short"));
  const hid_t other = H5Fcreate((folder / "other.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  H5Fclose(other);
  CHECK(contains(reason_of(folder / "other.h5"), "no attribute 'filetype'"));
}

TEST_CASE("another major version is refused with the versions that can be read", "[io][hdf5]") {
  const Folder folder;
  write_tree(full_tree(), folder / "r.h5");
  std::int64_t version[] = {1, 7};
  const auto set_version = [&](hid_t file) {
    const hid_t attribute = H5Aopen(file, "format_version", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, version);
    H5Aclose(attribute);
  };
  edit(folder / "r.h5", set_version);
  CHECK(read_tree(folder / "r.h5") == full_tree());
  version[0] = 2;
  edit(folder / "r.h5", set_version);
  const std::string reason = reason_of(folder / "r.h5");
  CHECK(contains(reason, "has format version 2.7; this release reads versions 1.x"));
}

TEST_CASE("a file with a part missing or of the wrong shape is refused", "[io][hdf5]") {
  const Folder folder;
  write_tree(full_tree(), folder / "r.h5");
  SECTION("a variable of the KPI table is gone") {
    edit(folder / "r.h5", [](hid_t file) { H5Ldelete(file, "mean", H5P_DEFAULT); });
    CHECK(contains(reason_of(folder / "r.h5"), "mean: is missing from the KPI table"));
  }
  SECTION("a dimension is gone") {
    edit(folder / "r.h5", [](hid_t file) { H5Ldelete(file, "replication", H5P_DEFAULT); });
    CHECK(contains(reason_of(folder / "r.h5"), "has an axis of a dimension from elsewhere"));
  }
  SECTION("a link to another file") {
    edit(folder / "r.h5",
         [](hid_t file) { H5Lcreate_external("/etc/passwd", "/", file, "leak", H5P_DEFAULT, H5P_DEFAULT); });
    CHECK(contains(reason_of(folder / "r.h5"), "is a link to somewhere else"));
  }
  SECTION("groups in a circle") {
    edit(folder / "r.h5", [](hid_t file) { H5Lcreate_hard(file, "/", file, "again", H5P_DEFAULT, H5P_DEFAULT); });
    CHECK(reason_of(folder / "r.h5") != "no error");
  }
  SECTION("a variable that claims more values than the file has") {
    edit(folder / "r.h5", [](hid_t file) {
      const hsize_t huge[] = {hsize_t{1} << 40}, chunk[] = {1024};
      const hid_t space = H5Screate_simple(1, huge, nullptr), list = H5Pcreate(H5P_DATASET_CREATE);
      H5Pset_chunk(list, 1, chunk);
      const hid_t set = H5Dcreate2(file, "huge", H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT);
      const hid_t dimension = H5Dcreate2(file, "far", H5T_IEEE_F32LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
      const hid_t scalar = H5Screate(H5S_SCALAR);
      const hid_t number = H5Acreate2(dimension, "_Netcdf4Dimid", H5T_STD_I32LE, scalar, H5P_DEFAULT, H5P_DEFAULT);
      const int value = 99;
      H5Awrite(number, H5T_NATIVE_INT, &value);
      for (const hid_t id : {set, dimension}) H5Dclose(id);
      H5Aclose(number);
      H5Sclose(scalar);
      H5Sclose(space);
      H5Pclose(list);
    });
    CHECK(contains(reason_of(folder / "r.h5"), "huge: has no attribute '_Netcdf4Coordinates'"));
  }
}

TEST_CASE("a file cut short anywhere is refused", "[io][hdf5]") {
  const Folder folder;
  write_tree(full_tree(), folder / "r.h5");
  const std::string whole = bytes_of(folder / "r.h5");
  for (std::size_t kept = 0; kept < whole.size(); kept += std::max<std::size_t>(1, whole.size() / 97)) {
    put(folder / "cut.h5", whole.substr(0, kept));
    INFO(kept << " of " << whole.size());
    CHECK(reason_of(folder / "cut.h5") != "no error");
  }
}

TEST_CASE("a changed byte anywhere is noticed", "[io][hdf5]") {
  const Folder folder;
  write_tree(full_tree(), folder / "r.h5");
  const std::string whole = bytes_of(folder / "r.h5");
  const std::size_t seal = 32; // a damaged seal is no damage to the contents
  for (std::size_t at = 8; at < whole.size() - seal; at += std::max<std::size_t>(1, whole.size() / 197)) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    put(folder / "damaged.h5", damaged);
    INFO("byte " << at << " of " << whole.size());
    CHECK(contains(reason_of(folder / "damaged.h5"), "is damaged"));
  }
}
