#include "centresim/core/links.hpp"

#include "centresim/core/error.hpp"

#include <system_error>

namespace centresim::core {

namespace fs = std::filesystem;

fs::path behind_links(const fs::path& path) {
  constexpr int kMostLinks = 40; // as the system itself
  fs::path real = path;
  std::error_code error;
  for (int links = 0; fs::is_symlink(fs::symlink_status(real, error)); ++links) {
    if (links == kMostLinks) throw IoError(path.string(), "", "is a symbolic link that leads in a circle");
    const fs::path next = fs::read_symlink(real, error);
    if (error) throw IoError(path.string(), "", "is a symbolic link that cannot be read: " + error.message());
    real = next.is_absolute() ? next : real.parent_path() / next;
  }
  return real;
}

} // namespace centresim::core
