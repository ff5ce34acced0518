"""Pictures of projects: when each did what, and where the months of all of them went."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from ._plot_axes import axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ._result import Result

# Work, waiting for people and machines, what the calendar takes, what is done outside.
CAUSE_COLOURS = {
    "engineering": "#2166ac",
    "verification": "#67a9cf",
    "machines": "#a6cee3",
    "rework": "#d6604d",
    "people": "#b2182b",
    "cores": "#f4a582",
    "licences": "#fdb863",
    "off_hours": "#d9d9d9",
    "shuttle": "#80cdc1",
    "fab": "#35978f",
    "external": "#01665e",
}
_DAY = 86_400_000.0  # ms
_MONTH = 365.25 / 12  # d


class ProjectPlots:
    """The part of ``result.plot`` that is about projects."""

    _result: Result

    def projects(self, n: int = 20, replication: int = 0, ax: Axes | None = None) -> Axes:
        """Gantt chart of the first ``n`` projects of a replication that ended: their critical paths, from start to end.

        Each stretch has the colour of what most of its time went into, nights and holidays apart; what is done again
        is rework. Triangles are dies that came back. Needs ``trace=["tasks"]``; `result.gantt()` shows all tasks.
        """
        from ._explained import replication_of
        from ._project_times import ended_projects, project_times

        replication = replication_of(self._result, replication)
        count = operator.index(n)
        if count < 1:
            raise ValueError(f"n: must be 1 or more, not {count}")
        chosen = ended_projects(self._result, replication)[:count]
        if not chosen:
            raise ValueError(f"no project of replication {replication} ended within the run")
        ax = axes_for(ax, len(chosen))
        seen: set[str] = set()
        for y, (kind, number) in enumerate(chosen):
            table = project_times(self._result, kind, number, replication).table
            causes = [name for name in CAUSE_COLOURS if name in table and name != "off_hours"]
            most = table[causes].idxmax(axis="columns").where(table[causes].any(axis="columns"), "off_hours")
            most = most.where(table["again"] == 0, "rework")
            for cause in dict.fromkeys(most):
                rows = table[(most == cause) & (table["until"] > table["from"])]
                ax.broken_barh(
                    [(row["from"], row["until"] - row["from"]) for row in rows.to_dict("records")],
                    (y - 0.4, 0.8),
                    color=CAUSE_COLOURS[cause],
                )
                seen.add(cause)
            back: Any = table.loc[table["fab"] > 0, "until"] if "fab" in table else []
            ax.plot(back, [y] * len(back), "v", color="black", ms=5)
        for cause, colour in CAUSE_COLOURS.items():
            if cause in seen:
                ax.bar(0, 0, color=colour, label=cause.replace("_", " "))
        ax.set_yticks(range(len(chosen)), [f"{kind} {number}" for kind, number in chosen])
        ax.set_ylim(len(chosen) - 0.4, -0.6)
        ax.set_xlim(left=0)
        ax.set_xlabel("simulated time [d]; triangle: dies are back")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, fontsize="small", frameon=False)
        return ax

    def months(self, ax: Axes | None = None) -> Axes:
        """Where the months of projects went: the critical path from start to end, by cause and kind of project.

        Hatched: what was done again, in the colour of what it went into. Means over all projects that ended within the
        window, all replications together.
        """
        if "projects" not in dir(self._result.design):
            raise ValueError("the result has no projects")
        import numpy

        data = self._result.design.projects.to_xarray()
        ended = data["finished"].sum("replication").to_numpy()
        kinds = [str(kind) for kind in data["project"].values[ended > 0]]
        if not kinds:
            raise ValueError("no project ended within the window")
        causes = [str(cause) for cause in data["cause"].values]
        parts = []
        for name in ("critical_path", "redone"):
            time = data[name].sum("replication").transpose("project", "cause").to_numpy()[ended > 0]
            means = numpy.vstack([time / ended[ended > 0, None], time.sum(axis=0) / ended.sum()]) / (_DAY * _MONTH)
            parts.append(means if len(kinds) > 1 else means[:1])
        if len(kinds) > 1:
            kinds.append("all")
        ax = axes_for(ax, len(kinds))
        left = numpy.zeros(len(kinds))
        for months, hatch in zip(parts, ("", "////"), strict=True):
            for cause, colour in CAUSE_COLOURS.items():
                own = months[:, causes.index(cause)]
                if cause != "rework" and own.max() > 0:
                    label = "" if hatch else cause.replace("_", " ")
                    ax.barh(kinds, own, left=left, color=colour, label=label, hatch=hatch, edgecolor="white", lw=0)
                    left = left + own
        if parts[1].any():
            ax.bar(0, 0, color="#969696", hatch="////", edgecolor="white", lw=0, label="rework")
        ax.set_ylim(len(kinds) - 0.5, -0.5)
        ax.set_xlim(left=0)
        ax.set_xlabel("months from start to end, mean of the projects that ended")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=6, fontsize="small", frameon=False)
        return ax
