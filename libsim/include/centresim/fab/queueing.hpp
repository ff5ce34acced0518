// Waiting in a queue in closed form. Exact where said, else two-moment approximations of the literature.
#pragma once
#include <span>
#include <vector>

namespace centresim::fab::queueing {

// Probability that a customer of M/M/m waits (Erlang C), with `load` = arrival rate x mean service time / servers.
// Exact. 1 where load >= 1, 0 where it is 0. `servers` >= 1.
[[nodiscard]] double erlang_c(double servers, double load);

// Mean wait over mean service time of GI/G/m, first come first served; infinite where load >= 1. `arrival_scv` and
// `service_scv`: squared coefficients of variation. Exact for M/M/m and M/G/1 (Pollaczek-Khinchine). One server: W.
// Kraemer, M. Langenbach-Belz, 8th Int. Teletraffic Congress (1976); more: W. Whitt, "Approximations for the GI/G/m
// queue", Production and Operations Management 2 (1993), 114-161, (2.24).
[[nodiscard]] double wait(double servers, double load, double arrival_scv, double service_scv);
// The same where Erlang C is known: it does not depend on the SCVs.
[[nodiscard]] double wait(double servers, double load, double arrival_scv, double service_scv, double erlang_c);

// Wait of each class over the wait for the servers' work alone, (1 - rho) times that of first come first served, where
// classes earlier in `loads` go first and nobody is interrupted (A. Cobham, Operations Research 2 (1954), 70-76):
// 1 / ((1 - s) (1 - s - rho_k)) with s the load of the classes before k. Exact for Poisson arrivals at one server, or
// with exponential times of one mean. Infinite for a class that the ones before it, or itself, keep from the servers.
[[nodiscard]] std::vector<double> priority_factors(std::span<const double> loads);

// A kind of outage of a server whose clock runs always: how often it comes while the server is up, and how long it
// takes.
struct Outage {
  double per_up_time = 0;
  double mean = 0, second_moment = 0;
};

// Time that a job keeps a server, outages included (W. J. Hopp, M. L. Spearman, Factory Physics, 3rd ed., 8.4-8.5):
// mean / A, and the SCV of the service plus A^2 sum of f E[R^2] / mean, A the availability.
struct ServiceTime {
  double mean = 0, scv = 0;
};
[[nodiscard]] ServiceTime effective(ServiceTime natural, std::span<const Outage> outages, double availability);

// What outages that begin while a server has no job add to the wait of everybody: the share of time in outages, times
// their mean rest. Exact for one server, Poisson arrivals and exponential up times (B. Avi-Itzhak, P. Naor, Operations
// Research 11 (1963), 303-320, model A). With more servers such an outage counts as one more job for M/G/m: times
// erlang_c / load, over the servers.
[[nodiscard]] double wait_of_idle_outages(double servers, double load, double erlang_c, std::span<const Outage> outages,
                                          double availability);

} // namespace centresim::fab::queueing
