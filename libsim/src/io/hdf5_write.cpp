#include "centresim/io/atomic_file.hpp"
#include "centresim/io/hdf5.hpp"
#include "h5.hpp"
#include "scope.hpp"
#include "seal.hpp"

#include <cstdio>
#include <map>
#include <type_traits>

namespace centresim::io {
namespace {

using experiment::Attribute;
using experiment::Group;
using experiment::Tree;
using experiment::Variable;
using h5::Handle;
using h5::Place;

// Below this a filter saves less than its own bookkeeping costs.
constexpr std::size_t kCompressFrom = 64 * 1024;
// HDF5's chunk cache holds 1 MiB by default; a chunk that does not fit is inflated again for every access.
constexpr std::size_t kChunkBytes = 1024 * 1024;

hid_t memory_type(const Variable& variable) {
  return std::visit(
      [](const auto& values) -> hid_t {
        using T = typename std::decay_t<decltype(values)>::value_type;
        if constexpr (std::is_same_v<T, double>)
          return H5T_NATIVE_DOUBLE;
        else if constexpr (std::is_same_v<T, float>)
          return H5T_NATIVE_FLOAT;
        else if constexpr (std::is_same_v<T, std::int64_t>)
          return H5T_NATIVE_INT64;
        else if constexpr (std::is_same_v<T, std::int8_t>)
          return H5T_NATIVE_INT8;
        else
          return H5I_INVALID_HID; // strings have a type of their own
      },
      variable.values);
}

// Little-endian in the file on every machine.
hid_t file_type(hid_t memory) {
  if (memory == H5T_NATIVE_DOUBLE) return H5T_IEEE_F64LE;
  if (memory == H5T_NATIVE_FLOAT) return H5T_IEEE_F32LE;
  if (memory == H5T_NATIVE_INT64) return H5T_STD_I64LE;
  return H5T_STD_I8LE;
}

// Writes one tree into one open file, group by group, parents first.
class Writer {
 public:
  Writer(const Tree& tree, FileKind kind, hid_t file, const std::filesystem::path& name)
      : tree_(tree), kind_(kind), file_(file) {
    place_.file = name.string();
  }

  void write() {
    for (const auto& [path, group] : tree_) {
      place_.object = "/" + path;
      const Handle handle = open_group(path);
      for (const auto& [name, value] : group.attributes) write_attribute(handle.get(), name, value);
      if (path.empty()) write_identity(handle.get());
      write_group(handle.get(), path, group);
    }
  }

 private:
  Handle open_group(const std::string& path) {
    if (path.empty()) return place_.own(H5Gopen2(file_, "/", H5P_DEFAULT), H5Gclose, "opening the root group");
    const Handle list = place_.own(H5Pcreate(H5P_GROUP_CREATE), H5Pclose, "making a property list");
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    place_.check(H5Pset_link_creation_order(list.get(), order), "tracking the order");
    place_.check(H5Pset_attr_creation_order(list.get(), order), "tracking the order");
    place_.check(H5Pset_obj_track_times(list.get(), false), "leaving out times");
    return place_.own(H5Gcreate2(file_, path.c_str(), H5P_DEFAULT, list.get(), H5P_DEFAULT), H5Gclose,
                      "making the group");
  }

