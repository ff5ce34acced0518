// One tool group of the twin as a queue.
#pragma once
#include "twin_network.hpp"

namespace centresim::fab {

// How lots come to a station.
struct Arrivals {
  double scv = 1;         // of the time between lots
  double return_time = 0; // mean time until a lot that has left comes again; 0: not known, or never
  double first = 1;       // share of visits that are a lot's first
};

struct StationState {
  double tools = 1, starts = 1;
  Arrivals arrivals;
  std::vector<double> change; // of each setup: probability that a lot that names it is preceded by a change
  double setups = 0;          // a visit
  std::vector<double> batch;  // of each key: lots of a job
  double batch_mean = 1;
  double job_rate = 0;           // a tick
  queueing::ServiceTime natural; // of a job: setups in, outages not
  queueing::ServiceTime service; // outages in
  double load = 0;               // of what the calendar leaves
  double all_busy = 0;           // Erlang C
  double wait = 0;               // of a job, first come first served
  double wait_of_idle_outages = 0;
};

// A lot that waits out an outage of the only tool does not come back meanwhile: visits after the first meet fewer
// outages than the clock shows. With a random time to return of mean t, and an outage of mean rest r, t / (t + r) of
// the wait that independent arrivals would have (exact for exponential outages that meet a single lot).
//
// `starts`: times the rates of the network. What depends on the wait itself (changes of setup, sizes of batches) is
// solved for the wait that agrees with it.
[[nodiscard]] StationState solve_station(const TwinStation& station, double tools, double starts,
                                         const Arrivals& arrivals);

// The same with another arrival SCV: setups and batches stay.
void set_arrivals(StationState& state, double arrival_scv);

// Time that a tool is taken by one visit of a lot, setups in, outages not.
[[nodiscard]] double server_time(const TwinVisit& visit, const TwinStation& station, const StationState& state);
// Setup time of one visit: probability of a setup times its mean.
[[nodiscard]] double setup_time(const TwinVisit& visit, const TwinStation& station, const StationState& state);
// Time that a lot is on the tool, breakdowns meanwhile in.
[[nodiscard]] double time_on_tool(const TwinVisit& visit, const TwinStation& station, const StationState& state);

// Wait of a lot for partners (`forming`) and for a tool (`queue`), its batch and priority considered.
struct LotWait {
  double forming = 0, queue = 0;
};
[[nodiscard]] std::vector<LotWait> lot_waits(const TwinNetwork& network, const TwinStation& station,
                                             const StationState& state); // of each visit

// Times the starts of the network at which the station is full: batches full, setups as in `state`. Infinite where
// nobody comes, 0 where the calendar leaves no time.
[[nodiscard]] double limit_of_starts(const TwinStation& station, const StationState& state, double tools);

// Work of one tick of the network's starts, in tool time: `full` with full batches, else of the sizes in `state`;
// and what outages that follow work add to it.
struct Work {
  double time = 0, outages = 0;
};
[[nodiscard]] Work work_of(const TwinStation& station, const StationState& state, bool full);

} // namespace centresim::fab
