"""What a result says of single lots and tools; what answers is loaded when somebody asks."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, cast, overload

from . import _core
from ._errors import InputError, Issue
from ._files import AnyPath, encoded

if TYPE_CHECKING:
    from datetime import timedelta

    from ._explain import LotTimes
    from ._moment import LotMoment
    from ._project_times import ProjectTimes
    from ._result import Result


def replication_of(result: Result, replication: object) -> int:
    """The number of a replication that the result has. Raises TypeError and InputError."""
    try:
        number = operator.index(replication)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"replication: must be a whole number, not {replication!r}") from None
    if not 0 <= number < result.replications:
        rule = f"must be from 0 to {result.replications - 1}"
        raise InputError(f"replication: {number}: {rule}", [Issue(path="replication", value=str(number), rule=rule)])
    return number


class Explained:
    """What a result says of single lots and tools; a part of :class:`Result`."""

    _tree: _core.Tree

    @overload
    def explain(self, lot: str, replication: int = 0, *, at: None = None) -> LotTimes: ...

    @overload
    def explain(self, lot: str, replication: int = 0, *, at: str | float | _core.Duration | timedelta) -> LotMoment: ...

    def explain(self, lot: str, replication: int = 0, *, at: object = None) -> LotTimes | LotMoment:
        """Where the time of a lot went; with ``at`` where it is at that moment, and why.

        ``explain("A.17")`` needs the trace of lots. ``explain("A.17", at="12.5 d")`` runs the replication again up to
        that moment (a bare number is in days) and says of every tool that could take the lot why it has not: it needs
        no trace, but a release of the same model version as the one that made the result. Print what comes back, or
        take its ``table``.

        Raises LookupError for a lot that is not there, ValueError for a result without a trace, InputError for a
        replication or a moment outside of the run.
        """
        from ._explain import lot_times
        from ._moment import lot_moment

        result = cast("Result", self)
        if not isinstance(lot, str):
            raise TypeError(f"the name of a lot is a text such as 'A.17', not {lot!r}")
        if "design/projects" in self._tree.paths() and lot in self._tree.variable("design/projects", "project").values:
            raise LookupError(
                f"{lot!r} is a kind of project: explain_project({lot!r}, number) tells where its time went"
            )
        if "fab" not in self._tree.paths():
            raise ValueError("the scenario of this result has no fab, and so no lots")
        number = replication_of(result, replication)
        return lot_times(result, lot, number) if at is None else lot_moment(result, lot, number, at)

    def explain_project(self, project: str, number: int = 0, replication: int = 0) -> ProjectTimes:
        """Where the time of a project went: its critical path, days by cause, and what it cost.

        ``number`` counts the projects of that kind, from 0. Needs the trace of tasks (``run(..., trace=["tasks"])``).
        Print what comes back, or take its ``table``.

        Raises LookupError for a project that is not there or has not ended, ValueError for a result without a trace,
        InputError for a replication outside of the run.
        """
        from ._project_times import project_times

        result = cast("Result", self)
        if not isinstance(project, str):
            raise TypeError(f"the name of a project is a text, not {project!r}")
        return project_times(result, project, number, replication_of(result, replication))

    def gantt(self, path: AnyPath, replication: int = 0) -> None:
        """Write the traces of one replication as a Gantt chart, whole or not at all.

        A file in the Chrome trace format (JSON): https://ui.perfetto.dev and chrome://tracing show it, a row for each
        tool, for each kind of job at each site of a farm, for each task of a project. Needs the trace of lots, of
        tools, of jobs or of tasks.
        """
        _core.write_gantt(self._tree, encoded(path), replication_of(cast("Result", self), replication))
