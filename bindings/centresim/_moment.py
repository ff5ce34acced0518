"""Why a lot is where it is at a moment: the run is made again up to then."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any

from . import _core
from ._errors import InputError
from ._explain import LotTrace, duration, instant, span

if TYPE_CHECKING:
    import pandas

    from ._result import Result

_DAY = 86_400_000


@dataclass
class LotMoment:
    """Where a lot is at a moment, and why: ``result.explain("A.17", at="12.5 d")``.

    ``place`` is one of ``not released``, ``travelling``, ``waiting``, ``processing``, ``on hold``, ``finished``.
    Where it waits, ``table`` says of every tool of the group why it has not taken the lot, one row for each reason. Times ahead
    (``until``) are those of the run as things stand: what is not known then is missing.
    """

    lot: str
    replication: int
    at: _core.Duration
    place: str
    step: str  # route/step that it goes to, waits for, is at, or did last
    tool_group: str
    tool: str  # processing: where
    activity: str  # processing: setup, load, process, unload, wait (for a place inside the tool), down
    setup: str  # waiting: the setup that the step needs
    lots: int  # waiting: lots in the queue of the group; processing: lots of the same job
    since: _core.Duration | None
    until: _core.Duration | None
    _reasons: list[dict[str, Any]] = field(repr=False)

    @property
    def table(self) -> pandas.DataFrame:
        """Tool by tool the reasons: ``reason`` in a word, ``why`` in words, ``until`` in days of the run."""
        import pandas

        rows = [
            (
                row["tool"],
                row["reason"],
                self._why(row),
                float("nan") if row["until"] is None else row["until"] / _DAY,
                row["lot"],
                row["lots"],
                row["wafers"],
                row["needed"],
            )
            for row in self._reasons
        ]
        return pandas.DataFrame(rows, columns=["tool", "reason", "why", "until", "lot", "lots", "wafers", "needed"])

    def _why(self, row: dict[str, Any]) -> str:
        until = "" if row["until"] is None else f" until {instant(row['until'])}"
        lots = f"{row['lots']} lot{'s' if row['lots'] != 1 else ''}"
        match row["reason"]:
            case "down":
                return f"down{until}"
            case "maintenance":
                return f"in maintenance{until}"
            case "maintenance due":
                return "takes no lot before a maintenance that is due"
            case "busy":
                more = f" and {row['lots'] - 1} more" if row["lots"] > 1 else ""
                return f"busy with {row['lot']}{more}{until}"
            case "held":
                return f"held for the hot lot {row['lot']}"
            case "dedicated":
                return f"the lot must go on {row['other_tool']}, as at an earlier step"
            case "minimum run":
                return f"keeps to setup {row['setup']!r}, {lots} left of its minimum run; the lot needs {self.setup!r}"
            case "gate":
                if row["other_tool"]:
                    return f"held back: {row['other_tool']} has {lots} with open queue-time windows"
                return "held back: the wait predicted would break the queue-time window"
            case "batch":
                wait = "" if row["until"] is None else f"; waits for more{until}"
                return f"batch too small: {row['wafers']} of {row['needed']} wafers{wait}"
            case "behind":
                return f"{lots} before it in rank order, {row['lot']} first"
        return "takes it when the group chooses next"

    def _headline(self) -> str:
        since = "" if self.since is None else f" since {instant(self.since.ticks)}"
        if self.since is not None:
            since += f" ({span(self.at.ticks - self.since.ticks)})"
        until = "" if self.until is None else f", until {instant(self.until.ticks)}"
        head = f"lot {self.lot} in replication {self.replication} at {instant(self.at.ticks)}: "
        match self.place:
            case "waiting":
                others = self.lots - 1
                queue = f", {others} other lot{'s' if others != 1 else ''} in the queue" if others else ", alone"
                return f"{head}waits for {self.tool_group} ({self.step}){since}{queue}"
            case "processing":
                job = f" with {self.lots - 1} more" if self.lots > 1 else ""
                return f"{head}on {self.tool} ({self.step}, {self.activity}){job}{since}{until}"
            case "travelling":
                return f"{head}on its way to {self.tool_group} ({self.step}){since}{until}"
            case "on hold":
                return f"{head}on hold after a queue-time violation ({self.step}){since}{until}"
            case "finished":
                return f"{head}finished{since}" + (f", last step {self.step}" if self.step else "")
        return f"{head}not released yet" + ("" if self.until is None else f", comes at {instant(self.until.ticks)}")

    def __str__(self) -> str:
        width = max((len(row["tool"]) for row in self._reasons), default=0)
        lines, last = [self._headline()], ""
        for row in self._reasons:
            tool = row["tool"] if row["tool"] != last else ""
            last = row["tool"]
            lines.append(f"  {tool.ljust(width)}  {self._why(row)}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        table = self.table[["tool", "why"]].to_html(index=False) if self._reasons else ""
        return f"<p>{escape(self._headline())}</p>{table}"


def moment_of(at: object) -> _core.Duration:
    """A moment of the run. A bare number is in days, as a horizon is."""
    if not isinstance(at, bool) and isinstance(at, Real):  # NumPy's numbers too
        at = f"{float(at)!r} d"
    return _core.Duration(at)  # type: ignore[arg-type]


def lot_moment(result: Result, lot: str, replication: int, at: object) -> LotMoment:
    """Where a lot is at a moment, and why."""
    moment = moment_of(at)
    traced = "fab/trace/lots" in result._tree.paths()
    trace = LotTrace(result, lot, replication) if traced else None  # knows every name there is
    try:
        view = _core.explain_lot(result._tree, lot, replication, moment.ticks)
    except InputError as error:
        if [issue.path for issue in error.issues] == ["lot"]:
            raise LookupError(str(error)) from None
        raise
    until = view["until"]
    if view["place"] == "not released" and until is None and trace is not None and trace.steps:
        until = trace.arrive[0]
    return LotMoment(
        lot=lot,
        replication=replication,
        at=moment,
        since=None if view["since"] is None else duration(view["since"]),
        until=None if until is None else duration(until),
        _reasons=view["reasons"],
        **{name: view[name] for name in ("place", "step", "tool_group", "tool", "activity", "setup", "lots")},
    )
