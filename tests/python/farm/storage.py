"""Storage that the jobs at work at a site share: how fast each of them gets on."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from farm.places import UNIT

if TYPE_CHECKING:
    from farm.model import Job
    from farm.state import State


def at_work(state: State, site: int) -> list[Job]:
    return [job for job in state.running if job.site == site and job.working_since is not None]


def rate(job: Job, load: int, bandwidth: Fraction | None) -> int:
    """Units of 2^-32 ticks a tick, with so much asked for (kB/s) of so much bandwidth."""
    rho = Fraction(1) if bandwidth is None else max(Fraction(1), load / bandwidth)
    return math.floor(UNIT / (1 - job.share + job.share * rho) + Fraction(1, 2))


def adapt(state: State, site: int) -> None:
    """New rates after a begin or end of work at the site; the ends that they move are set anew."""
    bandwidth = state.model.sites[site].storage
    if bandwidth is None:
        return
    working = at_work(state, site)
    load = sum(job.load for job in working)
    for job in working:
        new = rate(job, load, bandwidth)
        if new != job.rate or job.clock_at == state.now:
            job.clock += job.rate * (state.now - job.clock_at)
            job.clock_at, job.rate = state.now, new
            state.schedule(job)
            if new < UNIT:
                state.count("slowed")