  void write_raw_attribute(hid_t object, const char* name, hid_t type, const Handle& space, const void* value) {
    const Handle attribute =
        place_.own(H5Acreate2(object, name, type, space.get(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose, name);
    place_.check(H5Awrite(attribute.get(), type, value), name);
  }

  void write_attribute(hid_t object, const std::string& name, const Attribute& value) {
    const Handle scalar = place_.own(H5Screate(H5S_SCALAR), H5Sclose, "making a scalar");
    if (const auto* text = std::get_if<std::string>(&value)) {
      const Handle type = h5::fixed_string(text->size(), place_);
      write_raw_attribute(object, name.c_str(), type.get(), scalar, text->c_str());
    } else if (const auto* real = std::get_if<double>(&value)) {
      write_raw_attribute(object, name.c_str(), H5T_NATIVE_DOUBLE, scalar, real);
    } else {
      write_raw_attribute(object, name.c_str(), H5T_NATIVE_INT64, scalar, &std::get<std::int64_t>(value));
    }
  }

  void write_identity(hid_t root) {
    write_attribute(root, "Conventions", "CF-1.11");
    write_attribute(root, "filetype", std::string(file_type_name(kind_)));
    const std::int64_t version[] = {kFormatMajor, kFormatMinor};
    const hsize_t two = 2;
    const Handle pair = place_.own(H5Screate_simple(1, &two, nullptr), H5Sclose, "making a pair");
    write_raw_attribute(root, "format_version", H5T_NATIVE_INT64, pair, version);
  }

  void write_group(hid_t handle, const std::string& path, const Group& group) {
    for (const auto& [name, length] : group.dimensions) {
      bool has_coordinate = false;
      for (const Variable& variable : group.variables) has_coordinate |= variable.name == name;
      if (!has_coordinate) write_bare_dimension(handle, path, name, length);
    }
    std::vector<Handle> written;
    for (const Variable& variable : group.variables) {
      place_.object = "/" + (path.empty() ? "" : path + "/") + variable.name;
      written.push_back(write_variable(handle, path, group, variable));
    }
    number_dimensions(path, group);
    for (std::size_t i = 0; i < written.size(); ++i) attach(path, group.variables[i], written[i]);
  }

  // A dimension that is nobody's coordinate still needs a data set to hang the scale on; it is never allocated.
  void write_bare_dimension(hid_t handle, const std::string& path, const std::string& name, std::size_t length) {
    place_.object = "/" + (path.empty() ? "" : path + "/") + name;
    const hsize_t extent = length;
    const Handle space = place_.own(H5Screate_simple(1, &extent, nullptr), H5Sclose, "making the shape");
    const Handle list = untimed();
    Handle set =
        place_.own(H5Dcreate2(handle, name.c_str(), H5T_IEEE_F32LE, space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
                   H5Dclose, "making the dimension");
    char label[96];
    std::snprintf(label, sizeof label, "%s %9zu", h5::kBareDimension, length);
    place_.check(H5DSset_scale(set.get(), label), "making the dimension");
    scales_[path + "\n" + name] = std::move(set);
  }

  // Without times of their own objects, so that equal results are equal files.
  Handle untimed() {
    Handle list = place_.own(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "making a property list");
    place_.check(H5Pset_obj_track_times(list.get(), false), "leaving out times");
    return list;
  }

  Handle storage(const std::vector<hsize_t>& extent, std::size_t value_bytes) {
    Handle list = untimed();
    std::size_t bytes = value_bytes;
    for (const hsize_t e : extent) bytes *= e;
    if (bytes < kCompressFrom || extent.empty()) return list;
    std::vector<hsize_t> chunk = extent;
    for (std::size_t axis = 0; bytes > kChunkBytes;) {
      if (chunk[axis] == 1) {
        ++axis;
        continue;
      }
      chunk[axis] = (chunk[axis] + 1) / 2;
      bytes = value_bytes;
      for (const hsize_t c : chunk) bytes *= c;
    }
    place_.check(H5Pset_chunk(list.get(), static_cast<int>(chunk.size()), chunk.data()), "chunking");
    place_.check(H5Pset_shuffle(list.get()), "shuffling");
    place_.check(H5Pset_deflate(list.get(), 1), "compressing");
    return list;
  }

  Handle write_variable(hid_t handle, const std::string& path, const Group& group, const Variable& variable) {
    std::vector<hsize_t> extent;
    for (const std::string& name : variable.dimensions) extent.push_back(find_dimension(tree_, path, name)->length);
    const Handle space = extent.empty()
                             ? place_.own(H5Screate(H5S_SCALAR), H5Sclose, "making a scalar")
                             : place_.own(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr),
                                          H5Sclose, "making the shape");
    Handle set;
    if (const auto* texts = std::get_if<std::vector<std::string>>(&variable.values)) {
      set = write_texts(handle, variable.name, space, *texts);
    } else {
      const hid_t type = memory_type(variable);
      const Handle list = storage(extent, H5Tget_size(type));
      set = place_.own(
          H5Dcreate2(handle, variable.name.c_str(), file_type(type), space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
          H5Dclose, "making the variable");
      std::visit([&](const auto& values) { write_values(set, type, values.data(), values.size()); }, variable.values);
    }
    if (!variable.unit.empty()) write_attribute(set.get(), "units", variable.unit);
    if (!variable.long_name.empty()) write_attribute(set.get(), "long_name", variable.long_name);
    if (find_own(group, variable.name)) {
      place_.check(H5DSset_scale(set.get(), variable.name.c_str()), "making the coordinate");
      scales_[path + "\n" + variable.name] =
          place_.own(H5Dopen2(handle, variable.name.c_str(), H5P_DEFAULT), H5Dclose, "opening the coordinate");
    }
    return set;
  }

  static bool find_own(const Group& group, const std::string& name) {
    for (const auto& [own, length] : group.dimensions)
      if (own == name) return true;
    return false;
  }

  void write_values(const Handle& set, hid_t type, const void* data, std::size_t count) {
    if (count > 0) place_.check(H5Dwrite(set.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data), "writing the values");
  }

  Handle write_texts(hid_t handle, const std::string& name, const Handle& space,
                     const std::vector<std::string>& texts) {
    const Handle type = h5::variable_string(place_);
    const Handle list = untimed();
    Handle set =
        place_.own(H5Dcreate2(handle, name.c_str(), type.get(), space.get(), H5P_DEFAULT, list.get(), H5P_DEFAULT),
                   H5Dclose, "making the variable");
    std::vector<const char*> pointers;
    pointers.reserve(texts.size());
    for (const std::string& text : texts) pointers.push_back(text.c_str());
    write_values(set, type.get(), pointers.data(), pointers.size());
    return set;
  }

  // In the order of the tree, which the order of creation cannot tell for coordinates.
  void number_dimensions(const std::string& path, const Group& group) {
    const Handle scalar = place_.own(H5Screate(H5S_SCALAR), H5Sclose, "making a scalar");
    for (const auto& [name, length] : group.dimensions) {
      const int number = static_cast<int>(numbers_.size());
      numbers_[path + "\n" + name] = number;
      write_raw_attribute(scales_.at(path + "\n" + name).get(), h5::kDimensionId, H5T_NATIVE_INT, scalar, &number);
    }
  }

  // Attached scales are what xarray and HDF5's own tools look at. The numbers say the same in a form that our reader
  // and netCDF can read without following references.
  void attach(const std::string& path, const Variable& variable, const Handle& set) {
    place_.object = "/" + (path.empty() ? "" : path + "/") + variable.name;
    std::vector<int> numbers;
    for (std::size_t axis = 0; axis < variable.dimensions.size(); ++axis) {
      const std::string& name = variable.dimensions[axis];
      const std::string owner = find_dimension(tree_, path, name)->group;
      if (owner == path && name == variable.name) return; // a coordinate is its own scale
      place_.check(H5DSattach_scale(set.get(), scales_.at(owner + "\n" + name).get(), static_cast<unsigned>(axis)),
                   "attaching the dimension");
      numbers.push_back(numbers_.at(owner + "\n" + name));
    }
    if (numbers.empty()) return;
    const hsize_t rank = numbers.size();
    const Handle space = place_.own(H5Screate_simple(1, &rank, nullptr), H5Sclose, "making a list");
    write_raw_attribute(set.get(), h5::kDimensionIds, H5T_NATIVE_INT, space, numbers.data());
  }

  const Tree& tree_;
  FileKind kind_;
  hid_t file_;
  Place place_;
  std::map<std::string, Handle> scales_; // by "group\nname"
  std::map<std::string, int> numbers_;
};

// Builds the file in memory: then every failure of the disk is a failure of our own write(), with a plain reason, and
// HDF5 never holds a file that it cannot flush.
Handle create_image(const Place& place) {
  const Handle access = place.own(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "making a property list");
  place.check(H5Pset_fapl_core(access.get(), kChunkBytes, false), "making a file in memory");
  // From version 1.8 on object headers carry checksums and attributes may be larger than 64 KiB.
  place.check(H5Pset_libver_bounds(access.get(), H5F_LIBVER_V18, H5F_LIBVER_V18), "choosing the file version");
  const Handle creation = place.own(H5Pcreate(H5P_FILE_CREATE), H5Pclose, "making a property list");
  const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
  place.check(H5Pset_link_creation_order(creation.get(), order), "tracking the order");
  place.check(H5Pset_attr_creation_order(creation.get(), order), "tracking the order");
  place.check(H5Pset_obj_track_times(creation.get(), false), "leaving out times");
  return place.own(H5Fcreate("centresim-results", H5F_ACC_TRUNC, creation.get(), access.get()), H5Fclose,
                   "making a file in memory");
}

} // namespace

void write_tree(const Tree& tree, const std::filesystem::path& path, FileKind kind) {
  check_tree(tree, kind);
  const h5::Session session;
  AtomicFile target(path);
  const Place place{path.string(), ""};
  const Handle file = create_image(place);
  Writer(tree, kind, file.get(), path).write();
  place.check(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), "finishing the file");
  // The memory grows in steps; the file ends where its contents end.
  const auto bytes =
      static_cast<std::size_t>(place.check(H5Fget_file_image(file.get(), nullptr, 0), "measuring the file"));
  void* image = nullptr;
  place.check(H5Fget_vfd_handle(file.get(), H5P_DEFAULT, &image), "reading the file in memory");
  Checksum sum;
  sum.add(*static_cast<void**>(image), bytes);
  target.write(*static_cast<void**>(image), bytes);
  target.write(make_seal(bytes, sum.value()));
  target.commit();
}

} // namespace centresim::io
