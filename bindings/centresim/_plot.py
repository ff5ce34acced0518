"""Pictures of a result. matplotlib is loaded when the first one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._plot_axes import axes_for, no_ticks
from ._plot_projects import ProjectPlots
from ._wip import wip_by_period

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._core import KpiRow
    from ._result import Result

# State by state, from lost time to idle time.
STATE_COLOURS = {
    "down": "#b2182b",
    "maintenance": "#ef8a62",
    "setup": "#fddbc7",
    "process": "#2166ac",
    "load": "#67a9cf",
    "unload": "#a6cee3",
    "idle": "#e8e8e8",
}


class Plots(ProjectPlots):
    """``result.plot``: every method draws into ``ax``, or a new figure, and gives the axes back."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def cycle_time(self, ax: Axes | None = None) -> Axes:
        """Cycle time of every product and kind of lot: mean with its 95 % interval, median, and the 5-95 % range."""
        means = [row for row in self._rows("fab.cycle_time") if "product" in row.labels]
        spread = {p: self._by_label(f"fab.cycle_time_{p}") for p in ("p5", "p50", "p95")}
        ax = axes_for(ax, len(means))
        for y, row in enumerate(means):
            key = tuple(row.labels.items())
            low, middle, high = (spread[p][key] for p in ("p5", "p50", "p95"))
            first = y == 0
            ax.hlines(y, low.mean, high.mean, color="#67a9cf", lw=6, label="5 % to 95 % of the lots" if first else "")
            ax.plot(middle.mean, y, "|", color="#2166ac", ms=14, mew=2, label="median" if first else None)
            ax.errorbar(
                row.mean,
                y,
                xerr=[[row.mean - row.low], [row.high - row.mean]] if row.low == row.low else None,
                fmt="o",
                color="#b2182b",
                capsize=4,
                label="mean, 95 % interval" if first else None,
            )
        ax.set_yticks(range(len(means)), [" ".join(row.labels.values()) for row in means])
        ax.invert_yaxis()
        ax.margins(y=0.15)
        ax.set_xlabel("cycle time [d]")
        ax.set_xlim(left=0)
        ax.legend(loc="best", fontsize="small")
        return ax

    def tool_groups(self, n: int = 15, ax: Axes | None = None) -> Axes:
        """What the tools of the ``n`` busiest groups do, as shares of their time.

        The group that is busiest of its available time (neither down nor in maintenance) is on top.
        """
        groups = self._result.fab.tool_groups.to_xarray()
        time = groups["state_time"].sum("replication")
        share = (time / time.sum("tool_state")).to_dataframe("share")["share"].unstack("tool_state")
        lost = share["down"] + share["maintenance"]
        busy = ((1 - lost - share["idle"]) / (1 - lost)).fillna(0)
        share = share.loc[busy.sort_values(ascending=False, kind="stable").index[:n]]
        ax = axes_for(ax, len(share))
        left: Any = 0
        for state, colour in STATE_COLOURS.items():
            ax.barh(list(share.index), share[state], left=left, color=colour, label=state)
            left = left + share[state]
        ax.set_ylim(len(share) - 0.5, -0.5)
        ax.set_xlim(0, 1)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        ax.set_xlabel("share of the tools' time (busiest of their available time on top)")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=7, fontsize="small", frameon=False)
        return ax

    def wip(self, ax: Axes | None = None) -> Axes:
        """Lots in process, period by period after the warm-up: mean over replications and their range.

        To see whether a warm-up is long enough, draw a run without one: ``scenario.run(warmup="0 d", ...)``.
        """
        days, wip = wip_by_period(self._result)
        ax = axes_for(ax, 6)
        ax.fill_between(days, wip.min(axis=0), wip.max(axis=0), color="#67a9cf", alpha=0.4, lw=0, label="range")
        ax.plot(days, wip.mean(axis=0), color="#2166ac", label="mean over replications")
        ax.set_xlabel("simulated time [d]")
        ax.set_ylabel("lots in process")
        ax.set_ylim(bottom=0)
        ax.legend(loc="best", fontsize="small")
        return ax

    def licences(self, feature: str | None = None, ax: Axes | None = None) -> Axes:
        """Tokens of a licence feature in use, by hour and day of the week: the mean over time.

        Without ``feature`` the one that is used up for the longest time. A dot marks hours in which the pool is used up
        for more than 5 % of the time: the share that is exceeded 5 % of the time (p95) is all of it.
        """
        if "features" not in dir(self._result.design):
            raise ValueError("the result has no licence features")
        import numpy

        features = self._result.design.features.to_xarray()
        names = [str(name) for name in features["feature"].values]
        if feature is None:
            feature = names[int(features["exhausted"].sum("replication").to_numpy().argmax())]
        if feature not in names:
            raise ValueError(f"the result has no licence feature {feature!r}; it has {', '.join(names)}")
        one = features.isel(feature=names.index(feature)).sum("replication")
        tokens = int(features["tokens"].to_numpy()[names.index(feature)])
        time = one["share_by_hour"].to_numpy()  # hour of the week, share of the pool
        hours = time.sum(axis=1)
        used = one["used_by_hour"].to_numpy() / numpy.where(hours > 0, hours, numpy.nan)
        full = time[:, -1] > 0.05 * hours
        below = numpy.cumsum(time.sum(axis=0)) / max(1, hours.sum())
        p95 = int(numpy.searchsorted(below, 0.95)) / (time.shape[1] - 1)
        ax = axes_for(ax, 7)
        image = ax.imshow(
            used.reshape(7, 24), aspect="auto", cmap="YlOrRd", vmin=0, vmax=tokens, extent=(0, 24, 6.5, -0.5)
        )
        days, clock = numpy.nonzero(full.reshape(7, 24))
        ax.plot(clock + 0.5, days, "o", color="black", ms=3, ls="")
        ax.set_yticks(range(7), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
        ax.set_xticks(range(0, 25, 3))
        ax.set_xlabel("hour of the day" + ("; dot: used up more than 5 % of the time" if len(days) else ""))
        mean = one["used_by_hour"].to_numpy().sum() / max(1, hours.sum())
        ax.set_title(f"{feature}: {mean:.1f} of {tokens} tokens in use, p95 {p95:.0%} of the pool", fontsize="medium")
        ax.figure.colorbar(image, ax=ax, label="tokens in use")
        return ax

    def waits(self, ax: Axes | None = None) -> Axes:
        """How long jobs wait, by kind: the share of the jobs that wait at most so long, with a logarithmic axis.

        Waits below a second count as a second. Kinds stand in the legend from the shortest mean wait to the longest.
        """
        if "waits" not in dir(self._result.design):
            raise ValueError("the result has no jobs of a compute farm")
        import numpy

        waits = self._result.design.waits.to_xarray()
        kinds = self._result.design.kinds.to_xarray()
        low = waits["wait_from"].to_numpy() / 1000
        upper = numpy.append(low[1:], low[-1:] * (1 + 1 / 64))  # s, of each class
        jobs = waits["jobs"].sum("replication").to_numpy()
        started = kinds["started"].sum("replication").to_numpy()
        mean = kinds["wait_time"].sum("replication").to_numpy() / numpy.maximum(1, started)
        ax = axes_for(ax, 8)
        for place, at in enumerate(at for at in numpy.argsort(mean, kind="stable") if started[at] > 0):
            share = numpy.cumsum(jobs[at]) / started[at]
            style = ("-", "--", ":")[place // 10 % 3]  # colours come again after ten
            name = str(kinds["kind"].values[at])
            ax.plot(numpy.maximum(1, upper), share, style, label=name, drawstyle="steps-post")
        ax.set_xscale("log")
        marks = {1: "1 s", 60: "1 min", 3600: "1 h", 86_400: "1 d", 604_800: "1 week", 2_592_000: "30 d"}
        shown = [second for second in marks if second <= 4 * upper.max(initial=1)]
        ax.set_xticks(shown, [marks[second] for second in shown])
        ax.xaxis.set_minor_locator(no_ticks())
        ax.set_xlim(left=1)
        ax.set_ylim(0, 1.01)
        ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        ax.set_xlabel("wait from submission to start")
        ax.set_ylabel("share of the jobs that wait at most so long")
        ax.legend(loc="best", fontsize="small")
        return ax

    def _rows(self, name: str) -> list[KpiRow]:
        rows = [row for row in self._result._kpi_rows() if row.name == name]
        if not rows:
            raise ValueError(f"the result has no {name}")
        return rows

    def _by_label(self, name: str) -> dict[tuple[tuple[str, str], ...], KpiRow]:
        return {tuple(row.labels.items()): row for row in self._rows(name)}
