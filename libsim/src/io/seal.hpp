// A checksum behind the end of an HDF5 file. HDF5 ignores what follows its own end, and cuts it off when a program
// changes the file; so a seal that is there and does not fit means damage. It is looked at first because HDF5 may hang
// or fall over on damaged files.
#pragma once
#include "h5.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace centresim::io {

class Checksum {
 public:
  void add(const void* data, std::size_t bytes); // all but the last call: a multiple of 8 bytes
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0x63656e7472657369;
};

// The bytes to append to a file of this length and checksum.
[[nodiscard]] std::string make_seal(std::uint64_t length, std::uint64_t checksum);

// Fails where the file carries a seal that its contents do not fit. `descriptor` is open for reading.
void check_seal(int descriptor, std::uint64_t length, const h5::Place& place);

} // namespace centresim::io
