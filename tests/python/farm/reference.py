"""A slow, plain simulator of a compute farm with licences, to compare a fast one with, job by job.

It knows nothing of the library. Times are integer ticks of 1 ms, memory is in kB.

Where the model leaves a choice:
- a void event causes no pass, nor does a periodic checkpoint; a rejected arrival does;
- at one tick completion goes before the wall-time kill, that before running out of memory;
- after a preemption the starts in order go on and the next head may preempt; a victim of a kill or checkpoint
  comes back as an arrival of this tick, so after this pass; tokens that would linger do not count as freed;
- a choice of victims that is blind to licences preempts nobody if the head still lacks tokens;
- a resumption is no start: `min_run` and "latest start" look at the last start and the time run since;
- the request is used up by time on cores (restart cost and periodic writes too, the write on demand not); queued
  jobs are planned with what is left of it, one tick at least; no restart cost without any progress kept;
- conservative plans choose nodes by what is free throughout, EASY by what is free now.
"""

import heapq
from dataclasses import dataclass

from farm import plans, preemption
from farm.model import Floor, Job
from farm.order import key_at_submission, sort_queue
from farm.placement import place
from farm.state import ARRIVAL, Event, State

MOST_ROUNDS = 1_000_000  # at one tick


@dataclass(frozen=True)
class JobResult:
    """What became of a job. A resumption is no start; `lost` is in core-ticks (1000 make a core-second)."""

    start: int | None  # the last one
    end: int
    state: str  # completed, walltime, rejected, out_of_memory, failed
    starts: int
    lost: int
    first_start: int | None


def simulate(floor: Floor) -> dict[str, JobResult]:
    """Runs until every job has ended."""
    state = State(floor)
    for job in state.model.jobs:
        state.at(job.submit, ARRIVAL, job.index, "submit")
    while state.events:
        run_instant(state)
    stuck = [job.name for job in state.model.jobs if job.state not in END_STATES]
    if stuck:
        raise RuntimeError(f"jobs that wait for ever: {', '.join(stuck)}")
    return {j.name: JobResult(j.start, j.end, j.state, j.starts, j.lost, j.first_start) for j in state.model.jobs}


END_STATES = {"completed", "walltime", "rejected", "out_of_memory", "failed"}


def run_instant(state: State) -> None:
    """Applies the events of one tick, class by class, then dispatches; again while there are events at this tick."""
    state.now = state.events[0].time
    for _ in range(MOST_ROUNDS):
        happened = False
        while state.events and state.events[0].time == state.now:
            happened |= apply(state, heapq.heappop(state.events))
        if happened:
            dispatch(state)
            state.check()
        if not state.events or state.events[0].time != state.now:
            return
    raise RuntimeError("too many rounds at one tick")


def apply(state: State, event: Event) -> bool:
    """Does what the event says; False if it is void."""
    if event.kind == "token":
        state.lingering.remove((state.now, event.entity, event.count))
        state.free[state.model.tokens_at + event.entity] += event.count
        return True
    job = state.model.jobs[event.entity]
    if event.kind in ("end", "wall", "oom", "attempt", "migrate") and event.version != job.version:
        return False
    if event.kind in ("submit", "requeue"):
        arrive(state, job)
    elif event.kind == "attempt":
        attempt(state, job)
    elif event.kind == "migrate":
        preemption.migrate(state, job)
    elif event.kind == "written":
        preemption.written(state, job)
    else:
        end(state, job, event.kind)
    return True


def end(state: State, job: Job, kind: str) -> None:
    state.stop_clock(job)
    state.release(job)
    if kind == "oom":
        out_of_memory(state, job)
        return
    state.finish(job, "completed" if kind == "end" else "walltime")
    if kind == "end":
        state.predictor.completed(job)


def out_of_memory(state: State, job: Job) -> None:
    """Once more from the beginning with a larger request, or the end of the job."""
    rule = state.policy.memory
    if job.retries == rule.tries:
        state.finish(job, "failed" if rule.tries > 0 else "out_of_memory")
        return
    job.retries += 1
    job.memory = int(min(max(state.model.memory), job.memory * rule.retry_factor + 0.5))
    state.come_back(job, 0)


def arrive(state: State, job: Job) -> None:
    """A job joins the queue, unless it could not start on the empty farm."""
    capacity, at = state.model.capacity, state.model.tokens_at
    enough = all(capacity[at + f] >= count for f, count in job.tokens.items())
    if not enough or place(state.model, capacity, job, "first") is None:
        state.finish(job, "rejected")
        return
    if job.state == "pending":
        job.key = key_at_submission(job, state.policy, state.predictor)
    job.state = "queued"
    state.queue.append(job)


def attempt(state: State, job: Job) -> None:
    """Tries to check out; a job that is denied leaves and may come back when it has been held long enough."""
    if state.take_tokens(job, job.tried):
        state.begin_work(job)
        return
    features = [state.model.features[f] for f in job.tried]
    hold = min(max(f.back_off for f in features) * 2**job.denied, max(f.back_off_max for f in features))
    job.denied += 1
    state.stop_clock(job)
    state.release(job)
    job.state, job.ran = "away", 0
    state.at(state.now + hold, ARRIVAL, job.index, "requeue")


def dispatch(state: State) -> None:
    """Waiting check-outs first, then one pass over the queue."""
    state.serve_check_outs()
    preemption.resume(state)
    sort_queue(state.queue, state.policy, state.now)
    run_pass(state)
    state.serve_check_outs()


def run_pass(state: State) -> None:
    backfill = state.policy.backfill
    if backfill in ("none", "easy") or state.policy.preemption.kind != "none":
        plans.start_in_order(state)
        while state.queue and preemption.preempt_for(state, state.queue[0]):
            plans.start_in_order(state)
    if backfill == "easy":
        plans.easy(state)
    elif backfill != "none":
        plans.conservative(state)
