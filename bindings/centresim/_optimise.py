"""A search for good values of a scenario: simulated in batches, steered by optuna."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ._files import AnyPath
from ._progress import Progress, check_progress, shown
from ._result import Estimate, Result
from ._scenario import Scenario, _absolute, _whole, load
from ._search import Search, Trial, load_optuna
from ._search_space import Space, count, fault, read_goals, read_limits, read_space

if TYPE_CHECKING:
    from collections.abc import Callable

    import optuna
    import pandas
    from matplotlib.axes import Axes

    _Objective = str | tuple[str, Mapping[str, str]] | Callable[[Result], object]

_MOST_TRIALS = 100_000


def optimise(
    base: Scenario | AnyPath,
    values: Mapping[str, Any],
    *,
    minimise: _Objective | list[Any] | None = None,
    maximise: _Objective | list[Any] | None = None,
    subject_to: Mapping[Any, str] | None = None,
    trials: int = 60,
    replications: int = 8,
    seed: int = 1,
    horizon: object = None,
    warmup: object = None,
    threads: int | None = None,
    progress: bool | Progress | None = None,
    start: Iterable[Mapping[str, Any]] = (),
    batch: int = 8,
    search_seed: int = 1,
) -> Optimisation:
    """Search the values of a scenario that make a key figure best, within limits on others.

    >>> found = cs.optimise("mini-fab", {"fab.tool_groups.litho.tools": (1, 4)}, minimise="fab.wip")  # doctest: +SKIP
    >>> found.best, found.best_estimate  # doctest: +SKIP
    >>> found.confirm()  # doctest: +SKIP

    Needs optuna: ``pip install optuna``.

    Parameters
    ----------
    base
        A scenario, or what :func:`load` takes.
    values
        What to vary: for each path a tuple ``(low, high)`` or ``(low, high, "log")``, a range as in
        :meth:`Sweep.latin_hypercube` with both ends in it (whole numbers where the field takes only these), or a list
        of choices, each what :meth:`Scenario.with_` takes.
    minimise, maximise
        The objective: a key figure (``"fab.cycle_time[product=A]"``, or ``("fab.cycle_time", {"product": "A"})``), or a
        function of a :class:`Result` that returns a number or an :class:`Estimate`, such as what the tools of
        ``result.scenario`` cost. A list: several objectives, answered by ``front``; both may be lists.
    subject_to
        Limits: ``{"fab.throughput": ">= 10"}``, in the unit of the figure, judged on its mean. Keys as objectives.
    trials
        How many different sets of values to try, 1 to 100000; their results stay in memory. The search ends earlier
        when all there are have been tried. A set that the sampler proposes again is not simulated again (``repeats``
        counts these).
    replications, seed
        Of every trial: all have the same random numbers.
    horizon, warmup
        Instead of those of the base, as in :meth:`Scenario.run`.
    threads, progress
        As in :meth:`Sweep.run`. The answer does not depend on the threads.
    start
        Points to try first, ``[{path: value}]``, such as the values of today. Paths left out are drawn.
    batch
        Trials that are proposed together and share the threads, 1 to 1000. A part of the question, as the seeds are:
        the larger, the less each proposal knows.
    search_seed
        Of the sampler (optuna's TPESampler). Another one is another search.

    A point whose line provably cannot keep up, whose model cannot go on, or whose figures are no finite numbers is a
    failed trial with its reason in ``table``. Ctrl-C gives back what is finished (``interrupted`` is true); where
    nothing is, it raises KeyboardInterrupt.

    **The figure of the winner is too good**: it is the best of many noisy ones. :meth:`Optimisation.confirm` measures
    it again with new random numbers.

    Raises ImportError without optuna; InputError for paths, ranges, choices and counts, LookupError for key figures
    that are not there, ValueError for objectives and limits that are none, TypeError for the wrong types.
    """
    load_optuna()
    check_progress(progress)
    goals = read_goals(minimise, maximise)
    limits = read_limits(subject_to, [goal for goal, _ in goals])
    counts = (count("trials", trials, _MOST_TRIALS), count("batch", batch, 1000))
    runs = {"replications": replications, "seed": seed, "threads": 0 if threads is None else threads}
    runs = {name: _whole(name, value) for name, value in runs.items()}
    sampler = count("search_seed", search_seed, 2**32 - 1)
    base = base if isinstance(base, Scenario) else load(base)
    spans = {key: _absolute(span) for key, span in (("horizon", horizon), ("warmup", warmup)) if span is not None}
    space = read_space(base, values, spans)
    points = [_start_point(space, point) for point in start]
    with shown(progress, base.name or "optimise") as callback:
        search = Search(base, space, goals, limits, runs, sampler)
        return Optimisation(search, search.run(*counts, points, callback))


class Optimisation:
    """What a search has found: :func:`optimise` makes one. Trials are named by their numbers in ``study``."""

    def __init__(self, search: Search, interrupted: bool) -> None:
        self._search = search
        self._trials = {trial.number: trial for trial in search.tried.values()}
        self.interrupted = interrupted
        self.repeats = search.repeats
        self.seed = search.runs["seed"]
        self.replications = search.runs["replications"]

    @property
    def study(self) -> optuna.Study:
        """The study of optuna, for its own pictures and importances.

        It has repeated trials as well; failed ones are PRUNED there, so that the sampler learns from them. A list or
        a law among choices stands there as text, a time in milliseconds.
        """
        return self._search.study

    @property
    def best(self) -> dict[str, Any] | None:
        """The values of the best feasible trial; None where no trial is feasible.

        Raises LookupError for several objectives: they have a ``front``.
        """
        trial = self._winner()
        return None if trial is None else self._search.space.values(trial.key)

    @property
    def best_trial(self) -> int | None:
        """The number of the best feasible trial, as ``best``."""
        trial = self._winner()
        return None if trial is None else trial.number

    @property
    def best_estimate(self) -> Estimate | None:
        """The objective of the best feasible trial: too good, see :meth:`confirm`."""
        trial = self._winner()
        return None if trial is None else trial.figures[self._search.goals[0][0].label]

    @property
    def scenario(self) -> Scenario | None:
        """The base with the best values; None where no trial is feasible."""
        trial = self._winner()
        return None if trial is None else self._search.space.scenario(self._search.base, trial.key)

    @property
    def table(self) -> pandas.DataFrame:
        """A row a trial, in the order of trying.

        Columns: the values; the mean of each objective and of each limited figure, and behind it the half width of its
        95 % interval (nan for functions); ``feasible``: all limits hold on the mean; ``sure`` (where there are
        limits): on their whole intervals as well; ``failure``: why there are no figures, else empty.
        Numbers left out are repeats.
        """
        return self._frame(self._trials.values())

    @property
    def front(self) -> pandas.DataFrame:
        """The rows of the feasible trials that no other one dominates, the best in the first objective on top.

        One dominates that is no worse in every objective and better in one, on the means.
        """
        return self._frame(self._undominated())

    def result(self, trial: int) -> Result:
        """The whole result of a trial, by its number. Raises LookupError where it has none."""
        found = self._trials.get(trial)
        if found is None or found.tree is None:
            why = found.failure if found is not None else "it is none of the trials of the table"
            raise LookupError(f"there is no result of trial {trial}: {why}")
        return Result(found.tree)

    def confirm(
        self,
        *,
        best: int = 3,
        trials: Iterable[int] | None = None,
        replications: int | None = None,
        seed: int | None = None,
        threads: int | None = None,
        progress: bool | Progress | None = None,
    ) -> pandas.DataFrame:
        """Run the best few feasible trials again, with new random numbers, and compare them.

        ``best``: how many, of a front those on top; or their numbers, ``trials``. ``replications``: None: four times
        those of the search; ``seed``: None: that of the search and 1.

        A row a trial, the winner of the search first: columns of ``table``, ``... searched`` (what the search saw), and
        where the objective is a key figure its ``difference`` to the first row, replication by replication, with an
        interval that holds for all rows together with 95 %. Where it excludes 0, the order is clear. Intervals here
        are honest; choose by them only what you would have chosen anyhow, or confirm once more.

        Raises LookupError where no trial is feasible or a number is none, ValueError for the seed of the search.
        """
        check_progress(progress)
        chosen = self._chosen(count("best", best, _MOST_TRIALS), trials)
        seed = self.seed + 1 if seed is None else _whole("seed", seed)
        if seed == self.seed:
            raise ValueError(f"seed: {seed}: is that of the search, so it would confirm its luck: take another one")
        runs = {
            "replications": _whole("replications", 4 * self.replications if replications is None else replications),
            "seed": seed,
            "threads": _whole("threads", 0 if threads is None else threads),
        }
        with shown(progress, "confirm") as callback:
            again = self._search.again(chosen, runs, callback)
        return self._compared(again, runs)

    def plot(self, ax: Axes | None = None) -> Axes:
        """The objective over the trials and the best so far; of two objectives, one over the other and the front."""
        from ._plot_axes import axes_for

        (goal, upwards), *others = self._search.goals
        if len(others) > 1:
            raise LookupError("three objectives and more have no picture: see front")
        ax = axes_for(ax, 9)
        table = self.table
        kinds = [(table[table["feasible"]], "C0", "feasible"), (table[~table["feasible"]], "0.7", "not feasible")]
        if others:
            other = others[0][0].label
            ax.plot(self.front[goal.label], self.front[other], color="C3", marker="o", ms=8, mfc="none", label="front")
            for rows, colour, label in kinds:
                ax.scatter(rows[goal.label], rows[other], color=colour, s=14, label=label)
            ax.set_xlabel(goal.label)
            ax.set_ylabel(other)
        else:
            for rows, colour, label in kinds:
                bars = rows[f"{goal.label} half_width"].fillna(0)
                ax.errorbar(rows.index, rows[goal.label], yerr=bars, fmt="o", ms=4, color=colour, label=label)
            good = kinds[0][0][goal.label]
            best = good.cummax() if upwards else good.cummin()
            ax.step(best.index, best, where="post", color="C3", label="best so far")
            ax.set_xlabel("trial")
            ax.set_ylabel(goal.label)
        ax.legend(loc="best", fontsize="small")
        return ax

    def __len__(self) -> int:
        return len(self._trials)

    def __repr__(self) -> str:
        failed = sum(bool(trial.failure) for trial in self._trials.values())
        feasible = sum(trial.feasible for trial in self._trials.values())
        told = f"{len(self)} trials, {feasible} feasible, {failed} failed" + (", interrupted" * self.interrupted)
        best = ""
        if len(self._search.goals) == 1 and (trial := self._winner()) is not None:
            best = f"; best {self._search.goals[0][0].label} {self.best_estimate} at trial {trial.number}"
        return f"<centresim.Optimisation {self._search.base.name}: {told}{best}>"

    # ---- inside

    def _winner(self) -> Trial | None:
        if len(self._search.goals) > 1:
            raise LookupError("several objectives have no single best trial: see front")
        return next(iter(self._best_first()), None)

    def _best_first(self) -> list[Trial]:
        """All feasible trials; of equals the first one tried comes first."""
        feasible = [trial for trial in self._trials.values() if trial.feasible]
        return sorted(feasible, key=lambda trial: (self._scores(trial), trial.number))

    def _undominated(self) -> list[Trial]:
        rows = self._best_first()
        scores = {trial.number: self._scores(trial) for trial in rows}

        def dominates(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
            return one != other and all(a <= b for a, b in zip(one, other, strict=True))

        return [row for row in rows if not any(dominates(other, scores[row.number]) for other in scores.values())]

    def _scores(self, trial: Trial) -> tuple[float, ...]:
        """The means of the objectives: the smaller, the better."""
        means = [(trial.figures[goal.label].mean, upwards) for goal, upwards in self._search.goals]
        return tuple(-mean if upwards else mean for mean, upwards in means)

    def _chosen(self, best: int, numbers: Iterable[int] | None) -> list[Trial]:
        if numbers is not None:
            wanted = list(dict.fromkeys(numbers))
            if not wanted:
                raise LookupError("trials: names none")
            for number in wanted:
                self.result(number)
            return [self._trials[number] for number in wanted]
        rows = self._best_first() if len(self._search.goals) == 1 else self._undominated()
        if not rows:
            raise LookupError("no trial is feasible: there is nothing to confirm")
        return rows[:best]

    def _frame(self, trials: Iterable[Trial]) -> pandas.DataFrame:
        import pandas

        search = self._search
        figures = [column for label in search.figures for column in (label, f"{label} half_width")]
        columns = [*search.space.paths, *figures, "feasible", *(["sure"] if search.limits else []), "failure"]
        rows, numbers = [], []
        for trial in trials:
            row: dict[str, object] = dict(search.space.values(trial.key))
            for label, estimate in trial.figures.items():
                row |= {label: estimate.mean, f"{label} half_width": estimate.half_width}
            rows.append(row | {"feasible": trial.feasible, "sure": trial.sure, "failure": trial.failure})
            numbers.append(trial.number)
        frame = pandas.DataFrame(rows, columns=columns, index=pandas.Index(numbers, name="trial", dtype="int64"))
        return frame.astype(dict.fromkeys(figures, "float64") | {"feasible": "bool"})

    def _compared(self, again: list[Trial], runs: Mapping[str, int]) -> pandas.DataFrame:
        """What was run again, beside what the search saw, and differences to the first row."""
        from .analysis import compare

        frame = self._frame(again)
        for goal, _ in self._search.goals:
            before = [self._trials[trial.number].figures.get(goal.label) for trial in again]
            seen = [math.nan if estimate is None else estimate.mean for estimate in before]
            frame.insert(list(frame.columns).index(goal.label), f"{goal.label} searched", seen)
            if goal.function is not None:
                continue
            values = {trial.number: goal.values(Result(trial.tree)) for trial in again if trial.tree is not None}
            first = again[0].number
            if first not in values or len(values) < 2:
                continue
            pairs = compare(values, to=first).set_index("first")  # type: ignore[arg-type]
            prefix = f"{goal.label} " if len(self._search.goals) > 1 else ""
            for column in ("difference", "low", "high"):
                name = f"{prefix}difference{'' if column == 'difference' else '_' + column}"
                frame.insert(len(frame.columns) - 1, name, pairs[column].reindex(frame.index))
        frame.attrs = {"replications": runs["replications"], "seed": runs["seed"]}
        return frame


def _start_point(space: Space, point: object) -> dict[str, Any]:
    """The parameters of a point to try first."""
    if not isinstance(point, Mapping):
        raise TypeError(f"start: takes tables {{path: value}}, not {point!r}")
    unknown = [path for path in point if path not in space.paths]
    if unknown or not point:
        raise fault(f"start: {unknown[0]}" if unknown else "start", dict(point), "names no path that is searched")
    return {axis.path: axis.parameter(point[axis.path]) for axis in space.axes if axis.path in point}
