"""What a fab can do, in closed form, and how that compares with simulating it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from . import _core
from ._errors import InputError, Issue
from ._progress import Progress
from ._scenario import _whole

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

    from ._fitted_curve import FittedCurve
    from ._result import Result
    from ._scenario import Scenario

# What takes the tools' time, from work to losses; the rest is idle.
PART_COLOURS = {
    "process": "#2166ac",
    "load_unload": "#67a9cf",
    "rework": "#8073ac",
    "setup": "#fddbc7",
    "batching_loss": "#a6dba0",
    "cascading_loss": "#d9f0d3",
    "maintenance": "#ef8a62",
    "breakdown": "#b2182b",
}
LOADS = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95)


class Capacity:
    """Loads, limits and cycle times of a fab in steady state, in closed form: :func:`capacity` makes one.

    Shares are 0 to 1, of the time of all tools of a group; times of a visit are in hours, of a lot in days; rates are
    lots a day. A queue that grows without end has an infinite time.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._twin = _core.Twin(scenario)

    @property
    def scenario(self) -> Scenario:
        """The scenario that it is about."""
        return self._scenario

    @property
    def starts_per_day(self) -> float:
        """Lots that are released a day."""
        return self._twin.starts_per_day

    @property
    def max_starts(self) -> float:
        """Lots a day, of this mix, at which the first tool group is full: batches full, setups as often as now."""
        return self._twin.max_starts

    @property
    def cycle_time(self) -> float:
        """Mean of all lots, in days."""
        return self._twin.cycle_time

    @property
    def bottleneck(self) -> str:
        """The tool group that is full first."""
        return str(self.groups.index[0])

    @cached_property
    def groups(self) -> pandas.DataFrame:
        """A row for each tool group, the first to be full on top.

        - ``load``: share of its capacity that is used; the queue grows without end where it reaches 1.
        - ``max_starts``: lots a day, of this mix, at which it is full.
        - ``utilisation``, ``utilisation_available``: as the figures ``fab.utilisation`` of a run.
        - ``process``, ``load_unload``: of first passes, batches full, cascading lots close behind each other;
          ``setup``: an estimate from the mix and the rule; ``rework``; ``batching_loss``: batches that are not full;
          ``cascading_loss``: lots alone on a cascading tool; ``breakdown``, ``maintenance``; ``idle``: the rest.
        - ``batch_size`` in lots, ``setups_per_visit``; ``arrival_scv``, ``service_scv``: squared coefficients of
          variation of the time between lots, and of the effective time of a job, outages included (``service_time``).
        - ``forming_time``: wait for partners of a batch; ``queue_time``: other wait for a tool; ``time_on_tool``: all
          in hours a visit. ``waiting_lots``: on average. ``cycle_time_share``: of the cycle time of all lots
          (nan where that is infinite).
        """
        return _table(self._twin.groups(), "tool_group")

    @cached_property
    def products(self) -> pandas.DataFrame:
        """A row for each product and kind of lot: cycle time and what it consists of in days, x-factor."""
        return _table(self._twin.products(), ["product", "kind"])

    @cached_property
    def sensitivity(self) -> pandas.DataFrame:
        """What one more tool of each group buys, the largest gain of cycle time on top.

        ``max_starts`` (lots a day) and ``cycle_time`` (days, mean of all lots) with it, and the difference to now;
        nan where cycle times are infinite with it and without.
        """
        return _table(self._twin.sensitivity(), "tool_group")

    def needs(self, start_rate: float | None = None, target: float = 0.85) -> pandas.DataFrame:
        """Tools that keep every group's load at or below ``target``.

        ``start_rate``: lots a day of this mix; None: as many as now. ``need`` is not rounded, ``needed`` is;
        ``missing`` of those that are there (negative: to spare); ``one_of_a_kind``: one tool is enough, so nothing
        stands in for it when it is down.
        """
        rate = self.starts_per_day if start_rate is None else float(start_rate)
        return _table(self._twin.needs(rate, float(target)), "tool_group")

    def plot(self, n: int = 15, ax: Axes | None = None) -> Axes:
        """What takes the time of the ``n`` tool groups that are full first."""
        from ._plot_axes import axes_for

        parts = self.groups.iloc[:n]
        ax = axes_for(ax, len(parts))
        left = parts["process"] * 0
        for part, colour in PART_COLOURS.items():
            ax.barh(list(parts.index), parts[part], left=left, color=colour, label=part.replace("_", " "))
            left = left + parts[part]
        for y, limit in enumerate(parts["max_starts"]):
            ax.annotate(
                f" {limit:.3g}/d" if math.isfinite(limit) else "", (float(left.iloc[y]), y), va="center", size=8
            )
        ax.axvline(1, color="#444444", lw=0.8)
        ax.set_ylim(len(parts) - 0.5, -0.5)
        ax.set_xlim(0, max(1.12, float(left.max()) * 1.1))
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        ax.set_xlabel(f"share of the tools' time at {self.starts_per_day:.3g} lots/d; beside: lots/d when full")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize="small", frameon=False)
        return ax

    def __repr__(self) -> str:
        return (
            f"<centresim.Capacity {self._scenario.name or 'fab'}: {self.starts_per_day:.4g} lots a day, full at"
            f" {self.max_starts:.4g} ({self.bottleneck}), cycle time {self.cycle_time:.4g} d>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        columns = ["tools", "load", "max_starts", "utilisation", "queue_time", "cycle_time_share"]
        tables = [self.products, self.groups[columns].head(10)]
        return f"<p>{escape(repr(self))}</p>" + "".join(
            str(table.to_html(float_format="{:.4g}".format)) for table in tables
        )


def capacity(scenario: Scenario) -> Capacity:
    """Loads, limits and cycle times of a fab without simulating it, in milliseconds.

    Raises InputError where the scenario has no fab, or no stream of releases (lots named one by one do not count).
    A line that is overloaded is answered too: its queues are infinite.
    """
    return Capacity(scenario)


class OperatingCurve:
    """Cycle time against load, in closed form and simulated: :func:`operating_curve` makes one."""

    def __init__(self, table: pandas.DataFrame, results: list[Result]) -> None:
        self._table = table
        self._results = results

    @property
    def table(self) -> pandas.DataFrame:
        """A row for each load, product and kind of lot.

        ``load``, ``load_factor`` and ``starts_per_day`` (all lots); ``raw_process_time``, ``twin`` (closed form),
        ``simulated`` (mean over replications) and ``half_width`` of its 95 % interval, all cycle times in days; nan
        where nothing was simulated or no lot has finished.
        """
        return self._table

    @property
    def results(self) -> list[Result]:
        """The runs, one for each load; empty where nothing was simulated."""
        return self._results

    def fit(
        self, product: str | None = None, kind: str | None = None, *, terms: int = 2, exponent: float | None = 1.0
    ) -> FittedCurve:
        """The curve through the simulated cycle times of a product and kind, for the loads between.

        The loads must have been simulated with ``independent=True``; at least ``terms + 1`` of them, low ones among
        them. ``exponent=None`` estimates it, which takes one load more and many replications. See
        :func:`centresim.analysis.fit_operating_curve`. Raises LookupError where several products or kinds are meant,
        ValueError where the loads do not determine the curve.
        """
        from .analysis import fit_operating_curve

        if len({result.seed for result in self._results}) < max(2, len(self._results)):
            raise ValueError("the loads share their random numbers: simulate several, with independent=True")
        rows = self._table[["product", "kind"]].drop_duplicates()
        for column, asked in (("product", product), ("kind", kind)):
            rows = rows if asked is None else rows[rows[column] == asked]
        if len(rows) != 1:
            known = "; ".join(f"{p} {k}" for p, k in self._table[["product", "kind"]].drop_duplicates().to_numpy())
            raise LookupError(f"{len(rows)} products and kinds are meant, a curve is of one (there are: {known})")
        product, kind = map(str, rows.iloc[0])
        times = [_values(result, product, kind) for result in self._results]
        loads = list(dict.fromkeys(self._table["load"]))[: len(times)]
        curve = fit_operating_curve(loads, times, terms=terms, exponent=exponent)
        curve.title = f"cycle time of {product} {kind}, d"
        return curve

    def plot(self, product: str | None = None, kind: str | None = None, ax: Axes | None = None) -> Axes:
        """x-factor (cycle time over raw process time) against load: lines closed form, points simulated."""
        from ._plot_axes import axes_for

        rows = self._table
        for name, value in (("product", product), ("kind", kind)):
            known = list(dict.fromkeys(rows[name]))
            if value is not None and value not in known:
                raise LookupError(f"there is no {name} {value!r} (there are: {', '.join(map(str, known))})")
            rows = rows if value is None else rows[rows[name] == value]
        ax = axes_for(ax, 9)
        for i, ((of_product, of_kind), own) in enumerate(rows.groupby(["product", "kind"], sort=False)):
            colour, base = f"C{i}", own["raw_process_time"]
            ax.plot(own["load"], own["twin"] / base, color=colour, label=f"{of_product} {of_kind}")
            if own["simulated"].notna().any():
                ax.errorbar(
                    own["load"],
                    own["simulated"] / base,
                    yerr=(own["half_width"] / base).fillna(0),
                    fmt="o",
                    ms=4,
                    capsize=3,
                    color=colour,
                )
        ax.set_xlabel("starts, as a share of the most that the line can take")
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        ax.set_ylabel("x-factor")
        ax.set_ylim(bottom=0)
        title = "lines: closed form" + ("; points: simulated, 95 % interval" if self._results else "")
        ax.legend(loc="best", fontsize="small", title=title, title_fontsize="small")
        return ax

    def __repr__(self) -> str:
        runs = f"{self._results[0].replications} replications a load" if self._results else "not simulated"
        return f"<centresim.OperatingCurve: {self._table['load'].nunique()} loads, {runs}>"

    def _repr_html_(self) -> str:
        return str(self._table.to_html(float_format="{:.4g}".format, index=False))


def operating_curve(
    scenario: Scenario,
    loads: Iterable[float] = LOADS,
    *,
    replications: int = 4,
    seed: int | None = None,
    threads: int | None = None,
    horizon: object = None,
    warmup: object = None,
    independent: bool = False,
    progress: bool | Progress | None = None,
) -> OperatingCurve:
    """Cycle time against load: closed form and simulation of the same mix at several release rates.

    Parameters
    ----------
    loads
        Starts as shares of the most that the line can take (``capacity(scenario).max_starts``), each between 0 and 1.
    replications
        Of the simulation at each load; 0: closed form only, in milliseconds.
    independent
        Load i has ``seed + i``, as :meth:`OperatingCurve.fit` needs it; else all have the same seed.
    seed, threads, horizon, warmup, progress
        As in :meth:`Scenario.run`; Ctrl-C gives back what is done. The nearer
        to full, the longer a line takes to settle: lengthen the warm-up.
    """
    import pandas

    span = {"horizon": horizon, "warmup": warmup}
    scenario = scenario.with_({name: value for name, value in span.items() if value is not None})
    base = capacity(scenario)
    shares = sorted({_share(load) for load in loads})
    if not shares:
        raise InputError("loads: names no load", [Issue(path="loads", value="[]", rule="names no load")])
    if not math.isfinite(base.max_starts):
        raise InputError(
            "fab: no tool takes any time, so no load is near the limit",
            [Issue(path="fab", value="", rule="no tool takes any time")],
        )
    seed = int.from_bytes(os.urandom(8), "little") >> 1 if seed is None else _whole("seed", seed)
    assert scenario.fab is not None  # capacity() has seen to it
    rows: list[dict[str, object]] = []
    results: list[Result] = []
    for i, load in enumerate(shares):
        factor = scenario.fab.load_factor * load * base.max_starts / base.starts_per_day
        point = scenario.with_({"fab.load_factor": factor})
        twin = capacity(point)
        if not math.isclose(twin.starts_per_day, load * base.max_starts, rel_tol=1e-6):
            rule = "name a number of lots: they do not come to more when they come faster, so there is no such curve"
            raise InputError(f"fab.releases: {rule}", [Issue(path="fab.releases", value="count", rule=rule)])
        result = None
        if replications != 0:
            own = seed + i if independent else seed
            result = point.run(warmup=warmup, replications=replications, seed=own, threads=threads, progress=progress)
            results.append(result)
        for _, row in twin.products.reset_index().iterrows():
            mean, half_width = _simulated(result, row["product"], row["kind"])
            rows.append(
                {
                    "load": load,
                    "load_factor": factor,
                    "starts_per_day": twin.starts_per_day,
                    "product": row["product"],
                    "kind": row["kind"],
                    "raw_process_time": row["raw_process_time"],
                    "twin": row["cycle_time"],
                    "simulated": mean,
                    "half_width": half_width,
                }
            )
        if result is not None and result.interrupted:
            break  # Ctrl-C: what is done is given back
    return OperatingCurve(pandas.DataFrame(rows), results)


def _table(rows: list[dict[str, object]], index: str | list[str]) -> pandas.DataFrame:
    import pandas

    return pandas.DataFrame(rows).set_index(index)


def _share(value: float) -> float:
    number = float(value)
    if not 0 < number < 1:
        rule = "must be between 0 and 1: at 1 the line is full, and queues grow without end"
        raise InputError(f"loads: {value!r}: {rule}", [Issue(path="loads", value=str(value), rule=rule)])
    return number


def _simulated(result: Result | None, product: str, kind: str) -> tuple[float, float]:
    row = None if result is None else _row(result, product, kind)
    return (math.nan, math.nan) if row is None else (row.mean, (row.high - row.low) / 2)


def _values(result: Result, product: str, kind: str) -> list[float]:
    row = _row(result, product, kind)
    if row is None:
        raise LookupError(f"there is no cycle time of product {product!r}, kind {kind!r}")
    return [float(value) for value in result.values("fab.cycle_time", **row.labels)]


def _row(result: Result, product: str, kind: str) -> _core.KpiRow | None:
    rows = [row for row in result._kpi_rows() if row.name == "fab.cycle_time" and row.labels.get("product") == product]
    # A product with one kind of lots has no row of its own for the kind.
    exact = [row for row in rows if row.labels.get("kind") == kind] or [row for row in rows if "kind" not in row.labels]
    return exact[0] if exact else None
