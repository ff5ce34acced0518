// The engine of one replication of a compute farm: it owns all state and can be stepped from outside (order inside
// a tick: apply every event, then dispatch; see docs/architecture.md).
#pragma once
#include "centresim/core/monitor.hpp"
#include "centresim/design/model.hpp"
#include "centresim/design/observations.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace centresim::design {

struct EngineOptions {
  bool trace_jobs = false;
};

// What becomes of a job that was posted.
struct JobFact {
  // started: it runs, with all its tokens; stopped: it no longer does and has not ended: a node failed, it made room
  // (or began to write a checkpoint for that), it lost a licence or ran out of memory. It may start again.
  enum class Kind : std::uint8_t { started, stopped, ended } kind = Kind::started;
  Tick at = 0;
  std::uint64_t tag = 0; // as posted
  // Of those that ended:
  JobState state = JobState::completed;
  Tick submitted = 0, first_start = -1; // first_start: took cores; -1: never
  // Time without a token that it needed, until it first ran with all of them: in the queue while a reserved one was not
  // free, held back after a denial, on its cores at the licence server (as FarmSums::lacking counts).
  Tick lacked = 0;
  Tick ran = 0; // time on cores, in all its stays
  bool operator==(const JobFact&) const = default;
};
using JobFacts = std::vector<JobFact>;

class Engine {
 public:
  Engine(const Model& model, std::uint64_t seed, std::uint64_t replication, EngineOptions options = {});
  ~Engine();
  Engine(Engine&&) noexcept;
  Engine& operator=(Engine&&) noexcept;

  // Tick of the next thing to do; core::kNever when there is none.
  [[nodiscard]] Tick next() const;
  // Applies every event of `tick`, which is at most next(). Facts of posted jobs are appended, those of one call in the
  // order in which the jobs were posted.
  void apply(Tick tick, JobFacts& facts);
  // Starts what can start at `tick`. Afterwards next() may be `tick` again.
  void dispatch(Tick tick, JobFacts& facts);
  // Submits a job at `tick`, whatever Submission::submit and source say; the floor must take such jobs (Model::posted).
  // Call between apply and dispatch of that tick, or before the first: it comes after all else of that tick, jobs of
  // one tick in the order of the calls. A fact tells if it is rejected, too, at the next dispatch. `tag`: of no other
  // posted job that has not ended. `watched`: facts tell of its starts and stops, too, not only of its end.
  void post(Tick tick, const Submission& job, std::uint64_t tag, bool watched);
  // Ends a posted job that has not ended; call as post(). It is completed if it runs, and withdrawn if it waits in any
  // way: for its data, in the queue, held back, for its licences, suspended, or while checkpoints are written by it or
  // for it. Says which; no fact tells of it.
  JobState end(Tick tick, std::uint64_t tag);
  // Ends the observation. Throws std::logic_error if the books do not balance.
  [[nodiscard]] Observations finish(Tick tick);

  // The whole run: to the horizon, or until every job has ended (Model::drain). False: `pulse` asked to abandon it.
  // Throws core::ModelError when the model cannot go on.
  [[nodiscard]] bool run(core::Pulse& pulse);
  [[nodiscard]] Tick now() const;
  [[nodiscard]] bool drained() const; // every job that was submitted has ended

 private:
  class State;
  std::unique_ptr<State> state_;
};

} // namespace centresim::design
