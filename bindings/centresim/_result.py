"""What a run answers: estimates with intervals, and the observations behind them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

from . import _core
from ._explained import Explained
from ._files import AnyPath, encoded
from ._observations import Observations, Text, dataset_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas
    import xarray

    from ._control_variates import ControlVariates
    from ._plot import Plots
    from ._scenario import Scenario
    from .analysis import Needed, Quantile, WarmUp


_T = TypeVar("_T", str, int)

# Shown for every product and kind of lot; the others are in Result.kpis.
_OF_EACH_KIND = ("design.wait", "design.wait_p95", "design.slowdown", "design.throughput")
_OF_EACH_PRODUCT = ("fab.cycle_time", "fab.x_factor", "fab.throughput", "fab.on_time")


class Estimate(NamedTuple):
    """A mean over replications and its 95 % confidence interval; NaN where there is none."""

    mean: float
    low: float
    high: float
    sd: float
    n: int
    unit: str

    @property
    def half_width(self) -> float:
        """Half the length of the interval."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        interval = "-" if math.isnan(self.low) else f"[{_number(self.low)}, {_number(self.high)}]"
        return f"{_number(self.mean)} {interval} {self.unit}".rstrip()


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"


def _label_text(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items())


class Result(Explained):
    """The result of a run, the same object whether it comes from memory or from a file.

    Two results are equal when everything but the group ``run`` (threads, seconds, host) is.
    """

    def __init__(self, tree: _core.Tree) -> None:
        self._tree = tree
        self._scenario: Scenario | None = None
        self._rows: list[_core.KpiRow] | None = None

    # ---- the answer

    def kpi(self, name: str, **labels: str) -> Estimate:
        """One KPI: ``result.kpi("fab.cycle_time", product="A")``.

        Labels may be left out where one row is meant anyhow. Raises LookupError, which lists what there is.
        """
        row = self._find(name, labels)
        return Estimate(row.mean, row.low, row.high, row.sd, row.n, row.unit)

    def values(self, name: str, **labels: str) -> npt.NDArray[np.float64]:
        """The value of a KPI in each replication; NaN where one has none. Arguments as in :meth:`kpi`."""
        import numpy as np

        wanted = self._find(name, labels)
        row = next(i for i, row in enumerate(self._kpi_rows()) if row is wanted)
        values = np.asarray(self._tree.variable("", "values").values, dtype=np.float64)
        mine: npt.NDArray[np.float64] = values.reshape(len(self._kpi_rows()), -1)[row]
        return mine

    def replications_needed(self, name: str, within: float = 0.02, *, relative: bool = True, **labels: str) -> Needed:
        """How many replications bring the 95 % interval of a KPI down to ±``within``, a share of its mean.

        See :func:`centresim.analysis.replications_needed`; labels as in :meth:`kpi`.
        """
        from .analysis import replications_needed

        return replications_needed(self.values(name, **labels).tolist(), within, relative=relative)

    def quantile(self, name: str, p: float, **labels: str) -> Quantile:
        """The p-quantile of a KPI over replications, with an interval that assumes nothing of its law.

        Of the values of replications, not of single lots or jobs (``fab.cycle_time_p95`` is a KPI of its own). See
        :func:`centresim.analysis.quantile`; labels as in :meth:`kpi`.
        """
        from .analysis import quantile

        values = self.values(name, **labels)
        return quantile(values[values == values].tolist(), p)

    def warm_up(self) -> WarmUp:
        """How many periods to leave out at the beginning, by MSER-5 on the work in process of a fab.

        Run without a warm-up and with ``report_every``: at least 50 periods. See :func:`centresim.analysis.warm_up`.
        """
        from ._wip import wip_by_period
        from .analysis import warm_up

        return warm_up(wip_by_period(self)[1].tolist())

    @property
    def kpis(self) -> pandas.DataFrame:
        """All KPIs: one row each, with labels, mean, 95 % interval, unit and share of inputs that are estimates."""
        import pandas

        keys = list(dict.fromkeys(key for row in self._kpi_rows() for key in row.labels))
        fields = ("mean", "low", "high", "sd", "n", "unit", "better", "estimate_share", "meaning")
        return pandas.DataFrame(
            [
                {
                    "kpi": row.name,
                    **{key: row.labels.get(key, "") for key in keys},
                    **{f: getattr(row, f) for f in fields},
                }
                for row in self._kpi_rows()
            ],
            columns=["kpi", *keys, *fields],
        )

    def with_control_variates(
        self, kpis: str | Iterable[str] = (), controls: Iterable[str] | Mapping[str, float] = ()
    ) -> ControlVariates:
        """Means of a fab with smaller intervals, from figures whose expected value is known without simulating.

        Parameters
        ----------
        kpis
            Names (``"fab.cycle_time"``: all its rows) or labelled names
            (``"fab.queue_time[tool_group=litho]"``); none: the main figures of the line, and the cycle
            times of its products.
        controls
            Labelled names such as ``"fab.utilisation[tool_group=litho]"``; with a mapping you give their expected
            values. None: starts, and utilisation and down share of the groups with most lots waiting in closed form,
            one for each ten replications, four at most.

        Raises InputError where a name is unknown, a named control has no known mean or is too far from it, or there
        are too few replications (three more than controls).
        """
        from ._control_variates import ControlVariates

        return ControlVariates(self._tree, kpis, controls)

    def summary(self) -> str:
        """The KPIs of the whole and of its products as text."""
        rows = [["KPI", "mean", "95 % interval", "unit", "estimates"]]
        rows += [list(cells) for cells in self._cells()]
        widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
        lines = [self._headline()]
        for row in rows:
            lines.append(
                "  ".join(
                    c.ljust(w) if i in (0, 3) else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))
                ).rstrip()
            )
        return Text("\n".join([*lines, self._rest()]))

    def _repr_html_(self) -> str:
        from html import escape

        head = "".join(f"<th>{cell}</th>" for cell in ("KPI", "mean", "95 % interval", "unit", "rests on estimates"))
        body = "".join(
            "<tr>"
            + f'<td style="text-align:left" title="{escape(meaning)}">{escape(cells[0])}</td>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])
            + "</tr>"
            for cells, meaning in zip(self._cells(), self._meanings(), strict=True)
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<p>{escape(self._headline())}</p>{table}<p>{escape(self._rest())}</p>"

    def __repr__(self) -> str:
        return f"<centresim.Result {self._headline()}>"

    # ---- where it comes from

    @property
    def scenario(self) -> Scenario:
        """The scenario that was run, with everything resolved."""
        if self._scenario is None:
            from ._scenario import Scenario

            self._scenario = Scenario(_core.scenario_from_json(self._attribute("scenario_json", str)))
        return self._scenario

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self._attribute("seed", int)

    @property
    def replications(self) -> int:
        """The finished replications that the estimates rest on."""
        return self._attribute("replications", int)

    @property
    def precise(self) -> bool | None:
        """Whether the means are as precise as ``run(precision=...)`` asked for; None where it did not."""
        told = self._tree.attributes("run").get("precise") if "run" in self._tree.paths() else None
        return None if told is None else bool(told)

    @property
    def interrupted(self) -> bool:
        """Whether the run was stopped before all replications had finished."""
        return bool(self._tree.attributes("run").get("interrupted", 0)) if "run" in self._tree.paths() else False

    @property
    def attributes(self) -> dict[str, Any]:
        """Format, producer, seed, scenario, digest: the attributes of the file.

        ``attributes["digest"]`` is what the release that made the result computed; ``digest()`` computes it anew.
        """
        return self._tree.attributes("")

    def digest(self) -> str:
        """SHA-256 over the integer observations: the same scenario, seed and model version give the same digest.

        Always computed from the observations by the rule of this release, with the model version that the result names.
        For a file of an earlier release it differs from ``attributes["digest"]`` where the rule has changed since.
        """
        return self._tree.digest()

    # ---- the observations

    @property
    def fab(self) -> Observations:
        """What the wafer fab observed."""
        return self._room("fab", "fab")

    @property
    def design(self) -> Observations:
        """What the chip-design floor observed."""
        return self._room("design", "design floor")

    @property
    def connections(self) -> Observations:
        """What the connections of the rooms did."""
        return self._room("connections", "enabled connection")

    def _room(self, path: str, what: str) -> Observations:
        if path not in self._tree.paths():
            raise AttributeError(f"the scenario of this result has no {what}")
        return Observations(self._tree, path)

    def to_xarray(self) -> xarray.DataTree:
        """Everything as an xarray DataTree, shaped like the file."""
        import xarray

        return xarray.DataTree.from_dict({"/" + path: dataset_of(self._tree, path) for path in self._tree.paths()})

    def to_pandas(self) -> pandas.DataFrame:
        """The same as ``kpis``."""
        return self.kpis

    def save(self, path: AnyPath) -> None:
        """Write an HDF5 file, whole or not at all; xarray opens it without options."""
        self._tree.save(encoded(path))

    @property
    def plot(self) -> Plots:
        """Pictures, drawn with matplotlib.

        Of a fab ``plot.cycle_time()``, ``plot.tool_groups()``, ``plot.wip()``; of a compute farm ``plot.licences()``,
        ``plot.waits()``.
        """
        from ._plot import Plots

        return Plots(self)

    def __eq__(self, other: object) -> bool:
        return self._tree == other._tree if isinstance(other, Result) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __getstate__(self) -> _core.Tree:
        return self._tree

    def __setstate__(self, tree: _core.Tree) -> None:
        self.__init__(tree)  # type: ignore[misc]

    # ---- inside

    def _attribute(self, name: str, kind: type[_T]) -> _T:
        value = self.attributes.get(name)
        if not isinstance(value, kind):
            what = "text" if kind is str else "whole number"
            raise LookupError(f"the result is not whole: it has no {what} {name!r} among its attributes")
        return value

    def _kpi_rows(self) -> list[_core.KpiRow]:
        if self._rows is None:
            self._rows = self._tree.kpis()
        return self._rows

    def _find(self, name: object, labels: Mapping[str, str]) -> _core.KpiRow:
        return _find_row(self._kpi_rows(), name, labels, self.replications)

    def _shown(self) -> list[_core.KpiRow]:
        """All KPIs of the whole; of each product and kind of lot only the most asked for."""
        whole = [row for row in self._kpi_rows() if not row.labels]
        parts = [
            row
            for name in _OF_EACH_PRODUCT
            for row in self._kpi_rows()
            if row.name == name and row.labels and row.labels.keys() <= {"product", "kind"}
        ]
        kinds = [
            row
            for name in _OF_EACH_KIND
            for row in self._kpi_rows()
            if row.name == name and row.labels.keys() == {"kind"}
        ]
        whole += kinds
        return whole + (parts if len(parts) > len(_OF_EACH_PRODUCT) else [])  # an only product says the same again

    def _meanings(self) -> list[str]:
        return [row.meaning for row in self._shown()]

    def _cells(self) -> list[tuple[str, str, str, str, str]]:
        cells = []
        for row in self._shown():
            name = f"{row.name} [{_label_text(row.labels)}]" if row.labels else row.name
            interval = "-" if math.isnan(row.low) else f"{_number(row.low)} to {_number(row.high)}"
            share = "-" if math.isnan(row.estimate_share) else f"{row.estimate_share:.0%}"
            cells.append((name, _number(row.mean), interval, row.unit, share))
        return cells

    def _rest(self) -> str:
        return f"({len(self._kpi_rows()) - len(self._shown())} more rows: result.kpis)"

    def _headline(self) -> str:
        title = str(self.attributes.get("title") or self.attributes.get("scenario") or "result")
        count = f"{self.replications} replication{'s' if self.replications != 1 else ''}"
        state = ", interrupted" if self.interrupted else ", not precise yet" if self.precise is False else ""
        return f"{title}: {count}, seed {self.seed}{state}"


class _Labelled(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def labels(self) -> dict[str, str]: ...


_Row = TypeVar("_Row", bound=_Labelled)


def _find_row(rows: Sequence[_Row], name: object, labels: Mapping[str, str], done: int) -> _Row:
    """The row that a name and labels mean; `done`: what has finished, 0 where nothing has."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a KPI is a text such as 'fab.cycle_time', not {name!r}")
    named = [row for row in rows if row.name == name]
    if not named and done == 0:
        raise LookupError(f"there is no KPI {name!r}: the run was stopped before any replication was done")
    if not named:
        from difflib import get_close_matches

        names = list(dict.fromkeys(row.name for row in rows))
        near = get_close_matches(name, names, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise LookupError(f"there is no KPI {name!r}{hint} (there are: {', '.join(names)})")
    found = [row for row in named if labels.items() <= row.labels.items()]
    exact = [row for row in found if row.labels == dict(labels)]
    if exact:
        return exact[0]
    if len(found) == 1:
        return found[0]
    asked = f"{name}[{_label_text(labels)}]" if labels else name
    choices = [_label_text(row.labels) or "(no label)" for row in (found or named)]
    shown = "; ".join(choices[:20]) + (f"; and {len(choices) - 20} more" if len(choices) > 20 else "")
    fault = "means several rows" if found else "matches no row"
    raise LookupError(f"{asked} {fault}; labels: {shown}")


def open_result(path: AnyPath) -> Result:
    """The result in an HDF5 file, equal to the one that was saved."""
    return Result(_core.Tree.open(encoded(path)))
