"""Where the time of a lot went, and why it is where it is at a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from . import _core
from ._errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas

    from ._result import Result

_TRACE = "fab/trace/lots"
_HOUR, _DAY = 3_600_000, 86_400_000  # ticks


def span(ticks: int) -> str:
    """A time for people, to four digits."""
    for size, unit in ((2 * _DAY, "d"), (7_200_000, "h"), (120_000, "min"), (1000, "s")):
        if abs(ticks) >= size:
            return f"{ticks / {'d': _DAY, 'h': _HOUR, 'min': 60_000, 's': 1000}[unit]:.4g} {unit}"
    return f"{ticks} ms" if ticks else "0 s"


def instant(ticks: int) -> str:
    """A moment of the run, to the second."""
    return f"{ticks / _DAY:.5f}".rstrip("0").rstrip(".") + " d"


def duration(ticks: int) -> _core.Duration:
    """Ticks as the package gives times."""
    return _core.Duration(f"{ticks} ms")


def _unknown(lot: str, known: list[str], where: str) -> LookupError:
    from difflib import get_close_matches

    near = get_close_matches(lot, known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    few = ", ".join(known[:5]) + (f" and {len(known) - 5} more" if len(known) > 5 else "") if known else "none"
    return LookupError(f"there is no lot {lot!r} in {where}{hint} (there are: {few})")


class LotTrace:
    """The rows of one lot in the lot trace of a result, in the order of time."""

    def __init__(self, result: Result, lot: str, replication: int) -> None:
        self._tree = result._tree
        if _TRACE not in self._tree.paths():
            raise ValueError('the result holds no trace of lots: run it with trace=["lots"]')
        names = self._names(result, replication)
        numbers = [number for number, name in names if name == lot]
        if not numbers:
            raise _unknown(lot, [name for _, name in names], f"replication {replication}")
        if len(numbers) > 1:
            raise LookupError(f"{len(numbers)} lots of replication {replication} go by the name {lot!r}")
        mine = (self._column("lot") == numbers[0]).nonzero()[0]
        order = mine[self._column("end")[mine].argsort(kind="stable")]
        self.arrive, self.start, self.end = (
            [int(t) for t in self._column(c)[order]] for c in ("arrive", "start", "end")
        )
        # Files of before have no holds.
        kept = "held" in self._tree.variables(_TRACE)
        self.held = [int(t) for t in self._column("held")[order]] if kept else [0] * len(order)
        self.steps = [self._text("step_name")[i] for i in self._column("step")[order]]
        self.tools = [self._text("tool_name")[i] for i in self._column("tool")[order]]
        self.groups = [tool.rpartition("#")[0] for tool in self.tools]

    def _names(self, result: Result, replication: int) -> list[tuple[int, str]]:
        """The lots of one replication: names stand in the order of replications, and of release within each."""
        counts = result.fab.to_xarray()
        released = (counts["lots_initial"] + counts["lots_released"]).to_numpy().tolist()
        first = sum(released[:replication])
        names = self._text("lot_name")
        return list(enumerate(names))[first : first + released[replication]]

    def _column(self, name: str) -> npt.NDArray[Any]:
        values = self._tree.variable(_TRACE, name).values
        assert not isinstance(values, list)
        return values

    def _text(self, name: str) -> list[str]:
        return list(self._tree.variable(_TRACE, name).values)


@dataclass
class LotTimes:
    """Where the time of a lot went: ``result.explain("A.17")``.

    ``table`` has a row for each part of it, the largest first; ``steps`` one for each performed step; ``windows`` one
    for each queue-time window that the lot closed. Times are in hours. Printed, it is a table.
    """

    lot: str
    replication: int
    released: _core.Duration  # arrival at its first step
    last: _core.Duration  # end of its last step; 0 h where there is none
    finished: bool | None  # None: not known (a result of another version of the model)
    _trace: LotTrace = field(repr=False, compare=False)
    _windows: list[tuple[str, str, int, int]] = field(repr=False)  # from, to, limit, waited

    @property
    def total(self) -> _core.Duration:
        """From release to the end of the last step."""
        return duration(self.last.ticks - self.released.ticks)

    @property
    def table(self) -> pandas.DataFrame:
        """Parts: queue and process by tool group, transport, hold; ``share`` of the total, ``visits`` steps performed.

        Hold is the time off the line after a violated queue-time window, with the wait that violated it. Process counts from start to end: setup, loading, unloading and repairs meanwhile are in it.
        """
        import pandas

        total = self.total.ticks
        rows = [
            (part, group, ticks / _HOUR, ticks / total if total else 0.0, visits)
            for (part, group), (ticks, visits) in self._parts().items()
        ]
        rows.sort(key=lambda row: (-row[2], row[0], row[1]))
        return pandas.DataFrame(rows, columns=["part", "tool_group", "hours", "share", "visits"])

    @property
    def steps(self) -> pandas.DataFrame:
        """Every performed step in the order of time; ``arrive``, ``start`` and ``end`` in days of the run."""
        import pandas

        trace = self._trace
        before = [*trace.arrive[:1], *trace.end[:-1]]
        times = list(zip(trace.arrive, trace.start, trace.end, before, strict=True))
        return pandas.DataFrame(
            {
                "step": trace.steps,
                "tool": trace.tools,
                "tool_group": trace.groups,
                "arrive": [arrive / _DAY for arrive, _, _, _ in times],
                "start": [start / _DAY for _, start, _, _ in times],
                "end": [end / _DAY for _, _, end, _ in times],
                "transport": [
                    (arrive - last - held) / _HOUR for (arrive, _, _, last), held in zip(times, trace.held, strict=True)
                ],
                "hold": [held / _HOUR for held in trace.held],
                "queue": [(start - arrive) / _HOUR for arrive, start, _, _ in times],
                "process": [(end - start) / _HOUR for _, start, end, _ in times],
            }
        )

    @property
    def windows(self) -> pandas.DataFrame:
        """Queue-time windows that the lot closed: from the end of one step to the start of another."""
        import pandas

        rows = [(a, b, limit / _HOUR, waited / _HOUR, waited > limit) for a, b, limit, waited in self._windows]
        return pandas.DataFrame(rows, columns=["from_step", "to_step", "limit", "waited", "broken"])

    def _parts(self) -> dict[tuple[str, str], tuple[int, int]]:
        parts: dict[tuple[str, str], tuple[int, int]] = {}

        def add(part: str, group: str, ticks: int) -> None:
            so_far, visits = parts.get((part, group), (0, 0))
            parts[part, group] = (so_far + ticks, visits + 1)

        trace = self._trace
        for i, group in enumerate(trace.groups):
            add("queue", group, trace.start[i] - trace.arrive[i])
            add("process", group, trace.end[i] - trace.start[i])
            if trace.held[i]:
                add("hold", "", trace.held[i])
            if i > 0 and trace.arrive[i] - trace.held[i] > trace.end[i - 1]:
                add("transport", "", trace.arrive[i] - trace.held[i] - trace.end[i - 1])
        return parts

    def _headline(self) -> str:
        where = f"lot {self.lot} in replication {self.replication}"
        if not self._trace.steps:
            return f"{where}: no step was done before the run ended"
        state = {True: "finished", False: "last seen", None: "last seen (finished or not)"}[self.finished]
        return (
            f"{where}: released {instant(self.released.ticks)}, {state} {instant(self.last.ticks)},"
            f" {span(self.total.ticks)} for {len(self._trace.steps)} steps"
        )

    def _notes(self) -> list[str]:
        notes = []
        if self.finished is False:
            notes.append("still in process when the run ended: what came after its last finished step is not counted")
        if self._windows:
            broken = [w for w in self._windows if w[3] > w[2]]
            notes.append(f"queue-time windows: {len(broken)} of {len(self._windows)} broken")
            notes += [
                f"  {a} -> {b}: {span(waited)}, {span(waited - limit)} over the limit of {span(limit)}"
                for a, b, limit, waited in broken
            ]
        return notes

    def __str__(self) -> str:
        cells = [("part", "tool group", "hours", "share", "visits")]
        for part, group, hours, share, visits in self.table.itertuples(index=False, name=None):
            cells.append((part, group, f"{hours:.2f}", f"{share:.1%}", str(visits)))
        widths = [max(len(row[i]) for row in cells) for i in range(5)]
        lines = [
            "  ".join(c.ljust(w) if i < 2 else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True)))
            for row in cells
        ]
        return "\n".join([self._headline(), *(lines if len(cells) > 1 else []), *self._notes()])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        table = self.table.to_html(index=False, float_format="{:.3g}".format) if self._trace.steps else ""
        return f"<p>{escape(self._headline())}</p>{table}<p>{'<br>'.join(map(escape, self._notes()))}</p>"


def _windows(result: Result, trace: LotTrace) -> list[tuple[str, str, int, int]]:
    """Windows by the rules of the model: one at a time, opened at the end of a step, closed at the start of another."""
    fab = result.scenario.fab
    assert fab is not None
    known = {
        f"{route.name}/{step.name}": (f"{route.name}/{step.queue_time_to}", step.queue_time_limit)
        for route in fab.routes
        for step in route.steps
        if step.queue_time_to
    }
    closed = []
    opened: tuple[str, str, int, int] | None = None  # from, to, limit, when
    for i, name in enumerate(trace.steps):
        if opened is not None and opened[1] == name:
            closed.append((*opened[:3], trace.start[i] - opened[3]))
            opened = None
        to, limit = known.get(name, ("", None))
        if limit is not None:
            opened = (name, to, limit.ticks, trace.end[i])
    return closed


def _finished(result: Result, trace: LotTrace, lot: str, replication: int) -> bool | None:
    """Whether the lot left the line with its last row. Where sampling or rework decide, the run is asked."""
    fab = result.scenario.fab
    assert fab is not None
    if not trace.steps:
        return False
    last = trace.steps[-1]
    for route in fab.routes:
        for i, step in enumerate(route.steps):
            if f"{route.name}/{step.name}" != last:
                continue
            rest = route.steps[i + 1 :]
            if any(later.sampling >= 1 for later in rest):
                return False
            if not rest and not step.rework:
                return True
    try:
        return bool(_core.explain_lot(result._tree, lot, replication, trace.end[-1])["place"] == "finished")
    except InputError:
        return None


def lot_times(result: Result, lot: str, replication: int) -> LotTimes:
    """Where the time of a lot went."""
    trace = LotTrace(result, lot, replication)
    return LotTimes(
        lot=lot,
        replication=replication,
        released=duration(trace.arrive[0] if trace.steps else 0),
        last=duration(trace.end[-1] if trace.steps else 0),
        finished=_finished(result, trace, lot, replication),
        _trace=trace,
        _windows=_windows(result, trace),
    )
