"""How sure an answer is: warm-up, long runs, quantiles, precision, comparisons.

All of it works on plain numbers, so it serves values from elsewhere as well. Missing values are NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from . import _core
from ._fitted_curve import CurveValue, FittedCurve

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

__all__ = [
    "BatchMeans",
    "CurveValue",
    "FittedCurve",
    "Needed",
    "Quantile",
    "WarmUp",
    "batch_means",
    "compare",
    "enough_replications",
    "fit_operating_curve",
    "quantile",
    "quantile_of_samples",
    "replications_needed",
    "warm_up",
]


class WarmUp(NamedTuple):
    """What MSER-5 says of a series: see :func:`warm_up`."""

    truncation: int
    refusal: str
    left_out: list[int]
    statistic: list[float]

    def plot(self, ax: Axes | None = None) -> Axes:
        """The statistic over the observations left out; its minimum is the truncation."""
        import matplotlib.pyplot as plt

        ax = plt.subplots(figsize=(7, 3.5), layout="constrained")[1] if ax is None else ax
        ax.plot(self.left_out, self.statistic)
        ax.set_xlabel("observations left out")
        ax.set_ylabel("squared standard error of the rest")
        if self.refusal:
            ax.set_title(self.refusal, fontsize="medium", loc="left")
        else:
            ax.axvline(self.truncation, color="C3", linestyle="--")
        return ax


def warm_up(series: Sequence[float] | Sequence[Sequence[float]]) -> WarmUp:
    """How many observations of the beginning to leave out, by MSER-5 (White 1997).

    ``series``: one, or better several replications of it, which are averaged first: in a single run chance hides the
    drift. ``truncation`` counts observations and is to be used where ``refusal`` is empty: a series that is too short,
    or drifts to its end, is refused. Raises ValueError where a value is infinite.
    """
    several: Any = series if _is_nested(series) else [series]
    rows = [list(map(float, row)) for row in several]
    return WarmUp(**_core.mser5(_core.average_series(rows)))


class BatchMeans(NamedTuple):
    """The mean of one long run: see :func:`batch_means`."""

    mean: float
    low: float
    high: float
    batches: int
    batch_size: int
    left_out: int
    lag_1: float
    von_neumann: float
    refusal: str


def batch_means(run: Iterable[float], batches: int = 20) -> BatchMeans:
    """Mean and 95 % interval of one long run, its warm-up left out, from 20 to 30 batches.

    ``lag_1`` is the correlation of neighbouring batches. Where von Neumann's ratio finds them alike there is no
    interval and ``refusal`` says so: the run must be longer. Raises ValueError for another number of batches.
    """
    return BatchMeans(**_core.batch_means(list(map(float, run)), batches))


class Quantile(NamedTuple):
    """A quantile with its 95 % interval; NaN and ``refusal`` where there is none."""

    value: float
    low: float
    high: float
    n: int
    refusal: str


def quantile(values: Iterable[float], p: float) -> Quantile:
    """The p-quantile of independent values, one a replication, with an interval from order statistics.

    It holds whatever the law of the values. Refused where they are too few: 6 for the median, 72 for p = 0.95.
    Raises ValueError where p is not between 0 and 1.
    """
    return Quantile(**_core.quantile_of_replications(list(map(float, values)), p))


def quantile_of_samples(replications: Iterable[Iterable[float]], p: float) -> Quantile:
    """The p-quantile of many values in each replication, such as the cycle times of its lots, by sectioning."""
    return Quantile(**_core.quantile_of_samples([list(map(float, row)) for row in replications], p))


class Needed(NamedTuple):
    """How many replications an answer takes; ``refusal`` where that cannot be told."""

    in_all: int
    more: int
    refusal: str


def replications_needed(values: Iterable[float], within: float, *, relative: bool = True) -> Needed:
    """How many replications bring the half width of the 95 % interval down to ``within``.

    ``within``: a share of the mean (0.02: ±2 %), or with ``relative=False`` a number in the unit of the values.
    Foreseen from the spread of the values: roughly, as long as they are few. Raises ValueError where ``within`` makes
    no sense.
    """
    return Needed(*_core.replications_needed(list(map(float, values)), within, relative))


def enough_replications(
    values: Iterable[float], within: float, *, relative: bool = True, at_least: int = 10
) -> int | None:
    """The first number of replications at which the mean is that precise; None: it takes more.

    Looked at after every replication in order, so that the answer does not depend on how many were run at once.
    """
    return _core.enough_replications(list(map(float, values)), within, relative, at_least)


def compare(
    systems: Mapping[str, Iterable[float]] | Iterable[Iterable[float]], *, to: str | int | None = None
) -> pandas.DataFrame:
    """Differences between systems that were run with common random numbers: all pairs, or all others less ``to``.

    ``systems``: the values of each, replication by replication. Columns: the two systems, the mean ``difference`` of
    first less second, an interval that holds for all rows together with 95 % (Bonferroni), ``n``, the p value of the
    pair alone, adjusted by Holm and by Bonferroni, and the correlation that the common numbers achieved.
    Raises ValueError where lengths differ, LookupError where ``to`` is none of the systems.
    """
    import pandas

    named = dict(systems) if isinstance(systems, Mapping) else dict(enumerate(systems))
    names = list(named)
    rows = [list(map(float, row)) for row in named.values()]
    if to is None:
        found = _core.compare_all_pairs(rows)
    elif to in names:
        found = _core.compare_with_standard(rows, names.index(cast("Any", to)))
    else:
        raise LookupError(f"{to!r} is none of the systems ({', '.join(map(str, names))})")
    table = pandas.DataFrame(found)
    for column in ("first", "second"):
        table[column] = [names[i] for i in table[column]]
    return table


def fit_operating_curve(
    loads: Sequence[float],
    cycle_times: Sequence[Iterable[float]],
    *,
    terms: int = 2,
    exponent: float | None = 1.0,
) -> FittedCurve:
    """Cycle time over load from runs at a few loads: c0 + sum of ck x^k / (1 - x)^p, by weighted least squares.

    Parameters
    ----------
    loads
        Throughput over capacity, each from 0 to below 1.
    cycle_times
        Of each load the means of its replications, two at least; loads independent of each other.
    terms
        Behind c0.
    exponent
        p: 1 for single queues and, near capacity, for lines whose bottleneck stays the same; None: estimated.

    Yang, Ankenman and Nelson, Naval Research Logistics 54 (2007). Raises ValueError where a load is out of range, has
    no spread, or the loads do not determine the curve.
    """
    return FittedCurve(loads, cycle_times, terms, exponent)


def _is_nested(series: Sequence[Any]) -> bool:
    return len(series) > 0 and hasattr(series[0], "__len__")
