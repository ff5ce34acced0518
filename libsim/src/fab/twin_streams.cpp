#include "twin_streams.hpp"

#include <Eigen/SparseLU>

#include <algorithm>
#include <cmath>

namespace centresim::fab {
namespace {

// SCV of the time between lots that leave (Whitt 1983, (39)) = carried x arrival SCV + own. Batches leave as a whole.
struct Departure {
  double carried = 0, own = 0;
};

Departure departure(const StationState& s) {
  const double load = std::min(1.0, s.load), squared = load * load;
  const double service = squared / std::sqrt(s.tools) * (std::max(0.2, s.service.scv) - 1);
  return {1 - squared, s.batch_mean * (squared + service)};
}

} // namespace

TwinStreams::TwinStreams(const TwinNetwork& net)
    : sources_(net.stations.size()), outside_(net.stations.size(), 0), streams_(net.stations.size(), 1),
      visited_(net.stations.size(), false) {
  std::vector<double> squares(net.stations.size(), 0);
  for (const TwinLink& link : net.links) {
    const double here = net.stations[link.to].rate, there = net.stations[link.from].rate;
    sources_[link.to].push_back({link.from, link.rate / here, std::min(1.0, link.rate / there)});
    squares[link.to] += link.rate / here * link.rate / here;
  }
  for (const TwinEntry& entry : net.entries) {
    const TwinFlow& flow = net.flows[entry.flow];
    const double q = entry.share * flow.rate / net.stations[entry.to].rate;
    outside_[entry.to] += q * (entry.share * flow.scv + 1 - entry.share);
    squares[entry.to] += q * q;
  }
  for (std::size_t j = 0; j < net.stations.size(); j++) {
    visited_[j] = net.stations[j].rate > 0;
    if (squares[j] > 0) streams_[j] = std::max(1.0, 1 / squares[j]);
  }
}

// Weight of the asymptotic method in that of stationary intervals (Whitt 1983, (29)).
double TwinStreams::superposition(std::size_t j, const StationState& state) const {
  const double idle = 1 - std::min(1.0, state.load);
  return 1 / (1 + 4 * idle * idle * (streams_[j] - 1));
}

std::vector<double> TwinStreams::solve(const std::vector<StationState>& states) const {
  const auto n = static_cast<Eigen::Index>(states.size());
  std::vector<Eigen::Triplet<double>> entries;
  Eigen::VectorXd constant = Eigen::VectorXd::Ones(n);
  for (std::size_t j = 0; j < states.size(); j++) {
    const auto at = static_cast<int>(j);
    entries.emplace_back(at, at, 1.0);
    if (!visited_[j]) continue;
    const double w = superposition(j, states[j]);
    double sum = outside_[j];
    for (const Source& s : sources_[j]) {
      const Departure d = departure(states[s.from]);
      sum += s.share * (s.split * d.own + 1 - s.split);
      entries.emplace_back(at, static_cast<int>(s.from), -w * s.share * s.split * d.carried);
    }
    constant[at] = 1 - w + w * sum;
  }
  Eigen::SparseMatrix<double> matrix(n, n);
  matrix.setFromTriplets(entries.begin(), entries.end());
  Eigen::SparseLU<Eigen::SparseMatrix<double>> lu(matrix);
  std::vector<double> scv(states.size(), 1);
  if (lu.info() == Eigen::Success) {
    const Eigen::VectorXd x = lu.solve(constant);
    for (std::size_t j = 0; j < scv.size(); j++) scv[j] = std::max(0.0, x[static_cast<Eigen::Index>(j)]);
  }
  return scv;
}

void TwinStreams::refine(const std::vector<StationState>& states, std::vector<double>& scv) const {
  std::vector<Departure> leaving;
  for (const StationState& s : states) leaving.push_back(departure(s));
  for (int sweep = 0; sweep < 100; sweep++) {
    double change = 0;
    for (std::size_t j = 0; j < states.size(); j++) {
      if (!visited_[j]) continue;
      const double w = superposition(j, states[j]);
      double sum = outside_[j];
      for (const Source& s : sources_[j]) {
        const Departure& d = leaving[s.from];
        sum += s.share * (s.split * (d.carried * scv[s.from] + d.own) + 1 - s.split);
      }
      const double next = std::max(0.0, 1 - w + w * sum);
      change = std::max(change, std::abs(next - scv[j]) / std::max(1.0, next));
      scv[j] = next;
    }
    if (change < 1e-9) return;
  }
}

} // namespace centresim::fab
