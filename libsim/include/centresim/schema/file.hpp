// Text files, read whole and written whole or not at all.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

namespace centresim::schema {

inline constexpr std::size_t kLargestFile = std::size_t{1} << 30;

// Throws IoError (not there, not a regular file, larger than 1 GB).
[[nodiscard]] std::string read_text_file(const std::filesystem::path& path);

// Takes a leading byte order mark away; throws InputError with the line where the text is not UTF-8 or holds a zero
// byte.
[[nodiscard]] std::string_view checked_text(std::string_view bytes, const std::string& name);

// Writes to a temporary name beside `path` (beside the file it names, if it is a symbolic link), then renames. Throws
// IoError; the old file then stays as it was.
void write_text_file(const std::filesystem::path& path, std::string_view text);

} // namespace centresim::schema
