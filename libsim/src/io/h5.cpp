#include "h5.hpp"

#include <algorithm>

namespace centresim::io::h5 {
namespace {

std::mutex& global_mutex() {
  static std::mutex mutex;
  return mutex;
}

herr_t keep_description(unsigned, const H5E_error2_t* error, void* data) {
  if (error->desc != nullptr && *error->desc != '\0') *static_cast<std::string*>(data) = error->desc;
  return 0;
}

} // namespace

Session::Session() : lock_(global_mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &printer_, &printer_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

Session::~Session() { H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_); }

std::string last_reason() {
  std::string reason;
  // Walked upward the innermost comes first; downward it comes last and is the one kept.
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_description, &reason);
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return reason;
}

Handle fixed_string(std::size_t bytes, const Place& place, H5T_cset_t encoding) {
  Handle type = place.own(H5Tcopy(H5T_C_S1), H5Tclose, "making a string type");
  place.check(H5Tset_size(type.get(), std::max<std::size_t>(bytes, 1)), "making a string type");
  place.check(H5Tset_cset(type.get(), encoding), "making a string type");
  // Padded, not terminated: the bytes are all there are.
  place.check(H5Tset_strpad(type.get(), H5T_STR_NULLPAD), "making a string type");
  return type;
}

Handle variable_string(const Place& place, H5T_cset_t encoding) {
  Handle type = place.own(H5Tcopy(H5T_C_S1), H5Tclose, "making a string type");
  place.check(H5Tset_size(type.get(), H5T_VARIABLE), "making a string type");
  place.check(H5Tset_cset(type.get(), encoding), "making a string type");
  return type;
}

} // namespace centresim::io::h5
