"""Scenarios: values that can be loaded, changed, saved and run."""

from __future__ import annotations

import numbers
import operator
import os
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from . import _core
from ._data import built_in
from ._errors import InputError, Issue
from ._files import AnyPath, encoded
from ._progress import Progress, check_progress, shown
from ._result import Result

if TYPE_CHECKING:
    import pandas

_ENOUGH = 1000  # replications, to become precise
_TRACES = ("lots", "tools", "jobs", "tasks")


class Scenario(_core.Scenario):
    __doc__ = _core.Scenario.__doc__
    __module__ = "centresim"

    def with_(self, overrides: Mapping[str, Any]) -> Self:
        """A changed copy.

        Keys are paths by names, ``*`` stands for every name: ``{"fab.tool_groups.*.tools": "+1"}``. Values are what
        the field accepts, or a relative change of numbers and times as text: ``"+1"``, ``"*1.1"``, ``"+10 %"``. Only
        text is a change: ``"-3 d"`` is three days less, ``Duration("-3 d")`` and ``"=-3 d"`` are minus three days.
        Rows of ``provenance`` that tell of nothing else than parts taken out go with them.
        """
        return type(self)(self._with(list(overrides.items())))

    def run(
        self,
        *,
        horizon: object = None,
        warmup: object = None,
        replications: int | None = None,
        precision: Mapping[str, float | str] | None = None,
        seed: int | None = None,
        threads: int | None = None,
        progress: bool | Progress | None = None,
        trace: Iterable[str] = (),
    ) -> Result:
        """Simulate and give back estimates with their intervals.

        Parameters
        ----------
        horizon, warmup
            Instead of the ones of the scenario: ``"730 d"``. The warm-up is a part of the horizon. Never a relative
            change: that is for :meth:`with_`.
        replications
            Independent repetitions, at least 1; the 95 % intervals are over them. None: 8, and with ``precision`` at
            most 1000.
        precision
            Go on until these means are that precise: ``{"fab.cycle_time[product=A]": 0.02, "fab.wip": "5 lots"}``. A
            number, or a text with %: half of the 95 % interval as a share of the mean. Another text: that half in its
            unit, or the figure's where it has none. The result rests on the first replications, ten at least, at which
            all are; it does not depend on threads. ``result.precise`` is False, with a warning,
            where ``replications`` were not enough.
        seed
            0 to 2**63 - 1. The same scenario and seed give the same bits on any number of threads. None: drawn from
            the operating system; ``result.seed`` tells it.
        threads
            None: ``OMP_NUM_THREADS``, else ``SLURM_CPUS_PER_TASK``, else what the process may use.
        progress
            True: a bar, False: none, None: a bar where somebody is looking. A callable gets (done, total) in
            replications, parts of running ones included, and stops the run by returning False (or what else is false,
            None excepted).
        trace
            ``"lots"``, ``"tools"``, ``"jobs"``, ``"tasks"``: one row per performed step of a lot, per state of a tool,
            per job of the compute farm, per execution of a task of a project.

        Ctrl-C returns what is done: the result of the first replications that have finished (``interrupted`` is
        true). When none has, it raises KeyboardInterrupt as usual.

        Raises InputError for what cannot be run and for numbers out of range, TypeError for values of the wrong type,
        ModelError where the model cannot go on.
        """
        spans = {key: value for key, value in (("horizon", horizon), ("warmup", warmup)) if value is not None}
        scenario = self.with_({key: _absolute(value) for key, value in spans.items()}) if spans else self
        check_progress(progress)
        traces = [trace] if isinstance(trace, str) else list(trace)
        for name in traces:
            if name not in _TRACES:
                raise ValueError(f"trace: {name!r} is none of {', '.join(_TRACES)}")
        if seed is None:
            seed = int.from_bytes(os.urandom(8), "little") >> 1
        if not (precision is None or isinstance(precision, Mapping)):
            raise TypeError(f"precision: must be a table {{figure: how precise}}, not {precision!r}")
        until = [(str(kpi), _within(kpi, value)) for kpi, value in (precision or {}).items()]
        if replications is None:
            replications = _ENOUGH if until else 8
        counts = {"replications": replications, "seed": seed, "threads": 0 if threads is None else threads}
        with shown(progress, scenario.name or "run") as callback:
            tree = _core.run(
                scenario=scenario,
                **{name: _whole(name, value) for name, value in counts.items()},
                trace_lots="lots" in traces,
                trace_tools="tools" in traces,
                trace_jobs="jobs" in traces,
                trace_tasks="tasks" in traces,
                until=until,
                progress=callback,
            )
        result = Result(tree)
        if result.precise is False and not result.interrupted:
            _warn_imprecise(result)
        return result

    def validate(self) -> None:
        """Check what reading does not: that the line can keep up. Raises InputError with everything found."""
        _core.validate(self)

    def static_load(self) -> pandas.DataFrame:
        """Load of every tool group in closed form, without simulating: one row a group.

        Long-run shares of the time of all its tools, 0 to 1; more than 1: too few tools. Setups are left out: what they
        take depends on the order of lots.

        - ``load_low``, ``load_high``: load, process and unload, at least and at most. Plain tools: exact, both the
          same. Cascading tools: lots follow each other at the interval (low) or every lot runs alone (high). Batches:
          all full (low), or the smallest that may start, a lot alone where the wait for more is bounded (high).
        - ``load``: what to expect. As ``load_low``; batches of the size that arrivals during the wait for a tool give,
          at least the smallest (fixed point; Sakasegawa's approximation of the wait). An estimate, not a bound.
        - ``down_share``, ``pm_share``: breakdowns and maintenance; ``available``: what they leave, 1 less both.
        - ``load_of_available``: ``load`` over ``available``. ``validate()`` refuses a line where even ``load_low``
          exceeds what can be available: no scheduling would save it.
        - ``visits_per_day``: performed steps, sampling and rework included; ``wafers_per_tool_day``: their wafers.
        """
        import pandas

        rows = _core.static_load(self)
        return pandas.DataFrame(rows).set_index("tool_group") if rows else pandas.DataFrame()

    def sources(self, basis: str | None = None) -> pandas.DataFrame:
        """Where the values come from, one row for each path; ``basis="estimate"``: only those that are estimates."""
        import pandas

        fields = ("path", "basis", "source", "year", "low", "high", "note")
        rows = [row for row in self.provenance if basis is None or row.basis == basis]
        return pandas.DataFrame([[getattr(row, field) for field in fields] for row in rows], columns=list(fields))

    def save(self, path: AnyPath) -> None:
        """Write the scenario as TOML, or as JSON where the name ends so; large tables go to CSV files beside it."""
        _core.save_scenario(self, encoded(path))

    def __str__(self) -> str:
        return f"Scenario {self.name!r}: {self._contents()}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(str(self) if not cycle else "Scenario(...)")

    def _repr_html_(self) -> str:
        from html import escape

        parts = [f"<b>{escape(self.title or self.name)}</b>", escape(self._contents())]
        if self.description:
            parts.append(f"<i>{escape(self.description)}</i>")
        return "<br>".join(parts)

    def _contents(self) -> str:
        parts = [f"horizon {self.horizon}", f"warm-up {self.warmup}"]
        fab = self.fab
        if fab is not None:
            tools = sum(group.tools for group in fab.tool_groups)
            steps = sum(len(route.steps) for route in fab.routes)
            parts.append(f"{len(fab.tool_groups)} tool groups with {tools} tools")
            parts.append(f"{len(fab.routes)} routes with {steps} steps")
            parts.append(f"{len(fab.products)} products")
        floor = self.design
        if floor is not None:
            cores = sum(group.nodes * group.cores for group in floor.node_classes)
            parts.append(f"{sum(group.nodes for group in floor.node_classes)} nodes with {cores} cores")
            parts.append(f"{len(floor.features)} licence features")
        return ", ".join(parts)


