// A chip-design floor compiled for the engine: flat tables and indices in canonical order (names in byte order, jobs by
// submission). Memory is in kB (1 GB is 1e6 kB).
#pragma once
#include "centresim/core/law.hpp"
#include "centresim/core/time.hpp"
#include "centresim/design/project_model.hpp"
#include "centresim/design/values.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace centresim::design {

using core::Tick;

inline constexpr std::uint32_t kNone = ~std::uint32_t{0};
inline constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max() / 4; // memory that nobody counts

struct SiteTable {
  std::string name;
  std::uint32_t first_node = 0, nodes = 0;
  std::int64_t cores = 0;
  std::int64_t storage = 0;        // kB/s; 0: nobody waits for it
  std::int64_t cache = kUnlimited; // kB
  double egress_cost = 0;          // per GB
};

struct LinkTable {
  std::string name;
  std::array<std::uint32_t, 2> sites{};
  double bandwidth = 0; // kB per tick
  Tick rtt = 0, grace = 0;
  bool fails = false;
  core::Law mttf, mttr;
  LicenceLoss lost = LicenceLoss::kill;
  std::uint64_t identity = 0;
};

struct DatasetTable {
  std::string name;
  std::uint32_t site = 0;
  std::int64_t size = 0; // kB
};

struct NodeClassTable {
  std::string name;
  std::uint32_t site = 0;
  std::uint32_t first_node = 0, nodes = 0;
  std::int64_t cores = 0, memory = 0, scratch = 0; // of a node
  double speed = 1;
  bool fails = false;
  core::Law mttf, mttr;
  double idle_power = 0, busy_power = 0, cost = 0;
  Tick boot = 0, off_after = core::kNever; // kNever: always on
  bool rented = false;
  std::uint64_t identity = 0;
};

struct DrainTable {
  std::uint32_t first_node = 0, nodes = 0;
  Tick start = 0, duration = 0, every = 0; // every 0: once
};

struct FeatureTable {
  std::string name, vendor;
  std::int64_t tokens = 0;
  Acquire acquire = Acquire::reserved;
  Tick minimum_hold = 0, linger = 0, first_try = 0, back_off = 0, back_off_max = 0;
  std::uint32_t first_user = 0, users = 0; // outside users, numbered over all features
  core::Law think, hold;
  double cost = 0;
  std::uint32_t server = kNone;     // site
  std::vector<std::int64_t> shares; // lent: tokens of each share of the pool, the rest first; empty: not lent
  std::vector<std::string> lenders; // names of the shares
  std::uint64_t identity = 0;
};

// A set of tokens, by feature.
struct TokenNeed {
  std::uint32_t feature = 0;
  std::int64_t tokens = 0;
  std::uint32_t share = 0; // of a lent feature
  bool operator==(const TokenNeed&) const = default;
};

struct AccountTable {
  std::string name;
  std::uint32_t parent = kNone; // kNone: the root
  double share = 1;             // of the whole: the product of the shares on its path
  bool charged = true;
};

inline constexpr std::uint32_t kPosted = kNone - 1; // source of jobs that come from outside, by Engine::post

// What the engine is told about one job.
// (First what the engine looks at when a job starts and ends: one line of the processor's cache.)
struct Submission {
  Tick submit = 0, run = 0, request = 0;
  std::int64_t memory = 0, peak = 0; // kB per rank
  Tick due = core::kNever;
  std::int32_t cores = 1, ranks = 1;  // cores per rank
  std::uint32_t flow = 0, tokens = 0; // tokens: list of Model::uses
  std::int64_t scratch = 0;           // kB per rank
  std::int64_t number = 0;            // for the table of jobs: place in Model::jobs, or as the trace says
  std::int32_t priority = 0;
  std::uint32_t owner = 0, account = kNone; // owner: of predictions
  std::uint32_t source = 0;                 // 0: listed, 1: trace, then the streams by name; kPosted
  std::uint32_t home = 0;                   // site
  std::uint32_t reading = 0;                // into Model::readings
  bool preemptible = true;
};

struct StreamTable {
  std::string name;
  core::Law every, jobs, run, cores, memory, memory_request, request;
  std::uint32_t profile = kNone;
  Tick start = 0, until = 0, run_max = core::kNever, due = core::kNever; // due: after the submission
  std::uint32_t flow = 0, account = kNone, tokens = 0, first_owner = 0, users = 1;
  std::uint32_t home = 0, reading = 0;
  std::int64_t scratch = 0;
  std::int32_t priority = 0;
  bool preemptible = true;
  std::uint64_t identity = 0;
};

