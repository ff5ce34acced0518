// Text files of other programs: UTF-8 or UTF-16, with or without byte order mark.
#pragma once
#include "centresim/schema/errors.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace centresim::io {

// The text as UTF-8 without its mark. Nothing if the file is not text; the reason is in `errors` then. Throws IoError
// where it cannot be read, or is larger than 256 MB.
[[nodiscard]] std::optional<std::string> read_text_file(const std::filesystem::path& path, schema::Errors& errors);

} // namespace centresim::io
