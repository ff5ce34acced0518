"""Many points of one scenario: described, planned, run."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core
from ._data import built_in
from ._errors import InputError, IoError, Issue
from ._executors import Executor, Run, make_job
from ._files import AnyPath, encoded
from ._progress import Progress, check_progress, shown
from ._result import open_result
from ._scenario import Scenario, _absolute, _whole, load
from ._select import Selection, point_text
from ._select import select as _select
from ._select_elsewhere import Elsewhere
from ._sweep_result import SweepResult
from ._sweep_stores import Folder, Memory, Store

if TYPE_CHECKING:
    import pandas

_DESIGNS = "grid, points, latin_hypercube, sobol, factorial, morris, saltelli"


class Sweep:
    """One scenario at many points, all run with the same random numbers.

    >>> sweep = cs.Sweep("mini-fab").grid({"fab.load_factor": [0.8, 0.9]})  # doctest: +SKIP
    >>> sweep.run(replications=8).kpi("fab.wip")  # doctest: +SKIP

    ``base`` is a scenario, or what :func:`load` takes. Keys of the points are paths, values what
    :meth:`Scenario.with_` takes, relative changes (``"+1"``, ``"*1.1"``) included.
    """

    def __init__(self, base: Scenario | AnyPath) -> None:
        self.base = base if isinstance(base, Scenario) else load(base)
        self._description: _core.SweepDescription | None = None
        self._given: tuple[int, int] | None = None  # replications and seed of a file

    @classmethod
    def read(cls, path: AnyPath) -> Sweep:
        """The sweep of a file (.toml or .json): docs/formats/sweep.md. Raises InputError with all mistakes in it."""
        description = _core.SweepDescription.load(encoded(path))
        sweep = cls(_base_of(Path(os.fsdecode(path)), description.scenario))
        sweep._description = description
        sweep._given = (description.replications, description.seed)
        return sweep

    # ---- which points

    def grid(self, values: Mapping[str, Iterable[Any]]) -> Sweep:
        """Every combination of the values of the paths; the last path changes fastest."""
        return self._with({"grid": {path: _items(path, items) for path, items in values.items()}})

    def points(self, points: Iterable[Mapping[str, Any]]) -> Sweep:
        """These points. Paths that one does not give stay as the base has them; ``{}`` is the base."""
        return self._with({"point": [dict(point) for point in points]})

    def latin_hypercube(self, ranges: Mapping[str, Sequence[Any]], *, points: int, seed: int = 1) -> Sweep:
        """Points drawn between limits: of each path every one of as many strata as points is met once.

        ``{"fab.load_factor": (0.7, 1.0), "horizon": ("100 d", "200 d")}``; a third word ``"log"`` makes the strata
        equal on a logarithmic scale. Whole numbers where the field takes only these. ``seed`` is that of the draw.
        """
        return self._draw("latin_hypercube", ranges, points, seed)

    def sobol(self, ranges: Mapping[str, Sequence[Any]], *, points: int, seed: int = 1) -> Sweep:
        """Points of a Sobol sequence, shifted at random; best are powers of two. ``ranges`` as in a Latin hypercube."""
        return self._draw("sobol", ranges, points, seed)

    def factorial(self, values: Mapping[str, Sequence[Any]], *, runs: int | None = None) -> Sweep:
        """Two values a path, every combination, or a fraction of ``runs`` (a power of two) that confounds least.

        For at most eleven paths. :meth:`SweepResult.effects` tells what each path does, alone and with others, and
        what a fraction cannot tell apart.
        """
        numbers = {} if runs is None else {"runs": _whole("runs", runs)}
        return self._design("factorial", values, numbers)

    def morris(
        self, ranges: Mapping[str, Sequence[Any]], *, trajectories: int = 10, levels: int = 4, seed: int = 1
    ) -> Sweep:
        """Which of many paths matter at all, with few points: each trajectory moves every path once.

        ``trajectories * (len(ranges) + 1)`` points; more trajectories add points and keep those that are there.
        ``ranges`` as in a Latin hypercube. :meth:`SweepResult.elementary_effects` tells what each path does.
        """
        numbers = {"trajectories": trajectories, "levels": levels, "seed": seed}
        return self._design("morris", ranges, {name: _whole(name, value) for name, value in numbers.items()})

    def saltelli(self, ranges: Mapping[str, Sequence[Any]], *, samples: int, seed: int = 1) -> Sweep:
        """How much of the spread of an answer each path is behind, when all may be anywhere in their ranges.

        ``samples * (len(ranges) + 2)`` points; best are powers of two, some hundreds. ``ranges`` as in a Latin
        hypercube. :meth:`SweepResult.sobol_indices` tells the shares.
        """
        return self._design("saltelli", ranges, {"samples": _whole("samples", samples), "seed": _whole("seed", seed)})

    def to_pandas(self) -> pandas.DataFrame:
        """The values of the points, a row each."""
        import pandas

        description = self._described()
        return pandas.DataFrame(description.points(), columns=description.paths).rename_axis("point")

    def __len__(self) -> int:
        return 0 if self._description is None else len(self._description)

    # ---- running them

    def plan(self, folder: AnyPath, *, replications: int | None = None, seed: int | None = None) -> Path:
        """Write the folder that ``centresim run FOLDER`` works through, whole or not at all.

        A folder that holds a plan with some of these points, and the same replications and seed, is extended: points
        are added, results stay. Raises InputError for points that cannot be run, and for another plan in the folder.
        """
        self._plan(self.base, folder, *self._run_with(replications, seed))
        return Path(os.fsdecode(folder))

    def run(
        self,
        *,
        horizon: object = None,
        warmup: object = None,
        replications: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        progress: bool | Progress | None = None,
        folder: AnyPath | None = None,
        executor: Executor | None = None,
        retry: bool = False,
    ) -> SweepResult:
        """Simulate every point and give back their key figures side by side.

        Parameters
        ----------
        horizon, warmup
            Instead of those of the base, as in :meth:`Scenario.run`.
        replications, seed
            Of every point. None: those of the file, else 8 and 1. One seed for all, so that points are compared with
            the same random numbers: see :meth:`SweepResult.difference`.
        threads, progress
            As in :meth:`Scenario.run`. Progress counts replications of all points. The threads share the replications
            of a point, or where these are few, the points.
        folder
            None: results stay in memory. Else the points are planned there, and every result is written as soon as it
            is ready: what is finished is not run again, after Ctrl-C or in another session.
        executor
            None: the threads of this process. Else anything with ``submit`` as in ``concurrent.futures``: a process
            pool, a ``dask.distributed`` client, ``mpi4py.futures``, submitit. Workers need this release of centresim
            and the job trace, if the scenario names one: results come back through the executor, none writes into the
            folder. ``threads`` is then that of each worker, one unless it is given.
        retry
            Run again points of the folder that an earlier run could not finish.

        Every point is checked before the first one is run. A point whose model cannot go on leaves the others alone:
        it is warned of, and stands in ``failures``. Where warnings are errors, the error has the finished points as
        its attribute ``result``. Ctrl-C returns the points that are finished (``interrupted`` is
        true); when none is, it raises KeyboardInterrupt. An executor that broke (a worker was killed) does the same,
        with a warning: run again with another one, with a folder nothing is lost.
        """
        check_progress(progress)
        spans = {key: value for key, value in (("horizon", horizon), ("warmup", warmup)) if value is not None}
        base = self.base.with_({key: _absolute(value) for key, value in spans.items()}) if spans else self.base
        replications, seed = self._run_with(replications, seed)
        threads = _whole("threads", 0 if threads is None else threads)
        with shown(progress, base.name or "sweep") as callback:
            if executor is not None:
                store: Store
                if folder is None:
                    store = Memory(base, self._described(), replications, seed)
                else:
                    store = Folder(self._plan(base, folder, replications, seed), retry=retry)
                return self._run_elsewhere(store, executor, threads, callback)
            if folder is None:
                return self._run_in_memory(base, replications, seed, threads, callback)
            return self._run_in_folder(base, folder, replications, seed, threads, retry, callback)

    def select(
        self,
        kpi: str,
        *,
        indifference: float | None = None,
        confidence: float = 0.95,
        method: str = "kim-nelson",
        budget: int | None = None,
        better: str | None = None,
        first: int = 10,
        at_most: int = 10_000,
        horizon: object = None,
        warmup: object = None,
        seed: int | None = None,
        threads: int | None = None,
        progress: bool | Progress | None = None,
        executor: Executor | None = None,
        **labels: str,
    ) -> Selection:
        """The best point by one key figure, with as few replications as that takes; the others are dropped on the way.

        Parameters
        ----------
        kpi, labels
            As in :meth:`SweepResult.kpi`: ``select("fab.cycle_time", product="A", indifference=0.5)``.
        indifference
            How much better another point must be to matter, in the unit of the figure.
        confidence
            The probability of selecting the best point where it is better than all others by that much. Where others
            are nearer, one of those near the best is found as a rule; that is no promise. For values that are nearly
            normal, as means over long windows are.
        method
            ``"kim-nelson"`` (2001) gives that promise; ``"ocba"`` (Chen and others 2000) promises nothing and makes the
            most of ``budget``, the replications of all points together.
        better
            ``"lower"`` or ``"higher"``; None: what the figure itself says.
        first
            Replications of every point before any is dropped.
        at_most
            Of one point: beyond that the selection ends undecided. A small indifference zone can take very many.
        horizon, warmup, seed, threads, progress
            As in :meth:`run`. The points share their random numbers under ``"kim-nelson"``, which saves replications;
            under ``"ocba"``, which takes them for independent, point i has ``seed + i``.
        executor
            As in :meth:`run`. One that broke ends the selection with a warning, as an interrupt does.

        The answer does not depend on threads or workers. A point that cannot keep up or go on is warned of and
        left out (``failures``).
        Raises InputError for points that cannot be run, numbers out of range, and a figure that is not there.
        """
        spans = {key: value for key, value in (("horizon", horizon), ("warmup", warmup)) if value is not None}
        base = self.base.with_({key: _absolute(value) for key, value in spans.items()}) if spans else self.base
        description = self._described()
        check_progress(progress)
        threads = _whole("threads", 0 if threads is None else threads)
        with shown(progress, base.name or "select") as callback:

            def elsewhere(points: Sequence[Mapping[str, Any]]) -> Elsewhere:
                return Elsewhere(executor, base.to_json().encode(), points, kpi, labels, threads, callback)

            found, broken = _select(
                base,
                description,
                kpi,
                labels,
                method=method,
                better=better,
                indifference=indifference,
                confidence=confidence,
                budget=None if budget is None else _whole("budget", budget),
                progress=callback,
                elsewhere=None if executor is None else elsewhere,
                first=_whole("first", first),
                at_most=_whole("at_most", at_most),
                seed=self._run_with(None, seed)[1],
                threads=threads,
            )
        _warn(found.failures.items(), description.points(), found, [broken] if broken else [])
        return found

    # ---- inside

    def _run_in_memory(
        self, base: Scenario, replications: int, seed: int, threads: int, progress: Progress | None
    ) -> SweepResult:
        description = self._described()
        scenarios = description.resolve(base)
        first: dict[str, int] = {}  # equal scenarios are run once
        same = [first.setdefault(scenario.hash, len(first)) for scenario in scenarios]
        places = {place: number for number, place in reversed(list(enumerate(same)))}
        trees, told = _core.run_points(
            scenarios=[scenarios[places[place]] for place in range(len(first))],
            replications=replications,
            seed=seed,
            threads=threads,
            progress=progress,
        )
        points = description.points()
        done = {number: tree for number, place in enumerate(same) if (tree := trees[place]) is not None}
        _, _, interrupted, failed = told
        reasons = dict(failed)
        failures = [(number, reasons[place]) for number, place in enumerate(same) if place in reasons]
        result = SweepResult._of_trees(
            base.name,
            replications,
            seed,
            description.paths,
            points,
            done,
            interrupted,
            dict(failures),
            description.design,
        )
        _warn(failures, points, result)
        return result

    def _run_elsewhere(self, store: Store, executor: Executor, threads: int, progress: Progress | None) -> SweepResult:
        job = make_job(store.base, store.replications, store.seed, threads)
        outcome = Run(executor, job, store.left, store.keep, store.fail, progress)()
        if outcome.interrupted and not outcome.broken and store.kept == 0:
            raise KeyboardInterrupt
        result = store.result(outcome.interrupted)
        texts = [f"the executor takes no more work: {outcome.broken}; run again to go on"] if outcome.broken else []
        _warn(result.failures.items(), store.points, result, texts)
        return result

    def _run_in_folder(
        self,
        base: Scenario,
        folder: AnyPath,
        replications: int,
        seed: int,
        threads: int,
        retry: bool,
        progress: Progress | None,
    ) -> SweepResult:
        plan = self._plan(base, folder, replications, seed)
        texts: list[str] = []
        _, _, interrupted, failures = plan.run(threads=threads, retry=retry, progress=progress, message=texts.append)
        result = SweepResult._of_plan(plan, interrupted, dict(failures))
        _warn(failures, plan.points(), result, texts)
        return result

    def _plan(self, base: Scenario, folder: AnyPath, replications: int, seed: int) -> _core.Plan:
        description = self._described().with_run(replications, seed)
        return _core.write_plan(base, description, encoded(folder))[0]

    def _run_with(self, replications: int | None, seed: int | None) -> tuple[int, int]:
        given = self._given or (8, 1)
        return (
            _whole("replications", given[0] if replications is None else replications),
            _whole("seed", given[1] if seed is None else seed),
        )

    def _draw(self, kind: str, ranges: Mapping[str, Sequence[Any]], points: int, seed: int) -> Sweep:
        return self._design(kind, ranges, {"points": points, "seed": seed})

    def _design(self, kind: str, ranges: Mapping[str, Sequence[Any]], numbers: Mapping[str, int]) -> Sweep:
        limits = {path: _items(path, limits) for path, limits in ranges.items()}
        return self._with({"design": {"kind": kind, **numbers, "ranges": limits}})

    def _with(self, description: dict[str, Any]) -> Sweep:
        if self._description is not None:
            raise ValueError("the points of this sweep are given already: make another Sweep")
        sweep = type(self)(self.base)
        sweep._description = _core.SweepDescription.read(description)
        return sweep

    def _described(self) -> _core.SweepDescription:
        if self._description is None:
            raise ValueError(f"which points? Use one of {_DESIGNS}")
        return self._description

    def __repr__(self) -> str:
        paths = ", ".join(self._description.paths) if self._description is not None else "nothing yet"
        return f"<centresim.Sweep of {self.base.name!r}: {len(self)} points over {paths}>"


def _items(path: str, items: Iterable[Any]) -> list[Any]:
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise TypeError(f"{path}: takes a list of values, not {items!r}")
    return list(items)


def _base_of(file: Path, name: str) -> Scenario:
    """The scenario that a file names: built-in, else a file beside it; never one of the working directory."""
    beside = file.parent / name
    known = built_in()
    if name in known:
        return load(name)
    if "/" not in name and not Path(name).suffix and not beside.exists():
        near = get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        rule = f"is neither a file nor a built-in scenario{hint} (there are: {', '.join(known)})"
        issue = Issue(os.fspath(file), _line_of_scenario(file), "scenario", name, rule)
        raise InputError(f"{issue.file}:{issue.line}: {issue.path}: {name}: {rule}", [issue])
    try:
        return open_result(beside).scenario if beside.suffix == ".h5" else load(beside)
    except (InputError, IoError) as error:
        error.add_note(f"the scenario of {file}:{_line_of_scenario(file)}")
        raise


def _line_of_scenario(file: Path) -> int:
    """Where the file, which has been read without fault, names its scenario."""
    text = file.read_text(encoding="utf-8")
    found = re.search(r"""^[ \t]*["']?scenario["']?[ \t]*=|"scenario"\s*:""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _warn(
    failures: Iterable[tuple[int, str]],
    points: Sequence[Mapping[str, Any]],
    result: SweepResult | Selection,
    texts: Iterable[str] = (),
) -> None:
    told = [f"point {i} ({point_text(points[i])}): {reason}" for i, reason in failures]
    for text in (*texts, *told):
        try:
            warnings.warn(text, stacklevel=4)
        except Warning as error:  # made an error by a filter: what has been computed is not thrown away
            error.result = result  # type: ignore[attr-defined]
            error.add_note("the points that are finished: `result` of this error")
            raise