def _warn_imprecise(result: Result) -> None:
    try:
        warnings.warn(f"{result.replications} replications are not enough to be as precise as asked", stacklevel=3)
    except Warning as error:  # made an error by a filter: what has been computed is not thrown away
        error.result = result  # type: ignore[attr-defined]
        error.add_note("what there is: `result` of this error")
        raise


def _within(kpi: str, value: object) -> str:
    """A precision as text: a number is a share of the mean."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(f"precision of {kpi}: must be a share of the mean or a text such as '12 h', not {value!r}")
    return f"{float(value) * 100!r} %"


def _whole(name: str, value: object) -> int:
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name}: must be a whole number, not {value!r}") from None
    low = 1 if name == "replications" else 0
    bits = 31 if name == "threads" else 63
    if not low <= number < 2**bits:  # the compiled part says where within them the range ends
        shown = str(number) if abs(number) < 10**20 else f"a number of {number.bit_length()} bits"
        rule = f"must be from {low} to 2^{bits} - 1"
        raise InputError(f"{name}: {shown}: {rule}", [Issue(path=name, value=shown, rule=rule)])
    return number


def _absolute(value: object) -> object:
    # In an override "-1 d" would be a day less.
    return f"={value}" if isinstance(value, str) and value.lstrip().startswith(("+", "-", "*")) else value


def load(name_or_path: AnyPath) -> Scenario:
    """A built-in scenario by its name (see :func:`scenarios`), or one from a TOML or JSON file."""
    text = os.fsdecode(name_or_path)
    known = built_in()
    if text in known:
        return Scenario(_core.load_scenario(encoded(known[text])))
    name = encoded(name_or_path)
    path = Path(text)
    if not path.suffix and path.name == text and not path.exists():
        from difflib import get_close_matches

        near = get_close_matches(text, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"{text!r} is neither a file nor a built-in scenario ({', '.join(known)}){hint}")
    return Scenario(_core.load_scenario(name))


def scenarios() -> list[str]:
    """Names of the built-in scenarios."""
    return list(built_in())
