"""Outages of links between sites, and what they do to jobs whose licence server is on the other side."""

from farm.model import Job
from farm.places import Link
from farm.preemption import suspend
from farm.state import CAPACITY, FAILURE, Event, State
from farm.timeline import reached

KINDS = ("down", "lost", "up")


def begin(state: State) -> None:
    """All links are up at first."""
    for link in state.model.links:
        if link.mttf is not None:
            state.at(link.mttf, FAILURE, link.number, "down")


def apply(state: State, event: Event) -> bool:
    """Does what the event says; False if nothing comes of it."""
    link = state.model.links[event.entity]
    if event.kind == "lost":
        return event.version == link.downs and lose(state, link)
    assert link.mttf is not None
    link.up = event.kind == "up"
    state.staging.adapt(state, link)
    if link.up:
        state.at(state.now + link.mttf, FAILURE, link.number, "down")
        return True
    link.downs += 1
    state.at(state.now + link.mttr, CAPACITY, link.number, "up")
    if link.mttr > link.grace:  # down for longer than the grace
        state.at(state.now + link.grace, FAILURE, link.number, "lost", link.downs)
    return True


def lose(state: State, link: Link) -> bool:
    """Every job on cores at one end that holds a token from the other loses it; False: there is none."""
    losers = [job for job in state.running if any(state.model.way(pool, job.site) is link for pool in job.check_out)]
    for job in sorted(losers, key=lambda job: job.index):
        state.count("lost tokens")
        if link.lost == "suspend":
            suspend(state, job, keep_tokens=False)
        else:
            kill(state, job)
    return bool(losers)


def kill(state: State, job: Job) -> None:
    """As a failing node: the job starts again, from its last checkpoint or from nothing."""
    rule = state.policy.preemption
    _, checkpoint = reached(job, rule, state.now)
    state.stop_clock(job)
    state.release(job)
    state.come_back(job, checkpoint if rule.kind.startswith("checkpoint") else 0)
