// Questions about bytes that are meant to be text.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace centresim::core {

// The length of the UTF-8 character at the front of `rest` (RFC 3629: no surrogates, no overlong forms), or 0.
[[nodiscard]] std::size_t utf8_character(std::string_view rest);
[[nodiscard]] bool is_utf8(std::string_view text);

enum class Lines { one, many }; // whether line breaks and tabs stay

// For terminals and logs: control characters and bytes that are no UTF-8 as \xHH, so that a name from a file can
// neither steer a terminal nor look like a message of its own.
[[nodiscard]] std::string printable(std::string_view text, Lines lines = Lines::one);

} // namespace centresim::core
