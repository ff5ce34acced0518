"""The loop of a search: points are proposed in batches, run together, and told in order."""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _core
from ._errors import InputError, ModelError
from ._progress import Progress
from ._result import Estimate, Result
from ._scenario import Scenario
from ._search_space import Figure, Key, Limit, Space

if TYPE_CHECKING:
    from types import ModuleType

    import optuna

_MOST_REPEATS = 4  # for each new point of a batch; then one is drawn from those that are left
_FAILED = 1e6  # the excess of a point without figures: more than a simulated one misses its limits by


class Trial(NamedTuple):
    """A set of values and what came of it."""

    number: int
    key: Key
    figures: Mapping[str, Estimate] = {}
    excess: Mapping[str, float] = {}
    sure: bool = False
    failure: str = ""
    faults: int = 0  # of a point that cannot be run: the fewer, the nearer it is to one that can
    tree: _core.Tree | None = None

    @property
    def feasible(self) -> bool:
        """Whether there are figures, and all limits hold on their means."""
        return not self.failure and all(excess <= 0 for excess in self.excess.values())


class Search:
    """Tries points of a space. ``runs``: replications, seed and threads of every point."""

    def __init__(
        self,
        base: Scenario,
        space: Space,
        goals: Sequence[tuple[Figure, bool]],
        limits: Mapping[str, Limit],
        runs: Mapping[str, int],
        sampler_seed: int,
    ) -> None:
        self.base, self.space, self.goals, self.limits, self.runs = base, space, list(goals), limits, runs
        figures = [*(goal for goal, _ in goals), *(limit.figure for limit in limits.values())]
        self.figures = {figure.label: figure for figure in figures}
        self.tried: dict[Key, Trial] = {}
        self.repeats = 0
        self._draw = random.Random(sampler_seed)
        self._open: list[tuple[optuna.Trial, Key]] = []  # proposed and not yet told
        self._known = False  # whether the figures have been looked for
        self._answered = False  # whether any point has had all of them
        with _quiet() as optuna_:
            self.study: optuna.Study = optuna_.create_study(
                directions=["maximize" if upwards else "minimize" for _, upwards in goals],
                sampler=_sampler(optuna_, sampler_seed, len(goals)),
            )

    def run(self, trials: int, batch: int, start: Sequence[dict[str, Any]], progress: Progress | None) -> bool:
        """Try so many points; true where it was interrupted. Raises KeyboardInterrupt where nothing was finished."""
        with _quiet():
            for point in start:
                self.study.enqueue_trial(point)
        try:
            while len(self.tried) < min(trials, self.space.size or trials):
                fresh = self._propose(min(batch, trials - len(self.tried)))
                done, interrupted = self._run_points(fresh, trials, progress)
                self.tried.update(done)
                self._tell()
                if interrupted:
                    return True
                if not fresh:  # a range with hardly any number in it
                    break
        except KeyboardInterrupt:
            self._tell()
            if not any(trial.tree for trial in self.tried.values()):
                raise
            return True
        return False

    def again(self, trials: Sequence[Trial], runs: Mapping[str, int], progress: Progress | None) -> list[Trial]:
        """The same points with other random numbers; those that are finished."""
        points = {trial.key: trial.number for trial in trials}
        scenarios = [self.space.scenario(self.base, key) for key in points]
        trees, told = _core.run_points(scenarios=scenarios, progress=progress, **runs)
        done = self._judged(points, trees, dict(told[3]))
        if not done:
            raise KeyboardInterrupt
        return list(done.values())

    # ---- inside

    def _propose(self, wanted: int) -> dict[Key, int]:
        """New points and the numbers of their trials. Those known already stay open until the batch is told."""
        fresh: dict[Key, int] = {}
        left = math.inf if self.space.size is None else self.space.size - len(self.tried)
        repeats = 0
        with _quiet():
            distributions = {axis.path: axis.distribution() for axis in self.space.axes}
            while len(fresh) < min(wanted, left):
                if repeats >= _MOST_REPEATS * wanted:
                    if self.space.size is None:
                        break
                    key = self.space.untried([*self.tried, *fresh], self._draw)
                    self.study.enqueue_trial(dict(zip(self.space.paths, key, strict=True)))
                trial = self.study.ask(distributions)
                key = tuple(trial.params[path] for path in self.space.paths)
                self._open.append((trial, key))
                if key in self.tried or key in fresh:
                    repeats += 1
                else:
                    fresh[key] = trial.number
        self.repeats += repeats
        return fresh

    def _run_points(
        self, fresh: Mapping[Key, int], trials: int, progress: Progress | None
    ) -> tuple[dict[Key, Trial], bool]:
        """What came of the points that are finished, in the order of proposal, and whether there was an interrupt."""
        ready: dict[Key, Scenario] = {}
        failed: dict[Key, Trial] = {}
        for key, number in fresh.items():
            try:
                scenario = self.space.scenario(self.base, key)
                scenario.validate()
                ready[key] = scenario
            except InputError as error:
                failed[key] = Trial(number, key, failure=_in_a_line(error), faults=len(error.issues))
        if not ready:
            return failed, False
        if not self._known:
            self._look_for_figures(next(iter(ready.values())))
        before, replications = len(self.tried) + len(failed), self.runs["replications"]

        def watch(done: float, _: float) -> object:
            return progress(before * replications + done, float(trials * replications)) if progress else None

        callback = watch if progress else None
        trees, told = _core.run_points(scenarios=list(ready.values()), progress=callback, **self.runs)
        done = failed | self._judged({key: fresh[key] for key in ready}, trees, dict(told[3]))
        return {key: done[key] for key in fresh if key in done}, told[2]

    def _look_for_figures(self, scenario: Scenario) -> None:
        """Wrong names are told before the first long run: an hour of the model has all rows. Raises LookupError."""
        try:
            hour = scenario.with_({"horizon": "1 h", "warmup": "0 h"})
            result = hour.run(replications=1, seed=self.runs["seed"], threads=self.runs["threads"], progress=False)
        except (InputError, ModelError):
            return  # then the first result tells
        for figure in self.figures.values():
            if figure.function is None:
                figure.of(result)
        self._known = True

    def _judged(
        self, points: Mapping[Key, int], trees: Sequence[_core.Tree | None], failures: Mapping[int, str]
    ) -> dict[Key, Trial]:
        done = {}
        for i, ((key, number), tree) in enumerate(zip(points.items(), trees, strict=True)):
            if i in failures:
                done[key] = Trial(number, key, failure=failures[i])
            elif tree is not None:
                done[key] = self._judge(number, key, tree)
        return done

    def _judge(self, number: int, key: Key, tree: _core.Tree) -> Trial:
        result = Result(tree)
        figures: dict[str, Estimate] = {}
        for label, figure in self.figures.items():
            try:
                figures[label] = figure.of(result)
            except Exception as error:
                if not self._answered:
                    raise  # a mistake in the question, not of the point
                return Trial(number, key, failure=f"{label}: {_in_a_line(error)}", tree=tree)
        self._answered = True
        missing = [label for label, estimate in figures.items() if not math.isfinite(estimate.mean)]
        if missing:
            told = f"{missing[0]}: {figures[missing[0]].mean} is no value to compare"
            return Trial(number, key, figures, failure=told, tree=tree)
        excess = {label: limit.excess(figures[limit.figure.label]) for label, limit in self.limits.items()}
        sure = all(limit.is_sure(figures[limit.figure.label]) for limit in self.limits.values())
        return Trial(number, key, figures, excess, sure, tree=tree)

    def _tell(self) -> None:
        """What is known of the open trials, in their order; the others were interrupted."""
        with _quiet() as optuna_:
            states = optuna_.trial.TrialState
            while self._open:
                trial, key = self._open.pop(0)
                known = self.tried.get(key)
                if known is None:
                    self.study.tell(trial, state=states.FAIL)
                    continue
                _constrain(trial, known)
                if known.failure:  # not FAIL: the sampler is to keep away from there
                    trial.set_user_attr("failure", known.failure)
                    self.study.tell(trial, state=states.PRUNED)
                else:
                    self.study.tell(trial, [known.figures[goal.label].mean for goal, _ in self.goals])


