#include "h5_read.hpp"

#include "centresim/core/text.hpp"

#include <algorithm>
#include <limits>

namespace centresim::io::h5 {
namespace {

// Deflate shrinks at most 1032 times, so larger claims are lies. The constant part is for tiny data sets.
constexpr hsize_t kLargestRatio = 1100;
constexpr hsize_t kMembers = 100'000;
constexpr std::size_t kLongestAttribute = std::size_t{1} << 28;

std::string checked_text(std::string text, const Place& place) {
  if (!core::is_utf8(text)) place.fail("holds a text that is not UTF-8");
  return text;
}

std::optional<experiment::Attribute> read_text(hid_t attribute, hid_t type, const Place& place) {
  if (place.check(H5Tis_variable_str(type), "reading a type") > 0) {
    char* text = nullptr;
    const Handle memory = variable_string(place, H5Tget_cset(type));
    place.check(H5Aread(attribute, memory.get(), &text), "reading an attribute");
    std::string value = text == nullptr ? std::string() : std::string(text);
    H5free_memory(text);
    return checked_text(std::move(value), place);
  }
  const std::size_t bytes = H5Tget_size(type);
  if (bytes > kLongestAttribute) place.fail("has an attribute that is too long");
  std::string value(bytes, '\0');
  const Handle memory = fixed_string(bytes, place, H5Tget_cset(type));
  place.check(H5Aread(attribute, memory.get(), value.data()), "reading an attribute");
  value.resize(std::min(value.find('\0'), value.size()));
  return checked_text(std::move(value), place);
}

bool tracks_order(hid_t list, herr_t (*ask)(hid_t, unsigned*)) {
  unsigned flags = 0;
  return ask(list, &flags) >= 0 && (flags & H5P_CRT_ORDER_INDEXED) != 0;
}

// The list the object was created with; also for the root group, whose list belongs to the file.
Handle creation_list(hid_t object, const Place& place) {
  const bool is_set = H5Iget_type(object) == H5I_DATASET;
  return place.own(is_set ? H5Dget_create_plist(object) : H5Gget_create_plist(object), H5Pclose,
                   "reading a property list");
}

template <class Ask> std::string name_of(Ask&& ask, const Place& place) {
  const ssize_t length = ask(nullptr, std::size_t{0});
  if (length < 0) place.fail_call("reading a name");
  std::string name(static_cast<std::size_t>(length) + 1, '\0');
  if (ask(name.data(), name.size()) < 0) place.fail_call("reading a name");
  name.resize(static_cast<std::size_t>(length));
  return checked_text(std::move(name), place);
}

// Data outside the file (other files, plug-in filters) is never followed: a result is one file.
void check_storage(hid_t set, const Place& place) {
  const Handle list = creation_list(set, place);
  const H5D_layout_t layout = H5Pget_layout(list.get());
  if (layout == H5D_VIRTUAL || H5Pget_external_count(list.get()) != 0) place.fail("keeps its values in another file");
  const int filters = place.check(H5Pget_nfilters(list.get()), "reading the filters");
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0, config = 0;
    std::size_t parameters = 0;
    const H5Z_filter_t filter =
        H5Pget_filter2(list.get(), static_cast<unsigned>(i), &flags, &parameters, nullptr, 0, nullptr, &config);
    if (filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_FLETCHER32)
      place.fail("uses a filter that does not belong to the format");
  }
}

std::size_t count_values(hid_t set, std::size_t value_bytes, hsize_t& budget, const Place& place) {
  hsize_t count = 1;
  for (const hsize_t e : extent_of(set, place)) {
    if (e != 0 && count > (hsize_t{1} << 48) / e) place.fail("claims more values than a file can hold");
    count *= e;
  }
  if (count == 0) return 0;
  const hsize_t stored = H5Dget_storage_size(set);
  if (stored > budget) place.fail("claims more bytes than the file has");
  budget -= stored;
  if (count > (stored * kLargestRatio) / value_bytes) place.fail("claims more values than it has bytes for");
  return static_cast<std::size_t>(count);
}

template <class T> experiment::Values read_numbers(hid_t set, hid_t type, hsize_t& budget, const Place& place) {
  std::vector<T> values(count_values(set, sizeof(T), budget, place));
  if (!values.empty())
    place.check(H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), "reading the values");
  return values;
}

experiment::Values read_texts(hid_t set, hid_t stored_type, hsize_t& budget, const Place& place) {
  if (place.check(H5Tis_variable_str(stored_type), "reading a type") == 0)
    place.fail("holds strings of fixed length where the format has variable ones");
  std::vector<char*> pointers(count_values(set, H5Tget_size(stored_type), budget, place), nullptr);
  std::vector<std::string> texts(pointers.size());
  if (pointers.empty()) return texts;
  const Handle type = variable_string(place, H5Tget_cset(stored_type));
  const bool read = H5Dread(set, type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, pointers.data()) >= 0;
  const std::string why = read ? "" : last_reason();
  bool utf8 = true;
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    if (pointers[i] != nullptr) texts[i] = pointers[i];
    utf8 = utf8 && core::is_utf8(texts[i]);
    H5free_memory(pointers[i]);
  }
  if (!read) place.fail("reading the values failed: " + why);
  if (!utf8) place.fail("holds a text that is not UTF-8");
  return texts;
}

} // namespace

