"""How far a running job is: work, checkpoints written on the way, and what ends it.

What a job does from the begin of its work is measured by its own clock, which runs at the rate that the storage of its
site allows (see `storage`), without storage at one tick a tick.
"""

import math

from farm.model import Job
from farm.places import UNIT
from farm.policy import Policy, Preemption


def elapsed(job: Job, now: int) -> int:
    """Whole ticks on the job's clock since the begin of its work."""
    return (job.clock + job.rate * (now - job.clock_at)) // UNIT


def when(job: Job, ticks: int) -> int:
    """The first tick at which the job's clock has reached so many ticks."""
    return job.clock_at + max(0, -(-(ticks * UNIT - job.clock) // job.rate))


def reached(job: Job, rule: Preemption, now: int) -> tuple[int, int]:
    """Progress at `now` and the progress of the last whole checkpoint (or what the attempt began with)."""
    if job.working_since is None:
        return 0, 0
    worked = max(0, elapsed(job, now) - job.lead)
    if rule.period is None:
        return job.progress + worked, job.progress
    cycles, rest = divmod(worked, rule.period + rule.write)
    kept = job.progress + cycles * rule.period
    return kept + min(rest, rule.period), kept


def time_to(job: Job, rule: Preemption, target: int) -> int:
    """Ticks of the clock to a progress; no checkpoint is written at the target itself."""
    work = target - job.progress
    writes = max(0, work - 1) // rule.period if rule.period is not None else 0
    return job.lead + work + writes * rule.write


def memory_runs_out(job: Job, policy: Policy) -> int | None:
    """The progress at which the job's memory passes its request."""
    if policy.memory.limit != "enforced" or job.peak <= job.memory:
        return None
    return max(1, math.floor(policy.memory.ramp * job.duration * job.memory / job.peak + 0.5))


def next_end(job: Job, policy: Policy) -> tuple[int, str] | None:
    """When and how the job ends if left alone: "end", "wall" or "oom". Completion wins ties, then the wall time."""
    wall = job.estimated_end if policy.kill_at_request else None
    if job.working_since is None:
        return None if wall is None else (wall, "wall")
    crossing = memory_runs_out(job, policy)
    if crossing is not None and crossing < job.duration:
        time = when(job, time_to(job, policy.preemption, crossing))
        return (wall, "wall") if wall is not None and wall <= time else (time, "oom")
    time = when(job, time_to(job, policy.preemption, job.duration))
    return (wall, "wall") if wall is not None and wall < time else (time, "end")
