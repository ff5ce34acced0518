// Small questions about text that several files of the room ask.
#pragma once
#include <string>
#include <string_view>

namespace centresim::io {

// One CSV cell: quoted where it holds a comma, a quote or a line break (RFC 4180).
[[nodiscard]] std::string csv_cell(std::string_view text);

// The shortest text that reads back as the same double; "" for NaN.
[[nodiscard]] std::string csv_number(double value);

// A string of JSON in its quotes (RFC 8259); bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string json_text(std::string_view text);

} // namespace centresim::io
