// A job in the engine, and the queues and lists in which it stands.
#pragma once
#include "nodes.hpp"
#include "sorted_blocks.hpp"

#include "centresim/design/model.hpp"
#include "centresim/design/observations.hpp"

#include <array>
#include <compare>
#include <utility>
#include <vector>

namespace centresim::design {

enum class Phase : std::uint8_t {
  nowhere,
  staging, // waits for its data
  queued,
  held,    // denied a licence: comes back to the queue later
  trying,  // on its cores, before its check-out
  waiting, // on its cores, in the queue of the licence server
  running,
  suspended, // in the memory of its node
  writing,   // a checkpoint, on its cores, to make room
  placed,    // has been given its cores, which others still free
};

// What is told of a posted job.
enum class Report : std::uint8_t { none, end, all };

// Two lines of the processor's cache with what every start and end looks at, then the rest: the jobs on the farm are
// too many for the near caches.
struct alignas(64) LiveJob {
  Tick started = 0; // took its cores (this time), or was suspended
  Tick begun = 0;   // its work began or went on: after the check-out; later, where it was disturbed
  Tick length = 0;  // run time on the node where it is
  Tick first_start = -1;
  std::uint32_t id = 0; // its place among all live jobs
  std::uint32_t node = kNone, slot = kNone, token_set = 0;
  std::uint32_t first_rank = kNone; // ranks > 1: where they are, in ranks_
  std::int32_t starts = 0;
  Phase phase = Phase::nowhere;
  bool from_checkpoint = false;
  bool has_requeued = false; // their tokens are checked out
  bool had_licence = false;  // suspended: its run had begun
  bool keeps_tokens = false; // suspended
  Report report = Report::none;
  std::int16_t steps = 0; // queued features whose tokens are checked out
  Submission s;

  Tick done = 0;               // of its run time, kept at `begun`
  Tick used = 0;               // time on cores in earlier stays that counts towards its request
  Tick restart = 0;            // what goes before its work, from `begun` on: boot, round trips, start from a checkpoint
  Tick trips = 0, warm_up = 0; // of that, what is still to be paid: round trips, start from a checkpoint
  Tick last_start = -1, estimated_end = 0;
  std::uint64_t seq = 0; // in the order of submission
  std::int64_t key = 0;  // of the queue order, where it is fixed at submission
  std::uint32_t group = 0;
  std::uint32_t site = 0;                         // where it was routed to
  std::uint32_t clock = kNone;                    // shared storage: by which its work goes on
  Tick began = 0;                                 // as `begun`, but by the clock on the wall
  std::uint32_t handover = kNone;                 // writing: who waits for its cores
  Tick ran = 0;                                   // time on cores since its last start, before it was suspended
  Tick reserved_at = 0, checkout = 0, joined = 0; // tokens taken at the start; later; joined the licence server's queue
  std::int64_t lost = 0;                          // core-ticks of work lost to preemption
  std::int32_t preempted = 0, retries = 0, denials = 0;
  // Posted: time without a token and on cores, up to where its phase began (posted.hpp).
  bool has_run = false; // with all its tokens
  std::uint64_t tag = 0;
  Tick lacked = 0, on_cores = 0;
  // Makes this the record of a new job. Times of stays on cores are set when it takes some.
  void renew(const Submission& submission, std::uint64_t number) {
    s = submission;
    seq = number;
    first_start = last_start = -1;
    done = used = length = 0;
    lost = 0;
    node = slot = first_rank = clock = handover = kNone;
    starts = preempted = retries = denials = 0;
    phase = Phase::nowhere;
    from_checkpoint = has_requeued = had_licence = keeps_tokens = false;
    report = Report::none;
    steps = 0;
  }
  [[nodiscard]] Demand demand() const { return {s.cores, s.memory, s.scratch}; }
  [[nodiscard]] std::int64_t all_cores() const { return std::int64_t{s.cores} * s.ranks; }
};

static_assert(sizeof(LiveJob) == 6 * 64, "all of it is fetched before it is needed");

// A waiting job as the scheduler scans it.
struct Queued {
  std::int64_t key = 0;
  std::uint64_t seq = 0;
  std::int64_t memory = 0;
  Tick estimate = 0; // what is left of the requested run time
  std::uint32_t job = 0, token_set = 0;
  std::int32_t cores = 1, ranks = 1;
  auto operator<=>(const Queued& o) const { return std::pair(key, seq) <=> std::pair(o.key, o.seq); }
  bool operator==(const Queued& o) const { return seq == o.seq; }
};
using Queue = SortedBlocks<Queued>;

// Cores, ranks, memory up to the next power of two, tokens; or priority and account.
using Shape = std::array<std::int64_t, 3>;
struct ShapeHash {
  std::size_t operator()(const Shape& s) const {
    const auto part = [&](std::size_t i) { return static_cast<std::uint64_t>(s[i]); };
    const std::uint64_t h =
        part(0) * 0x9e3779b97f4a7c15u + part(1) * 0xbf58476d1ce4e5b9u + part(2) * 0x94d049bb133111ebu;
    return h ^ h >> 32;
  }
};

// Jobs of one site and shape, priority or account: within it the order does not change with time.
struct QueueGroup {
  Queue queue;
  std::int32_t priority = 0;
  std::uint32_t account = kNone;
  bool filled = false; // dynamic orders: among filled_groups_
  bool listed = false; // shape: the head is known not to fit, and listed with what it lacks
};

// Tokens that a job takes, by how it acquires them.
struct TokenSet {
  std::vector<TokenNeed> reserved, queued, requeued;
  std::int64_t queued_jobs = 0; // that wait with it in the queue
  bool lacks = false;           // a token of `reserved` is not free
  std::uint32_t site = 0;
  bool allowed = true;              // there
  Tick delay = 0;                   // round trips to licence servers elsewhere
  std::int32_t links_down = 0;      // of them, those that `reserved` needs
  Tick lacked = 0, lacks_since = 0; // how long it did, in earlier times; where it lacks one now, since when
  [[nodiscard]] Tick lacked_until(Tick now) const { return lacks ? lacked + now - lacks_since : lacked; }
  [[nodiscard]] bool none() const { return reserved.empty() && queued.empty() && requeued.empty(); }
};

// A time at which a running job is expected to free what it holds.
struct Release {
  Tick at = 0;
  std::uint32_t job = 0;
  bool operator==(const Release&) const = default;
  // All is compared: cheaper than branches that nobody can foresee.
  bool operator<(const Release& o) const { return (at < o.at) | ((at == o.at) & (job < o.job)); }
};

// A job in an order of its own: waiting check-outs by (time, seq), suspended jobs by (-priority, seq).
struct Ordered {
  std::int64_t key = 0;
  std::uint64_t seq = 0;
  std::uint32_t job = 0;
  auto operator<=>(const Ordered&) const = default;
};

} // namespace centresim::design
