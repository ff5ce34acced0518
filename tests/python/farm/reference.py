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

Licences that are shared:
- tokens on their way back count for the partition of the job that had them; the rest is a partition like the others;
- jobs that were listed for one feature are not listed again for the next, but count as gone there, too;
- shapes differ by pool: the partitions of a feature that does not lend are features of their own;
- a deadlock: a job whose tokens are free goes on only if nobody who stays waits before it for the same feature;
- a job that is denied in a deadlock begins anew with its first feature, and has its whole request again.

Sites:
- a scheduler sees what is held at other sites and until when (tokens), but not what is planned there;
- staged jobs do not count as waiting for "would start at once", nor does the data of the job itself;
- jobs that are promised cores until checkpoints are written are left out of the estimated wait, too;
- `local_first` looks at the other sites even if the home is not eligible; ties of `burst` are those of `cheapest`,
  and `burst_cost` does not hold where the home is not eligible; all ranks of a gang cost;
- a request that outgrew its memory grows to the largest node of its site.

Links and data:
- a transfer comes from the dataset's own site; the time to stage counts all transfers on the link, those in their
  first round trip too; that round trip passes while the link is down, too;
- transfers end after the jobs that end at that instant, before forced ends, by name of link, dataset and site;
- "used least recently" goes by the instant of routing;
- down and up of a link cause a pass, the end of the grace only if somebody loses tokens; an outage that is not longer
  than the grace loses nothing; losses come before the wall-time limit;
- a job suspended by a link goes on by the rules of all suspended jobs, in a pass, if nobody of higher priority waits;
- tokens that are checked out anew at a resumption cost their round trips again.

Nodes:
- every work of a job runs by its own clock, also boot, round trips and restart; `io` is of the job, not of a rank;
- a node that was empty for just `off_after` is off; suspended jobs are on their nodes; it can be off before it is up.

What has no meaning, or more than one, is refused: see `Policy.check` and `meaning`.
"""

import heapq
from dataclasses import dataclass

from farm import conservation, licences, links, meaning, plans, preemption
from farm.model import Floor, Job
from farm.order import key_at_submission, sort_queue
from farm.placement import place
from farm.routing import route
from farm.state import ARRIVAL, Event, State

MOST_ROUNDS = 1_000_000  # at one tick; instants of one run


@dataclass(frozen=True)
class JobResult:
    """What became of a job. A resumption is no start; `lost` is in core-ticks (1000 make a core-second)."""

    start: int | None  # the last one
    end: int
    state: str  # completed, walltime, rejected, out_of_memory, failed
    starts: int
    lost: int
    first_start: int | None
    site: str | None = ""  # to which it was routed; None if it was rejected


def simulate(floor: Floor) -> dict[str, JobResult]:
    """Runs until every job has ended."""
    return results_of(run(floor))


def run(floor: Floor) -> State:
    """The farm when every job has ended."""
    state = State(floor)
    meaning.check(state.model)
    for job in state.model.jobs:
        state.at(job.submit, ARRIVAL, job.index, "submit")
    links.begin(state)
    for _ in range(MOST_ROUNDS):
        if state.unfinished == 0 or not state.events:
            break
        run_instant(state)
    stuck = [job.name for job in state.model.jobs if not job.ended]
    if stuck:
        raise RuntimeError(f"jobs that wait for ever: {', '.join(stuck)}")
    return state


def results_of(state: State) -> dict[str, JobResult]:
    sites = state.model.sites
    return {
        j.name: JobResult(
            j.start, j.end, j.state, j.starts, j.lost, j.first_start,
            None if j.state == "rejected" else sites[j.site].name,
        )
        for j in state.model.jobs
    }  # fmt: skip


def run_instant(state: State) -> None:
    """Applies the events of one tick, class by class, then dispatches; again while there are events at this tick."""
    state.now = state.events[0].time
    for _ in range(MOST_ROUNDS):
        happened = False
        while state.events and state.events[0].time == state.now:
            happened |= apply(state, heapq.heappop(state.events))
        if happened or state.again:
            state.again = False
            dispatch(state)
            conservation.check(state)
        if not state.again and (not state.events or state.events[0].time != state.now):
            return
    raise RuntimeError("too many rounds at one tick")


def apply(state: State, event: Event) -> bool:
    """Does what the event says; False if it is void."""
    if event.kind == "token":
        state.lingering.remove(event.item)
        state.free[state.model.tokens_at + event.item.pool] += event.item.count
        return True
    if event.kind in links.KINDS:
        return links.apply(state, event)
    if event.kind in ("moves", "staged"):
        return apply_transfer(state, event)
    job = state.model.jobs[event.entity]
    if event.kind in ("end", "wall", "oom", "attempt", "migrate") and event.version != job.version:
        return False
    if event.kind == "submit":
        return submit(state, job)
    if event.kind == "join":
        join(state, job)
    elif event.kind == "attempt":
        licences.attempt(state, job)
    elif event.kind == "migrate":
        preemption.migrate(state, job)
    elif event.kind == "written":
        preemption.written(state, job)
    else:
        end(state, job, event.kind)
    return True


def apply_transfer(state: State, event: Event) -> bool:
    transfer = event.item
    if event.kind == "moves":
        state.staging.move(state, transfer)
    elif event.version == transfer.version:
        state.staging.end(state, transfer)
        return True
    return False


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
    largest = max(state.model.memory[node] for node in state.model.nodes_of[job.site])
    job.memory = int(min(largest, job.memory * rule.retry_factor + 0.5))
    state.come_back(job, 0)


def submit(state: State, job: Job) -> bool:
    """Routes the job; it joins the queue of the site, or waits for its data, which causes no pass."""
    site = route(state, job)
    if site is None:
        state.finish(job, "rejected")
        return True
    state.count("moved", site != job.home)
    job.key = key_at_submission(job, state.policy, state.predictor)
    state.model.settle(job, site)
    if state.staging.must_wait(state, job):
        job.state = "staged"
        state.staged.append(job)
        return False
    join(state, job)
    return True


def join(state: State, job: Job) -> None:
    """Into the queue, unless the job could not start on the empty site: its request may have grown."""
    if place(state.model, state.model.capacity, job, "first", tokens=False) is None:
        state.finish(job, "rejected")
        return
    job.state = "queued"
    state.queues[job.site].append(job)


def dispatch(state: State) -> None:
    """Waiting check-outs first, then one pass over the queue of every site."""
    licences.serve(state)
    state.again = False  # this pass is the one after a denial
    for site in range(len(state.model.sites)):
        state.here = site
        preemption.resume(state)
        sort_queue(state.queue, state.policy, state.now)
        run_pass(state)
    licences.serve(state)


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
