"""Input types of a chip-design floor: compute farm, licences, jobs, scheduling policy; engineers, projects, shuttles.

Times are text with a unit (``"45 min"``), plain numbers in the unit that the field documents, a ``Duration`` or a
``datetime.timedelta``; laws come from ``centresim.exponential`` and its like, or as text.
"""

from __future__ import annotations

import operator

from . import _core
from ._core.design import Account as Account
from ._core.design import Block as Block
from ._core.design import Bugs as Bugs
from ._core.design import Calendar as Calendar
from ._core.design import Dataset as Dataset
from ._core.design import Drain as Drain
from ._core.design import Fairshare as Fairshare
from ._core.design import Feature as Feature
from ._core.design import Floor as Floor
from ._core.design import Flow as Flow
from ._core.design import Job as Job
from ._core.design import JobStream as JobStream
from ._core.design import Link as Link
from ._core.design import Memory as Memory
from ._core.design import NodeClass as NodeClass
from ._core.design import Partition as Partition
from ._core.design import Policy as Policy
from ._core.design import Preemption as Preemption
from ._core.design import Profile as Profile
from ._core.design import Project as Project
from ._core.design import Provider as Provider
from ._core.design import Return as Return
from ._core.design import Shuttle as Shuttle
from ._core.design import Site as Site
from ._core.design import Skill as Skill
from ._core.design import Staffing as Staffing
from ._core.design import Stage as Stage
from ._core.design import Task as Task
from ._core.design import Team as Team
from ._core.design import Trace as Trace
from ._files import AnyPath, encoded
from ._fit import FittedJobs as FittedJobs
from ._fit import fit as fit
from ._result import Result
from ._scenario import Scenario

__all__ = [
    "Account",
    "Block",
    "Bugs",
    "Calendar",
    "Dataset",
    "Drain",
    "Fairshare",
    "Feature",
    "FittedJobs",
    "Floor",
    "Flow",
    "Job",
    "JobStream",
    "Link",
    "Memory",
    "NodeClass",
    "Partition",
    "Policy",
    "Preemption",
    "Profile",
    "Project",
    "Provider",
    "Return",
    "Shuttle",
    "Site",
    "Skill",
    "Staffing",
    "Stage",
    "Task",
    "Team",
    "Trace",
    "fit",
    "read_jobs",
    "read_swf",
    "write_jobs",
    "write_swf",
]


def read_swf(path: AnyPath, *, processors: int, policy: str = "fcfs") -> Scenario:
    """A scenario that replays a trace in the Standard Workload Format on a pool of processors, to its last job.

    Jobs run as long as the trace says, beyond their requested time too (``policy.kill_at_request`` changes that). The
    file, plain or packed by gzip, stays where it is and is read while it is simulated; the scenario holds its SHA-256.

    Parameters
    ----------
    processors
        Size of the farm.
    policy
        ``fcfs``, ``fcfs_skip``, ``easy``, ``conservative``, ``conservative_keep``, ``sjf``, ``sjf_exact``,
        ``sjf_predicted``, ``ljf``, ...: where to begin; every part of it can be changed by ``with_``.

    Raises InputError with file and line of up to 100 faults, IoError where the file cannot be read.
    """
    return Scenario(_core.read_job_trace(encoded(path), "swf", processors, policy))


def read_jobs(path: AnyPath, *, processors: int, policy: str = "fcfs") -> Scenario:
    """The same for a table of jobs (CSV with the fields of :class:`Job` as columns)."""
    return Scenario(_core.read_job_trace(encoded(path), "csv", processors, policy))


def write_swf(result: Result, path: AnyPath, *, replication: int = 0) -> None:
    """Write what became of the jobs of one replication in the Standard Workload Format.

    The result must hold its jobs (``run(..., trace=["jobs"])``). Fields 1-5, 7-13 and 15; times in seconds, exact to a
    millisecond, memory in kB per processor. Wait and run time are those of the last start, so that the file replays to
    the same schedule; jobs that never ran have the run time -1. The file appears whole or not at all.
    """
    _core.write_swf(result._tree, encoded(path), operator.index(replication))


def write_jobs(scenario: Scenario, path: AnyPath, *, seed: int = 1, replication: int = 0) -> int:
    """Write the jobs that a scenario submits, without simulating them; gives how many.

    ``.csv``: the table that :func:`read_jobs` reads; ``.swf``: the Standard Workload Format, waits not known. They
    are the jobs that ``scenario.run(seed=seed)`` has in that replication. Memory does not grow with their number.
    """
    return _core.write_jobs(scenario, operator.index(seed), operator.index(replication), encoded(path))
