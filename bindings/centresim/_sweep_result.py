"""What the points of a sweep answer, side by side."""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._effects import Points, elementary_effects, factorial_effects, is_value, outputs_of, read_design, sobol_indices
from ._files import AnyPath, encoded
from ._observations import dataset_of
from ._result import Result, _find_row
from ._scenario import _whole

if TYPE_CHECKING:
    import pandas
    import xarray

# Variables of the table over `kpi` that are no labels.
_OWN = {"kpi", "kpi_name", "unit_of", "meaning", "better"}
# Coordinates of the points that are no paths.
_COUNTED = {"hash", "point"}


def _path_names(table: _core.Tree) -> list[str]:
    """The variables of the paths, in the order of the sweep."""
    names = str(table.attributes("")["coordinates"]).split(" ")
    return [name for name in names if name not in _COUNTED]


class _Row(NamedTuple):
    """A key figure of the table: its name, its labels, its place."""

    name: str
    labels: dict[str, str]
    place: int


class SweepResult:
    """The finished points of a sweep; tables have one row a point, named by its number in the sweep."""

    def __init__(
        self,
        table: _core.Tree,
        paths: Sequence[str],
        numbers: Sequence[int],
        opener: Callable[[int], Result] | None,
        interrupted: bool = False,
        failures: Mapping[int, str] | None = None,
    ) -> None:
        self._table = table
        self._paths = list(paths)
        self._numbers = list(numbers)
        self._opener = opener
        self.interrupted = interrupted
        self.failures = dict(failures or {})
        self._dataset: xarray.Dataset | None = None
        self._rows: list[_Row] | None = None

    @classmethod
    def open(cls, path: AnyPath) -> SweepResult:
        """The finished points in the folder of a plan, or a file that ``save`` or ``centresim collect`` wrote."""
        if Path(os.fsdecode(path)).is_dir():
            return cls._of_plan(_core.Plan.open(encoded(path)))
        table = _core.open_sweep(encoded(path))
        paths = [table.variable("", name).long_name for name in _path_names(table)]
        return cls(table, paths, [int(n) for n in table.variable("", "point").values], None)

    @classmethod
    def _of_plan(
        cls, plan: _core.Plan, interrupted: bool = False, failures: Mapping[int, str] | None = None
    ) -> SweepResult:
        table, numbers = plan.collect()
        results = _core.PlanResults(plan)
        stored = {n: state for n, state in enumerate(results.states(plan)) if isinstance(state, str)}

        def open_point(number: int) -> Result:
            return Result(results.read(plan, number))

        return cls(
            table, plan.paths, numbers, open_point, interrupted, dict(sorted({**stored, **(failures or {})}.items()))
        )

    @classmethod
    def _of_trees(
        cls,
        name: str,
        replications: int,
        seed: int,
        paths: Sequence[str],
        points: Sequence[Mapping[str, Any]],
        trees: Mapping[int, _core.Tree],
        interrupted: bool,
        failures: Mapping[int, str],
        design: object = None,
    ) -> SweepResult:
        table = _core.gather_points(
            scenario=name,
            replications=replications,
            seed=seed,
            paths=["point", *paths],
            points=[{"point": i, **points[i]} for i in trees],
            trees=list(trees.values()),
            design=design,
        )
        return cls(table, paths, list(trees), lambda number: Result(trees[number]), interrupted, failures)

    # ---- the answer

    @property
    def points(self) -> pandas.DataFrame:
        """The values of the finished points, and the hash of the scenario of each."""
        frame = self._frame()
        frame["hash"] = self.dataset["hash"].to_numpy()
        return frame

    def kpi(self, name: str, **labels: str) -> pandas.DataFrame:
        """One key figure at every point: ``sweep.kpi("fab.cycle_time", product="A")``.

        Columns: the paths, then mean, half_width, low, high (95 %), sd and n over replications; NaN where a point does
        not have it. The unit is in ``attrs["unit"]``. Raises LookupError, which lists what there is.
        """
        row = self._find(name, labels)
        data = self.dataset.isel(kpi=row.place)
        frame = self._frame()
        frame["mean"] = data["mean"].to_numpy()
        frame["half_width"] = ((data["high"] - data["low"]) / 2).to_numpy()
        for column in ("low", "high", "sd", "n"):
            frame[column] = data[column].to_numpy()
        return self._marked(frame, row)

    def difference(self, name: str, to: int | Mapping[str, Any] = 0, **labels: str) -> pandas.DataFrame:
        """How much a key figure of every point differs from that of the point ``to``: its number, or its values.

        The points share their random numbers, so replication by replication is compared: columns as in :meth:`kpi`,
        with the paired 95 % interval of the mean difference. It excludes 0 where the difference is clear.
        """
        row = self._find(name, labels)
        reference = self._position(to)
        values = self.dataset["values"].isel(kpi=row.place).to_numpy()
        estimates = [_core.estimate((point - values[reference]).tolist()) for point in values]
        frame = self._frame()
        for i, column in enumerate(("mean", "low", "high", "sd", "n")):
            frame[column] = [estimate[i] for estimate in estimates]
        frame.insert(len(self._paths) + 1, "half_width", (frame["high"] - frame["low"]) / 2)
        return self._marked(frame, row)

    def compare(self, name: str, to: int | None = None, **labels: str) -> pandas.DataFrame:
        """Differences of a key figure between all pairs of points, or from the point ``to``, told by their numbers.

        The points share their random numbers: replication by replication is compared. The interval holds for all rows
        together with 95 %; ``p_holm`` is small where a difference is clear though many were looked at:
        :func:`centresim.analysis.compare`.
        """
        from .analysis import compare

        row = self._find(name, labels)
        values = self.dataset["values"].isel(kpi=row.place).to_numpy()
        table = compare(dict(zip(self._numbers, values, strict=True)), to=to)  # type: ignore[arg-type]
        table.attrs = {"kpi": row.name, "unit": str(self.dataset["unit_of"].to_numpy()[row.place])}
        return table

    def effects(self, name: str, *, order: int = 2, **labels: str) -> pandas.DataFrame:
        """What each path of :meth:`Sweep.factorial` does to a key figure, the largest effect on top.

        A row for each path and each combination of up to ``order`` paths (``"a x b"``): ``effect``, the mean at the
        second values less that at the first ones (of a combination: where their product is 1 less where it is -1), its
        95 % interval over ``n`` replications, and ``same_as``: what of up to ``order`` paths a fraction cannot tell
        from it; the number is the sum of all that are mixed with it. Replications with a missing point are left out.
        Raises ValueError for points of another design.
        """
        order = _whole("order", order)
        return self._answer(
            name, labels, "factorial", lambda design, rows: factorial_effects(design, self._paths, rows, order)
        )

    def elementary_effects(self, name: str, **labels: str) -> pandas.DataFrame:
        """What each path of :meth:`Sweep.morris` does to a key figure when it crosses its range, the largest on top.

        ``mu_star``: mean of the absolute effects, in the unit of the figure, with its 95 % interval: near 0, the path
        does not matter. ``mu``: mean of the effects; ``sigma``: their spread from place to place, which says that the
        path acts not linearly, or not alone. ``noise``: what ``sigma`` would be from chance alone (Morris 1991;
        Campolongo and others 2007). ``steps``: how many of them there were. Raises ValueError for points of another
        design.
        """
        return self._answer(name, labels, "morris", elementary_effects)

    def sobol_indices(self, name: str, *, resamples: int = 1000, **labels: str) -> pandas.DataFrame:
        """Shares of the variance of a key figure over :meth:`Sweep.saltelli`, the largest on top.

        ``first``: of the path alone; ``total``: with all that it does together with others; each with a 95 % interval
        from ``resamples`` of the bootstrap. They are estimates, and may come out below 0 or above 1. In ``attrs``:
        ``variance`` of the figure over the points, ``noise_share`` of it that comes from replications (where points are
        all different and their noise is independent, a path that does nothing has about that in ``total``), and the
        complete ``rows`` it rests on (Saltelli and others 2010, Jansen 1999). Raises ValueError for points of another
        design.
        """
        resamples = _whole("resamples", resamples)
        return self._answer(name, labels, "saltelli", lambda design, rows: sobol_indices(design, rows, resamples))

    def result(self, point: int) -> Result:
        """The whole result of one point, by its number. Not for a file of collected key figures."""
        number = operator.index(point)
        if self._opener is None:
            raise LookupError("a file of collected key figures holds no results of single points")
        if number not in self._numbers:
            why = self.failures.get(number, "it is not among the finished ones")
            raise LookupError(f"there is no result of point {number}: {why}")
        return self._opener(number)

    # ---- where it comes from, where it goes

    @property
    def dataset(self) -> xarray.Dataset:
        """Everything in one table with the dimensions scenario, kpi and replication, as in the file."""
        if self._dataset is None:
            dataset = dataset_of(self._table, "")
            names = dataset.attrs.pop("coordinates").split(" ")
            dataset.attrs["filetype"] = "centresim-sweep-results"
            self._dataset = dataset.set_coords(names)
        return self._dataset

    def to_xarray(self) -> xarray.Dataset:
        """The same as ``dataset``."""
        return self.dataset

    @property
    def seed(self) -> int:
        """The seed of all points."""
        return int(self._table.attributes("")["seed"])

    @property
    def replications(self) -> int:
        """The replications of each point."""
        return int(self._table.attributes("")["replications"])

    def save(self, path: AnyPath) -> None:
        """Write the table as an HDF5 file, whole or not at all; xarray opens it without options."""
        _core.save_sweep(self._table, encoded(path))

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __repr__(self) -> str:
        scenario = self._table.attributes("").get("scenario")
        state = ", interrupted" if self.interrupted else ""
        failed = f", {len(self.failures)} failed" if self.failures else ""
        runs = f"{self.replications} replications each, seed {self.seed}"
        return f"<centresim.SweepResult {scenario}: {len(self)} points, {runs}{state}{failed}>"

    # ---- inside

    def _frame(self) -> pandas.DataFrame:
        import pandas

        names = _path_names(self._table)
        columns = {path: self.dataset[name].to_numpy() for path, name in zip(self._paths, names, strict=True)}
        return pandas.DataFrame(columns, index=pandas.Index(self._numbers, name="point", dtype="int64"))

    def _marked(self, frame: pandas.DataFrame, row: _Row) -> pandas.DataFrame:
        data = self.dataset.isel(kpi=row.place)
        frame.attrs = {"kpi": str(data["kpi"].item()), "unit": str(data["unit_of"].item())}
        return frame

    def _answer(
        self,
        name: str,
        labels: Mapping[str, str],
        kind: str,
        method: Callable[[Mapping[str, Any], list[list[float]]], pandas.DataFrame],
    ) -> pandas.DataFrame:
        frame = self._frame()
        points = Points(self._paths, self._numbers, [frame[path].tolist() for path in self._paths])
        design = read_design(self._table.attributes("").get("design"), kind, points)
        row = self._find(name, labels)
        values = self.dataset["values"].isel(kpi=row.place).to_numpy()
        table = method(design, outputs_of(design, points, values))
        table.attrs |= {"kpi": row.name, "unit": str(self.dataset["unit_of"].to_numpy()[row.place])}
        return table

    def _find(self, name: object, labels: Mapping[str, str]) -> _Row:
        if self._rows is None:
            keys = [str(key) for key, v in self.dataset.variables.items() if v.dims == ("kpi",) and key not in _OWN]
            names = self.dataset["kpi_name"].to_numpy()
            texts = {key: self.dataset[key].to_numpy() for key in keys}
            self._rows = [
                _Row(str(n), {key: str(texts[key][i]) for key in keys if texts[key][i]}, i) for i, n in enumerate(names)
            ]
        if not len(self):
            raise LookupError(f"there is no KPI {name!r}: {self._why_nothing()}")
        return _find_row(self._rows, name, labels, len(self))

    def _why_nothing(self) -> str:
        told = [f"point {point}: {reason}" for point, reason in list(self.failures.items())[:5]]
        more = f"; and {len(self.failures) - 5} more" if len(self.failures) > 5 else ""
        return "no point is finished" + ("; " if told else "") + "; ".join(told) + more

    def _position(self, to: int | Mapping[str, Any]) -> int:
        if isinstance(to, Mapping):
            unknown = [path for path in to if path not in self._paths]
            if unknown:
                raise LookupError(f"{unknown[0]!r} is none of the paths of the sweep ({', '.join(self._paths)})")
            frame = self._frame()
            found = [
                i for i in range(len(frame)) if all(is_value(frame[path].iloc[i], value) for path, value in to.items())
            ]
            if len(found) != 1:
                raise LookupError(f"{len(found)} finished points have {dict(to)}: one is needed to compare with")
            return found[0]
        number = operator.index(to)
        if number not in self._numbers:
            raise LookupError(f"point {number} is not among the finished ones")
        return self._numbers.index(number)
