// Reading single objects of an HDF5 file that may be hostile. Private to the room.
#pragma once
#include "centresim/experiment/dataset.hpp"
#include "h5.hpp"

#include <optional>
#include <string>
#include <vector>

namespace centresim::io::h5 {

// The attribute of that name, if it is there and of a type of the format (text, double, 64-bit integer, scalar).
[[nodiscard]] std::optional<experiment::Attribute> read_attribute(hid_t object, const std::string& name,
                                                                  const Place& place);

// Names of the attributes in the order of creation where it was tracked, else by name.
[[nodiscard]] std::vector<std::string> attribute_names(hid_t object, const Place& place);

// Names of the members of a group, ordered alike.
[[nodiscard]] std::vector<std::string> member_names(hid_t group, const Place& place);

// An attribute that is a list of `count` whole numbers; fails where it is not.
[[nodiscard]] std::vector<std::int64_t> read_integers(hid_t object, const char* name, std::size_t count,
                                                      const Place& place);

// The lengths of the axes of a data set.
[[nodiscard]] std::vector<hsize_t> extent_of(hid_t set, const Place& place);

// All values. `budget`: bytes of the file that no data set has claimed yet; a data set that claims more, or that could
// not have been packed into what it claims, is refused before memory is asked for.
[[nodiscard]] experiment::Values read_values(hid_t set, hsize_t& budget, const Place& place);

} // namespace centresim::io::h5
