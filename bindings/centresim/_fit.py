"""Laws fitted to a table of jobs."""

from __future__ import annotations

import datetime
import os
from typing import TYPE_CHECKING

from . import _core
from ._files import AnyPath, encoded
from ._scenario import Scenario

if TYPE_CHECKING:
    import pandas

_ENDINGS = {".swf": "swf", ".csv": "jobs", ".acct": "lsf"}


class FittedJobs:
    """What :func:`centresim.design.fit` gives: a scenario, and how well its laws fit."""

    def __init__(self, fitted: _core.FittedJobs) -> None:
        self._fitted = fitted
        self.scenario = Scenario(fitted.scenario)

    @property
    def laws(self) -> pandas.DataFrame:
        """One row for each quantity of each stream.

        - ``stream``, ``quantity``: the field of :class:`JobStream` that was fitted.
        - ``law``, ``parameters``: the law that was chosen, and as a scenario says it.
        - ``n``: observations; ``ks``: Kolmogorov-Smirnov distance between them and the law.
        - ``observed_mean``, ``law_mean``: in ``unit``; of a run time after it is cut at ``run_max``.
        - ``badly``: no law comes closer than 0.1; the values as seen, in classes, stand in.
        - ``next_law``, ``next_parameters``, ``next_ks``: the next best law (where ``badly``: the best one), and by how
          much its Akaike criterion is larger: ``next_aic``.
        """
        import pandas

        return pandas.DataFrame(self._fitted.laws)

    @property
    def streams(self) -> pandas.DataFrame:
        """One row for each stream: its jobs and core-hours in the table, and what is expected of the fitted stream."""
        import pandas

        return pandas.DataFrame(self._fitted.streams)

    @property
    def notes(self) -> list[str]:
        """What is worth knowing: what was left out or assumed, where the offered load differs."""
        return self._fitted.notes

    def save(self, path: AnyPath) -> None:
        """Write the scenario as TOML with a comment to each law, or as JSON where the name ends so."""
        self._fitted.save(encoded(path))

    def to_toml(self) -> str:
        """The scenario as TOML with a comment to each law."""
        return self._fitted.to_toml()

    def __repr__(self) -> str:
        return "\n".join(self._fitted.report)


def fit(
    path: AnyPath,
    *,
    processors: int,
    policy: str = "fcfs",
    format: str | None = None,
    start: str | datetime.datetime | datetime.date | None = None,
) -> FittedJobs:
    """A scenario whose jobs are random streams, with laws fitted to a table of jobs.

    Parameters
    ----------
    path
        Standard Workload Format, a table of jobs (CSV), output of ``sacct -P``, or ``lsb.acct``; plain or packed by
        gzip. All jobs count; memory does not grow with their number (accounting records: about 120 bytes a job).
    processors, policy
        As for :func:`read_swf`.
    format
        ``swf``, ``jobs``, ``sacct`` or ``lsf``; None: by the ending of the name (``.swf``, ``.csv``, ``.acct``).
    start
        Date and time at time 0 of the table, for the hours of the week; None: as the file says, else a Monday at 0:00.

    Raises InputError with file and line of up to 100 faults, IoError where the file cannot be read.
    """
    if format is None:
        name = os.fsdecode(os.fspath(path)).lower().removesuffix(".gz")
        format = next((value for ending, value in _ENDINGS.items() if name.endswith(ending)), None)
        if format is None:
            raise ValueError(f"format: must be given for {name!r}: swf, jobs, sacct or lsf")
    if isinstance(start, datetime.datetime):
        text = start.strftime("%Y-%m-%dT%H:%M:%S")
    else:
        text = "" if start is None else str(start)
    return FittedJobs(_core.fit_jobs(format, encoded(path), processors, policy, text))
