"""Where the time of one project went, from the trace of tasks of a result."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas
    import xarray

    from ._result import Result

_TRACE = "design/trace/tasks"
_PROJECTS = "design/trace/projects"
_DAY = 86_400_000.0  # ms


class ProjectTimes:
    """The critical path of a project: the tasks each of which waited for the one before, from start to end.

    ``table`` has a row for each stretch: the task, how often it had been done before, when it began to wait and when
    the next one did (days), and what the time went into. ``causes`` sums them; ``total`` is the whole in days.
    ``cost`` is what the project itself was paid for within the measured window: engineers while given to it, seats on
    shuttles, outside work (money; licences and machines are those of the floor).
    """

    def __init__(
        self, name: str, table: pandas.DataFrame, cost: pandas.Series[float], began_before: bool = False
    ) -> None:
        self.name = name
        self.table = table
        self.cost = cost
        self._began_before = began_before  # the window

    @property
    def causes(self) -> pandas.Series[float]:
        """Days by cause, largest first; what was done again is `rework`."""
        days = self.table.drop(columns=["task", "again", "from", "until"])
        first = days[self.table["again"] == 0].sum()
        first["rework"] = float(days[self.table["again"] > 0].to_numpy().sum())
        return first[first > 0].sort_values(ascending=False)

    @property
    def total(self) -> float:
        """Days from the start of the project to its end."""
        return float(self.table["until"].iloc[-1] - self.table["from"].iloc[0])

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.total:.1f} d"]
        lines += [
            f"  {cause:14} {days:8.1f} d  {100 * days / self.total:5.1f} %" for cause, days in self.causes.items()
        ]
        if self.cost.sum() > 0:
            parts = ", ".join(f"{part} {money:,.0f}" for part, money in self.cost.items())
            late = " from the end of the warm-up on" if self._began_before else ""
            lines.append(f"its cost{late}: {self.cost.sum():,.0f} ({parts})")
        lines += ["its way:"]
        for row in self.table.to_dict("records"):
            again = f" (again, {row['again']})" if row["again"] else ""
            lines.append(f"  {row['from']:9.1f} to {row['until']:9.1f} d  {row['task']}{again}")
        return "\n".join(lines)


def _column(data: xarray.DataTree | xarray.DataArray, name: str) -> np.ndarray:
    return np.asarray(data[name])


def _spent(spent: np.ndarray, length: np.ndarray, names: list[str]) -> np.ndarray:
    """Time by cause of the stretches; what had not ended when the next began waited for bugs to be found."""
    open_ended = spent.sum(axis=1) != length
    spent = spent.copy()
    spent[open_ended] = 0
    spent[open_ended, names.index("verification")] = length[open_ended]
    return spent


def _trace(result: Result) -> xarray.DataTree | xarray.DataArray:
    if _TRACE not in result._tree.paths():
        raise ValueError('the result holds no trace of tasks: run it with trace=["tasks"]')
    return result.to_xarray()[_TRACE]


def _cost(result: Result, kind: int, number: int, replication: int) -> pandas.Series[float]:
    import pandas as pd

    data = result.to_xarray()[_PROJECTS]
    row = (
        (_column(data, "replication_index") == replication)
        & (_column(data, "project") == kind)
        & (_column(data, "number") == number)
    )
    parts = ("people", "shuttles", "outside")
    return pd.Series({part: float(_column(data, f"{part}_cost")[row][0]) for part in parts}, dtype=float)


def ended_projects(result: Result, replication: int) -> list[tuple[str, int]]:
    """Kind and number of the projects of a replication that ended within the run, in the order in which they began."""
    data = _trace(result)
    chosen = (_column(data, "replication_index") == replication) & (_column(data, "on_path") == 1)
    kinds = [str(name) for name in _column(data, "project_name")]
    pairs = zip(_column(data, "project")[chosen], _column(data, "number")[chosen], strict=True)
    return [(kinds[kind], int(number)) for kind, number in dict.fromkeys(pairs)]


def project_times(result: Result, project: str, number: object, replication: int) -> ProjectTimes:
    """Raises LookupError for a project that is not there or has not ended, ValueError where the trace is missing."""
    import pandas as pd

    try:
        count = operator.index(number)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"number: must be a whole number, not {number!r}") from None
    data = _trace(result)
    kinds = [str(name) for name in _column(data, "project_name")]
    if project not in kinds:
        raise LookupError(f"there is no project {project!r} (there are: {', '.join(kinds)})")
    of_project = (_column(data, "replication_index") == replication) & (
        _column(data, "project") == kinds.index(project)
    )
    chosen = of_project & (_column(data, "number") == count)
    if not chosen.any():
        begun = len(np.unique(_column(data, "number")[of_project]))
        raise LookupError(f"replication {replication} has no project {project!r} number {count}: {begun} began, from 0")
    chosen &= _column(data, "on_path") == 1
    if not chosen.any():
        raise LookupError(f"project {project!r} number {count} has not ended within the run")
    rows = np.flatnonzero(chosen)
    # By release; of those released at one instant the one that ended first came first.
    released, ended = _column(data, "released")[rows], _column(data, "ended")[rows]
    order = np.lexsort((np.arange(len(rows)), np.where(ended < 0, np.iinfo(np.int64).max, ended), released))
    rows, released, ended = rows[order], released[order], ended[order]
    until = np.append(released[1:], ended[-1])
    names = [str(name) for name in _column(data, "cause")]
    spent = _spent(_column(data, "spent")[rows], until - released, names)
    tasks = _column(data, "task_name")[_column(data, "task")[rows]]
    table = pd.DataFrame(
        {"task": tasks, "again": _column(data, "again")[rows], "from": released / _DAY, "until": until / _DAY}
    )
    for i, name in enumerate(names):
        table[name] = spent[:, i] / _DAY
    table = table.drop(columns=[n for n in names if n == "rework"])
    start = float(result.to_xarray()["design"]["window_start"].to_numpy()[replication])
    cost = _cost(result, kinds.index(project), count, replication)
    return ProjectTimes(f"{project} number {count}", table, cost, float(released[0]) < start)