std::optional<experiment::Attribute> read_attribute(hid_t object, const std::string& name, const Place& place) {
  if (place.check(H5Aexists(object, name.c_str()), "looking for an attribute") == 0) return std::nullopt;
  const Handle attribute = place.own(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose, "opening an attribute");
  const Handle space = place.own(H5Aget_space(attribute.get()), H5Sclose, "reading an attribute");
  if (H5Sget_simple_extent_npoints(space.get()) != 1) return std::nullopt; // copies by netCDF hold lists of one
  const Handle type = place.own(H5Aget_type(attribute.get()), H5Tclose, "reading an attribute");
  switch (H5Tget_class(type.get())) {
  case H5T_STRING:
    return read_text(attribute.get(), type.get(), place);
  case H5T_FLOAT: {
    double value = 0;
    place.check(H5Aread(attribute.get(), H5T_NATIVE_DOUBLE, &value), "reading an attribute");
    return value;
  }
  case H5T_INTEGER: {
    std::int64_t value = 0;
    place.check(H5Aread(attribute.get(), H5T_NATIVE_INT64, &value), "reading an attribute");
    return value;
  }
  default:
    return std::nullopt;
  }
}

std::vector<std::int64_t> read_integers(hid_t object, const char* name, std::size_t count, const Place& place) {
  if (place.check(H5Aexists(object, name), "looking for an attribute") == 0)
    place.fail(std::string("has no attribute '") + name + "'");
  const Handle attribute = place.own(H5Aopen(object, name, H5P_DEFAULT), H5Aclose, "opening an attribute");
  const Handle space = place.own(H5Aget_space(attribute.get()), H5Sclose, "reading an attribute");
  const Handle type = place.own(H5Aget_type(attribute.get()), H5Tclose, "reading an attribute");
  const hssize_t points = H5Sget_simple_extent_npoints(space.get());
  if (H5Tget_class(type.get()) != H5T_INTEGER || points < 0 || static_cast<std::size_t>(points) != count)
    place.fail("the attribute '" + std::string(name) + "' is not " + std::to_string(count) + " whole numbers");
  std::vector<std::int64_t> values(count);
  place.check(H5Aread(attribute.get(), H5T_NATIVE_INT64, values.data()), "reading an attribute");
  return values;
}

std::vector<std::string> attribute_names(hid_t object, const Place& place) {
  const Handle list = creation_list(object, place);
  const H5_index_t index = tracks_order(list.get(), H5Pget_attr_creation_order) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  const int count = place.check(H5Aget_num_attrs(object), "counting the attributes");
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i)
    names.push_back(name_of(
        [&](char* buffer, std::size_t size) {
          return H5Aget_name_by_idx(object, ".", index, H5_ITER_INC, static_cast<hsize_t>(i), buffer, size,
                                    H5P_DEFAULT);
        },
        place));
  return names;
}

std::vector<std::string> member_names(hid_t group, const Place& place) {
  const Handle list = creation_list(group, place);
  const H5_index_t index = tracks_order(list.get(), H5Pget_link_creation_order) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
  H5G_info_t info{};
  place.check(H5Gget_info(group, &info), "reading the group");
  if (info.nlinks > kMembers) place.fail("has too many members");
  std::vector<std::string> names;
  for (hsize_t i = 0; i < info.nlinks; ++i) {
    names.push_back(name_of(
        [&](char* buffer, std::size_t size) {
          return H5Lget_name_by_idx(group, ".", index, H5_ITER_INC, i, buffer, size, H5P_DEFAULT);
        },
        place));
    H5L_info_t link{};
    place.check(H5Lget_info(group, names.back().c_str(), &link, H5P_DEFAULT), "reading a link");
    if (link.type != H5L_TYPE_HARD) place.fail("'" + names.back() + "' is a link to somewhere else");
  }
  return names;
}

std::vector<hsize_t> extent_of(hid_t set, const Place& place) {
  const Handle space = place.own(H5Dget_space(set), H5Sclose, "reading the shape");
  if (H5Sget_simple_extent_type(space.get()) == H5S_NULL) place.fail("has no shape");
  const int rank = place.check(H5Sget_simple_extent_ndims(space.get()), "reading the shape");
  std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
  if (rank > 0) place.check(H5Sget_simple_extent_dims(space.get(), extent.data(), nullptr), "reading the shape");
  return extent;
}

experiment::Values read_values(hid_t set, hsize_t& budget, const Place& place) {
  check_storage(set, place);
  const Handle type = place.own(H5Dget_type(set), H5Tclose, "reading a type");
  const H5T_class_t kind = H5Tget_class(type.get());
  const std::size_t bytes = H5Tget_size(type.get());
  if (kind == H5T_STRING) return read_texts(set, type.get(), budget, place);
  if (kind == H5T_FLOAT && bytes == 8) return read_numbers<double>(set, H5T_NATIVE_DOUBLE, budget, place);
  if (kind == H5T_FLOAT && bytes == 4) return read_numbers<float>(set, H5T_NATIVE_FLOAT, budget, place);
  const bool is_signed = kind == H5T_INTEGER && H5Tget_sign(type.get()) == H5T_SGN_2;
  if (is_signed && bytes == 8) return read_numbers<std::int64_t>(set, H5T_NATIVE_INT64, budget, place);
  if (is_signed && bytes == 1) return read_numbers<std::int8_t>(set, H5T_NATIVE_INT8, budget, place);
  place.fail("is of a type that does not belong to the format");
}

} // namespace centresim::io::h5
