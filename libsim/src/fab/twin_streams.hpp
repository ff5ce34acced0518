// How the variability of streams spreads through the twin's network (Whitt 1983): squared coefficients of variation
// of the times between arrivals at every station, linear in each other.
#pragma once
#include "twin_station.hpp"

#include <vector>

namespace centresim::fab {

class TwinStreams {
 public:
  explicit TwinStreams(const TwinNetwork& network);
  // Arrival SCV of every station.
  [[nodiscard]] std::vector<double> solve(const std::vector<StationState>& states) const;
  // The same from a solution of nearly the same states, by Gauss-Seidel sweeps.
  void refine(const std::vector<StationState>& states, std::vector<double>& scv) const;

 private:
  // Where a stream of a station comes from.
  struct Source {
    std::size_t from = 0;
    double share = 0; // of the arrivals here
    double split = 0; // of the departures there
  };
  [[nodiscard]] double superposition(std::size_t station, const StationState& state) const;

  std::vector<std::vector<Source>> sources_;
  std::vector<double> outside_; // sum of q (e c^2 + 1 - e) over the streams from outside
  std::vector<double> streams_; // v: how many streams of equal rate it would be
  std::vector<bool> visited_;
};

} // namespace centresim::fab
