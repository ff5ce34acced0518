// The twin's network: what a fab asks of its tool groups, compiled once from the values, and the flows between them.
#pragma once
#include "centresim/fab/queueing.hpp"
#include "centresim/fab/values.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace centresim::fab {

struct Moments {
  double mean = 0, second = 0;
  [[nodiscard]] double variance() const { return second > mean * mean ? second - mean * mean : 0; }
};
[[nodiscard]] Moments moments(const Distribution& law);

// A stream of lots. Rates are a tick, of the fab as it is described.
struct TwinFlow {
  std::string product, kind;
  std::size_t row = 0;      // of the products
  std::size_t priority = 0; // 0: goes first
  double rate = 0;
  double scv = 0; // of the time between lots
  double raw_process_time = 0;
};

// Lots of one flow at one step.
struct TwinVisit {
  std::size_t flow = 0;
  double rate = 0;         // a tick, rework included
  double first = 1;        // share of it that is not rework
  Moments server;          // time that a tool is taken: plain, of the lot; cascading, until the next may follow; batch
  double alone = 0;        // on the tool, where nobody is before: load to unload, setup left out
  double overhead = 0;     // load and unload, as far as they take server time
  double second_limit = 0; // cascading: the time on the tool over two, as only two lots fit, is within `server`
  double wafers = 0;
  double transport = 0; // before it
  int setup = -1;       // of the group's setups
  bool always = false;  // set up before every lot
  int key = -1;         // of the group's batch keys
};

struct TwinSetup {
  double rate = 0;
  Moments time;           // of a change to it
  bool avoidable = false; // lots that need no change are ranked first
  double minimum_run = 1;
};

// Lots that may share a batch.
struct TwinBatchKey {
  double rate = 0;
  double smallest = 1, largest = 1; // lots
  double longest_wait = 0;          // of the oldest lot; infinite: no limit
};

struct TwinStation {
  const ToolGroup* values = nullptr;
  double tools = 1;
  std::vector<TwinVisit> visits;
  std::vector<TwinSetup> setups;
  std::vector<TwinBatchKey> keys;
  double rate = 0;  // of visits, a tick
  double named = 0; // of them, those that name a setup
  bool cascades = false, by_priority = false, by_setup_tool = false;
  // Outages: those of the calendar, those of a busy clock (per busy time), those by wafers (per wafer).
  std::vector<queueing::Outage> calendar, busy, wafer;
  double calendar_up = 1; // share of time that calendar breakdowns leave
  double calendar_pm = 0; // and that calendar maintenance takes
  double stretch = 1;     // of the time on a tool by breakdowns meanwhile
  [[nodiscard]] double available() const { return calendar_up - calendar_pm; }
};

struct TwinLink {
  std::size_t from = 0, to = 0;
  double rate = 0; // lots a tick
};

struct TwinEntry {
  std::size_t flow = 0, to = 0;
  double share = 0; // of the flow's lots
};

class TwinNetwork {
 public:
  TwinNetwork(const Fab& fab, core::Tick horizon);

  std::vector<TwinFlow> flows;
  std::vector<TwinStation> stations;
  std::vector<TwinLink> links; // by `to`
  std::vector<TwinEntry> entries;
  std::size_t priorities = 1;
  std::size_t rows = 0; // products and kinds
  double lots = 0;      // a tick

 private:
  Fab fab_; // what the stations point into
};

} // namespace centresim::fab
