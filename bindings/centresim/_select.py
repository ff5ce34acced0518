"""Which point of a sweep is best, with as few replications as that takes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core

if TYPE_CHECKING:
    import pandas

    from ._progress import Progress
    from ._scenario import Scenario
    from ._select_elsewhere import Elsewhere

METHODS = ("kim-nelson", "ocba")
UNCHANGED = "(base)"  # the value of a path that a listed point does not give
_DIRECTIONS = ("higher", "lower")
_NUMBERS = ("mean", "half_width", "n", "difference", "low", "high")


def point_text(point: Mapping[str, Any]) -> str:
    """The values of a point, without those that stay as they are."""
    return ", ".join(f"{path} = {value}" for path, value in point.items() if value != UNCHANGED) or "as the base"


class Question(NamedTuple):
    """What was asked, and how sure the answer is to be."""

    method: str
    indifference: float | None
    confidence: float
    budget: int | None


class Selection:
    """The best of several points by one key figure: :meth:`Sweep.select` makes one.

    ``best`` is the number of the point that was selected, None where the replications allowed were not enough or the
    run was interrupted; ``values`` are its values, ``scenario`` is what they make of the base. ``kpi``, ``unit`` and
    ``better`` say by which figure, ``question`` what was asked.
    """

    def __init__(
        self,
        base: Scenario,
        points: Sequence[Mapping[str, Any]],
        paths: Sequence[str],
        found: Mapping[str, Any],
        question: Question,
    ) -> None:
        self._base = base
        self._points = [dict(point) for point in points]
        self._paths = list(paths)
        self._systems = found["systems"]
        self.best: int | None = found["best"]
        self.kpi: str = found["kpi"]
        self.unit: str = found["unit"]
        self.better: str = found["better"]
        self.interrupted: bool = found["interrupted"]
        self.question = question

    @property
    def values(self) -> dict[str, Any] | None:
        """What the selected point gives its paths, without those that stay as they are; None where none is selected."""
        if self.best is None:
            return None
        return {path: value for path, value in self._points[self.best].items() if value != UNCHANGED}

    @property
    def scenario(self) -> Scenario | None:
        """The base with the values of the selected point; None where none is selected."""
        values = self.values
        return None if values is None else self._base.with_(values)

    @property
    def failures(self) -> dict[int, str]:
        """Points that took no part, by number: they cannot keep up or go on, or do not have the figure."""
        return {i: failure for i, (_, _, failure) in enumerate(self._systems) if failure}

    @property
    def replications(self) -> int:
        """That were looked at, of all points together."""
        return sum(len(values) for values, _, _ in self._systems)

    @property
    def table(self) -> pandas.DataFrame:
        """A row a point: the selected one, then by their means; where none is selected, the leader is on top.

        The values; ``mean`` and ``half_width`` of the plain 95 % interval over the ``n`` replications that were looked
        at: a point that was dropped early has few, and its mean may come out better than that of the selected one.
        ``difference`` from the row on top and its 95 % interval ``low`` to ``high``, replication by replication over
        those that both have (nan for ``"ocba"``, whose points share no random numbers); ``state``: "selected", "in",
        "dropped", or "failed".
        """
        import pandas

        rows = [self._row(i) for i in range(len(self._systems))]
        columns = [*self._paths, *_NUMBERS, "state"]
        table = pandas.DataFrame(rows, columns=columns).rename_axis("point")
        table = table.sort_values("mean", ascending=self.better == "lower", kind="stable")
        ahead = {"selected": 0, "in": 1, "dropped": 2, "failed": 3}
        if self.best is not None:
            ahead["dropped"] = 1
        table = table.loc[table["state"].map(ahead).sort_values(kind="stable").index]
        for i in table.index:
            table.loc[i, ["difference", "low", "high"]] = self._difference(i, int(table.index[0]))
        return table

    def _row(self, i: int) -> list[Any]:
        values, still_in, failure = self._systems[i]
        mean, low, high, _, n = _core.estimate(values) if values else (math.nan,) * 4 + (0,)
        state = "failed" if failure else "selected" if i == self.best else "in" if still_in else "dropped"
        return [*self._points[i].values(), mean, (high - low) / 2, n, *(math.nan,) * 3, state]

    def _difference(self, i: int, top: int) -> tuple[float, float, float]:
        values, best = self._systems[i][0], self._systems[top][0]
        n = min(len(values), len(best))
        if i == top or n == 0 or self.question.method == "ocba":
            return (math.nan,) * 3
        mean, low, high, _, _ = _core.estimate([a - b for a, b in zip(values[:n], best[:n], strict=True)])
        return mean, low, high

    def __repr__(self) -> str:
        if self.best is None:
            answer = "interrupted" if self.interrupted else "not decided"
        else:
            answer = f"point {self.best}, {point_text(self._points[self.best])}"
        count = f"{len(self._systems)} points, {self.replications} replications"
        count += f", {len(self.failures)} failed" if self.failures else ""
        sure = "ocba: no promise"
        if self.question.method != "ocba":
            sure = (
                f"confidence {self.question.confidence:.4g}, indifference {self.question.indifference:.4g} {self.unit}"
            )
        return f"<centresim.Selection by {self.kpi} ({self.better} is better): {answer}; {count}; {sure}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>" + str(self.table.head(20).to_html(float_format="{:.4g}".format))


def select(
    base: Scenario,
    description: _core.SweepDescription,
    kpi: str,
    labels: Mapping[str, str],
    *,
    method: str,
    better: str | None,
    indifference: float | None,
    confidence: float,
    budget: int | None,
    progress: Progress | None,
    elsewhere: Callable[[Sequence[Mapping[str, Any]]], Elsewhere] | None,
    threads: int,
    **others: Any,
) -> tuple[Selection, str]:
    """What :meth:`Sweep.select` does, and why its workers broke. ``elsewhere``: makes those of these points."""
    _check(kpi, labels, method, better, budget)
    if method == "ocba" and (indifference is not None or budget is None):
        raise ValueError("method='ocba' takes a budget, the replications of all points together, and no indifference")
    if method == "kim-nelson" and indifference is None:
        raise ValueError("indifference: how much better another point must be to matter, in the unit of the figure")
    question = Question(
        method,
        None if method == "ocba" else _number("indifference", indifference),
        _number("confidence", confidence),
        budget,
    )
    points = description.points()
    scenarios, overloaded = description.resolve_runnable(base)
    if not scenarios:
        description.resolve(base)  # raises: no point can keep up
    numbers = [number for number, _ in scenarios]
    workers = None if elsewhere is None else elsewhere([points[number] for number in numbers])
    found = _core.select_best(
        systems=[scenario for _, scenario in scenarios],
        kpi=kpi,
        labels=list(labels.items()),
        method=method,
        better=better or "",
        indifference=question.indifference or 0.0,
        confidence=question.confidence,
        budget=budget or 0,
        progress=progress,
        workers=workers,
        numbers=numbers if overloaded else [],
        threads=threads if workers is None else min(workers.width, 1024),
        **others,
    )
    systems = dict(zip(numbers, found["systems"], strict=True))
    systems |= {number: ([], False, reason) for number, reason in overloaded}
    found["systems"] = [systems[number] for number in range(len(points))]
    found["best"] = None if found["best"] is None else numbers[found["best"]]
    if not found["kpi"]:  # it ended before any point had the figure
        found |= {"kpi": kpi, "better": better or found["better"]}
    result = Selection(base, points, description.paths, found, question)
    return result, workers.broken if workers is not None else ""


def _number(name: str, value: object) -> float:
    if isinstance(value, bool | str | bytes) or not hasattr(value, "__float__"):
        raise TypeError(f"{name}: must be a number, not {value!r}")
    return float(value)


def _check(kpi: object, labels: Mapping[str, object], method: str, better: str | None, budget: int | None) -> None:
    if method not in METHODS:
        raise ValueError(f"method: {method!r} is none of {', '.join(METHODS)}")
    if better is not None and better not in _DIRECTIONS:
        raise ValueError(f"better: {better!r} is none of {', '.join(_DIRECTIONS)}")
    if not isinstance(kpi, str):
        raise TypeError(f"the name of a KPI is a text such as 'fab.cycle_time', not {kpi!r}")
    for key, label in labels.items():
        if not isinstance(label, str):
            raise TypeError(f"{key}: a label is a text, not {label!r}")
    if method == "kim-nelson" and budget is not None:
        raise ValueError("budget: is for method='ocba'; kim-nelson takes an indifference zone, and at_most")