struct ProfileTable {
  std::vector<double> until; // 169 values: rate integrated from Monday 00:00, in hours of mean rate; the last is 168
};

// The trace as the engine needs it: what its names mean here.
struct TraceTable {
  Trace trace;
  std::vector<std::uint32_t> flow, account_of_project, account_of_user; // by number of the name in the trace
  // Projects with partitions of their own have a class each, all others class 0.
  std::vector<std::uint32_t> project_class;
  std::vector<std::vector<std::uint32_t>> tokens; // by class, then by list of tokens
  std::uint32_t first_owner = 0;                  // of predictions: numbers from here on are its own
  std::uint32_t home = 0;                         // site
  std::shared_ptr<const struct TraceInfo> info;
};

// A pool of tokens as the jobs of a project see it at a site.
struct PoolUse {
  std::uint32_t feature = kNone; // kNone: may not be used there
  std::uint32_t share = 0;
  auto operator<=>(const PoolUse&) const = default;
};

// What jobs read.
struct Reading {
  std::uint32_t dataset = kNone;
  std::int64_t io = 0; // kB/s
  double io_share = 0;
  bool operator==(const Reading&) const = default;
};

struct Model {
  std::vector<SiteTable> sites; // at least one
  std::vector<LinkTable> links;
  std::vector<DatasetTable> datasets;
  std::vector<Reading> readings{1}; // the first: reads nothing
  std::vector<NodeClassTable> classes;
  std::vector<DrainTable> drains;
  std::vector<FeatureTable> features;
  std::vector<AccountTable> accounts;
  std::vector<std::string> flows;               // kinds of jobs, reported apart
  std::vector<std::vector<TokenUse>> use_names; // lists of tokens as jobs name them; 0: none
  std::vector<std::vector<PoolUse>> uses;       // the pools of the same: by list * sites + site
  std::vector<StreamTable> streams;
  std::vector<ProfileTable> profiles;
  std::vector<Submission> jobs;       // by (submit, number)
  std::vector<std::string> job_names; // by Submission::number
  std::shared_ptr<const TraceTable> trace;
  ProjectModel projects;
  bool posted = false; // jobs come from outside as well
  Policy policy;
  std::uint32_t nodes = 0, users = 0; // users: outside the scheduler, of all features
  std::int64_t cores = 0;             // of the whole farm
  double load_factor = 1, waiting_cost = 0;
  std::int64_t max_queue = 0;
  Tick horizon = 0, warmup = 0;
  std::int64_t week_offset = 0; // ticks from Monday 00:00 to time 0
  bool drain = false;
  // The link between two sites; kNone: there is none.
  [[nodiscard]] std::uint32_t link_between(std::uint32_t a, std::uint32_t b) const {
    for (std::uint32_t l = 0; l < links.size(); l++)
      if (links[l].sites == std::array{a, b} || links[l].sites == std::array{b, a}) return l;
    return kNone;
  }
};

// How many ranks of so much the empty site holds with everything up.
[[nodiscard]] inline std::int64_t places(const Model& model, std::uint32_t site, std::int64_t cores,
                                         std::int64_t memory, std::int64_t scratch) {
  std::int64_t ranks = 0;
  for (const NodeClassTable& k : model.classes) {
    if (k.site != site || k.cores < cores || k.memory < memory || k.scratch < scratch) continue;
    std::int64_t per_node = k.cores / cores;
    if (memory > 0) per_node = std::min(per_node, k.memory / memory);
    if (scratch > 0) per_node = std::min(per_node, k.scratch / scratch);
    ranks += per_node * k.nodes;
  }
  return ranks;
}

// When and how long to run the floor.
struct Span {
  Tick horizon = 0, warmup = 0;
  bool drain = false;
  std::int64_t week_offset = 0;
  std::int64_t start_day = 0; // of time 0, from 1970-01-01
};

// `floor` must have passed check(). A trace is looked through: throws InputError and IoError.
[[nodiscard]] Model compile(const Floor& floor, const Span& span);

// Looks through the trace, if there is one, and throws as compile() does.
void check_trace(const Floor& floor);

} // namespace centresim::design
