#include "centresim/fab/queueing.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace centresim::fab::queueing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Whitt (1993): correction of (ca2 + cs2) / 2 x M/M/m for more than one server.
double whitt(double m, double rho, double ca2, double cs2) {
  const double gamma = std::min(0.24, (1 - rho) * (m - 1) * (std::sqrt(4 + 5 * m) - 2) / (16 * m * rho));
  const double few = 1 + gamma, many = (1 - 4 * gamma) * std::exp(-2 * (1 - rho) / (3 * rho));
  const double c2 = (ca2 + cs2) / 2, middle = std::min(1.0, (few + many) / 2);
  const double psi = c2 >= 1 ? 1 : std::pow(middle, 2 * (1 - c2));
  if (ca2 >= cs2) {
    const double part = 4 * ca2 - 3 * cs2;
    return 4 * (ca2 - cs2) / part * few + cs2 / part * psi;
  }
  return (cs2 - ca2) / (4 * c2) * many + (cs2 + 3 * ca2) / (4 * c2) * psi;
}

// Kraemer and Langenbach-Belz for one server: what arrivals more regular than Poisson's save. For less regular ones
// Whitt's choice (QNA, 1983): no correction.
double langenbach_belz(double rho, double ca2, double cs2) {
  if (ca2 >= 1) return 1;
  const double regular = 1 - ca2;
  return std::exp(-2 * (1 - rho) * regular * regular / (3 * rho * (ca2 + cs2)));
}

} // namespace

double erlang_c(double servers, double load) {
  if (!(load > 0)) return 0;
  if (load >= 1) return 1;
  const double offered = load * servers;
  double blocked = 1; // Erlang B of 0, 1, 2, ... servers
  for (double k = 1; k <= servers; k++) blocked = offered * blocked / (k + offered * blocked);
  return blocked / (1 - load * (1 - blocked));
}

double wait(double servers, double load, double arrival_scv, double service_scv) {
  return wait(servers, load, arrival_scv, service_scv, erlang_c(servers, load));
}

double wait(double servers, double load, double arrival_scv, double service_scv, double erlang_c) {
  if (load >= 1) return kInfinity;
  const double scv = arrival_scv + service_scv;
  if (!(load > 0) || !(scv > 0)) return 0;
  const double correction =
      servers <= 1 ? langenbach_belz(load, arrival_scv, service_scv) : whitt(servers, load, arrival_scv, service_scv);
  return correction * scv / 2 * erlang_c / (servers * (1 - load));
}

std::vector<double> priority_factors(std::span<const double> loads) {
  std::vector<double> factors;
  double before = 0;
  for (const double load : loads) {
    const double with = before + load;
    factors.push_back(with < 1 ? 1 / ((1 - before) * (1 - with)) : kInfinity);
    before = with;
  }
  return factors;
}

ServiceTime effective(ServiceTime natural, std::span<const Outage> outages, double availability) {
  if (!(natural.mean > 0)) return natural;
  double added = 0;
  for (const Outage& o : outages) added += o.per_up_time * o.second_moment;
  return {natural.mean / availability, natural.scv + availability * availability * added / natural.mean};
}

double wait_of_idle_outages(double servers, double load, double erlang_c, std::span<const Outage> outages,
                            double availability) {
  double rest = 0;
  for (const Outage& o : outages) rest += availability * o.per_up_time * o.second_moment / 2;
  if (servers <= 1) return rest;
  return load > 0 ? rest * erlang_c / load / servers : 0;
}

} // namespace centresim::fab::queueing
