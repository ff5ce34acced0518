"""Which point of a sweep is best, with as few replications as that takes."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _core

if TYPE_CHECKING:
    import pandas

    from ._progress import Progress
    from ._select_elsewhere import Elsewhere

METHODS = ("kim-nelson", "ocba")
_DIRECTIONS = ("higher", "lower")


class Selection:
    """The best of several points by one key figure: :meth:`Sweep.select` makes one.

    ``best`` is the number of the point that was selected, None where the replications allowed were not enough or the
    run was interrupted; ``values`` are its values. ``kpi``, ``unit`` and ``better`` say by which figure.
    """

    def __init__(self, points: Sequence[Mapping[str, Any]], paths: Sequence[str], found: Mapping[str, Any]) -> None:
        self._points = [dict(point) for point in points]
        self._paths = list(paths)
        self._systems = found["systems"]
        self.best: int | None = found["best"]
        self.kpi: str = found["kpi"]
        self.unit: str = found["unit"]
        self.better: str = found["better"]
        self.interrupted: bool = found["interrupted"]

    @property
    def values(self) -> dict[str, Any] | None:
        """What the selected point gives its paths; None where none is selected."""
        return None if self.best is None else dict(self._points[self.best])

    @property
    def failures(self) -> dict[int, str]:
        """Points that took no part, by number: their model cannot go on, or they do not have the figure."""
        return {i: failure for i, (_, _, failure) in enumerate(self._systems) if failure}

    @property
    def replications(self) -> int:
        """That were looked at, of all points together."""
        return sum(len(values) for values, _, _ in self._systems)

    @property
    def table(self) -> pandas.DataFrame:
        """A row a point, the best mean on top.

        The values; ``mean`` and ``half_width`` of the plain 95 % interval over the ``n`` replications that were looked
        at; ``state``: "selected", "in", "dropped", or "failed". A point that was dropped early has a wide interval:
        that is where replications were saved.
        """
        import pandas

        rows = []
        for i, (values, still_in, failure) in enumerate(self._systems):
            mean, low, high, _, n = _core.estimate(values) if values else (math.nan,) * 4 + (0,)
            state = "failed" if failure else "selected" if i == self.best else "in" if still_in else "dropped"
            rows.append([*self._points[i].values(), mean, (high - low) / 2, n, state])
        columns = [*self._paths, "mean", "half_width", "n", "state"]
        table = pandas.DataFrame(rows, columns=columns).rename_axis("point")
        return table.sort_values("mean", ascending=self.better == "lower", kind="stable")

    def __repr__(self) -> str:
        if self.best is None:
            answer = "interrupted" if self.interrupted else "not decided"
        else:
            values = (f"{path} = {value}" for path, value in self._points[self.best].items())
            answer = f"point {self.best}, " + ", ".join(values)
        count = f"{len(self._systems)} points, {self.replications} replications"
        count += f", {len(self.failures)} failed" if self.failures else ""
        return f"<centresim.Selection by {self.kpi} ({self.better} is better): {answer}; {count}>"

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(repr(self))}</p>" + str(self.table.head(20).to_html(float_format="{:.4g}".format))


def select(
    scenarios: Sequence[_core.Scenario],
    points: Sequence[Mapping[str, Any]],
    paths: Sequence[str],
    kpi: str,
    labels: Mapping[str, str],
    *,
    method: str,
    better: str | None,
    indifference: float | None,
    budget: int | None,
    progress: Progress | None,
    elsewhere: Elsewhere | None,
    threads: int,
    **others: Any,
) -> Selection:
    """What :meth:`Sweep.select` does once its points are scenarios."""
    if method not in METHODS:
        raise ValueError(f"method: {method!r} is none of {', '.join(METHODS)}")
    if better is not None and better not in _DIRECTIONS:
        raise ValueError(f"better: {better!r} is none of {', '.join(_DIRECTIONS)}")
    if not isinstance(kpi, str):
        raise TypeError(f"the name of a KPI is a text such as 'fab.cycle_time', not {kpi!r}")
    for key, label in labels.items():
        if not isinstance(label, str):
            raise TypeError(f"{key}: a label is a text, not {label!r}")
    if indifference is not None and (isinstance(indifference, bool) or not isinstance(indifference, numbers.Real)):
        raise TypeError(f"indifference: must be a number, not {indifference!r}")
    if method == "kim-nelson" and budget is not None:
        raise ValueError("budget: is for method='ocba'; kim-nelson takes an indifference zone, and at_most")
    if method == "ocba" and (indifference is not None or budget is None):
        raise ValueError("method='ocba' takes a budget, the replications of all points together, and no indifference")
    if method == "kim-nelson" and indifference is None:
        raise ValueError("indifference: how much better another point must be to matter, in the unit of the figure")
    found = _core.select_best(
        systems=list(scenarios),
        kpi=kpi,
        labels=list(labels.items()),
        method=method,
        better=better or "",
        indifference=float(indifference or 0),
        budget=budget or 0,
        progress=progress,
        workers=elsewhere,
        threads=threads if elsewhere is None else min(elsewhere.width, 1024),
        **others,
    )
    return Selection(points, paths, found)
