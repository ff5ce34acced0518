// Files behind symbolic links.
#pragma once
#include <filesystem>

namespace centresim::core {

// The file that writing to `path` means: what a symbolic link names, there or not, link after link; else `path` itself.
// Renaming a new file over a link would replace the link. Throws IoError for a loop of links.
[[nodiscard]] std::filesystem::path behind_links(const std::filesystem::path& path);

} // namespace centresim::core
