// Which centresim this is.
#pragma once

namespace centresim::core {

[[nodiscard]] const char* version(); // e.g. "0.1.0"

} // namespace centresim::core
