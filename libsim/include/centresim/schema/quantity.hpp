// A span of time as an input value: written "45 min" or as a number in the unit its field documents.
#pragma once
#include "centresim/core/time.hpp"

#include <compare>

namespace centresim::schema {

struct Duration {
  core::Tick ticks = 0;
  auto operator<=>(const Duration&) const = default;
};

} // namespace centresim::schema
