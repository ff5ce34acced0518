// Random values for tests of methods, the same on every machine, and how far a count is from what it should be.
#pragma once
#include "centresim/core/math.hpp"
#include "centresim/core/random.hpp"

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

class Draws {
 public:
  explicit Draws(std::uint64_t seed, std::uint64_t replication = 0)
      : uniforms_(centresim::core::stream_key(seed, replication), 0, centresim::core::Purpose::test) {}
  double uniform() { return uniforms_.next(); }
  double normal(double mean = 0, double sd = 1) {
    return mean + sd * centresim::core::math::normal_quantile(uniforms_.next());
  }
  double exponential(double mean = 1) { return -mean * centresim::core::math::log(uniforms_.next()); }
  std::vector<double> normals(std::size_t n, double mean = 0, double sd = 1) {
    std::vector<double> values(n);
    for (double& x : values) x = normal(mean, sd);
    return values;
  }

 private:
  centresim::core::UniformSequence uniforms_;
};

// Of a binomial count, in its standard deviations.
inline double z_of_count(int count, int trials, double probability) {
  return (count - trials * probability) / std::sqrt(trials * probability * (1 - probability));
}

// What a call says when it refuses its arguments; empty: it does not.
template <class Call> std::string refusal_of(const Call& call) {
  try {
    call();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

inline bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
