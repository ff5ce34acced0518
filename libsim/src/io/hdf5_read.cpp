#include "centresim/io/hdf5.hpp"
#include "h5_read.hpp"
#include "scope.hpp"
#include "seal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace centresim::io {
namespace {

using experiment::Attribute;
using experiment::Group;
using experiment::Tree;
using experiment::Variable;
using h5::Handle;
using h5::Place;

constexpr int kDeepest = 16;
constexpr std::size_t kMostObjects = 100'000;
// What HDF5 and netCDF keep in attributes for themselves, and what belongs to the file rather than to the tree.
constexpr std::string_view kInternal[] = {"CLASS",         "NAME",          "REFERENCE_LIST", "DIMENSION_LIST",
                                          "_Netcdf4Dimid", "_NCProperties", "_FillValue",     "_Netcdf4Coordinates"};
constexpr std::string_view kOfTheFile[] = {"Conventions", "filetype", "format_version"};

template <std::size_t N> bool is_one_of(const std::string_view (&names)[N], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Answers most mistakes in the words of the system, before HDF5 sees the file. Returns its size.
hsize_t look_at(const Place& place) {
  struct stat status{};
  const auto system = [&] { place.fail("cannot be read: " + std::generic_category().message(errno)); };
  if (::stat(place.file.c_str(), &status) != 0) system();
  if (S_ISDIR(status.st_mode)) place.fail("is a folder, not a file");
  if (!S_ISREG(status.st_mode)) place.fail("is not a regular file");
  const int descriptor = ::open(place.file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) system();
  std::array<char, 8> head{};
  const h5::Handle closer(descriptor, [](hid_t d) { return static_cast<herr_t>(::close(static_cast<int>(d))); });
  const ssize_t got = ::read(descriptor, head.data(), head.size());
  if (got == 0) place.fail("is empty");
  if (got != 8 || std::memcmp(head.data(), "\x89HDF\r\n\x1a\n", 8) != 0)
    place.fail("is not an HDF5 file, so not a result of centresim");
  check_seal(descriptor, static_cast<std::uint64_t>(status.st_size), place);
  return static_cast<hsize_t>(status.st_size);
}

Handle open_file(const Place& place) {
  const Handle access = place.own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "making a property list");
#if H5_VERSION_GE(1, 10, 7)
  // Locks fail on many shared file systems, and a whole file needs none.
  place.check(H5Pset_file_locking(access.get(), false, true), "switching locks off");
#endif
  return place.own(H5Fopen(place.file.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose,
                   "opening it (it may be damaged or cut short)");
}

void check_version(hid_t root, FileKind kind, const Place& place) {
  const auto type = h5::read_attribute(root, "filetype", place);
  const auto* name = type ? std::get_if<std::string>(&*type) : nullptr;
  if (name == nullptr) place.fail("is not a result of centresim (it has no attribute 'filetype')");
  if (*name == file_type_name(FileKind::sweep) && kind != FileKind::sweep)
    place.fail("holds the key figures of a plan (centresim collect), not the result of one run");
  if (*name == file_type_name(FileKind::results) && kind != FileKind::results)
    place.fail("holds the result of one run, not the key figures of a plan");
  if (*name != file_type_name(kind))
    place.fail("is not a result of centresim but '" + name->substr(0, 80) + "' (attribute 'filetype')");
  const auto version = h5::read_integers(root, "format_version", 2, place);
  if (version[0] != kFormatMajor)
    place.fail("has format version " + std::to_string(version[0]) + "." + std::to_string(version[1]) +
               "; this release reads versions " + std::to_string(kFormatMajor) + ".x" +
               (version[0] > kFormatMajor ? ": use the release that wrote it or a newer one" : ""));
}

class Reader {
 public:
  Reader(Place place, hsize_t bytes) : place_(std::move(place)), budget_(bytes) {}

  Tree read(hid_t root) {
    read_group(root, "", 0);
    return std::move(tree_);
  }

 private:
  struct Member {
    std::string name;
    Handle set;
  };

  void read_group(hid_t handle, const std::string& path, int depth) {
    if (depth > kDeepest) place_.fail("has groups in groups without end");
    place_.object = "/" + path;
    Group& group = tree_[path];
    read_attributes(handle, path, group);
    std::vector<Member> sets;
    std::vector<std::pair<std::string, Handle>> groups;
    for (std::string& name : h5::member_names(handle, place_)) {
      if (++objects_ > kMostObjects) place_.fail("has too many objects");
      Handle object = place_.own(H5Oopen(handle, name.c_str(), H5P_DEFAULT), H5Oclose, "opening a member");
      const H5I_type_t kind = H5Iget_type(object.get());
      if (kind == H5I_GROUP)
        groups.emplace_back(std::move(name), std::move(object));
      else if (kind == H5I_DATASET)
        sets.push_back({std::move(name), std::move(object)});
      else
        place_.fail("'" + name + "' is neither a group nor a variable");
    }
    read_dimensions(path, group, sets);
    for (const Member& member : sets) read_variable(path, group, member);
    for (const auto& [name, object] : groups)
      read_group(object.get(), path.empty() ? name : path + "/" + name, depth + 1);
  }

  void read_attributes(hid_t handle, const std::string& path, Group& group) {
    for (const std::string& name : h5::attribute_names(handle, place_)) {
      if (is_one_of(kInternal, name) || (path.empty() && is_one_of(kOfTheFile, name))) continue;
      if (auto value = h5::read_attribute(handle, name, place_)) group.attributes.emplace_back(name, std::move(*value));
    }
  }

  void at(const std::string& path, const std::string& name) {
    place_.object = "/" + (path.empty() ? "" : path + "/") + name;
  }

  void read_dimensions(const std::string& path, Group& group, const std::vector<Member>& sets) {
    std::map<std::int64_t, std::pair<std::string, std::size_t>> in_order;
    for (const Member& member : sets) {
      at(path, member.name);
      if (!is_scale(member.set.get())) continue;
      const auto extent = h5::extent_of(member.set.get(), place_);
      if (extent.size() != 1) place_.fail("is a dimension with more than one axis");
      const std::int64_t number = h5::read_integers(member.set.get(), h5::kDimensionId, 1, place_)[0];
      if (!dimensions_.emplace(number, std::pair{path, member.name}).second)
        place_.fail("is a dimension with the number of another one");
      in_order[number] = {member.name, static_cast<std::size_t>(extent[0])};
    }
    for (auto& [number, dimension] : in_order) group.dimensions.push_back(std::move(dimension));
  }

  void read_variable(const std::string& path, Group& group, const Member& member) {
    at(path, member.name);
    const hid_t set = member.set.get();
    const bool scale = is_scale(set);
    if (scale && text_attribute(set, "NAME").starts_with(h5::kBareDimension)) return;
    Variable variable;
    variable.name = member.name;
    const auto extent = h5::extent_of(set, place_);
    std::vector<std::int64_t> numbers;
    if (!scale && !extent.empty()) numbers = h5::read_integers(set, h5::kDimensionIds, extent.size(), place_);
    for (std::size_t axis = 0; axis < extent.size(); ++axis) {
      const std::string& name = scale ? member.name : named_dimension(path, numbers[axis]);
      const auto dimension = find_dimension(tree_, path, name);
      if (!dimension || dimension->length != extent[axis]) place_.fail("has another length than its dimension " + name);
      variable.dimensions.push_back(name);
    }
    variable.values = h5::read_values(set, budget_, place_);
    variable.unit = text_attribute(set, "units");
    variable.long_name = text_attribute(set, "long_name");
    group.variables.push_back(std::move(variable));
  }

  const std::string& named_dimension(const std::string& path, std::int64_t number) {
    const auto found = dimensions_.find(number);
    const bool above = found != dimensions_.end() && (found->second.first.empty() || path == found->second.first ||
                                                      path.starts_with(found->second.first + "/"));
    if (!above) place_.fail("has an axis of a dimension from elsewhere");
    return found->second.second;
  }

  // HDF5's own questions about scales follow references and lose handles where a file is damaged, so read the marks.
  bool is_scale(hid_t set) { return text_attribute(set, "CLASS") == "DIMENSION_SCALE"; }

  std::string text_attribute(hid_t set, const char* name) {
    auto value = h5::read_attribute(set, name, place_);
    auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
    return text ? std::move(*text) : std::string();
  }

  Place place_;
  hsize_t budget_;
  Tree tree_;
  std::map<std::int64_t, std::pair<std::string, std::string>> dimensions_; // number -> group, name
  std::size_t objects_ = 0;
};

} // namespace

Tree read_tree(const std::filesystem::path& path, FileKind kind) {
  const h5::Session session;
  const Place place{path.string(), ""};
  const hsize_t bytes = look_at(place);
  const Handle file = open_file(place);
  Tree tree;
  {
    const Handle root = place.own(H5Gopen2(file.get(), "/", H5P_DEFAULT), H5Gclose, "opening the root group");
    check_version(root.get(), kind, place);
    tree = Reader(place, bytes).read(root.get());
  }
  try {
    check_tree(tree, kind);
  } catch (const std::invalid_argument& broken) {
    place.fail(broken.what());
  }
  return tree;
}

} // namespace centresim::io