def _in_a_line(error: Exception) -> str:
    if isinstance(error, InputError) and error.issues:  # without the details behind a rule: a cell of a table is small
        return "; ".join(f"{issue.path}: {issue.value}: {issue.rule.split('; ')[0]}" for issue in error.issues)
    return f"{type(error).__name__}: " + " ".join(str(error).split())


# ---- optuna


def load_optuna() -> ModuleType:
    """The package, which is an extra."""
    try:
        import optuna
    except ImportError as error:
        text = "centresim.optimise needs optuna: pip install optuna"
        raise ImportError(text, name="optuna") from error
    return optuna


@contextmanager
def _quiet() -> Iterator[Any]:
    """optuna without its log and its warnings of what is experimental; both are put back."""
    optuna_ = load_optuna()
    level = optuna_.logging.get_verbosity()
    optuna_.logging.set_verbosity(optuna_.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna_.exceptions.ExperimentalWarning)
            yield optuna_
    finally:
        optuna_.logging.set_verbosity(level)


def _sampler(optuna_: Any, seed: int, goals: int) -> optuna.samplers.BaseSampler:
    options: dict[str, Any] = {"seed": seed, "multivariate": goals == 1, "constant_liar": True}
    if not hasattr(optuna_.Trial, "set_constraint"):  # before release 5
        options["constraints_func"] = lambda trial: trial.user_attrs["constraints"]
    sampler: optuna.samplers.BaseSampler = optuna_.samplers.TPESampler(**options)
    return sampler


def _constrain(trial: optuna.Trial, known: Trial) -> None:
    """What keeps the trial from being feasible: above 0 where it does."""
    constraints = {"runs": _FAILED + known.faults if known.failure else 0.0, **known.excess}
    if hasattr(trial, "set_constraint"):
        for label, value in constraints.items():
            trial.set_constraint(label, value)
    else:
        trial.set_user_attr("constraints", list(constraints.values()))
