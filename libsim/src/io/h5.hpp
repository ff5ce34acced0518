// HDF5's C API with owned handles and errors as exceptions. Private to the room; hdf5.h is seen nowhere else.
#pragma once
#include "centresim/core/error.hpp"

#include <hdf5.h>
#include <hdf5_hl.h>

#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace centresim::io::h5 {

// Only some builds of HDF5 are thread-safe, so all our calls are made one at a time. Holding a Session also silences
// HDF5's own printing of errors on this thread and gives it back afterwards.
class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
  H5E_auto2_t printer_ = nullptr;
  void* printer_data_ = nullptr;
};

// What HDF5 says about its last failure: the innermost reason, which names the cause, or "" if there is none.
[[nodiscard]] std::string last_reason();

// An identifier that is closed at the end of its scope.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  [[nodiscard]] hid_t get() const { return id_; }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

// Where we are, for the error: file and object.
struct Place {
  std::string file, object;
  [[noreturn]] void fail(const std::string& what) const { throw core::IoError(file, object, what); }
  // A failed call: what it was meant to do and why HDF5 could not.
  [[noreturn]] void fail_call(const char* what) const {
    const std::string why = last_reason();
    fail(why.empty() ? std::string(what) + " failed" : std::string(what) + " failed: " + why);
  }
  [[nodiscard]] Handle own(hid_t id, Handle::Close close, const char* what) const {
    if (id < 0) fail_call(what);
    return {id, close};
  }
  // For calls that answer with a negative number on failure.
  template <class T> T check(T status, const char* what) const {
    if (status < 0) fail_call(what);
    return status;
  }
};

// Types of texts: of so many bytes; of any length. HDF5 does not convert between ASCII and UTF-8, so a reader asks for
// what is stored.
[[nodiscard]] Handle fixed_string(std::size_t bytes, const Place& place, H5T_cset_t encoding = H5T_CSET_UTF8);
[[nodiscard]] Handle variable_string(const Place& place, H5T_cset_t encoding = H5T_CSET_UTF8);

// The name that marks a dimension without a coordinate in netCDF-4 files; its length follows.
inline constexpr const char* kBareDimension = "This is a netCDF dimension but not a netCDF variable.";
inline constexpr const char* kDimensionId = "_Netcdf4Dimid";        // on a dimension: its number in the file
inline constexpr const char* kDimensionIds = "_Netcdf4Coordinates"; // on a variable: the numbers of its dimensions

} // namespace centresim::io::h5
