// Words and columns of the summary for people.
#pragma once
#include "centresim/experiment/kpi.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <string>
#include <string_view>
#include <vector>

namespace centresim::io {

// Four significant digits, no exponent where a person would not write one.
inline std::string shown(double value) {
  if (std::isnan(value)) return "-";
  const double size = std::abs(value);
  if (size >= 1000 && size < 1e9) return fmt::format("{:.0f}", value);
  return fmt::format("{:.4g}", value);
}

inline const std::string* label(const experiment::Labels& labels, std::string_view key) {
  for (const auto& [own, value] : labels)
    if (own == key) return &value;
  return nullptr;
}

// Terminals count characters, not bytes.
inline std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

inline std::string padded(const std::string& text, std::size_t to, bool right = false) {
  const std::string fill(to > width(text) ? to - width(text) : 0, ' ');
  return right ? fill + text : text + fill;
}

inline std::string with_half_width(const experiment::Estimate& e) {
  return std::isnan(e.low) ? shown(e.mean) : fmt::format("{} ± {:.2g}", shown(e.mean), (e.high - e.low) / 2);
}

inline std::string percent(double share) { return std::isnan(share) ? "-" : fmt::format("{:.1f} %", 100 * share); }

// What came of projects, where the time went, and what the engineers did; nothing where there are no projects.
[[nodiscard]] std::string project_lines(const std::vector<experiment::KpiRow>& rows);

} // namespace centresim::io
