#include "centresim/core/version.hpp"

namespace centresim::core {

const char* version() { return CENTRESIM_VERSION; }

} // namespace centresim::core
