// A probability law as an input value: written "exponential(50 min)", "uniform(7.5 min, 2.5 min)" or "45 min".
#pragma once
#include "centresim/core/law.hpp"

#include <string>
#include <vector>

namespace centresim::common {

// What the parameters are: spans of time (ticks), or plain numbers (wafers of a lot).
enum class Dimension { time, number };

struct Distribution {
  core::LawKind kind = core::LawKind::constant;
  Dimension dimension = Dimension::time;
  std::vector<double> parameters{0.0}; // in the order of the written form; ticks where the dimension is time
  std::vector<double> weights;         // of empirical and discrete laws, beside the values in `parameters`

  static Distribution constant(double value, Dimension dimension = Dimension::number);
  // The law as the engines draw from it. The distribution must have passed check_distribution (schema reading does).
  [[nodiscard]] core::Law compile() const;
  [[nodiscard]] double mean() const; // ticks or number
  bool operator==(const Distribution&) const = default;
};

} // namespace centresim::common
